"""Lists of the admin page except the users: pending users, groups, the waitlist, unsent messages."""

from contextlib import suppress
from typing import Any, TypedDict

import reflex as rx

from authapp.core.admin import admin, people
from authapp.core.authentication import applicants
from authapp.core.authorization import approvals
from authapp.core.authorization.access import EVERYBODY
from authapp.core.authorization.actors import Actor
from authapp.core.authorization.groups import ADMIN
from authapp.core.base import identifiers
from authapp.core.base.errors import BadInput, TooManyRequests
from authapp.core.sessions.sessions import Principal
from authapp.db import call, look
from authapp.guards.declare import event, state
from authapp.i18n.texts import say
from authapp.states.flow import Flow, field
from authapp.states.people import PeopleState
from authapp.states.person import PersonState

SHOWN = 50  # waitlist entries at a time
MOST_SHOWN = 1000
STEP = 20  # invitations between two progress messages
SELDOM = 5  # the group sizes are counted only at each fifth load


class Waiter(TypedDict):
    """Pending user, whose login waits for an approval."""

    id: str
    name: str
    identifier: str
    since: str


class Known(TypedDict):
    """Group as the page shows it."""

    name: str
    about: str
    size: int


class Asked(TypedDict):
    """Email address on the waitlist; times are ISO 8601."""

    address: str
    since: str
    invited: str


class Dead(TypedDict):
    """Message that could not be sent."""

    id: str
    recipient: str
    subject: str
    problem: str
    at: str


@state(allow=ADMIN)
class AdminState(Flow, rx.State):
    """Lists of the admin page, and the result of the last action."""

    loaded: bool = False
    waiting: list[Waiter] = []
    more_waiting: bool = False  # more pending users than are shown
    groups: list[Known] = []
    applicants: list[Asked] = []
    more: bool = False  # more waitlist entries than are shown
    messages: list[Dead] = []
    said: str = ""
    asking: str = ""  # the group whose deletion waits for a confirmation
    made: int = 0  # number of created groups; each increase empties the form
    invited: int = 0
    _loads: int = 0
    _shown: int = SHOWN

    @event(label=say("Approve a user"))
    async def approve(self, id: str):
        """Approve a pending user."""
        await self._do(say("Account approved."), people.approve, id)

    @event(label=say("Create group"))
    async def create_group(self, form: dict[str, Any]):
        """Create a group."""
        await self._do(say("Group created."), admin.create_group, field(form, "group"), field(form, "about"))
        self.made += 1

    @event()
    async def ask(self, group: str):
        """Explain what deleting a group does, and ask for a confirmation."""
        self.asking, self.said = group if isinstance(group, str) else "", ""

    @event(label=say("Delete a group"))
    async def delete_group(self, group: str):
        """Delete a group and its memberships."""
        await self._do(say("Group deleted."), admin.delete_group, group)
        self.asking = ""

    @event(label=say("Invite an address"))
    async def invite(self, form: dict[str, Any]):
        """Mail an invitation to an email address, whether or not it is on the waitlist."""
        await self._do(say("Invitation sent."), applicants.invite, field(form, "email"))
        self.invited += 1

    @event(label=say("Invite an address"))
    async def invite_one(self, address: str):
        """Mail an invitation to an email address of the waitlist."""
        await self._do(say("Invitation sent."), applicants.invite, address)

    @event(label=say("Invite all shown"))
    async def invite_shown(self):
        """Mail an invitation to every shown address without one. Skip addresses that cannot be invited."""
        self.said = ""
        me = await self._principal()
        actor = Actor(me, self._client())
        asked = [one["address"] for one in self.applicants if not one["invited"]]
        sent = 0
        for number, address in enumerate(asked):
            with suppress(BadInput, TooManyRequests):
                await call(applicants.invite, actor, address)
                sent += 1
            if number % STEP == STEP - 1:
                self.said = say("Sending: {sent} of {count} invitations…", sent=sent, count=len(asked))
                yield
        await self._load(me)
        if sent == len(asked):
            self.said = say("Invitations sent.")
        else:
            self.said = say(
                "{sent} of {count} invitations sent. The other addresses already have an account, or were invited "
                "too often just now.",
                sent=sent,
                count=len(asked),
            )

    @event()
    async def show_more(self):
        """Show more of the waitlist."""
        self._shown = min(self._shown + SHOWN, MOST_SHOWN)
        await self._load(await self._principal())

    @event(label=say("Remove from the waiting list"))
    async def forget(self, address: str):
        """Remove an email address from the waitlist."""
        await self._do(say("Address removed from the list."), applicants.forget, address)

    @event(label=say("Resend"))
    async def send_again(self, id: str):
        """Send a message again."""
        await self._do(say("Message sent."), admin.send_again, id)

    async def _do(self, said: str, deed: Any, *given: object) -> None:
        self.said = ""
        me = await self._principal()
        await call(deed, Actor(me, self._client()), *given)
        self._loads = 0
        await self._load(me)
        self.said = said

    async def _load(self, me: Principal) -> None:
        asked = await look(applicants.listed, Actor(me), at_most=self._shown + 1)
        waiting = await look(approvals.waiting, me)
        shown: dict[str, Any] = {
            "waiting": [
                Waiter(
                    id=str(one.id),
                    name=one.name,
                    identifier=identifiers.dialled(one.identifier),
                    since=one.since.isoformat(),
                )
                for one in waiting
            ],
            "more_waiting": len(waiting) >= approvals.MOST_SHOWN,
            "applicants": [
                Asked(
                    address=one.address,
                    since=one.asked_at.isoformat(),
                    invited=one.invited_at.isoformat() if one.invited_at else "",
                )
                for one in asked[: self._shown]
            ],
            "more": self._shown < min(len(asked), MOST_SHOWN),
            "messages": [
                Dead(
                    id=str(one.id),
                    recipient=identifiers.dialled(one.recipient),
                    subject=one.subject or self._say(say("Text message")),
                    problem=one.problem,
                    at=one.written_at.isoformat(),
                )
                for one in await look(admin.dead_messages, me)
            ],
            "loaded": True,
        }
        self._loads += 1
        if self._loads % SELDOM == 1:
            shown["groups"] = [
                Known(name=one.name, about=self._say(one.about), size=one.size)
                for one in await look(admin.listed_groups, me)
            ]
        for var, value in shown.items():
            if getattr(self, var) != value:
                setattr(self, var, value)


@state(allow=ADMIN)
class AdminPageState(Flow, rx.State):
    """State that keeps every list of the open admin page up to date."""

    @event(allow=EVERYBODY)
    async def enter(self):
        """Start with the user that the URL of the page names. Other users than administrators see a refusal instead.

        A step-up runs this again, because the page reconnects. An open confirmation question then stays open.
        """
        me = await self._visitor()
        if me is None or ADMIN not in me.groups:
            return
        id = str(self.router.url.query_parameters.get("person") or "")[:100]
        people, person, desk = [await self.get_state(part) for part in (PeopleState, PersonState, AdminState)]
        questions = [(part, part.asking) for part in (person, desk) if person.id == id]
        for part in (people, person, desk):
            part.reset()
        person.id = id
        for part, asking in questions:
            part.asking = asking
        await self._load()

    @event()
    async def refresh(self):
        """Load changes. The page sends this event itself, so it does not count as activity of the user."""
        await self._load()

    async def _load(self) -> None:
        await (await self.get_state(PeopleState))._load()
        await (await self.get_state(PersonState))._load()
        await (await self.get_state(AdminState))._load(await self._principal())
