"""The download of a user's own data."""

import base64
import json

import pytest
from sqlmodel import select

from authapp.core.account import data, emails, phones
from authapp.core.authentication import accounts, recovery, sign_up
from authapp.core.authorization import groups
from authapp.core.base import rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import SessionExpired, TooManyRequests
from authapp.core.sessions import session_ends
from authapp.models import ActionLink, Avatar, Message, Session, Ticket, User
from tests.kit.codes import MINUTE, sign_up_by_phone
from tests.kit.contacts import FREE, HERS, PREMIUM, add_email, add_phone, add_unconfirmed_email, phone_id
from tests.kit.messages import code_to, mails_to, texts_to
from tests.kit.rules import do
from tests.kit.users import HOME, audit_events, log_in

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
SECRETS = {"secret_digest", "code_digest", "password_record", "text", "html", "key", "tab", "digest"}


def everything(person):
    return do(data.export, person.me, HOME)


@pytest.fixture
def settled(alice):
    """Give Alice one row of each kind."""
    do(lambda db: db.add(Avatar(user_id=alice.user_id, image=b"\x00\xffface")))
    add_email(alice, "second@example.com")
    add_unconfirmed_email(alice, "waiting@example.com")
    log_in(alice, Caller("198.51.100.7", BROWSER))
    do(recovery.recover, alice.email, HOME)
    return alice


def test_the_download_contains_everything(settled):
    do(groups.create, "editors")
    do(groups.add, settled.user_id, "editors")
    do(accounts.set_language, settled.me, "fr", HOME)
    found = everything(settled)

    person = found["person"]
    assert (person["language"], found["groups"]) == ("fr", ["editors"])
    assert (person["id"], person["first_name"], person["last_name"]) == (str(settled.user_id), "Alice", "Liddell")
    assert person["has_password"] is True
    assert base64.b64decode(person["picture"]) == b"\x00\xffface"
    shown = {one["address"]: bool(one["confirmed_at"]) for one in found["emails"]}
    assert shown == {settled.email: True, "second@example.com": True, "waiting@example.com": False}
    assert [one["address"] for one in found["emails"] if one["is_main"]] == [settled.email]
    assert ("198.51.100.7", BROWSER) in [(one["ip"], one["browser"]) for one in found["sessions"]]
    assert [one["what"] for one in found["history"]].count("data_read") == 1
    assert len(found["history"]) == len(audit_events(settled))
    assert {one["action"] for one in found["links"]} == {"sign_up", "add_email", "reset", "wasnt_me"}
    assert {one["recipient"] for one in found["messages"]} == {settled.email, "second@example.com"}
    assert len(found["messages"]) == len(mails_to(settled.email)) + len(mails_to("second@example.com"))


def test_the_download_is_json_with_readable_times(settled):
    found = everything(settled)

    assert json.loads(json.dumps(found)) == found
    assert found["person"]["created_at"].endswith("+00:00")


def names_in(found):
    if isinstance(found, dict):
        yield from found
        found = found.values()
    if not isinstance(found, str) and hasattr(found, "__iter__"):
        for one in found:
            yield from names_in(one)


def secrets_of(db):
    """Return everything that proves or could prove an identity, in every encoding that might appear."""
    rows = [row for table in (Session, Ticket, ActionLink) for row in db.exec(select(table)).all()]
    raw = [row.secret_digest for row in rows if row.secret_digest]
    raw += [user.password_record for user in db.exec(select(User)).all() if user.password_record]
    texts = [mail.text for mail in db.exec(select(Message)).all()]
    keys = [text.partition("/link#")[2].split()[0] for text in texts if "/link#" in text]
    spelled = [way(one) for one in raw for way in (bytes.hex, repr, lambda one: base64.b64encode(one).decode())]
    return [*keys, *(row.id for row in rows), *spelled]


def test_the_download_contains_no_secret(settled):
    said = json.dumps(everything(settled))

    assert SECRETS.isdisjoint(names_in(everything(settled)))
    secrets = do(secrets_of)
    assert len(secrets) > 20
    assert [secret for secret in [*secrets, settled.key, settled.password] if secret in said] == []


def test_the_download_does_not_reveal_whether_an_email_is_taken(alice, bob):
    for address in (bob.email, "free@example.com"):
        do(emails.add, alice.me, address, HOME)

    found = json.loads(json.dumps(everything(alice)))
    asked = [one for one in found["links"] if one["action"] == "add_email"]
    assert len(asked) == 2
    told = [
        {key: value for key, value in one.items() if key not in ("email", "issued_at", "expires_at")} for one in asked
    ]
    assert told[0] == told[1]
    assert all(one["recipient"] == alice.email for one in found["messages"])


def test_the_download_contains_numbers_and_their_texts_without_the_content(alice):
    add_phone(alice, HERS)
    add_phone(alice, FREE)

    found = everything(alice)

    assert [(one["number"], one["is_main"], bool(one["confirmed_at"])) for one in found["phones"]] == [
        (HERS, True, True),
        (FREE, False, True),
    ]
    texts = [one for one in found["messages"] if one["recipient"] == HERS]
    assert len(texts) == len(texts_to(HERS))
    said = json.dumps(found)
    assert [to for to in (HERS, FREE) if f'"{code_to(to)}' in said] == []


def test_the_download_does_not_reveal_whether_a_number_is_taken_or_barred(alice, bob, clock):
    add_phone(bob, HERS)
    clock.advance(MINUTE)
    found = []
    for number in (HERS, FREE, PREMIUM):
        do(phones.add, alice.me, number, HOME)
        found.append(json.dumps(everything(alice)))

    assert [one.count("phone_asked") for one in found] == [1, 2, 3]
    for one in map(json.loads, found):
        assert all(row["recipient"] == alice.email for row in one["messages"])
        assert all(row["email"] == alice.email for row in one["links"])
        assert one["phones"] == []


def test_the_download_reveals_nothing_of_later_owners_of_an_email_or_number(alice, clock):
    do(emails.add, alice.me, "waiting@example.com", HOME)
    do(emails.remove, alice.me, add_email(alice, "removed@example.com"), HOME)
    add_phone(alice, HERS)
    do(phones.remove, alice.me, phone_id(alice, HERS), HOME)
    before = everything(alice)
    clock.advance(MINUTE)

    for address in ("waiting@example.com", "removed@example.com"):
        do(sign_up.sign_up, address, HOME)
    sign_up_by_phone(HERS)

    after = everything(alice)
    assert after["messages"] == before["messages"]
    assert after["links"] == before["links"]


def test_the_download_contains_nothing_of_others(alice, bob):
    do(emails.add, bob.me, alice.email, HOME)
    do(accounts.set_names, bob.me, "Robert", "Zimmerman", HOME)

    said = json.dumps(everything(alice))

    assert [trace for trace in (bob.email, str(bob.user_id), "Robert", "Zimmerman") if trace in said] == []


def test_reading_it_is_written_down(alice):
    everything(alice)

    assert audit_events(alice)[0] == "data_read"


def test_a_logged_out_user_gets_no_data(alice):
    do(session_ends.close, alice.me.session_id)

    with pytest.raises(SessionExpired):
        everything(alice)
    assert "data_read" not in audit_events(alice)


def test_reading_it_again_and_again_does_not_push_all_else_off_the_history(alice, clock):
    her_name_and_password = 2  # were set when she joined
    for _ in range(rate_limits.CHANGES_PER_USER.most - her_name_and_password):
        everything(alice)

    with pytest.raises(TooManyRequests):
        everything(alice)
