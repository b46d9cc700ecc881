"""The outbox of mails and texts: a rule adds a message in its own transaction, and it is sent after the commit."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.messages import reports, templates
from authapp.core.messages.queue import announce
from authapp.core.messages.templates import Written
from authapp.extras import lazy
from authapp.i18n import negotiation
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import into, t
from authapp.models import Email, Message, Phone, User

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")

_RECIPIENT: Any = bindparam("recipient")
_OF_ADDRESS = (
    select(User.language)
    .join(Email, col(Email.user_id) == col(User.id))
    .where(col(Email.address) == _RECIPIENT, col(Email.confirmed_at).is_not(None))
)
_OF_NUMBER = (
    select(User.language).join(Phone, col(Phone.user_id) == col(User.id)).where(col(Phone.number) == _RECIPIENT)
)


def mail(
    db: Db,
    recipient: str,
    template: str,
    language: str = ENGLISH,
    useless_at: datetime | None = None,
    **facts: Any,
) -> None:
    """Add a mail to the outbox, rendered from a template in `mails/` in the language of the recipient.

    A confirmed address where earlier mails bounced gets none, but the call takes as long. Use `confirmation` for mails
    that confirm it again or recover its account.

    Args:
        db: the transaction.
        recipient: the email address, in the form of `identifiers.email`.
        template: the name of the template.
        language: the language of the request, used when the language of the recipient is not known.
        useless_at: when the mail is too late to be useful.
        facts: the values for the template.
    """
    _add_unless_marked(db, _rendered(db, recipient, template, language, facts), useless_at)


def confirmation(
    db: Db,
    recipient: str,
    template: str,
    language: str = ENGLISH,
    useless_at: datetime | None = None,
    **facts: Any,
) -> None:
    """Add a mail that lets the owner of an address prove that mails arrive there. It goes to every address.

    Args: see `mail`.
    """
    _add(db, _rendered(db, recipient, template, language, facts), useless_at)


def text(
    db: Db, number: str, template: str, useless_at: datetime | None = None, *, language: str = ENGLISH, **facts: Any
) -> UUID:
    """Add a text to the outbox, rendered from a template in `mails/texts/` in the language of the recipient.

    Returns the id of the message.

    Args:
        db: the transaction.
        number: the phone number, in the form of `identifiers.phone`. A landline gets nothing.
        template: the name of the template. If it is empty, nothing is sent, but the call takes as long: its timing must
            not reveal whether there is a text.
        useless_at: when the text is too late to be useful.
        language: the language of the request, used when the language of the recipient is not known.
        facts: the values for the template.
    """
    now, recipient_language = clock.now(), language_of(db, number, language)
    if _is_landline(number):
        template = ""
    body = templates.text(template, recipient_language, **facts) if template else ""
    state = "waiting" if template else "unsent"
    message = Message(recipient=number, subject="", text=body, html="", state=state, due_at=now, written_at=now)
    _add(db, message, useless_at)
    return message.id


def write(
    db: Db,
    recipient: str,
    subject: str,
    paragraphs: Sequence[str],
    link: tuple[str, str] | None = None,
    useless_at: datetime | None = None,
) -> None:
    """Add a mail to the outbox. It is sent if, and only if, the transaction commits.

    Args:
        db: the transaction.
        recipient: the email address, in the form of `identifiers.email`.
        subject: the subject, one line.
        paragraphs: plain text. The HTML version escapes all of it.
        link: the label of the button and its absolute URL.
        useless_at: when the mail is too late to be useful.
    """
    _add_unless_marked(db, _written(recipient, Written(subject, list(paragraphs), link), ENGLISH), useless_at)


def language_of(db: Db, recipient: str, otherwise: str) -> str:
    """Return the language that the owner of an identifier chose or signed up in; `otherwise` if absent."""
    query = _OF_ADDRESS if "@" in recipient else _OF_NUMBER
    return negotiation.in_which(execute(db, query, {"recipient": recipient}).scalar() or "") or otherwise


def as_text(content: Written) -> str:
    """Return the plain text form of a mail. The last paragraph is the signature: the product and the footer."""
    link = [": ".join(content.link)] if content.link else []
    return "\n\n".join([*content.paragraphs, *link, f"-- {settings().product_name}\n{content.footer}"])


def _add_unless_marked(db: Db, message: Message, useless_at: datetime | None) -> None:
    """Add a mail, without its content if mails do not arrive at this address."""
    if reports.is_marked(db, message.recipient):
        message.state, message.text, message.html = "unsent", "", ""
    _add(db, message, useless_at)


def _add(db: Db, message: Message, useless_at: datetime | None) -> None:
    message.useless_at = useless_at
    db.add(message)
    announce(db)


def _rendered(db: Db, recipient: str, template: str, language: str, facts: dict[str, Any]) -> Message:
    language = language_of(db, recipient, language)
    return _written(recipient, templates.mail(template, language, recipient=recipient, **facts), language)


def _written(recipient: str, content: Written, language: str) -> Message:
    now = clock.now()
    if not content.footer:
        content = content._replace(footer=into(t("We sent this email to {recipient}.", recipient=recipient), language))
    return Message(
        recipient=recipient,
        subject=" ".join(content.subject.split()),
        text=as_text(content),
        html=templates.html(content, language),
        due_at=now,
        written_at=now,
    )


def _is_landline(number: str) -> bool:
    """Return whether a number is known to be a landline, which cannot receive texts."""
    return phonenumbers.number_type(phonenumbers.parse(number)) == phonenumbers.PhoneNumberType.FIXED_LINE
