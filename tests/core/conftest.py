"""After every rule, whatever it is: people are found by what they are called and reached by, and by nothing else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from authapp.core import Db, words
from authapp.models import Email, Phone, User, Word
from tests.people import do


@pytest.fixture(autouse=True)
def words_stay_true(request: pytest.FixtureRequest) -> Iterator[None]:
    """Holds after each test, but for those that write addresses into the tables themselves."""
    uses = {"database", "db"} & set(request.fixturenames) and not request.node.get_closest_marker("own_rows")
    if uses:
        request.getfixturevalue("database")
    yield
    if uses:
        assert do(kept_words) == do(true_words)


def kept_words(db: Db) -> set[tuple[str, str]]:
    return {(one.word, str(one.user_id)) for one in db.execute(select(Word.word, Word.user_id))}


def true_words(db: Db) -> set[tuple[str, str]]:
    found = set()
    for id, first, last in db.execute(select(User.id, User.first_name, User.last_name)).all():
        addresses = db.execute(select(Email.address).where(Email.user_id == id)).scalars()
        numbers = db.execute(select(Phone.number).where(Phone.user_id == id)).scalars()
        found |= {(word, str(id)) for word in words.of(first, last, addresses, numbers)}
    return found
