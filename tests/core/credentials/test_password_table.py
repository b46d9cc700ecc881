"""The table of passwords on which page and server agree, and the list of common passwords of the page."""

import json
from pathlib import Path

import pytest

from authapp.core.base.errors import WeakPassword
from authapp.core.credentials import passwords
from tests.kit import common_passwords

TABLE = json.loads((Path(__file__).parents[2] / "ui/browser/forms/passwords.json").read_text(encoding="utf-8"))
WORDS = {"short": "at least", "long": "at most", "odd": "typed on every keyboard", "common": "is common"}
WORDS |= {"repetitive": "simple pattern", "pattern": "simple pattern", "own": "your name or address"}


@pytest.mark.parametrize("row", TABLE["passwords"], ids=lambda row: ascii(row["password"][:24]))
def test_the_server_judges_a_password_as_the_page_does(configure, row):
    configure(AUTHAPP_PASSWORD_MIN_LENGTH=TABLE["least"])
    password, verdict = row["password"], row.get("server", row["verdict"])
    if verdict in ("good", "strong"):
        assert passwords.check(password, password, TABLE["own"]) == password
        return

    with pytest.raises(WeakPassword) as refused:
        passwords.check(password, password, TABLE["own"])

    assert WORDS[verdict] in str(refused.value.message) or password == ""


def test_page_and_server_differ_only_about_words_that_the_page_does_not_have():
    assert {row["server"] for row in TABLE["passwords"] if "server" in row} == {"common"}
    assert len(TABLE["passwords"]) >= 200


def test_the_list_of_the_page_is_current_and_small():
    assert common_passwords.TARGET.read_text(encoding="utf-8") == common_passwords.content()
    assert common_passwords.TARGET.stat().st_size <= 8192
