"""The log of the person who builds: their own words are shown. What the serving app says is in attacks/test_log.py."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = """
import logging
import sys

from authapp.logs import keep_secrets_out
from reflex.utils import processes

keep_secrets_out()
logging.getLogger("reflex.state").error("what a client sent")
broken = "print('npm error 404: no such package'); raise SystemExit(3)"
processes.show_status("Installing packages", processes.new_process([sys.executable, "-c", broken]))
"""


def test_a_build_that_breaks_says_why_and_what_a_client_sent_stays_out():
    built = subprocess.run([sys.executable, "-c", BUILD], cwd=ROOT, capture_output=True, text=True, timeout=300)

    said = built.stdout + built.stderr
    assert built.returncode == 1
    assert "Installing packages failed with exit code 3" in said
    assert "npm error 404: no such package" in said
    assert "details are not shown" in said
    assert "what a client sent" not in said
