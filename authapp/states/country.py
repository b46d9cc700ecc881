"""The country of a phone number that was typed without its country code."""

import reflex as rx

from authapp.config import settings
from authapp.core import identifiers
from authapp.states.account import language_of
from authapp.states.flow import Flow


class CountryState(Flow, rx.State):
    """Reads a number while it is typed. Nothing of it is kept: the answer is an order to the page, and no var."""

    @rx.event
    async def read(self, text: str, country: str, with_names: bool):
        """Say how a number is read, in the country that was chosen beside it or else in that of the browser.

        Args:
            text: as it is in the field.
            country: that was chosen (ISO 3166); empty when none was.
            with_names: whether the page needs the names of the countries.
        """
        if not settings().phones or not identifiers.is_text(text) or len(text) > identifiers.LONGEST_TYPED:
            return None
        found = identifiers.read_phone(text, self._client(), country)
        names = identifiers.countries(language_of(self)) if with_names is True and found.needs_country else ()
        return rx.set_value(
            "phone_reading",
            {
                "text": text,
                "chosen": country,
                "number": found.number,
                "dialled": identifiers.dialled(found.number),
                "country": found.country,
                "needs_country": found.needs_country,
                "names": [list(one) for one in names],
            },
        )
