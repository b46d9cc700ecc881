"""User list for administrators, with search while typing."""

from typing import Any

import reflex as rx

from authapp.core.account import search_words
from authapp.core.admin import admin
from authapp.core.admin.directory import PAGE, Found, Search
from authapp.core.authorization.groups import ADMIN
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.guards.declare import event, state
from authapp.states.flow import change, field
from authapp.states.lists import ListState
from authapp.wire.people import PersonRow

ROUNDS = 5  # queries for one page, when few of many rows match


@state(allow=ADMIN)
class PeopleState(ListState, rx.State):
    """One page of the user list, with its search and filters."""

    rows: list[PersonRow] = []
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

    async def _rows(self, me: Principal) -> list[PersonRow]:
        users, self._after = await self._page(me)
        kind = ("text" if search_words.asked(self._text) else "signs") if self._text.strip() else ""
        is_filtered = bool(self._state or self.group)
        change(self, more=bool(self._after), page=len(self._starts), asked=kind, chosen=is_filtered)
        return [PersonRow.of(user) for user in users]

    async def _page(self, me: Principal) -> tuple[list[Found], str]:
        cursor = self._starts[-1]
        users: list[Found] = []
        for _ in range(ROUNDS):
            batch = await read(admin.find, me, Search(self._text, self._state, self.group, cursor))
            users, cursor = [*users, *batch.people], batch.after
            if not cursor or len(users) >= PAGE:
                break
        return users, cursor
