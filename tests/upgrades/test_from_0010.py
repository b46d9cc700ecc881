"""A database that revision 0010 wrote: after the upgrade, everything that was open before still works."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import psycopg
import pytest
from sqlmodel import col, func, select

from authapp import migrations
from authapp.core.account import emails, identities
from authapp.core.account.identities import Claims
from authapp.core.authentication import login, proofs, recovery, sign_up, waitlist
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER
from authapp.core.base import audit, callers, tokens
from authapp.core.base.errors import BadUserOrPassword
from authapp.core.credentials import links
from authapp.core.sessions import session_list, sessions
from authapp.core.sessions.sessions import SessionRef
from authapp.models import Message, RateCounter
from tests.kit.rules import do
from tests.kit.scram import ask, send
from tests.kit.tables import head, kept_words, revisions, true_words
from tests.kit.users import HOME

FOLDER = Path(__file__).parent


@pytest.fixture
def then(empty_database, kind, configure, clock) -> Iterator[SimpleNamespace]:
    """Load the dump, and upgrade it at the time when it was written. Returns the secrets that were open then."""
    facts = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    dump = (FOLDER / f"{kind}.sql").read_text(encoding="utf-8")
    configure(
        DATABASE_URL=empty_database,
        AUTHAPP_SECRET_KEY=facts["secret_key"],
        AUTHAPP_PASSWORD_ROUNDS="4096",
        AUTHAPP_PHONE_COUNTRY="US",
    )
    clock.advance(datetime.fromisoformat(facts["at"]) - clock.now())
    if kind == "sqlite":
        with sqlite3.connect(empty_database.removeprefix("sqlite:///")) as connection:
            connection.executescript(dump)
        connection.close()
    else:
        with psycopg.connect(empty_database.replace("+psycopg", "")) as connection:
            connection.execute(dump)
    migrations.apply()
    return json.loads(json.dumps(facts), object_hook=lambda values: SimpleNamespace(**values))


def test_the_upgrade_reaches_the_newest_revision_and_keeps_the_search_words(then):
    assert revisions() == [head()]
    assert do(kept_words) == do(true_words) != set()


def test_a_session_stays_open(then):
    me = do(sessions.resume, then.alice.key)

    assert (me.user_id, me.name, me.groups) == (UUID(then.alice.id), "Alice Liddell", {"editors"})
    assert [one.ip for one in do(session_list.listed, me)] == [HOME.ip]


def test_a_login_ticket_opens_its_session(then):
    opened = do(login.claim, then.ticket, [then.tab], HOME, None)

    assert do(sessions.resume, opened.key).identifier == then.bob.email


def test_a_ticket_for_a_new_key_renews_its_session(then):
    old = SessionRef.of(tokens.parse(then.bob.key))

    renewed = do(login.claim, then.renewal, [then.tab], HOME, old)

    assert do(sessions.resume, renewed.key).session_id == old.session_id
    assert do(sessions.resume, then.bob.key) is None


def test_a_challenge_is_answered(then):
    welcome = do(
        login.answer_challenge,
        proofs.Reply(then.challenge.id, then.challenge.reply),
        keep=False,
        tab=then.tab,
        caller=HOME,
    )

    assert do(login.claim, welcome.ticket, [then.tab], HOME, None).identifier == then.alice.email


def test_a_user_logs_in_by_email_and_by_phone(then):
    for identifier in (then.bob.email, "+14155550123"):
        assert send(ask(identifier, then.bob.password)).ticket
        with pytest.raises(BadUserOrPassword):
            do(
                login.with_password,
                proofs.Credentials(identifier, then.password),
                keep=False,
                tab=then.tab,
                caller=HOME,
            )


def test_a_link_confirms_an_added_email(then):
    me = do(sessions.resume, then.alice.key)

    do(links.follow, then.added_email_link, me, tab=then.tab)

    confirmed = [one.address for one in do(emails.listed, me.user_id) if one.confirmed_at]
    assert confirmed == [then.alice.email, "alice@second.example"]


def test_a_link_signs_up(then):
    assert do(links.follow, then.sign_up_link, None, tab=then.tab).ticket


def test_a_link_recovers_an_account(then):
    assert do(links.follow, then.recovery_link, None, tab=then.tab).ticket
    assert do(sessions.resume, then.alice.key) is None  # a recovery ends every session


def test_a_code_confirms_a_sign_up(then):
    code = then.sign_up_code
    ticket = do(sign_up.confirm_sign_up, code.key, code.code, tab=then.tab, caller=HOME)

    assert do(login.claim, ticket, [then.tab], HOME, None).identifier == "+14155550199"


def test_a_linked_identity_is_found(then):
    found = do(identities.find, Claims(subject="subject-1", issuer="https://id.example", provider="work"))

    assert (str(found.user_id), found.provider, found.about) == (then.alice.id, "work", "alice@work.example")


def test_groups_the_waitlist_and_the_audit_log_are_kept(then):
    assert do(groups.is_in, UUID(then.alice.id), "editors")
    assert [one.address for one in do(waitlist.listed, SERVER)] == ["wanda@example.com"]
    events = do(audit.newest, UUID(then.alice.id))
    assert {"signed_up", "group_joined"} <= {one.what for one in events}
    assert HOME.ip in {one.ip for one in events}


def test_failed_logins_are_still_counted(then):
    assert do(lambda db: db.exec(select(func.max(col(RateCounter.count)))).one()) >= 3


def test_a_known_browser_is_known(then):
    assert callers.is_known_device(HOME._replace(device=then.device), UUID(then.alice.id))


def test_new_mails_are_written_beside_the_old_ones(then):
    before = do(lambda db: db.exec(select(func.count()).select_from(Message)).one())

    do(recovery.recover, then.bob.email, HOME)

    assert do(lambda db: db.exec(select(func.count()).select_from(Message)).one()) == before + 1
