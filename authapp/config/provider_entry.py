"""An entry of `AUTHAPP_PROVIDERS`."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from authapp.config.provider_options import ProviderOptions, require_safe
from authapp.config.provider_presets import PRESETS, Preset, Urls

_GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class ProviderSettings(ProviderOptions):
    """Identity provider, an entry of `AUTHAPP_PROVIDERS`: a preset, or any issuer of OpenID Connect."""

    preset: Literal["google", "microsoft", "apple", "github", "gitlab", "linkedin", "discord", "slack"] | None = None
    name: str = Field("", pattern="^([a-z][a-z0-9-]{0,31})?$")  # in URLs and tables
    label: str = Field("", max_length=40)  # its name for users
    issuer: str = ""
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: SecretStr | None = None
    tenant: str = Field("common", pattern=f"^(common|organizations|consumers|{_GUID})$")  # Microsoft's
    apps: tuple[str, ...] = ()  # other clients whose tokens for this one are accepted too, like a phone app
    auth_time: bool | None = None  # whether its ID tokens have the claim `auth_time`; None: see `sends_auth_time`
    authorize_url: str = ""  # these three are for plain OAuth 2, like a GitHub server of your own
    token_url: str = ""
    api_url: str = ""

    @property
    def facts(self) -> Preset:
        """Return the facts about the provider. Any issuer follows the standard, and proves a new authentication."""
        return PRESETS[self.preset] if self.preset else Preset("", credential="optional", auth_time="yes")

    @property
    def called(self) -> str:
        """Return the name of the provider in URLs and tables."""
        return self.name or self.preset or ""

    @property
    def shown(self) -> str:
        """Return the name of the provider for users."""
        return self.label or self.facts.label

    @property
    def urls(self) -> Urls | None:
        """Return the endpoints of a provider with plain OAuth 2; None for OpenID Connect."""
        if not (usual := self.facts.urls):
            return None
        api = (self.api_url or usual.api).rstrip("/")
        return Urls(self.authorize_url or usual.authorize, self.token_url or usual.token, api)

    @property
    def sends_auth_time(self) -> bool:
        """Return whether step-up works: whether the claim `auth_time` proves a new authentication."""
        return self.facts.auth_time == "yes" if self.auth_time is None else self.auth_time

    @property
    def uses_pkce(self) -> bool:
        """Return whether to use PKCE."""
        return self.facts.pkce if self.pkce is None else self.pkce

    @property
    def gets_posts(self) -> bool:
        """Return whether the provider answers with a POST."""
        return self.facts.form_post if self.response_mode is None else self.response_mode == "form_post"

    @field_validator("issuer", "authorize_url", "token_url", "api_url")
    @classmethod
    def _is_secure(cls, value: str) -> str:
        return require_safe(value)

    @model_validator(mode="after")
    def _names_provider(self) -> "ProviderSettings":
        if self.preset and self.issuer and self.preset != "gitlab":
            raise ValueError("must have either a preset or an issuer, not both")
        if not self.preset and not (self.name and self.label and self.issuer):
            raise ValueError("needs a preset, or name, label and issuer")
        if self.auth_time and self.facts.auth_time == "no":
            raise ValueError(f"cannot have auth_time: {self.preset} proves no new authentication")
        return self

    @model_validator(mode="after")
    def _can_prove_itself(self) -> "ProviderSettings":
        if self.facts.credential == "required" and not self.client_secret:
            raise ValueError(f"needs a client_secret: {self.preset} requires one for web sites")
        if self.facts.credential == "signed" and not self.signs_secret:
            raise ValueError(f"needs team_id, key_id and private_key: {self.preset} requires a signed client secret")
        if self.signs_secret and self.client_secret:
            raise ValueError("cannot have a private_key: the client secret is either given or signed")
        if self.signs_secret and self.preset and self.facts.credential != "signed":
            raise ValueError(f"cannot have a private_key: {self.preset} takes no signed client secret")
        has_secret = bool(self.client_secret) or self.signs_secret
        if self.token_auth == "none" and has_secret:  # noqa: S105 - the name of a method, not a secret
            raise ValueError("cannot have token_auth none and a client secret: it would not be sent")
        if self.token_auth in ("basic", "post") and not has_secret:
            raise ValueError(f"needs a client_secret for token_auth {self.token_auth}")
        if not self.uses_pkce and not has_secret:
            raise ValueError("needs pkce: without a client secret, anyone could use a stolen code")
        return self

    @model_validator(mode="after")
    def _fits_protocol(self) -> "ProviderSettings":
        if self.urls:
            for name, is_used in (("discovery", self.discovery), ("response_mode", self.gets_posts)):
                if is_used:
                    raise ValueError(f"cannot have {name}: {self.preset} is plain OAuth 2")
            if not self.uses_pkce:  # there is no ID token, whose nonce would bind the code to the browser
                raise ValueError(f"needs pkce: nothing else protects the codes of {self.preset}")
        elif self.authorize_url or self.token_url or self.api_url:
            raise ValueError("cannot have authorize_url, token_url or api_url: they come from the metadata")
        elif self.scope and "openid" not in self.scope.split():
            raise ValueError("must have openid in its scope: without it there is no ID token")
        return self
