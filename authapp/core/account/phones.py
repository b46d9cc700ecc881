"""Phone numbers of a user: each is confirmed by a one-time code, and one of them is the main number."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from authapp.core import Db
from authapp.core.account import search_words, security_mail
from authapp.core.account.contacts import Contacts
from authapp.core.account.security_mail import SecurityMail
from authapp.core.base import audit, clock, hooks, identifiers, phone_numbers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, NumberTaken
from authapp.core.credentials import codes, link_ends
from authapp.core.credentials.codes import NewCode, Step
from authapp.core.sessions import session_renames, sessions
from authapp.core.sessions.sessions import Principal
from authapp.i18n.texts import t
from authapp.models import ActionLink, Phone

MOST = 5  # numbers per user
ADD = "add_phone"
PHONES = Contacts(
    table=Phone,
    column="number",
    since="confirmed_at",
    noun="phone",
    most=MOST,
    has_codes=True,
    gone=t("This number is no longer in your account."),
    full=t("You’ve reached the limit of {most} numbers. Remove one first.", most=MOST),
    last=t("This number is your only way to log in. Add and confirm another number or an email address first."),
)
listed, make_main, remove = PHONES.listed, PHONES.make_main, PHONES.remove
forget, set_main = PHONES.forget, PHONES.set_main


def add(db: Db, me: Principal, number: object, caller: Caller) -> Step:
    """Text a code to a number that the user wants to add.

    The response is the same if another user has the number (user enumeration). Its owner then gets a text about it.

    Raises:
        BadInput: not a phone number, one the user has already, or one too many.
        SessionExpired: the session ended.
        StepUpNeeded: the last proof is too old.
        TooManyRequests: too many changes, or codes.
    """
    requested = phone_numbers.phone(number, caller, "new_phone")
    sessions.require(db, me, fresh=True)
    rows = listed(db, me.user_id)
    if requested in [row.number for row in rows]:
        raise BadInput(t("This number is already yours."), field="new_phone")
    PHONES.require_room(rows, "new_phone")
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
    new_code = NewCode(ADD, requested, me.user_id, instead=instead_of_code(db, requested, "taken"))
    step = codes.begin(db, new_code, caller)
    audit.record(db, me.user_id, "phone_asked", caller, phone_numbers.format_phone(requested))
    return step


def confirm(db: Db, me: Principal, key: object, code: object, caller: Caller) -> None:
    """Add the number that the code was sent to.

    Raises:
        BadInput: see `codes.confirm`; or the user has too many numbers.
        CodeNotFoundOrExpired, StepNotFoundOrExpired, TooManyRequests, WrongCode: see `codes.confirm`.
        SessionExpired: the session ended.
        NumberTaken: another user was faster.
    """
    sessions.require(db, me)
    number = codes.confirm(db, ADD, key, code, me.user_id).target
    identifiers.lock_user(db, me.user_id)
    PHONES.require_room(listed(db, me.user_id), "code")
    claim(db, me.user_id, number)
    audit.record(db, me.user_id, "phone_added", caller, phone_numbers.format_phone(number))
    security_mail.send(db, me.user_id, caller, SecurityMail("phone_added", about=number, undo="added"))


def claim(db: Db, user_id: UUID, number: str) -> None:
    """Store a number as a user's confirmed number. The first one becomes the main one.

    Raises:
        NumberTaken: another user has the number.
    """
    codes.void_to(db, number)
    link_ends.void_claims(db, number, (security_mail.DISOWN, security_mail.COME_BACK))  # links of the previous owner
    is_first = not listed(db, user_id)
    try:
        with db.begin_nested():  # of two concurrent claims, the unique index lets one win
            db.add(Phone(user_id=user_id, number=number, is_main=is_first, confirmed_at=clock.now()))
    except IntegrityError:
        raise NumberTaken from None
    session_renames.rename_nameless(db, user_id, number)
    search_words.keep(db, [user_id])
    hooks.on_identifier_added.run(db, user_id, number)


def undo(db: Db, link: ActionLink, _: Caller) -> None:
    """Undo the change that a link names, see `Contacts.undo`. A removed number can be added again with a code."""
    PHONES.undo(db, link)


def instead_of_code(db: Db, number: str, taken: str) -> str | None:
    """Return what to send to a number in place of a code; None: send the code.

    A number that gets no texts gets nothing (`NO_TEXT`). A number with an owner gets the template `taken`.
    """
    owner = identifiers.owner(db, number)  # always queried, so that the time does not reveal an owner
    if codes.is_barred(number):
        return codes.NO_TEXT
    return taken if owner else None
