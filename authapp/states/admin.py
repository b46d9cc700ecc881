"""The lists beside that of people: who waits, groups, the waiting list, messages that were not sent."""

from contextlib import suppress
from typing import Any, TypedDict

import reflex as rx

from authapp.core import admin, applicants, approvals, identifiers
from authapp.core.errors import BadInput, TooManyRequests
from authapp.core.groups import ADMIN
from authapp.core.guards import EVERYBODY
from authapp.core.sessions import Principal
from authapp.db import call, look
from authapp.states.flow import Flow, event, field
from authapp.states.guards import state
from authapp.states.people import PeopleState
from authapp.states.person import PersonState
from authapp.texts import say

SHOWN = 50  # applicants at a time
MOST_SHOWN = 1000
STEP = 20  # invitations between two words of progress
SELDOM = 5  # loads; what is counted is counted so seldom


class Waiter(TypedDict):
    """Somebody whose login waits for an approval."""

    id: str
    name: str
    identifier: str
    since: str


class Known(TypedDict):
    """A group as the page shows it."""

    name: str
    about: str
    size: int


class Asked(TypedDict):
    """An address on the waiting list; times are ISO 8601."""

    address: str
    since: str
    invited: str


class Dead(TypedDict):
    """A message that was not sent."""

    id: str
    recipient: str
    subject: str
    problem: str
    at: str


@state(allow=ADMIN)
class AdminState(Flow, rx.State):
    """The lists, and what was done last."""

    loaded: bool = False
    waiting: list[Waiter] = []
    more_waiting: bool = False  # than are shown
    groups: list[Known] = []
    applicants: list[Asked] = []
    more: bool = False  # applicants than are shown
    messages: list[Dead] = []
    said: str = ""
    asking: str = ""  # the group that may be deleted
    made: int = 0  # how often a group was made; the form is empty then
    invited: int = 0
    _loads: int = 0
    _shown: int = SHOWN

    @event(label=say("Approve a user"))
    async def approve(self, id: str):
        """End somebody's wait."""
        await self._do(say("The account is approved."), admin.approve, id)

    @event(label=say("Make the group"))
    async def create_group(self, form: dict[str, Any]):
        """Make a group."""
        await self._do(say("The group is there."), admin.create_group, field(form, "group"), field(form, "about"))
        self.made += 1

    @event()
    async def ask(self, group: str):
        """Say what deleting a group means, and ask whether it is meant."""
        self.asking, self.said = group if isinstance(group, str) else "", ""

    @event(label=say("Delete a group"))
    async def delete_group(self, group: str):
        """Remove a group, and everybody from it."""
        await self._do(say("The group is deleted."), admin.delete_group, group)
        self.asking = ""

    @event(label=say("Invite an address"))
    async def invite(self, form: dict[str, Any]):
        """Mail an invitation to an address, whether or not it is on the list."""
        await self._do(say("The invitation is on its way."), applicants.invite_as, field(form, "email"))
        self.invited += 1

    @event(label=say("Invite an address"))
    async def invite_one(self, address: str):
        """Mail an invitation to an address of the list."""
        await self._do(say("The invitation is on its way."), applicants.invite_as, address)

    @event(label=say("Invite all shown"))
    async def invite_shown(self):
        """Mail an invitation to all who are shown and have none; whoever cannot be invited keeps nobody back."""
        self.said = ""
        me, client = await self._principal(), self._client()
        asked = [one["address"] for one in self.applicants if not one["invited"]]
        sent = 0
        for number, address in enumerate(asked):
            with suppress(BadInput, TooManyRequests):
                await call(applicants.invite_as, me, address, client)
                sent += 1
            if number % STEP == STEP - 1:
                self.said = say("{sent} of {count} invitations are on their way…", sent=sent, count=len(asked))
                yield
        await self._load(me)
        if sent == len(asked):
            self.said = say("The invitations are on their way.")
        else:
            self.said = say(
                "{sent} of {count} invitations are on their way. The other addresses have an account already, or were "
                "invited too often just now.",
                sent=sent,
                count=len(asked),
            )

    @event()
    async def show_more(self):
        """Show more of the waiting list."""
        self._shown = min(self._shown + SHOWN, MOST_SHOWN)
        await self._load(await self._principal())

    @event(label=say("Remove from the waiting list"))
    async def forget(self, address: str):
        """Take an address off the waiting list."""
        await self._do(say("The address is off the list."), applicants.forget_as, address)

    @event(label=say("Send again"))
    async def send_again(self, id: str):
        """Send a message once more."""
        await self._do(say("It is on its way."), admin.send_again, id)

    async def _do(self, said: str, deed: Any, *given: object) -> None:
        self.said = ""
        me = await self._principal()
        await call(deed, me, *given, self._client())
        self._loads = 0
        await self._load(me)
        self.said = said

    async def _load(self, me: Principal) -> None:
        asked = await look(applicants.shown_to, me, at_most=self._shown + 1)
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
    """Keeps every list of the page true while it is open, wherever they change."""

    @event(allow=EVERYBODY)
    async def enter(self):
        """Start with the user that the address of the page names. The page tells other users that they may not see it.

        A step-up runs this again, because the page reconnects. A question that is open then stays open.
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
        """Fetch what changed. The page asks for it by itself, so it does not count as being used."""
        await self._load()

    async def _load(self) -> None:
        await (await self.get_state(PeopleState))._load()
        await (await self.get_state(PersonState))._load()
        await (await self.get_state(AdminState))._load(await self._principal())
