"""Data export: what is stored about a user, for that user, without secrets."""

import base64
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from authapp.core import Db, execute
from authapp.core.base import audit, identifiers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.models import ActionLink, AuditEvent, Avatar, Email, Identity, Membership, Message, Phone, Session, User


def export(db: Db, me: Principal, caller: Caller) -> dict[str, Any]:
    """Return what is stored about the user as JSON values, from the profile to the messages (GDPR, article 20).

    Credentials (password records, digests of keys) are left out. So are the texts of messages, which may hold links
    that still work.

    Raises:
        SessionExpired: the session ended.
        TooManyRequests: too many changes and exports by this user.
    """
    sessions.require(db, me)
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)  # exports must not flood the audit log
    audit.record(db, me.user_id, "data_read", caller)
    # Only confirmed identifiers: requested or removed ones may belong to another user, which must not be revealed.
    addresses = identifiers.login_identifiers(db, me.user_id)
    user = db.get_one(User, me.user_id)
    picture = db.get(Avatar, me.user_id)
    return {
        "person": {
            "id": str(user.id),
            "first_name": user.first_name,
            "last_name": user.last_name,
            "created_at": _json_value(user.created_at),
            "has_password": user.password_record is not None,
            "language": user.language.lstrip("~"),
            "picture": base64.b64encode(picture.image).decode() if picture else None,
        },
        "groups": [row["name"] for row in _rows(db, Membership, Membership.user_id == me.user_id, "name")],
        "emails": _rows(
            db, Email, Email.user_id == me.user_id, "address", "is_main", "added_at", "confirmed_at", "undelivered"
        ),
        "phones": _rows(db, Phone, Phone.user_id == me.user_id, "number", "is_main", "confirmed_at", "undelivered"),
        "identities": _rows(
            db,
            Identity,
            Identity.user_id == me.user_id,
            "provider",
            "issuer",
            "subject",
            "about",
            "linked_at",
            "suspended_at",
        ),
        "sessions": _rows(
            db,
            Session,
            Session.user_id == me.user_id,
            "identifier",
            "method",
            "keep",
            "ip",
            "browser",
            "opened_at",
            "proved_at",
            "last_seen_at",
            "expires_at",
        ),
        "history": _rows(db, AuditEvent, AuditEvent.user_id == me.user_id, "at", "what", "about", "ip", "browser"),
        "links": _rows(
            db,
            ActionLink,
            (col(ActionLink.user_id) == me.user_id) | col(ActionLink.email).in_(addresses),
            "action",
            "email",
            "data",
            "issued_at",
            "expires_at",
        ),  # without `uses_left`, which reveals whether a requested address has another owner
        "messages": _rows(
            db,
            Message,
            col(Message.recipient).in_(addresses) & (col(Message.state) != "unsent"),
            "recipient",
            "subject",
            "state",
            "written_at",
            "sent_at",
        ),
    }


def _rows(db: Db, table: Any, where: Any, *names: str) -> list[dict[str, Any]]:
    rows = execute(db, select(*(getattr(table, name) for name in names)).where(where))
    return [{name: _json_value(value) for name, value in zip(names, row, strict=True)} for row in rows]


def _json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
