"""Types of the public API, as an editor of a product sees them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = """
import reflex as rx

import authapp

app = rx.App()


@authapp.on_sign_up
def welcome(db: object, user: authapp.User) -> None:
    reveal_type(user.first_name)


reveal_type(authapp.install)
authapp.install(app, default="closed")
authapp.install(app, no_such_page=1)
authapp.nonsense
"""


@pytest.mark.slow
def test_a_type_checker_knows_every_public_name_and_refuses_unknown_ones(tmp_path):
    product = tmp_path / "shop.py"
    product.write_text(PRODUCT, encoding="utf-8")

    # With our own settings and cache, so that the package is not analysed a second time.
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(product)]
    ran = subprocess.run(command, cwd=ROOT, env={"PATH": "", "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)

    notes = [line.partition(": ")[2] for line in ran.stdout.splitlines() if "shop.py" in line]
    assert 'note: Revealed type is "str"' in notes[0].replace("builtins.", "")
    assert "def (app:" in notes[1]
    assert [note.partition("  [")[0] for note in notes[2:]] == [
        'error: Argument "no_such_page" to "install" has incompatible type "int"; expected "Callable[[], Any] | None"',
        'error: Module has no attribute "nonsense"',
    ]
