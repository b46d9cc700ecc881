"""The background work of one process: sends the mails and texts that rules wrote, after they committed."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import event

from authapp import senders
from authapp.core import Db, outbox
from authapp.db import call
from authapp.models import Message
from authapp.senders import SendFailed

R = TypeVar("R")
log = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks for messages of other processes, and for those whose next try is due
AT_ONCE = 2  # mails, and texts, on their way at the same time: Resend takes two requests a second
GIVE_UP = 60.0  # seconds for one try, and outbox.LEASE is longer: nobody else takes the message meanwhile
GRACE = 4.0  # seconds that a shutdown waits for what is on its way; Reflex gives its tasks five
PAUSE = 5.0  # seconds until the next look when the database could not be asked
LONGEST_PAUSE = 60.0  # seconds for which a provider that asks to wait is left alone, by one process
TRIES = 3  # to record how it went

_wakers: set[Callable[[], object]] = set()  # two for each worker of this process


async def deliver() -> None:
    """Send what is due, until cancelled. Any number of workers may run, here and elsewhere.

    A message is taken for the time of a lease, in a transaction of its own. A worker that dies loses nothing: the
    lease ends and somebody else sends the message, with the same id for the provider to know it by.
    """
    async with asyncio.TaskGroup() as both:  # apart, for a provider of one to hold up nothing of the other
        both.create_task(_deliver_all(texts=False))
        both.create_task(_deliver_all(texts=True))


async def _deliver_all(*, texts: bool) -> None:
    news = asyncio.Event()
    with _woken_by_commits(news):
        while True:
            news.clear()
            pause = await _to_its_end(_round(texts=texts))
            if pause is not None:
                await asyncio.sleep(min(pause, LONGEST_PAUSE))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await news.wait()


async def _round(*, texts: bool) -> float | None:
    """Take and send a few mails, or texts. Returns how many seconds to wait with the next; None: nothing was due."""
    try:
        taken = await call(outbox.take, AT_ONCE, texts=texts)
    except Exception as error:
        log.warning("the outbox could not be read: %s", type(error).__name__)
        return PAUSE
    return max(await asyncio.gather(*map(_deliver, taken)), default=None)


async def _deliver(message: Message) -> float:
    """Send one message and record how it went. Returns for how many seconds its provider wants to be left alone."""
    try:
        if send := senders.chosen(message):
            async with asyncio.timeout(GIVE_UP):
                await asyncio.to_thread(send, message)
    except SendFailed as no:
        failure = no
    except Exception as error:  # its text may quote the message; its class does not
        failure = SendFailed(type(error).__name__)
    else:
        await _record(outbox.sent, message, kept=send is None)
        return 0
    log.warning("message %s was not sent: %s", message.id, failure.problem)
    await _record(outbox.failed, message, failure.problem, wait=failure.wait, final=failure.final)
    return failure.wait


async def _record(rule: Callable[..., None], message: Message, *args: Any, **kwargs: Any) -> None:
    """Record how it went. Not at the first trouble is a message given back that was sent: it would be sent again."""
    for _ in range(TRIES):
        try:
            await call(rule, message.id, *args, **kwargs)
            return
        except Exception as error:
            log.warning("message %s is not recorded yet: %s", message.id, type(error).__name__)
            await asyncio.sleep(POLL)


async def _to_its_end(work: Coroutine[Any, Any, R]) -> R:
    """Let work end before a shutdown, within reason: what was sent should be known as sent."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE)
        task.cancel()
        raise


@contextmanager
def _woken_by_commits(news: asyncio.Event) -> Iterator[None]:
    wake = partial(asyncio.get_running_loop().call_soon_threadsafe, news.set)
    _wakers.add(wake)
    try:
        yield
    finally:
        _wakers.discard(wake)


@event.listens_for(Db, "after_commit")
def _wake(db: Db) -> None:
    if "mail" in db.info:
        for wake in list(_wakers):
            with suppress(RuntimeError):  # its loop has just ended
                wake()
