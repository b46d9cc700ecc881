"""Page requests under a wrong Host: one redirect to the public host, then a page that explains the problem."""

import html
import logging
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from authapp.config import settings
from authapp.core.base import paths
from authapp.core.base.process_state import cache
from authapp.i18n.texts import into, t

log = logging.getLogger(__name__)
MARK = "authapp-host"  # in the query of the redirect; the proxy may drop cookies as well
LOG_EVERY = 60  # seconds
_logged_at: list[float] = cache([])


def take_mark(scope: MutableMapping[str, Any]) -> bool:
    """Remove the mark of a redirect to the public host from the query. Return whether it was there."""
    if MARK.encode() not in scope["query_string"]:
        return False
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    others = [pair for pair in pairs if pair[0] != MARK]
    scope["query_string"] = urlencode(others, encoding="latin-1").encode()
    return len(others) < len(pairs)


def lead_to_public_host(path: str, host: str, language: str, *, was_redirected: bool) -> Response:
    """Redirect to the path on the public host; the second time, show that the proxy does not pass the Host on.

    Behind a proxy that sends its own Host, the redirect would loop forever: the browser is at the public URL already.
    """
    if not was_redirected:
        target = settings().url + paths.safe(path)
        marked_target = f"{target}{'&' if '?' in target else '?'}{MARK}=1"
        return RedirectResponse(marked_target, 303, {"Cache-Control": "no-store"})
    _log(host)
    return HTMLResponse(_page(language), 421)


def _log(host: str) -> None:
    now = time.monotonic()
    if _logged_at and now - _logged_at[0] < LOG_EVERY:
        return
    _logged_at[:] = [now]
    public_host = urlsplit(settings().url).netloc
    log.warning(
        "requests arrive with Host %s, but AUTHAPP_URL is %s: configure the proxy to pass on the header Host "
        "unchanged (nginx: proxy_set_header Host $http_host;), or correct AUTHAPP_URL",
        ascii(host[:100]),
        public_host,
    )


def _page(language: str) -> str:
    url = settings().url
    texts = (
        t("This page cannot be shown"),
        t("The request used another address than this site’s, which is {url}.", url=url),
        t(
            "If you run this site: configure the proxy in front of the app to pass on the header Host unchanged "
            "({host}).",
            host=urlsplit(url).netloc,
        ),
    )
    heading, explanation, remedy = (html.escape(into(text, language)) for text in texts)
    return (
        f'<!doctype html><html lang="{html.escape(language)}"><meta charset="utf-8"><title>{heading}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<h1>{heading}</h1><p>{explanation}</p><p>{remedy}</p></html>"
    )
