"""The command `check`: what it reports about a deployment."""

import os
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner

from authapp.commands import commands
from authapp.core.authorization import groups
from authapp.core.base import audit, clock
from authapp.core.messages import outbox, queue
from authapp.db import close
from authapp.db.engines import engine
from authapp.models import Message
from tests.kit.processes.commands import run_outside
from tests.kit.providers.smtp import ELSEWHERE, URL_USER, USER, MailServer
from tests.kit.rules import do
from tests.kit.users import HOME


def test_a_demo_has_warnings_and_no_problem(run, alice, configure):
    do(groups.add, alice.user_id, "admin")
    configure(AUTHAPP_PASSWORD_ROUNDS=None)

    result = run("check")

    assert result.exit_code == 0, result.output
    for words in (
        "ok       the settings are valid",
        "warning  AUTHAPP_URL is http://localhost:3000",
        "warning  emails are only stored",
        "ok       the database can be reached, and its tables are up to date",
        "ok       every password is encrypted with the newest server key",
        "ok       administrators: 1",
        "ok       the security headers are the strict default",
        "ok       the clock",
        "ok       no message has waited",
    ):
        assert words in result.stdout


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("variables", "words", "status"),
    [
        ({"AUTHAPP_URL": "http://example.com"}, "problem  AUTHAPP_URL", 1),
        ({"AUTHAPP_URL": "https://example.com"}, "ok       connections to", 0),
        ({"AUTHAPP_URL": "https://example.com", "AUTHAPP_OUTBOX_PAGE": "true"}, "problem  /outbox", 1),
        ({"AUTHAPP_RATE_LIMITS": "false"}, "problem  AUTHAPP_RATE_LIMITS", 1),
        ({"AUTHAPP_PASSWORD_ROUNDS": "4096"}, "warning  AUTHAPP_PASSWORD_ROUNDS is 4,096", 0),
        ({"AUTHAPP_PHONES": "maybe"}, "problem  authapp cannot start: AUTHAPP_PHONES", 1),
        ({"AUTHAPP_ADMINS": "boss@example.com"}, "warning  AUTHAPP_ADMINS names 1 without an account", 0),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "warning  the database /nowhere", 0),
        ({"DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:1/x"}, "problem  the database cannot be used", 1),
    ],
)
def test_each_danger_is_said(run, database, configure, variables, words, status):
    configure(**variables)

    result = run("check")

    assert words in result.stdout
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output


def test_opened_headers_are_listed_and_those_that_trust_another_site_are_a_warning(tmp_path):
    product = "import reflex as rx\nimport authapp\nopened = authapp.Headers(script=['https://cdn.example.com'], "
    product += "img=['https://images.example.com'], hsts_max_age=0)\nauthapp.install(rx.App(), headers=opened)\n"
    (tmp_path / "shop.py").write_text(product)

    result = run_outside("--app", "shop", "check", cwd=tmp_path)

    assert result.stdout.count("the security headers") == 3
    for line in (
        "warning  the security headers of the product open script-src https://cdn.example.com",
        "ok       the security headers of the product open img-src https://images.example.com",
        "warning  the security headers of the product open strict-transport-security max-age=0",
    ):
        assert line in result.stdout


@pytest.mark.parametrize("kind", ["sqlite"])
def test_files_that_others_can_read_are_a_problem_and_a_missing_key_too(run, database, configure):
    configure(AUTHAPP_SECRET_KEY=None)
    assert run("user", "list").exit_code == 0
    path = database.removeprefix("sqlite:///")
    os.chmod(path, 0o644)  # noqa: PTH101

    assert f"other users of this machine can read the database: run chmod 600 {path}" in run("check").stdout
    assert run("check").exit_code == 1


def test_late_and_dead_messages_and_a_clock_that_was_set_back(run, alice, monkeypatch):
    do(outbox.mail, "bob@example.com", "sign_up_known")
    do(lambda db: [setattr(one, "state", "dead") for one in [db.get(Message, _newest(db))]])
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=1))
    do(audit.record, alice.user_id, "names_set", HOME)
    assert "messages have waited for more than ten minutes" in run("check").stdout
    monkeypatch.setattr(clock, "now", lambda: now)

    result = run("check")

    assert "problem  the clock is slow" in result.stdout
    assert "1 messages could not be delivered" in result.stdout


def _newest(db):
    return queue.newest(db, 1)[0].id


def test_tables_that_are_not_there_yet_are_said(empty_database):
    engine().connect().close()  # creates the file without tables

    result = CliRunner().invoke(commands, ["check"])

    assert result.exit_code == 0, result.output
    assert "the app updates its tables when it starts" in result.stdout


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_check_writes_nothing(run, alice, configure, tmp_path):
    """The command neither creates nor changes a server key or anything else, even if something is missing."""
    configure(AUTHAPP_SECRET_KEY=None)
    engine().dispose()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    said = run("check").stdout
    close()

    assert "problem  the server key is missing at" in said
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("kind", ["sqlite"])
def test_tables_of_another_system_are_a_problem(run, configure, tmp_path):
    with sqlite3.connect(tmp_path / "django.db") as held:
        held.execute("CREATE TABLE auth_user (id INTEGER PRIMARY KEY, username TEXT)")
    configure(DATABASE_URL=f"sqlite:///{tmp_path / 'django.db'}")

    assert "problem  the database has tables of another system" in run("check").stdout


@pytest.fixture
def post(configure) -> Iterator[MailServer]:
    with MailServer(login=True) as server:
        configure(AUTHAPP_SENDER="smtp", AUTHAPP_MAIL_FROM="no-reply@shop.example")
        configure(AUTHAPP_SMTP_URL=f"smtp://{URL_USER}@{server.address}")
        yield server


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_mail_server_is_asked_whether_it_accepts_the_login_and_gets_no_mail(run, database, post):
    result = run("check")

    assert "ok       emails are sent; the mail server 127.0.0.1 accepts the connection" in result.stdout
    assert post.logins == [USER]
    assert (post.accepted, post.transports) == ([], [])


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_mail_server_that_refuses_the_login_is_a_problem(run, database, post, configure):
    configure(AUTHAPP_SMTP_URL=f"smtp://shop%40mail.example:pa55word@{post.address}")

    result = run("check")

    assert result.exit_code == 1
    assert "problem  emails cannot be sent: the SMTP server rejected the user or password" in result.stdout
    assert "pa55word" not in result.output


@pytest.mark.parametrize("kind", ["sqlite"])
def test_mail_without_encryption_to_another_computer_is_a_warning(run, database, configure):
    with MailServer(ELSEWHERE) as server:
        configure(AUTHAPP_SENDER="smtp", AUTHAPP_MAIL_FROM="no-reply@shop.example")
        configure(AUTHAPP_SMTP_URL=f"smtp://{server.address}?tls=off")

        assert "warning  AUTHAPP_SMTP_URL has tls=off" in run("check").stdout


def test_messages_that_the_account_may_not_send_are_a_problem(run, alice):
    do(outbox.mail, "bob@example.com", "sign_up_known")
    do(lambda db: setattr(db.get(Message, _newest(db)), "state", "held"))

    result = run("check")

    assert "problem  1 messages are kept, because the mail or text provider refuses the account" in result.stdout
    assert result.exit_code == 1
