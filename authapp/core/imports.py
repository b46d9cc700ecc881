"""People from another system: what of a row can be taken, and how a thousand of them become users at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, insert
from sqlmodel import SQLModel, col, select

from authapp.core import (
    Db,
    clock,
    codes,
    emails,
    groups,
    history,
    hooks,
    identifiers,
    passwords,
    phones,
    run,
    sessions,
    words,
)
from authapp.core.devices import Client
from authapp.core.errors import BadInput, Refusal
from authapp.models import ActionLink, Applicant, Code, Email, Entry, Membership, Phone, User, Word

# What a row may hold -> its other names, as exports of other systems call it.
COLUMNS = {
    "id": (),
    "emails": ("email", "email_address"),
    "phone": ("phone_number",),
    "first_name": (),
    "last_name": (),
    "groups": (),
    "confirmed": ("email_verified", "is_verified"),
    "active": ("is_active",),
    "created_at": ("date_joined",),
    "password": ("password_hash", "hashed_password"),
}
TAKEN, THERE, UPDATED, REFUSED = "taken", "already there", "updated", "refused"
NOT_CONFIRMED = "the address is not confirmed there either; who has it can sign up"
NOBODY, BY = Client(), str(history.SERVER)
NAMES = ("first_name", "last_name")
MOST_GROUPS = 50  # of one person
_YES, _NO = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}


class Unfit(Exception):
    """Why a row cannot be taken, in words for whoever runs the import."""


class Person(NamedTuple):
    """A row that can be taken."""

    line: int
    id: str  # what the other system calls the person; a UUID is kept
    emails: tuple[str, ...]  # the main one first
    phone: str
    first_name: str
    last_name: str
    groups: tuple[str, ...]
    active: bool
    created_at: datetime | None
    record: str  # a hash of the password; empty: none
    kind: str  # of hash

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Everything that is this person's alone."""
        return (*self.emails, *([self.phone] if self.phone else []))


class Outcome(NamedTuple):
    """What became of a row."""

    what: str  # one of the four above
    user_id: UUID | None = None
    why: str = ""


def read(line: int, row: Mapping[str, Any]) -> Person:
    """What of a row can be taken; names of columns as in `COLUMNS`.

    Raises:
        Unfit: it cannot; the words say why, and repeat no value.
    """
    try:
        addresses = tuple(dict.fromkeys(identifiers.email(one) for one in _several(row.get("emails"))))
        phone = identifiers.phone(row["phone"], NOBODY) if row.get("phone") else ""
        first_name, last_name = (identifiers.name(row[one], one) if row.get(one) else "" for one in NAMES)
    except BadInput as no:
        raise Unfit(f"{no.field}: {no.message}") from None
    if not addresses and not phone:
        raise Unfit("there is neither an email address nor a phone number")
    if len(addresses) > emails.MOST:
        raise Unfit(f"there are more than {emails.MOST} email addresses")
    if not _is_true(row, "confirmed"):
        raise Unfit(NOT_CONFIRMED)
    try:
        record, kind = passwords.adopt(row.get("password"))
    except ValueError as error:
        raise Unfit(f"password: {error}") from None
    return Person(
        line,
        str(row.get("id") or "").strip(),
        addresses,
        phone,
        first_name,
        last_name,
        _groups(row.get("groups")),
        _is_true(row, "active"),
        _time(row.get("created_at")),
        record,
        kind,
    )


def take(db: Db, people: Sequence[Person], *, renew: bool = False) -> list[Outcome]:
    """Make users of people, many at once. Whoever is there already stays as they are, or is brought up to date.

    Args:
        people: of which no two have an address, a number or an id in common.
        renew: whether to bring up to date who is there: names, groups, further addresses; the password only while
            it is an imported one, or none.
    """
    owners = _owners(db, people)
    ids = _ids(db, people)
    outcomes: dict[int, Outcome] = {}
    new = _New()
    for person in people:
        found = {owners[one] for one in person.identifiers if one in owners}
        wanted = _uuid(person.id)
        if len(found) > 1:
            outcomes[person.line] = Outcome(REFUSED, None, "its addresses belong to different people here")
        elif found:
            (user_id,) = found
            outcomes[person.line] = Outcome(THERE, user_id)
            if renew:
                outcomes[person.line] = _renew(db, user_id, person, set(owners))
        elif wanted in ids:
            outcomes[person.line] = Outcome(REFUSED, None, "its id belongs to somebody else here")
        else:
            outcomes[person.line] = Outcome(TAKEN, new.add(wanted or uuid4(), person))
    _free(db, [one for person in people for one in person.identifiers if one not in owners])
    for group in sorted({group for person in people for group in person.groups}):
        groups.ensure(db, group)
    new.write(db)
    if hooks.on_sign_up:
        outcomes |= {line: no for line, no in new.tell_product(db, outcomes)}
    return [outcomes[person.line] for person in people]


@dataclass
class _New:
    """The rows of new users, by their tables."""

    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(
        default_factory=lambda: {table: [] for table in (User, Email, Phone, Word, Membership, Entry)}
    )

    def add(self, user_id: UUID, person: Person) -> UUID:
        now = clock.now()
        since = person.created_at or now
        sealed = passwords.seal_record(person.record, user_id) if person.record else None
        self.rows[User].append(
            {
                "id": user_id,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "password_record": sealed,
                "imported": passwords.is_foreign(person.record),
                "avatar": "",
                "waits": "" if person.active else sessions.DISABLED,
                "language": "",
                "created_at": since,
                "closes_at": None,
            }
        )
        for address in person.emails:
            self.rows[Email].append(_email(user_id, address, since, is_main=address == person.emails[0]))
        if person.phone:
            number = {"id": uuid4(), "user_id": user_id, "number": person.phone, "is_main": True, "confirmed_at": since}
            self.rows[Phone].append(number)
        spoken = words.of(person.first_name, person.last_name, person.emails, [person.phone] if person.phone else [])
        self.rows[Word] += [{"word": word, "user_id": user_id} for word in spoken]
        self.rows[Membership] += [{"user_id": user_id, "name": group} for group in person.groups]
        self.rows[Entry].append({"user_id": user_id, **history.row("imported", NOBODY, BY)})
        return user_id

    def write(self, db: Db) -> None:
        for table, rows in self.rows.items():
            if rows:
                db.flush()
                db.connection().execute(insert(table), rows)

    def tell_product(self, db: Db, outcomes: Mapping[int, Outcome]) -> Iterable[tuple[int, Outcome]]:
        """Let the product take part, one by one. Whom it refuses is not taken."""
        for line, outcome in outcomes.items():
            user = db.get(User, outcome.user_id) if outcome.what == TAKEN else None
            if user is None:
                continue
            try:
                with db.begin_nested():
                    hooks.on_sign_up.run(db, user)
            except Refusal as no:
                db.delete(user)
                db.flush()
                yield line, Outcome(REFUSED, None, no.message)


def _renew(db: Db, user_id: UUID, person: Person, taken: set[str]) -> Outcome:
    user = db.get(User, user_id)
    assert user is not None
    user.first_name, user.last_name = person.first_name or user.first_name, person.last_name or user.last_name
    if person.record and (user.imported or user.password_record is None):
        user.password_record = passwords.seal_record(person.record, user_id)
        user.imported = passwords.is_foreign(person.record)
    db.add(user)
    for group in person.groups:
        groups.ensure(db, group)
        groups.add(db, user_id, group)
    mine = emails.listed(db, user_id)
    for address in person.emails:
        if address not in taken and len(mine) < emails.MOST:
            emails.claim(db, user_id, address, is_main=not any(one.is_main for one in emails.listed(db, user_id)))
    if person.phone and person.phone not in taken and len(phones.listed(db, user_id)) < phones.MOST:
        phones.claim(db, user_id, person.phone)
    words.keep(db, [user_id])
    history.record(db, user_id, "imported", NOBODY, BY)
    return Outcome(UPDATED, user_id)


def _free(db: Db, wanted: list[str]) -> None:
    """Void what others claimed for addresses and numbers and never confirmed (pre-hijacking); nobody waits any more."""
    claimed = select(Email.address).where(col(Email.address).in_(wanted), col(Email.confirmed_at).is_(None))
    linked = select(ActionLink.email).where(col(ActionLink.email).in_(wanted), ActionLink.uses_left > 0)
    for address in {*db.exec(claimed).all(), *db.exec(linked).all()}:
        words.keep(db, emails.void_claims(db, address))
    run(db, delete(Applicant).where(col(Applicant.address).in_(wanted)))
    for number in db.exec(select(Code.target).where(col(Code.target).in_(wanted)).distinct()).all():
        codes.void_to(db, number)


def _owners(db: Db, people: Sequence[Person]) -> dict[str, UUID]:
    """Whose the addresses and numbers are already."""
    addresses = [one for person in people for one in person.emails]
    numbers = [person.phone for person in people if person.phone]
    of_addresses = select(Email.address, Email.user_id).where(
        col(Email.address).in_(addresses), col(Email.confirmed_at).is_not(None)
    )
    of_numbers = select(Phone.number, Phone.user_id).where(col(Phone.number).in_(numbers))
    return dict(db.exec(of_addresses).all()) | dict(db.exec(of_numbers).all())


def _ids(db: Db, people: Sequence[Person]) -> set[UUID]:
    wanted = [one for one in (_uuid(person.id) for person in people) if one]
    return set(db.exec(select(User.id).where(col(User.id).in_(wanted))).all()) if wanted else set()


def _email(user_id: UUID, address: str, since: datetime, *, is_main: bool) -> dict[str, Any]:
    times = {"added_at": since, "confirmed_at": since}
    return {"id": uuid4(), "user_id": user_id, "address": address, "is_main": is_main, **times}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _several(value: Any) -> list[str]:
    """A list, or a text in which semicolons, commas or blanks are between."""
    texts = value if isinstance(value, list) else [value]
    return [one for text in texts if text for one in str(text).replace(";", " ").replace(",", " ").split()]


def _groups(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else str(value or "").replace(",", ";").split(";")
    spelled = ("-".join(str(one).lower().split()) for one in names)
    try:
        found = tuple(dict.fromkeys(groups.spelled(one) for one in spelled if one))
    except BadInput as no:
        raise Unfit(f"groups: {no.message}") from None
    if len(found) > MOST_GROUPS:
        raise Unfit(f"there are more than {MOST_GROUPS} groups")
    return found


def _is_true(row: Mapping[str, Any], column: str) -> bool:
    said = str(row.get(column, "") if row.get(column) is not None else "").strip().casefold()
    if said in _YES or not said:
        return True
    if said in _NO:
        return False
    raise Unfit(f"{column} is neither true nor false")


def _time(value: Any) -> datetime | None:
    if not value:
        return None
    try:
        at = datetime.fromisoformat(str(value).strip())
        return min(at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC), clock.now())
    except (ValueError, OverflowError):
        raise Unfit("created_at is not a time like 2024-05-31T12:00:00Z") from None
