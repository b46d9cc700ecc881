"""Access rules as a product declares them: of its pages, events, states, vars and routes."""

import copy
import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, get_type_hints

import reflex as rx
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection
from starlette.status import WS_1008_POLICY_VIOLATION

from authapp.core.authorization import access
from authapp.core.authorization.access import SIGNED_IN, Allow
from authapp.core.base import security_log
from authapp.core.base.errors import CrossOrigin, Refusal, SessionExpired
from authapp.core.sessions.sessions import Principal
from authapp.guards import events, registry
from authapp.guards.context import asking
from authapp.guards.hidden import empty_value
from authapp.installation.reflex_seams import AsyncComputedVar, ComputedVar

Draw = TypeVar("Draw", bound=Callable[..., rx.Component])
Handler = Callable[..., Any]
S = TypeVar("S", bound=type[rx.State])

_UNSET: Any = object()
_READS = ("GET", "HEAD", "OPTIONS")


def page(*, route: str, title: Any = None, allow: Allow | None = None, **more: Any) -> Callable[[Draw], Draw]:
    """Declare a page of the product and its access rule.

    Visitors are redirected to the login page before any of it is sent, and return after the login. Users without access
    see a refusal in its place. The text that the function writes is public nevertheless, because Reflex compiles every
    page into public scripts. Put everything that is not public into guarded vars.

    Args:
        route: path of the page, as in `rx.page`.
        title: title of the browser tab. A text made with `ui.t` is translated like all others.
        allow: `PUBLIC`, `SIGNED_IN`, a group, a tuple of groups (any of them), or a function of the principal, sync
            or async. The default is `PUBLIC`, or `SIGNED_IN` in a product that was installed with `default="closed"`.
        more: further arguments of `rx.page`.
    """
    if allow is not None:
        registry.page(route, allow)

    def declare(draw: Draw) -> Draw:
        rx.page(route=route, title=title, **more)(draw)
        return draw

    return declare


def event(
    handler: Handler | None = None,
    *,
    allow: Allow | None = None,
    fresh: bool = False,
    background: bool = False,
    label: str = "",
) -> Any:
    """Declare an event with an access rule. Its refusals are shown in the form.

    When a rule raises `StepUpNeeded`, the page asks for the password in a dialog that names the action. The page keeps
    the event, and sends it again with the same arguments after the proof. The server stores nothing.

    Args:
        handler: the function, when the decorator has no arguments: `@authapp.event` is `@authapp.event()`.
        allow: `PUBLIC`, `SIGNED_IN`, a group, a tuple of groups (any of them), or a function of the principal, sync
            or async. It holds however the event is called. The default is the access rule of the state.
        fresh: ask for a step-up before the event runs when the last proof is older than `step_up_minutes`. A rule that
            needs a fresh proof checks that itself; set this for an event that calls no such rule.
        background: as in `rx.event`; the event itself uses `async with self`.
        label: name of the action in the step-up dialog, like `t("Pay the bill")`. The default is the function name
            in words.
    """

    def declare(handler: Handler) -> Any:
        if not inspect.iscoroutinefunction(handler) and not inspect.isasyncgenfunction(handler):
            raise TypeError(f"{handler.__qualname__} must be `async def`: a plain function blocks all other users")
        action = label or handler.__name__.strip("_").replace("_", " ").capitalize()
        wrapped = events.guarded(handler, fresh, background, action)
        if allow is not None:
            registry.mark(wrapped, allow)
        return rx.event(wrapped, background=background)

    return declare if handler is None else declare(handler)


def state(*, allow: Allow) -> Callable[[S], S]:
    """Declare the access rule of a state: for its vars, and for its events without their own rule.

    Users without access get the initial values of its vars. `PUBLIC` applies to this state only. Any other rule also
    applies to the states that inherit from it.

    Args:
        allow: `PUBLIC`, `SIGNED_IN`, a group, a tuple of groups (any of them), or a function of the principal.
    """
    allow = access.checked(allow)

    def declare(state_class: S) -> S:
        registry.state(state_class, allow)
        return state_class

    return declare


def var(*, allow: Allow, initial_value: Any = _UNSET, **more: Any) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare a computed var with an access rule. Its function runs only for users with access.

    All others get `initial_value`. The var is computed whenever its state is sent, for the user who receives it. It is
    never cached.

    Args:
        allow: `PUBLIC`, `SIGNED_IN`, a group, a tuple of groups (any of them), or a function of the principal.
        initial_value: value for users without access, also in the public files of the build. The default is the empty
            value of the type.
        more: further arguments of `rx.var`.
    """
    allow = access.checked(allow)

    def declare(compute: Callable[[Any], Any]) -> Any:
        is_slow = access.is_slow(allow) or inspect.iscoroutinefunction(compute)
        initial = empty_value(get_type_hints(compute)["return"]) if initial_value is _UNSET else initial_value

        async def compute_async(self: Any) -> Any:
            if not await access.passes(asking.get(), allow):
                return copy.copy(initial)
            value = compute(self)
            return await value if inspect.isawaitable(value) else value

        def compute_now(self: Any) -> Any:
            return compute(self) if access.passes_now(asking.get(), allow) else copy.copy(initial)

        wrapped = wraps(compute)(compute_async if is_slow else compute_now)
        registry.mark(wrapped, allow)
        registry.note_var()
        return (_Slow if is_slow else _Quick)(wrapped, initial_value=initial, cache=False, **more)

    return declare


class _Sealed:
    """Mixin: Reflex stores the last sent value as a digest. It would store a text as it is, in files too."""

    def _pending_delta_record(self, instance: rx.State, value: Any, token: str) -> Any:
        return super()._pending_delta_record(instance, [value], token)  # type: ignore[misc]  # of the var beside it


class _Quick(_Sealed, ComputedVar[Any]):
    pass


class _Slow(_Sealed, AsyncComputedVar[Any]):
    pass


def require(allow: Allow = SIGNED_IN) -> Callable[[HTTPConnection], Awaitable[Principal]]:
    """Protect a route of your own FastAPI app: `me: authapp.Principal = Depends(authapp.require("board"))`.

    Visitors get 401. Users without access get 403, and so do requests that a page of another origin made (CSRF). A
    websocket does not open in these cases.

    Args:
        allow: `SIGNED_IN`, a group, a tuple of groups (any of them), or a function of the principal, sync or async.
    """
    from fastapi import HTTPException  # imported late: takes long, and a product with such routes has it already

    allow = access.checked(allow)

    async def principal(request: HTTPConnection) -> Principal:
        me: Principal | None = request.scope.get("authapp.principal")
        refusal: Refusal | None = SessionExpired() if me is None else await access.refusal(me, allow)
        if (
            refusal is None
            and request.scope.get("method") not in _READS
            and not request.scope.get("authapp.may_change")
        ):
            refusal = CrossOrigin()
        if refusal:
            ip = request.client.host if request.client else ""
            security_log.denied("request", refusal.code, user=me.user_id if me else "", ip=ip)
        if (refusal or me is None) and request.scope["type"] == "websocket":
            raise WebSocketException(WS_1008_POLICY_VIOLATION)
        if refusal or me is None:
            raise HTTPException(401 if isinstance(refusal, SessionExpired) else 403, refusal.message if refusal else "")
        return me

    return principal
