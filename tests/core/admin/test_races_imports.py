"""Races of imports, groups and invitations, each overtaken midway. SQLite allows no overtaking."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.account import security_mail
from authapp.core.admin import imports, people
from authapp.core.authentication import accounts, recovery, sign_up, waitlist
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER, Actor
from authapp.core.base import identifiers
from authapp.core.base.errors import BadInput
from authapp.core.credentials import link_ends, links, passwords
from authapp.models import Group, Membership, User
from tests.kit.hashes import HASHES
from tests.kit.messages import link_to
from tests.kit.rules import do
from tests.kit.users import HOME, TAB

pytestmark = pytest.mark.parametrize("kind", ["postgresql"])
A_MOMENT = 0.3  # seconds for the overtaking action; one that has to wait goes on later
ANN = "ann@example.com"


@pytest.fixture
def overtake(monkeypatch):
    """Return a function that runs an action in a thread after (or before) a function's call. `result` waits for it."""
    threads, results = [], []

    def begin(where, name, *deed, before=False, **more):
        rule = getattr(where, name)

        def run():
            try:
                results.append(do(*deed, **more))
            except Exception as problem:
                results.append(problem)

        def start():
            monkeypatch.setattr(where, name, rule)
            threads.append(threading.Thread(target=run))
            threads[0].start()
            threads[0].join(A_MOMENT)

        def called(*args, **kwargs):
            if before:
                start()
            done = rule(*args, **kwargs)
            if not before:
                start()
            return done

        monkeypatch.setattr(where, name, called)

    def result():
        threads[0].join(20)
        return results[0]

    begin.result = result
    return begin


def lost_memberships(db):
    there = set(db.exec(select(Group.name)).all())
    return [one.name for one in db.exec(select(Membership)).all() if one.name not in there]


def ann(**row):
    return imports.read(1, {"emails": [ANN], **row})


def test_a_group_deleted_while_a_user_is_added_has_no_members(alice, overtake):
    do(groups.create, "staff")
    overtake(groups, "kept", groups.delete, "staff")

    do(groups.add, alice.user_id, "staff")

    assert overtake.result() is None
    assert do(lost_memberships) == []


@pytest.mark.parametrize("renew", [False, True])
def test_a_group_that_is_deleted_during_an_import_leaves_nobody_in_it(database, overtake, renew):
    do(imports.take, [ann()] if renew else [])
    do(groups.create, "staff")
    overtake(imports, "_free", groups.delete, "staff")

    do(imports.take, [ann(groups="staff")], renew=renew)

    assert overtake.result() is None
    assert do(lost_memberships) == []


def test_a_password_that_is_set_during_an_update_stays(database, overtake):
    (one,) = do(imports.take, [ann(password=HASHES["bcrypt"])])
    record = passwords.make_record("a sentence of her own", one.user_id)
    overtake(passwords, "seal_record", accounts.keep_password, one.user_id, record, before=True)

    do(imports.take, [ann(password=HASHES["phpass"])], renew=True)

    overtake.result()
    user = do(lambda db: db.get(User, one.user_id))
    assert (user.password_record, user.imported) == (record, False)


def test_a_password_that_was_set_while_an_update_waited_stays(database, overtake):
    (one,) = do(imports.take, [ann(password=HASHES["bcrypt"])])
    record = passwords.make_record("a sentence of her own", one.user_id)

    def upgrade(db):
        accounts.keep_password(db, one.user_id, record)
        passwords.seal_record("", one.user_id)  # the import begins here, and later has to wait

    overtake(passwords, "seal_record", imports.take, [ann(password=HASHES["phpass"])], renew=True)
    do(upgrade)

    assert overtake.result()[0].what == imports.UPDATED
    assert do(lambda db: db.get(User, one.user_id)).password_record == record


def test_an_update_into_the_group_of_administrators_and_their_deeds_wait_for_each_other(alice, bob, overtake):
    do(groups.add, alice.user_id, groups.ADMIN)
    row = imports.read(1, {"emails": [bob.email], "first_name": "Robert", "groups": "admin; staff"})
    overtake(identifiers, "lock_user", people.end_sessions, Actor(alice.me, HOME), bob.user_id)

    (updated,) = do(imports.take, [row], renew=True)

    assert overtake.result() is None
    assert updated.what == imports.UPDATED
    assert do(groups.of, bob.user_id) == ["admin", "staff"]


def test_an_invitation_is_taken_back_while_another_is_sent(database, overtake):
    do(waitlist.invite, SERVER, ANN)
    overtake(link_ends, "withdraw", waitlist.invite, SERVER, ANN, before=True)

    do(waitlist.forget, SERVER, ANN)

    assert overtake.result() is None
    assert do(waitlist.is_invited, ANN), "it came after"


def test_an_invitation_is_taken_back_while_it_is_followed(database, overtake):
    do(waitlist.invite, SERVER, ANN)
    overtake(link_ends, "withdraw", links.follow, link_to(ANN), None, tab=TAB, before=True)

    do(waitlist.forget, SERVER, ANN)

    assert isinstance(overtake.result(), links.InvalidActionKey)
    assert do(identifiers.owner, ANN) is None


def test_an_invitation_is_taken_back_while_the_first_is_sent(database, overtake):
    overtake(waitlist, "_applicant", waitlist.forget, SERVER, ANN, before=True)

    do(waitlist.invite, SERVER, ANN)

    assert overtake.result() is None
    assert not do(waitlist.is_invited, ANN), "it waited for the invitation, though no link was there yet"


def test_a_user_who_follows_an_invitation_is_not_invited_at_the_same_time(database, overtake):
    do(waitlist.invite, SERVER, ANN)
    overtake(sign_up, "make", waitlist.invite, SERVER, ANN)

    do(links.follow, link_to(ANN), None, tab=TAB)

    assert isinstance(overtake.result(), BadInput)
    assert not do(waitlist.is_invited, ANN)


def test_a_user_is_disabled_while_they_object_to_a_login(alice, overtake):
    more = {"email": alice.email, "user_id": alice.user_id, "valid_for": timedelta(days=1)}
    do(recovery.recover, alice.email, HOME)
    key = do(links.issue, security_mail.DISOWN, **more).rpartition("#")[2]
    overtake(link_ends, "lock", people.disable, SERVER, alice.user_id)

    do(links.follow, key, None, tab=TAB)

    assert overtake.result() is None
    user = do(lambda db: db.get(User, alice.user_id))
    assert (user.password_record, user.blocked_by) == (None, "disabled")
