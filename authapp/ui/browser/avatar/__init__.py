"""Component of `avatar_form.jsx`. It brings the crop library, which only the page with the picture needs."""

import reflex as rx

from authapp.ui.browser.published import published


class AvatarForm(rx.Component):
    """Form that shows the avatar, and lets the user choose and crop another one, or remove it."""

    library = published(lambda name: rx.asset(name, shared=True), "avatar_form.jsx")["avatar_form.jsx"]
    tag = "AvatarForm"
    lib_dependencies: list[str] = ["react-easy-crop@6.2.5"]
    avatar: rx.Var[str]
    initials: rx.Var[str]
    on_saved: rx.EventHandler[rx.event.no_args_event_spec]
