"""URLs in settings: their spelling, and whether secrets may be sent to them."""

import re
from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def ascii_host(url: str) -> str:
    """Spell the host of a URL in ASCII (punycode, UTS 46), as browsers do.

    Raises:
        ValueError: the host is not a valid host name.
    """
    host = urlsplit(url).hostname or ""
    if host.isascii():
        return url
    import idna  # imported late: large tables that few need

    return re.sub(re.escape(host), idna.encode(host, uts46=True).decode(), url, count=1, flags=re.IGNORECASE)


def safe_url(url: str) -> bool:
    """Return whether secrets may be sent to a URL: over https, or to this computer."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_local) and not (parts.username or parts.fragment)


def is_private(url: str) -> bool:
    """Return whether nobody on the way reads what a browser sends to a URL: it is encrypted, or for this computer."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


def origin(value: str) -> str:
    """Return a URL as a browser spells its origin.

    Raises:
        ValueError: it is not an origin, like https://example.com.
    """
    parts = urlsplit(ascii_host(value))  # raises ValueError if it is not a URL at all
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or not parts.hostname or rest:
        raise ValueError("must be http:// or https:// and a host, without a path, like https://example.com")
    default_port = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default_port) else "")
