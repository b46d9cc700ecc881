"""Components of `browser.jsx`, by name: everything that needs code in the browser."""

from typing import Any

import reflex as rx

from authapp.ui.browser.published import published

_LIBRARY = published(lambda name: rx.asset(name, shared=True), "browser.jsx")["browser.jsx"]


def _sent(data: rx.Var[dict[str, Any]]) -> list[rx.Var[dict[str, Any]]]:
    return [data]


class Form(rx.Component):
    """Form that submits once at a time, shows that it waits, and moves the focus to the refused field."""

    library = _LIBRARY
    tag = "Form"
    answers: rx.Var[int]
    challenge: rx.Var[bool]
    again: rx.Var[bool]
    deeds: rx.Var[int]
    on_send: rx.EventHandler[_sent]


class PasswordInput(rx.Component):
    """Password field with a show button; a `secret` one has no name, and is therefore never submitted."""

    library = _LIBRARY
    tag = "PasswordInput"
    id: rx.Var[str]
    name: rx.Var[str]
    auto_complete: rx.Var[str]
    least: rx.Var[int]
    secret: rx.Var[bool]


class TextInput(rx.Component):
    """Text field of one line or of `lines`. It follows the stored value and never overwrites typed text."""

    library = _LIBRARY
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


class CookieCheck(rx.Component):
    """Warning: its child, shown when the browser did not keep the cookie of a login on the previous page."""

    library = _LIBRARY
    tag = "CookieCheck"
    who: rx.Var[str]
    known: rx.Var[bool]


class Members(rx.Component):
    """Switch: the first child for signed-in users, the second for visitors. Shown content survives the session."""

    library = _LIBRARY
    tag = "Members"
    who: rx.Var[str]
    known: rx.Var[bool]


class SignedOut(rx.Component):
    """Login dialog in the page, for a session that ended, or for a visitor who used something for signed-in users.

    Its children, in this order: the texts for the two cases, the form, the content below the form for the two cases,
    and the label of the button with which a visitor closes the dialog.
    """

    library = _LIBRARY
    tag = "SignedOut"
    who: rx.Var[str]
    identifier: rx.Var[str]


class Guarded(rx.Component):
    """Page guard: the first child for users with access, the second for others. It redirects visitors to the login."""

    library = _LIBRARY
    tag = "Guarded"
    page: rx.Var[str]
    shown: rx.Var[str]
    is_open: rx.Var[bool]
    who: rx.Var[str]
    known: rx.Var[bool]
    login: rx.Var[str]


class Denied(rx.Component):
    """Dialog that says why an event was denied, and can send it again. Its children are the labels of its buttons."""

    library = _LIBRARY
    tag = "Denied"


class StepUp(rx.Component):
    """Dialog that asks for a new proof when the server requests it. It names the action below its first child."""

    library = _LIBRARY
    tag = "StepUp"
    line: rx.Var[str]
    hydrated: rx.Var[bool]
    on_open: rx.EventHandler[rx.event.no_args_event_spec]
    on_give_up: rx.EventHandler[rx.event.no_args_event_spec]


def _of_step(step: rx.Var[str]) -> list[rx.Var[str]]:
    return [step]


class CodeDialog(rx.Component):
    """Dialog that is open while the page waits for a code. It stores the key of the step and sends it with events."""

    library = _LIBRARY
    tag = "CodeDialog"
    name: rx.Var[str]
    label: rx.Var[str]
    field: rx.Var[str]
    who: rx.Var[str]
    known: rx.Var[bool]
    on_resume: rx.EventHandler[_of_step]
    on_give_up: rx.EventHandler[_of_step]


class CodeInput(rx.Component):
    """Field for a code, inside `CodeDialog`."""

    library = _LIBRARY
    tag = "CodeInput"
    id: rx.Var[str]


class SendAgain(rx.Component):
    """Button for another code, inside `CodeDialog`, with the time until it can be pressed."""

    library = _LIBRARY
    tag = "SendAgain"
    answers: rx.Var[int]
    sends: rx.Var[int]
    pause: rx.Var[int]
    on_press: rx.EventHandler[_of_step]


def _of_link(key: rx.Var[str]) -> list[rx.Var[str]]:
    return [key]


class LinkKey(rx.Component):
    """Wrapper of the action link page: takes the key out of the URL, stores it in the tab, and sends it with events."""

    library = _LIBRARY
    tag = "LinkKey"
    known: rx.Var[bool]
    who: rx.Var[str]
    outcome: rx.Var[str]
    on_look: rx.EventHandler[_of_link]


class LinkKeyField(rx.Component):
    """Hidden form field with the key of the link, inside `LinkKey`."""

    library = _LIBRARY
    tag = "LinkKeyField"


class ChangeTarget(rx.Component):
    """Button back to the field for the recipient of the code, inside `CodeDialog`."""

    library = _LIBRARY
    tag = "ChangeTarget"


class Tabs(rx.Component):
    """Tabs with one child for each; one of them is shown. The URL of the page says which."""

    library = _LIBRARY
    tag = "Tabs"
    names: rx.Var[list[str]]
    words: rx.Var[list[str]]


class LeadTo(rx.Component):
    """Helper that moves view and focus to an element when the user opened the page for it."""

    library = _LIBRARY
    tag = "LeadTo"
    when: rx.Var[bool]
    field: rx.Var[str]


class Action(rx.Component):
    """Button outside of forms that shows that it waits."""

    library = _LIBRARY
    tag = "Action"
    answers: rx.Var[int]
    on_press: rx.EventHandler[rx.event.no_args_event_spec]


class Time(rx.Component):
    """Time in the time zone and language of the reader."""

    library = _LIBRARY
    tag = "Time"
    at: rx.Var[str]


class Download(rx.Component):
    """Link to a file of the API."""

    library = _LIBRARY
    tag = "Download"
    path: rx.Var[str]


class MailSent(rx.Component):
    """Switch: the first child is a form for an address, the second says where the mail went and can lead back."""

    library = _LIBRARY
    tag = "MailSent"
    to: rx.Var[str]
    on_again: rx.EventHandler[rx.event.no_args_event_spec]


class SentTo(rx.Component):
    """Address that a mail went to, inside `MailSent`."""

    library = _LIBRARY
    tag = "SentTo"


class AnotherAddress(rx.Component):
    """Button back to the form, inside `MailSent`."""

    library = _LIBRARY
    tag = "AnotherAddress"


class Languages(rx.Component):
    """Language choice for visitors."""

    library = _LIBRARY
    tag = "Languages"
    offered: rx.Var[list[dict[str, str]]]


class LanguageForm(rx.Component):
    """Language choice for signed-in users; its child is the submit button."""

    library = _LIBRARY
    tag = "LanguageForm"
    offered: rx.Var[list[dict[str, str]]]
    chosen: rx.Var[str]


class Every(rx.Component):
    """Timer that sends an event at an interval while the page is visible."""

    library = _LIBRARY
    tag = "Every"
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


class Waiting(rx.Component):
    """Waiting login: shows the child of the current reason, and continues automatically when the wait ends."""

    library = _LIBRARY
    tag = "Waiting"
    reasons: rx.Var[list[str]]


class Notice(rx.Component):
    """Notice for errors that belong to no form."""

    library = _LIBRARY
    tag = "Notice"


class SkipLink(rx.Component):
    """Skip link past the header."""

    library = _LIBRARY
    tag = "SkipLink"


class LogOut(rx.Component):
    """Button that logs out with an HTTP request, so it works without a socket."""

    library = _LIBRARY
    tag = "LogOut"


class Face(rx.Component):
    """Avatar of a user in a circle, or the initials. Hidden from screen readers, because the name is beside it."""

    library = _LIBRARY
    tag = "Face"
    avatar: rx.Var[str]
    initials: rx.Var[str]
