"""An entry of `AUTHAPP_PROVIDERS`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from authapp.config.urls import ascii_host, safe_url

_GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class ProviderSettings(BaseModel):
    """Identity provider, an entry of `AUTHAPP_PROVIDERS`: a preset, or any issuer of OpenID Connect."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    preset: Literal["google", "microsoft", "github"] | None = None
    name: str = Field("", pattern="^([a-z][a-z0-9-]{0,31})?$")  # in URLs and tables
    label: str = Field("", max_length=40)  # its name for users
    issuer: str = ""
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: SecretStr | None = None
    tenant: str = Field("common", pattern=f"^(common|organizations|consumers|{_GUID})$")  # Microsoft's
    apps: tuple[str, ...] = ()  # other clients whose tokens for this one are accepted too, like a phone app
    auth_time: bool | None = None  # whether its ID tokens have the claim `auth_time`; None: see `sends_auth_time`
    authorize_url: str = "https://github.com/login/oauth/authorize"  # these three are GitHub's
    token_url: str = "https://github.com/login/oauth/access_token"  # noqa: S105  # an address, not a secret
    api_url: str = "https://api.github.com"

    @property
    def called(self) -> str:
        """Return the name of the provider in URLs and tables."""
        return self.name or self.preset or ""

    @property
    def shown(self) -> str:
        """Return the name of the provider for users."""
        return self.label or {"google": "Google", "microsoft": "Microsoft", "github": "GitHub"}[self.preset or ""]

    @property
    def sends_auth_time(self) -> bool:
        """Return whether step-up works. OpenID Connect requires `auth_time` with `max_age`; our presets lack it."""
        return self.preset is None if self.auth_time is None else self.auth_time

    @field_validator("issuer", "authorize_url", "token_url", "api_url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if value and not safe_url(value := ascii_host(value)):
            raise ValueError("must be an https:// URL; http:// is allowed for this computer only")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> "ProviderSettings":
        if self.preset and self.issuer:
            raise ValueError("must have either a preset or an issuer, not both")
        if not self.preset and not (self.name and self.label and self.issuer):
            raise ValueError("needs a preset, or name, label and issuer")
        if self.preset in ("github", "google") and not self.client_secret:
            raise ValueError(f"needs a client_secret: {self.preset} requires one for web sites")
        if self.preset in ("github", "google") and self.auth_time:
            raise ValueError(f"cannot have auth_time: {self.preset} never asks for the password again")
        return self
