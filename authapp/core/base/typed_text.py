"""Typed or pasted text: what the database can store, and the invisible and full-width characters that come along."""

import unicodedata
from typing import TypeGuard

LONGEST_TYPED = 1000  # characters of pasted text: an email address may come with a name
_WIDE = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20, 0xFE6B: 0x40}  # full-width ASCII, small @
# Hyphens and dashes, the minus sign, and the long marks that a Japanese keyboard types instead.
DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0x30FC, 0xFF70, 0x301C], "-")
_VARIATION_SELECTORS = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
# No email address and no phone number ends in these.
AFTER = ".,;:!?)]}>\"'\u201d\u2019\u00bb\u203a\u300d\u300f\u3001\u3002\u2026"
BEFORE = '([<"\u201c\u2018\u00ab\u2039\u201e\u201a\u300c\u300e'


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is text that the database can store: no null character and no lone surrogate."""
    return (
        isinstance(value, str)
        and "\x00" not in value
        and not any("\ud800" <= character <= "\udfff" for character in value)
    )


def plain(text: str) -> str:
    """Return a text without invisible characters, with full-width characters replaced by ASCII."""
    visible = (
        character
        for character in text
        if unicodedata.category(character) != "Cf" and ord(character) not in _VARIATION_SELECTORS
    )
    return "".join(visible).translate(_WIDE).strip()
