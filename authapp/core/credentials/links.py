"""Action links: mailed URLs that open a page, and act only when the user presses its button.

Mail scanners open URLs too, so opening one must not act.
"""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock, hooks, identifiers, paths, phone_numbers, rate_limits, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import InvalidActionKey
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, link_ends
from authapp.core.credentials.link_actions import NOBODY, SIGN_UPS, Done, Visitor
from authapp.core.messages import reports
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import NewSession, Principal
from authapp.i18n.texts import t
from authapp.models import ActionLink

GOOD = "good"
NO_SUCH = "no_such_resource"
INVALID = "invalid_action_key"
ACTIVATED = "account_already_activated_unconnected"
ALREADY_IN = "already_activated_connected"
OTHER_USER = "connected_as_another_user"
CUSTOM_SIGN_UP = "custom_phantom_user"
CUSTOM_LOG_IN = "custom_action_link"

LONGEST_LIFE = timedelta(days=3653)
LONGEST_DATA = 8000  # characters of JSON
MOST_USES = 1_000_000
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class LinkPreview:
    """Preview of a link: one of the outcomes above, and the texts for its page."""

    outcome: str
    action: str = ""
    heading: str = ""
    button: str = ""
    says: str = ""
    email: str = ""
    log_in_as: str = ""  # the email address to log in with: the one it was sent to, if that belongs to the link's user
    live: bool = False
    connects: bool = False


class Followed(NamedTuple):
    """Result of following a link: the next page, and a ticket for it when the link connects."""

    path: str
    ticket: str = ""
    ended: bool = False  # whether the visitor's own session has ended
    link: str = ""  # the key of the link that the next page leads on to


def issue(
    db: Db,
    action: str,
    *,
    email: str,
    valid_for: timedelta,
    user_id: UUID | None = None,
    data: dict[str, Any] | None = None,
    uses: int = 1,
    connects: bool = False,
) -> str:
    """Create a link and return its URL. Only the digest of its key is stored.

    The key is in the fragment of the URL. Browsers do not send the fragment, so no server or proxy logs it.

    Args:
        db: the transaction.
        action: a name registered with `action`.
        email: the email address (or phone number) the link will be sent to. The link proves nothing about any other.
        valid_for: how long it can be followed, at most ten years.
        user_id: the user it is for. None means the owner of that email address. If the address has no account yet (a
            phantom user), the page leads through a sign-up first and then back to the link.
        data: data for the action: a JSON object of at most 8,000 characters. It is not encrypted, so put no secrets in.
        uses: how many times it can be followed, at most a million.
        connects: whether following it signs the visitor in.

    Raises:
        BadInput: `email` is neither an email address nor a phone number in E.164.
        TypeError: `data` is not a JSON object.
        ValueError: no such action is registered, or `valid_for`, `uses` or `data` is out of range.
    """
    if action not in link_actions.actions:
        raise ValueError(f"no action link is registered with the name {action!r}")
    if not timedelta(0) < valid_for <= LONGEST_LIFE:
        raise ValueError("the lifetime of a link must be positive, and ten years at most")
    if not 0 <= uses <= MOST_USES:
        raise ValueError("the number of uses of a link must be a million at most")
    if data is not None:
        _check_data(data)
    if not phone_numbers.is_number(email):
        email = identifiers.email(email)
    key, now = tokens.mint(), clock.now()
    db.add(
        ActionLink(
            id=key.id,
            secret_digest=key.digest,
            action=action,
            email=email,
            user_id=user_id,
            data=data or {},
            connects=connects,
            uses_left=uses,
            issued_at=now,
            expires_at=now + valid_for,
        )
    )
    return f"{settings().url}{route('link')}#{key}"


def _check_data(data: object) -> None:
    try:
        text = json.dumps(data, allow_nan=False)
    except (TypeError, ValueError):
        raise TypeError("the data of a link must be a JSON object") from None
    if not isinstance(data, dict) or json.loads(text) != data:  # JSON would turn keys of other types into text
        raise TypeError("the data of a link must be a JSON object")
    if len(text) > LONGEST_DATA:
        raise ValueError(f"the data of a link must be at most {LONGEST_DATA:,} characters of JSON")


def peek(db: Db, key: object, me: Principal | None) -> LinkPreview:
    """Return a preview of what a link would do for this visitor, without spending a use."""
    link = _find(db, key)
    if link is None:
        return LinkPreview(NO_SUCH)
    link_action = link_actions.actions[link.action]
    holder = identifiers.owner(db, link.email)
    owner = link.user_id or holder
    preview = LinkPreview(
        GOOD,
        link.action,
        link_action.heading,
        link_action.button,
        link_action.says if isinstance(link_action.says, str) else link_action.says(db, link),
        link.email,
        link.email if holder == owner else "",
        link.is_live(clock.now()),
        link.connects,
    )
    if link.action in SIGN_UPS and owner:
        return replace(preview, outcome=_activated(me, owner), live=False)
    if not preview.live:
        return replace(preview, outcome=INVALID)
    if me and (link.connects or link_action.needs_log_in) and me.user_id != owner:
        return replace(preview, outcome=OTHER_USER)
    if me is None and link_action.needs_log_in and not link.connects:
        return replace(preview, outcome=CUSTOM_LOG_IN if owner else CUSTOM_SIGN_UP)
    return preview


def follow(db: Db, key: object, me: Principal | None, *, tab: str, caller: Caller = NOBODY) -> Followed:
    """Follow a link: spend one use and run its action.

    Raises:
        InvalidActionKey: the link does not exist, is used up or expired, or the visitor must first log in as its user.
    """
    link = _find(db, key)
    if link:  # two links of one address may be followed at once: the second waits and sees the result of the first
        link_ends.lock(db, link.email)
    preview = peek(db, key, me)
    if link is None or not preview.live or preview.outcome in (CUSTOM_LOG_IN, CUSTOM_SIGN_UP):
        raise InvalidActionKey
    if preview.outcome == OTHER_USER and not link.connects:
        raise InvalidActionKey(t("This link is for another account. Log in to the account it was sent to."))
    if not rate_limits.spend(db, ActionLink, link.id):
        raise InvalidActionKey
    reports.received(db, link.email)
    link.user_id = link.user_id or identifiers.owner(db, link.email)  # a phantom user may have an account by now
    visitor = Visitor(caller, me if me and me.user_id == link.user_id else None)
    result = hooks.take_part(link_actions.actions[link.action].do, db, link, visitor)
    done = result if isinstance(result, Done) else Done(result)
    if not link.connects or done.user_id is None:
        return Followed(paths.safe(done.path), ended=me is not None and sessions.alive(db, me) is None)
    ticket = tickets.issue_ticket(db, NewSession(done.user_id, link.email, done.method), tab=tab)
    return Followed(paths.safe(done.path), ticket, link=done.link)


def leads_to(key: str, email: str) -> dict[str, Any]:
    """Return the `data` of a link that leads on to another link after it was followed.

    The key of the other link is encrypted, so that a stolen table contains no usable link.
    """
    return {"then": tokens.to_text(tokens.seal("then", key.encode(), email.encode()))}


def led_to(link: ActionLink) -> str:
    """Return the key of the link that a link leads on to; empty if absent."""
    sealed = tokens.from_text(link.data.get("then", ""))
    key = tokens.unseal("then", sealed, link.email.encode()) if sealed else None
    return key.decode() if key else ""


def is_live_to(db: Db, email: str, action: str) -> bool:
    """Return whether an address has a link of this action that can still be followed."""
    query = select(ActionLink.id).where(ActionLink.email == email, ActionLink.action == action)
    live = query.where(col(ActionLink.uses_left) > 0, col(ActionLink.expires_at) > clock.now())
    return db.exec(live.limit(1)).first() is not None


def purge(db: Db) -> None:
    """Delete links a month after they expired. Until then their page can offer a new one.

    Sign-up links are deleted after the setting `unconfirmed_days`, counted from when they were issued.
    """
    now = clock.now()
    execute(db, delete(ActionLink).where(col(ActionLink.expires_at) <= now - REMEMBERED))
    cutoff = now - timedelta(days=settings().unconfirmed_days)
    execute(db, delete(ActionLink).where(col(ActionLink.action) == "sign_up", col(ActionLink.issued_at) <= cutoff))


def sent_to(db: Db, key: object) -> tuple[str, str]:
    """Return the action and address of an existing link, even a dead one, to send another; else two empty strings."""
    link = _find(db, key)
    return (link.action, link.email) if link else ("", "")


def _find(db: Db, key: object) -> ActionLink | None:
    parsed_key = tokens.parse(key)
    row = db.get(ActionLink, parsed_key.id, populate_existing=True) if parsed_key else None
    if row is None or parsed_key is None or not tokens.same(row.secret_digest, parsed_key.digest):
        return None
    if row.uses_left and clock.now() >= row.expires_at:
        schedule(db, _end, row.id)
    return row if row.action in link_actions.actions else None


def _end(db: Db, id: str) -> None:
    """Void an expired link, so that it stays expired when the clock is set back."""
    execute(db, update(ActionLink).where(col(ActionLink.id) == id).values(uses_left=0))


def _activated(me: Principal | None, owner: UUID) -> str:
    if me is None:
        return ACTIVATED
    return ALREADY_IN if me.user_id == owner else OTHER_USER
