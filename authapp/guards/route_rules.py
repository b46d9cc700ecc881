"""Route rules of an app: the access rule of every path that is not our own, and everything reachable without login."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

import reflex as rx

from authapp.core.authorization.access import PUBLIC, SIGNED_IN
from authapp.core.authorization.route_rules import RouteRule, page_path
from authapp.core.base import headers
from authapp.guards import registry
from authapp.installation.reflex_seams import Dirs, Endpoint, RegistrationContext, format_route, pages_of, prerequisites

Rules = Callable[[str], RouteRule]  # the rule of a path
_ALIVE = {str(Endpoint.PING), str(Endpoint.HEALTH)}  # health checks, for the operator


class Open(NamedTuple):
    """Parts of a product that are reachable without login. Events and vars look like `shop.shop.ShopState.greet`.

    `headers` is what the security headers open compared with the default, like `img-src https://images.example.com`.
    """

    pages: list[str]
    events: list[str]
    vars: list[str]
    routes: list[str]
    headers: list[str]


class RouteRules:
    """Route rules of an app: call it with a path to get the rule of that path."""

    def __init__(self, app: rx.App, ours: Collection[str], public_routes: Sequence[str]) -> None:
        self.app = app
        self.ours = {format_route(route) for route in ours}
        self.public_routes = tuple(public_routes)
        self._open_folders = tuple(folder for folder in public_routes if folder.endswith("/"))
        self._is_file = lru_cache(maxsize=4096)(_is_file)

    def __call__(self, path: str) -> RouteRule:
        """Return the access rule of a path, and the kind of resource that it leads to.

        A page is recognized in every spelling of its path. An open path must match its declaration exactly, because the
        app behind the guard compares paths exactly too.
        """
        if self._is_file(path):
            return RouteRule(PUBLIC, is_file=True)
        if path in _ALIVE or path in self.public_routes or f"{path}/".startswith(self._open_folders):
            return RouteRule(PUBLIC)
        default = SIGNED_IN if registry.is_closed() else PUBLIC
        plain = page_path(path)
        route = self.app.router(plain)
        if route is None:
            return RouteRule(default)
        allow = PUBLIC if route in self.ours else registry.of_page(route)
        is_literal = path in (plain, f"{plain.rstrip('/')}/")
        return RouteRule(default if allow is PUBLIC and not is_literal else allow, is_page=True)

    def open(self) -> Open:
        """Return everything of the product that is reachable without login."""
        handlers = RegistrationContext.get().event_handlers.items()
        states = registry.product_states()
        pages = dict.fromkeys([*pages_of(self.app), *decorated()])
        return Open(
            sorted(page for page in pages if page not in self.ours and registry.of_page(page) is PUBLIC),
            sorted(
                f"{registry.called(handler.states[0])}.{name.rpartition('.')[2]}"
                for name, handler in handlers
                if registry.is_of_product(handler.states[0])
                and not name.endswith(".setvar")
                and registry.of_handler(handler) is PUBLIC
            ),
            sorted(
                f"{registry.called(owner)}.{var}"
                for owner in states
                for var in registry.vars_of(owner)
                if registry.of_var(owner, var) is PUBLIC
            ),
            sorted(self.public_routes) if registry.is_closed() else ["everything"],
            headers.headers().opened(),
        )


def _is_file(path: str) -> bool:
    """Return whether a path is a file of the build, and not a page. Only the exact spelling of the path counts."""
    if "//" in path or ".html" in path:
        return False
    root = (prerequisites.get_web_dir() / Dirs.STATIC).resolve()
    try:
        file = (root / path.lstrip("/")).resolve()
        return bool(file.is_relative_to(root) and file.is_file())
    except (OSError, ValueError):  # not a valid file name
        return False


def decorated() -> list[str]:
    """Return the routes of the pages that were declared so far. Reflex adds these pages when it compiles."""
    pages = RegistrationContext.ensure_context().decorated_pages
    return [format_route(kwargs.get("route") or draw.__name__) for draw, kwargs in pages]
