"""The holder of a removed mailbox (an expired domain, a former employer) gains nothing from the links in it."""

import re
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col

from authapp.core import run
from authapp.core.account import emails, notices
from authapp.core.account.notices import SecurityMail
from authapp.core.base import clock
from authapp.core.credentials import links
from authapp.models import Email
from tests.attacks.caller import post, whose
from tests.attacks.conftest import database
from tests.core.deeds import addresses, id_of
from tests.people import HOME, TAB, do


def keys_in_mailbox(server, address):
    """Return the key of every link that was ever mailed to an email address, newest last."""
    with database(server) as held:
        found = held.execute("SELECT text FROM auth_message WHERE recipient = ? ORDER BY written_at", (address,))
        return [match[1] for (text,) in found if (match := re.search(r"/link#(\S+)", text))]


def add(server, alice, name):
    address = f"{name}-{alice.email}"
    do(emails.add, alice.me, address, HOME)
    do(links.follow, keys_in_mailbox(server, address)[-1], alice.me, tab=TAB, client=HOME)
    return address


def confirmed_long_ago(address, days):
    since = clock.now() - timedelta(days=days)
    do(run, update(Email).where(col(Email.address) == address).values(confirmed_at=since))


def former(server, alice):
    """Return an email address that Alice had for a month and removed, and one added since. She has an older one."""
    address = add(server, alice, "former")
    confirmed_long_ago(alice.email, 60)
    confirmed_long_ago(address, 30)
    for template in ("new_device", "password_set", "recovered"):
        do(notices.tell, alice.user_id, HOME, SecurityMail(template))
    do(emails.remove, alice.me, id_of(alice, address), HOME)
    return address, add(server, alice, "since")


def test_four_links_in_a_row_end_nothing_and_take_nothing_back(server, alice):
    address, since = former(server, alice)
    mailbox = keys_in_mailbox(server, address)
    assert len(mailbox) >= 5

    answers = [post(server, "/links/follow", {"key": key}).status_code for key in mailbox]

    assert answers == [410] * (len(mailbox) - 1) + [200]  # the last one asks the older email address
    assert whose(server, alice.key) == alice.email
    assert addresses(alice) == [alice.email, since]
    assert post(server, "/recover", {"email": address}).status_code == 202
    subjects = database(server).execute("SELECT subject FROM auth_message WHERE recipient = ?", (address,)).fetchall()
    assert ("You have no authapp account",) in subjects


def test_the_link_of_the_return_opens_nothing_before_its_time(server, alice):
    address, since = former(server, alice)
    post(server, "/links/follow", {"key": keys_in_mailbox(server, address)[-1]})

    answer = post(server, "/links/follow", {"key": keys_in_mailbox(server, address)[-1]})

    assert (answer.status_code, answer.json()["error"]) == (410, "InvalidActionKey")
    assert "set-cookie" not in answer.headers
    assert whose(server, alice.key) == alice.email
    assert addresses(alice) == [alice.email, since]
