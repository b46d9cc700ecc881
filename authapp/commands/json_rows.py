"""JSON objects of a file, read as a stream: an array, one object per line, or an array one level down in an object."""

import json
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

LONGEST_RECORD = 1_000_000  # characters; a longer record is a broken file, not a user
LONGEST_VALUE = 50_000_000  # characters of a value beside the array of users
A_READ = 65_536  # characters
ARRAY = object()  # stands for a value that is an array, which the caller must then read
_BLANKS = re.compile(r"[ \t\r\n,]*")


class Broken(Exception):
    """Raised when the text is not JSON from here on."""


class Scanner:
    """Reader of one JSON value after the other. It does not keep what it has read."""

    def __init__(self, text: IO[str]) -> None:
        self.line = 1
        self._text, self._kept, self._at = text, "", 0
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """Return the next character that is neither blank nor a comma; empty at the end."""
        while True:
            match = _BLANKS.match(self._kept, self._at)
            self._move(match.end() if match else self._at)
            if self._at < len(self._kept):
                return self._kept[self._at]
            if not self._more():
                return ""

    def take(self, sign: str) -> bool:
        """Skip a character if it is the next one. Return whether it was."""
        if self.peek() != sign:
            return False
        self._move(self._at + 1)
        return True

    def value(self, longest: int = LONGEST_RECORD) -> Any:
        """Return the next value.

        Raises:
            Broken: there is no value, or it is too long.
        """
        self.peek()
        while True:
            try:
                result, end = self._decode(self._kept, self._at)
                if end == len(self._kept) and self._kept[-1] not in '}]"':
                    raise ValueError  # a number or a literal that may continue
            except (ValueError, RecursionError):
                if len(self._kept) - self._at > longest or not self._more():
                    raise Broken from None
                continue
            self._move(end)
            return result

    def _more(self) -> bool:
        chunk = self._text.read(A_READ)
        self._kept, self._at = self._kept[self._at :] + chunk, 0
        return bool(chunk)

    def _move(self, end: int) -> None:
        self.line += self._kept.count("\n", self._at, end)
        self._at = end


def array(scanner: Scanner, broken: Callable[[int], Exception], longest: int = LONGEST_RECORD) -> Iterator[Any]:
    """Yield the values of an array whose bracket is next.

    Raises:
        Exception: the result of `broken`, called with the number of values before the array breaks.
    """
    number = 0
    scanner.take("[")
    while not scanner.take("]"):
        try:
            value = scanner.value(longest)
        except Broken:
            raise broken(number) from None
        number += 1
        yield value


def members(scanner: Scanner) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object whose brace is next: name and value, or `ARRAY`, which the caller must then read.

    Raises:
        Broken: the text is not an object, or it is broken.
    """
    if not scanner.take("{"):
        raise Broken
    while not scanner.take("}"):
        name = scanner.value()
        if not isinstance(name, str) or not scanner.take(":"):
            raise Broken
        yield name, ARRAY if scanner.peek() == "[" else scanner.value(LONGEST_VALUE)
