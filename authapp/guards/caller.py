"""Caller of a request, handshake or event: their principal, and the reason why they may not open a path."""

from collections.abc import Callable
from typing import Any

from authapp.api.recent import principal_of
from authapp.api.requests import SentKey
from authapp.core.authorization import access, route_rules
from authapp.core.authorization.route_rules import RouteRule
from authapp.core.base import clock, hooks
from authapp.core.base.errors import NotFound, Refusal
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import TOUCH_EVERY, Principal
from authapp.db import run, run_later


async def identified(sent: SentKey, *, fresh: bool = False) -> Principal | None:
    """Return the principal of a session key, and note that their session is in use.

    Args:
        sent: the key that was sent.
        fresh: whether to ask the database, and not the cache.
    """
    me = await principal_of(sent.ref, fresh=fresh) if sent.ref else None
    if me:
        touch(me)
    return me


def touch(me: Principal) -> None:
    """Note that a session is in use."""
    if clock.now() - me.last_seen_at > TOUCH_EVERY:
        run_later(sessions.touch, [me.session_id])


async def refusal(path: str, me: Principal | None, rule: RouteRule) -> Refusal | None:
    """Return why the caller may not open a path; None: the caller may."""
    reason = await access.refusal(me, rule.allow)
    if route_rules.is_asked_by_browsers(path):  # no user requested this, so no hook is called
        return NotFound() if reason else None
    if reason is None and me and not rule.is_file and hooks.on_connected_request:
        reason = await hook_refusal(hooks.on_connected_request.run, me)
    if reason and hooks.on_denied:
        await hook_refusal(hooks.on_denied.run, me, reason, path)
    return reason


async def hook_refusal(hook: Callable[..., Any], *args: Any) -> Refusal | None:
    """Run a hook of the product, and return its refusal; None: it did not refuse."""
    try:
        await run(hook, *args)
    except Refusal as reason:
        return reason
    return None
