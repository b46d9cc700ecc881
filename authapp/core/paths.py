"""Where may we send the browser: absolute paths of our own origin, and nothing else."""

import re
from urllib.parse import quote, urlsplit

HOME = "/"
LOGIN = "/login"
SETTINGS = "/settings"
SECURED = "/secured"
CLOSED = "/closed"
WAITING = "/waiting"
LINKED = "linked"  # the part of the settings about accounts elsewhere
APPROVED = "/approved"
CONFIRMED = "/confirmed"
_ODD = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")


def safe(path: object, otherwise: str = HOME) -> str:
    """The path when it stays on our own origin, with its query and fragment; else `otherwise`.

    Refuses what browsers read as another host or a script: `//host`, `/\\host`, `javascript:`, control
    characters (OWASP Unvalidated Redirects and Forwards Cheat Sheet).
    """
    if not isinstance(path, str) or len(path) > 2000 or _ODD.search(path):
        return otherwise
    try:
        parts = urlsplit(path)
    except ValueError:
        return otherwise
    leads_away = parts.scheme or parts.netloc or path.startswith("//") or "//" in parts.path
    return path if path.startswith("/") and not leads_away else otherwise


def login_then(path: str) -> str:
    """The login page, which leads on to a path of ours."""
    target = safe(path)
    return LOGIN if target == HOME else f"{LOGIN}?next={quote(target, safe='/')}"
