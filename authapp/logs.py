"""What may be logged: never what a client sent. Payloads, cookies and exception texts stay out; lines stay lines."""

import logging
import re
from collections import deque
from datetime import UTC, datetime
from typing import Any

from reflex_base.event.context import EventContext

from authapp.core.errors import where
from authapp.states.account import Account

log = logging.getLogger("authapp")
_FRAMEWORK = ("reflex", "reflex_base", "socketio", "engineio")
# They run before anything is served, and repeat what npm and the bundler said: only that tells why a build broke.
_BUILDERS = ("reflex.utils.build", "reflex.utils.js_runtimes", "reflex.utils.processes")
_SOCKETS = ("socketio.server", "engineio.server")  # loggers with handlers beside those of the root: lines come twice
_SERVER = ("_granian", "granian.access")  # loggers of the web server, which bring their own handlers
# What could begin a line of its own, or colour it in a terminal.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_installed = False
_told: deque[str] = deque(maxlen=1000)  # events whose trouble was reported to their page


def keep_secrets_out() -> None:
    """Have every record that the framework makes at warning level or above lose what a client sent."""
    global _installed
    if _installed:
        return
    _installed = True
    make = logging.getLogRecordFactory()

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return _without_payload(make(*args, **kwargs))

    logging.setLogRecordFactory(factory)


class OneLine(logging.Formatter):
    """A record as one line: time in UTC, level, source, words. A traceback follows in lines that are marked as its own.

    ASVS 5.0, 16.2.1, 16.2.2 and 16.4.1: who, what and when, in UTC, and nothing that was sent can forge a line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        line = f"{at}Z {record.levelname} {record.name}: {_escaped(record.getMessage())}"
        trace = [self.formatException(record.exc_info)] if record.exc_info else []
        trace += [record.stack_info] if record.stack_info else []
        return "\n".join([line, *(f"  | {_escaped(part)}" for text in trace for part in text.split("\n"))])


def write_one_line_each() -> None:
    """Write every record as `OneLine` does. Where the product has set up logging itself, only the server's change."""
    root = logging.getLogger()
    handlers = [handler for name in _SERVER for handler in logging.getLogger(name).handlers]
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
        handlers += root.handlers
    for handler in handlers:
        handler.setFormatter(OneLine())
    for name in _SOCKETS:
        logging.getLogger(name).handlers.clear()
    ours = logging.getLogger("authapp")
    if ours.level == logging.NOTSET:
        ours.setLevel(logging.INFO)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def tell_mishap(exception: Exception) -> Any:
    """Log where an event broke, without its data, and tell the person that nothing was changed."""
    log.error("an event broke: %s", where(exception))
    event = EventContext.get()
    if event.parent_txid in _told:  # the report itself broke, for the same reason; another would break too, for ever
        return None
    _told.append(event.txid)
    return Account.report_trouble()


def tell_frontend_error(exception: Exception) -> None:
    """Log that a page reported an error; its text is whatever a client likes to send, so it is not repeated."""
    log.warning("a page reported an error (%d characters, not shown)", len(str(exception)))


def _without_payload(record: logging.LogRecord) -> logging.LogRecord:
    ours = record.name.partition(".")[0] not in _FRAMEWORK
    if ours or record.name in _BUILDERS or record.levelno < logging.WARNING:
        return record
    cause = record.exc_info[1] if record.exc_info else None
    shown = where(cause) if cause else "details are not shown, they may hold what was sent"
    record.msg, record.args = f"{record.filename}:{record.lineno} {record.funcName}: {shown}", None
    record.exc_info = record.exc_text = record.stack_info = None
    return record
