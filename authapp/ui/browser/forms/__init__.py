"""Forms, their fields, and buttons without a form."""

from typing import Any

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


def _form_data(data: rx.Var[dict[str, Any]]) -> list[rx.Var[dict[str, Any]]]:
    return [data]


class Form(rx.Component):
    """Form that submits once at a time, shows that it waits, and moves the focus to the refused field.

    A form that is not `ready` waits for the stored values of its fields: it would erase them.
    """

    library = _FILES["form.jsx"]
    tag = "Form"
    answers: rx.Var[int]
    challenge: rx.Var[bool]
    again: rx.Var[bool]
    deeds: rx.Var[int]
    ready: rx.Var[bool]
    proves: rx.Var[bool]
    on_send: rx.EventHandler[_form_data]


class PasswordInput(rx.Component):
    """Password field with a show button; a `secret` one has no name, and is therefore never submitted."""

    library = _FILES["inputs.jsx"]
    tag = "PasswordInput"
    id: rx.Var[str]
    name: rx.Var[str]
    auto_complete: rx.Var[str]
    least: rx.Var[int]
    secret: rx.Var[bool]


class TextInput(rx.Component):
    """Text field of one line or of `lines`. It follows the stored value and never overwrites typed text."""

    library = _FILES["inputs.jsx"]
    tag = "TextInput"
    id: rx.Var[str]
    name: rx.Var[str]
    type: rx.Var[str]
    lines: rx.Var[int]
    auto_complete: rx.Var[str]
    auto_capitalize: rx.Var[str]
    spell_check: rx.Var[bool]
    read_only: rx.Var[bool]
    initial: rx.Var[str]


class Action(rx.Component):
    """Button outside of forms that shows that it waits."""

    library = _FILES["action.jsx"]
    tag = "Action"
    answers: rx.Var[int]
    on_press: rx.EventHandler[rx.event.no_args_event_spec]
