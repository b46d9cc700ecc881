"""Spelling of email addresses, names and phone numbers."""

import pytest

from authapp.core.base import identifiers, person_names
from authapp.core.base.errors import BadInput
from tests.kit.users import HOME

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
    "\u202emoc.elpmaxe@ecila",
    "alice\ud800@example.com",
    "😀",
    "..@example.com",
]


@pytest.mark.parametrize("typed", [*NOT_TEXT, *NOT_ADDRESSES], ids=ascii)
def test_an_invalid_email_is_refused_with_a_message_for_its_field(typed):
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
def test_an_identifier_that_cannot_be_looked_up_is_refused(typed):
    with pytest.raises(BadInput) as refusal:
        identifiers.lookup(typed, HOME)

    assert refusal.value.field == "identifier"


@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b", "\udcff@example.com"], ids=ascii)
def test_text_that_no_database_can_store_is_refused(typed):
    with pytest.raises(BadInput):
        identifiers.lookup(typed, HOME)
    with pytest.raises(BadInput):
        person_names.name(typed, "first_name")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("alice", "neither an email address nor a phone number"),
        ("+49 30", "neither an email address nor a phone number"),
        ("' OR 1=1 --", "neither an email address nor a phone number"),
        ("<b>", "neither an email address nor a phone number"),
        ("\U0001f600", "neither an email address nor a phone number"),
        ("201 555 0100", "with its country code"),
        ("01512 3456789", "with its country code"),
    ],
    ids=ascii,
)
def test_an_unreadable_identifier_is_refused_beside_its_field(typed, words):
    with pytest.raises(BadInput) as refusal:
        identifiers.lookup(f" {typed} ", HOME)

    assert refusal.value.field == "identifier"
    assert words in refusal.value.message


PASTED = [
    "mailto:alice@example.com",
    "MAILTO:alice%40example.com?subject=Hello%20you&body=a@b.c",
    "Alice <alice@example.com>",
    '"Liddell, Alice" <alice@example.com>,',
    "<alice@example.com>",
    "<mailto:alice@example.com>",
    "(alice@example.com)",
    "'alice@example.com'",
    "\u201calice@example.com\u201d.",
    "\u00ab\u00a0alice@example.com\u00a0\u00bb",
    "alice@example.com.",
    "alice@example.com,",
    "alice@example.com;",
    "alice@example.com\u3002",
    "\ufeffalice@example.com",
    "\u202aalice@example.com\u202c",
    "\u2068alice@example.com\u2069",
    "alice\u200b@exam\u00adple.com",
    "alice\u200d@example.com",
    "alice\ufe0f@example.com",
    "alice@example.com\U000e0100",
    "\u3000alice@example.com\u3000",
    "\uff41\uff4c\uff49\uff43\uff45\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff43\uff4f\uff4d",
    "alice\uff20example\u3002com",
]


@pytest.mark.parametrize("typed", PASTED, ids=ascii)
def test_an_address_is_read_as_people_paste_it(typed):
    assert identifiers.email(typed) == "alice@example.com"
    assert identifiers.lookup(typed, HOME) == "alice@example.com"


@pytest.mark.parametrize("kept", ["'alice@example.com", "{alice}@example.com", "メール@例え.jp", "a.b!c@example.com"])
def test_valid_characters_of_an_email_stay(kept):
    assert identifiers.email(kept) == kept
    assert identifiers.renormalized(kept) == kept


def test_an_address_that_is_pasted_with_a_long_name_is_read():
    assert identifiers.email(f"{'Alice ' * 100}<alice@example.com>") == "alice@example.com"


@pytest.mark.parametrize(
    ("mailbox", "sent"),
    [
        ("ann@münchen.de", "ann@xn--mnchen-3ya.de"),
        ("Shop <ann@münchen.de>", "Shop <ann@xn--mnchen-3ya.de>"),
        ("ann@straße.de", "ann@xn--strae-oqa.de"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("ann@example.com", "ann@example.com"),
        ("Jörg <ann@example.com>", "Jörg <ann@example.com>"),
        ("+4915123456789", "+4915123456789"),
    ],
)
def test_providers_get_a_domain_in_ascii(mailbox, sent):
    assert identifiers.in_ascii(mailbox) == sent


def test_an_email_that_the_mail_provider_cannot_carry_is_refused(configure):
    assert identifiers.mailable("josé@example.com") == "josé@example.com"
    configure(AUTHAPP_SENDER="resend", AUTHAPP_RESEND_KEY="re_1", AUTHAPP_MAIL_FROM="a@example.com")

    assert identifiers.mailable("jose@münchen.de") == "jose@münchen.de"
    assert identifiers.lookup("josé@example.com", HOME) == "josé@example.com"
    with pytest.raises(BadInput) as refusal:
        identifiers.mailable("josé@example.com", "new_email")

    assert refusal.value.field == "new_email"
    assert "We can’t send email to this address" in refusal.value.message


def test_domains_of_an_intranet_are_taken_where_the_settings_name_them(configure):
    for typed in ("ann@corp.local", "ann@mail.corp.local", "ann@wiki"):
        with pytest.raises(BadInput):
            identifiers.email(typed)
    configure(AUTHAPP_INTRANET_DOMAINS="corp.local,wiki")

    assert identifiers.email("Ann <Ann@CORP.local.>") == "ann@corp.local"
    assert identifiers.email("ann@mail.corp.local") == "ann@mail.corp.local"
    assert identifiers.email("ann@wiki") == "ann@wiki"
    assert identifiers.in_ascii("ann@corp.local") == "ann@corp.local"
    for typed in ("ann@evilcorp.local", "ann@x y.corp.local", "a b@corp.local", "@corp.local", "ann@other.local"):
        with pytest.raises(BadInput):
            identifiers.email(typed)


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
        ("\U0001fac8", "\U0001fac8"),  # an emoji that is newer than the tables of some Pythons
        ("Zoe\u0308", "Zoe\u0308"),
    ],
)
def test_a_name_may_be_anything_a_person_is_called(typed, kept):
    assert person_names.name(typed, "first_name") == kept


TURNS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("turn", TURNS, ids=ascii)
def test_text_direction_marks_are_removed_from_names(turn):
    assert person_names.name(f"{turn}אליס{turn} B{turn}ob {turn}", "first_name") == "אליס Bob"
    assert person_names.name(turn, "first_name") == ""


@pytest.mark.parametrize(
    "typed",
    ["\u200b", "\u200b \u200d\ufeff", "\u00ad\u2060", "\u0301\u0308", "\u034f", "\u3164", "\u2800\ufe0f"],
    ids=ascii,
)
def test_a_name_that_nobody_can_see_is_refused(typed):
    with pytest.raises(BadInput) as refusal:
        person_names.name(typed, "first_name")

    assert refusal.value.message == "Use visible letters."
    assert refusal.value.field == "first_name"


@pytest.mark.parametrize("typed", [*NOT_TEXT, "x" * 81, "x" * 10_000, "Al\x00ice", "Al\x1bice", "Al\x9bice"], ids=ascii)
def test_an_invalid_name_is_refused(typed):
    with pytest.raises(BadInput) as refusal:
        person_names.name(typed, "last_name")

    assert refusal.value.field == "last_name"
