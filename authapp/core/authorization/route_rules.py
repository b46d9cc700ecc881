"""Route rules: the normal form of a path, its access rule, and the kind of resource it leads to."""

import posixpath
import re
from typing import NamedTuple

from authapp.core.authorization.access import Allow

_COPIES = re.compile(r"(/index)?\.html(\.(gz|br|zst))?$|/index$")  # other paths that serve the same static page
PASSWORD = "/.well-known/change-password"  # noqa: S105 - a path (W3C), to which password managers lead
_BY_THEMSELVES = re.compile(r"/(favicon\.ico|robots\.txt|apple-touch-icon[^/]*|\.well-known/.*)")


class RouteRule(NamedTuple):
    """Access rule of a path, and the kind of resource it leads to."""

    allow: Allow
    is_page: bool = False
    is_file: bool = False  # a file of the build that is not a page: a script, a picture


def is_straight(path: str) -> bool:
    """Return whether a path is absolute and has no `.` or `..` segment and no null character.

    Such segments can be resolved differently here and by the app, which would bypass an access rule.
    """
    return path.startswith("/") and "\0" not in path and {".", ".."}.isdisjoint(path.split("/"))


def page_path(path: str) -> str:
    """Return the normal form of a page's path: `//settings/` and `/settings.html` become `/settings`."""
    return _COPIES.sub("", posixpath.normpath(f"/{path.lstrip('/')}")) or "/"


def is_asked_by_browsers(path: str) -> bool:
    """Return whether browsers and crawlers request a path by themselves, like `/favicon.ico`."""
    return _BY_THEMSELVES.fullmatch(path) is not None
