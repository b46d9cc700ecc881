"""Open SMTP connections of this process: one is reused for the next mail, and opened again when it was closed."""

import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from authapp.background.senders.common import TIMEOUT
from authapp.config import STARTTLS, TLS, SmtpServer
from authapp.core.base.process_state import on_reset

REPLY = 20  # seconds for each reply; a server may check the mail before it accepts it
IDLE = 60.0  # seconds after which an idle connection is closed instead of used again

_idle: list[tuple[SmtpServer, smtplib.SMTP, float]] = []  # with the time since when, in monotonic time
_lock = threading.Lock()


@contextmanager
def connection(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """Lend a connection to a server, logged in. It is kept for the next mail unless it breaks.

    Raises:
        OSError, smtplib.SMTPException: the server cannot be reached, or refuses the login.
    """
    smtp = _reused(server) or _opened(server)
    try:
        yield smtp
    except BaseException as error:
        if not isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) or smtp.sock is None:
            smtp.close()
            raise
        _keep(server, smtp)  # the server answered, and `sendmail` has reset the session
        raise
    _keep(server, smtp)


def try_out(server: SmtpServer) -> None:
    """Connect and log in, and send nothing.

    Raises:
        OSError, smtplib.SMTPException: the server cannot be reached, or refuses the login.
    """
    _opened(server).quit()


def close_all() -> None:
    """Close the idle connections."""
    with _lock:
        idle = _idle[:]
        _idle.clear()
    for _, smtp, _ in idle:
        smtp.close()


on_reset(close_all)


def _reused(server: SmtpServer) -> smtplib.SMTP | None:
    """Return an idle connection that the server still answers on, or None."""
    while True:
        with _lock:
            if not _idle:
                return None
            other, smtp, since = _idle.pop()
        if other == server and time.monotonic() - since < IDLE:
            with suppress(OSError, smtplib.SMTPException):
                if smtp.noop()[0] == 250:
                    return smtp
        smtp.close()


def _keep(server: SmtpServer, smtp: smtplib.SMTP) -> None:
    with _lock:
        _idle.append((server, smtp, time.monotonic()))


def _opened(server: SmtpServer) -> smtplib.SMTP:
    context = ssl.create_default_context()  # checks the certificate and its host name; SSL_CERT_FILE adds your own CA
    smtp: smtplib.SMTP
    if server.encryption == TLS:
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        if server.encryption == STARTTLS:
            smtp.starttls(context=context)  # refused when the server does not offer it: nobody can strip it
        if server.user:
            smtp.login(server.user, server.password)
        else:
            smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    if smtp.sock:
        smtp.sock.settimeout(REPLY)
    return smtp
