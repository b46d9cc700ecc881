"""Action links: mailed URLs that open a page, and act only when the user presses its button.

Mail scanners open URLs too, so opening one must not act.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, func, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock, hooks, identifiers, paths, rate_limits, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import InvalidActionKey
from authapp.core.base.process_state import on_reset
from authapp.core.base.routes import route
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

SIGN_UPS = ("sign_up", "invitation")  # actions that create an account
LONGEST_LIFE = timedelta(days=3653)
LONGEST_DATA = 8000  # characters of JSON
MOST_USES = 1_000_000
REMEMBERED = timedelta(days=30)
_NOBODY = Caller()
_ALONE = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger())))

Do = Callable[[Db, ActionLink], "str | Done"]
DoForVisitor = Callable[[Db, ActionLink, "Visitor"], "str | Done"]
Says = str | Callable[[Db, ActionLink], str]


class Done(NamedTuple):
    """Result of an action: the next page, and the user to log in if the link connects."""

    path: str
    user_id: UUID | None = None
    method: str = "link"
    link: str = ""  # the key of another link to open next


class Visitor(NamedTuple):
    """The visitor who follows a link."""

    caller: Caller = _NOBODY
    me: Principal | None = None  # if the link's own user follows it

    @property
    def session_id(self) -> str:
        """Return the session of the link's own user, whose tab gets the response in any case."""
        return self.me.session_id if self.me else ""


@dataclass(frozen=True)
class Action:
    """A registered action: its function, and the texts of the page with the button."""

    do: DoForVisitor
    heading: str
    button: str
    needs_log_in: bool
    says: Says = ""
    of_product: bool = False


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


_actions: dict[str, Action] = {}


def action(
    name: str, *, heading: str = "", button: str = "Continue", says: Says = "", needs_log_in: bool = True
) -> Callable[[Do], Do]:
    """Register the function that runs when a link of this name is followed.

    Args:
        name: the name given to `issue`.
        heading: the heading of the page, which says what the link does.
        button: the label of the button, which names the action.
        says: one or two sentences on what will happen, or a function `f(db, link)` that returns them.
        needs_log_in: whether the visitor must first log in or sign up as the recipient of the link.
    """

    def register(do: Do) -> Do:
        title = heading or name.replace("_", " ").capitalize()
        _actions[name] = Action(lambda db, link, _: do(db, link), title, button, needs_log_in, says, of_product=True)
        return do

    return register


def visitor_action(
    name: str, *, heading: str, button: str, says: Says = "", needs_log_in: bool = True
) -> Callable[[DoForVisitor], DoForVisitor]:
    """Register an action of authapp as `action` does; its function also gets the visitor: `f(db, link, visitor)`."""

    def register(do: DoForVisitor) -> DoForVisitor:
        _actions[name] = Action(do, heading, button, needs_log_in, says)
        return do

    return register


def _forget_product() -> None:
    for name in [name for name, entry in _actions.items() if entry.of_product]:
        del _actions[name]


on_reset(_forget_product, product=True)


def known() -> list[str]:
    """Return the names of the registered actions."""
    return list(_actions)


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
    if action not in _actions:
        raise ValueError(f"no action link is registered with the name {action!r}")
    if not timedelta(0) < valid_for <= LONGEST_LIFE:
        raise ValueError("the lifetime of a link must be positive, and ten years at most")
    if not 0 <= uses <= MOST_USES:
        raise ValueError("the number of uses of a link must be a million at most")
    if data is not None:
        _check_data(data)
    if not identifiers.is_number(email):
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
    link_action = _actions[link.action]
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


def follow(db: Db, key: object, me: Principal | None, *, tab: str, caller: Caller = _NOBODY) -> Followed:
    """Follow a link: spend one use and run its action.

    Raises:
        InvalidActionKey: the link does not exist, is used up or expired, or the visitor must first log in as its user.
    """
    link = _find(db, key)
    if link:  # two links of one address may be followed at once: the second waits and sees the result of the first
        lock(db, link.email)
    preview = peek(db, key, me)
    if link is None or not preview.live or preview.outcome in (CUSTOM_LOG_IN, CUSTOM_SIGN_UP):
        raise InvalidActionKey
    if preview.outcome == OTHER_USER and not link.connects:
        raise InvalidActionKey(t("This link is for another account. Log in to the account it was sent to."))
    if not rate_limits.spend(db, ActionLink, link.id):
        raise InvalidActionKey
    link.user_id = link.user_id or identifiers.owner(db, link.email)  # a phantom user may have an account by now
    visitor = Visitor(caller, me if me and me.user_id == link.user_id else None)
    result = hooks.take_part(_actions[link.action].do, db, link, visitor)
    done = result if isinstance(result, Done) else Done(result)
    if not link.connects or done.user_id is None:
        return Followed(paths.safe(done.path), ended=me is not None and sessions.alive(db, me) is None)
    ticket = tickets.issue_ticket(db, NewSession(done.user_id, link.email, done.method), tab=tab)
    return Followed(paths.safe(done.path), ticket, link=done.link)


def lock(db: Db, *emails: str) -> None:
    """Lock the links of these addresses, so that following, creating and voiding them run one after the other.

    Call this first in the transaction. Locks in another order could deadlock.
    """
    if not emails:
        return
    if not settings().sqlite:  # SQLite has one writer anyway; an advisory lock, as a new link has no row to lock yet
        for email in sorted(set(emails)):
            number = int.from_bytes(hashlib.sha256(f"links {email}".encode()).digest()[:8], "big", signed=True)
            execute(db, _ALONE, {"number": number})
    query = select(ActionLink.id).where(col(ActionLink.email).in_(emails)).order_by(ActionLink.id)
    db.exec(query.with_for_update()).all()


def lock_all(db: Db, user_id: UUID) -> None:
    """Lock every address that has links of a user, as `lock` does.

    A rule that voids them all calls this before it locks the user. Locks in another order could deadlock.
    """
    query = select(ActionLink.email).where(ActionLink.user_id == user_id).distinct()
    lock(db, *{*identifiers.login_identifiers(db, user_id), *db.exec(query).all()})


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


def void_of(db: Db, user_id: UUID, *, email: str | None = None, action: str | None = None) -> None:
    """Void the links of a user: all, or only those to one address or of one action."""
    where = [col(ActionLink.user_id) == user_id]
    where += [] if email is None else [col(ActionLink.email) == email]
    where += [] if action is None else [col(ActionLink.action) == action]
    execute(db, update(ActionLink).where(*where).values(uses_left=0))


def void_all(db: Db, user_id: UUID, *, spare: Collection[str]) -> None:
    """Void every link of a user, and those without a user to the identifiers that the user logs in with.

    Links of the actions in `spare` stay valid.
    """
    phantom_links = col(ActionLink.email).in_(identifiers.login_identifiers(db, user_id)) & col(ActionLink.user_id).is_(
        None
    )
    where = ((col(ActionLink.user_id) == user_id) | phantom_links, col(ActionLink.action).not_in(spare))
    execute(db, update(ActionLink).where(*where).values(uses_left=0))


def void_claims(db: Db, email: str, also: Collection[str]) -> None:
    """Void the links of all users to an address that could still log in with it or claim it.

    These are links that connect, links that add it to an account, and links of the actions in `also`.
    """
    claims = col(ActionLink.connects) | col(ActionLink.action).in_(["add_email", *also])
    execute(db, update(ActionLink).where(col(ActionLink.email) == email, claims).values(uses_left=0))


def void_to(db: Db, email: str, user_id: UUID, *, was_theirs: bool) -> None:
    """Void every link of a user to an email address or phone number that is removed from the account.

    Args:
        db: the transaction.
        email: the email address or phone number.
        user_id: the user it is removed from.
        was_theirs: whether it was confirmed. If so, links to it without a user were for this user, and are voided too.
    """
    condition = col(ActionLink.user_id) == user_id
    if was_theirs:
        condition |= col(ActionLink.user_id).is_(None)
    execute(db, update(ActionLink).where(col(ActionLink.email) == email, condition).values(uses_left=0))


def withdraw(db: Db, email: str, action: str) -> None:
    """Void the links of one action to an address."""
    conditions = (col(ActionLink.email) == email, col(ActionLink.action) == action)
    execute(db, update(ActionLink).where(*conditions).values(uses_left=0))


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
    return row if row.action in _actions else None


def _end(db: Db, id: str) -> None:
    """Void an expired link, so that it stays expired when the clock is set back."""
    execute(db, update(ActionLink).where(col(ActionLink.id) == id).values(uses_left=0))


def _activated(me: Principal | None, owner: UUID) -> str:
    if me is None:
        return ACTIVATED
    return ALREADY_IN if me.user_id == owner else OTHER_USER
