"""Details of one user, and the actions of administrators."""

from typing import Any

import reflex as rx

from authapp.core.admin import admin, people
from authapp.core.admin.admin import Person
from authapp.core.authorization import approvals
from authapp.core.authorization.actors import Actor
from authapp.core.authorization.groups import ADMIN
from authapp.core.base import phone_numbers
from authapp.core.base.errors import BadInput, NotFound, Refusal, StepUpNeeded
from authapp.db import read, run
from authapp.guards.declare import event, state
from authapp.i18n.texts import t
from authapp.models import Email, Phone
from authapp.states.audit import audit_line
from authapp.states.flow import Flow, change, field
from authapp.states.sessions import session_row
from authapp.wire.audit import AuditLine
from authapp.wire.contacts import Contact
from authapp.wire.sessions import SessionRow


@state(allow=ADMIN)
class PersonState(Flow, rx.State):
    """Chosen user, and the result of the last action."""

    id: str = ""  # empty: no user is chosen
    gone: bool = False  # the account does not exist
    name: str = ""
    status: str = ""  # one of `directory.STATES`
    blocked_by: str = ""
    is_me: bool = False
    since: str = ""
    until: str = ""  # when a closed account is purged
    groups: list[str] = []
    ways: list[Contact] = []
    sessions: list[SessionRow] = []
    lines: list[AuditLine] = []
    asking: str = ""  # the action that waits for a confirmation: `disable`, `close` or `end_sessions`
    part: str = ""  # the section of the last action: `account`, `groups`, `ways` or `sessions`
    said: str = ""
    added: int = 0  # number of added groups; each increase empties the form

    @event()
    async def choose(self, id: str):
        """Show a user; no user when the id is empty."""
        self.reset()
        self.id = id if isinstance(id, str) else ""
        await self._load()

    @event()
    async def ask(self, deed: str):
        """Explain what an action does, and ask for a confirmation."""
        self.asking, self.said = deed if isinstance(deed, str) else "", ""

    @event()
    async def keep(self):
        """Cancel the action."""
        self.asking = ""

    @event(label=t("Disable an account"))
    async def disable(self, id: str):
        """Disable an account."""
        await self._do("account", t("Account disabled and logged out on every device."), people.disable, id)

    @event(label=t("Enable an account"))
    async def enable(self, id: str):
        """Enable an account."""
        await self._do("account", t("Account enabled."), people.enable, id)

    @event(label=t("Approve a user"))
    async def approve(self, id: str):
        """Approve a pending user."""
        await self._do("account", t("Account approved."), approvals.approve, id)

    @event(label=t("Close account"))
    async def close(self, id: str):
        """Close an account."""
        await self._do("account", t("Account closed."), people.close, id)

    @event(label=t("Log out a device"))
    async def end_session(self, id: str, session: str):
        """End one session of the user."""
        await self._do("sessions", t("Device logged out."), people.end_session, id, session)

    @event(label=t("Log out everywhere"))
    async def end_sessions(self, id: str):
        """End every session of the user."""
        await self._do("sessions", t("All devices logged out."), people.end_sessions, id)

    @event(label=t("Resend"))
    async def resend(self, id: str, way: str):
        """Send the message that an email address or number needs, such as a confirmation link."""
        await self._do("ways", t("Message sent."), people.resend, id, way)

    @event(label=t("Add to a group"))
    async def add_to_group(self, form: dict[str, Any]):
        """Add the user to a group."""
        id, group = field(form, "id"), field(form, "group")
        if not group:
            raise BadInput(t("Choose a group."), field="group")
        await self._do("groups", t("Added to the group."), people.add_to_group, id, group)
        self.added += 1

    @event(label=t("Remove from a group"))
    async def remove_from_group(self, id: str, group: str):
        """Remove the user from a group."""
        await self._do("groups", t("Removed from the group."), people.remove_from_group, id, group)

    async def _do(self, part: str, message: str, rule: Any, *arguments: object) -> None:
        self.part, self.said = part, ""
        try:
            await run(rule, Actor(await self._principal(), self._caller()), *arguments)
        except StepUpNeeded:
            raise  # the page sends the event again after the proof
        except Refusal as refusal:
            self.asking = ""
            refusal.field = refusal.field or part  # shown in the section with the button
            raise
        self.asking = ""
        await self._load()
        self.said = message

    async def _load(self) -> None:
        if not self.id:
            return
        try:
            self._show(await read(admin.person, await self._principal(), self.id))
        except NotFound:
            self.gone = True

    def _show(self, person: Person) -> None:
        change(
            self,
            gone=False,
            name=person.about.name or person.about.identifier,
            status=person.about.state,
            blocked_by=person.about.blocked_by,
            is_me=person.is_me,
            since=person.about.created_at.isoformat(),
            until=person.closes_at.isoformat() if person.closes_at else "",
            groups=person.about.groups,
            ways=[*(_email(email) for email in person.emails), *(_phone(phone) for phone in person.phones)],
            sessions=[session_row(self, session) for session in person.sessions],
            lines=[audit_line(self, entry) for entry in person.history],
        )


def _email(email: Email) -> Contact:
    return Contact.of(email, id=email.address, shown=email.address, confirmed=email.confirmed_at is not None)


def _phone(phone: Phone) -> Contact:
    shown = phone_numbers.format_phone(phone.number)
    return Contact.of(phone, id=phone.number, shown=shown, is_main=False, confirmed=True)
