"""A reset clears every cache, and on request what a product registered, but nothing of our own."""

import pytest

from authapp.core.account import identities
from authapp.core.account.identities import Provider
from authapp.core.authentication import waitlist
from authapp.core.base import hooks, process_state, rate_limits
from authapp.core.credentials import links
from authapp.core.sessions import sessions

OURS = {"invitation", "leave_list"}


@pytest.fixture(autouse=True)
def kept():
    """Restore afterwards what other tests registered."""
    lists = [sessions._info, *(hook._deeds for hook in hooks.HOOKS)]
    before = [list(one) for one in lists]
    tables = [identities._registered, links._actions]
    rows = [dict(one) for one in tables]
    yield
    for one, values in zip(lists, before, strict=True):
        one[:] = values
    for table, values in zip(tables, rows, strict=True):
        table.clear()
        table.update(values)


def register():
    """Register what a product would."""
    hooks.on_sign_up(lambda db, user: None)
    links.action("gift")(lambda db, link: "/")
    identities.register(Provider("work", "Work"))
    sessions.user_info(lambda db, me: {})


def test_a_reset_empties_the_caches_and_keeps_what_the_product_registered():
    register()
    rate_limits._calls["kind", "who", 0] = 1

    process_state.reset()

    assert rate_limits._calls == {}
    assert hooks.on_sign_up
    assert "gift" in links.known()
    assert "work" in identities.providers()
    assert sessions.teller()


def test_a_second_product_starts_without_what_the_first_one_registered():
    register()
    assert waitlist.LIFE  # its module registers our own links

    process_state.reset(product=True)

    assert not hooks.in_use()
    assert "gift" not in links.known()
    assert set(links.known()) >= OURS
    assert "work" not in identities.providers()
    assert sessions.teller() is None
