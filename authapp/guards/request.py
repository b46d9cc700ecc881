"""Request on its way through the ASGI guard, with what the guard knows about it."""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from authapp.api import Built, docs
from authapp.api.requests import SentKey
from authapp.config import settings
from authapp.core.authorization import route_rules
from authapp.core.authorization.access import PUBLIC
from authapp.core.authorization.route_rules import RouteRule
from authapp.core.base import tokens
from authapp.core.base.routes import route
from authapp.core.sessions.sessions import Principal
from authapp.guards.route_rules import Rules
from authapp.i18n.locales import ENGLISH

ASSETS = "/assets/"
CUT = "cut"  # replaces a malformed key
_OF_API = (docs.DOCS, docs.DOCUMENT)


class GuardedApp(NamedTuple):
    """App behind the guard, the API, and the rules of their paths."""

    app: ASGIApp
    api: Built
    our_pages: Mapping[str, bool | None]  # with login only (True), for visitors only (False), or public (None)
    rules: Rules  # the access rule of every other path, and whether it is a page or a file


class GuardedRequest:
    """Request on its way through the steps, which add the facts that later steps need."""

    def __init__(self, guarded: GuardedApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.guarded = guarded
        self.scope, self.receive, self.send = scope, receive, send
        self.headers = Headers(scope=scope)
        self.path: str = scope["path"]
        self.is_read = scope["method"] in ("GET", "HEAD")
        self.is_call = self.path.startswith(f"{settings().rpc_path}/")
        self.is_docs = self.path.startswith(_OF_API)
        self.rule = RouteRule(PUBLIC)
        self.sent = SentKey()
        self.me: Principal | None = None
        self.language = ENGLISH

    @cached_property
    def page(self) -> str:
        """Return the normal form of the path of a page."""
        return route_rules.page_path(self.path)

    @property
    def is_asset(self) -> bool:
        """Return whether the path is a file of the build whose name has a digest of its content."""
        return self.rule.is_file and self.path.startswith(ASSETS)

    @property
    def is_our_page(self) -> bool:
        """Return whether the path is a page of ours, in any spelling."""
        return self.page in self.guarded.our_pages

    @property
    def call_name(self) -> str:
        """Return the path of an API call, below that of the API."""
        return self.path.removeprefix(f"{settings().rpc_path}/")

    @property
    def old_link(self) -> str:
        """Return the key in an old link URL, `/link/<key>`; empty for any other path.

        A malformed key becomes `CUT`, which matches no link.
        """
        prefix, _, key = self.path.rstrip("/").rpartition("/")
        if not self.is_read or self.rule.is_page or prefix != route("link") or not key:
            return ""
        return key if tokens.parse(key) else CUT

    @property
    def here(self) -> str:
        """Return the path and query of the requested page, for every spelling of its path."""
        return self._with_query(self.path if self.path == f"{self.page}/" else self.page)

    @property
    def as_sent(self) -> str:
        """Return the path and query as they were sent."""
        return self._with_query(self.path)

    def _with_query(self, path: str) -> str:
        query = self.scope["query_string"].decode("latin-1")
        return f"{path}?{query}" if query else path
