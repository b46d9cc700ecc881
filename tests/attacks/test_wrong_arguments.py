"""R4: Reflex passes on any arguments that a client sends, so wrong ones are refused without harm."""

import pytest

from authapp.core.authorization import groups
from tests.kit.processes.servers import eventually
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.web.handlers import ALL, OURS, STEP
from tests.kit.web.http import logged_in_as
from tests.kit.web.sockets import Intruder

CANARY = "canary-4f1c"
NESTED = [[[[[[[[[[CANARY]]]]]]]]]]
WRONG = [None, True, 0, -1, 1.5, 10**400, "", CANARY * 20_000, "\x00" + CANARY, [CANARY], NESTED]
WRONG += [{}, {CANARY: CANARY}, {"__class__": CANARY}, {"email": {"email": CANARY}}, {"email": None, "id": [CANARY]}]
WRONG += [{"first_name": {}, "last_name": []}, {"first_name": CANARY * 100, "last_name": CANARY}]
WRONG += [{"password": [CANARY], "confirmation": [CANARY]}, {"password": {"a": CANARY}, "confirmation": {"a": CANARY}}]
WRONG += [{"challenge_id": {CANARY: 1}, "reply": []}, {"challenge_id": CANARY, "reply": None}]
WRONG += [{"identifier": [CANARY], "password": [CANARY]}, {"identifier": CANARY * 1000, "password": CANARY * 1000}]
WRONG += [
    {"step": {CANARY: 1}, "code": [CANARY]},
    {"step": STEP, "code": CANARY * 100},
    {"step": [STEP], "code": 123456},
]
WRONG += [{name: wrong} for name in ("phone", "new_phone") for wrong in ("+49" * 100, "+49 0", "0" * 40, [CANARY])]
EXTRA = [{"keep": True}, {"tab": "x"}, {"caller": CANARY}, {"self": CANARY}, {"state": {}}, {"me": CANARY}, {"": 1}]


def attack(intruder, name):
    """Call a handler with each argument and field wrong, one or all missing, one too many, and an invalid payload."""
    arguments = ALL[name].arguments
    for argument in arguments:
        for wrong in WRONG:
            intruder.call(name, **{**arguments, argument: wrong})
        intruder.call(name, **{key: value for key, value in arguments.items() if key != argument})
    form = arguments.get("form", {})
    for field in form:
        for wrong in (None, [CANARY], {CANARY: CANARY}, 10**400):
            intruder.call(name, form={**form, field: wrong})
    for extra in EXTRA:
        intruder.emit("event", intruder.packet(name, {**arguments, **extra}))
    for payload in (None, CANARY, [CANARY], 7, {CANARY: CANARY}):
        intruder.emit("event", {**intruder.packet(name), "payload": payload})


@pytest.mark.parametrize("name", ALL)
def test_wrong_arguments_change_nothing_and_leave_no_trace(server, alice, logged, name):
    before = rows(server)

    for key in ("", alice.key):
        with Intruder(server, tab=f"wrong {name} {key}", cookie=key, path="/settings") as intruder:
            attack(intruder, name)
            intruder.settle()
            assert intruder.who == (str(alice.user_id) if key else "")
            assert not any(order.get("value", {}).get("ticket") for order in intruder.orders)

    assert logged_in_as(server, alice.key) == alice.email
    assert rows(server) == before
    assert CANARY not in logged()
    assert "Traceback" not in logged()


TEXTS = ["\ud800", "name\udfff@example.com", "a\ud800 long enough password", "\x00", "\x1b[31m", "a\x00 good password"]


# These take only the key of a link, and give the same answer for every invalid key: nothing is sent.
SAME_FOR_EVERY_KEY = {"link.link_state.send_again", "link.link_state.switch"}
FINDS_NOTHING = {"people.people_state.search"}  # no user has such a name
NOT_REFUSED = SAME_FOR_EVERY_KEY | FINDS_NOTHING
TAKES_TEXT = [name for name, handler in OURS.items() if "form" in handler.arguments and name not in NOT_REFUSED]


@pytest.mark.parametrize("name", TAKES_TEXT)
def test_text_that_no_database_takes_is_refused_in_words(server, alice, logged, name):
    if OURS[name].admin:
        do(groups.add, alice.user_id, "admin")
    before = rows(server)

    with Intruder(server, tab=f"text {name}", cookie=alice.key, path="/settings") as intruder:
        for text in TEXTS:
            intruder.call("account.account.dismiss_trouble")
            intruder.call(name, form=dict.fromkeys(OURS[name].arguments["form"], text))
            intruder.settle()
            assert intruder.of(name.rpartition(".")[0])["refusal"] != "", ascii(text)
            assert intruder.of("account.account")["trouble"] == "", ascii(text)

    assert rows(server) == before
    assert "broke" not in logged()


@pytest.mark.parametrize("text", TEXTS)
def test_wrong_arguments_to_denied_handlers_do_not_break_the_connection(server, alice, text):
    with Intruder(server, tab=f"denied {text!r}", cookie=alice.key, path="/settings") as intruder:
        intruder.call("admin.admin_state.create_group", form={"group": text, "about": text})
        intruder.settle()
        assert any(order.get("value", {}).get("code") == "NotAllowed" for order in intruder.orders)


ROUTERS = [
    None,
    "x",
    [],
    {"pathname": ["x"]},
    {"asPath": {"x": 1}},
    {"asPath": ["x"]},
    {"asPath": None},
    {"query": "x"},
]
ROUTERS += [{"asPath": "[x]"}, {"asPath": "//["}, {"asPath": "@[::1"}, {"asPath": ":99999/"}, {"asPath": "\u2100/"}]
ROUTERS += [{"pathname": "/link/" + "x" * 5000}, {"asPath": "x" * 90_000}, {"query": {"x": {"x": 1}}}]
ROUTERS += [{"headers": 7}, {"client_ip": "6.6.6.6"}, {"ip": "6.6.6.6"}, {"sid": "x", "token": "x"}]


def test_a_page_that_lies_about_where_it_is_breaks_nothing(server, alice, logged):
    with Intruder(server, tab="router", cookie=alice.key) as intruder:
        for router in ROUTERS:
            for name in ("link.link_state.look", "login.login_state.enter", "settings.personal_data_state.load"):
                intruder.emit("event", {**intruder.packet(name), "router_data": router})
        intruder.settle()
        assert intruder.who == str(alice.user_id)
        assert intruder.of("")["rx_router_session"]["client_ip"] == "127.0.0.1"

    assert "Traceback" not in logged()
    assert logged_in_as(server, alice.key) == alice.email


@pytest.mark.parametrize("path", ["[x]", {"x": 1}, "@[::1"], ids=str)
def test_an_event_that_breaks_is_over_when_it_broke(server, logged, path):
    with Intruder(server, tab=f"broken {path}") as intruder:
        intruder.emit("event", {**intruder.packet("hydrate"), "router_data": {"pathname": "/", "asPath": path}})
        intruder.settle()
    eventually(lambda: "an event handler failed" in logged())

    with Intruder(server, tab="afterwards") as other:
        other.settle()
        before = logged()
        for _ in range(20):
            other.settle()
    assert logged() == before
