"""The avatar of a user, and the form that changes it."""

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


class Face(rx.Component):
    """Avatar of a user in a circle, or the initials. Hidden from screen readers, because the name is beside it."""

    library = _FILES["face.jsx"]
    tag = "Face"
    avatar: rx.Var[str]
    initials: rx.Var[str]


class AvatarForm(rx.Component):
    """Form that shows the avatar, and lets the user choose and crop another one, or remove it."""

    library = _FILES["avatar_form.jsx"]
    tag = "AvatarForm"
    lib_dependencies: list[str] = ["react-easy-crop@6.2.5"]  # only pages with this form load it
    avatar: rx.Var[str]
    initials: rx.Var[str]
    on_saved: rx.EventHandler[rx.event.no_args_event_spec]
