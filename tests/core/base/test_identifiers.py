"""Spelling of email addresses, names and phone numbers."""

import pytest

from authapp.core.base import identifiers
from authapp.core.base.devices import Client
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
def test_what_cannot_be_read_is_said_beside_its_field(typed, words):
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
def test_what_belongs_to_an_address_stays(kept):
    assert identifiers.email(kept) == kept
    assert identifiers.respelled(kept) == kept


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


def test_what_the_provider_cannot_carry_is_refused_where_it_is(configure):
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

    assert refusal.value.message == "Use visible letters."
    assert refusal.value.field == "first_name"


@pytest.mark.parametrize("typed", [*NOT_TEXT, "x" * 81, "x" * 10_000, "Al\x00ice", "Al\x1bice", "Al\x9bice"], ids=ascii)
def test_an_invalid_name_is_refused(typed):
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
        "tel:+49-1512-3456789",
        "TEL:+49%201512%203456789",
        "tel:01512-3456789;phone-context=+49",
        "\u202a+49 1512 3456789\u202c",
        "\u2068+49\u20691512\ufeff3456789",
        "+49\ufe0f 1512 3456789",
        "\u202e+4915123456789",
        "\uff0b\uff14\uff19\u3000\uff081512\uff09\u30fc345\u30fc6789",
        "+49 1512\uff0d345\uff706789",
        "+49 1512 \u2212 3456789",
        "+49 1512 3456789.",
        "+49 1512 3456789,",
        "0049 1512 3456789",
    ],
)
def test_a_number_is_spelled_one_way(typed):
    assert identifiers.phone(typed, HOME) == GERMAN
    assert identifiers.lookup(typed, HOME) == GERMAN
    assert identifiers.phone(GERMAN, HOME) == GERMAN


@pytest.mark.parametrize(
    ("languages", "typed", "number"),
    [
        ("de-DE,en;q=0.5", "(01512) 3456789", GERMAN),
        ("de-AT", "0664 1234567", "+436641234567"),
        ("de-AT", "0049 1512 3456789", GERMAN),
        ("en-US", "(201) 555-0100", AMERICAN),
        ("en-US", "011 49 1512 3456789", GERMAN),
        ("tlh,es-419,en-001,de-DE", "01512 3456789", GERMAN),
        ("fr-FR,de-DE", "01512 3456789", GERMAN),  # not in the French numbering plan
        ("en-GB", "07400 123456", "+447400123456"),
        ("zh-Hant-TW", "0912 345 678", "+886912345678"),
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


@pytest.mark.parametrize("languages", ["de", "es", "es-419", "en-001", "tlh", "de-Latn", "de-XX", "en-US", "fr-FR,en"])
def test_a_language_without_a_region_names_no_country_and_a_number_must_be_valid_in_one(languages):
    with pytest.raises(BadInput):
        identifiers.phone("01512 3456789", Client(languages=languages))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("+54 9 11 2345 6789", "+5491123456789"),
        ("+54 11 15 2345 6789", "+5491123456789"),
        ("+54 9 11 15 2345 6789", "+5491123456789"),
        ("+55 11 8123 4567", "+5511981234567"),
        ("+55 11 98123-4567", "+5511981234567"),
    ],
)
def test_the_spellings_of_old_plans_are_read(typed, number):
    assert identifiers.phone(typed, HOME) == number


@pytest.mark.parametrize(
    ("languages", "typed", "number"),
    [
        ("es-MX", "044 55 1234 5678", "+525512345678"),
        ("es-MX", "1 55 1234 5678", "+525512345678"),
        ("es-AR", "011 15 2345-6789", "+5491123456789"),
        ("pt-BR", "(11) 8123-4567", "+5511981234567"),
    ],
)
def test_they_are_read_as_they_were_dialled_at_home(languages, typed, number):
    assert identifiers.phone(typed, Client(languages=languages)) == number


@pytest.mark.parametrize(
    ("typed", "languages", "chosen", "reading"),
    [
        (GERMAN, "fr-FR", "", (GERMAN, "", False)),
        ("0049 1512 3456789", "fr-FR", "", (GERMAN, "", False)),
        ("01512 3456789", "de-DE", "", (GERMAN, "DE", True)),
        ("01512 3456789", "fr-FR,de-DE", "", (GERMAN, "DE", True)),
        ("01512 3456789", "fr-FR", "", ("", "FR", True)),
        ("01512 3456789", "fr-FR", "DE", (GERMAN, "DE", True)),
        ("01512 3456789", "de-DE", "FR", ("", "FR", True)),
        ("01512 3456789", "es-419", "", ("", "", True)),
        ("01512 3456789", "de-DE", "XX", (GERMAN, "DE", True)),
        ("01512 3456789", "de-DE", None, (GERMAN, "DE", True)),
        ("alice", "de-DE", "DE", ("", "", False)),
        (7, "de-DE", "DE", ("", "", False)),
    ],
)
def test_a_page_learns_how_a_number_is_read_and_whether_it_needs_a_country(typed, languages, chosen, reading):
    assert identifiers.read_phone(typed, Client(languages=languages), chosen) == reading


def test_countries_are_named_and_sorted_in_the_language_of_the_reader():
    french, english = (identifiers.countries(language) for language in ("fr", "en"))

    assert ("DE", "Allemagne", 49) in french
    assert ("DE", "Germany", 49) in english
    names = [name for _, name, _ in french]
    assert names.index("Égypte") < names.index("Finlande")
    assert len(french) == len(english) > 200
    assert identifiers.countries("tlh") == english


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
    "+1 201 555 CALL",
    "+12015550100, +12015550101",
    "+1 201 555 0100\x00",
    "\ud800" + AMERICAN,
    "+" * 40,
    "+" + "1" * 39,
    "1" * 10_000,
    "' OR 1=1 --",
    "\U0001f4de",
]


@pytest.mark.parametrize("typed", [*NOT_TEXT, *NOT_NUMBERS], ids=lambda typed: ascii(typed)[:40])
def test_an_invalid_number_is_refused_with_a_message_for_its_field(typed):
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
def test_a_malformed_stored_number_is_no_number(text):
    assert not identifiers.is_number(text)
    assert identifiers.dialled(text) == text


def test_where_phones_are_off_nothing_is_a_number(configure):
    configure(AUTHAPP_PHONES="false")

    with pytest.raises(BadInput) as refusal:
        identifiers.phone(GERMAN, HOME)

    assert refusal.value.message == "Phone numbers are not used here."
    with pytest.raises(BadInput, match="BadInput") as refusal:
        identifiers.lookup("+49 1512 3456789", HOME)
    assert refusal.value.message == "Enter an email address, like name@example.com."
