"""Names of people: one normal form, and the letter that stands for a picture."""

import unicodedata

from authapp.core.base import typed_text
from authapp.core.base.errors import BadInput
from authapp.i18n.texts import t

LONGEST_NAME = 80
# Bidirectional controls: they reorder text so that one name can look like another (Unicode Technical Report 36, 2.4).
TURNS_TEXT = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Characters that Unicode classifies as letters or symbols but that look blank: Hangul fillers, the empty Braille cell.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"


def name(text: object, field: str) -> str:
    """Return a first or last name with whitespace collapsed and bidirectional controls removed. Any script is allowed.

    Joiners stay: Persian, Hindi and family emoji need them. An empty name is returned as it is.

    Raises:
        BadInput: not text, longer than 80 characters, with control characters, or without any visible character.
    """
    if not typed_text.is_text(text):
        raise BadInput(t("Enter a name."), field=field)
    text = text.translate(TURNS_TEXT)
    clean = " ".join("".join(" " if character.isspace() else character for character in text).split())
    if len(clean) > LONGEST_NAME:
        raise BadInput(t("Use at most {longest} characters.", longest=LONGEST_NAME), field=field)
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in clean):
        raise BadInput(t("Use letters only, without control characters."), field=field)
    if clean and not any(_is_visible(character) for character in clean):
        raise BadInput(t("Use visible letters."), field=field)
    return clean


def _is_visible(character: str) -> bool:
    """Return whether a character is visible by itself: not blank, not a format character, not a combining mark."""
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category != "Cf" and character not in BLANK


def initial(name: str) -> str:
    """Return the first letter of a name as a reader sees it, in upper case: with its accents, or a whole emoji."""
    text = unicodedata.normalize("NFC", name)
    start = next(
        (
            index
            for index, character in enumerate(text)
            if character.isalnum() or unicodedata.category(character) == "So"
        ),
        0,
    )
    end = start + 1
    while end < len(text) and _belongs_to(text[start:end], text[end]):
        end += 1
    letter = text[start:end]
    upper = letter.title()  # title case, not upper case: some scripts use capitals in headlines only
    return upper if len(upper) == len(letter) else letter


def _belongs_to(letter: str, character: str) -> bool:
    """Return whether a character continues what a reader sees as one letter (after Unicode Annex 29)."""
    is_flag = all("\U0001f1e6" <= part <= "\U0001f1ff" for part in letter + character) and len(letter) == 1
    is_joined = letter[-1] == "\u200d" or character == "\u200d" or "\U0001f3fb" <= character <= "\U0001f3ff"
    return (
        is_flag
        or is_joined
        or unicodedata.category(character).startswith("M")
        or "\U000e0020" <= character <= "\U000e007f"
    )
