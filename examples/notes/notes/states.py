"""The flows: what one tab remembers between clicks. The guards say who may call what, whatever a page shows."""

from typing import Any

import reflex as rx

import authapp
from notes import rules
from notes.rules import EDITORS, Shown


class NotesState(authapp.Flow, rx.State):
    """The notes a member reads; and, for editors, those that are not published."""

    notes: list[Shown] = []

    @authapp.var(allow=authapp.MEMBERS, initial_value=False)
    def may_read(self) -> bool:
        """Whether this is a member, for what a page shows. The law is in the events."""
        return True

    @authapp.var(allow=EDITORS, initial_value=False)
    def may_write(self) -> bool:
        """Whether this is an editor, for what a page shows."""
        return True

    @authapp.var(allow=EDITORS, initial_value=[])
    async def drafts(self) -> list[Shown]:
        """Never leaves the server for anybody else."""
        return await authapp.look(rules.drafts)

    @authapp.event(allow=authapp.MEMBERS)
    async def refresh(self):
        """Look what others wrote."""
        self.notes = await authapp.look(rules.published)


class WriteState(authapp.Flow, rx.State):
    """The note that is written, or changed."""

    id: str = ""  # empty: a new one
    title: str = ""
    text: str = ""
    is_draft: bool = False

    @authapp.event(allow=EDITORS)
    async def open(self):
        """Begin a new note, or with the one that the address names."""
        self.reset()
        if id := self.router.url.query_parameters.get("note"):
            note = await authapp.look(rules.find, id)
            self.id, self.title, self.text, self.is_draft = id, note.title, note.text, note.is_draft

    @authapp.event(allow=EDITORS)
    async def save(self, form: dict[str, Any]):
        """Keep what was typed; where it is refused, it stays in the form."""
        await authapp.call(rules.save, await self._principal(), self.id, form)
        return rx.redirect("/notes")

    @authapp.event(allow=EDITORS)
    async def delete(self):
        """Delete the note that is changed."""
        await authapp.call(rules.delete, self.id)
        return rx.redirect("/notes")


class TeamState(authapp.Flow, rx.State):
    """Who was invited last."""

    invited: str = ""

    @authapp.event(allow=EDITORS, fresh=True)
    async def invite(self, form: dict[str, Any]):
        """Invite a colleague; asks for the password first when it was last shown some time ago."""
        self.invited = ""
        self.invited = await authapp.call(rules.invite, await self._principal(), form)
