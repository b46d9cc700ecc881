"""Import of users: rows become accounts, passwords of other systems work."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from authapp.core.account import emails, security_mail
from authapp.core.admin import directory, imports
from authapp.core.admin.imports import REFUSED, TAKEN, THERE, UPDATED, Unfit
from authapp.core.authentication import accounts, login, proofs, recovery
from authapp.core.authorization import groups
from authapp.core.base import audit, hooks, identifiers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadUserOrPassword, InvalidActionKey, Refusal
from authapp.core.credentials import links, passwords
from authapp.core.sessions import sessions
from authapp.models import Email, Group, Phone, User
from tests.kit.hashes import HASHES, PASSWORD
from tests.kit.rules import do
from tests.kit.users import HOME, confirm, sign_up

DJANGO = HASHES["django_pbkdf2_sha256"]


def person(line=1, **row):
    return imports.read(line, {"emails": ["new@example.com"], **row})


def take(*people, **more):
    return do(imports.take, people, **more)


def user_of(address):
    return do(lambda db: db.get(User, identifiers.owner(db, address)))


def log_in(identifier, password=PASSWORD):
    return do(login.with_password, proofs.Credentials(identifier, password), tab="a tab", keep=False, caller=HOME)


@pytest.fixture
def product():
    yield hooks.on_sign_up
    hooks.on_sign_up.forget()


@pytest.fixture
def identifier_added():
    yield hooks.on_identifier_added
    hooks.on_identifier_added.forget()


def test_a_row_becomes_a_user_with_all_that_it_says(database):
    born = "2020-02-29T12:00:00Z"
    (taken,) = take(
        person(
            emails=["New@Example.com; old@example.com"],
            phone="+49 1512 3456789",
            first_name="Anna",
            last_name="Noll",
            groups="Editors Team; staff",
            created_at=born,
            password=DJANGO,
        )
    )

    user = user_of("new@example.com")
    assert taken == imports.Outcome(TAKEN, user.id)
    assert (user.first_name, user.last_name, user.imported, user.blocked_by) == ("Anna", "Noll", True, "")
    assert user.created_at == datetime(2020, 2, 29, 12, tzinfo=UTC)
    assert do(identifiers.login_identifiers, user.id) == ["new@example.com", "old@example.com", "+4915123456789"]
    assert do(groups.of, user.id) == ["editors-team", "staff"]
    assert [entry.what for entry in do(audit.newest, user.id)] == ["imported"]
    assert do(audit.newest, user.id)[0].about == "on the server"
    assert [one.id for one in do(directory.find, directory.Search("noll")).people] == [user.id]
    assert [one.id for one in do(directory.find, directory.Search("old@exam")).people] == [user.id]


def test_the_main_address_is_the_first_and_the_number_is_the_main_number(database):
    take(person(emails=["b@example.com", "a@example.com"], phone="+4915123456789"))

    assert do(lambda db: {one.address: one.is_main for one in db.exec(select(Email))}) == {
        "a@example.com": False,
        "b@example.com": True,
    }
    assert do(lambda db: db.exec(select(Phone.is_main)).all()) == [True]


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("hash", HASHES.values(), ids=HASHES.keys())
def test_the_old_password_works_and_is_made_anew(database, hash):
    take(person(password=hash))

    with pytest.raises(Refusal):
        log_in("new@example.com", "test1234")
    assert user_of("new@example.com").imported
    log_in("new@example.com")

    assert not user_of("new@example.com").imported
    assert do(accounts.find, "new@example.com").password_record != hash.encode()


def test_a_user_without_a_password_recovers(database):
    take(person(password="!locked"))

    user = user_of("new@example.com")
    assert (user.password_record, user.imported) == (None, True)
    do(recovery.recover, "new@example.com", HOME)
    assert do(lambda db: identifiers.owner(db, "new@example.com")) == user.id


def test_a_user_disabled_in_the_export_is_disabled_here(database):
    take(person(active="False", password=DJANGO))

    assert user_of("new@example.com").blocked_by == sessions.DISABLED


def test_an_existing_user_stays_unchanged(alice):
    before = user_of(alice.email)

    (found,) = take(person(emails=[alice.email], first_name="Mallory", password=DJANGO))

    assert found == imports.Outcome(THERE, alice.user_id)
    assert user_of(alice.email) == before


def test_an_existing_user_is_updated_and_keeps_the_password(alice):
    record = user_of(alice.email).password_record

    (found,) = take(
        person(emails=[alice.email, "alice@old.example"], last_name="Noll", groups="staff", password=DJANGO), renew=True
    )

    user = user_of("alice@old.example")
    assert found == imports.Outcome(UPDATED, alice.user_id)
    assert (user.first_name, user.last_name, user.password_record) == ("Alice", "Noll", record)
    assert do(groups.of, user.id) == ["staff"]
    assert do(identifiers.confirmed, user.id) == [alice.email, "alice@old.example"]
    assert do(audit.newest, user.id)[0].what == "imported"
    assert [one.id for one in do(directory.find, directory.Search("noll")).people] == [user.id]


def test_a_password_that_is_still_imported_is_brought_up_to_date(database):
    take(person(password=HASHES["bcrypt"]))
    before = user_of("new@example.com").password_record

    take(person(password=DJANGO), renew=True)

    assert user_of("new@example.com").password_record != before
    log_in("new@example.com")


def test_a_password_that_comes_later_is_taken_once(database):
    take(person())

    take(person(password=DJANGO), renew=True)

    log_in("new@example.com")


def test_a_password_that_its_owner_ended_does_not_come_back(database):
    (taken,) = take(person(password=DJANGO))
    facts = {"email": "new@example.com", "user_id": taken.user_id, "valid_for": timedelta(days=7)}
    do(links.follow, do(links.issue, security_mail.DISOWN, **facts).rpartition("#")[2], None, tab="a tab")

    (renewed,) = take(person(password=DJANGO, first_name="Anna"), renew=True)

    assert renewed.what == UPDATED
    assert (user_of("new@example.com").first_name, user_of("new@example.com").password_record) == ("Anna", None)
    with pytest.raises(BadUserOrPassword):
        log_in("new@example.com")


def test_a_password_that_was_set_here_stays_also_where_none_came(database):
    (taken,) = take(person())
    record = passwords.make_record("a sentence of her own", taken.user_id)
    do(accounts.keep_password, taken.user_id, record)

    take(person(password=DJANGO), renew=True)

    assert user_of("new@example.com").password_record == record


def test_an_update_takes_no_address_from_anybody(alice, bob):
    (refused,) = take(person(emails=[alice.email, bob.email]), renew=True)

    assert refused == imports.Outcome(REFUSED, None, "its addresses belong to different people here")
    assert do(identifiers.confirmed, alice.user_id) == [alice.email]


def test_an_id_that_is_a_uuid_is_kept(database):
    id = uuid4()

    take(person(id=str(id)))

    assert user_of("new@example.com").id == id


def test_of_two_spellings_of_an_id_both_mean_it(alice):
    spelled = person(id="{" + str(alice.user_id).upper() + "}")

    assert spelled.own_id == alice.user_id
    assert take(spelled)[0].what == REFUSED


def test_the_id_of_nobody_is_none(database):
    rows = [person(n, emails=[f"n{n}@example.com"], id="00000000-0000-0000-0000-000000000000") for n in (1, 2)]

    done = take(*rows)

    assert [one.id for one in rows] == ["", ""]
    assert audit.NOBODY not in [one.user_id for one in done]
    assert {one.what for one in done} == {TAKEN}


def test_another_users_id_is_refused_and_another_kind_of_id_is_ignored(alice):
    refused, taken = take(
        person(id=str(alice.user_id)), person(2, emails=["two@example.com"], id="17", groups=["staff"])
    )

    assert (refused.what, refused.why) == (REFUSED, "its id belongs to an account here with other addresses")
    assert taken.what == TAKEN
    assert isinstance(taken.user_id, UUID)
    assert do(lambda db: identifiers.owner(db, "new@example.com")) is None


def test_an_earlier_claim_of_another_user_becomes_void(alice):
    key = sign_up("new@example.com")
    do(emails.add, alice.me, "new@example.com", HOME)

    take(person())

    owner = user_of("new@example.com").id
    assert [one.address for one in do(emails.listed, alice.user_id)] == [alice.email]
    assert do(directory.find, directory.Search("new@example.com")).people[0].id == owner
    assert len(do(directory.find, directory.Search("new@example.com")).people) == 1
    with pytest.raises(InvalidActionKey):
        confirm(key)


def test_a_product_takes_part_in_each_and_may_refuse(database, product):
    @product
    def only_adults(db, user):
        db.add(Group(name=f"of-{user.first_name.lower()}", created_at=user.created_at))
        db.flush()
        if user.first_name == "Kid":
            raise Refusal("Nobody under 18, please.")

    one, two = take(
        person(1, emails=["kid@example.com"], first_name="Kid"), person(2, emails=["ann@example.com"], first_name="Ann")
    )

    assert (one.what, one.why) == (REFUSED, "Nobody under 18, please.")
    assert (two.what, two.user_id) == (TAKEN, user_of("ann@example.com").id)
    assert do(lambda db: identifiers.owner(db, "kid@example.com")) is None
    assert do(directory.find, directory.Search("kid")).people == []
    assert "of-ann" in [one.name for one in do(groups.listed)]
    assert "of-kid" not in [one.name for one in do(groups.listed)]


def test_a_product_hears_of_each_address_before_the_sign_up_and_may_refuse(database, product, identifier_added):
    heard = []

    @identifier_added
    def ours_alone(db, user_id, identifier):
        heard.append((identifiers.owner(db, identifier) == user_id, identifier))
        if identifier.endswith("@elsewhere.example"):
            raise Refusal("Only addresses of ours, please.")

    product(lambda db, user: heard.append("signed up"))

    one, two = take(
        person(1, emails=["a@example.com", "b@example.com"], phone="+4915123456789"),
        person(2, emails=["c@elsewhere.example"]),
    )

    assert heard == [
        (True, "a@example.com"),
        (True, "b@example.com"),
        (True, "+4915123456789"),
        "signed up",
        (True, "c@elsewhere.example"),
    ]
    assert (one.what, two) == (TAKEN, imports.Outcome(REFUSED, None, "Only addresses of ours, please."))
    assert do(lambda db: identifiers.owner(db, "c@elsewhere.example")) is None


def test_a_product_may_refuse_an_update_and_the_others_go_on(alice, bob, identifier_added):
    @identifier_added
    def ours_alone(db, user_id, identifier):
        if identifier.endswith("@elsewhere.example"):
            raise Refusal("Only addresses of ours, please.")

    one, two = take(
        person(1, emails=[alice.email, "c@elsewhere.example"], first_name="Al"),
        person(2, emails=[bob.email], first_name="Robert"),
        renew=True,
    )

    assert one == imports.Outcome(REFUSED, None, "Only addresses of ours, please.")
    assert two.what == UPDATED
    assert (user_of(alice.email).first_name, user_of(bob.email).first_name) == ("Alice", "Robert")


def test_a_refused_row_creates_no_group_and_voids_no_claim(alice, bob):
    do(emails.add, alice.me, "wanted@example.com", HOME)

    take(person(emails=[bob.email, "wanted@example.com"], groups="staff"))

    assert [one.address for one in do(emails.listed, alice.user_id)] == [alice.email, "wanted@example.com"]
    assert do(groups.names) == {"admin"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"emails": ["nonsense"]}, "email: this is not an email address, like name@example.com"),
        ({"emails": []}, "the row has neither an email address nor a phone number"),
        ({"emails": [], "phone": "0151 x"}, "phone: this is not a phone number with its country code"),
        ({"emails": [f"a{number}@example.com" for number in range(11)]}, "more than 10 email addresses"),
        ({"first_name": "x" * 81}, "first_name, last_name: a name is longer than 80 characters"),
        ({"last_name": "a\x00b"}, "last_name: "),
        ({"id": "\ud800"}, "id: it has a character that cannot be stored"),
        ({"emails": ["new@example.com", "\ud800"]}, "emails: it has a character that cannot be stored"),
        ({"groups": ["\ud800"]}, "groups: it has a character that cannot be stored"),
        ({"created_at": "2020\ud800"}, "created_at: it has a character that cannot be stored"),
        ({"password": "$2b$04$\ud800"}, "password: it has a character that cannot be stored"),
        ({"password": "$2b$31$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232"}, "password: the hash takes too"),
        ({"confirmed": "maybe"}, "confirmed is neither true nor false"),
        ({"active": 7}, "active is neither true nor false"),
        ({"created_at": "yesterday"}, "created_at is not a time"),
        ({"groups": "ümläut"}, "groups: "),
        ({"groups": [f"g{number}" for number in range(51)]}, "more than 50 groups"),
        ({"password": "0cc175b9c0f1b6a831c399e269772661"}, "password: unknown kind of hash"),
        ({"password": "$2b$04$short"}, "password: the hash is broken"),
    ],
)
def test_a_refused_row_gets_a_message_without_secrets(row, why):
    with pytest.raises(Unfit) as no:
        person(**row)

    assert why in str(no.value)
    assert not row.get("password") or row["password"] not in str(no.value)


def test_times_without_a_zone_are_utc_and_none_is_ahead():
    assert person(created_at="2020-01-01").created_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert person(created_at="2020-01-01T02:00:00+02:00").created_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert person(created_at="2999-01-01").created_at < datetime.now(UTC) + timedelta(seconds=1)


def test_numbers_need_no_browser():
    assert person(phone="+1 650 253 0000").phone == "+16502530000"
    assert Caller() == imports._UNKNOWN
