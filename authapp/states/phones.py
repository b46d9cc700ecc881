"""Phone numbers of a user."""

from typing import Any

import reflex as rx

from authapp.core.account import phones
from authapp.core.base import phone_numbers
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.code_popup import CodePopup
from authapp.states.flow import field
from authapp.states.lists import ListState
from authapp.wire.contacts import Contact


class PhonesState(CodePopup, ListState, rx.State):
    """Phone numbers, and the result of the last action."""

    rows: list[Contact] = []
    added: int = 0  # number of added numbers; each increase empties the form

    @event(label=t("Add phone"))
    async def add(self, form: dict[str, Any]):
        """Text a one-time code to a new number."""
        self.said = ""
        return self._waits_for(await run(phones.add, await self._principal(), field(form, "new_phone"), self._caller()))

    @event()
    async def make_main(self, id: str):
        """Make a number the main one."""
        await self._do(t("Primary number changed."), phones.make_main, id)

    @event(label=t("Remove a phone number"))
    async def remove(self, id: str):
        """Remove a number."""
        await self._do(t("Phone number removed."), phones.remove, id)

    def _purpose(self) -> str:
        return phones.ADD

    async def _confirm(self, step: Any, code: Any) -> None:
        await self._do(t("Phone number added."), phones.confirm, step, code)
        self.added += 1

    async def _rows(self, me: Principal) -> list[Contact]:
        return [
            Contact.of(phone, id=str(phone.id), shown=phone_numbers.format_phone(phone.number), confirmed=True)
            for phone in await read(phones.listed, me.user_id)
        ]
