"""Providers of the settings: the presets for Google, Microsoft and GitHub, and entries with an issuer."""

from authapp.config import ProviderSettings
from authapp.providers.github import GitHub
from authapp.providers.oidc import GOOGLE, Oidc

MICROSOFT = "https://login.microsoftonline.com"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # tenant of personal Microsoft accounts


def from_settings(entry: ProviderSettings) -> Oidc | GitHub:
    """Return the provider of an entry of `AUTHAPP_PROVIDERS`."""
    secret = entry.client_secret.get_secret_value() if entry.client_secret else None
    if entry.preset == "github":
        urls = (entry.authorize_url, entry.token_url, entry.api_url.rstrip("/"))
        return GitHub(entry.called, entry.shown, entry.client_id, secret or "", *urls)
    issuer, metadata = entry.issuer, ""
    if entry.preset == "google":
        issuer = GOOGLE
    if entry.preset == "microsoft":
        issuer, metadata = _microsoft(entry.tenant)
    return Oidc(entry.called, entry.shown, issuer, entry.client_id, secret, entry.apps, metadata, entry.sends_auth_time)


def _microsoft(tenant: str) -> tuple[str, str]:
    """Return the issuer and the URL of its metadata. With several tenants allowed, each tenant is its own issuer."""
    issuer_tenant = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": PERSONAL}.get(tenant, tenant)
    return f"{MICROSOFT}/{issuer_tenant}/v2.0", f"{MICROSOFT}/{tenant}/v2.0/.well-known/openid-configuration"
