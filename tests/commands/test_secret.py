"""The command `secret`: rotation of the server key."""

import pytest

from authapp.core.admin import rotation
from authapp.core.authentication import login, proofs, sign_up
from authapp.core.base import tokens
from authapp.core.base.errors import Refusal
from authapp.core.credentials import passwords
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD, password_record

OLD, NEW = "an old key of the server that is long enough", "a new key of the server that is long enough"


def enters(person):
    return do(login.with_password, proofs.Credentials(person.email, PASSWORD), tab="a tab", keep=False, caller=HOME)


@pytest.fixture
def kept_beside(database, configure):
    """Keep the keys in the file beside the database."""
    configure(AUTHAPP_SECRET_KEY=None)


def test_beside_a_file_the_key_rotates_under_a_running_server(kind, run, kept_beside, request):
    if kind != "sqlite":
        pytest.skip("PostgreSQL has no file beside it")
    alice = request.getfixturevalue("alice")
    before = password_record(alice)
    path = tokens.key_file()
    (old,) = path.read_text().split()

    first = run("secret", "rotate", "--yes")

    assert first.exit_code == 0, first.output
    assert "1 password records were re-encrypted" in first.stdout
    assert "a new device" in first.stdout
    new, still = path.read_text().split()
    assert (still, path.stat().st_mode & 0o777) == (old, 0o600)
    assert new not in first.output
    assert password_record(alice)[:4] == tokens.newest(passwords.PURPOSE) != before[:4]
    assert enters(alice)
    assert run("secret", "rotate", "--yes").exit_code == 0  # it goes on with the second key and makes no third one
    assert path.read_text().split() == [new, old]

    assert run("secret", "rotate", "--drop-old", "--yes").exit_code == 0

    assert path.read_text().split() == [new]
    assert enters(alice)
    assert run("secret", "rotate", "--drop-old", "--yes").exit_code == 1
    assert [one.name for one in path.parent.iterdir() if "draft" in one.name] == []


def test_asked_and_declined_nothing_rotates(kind, run, kept_beside):
    if kind != "sqlite":
        pytest.skip("PostgreSQL has no file beside it")
    run("user", "list")
    before = tokens.kept_keys()

    assert run("secret", "rotate", input="n\n").exit_code == 1

    assert tokens.kept_keys() == before


def test_keys_of_the_settings_are_put_there_by_hand(run, configure, request):
    configure(AUTHAPP_SECRET_KEY=OLD)
    alice = request.getfixturevalue("alice")
    one_key = run("secret", "rotate", "--yes")
    assert (one_key.exit_code, "put it in front" in one_key.stderr.lower()) == (1, True)

    configure(AUTHAPP_SECRET_KEY=f"{NEW},{OLD}")
    refused = run("secret", "rotate", "--drop-old", "--yes")
    assert refused.exit_code == 1
    assert "1 password records and 0 unfinished sign-ups" in refused.stderr
    assert run("secret", "rotate", "--yes").exit_code == 0
    assert run("secret", "rotate", "--drop-old", "--yes").exit_code == 0

    configure(AUTHAPP_SECRET_KEY=NEW)
    assert enters(alice)


def test_a_dropped_key_that_was_needed_is_found_by_the_check(run, configure, alice):
    configure(AUTHAPP_SECRET_KEY=NEW)

    result = run("check")

    assert (result.exit_code, do(rotation.needs)) == (1, rotation.Needs(0, 1, 0))
    assert "the server key of 1 passwords is missing" in result.stdout
    with pytest.raises(Refusal):
        enters(alice)


def test_a_sign_up_by_phone_that_is_under_way_keeps_the_old_key(run, configure, database):
    do(sign_up.sign_up_by_phone, "+4915123456789", sign_up.NewUser("Ann", "", PASSWORD), HOME)
    configure(AUTHAPP_SECRET_KEY=f"{NEW},a key of the tests that everybody knows")

    assert "in an hour" in run("secret", "rotate", "--yes").stdout
    assert run("secret", "rotate", "--drop-old", "--yes").exit_code == 1


def test_a_record_that_no_key_opens_is_left_as_it_is_and_ends_nothing(configure, alice, monkeypatch):
    configure(AUTHAPP_SECRET_KEY=f"{NEW},a key of the tests that everybody knows")
    before = password_record(alice)
    monkeypatch.setattr(passwords, "resealed", lambda *_: None)

    assert do(rotation.reseal) == (0, None)

    assert (password_record(alice), do(rotation.needs).old) == (before, 1)
