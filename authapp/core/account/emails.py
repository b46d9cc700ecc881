"""Email addresses of a user: several, each confirmed by a mailed link, one of them the main address."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, run
from authapp.core.account import identities, notices, removals, words
from authapp.core.base import clock, history, hooks, identifiers, limits
from authapp.core.base.devices import Client
from authapp.core.base.errors import BadInput, DeadLink, in_words
from authapp.core.credentials import links, scram
from authapp.core.credentials.links import Done
from authapp.core.messages import outbox
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import say
from authapp.models import ActionLink, Applicant, Email, User
from authapp.routes import route

MOST = 10  # email addresses of one user
_NOBODY = Client()


def listed(db: Db, user_id: UUID) -> list[Email]:
    """Return the addresses of a user: the main one first, then by age."""
    mine = select(Email).where(Email.user_id == user_id)
    ordered = mine.order_by(col(Email.is_main).desc(), col(Email.added_at), col(Email.address))
    return list(db.exec(ordered.execution_options(populate_existing=True)).all())


def add(db: Db, me: Principal, email: object, client: Client) -> None:
    """Add an unconfirmed address, and mail a confirmation link to it.

    The answer does not reveal whether another user owns the address. It waits like any other, and its owner
    gets a mail.

    Raises:
        BadInput: not an email address, the user's own already, or one too many.
        LoggedOut: the session ended.
        StepUpNeeded: the last authentication is too old.
        TooManyRequests: too many changes, or mails to that address.
    """
    address = identifiers.mailable(email, "new_email")
    sessions.require(db, me, fresh=True)
    identifiers.alone(db, me.user_id)
    mine = listed(db, me.user_id)
    known = next((one for one in mine if one.address == address), None)
    if known and known.confirmed_at:
        raise BadInput(say("This address is already yours."), field="new_email")
    if known:
        raise BadInput(say("This address is waiting to be confirmed. Use “Resend” next to it."), field="new_email")
    if len(mine) >= MOST:
        raise BadInput(
            say("You’ve reached the limit of {most} addresses. Remove one first.", most=MOST), field="new_email"
        )
    _throttle(db, me, address)
    expect(db, me.user_id, address)
    history.record(db, me.user_id, "email_asked", client, address)
    ask(db, me.user_id, address, client.language)


def expect(db: Db, user_id: UUID, address: str) -> None:
    """Store an address that waits for its confirmation."""
    db.add(Email(user_id=user_id, address=address, added_at=clock.now()))
    words.keep(db, [user_id])


def send_again(db: Db, me: Principal, id: object, client: Client = _NOBODY) -> None:
    """Mail another link to an address that waits for its confirmation.

    Raises:
        BadInput: the address does not exist, or is confirmed.
        LoggedOut: the session ended.
        TooManyRequests: too many changes, or mails to that address.
    """
    sessions.require(db, me)
    row = _mine(db, me, id)
    if row.confirmed_at:
        raise BadInput(say("This address is already confirmed."))
    _throttle(db, me, row.address)
    ask(db, me.user_id, row.address, client.language)


def make_main(db: Db, me: Principal, id: object, client: Client) -> None:
    """Make a confirmed address the main one.

    Raises:
        BadInput: the address does not exist, or is not confirmed.
        LoggedOut: the session ended.
        TooManyRequests: too many changes.
    """
    sessions.require(db, me)
    identifiers.alone(db, me.user_id)
    row = _mine(db, me, id)
    if not row.confirmed_at:
        raise BadInput(say("Confirm this address first: follow the link in the email."))
    if row.is_main:
        return
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    before = next((one.address for one in listed(db, me.user_id) if one.is_main), "")
    set_main(db, me.user_id, row.address)
    history.record(db, me.user_id, "email_main", client, row.address)
    undo = "main" if before else ""
    notices.tell(db, me.user_id, "email_main", client, about=row.address, undo=undo, before=before)


def remove(db: Db, me: Principal, id: object, client: Client) -> None:
    """Remove an address. If it was the main one, the oldest confirmed one takes its place.

    Raises:
        BadInput: the address does not exist, or is the last way to log in.
        LoggedOut: the session ended.
        StepUpNeeded: the last authentication is too old.
        TooManyRequests: too many changes.
    """
    sessions.require(db, me, fresh=True)
    links.lock(db, _mine(db, me, id).address)  # before the user row: prevents deadlocks
    identifiers.alone(db, me.user_id)
    row = _mine(db, me, id)
    if identifiers.ways_in(db, me.user_id) == [row.address] and not identities.usable(db, me.user_id):
        raise BadInput(
            say("This is your last confirmed address. Add and confirm another one, or a phone number, first.")
        )
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    removal = removals.of(db, me.user_id, row.address, row.confirmed_at) if row.confirmed_at else None
    forget(db, row)
    history.record(db, me.user_id, "email_removed", client, row.address)
    if removal:
        about = row.address
        notices.tell(db, me.user_id, "email_removed", client, about=about, undo="removed", removal=removal)


def claim(db: Db, user_id: UUID, address: str, *, is_main: bool = False) -> None:
    """Make an address a user's own, confirmed. All unconfirmed claims to it become void (account pre-hijacking).

    Raises:
        DeadLink: another user confirmed the address first.
    """
    now = clock.now()
    added = void_claims(db, address)
    since = added.get(user_id, now)
    try:
        with db.begin_nested():  # in a race, the unique index lets the first one win
            db.add(Email(user_id=user_id, address=address, is_main=is_main, added_at=since, confirmed_at=now))
    except IntegrityError:
        raise DeadLink from None
    sessions.rename_nameless(db, user_id, address)
    words.keep(db, {user_id, *added})
    run(db, delete(Applicant).where(col(Applicant.address) == address))
    hooks.on_identifier_added.run(db, user_id, address)


def void_claims(db: Db, address: str) -> dict[UUID, datetime]:
    """Void all unconfirmed claims to an address. Returns the users who had added it, and when."""
    links.void_claims(db, address, (notices.DISOWN, notices.COME_BACK))  # of earlier owners
    waiting = (col(Email.address) == address) & col(Email.confirmed_at).is_(None)
    added = run(db, delete(Email).where(waiting).returning(col(Email.user_id), col(Email.added_at))).all()
    sessions.forget_identifier(db, address)
    return {row.user_id: row.added_at for row in added}


def undo(db: Db, link: ActionLink) -> None:
    """Undo the change that a link names, but nothing newer, and nothing of other users.

    A removed address comes back unconfirmed: the user who recovers the account has to confirm it.
    """
    user_id, what, address, pressed_at = link.user_id, link.data["undo"], link.data["about"], link.email
    assert user_id is not None
    mine = {one.address: one for one in listed(db, user_id)}
    row = mine.get(address)
    if what == "added" and row and row.confirmed_at and row.confirmed_at <= link.issued_at and address != pressed_at:
        if [one for one in identifiers.ways_in(db, user_id) if one != address]:  # the last way to log in stays
            forget(db, row)
    elif what == "removed" and row is None and len(mine) < MOST and identifiers.owner(db, address) is None:
        expect(db, user_id, address)
        ask(db, user_id, address, links.follower(db).language)
    elif what == "main" and row and row.is_main:
        before = mine.get(link.data.get("before", pressed_at))  # links of older versions have no `before`
        if before and before.confirmed_at:
            set_main(db, user_id, before.address)


def purge(db: Db) -> None:
    """Delete addresses that were not confirmed within the setting `unconfirmed_days`.

    Addresses of disabled accounts, and of accounts whose login waits for the confirmation, stay with the account.
    """
    old = clock.now() - timedelta(days=settings().unconfirmed_days)
    never_open = select(User.id).where(col(User.waits).in_((sessions.UNCONFIRMED, sessions.DISABLED)))
    stale = (col(Email.confirmed_at).is_(None), col(Email.added_at) <= old, ~col(Email.user_id).in_(never_open))
    gone = delete(Email).where(*stale)
    words.keep(db, run(db, gone.returning(col(Email.user_id))).scalars().all())


@links.action(
    "add_email",
    heading=say("Add this email address"),
    button=say("Add this address"),
    says=say("It becomes one of the addresses of your account: you can log in and recover the account with it."),
)
def _confirm(db: Db, link: ActionLink) -> Done:
    assert link.user_id is not None
    identifiers.alone(db, link.user_id)
    waits = next((one for one in listed(db, link.user_id) if one.address == link.email), None)
    if waits is None or waits.confirmed_at or identifiers.owner(db, link.email):
        raise DeadLink  # removed in the meantime, or confirmed by another user
    client = links.follower(db)
    claim(db, link.user_id, link.email)
    history.record(db, link.user_id, "email_added", client, link.email)
    notices.tell(db, link.user_id, "email_added", client, about=link.email, undo="added")
    return Done(f"{route('settings')}#emails")


def _throttle(db: Db, me: Principal, address: str) -> None:
    """Apply the rate limits. Call it before any write: a counted refusal commits what was written before."""
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    limits.throttle(db, f"{me.user_id} {address}", limits.MAILS_PER_ADDRESS)


def ask(db: Db, user_id: UUID, address: str, language: str = ENGLISH) -> None:
    """Mail a link that confirms a waiting address. If another user owns it, that user gets a mail that says so."""
    if not limits.allows(db, address, limits.MAILS_PER_ADDRESS):
        return
    taken = identifiers.owner(db, address) is not None
    life = timedelta(hours=settings().added_email_link_hours)
    url = links.issue(
        db, "add_email", email=address, user_id=user_id, valid_for=life, uses=0 if taken else 1
    )  # for a taken address, a dead link that is never sent: both take the same time
    if taken:
        outbox.mail(db, address, "add_email_taken", language)
    else:
        outbox.mail(db, address, "add_email", language, url=url, life=in_words(int(life.total_seconds())))


def _mine(db: Db, me: Principal, id: object) -> Email:
    try:
        row = db.get(Email, UUID(id), populate_existing=True) if isinstance(id, str) else None
    except ValueError:
        row = None
    if row is None or row.user_id != me.user_id:
        raise BadInput(say("This address is no longer in your account."))
    return row


def forget(db: Db, row: Email) -> None:
    """Remove an address from its user, with its links. Its sessions continue under another identifier."""
    run(db, delete(Email).where(col(Email.id) == row.id))
    scram.forget(db, row.user_id, row.address)
    words.keep(db, [row.user_id])
    links.void_to(db, row.address, row.user_id, was_theirs=row.confirmed_at is not None)
    rest = [one for one in listed(db, row.user_id) if one.confirmed_at]
    if row.is_main and rest:
        set_main(db, row.user_id, rest[0].address)
    other = identities.identifier(db, row.user_id)
    if row.confirmed_at and other:
        sessions.rename_identifier(db, row.user_id, row.address, other)
    if row.confirmed_at:
        hooks.on_identifier_removed.run(db, row.user_id, row.address)


def set_main(db: Db, user_id: UUID, address: str) -> None:
    """Make one of a user's addresses the main one."""
    mine = col(Email.user_id) == user_id
    run(db, update(Email).where(mine, col(Email.address) != address).values(is_main=False))
    run(db, update(Email).where(mine, col(Email.address) == address).values(is_main=True))
