"""Import of users from another system, a thousand at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, insert
from sqlmodel import SQLModel, col, select

from authapp.core import Db, execute
from authapp.core.account import emails, phones, search_words
from authapp.core.admin.imports import values
from authapp.core.admin.imports.rows import EMAIL_NOT_CONFIRMED, PHONE_NOT_CONFIRMED, Choices, Person, read
from authapp.core.admin.imports.values import Unfit
from authapp.core.authorization import groups
from authapp.core.base import audit, clock, hooks, identifiers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import Busy, InvalidActionKey, NumberTaken, Refusal
from authapp.core.credentials import codes, link_ends, passwords, scram
from authapp.core.sessions import session_ends, sessions
from authapp.models import (
    ActionLink,
    AuditEvent,
    Code,
    Email,
    Identity,
    Membership,
    Phone,
    SearchWord,
    User,
    WaitlistEntry,
)

__all__ = ["EMAIL_NOT_CONFIRMED", "PHONE_NOT_CONFIRMED", "Choices", "Person", "Unfit", "read"]

TAKEN, THERE, UPDATED, REFUSED = "taken", "already there", "updated", "refused"
NOT_THEIRS = "the address was not confirmed there, and belongs to another account here"
BY = str(audit.SERVER)
_UNKNOWN = Caller()


class Outcome(NamedTuple):
    """Result of a row."""

    what: str  # one of the four above
    user_id: UUID | None = None
    why: str = ""


def take(db: Db, people: Sequence[Person], *, renew: bool = False) -> list[Outcome]:
    """Create users, many at once. Existing users stay as they are, or are updated.

    Args:
        people: the users; no two of them share an email address, a number or an id.
        renew: whether to update existing users: names, groups, further addresses and numbers; the password only while
            it is a hash of another system, or the import had none.

    Raises:
        Busy, InvalidActionKey, NumberTaken, IntegrityError: another transaction was faster; a retry sees its changes.
    """
    owners, held = _owners(db, people), _held(db, people)
    ids = _ids(db, people)
    outcomes: dict[int, Outcome] = {}
    new, known = _New(), list[tuple[UUID, Person]]()
    for person in people:
        found = {owners[one] for one in person.identifiers if one in owners}
        # Unconfirmed addresses identify no user if the row also has a confirmed address or number.
        about = person.emails if person.identifiers else person.unconfirmed
        found = found or {held[one] for one in about if one in held}
        if not found and not person.identifiers and any(one in owners for one in person.unconfirmed):
            outcomes[person.line] = Outcome(REFUSED, None, NOT_THEIRS)
        elif len(found) > 1:
            outcomes[person.line] = Outcome(REFUSED, None, "its addresses belong to different people here")
        elif found:
            (user_id,) = found
            outcomes[person.line] = Outcome(THERE, user_id)
            known += [(user_id, person)] if renew else []
        elif person.own_id in ids:
            outcomes[person.line] = Outcome(REFUSED, None, "its id belongs to an account here with other addresses")
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


_WAITS = {values.ACTIVE: "", values.UNCONFIRMED: sessions.UNCONFIRMED, values.DISABLED: sessions.DISABLED}


@dataclass
class _New:
    """Rows of new users, by table."""

    people: dict[UUID, Person] = field(default_factory=dict)
    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(
        default_factory=lambda: {table: [] for table in (User, Email, Phone, SearchWord, Membership, AuditEvent)}
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
                "password_parameters": passwords.form(sealed, user_id),
                "imported": not person.record or passwords.is_imported(person.record),
                "avatar": "",
                "blocked_by": _WAITS[person.state],
                "language": "",
                "created_at": since,
                "closes_at": None,
            }
        )
        for address in person.emails:
            self.rows[Email].append(_email(user_id, address, since, since, is_main=address == person.emails[0]))
        for address in person.unconfirmed:
            self.rows[Email].append(_email(user_id, address, now, None))
        if person.phone:
            number = {"id": uuid4(), "user_id": user_id, "number": person.phone, "is_main": True, "confirmed_at": since}
            self.rows[Phone].append(number)
        addresses, numbers = [*person.emails, *person.unconfirmed], [person.phone] if person.phone else []
        spoken = search_words.of(person.first_name, person.last_name, addresses, numbers)
        self.rows[SearchWord] += [{"word": word, "user_id": user_id} for word in spoken]
        self.rows[Membership] += [{"user_id": user_id, "name": group} for group in person.groups]
        self.rows[AuditEvent].append({"user_id": user_id, **audit.row("imported", _UNKNOWN, BY)})
        return user_id

    def write(self, db: Db) -> None:
        for table, rows in self.rows.items():
            if rows:
                db.flush()
                db.connection().execute(insert(table), rows)

    def tell_product(self, db: Db) -> Iterable[tuple[Person, Outcome]]:
        """Run the product's hooks for each user. A user that a hook refuses is not created, and is yielded."""
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
    except (InvalidActionKey, NumberTaken):  # another user confirmed one of the addresses just now
        raise
    except Refusal as no:  # raised by a hook of the product
        return Outcome(REFUSED, None, no.message)


def _renewed(db: Db, user_id: UUID, person: Person, taken: set[str]) -> Outcome:
    user = db.get(User, user_id, populate_existing=True)  # read again now that it is locked
    if user is None:
        raise Busy
    user.first_name, user.last_name = person.first_name or user.first_name, person.last_name or user.last_name
    comes_in = bool(person.identifiers) and not identifiers.login_identifiers(db, user_id)
    if comes_in:  # the previous password is from a person who never confirmed an address
        user.password_record, user.password_parameters = None, ""
        user.imported = True
        scram.forget(db, user_id)
        user.blocked_by = "" if user.blocked_by == sessions.UNCONFIRMED else user.blocked_by
        session_ends.close_all(db, user_id)
    if person.record and user.imported:  # not a password that was set or deleted here
        user.password_record = passwords.seal_record(person.record, user_id)
        user.password_parameters = passwords.form(user.password_record, user_id)
        user.imported = passwords.is_imported(person.record)
    db.add(user)
    for group in person.groups:
        groups.add(db, user_id, group)
    mine = emails.listed(db, user_id)
    for address in person.emails:
        if address not in taken and len(mine) < emails.MOST:
            emails.claim(db, user_id, address, is_main=not any(one.is_main for one in emails.listed(db, user_id)))
    if person.phone and person.phone not in taken and len(phones.listed(db, user_id)) < phones.MOST:
        phones.claim(db, user_id, person.phone)
    search_words.keep(db, [user_id])
    audit.record(db, user_id, "imported", _UNKNOWN, BY)
    return Outcome(UPDATED, user_id)


def _keep_groups(db: Db, wanted: set[str]) -> None:
    """Create missing groups, and protect them all from deletion until the end of the transaction.

    This comes before all other locks, as in the rules of administrators (deadlock).
    """
    for group in sorted(wanted, key=lambda one: (one != groups.ADMIN, one)):
        groups.ensure(db, group)
    if groups.kept(db, wanted) != wanted:
        raise Busy


def _free(db: Db, wanted: list[str], known: set[UUID]) -> None:
    """Void unconfirmed claims of others to the addresses and numbers (pre-hijacking), and clear their waitlist entries.

    Links are locked first, then the users with such claims and the users to update. Following a link locks in the same
    order (deadlock).
    """
    claimed = select(Email.address, Email.user_id).where(
        col(Email.address).in_(wanted), col(Email.confirmed_at).is_(None)
    )
    claims = db.exec(claimed).all()
    linked = select(ActionLink.email).where(col(ActionLink.email).in_(wanted), ActionLink.uses_left > 0)
    addresses = {*(address for address, _ in claims), *db.exec(linked).all()}
    link_ends.lock(db, *addresses)
    for user_id in sorted(known | {user_id for _, user_id in claims}):
        identifiers.lock_user(db, user_id)
    for address in addresses:
        search_words.keep(db, emails.void_claims(db, address))
    execute(db, delete(WaitlistEntry).where(col(WaitlistEntry.address).in_(wanted)))
    for number in db.exec(select(Code.target).where(col(Code.target).in_(wanted)).distinct()).all():
        codes.void_to(db, number)


def _owners(db: Db, people: Sequence[Person]) -> dict[str, UUID]:
    """Return the owners of the addresses and numbers that are already confirmed."""
    addresses = [one for person in people for one in (*person.emails, *person.unconfirmed)]
    numbers = [person.phone for person in people if person.phone]
    of_addresses = select(Email.address, Email.user_id).where(
        col(Email.address).in_(addresses), col(Email.confirmed_at).is_not(None)
    )
    of_numbers = select(Phone.number, Phone.user_id).where(col(Phone.number).in_(numbers))
    return dict(db.exec(of_addresses).all()) | dict(db.exec(of_numbers).all())


def _ids(db: Db, people: Sequence[Person]) -> set[UUID]:
    wanted = [person.own_id for person in people if person.own_id]
    return set(db.exec(select(User.id).where(col(User.id).in_(wanted))).all()) if wanted else set()


def _held(db: Db, people: Sequence[Person]) -> dict[str, UUID]:
    """Return the users with one of the addresses who cannot log in yet: earlier imports.

    Something blocks their login, and they have no confirmed address, no number and no identity.
    """
    wanted = [one for person in people for one in (*person.emails, *person.unconfirmed)]
    ways_in = [
        select(Email.id).where(Email.user_id == User.id, col(Email.confirmed_at).is_not(None)),
        select(Phone.id).where(Phone.user_id == User.id),
        select(Identity.id).where(Identity.user_id == User.id),
    ]
    claims = select(Email.address, Email.user_id).join(User, col(User.id) == col(Email.user_id))
    has_none = [~way.correlate(User).exists() for way in ways_in]
    return dict(db.exec(claims.where(col(Email.address).in_(wanted), col(User.blocked_by) != "", *has_none)).all())


def _email(
    user_id: UUID, address: str, added_at: datetime, confirmed_at: datetime | None, *, is_main: bool = False
) -> dict[str, Any]:
    times = {"added_at": added_at, "confirmed_at": confirmed_at}
    return {"id": uuid4(), "user_id": user_id, "address": address, "is_main": is_main, **times}
