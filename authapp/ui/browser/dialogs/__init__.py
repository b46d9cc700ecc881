"""Guarded content, and the dialogs that the server opens: login, step-up and refusal."""

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


class Guarded(rx.Component):
    """Page guard: the first child for users with access, the second for others. It redirects visitors to the login."""

    library = _FILES["guarded.jsx"]
    tag = "Guarded"
    page: rx.Var[str]
    shown: rx.Var[str]
    is_open: rx.Var[bool]
    who: rx.Var[str]
    known: rx.Var[bool]
    login: rx.Var[str]


class Members(rx.Component):
    """Switch: the first child for signed-in users, the second for visitors. Shown content survives the session."""

    library = _FILES["guarded.jsx"]
    tag = "Members"
    who: rx.Var[str]
    known: rx.Var[bool]


class SignedOut(rx.Component):
    """Login dialog in the page, for a session that ended, or for a visitor who used something for signed-in users.

    Its children, in this order: the texts for the two cases, the form, the content below the form for the two cases,
    and the label of the button with which a visitor closes the dialog.
    """

    library = _FILES["signed_out.jsx"]
    tag = "SignedOut"
    who: rx.Var[str]
    identifier: rx.Var[str]


class StepUp(rx.Component):
    """Dialog that asks for a new proof when the server requests it. It names the action below its first child."""

    library = _FILES["step_up.jsx"]
    tag = "StepUp"
    line: rx.Var[str]
    hydrated: rx.Var[bool]
    on_open: rx.EventHandler[rx.event.no_args_event_spec]
    on_give_up: rx.EventHandler[rx.event.no_args_event_spec]


class Denied(rx.Component):
    """Dialog that says why an event was denied, and can send it again. Its children are the labels of its buttons."""

    library = _FILES["denied.jsx"]
    tag = "Denied"
