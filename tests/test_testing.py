"""The test kit, used as in a product: in a separate folder, by a separate pytest."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.processes.servers import ROOT

SHOP = '''
from uuid import UUID

import reflex as rx
from sqlmodel import Field, SQLModel

import authapp


class Order(SQLModel, table=True):
    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True)


@authapp.on_sign_up
def welcome(db, user):
    db.add(Order(user_id=user.id))


denied = []


@authapp.on_connected_request
def lock_out(db, me):
    if me.name == "Eve":
        raise authapp.Refusal("Not you.")


@authapp.on_denied
def note(db, me, refusal, what):
    denied.append((me.name if me else "", refusal.message))


class Shop(authapp.Flow, rx.State):
    greeting: str = ""

    @authapp.event(allow="staff")
    async def greet(self, word: str):
        """Says something to whoever asks."""
        me = await self._principal()
        self.greeting = f"{word} {me.name}"

    @authapp.event(allow=authapp.SIGNED_IN, fresh=True)
    async def pay(self):
        """Needs a fresh proof."""
        self.greeting = "Paid"

    @authapp.event(allow=authapp.PUBLIC)
    async def refuse(self):
        """Refuses everybody."""
        raise authapp.Refusal("We are closed.")

    @authapp.var(allow="staff", initial_value=0)
    def takings(self) -> int:
        """For the staff alone."""
        return 42


app = authapp.install(rx.App(), migrations="history")
'''

VERSION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade():
    op.create_table("order", sa.Column("user_id", sa.Uuid(), sa.ForeignKey("auth_user.id"), primary_key=True))
"""

TABLE = """
from sqlmodel import Field, SQLModel


class Order(SQLModel, table=True):
    id: int = Field(primary_key=True)
"""

TESTS = """
from datetime import timedelta

import pytest
from authapp.testing import PASSWORD, public_surface
from authapp.core.base.errors import SessionExpired, BadUserOrPassword
from authapp.core.authentication import sign_up
from authapp import transaction
from authapp.testing import HOME
from shop import Shop, denied


def test_guards(person, nobody):
    ann, bob = person("ann@example.com", "staff", first_name="Ann"), person("bob@example.com")

    assert ann.run(Shop.greet, "Hello").vars["greeting"] == "Hello Ann"
    assert ann.sees(Shop)["takings"] == 42
    assert (bob.run(Shop.greet, "Hello").code, bob.sees(Shop)["takings"]) == ("NotAllowed", 0)
    assert nobody.run(Shop.greet, "Hello").code == "SessionExpired"
    assert nobody.run(Shop.refuse).refused == "We are closed."
    eve = person("eve@example.com", "staff", first_name="Eve")
    assert (eve.run(Shop.greet, "Hello").refused, eve.sees(Shop)["takings"]) == ("Not you.", 0)
    assert denied[-1] == ("Eve", "Not you.")
    ann.leave("staff")
    assert (ann.run(Shop.greet, word="Hello").code, ann.sees(Shop)["takings"]) == ("NotAllowed", 0)


def test_clock(person, clock):
    ann = person()
    assert (ann.run(Shop.pay).code, ann.sees(Shop)["greeting"]) == ("", "Paid")
    clock.advance(timedelta(minutes=11))
    assert ann.run(Shop.pay).code == "StepUpNeeded"
    clock.advance(timedelta(days=1))
    assert ann.me is None
    assert ann.run(Shop.pay).code == "SessionExpired"


def test_client(person, client):
    ann = person()
    assert client(ann).connect().login == ann.email
    assert client(ann).call("GET", "/account")["has_password"]
    with pytest.raises(SessionExpired):
        client().call("GET", "/account")
    with pytest.raises(BadUserOrPassword):
        client().login(ann.email, PASSWORD + "!")
    fresh = client()
    assert fresh.login(ann.email, PASSWORD).user_id == str(ann.user_id)
    fresh.logout()


def test_outbox(outbox, database, configure):
    assert len(outbox) == 0
    with transaction() as db:
        sign_up.sign_up(db, "new@example.com", HOME)
    with transaction() as db:
        sign_up.sign_up_by_phone(db, "+4915123456789", sign_up.NewUser("Ann", "", PASSWORD), HOME)
    assert "/link#" in outbox.to("new@example.com")[0].link
    assert outbox.last.to == "+4915123456789"
    assert len(outbox.last.code) == 6
    configure(AUTHAPP_SIGN_UP="closed")
    with pytest.raises(Exception, match="UserNotRegistered"), transaction() as db:
        sign_up.sign_up(db, "new@example.com", HOME)


def test_nothing_stays(outbox, person):
    assert len(outbox) == 0
    person("ann@example.com")


def test_open(app):
    assert [name for name in public_surface(app).events if name.endswith("refuse")]
    assert not [name for name in public_surface(app).events if name.endswith("greet")]
"""


def pytest_in(folder: Path, **files: str) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nauthapp_app = shop:app\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(folder)]
    environment = {"PATH": "", "PYTHONPATH": f"{ROOT}:{folder}", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
def test_a_product_tests_its_guards_its_flows_and_its_mails_without_a_browser(tmp_path):
    (tmp_path / "history" / "versions").mkdir(parents=True)
    (tmp_path / "history" / "versions" / "0001_orders.py").write_text(VERSION, encoding="utf-8")
    ran = pytest_in(tmp_path, conftest='pytest_plugins = ["authapp.testing"]\n', shop=SHOP, test_shop=TESTS)

    assert "6 passed" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.slow
def test_the_example_of_the_readme_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if "def test_" in block]

    ran = pytest_in(
        tmp_path,
        conftest='pytest_plugins = ["authapp.testing"]\n',
        shop=example + TABLE,  # the product itself keeps the history of its tables
        test_shop="from shop import *\n\ndef test_table(db):\n    db.add(Order(id=1))\n",
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "4 passed" in ran.stdout
