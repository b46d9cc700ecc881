"""Login attempts at providers, in encrypted cookies of the browser: begun, answered, and finished."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from fastapi import Request, Response

from authapp.api.requests import answer_cookie_name, cookie, flow_cookie_name, returned_cookie_name
from authapp.api.session import forget_cookie, keep_cookie
from authapp.core.base import clock, paths, tokens
from authapp.core.base.errors import FlowNotFoundOrExpired

log = logging.getLogger(__name__)
LIFE = timedelta(minutes=10)
ANSWER_LIFE = timedelta(minutes=1)  # a browser follows a redirect at once
RETURN_LIFE = timedelta(hours=1)
LONGEST_ANSWER = 8000  # characters of the query that the provider adds to the callback URL
LONGEST_POSTED = 2700  # bytes of a posted answer: encrypted, it must fit into a cookie of 4096
ANSWERED = ("code", "state", "iss", "error", "user")  # `user`: the names that Apple sends


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


def keep_flow(response: Response, flow: Flow) -> None:
    """Store a login attempt in the browser."""
    _keep(response, flow_cookie_name(), "foreign", asdict(flow), LIFE)


def begun(request: Request) -> Flow | None:
    """Return the login attempt that this browser began, or None: it began nothing, or we did not encrypt its cookie."""
    content = _kept(request, flow_cookie_name(), "foreign")
    return Flow(**content) if isinstance(content, dict) else None


def require(flow: Flow | None, name: str, answer: Mapping[str, str]) -> Flow:
    """Return the flow if the answer belongs to it. A forger does not know the state (CSRF).

    Raises:
        FlowNotFoundOrExpired: the answer belongs to another flow, provider or browser, or comes too late.
    """
    if flow is None or name != flow.name or clock.now() >= flow.began + LIFE:
        raise FlowNotFoundOrExpired
    if not tokens.same(answer.get("state", "").encode(), flow.state.encode()):
        raise FlowNotFoundOrExpired
    return flow


def answer_of(request: Request, name: str) -> Mapping[str, str]:
    """Return the answer of a provider: the query, else what the provider posted before. Empty if it is unusable."""
    if request.url.query:
        return _unique(request.query_params.multi_items()) if len(request.url.query) <= LONGEST_ANSWER else {}
    content = _kept(request, answer_cookie_name(), "foreign-answer")
    if not isinstance(content, list) or content[0] != name or clock.now().timestamp() >= content[1]:
        return {}
    return dict(content[2])


async def posted(request: Request) -> Mapping[str, str]:
    """Return the answer that a provider posted. Empty if it is unusable."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return {}
    try:
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return {}
    answer = {field: value for field, value in _unique(fields).items() if field in ANSWERED}
    if len(json.dumps(answer).encode()) <= LONGEST_POSTED:
        return answer
    log.warning("the answer of a provider is too long for a cookie")
    return {}


def keep_answer(response: Response, name: str, answer: Mapping[str, str]) -> None:
    """Store a posted answer in the browser until it has followed the redirect; an empty one removes an older one."""
    if answer:
        content = [name, (clock.now() + ANSWER_LIFE).timestamp(), dict(answer)]
        _keep(response, answer_cookie_name(), "foreign-answer", content, ANSWER_LIFE)
    else:
        forget_cookie(response, answer_cookie_name())


def end(response: Response, request: Request, *, flow_too: bool = True) -> Response:
    """Remove the answer from the browser, and the login attempt if it is over."""
    if cookie(request.headers, answer_cookie_name()):
        forget_cookie(response, answer_cookie_name())
    if flow_too:
        forget_cookie(response, flow_cookie_name())
    return response


def keep_return(response: Response, flow: Flow) -> None:
    """Remember where a finished login led, for a browser that goes back and comes again with the same state."""
    content = [tokens.to_text(tokens.digest(flow.state)), response.headers["location"]]
    _keep(response, returned_cookie_name(), "foreign-return", content, RETURN_LIFE)


def returned(request: Request, answer: Mapping[str, str]) -> str | None:
    """Return where the finished login with this state led; None if it is not the last one of this browser."""
    content = _kept(request, returned_cookie_name(), "foreign-return")
    if not isinstance(content, list) or not answer.get("state"):
        return None
    is_same = tokens.same(tokens.digest(answer["state"]), tokens.from_text(content[0]))
    return paths.safe(content[1]) if is_same else None


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters; none of them when one is repeated, because another reader could choose the other value."""
    listed = list(pairs)
    return dict(listed) if len(dict(listed)) == len(listed) else {}


def _keep(response: Response, name: str, purpose: str, content: object, life: timedelta) -> None:
    sealed = tokens.seal(purpose, json.dumps(content, ensure_ascii=False).encode())
    keep_cookie(response, name, tokens.to_text(sealed), int(life.total_seconds()))


def _kept(request: Request, name: str, purpose: str) -> object:
    value = cookie(request.headers, name)
    content = tokens.unseal(purpose, tokens.from_text(value)) if value else None
    return json.loads(content) if content else None
