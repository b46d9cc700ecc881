"""Language of a reader: chosen in the settings, kept for a visitor, or negotiated with the browser."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from authapp.extras import lazy
from authapp.i18n.catalogues import languages
from authapp.i18n.locales import ENGLISH

if TYPE_CHECKING:
    import babel
else:
    babel = lazy("babel")

GUESS = "~"
LONGEST = 200  # characters of an Accept-Language header
_WANTED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


def negotiated(chosen: str, visitors: str, accepted: str) -> str:
    """Choose the language of a reader.

    Args:
        chosen: the language in the settings of the user.
        visitors: the language in the cookie of a visitor who chose one.
        accepted: the Accept-Language header of the browser (RFC 9110, 12.5.4).
    """
    offered = languages()
    choice = next((code for code in (chosen, visitors) if code in offered), None)
    return choice or _negotiated(accepted[:LONGEST], tuple(offered))


@lru_cache(maxsize=1000)
def _negotiated(accepted: str, offered: tuple[str, ...]) -> str:
    preferences = []
    for part in accepted.split(","):
        if (match := _WANTED.fullmatch(part)) and (weight := float(match[2] or 1)):
            preferences.append((weight, match[1]))
    ranked = [language for _, language in sorted(preferences, key=lambda pair: -pair[0])]
    spellings = {code.lower(): code for code in offered}
    return spellings.get((babel.negotiate_locale(ranked, list(spellings), sep="-") or "").lower(), ENGLISH)


def guessed(language: str) -> str:
    """Return the stored value for a language that came from the browser. Only mails use it; pages ask the browser."""
    return GUESS + language


def in_which(kept: str) -> str:
    """Return the language for mails to a user, from the stored value; empty when none is stored."""
    return kept.removeprefix(GUESS)


def chosen(kept: str) -> str:
    """Return the language that a user chose in the settings, from the stored value; empty when the browser decides."""
    return "" if kept.startswith(GUESS) else kept
