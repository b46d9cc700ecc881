"""SCRAM records, one for each identifier of a user, and the challenge terms of known and unknown identifiers.

The salt of a record depends only on the identifier and a key of this database. Missing and outdated records
are renewed after a correct proof. Such records are older than that key, belong to an identifier that was added later,
have other iterations, or were imported. Until then the same share of unknown identifiers shows such outdated terms
(user enumeration).
"""

import base64
import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, delete, func, insert, literal, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock, identifiers, rate_limits, tokens
from authapp.core.base.errors import RenewalNotFoundOrExpired
from authapp.core.base.process_state import cache
from authapp.core.credentials import passwords
from authapp.core.credentials.passwords import ScramKeys
from authapp.models import DatabaseKey, Email, Phone, ScramParameterCount, ScramRecord, User

RENEWAL_LIFE = timedelta(seconds=60)
SALT_LENGTH = 16
KEY_PURPOSE = "lasting key"  # purpose of the server key that encrypts the lasting keys
# Each lasting key, and the purpose of the server key that replaces it while it cannot be read.
DATABASE_KEYS = {"salt": "challenge salt", "old salt": "fake salt", "plain": "plain"}
OWN, MAIN = "own", "main"  # the record of the identifier itself; the one record of the user, with a random salt


class Terms(NamedTuple):
    """SCRAM terms that a client needs to derive a record: iterations and salt."""

    rounds: int
    salt: bytes

    @property
    def text(self) -> str:
        """Return the terms as a server-first-message contains them (RFC 5802, 7)."""
        return f"s={base64.b64encode(self.salt).decode()},i={self.rounds}"


class Renewal(NamedTuple):
    """One-time right to send a new record for the identifier of a correct proof, and the required terms."""

    token: str
    salt: str  # Base64
    iterations: int


class _Form(NamedTuple):
    """Iterations and salt length that some identifiers show, and how many known identifiers show them."""

    kind: str
    rounds: int
    length: int
    names: int


class _Known(NamedTuple):
    """Data that all answers of a minute depend on."""

    keys: dict[str, bytes]
    forms: tuple[_Form, ...]


def terms_of(check: ScramKeys) -> Terms:
    """Return the terms of a record."""
    return Terms(check.rounds, check.salt)


def current(db: Db, name: str) -> Terms:
    """Return the terms for a new record of an identifier."""
    return Terms(settings().password_rounds, _salt(db, "salt", name, SALT_LENGTH))


def current_of(db: Db, user_id: UUID) -> dict[str, Terms]:
    """Return the terms for new records of all identifiers of a user."""
    return {name: current(db, name) for name in identifiers.login_identifiers(db, user_id)}


def keys_for(name: str, user_id: UUID, record: bytes | None, main: bytes | None) -> Iterable[ScramKeys]:
    """Yield the SCRAM records that a user's password is checked against, the best first.

    Args:
        name: the identifier as typed.
        user_id: the user who has it.
        record: the record of that identifier.
        main: the record of the user.
    """
    if record and (own_keys := passwords.scram_keys(record, user_id, name)):
        yield own_keys
    if main and (main_keys := passwords.scram_keys(main, user_id)):
        yield main_keys


def made_up(db: Db, name: str) -> ScramKeys:
    """Return the fake record of an unknown identifier. No password matches it.

    It shows terms that a known identifier could show (user enumeration).
    """
    form = _form_of(db, name)
    salt = _salt(db, "salt" if form.kind == OWN else "old salt", name, form.length)
    stored_key, server_key = (_salt(db, "salt", f"{name} {part}", 32) for part in ("stored", "server"))
    return ScramKeys(form.rounds, salt, stored_key, server_key)


def draw_plain(db: Db, name: str) -> float:
    """Return a number from 0 to 1 that is derived from an identifier.

    It decides whether the plain password is requested for an identifier that is unknown or has no password.
    """
    return _fraction(_challenge_data(db).keys["plain"], name)


def make(password: str, user_id: UUID, terms: Mapping[str, Terms]) -> tuple[bytes, dict[str, bytes]]:
    """Derive the record of a user, and those of their identifiers. Each takes as long as a login check should.

    Args:
        password: the password, just set or proved correct.
        user_id: the owner of the password.
        terms: the identifiers, each with the terms from `current`.
    """
    main = passwords.make_record(password, user_id)
    own = {
        name: passwords.make_record(password, user_id, name, salt=new_terms.salt, rounds=new_terms.rounds)
        for name, new_terms in terms.items()
    }
    return main, own


def keep(db: Db, user_id: UUID, records: Mapping[str, bytes]) -> None:
    """Replace all records of a user's identifiers. Records of identifiers removed in the meantime are dropped."""
    forget(db, user_id)
    names = identifiers.login_identifiers(db, user_id) if records else []
    for name in names:
        if name in records:
            _write(db, user_id, name, records[name])


def forget(db: Db, user_id: UUID, name: str | None = None) -> None:
    """Delete the record of one identifier of a user, or the records of all identifiers."""
    statement = delete(ScramRecord).where(col(ScramRecord.user_id) == user_id)
    execute(db, statement if name is None else statement.where(col(ScramRecord.identifier) == name))


def drop_password(db: Db, user_id: UUID) -> None:
    """Delete the password of a user, with all its records."""
    values = {"password_record": None, "password_parameters": "", "imported": False}
    execute(db, update(User).where(col(User.id) == user_id).values(**values))
    forget(db, user_id)


def offer(db: Db, name: str, user_id: UUID, main: bytes, check: ScramKeys) -> Renewal | None:
    """Return a renewal after a correct proof against `check`; None if that record is up to date."""
    new_terms = current(db, name)
    if terms_of(check) == new_terms:
        return None
    expires_at = (clock.now() + RENEWAL_LIFE).timestamp()
    salt = base64.b64encode(new_terms.salt).decode()
    facts = [str(user_id), name, salt, new_terms.rounds, _mark(main), expires_at]
    token = tokens.to_text(tokens.seal("renewal", json.dumps(facts, ensure_ascii=False).encode()))
    return Renewal(token, salt, new_terms.rounds)


def renew(db: Db, token: object, stored_key: object, server_key: object) -> None:
    """Store a record that a client derived after a correct proof. This works once.

    Args:
        token: the token of the `Renewal`.
        stored_key: SCRAM's StoredKey, 32 bytes in Base64.
        server_key: SCRAM's ServerKey, 32 bytes in Base64.

    Raises:
        RenewalNotFoundOrExpired: the token is forged, used, or older than a minute; the password was changed or the
            identifier removed in the meantime; or the keys are malformed.
    """
    sealed = tokens.from_text(token) if isinstance(token, str) and len(token) <= 4000 else b""
    content = tokens.unseal("renewal", sealed)
    keys = [_key(stored_key), _key(server_key)]
    if content is None or not all(keys):
        raise RenewalNotFoundOrExpired
    id, name, salt, rounds, mark, expires_at = json.loads(content)
    until, user_id = datetime.fromtimestamp(expires_at, UTC), UUID(id)
    if clock.now() >= until or not rate_limits.once(db, hashlib.sha256(sealed).digest(), until):
        raise RenewalNotFoundOrExpired
    identifiers.lock_user(db, user_id)  # a concurrent change of the password is seen below, or deletes this record
    main = execute(db, select(User.password_record).where(col(User.id) == user_id)).scalar()
    if main is None or _mark(main) != mark or name not in identifiers.login_identifiers(db, user_id):
        raise RenewalNotFoundOrExpired
    record = passwords.scram_text(ScramKeys(rounds, base64.b64decode(salt), *keys))
    _write(db, user_id, name, passwords.seal_record(record, user_id, name))


def to_renew(db: Db) -> int:
    """Count the identifiers whose record is missing or outdated. Reads the whole table."""
    current_form = f"{OWN} {settings().password_rounds}:{SALT_LENGTH}"
    return sum(count for form, count in count_forms(db).items() if form != current_form)


def count_forms(db: Db) -> dict[str, int]:
    """Count the known identifiers by the terms that they show in a challenge. Reads the whole table."""
    counts: Counter[str] = Counter()
    for query in (_FORMS_OF_ADDRESSES, *([_FORMS_OF_NUMBERS] if settings().phones else [])):
        rows: Any = execute(db, query).all()
        counts.update({form: count for form, count in rows})
    return dict(counts)


def keep_forms(db: Db, counts: Mapping[str, int]) -> None:
    """Store the counts of `count_forms`. All processes use them from the next minute on."""
    execute(db, delete(ScramParameterCount))
    db.add_all(ScramParameterCount(parameters=form, count=count) for form, count in counts.items())


def new_keys() -> dict[str, bytes]:
    """Return lasting keys for a database, encrypted. Keys that fake answers have used so far stay the same."""
    keys = {name: tokens.oldest_key(purpose) for name, purpose in DATABASE_KEYS.items()}
    keys["salt"] = secrets.token_bytes(32)
    return {name: tokens.seal(KEY_PURPOSE, key, name.encode()) for name, key in keys.items()}


def unreadable_keys(db: Db) -> int:
    """Count the lasting keys that are missing, or are encrypted with a missing server key."""
    return len(DATABASE_KEYS.keys() - _read_keys(db).keys())


_SHOWN: Any = case(
    (col(ScramRecord.parameters).is_not(None), literal(f"{OWN} ") + col(ScramRecord.parameters)),
    else_=literal(f"{MAIN} ") + col(User.password_parameters),
)


def _forms_of(table: Any, name: Any, *where: Any) -> Any:
    of_name = and_(col(ScramRecord.user_id) == col(User.id), col(ScramRecord.identifier) == name)
    query = select(_SHOWN, func.count()).select_from(User).join(table, table.user_id == col(User.id))
    return query.outerjoin(ScramRecord, of_name).where(col(User.password_parameters) != "", *where).group_by(_SHOWN)


_FORMS_OF_ADDRESSES = _forms_of(Email, col(Email.address), col(Email.confirmed_at).is_not(None))
_FORMS_OF_NUMBERS = _forms_of(Phone, col(Phone.number))


def _form_of(db: Db, name: str) -> _Form:
    """Return the form that an unknown identifier shows.

    It is the current form, or an outdated one, each in the same share as among the known identifiers.
    """
    data = _challenge_data(db)
    newest = _Form(OWN, settings().password_rounds, SALT_LENGTH, 0)
    old_forms = [form for form in data.forms if form[:3] != newest[:3]]
    total, old_total = sum(form.names for form in data.forms), sum(form.names for form in old_forms)
    if _fraction(data.keys["salt"], name, "age") * total >= old_total:
        return newest
    position = _fraction(data.keys["salt"], name, "form") * old_total
    for form in old_forms:
        position -= form.names
        if position < 0:
            break
    return form


def _fraction(key: bytes, *parts: str) -> float:
    return int.from_bytes(tokens.mac(key, *parts)[:4], "big") / 2**32


def _salt(db: Db, key: str, name: str, length: int) -> bytes:
    digest = tokens.mac(_challenge_data(db).keys[key], name)
    return (digest + tokens.mac(digest, name))[:length]


def _challenge_data(db: Db) -> _Known:
    """Return the data for the answers of this minute.

    All processes read it at the same time, at most once a minute. Otherwise the answers of two processes could be
    compared (user enumeration).
    """
    minute = int(clock.now().timestamp() // 60)
    data = _known_of_minute.get(minute)
    if data is None:
        fallback_keys = {name: tokens.oldest_key(purpose) for name, purpose in DATABASE_KEYS.items()}
        rows: Any = execute(
            db,
            select(ScramParameterCount.parameters, ScramParameterCount.count).order_by(
                col(ScramParameterCount.parameters)
            ),
        ).all()
        data = _Known({**fallback_keys, **_read_keys(db)}, tuple(_form(form, count) for form, count in rows))
        _known_of_minute.clear()
        _known_of_minute[minute] = data
    return data


_known_of_minute: dict[int, _Known] = cache({})


def _read_keys(db: Db) -> dict[str, bytes]:
    rows: Any = execute(db, select(DatabaseKey.name, DatabaseKey.sealed)).all()
    keys = {name: tokens.unseal(KEY_PURPOSE, sealed, name.encode()) for name, sealed in rows}
    return {name: key for name, key in keys.items() if key}


def _form(text: str, count: int) -> _Form:
    kind, _, parameters = text.partition(" ")
    rounds, _, length = parameters.partition(":")
    return _Form(kind, int(rounds), int(length), count)


def _write(db: Db, user_id: UUID, name: str, record: bytes) -> None:
    forget(db, user_id, name)
    form = passwords.form(record, user_id, name)
    execute(db, insert(ScramRecord), {"user_id": user_id, "identifier": name, "parameters": form, "record": record})


def _mark(record: bytes) -> str:
    """Return a digest that tells one password record from another."""
    return tokens.to_text(hashlib.sha256(record).digest())


def _key(text: object) -> bytes:
    """Decode one of the two keys of a record; empty if it is malformed."""
    if not isinstance(text, str) or len(text) != 44 or not text.isascii():
        return b""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return key if len(key) == 32 else b""
