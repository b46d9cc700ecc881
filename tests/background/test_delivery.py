"""The worker that delivers messages."""

import asyncio
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from authapp.background import delivery, senders
from authapp.background.delivery import deliver
from authapp.background.senders import resend
from authapp.background.senders.common import SendFailed
from authapp.core.base import clock as core_clock
from authapp.core.messages import outbox, queue
from authapp.core.messages.queue import BACKOFF, LEASE
from authapp.db import transaction
from authapp.db.engines import engine
from authapp.models import Message
from authapp.testing import Clock
from tests.kit.delivery import cancelled, message_row, message_rows, message_states, until, wait_until, work
from tests.kit.providers.resend import KEY, Stub, refusal
from tests.kit.providers.stub import PATIENCE, hold, reset, usual

CANARY = "canary-of-a-link"

# A worker in a separate process. It halts at the moments given as arguments, so that the test can kill it there.
PROCESS = """
import asyncio, sys
from authapp.background import delivery, senders
from authapp.background.senders import resend

def halt(moment):
    if moment in sys.argv:
        print(moment, flush=True)
        sys.stdin.read()

@senders.sender
def send(message):
    halt("before")
    resend.send(message)
    halt("after")

asyncio.run(delivery.deliver())
"""


@pytest.fixture(autouse=True)
def nothing_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO)
    for name in ("authapp", "asyncio", "urllib3"):
        caplog.set_level(logging.DEBUG, name)
    yield
    logged = "\n".join(map(logging.Formatter().format, caplog.get_records("call")))
    for secret in (CANARY, KEY, "@example.com"):
        assert secret not in logged


@pytest.fixture(autouse=True)
def own_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_registered", {})


@pytest.fixture
def stub(database: str, configure: Callable[..., None]) -> Iterator[Stub]:
    with Stub() as running:
        configure(
            AUTHAPP_SENDER="resend",
            AUTHAPP_RESEND_KEY=KEY,
            AUTHAPP_RESEND_URL=running.url,
            AUTHAPP_MAIL_FROM="authapp <hello@example.com>",
        )
        yield running


def write(count: int = 1) -> list[UUID]:
    """Write mails to ann0, ann1, …; returns their ids in that order."""
    with transaction() as db:
        for number in range(count):
            link = ("Continue", f"https://app.example/link/{CANARY}")
            outbox.write(db, f"ann{number}@example.com", f"Welcome {number}", ["Hello."], link)
    return [message.id for message in sorted(message_rows(), key=lambda message: message.recipient)]


def tried(id: UUID, times: int = 1) -> Callable[[], bool]:
    """Return a function that tells whether so many attempts for a message are over."""
    return lambda: (now := message_row(id)).attempts == times and (now.due_at < core_clock.now() + LEASE or now.sent_at)


def leases_end(clock: Clock) -> None:
    """Let the leases of other processes end, whose clocks went on."""
    clock.advance(datetime.now(UTC) - clock.now() + LEASE * 2)


def one_round() -> float | None:
    return asyncio.run(delivery._round(texts=False))


@contextmanager
def locked() -> Iterator[None]:
    """Hold a lock on the outbox for the whole block."""
    with engine().begin() as connection:  # SQLite: BEGIN IMMEDIATE, so this is enough
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE auth_message"))
        yield


def test_a_message_is_delivered_once_and_its_text_is_forgotten(stub):
    (id,) = write()

    work(lambda: message_states() == {"delivered"})

    assert list(stub.mails) == [str(id)]
    assert CANARY in stub.mails[str(id)]["text"]
    assert CANARY in stub.mails[str(id)]["html"]
    sent = message_row(id)
    assert (sent.text, sent.html, sent.problem, sent.attempts) == ("", "", "", 1)
    assert sent.sent_at is not None
    assert one_round() is None
    assert len(stub.asked) == 1


def test_the_embedded_outbox_keeps_the_message_and_sends_nothing(stub, configure):
    configure(AUTHAPP_SENDER="outbox")
    (id,) = write()

    work(lambda: message_states() == {"kept"})

    assert CANARY in message_row(id).text
    assert stub.asked == []


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (refusal(429, "rate_limit_exceeded", CANARY), "Resend answered 429 rate_limit_exceeded"),
        (refusal(500, "application_error", CANARY), "Resend answered 500 application_error"),
        (refusal(401, "missing_api_key", CANARY), "Resend rejected AUTHAPP_RESEND_KEY or AUTHAPP_MAIL_FROM"),
        (reset, "no answer from Resend (ConnectionError)"),
        (hold, "no answer from Resend (ReadTimeout)"),
    ],
    ids=["429", "500", "401", "reset", "timeout"],
)
def test_a_failed_message_is_tried_again_later_with_the_same_key(stub, clock, monkeypatch, step, problem):
    monkeypatch.setattr(resend, "TIMEOUT", 0.2 if step is hold else resend.TIMEOUT)
    stub.script = [step]
    (id,) = write()

    work(tried(id))

    failed = message_row(id)
    assert (failed.state, failed.sent_at) == ("held" if "rejected" in problem else "waiting", None)
    assert failed.problem.startswith(problem)
    assert BACKOFF[0] - timedelta(seconds=1) < failed.due_at - clock.now() <= BACKOFF[0]
    assert one_round() is None  # not before it is due
    assert len(stub.asked) == 1

    stub.released.set()
    clock.advance(BACKOFF[0])
    work(lambda: message_states() == {"delivered"})

    assert [asked.key for asked in stub.asked] == [str(id)] * 2
    assert stub.asked[0].mail == stub.asked[1].mail
    assert list(stub.mails) == [str(id)]


def test_retry_after_is_honoured_and_the_provider_is_left_alone(stub, clock):
    stub.script = [refusal(429, "rate_limit_exceeded", Retry_After="30")]
    (id,) = write()

    assert one_round() == 30

    wait = message_row(id).due_at - clock.now()
    assert timedelta(seconds=29) < wait <= timedelta(seconds=30)


def test_the_worker_takes_no_other_message_while_the_provider_asks_to_wait(stub, monkeypatch):
    monkeypatch.setattr(delivery, "AT_ONCE", 1)
    stub.script = [refusal(429, "rate_limit_exceeded", Retry_After="30"), usual]
    first, second = write(2)

    work(lambda: message_row(first).problem or message_row(second).problem)

    assert len(stub.asked) == 1
    assert sorted(message.attempts for message in message_rows()) == [0, 1]


def test_a_final_refusal_of_resend_makes_a_message_dead_and_it_can_be_sent_again(stub):
    stub.script = [refusal(422, "validation_error", f"`html` is wrong in {CANARY}")]
    (id,) = write()

    work(lambda: message_states() == {"dead"})

    assert (message_row(id).problem, message_row(id).sent_at) == ("Resend answered 422 validation_error", None)
    assert one_round() is None
    assert stub.mails == {}

    with transaction() as db:
        queue.again(db, id)
    work(lambda: message_states() == {"delivered"})

    assert list(stub.mails) == [str(id)]


def test_a_message_that_fails_for_hours_is_dead_and_not_tried_again(stub, clock):
    stub.script = [refusal(500, "application_error")] * (len(BACKOFF) + 1)
    (id,) = write()

    while message_row(id).state == "waiting":
        assert one_round() == 0
        clock.advance(BACKOFF[-1])

    assert message_row(id).state == "dead"
    assert one_round() is None
    assert [asked.key for asked in stub.asked] == [str(id)] * (len(BACKOFF) + 1)


def test_one_dead_message_does_not_hold_up_the_next(stub):
    stub.script = [refusal(422, "validation_error")]
    write(5)

    work(lambda: message_states() == {"dead", "delivered"})

    assert len(stub.mails) == 4


def test_a_product_registers_its_own_sender_in_one_line(database):
    pigeons = []
    senders.sender(lambda message: pigeons.append((message.recipient, message.text)))
    write()

    work(lambda: message_states() == {"delivered"})

    ((recipient, body),) = pigeons
    assert recipient == "ann0@example.com"
    assert CANARY in body


def test_an_own_sender_says_why_for_how_long_and_whether_for_good(database, clock):
    @senders.sender
    def by_pigeon(message: Message) -> None:
        raise SendFailed("no pigeon is free", 90, final=message.subject == "Welcome 1")

    first, second = write(2)

    assert one_round() == 90
    assert (message_row(first).state, message_row(first).problem) == ("waiting", "no pigeon is free")
    assert message_row(first).due_at > clock.now() + timedelta(seconds=89)
    assert (message_row(second).state, message_row(second).problem) == ("dead", "no pigeon is free")


def test_a_sender_with_a_bug_stops_neither_the_worker_nor_the_message(database, clock, caplog):
    delivered = []

    @senders.sender
    def clumsy(message: Message) -> None:
        if message.subject == "Welcome 0" and message.attempts == 1:
            raise ZeroDivisionError(f"{message.recipient} {message.text}")
        delivered.append(message.subject)

    first, second = write(2)

    work(lambda: message_row(second).state == "delivered" and message_row(first).problem)

    assert (message_row(first).state, message_row(first).problem) == ("waiting", "ZeroDivisionError")
    assert f"message {first} was not sent: ZeroDivisionError" in caplog.text
    clock.advance(BACKOFF[0])
    work(lambda: message_states() == {"delivered"})
    assert sorted(delivered) == ["Welcome 0", "Welcome 1"]


def test_a_sender_that_hangs_is_given_up(database, monkeypatch):
    monkeypatch.setattr(delivery, "GIVE_UP", 0.1)
    release = threading.Event()
    senders.sender(lambda message: release.wait(PATIENCE) and None)
    (id,) = write()

    async def main() -> None:
        worker = asyncio.create_task(deliver())
        with cancelled([worker]):
            await until(lambda: message_row(id).problem)
        release.set()

    asyncio.run(main())

    assert (message_row(id).state, message_row(id).problem) == ("waiting", "TimeoutError")


def test_a_commit_in_this_process_wakes_the_worker_at_once(stub, monkeypatch):
    monkeypatch.setattr(delivery, "POLL", 3600)

    async def main() -> None:
        worker = asyncio.create_task(deliver())
        with cancelled([worker]):
            for times in (1, 2):
                await until(lambda: delivery._wakers)
                await asyncio.to_thread(write)
                await until(lambda times=times: len(stub.mails) == times and message_states() == {"delivered"})

    asyncio.run(main())

    assert delivery._wakers == set()


def test_mail_of_other_processes_is_found_by_looking(stub):
    async def main() -> None:
        worker = asyncio.create_task(deliver())
        with cancelled([worker]):
            await until(lambda: delivery._wakers)
            with engine().begin() as connection:  # bypasses the rules, so this process does not notice it
                values = {"recipient": "ann0@example.com", "subject": "Welcome", "text": CANARY, "html": CANARY}
                now = core_clock.now()
                connection.execute(insert(Message).values(**values, due_at=now, written_at=now))
            await until(lambda: message_states() == {"delivered"})

    asyncio.run(main())

    assert len(stub.mails) == 1


def test_a_rolled_back_message_is_not_sent(stub):
    def sign_up_and_fail() -> None:
        with transaction() as db:
            outbox.write(db, "ann@example.com", "Never", [CANARY])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sign_up_and_fail()
    write()

    work(lambda: message_states() == {"delivered"})

    assert [mail["subject"] for mail in stub.mails.values()] == ["Welcome 0"]


def test_a_locked_database_delays_the_worker_and_does_not_end_it(stub, configure, monkeypatch, caplog):
    configure(AUTHAPP_BUSY_SECONDS="0.1")
    monkeypatch.setattr(delivery, "PAUSE", 0.01)
    write()

    async def main() -> None:
        worker = asyncio.create_task(deliver())
        with cancelled([worker]):
            with locked():
                await until(lambda: "the outbox could not be read: Busy" in caplog.text)
            await until(lambda: message_states() == {"delivered"})

    asyncio.run(main())

    assert len(stub.asked) == 1


def test_a_message_sent_while_the_database_was_locked_is_not_sent_again(stub, configure, monkeypatch, caplog):
    configure(AUTHAPP_BUSY_SECONDS="0.1")
    monkeypatch.setattr(delivery, "TRIES", 1000)
    monkeypatch.setattr(delivery, "POLL", 0.01)
    stub.script = [hold]
    (id,) = write()

    async def main() -> None:
        worker = asyncio.create_task(deliver())
        with cancelled([worker]):
            await asyncio.to_thread(stub.expect, 1)
            with locked():
                stub.released.set()
                await until(lambda: f"message {id} is not recorded yet: Busy" in caplog.text)
            await until(lambda: message_states() == {"delivered"})

    asyncio.run(main())

    assert len(stub.asked) == 1


def test_a_shutdown_waits_for_the_answer_that_is_on_its_way(stub):
    stub.script = [hold]
    write()

    async def main() -> None:
        worker = asyncio.create_task(deliver())
        await asyncio.to_thread(stub.expect, 1)
        worker.cancel()
        await asyncio.sleep(0)
        stub.released.set()
        with pytest.raises(asyncio.CancelledError):
            await worker
        assert message_states() == {"delivered"}

    asyncio.run(main())


def test_a_shutdown_does_not_wait_for_ever_and_loses_nothing(stub, clock, monkeypatch):
    monkeypatch.setattr(delivery, "GRACE", 0.1)
    stub.script = [hold]
    (id,) = write()

    async def main() -> None:
        worker = asyncio.create_task(deliver())
        await asyncio.to_thread(stub.expect, 1)
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker
        assert not stub.released.is_set()
        stub.released.set()  # a thread cannot be cancelled; this one still waits for its answer

    asyncio.run(main())
    assert message_row(id).state == "waiting"

    clock.advance(LEASE)
    work(lambda: message_states() == {"delivered"})

    assert [asked.key for asked in stub.asked] == [str(id)] * 2
    assert list(stub.mails) == [str(id)]


@contextmanager
def process(*moments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a worker in a separate process, with the settings of this one."""
    command = [sys.executable, "-c", PROCESS, *moments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.send_signal(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "while", "after"])
def test_a_kill_at_any_moment_loses_nothing(stub, clock, moment):
    stub.script = [hold] if moment == "while" else []
    (id,) = write()
    with process(moment) as running:
        if moment == "while":
            stub.expect(1)
        else:
            assert running.stdout.readline() == f"{moment}\n"

    assert running.returncode == -signal.SIGKILL
    assert message_row(id).state == "waiting"
    assert one_round() is None  # its death is unnoticed until the lease ends
    stub.released.set()

    leases_end(clock)
    work(lambda: message_states() == {"delivered"})

    assert [asked.key for asked in stub.asked] == [str(id)] * (1 if moment == "before" else 2)
    assert list(stub.mails) == [str(id)]


@pytest.mark.slow
def test_kills_in_the_middle_of_many_lose_nothing_and_send_nothing_twice(stub, clock):
    ids = {str(id) for id in write(12)}
    for count in (2, 5, 8):
        with process():
            stub.expect(count)

    leases_end(clock)
    work(lambda: message_states() == {"delivered"})

    assert stub.mails.keys() == ids
    assert all(asked.mail == stub.mails[asked.key] for asked in stub.asked)


@pytest.mark.slow
def test_two_processes_at_once_send_each_message_exactly_once(stub):
    stub.script = [hold, hold]  # one worker sends two at once, so the third request is the other's
    ids = {str(id) for id in write(30)}

    with process() as one, process() as other:
        stub.expect(3)
        stub.released.set()
        wait_until(lambda: message_states() == {"delivered"})
        assert one.poll() is None
        assert other.poll() is None

    assert len(stub.asked) == 30
    assert stub.mails.keys() == ids


def test_two_workers_in_one_process_send_each_message_exactly_once(stub):
    async def main() -> None:
        workers = [asyncio.create_task(deliver()) for _ in range(2)]
        with cancelled(workers):
            await asyncio.to_thread(write, 30)
            await until(lambda: message_states() == {"delivered"})

    asyncio.run(main())

    assert len(stub.asked) == len(stub.mails) == 30
