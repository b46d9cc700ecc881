"""The table of settings, each with its unit, its default and its reason."""

import os
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from authapp.config import checks
from authapp.config.limits import Limit, country_caps, read_limits
from authapp.config.provider_entry import ProviderSettings
from authapp.config.smtp import SmtpServer, smtp_server
from authapp.config.urls import LOOPBACK, ascii_host, is_private, origin


def _default_url() -> str:
    return f"http://localhost:{os.environ.get('PORT', '3000')}"


class Settings(BaseSettings):
    """Settings, read once at start from the environment and `.env`. A wrong value stops the start."""

    model_config = SettingsConfigDict(env_prefix="AUTHAPP_", env_file=".env", extra="ignore", frozen=True)

    url: Annotated[str, AfterValidator(origin)] = Field(
        default_factory=_default_url,
        description="Public base URL, without a path. Links in emails and the allowed Origin use only this URL.",
    )
    database_url: Annotated[str, AfterValidator(checks.database)] = Field(
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
    secret_key: Annotated[SecretStr | None, AfterValidator(checks.long_keys)] = Field(
        None,
        description=(
            "32 or more random characters; encrypts password records, challenges and tab tokens. Several keys, newest "
            "first, separated by commas, allow rotation. Created and stored next to a SQLite file when absent."
        ),
    )
    product_name: str = Field(
        "authapp", min_length=1, max_length=60, description="Name of the product on the pages and in emails."
    )
    sender: Literal["outbox", "resend", "smtp"] = Field(
        "outbox",
        description="Mail provider: `outbox` only stores emails; `resend` and `smtp` send them, by Resend or any mail "
        "server.",
    )
    outbox_page: bool | None = Field(
        None,
        description=(
            "Whether `/outbox` shows stored emails to everyone, with links that open every account. By default only "
            "when no provider sends them and the URL is this computer."
        ),
    )
    resend_key: SecretStr | None = Field(None, description="API key of Resend; required when `resend` sends email.")
    resend_url: Annotated[str, AfterValidator(ascii_host)] = Field(
        "https://api.resend.com", description="URL of Resend's API."
    )
    resend_webhook_secret: Annotated[SecretStr | None, AfterValidator(checks.webhook_secret)] = Field(
        None,
        description=(
            "Signing secret (`whsec_…`) of a webhook of Resend, which reports bounces and complaints; see “Bounces”."
        ),
    )
    smtp_url: Annotated[SecretStr | None, AfterValidator(checks.smtp_url)] = Field(
        None,
        description=(
            "Mail server, required when `smtp` sends email: `smtps://user:password@host` (TLS), or "
            "`smtp://user:password@host:587` (STARTTLS). See “Send email by SMTP”."
        ),
    )
    mail_from: str = Field(
        "authapp <no-reply@localhost>",
        description="From address of emails; the mail provider must accept it: Resend wants a verified domain.",
    )
    text_sender: Literal["outbox", "twilio"] = Field(
        "outbox", description="Text message provider: `outbox` only stores text messages, `twilio` sends them."
    )
    twilio_account: Annotated[
        str,
        AfterValidator(
            checks.matches("AC[0-9a-fA-F]{32}", "must be an account SID: AC followed by 32 hexadecimal digits")
        ),
    ] = Field("", description="Account SID of Twilio; required when `twilio` sends text messages.")
    twilio_key: SecretStr | None = Field(None, description="Auth token of the Twilio account; required with it.")
    twilio_from: Annotated[
        str,
        AfterValidator(
            checks.matches(
                r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}",
                "must be a number like +14155550100, or MG followed by 32 hexadecimal digits",
            )
        ),
    ] = Field(
        "",
        description=(
            "Sender of text messages: a number of the Twilio account in E.164 format, or the SID of a messaging "
            "service."
        ),
    )
    twilio_url: Annotated[str, AfterValidator(ascii_host)] = Field(
        "https://api.twilio.com", description="URL of Twilio's API."
    )
    twilio_webhook: bool = Field(
        False,
        description=(
            "Whether Twilio reports what became of each text message, at `AUTHAPP_URL`; see “Bounces”. Twilio must be "
            "able to reach that URL."
        ),
    )
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
    texts_per_country: Annotated[dict[str, int], NoDecode, BeforeValidator(country_caps)] = Field(
        default_factory=dict,
        description=(
            "Maximum number of text messages with codes a day by country (ISO 3166), like `DE:500,FR:200,*:100`; `*` "
            "is for each other country. Without it, only the maximum of the whole site applies."
        ),
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
    providers: Annotated[
        tuple[ProviderSettings, ...],
        NoDecode,
        BeforeValidator(checks.objects),
        AfterValidator(checks.unique_names),
    ] = Field(
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
    mail_templates: Annotated[str, AfterValidator(checks.folder)] = Field(
        "", description="Folder with your own mail templates; each file replaces our template of the same name."
    )
    languages: Annotated[str, AfterValidator(checks.folder)] = Field(
        "",
        description=(
            "Folder with your own gettext catalogues, like `de.po`; in addition to that of `install(app, languages=…)`."
        ),
    )
    trusted_proxies: Annotated[
        int | tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(checks.proxies)
    ] = Field(
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
    cors_origins: Annotated[str, AfterValidator(checks.origins)] = Field(
        "",
        description="Other origins, separated by commas, whose pages may call the API with credentials (CORS), like "
        "`https://app.example.com`.",
    )
    approval: bool = Field(
        False,
        description="Whether new users need the approval of a member of the group `admin` before they can log in.",
    )
    admins: Annotated[str, AfterValidator(checks.identifiers)] = Field(
        "",
        description="Email addresses or phone numbers, separated by commas, of members of the group `admin`.",
    )
    rate_limits: bool = Field(True, description="Whether the rate limits apply. Turn off only to measure speed.")
    limits: Annotated[dict[str, Limit], NoDecode, BeforeValidator(read_limits)] = Field(
        default_factory=dict,
        description=(
            'Rate limits that differ from the defaults, as a JSON object, like `{"login_per_ip": "100/minute"}`; see '
            "“Rate limits”."
        ),
    )
    proof_of_work: int = Field(
        300_000,
        ge=0,
        le=100_000_000,
        description=(
            "Maximum number of hashes that a browser computes for a sign-up, recovery or waitlist entry when a rate "
            "limit is near (less than a second); 0 turns this off."
        ),
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, dotenv_settings: Any, file_secret_settings: Any
    ) -> tuple[Any, ...]:
        """Give the values of `suggest` the lowest priority."""
        return env_settings, dotenv_settings, init_settings

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        if self.sender == "resend" and not self.resend_key:
            raise ValueError("AUTHAPP_RESEND_KEY is required when AUTHAPP_SENDER is resend")
        if self.sender == "smtp" and not self.smtp_url:
            raise ValueError("AUTHAPP_SMTP_URL is required when AUTHAPP_SENDER is smtp")
        if self.sender != "outbox" and "mail_from" not in self.model_fields_set:
            raise ValueError(f"AUTHAPP_MAIL_FROM is required when AUTHAPP_SENDER is {self.sender}")
        if self.sender == "smtp" and not checks.has_address(self.mail_from):
            raise ValueError("AUTHAPP_MAIL_FROM must be an email address, or a name and <address>")
        for name in ("twilio_account", "twilio_key", "twilio_from"):
            if self.text_sender == "twilio" and not getattr(self, name):
                raise ValueError(f"{variable(name)} is required when AUTHAPP_TEXT_SENDER is twilio")
        if self.approval and not self.admins:
            raise ValueError(
                "AUTHAPP_ADMINS is required when AUTHAPP_APPROVAL is true: name at least one administrator who approves"
            )
        if self.database_schema and self.sqlite:
            raise ValueError("AUTHAPP_DATABASE_SCHEMA requires PostgreSQL, but DATABASE_URL is a SQLite file")
        for number, entry in enumerate(self.providers, 1):
            if entry.gets_posts and not is_private(self.url):
                raise ValueError(
                    f"AUTHAPP_PROVIDERS entry {number}, response_mode: form_post requires an AUTHAPP_URL with "
                    "https://, because a browser would post the login without encryption"
                )
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
    def smtp(self) -> SmtpServer:
        """Return the mail server of `smtp_url`."""
        assert self.smtp_url is not None
        return smtp_server(self.smtp_url.get_secret_value())

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


def variable(name: str) -> str:
    """Return the environment variable of a setting, by its field name."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"AUTHAPP_{name.upper()}"
