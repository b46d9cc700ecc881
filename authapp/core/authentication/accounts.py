"""Users: their lookup for a login, and their names, language and password."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, update
from sqlmodel import col, or_, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.account import search_words, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.authorization import approvals
from authapp.core.base import audit, hooks, identifiers, person_names, phone_numbers, rate_limits, typed_text
from authapp.core.base.callers import Caller
from authapp.core.base.changes import changes
from authapp.core.base.errors import BadInput, StepUpNeeded
from authapp.core.base.routes import route
from authapp.core.credentials import link_ends, passwords, scram
from authapp.core.sessions import session_ends, sessions, tickets
from authapp.core.sessions.sessions import Principal
from authapp.i18n import catalogues, negotiation
from authapp.i18n.texts import t
from authapp.models import Email, Phone, ScramRecord, User

NAMELESS = t(
    "Add and confirm an email address or a phone number first: you need one of these to log in with a password."
)


def password_page(then: str = "") -> str:
    """Return the path of the page that asks for a new password and then leads on to `then`."""
    return f"{route('settings')}?set=password" + (f"&next={then}" if then else "")


def unblock(db: Db, user_id: UUID, reason: str) -> None:
    """Clear the reason that blocks a login. The login may be blocked by an approval next."""
    statement = update(User).where(col(User.id) == user_id, col(User.blocked_by) == reason).values(blocked_by="")
    if execute(db, statement).rowcount:
        approvals.request_approval(db, user_id)


class Owner(NamedTuple):
    """The owner of an email address or phone number, with the facts that a login needs."""

    id: UUID
    password_record: bytes | None
    closes_at: datetime | None
    blocked_by: str  # why the user cannot log in yet
    record: bytes | None  # the SCRAM record of this email address or phone number


# Built once: building a statement takes longer than running it.
_FACTS: Any = (
    col(User.id),
    col(User.password_record),
    col(User.closes_at),
    col(User.blocked_by),
    col(ScramRecord.record),
)
_OWNER: Any = select(*_FACTS)
# Users without a password, or with an imported hash, have no SCRAM records.
_RECORD = and_(
    col(ScramRecord.user_id) == col(User.id),
    col(ScramRecord.identifier) == bindparam("identifier"),
    col(User.password_record).is_not(None),
    ~col(User.imported),
)
_OF_NUMBER = (
    _OWNER.join(Phone, col(Phone.user_id) == col(User.id))
    .outerjoin(ScramRecord, _RECORD)
    .where(col(Phone.number) == bindparam("identifier"))
)
_OF_ADDRESS = (
    _OWNER.join(Email, col(Email.user_id) == col(User.id))
    .outerjoin(ScramRecord, _RECORD)
    .where(col(Email.address) == bindparam("identifier"), col(Email.confirmed_at).is_not(None))
)
# Only imported accounts have a password and an unconfirmed address. One query covers confirmed and unconfirmed
# addresses, so that the response time does not reveal which of the two an address is.
_TO_LOG_IN = (
    _OWNER.join(Email, col(Email.user_id) == col(User.id))
    .outerjoin(ScramRecord, _RECORD)
    .where(
        col(Email.address) == bindparam("identifier"),
        or_(
            col(Email.confirmed_at).is_not(None),
            (col(User.blocked_by) == sessions.UNCONFIRMED) & col(User.password_record).is_not(None),
        ),
    )
    .order_by(col(Email.confirmed_at).is_(None), col(User.created_at), col(User.id))
    .limit(1)
)


def find_for_login(db: Db, identifier: str) -> Owner | None:
    """Return the owner of an identifier, else the imported account that has yet to confirm it."""
    if phone_numbers.is_number(identifier):
        return find(db, identifier)
    row: Any = execute(db, _TO_LOG_IN, {"identifier": identifier}).first()
    return Owner(*row) if row else None


def find(db: Db, identifier: str) -> Owner | None:
    """Return the user who confirmed an email address or phone number. Numbers are ignored if phones are off."""
    if phone_numbers.is_number(identifier) and not settings().phones:
        return None
    query = _OF_NUMBER if phone_numbers.is_number(identifier) else _OF_ADDRESS
    row: Any = execute(db, query, {"identifier": identifier}).first()
    return Owner(*row) if row else None


def set_names(db: Db, me: Principal, first_name: object, last_name: object, caller: Caller) -> None:
    """Set the first and last name of the user.

    Raises:
        BadInput: a name is too long or has control characters.
        SessionExpired: the session ended.
        TooManyRequests: too many changes.
    """
    first, last = person_names.name(first_name, "first_name"), person_names.name(last_name, "last_name")
    sessions.require(db, me)
    identifiers.lock_user(db, me.user_id)  # before the rate limit, in the same order everywhere: prevents deadlocks
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
    execute(db, update(User).where(col(User.id) == me.user_id).values(first_name=first, last_name=last))
    search_words.keep(db, [me.user_id])
    audit.record(db, me.user_id, "names_set", caller)
    changes(db).keys_changed.add(me.session_id)  # so that caches drop the old names


def set_language(db: Db, me: Principal, language: object, caller: Caller) -> None:
    """Set the language of the pages and of the messages to the user.

    Args:
        language: an offered language; empty for the language of the browser, which may change later.

    Raises:
        BadInput: the language is not offered.
        SessionExpired: the session ended.
        TooManyRequests: too many changes.
    """
    if not typed_text.is_text(language) or language not in {"", *catalogues.languages()}:
        raise BadInput(t("This language is not available here."), field="language")
    sessions.require(db, me)
    identifiers.lock_user(db, me.user_id)  # before the rate limit, in the same order everywhere
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
    new_language = language or negotiation.guessed(negotiation.negotiated("", "", caller.languages))
    execute(db, update(User).where(col(User.id) == me.user_id).values(language=new_language))
    audit.record(db, me.user_id, "language_set", caller)
    changes(db).keys_changed.add(me.session_id)  # so that caches drop the old language


@dataclass(frozen=True)
class NewPassword:
    """A new password, typed twice."""

    password: object = field(repr=False)
    confirmation: object = field(repr=False)


def set_password(db: Db, me: Principal, new: NewPassword, *, tab: str, caller: Caller) -> str:
    """Set the password, end every other session, and return a ticket for this session's new key.

    Raises:
        BadInput: the user has no email address or phone number, which a login with a password needs.
        WeakPassword: the password breaks the policy, or the two inputs differ.
        SessionExpired: the session ended.
        StepUpNeeded: the last authentication is too old.
        TooManyRequests: too many changes.
    """
    if not me.is_fresh:
        raise StepUpNeeded
    own_words = (me.first_name, me.last_name, me.identifier)
    new_password = passwords.check(new.password, new.confirmation, own_words)
    rate_limits.check(
        db, str(me.user_id), rate_limits.CHANGES_PER_USER
    )  # hashing is expensive: one hash per identifier
    terms = scram.current_of(db, me.user_id)
    db.rollback()  # hold no locks while the hashes are computed
    record, records = scram.make(new_password, me.user_id, terms)
    sessions.require(db, me, fresh=True)
    if not identifiers.login_identifiers(db, me.user_id):
        raise BadInput(NAMELESS, field="password")
    identifiers.lock_user(db, me.user_id)  # before the rate limit, in the same order everywhere
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
    keep_password(db, me.user_id, record, records)
    session_ends.close_all(db, me.user_id, spare=me.session_id)
    sessions.lock(db, me)
    link_ends.void_of(db, me.user_id, action="reset")
    rate_limits.forget_failures(db, me.user_id, *identifiers.login_identifiers(db, me.user_id))
    audit.record(db, me.user_id, "password_set", caller)
    security_mail.send(db, me.user_id, caller, SecurityMail("password_set"))
    hooks.on_password_set.run(db, me.user_id)
    return tickets.issue_renewal(db, me, tab=tab)


def keep_password(
    db: Db, user_id: UUID, record: bytes, records: Mapping[str, bytes] | None = None, *, instead_of: bytes | None = None
) -> bool:
    """Replace all password records of a user. Returns whether they were replaced.

    Args:
        user_id: the owner of the password.
        record: the record of the user.
        records: the records of the user's identifiers.
        instead_of: the record that the password was verified against. A password that was set since then is kept.
    """
    statement = update(User).where(col(User.id) == user_id)
    statement = statement if instead_of is None else statement.where(col(User.password_record) == instead_of)
    form = passwords.form(record, user_id)
    if not execute(db, statement.values(password_record=record, password_parameters=form, imported=False)).rowcount:
        return False
    scram.keep(db, user_id, records or {})
    return True
