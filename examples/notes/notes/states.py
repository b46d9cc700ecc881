"""Flows: what one tab keeps between clicks. Guards decide who may call which event, whatever a page shows."""

from typing import Any

import reflex as rx

import authapp
from notes import rules
from notes.rules import EDITORS, Shown


class NotesState(authapp.Flow, rx.State):
    """Notes that a member reads and, for editors, the drafts."""

    notes: list[Shown] = []

    @authapp.var(allow=authapp.SIGNED_IN, initial_value=False)
    def may_read(self) -> bool:
        """Return whether the user is a member, for what a page shows. The events enforce the access rule."""
        return True

    @authapp.var(allow=EDITORS, initial_value=False)
    def may_write(self) -> bool:
        """Return whether the user is an editor, for what a page shows."""
        return True

    @authapp.var(allow=EDITORS, initial_value=[])
    async def drafts(self) -> list[Shown]:
        """Return the drafts. They never leave the server for other users."""
        return await authapp.read(rules.drafts)

    @authapp.event(allow=authapp.SIGNED_IN)
    async def refresh(self):
        """Load the notes that others wrote meanwhile."""
        self.notes = await authapp.read(rules.published)


class WriteState(authapp.Flow, rx.State):
    """The note that is being written or edited."""

    id: str = ""  # empty: a new note
    title: str = ""
    text: str = ""
    is_draft: bool = False
    loaded: bool = False  # until then the form waits: it would erase the note

    @authapp.event(allow=EDITORS)
    async def open(self):
        """Begin a new note, or load the note that the URL names."""
        self.reset()
        self.loaded = True
        if id := self.router.url.query_parameters.get("note"):
            note = await authapp.read(rules.find, id)
            self.id, self.title, self.text, self.is_draft = id, note.title, note.text, note.is_draft

    @authapp.event(allow=EDITORS)
    async def save(self, form: dict[str, Any]):
        """Save the typed note. When it is refused, the text stays in the form."""
        await authapp.run(rules.save, await self._principal(), self.id, form)
        return rx.redirect("/notes")

    @authapp.event(allow=EDITORS)
    async def delete(self):
        """Delete the note that is being edited."""
        await authapp.run(rules.delete, self.id)
        return rx.redirect("/notes")


class TeamState(authapp.Flow, rx.State):
    """The form for invitations, and the colleague invited last."""

    invited: str = ""

    @authapp.event(allow=EDITORS, fresh=True)
    async def invite(self, form: dict[str, Any]):
        """Invite a colleague. Asks for the password first when the last proof is too old."""
        self.invited = ""
        self.invited = await authapp.run(rules.invite, await self._principal(), form)
