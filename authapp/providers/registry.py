"""Registry of providers: those of the settings, and those that the product registers."""

from collections.abc import Callable

from pydantic import SecretStr

from authapp import extras
from authapp.config import ProviderOptions, ProviderSettings, is_private, settings
from authapp.core.account import identities
from authapp.core.base.errors import Unverified
from authapp.core.base.process_state import cache, registrations
from authapp.providers.oauth2 import OAuth2
from authapp.providers.oidc import Oidc
from authapp.providers.presets import from_settings
from authapp.providers.token_verifier import TokenVerifier, Verify

Site = Oidc | OAuth2  # providers with a login page
_registered: dict[str, Site | TokenVerifier] = registrations({})
_of_settings: dict[ProviderSettings, Site] = cache({})


def provider(
    name: str,
    *,
    label: str,
    issuer: str,
    client_id: str,
    client_secret: str | None = None,
    apps: tuple[str, ...] = (),
    auth_time: bool = True,
    options: ProviderOptions | None = None,
) -> None:
    """Register an OpenID Connect provider for social login, as an entry of `AUTHAPP_PROVIDERS` does.

    Args:
        name: name in URLs and tables; lower case letters, digits and hyphens.
        label: name that users see: "Continue with …".
        issuer: exactly the issuer identifier; https.
        client_id: client id of the product at the provider.
        client_secret: client secret of the product; None for a public client.
        apps: other clients (mobile apps) whose tokens for this client are accepted too.
        auth_time: whether its ID tokens say when the user authenticated. Otherwise step-up is not possible there.
        options: the ways in which the provider differs from the standard.

    Raises:
        MissingExtra: `authapp[providers]` is not installed.
        ValueError: an argument is invalid.
    """
    extras.require("providers")
    entry = ProviderSettings(
        name=name,
        label=label,
        issuer=issuer,
        client_id=client_id,
        client_secret=SecretStr(client_secret) if client_secret else None,
        apps=apps,
        auth_time=auth_time,
        **(options.model_dump() if options else {}),
    )
    if entry.gets_posts and not is_private(settings().url):
        raise ValueError("response_mode form_post requires an AUTHAPP_URL with https://")
    _register(from_settings(entry), has_page=True)


def token_verifier(name: str, *, label: str) -> Callable[[Verify], Verify]:
    """Register a function that verifies tokens of another issuer. Programs can then log in with these tokens.

    The function takes the token. It returns `authapp.Claims`, or None when the token is not valid. It may be async, and
    runs for each login. It must check that the token was issued for this product, and not for another one.

    Args:
        name: value of `auth_origin` in `POST /login`, and the name in tables.
        label: name that users see.
    """

    def register(verify: Verify) -> Verify:
        _register(TokenVerifier(name, label, verify), has_page=False)
        return verify

    return register


def _register(provider: Site | TokenVerifier, *, has_page: bool) -> None:
    _registered[provider.name] = provider
    can_step_up = not isinstance(provider, TokenVerifier) and provider.auth_time
    identities.register(identities.Provider(provider.name, provider.label, has_page, can_step_up))


def known(name: object) -> Site | TokenVerifier | None:
    """Return the provider with a name, or None."""
    for entry in settings().providers:
        if entry.called == name and name not in _registered:
            return _of_settings.setdefault(entry, from_settings(entry))
    return _registered.get(name) if isinstance(name, str) else None


def site(name: object) -> Site:
    """Return the provider with a name, if it has a login page.

    Raises:
        Unverified: there is no such provider.
    """
    provider = known(name)
    if provider is None or isinstance(provider, TokenVerifier):
        raise Unverified(identities.label(name))
    return provider
