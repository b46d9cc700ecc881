"""Security headers of every response, with a Content Security Policy (CSP) without `unsafe-eval`."""

import base64
import hashlib
import re
from functools import lru_cache

from starlette.types import Message, Send

from authapp.api.docs import DOCS
from authapp.config import settings
from authapp.core.base.process_state import cache
from authapp.core.base.routes import route
from authapp.installation.reflex_seams import build_folder

_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
A_YEAR = 31_536_000


def with_headers(path: str, send: Send, *, is_asset: bool = False) -> Send:
    """Add the security headers to a response, except those that it has already."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = dict(message.get("headers", []))
            policy = caching(path, present.get(b"content-type", b"").decode(), message["status"], is_asset=is_asset)
            extra = [
                *security(of_docs=path.startswith(DOCS), of_link=f"{path}/".startswith(f"{route('link')}/")),
                *([(b"cache-control", policy)] if policy else []),
            ]
            message["headers"] = [*message.get("headers", []), *(pair for pair in extra if pair[0] not in present)]
        await send(message)

    return send_with_headers


@cache
@lru_cache(maxsize=4)
def security(*, of_docs: bool = False, of_link: bool = False) -> list[tuple[bytes, bytes]]:
    """Return the security headers of a response (OWASP HTTP Headers Cheat Sheet, Secure Headers Project).

    Args:
        of_docs: for the page of the API documentation, which shows images from responses as `blob:` URLs.
        of_link: for the page of mailed links, whose URL must not leak as a referrer.
    """
    headers = {
        "content-security-policy": _csp("blob:" if of_docs else ""),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer" if of_link else "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    }
    if settings().https:
        headers["strict-transport-security"] = f"max-age={A_YEAR}; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def caching(path: str, content_type: str, status: int, *, is_asset: bool) -> bytes:
    """Return the `Cache-Control` of a response: hashed assets for a year, pages and API answers never."""
    if is_asset and status in (200, 206, 304):
        return f"public, max-age={A_YEAR}, immutable".encode()
    # A stored page would come back with the "Back" button after the user logged out.
    return b"no-store" if content_type.startswith("text/html") or _is_call(path) else b""


def _is_call(path: str) -> bool:
    return path.startswith(("/api/", f"{settings().rpc_path}/"))


def _csp(image_source: str) -> str:
    scripts = " ".join(f"'sha256-{digest}'" for digest in sorted(_inline_scripts()))
    socket = settings().url.replace("http", "ws", 1)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",  # Reflex writes style attributes
            f"img-src 'self' data: {image_source}".rstrip(),
            f"connect-src 'self' {socket}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _inline_scripts() -> set[str]:
    """Return the digests of the inline scripts in the built pages. The CSP lets no other inline script run."""
    digests = set()
    for page in build_folder().rglob("*.html"):
        for script in _INLINE.findall(page.read_text(encoding="utf-8")):
            if script:
                digests.add(base64.b64encode(hashlib.sha256(script.encode()).digest()).decode())
    return digests
