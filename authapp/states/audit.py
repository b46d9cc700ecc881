"""Audit log of the account of a user."""

from typing import TypedDict

import reflex as rx

from authapp.core.base import audit
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.models import AuditEvent
from authapp.states.flow import Flow


class AuditLine(TypedDict):
    """Audit log entry as the page shows it; the time is ISO 8601."""

    id: str
    what: str
    about: str
    at: str
    where: str


def line(tab: Flow, one: AuditEvent) -> AuditLine:
    """Return an audit log entry in the language of a tab."""
    return AuditLine(
        id=str(one.id),
        what=tab._say(audit.LABELS.get(one.what, one.what)),
        about=" · ".join(tab._say(part) if part == audit.SERVER else part for part in one.about.split(" · ")),
        at=one.at.isoformat(),
        where=" · ".join(part for part in (tab._say(one.browser), one.ip) if part),
    )


class AuditState(Flow, rx.State):
    """Newest entries of the audit log."""

    lines: list[AuditLine] = []

    async def _load(self, me: Principal) -> None:
        lines = [line(self, entry) for entry in await read(audit.newest, me.user_id)]
        if lines != self.lines:
            self.lines = lines
