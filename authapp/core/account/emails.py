"""Email addresses of a user: several, each confirmed by a mailed link, one of them the main address."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.account import search_words, security_mail, undelivered
from authapp.core.account.contacts import Contacts
from authapp.core.account.security_mail import SecurityMail
from authapp.core.base import audit, clock, hooks, identifiers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, InvalidActionKey, duration
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, link_ends, links
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox, reports
from authapp.core.sessions import session_ends, session_renames, sessions
from authapp.core.sessions.sessions import Principal
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import t
from authapp.models import ActionLink, Email, User, WaitlistEntry

MOST = 10  # email addresses of one user
_NOBODY = Caller()
EMAILS = Contacts(
    table=Email,
    column="address",
    since="added_at",
    noun="email",
    most=MOST,
    gone=t("This address is no longer in your account."),
    unconfirmed=t("Confirm this address first: follow the link in the email."),
    full=t("You’ve reached the limit of {most} addresses. Remove one first.", most=MOST),
    last=t("This is your last confirmed address. Add and confirm another one, or a phone number, first."),
)
listed, make_main, remove = EMAILS.listed, EMAILS.make_main, EMAILS.remove
forget, set_main = EMAILS.forget, EMAILS.set_main


def add(db: Db, me: Principal, email: object, caller: Caller) -> None:
    """Add an unconfirmed address, and mail a confirmation link to it.

    The answer does not reveal whether another user owns the address. It waits like any other, and its owner
    gets a mail.

    Raises:
        BadInput: not an email address, the user's own already, or one too many.
        SessionExpired: the session ended.
        StepUpNeeded: the last authentication is too old.
        TooManyRequests: too many changes, or mails to that address.
    """
    address = identifiers.mailable(email, "new_email")
    sessions.require(db, me, fresh=True)
    identifiers.lock_user(db, me.user_id)
    rows = listed(db, me.user_id)
    existing = next((row for row in rows if row.address == address), None)
    if existing and existing.confirmed_at:
        raise BadInput(t("This address is already yours."), field="new_email")
    if existing:
        raise BadInput(t("This address is waiting to be confirmed. Use “Resend” next to it."), field="new_email")
    EMAILS.require_room(rows, "new_email")
    _throttle(db, me, address)
    expect(db, me.user_id, address)
    audit.record(db, me.user_id, "email_asked", caller, address)
    ask(db, me.user_id, address, caller.language)


def expect(db: Db, user_id: UUID, address: str) -> None:
    """Store an address that waits for its confirmation."""
    db.add(Email(user_id=user_id, address=address, added_at=clock.now()))
    search_words.keep(db, [user_id])


def send_again(db: Db, me: Principal, id: object, caller: Caller = _NOBODY) -> None:
    """Mail another link to an address that waits for its confirmation, or one that confirms a bounced address again.

    Raises:
        BadInput: the address does not exist, or is confirmed and mails arrive there.
        SessionExpired: the session ended.
        TooManyRequests: too many changes, or mails to that address.
    """
    sessions.require(db, me)
    row = EMAILS.own(db, me, id)
    if row.confirmed_at and row.undelivered != reports.BOUNCED:
        raise BadInput(t("This address is already confirmed."))
    _throttle(db, me, row.address)
    if row.confirmed_at:
        undelivered.ask(db, me.user_id, row.address, caller.language)
    else:
        ask(db, me.user_id, row.address, caller.language)


def claim(db: Db, user_id: UUID, address: str, *, is_main: bool = False) -> None:
    """Make an address a user's own, confirmed. All unconfirmed claims to it become void (account pre-hijacking).

    Raises:
        InvalidActionKey: another user confirmed the address first.
    """
    now = clock.now()
    claims = void_claims(db, address)
    added_at = claims.get(user_id, now)
    try:
        with db.begin_nested():  # in a race, the unique index lets the first one win
            db.add(Email(user_id=user_id, address=address, is_main=is_main, added_at=added_at, confirmed_at=now))
    except IntegrityError:
        raise InvalidActionKey from None
    session_renames.rename_nameless(db, user_id, address)
    search_words.keep(db, {user_id, *claims})
    execute(db, delete(WaitlistEntry).where(col(WaitlistEntry.address) == address))
    hooks.on_identifier_added.run(db, user_id, address)


def void_claims(db: Db, address: str) -> dict[UUID, datetime]:
    """Void all unconfirmed claims to an address. Returns the users who had added it, and when."""
    link_ends.void_claims(db, address, (security_mail.DISOWN, security_mail.COME_BACK))  # of earlier owners
    unconfirmed = (col(Email.address) == address) & col(Email.confirmed_at).is_(None)
    rows = execute(db, delete(Email).where(unconfirmed).returning(col(Email.user_id), col(Email.added_at))).all()
    session_ends.forget_identifier(db, address)
    return {row.user_id: row.added_at for row in rows}


def undo(db: Db, link: ActionLink, caller: Caller) -> None:
    """Undo the change that a link names, see `Contacts.undo`.

    A removed address comes back unconfirmed: the user who recovers the account has to confirm it.
    """
    user_id, address = link.user_id, link.data["about"]
    assert user_id is not None
    if link.data["undo"] != "removed":
        return EMAILS.undo(db, link)
    addresses = [row.address for row in listed(db, user_id)]
    if address not in addresses and len(addresses) < MOST and identifiers.owner(db, address) is None:
        expect(db, user_id, address)
        ask(db, user_id, address, caller.language)
    return None


def purge(db: Db) -> None:
    """Delete addresses that were not confirmed within the setting `unconfirmed_days`.

    Addresses of disabled accounts, and of accounts whose login waits for the confirmation, stay with the account.
    """
    cutoff = clock.now() - timedelta(days=settings().unconfirmed_days)
    blocked_users = select(User.id).where(col(User.blocked_by).in_((sessions.UNCONFIRMED, sessions.DISABLED)))
    conditions = (
        col(Email.confirmed_at).is_(None),
        col(Email.added_at) <= cutoff,
        ~col(Email.user_id).in_(blocked_users),
    )
    statement = delete(Email).where(*conditions)
    search_words.keep(db, execute(db, statement.returning(col(Email.user_id))).scalars().all())


@link_actions.visitor_action(
    "add_email",
    heading=t("Add this email address"),
    button=t("Add this address"),
    says=t("It becomes one of the addresses of your account: you can log in and recover the account with it."),
)
def _confirm(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    assert link.user_id is not None
    identifiers.lock_user(db, link.user_id)
    row = next((email for email in listed(db, link.user_id) if email.address == link.email), None)
    if row is None or row.confirmed_at or identifiers.owner(db, link.email):
        raise InvalidActionKey  # removed in the meantime, or confirmed by another user
    claim(db, link.user_id, link.email)
    audit.record(db, link.user_id, "email_added", visitor.caller, link.email)
    security_mail.send(db, link.user_id, visitor.caller, SecurityMail("email_added", about=link.email, undo="added"))
    return Done(f"{route('settings')}#emails")


def _throttle(db: Db, me: Principal, address: str) -> None:
    """Apply the rate limits. Call it before any write: a counted refusal commits what was written before."""
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
    rate_limits.throttle(db, f"{me.user_id} {address}", rate_limits.MAILS_PER_ADDRESS)


def ask(db: Db, user_id: UUID, address: str, language: str = ENGLISH) -> None:
    """Mail a link that confirms a waiting address. If another user owns it, that user gets a mail that says so."""
    if not rate_limits.allows(db, address, rate_limits.MAILS_PER_ADDRESS):
        return
    is_taken = identifiers.owner(db, address) is not None
    life = timedelta(hours=settings().added_email_link_hours)
    url = links.issue(
        db, "add_email", email=address, user_id=user_id, valid_for=life, uses=0 if is_taken else 1
    )  # for a taken address, a dead link that is never sent: both take the same time
    useless_at = clock.now() + life
    if is_taken:
        outbox.mail(db, address, "add_email_taken", language, useless_at)
    else:
        outbox.mail(db, address, "add_email", language, useless_at, url=url, life=duration(int(life.total_seconds())))
