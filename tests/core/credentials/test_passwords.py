"""Passwords: which are accepted, how they are spelled and stored."""

import hashlib
import hmac
import unicodedata
from uuid import uuid4

import pytest

from authapp.core.base.errors import WeakPassword
from authapp.core.credentials import passwords
from tests.kit.users import PASSWORD

ALICE = uuid4()
UNICODE = [
    "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧",
    "👩‍👩‍👧‍👦 family of four 👨‍👩‍👧",
    "סיסמה ארוכה מאוד שלי",
    "كلمة مرور طويلة جدا",
    "пароль из многих слов",
    "とても長い秘密の言葉です",
    "mixed עברית and العربية",
    "tab\tand\u00a0odd\u2003spaces",
    "line\nbreak in the middle",
    " leading and trailing ",
]


def refusal_of(password, confirmation=None, own_words=()):
    with pytest.raises(WeakPassword) as refusal:
        passwords.check(password, password if confirmation is None else confirmation, own_words)
    return refusal.value


@pytest.mark.parametrize("password", [PASSWORD, *UNICODE, "correct horse" * 19, "x7$Kq2!vLp9z"])
def test_a_good_password_is_taken_as_it_is(password):
    assert passwords.check(password, password) == password


@pytest.mark.parametrize("typed", ["", None, 0, 123456789012, b"correct horse battery", {"a": "b"}, ["long enough 12"]])
def test_a_value_that_is_no_text_is_no_password(typed):
    assert "Enter a password" in refusal_of(typed).message


def test_length_is_counted_in_characters_and_told():
    assert "12 characters; this has 11" in refusal_of("elevenchars").message
    assert "12 characters; this has 11" in refusal_of("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔").message
    assert passwords.check("twelve chars", "twelve chars")


def test_the_least_length_is_a_setting(configure):
    configure(AUTHAPP_PASSWORD_MIN_LENGTH=15)
    assert "15 characters" in refusal_of("fourteen chars").message
    assert passwords.check("fifteen  chars!", "fifteen  chars!")


def test_256_characters_are_taken_and_one_more_is_not():
    long = ("Long sentences are fine. " * 11)[:256]

    assert passwords.check(long, long) == long
    assert "at most 256" in refusal_of(long + "!").message
    assert "at most 256" in refusal_of("ab cd ef gh " * 1000).message


def test_no_character_is_cut_off():
    long = ("Long sentences are fine. " * 11)[:256]
    sealed = passwords.make_record(long, ALICE)

    assert passwords.matches(long, sealed, ALICE)[0]
    assert not passwords.matches(long[:-1], sealed, ALICE)[0]
    assert not passwords.matches(long + "!", sealed, ALICE)[0]


@pytest.mark.parametrize(
    "typed", ["correct\x00horse battery", "\ud800 correct horse", "correct horse \udfff"], ids=ascii
)
def test_the_null_character_and_half_a_character_are_refused(typed):
    assert "can’t be typed" in refusal_of(typed).message


@pytest.mark.parametrize(
    "common",
    [
        "password1234",
        "PASSWORD1234",
        "Password1234!",
        "password!!!!",
        "1234password",
        "qwertyuiop12",
        "iloveyou1234",
        "letmeinletmein",
        "passwordpassword",
        "dragondragondragon",
        "monkeymonkey99",
        "Password123!Password123!",
        "Password123! Password123! Password123!",
        "password2023password2024",
        "1q2w3e4r1q2w3e4r",
        "dragon-dragon-dragon",
        "!!monkey monkey!!",
        "ｐａｓｓｗｏｒｄ１２３４",
    ],
)
def test_a_common_password_is_refused_also_padded_repeated_or_wide(common):
    assert "common" in refusal_of(common).message


@pytest.mark.parametrize("typed", ["horse battery horse", "dragon 482910573648 dragon", "a1b!a1c!a1d!a1e!"])
def test_a_common_word_is_fine_where_something_else_stands_between(typed):
    assert passwords.check(typed, typed) == typed


@pytest.mark.parametrize("typed", ["123456789012", "9876543210987", "abcdefghijkl", "qwertyuiopas"])
def test_a_row_of_the_keyboard_or_the_alphabet_is_refused(typed):
    assert refusal_of(typed).field == "password"


@pytest.mark.parametrize("typed", ["aaaaaaaaaaaa", "abababababab", "112211221122", "      ......"])
def test_few_characters_over_and_over_are_refused(typed):
    assert refusal_of(typed).field == "password"


@pytest.mark.parametrize(
    "typed",
    ["AliceLiddell", "alice.liddell", "liddell-1865", "alice@wonder.example", "wonderalice1", "authapp-authapp"],
)
def test_own_names_addresses_and_the_product_make_no_password(typed):
    assert "your name" in refusal_of(typed, own_words=("Alice", "Liddell", "alice@wonder.example")).message


def test_a_sentence_with_an_own_name_in_it_is_fine():
    sentence = "alice went down the hole"

    assert passwords.check(sentence, sentence, ("Alice", "Liddell", "", "a@b.example")) == sentence


def test_the_confirmation_must_be_the_same():
    for other in ("", PASSWORD + " ", PASSWORD.upper(), 0, {"a": 1}):
        assert refusal_of(PASSWORD, other).field == "confirmation"


def test_a_refusal_never_repeats_the_password():
    for typed in ("password1234", "elevenchars", "alice.liddell", "x" * 300):
        assert typed not in refusal_of(typed, own_words=("Alice", "Liddell")).message


@pytest.mark.parametrize("password", [PASSWORD, *UNICODE])
def test_the_right_password_matches_and_another_does_not(password):
    sealed = passwords.make_record(password, ALICE)

    assert passwords.matches(password, sealed, ALICE) == (True, False)
    assert passwords.matches(password + "x", sealed, ALICE) == (False, False)
    assert passwords.matches(password.swapcase() + " ", sealed, ALICE) == (False, False)


@pytest.mark.parametrize(
    ("set_as", "typed_as"),
    [
        ("café au lait s'il vous plaît", unicodedata.normalize("NFD", "café au lait s'il vous plaît")),
        ("ﬁve ﬁngers of ﬂour", "five fingers of flour"),
        ("ｗｉｄｅ ｌｅｔｔｅｒｓ", "wide letters"),
        ("ガギグゲゴとザジズゼゾの歌", "ｶﾞｷﾞｸﾞｹﾞｺﾞとｻﾞｼﾞｽﾞｾﾞｿﾞの歌"),
        ("한글 비밀번호 열두 글자", unicodedata.normalize("NFD", "한글 비밀번호 열두 글자")),
    ],
)
def test_every_keyboard_spells_a_password_alike(set_as, typed_as):
    assert set_as != typed_as
    sealed = passwords.make_record(set_as, ALICE)

    assert passwords.matches(typed_as, sealed, ALICE)[0]


def test_no_password_matches_a_missing_record():
    assert passwords.matches(PASSWORD, None, None) == (False, False)
    assert passwords.matches(PASSWORD, None, ALICE) == (False, False)
    assert passwords.scram_keys(None, ALICE) is None


def test_odd_input_at_login_is_wrong_and_no_error():
    sealed = passwords.make_record(PASSWORD, ALICE)

    for typed in ("", "\x00", "\ud800", "\ud800" + PASSWORD, "x" * 10_000):
        assert passwords.matches(typed, sealed, ALICE) == (False, False)


def test_a_record_is_sealed_and_bound_to_its_user(configure):
    sealed = passwords.make_record(PASSWORD, ALICE)

    assert b"SCRAM" not in sealed
    assert passwords.matches(PASSWORD, sealed, uuid4()) == (False, False)
    assert passwords.scram_keys(sealed, uuid4()) is None
    configure(AUTHAPP_SECRET_KEY="k" * 32)
    assert passwords.matches(PASSWORD, sealed, ALICE) == (False, False)


def test_two_records_of_one_password_have_nothing_in_common():
    one, other = (passwords.scram_keys(passwords.make_record(PASSWORD, ALICE), ALICE) for _ in range(2))

    assert one.salt != other.salt
    assert one.stored_key != other.stored_key
    assert len(one.salt) == 16


def test_the_rounds_are_a_setting(configure):
    configure(AUTHAPP_PASSWORD_ROUNDS=5000)
    verifier = passwords.scram_keys(passwords.make_record(PASSWORD, ALICE), ALICE)

    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), verifier.salt, 5000)
    assert verifier.rounds == 5000
    assert verifier.server_key == hmac.digest(salted, b"Server Key", "sha256")
