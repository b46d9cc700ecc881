"""Action links: issue, look, follow, expire."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.authentication import login
from authapp.core.authentication import sign_up as sign_up_rules
from authapp.core.base import tokens
from authapp.core.base.errors import BadInput, InvalidActionKey, TooManyRequests, UserNotRegistered
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, link_ends, links
from authapp.core.credentials.link_actions import Done
from authapp.core.sessions import sessions, tickets
from authapp.models import ActionLink, Message, User
from tests.kit import users
from tests.kit.messages import link_to
from tests.kit.rules import do
from tests.kit.tables import all_values
from tests.kit.users import TAB

HOUR = timedelta(hours=1)


@pytest.fixture
def gifts(monkeypatch):
    """Register a product's action links for this test only. The list holds the data of the gifts that were taken."""
    given = []
    monkeypatch.setattr(link_actions, "actions", dict(link_actions.actions))

    @link_actions.action("gift", heading="A gift for you", button="Take it")
    def take(db, link):
        given.append(link.data["what"])
        return "/gifts"

    @link_actions.action("open_gift", needs_log_in=False)
    def take_without_log_in(db, link):
        given.append(link.data["what"])
        return Done("/gifts", link.user_id)

    return given


def issue(action="gift", email="alice@example.com", what="a rose", **kwargs):
    url = do(links.issue, action, email=email, valid_for=HOUR, data={"what": what}, **kwargs)
    return url.rpartition("#")[2]


def outcome(key, me=None):
    return do(links.peek, key, me).outcome


def dead(key, me=None):
    """Return the message of the refusal for a dead link."""
    with pytest.raises(InvalidActionKey) as refusal:
        do(links.follow, key, me, tab=TAB)
    return refusal.value.message


def test_a_link_begins_with_the_public_url_of_the_settings(database, gifts, configure):
    configure(AUTHAPP_URL="https://shop.example")

    url = do(links.issue, "gift", email="alice@example.com", valid_for=HOUR)

    assert url.startswith("https://shop.example/link#")
    assert tokens.parse(url.removeprefix("https://shop.example/link#"))


def test_the_table_holds_no_key(db, gifts):
    url = links.issue(db, "gift", email="alice@example.com", valid_for=HOUR)
    db.flush()

    kept = " ".join(str(value) for row in db.exec(select(ActionLink)) for value in dict(row).values())

    assert tokens.parse(url.rpartition("#")[2]).secret not in kept


def test_an_action_nobody_registered_cannot_be_issued(db):
    with pytest.raises(ValueError, match="'gfit'"):
        links.issue(db, "gfit", email="alice@example.com", valid_for=HOUR)

    assert db.exec(select(ActionLink)).all() == []


def test_looking_says_what_would_happen_and_spends_nothing(alice, gifts):
    key = issue()

    for _ in range(3):
        look = do(links.peek, key, alice.me)
        assert (look.outcome, look.live, look.action) == (links.GOOD, True, "gift")
        assert (look.heading, look.button, look.email) == ("A gift for you", "Take it", "alice@example.com")

    assert gifts == []
    assert do(links.follow, key, alice.me, tab=TAB).path == "/gifts"
    assert gifts == ["a rose"]


def test_a_heading_is_made_of_the_name_when_none_is_given(database, gifts):
    look = do(links.peek, issue("open_gift"), None)

    assert (look.heading, look.button) == ("Open gift", "Continue")


def test_a_link_works_as_often_as_it_was_issued_for(alice, gifts):
    key = issue(uses=2)

    assert do(links.follow, key, alice.me, tab=TAB)
    assert do(links.follow, key, alice.me, tab=TAB)
    assert outcome(key, alice.me) == links.INVALID
    dead(key, alice.me)

    assert gifts == ["a rose", "a rose"]


def test_a_second_click_does_nothing(alice, gifts):
    key = issue()
    do(links.follow, key, alice.me, tab=TAB)

    assert dead(key, alice.me) == InvalidActionKey.message
    assert not do(links.peek, key, alice.me).live
    assert gifts == ["a rose"]


def test_an_expired_link_does_nothing(alice, gifts, clock):
    key = issue()
    clock.advance(HOUR - timedelta(seconds=1))
    assert outcome(key, alice.me) == links.GOOD
    clock.advance(timedelta(seconds=1))

    assert outcome(key, alice.me) == links.INVALID
    dead(key, alice.me)
    assert gifts == []


def test_a_cut_or_made_up_link_is_no_link(alice, gifts):
    key = issue()
    made_up = [key[:-1], key + "A", "", None, {}, 0, "x" * 10_000, str(tokens.mint()), str(tokens.mint(key[:16]))]

    for other in made_up:
        assert do(links.peek, other, alice.me) == links.LinkPreview(links.NO_SUCH)
        dead(other, alice.me)
        assert do(links.sent_to, other) == ("", "")

    assert gifts == []
    assert outcome(key, alice.me) == links.GOOD


def test_a_link_whose_action_is_gone_is_no_link(alice, gifts, monkeypatch):
    key = issue()
    monkeypatch.delitem(link_actions.actions, "gift")

    assert outcome(key, alice.me) == links.NO_SUCH
    dead(key, alice.me)


def test_a_link_for_another_person_does_nothing(alice, bob, gifts):
    key = issue(user_id=alice.user_id)

    look = do(links.peek, key, bob.me)
    assert (look.outcome, look.email) == (links.OTHER_USER, "alice@example.com")
    assert "another account" in dead(key, bob.me)

    assert gifts == []
    assert do(links.follow, key, alice.me, tab=TAB).path == "/gifts"


def test_a_link_belongs_to_the_user_who_confirmed_its_email(alice, bob, gifts):
    assert outcome(issue(), alice.me) == links.GOOD
    assert outcome(issue(), bob.me) == links.OTHER_USER


def test_a_custom_link_asks_its_owner_to_log_in_first(alice, gifts):
    key = issue()

    assert outcome(key) == links.CUSTOM_LOG_IN
    dead(key)

    assert gifts == []
    assert do(links.follow, key, alice.me, tab=TAB).path == "/gifts"


def test_a_custom_link_asks_a_visitor_without_account_to_sign_up_first(database, gifts):
    key = issue(email="carol@example.com")

    assert outcome(key) == links.CUSTOM_SIGN_UP
    dead(key)
    assert gifts == []


def test_a_custom_link_to_an_unknown_email_refuses_the_logged_in_user(alice, gifts):
    key = issue(email="carol@example.com")

    assert outcome(key, alice.me) == links.OTHER_USER
    dead(key, alice.me)
    assert gifts == []


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_link_that_needs_no_log_in_works_for_anybody_and_connects_nobody(alice, bob, gifts, signed_in):
    key = issue("open_gift", user_id=alice.user_id)

    followed = do(links.follow, key, bob.me if signed_in else None, tab=TAB)

    assert followed == ("/gifts", "", False, "")
    assert gifts == ["a rose"]


@pytest.mark.parametrize("here", ["nobody", "alice", "bob"])
def test_a_link_that_logs_in_opens_a_session_of_its_user(alice, bob, gifts, here):
    key = issue("open_gift", user_id=alice.user_id, connects=True)
    me = {"nobody": None, "alice": alice.me, "bob": bob.me}[here]
    assert outcome(key, me) == (links.OTHER_USER if here == "bob" else links.GOOD)

    opened = users.confirm(key, me)

    principal = do(sessions.resume, opened.key)
    assert (principal.user_id, principal.identifier, principal.method) == (alice.user_id, alice.email, "link")
    if me:
        assert do(sessions.alive, me) is None


def test_the_ticket_of_a_link_is_for_the_tab_that_followed_it(alice, gifts):
    followed = do(links.follow, issue("open_gift", user_id=alice.user_id, connects=True), None, tab=TAB)

    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, followed.ticket, ["another tab"], users.HOME, None)


def test_an_action_that_fails_leaves_the_link_as_it_was(alice, gifts):
    key = issue()

    @link_actions.action("gift")
    def fail(db, link):
        db.add(Message(recipient="x", subject="", text="", html="", due_at=link.expires_at, written_at=link.issued_at))
        raise InvalidActionKey("Sold out.")

    assert dead(key, alice.me) == "Sold out."
    assert outcome(key, alice.me) == links.GOOD
    assert do(lambda db: db.exec(select(Message).where(Message.recipient == "x")).all()) == []


def test_an_action_cannot_send_the_browser_away(alice, gifts):
    @link_actions.action("gift")
    def away(db, link):
        return "https://evil.example"

    assert do(links.follow, issue(), alice.me, tab=TAB).path == route("home")


def test_voiding_an_address_kills_its_links_that_sign_in_and_no_others(alice, gifts):
    hers, other = (
        issue(email=address, user_id=alice.user_id, connects=True) for address in (alice.email, "b@b.example")
    )
    gift = issue(user_id=alice.user_id)

    do(link_ends.void_claims, "alice@example.com", ())

    assert outcome(hers, alice.me) == links.INVALID
    assert outcome(other, alice.me) == links.GOOD
    assert outcome(gift, alice.me) == links.GOOD


def test_a_dead_link_still_tells_where_it_was_sent(alice, gifts):
    key = issue()
    do(links.follow, key, alice.me, tab=TAB)

    assert do(links.sent_to, key) == ("gift", "alice@example.com")


def test_a_link_is_forgotten_a_month_after_it_died(alice, gifts, clock):
    key = issue()
    clock.advance(HOUR + timedelta(days=30) - timedelta(seconds=1))
    do(links.purge)
    assert outcome(key, alice.me) == links.INVALID

    clock.advance(timedelta(seconds=1))
    do(links.purge)
    assert outcome(key, alice.me) == links.NO_SUCH


def test_a_link_dies_with_its_user(alice, gifts):
    key = issue(user_id=alice.user_id)
    do(lambda db: db.delete(db.get(User, alice.user_id)))

    assert outcome(key) == links.NO_SUCH


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"data": ["a rose"]}, TypeError),
        ({"data": {"what": object()}}, TypeError),
        ({"data": {1: "a rose"}}, TypeError),
        ({"data": {"what": float("nan")}}, TypeError),
        ({"data": {"what": "r" * links.LONGEST_DATA}}, ValueError),
        ({"uses": -1}, ValueError),
        ({"uses": links.MOST_USES + 1}, ValueError),
        ({"valid_for": timedelta(0)}, ValueError),
        ({"valid_for": links.LONGEST_LIFE + timedelta(days=1)}, ValueError),
        ({"email": "alice"}, BadInput),
    ],
)
def test_data_that_cannot_be_stored_is_refused_when_a_link_is_issued(db, gifts, wrong, why):
    with pytest.raises(why):
        links.issue(db, "gift", **{"email": "alice@example.com", "valid_for": HOUR, "data": {}} | wrong)

    assert db.exec(select(ActionLink)).all() == []


def test_an_address_is_spelled_as_everywhere(alice, gifts):
    assert outcome(issue(email=" Alice@EXAMPLE.com"), alice.me) == links.GOOD


def test_the_data_comes_as_it_was_given(alice, gifts):
    seen = []
    link_actions.action("gift")(lambda db, link: seen.append(link.data) or "/")
    data = {"what": "a rose 🌹", "many": [1, 2.5, None, True, {"deep": "x" * 100}]}
    url = do(links.issue, "gift", email=alice.email, valid_for=HOUR, data=data)

    do(links.follow, url.rpartition("#")[2], alice.me, tab=TAB)

    assert seen == [data]


def test_a_refusal_in_a_deed_keeps_no_half_of_it(alice, gifts):
    key = issue()

    @link_actions.action("gift")
    def sold_out(db, link):
        raise TooManyRequests(60)  # it is a counted refusal, so what was written before is kept

    with pytest.raises(TooManyRequests):
        do(links.follow, key, alice.me, tab=TAB)

    assert outcome(key, alice.me) == links.GOOD


def test_the_sign_up_of_a_phantom_leads_back_to_the_link(database, gifts):
    key = issue(email="carol@example.com")
    do(sign_up_rules.sign_up_for, key, users.HOME)
    sign_up = link_to("carol@example.com")
    assert tokens.parse(key).secret not in all_values(ActionLink)  # a stolen table contains no usable key

    followed = do(links.follow, sign_up, None, tab=TAB)
    assert (followed.path, followed.link) == (f"{route('settings')}?set=password&next={route('link')}", key)

    me = do(sessions.resume, do(login.claim, followed.ticket, [TAB], users.HOME, None).key)
    assert do(links.follow, key, me, tab=TAB).path == "/gifts"
    assert gifts == ["a rose"]


def test_only_a_link_that_waits_for_a_sign_up_leads_to_one(alice, gifts, configure):
    for key in (issue(), issue("open_gift", email="carol@example.com"), issue(email="carol@example.com", uses=0), "x"):
        with pytest.raises(InvalidActionKey):
            do(sign_up_rules.sign_up_for, key, users.HOME)
    configure(AUTHAPP_SIGN_UP="closed")
    with pytest.raises(UserNotRegistered):
        do(sign_up_rules.sign_up_for, issue(email="carol@example.com"), users.HOME)

    assert do(lambda db: db.exec(select(Message).where(Message.recipient == "carol@example.com")).all()) == []
