"""Security mails: written by the rules, found in the outbox."""

from typing import Any

from authapp.core.account import security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.base.callers import Caller
from authapp.models import Message
from tests.kit.messages import mails_to, subjects_to
from tests.kit.rules import do
from tests.kit.users import Person

FIREFOX = Caller("198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0")


def short_subjects(address: str) -> list[str]:
    """Return the subjects of the mails to an email address, without the name of the product."""
    return [subject.removesuffix(" at authapp") for subject in subjects_to(address)]


def mail_about(address: str, words: str) -> Message:
    """Return the oldest mail to an email address whose subject contains these words."""
    return next(mail for mail in mails_to(address) if words in mail.subject)


def tell(person: Person, template: str = "password_set", caller: Caller = FIREFOX, **facts: Any) -> None:
    """Write a security mail to a user."""
    do(security_mail.send, person.user_id, caller, SecurityMail(template, **facts))
