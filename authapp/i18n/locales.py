"""Languages as Babel knows them: locale, and direction of writing."""

from babel import Locale, UnknownLocaleError

ENGLISH = "en"


def locale(language: str) -> Locale:
    """Return Babel's locale of a language, or of English when Babel does not know the language."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(ENGLISH)


def direction(language: str) -> str:
    """Return the text direction of a language: `ltr` or `rtl`."""
    return str(locale(language).text_direction)
