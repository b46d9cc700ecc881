"""Redirect targets: only absolute paths of our own origin. Also the refusals that a redirect reports in its URL."""

import json
import re
from datetime import timedelta
from urllib.parse import quote, urlsplit

from authapp.core.base import clock, errors, tokens
from authapp.core.base.errors import Refusal
from authapp.core.base.routes import route

LINKED = "linked"  # fragment of the settings page: the section with the linked accounts
REASON_LIFE = timedelta(minutes=5)
_ODD = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")


def safe(path: object, otherwise: str = "/") -> str:
    """Return the path with its query and fragment if it stays on our own origin, else `otherwise`.

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
    """Return the path of the login page that continues to `path` after the login."""
    target = safe(path)
    login = route("login")
    return login if target == route("home") else f"{login}?next={quote(target, safe='/')}"


def reason(refusal: Refusal) -> str:
    """Return the value that reports a refusal in a URL: its code, or its encrypted message if the code is not enough.

    Anybody can write a URL. A message in it is accepted only if we encrypted it, and only for five minutes.
    """
    if errors.message_of(refusal.code, ""):
        return refusal.code
    facts = [refusal.message[:300], (clock.now() + REASON_LIFE).timestamp()]
    return tokens.to_text(tokens.seal("refusal", json.dumps(facts).encode()))


def reason_in_words(value: object, label: str) -> str:
    """Return the message of the refusal that a URL reports; empty if the value is not ours or has expired."""
    if not isinstance(value, str) or len(value) > 4000:
        return ""
    if words := errors.message_of(value, label):
        return words
    content = tokens.unseal("refusal", tokens.from_text(value))
    words, until = json.loads(content) if content else ("", 0.0)
    return str(words) if clock.now().timestamp() < until else ""
