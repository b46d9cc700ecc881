import pytest

from authapp.core import identifiers
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
