"""Where a request comes from: its address, its browser in words, and whether somebody used that browser before."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from ua_parser import parse

from authapp.core import tokens
from authapp.texts import ENGLISH, say

REMEMBERED = 10  # people per browser
COOKIE_LIFE = 365 * 86_400  # seconds

# The parser repeats some of what a browser calls itself, which may be an address that a mail program makes a link of.
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


class Client(NamedTuple):
    """Where a request comes from, as the guard saw it: address, what the browser calls itself, whom it remembers."""

    address: str = ""
    browser: str = ""
    device: str = ""  # the cookie of `remember`
    languages: str = ""  # its Accept-Language: for the country of a number that is typed as one dials it at home
    language: str = ENGLISH  # the one that we speak with them
    waiting: str = ""  # the login that waits in this browser, as `sessions.mark` names it


@lru_cache(maxsize=1000)
def in_words(browser: str) -> str:
    """A browser as a person knows it: `Firefox on Linux`. Of what it calls itself nothing else is repeated."""
    found = parse(browser[:400])
    family = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if family not in _BROWSERS:
        return say("an unknown browser")
    return say("{browser} on {system}", browser=family, system=system) if system in _SYSTEMS else family


def remember(client: Client, user_id: UUID) -> str:
    """What the browser keeps, so that we know next time that this user logged in with it before; sealed."""
    people = [user_id.hex, *(one for one in _remembered(client) if one != user_id.hex)][:REMEMBERED]
    return tokens.to_text(tokens.seal("device", json.dumps(people).encode()))


def knows(client: Client, user_id: UUID) -> bool:
    """Whether the browser remembers that this user logged in with it."""
    return user_id.hex in _remembered(client)


def recognised(client: Client, user_id: UUID) -> Client:
    """A client that counts as known to this user, as one does in which they are signed in."""
    return client if knows(client, user_id) else client._replace(device=remember(client, user_id))


@contextmanager
def on_line(device: str) -> Iterator[str]:
    """Keep a browser's device cookie in this process while its socket is open. Returns the name to ask for it by.

    The framework sends the headers of a socket to its page, where scripts can read them, so the cookie is not in them.
    """
    line = secrets.token_urlsafe(12)
    _lines[line] = device
    try:
        yield line
    finally:
        del _lines[line]


def of_line(line: str) -> str:
    """The device cookie of an open socket; empty where there is none."""
    return _lines.get(line, "")


_lines: dict[str, str] = {}


def _remembered(client: Client) -> list[str]:
    if not client.device or len(client.device) > 1000:
        return []
    plain = tokens.unseal("device", tokens.from_text(client.device))
    return list(json.loads(plain)) if plain else []
