"""The components of `browser.jsx`, by name: what only the browser can do."""

from typing import Any

import reflex as rx

from authapp.ui.published import published

published(lambda: rx.asset("common.jsx", shared=True))  # in the build, where it is imported from
published(lambda: rx.asset("client.js", shared=True))
published(lambda: rx.asset("again.js", shared=True))
_LIBRARY = f"$/public/{published(lambda: rx.asset('browser.jsx', shared=True))}"


def _sent(data: rx.Var[dict[str, Any]]) -> list[rx.Var[dict[str, Any]]]:
    return [data]


class Form(rx.Component):
    """A form that is sent once at a time, shows its wait, and moves the focus to what was refused."""

    library = _LIBRARY
    tag = "Form"
    answers: rx.Var[int]
    challenge: rx.Var[bool]
    again: rx.Var[bool]
    deeds: rx.Var[int]
    on_send: rx.EventHandler[_sent]


class PasswordInput(rx.Component):
    """A password field with a show button; `secret` ones have no name and so are never submitted."""

    library = _LIBRARY
    tag = "PasswordInput"
    id: rx.Var[str]
    name: rx.Var[str]
    auto_complete: rx.Var[str]
    least: rx.Var[int]
    secret: rx.Var[bool]


class TextInput(rx.Component):
    """A text field, of one line or of `lines`, that follows what is kept and never overwrites what somebody typed."""

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
    """Its child where somebody logged in on the page before, and is nobody on this one."""

    library = _LIBRARY
    tag = "CookieCheck"
    who: rx.Var[str]
    known: rx.Var[bool]


class Members(rx.Component):
    """Its first child for members, its second for visitors; what a member saw is kept when the session ends."""

    library = _LIBRARY
    tag = "Members"
    who: rx.Var[str]
    known: rx.Var[bool]


class SignedOut(rx.Component):
    """A dialog to log in without leaving the page: its session ended, or a visitor asked for what is for members.

    Its children: the words for the one and for the other, the form, what follows it for the one and for the other, and
    the words of the button with which a visitor closes it.
    """

    library = _LIBRARY
    tag = "SignedOut"
    who: rx.Var[str]
    identifier: rx.Var[str]


class Guarded(rx.Component):
    """Its first child for those who may see the page, its second for members who may not; visitors go to log in."""

    library = _LIBRARY
    tag = "Guarded"
    page: rx.Var[str]
    shown: rx.Var[str]
    is_open: rx.Var[bool]
    who: rx.Var[str]
    known: rx.Var[bool]
    login: rx.Var[str]


class Denied(rx.Component):
    """A dialog that says why an event was denied, and sends it again; its children are the words of its buttons."""

    library = _LIBRARY
    tag = "Denied"


class StepUp(rx.Component):
    """A dialog that asks for a new proof when the server says so, and names the action below its first child."""

    library = _LIBRARY
    tag = "StepUp"
    line: rx.Var[str]
    hydrated: rx.Var[bool]
    on_open: rx.EventHandler[rx.event.no_args_event_spec]
    on_give_up: rx.EventHandler[rx.event.no_args_event_spec]


def _of_step(step: rx.Var[str]) -> list[rx.Var[str]]:
    return [step]


class CodeDialog(rx.Component):
    """A dialog that is open while the page waits for a code; it keeps the key of the step, and hands it on."""

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
    """The field for a code, inside `CodeDialog`."""

    library = _LIBRARY
    tag = "CodeInput"
    id: rx.Var[str]


class SendAgain(rx.Component):
    """The button for another code, inside `CodeDialog`, with the time until it can be pressed."""

    library = _LIBRARY
    tag = "SendAgain"
    answers: rx.Var[int]
    sends: rx.Var[int]
    pause: rx.Var[int]
    on_press: rx.EventHandler[_of_step]


def _of_link(key: rx.Var[str]) -> list[rx.Var[str]]:
    return [key]


class LinkKey(rx.Component):
    """Around the page of a mailed link: takes the key out of the address, keeps it in the tab, and hands it on."""

    library = _LIBRARY
    tag = "LinkKey"
    known: rx.Var[bool]
    who: rx.Var[str]
    outcome: rx.Var[str]
    on_look: rx.EventHandler[_of_link]


class LinkKeyField(rx.Component):
    """The key of the link as a hidden field of a form, inside `LinkKey`."""

    library = _LIBRARY
    tag = "LinkKeyField"


class ChangeTarget(rx.Component):
    """The way back to the question where to send a code, inside `CodeDialog`."""

    library = _LIBRARY
    tag = "ChangeTarget"


class Tabs(rx.Component):
    """Several ways to the same end: one child for each, of which one is shown; the address of the page says which."""

    library = _LIBRARY
    tag = "Tabs"
    names: rx.Var[list[str]]
    words: rx.Var[list[str]]


class LeadTo(rx.Component):
    """Moves view and focus to a field, or to words, when somebody came for them."""

    library = _LIBRARY
    tag = "LeadTo"
    when: rx.Var[bool]
    field: rx.Var[str]


class Action(rx.Component):
    """A button outside of forms that shows its wait."""

    library = _LIBRARY
    tag = "Action"
    answers: rx.Var[int]
    on_press: rx.EventHandler[rx.event.no_args_event_spec]


class Time(rx.Component):
    """A moment, as its reader's clock and language say it."""

    library = _LIBRARY
    tag = "Time"
    at: rx.Var[str]


class Download(rx.Component):
    """A link to a file of the API."""

    library = _LIBRARY
    tag = "Download"
    path: rx.Var[str]


class MailSent(rx.Component):
    """Its first child asks for an address, its second says where the mail went, until another address is asked for."""

    library = _LIBRARY
    tag = "MailSent"
    to: rx.Var[str]
    on_again: rx.EventHandler[rx.event.no_args_event_spec]


class SentTo(rx.Component):
    """The address a mail went to, inside `MailSent`."""

    library = _LIBRARY
    tag = "SentTo"


class AnotherAddress(rx.Component):
    """The way back to the question, inside `MailSent`."""

    library = _LIBRARY
    tag = "AnotherAddress"


class Languages(rx.Component):
    """The languages, for a visitor to choose one."""

    library = _LIBRARY
    tag = "Languages"
    offered: rx.Var[list[dict[str, str]]]


class LanguageForm(rx.Component):
    """The languages, for a member to choose one; around the button that does it."""

    library = _LIBRARY
    tag = "LanguageForm"
    offered: rx.Var[list[dict[str, str]]]
    chosen: rx.Var[str]


class Every(rx.Component):
    """Calls an event every so many seconds while the page is looked at."""

    library = _LIBRARY
    tag = "Every"
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


class Waiting(rx.Component):
    """A login that waits: one child for each reason, and it moves on by itself when the wait ends."""

    library = _LIBRARY
    tag = "Waiting"
    reasons: rx.Var[list[str]]


class Notice(rx.Component):
    """Says what went wrong where no form waits for it."""

    library = _LIBRARY
    tag = "Notice"


class SkipLink(rx.Component):
    """Leads past the header."""

    library = _LIBRARY
    tag = "SkipLink"


class LogOut(rx.Component):
    """Logs out by a request, with or without a socket."""

    library = _LIBRARY
    tag = "LogOut"


class Face(rx.Component):
    """A person's picture in a circle, or the initials; silent, for it stands beside the name."""

    library = _LIBRARY
    tag = "Face"
    avatar: rx.Var[str]
    initials: rx.Var[str]
