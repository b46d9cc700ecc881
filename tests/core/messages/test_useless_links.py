"""Mails with links that expire: they are not sent after that, for example after an outage of the provider."""

from datetime import timedelta

import pytest

from authapp.core.account import confirmations, emails, undelivered
from authapp.core.authentication import provider_login, recovery, sign_up, waitlist
from authapp.core.authorization.actors import SERVER
from authapp.core.messages import queue
from authapp.core.messages.queue import Failure
from authapp.i18n.locales import ENGLISH
from authapp.models import Message
from tests.kit.contacts import add_unconfirmed_email
from tests.kit.messages import mails_to
from tests.kit.rules import do
from tests.kit.users import HOME

SECOND = timedelta(seconds=1)
NEW = "carol@example.com"  # belongs to nobody
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _imported(alice):
    add_unconfirmed_email(alice, NEW)
    do(confirmations.ask, alice.user_id, NEW)


CASES = {
    "sign-up": (NEW, DAY, lambda _: do(sign_up.sign_up, NEW, HOME)),
    "sign-up, known": ("", DAY, lambda alice: do(sign_up.sign_up, alice.email, HOME)),
    "recovery": ("", HOUR, lambda alice: do(recovery.recover, alice.email, HOME)),
    "recovery, unknown": (NEW, HOUR, lambda _: do(recovery.recover, NEW, HOME)),
    "recovery link": ("", HOUR, lambda alice: do(recovery.send_recovery_link, alice.user_id, alice.email)),
    "added": (NEW, DAY, lambda alice: do(emails.ask, alice.user_id, NEW)),
    "added, taken": ("", DAY, lambda alice: do(emails.ask, alice.user_id, alice.email)),
    "bounced": ("", DAY, lambda alice: do(undelivered.ask, alice.user_id, alice.email, ENGLISH)),
    "imported": (NEW, DAY, _imported),
    "provider": (NEW, DAY, lambda alice: do(provider_login.ask, alice.user_id, NEW, "Google")),
    "provider, taken": ("", DAY, lambda alice: do(provider_login.ask, alice.user_id, alice.email, "Google")),
    "invitation": (NEW, waitlist.LIFE, lambda _: do(waitlist.invite, SERVER, NEW)),
}


@pytest.mark.parametrize(("recipient", "life", "write"), CASES.values(), ids=CASES)
def test_a_held_mail_is_not_sent_when_its_link_has_expired(alice, clock, recipient, life, write):
    write(alice)
    mail = mails_to(recipient or alice.email)[-1]
    assert abs(mail.useless_at - mail.written_at - life) < SECOND
    do(queue.take, 50)
    do(queue.failed, mail.id, Failure("no funds", fault=queue.ACCOUNT))

    clock.advance(life + SECOND)

    assert mail.id not in [taken.id for taken in do(queue.take, 50)]
    assert do(lambda db: db.get(Message, mail.id).problem) == queue.TOO_LATE
