import pytest

from authapp.core import identifiers
from authapp.core.devices import Client
from authapp.core.errors import BadInput
from tests.people import HOME

NOT_TEXT = [None, 7, 1.5, True, b"alice@example.com", {"address": "alice@example.com"}, ["alice@example.com"]]
NOT_ADDRESSES = [
    "",
    " ",
    "\n",
    "alice",
    "@example.com",
    "alice@",
    "alice@@example.com",
    "alice@example",
    "alice@localhost",
    "alice@[127.0.0.1]",
    "alice example@example.com",
    "alice@exa mple.com",
    "alice@example.com, bob@example.com",
    "alice@example.com\nBcc: bob@example.com",
    "alice@example.com\r\n\r\nHello",
    "alice\x00@example.com",
    "a" * 10_000,
    "a@" + "b." * 5_000 + "com",
    "' OR '1'='1' --",
    "x'; DROP TABLE auth_user; --@example.com",
    "<script>alert(1)</script>@example.com",
    "<alice@example.com>",
    "Alice <alice@example.com>",
    "\u202emoc.elpmaxe@ecila",
    "\u202ealice@example.com",
    "alice\u200b@example.com",
    "alice\ud800@example.com",
    "😀",
    "..@example.com",
]


@pytest.mark.parametrize("typed", [*NOT_TEXT, *NOT_ADDRESSES], ids=ascii)
def test_what_is_not_an_address_is_refused_with_words_for_its_field(typed):
    with pytest.raises(BadInput) as refusal:
        identifiers.email(typed)

    assert refusal.value.field == "email"
    assert refusal.value.message


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("alice@example.com", "alice@example.com"),
        (" Alice@Example.COM\n", "alice@example.com"),
        ("alice+shop@example.com", "alice+shop@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("alice@MÜNCHEN.de", "alice@münchen.de"),
        ("alice@xn--mnchen-3ya.de", "alice@münchen.de"),
        ("ΕΛΕΝΗ@example.com", "ελενη@example.com"),
        ("אליס@example.com", "אליס@example.com"),
        ("用户@例子.广告", "用户@例子.广告"),
    ],
)
def test_an_address_is_spelled_one_way(typed, kept):
    assert identifiers.email(typed) == kept
    assert identifiers.lookup(typed, HOME) == kept


@pytest.mark.parametrize("typed", ["İ@example.com", "ẞ@example.com", "K@example.com", "ǅ@example.com", "a@ÄÖ.de"])
def test_spelling_twice_changes_nothing(typed):
    once = identifiers.email(typed)

    assert identifiers.email(once) == once


def test_the_longest_address_is_taken_and_one_more_character_is_not():
    longest = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".com"
    longest = longest.replace("@", "@" + "c" * (254 - len(longest) - 1) + ".")
    assert len(longest) == 254

    assert identifiers.email(longest) == longest
    with pytest.raises(BadInput, match="BadInput"):
        identifiers.email(longest + "m")


@pytest.mark.parametrize("typed", [*NOT_TEXT, "", " ", "a" * 255, "a" * 10_000], ids=lambda typed: repr(typed)[:30])
def test_what_cannot_be_looked_up_is_refused(typed):
    with pytest.raises(BadInput) as refusal:
        identifiers.lookup(typed, HOME)

    assert refusal.value.field == "identifier"


@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b", "\udcff@example.com"], ids=ascii)
def test_what_no_database_can_hold_is_refused_at_the_door(typed):
    with pytest.raises(BadInput):
        identifiers.lookup(typed, HOME)
    with pytest.raises(BadInput):
        identifiers.name(typed, "first_name")


@pytest.mark.parametrize("typed", ["alice", "+49 30", "' OR 1=1 --", "<b>", "😀", "\u202eecila"], ids=ascii)
def test_what_is_not_an_address_can_still_be_looked_up_and_is_found_nowhere(typed):
    assert identifiers.lookup(f" {typed} ", HOME) == typed.lower()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("Alice", "Alice"),
        (" Ada  Maria \n Lovelace ", "Ada Maria Lovelace"),
        ("O'Hara-Łuczak", "O'Hara-Łuczak"),
        ("محمد", "محمد"),
        ("山田 太郎", "山田 太郎"),
        ("🦊", "🦊"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Robert'); DROP TABLE auth_user;--", "Robert'); DROP TABLE auth_user;--"),
        ("x" * 80, "x" * 80),
        ("نی\u200cما", "نی\u200cما"),  # Persian: keeps two letters apart
        ("👩\u200d👧", "👩\u200d👧"),  # joins people to a family
        ("\U0001fac8", "\U0001fac8"),  # an emoji that is younger than the tables of some Pythons
        ("Zoe\u0308", "Zoe\u0308"),
    ],
)
def test_a_name_may_be_anything_a_person_is_called(typed, kept):
    assert identifiers.name(typed, "first_name") == kept


TURNS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("turn", TURNS, ids=ascii)
def test_what_turns_the_text_around_a_name_is_left_out(turn):
    assert identifiers.name(f"{turn}אליס{turn} B{turn}ob {turn}", "first_name") == "אליס Bob"
    assert identifiers.name(turn, "first_name") == ""


@pytest.mark.parametrize(
    "typed",
    ["\u200b", "\u200b \u200d\ufeff", "\u00ad\u2060", "\u0301\u0308", "\u034f", "\u3164", "\u2800\ufe0f"],
    ids=ascii,
)
def test_a_name_that_nobody_can_see_is_refused(typed):
    with pytest.raises(BadInput) as refusal:
        identifiers.name(typed, "first_name")

    assert refusal.value.message == "Please use letters that can be seen."
    assert refusal.value.field == "first_name"


@pytest.mark.parametrize("typed", [*NOT_TEXT, "x" * 81, "x" * 10_000, "Al\x00ice", "Al\x1bice", "Al\x9bice"], ids=ascii)
def test_what_is_not_a_name_is_refused(typed):
    with pytest.raises(BadInput) as refusal:
        identifiers.name(typed, "last_name")

    assert refusal.value.field == "last_name"


# Phone numbers

GERMAN, AMERICAN = "+4915123456789", "+12015550100"


@pytest.mark.parametrize(
    "typed",
    [
        GERMAN,
        "+49 1512 3456789",
        "+49 (0)1512 3456789",
        " +49-1512-345-67-89\n",
        "+49.1512.3456789",
        "+49/1512/3456789",
        "+49\u00a01512\u00a03456789",
        "+49\u20131512\u20103456789",
        "+\uff14\uff19 1512 3456789",
        "+\u0664\u0669 1512 3456789",
    ],
)
def test_a_number_is_spelled_one_way(typed):
    assert identifiers.phone(typed, HOME) == GERMAN
    assert identifiers.lookup(typed, HOME) == GERMAN
    assert identifiers.phone(GERMAN, HOME) == GERMAN


@pytest.mark.parametrize(
    ("languages", "typed", "number"),
    [
        ("de", "01512 3456789", GERMAN),
        ("de-DE,en;q=0.5", "(01512) 3456789", GERMAN),
        ("de-AT", "0664 1234567", "+436641234567"),
        ("de-AT", "0049 1512 3456789", GERMAN),
        ("en-US", "(201) 555-0100", AMERICAN),
        ("en-US", "011 49 1512 3456789", GERMAN),
        ("en", "201 555 0100", AMERICAN),
        ("en-GB", "07400 123456", "+447400123456"),
        ("zh-Hant-TW", "0912 345 678", "+886912345678"),
        ("tlh,de", "01512 3456789", GERMAN),
        ("*;q=1,fr-CH;q=0.9", "078 123 45 67", "+41781234567"),
    ],
)
def test_a_number_typed_as_at_home_is_of_a_country_of_the_browsers_languages(languages, typed, number):
    assert identifiers.phone(typed, Client(languages=languages)) == number


def test_the_country_of_the_settings_comes_first(configure):
    configure(AUTHAPP_PHONE_COUNTRY="CH")

    assert identifiers.phone("078 123 45 67", Client(languages="de-DE")) == "+41781234567"
    assert identifiers.phone(GERMAN, Client(languages="de-DE")) == GERMAN
    assert identifiers.phone("01512 3456789", Client(languages="de-DE")) == GERMAN


NOT_NUMBERS = [
    "",
    " ",
    "+",
    "12",
    "alice",
    "alice@example.com",
    "+49",
    "+49 30",
    "+999 123456789",
    "+1 555 0100",
    "201 555 0100",  # of which country?
    "+1 201 555 0100 ext. 5",
    "+1 201 555 0100;ext=5",
    "tel:+12015550100",
    "+1 201 555 CALL",
    "+12015550100, +12015550101",
    "+1 201 555 0100\x00",
    "\ud800" + AMERICAN,
    "\u202e" + AMERICAN,
    "+" * 40,
    "+" + "1" * 39,
    "1" * 10_000,
    "' OR 1=1 --",
    "\U0001f4de",
]


@pytest.mark.parametrize("typed", [*NOT_TEXT, *NOT_NUMBERS], ids=lambda typed: ascii(typed)[:40])
def test_what_is_no_number_is_refused_with_words_for_its_field(typed):
    with pytest.raises(BadInput) as refusal:
        identifiers.phone(typed, HOME, "new_phone")

    assert refusal.value.field == "new_phone"
    assert refusal.value.message.endswith(("number.", "0000."))


@pytest.mark.parametrize(
    "languages",
    ["", ",", ";", "-", "x", "\x00", "\ud800", "\u00df\u00df-\u00df\u00df", "de_" * 10_000, "," * 10_000, "../../etc"],
    ids=lambda typed: ascii(typed)[:20],
)
def test_whatever_a_browser_says_of_its_languages_a_whole_number_is_read(languages):
    assert identifiers.phone(GERMAN, Client(languages=languages)) == GERMAN


@pytest.mark.parametrize(
    ("stored", "read"),
    [(GERMAN, "+49 1512 3456789"), (AMERICAN, "+1 201-555-0100"), ("alice@example.com", "alice@example.com")],
)
def test_a_number_is_shown_as_it_is_dialled_and_an_address_as_it_is(stored, read):
    assert identifiers.dialled(stored) == read


@pytest.mark.parametrize("text", ["", "+", "4915123456789", "+49 1512", "+49a", "alice@example.com", "+a@example.com"])
def test_what_is_not_stored_as_a_number_is_none(text):
    assert not identifiers.is_number(text)
    assert identifiers.dialled(text) == text


def test_where_phones_are_off_nothing_is_a_number(configure):
    configure(AUTHAPP_PHONES="false")

    with pytest.raises(BadInput) as refusal:
        identifiers.phone(GERMAN, HOME)

    assert refusal.value.message == "Phone numbers are not used here."
    assert identifiers.lookup("+49 1512 3456789", HOME) == "+49 1512 3456789"
