"""Waitlist: email addresses that want an account while sign-up is not open, and invitations that let them sign up."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects import sqlite
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, run
from authapp.core.authentication import accounts, sign_up
from authapp.core.authorization import approvals
from authapp.core.base import clock, history, identifiers, limits
from authapp.core.base.devices import Client
from authapp.core.base.errors import BadInput, in_words
from authapp.core.credentials import links
from authapp.core.credentials.links import Done
from authapp.core.messages import outbox
from authapp.core.sessions.sessions import Principal
from authapp.extras import lazy
from authapp.i18n.texts import say
from authapp.models import ActionLink, Applicant, Email
from authapp.routes import route

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
else:
    postgresql = lazy("sqlalchemy.dialects.postgresql")

LIFE = timedelta(days=7)  # lifetime of an invitation


def join(db: Db, email: object, client: Client) -> None:
    """Put an email address on the waitlist, and mail a notice of that to it.

    The answer does not reveal whether the address has an account or is on the list. It gets a mail in each case.

    Raises:
        BadInput: not an email address.
        TooManyRequests: too many requests from this caller.
    """
    address = identifiers.mailable(email)
    limits.throttle(db, client.address, *limits.REQUESTS_PER_CLIENT)
    if not limits.allows(db, address, limits.MAILS_PER_ADDRESS):
        return
    known = identifiers.owner(db, address) is not None
    run(db, _applicant(db, address, client.language).on_conflict_do_nothing())
    _drop_members(db, address)  # an address with an account is stored too, then deleted: both take the same time
    life = timedelta(days=settings().waiting_list_days)
    url = links.issue(db, "leave_list", email=address, valid_for=life, uses=0 if known else 1)
    if known:
        outbox.mail(db, address, "sign_up_known", client.language)
    else:
        outbox.mail(db, address, "waiting_list", client.language, url=url)


def listed(db: Db, after: tuple[datetime, UUID] | None = None, at_most: int = 100) -> list[Applicant]:
    """Return the waitlist, oldest entries first.

    Args:
        after: `asked_at` and `id` of the last entry of the previous page.
        at_most: the size of the page.
    """
    wanted = select(Applicant).order_by(col(Applicant.asked_at), col(Applicant.id)).limit(at_most)
    if after:
        wanted = wanted.where(tuple_(col(Applicant.asked_at), col(Applicant.id)) > after)
    return list(db.exec(wanted.execution_options(populate_existing=True)).all())


def invite(db: Db, email: object, client: Client) -> None:
    """Mail a link that creates an account, also if sign-up is closed. Earlier invitations become void.

    Raises:
        BadInput: not an email address, or it has an account.
        TooManyRequests: too many invitations of this address.
    """
    address = identifiers.mailable(email)
    limits.throttle(db, f"invitation {address}", limits.MAILS_PER_ADDRESS)
    links.lock(db, address)  # a user who follows an older invitation finishes first, and then has the account
    if identifiers.owner(db, address):
        raise BadInput(say("This address already has an account."), field="email")
    now = clock.now()
    noted = _applicant(db, address, "", invited_at=now)
    run(db, noted.on_conflict_do_update(index_elements=["address"], set_={"invited_at": now}))
    links.withdraw(db, address, "invitation")  # after the upsert, at which concurrent invitations wait
    url = links.issue(db, "invitation", email=address, valid_for=LIFE, connects=True)
    spoken = db.exec(select(Applicant.language).where(Applicant.address == address)).one()
    outbox.mail(db, address, "invitation", spoken or client.language, url=url, life=in_words(int(LIFE.total_seconds())))


def is_invited(db: Db, address: str) -> bool:
    """Return whether this address has an invitation that can be followed now."""
    return address != "" and links.is_live_to(db, address, "invitation")


def forget(db: Db, email: object) -> None:
    """Remove an address from the waitlist, and void its invitation.

    Raises:
        BadInput: not an email address.
    """
    address = identifiers.email(email)
    links.lock(db, address)  # the lock that `invite` and `links.follow` take too
    run(db, delete(Applicant).where(col(Applicant.address) == address))
    for action in ("invitation", "leave_list"):
        links.withdraw(db, address, action)


def shown_to(db: Db, me: Principal, after: tuple[datetime, UUID] | None = None, at_most: int = 100) -> list[Applicant]:
    """Return the waitlist to an administrator, see `listed`.

    Raises:
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
    """
    approvals.require_admin(db, me)
    return listed(db, after, at_most)


def invite_as(db: Db, me: Principal, email: object, client: Client) -> None:
    """Invite an address as an administrator, see `invite`.

    Raises:
        BadInput, TooManyRequests: see `invite`.
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
        StepUpNeeded: the last authentication is too old.
    """
    approvals.require_admin(db, me, fresh=True)
    invite(db, email, client)
    history.record(db, me.user_id, "invited", client, identifiers.email(email))


def forget_as(db: Db, me: Principal, email: object, client: Client) -> None:
    """Remove an address from the waitlist as an administrator, see `forget`.

    Raises:
        BadInput: not an email address.
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
        StepUpNeeded: the last authentication is too old.
    """
    approvals.require_admin(db, me, fresh=True)
    forget(db, email)
    history.record(db, me.user_id, "uninvited", client, identifiers.email(email))


def purge(db: Db) -> None:
    """Delete entries that are older than the setting `waiting_list_days`: they are out of date."""
    old = clock.now() - timedelta(days=settings().waiting_list_days)
    run(db, delete(Applicant).where(col(Applicant.asked_at) <= old))


@links.action(
    "invitation",
    heading=say("You’re invited"),
    button=say("Create my account"),
    says=say("It creates your account and logs you in here. Then you choose a password."),
    needs_log_in=False,
)
def _accept(db: Db, link: ActionLink) -> Done:
    """Create the account with its first email address. An invited user needs no approval."""
    user_id = sign_up.make(db, link.email, links.follower(db), invited=True)
    return Done(accounts.password_page(), user_id)


@links.action(
    "leave_list",
    heading=say("Leave the waiting list"),
    button=say("Leave"),
    says=say("We’ll delete your address. You can join again at any time."),
    needs_log_in=False,
)
def _leave(db: Db, link: ActionLink) -> Done:
    forget(db, link.email)
    return Done(f"{route('preregister')}?left=list")


def _applicant(db: Db, address: str, language: str, **facts: Any) -> Any:
    made = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    facts |= {"id": uuid4(), "address": address, "asked_at": clock.now()}
    return made(Applicant).values(language=language, **facts)


def _drop_members(db: Db, address: str) -> None:
    has_account = select(Email.id).where(Email.address == address, col(Email.confirmed_at).is_not(None)).exists()
    run(db, delete(Applicant).where(col(Applicant.address) == address, has_account))
