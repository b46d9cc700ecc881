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
    """Password field with a button that shows the password; `show` is the name of that button.

    A `secret` field has no name, and is therefore never submitted.
    """

    library = _FILES["inputs.jsx"]
    tag = "PasswordInput"
    id: rx.Var[str]
    name: rx.Var[str]
    auto_complete: rx.Var[str]
    required: rx.Var[bool]
    secret: rx.Var[bool]
    show: rx.Var[str]


class NewPasswordInput(PasswordInput):
    """Field for a new password of `least` characters, with a meter; `own` are names and addresses of the user."""

    library = _FILES["new_password.jsx"]
    tag = "NewPasswordInput"
    least: rx.Var[int]
    own: rx.Var[list[str]]


class Username(rx.Component):
    """Hidden copy of a field, as the username of a new password for password managers; `field` is its id."""

    library = _FILES["inputs.jsx"]
    tag = "Username"
    field: rx.Var[str]


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
    required: rx.Var[bool]
    initial: rx.Var[str]


class Action(rx.Component):
    """Button outside of forms that shows that it waits; `about` is the id of the object in its accessible name."""

    library = _FILES["action.jsx"]
    tag = "Action"
    answers: rx.Var[int]
    about: rx.Var[str]
    on_press: rx.EventHandler[rx.event.no_args_event_spec]
