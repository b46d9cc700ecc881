"""Spelling of phone numbers."""

import pytest

from authapp.core.base import identifiers, phone_numbers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput
from tests.kit.users import HOME

NOT_TEXT = [None, 7, 1.5, True, b"alice@example.com", {"address": "alice@example.com"}, ["alice@example.com"]]


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
    assert phone_numbers.phone(typed, HOME) == GERMAN
    assert identifiers.lookup(typed, HOME) == GERMAN
    assert phone_numbers.phone(GERMAN, HOME) == GERMAN


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
    assert phone_numbers.phone(typed, Caller(languages=languages)) == number


def test_the_country_of_the_settings_comes_first(configure):
    configure(AUTHAPP_PHONE_COUNTRY="CH")

    assert phone_numbers.phone("078 123 45 67", Caller(languages="de-DE")) == "+41781234567"
    assert phone_numbers.phone(GERMAN, Caller(languages="de-DE")) == GERMAN
    assert phone_numbers.phone("01512 3456789", Caller(languages="de-DE")) == GERMAN


@pytest.mark.parametrize("languages", ["de", "es", "es-419", "en-001", "tlh", "de-Latn", "de-XX", "en-US", "fr-FR,en"])
def test_a_language_without_a_region_names_no_country_and_a_number_must_be_valid_in_one(languages):
    with pytest.raises(BadInput):
        phone_numbers.phone("01512 3456789", Caller(languages=languages))


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
    assert phone_numbers.phone(typed, HOME) == number


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
    assert phone_numbers.phone(typed, Caller(languages=languages)) == number


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
    assert phone_numbers.read_phone(typed, Caller(languages=languages), chosen) == reading


def test_countries_are_named_and_sorted_in_the_language_of_the_reader():
    french, english = (phone_numbers.countries(language) for language in ("fr", "en"))

    assert ("DE", "Allemagne", 49) in french
    assert ("DE", "Germany", 49) in english
    names = [name for _, name, _ in french]
    assert names.index("Égypte") < names.index("Finlande")
    assert len(french) == len(english) > 200
    assert phone_numbers.countries("tlh") == english


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
        phone_numbers.phone(typed, HOME, "new_phone")

    assert refusal.value.field == "new_phone"
    assert refusal.value.message.endswith(("number.", "0000."))


@pytest.mark.parametrize(
    "languages",
    ["", ",", ";", "-", "x", "\x00", "\ud800", "\u00df\u00df-\u00df\u00df", "de_" * 10_000, "," * 10_000, "../../etc"],
    ids=lambda typed: ascii(typed)[:20],
)
def test_a_whole_number_is_read_with_any_browser_language(languages):
    assert phone_numbers.phone(GERMAN, Caller(languages=languages)) == GERMAN


@pytest.mark.parametrize(
    ("stored", "read"),
    [(GERMAN, "+49 1512 3456789"), (AMERICAN, "+1 201-555-0100"), ("alice@example.com", "alice@example.com")],
)
def test_a_number_is_shown_as_it_is_dialled_and_an_address_as_it_is(stored, read):
    assert phone_numbers.format_phone(stored) == read


@pytest.mark.parametrize("text", ["", "+", "4915123456789", "+49 1512", "+49a", "alice@example.com", "+a@example.com"])
def test_a_malformed_stored_number_is_no_number(text):
    assert not phone_numbers.is_number(text)
    assert phone_numbers.format_phone(text) == text


def test_where_phones_are_off_nothing_is_a_number(configure):
    configure(AUTHAPP_PHONES="false")

    with pytest.raises(BadInput) as refusal:
        phone_numbers.phone(GERMAN, HOME)

    assert refusal.value.message == "Phone numbers are not used here."
    with pytest.raises(BadInput, match="BadInput") as refusal:
        identifiers.lookup("+49 1512 3456789", HOME)
    assert refusal.value.message == "Enter an email address, like name@example.com."
