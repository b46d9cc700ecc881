"""What pages say: texts that the browser turns into the language of who reads them."""

from typing import Any

from authapp import texts


def say(plain: str, **given: Any) -> Any:
    """A text of a page. Its English words must be written out where this is called, so that catalogues have it.

    Args:
        plain: English, with places like `{minutes}`.
        given: what fills them; values or vars.
    """
    return str(texts.say(plain, **given))
