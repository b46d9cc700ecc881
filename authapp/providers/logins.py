"""Logins at providers: begin, finish and check tokens. Every error of a provider becomes a refusal."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from authapp.core.account import identities
from authapp.core.account.identities import Claims
from authapp.core.authentication import id_tokens
from authapp.core.authentication.id_tokens import NotGood
from authapp.core.base.errors import ProviderUnavailable, Refusal, Unverified, where
from authapp.extras import installed, lazy
from authapp.providers.attempts import Begun, safe_code
from authapp.providers.http import Away, trusted
from authapp.providers.registry import Site, known, site
from authapp.providers.token_verifier import TokenVerifier

if TYPE_CHECKING:
    import httpx2
    from authlib.common import errors as authlib_errors
else:
    httpx2 = lazy("httpx2")
    authlib_errors = lazy("authlib.common.errors", "providers")

log = logging.getLogger(__name__)

PATIENCE = 15  # seconds for all requests of one login together


async def claims_of(name: object, token: object, nonce: str | None = None) -> Claims:
    """Return the claims of a token from a provider.

    Args:
        name: name of the provider.
        token: an ID token, or a token for the token verifier of the product.
        nonce: the nonce that we issued for it, if any. A token that carries a nonce is refused without.

    Raises:
        ProviderUnavailable: the keys of the provider cannot be fetched.
        Unverified: there is no such provider, or the token is not valid.
    """
    provider = known(name)
    if provider is None or not isinstance(token, str) or len(token) > id_tokens.LONGEST:
        raise Unverified(identities.label(name))
    async with _requests_to(provider):
        return await provider.claims_of(token, nonce)


def gets_posts(name: object) -> bool:
    """Return whether a provider answers with a POST (`response_mode` is `form_post`)."""
    provider = known(name)
    return isinstance(provider, Site) and provider.gets_posts


async def begin(name: object, redirect_uri: str, *, again: bool = False) -> Begun:
    """Start a login at a provider; `again`: a step-up.

    Raises:
        ProviderUnavailable: the provider does not answer.
        Unverified: there is no such provider, or it does not say when the user authenticated.
    """
    provider = site(name)
    if again and not provider.auth_time:
        raise Unverified(provider.label)
    async with _requests_to(provider):
        return await provider.begin(redirect_uri, again=again)


async def finish(name: object, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
    """Finish a login at a provider and return the claims of the user.

    Args:
        name: name of the provider.
        begun: the login attempt. The caller has already compared its state.
        answer: the parameters that the browser brought back, by name.
        redirect_uri: the URL that the provider redirected to.

    Raises:
        Stopped: the user or the provider declined.
        ProviderUnavailable: the provider does not answer.
        Unverified: the response is not valid.
    """
    provider = site(name)
    async with _requests_to(provider):
        return await provider.finish(begun, answer, redirect_uri)


@asynccontextmanager
async def _requests_to(provider: Site | TokenVerifier) -> AsyncIterator[None]:
    """Turn every error of a provider into a refusal. Its texts are never shown or logged: they may hold secrets."""
    try:
        async with asyncio.timeout(PATIENCE):
            if not (trusted.cache_info().currsize or isinstance(provider, TokenVerifier)):
                await asyncio.to_thread(trusted)
            yield
    except Refusal:
        raise
    except NotGood as reason:
        log.warning("the response of %s is invalid: %s", provider.name, reason)
        raise Unverified(provider.label) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, Away) as error:
        log.warning("%s cannot be reached: %s", provider.name, type(error).__name__)
        raise ProviderUnavailable(provider.label) from None
    except _oauth_errors() as error:
        log.warning("%s refused the request: %s", provider.name, safe_code(getattr(error, "error", "")))
        raise Unverified(provider.label) from None
    except Exception as error:  # an error of a library, or of the function of the product
        log.error("the request to %s failed: %s", provider.name, where(error))
        raise ProviderUnavailable(provider.label) from None


def _oauth_errors() -> tuple[type[Exception], ...]:
    """Return the errors of authlib; none where it is not installed: token verifiers of a product do not need it."""
    return (authlib_errors.AuthlibBaseError,) if installed("providers") else ()
