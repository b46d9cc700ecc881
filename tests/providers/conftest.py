"""An issuer on loopback, and one login with it."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authapp.core.account.identities import Claims
from authapp.core.base.errors import Refusal
from authapp.providers import logins
from authapp.testing import Configure
from tests.kit.providers.issuer import Issuer
from tests.kit.providers.oidc import origins

CALLBACK = "http://localhost:3000/api/v1/foreign/odd/callback"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
def odd(configure: Configure, issuer: Issuer) -> Callable[..., Issuer]:
    """Return a function that configures the issuer as the only provider; an argument of None removes an option."""

    def use(**options: Any) -> Issuer:
        entry = issuer.origin(**options)
        configure(AUTHAPP_PROVIDERS=origins({name: value for name, value in entry.items() if value is not None}))
        return issuer

    return use


def log_in(issuer: Issuer, name: str = "odd", **answer: str) -> Claims:
    """Log in at the issuer, and return the claims of the user."""

    async def there_and_back() -> Claims:
        begun = await logins.begin(name, CALLBACK)
        return await logins.finish(name, begun, issuer.agree(begun.url) | answer, CALLBACK)

    return asyncio.run(there_and_back())


def refused(issuer: Issuer, **answer: str) -> type[Refusal]:
    """Return why a login at the issuer is refused."""
    with pytest.raises(Refusal) as refusal:
        log_in(issuer, **answer)
    return refusal.type
