"""First login of an imported account with an unconfirmed email address: a mailed link confirms the address."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.account import emails, search_words
from authapp.core.base import audit, clock, identifiers, rate_limits
from authapp.core.base.errors import InvalidActionKey, duration
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, link_ends, links, scram
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox
from authapp.core.sessions import session_ends, sessions, tickets
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import t
from authapp.models import ActionLink, Email, User

CONFIRM = "imported_email"  # action of the link


def ask(db: Db, user_id: UUID, address: str, language: str = ENGLISH) -> None:
    """Mail a link that confirms an address of an imported account, within the rate limit of mails."""
    is_waiting = any(row.address == address and not row.confirmed_at for row in emails.listed(db, user_id))
    if (
        not is_waiting
        or identifiers.owner(db, address)
        or not rate_limits.allows(db, address, rate_limits.MAILS_PER_ADDRESS)
    ):
        return
    life = timedelta(hours=settings().sign_up_link_hours)
    url = links.issue(db, CONFIRM, email=address, user_id=user_id, valid_for=life, connects=True)
    useless_at, in_words = clock.now() + life, duration(int(life.total_seconds()))
    outbox.mail(db, address, "imported_email", language, useless_at, url=url, life=in_words)


@link_actions.visitor_action(
    CONFIRM,
    heading=t("Confirm your email address"),
    button=t("Confirm this address"),
    says=t(
        "Your account comes from another system, which never confirmed this address. In the browser where you "
        "logged in, the login then continues. In any other browser, the old password stops working, and you’ll "
        "choose a new one."
    ),
    needs_log_in=False,
)
def _confirm(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    """Resume the login that waits in this browser. In another browser, end it and delete the old password.

    The user who registered the address at the other system knows the old password, and may not own the address.
    A browser with both the waiting login and the mail belongs to a user who has the password and the address.
    """
    assert link.user_id is not None
    identifiers.lock_user(db, link.user_id)
    is_claimed = any(row.address == link.email and not row.confirmed_at for row in emails.listed(db, link.user_id))
    if (
        not is_claimed
        or sessions.blocked_by(db, link.user_id) != sessions.UNCONFIRMED
        or identifiers.owner(db, link.email)
    ):
        raise InvalidActionKey  # confirmed in the meantime, or disabled
    ticket = tickets.waiting_here(db, visitor.caller.waiting, link.user_id, link.email)
    if not ticket:
        _take_over(db, link.user_id, link.email)
    emails.claim(db, link.user_id, link.email, is_main=True)
    session_ends.close_all(db, link.user_id, answered=visitor.session_id)  # also logins that wait in other browsers
    execute(db, update(User).where(col(User.id) == link.user_id).values(blocked_by=""))
    audit.record(db, link.user_id, "email_added", visitor.caller, link.email)
    if not ticket:
        return Done(f"{route('settings')}?set=password", link.user_id)
    tickets.wait_on(db, ticket)
    return Done(route("confirmed"))


def _take_over(db: Db, user_id: UUID, address: str) -> None:
    """Delete everything in the account that a stranger may have stored there to come back with."""
    scram.drop_password(db, user_id)
    others = (col(Email.user_id) == user_id) & (col(Email.address) != address)
    execute(db, delete(Email).where(others))
    search_words.keep(db, [user_id])
    link_ends.void_of(db, user_id)
