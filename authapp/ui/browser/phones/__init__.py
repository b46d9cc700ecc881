"""Country choice for a phone number that was typed without its country code."""

from typing import Any

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


def _number_input(text: rx.Var[str], country: rx.Var[str], names: rx.Var[bool]) -> list[rx.Var[Any]]:
    return [text, country, names]


class Country(rx.Component):
    """List of countries, and the number in dialling format, for the field with an id."""

    library = _FILES["country.jsx"]
    tag = "Country"
    field: rx.Var[str]
    on_read: rx.EventHandler[_number_input]
