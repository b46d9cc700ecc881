"""Guarded pages: their content, or a screen that refuses access in its place."""

from collections.abc import Collection
from functools import wraps
from typing import Any

import reflex as rx

from authapp.core.authorization.access import PUBLIC
from authapp.core.base import routes
from authapp.guards import registry
from authapp.guards.context import shut
from authapp.guards.route_rules import RouteRules
from authapp.installation.reflex_seams import format_route, pages_of, replace_component, replace_page_methods
from authapp.states.account import Account
from authapp.ui.browser import Guarded, SignedOut
from authapp.ui.layout import card, dialogs, frame, link, paragraph
from authapp.ui.texts import t


def guard_pages(rules: RouteRules) -> None:
    """Guard every page of the product, present or added later, and the events that run when it opens."""
    app, home = rules.app, format_route(routes.route("home"))
    add, load_events = app.add_page, app.get_load_events
    guarded_pages: dict[tuple[int, str], tuple[Any, Any]] = {}
    added_pages: dict[str, tuple[Any, ...]] = {}  # arguments by route

    def guard(page: Any, route: str) -> Any:
        """Return the guarded page, the same object each time: Reflex takes a different object for another page."""
        if (id(page), route) not in guarded_pages:
            guarded_pages[id(page), route] = (page, _guarded(page, route, rules.ours))
        return guarded_pages[id(page), route][1]

    @wraps(add)
    def guarded_add(component: Any = None, route: str | None = None, *args: Any, **kwargs: Any) -> None:
        route_or_name = route if route is not None or not callable(component) else component.__name__
        name = format_route(route_or_name or "")
        if name == home and name in rules.ours:  # the page of the product replaces ours
            rules.ours.discard(name)
            pages_of(app).pop(name, None)
        arguments = (component, *args, *kwargs.values())
        if name in pages_of(app) and [*map(id, arguments)] == [*map(id, added_pages.get(name, ()))]:
            return  # Reflex adds the decorated pages again each time it compiles
        added_pages[name] = arguments
        add(guard(component, name), route, *args, **kwargs)

    def allowed_load_events(path: str) -> Any:
        """Return the load events of a page. For a page of the product that the caller may not open, return none."""
        return [] if shut.get() and app.router(path) not in rules.ours else load_events(path)

    replace_page_methods(app, guarded_add, allowed_load_events)
    for route, page in pages_of(app).items():
        replace_component(page, guard(page.component, route))


def _guarded(page: Any, route: str, ours: Collection[str]) -> Any:
    if route in ours or route == "404" or page is None:
        return page

    def draw(*args: Any, **kwargs: Any) -> rx.Component:
        content = page(*args, **kwargs) if callable(page) else page
        is_open = registry.of_page(route) is PUBLIC
        return content if is_open and not registry.is_closed() else guarded(content, route, is_open)

    return wraps(page)(draw) if callable(page) else draw


def guarded(content: rx.Component, page: str, is_open: bool) -> rx.Component:
    """Return a page that shows nothing before the access rule is checked.

    Args:
        content: content for users with access.
        page: route of the page, in Reflex's format.
        is_open: whether everybody has access; the page then only gets the dialogs.
    """
    full_content = (
        content if _has_dialogs(content) else rx.fragment(content, rx.el.div(dialogs(), class_name="authapp"))
    )
    if is_open:
        return full_content
    return Guarded.create(
        rx.fragment(full_content),
        rx.fragment(denied_screen()),
        page=page,
        shown=Account.page,
        is_open=Account.page_open,
        who=Account.who,
        known=Account.known,
        login=routes.route("login"),
    )


def denied_screen() -> rx.Component:
    """Return the screen for users without access to a page."""
    return frame(
        card(
            t("No access"),
            paragraph(t("Your account has no access to this page. If that changes, the page opens by itself.")),
            rx.el.p(link(t("Back to the main page"), routes.route("home")), class_name="links"),
        )
    )


def _has_dialogs(content: rx.Component) -> bool:
    return isinstance(content, SignedOut) or any(
        _has_dialogs(child) for child in content.children if isinstance(child, rx.Component)
    )
