"""Flows of the pages over a socket by hand: a login, a proof of the password, and the code popup."""

from itertools import count
from typing import Any
from uuid import UUID

from authapp.core.base import rate_limits
from authapp.core.base.rate_limits import counting
from tests.kit.processes.servers import Server
from tests.kit.tables import connect, query
from tests.kit.users import PASSWORD, Person
from tests.kit.web.handlers import NAMES
from tests.kit.web.http import claim, from_new_ip, key_in
from tests.kit.web.sockets import Intruder, reopen

SIGN_UP, FORGOT = "sign_up.sign_up_by_phone_state", "forgot.forgot_by_phone_state"
PHONES, STEP_UP = "phones.phones_state", "step_up.step_up_state"
GIFT = "tests___kit___products___background____gift"  # a purpose of a product
BEGIN = {SIGN_UP: "submit", FORGOT: "submit", PHONES: "add", STEP_UP: "send_code"}
PATHS = {SIGN_UP: "/signup", FORGOT: "/forgot", PHONES: "/settings", STEP_UP: "/settings"}

_tabs = count(1)


def tab_of(server: Server, state: str, *, who: Person | None = None, caller: dict[str, str] | None = None) -> Intruder:
    """Open a tab on the page of a flow that sends codes. The client is a new one unless the test gives one."""
    headers = list((caller or from_new_ip()).items())
    key = who.key if who else ""
    return Intruder(server, tab=f"waits {next(_tabs)}", cookie=key, path=PATHS[state], headers=headers)


def ask_for_code(tab: Intruder, state: str, number: str = "") -> str:
    """Send the form of a flow. Returns the key of the step that the page waits in, or an empty text."""
    forms: dict[str, dict[str, Any]] = {
        SIGN_UP: {"form": {**NAMES, "phone": number, "password": PASSWORD}},
        FORGOT: {"form": {"phone": number}},
        PHONES: {"form": {"new_phone": number}},
    }
    before = len(tab.orders)
    tab.call(f"{state}.{BEGIN[state]}", **forms.get(state, {}))
    tab.settle()
    return step_in(tab, before)


def step_in(tab: Intruder, since: int = 0) -> str:
    """Return the key in the last order to open the popup; empty if there was no order, or one to close it."""
    steps = [order["value"]["step"] for order in tab.orders[since:] if order.get("ref") == "authapp:code"]
    return steps[-1] if steps else ""


def confirm(tab: Intruder, state: str, step: Any, code: Any) -> str:
    """Submit a code and return the message of the refusal."""
    tab.call(f"{state}.confirm_code", form={"step": step, "code": code})
    tab.settle()
    return str(tab.of(state).get("refusal", ""))


def tickets(tab: Intruder) -> list[str]:
    """Return the tickets that the tab received. Each of them opens a session."""
    return [ticket for order in tab.orders if isinstance(order.get("value"), dict) and (ticket := _ticket(order))]


def _ticket(order: dict[str, Any]) -> str:
    return str(order["value"].get("ticket") or "")


def guesses_spent(server: Server, number: str) -> int:
    """Count the guesses that were checked for all codes to a phone number. No step may have had a second code."""
    return sum(5 - left for (left,) in query(server, "SELECT uses_left FROM auth_code WHERE target = ?", number))


def pass_the_pause(server: Server, *numbers: str) -> None:
    """Let the time pass until another code may be sent."""
    held = connect(server)
    for number in numbers:
        owners = held.execute(
            "SELECT user_id FROM auth_phone WHERE number = ? UNION SELECT user_id FROM auth_email WHERE address = ?",
            (number, number),
        )
        for owner in [None, *(UUID(id) for (id,) in owners.fetchall())]:  # of others, and of the owner
            name = rate_limits.CodeTarget(number, owner).counted_as
            digest = counting.digest(rate_limits.CODES_PER_TARGET.name, name)
            held.execute("UPDATE auth_rate_counter SET blocked_until = NULL WHERE digest = ?", (digest,))
    held.close()


def unclaimed_ticket(server: Server, person: Person, tab: str = "hers", cookie: str = "") -> str:
    """Log in on the socket and return the ticket, unclaimed."""
    with reopen(server, tab, cookie=cookie, path="/login") as socket:
        form = {"identifier": person.email, "password": person.password, "keep": False}
        socket.call("login.login_state.answer", form=form)
        return str(socket.ordered("restart")["ticket"])


def settings_tab(server: Server, person: Person, tab: str) -> Intruder:
    """Open the settings page of a user."""
    return Intruder(server, tab=tab, cookie=person.key, path="/settings")


def key_after_proof(server: Server, person: Person, tab: Intruder) -> str:
    """Prove the password and trade the ticket of that proof. Returns the new key."""
    tab.call("step_up.step_up_state.answer", form={"password": PASSWORD})
    return key_in(claim(server, tab.ordered("renew")["ticket"], tab.tab, person.key))
