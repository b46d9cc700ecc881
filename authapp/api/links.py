"""Mailed links: look at a link, follow it, send another one. The key is in the body, because URLs are logged."""

import re
from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from authapp.api.accounts import SENT
from authapp.api.refusals import documented
from authapp.api.requests import link_cookie_name
from authapp.api.session import From, Me, forget_cookie, forget_cookies, let_in
from authapp.core.authentication import login, recovery
from authapp.core.base import phone_numbers
from authapp.core.base.errors import (
    InvalidActionKey,
    InvitationNeeded,
    ProofOfWorkNeeded,
    SessionExpired,
    UserNotRegistered,
)
from authapp.core.credentials import links
from authapp.db import read as ask
from authapp.db import run
from authapp.i18n.texts import into
from authapp.wire.common import Answer
from authapp.wire.links import Followed, Link, LinkBody, PendingLink

router = APIRouter(tags=["links"], prefix="/links")


@router.post("/look", responses=documented())
async def look(body: LinkBody, me: Me, caller: From) -> Link:
    """Show what a link would do for the caller. This does not use up the link."""
    link = await ask(links.peek, _key(body), me)
    texts = {name: into(getattr(link, name), caller.language) for name in ("heading", "button", "says")}
    fields = asdict(link) | texts | {"email": phone_numbers.format_phone(link.email)}
    return Link(**fields, repeats=link.action in recovery.SENT_AGAIN)


@router.post("/follow", responses=documented(InvalidActionKey, SessionExpired))
async def follow(body: LinkBody, request: Request, response: Response, me: Me, caller: From) -> Followed:
    """Follow a link: run its action. A link that connects opens a session, which replaces the current one."""
    result = await run(login.follow, _key(body), me, caller)
    if result.ended:
        forget_cookies(response)
    session = await let_in(result.entered, request, response) if result.entered else None
    return Followed(path=result.path, session=session, ended=result.ended, link=result.link)


@router.post("/send", status_code=202, responses=documented(InvitationNeeded, ProofOfWorkNeeded, UserNotRegistered))
async def send_again(body: LinkBody, caller: From) -> Answer:
    """Mail a new link in place of a dead one, to the same email address."""
    await run(recovery.send_again, _key(body), caller)
    return Answer(message=into(SENT, caller.language))


@router.post("/pending", responses=documented())
async def pending(request: Request, response: Response) -> PendingLink:
    """Return the key of a link that was opened under its old URL. For browsers, which have a cookie for it."""
    key = request.scope["authapp.link"]
    if key:
        forget_cookie(response, link_cookie_name())
    return PendingLink(key=key)


def _key(body: LinkBody) -> str:
    """Return the key of a link, also from its whole URL."""
    return re.split("[/#]", body.key.strip().rstrip("/"))[-1]
