"""Rows of lists: which facts of a stored row they take, and how the API writes their times."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from authapp.models import AuditEvent, Message
from authapp.wire.audit import AuditEvent as AuditEventAnswer
from authapp.wire.audit import AuditLine
from authapp.wire.messages import FailedMessage

AT = datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)


@pytest.fixture
def message():
    text = "Follow this link: https://shop.example/link#a-key"
    return Message(recipient="+4915123456789", subject="Welcome", text=text, html=text, due_at=AT, written_at=AT)


def test_a_row_takes_its_own_fields_and_no_other(message):
    row = FailedMessage.of(message, can_resend=True)

    assert row.written_at == AT
    assert "a-key" not in repr(row)


def test_a_given_field_replaces_the_stored_one(message):
    assert FailedMessage.of(message, can_resend=True, recipient="+49 1512 3456789").recipient == "+49 1512 3456789"


def test_a_field_that_neither_has_is_missed_at_once(message):
    with pytest.raises(AttributeError, match="has no attribute"):
        AuditLine.of(message)


def test_a_row_cannot_be_changed_and_needs_a_time_zone(message):
    with pytest.raises(ValidationError, match="frozen"):
        FailedMessage.of(message, can_resend=True).subject = "Another"
    with pytest.raises(ValidationError, match="timezone"):
        FailedMessage.of(message, can_resend=True, written_at=AT.replace(tzinfo=None))


def test_the_api_writes_times_with_a_z():
    event = AuditEvent(id=UUID(int=7), user_id=UUID(int=8), at=AT, what="password_set", about="", ip="", browser="")

    answer = AuditEventAnswer.of(event, words="Password set")

    assert answer.model_dump(mode="json")["at"] == "2026-11-22T12:00:00.123456Z"
    assert answer.what == "password_set"
    assert "user_id" not in answer.model_dump()
