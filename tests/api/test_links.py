"""Mailed links over HTTP: a look does not use a link up, following works once, and the user can get a new one."""

from authapp.core.account import emails
from authapp.core.authentication import sign_up
from tests.kit.contacts import fresh_number, login_identifiers
from tests.kit.messages import link_to, subjects_to
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import HOME, another_session
from tests.kit.web.api import SENT, call, logged_in_user, refusal_in
from tests.kit.web.http import ask, cookies, from_new_ip, key_in, logged_in_as

MADE_UP = "A" * 16 + "." + "A" * 43
DEAD = (410, "InvalidActionKey", "")
NOTHING = {"outcome": "no_such_resource", "live": False, "connects": False, "repeats": False}
WORDS = ("action", "heading", "button", "says", "email", "log_in_as")


def link_to_sign_up(server):
    address = f"derek{fresh_number()[1:]}@example.com"
    do(sign_up.sign_up, address, HOME)
    return address, link_to(address)


def link_to_add(server, person):
    address = f"second{fresh_number()[1:]}@example.com"
    do(emails.add, person.me, address, HOME)
    return address, link_to(address)


def test_looking_says_what_a_link_does_and_spends_nothing(server):
    address, key = link_to_sign_up(server)
    before = rows(server)

    answer = call(server, "POST /links/look", {"key": key})

    assert answer.status_code == 200
    assert answer.json() == {
        "outcome": "good",
        "action": "sign_up",
        "heading": "Confirm your email address",
        "button": "Confirm and continue",
        "says": "",
        "email": address,
        "log_in_as": address,
        "live": True,
        "connects": True,
        "repeats": True,
    }
    assert rows(server) == before


def test_a_whole_url_is_read_too(server):
    address, key = link_to_sign_up(server)

    for pasted in (f"{server.url}/link#{key}", f"{server.url}/link/{key}", f" {server.url}/link/{key}/ "):
        assert call(server, "POST /links/look", {"key": pasted}).json()["email"] == address


def test_a_link_that_is_none_does_nothing(server, alice):
    before = rows(server)

    for key in ("", "x", "/", MADE_UP, f"{server.url}/link#{MADE_UP}"):
        assert call(server, "POST /links/look", {"key": key}).json() == NOTHING | dict.fromkeys(WORDS, "")
        assert refusal_in(call(server, "POST /links/follow", {"key": key}, who=alice)) == DEAD
        assert call(server, "POST /links/send", {"key": key}).json() == SENT

    assert rows(server) == before


def test_following_a_link_that_connects_opens_a_session_once(server):
    address, key = link_to_sign_up(server)

    answer = call(server, "POST /links/follow", {"key": key})

    assert answer.status_code == 200
    assert (answer.json()["path"], answer.json()["ended"]) == ("/settings?set=password", False)
    assert answer.json()["session"]["login"] == address == logged_in_as(server, key_in(answer))
    assert answer.json()["session"]["token"] == key_in(answer).partition(".")[0]
    again = call(server, "POST /links/follow", {"key": key})
    assert refusal_in(again) == DEAD
    assert cookies(again) == []
    assert call(server, "POST /links/look", {"key": key}).json()["outcome"] == "account_already_activated_unconnected"


def test_it_takes_the_place_of_the_session_that_followed(server, alice):
    address, key = link_to_sign_up(server)
    seen = call(server, "POST /links/look", {"key": key}, who=alice).json()
    assert seen["outcome"] == "connected_as_another_user"

    answer = call(server, "POST /links/follow", {"key": key}, who=alice)

    assert logged_in_user(answer).me.identifier == address
    assert logged_in_as(server, alice.key) == ""


def test_an_added_address_is_confirmed_by_its_person(server, alice):
    address, key = link_to_add(server, alice)

    answer = call(server, "POST /links/follow", {"key": key}, who=alice)

    assert answer.json() == {"path": "/settings#emails", "session": None, "ended": False, "link": ""}
    assert login_identifiers(alice) == [alice.email, address]
    assert logged_in_as(server, alice.key) == alice.email


def test_only_its_user_follows_a_personal_link(server, alice, bob):
    address, key = link_to_add(server, alice)
    outcomes = [call(server, "POST /links/look", {"key": key}, who=who).json()["outcome"] for who in (None, bob, alice)]
    before = rows(server)

    for who in (None, bob):
        assert refusal_in(call(server, "POST /links/follow", {"key": key}, who=who)) == DEAD

    assert outcomes == ["custom_action_link", "connected_as_another_user", "good"]
    assert rows(server) == before
    assert address not in login_identifiers(alice)


def test_this_was_not_me_ends_the_session_that_followed(server, alice):
    other = another_session(alice)
    form = {"password": "a horse of another colour", "confirmation": "a horse of another colour"}
    alice = logged_in_user(call(server, "PUT /account/password", form, who=alice), alice)
    key = link_to(alice.email)

    answer = call(server, "POST /links/follow", {"key": key}, who=alice)

    assert answer.json() == {"path": "/secured", "session": None, "ended": True, "link": ""}
    assert 'authapp=""' in cookies(answer)[0]
    assert [logged_in_as(server, one.key) for one in (alice, other)] == ["", ""]


def test_another_link_is_sent_to_where_a_dead_one_was(server):
    address, key = link_to_sign_up(server)
    call(server, "POST /links/follow", {"key": key})
    before = len(subjects_to(address))

    answer = call(server, "POST /links/send", {"key": key})

    assert (answer.status_code, answer.json()) == (202, SENT)
    assert len(subjects_to(address)) == before + 1


def test_sending_again_is_bounded(strict):
    address, key = link_to_sign_up(strict)
    client = from_new_ip()

    answers = [call(strict, "POST /links/send", {"key": key}, headers=client) for _ in range(21)]

    assert refusal_in(answers[-1])[:2] == (429, "TooManyRequests")
    assert len(subjects_to(address)) <= 6


# --- older links, with the key in the path ------------------------------------------------------------------------


def test_an_old_address_leads_to_the_page_and_its_key_is_handed_over_once(server):
    _, key = link_to_sign_up(server)
    before = rows(server)

    for method in ("HEAD", "GET", "GET"):
        answer = ask(server, method, f"/link/{key}/" if method == "HEAD" else f"/link/{key}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/link")
        assert answer.headers["referrer-policy"] == "no-referrer"
        (cookie,) = cookies(answer, "authapp-link")
        assert cookie == f"authapp-link={key}; HttpOnly; Max-Age=600; Path=/; SameSite=lax"
        assert key not in answer.text

    traded = call(server, "POST /links/pending", headers={"Cookie": f"authapp-link={key}"})
    assert traded.json() == {"key": key}
    assert 'authapp-link=""' in cookies(traded, "authapp-link")[0]
    assert call(server, "POST /links/pending").json() == {"key": ""}
    assert rows(server) == before


def test_an_old_address_that_was_cut_is_a_link_that_is_none(server):
    for odd in ("x", f"{MADE_UP}A", "%3Cscript%3E", "A" * 3000):
        answer = ask(server, "GET", f"/link/{odd}")
        assert (answer.status_code, answer.headers.get("location")) == (303, "/link"), odd[:20]
        assert cookies(answer, "authapp-link")[0].startswith("authapp-link=cut;")


def test_another_url_gets_no_link_cookie(server):
    for path in ("/link", "/link/", "/link/a/b", "/links/x"):
        assert cookies(ask(server, "GET", path), "authapp-link") == []
    assert cookies(ask(server, "POST", f"/link/{MADE_UP}"), "authapp-link") == []


def test_another_site_cannot_ask_for_the_key(server):
    _, key = link_to_sign_up(server)

    answer = call(
        server, "POST /links/pending", headers={"Cookie": f"authapp-link={key}"}, origin="https://evil.example"
    )

    assert answer.status_code == 403
    assert key not in answer.text
