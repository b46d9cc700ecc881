"""The holder of a removed mailbox (an expired domain, a former employer) gains nothing from the links in it."""

import re

from authapp.core.account import emails, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.credentials import links
from tests.kit.contacts import confirmed_emails, confirmed_long_ago, email_id
from tests.kit.rules import do
from tests.kit.tables import connect
from tests.kit.users import HOME, TAB
from tests.kit.web.http import logged_in_as, post


def keys_in_mailbox(server, address):
    """Return the key of every link that was ever mailed to an email address, newest last."""
    with connect(server) as held:
        found = held.execute("SELECT text FROM auth_message WHERE recipient = ? ORDER BY written_at", (address,))
        return [match[1] for (text,) in found if (match := re.search(r"/link#(\S+)", text))]


def add(server, alice, name):
    address = f"{name}-{alice.email}"
    do(emails.add, alice.me, address, HOME)
    do(links.follow, keys_in_mailbox(server, address)[-1], alice.me, tab=TAB, caller=HOME)
    return address


def former(server, alice):
    """Return an email address that Alice had for a month and removed, and one added since. She has an older one."""
    address = add(server, alice, "former")
    confirmed_long_ago(alice.email, 60)
    confirmed_long_ago(address, 30)
    for template in ("new_device", "password_set", "recovered"):
        do(security_mail.send, alice.user_id, HOME, SecurityMail(template))
    do(emails.remove, alice.me, email_id(alice, address), HOME)
    return address, add(server, alice, "since")


def test_four_links_in_a_row_end_nothing_and_take_nothing_back(server, alice):
    address, since = former(server, alice)
    mailbox = keys_in_mailbox(server, address)
    assert len(mailbox) >= 5

    answers = [post(server, "/links/follow", {"key": key}).status_code for key in mailbox]

    assert answers == [410] * (len(mailbox) - 1) + [200]  # the last one asks the older email address
    assert logged_in_as(server, alice.key) == alice.email
    assert confirmed_emails(alice) == [alice.email, since]
    assert post(server, "/recover", {"email": address}).status_code == 202
    subjects = connect(server).execute("SELECT subject FROM auth_message WHERE recipient = ?", (address,)).fetchall()
    assert ("You have no authapp account",) in subjects


def test_the_link_of_the_return_opens_nothing_before_its_time(server, alice):
    address, since = former(server, alice)
    post(server, "/links/follow", {"key": keys_in_mailbox(server, address)[-1]})

    answer = post(server, "/links/follow", {"key": keys_in_mailbox(server, address)[-1]})

    assert (answer.status_code, answer.json()["error"]) == (410, "InvalidActionKey")
    assert "set-cookie" not in answer.headers
    assert logged_in_as(server, alice.key) == alice.email
    assert confirmed_emails(alice) == [alice.email, since]
