"""The list of common passwords for the pages, packed from that of the server.

Write it anew after a change of the server's list: `python -m tests.kit.common_passwords`.
"""

import gzip
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "authapp"
SOURCE = PACKAGE / "core" / "credentials" / "common_passwords.txt.gz"
TARGET = PACKAGE / "ui" / "browser" / "forms" / "common_passwords.js"
LARGEST = 8000  # bytes of the file
LONG = 12  # characters: the default minimum of a password
HEAD = (
    "// Common passwords, packed by `python -m tests.kit.common_passwords` from the list of the server. `unpack` of\n"
    "// `password_rule.js` reads them.\n"
)


def content() -> str:
    """Return the file of the pages: first the words that are passwords as they are, then as many others as fit."""
    words = [word for word in _words() if re.fullmatch("[a-z0-9]{3,}", word)]
    words.sort(key=lambda word: len(word) < LONG)  # stable: each part stays in the order of the list, by frequency
    count = bisect_right(range(len(words)), LARGEST, key=lambda count: len(_file(words[:count])))
    return _file(words[: count - 1])


def _words() -> list[str]:
    return gzip.decompress(SOURCE.read_bytes()).decode().split("\n")


def _file(words: Iterable[str]) -> str:
    return f'{HEAD}export default "{"".join(_packed(words))}";\n'


def _packed(words: Iterable[str]) -> Iterator[str]:
    """Yield each word as the number of letters that it shares with the one before, as a letter, and the rest."""
    before = ""
    for word in sorted(words):
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(before, word, strict=False))))
        yield chr(ord("A") + min(shared, 25)) + word[min(shared, 25) :]
        before = word


if __name__ == "__main__":
    TARGET.write_text(content(), encoding="utf-8")
