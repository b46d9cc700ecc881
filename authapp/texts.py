"""What people read, in their language: every text is said in English, and turned into the language of who reads it."""

from typing import Any

ENGLISH = "en"


class Text(str):
    """An English text that knows how it was made, so that it can be said in another language later."""

    plain: str  # as catalogues have it, with its places for what is given
    given: dict[str, Any]

    def __new__(cls, plain: str, **given: Any) -> "Text":
        """Fill in what is given; texts among it are turned into a language with it."""
        made = super().__new__(cls, plain.format(**given) if given else plain)
        made.plain, made.given = plain, given
        return made


def say(plain: str, **given: Any) -> Text:
    """A text for people. Catalogues find it by its English words, which must be written out where this is called.

    Args:
        plain: English, with places like `{minutes}`.
        given: what fills them.
    """
    return Text(plain, **given)


def into(words: str, language: str) -> str:
    """A text in a language; as it is where the catalogue of that language lacks it."""
    return words
