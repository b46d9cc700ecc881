"""Who a tab is for: known before its first state leaves the server, and asked again at every event."""

import asyncio
import secrets
from typing import Any

import reflex as rx
from reflex.middleware import Middleware
from reflex.state import OnLoadInternalState, UpdateVarsInternalState
from reflex_base.event import Event
from reflex_base.event.context import EventContext

from authapp import texts
from authapp.config import settings
from authapp.core import clock, groups, hooks, identifiers, identities, paths, security_log, sessions
from authapp.core.errors import LoggedOut, Refusal, Trouble
from authapp.core.guards import passes, refusal
from authapp.core.scram import Renewal
from authapp.core.sessions import TOUCH_EVERY, Principal, SessionRef
from authapp.db import announce, call, later, look
from authapp.routes import route
from authapp.states import guards
from authapp.texts import into

LANGUAGE_HEADER = "x-authapp-language"  # of the handshake; the guard writes it
LINE_HEADER = "x-authapp-line"  # the same; `devices.of_line` takes it
WAITING_HEADER = "x-authapp-waiting"  # the same
A_MOMENT = 0.1  # seconds in which the page of a session that is over is told so
_HYDRATES = {f"{rx.State.get_full_name()}.{name}" for name in ("hydrate", "hydrate_and_load")}
# What a page needs to stand at all: it runs nothing of anybody's.
_STANDS = _HYDRATES | {
    f"{rx.State.get_full_name()}.set_is_hydrated",
    f"{OnLoadInternalState.get_full_name()}.on_load_internal",
    f"{OnLoadInternalState.get_full_name()}.set_is_hydrated",
    f"{UpdateVarsInternalState.get_full_name()}.update_vars_internal",
}


class Account(rx.State):
    """What the page may know of its visitor."""

    known: bool = False  # whether we have looked yet
    who: str = ""  # the user's id; empty when nobody is signed in
    name: str = ""
    identifier: str = ""  # the address or number of this session
    is_admin: bool = False
    has_password: bool = False
    reachable: bool = True  # there is an address or a number: a password works, and codes arrive
    origins: list[dict[str, str]] = []  # who else a browser can log in with
    language: str = ""  # that was chosen in the settings; empty: as the browser says
    avatar: str = ""  # the path of the picture; empty when there is none
    initials: str = ""
    trouble: str = ""  # something broke on our side
    page: str = ""  # the route we looked at, and whether it is for this visitor
    page_open: bool = False
    line: str = ""  # changes whenever the page connects again
    _line: str = ""  # the socket that was heard last
    _asked_as: str = ""  # the person and their groups, then
    _kept_out: bool = False  # by the product, which refuses whatever this person asks for

    @rx.event
    async def log_out(self):
        """End the session and go to the main page."""
        return leave(route("home"))

    @rx.event
    async def look_again(self):
        """Nothing is left to do: the doorkeeper has looked, as before every event."""

    @rx.event
    async def report_trouble(self):
        """Say that something broke. Nothing was changed: every rule is one transaction."""
        self.trouble = into(Trouble.message, language_of(self))

    @rx.event
    async def dismiss_trouble(self):
        """Put the message away."""
        self.trouble = ""

    def _is(self, me: Principal | None) -> None:
        facts: dict[str, Any] = {"known": True, "who": "", "name": "", "identifier": "", "has_password": False}
        facts["is_admin"] = me is not None and groups.ADMIN in me.groups
        facts |= {"avatar": "", "initials": "", "reachable": True, "origins": origins_shown()}
        facts["language"] = me.language if me else ""
        if me:
            facts |= {
                "who": str(me.user_id),
                "name": me.name,
                "identifier": me.identifier,
                "has_password": me.has_password,
                "reachable": "@" in me.identifier or identifiers.is_number(me.identifier),
            }
            facts |= {"avatar": me.avatar and f"{settings().rpc_path}/avatar?v={me.avatar}", "initials": me.initials}
        for var, value in facts.items():
            if getattr(self, var) != value:
                setattr(self, var, value)


def origins_shown(*, step_up: bool = False) -> list[dict[str, str]]:
    """The origins that a browser can be sent to: for a login, or for a step-up."""
    shown = [one for one in identities.origins().values() if one.has_page and (one.can_step_up or not step_up)]
    return [{"name": one.name, "label": one.label} for one in shown]


class Doorkeeper(Middleware):
    """Runs before every event, however it came to be: what is not for who asks does not run."""

    async def preprocess(self, app: rx.App, state: rx.State, event: Any) -> Any:
        """Resolve who asks; drop the event when the session has ended meanwhile, or it is not for them."""
        if event.name.endswith(".setvar"):  # Reflex gives it to every state; it would call any `set_…` of a product
            return rx.state.StateUpdate()
        ref = session_of(state)
        me = await look(sessions.alive, ref) if ref else None
        asked_by_page = event.name.endswith(".refresh")  # a page that is open is not a person who uses it
        is_over = ref is not None and me is None and event.name not in _HYDRATES
        if ref and is_over and await look(sessions.is_renewed, ref):
            return rx.state.StateUpdate(events=[] if asked_by_page else guards.renewed(event))
        root, account, line = state._get_root_state(), await state.get_state(Account), state.router.session.session_id
        if me is None and (event.name in _HYDRATES or line != account._line):
            root.reset()  # a tab's token, which proxies log, is no right to what was typed in it
            root.dirty_vars.update(root.base_vars)  # nor to learn, by what is not sent again, that anything was
        if line != account._line:
            account._line, account.line = line, secrets.token_hex(4)
        no = await self._kept_out(account, event, me)
        await self._recognise(app, root, account, event, me)
        if me and not asked_by_page and clock.now() - me.last_seen_at > TOUCH_EVERY:
            later(sessions.touch, [me.session_id])
        if ref and is_over:
            _note_denied(LoggedOut(), event, me)
            session_id = {ref.session_id}
            asyncio.get_running_loop().call_later(A_MOMENT, announce, session_id)  # the tab reconnects and learns it
            return rx.state.StateUpdate(events=[] if asked_by_page else _told(LoggedOut(), event))
        return await self._denied(state, event, me, no)

    async def _kept_out(self, account: Account, event: Event, me: Principal | None) -> Refusal | None:
        """Why the product refuses whatever somebody asks for; None: it does not. Nobody is kept from leaving."""
        if event.name in _WAY_OUT:
            return None
        asked = me and hooks.on_connected_request
        no = await _refused(hooks.on_connected_request.run, me) if asked else None
        if account._kept_out != (no is not None):
            account._kept_out = no is not None
        return no

    async def _recognise(
        self, app: rx.App, root: rx.State, account: Account, event: Event, me: Principal | None
    ) -> None:
        """Know who asks, in what follows from this event and in what their page is told."""
        account._is(me)
        me = _seen(account, me)
        guards.asking.set(me)
        guards.running.set(event)
        guards.goes_on.set(False)
        guards.closed.set(await guards.closed_to(me))
        asked_as = f"{me.user_id} {sorted(me.groups)}" if me else ""
        if asked_as != account._asked_as:
            account._asked_as = asked_as
            guards.forget_computed(root)
        page = app.router(state_path(root)) or ""
        is_open = await passes(me, guards.of_page(page))
        guards.shut.set(not is_open)
        if (page, is_open) != (account.page, account.page_open):
            account.page, account.page_open = page, is_open

    async def _denied(
        self, state: rx.State, event: Event, me: Principal | None, no: Refusal | None
    ) -> rx.state.StateUpdate | None:
        """What the page is told of an event that is not for who asks; None: it is."""
        known = guards.handler(event.name)
        if no and event.name in _STANDS:
            if event.name in _HYDRATES:
                await EventContext.get().enqueue(*Event.from_event_type(Account.look_again()))  # and is told why not
            return None
        if known and no is None:
            no = await refusal(me, guards.of_handler(known))
        if known is None or no is None:
            return None
        _note_denied(no, event, me)
        if hooks.on_denied:
            await _refused(hooks.on_denied.run, me, no, event.name)
        owner, root = await state.get_state(known.states[0]), state._get_root_state()
        if "answers" in owner.base_vars:  # the form that waits for it
            owner.answers += 1
        delta = await root._get_resolved_delta()
        root._clean()
        return rx.state.StateUpdate(delta=delta, events=_told(no, event))


_WAY_OUT = {f"{Account.get_full_name()}.{name}" for name in ("log_out", "dismiss_trouble")}


def _seen(account: Account, me: Principal | None) -> Principal | None:
    """Who is asked about when something is for some: whom the product keeps out sees what visitors see."""
    return None if account._kept_out else me


async def _refused(rule: Any, *given: Any) -> Refusal | None:
    try:
        await call(rule, *given)
    except Refusal as no:
        return no
    return None


def _note_denied(no: Refusal, event: Event, me: Principal | None) -> None:
    name = event.name if guards.handler(event.name) else ""  # else it is what somebody sent
    security_log.note("event denied", event=name, code=no.code, user=me.user_id if me else "")


def _told(no: Refusal, event: Event) -> list[Event]:
    """The page learns why, and has its event back."""
    return Event.from_event_type(guards.told(no.message, no.code, guards.again(event)))


def state_path(root: rx.State) -> str:
    """The path of the page that a tab shows, as it says itself."""
    return str(root.router.url.path)


async def _delta(self: rx.State) -> Any:
    """In place of Reflex's own: each change that is sent, whoever caused it, is for whom it is sent to."""
    me = await _asks(self) if guards.guards_vars() else None
    before = guards.asking.set(me)
    try:
        delta = await _plain_delta(self)
    finally:
        guards.asking.reset(before)
    if not any(one.get_full_name() in delta for one in guards.guarded_states()):
        return delta
    return guards.withhold(delta, await guards.closed_to(me or await _asks(self)))


async def _asks(state: rx.State) -> Principal | None:
    root = state._get_root_state()
    ref = session_of(root)
    me = await look(sessions.alive, ref) if ref else None
    return _seen(await root.get_state(Account), me)


def _dict(self: rx.State, include_computed: bool = True, initial: bool = False, **more: Any) -> dict[str, Any]:
    """In place of Reflex's own: the whole state, as a page has it that opens."""
    if initial and not self.parent_state:
        guards.empty_first_values()
    whole = _plain_dict(self, include_computed=include_computed, initial=initial, **more)
    return whole if initial or self.parent_state else guards.withhold(whole, guards.closed.get())


_plain_delta, _plain_dict = rx.State._get_resolved_delta, rx.State.dict


def watch_what_leaves() -> None:
    """Everything of a state leaves the server by one of two ways; Reflex says that they may be replaced."""
    guards.use()
    rx.State._get_resolved_delta, rx.State.dict = _delta, _dict  # type: ignore[method-assign]  # on purpose


def session_of(state: rx.State) -> SessionRef | None:
    """The session a state belongs to, and the key of its socket: the guard wrote it into the handshake itself."""
    return SessionRef.parse(str(state.router.headers.raw_headers.get("authorization") or ""))


def language_of(state: rx.State) -> str:
    """The language of a tab: as the guard wrote it into the handshake, over whatever a client sent."""
    return str(state.router.headers.raw_headers.get(LANGUAGE_HEADER) or texts.ENGLISH)


def waiting_of(state: rx.State) -> str:
    """The login that waits in the browser of a tab: as the guard wrote it into the handshake."""
    return str(state.router.headers.raw_headers.get(WAITING_HEADER) or "")


def restart(path: str, ticket: str = "", signature: str = "", *, link: str = "", renewal: Renewal | None = None) -> Any:
    """Trade the ticket for the cookie and load a path of ours afresh: whatever changes who you are ends here.

    The order goes to the page as a one-time event. It is never a var, so it is neither kept nor sent again. A link's
    key in it is kept by the page, for the page of the link. With a renewal the page first sends a new record of the
    password, which it still knows.
    """
    order = {"path": paths.safe(path), "ticket": ticket, "signature": signature}
    order |= {"link": link} if link else {}
    return rx.set_value("restart", order | ({"renewal": renewal._asdict()} if renewal else {}))


def renew(ticket: str) -> Any:
    """Trade the ticket of a step-up for the session's new cookie; the page stays, and sends what waited for it."""
    return rx.set_value("renew", {"ticket": ticket})


def leave(path: str) -> Any:
    """Log out and load a path of ours afresh."""
    return rx.set_value("restart", {"path": paths.safe(path), "logOut": True})
