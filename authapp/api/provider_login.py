"""Social login in the browser: redirect to an identity provider and back, to log in, link an account or step up."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from authapp.api.refusals import documented
from authapp.api.requests import cookie, flow_cookie_name
from authapp.api.session import From, Me, enter, forget_cookie, keep_cookie
from authapp.config import settings
from authapp.core.account.identities import Claims, label
from authapp.core.authentication import provider_login, step_up
from authapp.core.base import clock, paths, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    FlowNotFoundOrExpired,
    InternalError,
    LinkNeeded,
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
log = logging.getLogger(__name__)
LIFE = timedelta(minutes=10)
LONGEST_NEXT = 1500  # bytes
LONGEST_ANSWER = 8000  # characters of the query that the provider adds to the callback URL


@dataclass(frozen=True)
class Flow:
    """Login attempt at a provider, in an encrypted cookie. Nobody can change it, and no other browser can finish it."""

    name: str
    state: str
    nonce: str
    verifier: str
    next: str
    mode: str
    keep: bool
    session_id: str  # session that began it; empty for visitors
    began_at: float

    @property
    def began(self) -> datetime:
        """Return when the browser was sent to the provider."""
        return datetime.fromtimestamp(self.began_at, UTC)


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
    value = tokens.to_text(tokens.seal("foreign", json.dumps(asdict(flow), ensure_ascii=False).encode()))
    keep_cookie(response, flow_cookie_name(), value, int(LIFE.total_seconds()))
    return ProviderFlow(url=attempt.url)


@router.get("/foreign/{name}/callback", include_in_schema=False)
async def come_back(name: str, request: Request, me: Me, caller: From) -> Response:
    """Receive the browser from the provider. Every outcome leads to one of our pages."""
    flow = None
    try:
        flow = _flow(request)
        answer = _answer(request, flow, name)
        if opened := await _repeated(request, flow):
            return _done(await _finish_step_up(opened, flow))
        await run(provider_login.finish, tokens.digest(flow.state), flow.began + LIFE)
        if flow.mode != "login" and (me is None or me.session_id != flow.session_id):
            raise SessionExpired  # another session began this flow
        attempt = Begun("", flow.state, flow.nonce, flow.verifier)
        claims = await logins.finish(name, attempt, answer, _back(name))
        return _done(await _end(flow, claims, me, caller))
    except FlowNotFoundOrExpired as refusal:  # a forged callback must not end the flow that the browser began
        return _refused(refusal, name, flow, me)
    except Refusal as refusal:
        return _done(_refused(refusal, name, flow, me))
    except Exception as error:  # its text is not logged: it may contain what was sent
        log.error("a social login failed: %s", where(error))
        return _done(_refused(InternalError(), name, flow, me))


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


def _flow(request: Request) -> Flow:
    """Return the flow that this browser began.

    Raises:
        FlowNotFoundOrExpired: there is no flow, or we did not encrypt its cookie.
    """
    value = cookie(request.headers, flow_cookie_name())
    content = tokens.unseal("foreign", tokens.from_text(value)) if value else None
    if content is None:
        raise FlowNotFoundOrExpired
    return Flow(**json.loads(content))


def _answer(request: Request, flow: Flow, name: str) -> Mapping[str, str]:
    """Return the query of the callback if it belongs to the flow. A forger does not know the state (CSRF).

    Raises:
        FlowNotFoundOrExpired: the query belongs to another flow or provider, is too long or too late, or repeats a
            parameter.
    """
    answer = dict(request.query_params)
    duplicates = len(answer) != len(request.query_params.multi_items())
    if duplicates or len(request.url.query) > LONGEST_ANSWER or name != flow.name or clock.now() >= flow.began + LIFE:
        raise FlowNotFoundOrExpired
    if not tokens.same(answer.get("state", "").encode(), flow.state.encode()):
        raise FlowNotFoundOrExpired
    return answer


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


def _done(response: Response) -> Response:
    forget_cookie(response, flow_cookie_name())
    return response


def _to(path: str) -> Response:
    return RedirectResponse(paths.safe(path), 303)


def _next(path: str) -> str:
    """Return the path to go to afterwards. One that does not fit into the cookie becomes the home page."""
    return paths.safe(path) if len(path.encode(errors="replace")) <= LONGEST_NEXT else route("home")


def _back(name: str) -> str:
    return f"{settings().url}{settings().rpc_path}/foreign/{name}/callback"
