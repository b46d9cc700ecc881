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
from authapp.core.base import identifiers
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
    identifier: str  # main email address or phone number, see `identifiers.dialled`
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
    typed = search_words.asked(text)
    if not typed and isinstance(text, str) and text.strip():
        return People([], "")  # only characters that names do not contain
    few = _few(db, search)
    rows, key = _by_word(db, search, typed, few) if typed else _by_age(db, search, few)
    return People(shown(db, rows), key)


def shown(db: Db, ids: list[UUID]) -> list[Found]:
    """Return the list rows of these users, in this order."""
    found = {row.id: row for row in db.exec(select(User).where(col(User.id).in_(ids))).all()}
    reached, belongs = identifiers.reached_by(db, ids), _groups(db, ids)
    return [
        Found(
            id,
            " ".join(part for part in (found[id].first_name, found[id].last_name) if part),
            identifiers.dialled(reached.get(id, "")),
            state_of(found[id]),
            found[id].blocked_by,
            sorted(belongs[id]),
            found[id].created_at,
        )
        for id in ids
        if id in found
    ]


def state_of(user: User) -> str:
    """Return the state of an account: closed, disabled, waiting or active; the first that applies."""
    if user.closes_at:
        return CLOSED
    return DISABLED if user.blocked_by == DISABLED else WAITING if user.blocked_by else ACTIVE


def _states() -> dict[object, list[ColumnElement[bool]]]:
    """Return the conditions of each state, in parts that each have an index by age."""
    stays, blocked_by = col(User.closes_at).is_(None), col(User.blocked_by)
    return {
        "": [true()],
        ACTIVE: [stays & (blocked_by == "")],
        WAITING: [stays & (blocked_by == "approval"), stays & (blocked_by == "email")],
        DISABLED: [stays & (blocked_by == DISABLED)],
        CLOSED: [col(User.closes_at).is_not(None)],
    }


def _members(group: object) -> Any:
    return select(Membership.user_id).where(col(Membership.name) == (group if identifiers.is_text(group) else ""))


def _few(db: Db, search: Search) -> Any:
    """Return the ids of the smaller set, state or group, if it is small: then its users are examined one by one."""
    sets = [select(User.id).where(or_(*_states()[search.state]))] if search.state else []
    sets += [_members(search.group)] if search.group else []
    sizes = [_size(db, one, FEW + 1) for one in sets]
    return sets[sizes.index(min(sizes))] if sizes and min(sizes) <= FEW else None


def _size(db: Db, rows: Any, at_most: int) -> int:
    """Return the number of rows, counted up to `at_most`."""
    return db.exec(select(func.count()).select_from(rows.limit(at_most).subquery())).one()


def _by_age(db: Db, search: Search, few: Any) -> tuple[list[UUID], str]:
    group, after = search.group, search.after
    age = tuple_(col(User.created_at), col(User.id))
    people: Any = select(User.id, User.created_at).order_by(col(User.created_at).desc(), col(User.id).desc())
    if after:
        moment, id = _read(after, 2)
        people = people.where(age < tuple_(_moment(moment), _id(id)))
    if few is not None:
        people = people.where(col(User.id).in_(few))
    belongs = [_members(group).where(col(Membership.user_id) == col(User.id)).exists()] if group else []
    rows: list[Any] = []
    ends: list[Any] = []
    for part in _states()[search.state]:
        asked = people.where(part)
        end = db.exec(asked.offset(BUDGET - 1).limit(1)).first() if belongs and few is None else None
        within = [] if end is None else [age >= tuple_(end.created_at, end.id)]
        rows += db.exec(asked.where(*belongs, *within).limit(PAGE + 1)).all()
        ends += [] if end is None else [end]
    end = max(ends, key=_age, default=None)
    newest = sorted((row for row in rows if end is None or _age(row) >= _age(end)), key=_age, reverse=True)
    last = newest[PAGE - 1] if len(newest) > PAGE else end
    return [row.id for row in newest[:PAGE]], _key(last.created_at.isoformat(), last.id) if last else ""


def _age(row: Any) -> tuple[datetime, UUID]:
    return row.created_at, row.id


def _by_word(db: Db, search: Search, typed: list[str], few: Any) -> tuple[list[UUID], str]:
    """Return users whose words match in a row, as typed; then the others, in the order of the rarest word."""
    which, word, id = _read(search.after, 3) if search.after else ("", "", "")
    begun = (word, _id(id)) if search.after else None
    limits = []
    if search.state:
        states = or_(*_states()[search.state])
        limits.append(select(User.id).where(col(User.id) == col(SearchWord.user_id), states).exists())
    if search.group:
        limits.append(_members(search.group).where(col(Membership.user_id) == col(SearchWord.user_id)).exists())
    rows: list[tuple[str, str, UUID]] = []
    for prefix, fits in _runs(db, typed, which):
        found, end = _run(db, prefix, [*fits, *limits], few, begun)
        rows += [(prefix, one.word, one.user_id) for one in found]
        if len(rows) > PAGE:
            return [one[2] for one in rows[:PAGE]], _key(*rows[PAGE - 1])
        if end is not None:
            return [one[2] for one in rows], _key(prefix, end.word, end.user_id)
        begun = None
    return [one[2] for one in rows], ""


def _runs(db: Db, typed: list[str], which: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield the prefixes whose users are shown one after the other, each with the further conditions.

    Args:
        db: the transaction.
        typed: the beginnings of words.
        which: the prefix that the previous page ended in; empty: none.
    """
    together = " ".join(typed)
    if which not in ("", together, *typed):
        raise _no_page()
    if which in ("", together):
        yield together, []
    if len(typed) > 1:
        rarest = which if which in typed else min(typed, key=lambda one: _size(db, _beginning(one), BUDGET))
        yield rarest, [*(_has(one) for one in typed if one != rarest), ~_has(together)]


def _run(db: Db, prefix: str, fits: list[Any], few: Any, begun: Any) -> tuple[Sequence[Any], Any]:
    """Return the users of a prefix, each at the first matching word. Also return the row where the budget ended."""
    place = tuple_(col(SearchWord.word), col(SearchWord.user_id))
    people: Any = _beginning(prefix).order_by(SearchWord.word, col(SearchWord.user_id))
    if begun:
        people = people.where(place > tuple_(*begun))
    if few is not None:
        people = people.where(col(SearchWord.user_id).in_(few))
    end = db.exec(people.offset(BUDGET - 1).limit(1)).first() if few is None else None
    within = [] if end is None else [place <= tuple_(end.word, end.user_id)]
    other = aliased(SearchWord)
    before = select(other.word).where(col(other.user_id) == col(SearchWord.user_id), other.word >= prefix)
    first = ~before.where(col(other.word) < col(SearchWord.word)).exists()
    return db.exec(people.where(*fits, first, *within).limit(PAGE + 1)).all(), end


def _beginning(prefix: str) -> Any:
    return select(SearchWord.user_id, SearchWord.word).where(
        col(SearchWord.word) >= prefix, col(SearchWord.word) < prefix + search_words.END
    )


def _has(prefix: str) -> Any:
    """Return the condition that the user of a row has a word with this prefix."""
    other = aliased(SearchWord)
    theirs = select(other.word).where(col(other.user_id) == col(SearchWord.user_id))
    return theirs.where(other.word >= prefix, other.word < prefix + search_words.END).exists()


def _key(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(part) for part in parts]).encode()).decode()


def _read(key: object, count: int) -> list[str]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(key)) if isinstance(key, str) and len(key) < 2000 else None
    except ValueError:
        parts = None
    if not isinstance(parts, list) or len(parts) != count or not all(identifiers.is_text(one) for one in parts):
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
    belongs: dict[UUID, set[str]] = {id: set() for id in ids}
    for id, name in db.exec(select(Membership.user_id, Membership.name).where(col(Membership.user_id).in_(ids))).all():
        belongs[id].add(name)
    for id in belongs.keys() & set(groups.named(db)):
        belongs[id].add(groups.ADMIN)
    return belongs
