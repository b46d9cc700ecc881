"""Options of an identity provider: the ways in which providers differ from the standard."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from authapp.config.urls import ascii_host, safe_url

_SCOPE = r"^([\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*)?$"  # RFC 6749, 3.3


class ProviderOptions(BaseModel):
    """Options of an identity provider, for `authapp.provider` and for entries of `AUTHAPP_PROVIDERS`.

    Args:
        token_auth: how the client proves itself at the token endpoint: `basic`, `post`, or `none`. By default as the
            metadata of the provider says.
        pkce: whether to use PKCE. On by default.
        discovery: URL of the metadata document, when it is not below the issuer.
        response_mode: `form_post` if the provider answers with a POST, else `query`.
        scope: the scope to ask for, separated by spaces.
        team_id: with `key_id` and `private_key`, the client secret is a JWT that is signed for each few minutes.
        key_id: the id of the private key at the provider.
        private_key: an ES256 private key in PEM form, or the path of a file with one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token_auth: Literal["basic", "post", "none"] | None = None
    pkce: bool | None = None
    discovery: str = ""
    response_mode: Literal["query", "form_post"] | None = None
    scope: str = Field("", max_length=1000, pattern=_SCOPE)
    team_id: str = Field("", max_length=100)
    key_id: str = Field("", max_length=100)
    private_key: SecretStr | None = None

    @property
    def signs_secret(self) -> bool:
        """Return whether the client secret is a signed JWT."""
        return self.private_key is not None

    @field_validator("discovery")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        return require_safe(value)

    @field_validator("private_key")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        return SecretStr(es256_key(value.get_secret_value())) if value else None

    @model_validator(mode="after")
    def _has_whole_key(self) -> "ProviderOptions":
        if self.private_key or self.team_id or self.key_id:
            for name in ("team_id", "key_id", "private_key"):
                if not getattr(self, name):
                    raise ValueError(f"needs {name}: a signed client secret takes team_id, key_id and private_key")
        return self


def require_safe(url: str) -> str:
    """Return a URL with its host in ASCII; an empty text stays.

    Raises:
        ValueError: secrets must not be sent to it.
    """
    if url and not safe_url(url := ascii_host(url)):
        raise ValueError("must be an https:// URL; http:// is allowed for this computer only")
    return url


def es256_key(value: str) -> str:
    """Return a private key in PEM form, from itself or from the path of a file.

    Raises:
        ValueError: it cannot be read, or is of another kind. The text never repeats the value.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # imported late: few need it
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = value if "-----BEGIN" in value else Path(value).read_text(encoding="ascii")
        key = load_pem_private_key(pem.encode(), None)
    except Exception:  # many kinds, and their texts may hold a part of the key
        raise ValueError("cannot be read: it must be a private key (PEM), or the path of a file with one") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("must be a private key for ES256 (P-256)")
    return pem
