"""Finding people among many: as fast among a hundred thousand as among a thousand, and the same pages meanwhile.

Without a search the newest come first; with one, whoever's word comes first. A page goes on after the key of the last
person of the one before, so that nobody is counted or skipped over, and nobody is shown twice when others sign up.
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

from authapp.core import Db, groups, identifiers, words
from authapp.core.errors import BadInput
from authapp.core.sessions import DISABLED
from authapp.models import Membership, User, Word
from authapp.texts import say

PAGE = 25
FEW = 300  # a set of people that is looked at one by one
BUDGET = 1000  # people who are looked at for one page; then it is short, and says that there may be more
ACTIVE, WAITING, CLOSED = "active", "waiting", "closed"
STATES = (ACTIVE, WAITING, DISABLED, CLOSED)


class Found(NamedTuple):
    """A person in the list."""

    id: UUID
    name: str
    identifier: str  # the main address, or number, as it is dialled
    state: str  # one of `STATES`
    waits: str  # for what, where the state is `waiting`
    groups: list[str]
    created_at: datetime


class People(NamedTuple):
    """A page of the list."""

    people: list[Found]
    after: str  # what the next page goes on after; empty: there is none


def find(db: Db, text: object = "", *, state: object = "", group: object = "", after: object = "") -> People:
    """A page of the people whose names, addresses and numbers have words that begin like each of those typed.

    Args:
        text: what was typed.
        state: one of `STATES`, or empty.
        group: the name of a group, or empty.
        after: what the page before said; empty for the first.

    Raises:
        BadInput: `after` is none of ours, or there is no such state.
    """
    if state not in ("", *STATES):
        raise BadInput(say("There is no such state."), field="state")
    typed = words.asked(text)
    if not typed and isinstance(text, str) and text.strip():
        return People([], "")  # only what is in nobody's name
    few = _few(db, state, group)
    rows, key = _by_word(db, typed, state, group, few, after) if typed else _by_age(db, state, group, few, after)
    return People(shown(db, rows), key)


def shown(db: Db, ids: list[UUID]) -> list[Found]:
    """These people as the list shows them, in this order."""
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
    """What an account is: closed, disabled, waiting or active, the first that is true."""
    if user.closes_at:
        return CLOSED
    return DISABLED if user.waits == DISABLED else WAITING if user.waits else ACTIVE


def _states() -> dict[object, list[ColumnElement[bool]]]:
    """What is true of those in a state; in parts that each have an index by age."""
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
    """The ids of the smaller of the two sets, if it is small: then its people are looked at one by one."""
    sets = [select(User.id).where(or_(*_states()[state]))] if state else []
    sets += [_members(group)] if group else []
    sizes = [_size(db, one, FEW + 1) for one in sets]
    return sets[sizes.index(min(sizes))] if sizes and min(sizes) <= FEW else None


def _size(db: Db, rows: Any, at_most: int) -> int:
    """How many rows there are, as far as we count."""
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
    """First those with the words in a row, as they were typed; then the others, in the order of the rarest word."""
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
    """The words whose people are shown one after the other, and what else has to be true of them.

    Args:
        db: where they are.
        typed: the beginnings of words.
        which: the run that the page before was in; empty: none.
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
    """Those of a run who fit, and where the budget ended, if it did. Whom it names twice has the place of the first."""
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
    """Whether the person of a row has a word that begins so."""
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
    return BadInput(say("This page of the list is not there. Please start again."), field="after")


def _groups(db: Db, ids: list[UUID]) -> dict[UUID, set[str]]:
    belongs: dict[UUID, set[str]] = {id: set() for id in ids}
    for id, name in db.exec(select(Membership.user_id, Membership.name).where(col(Membership.user_id).in_(ids))).all():
        belongs[id].add(name)
    for id in belongs.keys() & set(groups.named(db)):
        belongs[id].add(groups.ADMIN)
    return belongs
