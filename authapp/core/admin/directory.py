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
from authapp.core.account import words
from authapp.core.authorization import groups
from authapp.core.base import identifiers
from authapp.core.base.errors import BadInput
from authapp.core.sessions.sessions import DISABLED
from authapp.i18n.texts import say
from authapp.models import Membership, User, Word

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
    waits: str  # the reason, if the state is `waiting`
    groups: list[str]
    created_at: datetime


class People(NamedTuple):
    """A page of the list."""

    people: list[Found]
    after: str  # the key of the next page; empty on the last one


def find(db: Db, text: object = "", *, state: object = "", group: object = "", after: object = "") -> People:
    """Return a page of users. Each word of the search text begins a word of their names, addresses or numbers.

    Args:
        text: the search text.
        state: one of `STATES`, or empty.
        group: the name of a group, or empty.
        after: the key from the previous page; empty for the first page.

    Raises:
        BadInput: `after` is not such a key, or the state does not exist.
    """
    if state not in ("", *STATES):
        raise BadInput(say("This state does not exist."), field="state")
    typed = words.asked(text)
    if not typed and isinstance(text, str) and text.strip():
        return People([], "")  # only characters that names do not contain
    few = _few(db, state, group)
    rows, key = _by_word(db, typed, state, group, few, after) if typed else _by_age(db, state, group, few, after)
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
            found[id].waits,
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
    return DISABLED if user.waits == DISABLED else WAITING if user.waits else ACTIVE


def _states() -> dict[object, list[ColumnElement[bool]]]:
    """Return the conditions of each state, in parts that each have an index by age."""
    stays, waits = col(User.closes_at).is_(None), col(User.waits)
    return {
        "": [true()],
        ACTIVE: [stays & (waits == "")],
        WAITING: [stays & (waits == "approval"), stays & (waits == "email")],
        DISABLED: [stays & (waits == DISABLED)],
        CLOSED: [col(User.closes_at).is_not(None)],
    }


def _members(group: object) -> Any:
    return select(Membership.user_id).where(col(Membership.name) == (group if identifiers.is_text(group) else ""))


def _few(db: Db, state: object, group: object) -> Any:
    """Return the ids of the smaller set, state or group, if it is small: then its users are examined one by one."""
    sets = [select(User.id).where(or_(*_states()[state]))] if state else []
    sets += [_members(group)] if group else []
    sizes = [_size(db, one, FEW + 1) for one in sets]
    return sets[sizes.index(min(sizes))] if sizes and min(sizes) <= FEW else None


def _size(db: Db, rows: Any, at_most: int) -> int:
    """Return the number of rows, counted up to `at_most`."""
    return db.exec(select(func.count()).select_from(rows.limit(at_most).subquery())).one()


def _by_age(db: Db, state: object, group: object, few: Any, after: object) -> tuple[list[UUID], str]:
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
    for part in _states()[state]:
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


def _by_word(db: Db, typed: list[str], state: object, group: object, few: Any, after: object) -> tuple[list[UUID], str]:
    """Return users whose words match in a row, as typed; then the others, in the order of the rarest word."""
    which, word, id = _read(after, 3) if after else ("", "", "")
    begun = (word, _id(id)) if after else None
    limits = []
    if state:
        limits.append(select(User.id).where(col(User.id) == col(Word.user_id), or_(*_states()[state])).exists())
    if group:
        limits.append(_members(group).where(col(Membership.user_id) == col(Word.user_id)).exists())
    rows: list[tuple[str, str, UUID]] = []
    for prefix, fits in _runs(db, typed, which):
        found, end = _run(db, prefix, [*fits, *limits], few, begun, PAGE + 1 - len(rows))
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


def _run(db: Db, prefix: str, fits: list[Any], few: Any, begun: Any, at_most: int) -> tuple[Sequence[Any], Any]:
    """Return the users of a prefix, each at the first matching word. Also return the row where the budget ended."""
    place = tuple_(col(Word.word), col(Word.user_id))
    people: Any = _beginning(prefix).order_by(Word.word, col(Word.user_id))
    if begun:
        people = people.where(place > tuple_(*begun))
    if few is not None:
        people = people.where(col(Word.user_id).in_(few))
    end = db.exec(people.offset(BUDGET - 1).limit(1)).first() if few is None else None
    within = [] if end is None else [place <= tuple_(end.word, end.user_id)]
    other = aliased(Word)
    before = select(other.word).where(col(other.user_id) == col(Word.user_id), other.word >= prefix)
    first = ~before.where(col(other.word) < col(Word.word)).exists()
    return db.exec(people.where(*fits, first, *within).limit(at_most)).all(), end


def _beginning(prefix: str) -> Any:
    return select(Word.user_id, Word.word).where(col(Word.word) >= prefix, col(Word.word) < prefix + words.END)


def _has(prefix: str) -> Any:
    """Return the condition that the user of a row has a word with this prefix."""
    other = aliased(Word)
    theirs = select(other.word).where(col(other.user_id) == col(Word.user_id))
    return theirs.where(other.word >= prefix, other.word < prefix + words.END).exists()


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
    return BadInput(say("This page of the list does not exist. Start again from the first page."), field="after")


def _groups(db: Db, ids: list[UUID]) -> dict[UUID, set[str]]:
    belongs: dict[UUID, set[str]] = {id: set() for id in ids}
    for id, name in db.exec(select(Membership.user_id, Membership.name).where(col(Membership.user_id).in_(ids))).all():
        belongs[id].add(name)
    for id in belongs.keys() & set(groups.named(db)):
        belongs[id].add(groups.ADMIN)
    return belongs
