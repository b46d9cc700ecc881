"""Access rules of the pages and paths of a product, and the list of everything that is reachable without login."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar

import reflex as rx
from reflex.utils import prerequisites
from reflex_base.constants import Dirs, Endpoint
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_route

from authapp import routes
from authapp.core.authorization.access import EVERYBODY, MEMBERS, Allow
from authapp.core.authorization.route_rules import Place, page_path
from authapp.guards import registry
from authapp.guards.screen import guarded

Look = TypeVar("Look", bound=Callable[..., rx.Component])
_ALIVE = {str(Endpoint.PING), str(Endpoint.HEALTH)}  # health checks, for the operator


def page(
    *, route: str, title: Any = None, allow: Allow | None = None, **more: Any
) -> Callable[[Callable[[], rx.Component]], Callable[[], rx.Component]]:
    """Declare a page of the product and its access rule.

    Visitors are redirected to the login page before any of it is sent, and return after the login. Users without access
    see a refusal in its place. The text that the function writes is public nevertheless, because Reflex compiles every
    page into public scripts. Put everything that is not public into guarded vars.

    Args:
        route: path of the page, as in `rx.page`.
        title: title of the browser tab. A text made with `say_on_page` is translated like all others.
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal, sync
            or async. The default is `EVERYBODY`, or `MEMBERS` in a product that was installed with `default="closed"`.
        more: further arguments of `rx.page`.
    """
    if allow is not None:
        registry.page(route, allow)

    def declare(look: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
        rx.page(route=route, title=title, **more)(look)
        return look

    return declare


class Open(NamedTuple):
    """Parts of a product that are reachable without login. Events and vars look like `shop.shop.ShopState.greet`."""

    pages: list[str]
    events: list[str]
    vars: list[str]
    routes: list[str]


class Law:
    """Access rules of the paths of an app that are not our own."""

    def __init__(self, app: rx.App, ours: Collection[str], open_routes: Sequence[str]) -> None:
        self.app = app
        self.ours = {format_route(route) for route in ours}
        self.open_routes = tuple(open_routes)
        self._open_folders = tuple(one for one in open_routes if one.endswith("/"))
        self._is_file = lru_cache(maxsize=4096)(_is_file)

    def __call__(self, path: str) -> Place:
        """Return the access rule of a path, and the kind of resource that it leads to.

        A page is recognized in every spelling of its path. An open path must match its declaration exactly, because the
        app behind the guard compares paths exactly too.
        """
        if self._is_file(path):
            return Place(EVERYBODY, is_file=True)
        if path in _ALIVE or path in self.open_routes or f"{path}/".startswith(self._open_folders):
            return Place(EVERYBODY)
        otherwise = MEMBERS if registry.is_closed() else EVERYBODY
        plain = page_path(path)
        route = self.app.router(plain)
        if route is None:
            return Place(otherwise)
        allow = EVERYBODY if route in self.ours else registry.of_page(route)
        is_literal = path in (plain, f"{plain.rstrip('/')}/")
        return Place(otherwise if allow is EVERYBODY and not is_literal else allow, is_page=True)

    def open(self) -> Open:
        """Return everything of the product that is reachable without login."""
        handlers = RegistrationContext.get().event_handlers.items()
        states = registry.product_states()
        pages = dict.fromkeys([*self.app._unevaluated_pages, *decorated()])
        return Open(
            sorted(one for one in pages if one not in self.ours and registry.of_page(one) is EVERYBODY),
            sorted(
                f"{registry.called(known.states[0])}.{name.rpartition('.')[2]}"
                for name, known in handlers
                if registry.is_of_product(known.states[0])
                and not name.endswith(".setvar")
                and registry.of_handler(known) is EVERYBODY
            ),
            sorted(
                f"{registry.called(one)}.{var}"
                for one in states
                for var in registry.vars_of(one)
                if registry.of_var(one, var) is EVERYBODY
            ),
            sorted(self.open_routes) if registry.is_closed() else ["everything"],
        )


def _is_file(path: str) -> bool:
    """Return whether a path is a file of the build, and not a page. Only the exact spelling of the path counts."""
    if "//" in path or ".html" in path:
        return False
    public = (prerequisites.get_web_dir() / Dirs.STATIC).resolve()
    try:
        file = (public / path.lstrip("/")).resolve()
        return bool(file.is_relative_to(public) and file.is_file())
    except (OSError, ValueError):  # not a valid file name
        return False


def take_over(law: Law) -> None:
    """Guard every page of the product, present or added later, and the events that run when it opens."""
    app, home = law.app, format_route(routes.route("home"))
    add, load_events = app.add_page, app.get_load_events
    dressed: dict[tuple[int, str], tuple[Any, Any]] = {}
    again: dict[str, tuple[Any, ...]] = {}

    def dress(look: Any, route: str) -> Any:
        """Return the guarded component, the same object each time: Reflex takes a different object for another page."""
        if (id(look), route) not in dressed:
            dressed[id(look), route] = (look, _guarded(look, route, law.ours))
        return dressed[id(look), route][1]

    @wraps(add)
    def guarded_add(component: Any = None, route: str | None = None, *args: Any, **more: Any) -> None:
        named = route if route is not None or not callable(component) else component.__name__
        name = format_route(named or "")
        if name == home and name in law.ours:  # the page of the product replaces ours
            law.ours.discard(name)
            app._unevaluated_pages.pop(name, None)
        given = (component, *args, *more.values())
        if name in app._unevaluated_pages and [*map(id, given)] == [*map(id, again.get(name, ()))]:
            return  # Reflex adds the decorated pages again each time it compiles
        again[name] = given
        add(dress(component, name), route, *args, **more)

    app.add_page = guarded_add

    def of_page(path: str) -> Any:
        """Return the load events of a page. For a page of the product that the caller may not open, return none."""
        return [] if registry.shut.get() and app.router(path) not in law.ours else load_events(path)

    app.get_load_events = of_page
    for route, there in app._unevaluated_pages.items():
        object.__setattr__(there, "component", dress(there.component, route))


def _guarded(look: Any, route: str, ours: Collection[str]) -> Any:
    if route in ours or route == "404" or look is None:
        return look

    def draw(*given: Any, **more: Any) -> rx.Component:
        drawn = look(*given, **more) if callable(look) else look
        law = registry.of_page(route)
        return drawn if law is EVERYBODY and not registry.is_closed() else guarded(drawn, route, law is EVERYBODY)

    return wraps(look)(draw) if callable(look) else draw


def decorated() -> list[str]:
    """Return the routes of the pages that were declared so far. Reflex adds these pages when it compiles."""
    pages = RegistrationContext.ensure_context().decorated_pages
    return [format_route(kwargs.get("route") or look.__name__) for look, kwargs in pages]
