"""Which pages exist, and where: the one table that every address of ours is read from."""

from collections.abc import Mapping

ROUTES = {
    "home": "/",
    "login": "/login",
    "sign_up": "/signup",
    "preregister": "/preregister",
    "forgot": "/forgot",
    "link": "/link",  # its key is in the fragment, which no server sees
    "settings": "/settings",
    "waiting": "/waiting",
    "confirmed": "/confirmed",
    "approved": "/approved",
    "closed": "/closed",
    "secured": "/secured",
    "returning": "/returning",
    "refused": "/refused",
    "outbox": "/outbox",
    "admin": "/admin",
}
_routes = dict(ROUTES)


def route(page: str) -> str:
    """Where a page is, by its name.

    Raises:
        ValueError: there is no page of that name.
    """
    if page not in _routes:
        raise _unknown(page)
    return _routes[page]


def all_routes() -> dict[str, str]:
    """Where every page is, by its name."""
    return dict(_routes)


def move(to: Mapping[str, str]) -> None:
    """Put pages elsewhere, by their names.

    Raises:
        ValueError: there is no page of that name, the route is not one, or two pages would be in one place.
    """
    if unknown := to.keys() - ROUTES.keys():
        raise _unknown(sorted(unknown)[0])
    for page, path in to.items():
        if not path.startswith("/") or path.startswith("//") or "[" in path or (path != "/" and path.endswith("/")):
            raise ValueError(f"the route of {page!r} must be like /{page}, and not {path!r}")
    moved = ROUTES | dict(to)
    if len(set(moved.values())) < len(moved):
        raise ValueError("two pages cannot have one route")
    _routes.update(moved)


def _unknown(page: str) -> ValueError:
    return ValueError(f"there is no page {page!r}; the pages are {', '.join(ROUTES)}")
