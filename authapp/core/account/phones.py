"""Phone numbers of a user: each is confirmed by a one-time code, and one of them is the main number."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from authapp.core import Db, run
from authapp.core.account import identities, notices, removals, words
from authapp.core.base import clock, history, hooks, identifiers, limits
from authapp.core.base.devices import Client
from authapp.core.base.errors import BadInput, NumberTaken
from authapp.core.credentials import codes, links, scram
from authapp.core.credentials.codes import Step
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.i18n.texts import say
from authapp.models import ActionLink, Phone

MOST = 5  # numbers per user
ADD = "add_phone"


def listed(db: Db, user_id: UUID) -> list[Phone]:
    """Return the numbers of a user: the main one first, then the oldest first."""
    mine = select(Phone).where(Phone.user_id == user_id)
    ordered = mine.order_by(col(Phone.is_main).desc(), col(Phone.confirmed_at), col(Phone.number))
    return list(db.exec(ordered.execution_options(populate_existing=True)).all())


def add(db: Db, me: Principal, number: object, client: Client) -> Step:
    """Text a code to a number that the user wants to add.

    The response is the same if another user has the number (user enumeration). Its owner then gets a text about it.

    Raises:
        BadInput: not a phone number, one the user has already, or one too many.
        LoggedOut: the session ended.
        StepUpNeeded: the last proof is too old.
        TooManyRequests: too many changes, or codes.
    """
    wanted = identifiers.phone(number, client, "new_phone")
    sessions.require(db, me, fresh=True)
    mine = [one.number for one in listed(db, me.user_id)]
    if wanted in mine:
        raise BadInput(say("This number is already yours."), field="new_phone")
    if len(mine) >= MOST:
        raise BadInput(
            say("You’ve reached the limit of {most} numbers. Remove one first.", most=MOST), field="new_phone"
        )
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    step = codes.begin(db, ADD, wanted, client, user_id=me.user_id, instead=instead_of_code(db, wanted, "taken"))
    history.record(db, me.user_id, "phone_asked", client, identifiers.dialled(wanted))
    return step


def confirm(db: Db, me: Principal, key: object, code: object, client: Client) -> None:
    """Add the number that the code was sent to.

    Raises:
        BadInput: see `codes.confirm`; or the user has too many numbers.
        CodeGone, StepGone, TooManyRequests, WrongCode: see `codes.confirm`.
        LoggedOut: the session ended.
        NumberTaken: another user was faster.
    """
    sessions.require(db, me)
    number = codes.confirm(db, ADD, key, code, me.user_id).target
    identifiers.alone(db, me.user_id)
    if len(listed(db, me.user_id)) >= MOST:
        raise BadInput(say("You’ve reached the limit of {most} numbers. Remove one first.", most=MOST), field="code")
    claim(db, me.user_id, number)
    history.record(db, me.user_id, "phone_added", client, identifiers.dialled(number))
    notices.tell(db, me.user_id, "phone_added", client, about=number, undo="added")


def make_main(db: Db, me: Principal, id: object, client: Client) -> None:
    """Make a number the main one.

    Raises:
        BadInput: the user has no such number.
        LoggedOut: the session ended.
        TooManyRequests: too many changes.
    """
    sessions.require(db, me)
    identifiers.alone(db, me.user_id)
    row = _mine(db, me, id)
    if row.is_main:
        return
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    before = next((one.number for one in listed(db, me.user_id) if one.is_main), "")
    set_main(db, me.user_id, row.number)
    history.record(db, me.user_id, "phone_main", client, identifiers.dialled(row.number))
    notices.tell(db, me.user_id, "phone_main", client, about=row.number, undo="main", before=before)


def remove(db: Db, me: Principal, id: object, client: Client) -> None:
    """Remove a number. If it was the main one, the oldest other number takes its place.

    Raises:
        BadInput: the user has no such number, or has no other way to log in.
        LoggedOut: the session ended.
        StepUpNeeded: the last proof is too old.
        TooManyRequests: too many changes.
    """
    sessions.require(db, me, fresh=True)
    number = _mine(db, me, id).number
    links.lock(db, number)  # both before the user, as when a link is followed; another order can deadlock
    codes.lock(db, number)
    identifiers.alone(db, me.user_id)
    row = _mine(db, me, id)
    if identifiers.ways_in(db, me.user_id) == [row.number] and not identities.usable(db, me.user_id):
        raise BadInput(
            say("This number is your only way to log in. Add and confirm another number or an email address first.")
        )
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    removal = removals.of(db, me.user_id, row.number, row.confirmed_at)
    forget(db, me.user_id, row.number)
    history.record(db, me.user_id, "phone_removed", client, identifiers.dialled(row.number))
    notices.tell(db, me.user_id, "phone_removed", client, about=row.number, undo="removed", removal=removal)


def claim(db: Db, user_id: UUID, number: str) -> None:
    """Store a number as a user's confirmed number. The first one becomes the main one.

    Raises:
        NumberTaken: another user has the number.
    """
    codes.void_to(db, number)
    links.void_claims(db, number, (notices.DISOWN, notices.COME_BACK))  # links of the previous owner
    first = not listed(db, user_id)
    try:
        with db.begin_nested():  # of two concurrent claims, the unique index lets one win
            db.add(Phone(user_id=user_id, number=number, is_main=first, confirmed_at=clock.now()))
    except IntegrityError:
        raise NumberTaken from None
    sessions.rename_nameless(db, user_id, number)
    words.keep(db, [user_id])
    hooks.on_identifier_added.run(db, user_id, number)


def forget(db: Db, user_id: UUID, number: str) -> None:
    """Remove a number from a user. Sessions opened with it continue under another identifier."""
    row = next((one for one in listed(db, user_id) if one.number == number), None)
    if row is None:
        return
    db.delete(row)
    scram.forget(db, user_id, number)
    words.keep(db, [user_id])
    rest = listed(db, user_id)
    if row.is_main and rest:
        set_main(db, user_id, rest[0].number)
    links.void_to(db, number, user_id, was_theirs=True)
    codes.void_to(db, number)
    if other := identities.identifier(db, user_id):
        sessions.rename_identifier(db, user_id, number, other)
    hooks.on_identifier_removed.run(db, user_id, number)


def undo(db: Db, link: ActionLink) -> None:
    """Undo the change that a link reports, and no newer one. A removed number can be added again with a code."""
    user_id, what, number, pressed_at = link.user_id, link.data["undo"], link.data["about"], link.email
    assert user_id is not None
    mine = {one.number: one for one in listed(db, user_id)}
    row = mine.get(number)
    if what == "added" and row and row.confirmed_at <= link.issued_at and number != pressed_at:
        if len(identifiers.ways_in(db, user_id)) > 1:  # the last identifier stays
            forget(db, user_id, number)
    elif what == "main" and row and row.is_main:
        before = link.data.get("before", pressed_at)  # links of older versions do not store the previous number
        if before in mine:
            set_main(db, user_id, before)


def instead_of_code(db: Db, number: str, taken: str) -> str | None:
    """Return what to send to a number in place of a code; None: send the code.

    A number that gets no texts gets nothing (`NO_TEXT`). A number with an owner gets the template `taken`.
    """
    owner = identifiers.owner(db, number)  # always queried, so that the time does not reveal an owner
    if codes.is_barred(number):
        return codes.NO_TEXT
    return taken if owner else None


def _mine(db: Db, me: Principal, id: object) -> Phone:
    try:
        row = db.get(Phone, UUID(id), populate_existing=True) if isinstance(id, str) else None
    except ValueError:
        row = None
    if row is None or row.user_id != me.user_id:
        raise BadInput(say("This number is no longer in your account."))
    return row


def set_main(db: Db, user_id: UUID, number: str) -> None:
    """Make one of a user's numbers the main one."""
    mine = col(Phone.user_id) == user_id
    run(db, update(Phone).where(mine, col(Phone.number) != number).values(is_main=False))
    run(db, update(Phone).where(mine, col(Phone.number) == number).values(is_main=True))
