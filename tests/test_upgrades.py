"""Upgrades of databases that earlier versions wrote."""

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Uuid, column, insert, inspect, text
from sqlalchemy import table as sql_table
from sqlalchemy.exc import OperationalError, ProgrammingError

from authapp import migrations
from authapp.core.account import emails, search_words
from authapp.core.authentication import accounts, challenges, login
from authapp.core.base import clock, identifiers, tokens
from authapp.core.credentials import links, passwords, scram
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession, SessionRef
from authapp.db.engines import engine
from authapp.models import User
from tests.kit import users
from tests.kit.rules import do, race
from tests.kit.scram import ask, send
from tests.kit.tables import head, kept_words, revisions, true_words


def upgrade_to(revision):
    """Bring an empty database to an older version, as in a product that started with it."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    steps = {"fn": lambda current, _: script._upgrade_revs(revision, current)}
    with engine().begin() as connection, EnvironmentContext(Config(), script, **steps) as environment:
        environment.configure(connection=connection, version_table=migrations.VERSION_TABLE)
        environment.run_migrations()


def say(statement, **values):
    with engine().begin() as connection:
        return connection.execute(text(statement), values)


DAY = timedelta(days=1)


ALICE, BOB = "a" * 32, "b" * 32


OF_THEN = [
    ("auth_user", "id, first_name, last_name, imported, created_at", f"'{ALICE}', 'Alice', 'Liddell', false, {{then}}"),
    ("auth_user", "id, first_name, last_name, imported, created_at", f"'{BOB}', '', '', false, {{later}}"),
    (
        "auth_email",
        "id, user_id, address, is_main, confirmed_at",
        f"'{'1' * 32}', '{ALICE}', 'a@x.example', true, {{then}}",
    ),
    (
        "auth_email",
        "id, user_id, address, is_main, confirmed_at",
        f"'{'2' * 32}', '{ALICE}', 'a@y.example', false, {{later}}",
    ),
    ("auth_email", "id, user_id, address, is_main", f"'{'3' * 32}', '{ALICE}', 'b@x.example', false"),
    (
        "auth_email",
        "id, user_id, address, is_main, confirmed_at",
        f"'{'4' * 32}', '{BOB}', 'b@x.example', true, {{later}}",
    ),
]


@pytest.fixture
def of_then(empty_database):
    """Create a database of the first version with users in it."""
    upgrade_to("0001")
    assert revisions() == ["0001"]
    zone = "" if empty_database.startswith("sqlite") else "+00"
    times = {"then": f"'2026-03-01 12:00:00.000000{zone}'", "later": f"'2026-04-01 12:00:00.000000{zone}'"}
    for table, columns, values in OF_THEN:
        say(f"INSERT INTO {table} ({columns}) VALUES ({values.format(**times)})")
    return {name: datetime.fromisoformat(f"{value.strip(chr(39))[:19]}+00:00") for name, value in times.items()}


def test_people_of_the_first_version_keep_their_addresses_and_these_their_age(of_then):
    migrations.apply()

    assert revisions() == [head()]
    alice, bob = (do(emails.listed, UUID(id)) for id in (ALICE, BOB))
    then, later = of_then["then"], of_then["later"]
    assert [(one.address, one.is_main, one.added_at, one.confirmed_at) for one in alice] == [
        ("a@x.example", True, then, then),
        ("a@y.example", False, then, later),
        ("b@x.example", False, then, None),
    ]
    assert [(one.address, one.is_main, one.added_at, one.confirmed_at) for one in bob] == [
        ("b@x.example", True, later, later)
    ]
    user = do(lambda db: db.get(User, UUID(ALICE)))
    assert (user.first_name, user.last_name, user.created_at) == ("Alice", "Liddell", then)
    assert (user.avatar, user.closes_at) == ("", None)


def test_users_of_the_first_version_can_use_new_features(of_then):
    record = passwords.make_record(users.PASSWORD, UUID(ALICE))
    say("UPDATE auth_user SET password_record = :record WHERE id = :id", record=record, id=ALICE)
    migrations.apply()

    opened = do(sessions.open, NewSession(UUID(ALICE), "a@x.example", "password"), users.HOME)
    me = do(sessions.resume, opened.key)
    do(emails.make_main, me, str(do(emails.listed, UUID(ALICE))[1].id), users.HOME)
    do(emails.add, me, "a@z.example", users.HOME)

    assert [one.address for one in do(emails.listed, UUID(ALICE))] == [
        "a@y.example",
        "a@x.example",
        "b@x.example",
        "a@z.example",
    ]
    assert do(accounts.find, "a@x.example").id == UUID(ALICE)


def test_sessions_and_tickets_of_before_tickets_knew_their_key_still_work(of_then):
    upgrade_to("0006")
    now, owner = clock.now(), UUID(ALICE)
    kept, locked, ticket, first_login = (tokens.mint() for _ in range(4))
    facts = {"user_id": owner, "identifier": "a@x.example", "method": "password", "keep": False}
    times = dict.fromkeys(("opened_at", "proved_at", "last_seen_at"), now) | {"expires_at": now + timedelta(hours=12)}
    rows = [
        ("auth_session", {"id": kept.id, "verifier": kept.digest, "address": "", "browser": "", **facts, **times}),
        ("auth_session", {"id": locked.id, "verifier": None, "address": "", "browser": "", **facts, **times}),
    ]
    for key, session_id in ((ticket, locked.id), (first_login, None)):
        bound = {"tab": tokens.digest(users.TAB), "session_id": session_id, "uses_left": 1}
        expires = now + timedelta(seconds=30)
        rows.append(("auth_ticket", {"id": key.id, "verifier": key.digest, "expires_at": expires, **bound, **facts}))
    with engine().begin() as connection:
        for table, values in rows:
            columns = [column(name, Uuid()) if name == "user_id" else column(name) for name in values]
            connection.execute(insert(sql_table(table, *columns)).values(**values))

    migrations.apply()

    me = do(sessions.resume, str(kept))
    assert do(sessions.require, me).id == kept.id
    renewed = do(login.claim, str(ticket), [users.TAB], users.HOME, SessionRef.of(locked))
    assert do(sessions.resume, renewed.key).session_id == locked.id
    opened = do(login.claim, str(first_login), [users.TAB], users.HOME, None)
    assert do(sessions.resume, opened.key).user_id == owner


def test_a_step_between_versions_that_fails_leaves_the_older_one_whole(of_then, monkeypatch):
    say("CREATE TABLE auth_avatar (id INTEGER PRIMARY KEY)")  # conflicts with a table of the next version

    with pytest.raises(OperationalError if "sqlite" in str(engine().url) else ProgrammingError):
        migrations.apply()

    assert revisions() == ["0001"]
    assert "added_at" not in {column["name"] for column in inspect(engine()).get_columns("auth_email")}
    say("DROP TABLE auth_avatar")
    migrations.apply()
    assert revisions() == [head()]
    assert len(do(emails.listed, UUID(ALICE))) == 3


@pytest.mark.parametrize("at_once", [1, search_words.AT_ONCE])
def test_people_of_earlier_versions_are_found_by_their_words(of_then, monkeypatch, at_once):
    monkeypatch.setattr(search_words, "AT_ONCE", at_once)

    migrations.apply()

    assert do(kept_words) == do(true_words) != set()


def spelled(moment):
    """Return a time in the format of this test's database. Escaped colons do not become bind parameters."""
    zone = "" if "sqlite" in str(engine().url) else "+00"
    return f"{moment:%Y-%m-%d %H\\:%M\\:%S.%f}{zone}"


def mailed_then(email, undo):
    """Create a link "this wasn't me" as versions before 0009 did. Returns its key."""
    key, now = tokens.mint(), clock.now()
    data = json.dumps({"undo": undo, "about": email} if undo else {})
    columns = "id, verifier, action, email, user_id, data, connects, uses_left, issued_at, expires_at"
    values = (
        f":id, :verifier, 'wasnt_me', :email, '{ALICE}', '{data}', false, 1, '{spelled(now)}', '{spelled(now + DAY)}'"
    )
    # An unescaped colon in the statement would be a bind parameter.
    statement = f"INSERT INTO auth_action_link ({columns}) VALUES ({values})".replace(": ", "\\: ")
    say(statement, id=key.id, verifier=key.digest, email=email)
    return str(key)


def test_of_the_links_to_a_removed_address_only_the_one_about_its_removal_is_kept(of_then):
    mine = [mailed_then("a@x.example", ""), mailed_then("a@x.example", "added")]
    gone = [mailed_then("gone@x.example", undo) for undo in ("", "added", "removed")]
    migrations.apply()

    outcomes = [do(links.peek, key, None).live for key in (*mine, *gone)]

    assert outcomes == [True, True, False, False, True]
    assert do(links.follow, gone[-1], None, tab=users.TAB).path == "/returning"
    assert [one.address for one in do(emails.listed, UUID(ALICE)) if one.confirmed_at] == ["a@x.example", "a@y.example"]
    assert do(links.follow, mine[0], None, tab=users.TAB).path == "/secured"


RESPELLED = {"\uff41nn@example.com": "ann@example.com", "josé\ufe0f@example.com": "josé@example.com"}


NUMBERS = {"+5215512345678": "+525512345678", "+551181234567": "+5511981234567", "+4915123456789": "+4915123456789"}


def test_identifiers_in_an_old_spelling_are_found_by_the_new_spelling(empty_database):
    upgrade_to("0006")
    zone = "" if empty_database.startswith("sqlite") else "+00"
    then = f"'2026-03-01 12:00:00.000000{zone}'"
    facts = "id, first_name, last_name, imported, avatar, language, waits, disabled, created_at"
    columns = {column["name"] for column in inspect(engine()).get_columns("auth_user")}
    kept = [one for one in facts.split(", ") if one in columns]
    values = {"id": f"'{ALICE}'", "imported": "false", "disabled": "false", "created_at": then}
    say(f"INSERT INTO auth_user ({', '.join(kept)}) VALUES ({', '.join(values.get(one, chr(39) * 2) for one in kept)})")
    for at, address in enumerate([*RESPELLED, "bob@example.com", "\uff42ob@example.com"]):
        row = f"'{at:032}', '{ALICE}', '{address}', false, {then}, {then}"
        say(f"INSERT INTO auth_email (id, user_id, address, is_main, added_at, confirmed_at) VALUES ({row})")
    for at, number in enumerate(NUMBERS):
        row = f"'{at:032}', '{ALICE}', '{number}', false, {then}"
        say(f"INSERT INTO auth_phone (id, user_id, number, is_main, confirmed_at) VALUES ({row})")

    migrations.apply()

    for before, now in {**RESPELLED, **NUMBERS}.items():
        for typed in (before, now):
            assert do(accounts.find, identifiers.lookup(typed, users.HOME)).id == UUID(ALICE)
    addresses = [one.address for one in do(emails.listed, UUID(ALICE))]
    assert sorted(addresses) == sorted([*RESPELLED.values(), "bob@example.com", "\uff42ob@example.com"])
    assert {"525512345678", "5511981234567"} <= {word for word, _ in do(kept_words)}


OF_BEFORE = "SELECT name FROM auth_database_key ORDER BY name"


def made_up_before(name):
    """Return the salt that an unknown name had before the upgrade."""
    return tokens.mac(tokens.oldest_key("fake salt"), name)[:16]


def test_users_of_before_own_scram_records_log_in_and_unknown_names_show_what_they_showed(empty_database, configure):
    configure(AUTHAPP_RATE_LIMITS="false")
    upgrade_to("0006")
    zone = "" if empty_database.startswith("sqlite") else "+00"
    user = "id, first_name, last_name, imported, created_at, avatar, waits, language"
    email = "id, user_id, address, is_main, confirmed_at, added_at"
    now = f"'2026-03-01 12:00:00.000000{zone}'"
    say(f"INSERT INTO auth_user ({user}) VALUES ('{ALICE}', '', '', false, {now}, '', '', '')")
    say(f"INSERT INTO auth_email ({email}) VALUES ('{'1' * 32}', '{ALICE}', 'a@x.example', true, {now}, {now})")
    record = passwords.make_record(users.PASSWORD, UUID(ALICE))
    say("UPDATE auth_user SET password_record = :record WHERE id = :id", record=record, id=ALICE)
    salt = passwords.scram_keys(record, UUID(ALICE)).salt

    migrations.apply()

    names = [f"nobody{number}@x.example" for number in range(20)]
    shown = {name: do(challenges.challenge, name, "n" * 24, users.HOME).first for name in ["a@x.example", *names]}
    wanted = {"a@x.example": salt} | {name: made_up_before(name) for name in names}
    assert {name: first.partition(",s=")[2] for name, first in shown.items()} == {
        name: f"{base64.b64encode(one).decode()},i=4096" for name, one in wanted.items()
    }
    assert send(ask("a@x.example", users.PASSWORD)).renewal
    assert do(scram.to_renew) == 1


def test_a_database_has_its_lasting_keys_once_however_many_start(empty_database):
    race(4, lambda _: migrations.apply())

    with engine().connect() as connection:
        assert connection.execute(text(OF_BEFORE)).scalars().all() == sorted(scram.DATABASE_KEYS)
    assert do(scram.unreadable_keys) == 0
