"""Content of the built pages, before any script runs."""

import re

import pytest

from authapp.pages import table
from authapp.pages.forgot import forgot_page
from authapp.pages.home import home_page
from authapp.pages.login import login_page
from authapp.pages.settings import settings_page
from authapp.pages.sign_up import sign_up_page
from authapp.pages.waitlist import waitlist_page
from tests.kit.providers.oidc import origins

WORK = {"name": "work", "label": "Work at last", "issuer": "https://id.example", "client_id": "a client of ours"}


def built(page) -> str:
    return str(page().render())


@pytest.mark.parametrize("page", [login_page, sign_up_page])
def test_the_buttons_of_other_origins_are_in_the_page_without_their_settings(configure, page):
    configure(AUTHAPP_PROVIDERS=origins({**WORK, "client_secret": "a secret to keep"}))

    said = built(page)

    assert "Work at last" in said
    for kept in ("id.example", "a client of ours", "a secret to keep"):
        assert kept not in said


@pytest.mark.parametrize("page", [login_page, sign_up_page])
def test_without_origins_there_are_none(configure, page):
    configure(AUTHAPP_PROVIDERS=None)

    assert "Work at last" not in built(page)


@pytest.mark.parametrize("page", [login_page, home_page])
def test_where_sign_up_is_closed_nothing_leads_there(configure, page):
    assert "/signup" in built(page)

    configure(AUTHAPP_SIGN_UP="closed")

    assert "/signup" not in built(page)


@pytest.mark.parametrize("page", [login_page, sign_up_page])
def test_where_an_invitation_is_needed_the_pages_lead_to_the_waiting_list(configure, page):
    assert "/preregister" not in built(page)

    configure(AUTHAPP_SIGN_UP="invitation")

    said = built(page)
    assert "/preregister" in said
    assert "With phone" not in said
    assert "/signup" not in said


def test_the_waiting_list_says_when_nobody_has_to_wait(configure):
    assert "/signup" in built(waitlist_page)

    configure(AUTHAPP_SIGN_UP="closed")

    assert "/signup" not in built(waitlist_page)


def test_where_sign_up_is_closed_its_page_says_so_and_asks_nothing(configure):
    assert "With phone" in built(sign_up_page)

    configure(AUTHAPP_SIGN_UP="closed")

    said = built(sign_up_page)
    assert "Sign-up is closed" in said
    assert "With phone" not in said
    assert "/login" in said


def ids(render) -> list[str]:
    return re.findall(r'(?<![\w-])id:"([\w-]+)"', render)


@pytest.mark.parametrize("page", [sign_up_page, forgot_page])
def test_no_field_has_the_fragment_of_a_tab_as_its_id(page):
    said = built(page)

    assert '["email", "phone"]' in said
    assert {"email", "phone"}.isdisjoint(ids(said))
    assert {"email-address", "phone-number"} <= {*ids(said)}


def test_each_page_has_a_description_of_its_own():
    described = [str(page.description) for page in table()]

    assert len({*described}) == len(described)
    assert all(str(page.description) != str(page.title) for page in table())


def test_the_settings_ask_for_a_new_password_once():
    said = built(settings_page)

    assert "Confirm password" not in said
    assert said.count("NewPasswordInput") == 1
