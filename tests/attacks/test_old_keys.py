"""A key that was replaced is dead everywhere: events, tickets and product sockets, not only HTTP requests."""

import pytest

from authapp.core.account import emails
from authapp.core.authentication import login, proofs
from authapp.core.base.errors import BadUserOrPassword
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession, Principal
from tests.kit.rules import do
from tests.kit.tables import change, rows
from tests.kit.users import HOME, PASSWORD, TAB, grow_stale, principal
from tests.kit.web.flows import key_after_proof, settings_tab
from tests.kit.web.handlers import NAMES, PASSWORDS
from tests.kit.web.http import claim, cookies, key_in, logged_in_as
from tests.kit.web.sockets import Intruder
from tests.kit.web.websocket import Gone

ENDED = 4401
SET_PASSWORD, ADD_EMAIL = "settings.password_state.set_password", "emails.emails_state.add"
THEIRS = {"password": "the password of the thief", "confirmation": "the password of the thief"}
EVENTS = {
    SET_PASSWORD: {"form": THEIRS},
    ADD_EMAIL: {"form": {"new_email": "thief@example.com"}},
    "settings.personal_data_state.save": {"form": NAMES},
    "sessions.sessions_state.log_out_others": {},
    "closing.closing_state.close": {},
    "step_up.step_up_state.answer": {"form": {"password": PASSWORD}},
}


def call_until_cut(socket: Intruder, handler: str, **arguments):
    """Call a handler; the server may close the connection at any moment."""
    try:
        socket.call(handler, **arguments)
        socket.ordered("renewed")
    except Gone:
        pass


def knows(person, password):
    """Return whether the user can log in with a password."""
    try:
        return do(login.with_password, proofs.Credentials(person.email, password), keep=False, tab=TAB, caller=HOME)
    except BadUserOrPassword:
        return None


def set_password(server, person, tab: Intruder) -> str:
    """Set a new password; the page trades its ticket. Returns the new key."""
    tab.call(SET_PASSWORD, form=PASSWORDS)
    return key_in(claim(server, tab.ordered("restart")["ticket"], tab.tab, person.key))


RENEWALS = pytest.mark.parametrize("renew", [set_password, key_after_proof])


@RENEWALS
@pytest.mark.parametrize("handler", EVENTS)
def test_no_event_runs_on_a_socket_whose_key_was_replaced(server, alice, renew, handler):
    with settings_tab(server, alice, "hers") as hers, settings_tab(server, alice, "the thief's") as thief:
        new = renew(server, alice, hers)
        before, heard = rows(server), len(thief.orders)
        call_until_cut(thief, handler, **EVENTS[handler])

        assert [order["ref"] for order in thief.orders[heard:]] in ([], ["authapp:renewed"])
        assert rows(server) == before
        assert logged_in_as(server, new) == alice.email
        assert logged_in_as(server, alice.key) == ""


def test_a_thief_with_an_open_socket_cannot_set_another_password_after_her(server, alice):
    with settings_tab(server, alice, "hers") as hers, settings_tab(server, alice, "the thief's") as thief:
        new = set_password(server, alice, hers)
        call_until_cut(thief, SET_PASSWORD, form=THEIRS)

        assert not any(order.get("value", {}).get("ticket") for order in thief.orders)
    assert logged_in_as(server, new) == alice.email
    assert knows(alice, PASSWORDS["password"])
    assert not knows(alice, THEIRS["password"])


def test_nor_while_her_ticket_waits(server, alice):
    with settings_tab(server, alice, "hers") as hers, settings_tab(server, alice, "the thief's") as thief:
        hers.call(SET_PASSWORD, form=PASSWORDS)
        ticket = hers.ordered("restart")["ticket"]
        call_until_cut(thief, SET_PASSWORD, form=THEIRS)

        assert not any(order.get("value", {}).get("ticket") for order in thief.orders)
        assert logged_in_as(server, key_in(claim(server, ticket, "hers", alice.key))) == alice.email
    assert not knows(alice, THEIRS["password"])


@RENEWALS
def test_the_socket_of_a_thief_ends_and_hers_comes_back(server, alice, renew):
    with settings_tab(server, alice, "hers") as hers, settings_tab(server, alice, "the thief's") as thief:
        new = renew(server, alice, hers)

        assert thief.ended() == ENDED
    with Intruder(server, tab="the thief's", cookie=alice.key) as thief:
        assert thief.who == ""
    with Intruder(server, tab="hers", cookie=new) as hers:
        assert hers.who == str(alice.user_id)


def test_a_copied_key_does_not_share_the_proof_of_her_step_up(server, alice):
    grow_stale(alice)
    with settings_tab(server, alice, "hers") as hers, settings_tab(server, alice, "the thief's") as thief:
        hers.call("step_up.step_up_state.answer", form={"password": PASSWORD})
        ticket = hers.ordered("renew")["ticket"]
        thief.call(SET_PASSWORD, form=THEIRS)
        thief.ordered("step_up")  # the key that both have is valid until the claim, but without the proof
        assert logged_in_as(server, alice.key) == alice.email

        new = key_in(claim(server, ticket, "hers", alice.key))
        call_until_cut(thief, SET_PASSWORD, form=THEIRS)

    assert not knows(alice, THEIRS["password"])
    assert logged_in_as(server, new) == alice.email
    assert principal(alice.me.session_id).is_fresh


def test_a_ticket_for_a_new_key_needs_the_key_it_was_issued_under(server, alice, bob):
    grow_stale(alice)
    other = do(sessions.open, NewSession(alice.user_id, alice.email, "password"), HOME).key
    with settings_tab(server, alice, "hers") as hers:
        hers.call("step_up.step_up_state.answer", form={"password": PASSWORD})
        ticket = hers.ordered("renew")["ticket"]
        secret = alice.key.partition(".")[2]
        made_up = f"{alice.me.session_id}.{secret[::-1]}"
        for key in ("", bob.key, other, made_up, alice.me.session_id):
            refused = claim(server, ticket, "hers", key)
            assert (refused.status_code, refused.json()["error"]) == (401, "TicketNotFoundOrExpired")
            assert cookies(refused) == []
        assert not principal(alice.me.session_id).is_fresh

        assert claim(server, ticket, "hers", alice.key).status_code == 200


def test_a_ticket_dies_with_the_key_it_was_issued_under(server, alice):
    with settings_tab(server, alice, "hers") as hers, settings_tab(server, alice, "also hers") as also:
        also.call("step_up.step_up_state.answer", form={"password": PASSWORD})
        late = also.ordered("renew")["ticket"]
        new = key_after_proof(server, alice, hers)

        for key in (alice.key, new):
            assert claim(server, late, "also hers", key).status_code == 401
    assert logged_in_as(server, new) == alice.email


def test_an_answer_that_was_lost_is_repeated_to_the_same_tab_for_the_life_of_its_ticket(server, alice):
    with settings_tab(server, alice, "hers") as hers:
        hers.call("step_up.step_up_state.answer", form={"password": PASSWORD})
        ticket = hers.ordered("renew")["ticket"]
        new = key_in(claim(server, ticket, "hers", alice.key))

        assert key_in(claim(server, ticket, "hers", alice.key)) == new
        assert claim(server, ticket, "another", alice.key).status_code == 401
        assert claim(server, ticket, "hers", new).status_code == 401
        change(server, "UPDATE auth_ticket SET expires_at = datetime('now') WHERE id = ?", ticket.partition(".")[0])
        assert claim(server, ticket, "hers", alice.key).status_code == 401
    assert logged_in_as(server, new) == alice.email


def test_a_ticket_of_before_the_upgrade_is_still_good_for_a_locked_session(server, alice):
    with settings_tab(server, alice, "hers") as hers:
        hers.call(SET_PASSWORD, form=PASSWORDS)
        ticket = hers.ordered("restart")["ticket"]
        change(server, "UPDATE auth_ticket SET key_digest = NULL WHERE id = ?", ticket.partition(".")[0])

        assert logged_in_as(server, key_in(claim(server, ticket, "hers", alice.key))) == alice.email


def test_a_rule_checks_the_key_of_a_recently_recognised_user(server, alice):
    """A request or a background event may have begun before the key was replaced."""
    me: Principal = alice.me
    with settings_tab(server, alice, "hers") as hers:
        key_after_proof(server, alice, hers)

    with pytest.raises(sessions.SessionExpired):
        do(emails.add, me, "thief@example.com", HOME)
