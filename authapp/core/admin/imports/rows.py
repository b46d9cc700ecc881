"""Rows of an import: the person that a row describes, or why the row is refused."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from authapp.config import settings
from authapp.core.account import emails
from authapp.core.admin.imports import values
from authapp.core.admin.imports.columns import MEANS, spelled
from authapp.core.admin.imports.values import Unfit
from authapp.core.authorization import groups
from authapp.core.base import audit, clock, identifiers, person_names, phone_numbers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput
from authapp.core.credentials import passwords

NOT_CONFIRMED = "the address was not confirmed there, so it may belong to someone else; its owner can sign up here"
PHONE_NOT_CONFIRMED = "phone: the number was never confirmed there, so it was skipped"
EMAIL_NOT_CONFIRMED = "email: an address was never confirmed there, so it was skipped"
DELETED = "the account was deleted there"
NAMES = ("first_name", "last_name")
MOST_GROUPS = 50  # per person
_UNKNOWN = Caller()
_BETWEEN = re.compile(r"[;,|\s]+")  # separators of addresses in one text
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # what `identifiers.is_text` refuses, in a tenth of the time
_LISTS = ("confirmed_emails", "unconfirmed_emails")
_ADDRESS_IN = ("email", "email_address", "address", "value", "mail")  # keys of an object that stands for an address


class Person(NamedTuple):
    """Person of a row that can be imported."""

    line: int  # or the position in a JSON array
    id: str  # the id in the other system
    emails: tuple[str, ...]  # confirmed there, the main one first
    unconfirmed: tuple[str, ...]  # addresses that were not confirmed there
    phone: str  # confirmed there
    first_name: str
    last_name: str
    groups: tuple[str, ...]
    active: bool
    created_at: datetime | None
    record: str  # the password hash; empty: none
    kind: str  # the kind of the hash
    dropped: tuple[str, ...] = ()  # the parts that were left out, with the reason

    @property
    def own_id(self) -> UUID | None:
        """Return the id if it is a UUID; the user then keeps it."""
        return _uuid(self.id)

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the identifiers the person can log in with: the confirmed addresses, and the number."""
        return (*self.emails, *([self.phone] if self.phone else []))

    @property
    def state(self) -> str:
        """Return the state of the new account, as named in `values`."""
        if not self.active:
            return values.DISABLED
        return values.ACTIVE if self.identifiers else values.UNCONFIRMED


class Choices(NamedTuple):
    """Options of the operator for rows with a bad part."""

    drop_bad_parts: bool = False  # a bad hash, number or time is left out, and the row is taken
    refuse_unconfirmed: bool = False  # unconfirmed addresses are not imported


class _Address(NamedTuple):
    text: str
    confirmed: bool | None  # None: no flag for this address alone


def read(line: int, row: Mapping[str, Any], choices: Choices = Choices()) -> Person:  # noqa: B008  # it cannot change
    """Return the person of a row; the row's names are the fields of `columns.COLUMNS`.

    The value of a flag can be a list of `(column, value)`, if a file has several columns for it.

    Raises:
        Unfit: the row cannot be imported. The message says why, and repeats no value.
    """
    for column, value in row.items():
        if _NO_TEXT.search("".join(map(str, value)) if isinstance(value, list) else str(value)):
            raise Unfit(f"{column}: it has a character that cannot be stored")
    states = {values.state(column, said) for column, said in _flags(row, "status")}
    if values.DELETED in states or any(values.says(*one) for one in _flags(row, "deleted")):
        raise Unfit(DELETED)
    pending = values.UNCONFIRMED in states
    confirmed, unconfirmed = _emails(row, pending=pending)
    dropped: list[str] = []
    phone = _part(dropped, choices, _phone, row.get("phone") or _first_number(row), "")
    if phone and not _is_phone_confirmed(row, phone, pending=pending):
        phone = ""
        dropped.append(PHONE_NOT_CONFIRMED)
    if not confirmed and not phone and (choices.refuse_unconfirmed or not unconfirmed):
        raise Unfit(_why_nobody(unconfirmed, dropped))
    if choices.refuse_unconfirmed and unconfirmed:
        unconfirmed = ()
        dropped.append(EMAIL_NOT_CONFIRMED)
    if len(confirmed) + len(unconfirmed) > emails.MOST:
        raise Unfit(f"the row has more than {emails.MOST} email addresses")
    first_name, last_name = _names(row)
    record, kind = _part(dropped, choices, _hash, row.get("password"), ("", ""))
    return Person(
        line,
        _id(row.get("id")),
        confirmed,
        unconfirmed,
        phone,
        first_name,
        last_name,
        _groups(row.get("groups")),
        _is_active(row) and values.DISABLED not in states,
        _part(dropped, choices, _created_at, row.get("created_at"), None),
        record,
        kind,
        tuple(dropped),
    )


def _part(dropped: list[str], choices: Choices, read: Any, value: Any, otherwise: Any) -> Any:
    """Read an optional part of a row. If it is bad and the operator allows that, note it and return `otherwise`."""
    try:
        return read(value)
    except Unfit as error:
        if not choices.drop_bad_parts:
            raise
        dropped.append(str(error))
        return otherwise


def _flags(row: Mapping[str, Any], field: str) -> list[tuple[str, Any]]:
    if field not in row:
        return []
    found = row[field]
    return found if isinstance(found, list) else [(field, found)]


def _emails(row: Mapping[str, Any], *, pending: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the confirmed addresses, and the unconfirmed ones."""
    said = [(column, values.says(column, value)) for column, value in _flags(row, "confirmed")]
    is_confirmed = all(yes for _, yes in said) and not pending
    # A flag of another system is about its one address; our flag is about every address of the row.
    is_of_all = all(column == "confirmed" for column, _ in said)
    named = {field: {_email(one.text) for one in _several(row[field])} if field in row else () for field in _LISTS}
    confirmed: dict[str, None] = {}
    unconfirmed: dict[str, None] = {}
    for number, one in enumerate(
        [one for field in ("emails", *_LISTS) if field in row for one in _several(row[field])]
    ):
        address = _email(one.text)
        good = is_confirmed and (is_of_all or number == 0) if one.confirmed is None else one.confirmed and not pending
        if "confirmed_emails" in row:
            good = address in named["confirmed_emails"] and not pending and all(yes for _, yes in said)
        (confirmed if good and address not in named["unconfirmed_emails"] else unconfirmed)[address] = None
    return tuple(confirmed), tuple(address for address in unconfirmed if address not in confirmed)


def _email(text: str) -> str:
    try:
        return identifiers.email(text)
    except BadInput:
        raise Unfit("email: this is not an email address, like name@example.com") from None


def _several(value: Any) -> list[_Address]:
    """Parse a list of texts or objects, or a text with separators: semicolons, commas, bars or blanks."""
    found = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            text = next((one[name] for name in _ADDRESS_IN if one.get(name)), "")
            flags = [values.says(name, said) for name, said in one.items() if MEANS.get(spelled(name)) == "confirmed"]
            found.append(_Address(str(text), all(flags) if flags else None))
        elif one and not values.is_empty(one):
            found += [_Address(part, None) for part in _BETWEEN.split(str(one)) if part]
    return found


def _first_number(row: Mapping[str, Any]) -> str:
    """Return a number from the lists of confirmed and unconfirmed ones, for rows without a main number."""
    lists = ("confirmed_phones", "unconfirmed_phones")
    return next((one.text for name in lists for one in _numbers(row.get(name))), "")


def _numbers(value: Any) -> list[_Address]:
    parts = value if isinstance(value, list) else re.split(r"[;,|]", str(value or ""))
    return [_Address(str(one).strip(), None) for one in parts if not values.is_empty(one)]


def _phone(value: Any) -> str:
    if values.is_empty(value):
        return ""
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    if re.fullmatch(r"\d(?:[.,]\d+)?E\+?\d+", text, re.IGNORECASE):
        raise Unfit("phone: a spreadsheet rounded this number: format the column as text there and export it again")
    if text.isdecimal() and not settings().phone_country:
        raise Unfit("phone: the plus sign and country code are missing, as in +1 650 253 0000")
    if not settings().phones:
        raise Unfit("phone: phone numbers are not used here (AUTHAPP_PHONES)")
    try:
        return phone_numbers.phone(text, _UNKNOWN)
    except BadInput:
        raise Unfit("phone: this is not a phone number with its country code, like +1 650 253 0000") from None


def _is_phone_confirmed(row: Mapping[str, Any], phone: str, *, pending: bool) -> bool:
    if pending:
        return False
    if "confirmed_phones" in row:
        return any(_phone(one.text) == phone for one in _numbers(row["confirmed_phones"]))
    if "phone_confirmed" in row:
        return all(values.says(*one) for one in _flags(row, "phone_confirmed"))
    about_all = _flags(row, "confirmed")  # a flag about addresses alone confirms no number
    return all(column == "confirmed" and values.says(column, value) for column, value in about_all)


def _why_nobody(unconfirmed: tuple[str, ...], dropped: list[str]) -> str:
    if unconfirmed:
        return NOT_CONFIRMED
    return dropped[0] if dropped else "the row has neither an email address nor a phone number"


def _names(row: Mapping[str, Any]) -> tuple[str, str]:
    try:
        first, last = (person_names.name(str(row[one]), one) if row.get(one) else "" for one in NAMES)
        whole = row.get("name")
        if not first and not last and isinstance(whole, str) and "@" not in whole:
            first, _, last = person_names.name(whole, "name").partition(" ")
    except BadInput:
        longest = person_names.LONGEST_NAME
        words = f"a name is longer than {longest} characters, or has characters that cannot be shown"
        raise Unfit(f"first_name, last_name: {words}") from None
    return first, last


def _hash(value: Any) -> tuple[str, str]:
    try:
        return passwords.adopt(value)
    except ValueError as error:
        raise Unfit(f"password: {error}") from None


def _is_active(row: Mapping[str, Any]) -> bool:
    """Return whether no column says that the account was disabled. An empty `active` column means *disabled*."""
    if not all(values.says(*one) for one in _flags(row, "active")):
        return False
    ends = {_about(column): values.says(column, value) for column, value in _flags(row, "disabled_until")}
    if any(end is True or (end and end > clock.now()) for end in ends.values()):
        return False
    return not any(
        said is True or (said and not ends.get(_about(column)))  # `suspended_at` counts until `suspended_till`
        for column, said in ((column, values.says(column, value)) for column, value in _flags(row, "disabled"))
    )


def _about(column: str) -> str:
    return spelled(column).partition("_")[0]


def _id(value: Any) -> str:
    """Return the id as text; empty also for the nil UUID, which no user can have."""
    if isinstance(value, dict):  # `{"$oid": …}`
        value = next(iter(value.values()), "")
    text = str(value or "").strip()
    return "" if _uuid(text) == audit.NOBODY else text


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _groups(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else str(value or "").replace(",", ";").split(";")
    spelled_names = ("-".join(str(one).lower().split()) for one in names)
    try:
        found = tuple(dict.fromkeys(groups.spelled(one) for one in spelled_names if one))
    except BadInput as error:
        raise Unfit(f"groups: {error.message}") from None
    if len(found) > MOST_GROUPS:
        raise Unfit(f"the row has more than {MOST_GROUPS} groups")
    return found


def _created_at(value: Any) -> datetime | None:
    at = values.time("created_at", value)
    return min(at, clock.now()) if at else None
