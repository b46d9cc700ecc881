"""Background delivery in one process: sends mails and texts after the transaction that wrote them has committed."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from authapp.background import senders
from authapp.background.senders.common import AccountRefused, RecipientRefused, SendFailed
from authapp.background.senders.outbox import keep
from authapp.core.base import clock
from authapp.core.base.changes import Changes
from authapp.core.base.process_state import cache
from authapp.core.messages import queue
from authapp.core.messages.queue import Failure
from authapp.db import on_commit, run
from authapp.models import Message

R = TypeVar("R")
log = logging.getLogger(__name__)

POLL = 1.0  # seconds between polls for messages of other processes, and for messages whose retry is due
AT_ONCE = 2  # mails sent at the same time, and texts as well: Resend accepts two requests a second
GIVE_UP = 60.0  # seconds for one try; queue.LEASE is longer, so no other worker takes the message meanwhile
GRACE = 4.0  # seconds that a shutdown waits for messages being sent; Reflex gives its tasks five
PAUSE = 5.0  # seconds until the next poll after the database could not be read
LONGEST_PAUSE = 60.0  # seconds: the longest pause of one process when a provider asks it to wait
TRIES = 3  # tries to record the result
REMINDER = timedelta(minutes=10)  # between two log lines that say the same about the account

_told: dict[str, datetime] = cache({})  # when the log said what is wrong with the account, by problem
_wakers: set[Callable[[], object]] = set()  # two for each worker of this process: mails and texts


async def deliver() -> None:
    """Send due messages until cancelled. Any number of workers may run, in this process and in others.

    A worker takes a message for the time of a lease, in a separate transaction. No message is lost when a worker dies:
    the lease ends, and another worker sends the message with the same id. A provider can recognize the id.
    """
    async with asyncio.TaskGroup() as group:  # separate: a slow mail provider must not delay texts
        group.create_task(_deliver_all(texts=False))
        group.create_task(_deliver_all(texts=True))


async def _deliver_all(*, texts: bool) -> None:
    event = asyncio.Event()
    with _woken_by_commits(event):
        while True:
            event.clear()
            pause = await _to_its_end(_round(texts=texts))
            if pause is not None:
                await asyncio.sleep(min(pause, LONGEST_PAUSE))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await event.wait()


async def _round(*, texts: bool) -> float | None:
    """Take and send a few mails, or texts. Return the seconds to wait before the next round; None: nothing was due."""
    try:
        messages = await run(queue.take, AT_ONCE, texts=texts)
    except Exception as error:
        log.warning("the outbox could not be read: %s", type(error).__name__)
        return PAUSE
    return max(await asyncio.gather(*map(_deliver, messages)), default=None)


async def _deliver(message: Message) -> float:
    """Send one message and record the result. Return for how many seconds the provider asks to wait."""
    provider_id: object = None
    try:
        send = senders.chosen(message)
        if send is not keep:
            async with asyncio.timeout(GIVE_UP):
                provider_id = await asyncio.to_thread(send, message)
    except SendFailed as problem:
        failure = problem
    except Exception as error:  # log only the class: the text may quote the message
        failure = SendFailed(type(error).__name__)
    else:
        named = provider_id if isinstance(provider_id, str) else ""
        await _record(queue.sent, message, kept=send is keep, provider_id=named[:200])
        return 0
    fault = _fault(failure)
    if fault != queue.ACCOUNT:
        log.warning("message %s was not sent: %s", message.id, failure.problem)
    elif _is_news(failure.problem):
        kind = "text messages are" if message.is_text else "emails are"
        log.error("%s kept and retried until this is corrected: %s", kind, failure.problem)
    await _record(queue.failed, message, Failure(failure.problem, failure.wait, failure.final, fault))
    return failure.wait


def _fault(failure: SendFailed) -> str:
    if isinstance(failure, AccountRefused):
        return queue.ACCOUNT
    return queue.RECIPIENT if isinstance(failure, RecipientRefused) else ""


def _is_news(problem: str) -> bool:
    """Return whether the log has not said this for a while. Each waiting message fails in the same way."""
    now = clock.now()
    if problem in _told and now - _told[problem] < REMINDER:
        return False
    _told[problem] = now
    return True


async def _record(rule: Callable[..., None], message: Message, *args: Any, **kwargs: Any) -> None:
    """Record the result of one try. Retry on errors: a sent message that is not recorded would be sent again."""
    for _ in range(TRIES):
        try:
            await run(rule, message.id, *args, **kwargs)
            return
        except Exception as error:
            log.warning("message %s is not recorded yet: %s", message.id, type(error).__name__)
            await asyncio.sleep(POLL)


async def _to_its_end(work: Coroutine[Any, Any, R]) -> R:
    """Let the work finish before a shutdown, for at most `GRACE` seconds: sent messages must be recorded as sent."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE)
        task.cancel()
        raise


@contextmanager
def _woken_by_commits(event: asyncio.Event) -> Iterator[None]:
    wake = partial(asyncio.get_running_loop().call_soon_threadsafe, event.set)
    _wakers.add(wake)
    try:
        yield
    finally:
        _wakers.discard(wake)


def _wake(changes: Changes) -> None:
    for wake in list(_wakers) if changes.messages_written else ():
        with suppress(RuntimeError):  # the event loop of this waker has just closed
            wake()


on_commit.append(_wake)
