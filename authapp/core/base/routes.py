"""Table of our pages and their paths. Every link to one of our pages uses it."""

from collections.abc import Mapping

ROUTES = {
    "home": "/",
    "login": "/login",
    "sign_up": "/signup",
    "preregister": "/preregister",
    "forgot": "/forgot",
    "link": "/link",  # the key is in the fragment, which browsers do not send to servers
    "settings": "/settings",
    "waiting": "/waiting",
    "confirmed": "/confirmed",
    "approved": "/approved",
    "closed": "/closed",
    "locked": "/secured",
    "returning": "/returning",
    "refused": "/refused",
    "outbox": "/outbox",
    "admin": "/admin",
}
_routes = dict(ROUTES)


def route(page: str) -> str:
    """Return the path of a page.

    Raises:
        ValueError: there is no page with that name.
    """
    if page not in _routes:
        raise _unknown(page)
    return _routes[page]


def all_routes() -> dict[str, str]:
    """Return the paths of all pages by page name."""
    return dict(_routes)


def move(to: Mapping[str, str]) -> None:
    """Move pages to other paths.

    Raises:
        ValueError: there is no page with that name, a path is invalid, or two pages would have the same path.
    """
    if unknown_pages := to.keys() - ROUTES.keys():
        raise _unknown(sorted(unknown_pages)[0])
    for page, path in to.items():
        if not path.startswith("/") or path.startswith("//") or "[" in path or (path != "/" and path.endswith("/")):
            raise ValueError(f"the route of {page!r} must be like /{page}, not {path!r}")
    new_routes = ROUTES | dict(to)
    if len(set(new_routes.values())) < len(new_routes):
        raise ValueError("two pages cannot have the same route")
    _routes.update(new_routes)


def move_back() -> None:
    """Move every page back to its own path, for the next product."""
    _routes.update(ROUTES)


def _unknown(page: str) -> ValueError:
    return ValueError(f"page {page!r} does not exist; the pages are {', '.join(ROUTES)}")
