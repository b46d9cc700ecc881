"""Waitlist: email addresses that want an account while sign-up is not open, and invitations that let them sign up."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects import sqlite
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.authentication import accounts, sign_up
from authapp.core.authorization import actors
from authapp.core.authorization.actors import Actor
from authapp.core.base import bots, clock, identifiers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, duration
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, link_ends, links
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox
from authapp.extras import lazy
from authapp.i18n.texts import t
from authapp.models import ActionLink, Email, WaitlistEntry

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
else:
    postgresql = lazy("sqlalchemy.dialects.postgresql")

WAITLIST = "waitlist"  # the purpose of its proof of work
LIFE = timedelta(days=7)  # lifetime of an invitation


def join(db: Db, email: object, caller: Caller) -> None:
    """Put an email address on the waitlist, and mail a notice of that to it.

    The answer does not reveal whether the address has an account or is on the list. It gets a mail in each case.

    Raises:
        BadInput: not an email address.
        ProofOfWorkNeeded, TooManyRequests: see `bots.admit`.
    """
    address = identifiers.mailable(email)
    if not bots.admit(db, WAITLIST, caller) or not rate_limits.allows(db, address, rate_limits.MAILS_PER_ADDRESS):
        return
    has_account = identifiers.owner(db, address) is not None
    execute(db, _applicant(db, address, caller.language).on_conflict_do_nothing())
    _drop_members(db, address)  # an address with an account is stored too, then deleted: both take the same time
    life = timedelta(days=settings().waitlist_days)
    url = links.issue(db, "leave_list", email=address, valid_for=life, uses=0 if has_account else 1)
    if has_account:
        outbox.mail(db, address, "sign_up_known", caller.language)
    else:
        outbox.mail(db, address, "waiting_list", caller.language, url=url)


def listed(db: Db, actor: Actor, after: tuple[datetime, UUID] | None = None, at_most: int = 100) -> list[WaitlistEntry]:
    """Return the waitlist, oldest entries first.

    Args:
        db: the transaction.
        actor: an administrator, or a command.
        after: `asked_at` and `id` of the last entry of the previous page.
        at_most: the size of the page.

    Raises:
        NotAllowed: the actor is not in the group `admin`.
        SessionExpired: the session of the actor ended.
    """
    actors.require(db, actor)
    query = select(WaitlistEntry).order_by(col(WaitlistEntry.asked_at), col(WaitlistEntry.id)).limit(at_most)
    if after:
        query = query.where(tuple_(col(WaitlistEntry.asked_at), col(WaitlistEntry.id)) > after)
    return list(db.exec(query.execution_options(populate_existing=True)).all())


def invite(db: Db, actor: Actor, email: object) -> None:
    """Mail a link that creates an account, also if sign-up is closed. Earlier invitations become void.

    Raises:
        BadInput: not an email address, or it has an account.
        NotAllowed: the actor is not in the group `admin`.
        SessionExpired: the session of the actor ended.
        StepUpNeeded: the last authentication of the actor is too old.
        TooManyRequests: too many invitations of this address.
    """
    actors.require(db, actor, fresh=True)
    address = identifiers.mailable(email)
    rate_limits.throttle(db, f"invitation {address}", rate_limits.MAILS_PER_ADDRESS)
    link_ends.lock(db, address)  # a user who follows an older invitation finishes first, and then has the account
    if identifiers.owner(db, address):
        raise BadInput(t("This address already has an account."), field="email")
    now = clock.now()
    statement = _applicant(db, address, "", invited_at=now)
    execute(db, statement.on_conflict_do_update(index_elements=["address"], set_={"invited_at": now}))
    link_ends.withdraw(db, address, "invitation")  # after the upsert, at which concurrent invitations wait
    url = links.issue(db, "invitation", email=address, valid_for=LIFE, connects=True)
    entry_language = db.exec(select(WaitlistEntry.language).where(WaitlistEntry.address == address)).one()
    language, life = entry_language or actor.caller.language, duration(int(LIFE.total_seconds()))
    outbox.mail(db, address, "invitation", language, now + LIFE, url=url, life=life)
    actors.log(db, actor, "invited", address)


def is_invited(db: Db, address: str) -> bool:
    """Return whether this address has an invitation that can be followed now."""
    return address != "" and links.is_live_to(db, address, "invitation")


def forget(db: Db, actor: Actor, email: object) -> None:
    """Remove an address from the waitlist, and void its invitation.

    Raises:
        BadInput: not an email address.
        NotAllowed: the actor is not in the group `admin`.
        SessionExpired: the session of the actor ended.
        StepUpNeeded: the last authentication of the actor is too old.
    """
    actors.require(db, actor, fresh=True)
    address = identifiers.email(email)
    _forget(db, address)
    actors.log(db, actor, "uninvited", address)


def _forget(db: Db, address: str) -> None:
    link_ends.lock(db, address)  # the lock that `invite` and `links.follow` take too
    execute(db, delete(WaitlistEntry).where(col(WaitlistEntry.address) == address))
    for action in ("invitation", "leave_list"):
        link_ends.withdraw(db, address, action)


def purge(db: Db) -> None:
    """Delete entries that are older than the setting `waitlist_days`: they are out of date."""
    cutoff = clock.now() - timedelta(days=settings().waitlist_days)
    execute(db, delete(WaitlistEntry).where(col(WaitlistEntry.asked_at) <= cutoff))


@link_actions.visitor_action(
    "invitation",
    heading=t("You’re invited"),
    button=t("Create my account"),
    says=t("It creates your account and logs you in here. Then you choose a password."),
    needs_log_in=False,
)
def _accept(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    """Create the account with its first email address. An invited user needs no approval."""
    user_id = sign_up.make(db, link.email, visitor.caller, invited=True)
    return Done(accounts.password_page(), user_id)


@link_actions.visitor_action(
    "leave_list",
    heading=t("Leave the waiting list"),
    button=t("Leave"),
    says=t("We’ll delete your address. You can join again at any time."),
    needs_log_in=False,
)
def _leave(db: Db, link: ActionLink, _: Visitor) -> Done:
    _forget(db, link.email)
    return Done(f"{route('preregister')}?left=list")


def _applicant(db: Db, address: str, language: str, **facts: Any) -> Any:
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    facts |= {"id": uuid4(), "address": address, "asked_at": clock.now()}
    return insert(WaitlistEntry).values(language=language, **facts)


def _drop_members(db: Db, address: str) -> None:
    has_account = select(Email.id).where(Email.address == address, col(Email.confirmed_at).is_not(None)).exists()
    execute(db, delete(WaitlistEntry).where(col(WaitlistEntry.address) == address, has_account))
