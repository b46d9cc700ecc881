"""Where may we send the browser: absolute paths of our own origin, and nothing else; and what may go with them."""

import json
import re
from datetime import timedelta
from urllib.parse import quote, urlsplit

from authapp.core import clock, errors, tokens
from authapp.core.errors import Refusal
from authapp.routes import route

LINKED = "linked"  # the part of the settings about accounts elsewhere
REASON_LIFE = timedelta(minutes=5)
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


def reason(no: Refusal) -> str:
    """What an address says of a refusal: its code; of one that its code does not tell, the words, sealed.

    Anybody can write an address: a text in it is believed only if it is ours, and not for long.
    """
    if errors.said_of(no.code, ""):
        return no.code
    facts = [no.message[:300], (clock.now() + REASON_LIFE).timestamp()]
    return tokens.to_text(tokens.seal("refusal", json.dumps(facts).encode()))


def reason_in_words(said: object, label: str) -> str:
    """The words of a refusal, by what an address says of it; empty when it is none of ours, or an old one."""
    if not isinstance(said, str) or len(said) > 4000:
        return ""
    if words := errors.said_of(said, label):
        return words
    plain = tokens.unseal("refusal", tokens.from_text(said))
    words, until = json.loads(plain) if plain else ("", 0.0)
    return str(words) if clock.now().timestamp() < until else ""
