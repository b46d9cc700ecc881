"""The components of `admin.jsx`, which only the admin page needs."""

from typing import Any

import reflex as rx

from authapp.ui.published import published

_LIBRARY = f"$/public/{published(lambda: rx.asset('admin.jsx', shared=True))}"


def _search(asked: rx.Var[dict[str, Any]]) -> list[rx.Var[dict[str, Any]]]:
    return [asked]


def _person(id: rx.Var[str]) -> list[rx.Var[str]]:
    return [id]


class Search(rx.Component):
    """A field whose search is answered while one types; `answered` is the number of the search that the list shows."""

    library = _LIBRARY
    tag = "Search"
    id: rx.Var[str]
    answered: rx.Var[int]
    on_search: rx.EventHandler[_search]


class PersonLink(rx.Component):
    """A link that puts a person into the address of the page; back to the list without one."""

    library = _LIBRARY
    tag = "PersonLink"
    person: rx.Var[str]
    on_choose: rx.EventHandler[_person]


class ListOrPerson(rx.Component):
    """Its first child, until a person is chosen; then its second. Another page of the list is shown from its top."""

    library = _LIBRARY
    tag = "ListOrPerson"
    person: rx.Var[str]
    page: rx.Var[int]
    on_choose: rx.EventHandler[_person]
