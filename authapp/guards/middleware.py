"""Middleware of Reflex events: it checks the access rule of each event before it runs."""

import asyncio
import secrets
from typing import Any

import reflex as rx

from authapp.core.authorization import access
from authapp.core.base import hooks, security_log
from authapp.core.base.changes import Changes
from authapp.core.base.errors import Refusal, SessionExpired
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.db import announce, read
from authapp.guards import context, events, hidden, registry
from authapp.guards.caller import hook_refusal, touch
from authapp.guards.context import session_of
from authapp.installation.reflex_seams import Event, EventContext, OnLoadInternalState, UpdateVarsInternalState, root_of
from authapp.states.account import Account

A_MOMENT = 0.1  # seconds in which a page learns that its session ended
_HYDRATES = {f"{rx.State.get_full_name()}.{name}" for name in ("hydrate", "hydrate_and_load")}
# Events that every page needs to work at all. They run no code of the product.
_STANDS = _HYDRATES | {
    f"{rx.State.get_full_name()}.set_is_hydrated",
    f"{OnLoadInternalState.get_full_name()}.on_load_internal",
    f"{OnLoadInternalState.get_full_name()}.set_is_hydrated",
    f"{UpdateVarsInternalState.get_full_name()}.update_vars_internal",
}
_WAY_OUT = {f"{Account.get_full_name()}.{name}" for name in ("log_out", "dismiss_trouble")}


class EventGuard(rx.Middleware):
    """Middleware that checks the access rule of every event before it runs, wherever the event comes from."""

    async def preprocess(self, app: rx.App, state: rx.State, event: Any) -> Any:
        """Resolve the user. Drop the event when the session has ended, or when the access rule denies it."""
        if event.name.endswith(".setvar"):  # Reflex adds it to every state; it could call any `set_…` of a product
            return rx.state.StateUpdate()
        ref = session_of(state)
        me = await read(sessions.alive, ref) if ref else None
        is_refresh = event.name.endswith(".refresh")  # an open page is no activity of its user
        is_over = ref is not None and me is None and event.name not in _HYDRATES
        if ref and is_over and await read(sessions.is_renewed, ref):
            return rx.state.StateUpdate(events=[] if is_refresh else events.renewed(event))
        root, account, line = root_of(state), await state.get_state(Account), state.router.session.session_id
        if me is None and (event.name in _HYDRATES or line != account._line):
            root.reset()  # proxies log the token of a tab: it must not reveal what was typed
            root.dirty_vars.update(root.base_vars)  # nor reveal by an unsent var that it was typed
        if line != account._line:
            account._line, account.line = line, secrets.token_hex(4)
        refusal = await self._kept_out(account, event, me)
        await self._recognise(app, root, account, event, me)
        if me and not is_refresh:
            touch(me)
        if ref and is_over:
            _note_denied(SessionExpired(), event, me)
            changes = Changes(sessions_ended={ref.session_id})
            asyncio.get_running_loop().call_later(A_MOMENT, announce, changes)  # the tab reconnects and notices
            return rx.state.StateUpdate(events=[] if is_refresh else _denial(SessionExpired(), event))
        return await self._denied(state, event, me, refusal)

    async def _kept_out(self, account: Account, event: Event, me: Principal | None) -> Refusal | None:
        """Return why the product refuses every event of the user, or None. It can never block logging out."""
        if event.name in _WAY_OUT:
            return None
        has_hook = me and hooks.on_connected_request
        refusal = await hook_refusal(hooks.on_connected_request.run, me) if has_hook else None
        if account._kept_out != (refusal is not None):
            account._kept_out = refusal is not None
        return refusal

    async def _recognise(
        self, app: rx.App, root: rx.State, account: Account, event: Event, me: Principal | None
    ) -> None:
        """Set the user for this event, for the events that follow from it, and for the vars of the page."""
        account._is(me)
        me = account._seen(me)
        context.asking.set(me)
        context.running.set(event)
        context.goes_on.set(False)
        context.closed.set(await hidden.closed_to(me))
        identity = f"{me.user_id} {sorted(me.groups)}" if me else ""
        if identity != account._asked_as:
            account._asked_as = identity
            hidden.forget_computed(root)
        page = app.router(state_path(root)) or ""
        is_open = await access.passes(me, registry.of_page(page))
        context.shut.set(not is_open)
        if (page, is_open) != (account.page, account.page_open):
            account.page, account.page_open = page, is_open

    async def _denied(
        self, state: rx.State, event: Event, me: Principal | None, refusal: Refusal | None
    ) -> rx.state.StateUpdate | None:
        """Return the update for a denied event; None: the event may run."""
        handler = registry.handler(event.name)
        if refusal and event.name in _STANDS:
            if event.name in _HYDRATES:
                await EventContext.get().enqueue(*Event.from_event_type(Account.look_again()))  # and tells the page why
            return None
        if handler and refusal is None:
            refusal = await access.refusal(me, registry.of_handler(handler))
        if handler is None or refusal is None:
            return None
        _note_denied(refusal, event, me)
        if hooks.on_denied:
            await hook_refusal(hooks.on_denied.run, me, refusal, event.name)
        owner, root = await state.get_state(handler.states[0]), root_of(state)
        if "answers" in owner.base_vars:  # a form waits for the answer
            owner.answers += 1
        delta = await root._get_resolved_delta()
        root._clean()
        return rx.state.StateUpdate(delta=delta, events=_denial(refusal, event))


def _note_denied(refusal: Refusal, event: Event, me: Principal | None) -> None:
    name = event.name if registry.handler(event.name) else ""  # an unknown name is text from a client
    security_log.note("event denied", event=name, code=refusal.code, user=me.user_id if me else "")


def _denial(refusal: Refusal, event: Event) -> list[Event]:
    """Return the events that tell the page the reason, and give it the denied event back for a retry."""
    orders: list[Event] = Event.from_event_type(events.told(refusal.message, refusal.code, events.again(event)))
    return orders


def state_path(root: rx.State) -> str:
    """Return the path of the page that a tab shows, as the client reports it."""
    return str(root.router.url.path)
