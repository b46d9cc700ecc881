"""Access rules of a product, read from the product itself, so that the tests cannot forget any."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kit.processes.servers import BUILD, ROOT
from tests.kit.web.sockets import Intruder

ASK = """
import importlib, json, sys
module, _, name = sys.argv[1].partition(":")
app = getattr(importlib.import_module(module), name)
from authapp.core.authorization.access import Audience
from authapp.installation.app import public_surface
from authapp.guards import hidden, registry
from reflex_base.registry import RegistrationContext
app._apply_decorated_pages()
hidden.empty_first_values()
def kind(law):
    names = [law] if isinstance(law, str) else law
    return law.value if isinstance(law, Audience) else "function" if callable(law) else names
def shown(value):
    return json.loads(json.dumps(value, default=str))
events = {
    name: kind(registry.of_handler(known))
    for name, known in RegistrationContext.get().event_handlers.items()
    if registry.is_of_product(known.states[0]) and not name.endswith(".setvar")
}
vars = [
    [owner.get_full_name(), name, kind(registry.of_var(owner, name)), shown(hidden.first_value(owner, name))]
    for owner in registry.product_states()
    for name in registry.vars_of(owner)
]
print(json.dumps({"events": events, "vars": vars, "open": public_surface(app)._asdict()}))
"""
Law = str | list[str]


@dataclass
class Declared:
    """Access rules of events by name, of vars as (state, var, rule, first value), and the public surface."""

    events: dict[str, Law]
    vars: list[tuple[str, str, Law, Any]]
    open: dict[str, list[str]]


def declared(app: str, folder: Path, path: Path = ROOT, build: Path = BUILD) -> Declared:
    """Return the declarations of an app, read in a separate process."""
    settings = {"DATABASE_URL": f"sqlite:///{folder}/law.db", "REFLEX_WEB_WORKDIR": str(build)}
    settings |= {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}"}
    asked = subprocess.run(
        [sys.executable, "-c", ASK, app],
        cwd=path,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    return Declared(**json.loads(asked.stdout.splitlines()[-1]))


def lets_in(law: Law, groups: set[str] | None) -> bool:
    """Return whether a guard admits a user in these groups; None: not logged in. Functions have their own tests."""
    if law == "everybody" or groups is None:
        return law == "everybody"
    return law == "members" or (isinstance(law, list) and not groups.isdisjoint(law))


def denials(tab: Intruder) -> dict[str, str]:
    """Return the codes with which a page's own events were denied, by the event's name."""
    orders = [one["value"] for one in tab.orders if one.get("ref") == "authapp:denied"]
    return {order["event"]["name"]: order["code"] for order in orders if order.get("event")}


def check_events(tab: Intruder, law: Declared, groups: set[str] | None) -> None:
    """Call every event of a product that these groups may not call: each is denied, with the right code."""
    closed = [name for name, allow in law.events.items() if not lets_in(allow, groups)]
    assert closed, "a product in which nothing is closed proves nothing"
    for name in closed:
        for payload in ({}, {"form": {}}, {"id": {"x": 1}, "self": 1}):
            tab.emit("event", {**tab.packet("", payload), "name": name})
    tab.settle()
    assert denials(tab) == dict.fromkeys(closed, "SessionExpired" if groups is None else "NotAllowed")


def check_vars(tab: Intruder, law: Declared, groups: set[str] | None) -> None:
    """Check that each var that these groups may not see still has its first value on their page."""
    closed = [(state, var, first) for state, var, allow, first in law.vars if not lets_in(allow, groups)]
    assert closed
    for state, var, first in closed:
        held = tab.state.get(state, {})
        if f"{var}_rx_state_" in held and var != "answers":
            assert held[f"{var}_rx_state_"] == first, f"{state}.{var}"
