"""Rows of an import file, CSV or JSON: read as a stream, each with its line number, or its position in an array."""

import csv
import io
import json
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from authapp.commands.json_rows import ARRAY, LONGEST_RECORD, Broken, Scanner, array, members
from authapp.core.admin.imports import Unfit, columns, formats
from authapp.core.admin.imports.columns import FLAGS, MANY, MEANS, spelled
from authapp.core.admin.imports.formats import Format
from authapp.core.credentials.hashes import Firebase

FORMATS = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}
LONGEST_FIELD = 10_000  # characters of CSV: a missing quotation mark must not hide the rest of the file
MOST_COLUMNS = 10_000  # distinct names; a table has fewer
REACHED_BY = {"emails", "phone", "confirmed_emails", "unconfirmed_emails", "confirmed_phones"}
Row = tuple[int, "dict[str, Any] | Unfit"]


class BadFile(Exception):
    """Raised when a file cannot be read (any further). The message explains why."""


class NotUnderstood(BadFile):
    """Raised before an import begins, when the operator must give more options."""


class Choice(NamedTuple):
    """Options of the operator for columns. Their names are in the spelling of `columns.spelled`."""

    ignored: frozenset[str] = frozenset()
    named: Mapping[str, str] = {}  # column -> field
    firebase: Firebase | None = None


class Rows:
    """Rows of an open file: `(number, row)`. A row has the names in `COLUMNS`, or it is an `Unfit` with the reason.

    Call `survey` first.
    """

    def __init__(self, raw: IO[bytes], form: str, encoding: str, choice: Choice = Choice()) -> None:  # noqa: B008  # it cannot change
        self.counted_in = "line"  # as an editor counts; or row, for an array, which may be on one line
        self.format: Format = formats.PLAIN_CSV if form == "csv" else formats.PLAIN_JSON
        self.fields: dict[str, str | None] = {}  # column -> its field; None: not used
        self.skipped = 0  # objects that are not users
        self.lost_passwords = False  # whether an ignored column had a password in it
        self._form, self._encoding, self._choice = form, encoding, choice
        self._raw = raw if form == "csv" or raw.seekable() else _copy(raw)
        self._text = io.TextIOWrapper(self._raw, encoding, errors="strict", newline="")
        self._line = 0
        self._header: list[str] = []
        self._separator = ","
        self._layout = ""  # of JSON: `lines`, `array`, or a dot and the name of an array in an object
        self._unsaid: dict[str, Any] = {}  # flags of a row without these columns

    def survey(self) -> None:
        """Recognise the format and the meaning of each column, before anything is written.

        Raises:
            BadFile: the file has no columns, or none with an email address or a phone number.
            NotUnderstood: the operator must say what a column is.
        """
        with self._readable():
            raw_names, names, realm = self._head() if self._form == "csv" else self._survey_json()
        self.format = formats.recognise(raw_names, self._form, realm=realm)
        self.fields = {name: self._field(name) for name in names}
        self._check_columns()
        fields = set(self.fields.values())
        flags = formats.silent_flags(self.format, fields)
        self._unsaid = {name: [("", None)] for name in flags}
        if self.format.has_confirmed_phones:
            self._unsaid["phone_confirmed"] = [("", True)]

    def __iter__(self) -> Iterator[Row]:
        with self._readable():
            yield from self._csv() if self._form == "csv" else self._json()

    @property
    def unused(self) -> list[str]:
        """Return the columns that are not used."""
        return [name for name, field in self.fields.items() if field is None]

    @property
    def position(self) -> int:
        """Return how many bytes were read."""
        return self._raw.tell()

    def close(self) -> None:
        """Detach from the file, which its opener closes."""
        self._text.detach()

    def is_ignored(self, column: str) -> bool:
        """Return whether the operator ignores a column, or the object that contains it."""
        name = spelled(column)
        return bool({name, name.partition(".")[0]} & self._choice.ignored)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except UnicodeError:
            name = self._encoding.removesuffix("-sig")
            raise BadFile(
                f"the text near line {self._line + 1} is not {name}. Save the file as UTF-8, or pass its encoding "
                "with --encoding"
            ) from None

    def _field(self, column: str) -> str | None:
        name = spelled(column)
        if self.is_ignored(column):
            return None
        return self._choice.named.get(name) or MEANS.get(name)

    def _check_columns(self) -> None:
        existing = {spelled(name) for name in self.fields} | {spelled(name).partition(".")[0] for name in self.fields}
        if self.fields and (
            absent := [column for column in (*self._choice.ignored, *self._choice.named) if column not in existing]
        ):
            raise NotUnderstood(f"--ignore or --map names a column that does not exist: {', '.join(sorted(absent))}")
        if reason := columns.why_stopped(name for name in self.unused if not self.is_ignored(name)):
            raise NotUnderstood(reason)
        fields = set(self.fields.values())
        if not REACHED_BY & fields and (self.fields or self._form == "csv"):
            hint = ": the first line must name the columns" if self._form == "csv" else " in its objects"
            raise BadFile(f"the file has neither a column “email” nor “phone”{hint}")
        if self.format is formats.FIREBASE and "password" in fields and not self._choice.firebase:
            raise NotUnderstood(formats.NEEDS_PARAMETERS)

    # CSV

    def _head(self) -> tuple[Iterable[str], list[str], bool]:
        head = self._text.readline(LONGEST_RECORD)
        if not head.strip():
            raise BadFile("the file is empty: the first line must name the columns")
        self._separator = max(",;\t", key=head.count)
        try:
            names = [name.strip() for name in next(csv.reader([head], delimiter=self._separator, strict=True))]
        except csv.Error:
            raise BadFile("line 1 is not CSV: the first line must name the columns") from None
        self._line, self._header = 1, names
        return names, names, False

    def _csv(self) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_FIELD)
        names = self._header
        reader = csv.reader(self._text, delimiter=self._separator, strict=True)
        while True:
            line = self._line + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self._line = reader.line_num + 1
                rest = f", up to line {self._line}," if self._line > line else ""
                yield line, Unfit(f"the file{rest} is not CSV: look for a missing or extra quotation mark")
                continue
            self._line = reader.line_num + 1
            if not fields:
                continue
            if len(fields) != len(names):
                yield line, Unfit(f"the row has {len(fields)} fields, but the file has {len(names)} columns")
                continue
            yield line, self._named(zip(names, fields, strict=True))

    # JSON

    def _survey_json(self) -> tuple[Iterable[str], list[str], bool]:
        """Return every name in the file, raw and as rows are read, and whether the file is a realm of Keycloak."""
        self._layout, siblings = self._find_layout(), set()
        arrays: dict[str, _Names] = {}
        try:
            if self._layout != "object":
                arrays[""] = _Names(self._objects())
            else:
                scanner = self._from_start()
                for name, value in members(scanner):
                    siblings.add(name)
                    if value is ARRAY:
                        arrays[f".{name}"] = _Names(array(scanner, lambda _: Broken()))
        except (BadFile, Broken, UnicodeError):
            pass  # reported when the rows are read
        if self._layout == "object":
            self._layout = _of_people(arrays) or "lines"
            if self._layout == "lines":
                arrays = {"": _Names(self._objects())}
        names = arrays.get(self._layout if self._layout[0] == "." else "")
        self._rewind()
        return (names.raw, list(names.named), "realm" in siblings) if names else (set(), [], False)

    def _find_layout(self) -> str:
        start = " "
        while start.isspace():
            start = self._text.read(1)
        if not start:
            raise BadFile("the file is empty")
        if start == "[":
            return "array"
        line = start + self._text.readline(LONGEST_RECORD)
        try:
            parsed = json.loads(line)
        except (ValueError, RecursionError):
            return "object"  # over several lines, or a broken line
        has_list = isinstance(parsed, dict) and any(isinstance(value, list) for value in parsed.values())
        return "object" if has_list and not self._text.read(1000).strip() else "lines"

    def _rewind(self) -> None:
        self._text.seek(0)
        self._line = 0

    def _from_start(self) -> Scanner:
        self._rewind()
        return Scanner(self._text)

    def _json(self) -> Iterator[Row]:
        if self._layout == "lines":
            yield from self._lines()
        else:
            self.counted_in = "row"
            for number, item in enumerate(self._objects(), 1):
                yield from self._object(number, item)

    def _objects(self) -> Iterator[Any]:
        """Yield the items of the array, or of each line that is JSON."""
        scanner = self._from_start()
        if self._layout == "lines":
            for line in self._text:
                with suppress(ValueError, RecursionError):
                    yield json.loads(line)
            return

        def broken(row: int) -> BadFile:
            return BadFile(
                f"the text after row {row} (line {scanner.line}) is not JSON: the array is broken or cut off there"
            )

        if self._layout != "array":
            for name, value in members(scanner):
                if value is ARRAY and f".{name}" == self._layout:
                    break
                if value is ARRAY:
                    deque(array(scanner, broken), maxlen=0)
        for item in array(scanner, broken):
            self._line = scanner.line
            yield item

    def _lines(self) -> Iterator[Row]:
        self._rewind()
        while line := self._text.readline():
            self._line += 1
            if line.strip():
                try:
                    item = json.loads(line)
                except (ValueError, RecursionError):
                    yield self._line, Unfit("the line is not JSON: each line must be one complete object")
                    continue
                yield from self._object(self._line, item)

    def _object(self, number: int, item: Any) -> Iterator[Row]:
        if not isinstance(item, dict):
            yield number, Unfit("the row is not an object")
        elif (row := formats.unpacked(item)) is None:
            self.skipped += 1
        else:
            yield number, self._named(formats.flat(row))

    # Both

    def _named(self, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any] | Unfit:
        row: dict[str, Any] = {}
        for name, value in pairs:
            field = self.fields.get(name)
            if field is None:
                if value and self.is_ignored(name) and _is_password(name):
                    self.lost_passwords = True
            elif field in FLAGS:
                row.setdefault(field, []).append((name, value))
            elif field in MANY:
                row[field] = [*row.get(field, []), *(value if isinstance(value, list) else [value])]
            elif not row.get(field):
                row[field] = value
            elif field == "password" and value and value != row[field]:
                return Unfit("the row has two different passwords: ignore one of the columns with --ignore")
        for field, default in self._unsaid.items():
            row.setdefault(field, default)
        if row.get("password"):
            row["password"] = formats.password(self.format, row, self._choice.firebase)
        return row


class _Names:
    """Names in an array of objects: raw as in the file, and as rows are read."""

    def __init__(self, objects: Iterable[Any]) -> None:
        self.raw: set[str] = set()
        self.named: dict[str, None] = {}
        try:
            for item in objects:
                if isinstance(item, dict) and len(self.named) < MOST_COLUMNS:
                    self.raw |= item.keys()
                    for name in formats.columns_of(item):
                        self.named.setdefault(name)
        except (BadFile, Broken, UnicodeError):
            pass  # reported when the rows are read


def _of_people(arrays: Mapping[str, _Names]) -> str:
    """Return the name of the array in an object that holds users; empty without such an array."""
    people = [
        name
        for name, names in arrays.items()
        if {"model", "fields"} <= names.raw or REACHED_BY & {MEANS.get(spelled(column)) for column in names.named}
    ]
    return ".users" if ".users" in people else next(iter(people), "")


def _is_password(column: str) -> bool:
    return MEANS.get(spelled(column)) == "password" or columns.suspicious(column) == "password"


def _copy(raw: IO[bytes]) -> IO[bytes]:
    """Copy a pipe to a temporary file, which can be read twice. No other process can open it."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the import
    shutil.copyfileobj(raw, file)
    file.seek(0)
    return file


def format_of(path: str) -> str:
    """Return the format of a file by its name; empty if the name does not tell."""
    return FORMATS.get(Path(path).suffix.lower(), "")
