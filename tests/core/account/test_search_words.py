"""Search words of users: without case and accents, from each part of a name, an email address or a phone number."""

import pytest

from authapp.core.account import search_words


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("Zoë", ["zoe"]),
        ("STRASSE straße", ["strasse"]),
        ("Łódź Ærø", ["lodz", "aero"]),
        ("o'brien O’Neil", ["o brien", "o neil"]),
        ("jean-luc p", ["jean luc", "p"]),
        ("Anna.Schmidt@Example.com", ["anna schmidt example com"]),
        ("@example.com", ["example com"]),
        ("+49 151 23", ["4915123"]),
        ("0049 (151) 23", ["4915123"]),
        ("0151", ["0151"]),
        ("１２３", ["123"]),
        ("🦊 fox", ["🦊", "fox"]),
        ("مريم", ["مريم"]),
        ("a b c d e f g h", ["a", "b", "c", "d", "e", "f"]),
        ("x\x00\x01\u200by", ["xy"]),
        ("a" * 10_000, ["a" * search_words.LONGEST]),
        ("", []),
        ("%", []),
        ("_ * ? '", []),
        ("\ud800", []),
        (None, []),
        ({"a": 1}, []),
    ],
)
def test_a_search_text_matches_the_beginning_of_words(typed, looked_for):
    assert search_words.asked(typed) == looked_for


def test_each_part_of_a_name_comes_first_once_and_keeps_what_follows_it():
    assert search_words.of("Anna Maria", "Müller-Lüdenscheidt", [], []) == {
        "anna maria muller ludenscheidt",
        "maria muller ludenscheidt anna",
        "muller ludenscheidt anna maria",
        "ludenscheidt anna maria muller",
    }


def test_an_address_is_found_by_its_parts_and_its_domain_but_not_by_what_all_end_in():
    assert search_words.of("", "", ["anna.schmidt+shop@mail.example.com"], []) == {
        "anna schmidt shop mail example com",
        "schmidt shop mail example com",
        "shop mail example com",
        "mail example com",
        "example com",
    }


@pytest.mark.parametrize("apostrophe", "'’ʼ`")
def test_a_name_with_an_apostrophe_is_found_with_it_and_without(apostrophe):
    found = search_words.of("Ann", f"O{apostrophe}Neil", [f"o{apostrophe}neil@example.com"], [])

    for typed in (f"o{apostrophe}neil", "ONeil"):
        (beginning,) = search_words.asked(typed)
        assert len([word for word in found if word.startswith(beginning)]) >= 2, "by the name, and by the address"


def test_a_number_is_found_as_it_is_dialled_from_abroad_and_at_home():
    assert search_words.of("", "", [], ["+4915123456789"]) == {"4915123456789", "15123456789", "015123456789"}


def test_a_user_without_names_and_identifiers_has_no_search_words():
    assert search_words.of("", "", [], []) == set()
