"""What a product declares for whom, asked of the product itself, so that nothing can be forgotten."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attacks.intruder import Intruder
from tests.servers import BUILD, ROOT

ASK = """
import importlib, json, sys
module, _, name = sys.argv[1].partition(":")
app = getattr(importlib.import_module(module), name)
from authapp.core.guards import Whom
from authapp.installation import open_things
from authapp.states import guards
from reflex_base.registry import RegistrationContext
app._apply_decorated_pages()
guards.empty_first_values()
def kind(law):
    names = [law] if isinstance(law, str) else law
    return law.value if isinstance(law, Whom) else "function" if callable(law) else names
def shown(value):
    return json.loads(json.dumps(value, default=str))
events = {
    name: kind(guards.of_handler(known))
    for name, known in RegistrationContext.get().event_handlers.items()
    if guards.is_of_product(known.states[0]) and not name.endswith(".setvar")
}
vars = [
    [owner.get_full_name(), name, kind(guards.of_var(owner, name)), shown(guards.first_value(owner, name))]
    for owner in guards.product_states()
    for name in guards.vars_of(owner)
]
print(json.dumps({"events": events, "vars": vars, "open": open_things(app)._asdict()}))
"""
Law = str | list[str]


@dataclass
class Declared:
    """Events by name, vars as (state, var, law, first value), and what is open."""

    events: dict[str, Law]
    vars: list[tuple[str, str, Law, Any]]
    open: dict[str, list[str]]


def declared(app: str, folder: Path, path: Path = ROOT, build: Path = BUILD) -> Declared:
    """What an app says, asked in a process of its own."""
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
    """Whether a guard lets somebody in; None: nobody is signed in. Functions are asked by tests of their own."""
    if law == "everybody" or groups is None:
        return law == "everybody"
    return law == "members" or (isinstance(law, list) and not groups.isdisjoint(law))


def denials(tab: Intruder) -> dict[str, str]:
    """What a page was told of its own events that were denied: the code, by the event's name."""
    orders = [one["value"] for one in tab.orders if one.get("ref") == "ref_denied"]
    return {order["event"]["name"]: order["code"] for order in orders if order.get("event")}


def check_events(tab: Intruder, law: Declared, groups: set[str] | None) -> None:
    """Call every event of a product by name that is not for these groups: each is denied, and says why."""
    closed = [name for name, allow in law.events.items() if not lets_in(allow, groups)]
    assert closed, "a product in which nothing is closed proves nothing"
    for name in closed:
        for payload in ({}, {"form": {}}, {"id": {"x": 1}, "self": 1}):
            tab.emit("event", {**tab.packet("", payload), "name": name})
    tab.settle()
    assert denials(tab) == dict.fromkeys(closed, "SessionExpired" if groups is None else "NotAllowed")


def check_vars(tab: Intruder, law: Declared, groups: set[str] | None) -> None:
    """What a page of these groups holds, and is not for them, is what it was before anything happened."""
    closed = [(state, var, first) for state, var, allow, first in law.vars if not lets_in(allow, groups)]
    assert closed
    for state, var, first in closed:
        held = tab.state.get(state, {})
        if f"{var}_rx_state_" in held and var != "answers":
            assert held[f"{var}_rx_state_"] == first, f"{state}.{var}"
