"""The popup in a product: the very code of README, built and run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.servers import BUILD, BUILT_FOR, ROOT, running
from tests.stories.person import code_for, press, sees

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = next(code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "authapp.CodePopup" in code)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The program of README as a product team would have it: a folder of its own, authapp imported."""
    folder = tmp_path_factory.mktemp("gift")
    (folder / "gift.py").write_text(PROGRAM, encoding="utf-8")
    for part in ("assets", "reflex.lock"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "rxconfig.py", folder)
    web = folder / "web"
    shutil.copytree(BUILD, web, symlinks=True)  # with what npm installed for ours, which is the same
    (web / "built").unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "REFLEX_APP_MODULE_IMPORT": "gift"}
    environment |= {"REFLEX_WEB_WORKDIR": str(web), "REFLEX_API_URL": f"http://{BUILT_FOR}", "REFLEX_USE_NPM": "1"}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    export = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
    built = subprocess.run(export, cwd=folder, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (web / "built").touch()
    with running(folder, app="gift:app", build=web, PYTHONPATH=f"{ROOT}:{folder}") as started:
        yield started


def test_it_takes_a_product_less_than_fifteen_lines():
    own = PROGRAM.partition("class ")[2].partition("app = ")[0]

    assert len([line for line in own.splitlines() if line.strip()]) < 15


def test_the_code_of_the_readme_asks_for_a_code_and_goes_on(page, fresh_number):
    page.goto("/gift")
    press(page, "Take the gift")
    expect(page.get_by_text("Please enter your phone number.")).to_be_visible()
    page.get_by_label("Phone number").fill(fresh_number())
    press(page, "Take the gift")
    sees(page, "Enter the code")
    number = page.get_by_role("dialog").locator("strong").inner_text()

    page.get_by_label("Code", exact=True).fill("000000")
    press(page, "Confirm")
    expect(page.get_by_text("This code is wrong.")).to_be_visible()
    page.reload()
    page.get_by_label("Code", exact=True).fill(code_for(number))
    press(page, "Confirm")

    expect(page.get_by_text("The gift is yours.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
