"""SCRAM records for each identifier, the keys of their salts, and the parameters that unknown identifiers show."""

from collections import Counter
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from authapp.core.credentials import passwords, scram

revision = "0008"
down_revision = "0007"

AT_ONCE = 5_000
_USER = sa.table(
    "auth_user", sa.column("id", sa.Uuid()), sa.column("password_record", sa.LargeBinary()), sa.column("password_form")
)
_EMAIL = sa.table("auth_email", sa.column("user_id", sa.Uuid()), sa.column("confirmed_at"))
_PHONE = sa.table("auth_phone", sa.column("user_id", sa.Uuid()))


def upgrade() -> None:
    op.create_table(
        "auth_scram_record",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", AutoString(), nullable=False),
        sa.Column("form", AutoString(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "identifier"),
    )
    keys = op.create_table(
        "auth_lasting_key",
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    forms = op.create_table(
        "auth_challenge_form",
        sa.Column("form", AutoString(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("form"),
    )
    op.add_column("auth_user", sa.Column("password_form", AutoString(), nullable=False, server_default=""))
    db = op.get_bind()
    db.execute(keys.insert(), [{"name": name, "sealed": sealed} for name, sealed in scram.new_keys().items()])
    _note_forms(db)
    found = _count_forms(db)
    if found:
        db.execute(forms.insert(), [{"form": f"{scram.MAIN} {form}", "count": count} for form, count in found.items()])


def _note_forms(db: sa.Connection) -> None:
    """Store the parameters of each password record. Challenges show them until the record is renewed."""
    last: UUID | None = None
    while True:
        users = sa.select(_USER.c.id, _USER.c.password_record).where(_USER.c.password_record.is_not(None))
        users = users if last is None else users.where(_USER.c.id > last)
        rows = db.execute(users.order_by(_USER.c.id).limit(AT_ONCE)).all()
        if not rows:
            return
        changed = sa.update(_USER).where(_USER.c.id == sa.bindparam("owner")).values(password_form=sa.bindparam("form"))
        found = [{"owner": row.id, "form": passwords.form(row.password_record, row.id)} for row in rows]
        if found := [one for one in found if one["form"]]:
            db.execute(changed, found)
        last = rows[-1].id


def _count_forms(db: sa.Connection) -> Counter[str]:
    found: Counter[str] = Counter()
    for names, *where in ((_EMAIL, _EMAIL.c.confirmed_at.is_not(None)), (_PHONE,)):
        owned = sa.select(_USER.c.password_form, sa.func.count()).join(names, names.c.user_id == _USER.c.id)
        counted = owned.where(_USER.c.password_form != "", *where).group_by(_USER.c.password_form)
        found.update({form: count for form, count in db.execute(counted)})
    return found
