"""Checks of single settings: functions that return the value as it is stored, or raise a ValueError that says why."""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Callable
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from authapp.config.provider_entry import ProviderSettings
from authapp.config.smtp import smtp_server
from authapp.config.urls import origin

_POSTGRESQL = re.compile(r"^postgres(ql)?(\+psycopg2?)?://")


def database(value: str) -> str:
    """Check the URL of a database. Hosting services and other drivers spell PostgreSQL's in other ways."""
    value = _POSTGRESQL.sub("postgresql+psycopg://", value)
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must start with sqlite:/// or postgresql://")
    if value in ("sqlite:///", "sqlite:///:memory:"):
        raise ValueError("must name a file; an in-memory database is lost with the next connection")
    return value


def long_keys(value: SecretStr | None) -> SecretStr | None:
    """Check the length of server keys."""
    if value and any(len(key.strip()) < 32 for key in value.get_secret_value().split(",")):
        raise ValueError("must have 32 characters or more; create one with: openssl rand -hex 32")
    return value


def smtp_url(value: SecretStr | None) -> SecretStr | None:
    """Check the URL of a mail server; empty is the same as absent."""
    if not value or not value.get_secret_value().strip():
        return None
    smtp_server(value.get_secret_value())
    return value


def has_address(mailbox: str) -> bool:
    """Return whether a text is one email address, or `Name <address>`."""
    addresses = [address for _, address in getaddresses([mailbox])]
    return len(addresses) == 1 and bool(re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", addresses[0])) and mailbox.isprintable()


def webhook_secret(value: SecretStr | None) -> SecretStr | None:
    """Check a signing secret of Svix: `whsec_` and Base64; empty is the same as absent."""
    if not value or not value.get_secret_value().strip():
        return None
    prefix, found, encoded = value.get_secret_value().strip().partition("whsec_")
    try:
        key = b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix or not found or len(key) < 16:
        raise ValueError("must be the signing secret of the webhook, which begins with whsec_")
    return value


def origins(value: str) -> str:
    """Check origins that are separated by commas."""
    return ",".join(origin(part.strip()) for part in value.split(",") if part.strip())


def objects(value: Any) -> Any:
    """Check that a text is a JSON list of objects."""
    try:
        entries = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("must be a JSON list of objects") from None
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("must be a JSON list of objects")
    return entries


def unique_names(value: tuple[ProviderSettings, ...]) -> tuple[ProviderSettings, ...]:
    """Check that no two providers have the same name."""
    if len({entry.called for entry in value}) < len(value):
        raise ValueError("must give each entry a unique name")
    return value


def proxies(value: Any) -> int | tuple[IPv4Network | IPv6Network, ...]:
    """Check trusted proxies: their number, or their networks."""
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


def identifiers(value: str) -> str:
    """Check email addresses and phone numbers that are separated by commas."""
    if any("@" not in part and not part.strip().startswith("+") for part in value.split(",") if part.strip()):
        raise ValueError("must be email addresses, or phone numbers with + and their country code")
    return value


def folder(value: str) -> str:
    """Check that a folder exists."""
    if value and not Path(value).is_dir():
        raise ValueError("must be an existing folder")
    return value


def matches(pattern: str, message: str) -> Callable[[str], str]:
    """Return a check that a value is empty or has a form, for forms whose pattern explains nothing."""

    def check(value: str) -> str:
        if value and not re.fullmatch(pattern, value):
            raise ValueError(message)
        return value

    return check
