"""The log of a developer: their own lines appear. The log of the serving app is in `attacks/test_log.py`."""

import logging
import re
import subprocess
import sys
from pathlib import Path

from authapp.installation.logs import OneLine

ROOT = Path(__file__).parent.parent
BUILD = """
import logging
import sys

from authapp.installation.logs import keep_secrets_out
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


def written(message, *args, level=logging.WARNING, error=None):
    return OneLine().format(logging.LogRecord("shop.cart", level, __file__, 1, message, args, error))


def test_a_line_has_time_level_and_source():
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING shop\.cart: 3 are left", written("%d are left", 3)
    )


def test_nothing_begins_a_line_or_colours_it():
    forged = "a\r\nb\x1b[31mc\u2028d\x85e\tf"

    line = written("said %s", forged)

    assert line.endswith(r"said a\r\nb\x1b[31mc\u2028d\x85e\tf")
    assert len(line.splitlines()) == 1


def test_each_line_of_a_traceback_is_marked():
    try:
        raise ValueError("one\n2026-01-01T00:00:00.000Z INFO authapp: forged")
    except ValueError:
        lines = written("it broke", error=sys.exc_info()).split("\n")

    assert lines[0].endswith("it broke")
    assert len(lines) > 2
    assert all(line.startswith("  | ") for line in lines[1:])
