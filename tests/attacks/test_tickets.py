"""A ticket is worth one session, for 30 seconds, in the one tab that earned it."""

from authapp.api.requests import identity
from tests.kit.rules import race
from tests.kit.tables import change, rows
from tests.kit.web.flows import unclaimed_ticket
from tests.kit.web.handlers import PASSWORDS
from tests.kit.web.http import claim, cookies, key_in, logged_in_as, post
from tests.kit.web.sockets import Intruder


def gone(answer):
    refused = (answer.status_code, answer.json()["error"]) == (401, "TicketNotFoundOrExpired")
    return refused and cookies(answer) == []


def test_its_own_tab_claims_it(server, alice):
    claimed = claim(server, unclaimed_ticket(server, alice), "hers")

    assert logged_in_as(server, key_in(claimed)) == alice.email


def test_another_tab_does_not(server, alice, bob):
    ticket = unclaimed_ticket(server, alice)
    before = rows(server)

    for tab in (
        "",
        "another",
        "hers ",
        "HERS",
        "hers\x00",
        identity(None, "another"),
        identity(bob.me.session_id, "hers"),
    ):
        assert gone(claim(server, ticket, tab)), tab
    assert rows(server) == before
    assert claim(server, ticket, "hers").status_code == 200


def test_a_tab_of_the_same_name_in_another_session_does_not(server, alice, bob):
    ticket = unclaimed_ticket(server, alice, tab="shared", cookie=bob.key)

    assert gone(claim(server, ticket, "shared"))
    assert gone(claim(server, ticket, "shared", alice.key))
    claimed = claim(server, ticket, "shared", bob.key)
    assert logged_in_as(server, key_in(claimed)) == alice.email
    assert logged_in_as(server, bob.key) == ""


def test_twice_is_once(server, alice):
    ticket = unclaimed_ticket(server, alice)
    assert claim(server, ticket, "hers").status_code == 200
    before = rows(server)

    assert gone(claim(server, ticket, "hers"))
    assert rows(server) == before


def test_eight_at_once_are_one(server, alice):
    ticket = unclaimed_ticket(server, alice)
    body = {"ticket": ticket, "tab": "hers"}

    answers = race(8, lambda _: post(server, "/session", body))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


def test_after_thirty_seconds_it_is_gone(server, alice):
    ticket = unclaimed_ticket(server, alice)
    change(server, "UPDATE auth_ticket SET expires_at = datetime('now') WHERE id = ?", ticket.partition(".")[0])
    before = rows(server)

    assert gone(claim(server, ticket, "hers"))
    assert rows(server) == before


def test_a_ticket_is_valid_for_thirty_seconds(server, alice):
    ticket = unclaimed_ticket(server, alice)
    change(server, "UPDATE auth_ticket SET expires_at = datetime('now', '+29 seconds') WHERE id = ?", ticket[:16])

    assert claim(server, ticket, "hers").status_code == 200


def test_made_up_ones_are_refused(server, alice):
    ticket = unclaimed_ticket(server, alice)
    before = rows(server)

    half = ticket.partition(".")[0]
    for made_up in (
        "",
        "x",
        "A" * 16 + "." + "A" * 43,
        half,
        f"{half}.",
        f"{half}.{'A' * 43}",
        f"{ticket}x",
        f" {ticket}",
    ):
        assert gone(claim(server, made_up, "hers")), made_up
    assert rows(server) == before


def test_a_session_key_a_link_and_a_challenge_are_no_tickets(server, alice):
    for other in (alice.key, alice.me.session_id, str(alice.user_id)):
        assert gone(claim(server, other, alice.tab))


def test_a_ticket_for_a_new_key_does_not_survive_the_session_it_is_for(server, alice):
    with Intruder(server, tab="hers", cookie=alice.key, path="/settings") as tab:
        tab.call("settings.password_state.set_password", form=PASSWORDS)
        ticket = tab.ordered("restart")["ticket"]
    change(server, "DELETE FROM auth_session WHERE id = ?", alice.me.session_id)

    assert gone(claim(server, ticket, "hers", alice.key))


def test_logging_in_as_another_user_ends_the_earlier_session(server, alice, bob):
    ticket = unclaimed_ticket(server, bob, cookie=alice.key)

    claimed = claim(server, ticket, "hers", alice.key)

    assert logged_in_as(server, key_in(claimed)) == bob.email
    assert logged_in_as(server, alice.key) == ""
