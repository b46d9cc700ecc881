"""Phone parts of pages, when phones are enabled: the field, the tab beside the email tab, the popup."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow
from authapp.ui.browser import Tabs
from authapp.ui.code_popup import code_popup
from authapp.ui.form import field
from authapp.ui.texts import t


def phone_field(state: type[Flow], label: Any = None, name: str = "phone") -> rx.Component:
    """Return the field for a phone number, with a hint about the format.

    Its id is not `phone`: that is the fragment of the tab, and the browser would start at the field.
    """
    hint = t("Include the country code if it is not a local number: +1 650 253 0000.")
    label = t("Phone number") if label is None else label
    return field(state, label, name, id=phone_id(name), type="tel", auto_complete="tel", hint=hint)


def phone_id(name: str = "phone") -> str:
    """Return the id of the field for a phone number."""
    return f"{name}-number"


def two_ways(by_email: rx.Component, by_phone: rx.Component) -> rx.Component:
    """Return tabs with the form for an email address and the form for a phone number."""
    if not settings().phones:
        return by_email
    return Tabs.create(by_email, by_phone, names=["email", "phone"], words=[t("With email"), t("With phone")])


def popup(state: type[CodePopup], name: str = "phone", other: str = "email-address") -> rx.Component:
    """Return the popup that asks for a texted code, with another way: an email address.

    Args:
        state: the flow that waits for the code.
        name: the name of the field for the number.
        other: the id of the field for an email address.
    """
    return code_popup(state, field_id=phone_id(name), other_field=other) if settings().phones else rx.fragment()
