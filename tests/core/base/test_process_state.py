"""A reset clears every cache, and on request what a product registered, but nothing of our own."""

import os
import subprocess
import sys

import pytest

from authapp.core.account import identities
from authapp.core.account.identities import Provider
from authapp.core.base import clock, hooks, process_state
from authapp.core.base.rate_limits import memory
from authapp.core.credentials import link_actions
from authapp.core.sessions import sessions
from tests.kit.processes.servers import ROOT

# A process of its own: Reflex knows every state of a process, also those of the other tests.
TWO_PRODUCTS = """
import os
import reflex as rx
from reflex_base.registry import RegistrationContext
import authapp
from authapp.background import senders
from authapp.config import settings
from authapp.core.account import identities
from authapp.core.authorization import access
from authapp.core.base import hooks
from authapp.core.base.headers import headers
from authapp.core.base.process_state import reset
from authapp.core.base.routes import route
from authapp.core.base.theme import Theme, theme
from authapp.core.credentials import link_actions
from authapp.core.sessions import sessions
from authapp.guards import registry
from authapp.i18n import catalogues
from authapp.installation.app import histories, route_rules
from authapp.providers.registry import known
from authapp.states.admin import AdminState
from authapp.ui.slots import slot

FOLDER = os.environ["FOLDER"]

def states():
    return {state.get_full_name() for state in RegistrationContext.get().base_states.values()}

def seen(app):
    surface = authapp.public_surface(app)
    return {
        "states": states(),
        "rules of states": registry.guarded_states(),
        "rules of vars": registry.guards_vars(),
        "rule of a page": registry.of_page("board"),
        "closed": registry.is_closed(),
        "groups": access.GROUPS - {"admin"},
        "surface": surface,
        "route": route("login"),
        "theme": theme(),
        "headers": headers(),
        "slot": slot("header"),
        "hooks": hooks.in_use(),
        "links": link_actions.known(),
        "provider": known("work"),
        "verifier": known("shop"),
        "providers": identities.providers(),
        "senders": (senders.sends_mail(), senders.sends_texts()),
        "user info": sessions.teller(),
        "mails": (settings().mail_templates, settings().product_name),
        "languages": catalogues.has_own(),
        "migrations": set(histories.values()),
        "apps": len(route_rules),
    }

def new_context():
    RegistrationContext._context_var.set(RegistrationContext.get().fork())

clean = seen(authapp.install(rx.App()))
reset(product=True)
new_context()

@authapp.page(route="/board", allow="board")
def board():
    return rx.text("board")

@authapp.state(allow="staff")
class Board(authapp.Flow, rx.State):
    notes: list[str] = []

    @authapp.event(allow="writers")
    async def write(self):
        self.notes = []

    @authapp.var(allow="readers")
    def count(self) -> int:
        return 1

authapp.on_sign_up(lambda db, user: None)
authapp.action_link("gift")(lambda db, link: "/")
authapp.sender(lambda message: None)
authapp.text_sender(lambda message: None)
authapp.provider("work", label="Work", issuer="https://work.example", client_id="us")
authapp.token_verifier("shop", label="Shop")(lambda token: None)
authapp.user_info(lambda db, me: {})
first = seen(
    authapp.install(
        rx.App(),
        default="closed",
        routes={"login": "/enter"},
        languages=FOLDER,
        theme=Theme(product_name="First"),
        headers=authapp.Headers(img=("https://a.example",)),
        slots={"header": rx.fragment},
        mails=FOLDER,
        migrations=FOLDER,
    )
)
same = [name for name in clean if first[name] == clean[name] and name != "apps"]
assert not same, same
assert first["apps"] == 1

reset(product=True)
new_context()
second = seen(authapp.install(rx.App()))
left = {name: (clean[name], second[name]) for name in clean if second[name] != clean[name]}
assert not left, left
assert registry.of_state(AdminState) == "admin"
print("nothing of the first")
"""


@pytest.fixture(autouse=True)
def kept():
    """Restore afterwards what other tests registered."""
    lists = [sessions._info, *(hook._deeds for hook in hooks.HOOKS)]
    before = [list(one) for one in lists]
    tables = [identities._registered, link_actions.actions]
    rows = [dict(one) for one in tables]
    yield
    for one, values in zip(lists, before, strict=True):
        one[:] = values
    for table, values in zip(tables, rows, strict=True):
        table.clear()
        table.update(values)


def register():
    """Register what a product would."""
    hooks.on_sign_up(lambda db, user: None)
    link_actions.action("gift")(lambda db, link: "/")
    identities.register(Provider("work", "Work"))
    sessions.user_info(lambda db, me: {})


def test_a_reset_empties_the_caches_and_keeps_what_the_product_registered():
    register()
    memory._calls["kind", "who"] = 1, clock.now()

    process_state.reset()

    assert memory._calls == {}
    assert hooks.on_sign_up
    assert "gift" in link_actions.known()
    assert "work" in identities.providers()
    assert sessions.teller()


def test_a_second_product_sees_nothing_of_the_first(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", TWO_PRODUCTS],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/app.db", "FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "nothing of the first\n"), done.stderr
