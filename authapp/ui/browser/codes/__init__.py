"""The dialog that waits for a code, and the parts of its form."""

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


def _of_step(step: rx.Var[str]) -> list[rx.Var[str]]:
    return [step]


class CodeDialog(rx.Component):
    """Dialog that is open while the page waits for a code. It stores the key of the step and sends it with events."""

    library = _FILES["code_dialog.jsx"]
    tag = "CodeDialog"
    name: rx.Var[str]
    label: rx.Var[str]
    field: rx.Var[str]
    who: rx.Var[str]
    known: rx.Var[bool]
    sends: rx.Var[int]
    undelivered: rx.Var[bool]
    on_look: rx.EventHandler[_of_step]
    on_resume: rx.EventHandler[_of_step]
    on_give_up: rx.EventHandler[_of_step]


class ChangeTarget(rx.Component):
    """Button back to the field for the recipient of the code, or to another field, inside `CodeDialog`."""

    library = _FILES["code_dialog.jsx"]
    tag = "ChangeTarget"
    to: rx.Var[str]


class CodeInput(rx.Component):
    """Field for a code, inside `CodeDialog`."""

    library = _FILES["code_input.jsx"]
    tag = "CodeInput"
    id: rx.Var[str]


class SendAgain(rx.Component):
    """Button for another code, inside `CodeDialog`, with the time until it can be pressed."""

    library = _FILES["code_input.jsx"]
    tag = "SendAgain"
    answers: rx.Var[int]
    sends: rx.Var[int]
    pause: rx.Var[int]
    on_press: rx.EventHandler[_of_step]
