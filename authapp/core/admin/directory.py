"""The user list of administrators, and its search: as fast with 100,000 users as with 1,000.

Without a search text, the newest users come first; with one, users are sorted by the matching word. A page begins
after the key of the last user of the previous page (keyset pagination). So no rows are counted or skipped over, and
no user appears twice when others sign up in the meantime.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from authapp.core import Db
from authapp.core.account import search_words
from authapp.core.authorization import groups
from authapp.core.base import identifiers, phone_numbers, typed_text
from authapp.core.base.errors import BadInput
from authapp.core.sessions.sessions import DISABLED
from authapp.i18n.texts import t
from authapp.models import Membership, SearchWord, User

PAGE = 25
FEW = 300  # largest set of users that is examined one by one
BUDGET = 1000  # users examined for one page; a page that reaches it is short, and has a next page
ACTIVE, WAITING, CLOSED = "active", "waiting", "closed"
STATES = (ACTIVE, WAITING, DISABLED, CLOSED)


class Found(NamedTuple):
    """A user in the list."""

    id: UUID
    name: str
    identifier: str  # main email address or phone number, see `identifiers.format_phone`
    state: str  # one of `STATES`
    blocked_by: str  # the reason, if the state is `waiting`
    groups: list[str]
    created_at: datetime


class People(NamedTuple):
    """A page of the list."""

    people: list[Found]
    after: str  # the key of the next page; empty on the last one


class Search(NamedTuple):
    """Search of the user list, from an untrusted page."""

    text: object = ""  # each of its words begins a word of names, addresses or numbers
    state: object = ""  # one of `STATES`, or empty
    group: object = ""  # the name of a group, or empty
    after: object = ""  # the key from the previous page; empty for the first page


def find(db: Db, search: Search) -> People:
    """Return a page of users: those who match the text, else all, newest first.

    Raises:
        BadInput: `after` is not such a key, or the state does not exist.
    """
    text, state = search.text, search.state
    if state not in ("", *STATES):
        raise BadInput(t("This state does not exist."), field="state")
    prefixes = search_words.asked(text)
    if not prefixes and isinstance(text, str) and text.strip():
        return People([], "")  # only characters that names do not contain
    candidates = _few(db, search)
    ids, key = _by_word(db, search, prefixes, candidates) if prefixes else _by_age(db, search, candidates)
    return People(shown(db, ids), key)


def shown(db: Db, ids: list[UUID]) -> list[Found]:
    """Return the list rows of these users, in this order."""
    users = {user.id: user for user in db.exec(select(User).where(col(User.id).in_(ids))).all()}
    contacts, memberships = identifiers.reached_by(db, ids), _groups(db, ids)
    return [
        Found(
            id,
            " ".join(part for part in (users[id].first_name, users[id].last_name) if part),
            phone_numbers.format_phone(contacts.get(id, "")),
            state_of(users[id]),
            users[id].blocked_by,
            sorted(memberships[id]),
            users[id].created_at,
        )
        for id in ids
        if id in users
    ]


def state_of(user: User) -> str:
    """Return the state of an account: closed, disabled, waiting or active; the first that applies."""
    if user.closes_at:
        return CLOSED
    return DISABLED if user.blocked_by == DISABLED else WAITING if user.blocked_by else ACTIVE


def _states() -> dict[object, list[ColumnElement[bool]]]:
    """Return the conditions of each state, in parts that each have an index by age."""
    is_open, blocked_by = col(User.closes_at).is_(None), col(User.blocked_by)
    return {
        "": [true()],
        ACTIVE: [is_open & (blocked_by == "")],
        WAITING: [is_open & (blocked_by == "approval"), is_open & (blocked_by == "email")],
        DISABLED: [is_open & (blocked_by == DISABLED)],
        CLOSED: [col(User.closes_at).is_not(None)],
    }


def _members(group: object) -> Any:
    return select(Membership.user_id).where(col(Membership.name) == (group if typed_text.is_text(group) else ""))


def _few(db: Db, search: Search) -> Any:
    """Return the ids of the smaller set, state or group, if it is small: then its users are examined one by one."""
    sets = [select(User.id).where(or_(*_states()[search.state]))] if search.state else []
    sets += [_members(search.group)] if search.group else []
    sizes = [_size(db, query, FEW + 1) for query in sets]
    return sets[sizes.index(min(sizes))] if sizes and min(sizes) <= FEW else None


def _size(db: Db, rows: Any, at_most: int) -> int:
    """Return the number of rows, counted up to `at_most`."""
    return db.exec(select(func.count()).select_from(rows.limit(at_most).subquery())).one()


def _by_age(db: Db, search: Search, candidates: Any) -> tuple[list[UUID], str]:
    group, after = search.group, search.after
    age = tuple_(col(User.created_at), col(User.id))
    users: Any = select(User.id, User.created_at).order_by(col(User.created_at).desc(), col(User.id).desc())
    if after:
        moment, id = _read(after, 2)
        users = users.where(age < tuple_(_moment(moment), _id(id)))
    if candidates is not None:
        users = users.where(col(User.id).in_(candidates))
    conditions = [_members(group).where(col(Membership.user_id) == col(User.id)).exists()] if group else []
    rows: list[Any] = []
    ends: list[Any] = []
    for part in _states()[search.state]:
        query = users.where(part)
        end = db.exec(query.offset(BUDGET - 1).limit(1)).first() if conditions and candidates is None else None
        bounds = [] if end is None else [age >= tuple_(end.created_at, end.id)]
        rows += db.exec(query.where(*conditions, *bounds).limit(PAGE + 1)).all()
        ends += [] if end is None else [end]
    end = max(ends, key=_age, default=None)
    newest = sorted((row for row in rows if end is None or _age(row) >= _age(end)), key=_age, reverse=True)
    last = newest[PAGE - 1] if len(newest) > PAGE else end
    return [row.id for row in newest[:PAGE]], _key(last.created_at.isoformat(), last.id) if last else ""


def _age(row: Any) -> tuple[datetime, UUID]:
    return row.created_at, row.id


def _by_word(db: Db, search: Search, prefixes: list[str], candidates: Any) -> tuple[list[UUID], str]:
    """Return users whose words match in a row, as typed; then the others, in the order of the rarest word."""
    last_prefix, word, id = _read(search.after, 3) if search.after else ("", "", "")
    start = (word, _id(id)) if search.after else None
    filters = []
    if search.state:
        states = or_(*_states()[search.state])
        filters.append(select(User.id).where(col(User.id) == col(SearchWord.user_id), states).exists())
    if search.group:
        filters.append(_members(search.group).where(col(Membership.user_id) == col(SearchWord.user_id)).exists())
    rows: list[tuple[str, str, UUID]] = []
    for prefix, conditions in _runs(db, prefixes, last_prefix):
        matches, end = _run(db, prefix, [*conditions, *filters], candidates, start)
        rows += [(prefix, row.word, row.user_id) for row in matches]
        if len(rows) > PAGE:
            return [row[2] for row in rows[:PAGE]], _key(*rows[PAGE - 1])
        if end is not None:
            return [row[2] for row in rows], _key(prefix, end.word, end.user_id)
        start = None
    return [row[2] for row in rows], ""


def _runs(db: Db, prefixes: list[str], last_prefix: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield the prefixes whose users are shown one after the other, each with the further conditions.

    Args:
        db: the transaction.
        prefixes: the beginnings of words.
        last_prefix: the prefix that the previous page ended in; empty: none.
    """
    phrase = " ".join(prefixes)
    if last_prefix not in ("", phrase, *prefixes):
        raise _no_page()
    if last_prefix in ("", phrase):
        yield phrase, []
    if len(prefixes) > 1:
        rarest = (
            last_prefix
            if last_prefix in prefixes
            else min(prefixes, key=lambda prefix: _size(db, _beginning(prefix), BUDGET))
        )
        yield rarest, [*(_has(prefix) for prefix in prefixes if prefix != rarest), ~_has(phrase)]


def _run(db: Db, prefix: str, conditions: list[Any], candidates: Any, start: Any) -> tuple[Sequence[Any], Any]:
    """Return the users of a prefix, each at the first matching word. Also return the row where the budget ended."""
    position = tuple_(col(SearchWord.word), col(SearchWord.user_id))
    query: Any = _beginning(prefix).order_by(SearchWord.word, col(SearchWord.user_id))
    if start:
        query = query.where(position > tuple_(*start))
    if candidates is not None:
        query = query.where(col(SearchWord.user_id).in_(candidates))
    end = db.exec(query.offset(BUDGET - 1).limit(1)).first() if candidates is None else None
    bounds = [] if end is None else [position <= tuple_(end.word, end.user_id)]
    other = aliased(SearchWord)
    earlier_words = select(other.word).where(col(other.user_id) == col(SearchWord.user_id), other.word >= prefix)
    is_first = ~earlier_words.where(col(other.word) < col(SearchWord.word)).exists()
    return db.exec(query.where(*conditions, is_first, *bounds).limit(PAGE + 1)).all(), end


def _beginning(prefix: str) -> Any:
    return select(SearchWord.user_id, SearchWord.word).where(
        col(SearchWord.word) >= prefix, col(SearchWord.word) < prefix + search_words.END
    )


def _has(prefix: str) -> Any:
    """Return the condition that the user of a row has a word with this prefix."""
    other = aliased(SearchWord)
    words = select(other.word).where(col(other.user_id) == col(SearchWord.user_id))
    return words.where(other.word >= prefix, other.word < prefix + search_words.END).exists()


def _key(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(part) for part in parts]).encode()).decode()


def _read(key: object, count: int) -> list[str]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(key)) if isinstance(key, str) and len(key) < 2000 else None
    except ValueError:
        parts = None
    if not isinstance(parts, list) or len(parts) != count or not all(typed_text.is_text(part) for part in parts):
        raise _no_page()
    return parts


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _no_page() from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _no_page() from None


def _no_page() -> BadInput:
    return BadInput(t("This page of the list does not exist. Start again from the first page."), field="after")


def _groups(db: Db, ids: list[UUID]) -> dict[UUID, set[str]]:
    memberships: dict[UUID, set[str]] = {id: set() for id in ids}
    for id, name in db.exec(select(Membership.user_id, Membership.name).where(col(Membership.user_id).in_(ids))).all():
        memberships[id].add(name)
    for id in memberships.keys() & set(groups.named(db)):
        memberships[id].add(groups.ADMIN)
    return memberships
