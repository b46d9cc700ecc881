"""R13: data sent by clients stays out of the log, and no client can write a line of its own into it."""

import re
from collections import Counter
from contextlib import suppress

import pytest
from PIL import ExifTags, Image

from authapp.core.account import phones
from authapp.core.base.phone_numbers import format_phone
from authapp.core.base.security_log import LINES_A_MINUTE
from tests.kit.codes import wrong_codes
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to
from tests.kit.pictures import picture
from tests.kit.processes.servers import eventually
from tests.kit.rules import do
from tests.kit.users import PASSWORD, sign_up
from tests.kit.web.flows import FORGOT, PHONES, SIGN_UP, STEP_UP, ask_for_code, confirm, pass_the_pause, tab_of, tickets
from tests.kit.web.handlers import ALL, ENDS, NAMES, WAITING
from tests.kit.web.http import API, ask, challenged, claim, post
from tests.kit.web.sockets import ENTER, Intruder, event
from tests.kit.web.websocket import Gone, Refused

CANARY = "canary7d1e"
FORGED = f"{CANARY}\n[ERROR] forged by {CANARY}\r\n\x1b[31mforged {CANARY}\u2028forged"


@pytest.fixture(autouse=True)
def clean(server, logged):
    """Check after each test: the log contains no sent data, each error is one line, and logging still works."""
    yield
    noted = logged().count("KeyError")
    with Intruder(server, tab="the last word") as intruder:
        intruder.call("no_such_handler")
        eventually(lambda: logged().count("KeyError") > noted)
    assert CANARY not in logged()
    assert "forged" not in logged()
    assert "Traceback" not in logged()


def test_arguments_of_every_handler(server, alice):
    for key in ("", alice.key):
        with Intruder(server, tab="arguments", cookie=key, path=f"/link#{CANARY}") as intruder:
            for name, handler in sorted(ALL.items(), key=lambda one: one[0] in ENDS):
                for wrong in (FORGED, [FORGED], {FORGED: FORGED}):
                    intruder.call(name, **dict.fromkeys(handler.arguments, wrong))
                    intruder.call(name, **{**handler.arguments, FORGED: wrong})
                form = dict.fromkeys(handler.arguments.get("form", {}), FORGED)
                intruder.call(name, form=form)
            with suppress(Gone):  # the last one ends the session
                intruder.settle()


PACKETS = ["", CANARY, f"4{CANARY}", f"5{CANARY}", f"6{CANARY}", f"2{CANARY}", f"9{CANARY}", f"0{CANARY}", f"1{CANARY}"]
PACKETS += [
    f"42{CANARY}",
    f"42/_event,[{CANARY}",
    f'42/_event,["event","{CANARY}"]',
    f'42/_event,["event",["{CANARY}"]]',
]
PACKETS += [f'42/_event,["{CANARY}",1]', f'42/_event,{{"{CANARY}":1}}', "42/_event,[]", f'42/{CANARY},["event",1]']
PACKETS += [f"40/{CANARY},{{}}", f"41/{CANARY},", f"49/_event,{CANARY}", f'43/_event,1["{CANARY}"]']
PACKETS += [f'451-/_event,["event",{{"_placeholder":true,"num":"{CANARY}"}}]', f'42/_event,{"9" * 120}["{CANARY}"]']
PACKETS += [f"b{CANARY}", f"b{CANARY}=", f"\0{CANARY}".encode(), f'42/_event,["event","{"x" * 1_100_000}{CANARY}"]']
PACKETS += [f'42/_event,["event",{"[" * 100_000}"{CANARY}"{"]" * 100_000}]']


@pytest.mark.parametrize("packet", PACKETS, ids=lambda packet: ascii(packet)[:30])
def test_packets_that_are_none(server, packet):
    # The server may close the connection, or wait until the client ends its invalid packet.
    with suppress(Gone, AssertionError), Intruder(server, tab=f"packet {packet[:20]!r}", patience=1) as intruder:
        intruder.raw(packet)
        intruder.raw(packet)
        intruder.emit("ping")
        intruder.until(lambda: "pong" in intruder.everything)

    with Intruder(server, tab="somebody else") as other:
        other.settle()


CHANGES = [{"name": FORGED}, {"name": [FORGED]}, {"name": {FORGED: 1}}, {"name": None}, {"name": f"{CANARY}.setvar"}]
CHANGES += [
    {"name": f"{event('account.account.')}{CANARY}"},
    {"payload": FORGED},
    {"payload": [FORGED]},
    {"token": FORGED},
]
CHANGES += [{"router_data": FORGED}, {"router_data": {"query": FORGED}}, {FORGED: FORGED, "txid": FORGED}]
CHANGES += [{"router_data": {"pathname": [FORGED], "asPath": {"x": FORGED}}}]
CHANGES += [{"router_data": {"pathname": FORGED, "asPath": FORGED, "query": {FORGED: FORGED}}}]


def test_events_that_are_none(server):
    with Intruder(server, tab="events") as intruder:
        for changes in CHANGES:
            intruder.emit("event", {**intruder.packet("hydrate"), **changes})
            intruder.settle()


def test_reports_of_a_page(server):
    for number in range(4):
        with Intruder(server, tab=f"report {number}") as intruder:
            for error_type in ("dispatch_missing", FORGED, None, {FORGED: 1}, [FORGED]):
                intruder.emit("client_error", {"error_type": error_type, "message": FORGED, "substate": FORGED})
            intruder.emit("client_error", FORGED)
            intruder.emit("client_error", FORGED, FORGED)
            broken = "reflex___state____frontend_event_exception_state.handle_frontend_exception"
            for info in (FORGED, [FORGED], {FORGED: 1}, f"TypeError: null is not an object {FORGED}"):
                intruder.call(broken, info=info, component_stack=FORGED)
            intruder.settle()


LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARNING|ERROR) [\w.]+: \S")
SECURITY = "authapp.security: "


def security_lines(server, words):
    return [line for line in server.logged().splitlines() if f"{SECURITY}{words}" in line]


def test_each_line_has_time_level_and_source(server):
    with suppress(Refused):
        Intruder(server, tab="foreign", origin="https://evil.example").close()
    eventually(lambda: security_lines(server, "socket denied"))

    written = server.logged().partition("is ready: open")[0].splitlines()[-1:]
    written += server.logged().partition("is ready: open")[2].splitlines()[1:]
    of_the_main_process = [line for line in written if line.startswith("[INFO] ")]  # it never loads the app
    assert [line for line in written if not LINE.match(line)] == of_the_main_process


def test_denials_are_logged_and_a_flood_of_them_briefly(server, alice):
    for number in range(30):
        with suppress(Refused):
            Intruder(server, tab=f"foreign {number}", origin=f"https://{CANARY}.example").close()
        post(server, "/session", {"ticket": CANARY}, origin=f"https://{CANARY}.example")
        ask(server, "GET", f"{API}/history?{CANARY}={CANARY}")
    with Intruder(server, tab="denied", cookie=alice.key) as tab:
        for _ in range(30):
            tab.call("admin.admin_state.invite_one", address=CANARY)
        tab.settle()

    kinds = ("socket denied", "call denied", "event denied")
    eventually(lambda: all(security_lines(server, kind) for kind in kinds))
    for kind in kinds:
        minutes = Counter(line[:16] for line in security_lines(server, kind))
        assert max(minutes.values()) <= 2 * (LINES_A_MINUTE + 1)  # a minute of the server may span two of the clock


AUTHS = [CANARY, [CANARY], {"event": CANARY}, {"event": [CANARY]}, {"event": {"name": FORGED}}]
AUTHS += [{"event": {"name": [FORGED]}}, {"state_schema": FORGED}, {"state_schema": {FORGED: 1}}]
AUTHS += [{"event": {"name": event(ENTER), "payload": FORGED}}]


def test_what_comes_with_the_first_packet(server):
    for auth in AUTHS:
        with suppress(Gone, Refused, AssertionError), Intruder(server, tab="auth", auth=auth, patience=1) as intruder:
            intruder.settle()


def test_the_handshake(server):
    odd = f"{CANARY}%0a[ERROR]+forged"
    queries = [f"token={odd}&EIO=3&transport=websocket", f"token={odd}&EIO=4&transport={odd}", f"{odd}={odd}"]
    queries += [f"token=a&EIO=4&transport=websocket&sid={odd}", f"token={odd}&EIO=4&transport=websocket&{odd}=%ff%fe"]
    for query in queries:
        with suppress(Refused):
            Intruder(server, query=query).close()
    names = ["User-Agent", "Cookie", "Authorization", "X-Forwarded-For", "Referer", f"X-{CANARY}", "Sec-Fetch-Site"]
    for name in (*names, "Origin", "Sec-WebSocket-Extensions"):
        with suppress(Refused):
            Intruder(server, tab="headers", headers=[(name, f"{CANARY} [ERROR] forged")]).close()


def test_requests(server, alice):
    odd = f"{CANARY}%0a%0d[ERROR]%20forged"
    paths = [
        f"/{odd}",
        f"/link/{odd}",
        f"/assets/{odd}",
        f"{API}/{odd}",
        f"/settings?{odd}={odd}",
        f"{API}/connect?{odd}",
    ]
    paths += [
        f"/login?next=/{odd}",
        f"/login?next=//{CANARY}[",
        f"/login?next=%2F%2F{CANARY}%E2%84%80",
        f"/_event/?{odd}",
    ]
    names = ("User-Agent", "Referer", "X-Forwarded-For", "Authorization", "Accept")
    headers = {name: f"{CANARY} forged" for name in names}
    for path in paths:
        for cookie in ("", CANARY, alice.key):
            for method in ("GET", "POST", "HEAD", "OPTIONS", CANARY.upper()):
                ask(server, method, path, cookie=cookie, headers=headers)


def test_bodies(server, alice):
    bodies = [
        {CANARY: CANARY},
        {"user": FORGED, "nonce": "n" * 20},
        {"user": "a@example.com", "nonce": FORGED},
        [CANARY],
    ]
    bodies += [{"user": CANARY, "challenge_id": FORGED, "challenge_reply": FORGED}, {"ticket": FORGED, "tab": FORGED}]
    bodies += [{"ticket": [CANARY], "tab": {CANARY: 1}}, {"ticket": alice.key, "tab": FORGED}, CANARY, None, 7]
    for call in ("/connect", "/login", "/session", "/logout"):
        for body in bodies:
            post(server, call, body)
        for raw in (
            CANARY,
            f'{{"user": "{CANARY}',
            f'{{"user": "{CANARY}\\ud800", "nonce": ""}}',
            f"[{CANARY}" * 10_000,
        ):
            ask(server, "POST", API + call, content=raw, headers={"Content-Type": "application/json"})


def test_pictures(server, alice, logged):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = CANARY
    photo = picture("JPEG", exif=exif)
    bodies = [CANARY.encode(), photo, photo[:-200] + CANARY.encode(), photo + CANARY.encode() * 600_000]
    for body in bodies:
        for cookie in ("", alice.key):
            for query in ("", f"?v={CANARY}"):
                headers = {"Content-Type": f"image/{CANARY}", "Content-Disposition": f'attachment; filename="{CANARY}"'}
                ask(server, "POST", f"{API}/avatar{query}", cookie=cookie, content=body, headers=headers)
                ask(server, "GET", f"{API}/avatar{query}", cookie=cookie)

    assert ask(server, "GET", f"{API}/avatar", cookie=alice.key).status_code == 200
    assert len(logged()) < 20_000


def test_passwords_codes_keys_and_links_of_real_flows(server, alice, logged):
    _, login = challenged(server, alice.email, CANARY)
    assert post(server, "/login", login).status_code == 401
    with Intruder(server, tab="flows", cookie=alice.key, path="/settings") as tab:
        tab.call("settings.password_state.set_password", form={"password": f"{CANARY} a b", "confirmation": "other"})
        tab.call("login.login_state.answer", form={"identifier": alice.email, "password": CANARY, "keep": True})
        good = f"{CANARY} a good one"
        tab.call("settings.password_state.set_password", form={"password": good, "confirmation": good})
        ticket = tab.ordered("restart")["ticket"]
    assert claim(server, ticket, "another tab", alice.key).status_code == 401
    assert claim(server, ticket, "flows", alice.key).status_code == 200

    link = sign_up(f"canary-{alice.email}")
    for path in (f"/link/{link}", "/link"):
        ask(server, "GET", path)
        post(server, "/links/pending", headers={"Cookie": f"authapp-link={link}"})
    with Intruder(server, tab="link", path="/link") as tab:
        tab.call("link.link_state.look", key=link)
        for name in ("follow", "switch", "send_again", "sign_up"):
            tab.call(f"link.link_state.{name}", form={"key": link})
        tab.settle()
        assert link not in tab.everything

    halves = [half for key in (alice.key, ticket, link) for half in key.split(".")]
    for secret in (*halves, alice.password, alice.email):
        assert secret not in logged()


def test_codes_steps_and_numbers_of_real_flows(server, alice, logged):
    secrets = [PASSWORD, *NAMES.values()]
    for flow in (SIGN_UP, PHONES, STEP_UP, FORGOT):  # the last one ends her sessions
        number = with_number(alice) if flow == FORGOT else main_number(alice) if flow == STEP_UP else fresh_number()
        pass_the_pause(server, number)
        who = alice if WAITING[flow] else None
        with tab_of(server, flow, who=who) as tab:
            step, wanted = ask_for_code(tab, flow, number), code_to(number)
            typed = [*wrong_codes(wanted)[:2], FORGED, {FORGED: FORGED}, f"{CANARY} {wanted}"]
            for code in typed:
                confirm(tab, flow, step, code)
                confirm(tab, flow, f"{step}{CANARY}", code)
            pass_the_pause(server, number)
            for name in ("send_code_again", "resume_code", "look_code"):
                tab.call(f"{flow}.{name}", step=step)
            tab.settle()
            right = code_to(number)
            assert confirm(tab, flow, step, right) == ""
            handed_out = tickets(tab)
        assert bool(handed_out) == (flow in (SIGN_UP, FORGOT, STEP_UP))
        secrets += [*step.split("."), number, format_phone(number)]
        secrets += [half for ticket in handed_out for half in ticket.split(".")]
        for code in (wanted, right):
            assert not re.search(rf"(?<!\d){code}(?!\d)", logged())

    for secret in secrets:
        assert secret not in logged()


def main_number(person):
    return next(one.number for one in do(phones.listed, person.user_id) if one.is_main)
