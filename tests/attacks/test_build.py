"""R14: the public files that Reflex writes in a build contain no private setting and no user data."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.processes.servers import BUILD, ROOT
from tests.kit.web.http import ask

PUBLIC = BUILD / "build" / "client"
PRIVATE = {
    "AUTHAPP_SECRET_KEY": "canary-secret-key-3f0e-of-more-than-32-characters",
    "DATABASE_URL": "postgresql+psycopg://canary-user:canary-password@canary-host/canary-database",
    "AUTHAPP_SENDER": "resend",
    "AUTHAPP_RESEND_KEY": "canary-resend-key",
    "AUTHAPP_RESEND_URL": "https://canary-provider.example",
    "AUTHAPP_MAIL_FROM": "Canary <canary-sender@canary.example>",
    "AUTHAPP_TEXT_SENDER": "twilio",
    "AUTHAPP_TWILIO_ACCOUNT": f"AC{'ca' * 16}",
    "AUTHAPP_TWILIO_KEY": "canary-twilio-key",
    "AUTHAPP_TWILIO_FROM": "+15005550006",
    "AUTHAPP_TWILIO_URL": "https://canary-texts.example",
}


def texts(folder: Path):
    return [
        (path, path.read_bytes().decode("utf-8", "replace"))
        for path in folder.rglob("*")
        if path.is_file() and "node_modules" not in path.parts
    ]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Return what the bundler receives with production settings: pages, states and their first values."""
    folder = tmp_path_factory.mktemp("compiled")
    for part in (path for path in BUILD.iterdir() if path.name not in ("node_modules", "build", "app", "built")):
        copy = shutil.copytree if part.is_dir() else shutil.copy
        copy(part, folder / part.name)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {**PRIVATE, "PATH": programs, "REFLEX_USE_NPM": "1", "REFLEX_WEB_WORKDIR": str(folder)}
    settings |= {"AUTHAPP_PRODUCT_NAME": "Visible Canary Islands"}
    compiling = [sys.executable, "-m", "reflex", "compile"]
    done = subprocess.run(
        compiling, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_no_private_setting_is_handed_to_the_bundler(compiled):
    assert any("Visible Canary Islands" in text for _, text in texts(compiled)), "nothing was compiled"
    for path, text in texts(compiled):
        for found in re.findall(r"[^\n]{0,40}(?:canary|ACcacaca|5005550006)[^\n]{0,40}", text):
            raise AssertionError(f"{path.name}: {found}")


def test_the_first_values_of_all_vars_are_empty():
    contexts = [text for path, text in texts(PUBLIC / "assets") if "initialState" in text and path.suffix == ".js"]
    assert contexts
    for text in contexts:
        for person in ("@example", "user_id", "/link#", "authapp=", "+49", "step:"):
            assert person not in text


NEVER = [
    "sourceMappingURL",
    "sqlite:",
    "postgresql",
    "psycopg",
    "AUTHAPP_",
    "SECRET_KEY",
    "DATABASE_URL",
    "RESEND",
    "TWILIO",
]


@pytest.mark.parametrize("word", [*NEVER, ".py:", f"{ROOT}/"])
def test_the_public_files_do_not_say(word):
    assert [path.name for path, text in texts(PUBLIC) if word in text] == []


def test_there_is_no_map_of_the_source():
    assert list(PUBLIC.rglob("*.map")) == []


def test_nothing_but_the_public_files_is_served(server):
    outside = ["/app.db", "/../app.db", "/..%2fapp.db", "/env.json", "/.env", "/.git/config", "/server.log", "/.states"]
    outside += ["/assets/..%2f..%2f..%2fenv.json", "/assets/..\\..\\env.json", "/%2e%2e/%2e%2e/env.json"]
    outside += ["/reflex.json", "/routes.json", "/package.json", "/rxconfig.py", "/authapp/config/fields.py"]
    outside += ["/backend/stateful_pages.json", "//etc/passwd", "/etc/passwd"]
    for path in outside:
        answer = ask(server, "GET", path)
        assert answer.status_code == 404 or "<html" in answer.text, path
        for word in ("sqlite", "[core]", "root:", "PING", "settings"):
            assert word not in answer.text or "<html" in answer.text, path
