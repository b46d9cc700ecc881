"""Small components: parts of the frame, tabs, times, language choice."""

import reflex as rx
from pydantic import AwareDatetime

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


class Notice(rx.Component):
    """Notice for errors that belong to no form."""

    library = _FILES["frame.jsx"]
    tag = "Notice"


class SkipLink(rx.Component):
    """Skip link past the header."""

    library = _FILES["frame.jsx"]
    tag = "SkipLink"


class NavLink(rx.Component):
    """Link in the header. On its own page it is marked as the current one."""

    library = _FILES["frame.jsx"]
    tag = "NavLink"
    href: rx.Var[str]


class RouteFocus(rx.Component):
    """Helper that moves the focus to the heading after a change of the page, or of the content that had the focus."""

    library = _FILES["route_focus.jsx"]
    tag = "RouteFocus"


class Languages(rx.Component):
    """Language choice for visitors."""

    library = _FILES["languages.jsx"]
    tag = "Languages"
    offered: rx.Var[list[dict[str, str]]]


class LanguageForm(rx.Component):
    """Language choice for signed-in users; its child is the submit button."""

    library = _FILES["language_form.jsx"]
    tag = "LanguageForm"
    offered: rx.Var[list[dict[str, str]]]
    chosen: rx.Var[str]


class Tabs(rx.Component):
    """Tabs with one child for each; one of them is shown. The URL of the page says which."""

    library = _FILES["tabs.jsx"]
    tag = "Tabs"
    names: rx.Var[list[str]]
    words: rx.Var[list[str]]


class Time(rx.Component):
    """Time in the time zone and language of the reader."""

    library = _FILES["parts.jsx"]
    tag = "Time"
    at: rx.Var[str | AwareDatetime]


class Every(rx.Component):
    """Timer that sends an event at an interval while the page is visible."""

    library = _FILES["parts.jsx"]
    tag = "Every"
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


class LeadTo(rx.Component):
    """Helper that moves view and focus to an element when the user opened the page for it."""

    library = _FILES["parts.jsx"]
    tag = "LeadTo"
    when: rx.Var[bool]
    field: rx.Var[str]


class Download(rx.Component):
    """Link to a file of the API."""

    library = _FILES["parts.jsx"]
    tag = "Download"
    path: rx.Var[str]
