"""What may be logged: never what a client sent. Payloads, cookies and exception texts stay out; lines stay lines."""

import logging
from collections import deque
from typing import Any

from reflex_base.event.context import EventContext

from authapp.core.errors import where
from authapp.states.account import Account

log = logging.getLogger("authapp")
_FRAMEWORK = ("reflex", "reflex_base", "socketio", "engineio")
# They run before anything is served, and repeat what npm and the bundler said: only that tells why a build broke.
_BUILDERS = ("reflex.utils.build", "reflex.utils.js_runtimes", "reflex.utils.processes")
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
