"""A product's own tables and Alembic history, beside ours in the same database."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Uuid, text

from authapp.db.engines import engine
from authapp.models import User

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_autogenerate_sees_the_product_s_tables_and_leaves_ours_alone(database):
    (told,) = (code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "def include_object" in code)
    env: dict = {}
    exec(told, env)  # noqa: S102  # the README's own code
    mine = MetaData()
    User.__table__.to_metadata(mine)

    owner = Column("user_id", Uuid(), ForeignKey("auth_user.id", ondelete="CASCADE"), nullable=False)
    Table("shop_order", mine, Column("id", Integer(), primary_key=True), owner)

    with engine().connect() as connection:
        options = {"include_object": env["include_object"], "version_table": "alembic_version"}
        before = compare_metadata(MigrationContext.configure(connection, opts=options), mine)
        mine.tables["shop_order"].create(connection)
        after = compare_metadata(MigrationContext.configure(connection, opts=options), mine)
        connection.execute(text("DROP TABLE shop_order"))
        connection.commit()

    assert [(what, table.name) for what, table in before] == [("add_table", "shop_order")]
    assert after == []
