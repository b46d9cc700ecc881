"""Components of the admin page: search, and the chosen user."""

from typing import Any

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


def _search(query: rx.Var[dict[str, Any]]) -> list[rx.Var[dict[str, Any]]]:
    return [query]


def _person(id: rx.Var[str]) -> list[rx.Var[str]]:
    return [id]


class Search(rx.Component):
    """Search field that searches while the user types; `answered` is the number of the search that the list shows."""

    library = _FILES["search.jsx"]
    tag = "Search"
    id: rx.Var[str]
    answered: rx.Var[int]
    on_search: rx.EventHandler[_search]


class PersonLink(rx.Component):
    """Link that puts a user into the URL of the page; without a user, it leads back to the list."""

    library = _FILES["people.jsx"]
    tag = "PersonLink"
    person: rx.Var[str]
    on_choose: rx.EventHandler[_person]


class ListOrPerson(rx.Component):
    """Switch: the first child until a user is chosen, then the second. It scrolls to the top of each new list page."""

    library = _FILES["people.jsx"]
    tag = "ListOrPerson"
    person: rx.Var[str]
    page: rx.Var[int]
    on_choose: rx.EventHandler[_person]
