"""Settings. No other package reads settings from the environment."""

from authapp.config.fields import Settings, variable
from authapp.config.provider_entry import ProviderSettings
from authapp.config.provider_options import ProviderOptions
from authapp.config.reading import BadSettings, settings, suggest
from authapp.config.smtp import PLAIN, STARTTLS, TLS, SmtpServer
from authapp.config.urls import LOOPBACK, ascii_host, is_private, origin, safe_url

__all__ = [
    "LOOPBACK",
    "PLAIN",
    "STARTTLS",
    "TLS",
    "BadSettings",
    "ProviderOptions",
    "ProviderSettings",
    "Settings",
    "SmtpServer",
    "ascii_host",
    "is_private",
    "origin",
    "safe_url",
    "settings",
    "suggest",
    "variable",
]
