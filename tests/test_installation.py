"""Arguments of `install`, and its error messages."""

import os
import subprocess
import sys

from tests.kit.processes.servers import BUILD, ROOT

HEAD = """
import reflex as rx
import authapp
def mine():
    return rx.el.main("mine")
def routes(app):
    return sorted(app._unevaluated_pages)
"""


def run(code, folder):
    return subprocess.run(
        [sys.executable, "-c", HEAD + code],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{folder}/app.db", "REFLEX_WEB_WORKDIR": str(BUILD)},
        capture_output=True,
        text=True,
        check=False,
    )


EACH = """
import os, traceback
authapp.install  # loads every public name once, before the forks
for code, words in wrong.items():
    read, write = os.pipe()
    if not os.fork():  # each in a process of its own, without the seconds that Reflex takes to load
        try:
            exec(code)
            said = "nothing"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    said = os.read(read, 10_000).decode()
    assert said.startswith(words), (code, said)
"""
GOOD = """
app = rx.App()
app.add_page(mine, route="/")
@authapp.page(route="/later", allow="board")
def later():
    return mine()
authapp.install(app, routes={"login": "/enter"}, login=mine, outbox=None)
assert app._unevaluated_pages["enter"].component is mine
assert app._unevaluated_pages["index"].component.__wrapped__ is mine
assert "login" not in app._unevaluated_pages and "outbox" not in app._unevaluated_pages
app._apply_decorated_pages()
app._apply_decorated_pages()  # as `reflex run` does: once to build, once to serve
assert app._unevaluated_pages["later"].component().__class__.__name__ == "Guarded"
from authapp.core.base import paths
assert paths.login_then("/later") == "/enter?next=/later"
from authapp.installation.app import public_surface
assert public_surface(app).pages == ["index"]
import asyncio, contextlib, io
from authapp.installation.app import _start
from authapp.installation.logs import write_one_line_each
with contextlib.redirect_stderr(io.StringIO()) as said:
    write_one_line_each()
    asyncio.run(_start(""))
assert "WARNING authapp.installation.app: group 'board' does not exist" in said.getvalue()
"""


def test_pages_are_replaced_moved_and_left_out(tmp_path):
    done = run(GOOD, tmp_path)
    assert done.returncode == 0, done.stderr


WRONG = {
    "authapp.install(rx.App(), logn=mine)": "TypeError: page 'logn' does not exist; the pages are home, login, ",
    "authapp.install(rx.App(), login=None)": "TypeError: the page 'login' cannot be left out",
    "authapp.install(rx.App(), login='mine')": "TypeError: login= must be a function",
    "authapp.install(rx.App(), default='shut')": "ValueError: default must be 'open' or 'closed'",
    "authapp.install(rx.App(), routes={'login': 'enter'})": "ValueError: the route of 'login' must be like /login",
    "app = authapp.install(rx.App())\nauthapp.install(app)": "ValueError: authapp is already installed in this app",
    "app = rx.App()\napp.add_page(mine, route='/login')\nauthapp.install(app)": "ValueError: the product "
    "already has a page at /login, the path of ours. Move ours: install(app, routes=",
    "class S(rx.State):\n  @authapp.event(allow='x')\n  def now(self): pass": "TypeError: S.now must be `async def`",
    "authapp.page(route='/x', allow=[])": "TypeError: allow=[] gives nobody access",
    "app = rx.App()\nrx.config.get_config().transport = 'polling'\nauthapp.install(app)": "BadSettings: "
    "authapp cannot start: rxconfig.py sets transport='polling', but authapp supports only websockets. Remove it.",
    "authapp.install(None)": "TypeError: install() needs the rx.App, not None",
    "authapp.install(rx.App(), mails='nowhere')": "ValueError: mails= must be a folder; /",
    "authapp.install(rx.App(), migrations='nowhere')": "ValueError: migrations= must be a folder; /",
    "authapp.install(rx.App(), headers={'img': ['*']})": "TypeError: headers= must be an authapp.Headers, not {'img'",
    "authapp.install(rx.App(), headers=authapp.Headers(script=['*']))": "ValueError: Headers(script=…) does not allow "
    "'*'; it allows origins like https://cdn.example.com, hashes like 'sha256-…', 'self', 'wasm-unsafe-eval'",
    "authapp.Theme(accent='teel')": "ValueError: accent: 'teel' is not a colour without transparency, like #0f766e",
    "authapp.route('logn')": "ValueError: page 'logn' does not exist; the pages are home, login, ",
    "authapp.on_denied(lambda db: 0)": "TypeError: on_denied needs a plain function `f(db, me, refusal, what)`, not "
    "async; <lambda> is not one",
    "authapp.instal": "AttributeError: module 'authapp' has no attribute 'instal'; it has PUBLIC, ",
    "class A(rx.State):\n  @authapp.event\n  async def now(self): pass\n"
    "import asyncio; asyncio.run(A.now.fn(A(_reflex_internal_init=True)))": "RuntimeError: authapp is not installed",
    "class B(rx.State):\n  @authapp.event\n  async def now(self): pass": "nothing",
    # A product's own page at `/` replaces ours, even if it is added later.
    "app = authapp.install(rx.App())\napp.add_page(mine, route='/')": "nothing",
}


def test_an_impossible_argument_is_explained_in_a_sentence(tmp_path):
    done = run(f"wrong = {WRONG!r}\n{EACH}", tmp_path)

    assert done.returncode == 0, done.stderr
