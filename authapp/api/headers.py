"""Security headers of every response. Pages get a Content Security Policy (CSP) without `unsafe-eval`."""

import base64
import hashlib
import re
from functools import lru_cache

from starlette.types import Message, Send

from authapp.api.docs import DOCS
from authapp.config import settings
from authapp.core.base import headers
from authapp.core.base.headers import A_YEAR, DIRECTIVES, Headers
from authapp.core.base.process_state import cache
from authapp.core.base.routes import route
from authapp.installation.reflex_seams import build_folder

_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
# Kinds of responses, by their policy. HTML runs scripts; nothing else loads anything.
PAGE, DOCS_PAGE, WORKER, MEDIA, FILE, NOT_MODIFIED = "page", "docs", "worker", "media", "file", "not modified"
_HTML = ("text/html", "application/xhtml+xml")
_WORKERS = ("worker", "sharedworker", "serviceworker")  # Fetch standard: values of `Sec-Fetch-Dest`
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
# The page in which a browser shows a picture, sound or video by itself has styles, and gets the file again. Firefox and
# Safari apply the policy of an SVG also in `<img>`: without styles it would be black.
_SHOWN = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; frame-ancestors 'none'"


def with_headers(path: str, send: Send, *, is_asset: bool = False, destination: str = "") -> Send:
    """Add the security headers to a response, except those that it has already.

    Args:
        path: path of the request.
        send: where the response goes.
        is_asset: whether the path is a file of the build whose name has a digest of its content.
        destination: the header `Sec-Fetch-Dest` of the request, which browsers set.
    """
    of_link = f"{path}/".startswith(f"{route('link')}/")

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower(): value for name, value in message.get("headers", [])}
            status, content_type = message["status"], present.get(b"content-type", b"").decode("latin-1").lower()
            policy = caching(path, content_type, status, is_asset=is_asset)
            extra = [
                *security(_kind(path, status, content_type, destination), of_link=of_link),
                *([(b"cache-control", policy)] if policy else []),
            ]
            message["headers"] = [*message.get("headers", []), *(pair for pair in extra if pair[0] not in present)]
        await send(message)

    return send_with_headers


def _kind(path: str, status: int, content_type: str, destination: str) -> str:
    """Return which policy a response needs. Other content types may load nothing."""
    if status == 304:
        return NOT_MODIFIED
    media_type = content_type.partition(";")[0].strip()
    if media_type in _HTML and not 300 <= status < 400:
        return DOCS_PAGE if path.startswith(DOCS) else PAGE
    if destination in _WORKERS:
        return WORKER
    return MEDIA if media_type.startswith(("image/", "audio/", "video/")) else FILE


@cache
@lru_cache(maxsize=16)
def security(kind: str = PAGE, *, of_link: bool = False) -> list[tuple[bytes, bytes]]:
    """Return the security headers of a response (OWASP HTTP Headers Cheat Sheet, Secure Headers Project).

    Args:
        kind: a page, or another kind of response, see above.
        of_link: for the page of mailed links, whose URL must not leak as a referrer.
    """
    product = headers.headers()
    lines = {
        "content-security-policy": _policy(kind, product),
        "x-content-type-options": "nosniff",
        "x-frame-options": product.frame_options if kind == PAGE else "DENY",
        "referrer-policy": "no-referrer" if of_link else "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": product.permissions_policy,
        "strict-transport-security": product.hsts if settings().https else "",
    }
    return [(name.encode(), value.encode()) for name, value in lines.items() if value]


def caching(path: str, content_type: str, status: int, *, is_asset: bool) -> bytes:
    """Return the `Cache-Control` of a response: hashed assets for a year, pages and API answers never."""
    if is_asset and status in (200, 206, 304):
        return f"public, max-age={A_YEAR}, immutable".encode()
    # A stored page would come back with the "Back" button after the user logged out.
    return b"no-store" if content_type.startswith("text/html") or _is_call(path) else b""


def _is_call(path: str) -> bool:
    return path.startswith(("/api/", f"{settings().rpc_path}/"))


def _policy(kind: str, product: Headers) -> str:
    """Return the Content Security Policy of a kind of response."""
    if kind == PAGE:
        return _csp(product, _inline_scripts())
    if kind == DOCS_PAGE:
        return _csp(Headers(), set())
    if kind == WORKER:
        return _csp(product, set())  # a worker runs under the policy of its file
    if kind == NOT_MODIFIED:
        return ""  # the browser would replace the policy of the page that it stored (RFC 9111, 3.2)
    return _SHOWN if kind == MEDIA else _NOTHING


def _csp(product: Headers, digests: set[str]) -> str:
    """Return the policy of a page: the strict default, and what the product opens."""
    rules: dict[str, tuple[str, ...]] = {
        "default-src": ("'self'",),
        "script-src": ("'self'", *(f"'sha256-{digest}'" for digest in sorted(digests))),
        "style-src": ("'self'", "'unsafe-inline'"),  # Reflex writes style attributes
        "img-src": ("'self'", "data:"),
        "connect-src": ("'self'", settings().url.replace("http", "ws", 1)),
        "object-src": ("'none'",),
        "base-uri": ("'none'",),
        "form-action": ("'self'",),
        "frame-ancestors": tuple(product.frame_ancestors) or ("'none'",),
    }
    for name, directive in DIRECTIVES.items():
        if name != "frame_ancestors" and (sources := getattr(product, name)):
            rules[directive] = (*rules.get(directive, ("'self'",)), *sources)
    return "; ".join(" ".join((directive, *dict.fromkeys(sources))) for directive, sources in rules.items())


def _inline_scripts() -> set[str]:
    """Return the digests of the inline scripts in the built pages. The CSP lets no other inline script run."""
    digests = set()
    for page in build_folder().rglob("*.html"):
        for script in _INLINE.findall(page.read_text(encoding="utf-8")):
            if script:
                digests.add(base64.b64encode(hashlib.sha256(script.encode()).digest()).decode())
    return digests
