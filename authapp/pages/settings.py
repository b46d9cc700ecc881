"""The settings page."""

import reflex as rx

from authapp.config import settings
from authapp.pages.login import login_card
from authapp.states.account import Account
from authapp.states.settings import PasswordState, PersonalDataState
from authapp.ui.avatar import AvatarForm
from authapp.ui.form import button, field, form
from authapp.ui.layout import frame, members, section


def settings_page() -> rx.Component:
    """Everything a person sets alone."""
    return frame(
        members(
            rx.el.div(
                rx.el.h1("Settings", class_name="heading"),
                _picture(),
                _personal_data(),
                _password(),
                class_name="stack narrow",
            ),
            login_card(),
        )
    )


def _picture() -> rx.Component:
    return section(
        "Picture",
        AvatarForm.create(avatar=Account.avatar, initials=Account.initials, on_saved=Account.look_again),
    )


def _personal_data() -> rx.Component:
    return section(
        "Personal data",
        form(
            PersonalDataState,
            PersonalDataState.save,
            field(
                PersonalDataState,
                "First name",
                "first_name",
                auto_complete="given-name",
                initial=PersonalDataState.first_name,
            ),
            field(
                PersonalDataState,
                "Last name",
                "last_name",
                auto_complete="family-name",
                initial=PersonalDataState.last_name,
            ),
            button("Save", type="submit"),
            rx.el.p(rx.cond(PersonalDataState.saved, "Saved.", ""), role="status", class_name="good"),
        ),
    )


def _password() -> rx.Component:
    least = settings().password_min_length
    return section(
        "Password",
        rx.el.p(
            rx.cond(
                PasswordState.changed,
                "Your password is set. Every other session was signed out.",
                rx.cond(PasswordState.asked_for, "Set a password, so that you can log in next time.", ""),
            ),
            role="status",
            class_name=rx.cond(PasswordState.changed, "good", "text"),
        ),
        form(
            PasswordState,
            PasswordState.set_password,
            # Password managers need to know whose password it is.
            rx.el.input(
                type="text", name="username", auto_complete="username", value=Account.email, read_only=True, hidden=True
            ),
            field(
                PasswordState, "New password", "password", type="password", auto_complete="new-password", least=least
            ),
            field(PasswordState, "Confirm password", "confirmation", type="password", auto_complete="new-password"),
            button("Set password", type="submit"),
        ),
    )
