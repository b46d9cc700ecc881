"""The guards of a product: its pages, what is closed, and the list of what is open."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar

import reflex as rx
from reflex.utils import prerequisites
from reflex_base.constants import Dirs, Endpoint
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_route

from authapp import routes
from authapp.core.guards import EVERYBODY, MEMBERS, Allow
from authapp.core.places import Place, page_path
from authapp.states import guards as declared
from authapp.ui.guard import guarded

Look = TypeVar("Look", bound=Callable[..., rx.Component])
_ALIVE = {str(Endpoint.PING), str(Endpoint.HEALTH)}  # by which whoever runs it knows that it does


def page(
    *, route: str, title: Any = None, allow: Allow | None = None, **more: Any
) -> Callable[[Callable[[], rx.Component]], Callable[[], rx.Component]]:
    """A page of the product, and for whom it is.

    Visitors are led to the login page and back before any of it is sent; members who may not see it are told so in its
    place. What its function writes is in the public scripts all the same, as everything is that Reflex compiles: what
    is not for everybody belongs into guarded vars.

    Args:
        route: where it is, as in `rx.page`.
        title: what its tab is called; a text of a page, said with `say_on_page`, is turned like all others.
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal, sync
            or async. Without it: everybody, or members where everything is closed.
        more: what `rx.page` takes besides.
    """
    if allow is not None:
        declared.page(route, allow)

    def declare(look: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
        rx.page(route=route, title=title, **more)(look)
        return look

    return declare


class Open(NamedTuple):
    """What anybody may reach of a product, without a log-in; events and vars like `shop.shop.ShopState.greet`."""

    pages: list[str]
    events: list[str]
    vars: list[str]
    routes: list[str]


class Law:
    """For whom each path of an app is that is none of ours."""

    def __init__(self, app: rx.App, ours: Collection[str], open_routes: Sequence[str]) -> None:
        self.app = app
        self.ours = {format_route(route) for route in ours}
        self.open_routes = tuple(open_routes)
        self._open_folders = tuple(one for one in open_routes if one.endswith("/"))
        self._is_file = lru_cache(maxsize=4096)(_is_file)

    def __call__(self, path: str) -> Place:
        """For whom a path is, and what is there.

        A page is known by each of its spellings. What is open is so as it was declared, to the letter: the app behind
        the guard reads paths to the letter too.
        """
        if self._is_file(path):
            return Place(EVERYBODY, is_file=True)
        if path in _ALIVE or path in self.open_routes or f"{path}/".startswith(self._open_folders):
            return Place(EVERYBODY)
        otherwise = MEMBERS if declared.is_closed() else EVERYBODY
        plain = page_path(path)
        route = self.app.router(plain)
        if route is None:
            return Place(otherwise)
        allow = EVERYBODY if route in self.ours else declared.of_page(route)
        is_literal = path in (plain, f"{plain.rstrip('/')}/")
        return Place(otherwise if allow is EVERYBODY and not is_literal else allow, is_page=True)

    def open(self) -> Open:
        """What anybody may reach of the product."""
        handlers = RegistrationContext.get().event_handlers.items()
        states = declared.product_states()
        pages = dict.fromkeys([*self.app._unevaluated_pages, *decorated()])
        return Open(
            sorted(one for one in pages if one not in self.ours and declared.of_page(one) is EVERYBODY),
            sorted(
                f"{declared.called(known.states[0])}.{name.rpartition('.')[2]}"
                for name, known in handlers
                if declared.is_of_product(known.states[0])
                and not name.endswith(".setvar")
                and declared.of_handler(known) is EVERYBODY
            ),
            sorted(
                f"{declared.called(one)}.{var}"
                for one in states
                for var in declared.vars_of(one)
                if declared.of_var(one, var) is EVERYBODY
            ),
            sorted(self.open_routes) if declared.is_closed() else ["everything"],
        )


def _is_file(path: str) -> bool:
    """Whether a path is a file of the build that is no page; what is written otherwise is none, though it be found."""
    if "//" in path or ".html" in path:
        return False
    public = (prerequisites.get_web_dir() / Dirs.STATIC).resolve()
    try:
        file = (public / path.lstrip("/")).resolve()
        return bool(file.is_relative_to(public) and file.is_file())
    except (OSError, ValueError):  # it cannot be the name of any
        return False


def take_over(law: Law) -> None:
    """Guard every page of the product, whether it is there already or comes later, and what runs when it opens."""
    app, home = law.app, format_route(routes.route("home"))
    add, load_events = app.add_page, app.get_load_events
    dressed: dict[tuple[int, str], tuple[Any, Any]] = {}
    again: dict[str, tuple[Any, ...]] = {}

    def dress(look: Any, route: str) -> Any:
        """The same for the same page each time: Reflex adds pages again, and takes another look for another page."""
        if (id(look), route) not in dressed:
            dressed[id(look), route] = (look, _guarded(look, route, law.ours))
        return dressed[id(look), route][1]

    @wraps(add)
    def guarded_add(component: Any = None, route: str | None = None, *args: Any, **more: Any) -> None:
        named = route if route is not None or not callable(component) else component.__name__
        name = format_route(named or "")
        if name == home and name in law.ours:  # the product's own takes the place of ours
            law.ours.discard(name)
            app._unevaluated_pages.pop(name, None)
        given = (component, *args, *more.values())
        if name in app._unevaluated_pages and [*map(id, given)] == [*map(id, again.get(name, ()))]:
            return  # Reflex adds what is decorated each time it compiles
        again[name] = given
        add(dress(component, name), route, *args, **more)

    app.add_page = guarded_add

    def of_page(path: str) -> Any:
        """What runs when a page opens; of the product's, nothing for whom it is shut."""
        return [] if declared.shut.get() and app.router(path) not in law.ours else load_events(path)

    app.get_load_events = of_page
    for route, there in app._unevaluated_pages.items():
        object.__setattr__(there, "component", dress(there.component, route))


def _guarded(look: Any, route: str, ours: Collection[str]) -> Any:
    if route in ours or route == "404" or look is None:
        return look

    def draw(*given: Any, **more: Any) -> rx.Component:
        drawn = look(*given, **more) if callable(look) else look
        law = declared.of_page(route)
        return drawn if law is EVERYBODY and not declared.is_closed() else guarded(drawn, route, law is EVERYBODY)

    return wraps(look)(draw) if callable(look) else draw


def decorated() -> list[str]:
    """The routes of the pages that were declared so far, which Reflex adds when it compiles."""
    pages = RegistrationContext.ensure_context().decorated_pages
    return [format_route(kwargs.get("route") or look.__name__) for look, kwargs in pages]
