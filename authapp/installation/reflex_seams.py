"""Private parts of Reflex that authapp uses. No other file of the package imports or replaces one.

`import reflex as rx` and its public names need no seam. Each seam has a canary in `tests/test_reflex_seams.py`: it
names the seam that a new version of Reflex breaks. This module imports nothing of authapp, so every folder may use it.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import reflex as rx
from reflex.config import get_config
from reflex.istate.data import RouterData
from reflex.state import OnLoadInternalState, UpdateVarsInternalState
from reflex.utils import prerequisites, types
from reflex.vars import VarData
from reflex_base.constants import Dirs, Endpoint, Env
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.environment import environment
from reflex_base.event import Event, server_side
from reflex_base.event.context import EventContext
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from reflex_base.utils.format import format_route
from reflex_base.vars.base import AsyncComputedVar, ComputedVar
from reflex_components_core.core.banner import has_too_many_connection_errors

TRIED = ("0.10.1",)  # versions of Reflex with which the canaries and the whole test suite passed

# Names for the guards, which check events, hide vars and wrap pages:
__all__ = [
    "FIELD_MARKER",  # suffix of the names of vars in a delta
    "AsyncComputedVar",  # base of a guarded var with an async function
    "ComputedVar",  # base of a guarded var
    "Dirs",  # folders of a build
    "Endpoint",  # paths that Reflex serves itself; health checks stay open
    "Event",  # event of a page: its name and payload, and conversion of `rx` events
    "EventContext",  # the running event: its id, the event that started it, and its queue
    "OnLoadInternalState",  # state whose event starts the load events of a page
    "RegisteredEventHandler",  # handler with the states that have it
    "RegistrationContext",  # every event handler, state and decorated page
    "UpdateVarsInternalState",  # state whose event stores client storage
    "format_route",  # spelling of a route, as Reflex compares routes
    "has_too_many_connection_errors",  # var: whether the page has lost its connection
    "prerequisites",  # place of the build
    "types",  # marker of a var without an initial value; empty value of a type
]

# --- settings and build -----------------------------------------------------------------------------------------------


def transport() -> str:
    """Return how pages send events: `websocket` or `polling`."""
    return str(get_config().transport)


def allow_origins(app: rx.App, *, page: str, others: Sequence[str]) -> None:
    """Set the origins that may call the server: for the socket only that of the pages, for HTTP also others."""
    get_config().cors_allowed_origins = (page, *others)
    if app.sio:  # the socket server was built with the app
        app.sio.eio.cors_allowed_origins = [page]


def is_development() -> bool:
    """Return whether `reflex run` started this process in development mode."""
    mode = environment.REFLEX_ENV_MODE
    return bool(mode.is_set() and mode.get() == Env.DEV)


def build_folder() -> Path:
    """Return the folder with the built pages and their files."""
    return Path(prerequisites.get_web_dir(), Dirs.STATIC)


# --- pages ------------------------------------------------------------------------------------------------------------


def pages_of(app: rx.App) -> dict[str, Any]:
    """Return the pages that were added to an app, by route. Reflex compiles them later."""
    pages: dict[str, Any] = app._unevaluated_pages
    return pages


def replace_component(page: Any, component: Any) -> None:
    """Replace the component of an added page, which Reflex declares immutable."""
    object.__setattr__(page, "component", component)


def replace_page_methods(app: rx.App, add_page: Callable[..., None], load_events: Callable[[str], Any]) -> None:
    """Replace the methods with which an app adds a page and finds its load events."""
    app.add_page, app.get_load_events = add_page, load_events


# --- state ------------------------------------------------------------------------------------------------------------

# The methods by which state leaves the server: what changed, and the complete state of a page that opens.
plain_delta: Callable[[rx.State], Awaitable[Any]] = rx.State._get_resolved_delta
plain_dict: Callable[..., dict[str, Any]] = rx.State.dict


def replace_state_output(delta: Callable[..., Awaitable[Any]], whole: Callable[..., dict[str, Any]]) -> None:
    """Replace the two methods by which state leaves the server. Reflex documents that they are replaceable."""
    rx.State._get_resolved_delta, rx.State.dict = delta, whole


def forget_states(states: Iterable[type[rx.State]]) -> None:
    """Remove states and their events from Reflex, and every page that was declared, for the next product."""
    context, gone = RegistrationContext.ensure_context(), set(states)
    for known in (context.base_states, context.base_state_substates):
        for state in gone:
            known.pop(state.get_full_name(), None)
    for substates in context.base_state_substates.values():
        substates -= gone
    for name in [name for name, known in context.event_handlers.items() if gone.intersection(known.states)]:
        del context.event_handlers[name]
    context.decorated_pages.clear()


def root_of(state: rx.State) -> rx.State:
    """Return the root of the state tree of a tab."""
    return state._get_root_state()


def set_initial_value(var: Any, value: Any) -> None:
    """Set the initial value of a computed var, which Reflex declares immutable. The build publishes it."""
    object.__setattr__(var, "_initial_value", value)


def new_state() -> rx.State:
    """Return the state of a new tab, for tests without a server."""
    return rx.State(_reflex_internal_init=True)


def connect(state: rx.State, *, headers: dict[str, str], token: str, ip: str) -> None:
    """Set the router data of a state, as if a page had connected with these headers."""
    state.router = RouterData.from_router_data({"headers": headers, "token": token, "ip": ip})


# --- events -----------------------------------------------------------------------------------------------------------

ORDERS = "authapp:"  # the same prefix as in `ui/browser/shared/orders.js`


class EventIds(NamedTuple):
    """Ids of an event and of the event that started it."""

    own: str
    parent: str | None


def running_event() -> EventIds:
    """Return the ids of the running event."""
    event = EventContext.get()
    return EventIds(event.txid, event.parent_txid)


def order(name: str, value: dict[str, Any]) -> Any:
    """Return an event that hands an order to the browser code which listens with `onOrder(name, …)`.

    It is the event of `rx.set_value`, without its rewriting of the name. Reflex stores an element with `id="code"` as
    `ref_code`, and rewrites every other character of an id to `_`. So no id of a product can take a name with a colon.

    Args:
        name: name of the order, like `restart`.
        value: the order. It is sent once, and never stored in a var.
    """
    return server_side("_set_value", inspect.signature(rx.set_value), ref=f"{ORDERS}{name}", value=value)


# --- components -------------------------------------------------------------------------------------------------------


def call_in_page(library: str, function: str, *args: Any) -> rx.Var:
    """Return a text var that calls a function of a JavaScript file while the page renders.

    Args:
        library: path of the file, as in the imports of a component.
        function: name of an export of the file.
        args: values or vars.
    """
    parts = [rx.Var.create(arg) for arg in args]
    import_data = VarData(imports={library: [rx.ImportVar(tag=function)]})
    expression = f"{function}({', '.join(str(part) for part in parts)})"
    data = VarData.merge(import_data, *(part._get_all_var_data() for part in parts))
    return rx.Var(expression, _var_type=str, _var_data=data)


# --- log --------------------------------------------------------------------------------------------------------------

FRAMEWORK_LOGGERS = ("reflex", "reflex_base", "socketio", "engineio")  # their warnings may contain data of clients
# These run before the server listens, and repeat the output of npm and the bundler, which explains a broken build.
BUILD_LOGGERS = ("reflex.utils.build", "reflex.utils.js_runtimes", "reflex.utils.processes")
SOCKET_LOGGERS = ("socketio.server", "engineio.server")  # with their own handlers: lines would appear twice
SERVER_LOGGERS = ("_granian", "granian.access")  # the loggers of the web server, with their own handlers
