"""Languages as Babel knows them: locale, and direction of writing."""

from typing import TYPE_CHECKING

from authapp.extras import lazy

if TYPE_CHECKING:
    import babel
else:
    babel = lazy("babel")


ENGLISH = "en"


def locale(language: str) -> "babel.Locale":
    """Return Babel's locale of a language, or of English when Babel does not know the language."""
    try:
        return babel.Locale.parse(language, sep="-")
    except (babel.UnknownLocaleError, ValueError):
        return babel.Locale.parse(ENGLISH)


def direction(language: str) -> str:
    """Return the text direction of a language: `ltr` or `rtl`."""
    return str(locale(language).text_direction)
