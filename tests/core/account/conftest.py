"""A user with two email addresses, and the removal of the newer one."""

from datetime import timedelta

import pytest

from authapp.core.base.routes import route
from authapp.core.credentials.links import Followed
from tests.kit.contacts import add_email, remove_email
from tests.kit.messages import link_about
from tests.kit.users import follow_link, link_text, log_in_again

DAY = timedelta(days=1)
SECOND = "second@example.com"
ASKED = Followed(route("returning"))


@pytest.fixture
def settled(alice, clock):
    """Return Alice, who has had her email address for a month, and another one for almost as long."""
    add_email(alice, SECOND)
    clock.advance(30 * DAY)
    return log_in_again(alice)


@pytest.fixture
def asked(settled):
    """Follow the link in the removal mail of an address, while the account has an older one."""
    remove_email(settled, SECOND)
    key = link_about(SECOND, "was removed")
    assert "unless an older address or number of the account refuses" in link_text(key)
    assert follow_link(key) == ASKED
    return settled
