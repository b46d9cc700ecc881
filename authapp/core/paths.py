"""Where may we send the browser: absolute paths of our own origin, and nothing else."""

import re
from urllib.parse import quote, urlsplit

from authapp.routes import route

LINKED = "linked"  # the part of the settings about accounts elsewhere
_ODD = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")


def safe(path: object, otherwise: str = "/") -> str:
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
    login = route("login")
    return login if target == route("home") else f"{login}?next={quote(target, safe='/')}"
