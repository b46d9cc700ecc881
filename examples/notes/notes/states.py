"""The flows: what one tab remembers between clicks. The guards say who may call what, whatever a page shows."""

from typing import Any

import reflex as rx

import authapp
from notes import rules
from notes.rules import EDITORS, Shown


class NotesState(authapp.Flow, rx.State):
    """The notes a member reads, and, for editors, those that are not published yet."""

    notes: list[Shown] = []

    @authapp.event(allow=authapp.MEMBERS)
    async def refresh(self):
        """Look what others wrote."""
        self.notes = await authapp.look(rules.published)

    @authapp.var(allow=EDITORS, initial_value=[])
    async def drafts(self) -> list[Shown]:
        """Never leaves the server for anybody else."""
        return await authapp.look(rules.drafts)

    @authapp.event(allow=EDITORS)
    async def delete(self, id: str):
        """Delete a note."""
        await authapp.call(rules.delete, id)
        self.notes = await authapp.look(rules.published)


class WriteState(authapp.Flow, rx.State):
    """The note that is written, or changed."""

    id: str = ""  # empty: a new one
    title: str = ""
    text: str = ""

    @authapp.event(allow=EDITORS)
    async def open(self):
        """Begin a new note, or with the one that the address names."""
        self.id, self.title, self.text = self.router.url.query_parameters.get("note", ""), "", ""
        if self.id:
            note = await authapp.look(rules.open, self.id)
            self.title, self.text = note["title"], note["text"]

    @authapp.event(allow=EDITORS)
    async def save(self, form: dict[str, Any]):
        """Keep what was typed, as a draft or for everybody."""
        me, is_draft = await self._principal(), bool(form.get("is_draft"))
        await authapp.call(rules.save, me, self.id, form.get("title"), form.get("text"), is_draft=is_draft)
        return rx.redirect("/notes")


class TeamState(authapp.Flow, rx.State):
    """Who was invited last."""

    invited: str = ""

    @authapp.event(allow=EDITORS, fresh=True)
    async def invite(self, form: dict[str, Any]):
        """Invite a colleague; asks for the password first when that was long ago."""
        self.invited = ""
        self.invited = await authapp.call(rules.invite, await self._principal(), form.get("email"))
