"""What a path of the app leads to, and for whom it is."""

import posixpath
import re
from typing import NamedTuple

from authapp.core.guards import Allow

# What browsers and crawlers ask for by themselves, while nobody wants anything.
_COPIES = re.compile(r"(/index)?\.html(\.(gz|br|zst))?$|/index$")  # by which a static page is found as well
PASSWORD = "/.well-known/change-password"  # noqa: S105 - a path (W3C), to which password managers lead
_BY_THEMSELVES = re.compile(r"/(favicon\.ico|robots\.txt|apple-touch-icon[^/]*|\.well-known/.*)")


class Place(NamedTuple):
    """For whom a path is, and what is there."""

    allow: Allow
    is_page: bool = False
    is_file: bool = False  # of the build, and no page: a script, a picture


def is_straight(path: str) -> bool:
    """Whether a path names what it leads to: one with `.` or `..` is read in one way here, and in another there."""
    return path.startswith("/") and "\0" not in path and {".", ".."}.isdisjoint(path.split("/"))


def page_path(path: str) -> str:
    """The path of a page, by any spelling that leads to it: `//settings/`, `/settings.html` are `/settings`."""
    return _COPIES.sub("", posixpath.normpath(f"/{path.lstrip('/')}")) or "/"


def is_asked_by_browsers(path: str) -> bool:
    """Whether browsers and crawlers ask for a path by themselves."""
    return _BY_THEMSELVES.fullmatch(path) is not None
