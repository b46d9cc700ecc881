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
    links,
    passwords,
    phones,
    run,
    sessions,
    words,
)
from authapp.core.devices import Client
from authapp.core.errors import BadInput, Busy, DeadLink, NumberTaken, Refusal
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
NOT_CONFIRMED = "nobody confirmed the address there, so it may be somebody else's; its owner can sign up here"
BY = str(history.SERVER)
_UNKNOWN = Client()
NAMES = ("first_name", "last_name")
MOST_GROUPS = 50  # of one person
_YES, _NO = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}


class Unfit(Exception):
    """Why a row cannot be taken, in words for whoever runs the import."""


class Person(NamedTuple):
    """A row that can be taken."""

    line: int  # or the position in an array
    id: str  # what the other system calls the person
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
    def own_id(self) -> UUID | None:
        """The id, where it is a UUID: it is kept."""
        return _uuid(self.id)

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
    for column, value in row.items():
        if not all(identifiers.is_text(str(one)) for one in (value if isinstance(value, list) else [value])):
            raise Unfit(f"{column}: there is a character that cannot be kept")
    try:
        addresses = tuple(dict.fromkeys(identifiers.email(one) for one in _several(row.get("emails"))))
        phone = identifiers.phone(row["phone"], _UNKNOWN) if row.get("phone") else ""
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
        _id(row.get("id")),
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
            it is an imported one, or none came with them.

    Raises:
        Busy, DeadLink, NumberTaken, IntegrityError: others were faster just now; the next try finds what they did.
    """
    owners = _owners(db, people)
    ids = _ids(db, people)
    outcomes: dict[int, Outcome] = {}
    new, known = _New(), list[tuple[UUID, Person]]()
    for person in people:
        found = {owners[one] for one in person.identifiers if one in owners}
        if len(found) > 1:
            outcomes[person.line] = Outcome(REFUSED, None, "its addresses belong to different people here")
        elif found:
            (user_id,) = found
            outcomes[person.line] = Outcome(THERE, user_id)
            known += [(user_id, person)] if renew else []
        elif person.own_id in ids:
            outcomes[person.line] = Outcome(REFUSED, None, "its id is that of an account here, with other addresses")
        else:
            outcomes[person.line] = Outcome(TAKEN, new.add(person.own_id or uuid4(), person))
    written = [*new.people.values(), *(person for _, person in known)]
    _keep_groups(db, {group for person in written for group in person.groups})
    _free(db, [one for person in written for one in person.identifiers if one not in owners], {id for id, _ in known})
    for user_id, person in known:
        outcomes[person.line] = _renew(db, user_id, person, set(owners))
    new.write(db)
    if hooks.on_identifier_added or hooks.on_sign_up:
        outcomes |= {person.line: no for person, no in new.tell_product(db)}
    return [outcomes[person.line] for person in people]


@dataclass
class _New:
    """The rows of new users, by their tables."""

    people: dict[UUID, Person] = field(default_factory=dict)
    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(
        default_factory=lambda: {table: [] for table in (User, Email, Phone, Word, Membership, Entry)}
    )

    def add(self, user_id: UUID, person: Person) -> UUID:
        now = clock.now()
        self.people[user_id] = person
        since = person.created_at or now
        sealed = passwords.seal_record(person.record, user_id) if person.record else None
        self.rows[User].append(
            {
                "id": user_id,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "password_record": sealed,
                "imported": not person.record or passwords.is_foreign(person.record),
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
        self.rows[Entry].append({"user_id": user_id, **history.row("imported", _UNKNOWN, BY)})
        return user_id

    def write(self, db: Db) -> None:
        for table, rows in self.rows.items():
            if rows:
                db.flush()
                db.connection().execute(insert(table), rows)

    def tell_product(self, db: Db) -> Iterable[tuple[Person, Outcome]]:
        """Let the product take part, one by one. Whom it refuses is not taken."""
        for user_id, person in self.people.items():
            user = db.get_one(User, user_id)
            try:
                with db.begin_nested():
                    for one in person.identifiers:
                        hooks.on_identifier_added.run(db, user_id, one)
                    hooks.on_sign_up.run(db, user)
            except Refusal as no:
                db.delete(user)
                db.flush()
                yield person, Outcome(REFUSED, None, no.message)


def _renew(db: Db, user_id: UUID, person: Person, taken: set[str]) -> Outcome:
    try:
        with db.begin_nested():
            return _renewed(db, user_id, person, taken)
    except (DeadLink, NumberTaken):  # somebody confirmed one of the addresses just now
        raise
    except Refusal as no:  # the product's
        return Outcome(REFUSED, None, no.message)


def _renewed(db: Db, user_id: UUID, person: Person, taken: set[str]) -> Outcome:
    user = db.get(User, user_id, populate_existing=True)  # as it is now that it is kept for us
    if user is None:
        raise Busy
    user.first_name, user.last_name = person.first_name or user.first_name, person.last_name or user.last_name
    if person.record and user.imported:  # not one that was set here, nor one that its owner ended
        user.password_record = passwords.seal_record(person.record, user_id)
        user.imported = passwords.is_foreign(person.record)
    db.add(user)
    for group in person.groups:
        groups.add(db, user_id, group)
    mine = emails.listed(db, user_id)
    for address in person.emails:
        if address not in taken and len(mine) < emails.MOST:
            emails.claim(db, user_id, address, is_main=not any(one.is_main for one in emails.listed(db, user_id)))
    if person.phone and person.phone not in taken and len(phones.listed(db, user_id)) < phones.MOST:
        phones.claim(db, user_id, person.phone)
    words.keep(db, [user_id])
    history.record(db, user_id, "imported", _UNKNOWN, BY)
    return Outcome(UPDATED, user_id)


def _keep_groups(db: Db, wanted: set[str]) -> None:
    """Make the groups that are not there; nobody deletes one meanwhile. First of all, as administrators do."""
    for group in sorted(wanted, key=lambda one: (one != groups.ADMIN, one)):
        groups.ensure(db, group)
    if groups.kept(db, wanted) != wanted:
        raise Busy


def _free(db: Db, wanted: list[str], known: set[UUID]) -> None:
    """Void what others claimed for addresses and numbers and never confirmed (pre-hijacking); nobody waits any more.

    Links are kept for us first, then who claimed the addresses and who will be changed: as who follows a link does.
    """
    claimed = select(Email.address, Email.user_id).where(
        col(Email.address).in_(wanted), col(Email.confirmed_at).is_(None)
    )
    claims = db.exec(claimed).all()
    linked = select(ActionLink.email).where(col(ActionLink.email).in_(wanted), ActionLink.uses_left > 0)
    addresses = {*(address for address, _ in claims), *db.exec(linked).all()}
    links.lock(db, *addresses)
    for user_id in sorted(known | {user_id for _, user_id in claims}):
        identifiers.alone(db, user_id)
    for address in addresses:
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
    wanted = [person.own_id for person in people if person.own_id]
    return set(db.exec(select(User.id).where(col(User.id).in_(wanted))).all()) if wanted else set()


def _email(user_id: UUID, address: str, since: datetime, *, is_main: bool) -> dict[str, Any]:
    times = {"added_at": since, "confirmed_at": since}
    return {"id": uuid4(), "user_id": user_id, "address": address, "is_main": is_main, **times}


def _id(value: Any) -> str:
    """Empty also for the UUID of nothing but zeros: it is nobody's."""
    text = str(value or "").strip()
    return "" if _uuid(text) == history.NOBODY else text


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
