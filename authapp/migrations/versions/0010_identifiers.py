"""Identifiers in their current normal form.

Older versions stored full-width letters and invisible characters in email addresses, and phone numbers of former
numbering plans (Mexico, Argentina, Brazil), as typed. The present version converts input to one form, which must match
the stored one.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from authapp.core.account import search_words
from authapp.core.base import identifiers

revision = "0010"
down_revision = "0009"

_COLUMNS = [
    ("auth_email", "address"),
    ("auth_phone", "number"),
    ("auth_applicant", "address"),
    ("auth_session", "identifier"),
    ("auth_ticket", "identifier"),
    ("auth_action_link", "email"),
    ("auth_code", "target"),
    ("auth_message", "recipient"),
]
_WORDS = sa.table("auth_word", sa.column("word"), sa.column("user_id", sa.Uuid()))


def upgrade() -> None:
    db = op.get_bind()
    for table, name in _COLUMNS:
        rows = sa.table(table, sa.column(name), sa.column("user_id", sa.Uuid()))
        for before, now in list(_changed(db, rows.c[name])):
            _rename(db, rows, name, before, now)


def _changed(db: sa.Connection, column: sa.ColumnClause[str]) -> Iterator[tuple[str, str]]:
    for (stored,) in db.execute(sa.select(column).distinct()):
        if stored and (not stored.isascii() or stored.startswith(("+52", "+54", "+55"))):
            now = identifiers.renormalized(stored)
            if now != stored:
                yield stored, now


def _rename(db: sa.Connection, rows: sa.TableClause, name: str, before: str, now: str) -> None:
    """Replace an identifier by its new form, and add the search words of the new form.

    An email, phone or waitlist row stays as it is when its table has the new form already.
    """
    column = rows.c[name]
    if (
        rows.name in ("auth_email", "auth_phone", "auth_applicant")
        and db.execute(sa.select(column).where(column == now)).first()
    ):
        return
    db.execute(sa.update(rows).where(column == before).values({name: now}))
    if rows.name not in ("auth_email", "auth_phone"):
        return
    for (user_id,) in db.execute(sa.select(rows.c.user_id).where(column == now)).all():
        found = search_words.of("", "", [now] if "@" in now else [], [] if "@" in now else [now])
        known = set(db.scalars(sa.select(_WORDS.c.word).where(_WORDS.c.user_id == user_id)))
        if new := [{"word": one, "user_id": user_id} for one in found if one not in known]:
            db.execute(_WORDS.insert(), new)
