"""Suspended identities; and links to removed identifiers are voided, except the one of the mail about the removal."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0009"
down_revision = "0008"

_LINK = sa.table(
    "auth_action_link",
    sa.column("id"),
    sa.column("action"),
    sa.column("email"),
    sa.column("user_id"),
    sa.column("uses_left"),
    sa.column("issued_at"),
)
_EMAIL = sa.table("auth_email", sa.column("user_id"), sa.column("address"), sa.column("confirmed_at"))
_PHONE = sa.table("auth_phone", sa.column("user_id"), sa.column("number"))


def upgrade() -> None:
    op.add_column("auth_identity", sa.Column("suspended_at", UTCDateTime(), nullable=True))
    newer = _LINK.alias()
    address = sa.select(_EMAIL.c.user_id).where(
        _EMAIL.c.user_id == _LINK.c.user_id, _EMAIL.c.address == _LINK.c.email, _EMAIL.c.confirmed_at.is_not(None)
    )
    number = sa.select(_PHONE.c.user_id).where(_PHONE.c.user_id == _LINK.c.user_id, _PHONE.c.number == _LINK.c.email)
    later = sa.select(newer.c.id).where(
        newer.c.user_id == _LINK.c.user_id,
        newer.c.email == _LINK.c.email,
        newer.c.action == "wasnt_me",
        newer.c.issued_at > _LINK.c.issued_at,
    )
    # The last mail to a removed email address reported its removal: only older links are voided.
    old = (_LINK.c.action == "wasnt_me", ~address.exists(), ~number.exists(), later.exists())
    op.execute(_LINK.update().where(*old).values(uses_left=0))
