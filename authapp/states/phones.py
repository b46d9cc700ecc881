"""Phone numbers of a user."""

from typing import Any, TypedDict

import reflex as rx

from authapp.core.account import phones
from authapp.core.base import phone_numbers
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.code_popup import CodePopup
from authapp.states.flow import field


class Number(TypedDict):
    """Phone number as the page shows it."""

    id: str
    number: str
    is_main: bool


class PhonesState(CodePopup, rx.State):
    """Phone numbers, and the result of the last action."""

    numbers: list[Number] = []
    said: str = ""
    added: int = 0  # number of added numbers; each increase empties the form

    @event(label=t("Add phone"))
    async def add(self, form: dict[str, Any]):
        """Text a one-time code to a new number."""
        self.said = ""
        return self._waits_for(await run(phones.add, await self._principal(), field(form, "new_phone"), self._caller()))

    @event()
    async def make_main(self, id: str):
        """Make a number the main one."""
        self.said = ""
        await run(phones.make_main, await self._principal(), id, self._caller())
        await self._load(await self._principal())
        self.said = t("Primary number changed.")

    @event(label=t("Remove a phone number"))
    async def remove(self, id: str):
        """Remove a number."""
        self.said = ""
        await run(phones.remove, await self._principal(), id, self._caller())
        await self._load(await self._principal())
        self.said = t("Phone number removed.")

    def _purpose(self) -> str:
        return phones.ADD

    async def _confirm(self, step: Any, code: Any) -> None:
        await run(phones.confirm, await self._principal(), step, code, self._caller())
        self.added += 1
        await self._load(await self._principal())
        self.said = t("Phone number added.")

    async def _load(self, me: Principal) -> None:
        numbers = [
            Number(id=str(phone.id), number=phone_numbers.format_phone(phone.number), is_main=phone.is_main)
            for phone in await read(phones.listed, me.user_id)
        ]
        if numbers != self.numbers:
            self.numbers, self.said = numbers, ""  # the message belongs to the old list
