"""Search words of users: parts of their names, email addresses and phone numbers, updated with every change."""

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import col, select

from authapp.core import Db, execute
from authapp.extras import lazy
from authapp.models import Email, Phone, SearchWord, User

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")

LONGEST = 80  # characters stored of a word
LONGEST_SEARCH = 200
MOST = 6  # words per search
AT_ONCE = 500
END = "\U0010ffff"  # sorts after every word with the same beginning
# Letters without an accent to remove that are found by a plain spelling all the same.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_ASCII = re.compile("[a-z0-9]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼʻ´`＇"))
_AS_DIALLED = re.compile(r"[+\d\s()./-]*\d[\d\s()./-]*")


def of(first_name: str, last_name: str, addresses: Iterable[str], numbers: Iterable[str]) -> set[str]:
    """Return every word that a user is found by.

    After a part of a name or address follow the parts after it, so that results are sorted.
    """
    words: set[str] = set()
    for text in _joined(f"{first_name} {last_name}"):
        words |= set(_turned(_parts(text)))
    for address in addresses:
        for text in _joined(address):
            parts = _parts(text)
            words |= {" ".join(parts[start:]) for start in range(len(parts) - 1)}  # no user is found by `com`
    for number in numbers:
        words |= _spellings(number)
    return {word[:LONGEST] for word in words if word}


def asked(text: object) -> list[str]:
    """Return the words of a search; each is the beginning of a stored word. Empty if nothing can be found."""
    if not isinstance(text, str):
        return []
    clean = "".join(
        character
        for character in text[:LONGEST_SEARCH]
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    if _AS_DIALLED.fullmatch(clean.strip()):
        digits = "".join(str(unicodedata.decimal(character)) for character in clean if character.isdecimal())
        return [(digits.removeprefix("00") or digits)[:LONGEST]]
    words = (" ".join(_parts(piece)) for piece in clean.split())  # `o'brien` and `example.com` stay together
    return [word[:LONGEST] for word in dict.fromkeys(words) if word][:MOST]


def keep(db: Db, user_ids: Iterable[UUID]) -> None:
    """Update the stored words of users. A concurrent change of the same user waits.

    Every transaction that changes a name, an email address or a number calls this.
    """
    ids = sorted(set(user_ids))
    for start in range(0, len(ids), AT_ONCE):
        _keep(db, ids[start : start + AT_ONCE])


def folded(text: str) -> str:
    """Return a text without case and accents, for comparison."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in decomposed if unicodedata.category(character) != "Mn").translate(_PLAIN)


def _keep(db: Db, ids: list[UUID]) -> None:
    db.flush()
    query = select(User.id, User.first_name, User.last_name).where(col(User.id).in_(ids)).order_by(col(User.id))
    names = {id: (first, last) for id, first, last in db.exec(query.with_for_update(key_share=True)).all()}
    addresses: dict[UUID, list[str]] = {id: [] for id in names}
    numbers: dict[UUID, list[str]] = {id: [] for id in names}
    for id, address in db.exec(select(Email.user_id, Email.address).where(col(Email.user_id).in_(ids))).all():
        addresses[id].append(address)
    for id, number in db.exec(select(Phone.user_id, Phone.number).where(col(Phone.user_id).in_(ids))).all():
        numbers[id].append(number)
    expected = {(word, id) for id, name in names.items() for word in of(*name, addresses[id], numbers[id])}
    stored = set(db.exec(select(SearchWord.word, SearchWord.user_id).where(col(SearchWord.user_id).in_(ids))).all())
    for word, id in sorted(stored - expected):
        execute(db, delete(SearchWord).where(col(SearchWord.word) == word, col(SearchWord.user_id) == id))
    if missing := sorted(expected - stored):
        db.connection().execute(insert(SearchWord), [{"word": word, "user_id": id} for word, id in missing])


def _parts(text: str) -> list[str]:
    """Split a text into words. Every character that is not a letter, mark, digit or pictograph separates them."""
    if text.isascii():  # same result, many times as fast
        return _ASCII.findall(text.lower())
    return "".join(character if _counts(character) else " " for character in folded(text)).split()


def _counts(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LNM" or category == "So"


def _joined(text: str) -> set[str]:
    """Return a text as it is and without apostrophes: `D'Arcy` is found by `d'arcy`, `darcy` and `arcy`."""
    return {text, text.translate(_APOSTROPHES)}


def _turned(parts: list[str]) -> list[str]:
    """Return the rotations of the parts: `anna maria schmidt`, `maria schmidt anna`, `schmidt anna maria`."""
    return [" ".join(parts[start:] + parts[:start])[:LONGEST] for start in range(len(parts))]


def _spellings(number: str) -> set[str]:
    """Return a number's digits as dialled from abroad, and at home with and without the national prefix."""
    parsed = phonenumbers.parse(number)
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return {
        number.lstrip("+"),
        str(parsed.national_number),
        "".join(character for character in national if character.isdecimal()),
    }
