"""SMTP URL of the settings: server, encryption, user and password."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from authapp.config.urls import LOOPBACK, ascii_host

TLS, STARTTLS, PLAIN = "tls", "starttls", "plain"
_PORTS = {TLS: 465, STARTTLS: 587, PLAIN: 25}
_FORM = (
    "must be smtps://user:password@host or smtp://user:password@host:587; "
    "write special characters of user and password percent-encoded, like %40 for @"
)


@dataclass(frozen=True)
class SmtpServer:
    """SMTP server to which mails are handed over."""

    host: str
    port: int
    encryption: str  # `TLS` from the start, `STARTTLS` required, or `PLAIN`
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_local(self) -> bool:
        """Whether the server is on this computer."""
        return self.host in LOOPBACK


def smtp_server(url: str) -> SmtpServer:
    """Parse the URL of an SMTP server.

    Raises:
        ValueError: it has another form. The text never contains a part of the URL, which has a password.
    """
    try:
        parts = urlsplit(ascii_host(url.strip()))
        port = parts.port
    except ValueError:
        raise ValueError(_FORM) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise ValueError(_FORM)
    encryption = _encryption(parts)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("must have both a user and a password, or neither")
    if not all(character.isascii() and character.isprintable() for character in user + password):
        raise ValueError("must have a user and a password of ASCII characters")
    return SmtpServer(parts.hostname, port or _PORTS[encryption], encryption, user, password)


def _encryption(parts: SplitResult) -> str:
    if parts.query not in ("", "tls=off"):
        raise ValueError("may end in ?tls=off, and in no other option")
    if parts.scheme == "smtps":
        if parts.query:
            raise ValueError("must start with smtp:// when it ends in ?tls=off")
        return TLS
    return PLAIN if parts.query or parts.hostname in LOOPBACK else STARTTLS
