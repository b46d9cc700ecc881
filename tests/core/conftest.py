"""Check after every rule: each user's search words match their names, email addresses and phone numbers."""

from collections.abc import Iterator

import pytest

from tests.kit.rules import do
from tests.kit.tables import kept_words, true_words

WRITE_THEMSELVES = {
    "test_a_name_becomes_no_link_of_its_own",
    "test_security_mails_go_to_every_confirmed_address",
    "test_an_unconfirmed_address_finds_nobody",
    "test_the_password_of_the_emails_new_owner_does_not_work",
}


@pytest.fixture(autouse=True)
def words_stay_true(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check the search words after each test, except after tests that write to the tables themselves."""
    uses = {"database", "db"} & set(request.fixturenames) and request.function.__name__ not in WRITE_THEMSELVES
    if uses:
        request.getfixturevalue("database")
    yield
    if uses:
        assert do(kept_words) == do(true_words)
