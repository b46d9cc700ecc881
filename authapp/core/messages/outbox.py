"""The outbox of mails and texts: a rule adds a message in its own transaction, and a worker sends it after the commit.

States of a message: `waiting` (to be sent, or to be retried), then `kept` (the embedded outbox), `delivered` or `dead`
(given up, or too late to be useful). `unsent` is a text that is never sent. If a worker dies, its messages stay
`waiting` and are due again when their lease ends.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, not_, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, run
from authapp.core.base import clock
from authapp.core.messages import templates
from authapp.core.messages.templates import Written
from authapp.extras import lazy
from authapp.i18n import texts
from authapp.i18n.texts import ENGLISH
from authapp.models import Email, Message, Phone, User

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")

LEASE = timedelta(minutes=2)  # longer than any sender waits for the mail or text service
BACKOFF = [timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400)]
TOO_LATE = "too late to be of use"
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

    Args:
        db: the transaction.
        recipient: the email address, in the form of `identifiers.email`.
        template: the name of the template.
        language: the language of the request, used when the language of the recipient is not known.
        useless_at: when the mail is too late to be useful.
        facts: the values for the template.
    """
    language = language_of(db, recipient, language)
    written = templates.mail(template, language, **facts)
    _write(db, recipient, written, language, useless_at)


def text(
    db: Db, number: str, template: str, useless_at: datetime | None = None, *, language: str = ENGLISH, **facts: Any
) -> None:
    """Add a text to the outbox, rendered from a template in `mails/texts/` in the language of the recipient.

    Args:
        db: the transaction.
        number: the phone number, in the form of `identifiers.phone`. A landline gets nothing.
        template: the name of the template. If it is empty, nothing is sent, but the call takes as long: its timing must
            not reveal whether there is a text.
        useless_at: when the text is too late to be useful.
        language: the language of the request, used when the language of the recipient is not known.
        facts: the values for the template.
    """
    now, spoken = clock.now(), language_of(db, number, language)
    if _is_landline(number):
        template = ""
    words = templates.text(template, spoken, **facts) if template else ""
    state = "waiting" if template else "unsent"
    message = Message(recipient=number, subject="", text=words, html="", state=state, due_at=now, written_at=now)
    message.useless_at = useless_at
    db.add(message)
    _announce(db)


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
    _write(db, recipient, Written(subject, list(paragraphs), link), ENGLISH, useless_at)


def language_of(db: Db, recipient: str, otherwise: str) -> str:
    """Return the language that the owner of an identifier chose or signed up in; `otherwise` if absent."""
    owned = _OF_ADDRESS if "@" in recipient else _OF_NUMBER
    return texts.in_which(run(db, owned, {"recipient": recipient}).scalar() or "") or otherwise


def _write(db: Db, recipient: str, written: Written, language: str, useless_at: datetime | None) -> None:
    now, link = clock.now(), written.link
    signature = f"-- {settings().product_name}"
    db.add(
        Message(
            recipient=recipient,
            subject=" ".join(written.subject.split()),
            text="\n\n".join([*written.paragraphs, *([f"{link[0]}: {link[1]}"] if link else []), signature]),
            html=templates.html(written.paragraphs, link, language),
            due_at=now,
            written_at=now,
            useless_at=useless_at,
        )
    )
    _announce(db)


def take(db: Db, at_most: int = 10, *, texts: bool = False) -> list[Message]:
    """Take due mails, or due texts, and hide them from other workers for the time of the lease.

    Call `sent` or `failed` for each of them afterwards. Messages that are too late to be useful become `dead` instead.
    """
    now = clock.now()
    is_due = (col(Message.state) == "waiting", col(Message.due_at) <= now)
    run(db, update(Message).where(*is_due, col(Message.useless_at) <= now).values(state="dead", problem=TOO_LATE))
    is_mail = col(Message.recipient).contains("@")  # as `Message.is_text` tells them apart
    due = select(Message).where(*is_due, not_(is_mail) if texts else is_mail)
    rows = db.exec(due.order_by(col(Message.due_at)).limit(at_most).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.due_at = now + LEASE
        row.attempts += 1
    return list(rows)


def sent(db: Db, id: UUID, *, kept: bool) -> None:
    """Mark a message as sent. Its text is deleted unless `kept`, because it may contain the key of a link."""
    values = {"state": "kept"} if kept else {"state": "delivered", "text": "", "html": ""}
    run(db, update(Message).where(col(Message.id) == id).values(sent_at=clock.now(), problem="", **values))


def failed(db: Db, id: UUID, problem: str, *, wait: float = 0, final: bool = False) -> None:
    """Schedule a retry of a message that could not be sent, or mark it dead.

    Args:
        db: the transaction.
        id: the id of the message.
        problem: the reason, without secrets.
        wait: the seconds that the mail or text service asked to wait.
        final: whether the service will never accept the message.
    """
    row = db.get(Message, id, with_for_update=True)
    if row is None or row.state != "waiting":
        return
    row.problem = problem[:200]
    if final or row.attempts > len(BACKOFF):
        row.state = "dead"
        return
    row.due_at = clock.now() + max(BACKOFF[row.attempts - 1], timedelta(seconds=wait))
    if row.useless_at and row.useless_at <= row.due_at:
        row.state, row.problem = "dead", TOO_LATE  # the log has the original problem


def again(db: Db, id: UUID) -> None:
    """Queue a dead message again."""
    row = db.get(Message, id)
    if row and row.state == "dead":
        row.state, row.attempts, row.due_at = "waiting", 0, clock.now()
        _announce(db)


def newest(db: Db, at_most: int = 50) -> list[Message]:
    """Return the messages, newest first, without `unsent` ones."""
    shown = select(Message).where(Message.state != "unsent")
    return list(db.exec(shown.order_by(col(Message.written_at).desc(), col(Message.id)).limit(at_most)).all())


def stuck(db: Db, since: datetime) -> tuple[int, int]:
    """Count the waiting messages that were due at `since` or before, and the dead messages."""
    late = select(func.count()).where(col(Message.state) == "waiting", col(Message.due_at) <= since)
    dead = select(func.count()).where(col(Message.state) == "dead")
    return db.exec(late).one(), db.exec(dead).one()


def purge(db: Db) -> None:
    """Delete messages `message_days` after they were written, whether or not they were sent."""
    old = clock.now() - timedelta(days=settings().message_days)
    run(db, delete(Message).where(col(Message.written_at) <= old))


def _is_landline(number: str) -> bool:
    """Return whether a number is known to be a landline, which cannot receive texts."""
    return phonenumbers.number_type(phonenumbers.parse(number)) == phonenumbers.PhoneNumberType.FIXED_LINE


def _announce(db: Db) -> None:
    db.info["mail"] = True  # wakes the worker of this process after the commit, before its next round
