"""The country of a phone number, asked beside its field when the number was typed without its country code."""

from typing import Any

import reflex as rx

from authapp.states.country import CountryState
from authapp.ui.published import published

_LIBRARY = f"$/public/{published(lambda: rx.asset('country.jsx', shared=True))}"


def _typed(text: rx.Var[str], country: rx.Var[str], names: rx.Var[bool]) -> list[rx.Var[Any]]:
    return [text, country, names]


class Country(rx.Component):
    """A list of countries and the number as it is dialled, for the field with an id."""

    library = _LIBRARY
    tag = "Country"
    field: rx.Var[str]
    on_read: rx.EventHandler[_typed]


def country_of(field: str) -> rx.Component:
    """What belongs below the field with this id, which takes a number, or an address or a number."""
    return Country.create(field=field, on_read=CountryState.read)
