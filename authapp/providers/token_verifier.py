"""Token verifier of the product: a function that checks tokens of another issuer."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from authapp.core.account.identities import Claims
from authapp.core.authentication import id_tokens
from authapp.core.authentication.id_tokens import NotGood

Verify = Callable[[str], Claims | Awaitable[Claims | None] | None]


@dataclass(frozen=True)
class TokenVerifier:
    """Token verifier of the product: a function verifies the tokens. There is no login page to redirect to."""

    name: str
    label: str
    verify: Verify

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """Return the claims that the function reads from a token. We check the nonce ourselves."""
        if inspect.iscoroutinefunction(self.verify):
            claims = await self.verify(token)
        else:
            claims = await asyncio.to_thread(self.verify, token)
        if not isinstance(claims, Claims):
            raise NotGood("refused")
        id_tokens.check_nonce(claims.nonce or None if (value := id_tokens.nonce_of(token)) is None else value, nonce)
        return replace(claims, issuer=self.name, provider=self.name)
