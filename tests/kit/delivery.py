"""Delivery of messages: a worker that runs until something has happened, and the rows of the outbox."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlmodel import select

from authapp.background.delivery import deliver
from authapp.db import reading
from authapp.models import Message
from tests.kit.providers.stub import PATIENCE


def message_rows() -> list[Message]:
    with reading() as db:
        return list(db.exec(select(Message)).all())


def message_row(id: UUID) -> Message:
    with reading() as db:
        return db.exec(select(Message).where(Message.id == id)).one()


def message_states() -> set[str]:
    return {message.state for message in message_rows()}


def wait_until(happened: Callable[[], object]) -> None:
    latest = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < latest, f"it never happened; the outbox: {message_rows()}"
        time.sleep(0.01)


async def until(happened: Callable[[], object]) -> None:
    await asyncio.to_thread(wait_until, happened)


@contextmanager
def cancelled(tasks: list["asyncio.Task[None]"]) -> Iterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def work(happened: Callable[[], object]) -> None:
    """Run a worker until something has happened."""

    async def main() -> None:
        worker = asyncio.create_task(deliver())
        with cancelled([worker]):
            await until(happened)
        with pytest.raises(asyncio.CancelledError):
            await worker

    asyncio.run(main())
