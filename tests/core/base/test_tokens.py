"""Keys, digests, seals and their rotation."""

import hashlib

import pytest

from authapp.core.base import tokens
from tests.kit.rules import race

OLD, NEW = "o" * 32, "n" * 32


def test_a_key_is_an_id_and_a_secret_of_which_only_the_digest_is_kept():
    key = tokens.mint()

    assert tokens.parse(str(key)) == key
    assert key.digest == hashlib.sha256(key.secret.encode()).digest()
    assert key.secret.encode() not in key.digest
    assert len({tokens.mint().secret for _ in range(100)}) == 100
    assert not [key for key in (tokens.mint() for _ in range(1000)) if key.id.startswith("-")]


def test_a_key_can_get_a_new_secret_and_keep_its_id():
    for id in (tokens.mint().id, "-an_id_of_before"):
        key, again = tokens.mint(id), tokens.mint(id)

        assert key.id == again.id == id
        assert again.secret != key.secret


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key[1:],
        lambda key: key + "A",
        lambda key: key + "\n",
        lambda key: " " + key,
        lambda key: key.replace(".", ""),
        lambda key: key.replace(".", ".."),
        lambda key: key.replace(".", "\x00"),
        lambda key: key[:-1] + "é",
        lambda key: key[:-1] + "=",
        lambda key: key[:-1] + "\ud800",
        lambda key: key.encode(),
        lambda key: {"key": key},
        lambda key: [key],
        lambda key: None,
        lambda key: 0,
        lambda key: "",
        lambda key: ".",
        lambda key: key * 1000,
        lambda key: "' OR 1=1 --",
    ],
)
def test_a_partial_key_is_no_key(spoil):
    assert tokens.parse(spoil(str(tokens.mint()))) is None


def test_a_sealed_value_opens_again_and_reveals_nothing():
    sealed = tokens.seal("mail", b"a secret", b"alice")

    assert tokens.unseal("mail", sealed, b"alice") == b"a secret"
    assert b"secret" not in sealed
    assert tokens.seal("mail", b"a secret", b"alice") != sealed


def test_a_seal_holds_for_one_purpose_and_one_owner_only():
    sealed = tokens.seal("mail", b"a secret", b"alice")

    assert tokens.unseal("mail", sealed, b"bob") is None
    assert tokens.unseal("mail", sealed) is None
    assert tokens.unseal("letter", sealed, b"alice") is None


def test_a_changed_or_cut_seal_does_not_open():
    sealed = tokens.seal("mail", b"a secret")

    for at in range(len(sealed)):
        assert tokens.unseal("mail", sealed[:at]) is None
        assert tokens.unseal("mail", sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]) is None
    assert tokens.unseal("mail", sealed + b"\x00") is None


def test_a_new_server_key_still_opens_what_the_old_one_sealed(configure):
    configure(AUTHAPP_SECRET_KEY=OLD)
    sealed, marked = tokens.seal("mail", b"a secret"), tokens.keyed("mark", "alice")

    configure(AUTHAPP_SECRET_KEY=f"{NEW}, {OLD}")
    assert tokens.unseal("mail", sealed) == b"a secret"
    assert tokens.seal("mail", b"a secret")[:4] != sealed[:4]
    assert tokens.keyed("mark", "alice") != marked
    assert tokens.mac(tokens.oldest_key("mark"), "alice") == marked

    configure(AUTHAPP_SECRET_KEY=NEW)
    assert tokens.unseal("mail", sealed) is None


def test_the_old_server_key_alone_cannot_open_new_seals(configure):
    configure(AUTHAPP_SECRET_KEY=f"{NEW},{OLD}")
    sealed = tokens.seal("mail", b"a secret")

    configure(AUTHAPP_SECRET_KEY=OLD)
    assert tokens.unseal("mail", sealed) is None


def test_a_keyed_digest_depends_on_the_purpose_and_on_where_the_parts_end():
    marks = [
        tokens.keyed("mark", "alice"),
        tokens.keyed("tally", "alice"),
        tokens.keyed("mark", "ali", "ce"),
        tokens.keyed("mark", "alic", "e"),
        tokens.keyed("mark", "alice", ""),
        tokens.keyed("mark", "bob"),
    ]

    assert len(set(marks)) == len(marks)
    assert tokens.keyed("mark", "alice") == marks[0]


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xfe\xfd", bytes(range(256))])
def test_bytes_survive_being_text(data):
    text = tokens.to_text(data)

    assert tokens.from_text(text) == data
    assert "=" not in text


@pytest.mark.parametrize("text", ["A", "é", "a b", "a\nb", "*", "\ud800", "AAAAA"], ids=ascii)
def test_text_that_is_not_ours_is_no_bytes(text):
    assert tokens.from_text(text) == b""


def test_a_server_key_is_made_beside_the_sqlite_file_for_us_alone_and_used_again(configure, tmp_path):
    configure(AUTHAPP_SECRET_KEY=None, DATABASE_URL=f"sqlite:///{tmp_path}/shop/demo.db")
    sealed = tokens.seal("mail", b"a secret")

    kept = tmp_path / "shop" / "demo.key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(kept.read_text()) == 64
    assert [file.name for file in kept.parent.iterdir()] == ["demo.key"]

    configure()
    assert tokens.unseal("mail", sealed) == b"a secret"


def test_another_database_has_another_server_key(configure, tmp_path):
    configure(AUTHAPP_SECRET_KEY=None, DATABASE_URL=f"sqlite:///{tmp_path}/one.db")
    sealed = tokens.seal("mail", b"a secret")

    configure(DATABASE_URL=f"sqlite:///{tmp_path}/two.db")
    assert tokens.unseal("mail", sealed) is None


def test_eight_threads_that_start_at_once_make_one_server_key(configure, tmp_path):
    for number in range(20):
        configure(AUTHAPP_SECRET_KEY=None, DATABASE_URL=f"sqlite:///{tmp_path}/{number}.db")

        marks = race(8, lambda thread: (tokens.keyed(f"purpose {thread}", "x"), tokens.keyed("mark", "alice"))[1])

        assert set(marks) == {tokens.keyed("mark", "alice")}


def test_a_server_key_that_was_cut_stops_the_start_with_a_sentence(configure, tmp_path):
    (tmp_path / "demo.key").write_text("")
    configure(AUTHAPP_SECRET_KEY=None, DATABASE_URL=f"sqlite:///{tmp_path}/demo.db")

    with pytest.raises(SystemExit) as stop:
        tokens.seal("mail", b"a secret")

    assert "demo.key" in str(stop.value)
