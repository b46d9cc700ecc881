"""Who else may say who somebody is: how each origin is asked, and what it says, as claims that our rules know."""

import asyncio
import hashlib
import inspect
import json
import logging
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.jwk import Key

from authapp.config import OriginSettings, safe_url, settings
from authapp.core import clock, id_tokens, identities
from authapp.core.errors import OriginAway, Refusal, Stopped, Unverified, where
from authapp.core.id_tokens import NotGood, UnknownKey
from authapp.core.identities import Claims

log = logging.getLogger(__name__)

TIMEOUT = 5  # seconds for one question to an origin; a person waits for the answer
PATIENCE = 15  # seconds for all of them together
LONGEST = 1_000_000  # bytes of an answer
KEPT_FOR = 3600  # seconds an origin's own description and its keys are believed
KEYS_AGAIN = 60  # seconds between two looks for a key that we do not know
LONGEST_TOKEN_LIFE = timedelta(days=1)  # what was shown is remembered so long at most
GOOGLE = "https://accounts.google.com"
MICROSOFT = "https://login.microsoftonline.com"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # the tenant of Microsoft's accounts that belong to no organization

Verify = Callable[[str], Claims | Awaitable[Claims | None] | None]


class Begun(NamedTuple):
    """A login that was begun with an origin: what has to come back, and what the code has to be traded with."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Oidc:
    """An issuer of OpenID Connect.

    Args:
        name: what URLs and tables call it.
        label: what people call it.
        issuer: exactly as it calls itself; `{tenantid}` stands for the tenant of the person (Microsoft).
        client_id: who we are there.
        client_secret: the proof of it; none for a public client.
        apps: other clients whose tokens for this one are taken too.
        place: where its description is, when that is not at the issuer itself.
        auth_time: whether its ID tokens say when the user authenticated. Without that there is no step-up there.
    """

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    apps: tuple[str, ...] = ()
    place: str = ""
    auth_time: bool = True
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    async def begin(self, redirect_uri: str, *, again: bool) -> Begun:
        """Where to send the browser. `again`: the person shall prove anew who they are."""
        about = await self._about()
        begun = Begun("", secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        # Google knows no `login`, and refuses what it does not know.
        prompt = "select_account" if self.issuer == GOOGLE else "login"
        more = {"prompt": prompt, "max_age": 0} if again else {}
        async with self._client(about, redirect_uri) as client:
            url, _ = client.create_authorization_url(
                about["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                **more,
            )
        return begun._replace(url=url)

    async def finish(self, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
        """Who came back, by what their browser brought."""
        about = await self._about()
        self._check_sender(about, answer)
        async with self._client(about, redirect_uri) as client:
            given = await client.fetch_token(
                about["token_endpoint"], code=_code(answer, self.label), code_verifier=begun.verifier
            )
            said = await self._verified(given.get("id_token"), begun.nonce)
            if "email" not in said and about.get("userinfo_endpoint"):
                said = {**await self._userinfo(client, about, said), **said}
        return self._claims(said)

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """What an ID token says, that somebody got from this origin in another way."""
        said = await self._verified(token, nonce)
        until = datetime.fromtimestamp(said["exp"], UTC) + id_tokens.LEEWAY
        if until - clock.now() > LONGEST_TOKEN_LIFE:
            raise NotGood("exp")  # nobody makes such; and what was shown could not be remembered so long
        seen = hashlib.sha256(token.rpartition(".")[0].encode()).digest()  # a signature can be spelled in many ways
        return replace(self._claims(said), token=seen, until=until)

    def _check_sender(self, about: Mapping[str, Any], answer: Mapping[str, str]) -> None:
        """RFC 9207: another server shall not pass off its answer as this one's (mix-up)."""
        given = answer.get("iss")
        if given is None and about.get("authorization_response_iss_parameter_supported") is not True:
            return
        if given != about["issuer"]:
            raise NotGood("iss of the answer")

    async def _verified(self, token: object, nonce: str | None) -> Mapping[str, Any]:
        facts: Any = {"issuer": self.issuer, "client_id": self.client_id, "apps": self.apps, "nonce": nonce}
        try:
            return id_tokens.verify(token, await self._keys(), **facts)
        except UnknownKey:
            return id_tokens.verify(token, await self._keys(again=True), **facts)

    def _claims(self, said: Mapping[str, Any]) -> Claims:
        verified = said.get("email_verified") in (True, "true")
        if "{tenantid}" in self.issuer:  # any tenant may write any address; this claim says that it owns the domain
            verified = said.get("xms_edov") in (True, 1, "1", "true")
        first, last = _text(said, "given_name"), _text(said, "family_name")
        proved = said.get("auth_time")
        at = datetime.fromtimestamp(proved, UTC) if type(proved) is int and 0 < proved < 2**33 else None
        return Claims(
            subject=said["sub"],
            origin=said["iss"],
            name=self.name,
            email=_text(said, "email"),
            email_verified=verified,
            first_name=first or _text(said, "name"),
            last_name=last,
            about=_text(said, "preferred_username") or _text(said, "name"),
            proved_at=at,
        )

    async def _userinfo(
        self, client: AsyncOAuth2Client, about: Mapping[str, Any], said: Mapping[str, Any]
    ) -> dict[str, Any]:
        found = _json(await client.get(about["userinfo_endpoint"]))
        if found.get("sub") != said["sub"]:  # OpenID Connect Core, 5.3.2: it may be of another person
            raise NotGood("sub of userinfo")
        return {name: found[name] for name in _USERINFO if name in found}

    async def _about(self) -> Mapping[str, Any]:
        """What the issuer says of itself (OpenID Connect Discovery, 4)."""
        kept = self._known.get("about")
        if kept and time.monotonic() < kept[0]:
            return dict(kept[1])
        place = self.place or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = await _fetch(place)
        if found.get("issuer") != self.issuer:  # 4.3: exactly
            raise NotGood("issuer of the description")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(name), str) or not safe_url(found[name]):
                raise NotGood(name)
        if not safe_url(str(found.get("userinfo_endpoint", ""))):
            found.pop("userinfo_endpoint", None)
        self._known["about"] = (time.monotonic() + KEPT_FOR, found)
        return found

    async def _keys(self, *, again: bool = False) -> list[Key]:
        kept, now = self._known.get("keys"), time.monotonic()
        if kept and now < (self._known["looked"] + KEYS_AGAIN if again else kept[0] + KEPT_FOR):
            return list(kept[1])
        self._known["looked"] = now  # before the answer, or all who ask meanwhile would ask there too
        about = await self._about()
        keys = id_tokens.keys_of(await _fetch(about["jwks_uri"]))
        self._known["keys"] = (now, keys)
        return keys

    def _client(self, about: Mapping[str, Any], redirect_uri: str) -> AsyncOAuth2Client:
        ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_secret = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return AsyncOAuth2Client(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method=by_secret if self.client_secret else "none",
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            **_careful(),
        )


@dataclass(frozen=True)
class GitHub:
    """GitHub: OAuth 2 without ID tokens. Who somebody is, its API says, to whom has an access token of ours.

    It does not say when the user authenticated, so there is no step-up at GitHub.
    """

    name: str
    label: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    api_url: str
    auth_time: ClassVar[bool] = False

    async def begin(self, redirect_uri: str, *, again: bool) -> Begun:
        """Where to send the browser. GitHub knows no way to ask for a new proof."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(self.authorize_url, state=state, code_verifier=verifier)
        return Begun(url, state, "", verifier)

    async def finish(self, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
        """Who came back, by what their browser brought."""
        async with self._client(redirect_uri) as client:
            await client.fetch_token(self.token_url, code=_code(answer, self.label), code_verifier=begun.verifier)
            person = _json(await client.get(f"{self.api_url}/user"))
            addresses = _list(await client.get(f"{self.api_url}/user/emails"))
        id = person.get("id")
        if type(id) is not int:
            raise NotGood("id")
        main = next((one for one in addresses if one.get("primary") is True and one.get("verified") is True), {})
        return Claims(
            subject=str(id),
            origin=self.name,
            name=self.name,
            email=_text(main, "email"),
            email_verified=bool(main),
            first_name=_text(person, "name"),
            about=_text(person, "login"),
        )

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """An access token is for whoever has it: it does not say that it was given to us, so it proves nothing."""
        raise NotGood("kind of token")

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106  # the name of a way, not a secret
            scope="read:user user:email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            **_careful(),
        )


@dataclass(frozen=True)
class Verified:
    """An origin of the product's own, which verifies tokens by a function. No browser can be sent there."""

    name: str
    label: str
    verify: Verify

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """What the function says of a token. Whether its nonce is ours is not left to the function."""
        if inspect.iscoroutinefunction(self.verify):
            found = await self.verify(token)
        else:
            found = await asyncio.to_thread(self.verify, token)
        if not isinstance(found, Claims):
            raise NotGood("refused")
        id_tokens.check_nonce(found.nonce or None if (own := id_tokens.nonce_of(token)) is None else own, nonce)
        return replace(found, origin=self.name, name=self.name)


Site = Oidc | GitHub  # where a browser can be sent
_registered: dict[str, Site | Verified] = {}
_of_settings: dict[OriginSettings, Site] = {}


def origin(
    name: str,
    *,
    label: str,
    issuer: str,
    client_id: str,
    client_secret: str | None = None,
    apps: tuple[str, ...] = (),
    auth_time: bool = True,
) -> None:
    """Let people log in with an issuer of OpenID Connect, as an entry of `AUTHAPP_ORIGINS` does.

    Args:
        name: in URLs and tables; lower case letters, digits and hyphens.
        label: what people call it: "Continue with …".
        issuer: exactly as it calls itself; https.
        client_id: who the product is there.
        client_secret: the proof of it; None for a public client.
        apps: other clients (apps on phones) whose tokens for this client are taken too.
        auth_time: whether its ID tokens say when the user authenticated; without that there is no step-up there.

    Raises:
        ValueError: one of these cannot be.
    """
    OriginSettings(name=name, label=label, issuer=issuer, client_id=client_id)  # checked in one place
    _register(Oidc(name, label, issuer, client_id, client_secret, apps, auth_time=auth_time), has_page=True)


def verifier(name: str, *, label: str) -> Callable[[Verify], Verify]:
    """Let programs log in with tokens of another origin: registers the function that verifies them.

    The function is given the token, and returns `authapp.Claims`, or None when it is not good. It may be async, and is
    asked anew for each login. It has to make sure that the token was made for this product, and for nobody else.

    Args:
        name: what `auth_origin` says in `POST /login`, and what tables call it.
        label: what people call it.
    """

    def register(verify: Verify) -> Verify:
        _register(Verified(name, label, verify), has_page=False)
        return verify

    return register


def _register(one: Site | Verified, *, has_page: bool) -> None:
    _registered[one.name] = one
    can_step_up = not isinstance(one, Verified) and one.auth_time
    identities.register(identities.Origin(one.name, one.label, has_page, can_step_up))


def known(name: object) -> Site | Verified | None:
    """The origin of a name, or None."""
    for entry in settings().origins:
        if entry.called == name and name not in _registered:
            return _of_settings.setdefault(entry, _made(entry))
    return _registered.get(name) if isinstance(name, str) else None


def site(name: object) -> Site:
    """The origin of a name that a browser can be sent to.

    Raises:
        Unverified: there is none.
    """
    found = known(name)
    if found is None or isinstance(found, Verified):
        raise Unverified(identities.label(name))
    return found


async def claims_of(name: object, token: object, nonce: str | None = None) -> Claims:
    """What an origin says of somebody, by a token that they show.

    Args:
        name: the origin's.
        token: an ID token, or what the product's own function takes.
        nonce: what we gave for it, if we did. A token that carries a nonce is refused without.

    Raises:
        OriginAway: its keys cannot be had.
        Unverified: there is no such origin, or the token is not good.
    """
    found = known(name)
    if found is None or not isinstance(token, str) or len(token) > id_tokens.LONGEST:
        raise Unverified(identities.label(name))
    async with _asks(found):
        return await found.claims_of(token, nonce)


async def begin(name: object, redirect_uri: str, *, again: bool = False) -> Begun:
    """Begin a login with an origin; `again`: a step-up.

    Raises:
        OriginAway: it does not answer.
        Unverified: there is no such origin, or it does not say when the user authenticated.
    """
    found = site(name)
    if again and not found.auth_time:
        raise Unverified(found.label)
    async with _asks(found):
        return await found.begin(redirect_uri, again=again)


async def finish(name: object, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
    """End a login with an origin: who came back.

    Args:
        name: the origin's.
        begun: what was begun; its state was compared before.
        answer: what the browser brought, by name.
        redirect_uri: where it was sent back to.

    Raises:
        Stopped: the person, or the origin, said no there.
        OriginAway: it does not answer.
        Unverified: what came back is not good.
    """
    found = site(name)
    async with _asks(found):
        return await found.finish(begun, answer, redirect_uri)


@asynccontextmanager
async def _asks(one: Site | Verified) -> AsyncIterator[None]:
    """Whatever goes wrong while an origin is asked is a refusal. Its words are never told: they may hold secrets."""
    try:
        async with asyncio.timeout(PATIENCE):
            if not (_trusted.cache_info().currsize or isinstance(one, Verified)):
                await asyncio.to_thread(_trusted)
            yield
    except Refusal:
        raise
    except NotGood as no:
        log.warning("what came from %s is not good: %s", one.name, no)
        raise Unverified(one.label) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, _Away) as error:
        log.warning("%s cannot be reached: %s", one.name, type(error).__name__)
        raise OriginAway(one.label) from None
    except AuthlibBaseError as error:
        log.warning("%s refuses to say who it is: %s", one.name, _plain(error.error))
        raise Unverified(one.label) from None
    except Exception as error:  # of a library, or of the product's function
        log.error("%s could not be asked: %s", one.name, where(error))
        raise OriginAway(one.label) from None


class _Away(Exception):
    """An answer that is of no use."""


async def _bounded(answer: httpx2.Response) -> None:
    if int(answer.headers.get("content-length") or 0) > LONGEST or answer.is_redirect:
        raise _Away


def _careful() -> dict[str, Any]:
    """No redirects: what is configured is who is asked. And never for long."""
    hooks = {"response": [_bounded]}
    return {"verify": _trusted(), "timeout": TIMEOUT, "follow_redirects": False, "event_hooks": hooks}


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed. Made once: it takes a tenth of a second."""
    return httpx2.create_ssl_context()


_USERINFO = ("email", "email_verified", "given_name", "family_name", "name", "preferred_username", "xms_edov")


async def _fetch(url: str) -> dict[str, Any]:
    """A JSON document that anybody may read."""
    data = bytearray()
    async with httpx2.AsyncClient(**_careful()) as client, client.stream("GET", url) as answer:
        if answer.status_code != 200:
            raise _Away
        async for part in answer.aiter_bytes():
            data += part
            if len(data) > LONGEST:
                raise _Away
    return _object(bytes(data))


def _json(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code != 200:
        raise _Away
    return _object(answer.content)


def _list(answer: httpx2.Response) -> list[dict[str, Any]]:
    """A list of objects; who may not read it gets an empty one."""
    try:
        found = json.loads(answer.content) if answer.status_code == 200 else []
    except ValueError:
        raise _Away from None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _Away from None
    if not isinstance(found, dict):
        raise _Away
    return found


def _code(answer: Mapping[str, str], label: str) -> str:
    if "error" in answer:
        log.info("a login was refused there: %s", _plain(answer["error"]))
        raise Stopped(label)
    code = answer.get("code", "")
    if not code:
        raise NotGood("code")
    return code


def _plain(code: object) -> str:
    """An error code as the standards spell them; anything else may be anything."""
    text = code if isinstance(code, str) else ""
    return text if text.replace("_", "").isalpha() and text.isascii() and len(text) < 60 else "without a name"


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _made(entry: OriginSettings) -> Site:
    secret = entry.client_secret.get_secret_value() if entry.client_secret else None
    if entry.preset == "github":
        places = (entry.authorize_url, entry.token_url, entry.api_url.rstrip("/"))
        return GitHub(entry.called, entry.shown, entry.client_id, secret or "", *places)
    issuer, place = entry.issuer, ""
    if entry.preset == "google":
        issuer = GOOGLE
    if entry.preset == "microsoft":
        issuer, place = _microsoft(entry.tenant)
    return Oidc(entry.called, entry.shown, issuer, entry.client_id, secret, entry.apps, place, entry.sends_auth_time)


def _microsoft(tenant: str) -> tuple[str, str]:
    """The issuer, and where it describes itself. Where many tenants may come, each signs as itself."""
    whose = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": PERSONAL}.get(tenant, tenant)
    return f"{MICROSOFT}/{whose}/v2.0", f"{MICROSOFT}/{tenant}/v2.0/.well-known/openid-configuration"
