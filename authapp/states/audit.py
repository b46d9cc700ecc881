"""Audit log of the account of a user."""

import reflex as rx

from authapp.core.base import audit
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.models import AuditEvent
from authapp.states.flow import Flow
from authapp.states.lists import ListState
from authapp.wire.audit import AuditLine


class AuditState(ListState, rx.State):
    """Newest entries of the audit log."""

    rows: list[AuditLine] = []

    async def _rows(self, me: Principal) -> list[AuditLine]:
        return [audit_line(self, entry) for entry in await read(audit.newest, me.user_id)]


def audit_line(tab: Flow, entry: AuditEvent) -> AuditLine:
    """Return an audit log entry in the language of a tab."""
    return AuditLine.of(
        entry,
        words=tab._say(audit.LABELS.get(entry.what, entry.what)),
        about=" · ".join(tab._say(part) if part == audit.SERVER else part for part in entry.about.split(" · ")),
        browser=tab._say(entry.browser),
    )
