"""Webhooks: the mail and text services report what became of a message. A signature proves who sent a report.

These endpoints are plain: a service has no session and no Origin, so the checks of other calls do not apply.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from authapp.api.requests import caller_of, log_denied
from authapp.api.signatures import is_from_svix, is_from_twilio
from authapp.config import settings
from authapp.core.base import rate_limits
from authapp.core.base.errors import NotFound
from authapp.core.messages import reports
from authapp.core.messages.reports import BAD_NUMBERS, BOUNCED, COMPLAINED, Report
from authapp.db import run

router = APIRouter()
LONGEST_BODY = 32 * 1024  # bytes; a report needs a tenth of it


async def resend(request: Request) -> Response:
    """Take a report of Resend about a mail."""
    _throttle(request)
    secret = settings().resend_webhook_secret
    if secret is None:
        raise NotFound
    body = await _body(request)
    if body is None:
        return Response(status_code=413)
    if not is_from_svix(secret.get_secret_value(), request.headers, body):
        return _forged(request)
    if report := _of_resend(body):
        await run(reports.record, report)
    return Response(status_code=204)


async def twilio(request: Request) -> Response:
    """Take a report of Twilio about a text."""
    _throttle(request)
    key = settings().twilio_key
    if not reports.from_twilio() or key is None:
        raise NotFound
    body = await _body(request)
    if body is None:
        return Response(status_code=413)
    query = request.url.query
    url = f"{reports.twilio_url()}?{query}" if query else reports.twilio_url()
    fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    signature = request.headers.get("x-twilio-signature", "")
    if not is_from_twilio(key.get_secret_value(), signature, url, fields):
        return _forged(request)
    if report := _of_twilio(dict(fields), request.query_params.get("message", "")):
        await run(reports.record, report)
    return Response(status_code=204)


def _throttle(request: Request) -> None:
    rate_limits.throttle_calls(rate_limits.REPORTS, caller_of(request.scope).ip)


async def _body(request: Request) -> bytes | None:
    """Return the body, or None if it is too long. Then the rest is not read."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            return None
    return body


def _forged(request: Request) -> Response:
    log_denied("webhook", "BadSignature", request.scope, None)
    return Response(status_code=403)


def _of_resend(body: bytes) -> Report | None:
    try:
        event = json.loads(body)
        kind, data = event["type"], event["data"]
        provider_id = data["email_id"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(provider_id, str) or not isinstance(kind, str):
        return None
    if kind == "email.bounced":
        bounce = data.get("bounce")
        how = _word(bounce, "type") or "Permanent"
        problem = f"Resend reported a bounce: {how} {_word(bounce, 'subType')}".strip()
        return Report(problem, BOUNCED if how == "Permanent" else "", provider_id=provider_id)
    if kind == "email.suppressed":
        return Report("Resend sends nothing to this address, after earlier bounces", BOUNCED, provider_id=provider_id)
    if kind == "email.complained":
        return Report("the reader marked the mail as spam", COMPLAINED, provider_id=provider_id)
    if kind == "email.failed":
        return Report("Resend reported that the mail failed", provider_id=provider_id)
    return None  # that it was sent, opened and so on


def _word(values: Any, name: str) -> str:
    """Return a word of a report; empty if it is anything else, which could be private."""
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, str) and re.fullmatch(r"\w{1,40}", value) else ""


def _of_twilio(fields: dict[str, str], message: str) -> Report | None:
    status, code = fields.get("MessageStatus", ""), fields.get("ErrorCode", "")
    try:
        id = UUID(message) if message else None
    except ValueError:
        return None
    provider_id = fields.get("MessageSid", "")
    if status == "delivered":
        return Report(id=id, provider_id=provider_id)
    if status not in ("undelivered", "failed"):
        return None
    number = int(code) if re.fullmatch(r"[0-9]{5}", code) else None
    problem = f"Twilio reported: {status} {number or 'without a code'}"
    return Report(problem, BOUNCED if number in BAD_NUMBERS else "", id, provider_id)


router.add_route("/webhooks/resend", resend, methods=["POST"])
router.add_route("/webhooks/twilio", twilio, methods=["POST"])
