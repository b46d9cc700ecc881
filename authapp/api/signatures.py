"""Signatures of webhooks: whether a request comes from the mail or text service that shares a secret with us."""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit

from authapp.core.base import clock

TOLERANCE = 300  # seconds between our clock and the time of a request; an older one may be a copy (replay)


def is_from_svix(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether Svix, which sends the webhooks of Resend, signed a request with this secret in the last minutes.

    Source: https://docs.svix.com/receiving/verifying-payloads/how-manual (also Standard Webhooks).
    """
    id, sent_at, signatures = (headers.get(f"svix-{name}", "") for name in ("id", "timestamp", "signature"))
    if not id or not sent_at.isdecimal() or abs(clock.now().timestamp() - int(sent_at[:15])) > TOLERANCE:
        return False
    try:
        key = b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    expected = b64encode(hmac.digest(key, f"{id}.{sent_at}.".encode() + body, hashlib.sha256))
    candidates = [part.partition(",") for part in signatures.split(" ")[:20]]  # two while the secret is exchanged
    return any(version == "v1" and hmac.compare_digest(expected, text.encode()) for version, _, text in candidates)


def is_from_twilio(token: str, signature: str, url: str, fields: list[tuple[str, str]]) -> bool:
    """Return whether Twilio signed a form that it sent to this URL.

    Source: https://www.twilio.com/docs/usage/security#validating-requests
    """
    values: dict[str, set[str]] = {}
    for name, value in fields:  # once over all of them: anybody can send thousands
        values.setdefault(name, set()).add(value)
    form = "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return any(
        hmac.compare_digest(
            b64encode(hmac.digest(token.encode(), (spelled + form).encode(), hashlib.sha1)), signature.encode()
        )
        for spelled in (url, _with_port(url))
    )


def _with_port(url: str) -> str:
    """Return a URL with the default port of its scheme, which Twilio may have added before it signed."""
    parts = urlsplit(url)
    return (
        url if parts.port else url.replace(parts.netloc, f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}", 1)
    )
