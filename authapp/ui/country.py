"""Country choice beside a phone field, shown when the number was typed without its country code."""

from typing import Any

import reflex as rx

from authapp.states.country import CountryState
from authapp.ui import browser  # noqa: F401  # its shared file is what ours imports from
from authapp.ui.published import published

_LIBRARY = f"$/public/{published(lambda: rx.asset('country.jsx', shared=True))}"


def _typed(text: rx.Var[str], country: rx.Var[str], names: rx.Var[bool]) -> list[rx.Var[Any]]:
    return [text, country, names]


class Country(rx.Component):
    """List of countries, and the number in dialling format, for the field with an id."""

    library = _LIBRARY
    tag = "Country"
    field: rx.Var[str]
    on_read: rx.EventHandler[_typed]


def country_of(field: str) -> rx.Component:
    """Return the country choice for below a field that takes a phone number, or an email address or a number."""
    return Country.create(field=field, on_read=CountryState.read)
