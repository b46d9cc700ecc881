"""Social login in the browser: redirect to an identity provider and back, to log in, link an account or step up."""

import logging
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from authapp.api import provider_flows
from authapp.api.provider_flows import LIFE, Flow
from authapp.api.refusals import documented
from authapp.api.session import From, Me, enter
from authapp.config import settings
from authapp.core.account.identities import Claims, label
from authapp.core.authentication import provider_login, step_up
from authapp.core.base import clock, paths, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    FlowNotFoundOrExpired,
    InternalError,
    LinkNeeded,
    LoginCancelled,
    NotFound,
    ProviderUnavailable,
    Refusal,
    SessionExpired,
    StepUpNeeded,
    Unverified,
    where,
)
from authapp.core.base.routes import route
from authapp.core.sessions import tickets
from authapp.core.sessions.sessions import Opened, Principal, SessionRef
from authapp.core.sessions.tickets import BlockedLogin
from authapp.db import read, run
from authapp.providers import logins
from authapp.providers.attempts import Begun
from authapp.wire.identities import ProviderFlow, ProviderFlowBody

router = APIRouter(tags=["foreign"])
answers = APIRouter(tags=["foreign"])  # for posts of other sites; see `receive`
log = logging.getLogger(__name__)
LONGEST_NEXT = 1500  # bytes


@router.post("/foreign/{name}", responses=documented(SessionExpired, ProviderUnavailable, StepUpNeeded, Unverified))
async def begin(name: str, body: ProviderFlowBody, response: Response, me: Me) -> ProviderFlow:
    """Begin a login, a link or a step-up at an identity provider. The answer has the URL to send the browser to.

    This is for our own pages. Programs send a token of the provider to `POST /login`.
    """
    if body.mode != "login" and me is None:
        raise SessionExpired
    if body.mode == "link" and me and not me.is_fresh:
        raise StepUpNeeded
    attempt = await logins.begin(name, _back(name), again=body.mode == "prove")
    flow = Flow(
        name=name,
        state=attempt.state,
        nonce=attempt.nonce,
        verifier=attempt.verifier,
        next=_next(body.next),
        mode=body.mode,
        keep=body.keep,
        session_id=me.session_id if me else "",
        began_at=clock.now().timestamp(),
    )
    provider_flows.keep_flow(response, flow)
    return ProviderFlow(url=attempt.url)


@answers.post("/foreign/{name}/callback", include_in_schema=False)
async def receive(name: str, request: Request) -> Response:
    """Receive the answer of a provider that posts it (`form_post`), and send the browser on to the usual callback.

    The page of another site sends this request, so the browser adds none of our SameSite=Lax cookies, and the Origin
    is that of the provider, or `null`. Three attacks decide what happens here:

    - Cookies with SameSite=None would come along, but also with every other post of a hostile site (CSRF). So all of
      ours stay Lax, and this request acts for nobody: it reads no cookie and changes nothing here.
    - A redirect with the code and state in its URL would leave both in the history, in logs and in proxies. So they go
      into an encrypted cookie for one minute and one use. The redirect has no query.
    - A hostile site can post the attacker's own code here (login CSRF). It gets no further: the redirect is a
      navigation with GET, which carries the Lax cookies. There the state must be that of the flow in this browser.

    Raises:
        NotFound: the provider does not exist, or does not post its answers.
    """
    if not logins.gets_posts(name):
        raise NotFound
    response = RedirectResponse(_back(name), 303)
    provider_flows.keep_answer(response, name, await provider_flows.posted(request))
    return response


@router.get("/foreign/{name}/callback", include_in_schema=False)
async def come_back(name: str, request: Request, me: Me, caller: From) -> Response:
    """Receive the browser from the provider. Every outcome leads to one of our pages."""
    answer, begun = provider_flows.answer_of(request, name), provider_flows.begun(request)
    target = provider_flows.returned(request, answer)
    if target and (me or request.scope["authapp.waiting"]):  # the browser went back after a finished login
        return provider_flows.end(_to(target), request, flow_too=False)
    try:
        if "error" in answer and "state" not in answer:  # anybody can send this, so it ends no flow
            raise LoginCancelled(label(name))
        flow = provider_flows.require(begun, name, answer)
    except Refusal as refusal:
        return provider_flows.end(_refused(refusal, name, begun, me), request, flow_too=False)
    try:
        if opened := await _repeated(request, flow):
            response = await _finish_step_up(opened, flow)
        else:
            await run(provider_login.finish, tokens.digest(flow.state), flow.began + LIFE)
            if flow.mode != "login" and (me is None or me.session_id != flow.session_id):
                raise SessionExpired  # another session began this flow
            attempt = Begun("", flow.state, flow.nonce, flow.verifier)
            claims = await logins.finish(name, attempt, answer, _back(name))
            response = await _end(flow, claims, me, caller)
        provider_flows.keep_return(response, flow)
    except FlowNotFoundOrExpired as refusal:  # the state was used before: in another window, a login may go on
        return provider_flows.end(_refused(refusal, name, flow, me), request, flow_too=False)
    except Refusal as refusal:
        response = _refused(refusal, name, flow, me)
    except Exception as error:  # its text is not logged: it may contain what was sent
        log.error("a social login failed: %s", where(error))
        response = _refused(InternalError(), name, flow, me)
    return provider_flows.end(response, request)


async def _end(flow: Flow, claims: Claims, me: Principal | None, caller: Caller) -> Response:
    if flow.mode == "login" or me is None:
        old_session_id = me.session_id if me else None
        result = await run(provider_login.log_in, claims, keep=flow.keep, caller=caller, old_session_id=old_session_id)
        waiting_page = f"{route('waiting')}?{urlencode({'next': flow.next})}"
        response = _to(waiting_page if isinstance(result, BlockedLogin) else flow.next)
        await enter(result, response)
        return response
    if flow.mode == "link":
        await run(provider_login.link, me, claims, caller)
        return _to(flow.next)
    args = (claims, flow.began)
    opened = await run(step_up.renew_at_once, provider_login.prove, me, *args, proof=flow.state)
    return await _finish_step_up(opened, flow)


async def _finish_step_up(opened: Opened, flow: Flow) -> Response:
    response = _to(flow.next)
    await enter(opened, response)
    return response


async def _repeated(request: Request, flow: Flow) -> Opened | None:
    """Return the new session key once more, for a browser that lost the answer and loads the same URL again."""
    ref: SessionRef | None = request.scope["authapp.key"].ref
    if flow.mode != "prove" or ref is None or ref.session_id != flow.session_id:
        return None
    return await read(tickets.repeated, ref, flow.state)


def _refused(refusal: Refusal, name: str, flow: Flow | None, me: Principal | None) -> Response:
    """Redirect to a page that explains a refusal. Its URL has a code or an encrypted text: anybody can write a URL."""
    query = {"refused": paths.reason(refusal), **({"origin": name} if label(name) else {})}
    if me:
        return _to(f"{route('settings')}?{urlencode(query)}#{paths.LINKED}")
    target = (
        f"{route('settings')}#{paths.LINKED}"
        if isinstance(refusal, LinkNeeded)
        else flow.next
        if flow
        else route("home")
    )
    return _to(f"{route('login')}?{urlencode(query | ({'next': target} if target != route('home') else {}))}")


def _to(path: str) -> Response:
    return RedirectResponse(paths.safe(path), 303)


def _next(path: str) -> str:
    """Return the path to go to afterwards. One that does not fit into the cookie becomes the home page."""
    return paths.safe(path) if len(path.encode(errors="replace")) <= LONGEST_NEXT else route("home")


def _back(name: str) -> str:
    return f"{settings().url}{settings().rpc_path}/foreign/{name}/callback"
