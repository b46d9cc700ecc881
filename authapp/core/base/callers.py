"""Callers: IP address and browser of a request, and whether a user logged in with that browser before."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from authapp.core.base import tokens
from authapp.extras import lazy
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import t

if TYPE_CHECKING:
    import ua_parser
else:
    ua_parser = lazy("ua_parser")

REMEMBERED = 10  # users per browser
COOKIE_LIFE = 365 * 86_400  # seconds

# The parser repeats parts of the User-Agent header. An attacker could put a domain there, which mail programs turn
# into a link (phishing). So only these names are shown.
# fmt: off
_BROWSERS = {
    "Android", "Brave", "Chrome", "Chrome Mobile", "Chrome Mobile WebView", "Chrome Mobile iOS", "Chromium",
    "DuckDuckGo", "DuckDuckGo Mobile", "Edge", "Edge Mobile", "Facebook", "Firefox", "Firefox Mobile", "Firefox iOS",
    "HeadlessChrome", "HeadlessFirefox", "IE", "Instagram", "Konqueror", "Mobile Safari", "Mobile Safari UI/WKWebView",
    "Opera", "Opera Mini", "Opera Mobile", "Opera GX", "Python Requests", "QQ Browser", "QQ Browser Mobile", "Safari",
    "Samsung Internet", "UC Browser", "Vivaldi", "Whale", "WebKit Nightly", "Yandex Browser", "curl", "Python-httpx",
    "Python aiohttp", "okhttp", "Wget", "Go-http-client", "Apple Mail", "Epiphany", "SeaMonkey", "Silk", "Amazon Silk",
    "Huawei Browser", "MiuiBrowser", "Pale Moon", "PhantomJS",
}
_SYSTEMS = {
    "Android", "Chrome OS", "Chromecast", "Debian", "Fedora", "FreeBSD", "HarmonyOS", "KaiOS", "Linux", "Mac OS X",
    "NetBSD", "OpenBSD", "Red Hat", "Solaris", "Tizen", "Ubuntu", "Windows", "Windows Phone", "iOS", "tvOS", "watchOS",
}
# fmt: on


class Caller(NamedTuple):
    """The caller of a request, as the guard saw it: IP address, User-Agent, device cookie and languages."""

    ip: str = ""
    user_agent: str = ""
    device: str = ""  # the device cookie, see `remember_device`
    languages: str = ""  # Accept-Language: for the country of a phone number in national format
    language: str = ENGLISH  # the language of our answers
    waiting: str = ""  # the login that waits in this browser, see `tickets.mark`
    proof: str = ""  # solution of a proof of work, see `proof_of_work`
    is_bot: bool = False  # filled a form field that people do not see


@lru_cache(maxsize=1000)
def browser_name(browser: str) -> str:
    """Return a browser's readable name, like `Firefox on Linux`. It repeats nothing else of the User-Agent."""
    agent = ua_parser.parse(browser[:400])
    family = agent.user_agent.family if agent.user_agent else ""
    system = agent.os.family if agent.os else ""
    if family not in _BROWSERS:
        return t("an unknown browser")
    return t("{browser} on {system}", browser=family, system=system) if system in _SYSTEMS else family


def remember_device(caller: Caller, user_id: UUID) -> str:
    """Return the encrypted device cookie. It shows next time that this user logged in with this browser."""
    user_ids = [user_id.hex, *(entry for entry in _remembered_users(caller) if entry != user_id.hex)][:REMEMBERED]
    return tokens.to_text(tokens.seal("device", json.dumps(user_ids).encode()))


def is_known_device(caller: Caller, user_id: UUID) -> bool:
    """Return whether this user logged in with this browser before."""
    return user_id.hex in _remembered_users(caller)


def counted_as(caller: Caller) -> str:
    """Return the name that the calls of a browser without a session are counted under.

    Browsers in which a user logged in before have counters of their own. So a stranger at the same IP address (a
    school, an office) cannot use up their calls. All others count by IP address.
    """
    user_ids = _remembered_users(caller)
    return f"browser of {user_ids[0]}" if user_ids else caller.ip


def with_known_device(caller: Caller, user_id: UUID) -> Caller:
    """Return a caller whose browser counts as known to this user, like one with an open session."""
    return caller if is_known_device(caller, user_id) else caller._replace(device=remember_device(caller, user_id))


@contextmanager
def hold_device_cookie(device: str) -> Iterator[str]:
    """Keep a device cookie in this process while its socket is open. Yields its name for `held_device_cookie`.

    The framework sends the headers of a socket to its page, where scripts can read them. So they hold the name only.
    """
    line = secrets.token_urlsafe(12)
    _lines[line] = device
    try:
        yield line
    finally:
        del _lines[line]


def held_device_cookie(line: str) -> str:
    """Return the device cookie of an open socket; empty if absent."""
    return _lines.get(line, "")


_lines: dict[str, str] = {}


def _remembered_users(caller: Caller) -> list[str]:
    if not caller.device or len(caller.device) > 1000:
        return []
    content = tokens.unseal("device", tokens.from_text(caller.device))
    return list(json.loads(content)) if content else []
