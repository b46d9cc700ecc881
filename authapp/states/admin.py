"""Lists of the admin page except the users: pending users, groups, the waitlist, unsent messages."""

from contextlib import suppress
from typing import Any

import reflex as rx

from authapp.core.admin import admin
from authapp.core.authentication import waitlist
from authapp.core.authorization import approvals
from authapp.core.authorization.access import PUBLIC
from authapp.core.authorization.actors import Actor
from authapp.core.authorization.groups import ADMIN
from authapp.core.base import phone_numbers
from authapp.core.base.errors import BadInput, TooManyRequests
from authapp.core.base.rate_limits.texts import Usage
from authapp.core.messages import queue
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.guards.declare import event, state
from authapp.i18n.texts import Text, t
from authapp.models import Message
from authapp.states.flow import Flow, change, field
from authapp.states.people import PeopleState
from authapp.states.person import PersonState
from authapp.wire.approvals import PendingUser
from authapp.wire.messages import FailedMessage
from authapp.wire.people import GroupRow
from authapp.wire.waitlist import WaitlistRow

SHOWN = 50  # waitlist entries at a time
MOST_SHOWN = 1000
STEP = 20  # invitations between two progress messages
SELDOM = 5  # the group sizes are counted only at each fifth load


def _usage(usage: Usage) -> Text:
    if usage.country:
        return t("{sent} of {most} text messages to the country {country} today are used.", **usage._asdict())
    return t("{sent} of {most} text messages of today are used.", sent=usage.sent, most=usage.most)


@state(allow=ADMIN)
class AdminState(Flow, rx.State):
    """Lists of the admin page, and the result of the last action."""

    loaded: bool = False
    waiting: list[PendingUser] = []
    more_waiting: bool = False  # more pending users than are shown
    groups: list[GroupRow] = []
    waitlist: list[WaitlistRow] = []
    more: bool = False  # more waitlist entries than are shown
    messages: list[FailedMessage] = []
    texts: list[str] = []  # sentences about the caps of text messages, once half is used
    said: str = ""
    asking: str = ""  # the group whose deletion waits for a confirmation
    made: int = 0  # number of created groups; each increase empties the form
    invited: int = 0
    _loads: int = 0
    _shown: int = SHOWN

    @event(label=t("Approve a user"))
    async def approve(self, id: str):
        """Approve a pending user."""
        await self._do(t("Account approved."), approvals.approve, id)

    @event(label=t("Create group"))
    async def create_group(self, form: dict[str, Any]):
        """Create a group."""
        await self._do(t("Group created."), admin.create_group, field(form, "group"), field(form, "about"))
        self.made += 1

    @event()
    async def ask(self, group: str):
        """Explain what deleting a group does, and ask for a confirmation."""
        self.asking, self.said = group if isinstance(group, str) else "", ""

    @event(label=t("Delete a group"))
    async def delete_group(self, group: str):
        """Delete a group and its memberships."""
        await self._do(t("Group deleted."), admin.delete_group, group)
        self.asking = ""

    @event(label=t("Invite an address"))
    async def invite(self, form: dict[str, Any]):
        """Mail an invitation to an email address, whether or not it is on the waitlist."""
        await self._do(t("Invitation sent."), waitlist.invite, field(form, "email"))
        self.invited += 1

    @event(label=t("Invite an address"))
    async def invite_one(self, address: str):
        """Mail an invitation to an email address of the waitlist."""
        await self._do(t("Invitation sent."), waitlist.invite, address)

    @event(label=t("Invite all shown"))
    async def invite_shown(self):
        """Mail an invitation to every shown address without one. Skip addresses that cannot be invited."""
        self.said = ""
        me = await self._principal()
        actor = Actor(me, self._caller())
        addresses = [row.address for row in self.waitlist if not row.invited_at]
        sent_count = 0
        for position, address in enumerate(addresses):
            with suppress(BadInput, TooManyRequests):
                await run(waitlist.invite, actor, address)
                sent_count += 1
            if position % STEP == STEP - 1:
                self.said = t("Sending: {sent} of {count} invitations…", sent=sent_count, count=len(addresses))
                yield
        await self._load(me)
        if sent_count == len(addresses):
            self.said = t("Invitations sent.")
        else:
            self.said = t(
                "{sent} of {count} invitations sent. The other addresses already have an account, or were invited "
                "too often just now.",
                sent=sent_count,
                count=len(addresses),
            )

    @event()
    async def show_more(self):
        """Show more of the waitlist."""
        self._shown = min(self._shown + SHOWN, MOST_SHOWN)
        await self._load(await self._principal())

    @event(label=t("Remove from the waiting list"))
    async def forget(self, address: str):
        """Remove an email address from the waitlist."""
        await self._do(t("Address removed from the list."), waitlist.forget, address)

    @event(label=t("Resend"))
    async def send_again(self, id: str):
        """Send a message again."""
        await self._do(t("Message sent."), admin.send_again, id)

    async def _do(self, message: str, rule: Any, *arguments: object) -> None:
        self.said = ""
        me = await self._principal()
        await run(rule, Actor(me, self._caller()), *arguments)
        self._loads = 0
        await self._load(me)
        self.said = message

    async def _load(self, me: Principal) -> None:
        entries = await read(waitlist.listed, Actor(me), at_most=self._shown + 1)
        pending_users = await read(approvals.pending, me)
        change(
            self,
            waiting=[
                PendingUser.of(user, identifier=phone_numbers.format_phone(user.identifier)) for user in pending_users
            ],
            more_waiting=len(pending_users) >= approvals.MOST_SHOWN,
            waitlist=[WaitlistRow.of(entry) for entry in entries[: self._shown]],
            more=self._shown < min(len(entries), MOST_SHOWN),
            messages=[self._failed(message) for message in await read(admin.failed_messages, me)],
            loaded=True,
        )
        self._loads += 1
        if self._loads % SELDOM == 1:
            groups = await read(admin.listed_groups, me)
            texts = [self._say(_usage(usage)) for usage in await read(admin.used_texts, me)]
            change(self, texts=texts, groups=[GroupRow.of(group, about=self._say(group.about)) for group in groups])

    def _failed(self, message: Message) -> FailedMessage:
        recipient = phone_numbers.format_phone(message.recipient)
        subject, can_resend = message.subject or self._say(t("Text message")), queue.may_be_resent(message)
        return FailedMessage.of(message, recipient=recipient, subject=subject, can_resend=can_resend)


@state(allow=ADMIN)
class AdminPageState(Flow, rx.State):
    """State that keeps every list of the open admin page up to date."""

    @event(allow=PUBLIC)
    async def enter(self):
        """Start with the user that the URL of the page names. Other users than administrators see a refusal instead.

        A step-up runs this again, because the page reconnects. An open confirmation question then stays open.
        """
        me = await self._visitor()
        if me is None or ADMIN not in me.groups:
            return
        id = str(self.router.url.query_parameters.get("person") or "")[:100]
        people_state, person_state, admin_state = [
            await self.get_state(flow) for flow in (PeopleState, PersonState, AdminState)
        ]
        questions = [(flow, flow.asking) for flow in (person_state, admin_state) if person_state.id == id]
        for flow in (people_state, person_state, admin_state):
            flow.reset()
        person_state.id = id
        for flow, question in questions:
            flow.asking = question
        await self._load()

    @event()
    async def refresh(self):
        """Load changes. The page sends this event itself, so it does not count as activity of the user."""
        await self._load()

    async def _load(self) -> None:
        await (await self.get_state(PeopleState))._load()
        await (await self.get_state(PersonState))._load()
        await (await self.get_state(AdminState))._load(await self._principal())
