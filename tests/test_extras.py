"""Extras of the package and lazy imports: what is imported when, and what is said when a package is missing."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from authapp import api, extras
from authapp.api import docs
from authapp.commands import COMMANDS, commands
from authapp.core.credentials import passwords
from authapp.extras import Extra, MissingExtra, lazy
from authapp.installation.app import trouble_at_start
from authapp.pages import settings_content
from authapp.providers import registry

ROOT = Path(__file__).parent.parent
# Large packages that no import of authapp may load.
SLOW = {"PIL", "alembic", "authlib", "babel", "bcrypt", "email_validator", "fastapi", "jinja2", "joserfc"}
SLOW |= {"phonenumbers", "psycopg", "resend", "twilio", "ua_parser"}
PRODUCT = """
import reflex as rx
import authapp
authapp.install(rx.App())
for name in authapp.__all__:
    getattr(authapp, name)
"""


@pytest.fixture(autouse=True)
def lazy_modules_of_before(monkeypatch):
    """Forget the lazy modules of each test. A server that starts later would import them."""
    monkeypatch.setattr(extras, "_modules", [*extras._modules])


@pytest.fixture
def without(monkeypatch):
    """Return a function that makes an extra look as if it was not installed."""

    def remove(name: str) -> None:
        monkeypatch.setitem(extras.EXTRAS, name, Extra(extras.EXTRAS[name].used_for, ("no_such_package",)))

    return remove


def loaded(code: str, tmp_path: Path) -> set[str]:
    """Return the top-level packages that a program has imported."""
    program = f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}"}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


def test_the_client_loads_no_database_and_no_framework(tmp_path):
    found = loaded("import authapp.client", tmp_path)

    assert found & (SLOW | {"reflex", "sqlalchemy", "sqlmodel", "httpx"}) == set()


def test_the_help_of_the_commands_loads_no_command(tmp_path):
    found = loaded("import authapp.commands as cli\ncli.commands(['--help'], standalone_mode=False)", tmp_path)

    assert found & (SLOW | {"reflex", "sqlalchemy", "pydantic"}) == set()


def test_an_installed_app_loads_no_slow_package_before_its_server_starts(tmp_path):
    assert loaded(PRODUCT, tmp_path) & SLOW == set()


def test_the_help_has_the_first_sentence_of_each_command():
    for name, (_, _, summary) in COMMANDS.items():
        command = commands.get_command(None, name)
        assert (command.help or "").partition("\n")[0].startswith(summary.removesuffix("."))


def test_a_lazy_module_is_imported_on_first_use():
    module = lazy("this")
    sys.modules.pop("this", None)

    assert "this" not in sys.modules
    with pytest.raises(AttributeError):
        module.__wrapped__  # noqa: B018  # tools that look at every module import nothing
    assert "this" not in sys.modules
    assert isinstance(module.d, dict)
    assert "this" in sys.modules


def test_a_missing_package_is_named_with_the_command_that_installs_it(without):
    without("twilio")

    with pytest.raises(MissingExtra, match=r"Twilio .* not installed: pip install 'authapp\[twilio\]'"):
        lazy("no_such_package.part", "twilio").Client  # noqa: B018


def test_an_error_inside_an_installed_extra_is_not_hidden(monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "twilio", Extra("Twilio", ("json",)))

    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        lazy("no_such_package", "twilio").Client  # noqa: B018


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("postgres", {"DATABASE_URL": "postgresql://localhost/shop"}),
        (
            "twilio",
            {"AUTHAPP_TEXT_SENDER": "twilio", "AUTHAPP_TWILIO_ACCOUNT": "AC" + "0" * 32}
            | {"AUTHAPP_TWILIO_KEY": "key", "AUTHAPP_TWILIO_FROM": "+14155550100"},
        ),
        ("providers", {"AUTHAPP_PROVIDERS": '[{"preset": "google", "client_id": "a", "client_secret": "b"}]'}),
    ],
)
def test_the_settings_say_which_extra_they_require(name, setting, configure):
    from authapp.config import settings

    configure(**setting)

    assert list(extras.required(settings())) == [name]


def test_a_start_without_a_required_extra_ends_with_one_sentence():
    assert trouble_at_start(MissingExtra("postgres")) == (
        "authapp cannot start: PostgreSQL (DATABASE_URL) needs packages that are not installed: "
        "pip install 'authapp[postgres]'"
    )


def test_check_names_a_missing_extra(without, configure):
    without("twilio")
    configure(
        AUTHAPP_TEXT_SENDER="twilio",
        AUTHAPP_TWILIO_ACCOUNT="AC" + "0" * 32,
        AUTHAPP_TWILIO_KEY="key",
        AUTHAPP_TWILIO_FROM="+14155550100",
    )

    result = CliRunner().invoke(commands, ["--app", "none", "check"])

    assert "pip install 'authapp[twilio]'" in result.output


def test_a_provider_cannot_be_registered_without_its_packages(without):
    without("providers")

    with pytest.raises(MissingExtra, match="providers"):
        registry.provider("work", label="Work", issuer="https://id.example", client_id="a")
    assert registry.known("work") is None


def test_a_bcrypt_hash_cannot_be_imported_without_its_packages(without):
    without("import")
    hash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"

    with pytest.raises(MissingExtra, match=r"authapp\[import\]"):
        passwords.adopt(hash)


def test_without_pillow_the_api_takes_no_picture_but_shows_and_removes_a_stored_one(without):
    without("avatars")

    (mounted,) = api.build().calls.routes

    assert set(docs.of(mounted.app)["paths"]["/avatar"]) == {"get", "delete"}


def test_without_pillow_the_settings_offer_only_to_remove_a_stored_picture(without):
    with_pillow = str(settings_content().render())
    without("avatars")

    page = str(settings_content().render())

    assert ("AvatarForm" in with_pillow, "avatar_state.remove" in with_pillow) == (True, False)
    assert ("AvatarForm" in page, "avatar_state.remove" in page) == (False, True)


# Hides the packages of every extra, starts the smallest product, and asks it for a session and a stored picture.
BARE = """
import asyncio
import sys
from importlib.machinery import PathFinder


class WithoutExtras:
    find_distributions = PathFinder.find_distributions

    @staticmethod
    def find_spec(name, path=None, target=None):
        hidden = {"psycopg", "twilio", "authlib", "joserfc", "bcrypt", "argon2", "PIL"}
        return None if name.partition(".")[0] in hidden else PathFinder.find_spec(name, path, target)


sys.meta_path = [finder for finder in sys.meta_path if finder is not PathFinder] + [WithoutExtras]

import reflex as rx

import authapp
from authapp.core.base import clock
from authapp.core.base.callers import Caller
from authapp.core.sessions import sessions
from authapp.models import Avatar, User

app = rx.App()
authapp.install(app)


def user_with_picture(db):
    user = User(created_at=clock.now(), avatar="from before")
    db.add(user)
    db.flush()
    db.add(Avatar(user_id=user.id, image=b"a stored picture"))
    new = sessions.NewSession(user.id, "ann@example.com", "password")
    return sessions.open(db, new, Caller("127.0.0.1", "")).key


async def ask(server, path, method="GET", key=""):
    answers = []

    async def send(message):
        answers.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http"}
    headers = [(b"host", b"localhost:3000"), (b"origin", b"http://localhost:3000")]
    headers += [(b"cookie", f"authapp={key}".encode())] if key else []
    scope |= {"headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 3000)}
    await server(scope, receive, send)
    print(method, path, answers[0]["status"])


async def main():
    server, commands, started = app(), asyncio.Queue(), asyncio.Event()

    async def send(message):
        started.set()

    running = asyncio.create_task(server({"type": "lifespan", "state": {}}, commands.get, send))
    await commands.put({"type": "lifespan.startup"})
    await started.wait()
    await ask(server, "/api/v1/connect")
    key = await authapp.run(user_with_picture)
    for method in ("GET", "POST", "DELETE", "GET"):
        await ask(server, "/api/v1/avatar", method, key)
    await commands.put({"type": "lifespan.shutdown"})
    await running


asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "sqlite:///shop.db",
            "GET /api/v1/connect 200\nGET /api/v1/avatar 200\nPOST /api/v1/avatar 405\n"
            "DELETE /api/v1/avatar 200\nGET /api/v1/avatar 404\n",
        ),
        (
            "postgresql://localhost/shop",
            "authapp cannot start: PostgreSQL (DATABASE_URL) needs packages that are not installed: "
            "pip install 'authapp[postgres]'\n",
        ),
    ],
)
def test_the_smallest_product_needs_no_extra_until_a_setting_asks_for_one(url, said, tmp_path):
    (tmp_path / "rxconfig.py").write_text(
        "import reflex as rx\nconfig = rx.Config(app_name='shop', plugins=[rx.plugins.TailwindV4Plugin()])\n",
        encoding="utf-8",
    )
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "DATABASE_URL": url, "HOME": str(tmp_path)}
    environment |= {"AUTHAPP_SECRET_KEY": "a key of this test that everybody knows", "REFLEX_ENV_MODE": "prod"}
    environment |= {"__REFLEX_SKIP_COMPILE": "true", "REFLEX_TELEMETRY_ENABLED": "false"}

    ran = subprocess.run(
        [sys.executable, "-c", BARE], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )

    assert said in (ran.stdout if url.startswith("sqlite") else ran.stderr), ran.stderr
