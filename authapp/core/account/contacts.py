"""Email addresses and phone numbers of a user: the rules that both share."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from authapp.core import Db, execute
from authapp.core.account import identities, removals, search_words, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.base import audit, hooks, identifiers, phone_numbers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput
from authapp.core.credentials import codes, link_ends, scram
from authapp.core.sessions import session_renames, sessions
from authapp.core.sessions.sessions import Principal
from authapp.models import ActionLink, Email, Phone

Row = TypeVar("Row", Email, Phone)


@dataclass(frozen=True, kw_only=True)
class Contacts(Generic[Row]):
    """The table of email addresses, or that of phone numbers, and the rules that are the same for both."""

    table: type[Row]
    column: str  # name of the column with the identifier
    since: str  # name of the column that sorts them by age
    noun: str  # begins the names of audit events and security mails
    most: int  # of one user
    has_codes: bool = False  # whether one-time codes to them must be void after their removal
    gone: str
    unconfirmed: str = ""
    full: str
    last: str

    def listed(self, db: Db, user_id: UUID) -> list[Row]:
        """Return the emails or phones of a user: the main one first, then the oldest first."""
        table, since = self.table, getattr(self.table, self.since)
        of_user = select(table).where(col(table.user_id) == user_id)
        query = of_user.order_by(col(table.is_main).desc(), since, getattr(table, self.column))
        return list(db.exec(query.execution_options(populate_existing=True)).all())

    def identifier(self, row: Row) -> str:
        """Return the email address or phone number of a row."""
        return str(getattr(row, self.column))

    def own(self, db: Db, me: Principal, id: object) -> Row:
        """Return the row of the user with this id.

        Raises:
            BadInput: the user has no such row.
        """
        try:
            row = db.get(self.table, UUID(id), populate_existing=True) if isinstance(id, str) else None
        except ValueError:
            row = None
        if row is None or row.user_id != me.user_id:
            raise BadInput(self.gone)
        return row

    def require_room(self, mine: list[Row], field: str) -> None:
        """Refuse another email or phone when the user has the maximum."""
        if len(mine) >= self.most:
            raise BadInput(self.full, field=field)

    def make_main(self, db: Db, me: Principal, id: object, caller: Caller) -> None:
        """Make a confirmed email or phone the main one.

        Raises:
            BadInput: it does not exist, or is not confirmed.
            SessionExpired: the session ended.
            TooManyRequests: too many changes.
        """
        sessions.require(db, me)
        identifiers.lock_user(db, me.user_id)
        row = self.own(db, me, id)
        if not row.confirmed_at:
            raise BadInput(self.unconfirmed)
        if row.is_main:
            return
        rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
        previous = next((self.identifier(contact) for contact in self.listed(db, me.user_id) if contact.is_main), "")
        identifier, event = self.identifier(row), f"{self.noun}_main"
        self.set_main(db, me.user_id, identifier)
        audit.record(db, me.user_id, event, caller, phone_numbers.format_phone(identifier))
        undo = "main" if previous else ""
        security_mail.send(db, me.user_id, caller, SecurityMail(event, about=identifier, undo=undo, before=previous))

    def remove(self, db: Db, me: Principal, id: object, caller: Caller) -> None:
        """Remove an email or phone. If it was the main one, the oldest confirmed one takes its place.

        Raises:
            BadInput: it does not exist, or is the last way to log in.
            SessionExpired: the session ended.
            StepUpNeeded: the last authentication is too old.
            TooManyRequests: too many changes.
        """
        sessions.require(db, me, fresh=True)
        identifier, event = self.identifier(self.own(db, me, id)), f"{self.noun}_removed"
        link_ends.lock(db, identifier)  # both before the user, as when a link is followed; another order can deadlock
        if self.has_codes:
            codes.lock(db, identifier)
        identifiers.lock_user(db, me.user_id)
        row = self.own(db, me, id)
        if identifiers.login_identifiers(db, me.user_id) == [identifier] and not identities.usable(db, me.user_id):
            raise BadInput(self.last)
        rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
        removal = removals.of(db, me.user_id, identifier, row.confirmed_at) if row.confirmed_at else None
        self.forget(db, row)
        audit.record(db, me.user_id, event, caller, phone_numbers.format_phone(identifier))
        if removal:
            security_mail.send(
                db, me.user_id, caller, SecurityMail(event, about=identifier, undo="removed", removal=removal)
            )

    def forget(self, db: Db, row: Row) -> None:
        """Remove an email or phone from its user, with its links. Sessions opened with it get another identifier."""
        user_id, identifier, is_confirmed = row.user_id, self.identifier(row), row.confirmed_at is not None
        execute(db, delete(self.table).where(col(self.table.id) == row.id))
        scram.forget(db, user_id, identifier)
        search_words.keep(db, [user_id])
        link_ends.void_to(db, identifier, user_id, was_theirs=is_confirmed)
        if self.has_codes:
            codes.void_to(db, identifier)
        others = [contact for contact in self.listed(db, user_id) if contact.confirmed_at]
        if row.is_main and others:
            self.set_main(db, user_id, self.identifier(others[0]))
        replacement = identities.identifier(db, user_id)
        if is_confirmed and replacement:
            session_renames.rename_identifier(db, user_id, identifier, replacement)
        if is_confirmed:
            hooks.on_identifier_removed.run(db, user_id, identifier)

    def set_main(self, db: Db, user_id: UUID, identifier: str) -> None:
        """Make an email or phone of a user the main one."""
        of_user, is_new_main = col(self.table.user_id) == user_id, getattr(self.table, self.column) == identifier
        execute(db, update(self.table).where(of_user, ~is_new_main).values(is_main=False))
        execute(db, update(self.table).where(of_user, is_new_main).values(is_main=True))

    def undo(self, db: Db, link: ActionLink) -> None:
        """Undo the change that a link names, but nothing newer, and nothing of other users."""
        user_id, change, identifier, recipient = link.user_id, link.data["undo"], link.data["about"], link.email
        assert user_id is not None
        contacts = {self.identifier(contact): contact for contact in self.listed(db, user_id)}
        row = contacts.get(identifier)
        if row is None:
            return
        if change == "added" and row.confirmed_at and row.confirmed_at <= link.issued_at and identifier != recipient:
            # The last way to log in stays.
            if [other for other in identifiers.login_identifiers(db, user_id) if other != identifier]:
                self.forget(db, row)
        elif change == "main" and row.is_main:
            previous = contacts.get(link.data.get("before", recipient))  # links of older versions have no `before`
            if previous and previous.confirmed_at:
                self.set_main(db, user_id, self.identifier(previous))
