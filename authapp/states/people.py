"""User list for administrators, with search while typing."""

from typing import Any, TypedDict

import reflex as rx

from authapp.core.account import search_words
from authapp.core.admin import admin
from authapp.core.admin.directory import PAGE, Found, Search
from authapp.core.authorization.groups import ADMIN
from authapp.db import read
from authapp.guards.declare import event, state
from authapp.states.flow import Flow, field

ROUNDS = 5  # queries for one page, when few of many rows match


class Row(TypedDict):
    """User as the list shows it; the time is ISO 8601."""

    id: str
    name: str
    identifier: str
    state: str
    groups: list[str]
    since: str


@state(allow=ADMIN)
class PeopleState(Flow, rx.State):
    """One page of the user list, with its search and filters."""

    rows: list[Row] = []
    loaded: bool = False
    answered: int = 0  # the number of the search whose results are shown
    asked: str = ""  # the kind of search: `text`, `signs` (only punctuation, so no results), or empty
    chosen: bool = False  # whether a state or group filter is set
    group: str = ""  # the group filter
    page: int = 1
    more: bool = False  # there is a next page
    _text: str = ""
    _state: str = ""
    _starts: list[str] = [""]  # the cursor of each page up to this one
    _after: str = ""  # the cursor of the next page

    @event()
    async def search(self, form: dict[str, Any]):
        """Search users by the typed text."""
        text, number = field(form, "text"), field(form, "number")
        self._text = text[:1000] if isinstance(text, str) else ""
        try:
            await self._begin()
        finally:
            self.answered = number if isinstance(number, int) else 0

    @event()
    async def choose_state(self, state: str):
        """Filter the list by state."""
        self._state = state if isinstance(state, str) else ""
        await self._begin()

    @event()
    async def choose_group(self, group: str):
        """Filter the list by group."""
        self.group = group if isinstance(group, str) else ""
        await self._begin()

    @event()
    async def go_on(self):
        """Show the next page."""
        if self.more:
            self._starts = [*self._starts, self._after]
            await self._load()

    @event()
    async def go_back(self):
        """Show the previous page."""
        self._starts = self._starts[:-1] or [""]
        await self._load()

    async def _begin(self) -> None:
        self._starts = [""]
        await self._load()

    async def _load(self) -> None:
        users, cursor = await self._page()
        rows = [_row(user) for user in users]
        if rows != self.rows:
            self.rows = rows
        facts: dict[str, Any] = {"more": bool(cursor), "page": len(self._starts), "loaded": True}
        facts["asked"] = ("text" if search_words.asked(self._text) else "signs") if self._text.strip() else ""
        facts["chosen"] = bool(self._state or self.group)
        for var, value in facts.items():
            if getattr(self, var) != value:
                setattr(self, var, value)
        self._after = cursor

    async def _page(self) -> tuple[list[Found], str]:
        me, cursor = await self._principal(), self._starts[-1]
        users: list[Found] = []
        for _ in range(ROUNDS):
            batch = await read(admin.find, me, Search(self._text, self._state, self.group, cursor))
            users, cursor = [*users, *batch.people], batch.after
            if not cursor or len(users) >= PAGE:
                break
        return users, cursor


def _row(user: Found) -> Row:
    return Row(
        id=str(user.id),
        name=user.name,
        identifier=user.identifier,
        state=user.state,
        groups=user.groups,
        since=user.created_at.isoformat(),
    )
