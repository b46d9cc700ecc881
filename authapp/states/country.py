"""Country of a phone number that was typed without its country code."""

import reflex as rx

from authapp.config import settings
from authapp.core.base import phone_numbers, typed_text
from authapp.guards.context import language_of
from authapp.installation.reflex_seams import order
from authapp.states.flow import Flow


class CountryState(Flow, rx.State):
    """State that parses a number while the user types. It stores nothing: the answer is a one-time event, not a var."""

    @rx.event
    async def read(self, text: str, country: str, with_names: bool):
        """Parse a number, in the country that the user chose or else in the country of the browser.

        Args:
            text: the content of the field.
            country: the chosen country (ISO 3166); empty without a choice.
            with_names: whether the page needs the names of the countries.
        """
        if not settings().phones or not typed_text.is_text(text) or len(text) > typed_text.LONGEST_TYPED:
            return None
        reading = phone_numbers.read_phone(text, self._caller(), country)
        names = phone_numbers.countries(language_of(self)) if with_names is True and reading.needs_country else ()
        return order(
            "phone_reading",
            {
                "text": text,
                "chosen": country,
                "number": reading.number,
                "dialled": phone_numbers.format_phone(reading.number),
                "country": reading.country,
                "needs_country": reading.needs_country,
                "names": [list(country_row) for country_row in names],
            },
        )
