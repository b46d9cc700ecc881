"""Canaries of the seams to Reflex: each one names the seam that a new version of Reflex breaks."""

import dataclasses
import functools
import importlib
import inspect
import logging
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import reflex as rx
import reflex_base
import socketio
from reflex.app import UnevaluatedPage

from authapp.installation import reflex_seams as seams
from authapp.states.account import Account

VERSION = version("reflex")
WEB = Path(reflex_base.__file__).parent / ".templates" / "web" / "utils"
covered: set[str] = set()


def canary(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a failing test name its seams, and say in the words of its docstring what they need."""
    covered.update(names)

    def declare(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def named(*args: Any, **fixtures: Any) -> None:
            try:
                test(*args, **fixtures)
            except Exception as error:
                words = f"Reflex {VERSION} broke the seam {', '.join(names)}. Expected: {test.__doc__}"
                raise AssertionError(words) from error

        return named

    return declare


def parameters(function: Any) -> list[str]:
    """Return the names of the parameters of a function."""
    return list(inspect.signature(function).parameters)


def fields(owner: Any) -> set[str]:
    """Return the names of the fields of a dataclass."""
    return {field.name for field in dataclasses.fields(owner)}


def source(name: str) -> str:
    """Return a script of Reflex that runs in every page."""
    return (WEB / name).read_text(encoding="utf-8")


def new_tab() -> Any:
    """Return the state of a new tab."""
    return seams.new_state()


def test_every_seam_has_a_canary():
    own = {
        name
        for name, value in vars(seams).items()
        if getattr(value, "__module__", "") == seams.__name__ and not name.startswith("_")
    }
    constants = {name for name in vars(seams) if name.isupper()}

    assert {*seams.__all__, *own, *constants, "plain_delta", "plain_dict"} == covered


def test_a_failing_canary_names_its_seam(monkeypatch):
    monkeypatch.setattr(seams, "transport", lambda: "pigeons")

    with pytest.raises(AssertionError, match=r"broke the seam transport\. Expected: Events travel over a websocket"):
        test_transport()


@canary("TRIED")
def test_versions():
    """The installed version is in `TRIED`; add a new one there when all other tests pass."""
    assert VERSION in seams.TRIED


# --- settings and build -----------------------------------------------------------------------------------------------


@canary("transport")
def test_transport():
    """Events travel over a websocket unless the configuration says otherwise."""
    assert seams.transport() == rx.Config(app_name="shop").transport == "websocket"


@canary("allow_origins")
def test_origins():
    """The configuration and the socket server keep the origins that may call them."""
    app: Any = SimpleNamespace(sio=socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[]))
    conf = seams.get_config()
    before = conf.cors_allowed_origins
    try:
        seams.allow_origins(app, page="https://a.example", others=["https://b.example"])
        assert conf.cors_allowed_origins == ("https://a.example", "https://b.example")
    finally:
        conf.cors_allowed_origins = before
    assert app.sio.eio.cors_allowed_origins == ["https://a.example"]
    assert "sio" in fields(rx.App)


@canary("is_development")
def test_development_mode(monkeypatch):
    """`reflex run` writes its mode into `REFLEX_ENV_MODE`."""
    monkeypatch.delenv("REFLEX_ENV_MODE", raising=False)
    modes = [seams.is_development()]
    for mode in ("dev", "prod"):
        monkeypatch.setenv("REFLEX_ENV_MODE", mode)
        modes.append(seams.is_development())

    assert modes == [False, True, False]


@canary("build_folder", "prerequisites", "Dirs")
def test_build_folder(monkeypatch, tmp_path):
    """The built pages are in `build/client`, below the folder of `REFLEX_WEB_WORKDIR`."""
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(tmp_path))

    assert seams.build_folder() == tmp_path / "build" / "client"
    assert seams.prerequisites.get_web_dir() / seams.Dirs.STATIC == seams.build_folder()


@canary("Endpoint")
def test_endpoints():
    """Health checks have these paths."""
    assert [str(seams.Endpoint.PING), str(seams.Endpoint.HEALTH)] == ["/ping", "/_health"]


# --- pages ------------------------------------------------------------------------------------------------------------


@canary("format_route")
def test_routes():
    """A route has neither a leading nor a trailing slash, and the main page is `index`."""
    assert [seams.format_route(route) for route in ("/", "/shop/", "shop/cart")] == ["index", "shop", "shop/cart"]


@canary("pages_of", "replace_component")
def test_pages():
    """An app keeps its pages by route until it compiles them; the component of a page can be replaced."""
    page = UnevaluatedPage(component=rx.el.p, route="shop")
    app: Any = SimpleNamespace(_unevaluated_pages={"shop": page})
    seams.replace_component(seams.pages_of(app)["shop"], rx.el.h1)

    assert page.component is rx.el.h1
    assert "_unevaluated_pages" in fields(rx.App)
    assert "self._unevaluated_pages[page.route] = page" in inspect.getsource(rx.App)


@canary("replace_page_methods")
def test_page_methods():
    """Reflex adds pages and finds load events through these methods of the app object."""
    app: Any = SimpleNamespace()
    seams.replace_page_methods(app, print, repr)
    assert (app.add_page, app.get_load_events) == (print, repr)

    assert parameters(rx.App.add_page)[:3] == ["self", "component", "route"]
    assert parameters(rx.App.get_load_events) == ["self", "path"]
    assert "app.get_load_events(" in inspect.getsource(importlib.import_module("reflex.state"))
    assert "self.add_page(" in inspect.getsource(rx.App)


@canary("RegistrationContext", "RegisteredEventHandler")
def test_registration():
    """Every event handler, state and decorated page is registered; a handler has a function and its states."""
    known = seams.RegistrationContext.get()
    name = Account.get_full_name()
    handler = known.event_handlers[f"{name}.log_out"]

    assert isinstance(handler, seams.RegisteredEventHandler)
    assert handler.states == (Account,)
    assert handler.handler.fn.__name__ == "log_out"
    assert known.base_states[name] is Account
    assert isinstance(seams.RegistrationContext.ensure_context().decorated_pages, list)


# --- state ------------------------------------------------------------------------------------------------------------


@canary("plain_delta", "plain_dict", "replace_state_output")
def test_state_output(monkeypatch):
    """State leaves the server only through these two methods of `rx.State`."""
    assert parameters(seams.plain_delta) == ["self"]
    assert inspect.iscoroutinefunction(seams.plain_delta)
    assert parameters(seams.plain_dict)[:3] == ["self", "include_computed", "initial"]
    for module in ("reflex.app", "reflex_base.event.processor.base_state_processor"):
        assert "._get_resolved_delta()" in inspect.getsource(importlib.import_module(module)), module

    monkeypatch.setattr(rx.State, "_get_resolved_delta", rx.State._get_resolved_delta)
    monkeypatch.setattr(rx.State, "dict", rx.State.dict)
    seams.replace_state_output(repr, vars)
    assert (rx.State._get_resolved_delta, rx.State.dict) == (repr, vars)


@canary("FIELD_MARKER")
def test_names_of_vars():
    """The names of vars that a page gets end with the marker."""
    whole = seams.plain_dict(new_tab(), initial=True)

    assert f"page_open{seams.FIELD_MARKER}" in whole[Account.get_full_name()]


@canary("root_of", "new_state", "connect")
def test_state_of_a_tab():
    """A state tree can be made without a server, and reads headers, token and IP address of its connection."""
    root = new_tab()
    seams.connect(
        root, headers={"authorization": "a session", "user-agent": "a browser"}, token="a tab", ip="192.0.2.1"
    )
    part = next(state for state in root.substates.values() if state.parent_state is root)

    assert seams.root_of(part) is root
    assert root.router.headers.raw_headers.get("authorization") == "a session"
    assert root.router.headers.user_agent == "a browser"
    assert (root.router.session.client_token, root.router.session.client_ip) == ("a tab", "192.0.2.1")


@canary("RegistrationContext")
def test_members_of_a_state():
    """The guards use these members of a state to hide, reset and recompute its vars."""
    root = new_tab()
    root.reset()
    root.dirty_vars.update(root.base_vars)
    root._mark_ancestors_dirty()
    root._clean()

    assert not root.dirty_vars
    assert "page_open" in Account.base_vars
    assert Account.get_fields()["page"].default_value() == ""
    assert not Account._is_client_storage("page")
    assert isinstance(Account.computed_vars, dict)
    assert fields(rx.state.StateUpdate) >= {"delta", "events"}


@canary("ComputedVar", "AsyncComputedVar", "set_initial_value", "types")
def test_computed_vars():
    """A computed var has these private members, and an initial value that can be replaced."""

    def count(self: Any) -> int:
        return 0

    async def wait(self: Any) -> int:
        return 0

    for kind, function in ((seams.ComputedVar, count), (seams.AsyncComputedVar, wait)):
        var = kind(function, cache=False)
        assert isinstance(var._initial_value, seams.types.Unset)
        seams.set_initial_value(var, 7)
        assert (var._initial_value, var._backend, var._var_type, var.fget) == (7, False, int, function)
        assert parameters(var._pending_delta_record) == ["instance", "value", "token"]
        assert callable(var.mark_dirty)
    assert [seams.types.get_default_value_for_type(kind) for kind in (str, int, list[int])] == ["", 0, []]


@canary("ComputedVar")
def test_record_of_a_sent_value():
    """Reflex keeps a digest of a sent list, and a text as it is: so a guarded var wraps its value into a list."""
    var = seams.ComputedVar(lambda self: "a secret", initial_value="", cache=False, return_type=str)

    assert "a secret" not in repr(var._pending_delta_record(SimpleNamespace(), ["a secret"], "a tab"))


# --- events -----------------------------------------------------------------------------------------------------------


@canary("OnLoadInternalState", "UpdateVarsInternalState")
def test_events_of_every_page():
    """These events are sent by every page, under these names."""
    known = seams.RegistrationContext.get().event_handlers
    root = rx.State.get_full_name()
    names = [f"{root}.{name}" for name in ("hydrate", "hydrate_and_load", "set_is_hydrated")]
    load = seams.OnLoadInternalState.get_full_name()
    names += [f"{load}.on_load_internal", f"{load}.set_is_hydrated"]
    names += [f"{seams.UpdateVarsInternalState.get_full_name()}.update_vars_internal"]

    assert set(names) <= known.keys()


@canary("Event")
def test_event():
    """An event has a name and a payload, and can be made from an event of `rx`."""
    [event] = seams.Event.from_event_type(Account.dismiss_trouble())

    assert event.name == f"{Account.get_full_name()}.dismiss_trouble"
    assert event.payload == {}


@canary("EventContext", "running_event", "EventIds")
def test_running_event():
    """The running event has an id, the id of the event that started it, and a queue."""

    async def enqueue(token: str, *events: Any) -> None:
        """Queue nothing."""

    context = seams.EventContext(token="a tab", state_manager=None, enqueue_impl=enqueue, txid="child", parent_txid="p")
    with context:
        assert seams.running_event() == seams.EventIds("child", "p")
    assert parameters(context.enqueue) == ["event"]


@canary("order", "ORDERS")
def test_order():
    """An order is the event of `rx.set_value`, under a name that Reflex makes from no id."""
    [event] = seams.Event.from_event_type(seams.order("restart", {"path": "/"}))
    [usual] = seams.Event.from_event_type(rx.set_value("authapp:restart", {"path": "/"}))

    assert event.payload == {"ref": "authapp:restart", "value": {"path": "/"}}
    assert event.name == usual.name == "_set_value"
    assert usual.payload["ref"] == "ref_authapp_restart"
    for id in ("restart", "authapp:restart", "ref_restart", ":", "ä:ö"):
        assert ":" not in (rx.el.p(id=id).get_ref() or "")
    [script] = (Path(__file__).parent.parent / "authapp" / "ui").rglob("orders.js")
    assert f'const PREFIX = "{seams.ORDERS}";' in script.read_text(encoding="utf-8")


@canary("order")
def test_order_in_the_page():
    """A page sets the `value` of the ref with the name of the order, and every id writes a ref."""
    state = re.sub(r"\s+", " ", source("state.js"))

    assert "event.payload.ref in refs ? refs[event.payload.ref]" in state
    assert 'if (event.name == "_set_value")' in state
    assert "ref.current.value = event.payload.value" in state
    assert 'refs["ref_restart"] = ref_restart' in str(rx.el.p(id="restart")._get_ref_hook())


@canary("order")
def test_scripts_of_reflex():
    """The browser code of authapp imports these names from Reflex's scripts, and reconnects by these two events."""
    state, registry = source("state.js"), source("context-registry.js")

    for name in ("refs", "getToken", "getBackendURL", "ReflexEvent"):
        assert f"export const {name} =" in state, name
    for name in ("app", "eventLoop"):
        assert f"export const {name} =" in registry, name
    assert 'window.addEventListener("pagehide", pagehideHandler)' in state
    assert 'document.addEventListener("visibilitychange", checkVisibility)' in state


# --- components -------------------------------------------------------------------------------------------------------


@canary("call_in_page")
def test_call_in_page():
    """A var can hold an expression of JavaScript, and brings the imports of its own and of its parts."""
    var = seams.call_in_page("$/public/texts.js", "say", "Hello, {name}", {"name": Account.name})
    data: Any = var._get_all_var_data()

    assert str(var).startswith('say("Hello, {name}", ')
    assert [one.tag for library, names in data.imports for one in names if library == "$/public/texts.js"] == ["say"]
    assert data.state == Account.get_full_name()


@canary("has_too_many_connection_errors")
def test_lost_connection():
    """A var says whether the page cannot reach the server."""
    assert "connectErrors" in str(seams.has_too_many_connection_errors)


@canary("forget_states")
def test_forgotten_states():
    """The registry has the states by name, their substates and events, and the declared pages."""
    of_product = seams.RegistrationContext.get().fork()
    token = seams.RegistrationContext._context_var.set(of_product)
    try:

        class Board(rx.State):
            @rx.event
            def write(self) -> None:
                """Write a note."""

        rx.page(route="/board")(rx.fragment)
        event = f"{Board.get_full_name()}.write"
        assert Board.get_full_name() in of_product.base_states
        assert Board in of_product.base_state_substates[rx.State.get_full_name()]
        assert event in of_product.event_handlers
        assert of_product.decorated_pages

        seams.forget_states([Board])

        assert Board.get_full_name() not in of_product.base_states
        assert Board not in of_product.base_state_substates[rx.State.get_full_name()]
        assert event not in of_product.event_handlers
        assert not of_product.decorated_pages
    finally:
        seams.RegistrationContext._context_var.reset(token)


# --- log --------------------------------------------------------------------------------------------------------------


@canary("FRAMEWORK_LOGGERS", "BUILD_LOGGERS", "SOCKET_LOGGERS", "SERVER_LOGGERS")
def test_loggers():
    """The loggers of Reflex and its servers have these names."""
    for name in seams.BUILD_LOGGERS:
        assert importlib.import_module(name).logger.name == name
        assert name.partition(".")[0] in seams.FRAMEWORK_LOGGERS
    for name in seams.SOCKET_LOGGERS:
        module = importlib.import_module(f"{name.partition('.')[0]}.base_server")
        assert module.default_logger is logging.getLogger(name)
        assert name.partition(".")[0] in seams.FRAMEWORK_LOGGERS
    assert set(seams.SERVER_LOGGERS) <= importlib.import_module("granian.log").LOGGING_CONFIG["loggers"].keys()
