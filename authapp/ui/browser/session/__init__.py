"""Components about the session of the page: log out, the check of its cookie, and a login that waits."""

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


class CookieCheck(rx.Component):
    """Warning: its child, shown when the browser did not keep the cookie of a login on the previous page."""

    library = _FILES["session.jsx"]
    tag = "CookieCheck"
    who: rx.Var[str]
    known: rx.Var[bool]


class LogOut(rx.Component):
    """Button that logs out with an HTTP request, so it works without a socket."""

    library = _FILES["session.jsx"]
    tag = "LogOut"


class Waiting(rx.Component):
    """Waiting login: shows the child of the current reason, and continues automatically when the wait ends."""

    library = _FILES["waiting.jsx"]
    tag = "Waiting"
    reasons: rx.Var[list[str]]
