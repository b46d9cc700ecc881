"""Providers of the settings: the presets, and entries with an issuer."""

from authapp.config import ProviderSettings
from authapp.providers.clients import Client, Signer
from authapp.providers.discovery import Published
from authapp.providers.oauth2 import OAuth2, read_discord, read_github
from authapp.providers.oidc import Oidc

MICROSOFT = "https://login.microsoftonline.com"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # tenant of personal Microsoft accounts
_READERS = {"github": read_github, "discord": read_discord}


def from_settings(entry: ProviderSettings) -> Oidc | OAuth2:
    """Return the provider of an entry of `AUTHAPP_PROVIDERS`."""
    if entry.urls and entry.preset:
        return OAuth2(entry.called, entry.shown, _client(entry), entry.urls, _READERS[entry.preset])
    published = (
        _microsoft(entry.tenant) if entry.preset == "microsoft" else Published(entry.issuer or entry.facts.issuer)
    )
    if entry.discovery:
        published = Published(published.issuer, entry.discovery)
    client = _client(entry, published.issuer)
    return Oidc(entry.called, entry.shown, published, client, entry.apps, entry.sends_auth_time)


def _client(entry: ProviderSettings, issuer: str = "") -> Client:
    secret, key = (value and value.get_secret_value() for value in (entry.client_secret, entry.private_key))
    return Client(
        id=entry.client_id,
        secret=secret or None,
        signer=Signer(entry.team_id, entry.key_id, key, issuer) if key else None,
        token_auth=entry.token_auth or ("post" if entry.facts.secret_in_body else ""),
        scope=entry.scope or entry.facts.scope,
        pkce=entry.uses_pkce,
        nonce=entry.facts.nonce,
        form_post=entry.gets_posts,
    )


def _microsoft(tenant: str) -> Published:
    """Return the issuer and the URL of its metadata. With several tenants allowed, each tenant is its own issuer."""
    issuer_tenant = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": PERSONAL}.get(tenant, tenant)
    url = f"{MICROSOFT}/{tenant}/v2.0/.well-known/openid-configuration"
    return Published(f"{MICROSOFT}/{issuer_tenant}/v2.0", url)
