"""The component of `avatar.jsx`: it brings the library that crops, which only the page with the picture needs."""

import reflex as rx

from authapp.ui.published import published


class AvatarForm(rx.Component):
    """Shows the picture, lets a person choose another one and the part of it that is kept, or remove it."""

    library = f"$/public/{published(lambda: rx.asset('avatar.jsx', shared=True))}"
    tag = "AvatarForm"
    lib_dependencies: list[str] = ["react-easy-crop@6.2.5"]
    avatar: rx.Var[str]
    initials: rx.Var[str]
    on_saved: rx.EventHandler[rx.event.no_args_event_spec]
