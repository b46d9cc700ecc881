"""Access rules (`allow=`): everybody, signed-in users, groups, or a function of the principal."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

from authapp.core.base.errors import NotAllowed, Refusal, SessionExpired, where
from authapp.core.base.process_state import registrations
from authapp.core.sessions.sessions import Principal

log = logging.getLogger(__name__)


class Audience(Enum):
    """Access rules without groups: `PUBLIC`, and `SIGNED_IN` for every signed-in user."""

    PUBLIC = "everybody"
    SIGNED_IN = "members"


PUBLIC, SIGNED_IN = Audience.PUBLIC, Audience.SIGNED_IN
GROUPS: set[str] = registrations(set())  # every group that an access rule names
Allow = Audience | str | tuple[str, ...] | Callable[[Principal], bool | Awaitable[bool]]


def checked(allow: Any) -> Allow:
    """Return the access rule if it is valid, and note the groups that it names.

    Raises:
        TypeError: not an access rule.
    """
    names = (allow,) if isinstance(allow, str) else allow
    is_names = isinstance(names, tuple) and names and all(isinstance(name, str) and name for name in names)
    is_function = callable(allow) and not isinstance(allow, type) and not _yields(allow)
    if isinstance(allow, Audience) or is_names or is_function:
        GROUPS.update(names if is_names else ())
        rule: Allow = allow
        return rule
    raise TypeError(
        f"allow={allow!r} gives nobody access: pass PUBLIC, SIGNED_IN, the name of a group, a tuple of names, or "
        "a function of the principal that returns True or False"
    )


def passes_without_query(me: Principal | None, allow: Allow) -> bool | None:
    """Return whether the user passes; None if a function has to decide."""
    if allow is PUBLIC:
        return True
    if me is None:
        return False
    if allow is SIGNED_IN:
        return True
    if isinstance(allow, str):
        return allow in me.groups
    return not me.groups.isdisjoint(allow) if isinstance(allow, tuple) else None


def is_slow(allow: Allow) -> bool:
    """Return whether the access rule is a coroutine function."""
    return inspect.iscoroutinefunction(allow)


def passes_now(me: Principal | None, allow: Allow) -> bool:
    """Return whether the user passes a rule that is not a coroutine function. A rule that raises denies."""
    decision = passes_without_query(me, allow)
    if decision is not None:
        return decision
    try:
        return _is_yes(allow(me))  # type: ignore[operator, arg-type]  # `passes_without_query` left only functions
    except Exception as error:
        return _broke(error)


async def passes(me: Principal | None, allow: Allow) -> bool:
    """Return whether the user passes. An access rule that raises denies access."""
    decision = passes_without_query(me, allow)
    if decision is not None:
        return decision
    try:
        answer = allow(me)  # type: ignore[operator, arg-type]  # `passes_without_query` left only functions
        return _is_yes(await answer if inspect.isawaitable(answer) else answer)
    except Exception as error:
        return _broke(error)


async def refusal(me: Principal | None, allow: Allow) -> Refusal | None:
    """Return the reason why the user does not pass, or None if they pass."""
    if await passes(me, allow):
        return None
    return SessionExpired() if me is None else NotAllowed()


def _yields(function: object) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def _is_yes(answer: object) -> bool:
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise TypeError("an access rule that is not a coroutine function returned an awaitable")
    if inspect.isgenerator(answer) or inspect.isasyncgen(answer):
        raise TypeError("an access rule yielded and returned no answer")
    return bool(answer)


def _broke(error: Exception) -> bool:
    log.error("an access rule failed, so access is denied: %s", where(error))
    return False
