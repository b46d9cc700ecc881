"""The code popup in a product: the README's own code, built and run."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.browser.actions import press, sees
from tests.kit.messages import code_to
from tests.kit.processes.servers import BUILD, BUILT_FOR, ROOT, running

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = next(code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "authapp.CodePopup" in code)


BUILT = ROOT / ".build" / "readme"  # the program in `product`, its frontend in `web`


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run the README's program as a product team would have it: in its own folder, with authapp imported."""
    build()
    settings = {"PYTHONPATH": f"{ROOT}:{BUILT / 'product'}"}
    with running(tmp_path_factory.mktemp("gift"), app="gift:app", build=BUILT / "web", **settings) as started:
        yield started


def build() -> None:
    """Build the program with the npm packages of our own build. The same sources are built only once."""
    product, web, built = BUILT / "product", BUILT / "web", BUILT / "web" / "built"
    wanted = sources()
    if built.exists() and built.read_text() == wanted:
        return
    shutil.rmtree(BUILT, ignore_errors=True)
    for part in ("assets", "reflex.lock"):
        shutil.copytree(ROOT / part, product / part)
    shutil.copy(ROOT / "rxconfig.py", product)
    (product / "gift.py").write_text(PROGRAM, encoding="utf-8")
    libraries = BUILD / "node_modules"
    shutil.copytree(
        BUILD, web, symlinks=True, ignore=lambda folder, _: ["node_modules"] if folder == str(BUILD) else []
    )
    shutil.copytree(libraries, web / "node_modules", symlinks=True, copy_function=os.link)
    (web / "built").unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "REFLEX_APP_MODULE_IMPORT": "gift"}
    environment |= {"REFLEX_WEB_WORKDIR": str(web), "REFLEX_API_URL": f"http://{BUILT_FOR}", "REFLEX_USE_NPM": "1"}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    export = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
    ran = subprocess.run(export, cwd=product, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    built.write_text(wanted)


def sources() -> str:
    """Return a digest of everything that goes into the build."""
    kinds, lock = (".py", ".js", ".jsx", ".css", ".svg"), ROOT / "reflex.lock" / "package-lock.json"
    ours = sorted(path for path in (ROOT / "authapp").rglob("*") if path.suffix in kinds)
    texts = [path.read_bytes() for path in [*ours, ROOT / "rxconfig.py", lock]]
    return hashlib.sha256(b"\0".join([PROGRAM.encode(), *texts])).hexdigest()


def test_it_takes_a_product_less_than_fifteen_lines():
    own = PROGRAM.partition("class ")[2].partition("app = ")[0]

    assert len([line for line in own.splitlines() if line.strip()]) < 15


@pytest.mark.slow
def test_the_code_of_the_readme_asks_for_a_code_and_goes_on(page, fresh_number):
    page.goto("/gift")
    press(page, "Take the gift")
    expect(page.get_by_text("Enter your phone number.")).to_be_visible()
    page.get_by_label("Phone number").fill(fresh_number())
    press(page, "Take the gift")
    sees(page, "Enter the code")
    number = page.get_by_role("dialog").locator("strong").inner_text()

    page.get_by_label("Code", exact=True).fill("000000")
    press(page, "Confirm")
    expect(page.get_by_text("This code is wrong.")).to_be_visible()
    page.reload()
    page.get_by_label("Code", exact=True).fill(code_to(number))
    press(page, "Confirm")

    expect(page.get_by_text("The gift is yours.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
