"""Rows of a file of people, CSV or JSON: read as a stream, each with its line, or its place in an array."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from authapp.core.imports import COLUMNS, Unfit

FORMATS = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}
LONGEST_FIELD = 10_000  # characters of CSV: a quotation mark that is missing shall not hide the rest of the file
LONGEST_RECORD = 1_000_000  # characters; more is no person but a broken file
_CANONICAL = {other: name for name, others in COLUMNS.items() for other in (name, *others)}
Row = tuple[int, "dict[str, Any] | Unfit"]


class BadFile(Exception):
    """Why a file cannot be read, or not any further; in words."""


class Rows:
    """The rows of an open file: `(number, row)`, the row by the names in `COLUMNS`; or why it is none."""

    def __init__(self, raw: IO[bytes], form: str, encoding: str) -> None:
        self.unused: set[str] = set()  # columns that are of no use here
        self.counted_in = "line"  # or row: how an editor finds it, and an array, which may be one line, is read
        self._raw, self._form, self._encoding = raw, form, encoding
        self._line = 0

    def __iter__(self) -> Iterator[Row]:
        text = io.TextIOWrapper(self._raw, self._encoding, errors="strict", newline="")
        try:
            yield from self._csv(text) if self._form == "csv" else self._json(text)
        except UnicodeError:
            name = self._encoding.removesuffix("-sig")
            raise BadFile(
                f"near line {self._line + 1} there is something that is not {name}. Save the file as UTF-8, or name "
                "its encoding with --encoding"
            ) from None
        finally:
            text.detach()

    @property
    def position(self) -> int:
        """How many bytes were read."""
        return self._raw.tell()

    def _csv(self, text: io.TextIOWrapper) -> Iterator[Row]:
        head = text.readline(LONGEST_RECORD)
        if not head.strip():
            raise BadFile("the file is empty: the first line must name the columns")
        separator = max(",;\t", key=head.count)
        try:
            names = [name.strip().casefold() for name in next(csv.reader([head], delimiter=separator, strict=True))]
        except csv.Error:
            raise BadFile("line 1 is not CSV: the first line must name the columns") from None
        csv.field_size_limit(LONGEST_FIELD)
        known = {_CANONICAL.get(name) for name in names}
        if not known & {"emails", "phone"}:
            raise BadFile("there is neither a column “email” nor “phone”: the first line must name the columns")
        self._line = 1
        reader = csv.reader(text, delimiter=separator, strict=True)
        while True:
            line = self._line + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self._line = reader.line_num + 1
                rest = f", up to line {self._line}," if self._line > line else ""
                yield line, Unfit(f"this{rest} is not CSV: look for a quotation mark that is missing, or one too many")
                continue
            self._line = reader.line_num + 1
            if not fields:
                continue
            if len(fields) != len(names):
                yield line, Unfit(f"there are {len(fields)} fields, and {len(names)} columns")
                continue
            yield line, self._named(zip(names, fields, strict=True))

    def _json(self, text: io.TextIOWrapper) -> Iterator[Row]:
        start = " "
        while start.isspace():
            self._line += start == "\n"
            start = text.read(1)
        if not start:
            raise BadFile("the file is empty")
        yield from self._array(text) if start == "[" else self._lines(text, start)

    def _lines(self, text: io.TextIOWrapper, start: str) -> Iterator[Row]:
        line = start + text.readline()
        while line:
            self._line += 1
            if line.strip():
                try:
                    yield self._line, self._object(json.loads(line))
                except (ValueError, RecursionError):
                    yield self._line, Unfit("this is not JSON: each line must be one whole object")
            line = text.readline()

    def _array(self, text: io.TextIOWrapper) -> Iterator[Row]:
        """An array, one object at a time: it need not fit into the memory."""
        self._line += 1
        self.counted_in, row = "row", 0
        decoder, kept = json.JSONDecoder(), ""
        while True:
            kept = self._past(kept, " \t\r\n,")
            if kept.startswith("]"):
                return
            try:
                found, end = decoder.raw_decode(kept)
                if end == len(kept) and kept[-1] not in "}]":
                    raise ValueError  # a number or a word that may go on
            except (ValueError, RecursionError):
                more = text.read(65_536)
                if not more or len(kept) > LONGEST_RECORD:
                    raise BadFile(
                        f"behind row {row} (line {self._line}) this is not JSON: the array is broken there, or cut off"
                    ) from None
                kept += more
                continue
            row += 1
            yield row, self._object(found)
            kept = self._past(kept, "", end)

    def _past(self, kept: str, blanks: str, end: int = 0) -> str:
        """What is left behind blanks, or behind an end; its lines are counted."""
        rest = kept.lstrip(blanks) if blanks else kept[end:]
        self._line += kept.count("\n", 0, len(kept) - len(rest))
        return rest

    def _object(self, found: Any) -> dict[str, Any] | Unfit:
        return self._named(found.items()) if isinstance(found, dict) else Unfit("this is not an object")

    def _named(self, fields: Any) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for name, value in fields:
            column = _CANONICAL.get(name.strip().casefold())
            if column is None:
                if len(self.unused) < 100:
                    self.unused.add(name[:60].encode(errors="replace").decode())
            elif column == "emails":
                row[column] = [*row.get(column, []), *(value if isinstance(value, list) else [value])]
            elif not row.get(column):
                row[column] = value
        return row


def format_of(path: str) -> str:
    """The format of a file, by its name; empty: its name does not tell."""
    return FORMATS.get(Path(path).suffix.lower(), "")
