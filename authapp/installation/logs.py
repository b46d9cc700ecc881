"""Log format and filters: no payloads, cookies or exception texts from clients, and one line a record."""

import logging
import re
from collections import deque
from datetime import UTC, datetime
from typing import Any

from authapp.core.base.errors import where
from authapp.core.base.process_state import cache
from authapp.installation.reflex_seams import (
    BUILD_LOGGERS,
    FRAMEWORK_LOGGERS,
    SERVER_LOGGERS,
    SOCKET_LOGGERS,
    running_event,
)
from authapp.states.account import Account

log = logging.getLogger("authapp")
# Characters that could start a new line or change colours in a terminal (log injection).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_installed = False
_told: deque[str] = cache(deque(maxlen=1000))  # ids of the events whose error was reported to the page


def keep_secrets_out() -> None:
    """Remove client data from every record that the framework logs at warning level or above."""
    global _installed
    if _installed:
        return
    _installed = True
    make_record = logging.getLogRecordFactory()

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return _without_payload(make_record(*args, **kwargs))

    logging.setLogRecordFactory(factory)


class OneLine(logging.Formatter):
    """One line a record: time in UTC, level, logger, message. The lines of a traceback follow with a `|` prefix.

    ASVS 5.0, 16.2.1, 16.2.2 and 16.4.1: each entry says who, what and when, in UTC, and no client can forge a line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        line = f"{time}Z {record.levelname} {record.name}: {_escaped(record.getMessage())}"
        trace = [self.formatException(record.exc_info)] if record.exc_info else []
        trace += [record.stack_info] if record.stack_info else []
        return "\n".join([line, *(f"  | {_escaped(part)}" for text in trace for part in text.split("\n"))])


def write_one_line_each() -> None:
    """Format every record with `OneLine`. When the product has configured logging, change only the server's format."""
    root = logging.getLogger()
    handlers = [handler for name in SERVER_LOGGERS for handler in logging.getLogger(name).handlers]
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
        handlers += root.handlers
    for handler in handlers:
        handler.setFormatter(OneLine())
    for name in SOCKET_LOGGERS:
        logging.getLogger(name).handlers.clear()
    logger = logging.getLogger("authapp")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)


def tell_mishap(exception: Exception) -> Any:
    """Log where an event handler failed, without its data, and show the user that nothing was changed."""
    log.error("an event handler failed: %s", where(exception))
    event = running_event()
    if event.parent in _told:  # the report itself failed: another would fail too, endlessly
        return None
    _told.append(event.own)
    return Account.report_trouble()


def tell_frontend_error(exception: Exception) -> None:
    """Log that a page reported an error, but not its text: the client controls it."""
    log.warning("a page reported an error (%d characters, not shown)", len(str(exception)))


def _without_payload(record: logging.LogRecord) -> logging.LogRecord:
    is_ours = record.name.partition(".")[0] not in FRAMEWORK_LOGGERS
    if is_ours or record.name in BUILD_LOGGERS or record.levelno < logging.WARNING:
        return record
    cause = record.exc_info[1] if record.exc_info else None
    detail = where(cause) if cause else "details are not shown, because they may contain user input"
    record.msg, record.args = f"{record.filename}:{record.lineno} {record.funcName}: {detail}", None
    record.exc_info = record.exc_text = record.stack_info = None
    return record
