"""Identity providers for social login: OpenID Connect, GitHub and token verifiers of the product."""

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
from authapp.core.account import identities
from authapp.core.account.identities import Claims
from authapp.core.authentication import id_tokens
from authapp.core.authentication.id_tokens import NotGood, UnknownKey
from authapp.core.base import clock
from authapp.core.base.errors import OriginAway, Refusal, Stopped, Unverified, where

log = logging.getLogger(__name__)

TIMEOUT = 5  # seconds for one request to a provider; a user waits for the answer
PATIENCE = 15  # seconds for all requests of one login together
LONGEST = 1_000_000  # bytes of a response
KEPT_FOR = 3600  # seconds for which the metadata and keys of a provider are cached
KEYS_AGAIN = 60  # seconds between two fetches of the keys because of an unknown key
LONGEST_TOKEN_LIFE = timedelta(days=1)  # a used token is remembered for at most this time
GOOGLE = "https://accounts.google.com"
MICROSOFT = "https://login.microsoftonline.com"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # tenant of personal Microsoft accounts

Verify = Callable[[str], Claims | Awaitable[Claims | None] | None]


class Begun(NamedTuple):
    """Login attempt at a provider: its URL, the expected state and nonce, and the PKCE code verifier."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Oidc:
    """OpenID Connect provider.

    Args:
        name: name in URLs and tables.
        label: name that users see.
        issuer: exactly the issuer identifier; `{tenantid}` stands for the tenant of the user (Microsoft).
        client_id: our client id at the provider.
        client_secret: our client secret; None for a public client.
        apps: other clients whose tokens for this client are accepted too.
        place: URL of the metadata document, when it is not below the issuer.
        auth_time: whether its ID tokens say when the user authenticated. Otherwise step-up is not possible there.
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
        """Return a new login attempt. `again` asks the user to authenticate anew at the provider (step-up)."""
        about = await self._about()
        begun = Begun("", secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        # Google does not support `login`, and refuses unknown values.
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
        """Exchange the code that the browser brought back for the claims of the user."""
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
        """Return the claims of an ID token that the caller got from this provider in another way."""
        said = await self._verified(token, nonce)
        until = datetime.fromtimestamp(said["exp"], UTC) + id_tokens.LEEWAY
        if until - clock.now() > LONGEST_TOKEN_LIFE:
            raise NotGood("exp")  # unusual, and we could not remember the used token for so long
        seen = hashlib.sha256(token.rpartition(".")[0].encode()).digest()  # a signature has many spellings
        return replace(self._claims(said), token=seen, until=until)

    def _check_sender(self, about: Mapping[str, Any], answer: Mapping[str, str]) -> None:
        """Check the issuer of the response (RFC 9207), against mix-up attacks by another server."""
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
        if "{tenantid}" in self.issuer:  # a tenant can claim any email; this claim says that it owns the domain
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
        if found.get("sub") != said["sub"]:  # OpenID Connect Core, 5.3.2: it may belong to another user
            raise NotGood("sub of userinfo")
        return {name: found[name] for name in _USERINFO if name in found}

    async def _about(self) -> Mapping[str, Any]:
        """Return the metadata of the provider (OpenID Connect Discovery, 4), cached for `KEPT_FOR` seconds."""
        kept = self._known.get("about")
        if kept and time.monotonic() < kept[0]:
            return dict(kept[1])
        place = self.place or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = await _fetch(place)
        if found.get("issuer") != self.issuer:  # section 4.3: must match exactly
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
        self._known["looked"] = now  # before the response, so that concurrent logins do not fetch too
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
    """GitHub: OAuth 2 without ID tokens. The user comes from its API, read with an access token that was issued to us.

    GitHub does not say when the user authenticated, so step-up is not possible.
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
        """Return a new login attempt. `again` has no effect: GitHub cannot ask for a new authentication."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(self.authorize_url, state=state, code_verifier=verifier)
        return Begun(url, state, "", verifier)

    async def finish(self, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
        """Exchange the code that the browser brought back for the claims of the user."""
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
        """Refuse. An access token does not say which client it was issued to, so it does not prove a login here."""
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
    """Token verifier of the product: a function verifies the tokens. There is no login page to redirect to."""

    name: str
    label: str
    verify: Verify

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """Return the claims that the function reads from a token. We check the nonce ourselves."""
        if inspect.iscoroutinefunction(self.verify):
            found = await self.verify(token)
        else:
            found = await asyncio.to_thread(self.verify, token)
        if not isinstance(found, Claims):
            raise NotGood("refused")
        id_tokens.check_nonce(found.nonce or None if (own := id_tokens.nonce_of(token)) is None else own, nonce)
        return replace(found, origin=self.name, name=self.name)


Site = Oidc | GitHub  # providers with a login page
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
    """Register an OpenID Connect provider for social login, as an entry of `AUTHAPP_ORIGINS` does.

    Args:
        name: name in URLs and tables; lower case letters, digits and hyphens.
        label: name that users see: "Continue with …".
        issuer: exactly the issuer identifier; https.
        client_id: client id of the product at the provider.
        client_secret: client secret of the product; None for a public client.
        apps: other clients (mobile apps) whose tokens for this client are accepted too.
        auth_time: whether its ID tokens say when the user authenticated. Otherwise step-up is not possible there.

    Raises:
        ValueError: an argument is invalid.
    """
    OriginSettings(name=name, label=label, issuer=issuer, client_id=client_id)  # checked in one place
    _register(Oidc(name, label, issuer, client_id, client_secret, apps, auth_time=auth_time), has_page=True)


def verifier(name: str, *, label: str) -> Callable[[Verify], Verify]:
    """Register a function that verifies tokens of another issuer. Programs can then log in with these tokens.

    The function takes the token. It returns `authapp.Claims`, or None when the token is not valid. It may be async, and
    runs for each login. It must check that the token was issued for this product, and not for another one.

    Args:
        name: value of `auth_origin` in `POST /login`, and the name in tables.
        label: name that users see.
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
    """Return the provider with a name, or None."""
    for entry in settings().origins:
        if entry.called == name and name not in _registered:
            return _of_settings.setdefault(entry, _made(entry))
    return _registered.get(name) if isinstance(name, str) else None


def site(name: object) -> Site:
    """Return the provider with a name, if it has a login page.

    Raises:
        Unverified: there is no such provider.
    """
    found = known(name)
    if found is None or isinstance(found, Verified):
        raise Unverified(identities.label(name))
    return found


async def claims_of(name: object, token: object, nonce: str | None = None) -> Claims:
    """Return the claims of a token from a provider.

    Args:
        name: name of the provider.
        token: an ID token, or a token for the token verifier of the product.
        nonce: the nonce that we issued for it, if any. A token that carries a nonce is refused without.

    Raises:
        OriginAway: the keys of the provider cannot be fetched.
        Unverified: there is no such provider, or the token is not valid.
    """
    found = known(name)
    if found is None or not isinstance(token, str) or len(token) > id_tokens.LONGEST:
        raise Unverified(identities.label(name))
    async with _asks(found):
        return await found.claims_of(token, nonce)


async def begin(name: object, redirect_uri: str, *, again: bool = False) -> Begun:
    """Start a login at a provider; `again`: a step-up.

    Raises:
        OriginAway: the provider does not answer.
        Unverified: there is no such provider, or it does not say when the user authenticated.
    """
    found = site(name)
    if again and not found.auth_time:
        raise Unverified(found.label)
    async with _asks(found):
        return await found.begin(redirect_uri, again=again)


async def finish(name: object, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
    """Finish a login at a provider and return the claims of the user.

    Args:
        name: name of the provider.
        begun: the login attempt. The caller has already compared its state.
        answer: the parameters that the browser brought back, by name.
        redirect_uri: the URL that the provider redirected to.

    Raises:
        Stopped: the user or the provider declined.
        OriginAway: the provider does not answer.
        Unverified: the response is not valid.
    """
    found = site(name)
    async with _asks(found):
        return await found.finish(begun, answer, redirect_uri)


@asynccontextmanager
async def _asks(one: Site | Verified) -> AsyncIterator[None]:
    """Turn every error of a provider into a refusal. Its texts are never shown or logged: they may hold secrets."""
    try:
        async with asyncio.timeout(PATIENCE):
            if not (_trusted.cache_info().currsize or isinstance(one, Verified)):
                await asyncio.to_thread(_trusted)
            yield
    except Refusal:
        raise
    except NotGood as no:
        log.warning("the response of %s is invalid: %s", one.name, no)
        raise Unverified(one.label) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, _Away) as error:
        log.warning("%s cannot be reached: %s", one.name, type(error).__name__)
        raise OriginAway(one.label) from None
    except AuthlibBaseError as error:
        log.warning("%s refused the request: %s", one.name, _plain(error.error))
        raise Unverified(one.label) from None
    except Exception as error:  # an error of a library, or of the function of the product
        log.error("the request to %s failed: %s", one.name, where(error))
        raise OriginAway(one.label) from None


class _Away(Exception):
    """Raised when the response of a provider is unusable."""


async def _bounded(answer: httpx2.Response) -> None:
    if int(answer.headers.get("content-length") or 0) > LONGEST or answer.is_redirect:
        raise _Away


def _careful() -> dict[str, Any]:
    """Return the options of the HTTP client: no redirects (only configured hosts), short timeouts, small responses."""
    hooks = {"response": [_bounded]}
    return {"verify": _trusted(), "timeout": TIMEOUT, "follow_redirects": False, "event_hooks": hooks}


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return the trusted certificates. Created once, because it takes a tenth of a second."""
    return httpx2.create_ssl_context()


_USERINFO = ("email", "email_verified", "given_name", "family_name", "name", "preferred_username", "xms_edov")


async def _fetch(url: str) -> dict[str, Any]:
    """Fetch a public JSON document, of at most `LONGEST` bytes."""
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
    """Return a list of objects; an empty list when the provider denies access to it."""
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
        log.info("the provider refused the login: %s", _plain(answer["error"]))
        raise Stopped(label)
    code = answer.get("code", "")
    if not code:
        raise NotGood("code")
    return code


def _plain(code: object) -> str:
    """Return an error code that is spelled as in the standards. Other texts are not safe to log."""
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
    """Return the issuer and the URL of its metadata. With several tenants allowed, each tenant is its own issuer."""
    whose = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": PERSONAL}.get(tenant, tenant)
    return f"{MICROSOFT}/{whose}/v2.0", f"{MICROSOFT}/{tenant}/v2.0/.well-known/openid-configuration"
