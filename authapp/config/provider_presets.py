"""Presets of `AUTHAPP_PROVIDERS`: the facts about well-known providers."""

from typing import NamedTuple


class Urls(NamedTuple):
    """Endpoints of a provider with plain OAuth 2, which publishes no metadata."""

    authorize: str
    token: str
    api: str


class Preset(NamedTuple):
    """Facts about one provider.

    Args:
        label: its name for users.
        issuer: its issuer identifier; empty for plain OAuth 2, and for Microsoft, where it depends on the tenant.
        urls: its endpoints, for plain OAuth 2.
        scope: the scope to ask for.
        credential: a client secret is `required` or `optional` there, or is `signed` for each few minutes.
        secret_in_body: whether it takes the client secret in the body only, although its metadata does not say so.
        pkce: whether it accepts PKCE.
        nonce: whether its ID tokens repeat our nonce.
        form_post: whether it answers with a POST.
        auth_time: whether `auth_time` proves a new authentication: `yes`, `no`, or `optional` where one can turn it on.
    """

    label: str
    issuer: str = ""
    urls: Urls | None = None
    scope: str = "openid email profile"
    credential: str = "required"
    secret_in_body: bool = False
    pkce: bool = True
    nonce: bool = True
    form_post: bool = False
    auth_time: str = "no"


PRESETS = {
    "google": Preset("Google", "https://accounts.google.com"),
    "microsoft": Preset("Microsoft", credential="optional", auth_time="optional"),
    # Apple answers with a POST as soon as the scope names something. Its metadata lists no PKCE.
    "apple": Preset(
        "Apple", "https://appleid.apple.com", scope="openid email name", credential="signed", pkce=False, form_post=True
    ),
    "github": Preset(
        "GitHub",
        urls=Urls(
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            "https://api.github.com",
        ),
        scope="read:user user:email",
    ),
    # GitLab logs the user out for `prompt=login`, and its `auth_time` is the time of the last login.
    "gitlab": Preset("GitLab", "https://gitlab.com", credential="optional", auth_time="yes"),
    # LinkedIn takes the secret in the body only, refuses a `code_verifier`, and its ID tokens have no nonce.
    "linkedin": Preset("LinkedIn", "https://www.linkedin.com/oauth", secret_in_body=True, pkce=False, nonce=False),
    "discord": Preset(
        "Discord",
        urls=Urls(
            "https://discord.com/oauth2/authorize", "https://discord.com/api/oauth2/token", "https://discord.com/api"
        ),
        scope="identify email",
    ),
    # The `auth_time` of Slack is the time of the token. It would count as a new authentication without being one.
    "slack": Preset("Slack", "https://slack.com", pkce=False),
}
