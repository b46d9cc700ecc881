"""Context of the running event: its user, what they may not see, and the headers that the ASGI guard wrote."""

from contextvars import ContextVar

import reflex as rx

from authapp.core.base.errors import Refusal
from authapp.core.sessions.sessions import Principal, SessionRef
from authapp.i18n.locales import ENGLISH
from authapp.installation.reflex_seams import Event

# Headers of the handshake. The ASGI guard writes them, and replaces any value from the client.
LANGUAGE_HEADER = "x-authapp-language"
LINE_HEADER = "x-authapp-line"  # reference to the browser's device cookie (`devices.on_line`)
WAITING_HEADER = "x-authapp-waiting"  # which login waits in this browser. It grants nothing

# The principal of the user: set before an event runs, and before each delta of a state is sent.
asking: ContextVar[Principal | None] = ContextVar("authapp_asking", default=None)
closed: ContextVar[frozenset[str]] = ContextVar("authapp_closed", default=frozenset())  # states hidden from the user
shut: ContextVar[bool] = ContextVar("authapp_shut", default=False)  # whether the page is denied to the user
# The running event, whether its page sends it again after a step-up, and the refusal that ended it.
running: ContextVar[Event | None] = ContextVar("authapp_running", default=None)
goes_on: ContextVar[bool] = ContextVar("authapp_goes_on", default=False)
ended_by: ContextVar[Refusal | None] = ContextVar("authapp_ended_by", default=None)


def session_of(state: rx.State) -> SessionRef | None:
    """Return the session of a state, with the key of its socket."""
    return SessionRef.parse(_header(state, "authorization"))


def language_of(state: rx.State) -> str:
    """Return the language of a tab."""
    return _header(state, LANGUAGE_HEADER) or ENGLISH


def line_of(state: rx.State) -> str:
    """Return the reference to the device cookie of the browser of a tab."""
    return _header(state, LINE_HEADER)


def waiting_of(state: rx.State) -> str:
    """Return the waiting login of the browser of a tab."""
    return _header(state, WAITING_HEADER)


def _header(state: rx.State, name: str) -> str:
    return str(state.router.headers.raw_headers.get(name) or "")
