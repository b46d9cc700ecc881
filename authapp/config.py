"""Settings, each with its unit, its default and its reason. No other module reads settings from the environment."""

import json
import os
import re
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class BadSettings(SystemExit):
    """Raised when a setting is missing or wrong; the text names it. Ends the start with exit status 1."""


def _default_url() -> str:
    return f"http://localhost:{os.environ.get('PORT', '3000')}"


_POSTGRESQL = re.compile(r"^postgres(ql)?(\+psycopg2?)?://")
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


def ascii_host(url: str) -> str:
    """Spell the host of a URL in ASCII (punycode, UTS 46), as browsers do.

    Raises:
        ValueError: the host is not a valid host name.
    """
    host = urlsplit(url).hostname or ""
    if host.isascii():
        return url
    import idna  # imported late: large tables that few need

    return re.sub(re.escape(host), idna.encode(host, uts46=True).decode(), url, count=1, flags=re.IGNORECASE)


def safe_url(url: str) -> bool:
    """Return whether secrets may be sent to a URL: over https, or to this computer."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_local) and not (parts.username or parts.fragment)


class Settings(BaseSettings):
    """Settings, read once at start from the environment and `.env`. A wrong value stops the start."""

    model_config = SettingsConfigDict(env_prefix="AUTHAPP_", env_file=".env", extra="ignore", frozen=True)

    url: str = Field(
        default_factory=_default_url,
        description="Public base URL, without a path. Links in emails and the allowed Origin use only this URL.",
    )
    database_url: str = Field(
        "sqlite:///authapp.db",
        validation_alias="DATABASE_URL",
        description=(
            "A SQLite file for one host, or `postgresql://…` for more, also through a pooler in transaction mode "
            "(pgbouncer)."
        ),
    )
    database_schema: str = Field(
        "",
        pattern="^([a-z_][a-z0-9_]{0,62})?$",
        description=(
            "PostgreSQL schema of authapp's tables and those of the product, created when it does not exist. Needed "
            "in a database where another system has tables with our names, like Django's `auth_user`."
        ),
    )
    secret_key: SecretStr | None = Field(
        None,
        description=(
            "32 or more random characters; encrypts password records, challenges and tab tokens. Several keys, newest "
            "first, separated by commas, allow rotation. Created and stored next to a SQLite file when absent."
        ),
    )
    product_name: str = Field(
        "authapp", min_length=1, max_length=60, description="Name of the product on the pages and in emails."
    )
    sender: Literal["outbox", "resend"] = Field(
        "outbox", description="Mail provider: `outbox` only stores emails, `resend` sends them."
    )
    outbox_page: bool | None = Field(
        None,
        description=(
            "Whether `/outbox` shows stored emails to everyone, with links that open every account. By default only "
            "when no provider sends them and the URL is this computer."
        ),
    )
    resend_key: SecretStr | None = Field(None, description="API key of Resend; required when `resend` sends email.")
    resend_url: str = Field("https://api.resend.com", description="URL of Resend's API.")
    mail_from: str = Field(
        "authapp <no-reply@localhost>", description="From address of emails; its domain must be verified at Resend."
    )
    text_sender: Literal["outbox", "twilio"] = Field(
        "outbox", description="Text message provider: `outbox` only stores text messages, `twilio` sends them."
    )
    twilio_account: str = Field("", description="Account SID of Twilio; required when `twilio` sends text messages.")
    twilio_key: SecretStr | None = Field(None, description="Auth token of the Twilio account; required with it.")
    twilio_from: str = Field(
        "",
        description=(
            "Sender of text messages: a number of the Twilio account in E.164 format, or the SID of a messaging "
            "service."
        ),
    )
    twilio_url: str = Field("https://api.twilio.com", description="URL of Twilio's API.")
    password_min_length: int = Field(
        12,
        ge=8,
        le=64,
        description=(
            "Minimum length of passwords, in characters. 15 where a password is the only factor (NIST SP 800-63B-4, "
            "3.1.1.2)."
        ),
    )
    password_rounds: int = Field(
        600_000,
        ge=4096,
        le=10_000_000,
        description="PBKDF2 iterations of new records (OWASP Password Storage).",
    )
    session_hours: int = Field(
        12, ge=1, le=100_000, description="Hours after which a session without “Keep me logged in” ends."
    )
    session_idle_hours: int = Field(
        2, ge=1, le=100_000, description="Hours without activity after which such a session ends."
    )
    kept_session_days: int = Field(
        30, ge=1, le=100_000, description="Days after which a session with “Keep me logged in” ends."
    )
    kept_session_idle_days: int = Field(
        14, ge=1, le=100_000, description="Days without activity after which such a session ends."
    )
    sign_up_link_hours: int = Field(24, ge=1, le=100_000, description="Hours a sign-up link is valid.")
    reset_link_hours: int = Field(1, ge=1, le=100_000, description="Hours a recovery link is valid.")
    added_email_link_hours: int = Field(
        24, ge=1, le=168, description="Hours a link that confirms an added email address is valid."
    )
    phones: bool = Field(
        True,
        description=(
            "Whether users can sign up, log in and recover their account with a phone number. Turn off when no "
            "provider sends text messages."
        ),
    )
    phone_country: str = Field(
        "",
        pattern="^([A-Z]{2})?$",
        description=(
            "Country (ISO 3166) of numbers entered without a country code, like `DE`. When empty, the region of the "
            "browser's language decides (`de-AT`), or the form asks."
        ),
    )
    intranet_domains: str = Field(
        "",
        pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)*(,[a-z0-9-]+(\.[a-z0-9-]+)*)*)?$",
        description=(
            "Domains of your own network, separated by commas, like `corp.local`: email addresses in them and their "
            "subdomains are accepted too."
        ),
    )
    text_countries: str = Field(
        "",
        pattern="^([A-Z]{2}(,[A-Z]{2})*)?$",
        description=(
            "Countries (ISO 3166, separated by commas) whose numbers receive text messages; all when empty. Toll "
            "fraud usually uses countries without real users."
        ),
    )
    texts_per_day: int = Field(
        1000,
        ge=1,
        le=10_000_000,
        description="Maximum number of text messages with codes a day, for the whole site; limits their cost.",
    )
    sign_up: Literal["open", "invitation", "closed"] = Field(
        "open",
        description=(
            "Sign-up policy: `open` to everyone; `invitation`: by invitation, with a waiting list for others; "
            "`closed`: by invitation, without a waiting list."
        ),
    )
    waitlist_days: int = Field(
        365, ge=1, le=3650, description="Days after which an address on the waiting list is deleted."
    )
    providers: Annotated[tuple[ProviderSettings, ...], NoDecode] = Field(
        default_factory=tuple,
        description="Identity providers for social login, as a JSON list; see “Social login”. Contains secrets.",
    )
    step_up_minutes: int = Field(
        10,
        ge=1,
        le=100_000,
        description="Minutes after which sensitive changes ask for the password again (ASVS 5.0, 7.5.1).",
    )
    closing_days: int = Field(
        14, ge=1, le=365, description="Days in which logging in reopens a closed account; after that it is deleted."
    )
    audit_days: int = Field(
        365, ge=1, le=100_000, description="Days after which entries of the security history are deleted."
    )
    message_days: int = Field(
        30, ge=1, le=100_000, description="Days after which a message in the outbox is deleted, sent or not."
    )
    unconfirmed_days: int = Field(
        7, ge=1, le=365, description="Days after which an unconfirmed sign-up or address is deleted."
    )
    mail_templates: str = Field(
        "", description="Folder with your own mail templates; each file replaces our template of the same name."
    )
    languages: str = Field(
        "",
        description=(
            "Folder with your own gettext catalogues, like `de.po`; in addition to that of `install(app, languages=…)`."
        ),
    )
    trusted_proxies: Annotated[int | tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        0,
        description=(
            "Trusted reverse proxies, whose forwarding header gives the client's IP address: their number (0 to 5), "
            "or better their networks, like `10.0.0.0/8,127.0.0.1`, so that direct requests cannot forge the header."
        ),
    )
    forwarded_header: Literal["x-forwarded-for", "forwarded"] = Field(
        "x-forwarded-for",
        description="Header that the proxies set: `x-forwarded-for` or `forwarded` (RFC 7239). The other is ignored.",
    )
    busy_seconds: float = Field(
        5, gt=0, le=60, description="Seconds a write waits for a locked database before the request is refused."
    )
    threads: int = Field(
        8, ge=1, le=64, description="Maximum number of rules that run at the same time; more wait in a queue."
    )
    avatar_max_mb: int = Field(5, ge=1, le=50, description="Maximum size of a profile picture file, in megabytes.")
    rpc_path: str = Field(
        "/api/v1", pattern="^(/[A-Za-z0-9_-]+)+$", description="Path of the HTTP API, on every origin of the app."
    )
    token_kind: Literal["header", "cookie"] = Field(
        "header",
        description=(
            "How API clients send the session key: in the header `X-Csrf-Token`, or in a cookie. Pages always use the "
            "cookie."
        ),
    )
    cors_origins: str = Field(
        "",
        description="Other origins, separated by commas, whose pages may call the API with credentials (CORS), like "
        "`https://app.example.com`.",
    )
    approval: bool = Field(
        False,
        description="Whether new users need the approval of a member of the group `admin` before they can log in.",
    )
    admins: str = Field(
        "",
        description="Email addresses or phone numbers, separated by commas, of members of the group `admin`.",
    )
    rate_limits: bool = Field(True, description="Whether the rate limits apply. Turn off only to measure speed.")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, dotenv_settings: Any, file_secret_settings: Any
    ) -> tuple[Any, ...]:
        """Give the values of `suggest` the lowest priority."""
        return env_settings, dotenv_settings, init_settings

    @field_validator("url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        return _origin(value)

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        return ",".join(_origin(origin.strip()) for origin in value.split(",") if origin.strip())

    @field_validator("resend_url", "twilio_url")
    @classmethod
    def _has_an_ascii_host(cls, value: str) -> str:
        return ascii_host(value)

    @field_validator("providers", mode="before")
    @classmethod
    def _is_a_list(cls, value: Any) -> Any:
        try:
            entries = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("must be a JSON list of objects") from None
        if not isinstance(entries, list | tuple) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("must be a JSON list of objects")
        return entries

    @field_validator("providers")
    @classmethod
    def _have_names_of_their_own(cls, value: tuple[ProviderSettings, ...]) -> tuple[ProviderSettings, ...]:
        names = [entry.called for entry in value]
        if len(set(names)) < len(names):
            raise ValueError("must give each entry a unique name")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _is_a_number_or_networks(cls, value: Any) -> int | tuple[IPv4Network | IPv6Network, ...]:
        text = str(value).strip()
        if text in ("0", "1", "2", "3", "4", "5"):
            return int(text)
        try:
            networks = tuple(ip_network(part.strip()) for part in text.split(","))
        except ValueError:
            networks = ()
        if not networks or any(network.prefixlen == 0 for network in networks):
            raise ValueError("must be 0 to 5, or networks like 10.0.0.0/8,127.0.0.1 (never all addresses)")
        return networks

    @field_validator("admins")
    @classmethod
    def _are_identifiers(cls, value: str) -> str:
        if any("@" not in part and not part.strip().startswith("+") for part in value.split(",") if part.strip()):
            raise ValueError("must be email addresses, or phone numbers with + and their country code")
        return value

    @field_validator("twilio_account")
    @classmethod
    def _is_an_account(cls, value: str) -> str:
        if value and not re.fullmatch(r"AC[0-9a-fA-F]{32}", value):
            raise ValueError("must be an account SID: AC followed by 32 hexadecimal digits")
        return value

    @field_validator("twilio_from")
    @classmethod
    def _is_a_number_or_a_service(cls, value: str) -> str:
        if value and not re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}", value):
            raise ValueError("must be a number like +14155550100, or MG followed by 32 hexadecimal digits")
        return value

    @field_validator("mail_templates", "languages")
    @classmethod
    def _is_a_folder(cls, value: str) -> str:
        if value and not Path(value).is_dir():
            raise ValueError("must be an existing folder")
        return value

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value and any(len(key.strip()) < 32 for key in value.get_secret_value().split(",")):
            raise ValueError("must have 32 characters or more; create one with: openssl rand -hex 32")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_known(cls, value: str) -> str:
        value = _POSTGRESQL.sub("postgresql+psycopg://", value)  # as hosting services and other drivers spell it
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        if value in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("must name a file; an in-memory database is lost with the next connection")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        if self.sender == "resend" and not self.resend_key:
            raise ValueError("AUTHAPP_RESEND_KEY is required when AUTHAPP_SENDER is resend")
        if self.sender == "resend" and "mail_from" not in self.model_fields_set:
            raise ValueError("AUTHAPP_MAIL_FROM is required when AUTHAPP_SENDER is resend")
        for name in ("twilio_account", "twilio_key", "twilio_from"):
            if self.text_sender == "twilio" and not getattr(self, name):
                raise ValueError(f"{variable(name)} is required when AUTHAPP_TEXT_SENDER is twilio")
        if self.approval and not self.admins:
            raise ValueError(
                "AUTHAPP_ADMINS is required when AUTHAPP_APPROVAL is true: name at least one administrator who approves"
            )
        if self.database_schema and self.sqlite:
            raise ValueError("AUTHAPP_DATABASE_SCHEMA requires PostgreSQL, but DATABASE_URL is a SQLite file")
        if self.secret_key is None and not self.sqlite:
            raise ValueError("AUTHAPP_SECRET_KEY is required when DATABASE_URL is not a SQLite file")
        return self

    @property
    def sqlite(self) -> bool:
        """Return whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite")

    @property
    def database_place(self) -> str:
        """Return the location of the database, without user and password."""
        from sqlalchemy import make_url  # imported late: clients need no database

        url = make_url(self.database_url)
        return str(url.database) if self.sqlite else f"{url.host or url.query.get('host', 'localhost')}/{url.database}"

    @property
    def key_in_header(self) -> bool:
        """Return whether API clients send the session key in a header, and not in a cookie."""
        return self.token_kind == "header"  # noqa: S105 - a kind of token, and not one

    @property
    def other_origins(self) -> frozenset[str]:
        """Return the origins besides our own whose pages may call the API."""
        return frozenset(self.cors_origins.split(",")) - {""}

    @property
    def https(self) -> bool:
        """Return whether browsers use https. Decides on Secure, the `__Host-` cookie and HSTS."""
        return self.url.startswith("https://")

    @property
    def shows_outbox(self) -> bool:
        """Return whether the page `/outbox` exists."""
        if self.outbox_page is not None:
            return self.outbox_page
        return self.sender == self.text_sender == "outbox" and urlsplit(self.url).hostname in LOOPBACK


def _origin(value: str) -> str:
    parts = urlsplit(ascii_host(value))  # raises ValueError if it is not a URL at all
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or not parts.hostname or rest:
        raise ValueError("must be http:// or https:// and a host, without a path, like https://example.com")
    default_port = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default_port) else "")


def variable(name: str) -> str:
    """Return the environment variable of a setting, by its field name."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"AUTHAPP_{name.upper()}"


_suggested: dict[str, Any] = {}


def suggest(**values: str) -> None:
    """Set defaults from the app, for settings that the environment does not have. Empty values are ignored."""
    _suggested.clear()
    _suggested.update({name: value for name, value in values.items() if value})
    settings.cache_clear()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process.

    Raises:
        BadSettings: a setting is wrong. The text names it and says what it must be, but never repeats its value.
    """
    try:
        _check_names()
        return Settings(**_suggested)
    except ValidationError as error:
        raise BadSettings("\n".join(_sentences(error))) from None


def _check_names() -> None:
    """Refuse variables that look like settings but are not: with a typo, the default would stay in force.

    Raises:
        BadSettings: there is such a variable. The text suggests the setting with the closest name.
    """
    names = {variable(name) for name in Settings.model_fields}
    file = Settings.model_config.get("env_file")
    in_file = dotenv_values(file) if isinstance(file, str) else {}
    unknown = sorted({name for name in map(str.upper, (*os.environ, *in_file)) if name.startswith("AUTHAPP_")} - names)
    if unknown:
        raise BadSettings("\n".join(f"authapp cannot start: {_unknown(name, names)}" for name in unknown))


def _unknown(name: str, names: set[str]) -> str:
    matches = get_close_matches(name, names, n=1)
    return f"{name} is not a setting" + (f"; did you mean {matches[0]}?" if matches else "")


def _sentences(invalid: ValidationError) -> list[str]:
    lines = []
    for error in invalid.errors(include_input=False, include_url=False):
        place = str(error["loc"][0]) if error["loc"] else ""
        name = variable(place) if place in Settings.model_fields else place
        message = error["msg"].removeprefix("Value error, ")
        lines.append(f"authapp cannot start: {name} {_inside(error['loc'][1:])}{message}".replace("  ", " "))
    return lines


def _inside(place: tuple[int | str, ...]) -> str:
    """Describe a place in a list of objects: `entry 2, client_id: `. Leaves out unknown names: they may be secrets."""
    parts = [f"entry {part + 1}" if isinstance(part, int) else part for part in place]
    return ", ".join(part for part in parts if part.startswith("entry ") or part in ProviderSettings.model_fields) + (
        ": " if place else ""
    )
