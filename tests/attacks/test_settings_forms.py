"""The forms of the settings over the socket: a tab without a session, and a password that is sent once or twice."""

import pytest

from authapp.core.base.errors import SessionExpired
from tests.kit.users import PASSWORD
from tests.kit.web.flows import settings_tab
from tests.kit.web.sockets import Intruder

NEW = "another long password"


def test_a_tab_without_a_session_loads_no_names_and_shows_no_refusal(server):
    with Intruder(server, tab="no names", path="/login") as tab:
        tab.call("settings.personal_data_state.load")
        tab.settle()

        assert tab.of("settings.personal_data_state")["answers"] == 1
        assert tab.of("settings.personal_data_state")["refusal"] == ""
        assert SessionExpired.message not in tab.everything


def test_the_page_sends_a_new_password_once(server, alice):
    with settings_tab(server, alice, "once") as tab:
        tab.call("settings.password_state.set_password", form={"password": NEW})

        assert tab.ordered("restart")["ticket"]


@pytest.mark.parametrize("confirmation", ["", "other", PASSWORD, 7])
def test_a_confirmation_that_differs_is_refused(server, alice, confirmation):
    with settings_tab(server, alice, f"twice {confirmation}") as tab:
        tab.call("settings.password_state.set_password", form={"password": NEW, "confirmation": confirmation})
        tab.settle()

        assert tab.of("settings.password_state")["refused_field"] == "confirmation"
        assert tab.orders == []
