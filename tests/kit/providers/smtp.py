"""A real SMTP server on loopback (aiosmtpd), with TLS and logins, whose replies a test can script."""

import ssl
import warnings
from collections import deque
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "shop@mail.example", "pa55/w%rd"
URL_USER = "shop%40mail.example:pa55%2Fw%25rd"
ELSEWHERE = "127.0.0.2"  # loopback, but no name of this computer in our settings: there, STARTTLS is required
DROP, LOSE = "drop", "lose"  # steps of `data`: break the connection in the middle, or after the mail was accepted


class MailServer(Controller):
    """An SMTP server that listens on a free port as long as the `with` block lasts."""

    def __init__(self, host: str = "127.0.0.1", *, smtps: Any = None, starttls: Any = None, **options: Any) -> None:
        self.accepted: list[bytes] = []
        self.envelopes: list[tuple[str | None, list[str], list[str]]] = []  # sender, recipients, options of MAIL
        self.mail: deque[str] = deque()  # replies to MAIL, RCPT and the mail itself; later ones are accepted
        self.rcpt: deque[str] = deque()
        self.data: deque[str] = deque()
        self.logins: list[str] = []
        self.transports: list[Any] = []
        needs_login = {"auth_required": True, "authenticator": self._check} if options.pop("login", False) else {}
        needs_login |= {"auth_require_tls": bool(starttls)} if needs_login else {}
        super().__init__(
            Handler(self),
            hostname=host,
            port=0,
            ssl_context=smtps,
            tls_context=starttls,
            require_starttls=bool(starttls),
            enable_SMTPUTF8=options.pop("enable_SMTPUTF8", False),
            **needs_login,
            **options,
        )

    @property
    def address(self) -> str:
        host, port = self.server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    @property
    def mails(self) -> list[EmailMessage]:
        return [self.parsed(content) for content in self.accepted]

    @staticmethod
    def parsed(content: bytes) -> EmailMessage:
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    def close_connections(self) -> None:
        """Close every open connection, as a server does with idle ones."""
        for transport in self.transports:
            self.loop.call_soon_threadsafe(transport.abort)

    def factory(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a login without TLS is unsafe
            return Scripted(self.handler, loop=self.loop, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """Do not connect: the socket listens when `start` asks, and a test counts connections."""
        self.smtpd = self.handler
        self._factory_invoked.set()

    def _check(self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        is_right = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=is_right, handled=is_right)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Handler:
    """Answers commands by the script of the server."""

    def __init__(self, owner: MailServer) -> None:
        self.owner = owner

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        self.owner.transports.append(server.transport)
        reply = self.owner.mail.popleft() if self.owner.mail else "250 OK"
        envelope.mail_from, envelope.mail_options = (address, [*options]) if reply.startswith("2") else (None, [])
        return reply

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        reply = self.owner.rcpt.popleft() if self.owner.rcpt else "250 OK"
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        step = self.owner.data.popleft() if self.owner.data else "250 OK"
        if step == LOSE or step.startswith("2"):
            assert isinstance(envelope.content, bytes)
            self.owner.accepted.append(envelope.content)
            self.owner.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.mail_options))
        if step == LOSE and server.transport:
            server.transport.abort()
            return "250 OK"
        return step


class Scripted(SMTP):
    """The protocol, which can break in the middle of a mail."""

    async def smtp_DATA(self, arg: str) -> None:
        owner = self.event_handler.owner
        if owner.data and owner.data[0] == DROP:
            owner.data.popleft()
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """Create a self-signed certificate for these names. Returns a server's context, and the file for clients."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    alternatives = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=3650)).not_valid_after(now + timedelta(days=3650))
    builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    file = folder / f"{names[0]}.pem"
    file.write_bytes(
        builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file
