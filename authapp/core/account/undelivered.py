"""Email addresses where mails bounced: the link that confirms them again."""

from datetime import timedelta
from uuid import UUID

from authapp.config import settings
from authapp.core import Db
from authapp.core.base import audit, clock, identifiers, rate_limits
from authapp.core.base.errors import InvalidActionKey, duration
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, links
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox, reports
from authapp.i18n.texts import t
from authapp.models import ActionLink

CONFIRM_AGAIN = "confirm_again"  # action of the link


def ask(db: Db, user_id: UUID, address: str, language: str) -> None:
    """Mail a link that confirms a bounced address again, within the rate limit of mails."""
    if not rate_limits.allows(db, address, rate_limits.MAILS_PER_ADDRESS):
        return
    life = timedelta(hours=settings().added_email_link_hours)
    url = links.issue(db, CONFIRM_AGAIN, email=address, user_id=user_id, valid_for=life)
    useless_at, in_words = clock.now() + life, duration(int(life.total_seconds()))
    outbox.confirmation(db, address, "confirm_again", language, useless_at, url=url, life=in_words)


@link_actions.visitor_action(
    CONFIRM_AGAIN,
    heading=t("Confirm your email address"),
    button=t("Confirm this address"),
    says=t("Emails to this address came back. Confirm that they arrive again, and we’ll use it as before."),
)
def _confirm(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    assert link.user_id is not None
    identifiers.lock_user(db, link.user_id)
    if identifiers.owner(db, link.email) != link.user_id:
        raise InvalidActionKey  # removed in the meantime
    reports.deliverable(db, link.email)
    audit.record(db, link.user_id, "email_confirmed_again", visitor.caller, link.email)
    return Done(f"{route('settings')}#emails")
