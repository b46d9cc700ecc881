"""Security mails and texts: they report a change of an account, with a link to answer "this wasn't me"."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authapp.core import Db
from authapp.core.account.removals import Removal
from authapp.core.base import clock, identifiers, phone_numbers, rate_limits
from authapp.core.base.callers import Caller, browser_name
from authapp.core.credentials import links
from authapp.core.messages import outbox, reports, templates

DISOWN = "wasnt_me"  # action of the link "this wasn't me"
COME_BACK = "come_back"  # action of the link that restores a removed email address or phone number
REFUSE = "refuse_return"  # action of the link with which an older email address or phone number refuses that
OBJECTIONS = (DISOWN, COME_BACK, REFUSE)  # locking or closing the account keeps these: a thief must not void them
DISOWN_LIFE = timedelta(days=7)
# Texts cost money and wake people, so only these mails are also texted to every phone number. A user without an email
# address gets all of them by text.
_TEXTED = {"recovered", "phone_added", "phone_removed", "phone_main"}


@dataclass(frozen=True, slots=True)
class SecurityMail:
    """Report of a change of an account.

    Args:
        template: the name of the mail in `mails/`.
        about: the email address or phone number that was changed.
        until: when something ends, for templates that mention it.
        undo: the change that "this wasn't me" also undoes: `added`, `removed` or `main` (of `about`), `linked` (the
            identity `of`), or `closed`.
        before: the main email address or phone number before the change, for `main`.
        of: the id of the identity to unlink, for `linked`.
        removal: a removed email address or phone number, which gets a message too.
    """

    template: str
    about: str = ""
    until: datetime | None = None
    undo: str = ""
    before: str = ""
    of: str = ""
    removal: Removal | None = None

    def data(self) -> dict[str, Any]:
        """Return the data that the action link stores."""
        optional = {name: value for name, value in (("before", self.before), ("of", self.of)) if value}
        return {"undo": self.undo, "about": self.about, **optional}


def send(db: Db, user_id: UUID, caller: Caller, mail: SecurityMail) -> None:
    """Send a security mail to every confirmed email address, and important ones as a text to every phone number.

    Args:
        db: the transaction.
        user_id: the user whose account changed.
        caller: the client that made the change.
        mail: the change.
    """
    template, event, removal = mail.template, mail.data(), mail.removal
    facts: dict[str, Any] = {"when": clock.now(), "browser": browser_name(caller.user_agent), "address": caller.ip}
    facts |= {"about": phone_numbers.format_phone(mail.about), "until": mail.until.date() if mail.until else ""}
    addresses = identifiers.confirmed(db, user_id)
    is_reached = any(not reports.is_marked(db, address) for address in addresses)
    numbers = identifiers.numbers(db, user_id) if template in _TEXTED or not is_reached else []
    for address in [*addresses, *numbers]:
        url = links.issue(db, DISOWN, email=address, user_id=user_id, valid_for=DISOWN_LIFE, data=event)
        _send(db, address, template, template, caller, url=url, **facts)
    if removal:
        url, data = "", event | removal.data()
        if removal.has_link:
            recipient = removal.identifier
            url = links.issue(db, DISOWN, email=recipient, user_id=user_id, valid_for=DISOWN_LIFE, data=data)
        _send(db, removal.identifier, template, "removed", caller, url=url, **facts)


def _send(db: Db, recipient: str, subject: str, template: str, caller: Caller, **facts: Any) -> None:
    if not phone_numbers.is_number(recipient):
        outbox.mail(db, recipient, template, caller.language, **facts)
        return
    language = outbox.language_of(db, recipient, caller.language)
    summary = templates.mail(subject, language, recipient=recipient, **facts).subject
    outbox.text(db, recipient, "told", what=summary, language=caller.language, **facts)


def send_login_failures(db: Db, user_id: UUID, caller: Caller) -> None:
    """Mail a user that many logins failed and how to get back in. A user without an email address gets a text.

    The limit `failure_mails_per_user` applies.
    """
    if not rate_limits.allows(db, user_id.hex, rate_limits.MAILS_OF_FAILURES):
        return
    count = rate_limits.FAILURES_PER_USER.most
    addresses = identifiers.confirmed(db, user_id)
    for address in addresses:
        outbox.mail(db, address, "failed_logins", caller.language, count=count)
    is_reached = any(not reports.is_marked(db, address) for address in addresses)
    for number in [] if is_reached else identifiers.numbers(db, user_id):
        outbox.text(db, number, "failed_logins", language=caller.language)
