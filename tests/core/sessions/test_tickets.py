"""Tickets, which hand a session over to a browser."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.authentication import login
from authapp.core.base import tokens
from authapp.core.base.errors import TicketNotFoundOrExpired
from authapp.core.sessions import session_ends, sessions, tickets
from authapp.core.sessions.sessions import NewSession, SessionRef
from authapp.models import Session, Ticket
from tests.kit.rules import do
from tests.kit.users import HOME, TAB

SECOND = timedelta(seconds=1)


def ticket_for(person, *, keep=False):
    return do(tickets.issue_ticket, NewSession(person.user_id, person.email, "password", keep), tab=TAB)


def renewal_for(me):
    return do(tickets.issue_renewal, me, tab=TAB, proved=True)


def claim(ticket, tabs=(TAB,), old=None):
    return do(login.claim, ticket, tabs, HOME, old)


def open_sessions():
    return do(lambda db: len(db.exec(select(Session)).all()))


def test_a_ticket_is_claimed_for_a_session(alice):
    opened = claim(ticket_for(alice))

    me = do(sessions.resume, opened.key)

    assert (me.user_id, me.identifier, me.method) == (alice.user_id, alice.email, "password")
    assert me.session_id != alice.me.session_id


@pytest.mark.parametrize(("keep", "age"), [(True, 30 * 24 * 3600), (False, None)])
def test_a_ticket_says_whether_the_session_is_kept(alice, keep, age):
    assert claim(ticket_for(alice, keep=keep)).max_age == age


def test_a_ticket_can_be_claimed_once(alice):
    ticket = ticket_for(alice)
    first = claim(ticket)
    before = open_sessions()

    with pytest.raises(TicketNotFoundOrExpired):
        claim(ticket)

    assert open_sessions() == before
    assert do(sessions.resume, first.key)


def test_a_ticket_lives_thirty_seconds(alice, clock):
    early, late = ticket_for(alice), ticket_for(alice)
    clock.advance(29 * SECOND)
    assert claim(early)
    before = open_sessions()

    clock.advance(SECOND)
    with pytest.raises(TicketNotFoundOrExpired):
        claim(late)

    assert open_sessions() == before


def test_another_tab_cannot_claim_and_does_not_spoil_the_ticket(alice):
    ticket = ticket_for(alice)

    for tabs in (["another tab"], [], [""], [TAB + " "]):
        with pytest.raises(TicketNotFoundOrExpired):
            claim(ticket, tabs)

    assert claim(ticket, ["another tab", TAB])


def test_a_cut_ticket_opens_nothing(alice):
    ticket, before = ticket_for(alice), open_sessions()

    for cut in (ticket[:-1], ticket + "A", "", None, {}, 0, "x" * 10_000):
        with pytest.raises(TicketNotFoundOrExpired):
            claim(cut)

    assert open_sessions() == before
    assert claim(ticket)


def test_a_made_up_ticket_opens_nothing(alice):
    real = tokens.parse(ticket_for(alice))
    before = open_sessions()

    for made_up in (tokens.mint(), tokens.mint(real.id)):
        with pytest.raises(TicketNotFoundOrExpired):
            claim(str(made_up))

    assert open_sessions() == before


def test_a_session_key_is_no_ticket(alice):
    with pytest.raises(TicketNotFoundOrExpired):
        claim(alice.key)


def test_the_table_holds_neither_ticket_nor_tab(db, alice):
    ticket = tickets.issue_ticket(db, NewSession(alice.user_id, alice.email, "password"), tab=TAB)
    db.flush()

    kept = " ".join(str(value) for row in db.exec(select(Ticket)) for value in dict(row).values())

    assert tokens.parse(ticket).secret not in kept
    assert TAB not in kept


def test_claiming_ends_the_session_the_browser_had(alice, bob):
    opened = claim(ticket_for(bob), old=alice.me)

    assert do(sessions.resume, alice.key) is None
    assert do(sessions.resume, opened.key).user_id == bob.user_id


def test_a_refused_claim_leaves_the_session_the_browser_had(alice, bob):
    with pytest.raises(TicketNotFoundOrExpired):
        claim(ticket_for(bob), ["another tab"], old=alice.me)

    assert do(sessions.resume, alice.key)


def test_a_ticket_for_a_session_gives_it_a_new_key_and_kills_the_old_one(alice):
    opened = claim(renewal_for(alice.me), old=alice.me)

    assert opened.session_id == alice.me.session_id
    assert do(sessions.resume, opened.key).session_id == alice.me.session_id
    assert do(sessions.resume, alice.key) is None


def test_a_ticket_for_a_new_key_needs_the_key_it_was_issued_under(alice, bob):
    ticket = renewal_for(alice.me)

    for shown in (None, bob.me, SessionRef(alice.me.session_id, bob.me.digest), SessionRef(alice.me.session_id, b"")):
        with pytest.raises(TicketNotFoundOrExpired):
            claim(ticket, old=shown)

    assert claim(ticket, old=alice.me)


def test_a_ticket_dies_with_the_key_it_was_issued_under(alice):
    first, second = renewal_for(alice.me), renewal_for(alice.me)
    me = do(sessions.resume, claim(first, old=alice.me).key)

    for shown in (alice.me, me):
        with pytest.raises(TicketNotFoundOrExpired):
            claim(second, old=shown)


def test_a_ticket_of_a_proof_does_not_open_a_locked_session(alice):
    ticket = renewal_for(alice.me)
    do(lambda db: setattr(db.get(Session, alice.me.session_id), "secret_digest", None))

    with pytest.raises(TicketNotFoundOrExpired):
        claim(ticket, old=alice.me)


def test_the_same_claim_again_brings_the_same_key_for_the_life_of_the_ticket(alice, clock):
    ticket, other = renewal_for(alice.me), renewal_for(alice.me)
    opened = claim(ticket, old=alice.me)
    clock.advance(29 * SECOND)

    assert claim(ticket, old=alice.me).key == opened.key
    for again, tabs in ((ticket, ["another tab"]), (other, [TAB])):
        with pytest.raises(TicketNotFoundOrExpired):
            claim(again, tabs, old=alice.me)
    clock.advance(SECOND)
    with pytest.raises(TicketNotFoundOrExpired):
        claim(ticket, old=alice.me)


def test_the_answer_to_a_proof_is_repeated_for_thirty_seconds_to_the_same_key_and_proof_alone(alice, bob, clock):
    ticket = renewal_for(alice.me)
    opened = do(lambda db: tickets.renew(db, tickets.of_tab(db, ticket, [TAB]), alice.me, "the proof"))

    def repeated(shown, proof="the proof"):
        return do(tickets.repeated, shown, proof)

    assert repeated(alice.me).key == opened.key
    assert repeated(alice.me, "another proof") is None
    assert repeated(bob.me) is None
    assert repeated(SessionRef(alice.me.session_id, bob.me.digest)) is None
    assert repeated(do(sessions.resume, opened.key)) is None
    clock.advance(30 * SECOND)
    assert repeated(alice.me) is None


def test_a_new_key_does_not_make_a_session_live_longer(alice, clock):
    me = do(sessions.resume, claim(ticket_for(alice, keep=True)).key)
    clock.advance(timedelta(days=10))

    again = claim(renewal_for(me), old=me)

    assert timedelta(days=20) - 2 * SECOND < timedelta(seconds=again.max_age) <= timedelta(days=20)


def test_a_ticket_for_a_session_that_ended_is_gone(alice):
    ticket = renewal_for(alice.me)
    do(session_ends.close, alice.me.session_id)

    with pytest.raises(TicketNotFoundOrExpired):
        claim(ticket, old=alice.me)

    assert open_sessions() == 0


def test_closing_all_sessions_voids_tickets_on_their_way(alice, bob):
    hers, his = ticket_for(alice), ticket_for(bob)

    do(session_ends.close_all, alice.user_id)

    with pytest.raises(TicketNotFoundOrExpired):
        claim(hers)
    assert claim(his)


def test_purging_forgets_tickets_that_are_over(alice, clock):
    ticket_for(alice)
    clock.advance(30 * SECOND)
    fresh = ticket_for(alice)

    do(sessions.purge)

    assert do(lambda db: [row.id for row in db.exec(select(Ticket))]) == [tokens.parse(fresh).id]
