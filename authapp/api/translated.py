"""Translated pages: their HTML is built in English, and its texts are translated in the response.

The browser then produces the same texts from a script that is added to the page, so that nothing changes on hydration.
"""

import gzip
import hashlib
import html
import re
from functools import lru_cache
from typing import Any

from starlette.types import Message, Send

from authapp.config import settings
from authapp.core.base.process_state import cache
from authapp.i18n import locales, texts

_PARTS = re.compile(r"(<(script|style)\b.*?</\2>|<!--.*?-->|<[^>]*>)", re.DOTALL)  # text is between these
_READ_OUT = re.compile(r'\b(aria-label|placeholder|alt|title|content)="([^"]*)"')
_ROOT = re.compile(r"<html\b[^>]*>")
_ROOTS_LANGUAGE = re.compile(r'\s(?:lang|dir)="[^"]*"')
_NOT_AS_IT_IS = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}  # not for a changed file


def translating(scope: Any, send: Send, language: str, *, is_ours: bool) -> Send:
    """Translate the response if it is a page. Other files pass unchanged.

    A product without catalogues of its own has no texts of `t` in its pages, so they stay unchanged: the browser
    would not produce the same texts. The 404 page is always ours.
    """
    if "." in scope["path"].rpartition("/")[2]:
        return send
    gzipped = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _NOT_AS_IT_IS]
    scope["extensions"] = {}  # a server that sends files by itself would bypass the translation
    start: Message | None = None
    body = b""

    async def send_translated(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start" and _is_page(message) and (is_ours or message["status"] == 404):
            start = message
        elif start is None or message["type"] != "http.response.body":
            await send(message)
        else:
            body += message.get("body", b"")
            if not message.get("more_body"):
                page, compressed = in_language(body, language) if body else (b"", b"")
                content = compressed if gzipped else page
                await send({**start, "headers": _headers(start, content, language, gzipped)})
                await send({"type": "http.response.body", "body": content})

    return send_translated


@cache
@lru_cache(maxsize=200)
def in_language(page: bytes, language: str) -> tuple[bytes, bytes]:
    """Return the HTML of a page in a language, plain and compressed with gzip."""
    translated = _translate(page.decode(), language).encode()
    return translated, gzip.compress(translated, 6)


def script_path(language: str) -> str:
    """Return the URL path of the texts of a language, for the browser. It changes when the texts change."""
    digest = hashlib.sha256(texts.script(language)).hexdigest()[:16]
    return f"{settings().rpc_path}/texts/{language}.js?v={digest}"


def _translate(page: str, language: str) -> str:
    parts = _PARTS.split(page)
    pieces = []
    for index in range(0, len(parts), 3):  # text, tag, and the name of a tag whose content stays unchanged
        is_unchanged = index > 1 and 'translate="no"' in parts[index - 2]  # names, which are the same in every language
        pieces.append(parts[index] if is_unchanged else _words(parts[index], language))
        if index + 1 < len(parts):
            tag = parts[index + 1]
            pieces.append(tag if parts[index + 2] else _READ_OUT.sub(lambda match: _attribute(match, language), tag))
    attributes = f' lang="{html.escape(language)}" dir="{locales.direction(language)}"'
    translated = _ROOT.sub(
        lambda tag: _ROOTS_LANGUAGE.sub("", tag[0]).replace("<html", f"<html{attributes}", 1), "".join(pieces), 1
    )
    return translated.replace("</head>", f'<script src="{html.escape(script_path(language))}"></script></head>', 1)


def _words(text: str, language: str) -> str:
    """Translate a piece of text. The result is escaped, because catalogues hold plain text and no HTML."""
    if not text.strip():
        return text
    plain = html.unescape(text)
    translated = texts.on_page(plain, language)
    return text if translated == plain else html.escape(translated, quote=False)


def _attribute(match: re.Match[str], language: str) -> str:
    plain = html.unescape(match[2])
    translated = texts.on_page(plain, language)
    return match[0] if translated == plain else f'{match[1]}="{html.escape(translated)}"'


def _is_page(message: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])


def _headers(start: Message, body: bytes, language: str, gzipped: bool) -> list[tuple[bytes, bytes]]:
    dropped = {b"content-length", b"etag", b"last-modified", b"accept-ranges", b"content-encoding", b"vary"}
    headers = [pair for pair in start["headers"] if pair[0] not in dropped]
    headers += [(b"content-language", language.encode()), (b"vary", b"Accept-Encoding, Accept-Language, Cookie")]
    if body:
        headers += [
            (b"content-length", str(len(body)).encode()),
            *([(b"content-encoding", b"gzip")] if gzipped else []),
        ]
    return headers
