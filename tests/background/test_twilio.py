"""Text messages by Twilio: the requests, the meaning of each answer, and the whole way through the worker."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from authapp.background import delivery, senders
from authapp.background.senders import common, twilio
from authapp.background.senders.common import AccountRefused, RecipientRefused, SendFailed
from authapp.core.base import clock as core_clock
from authapp.core.messages import outbox
from authapp.core.messages.queue import BACKOFF, TOO_LATE
from authapp.db import transaction
from authapp.models import Message
from tests.kit.delivery import cancelled, message_row, message_states, until, work
from tests.kit.providers import resend as resend_stub
from tests.kit.providers.stub import Step, answer, hold, reset
from tests.kit.providers.twilio import AUTHORIZATION, FROM, KEY, PATH, SERVICE, Stub, refusal

CANARY = "canary-483921"
PHONE = "+14155550123"
WORDS = f"{CANARY} is your code for the shop ✓"
SECRETS = (CANARY, PHONE, PHONE[1:], KEY, AUTHORIZATION.removeprefix("Basic "))
QUOTED = f"The 'To' number {PHONE} is wrong in: {WORDS}"  # Twilio's message may repeat any part of the request
NO_ANSWER, STRANGER = "no answer from Twilio", "the server at AUTHAPP_TWILIO_URL is not Twilio"
REFUSED = "Twilio rejected AUTHAPP_TWILIO_ACCOUNT, AUTHAPP_TWILIO_KEY or AUTHAPP_TWILIO_FROM"


@pytest.fixture(autouse=True)
def nothing_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert not [record for record in caplog.get_records("call") if record.name.startswith("twilio")]
    logged = "\n".join(map(logging.Formatter().format, caplog.get_records("call")))
    for secret in SECRETS:
        assert secret not in logged


@pytest.fixture(autouse=True)
def own_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_registered", {})


@pytest.fixture
def stub(configure: Callable[..., None]) -> Iterator[Stub]:
    with Stub() as running:
        configure(
            AUTHAPP_TEXT_SENDER="twilio",
            AUTHAPP_TWILIO_ACCOUNT=PATH.split("/")[3],
            AUTHAPP_TWILIO_KEY=KEY,
            AUTHAPP_TWILIO_FROM=FROM,
            AUTHAPP_TWILIO_URL=running.url,
        )
        yield running


@pytest.fixture
def message() -> Message:
    return Message(recipient=PHONE, subject="", text=WORDS, html="")


@pytest.fixture
def failure(stub: Stub, message: Message) -> Callable[[Step], SendFailed]:
    def of(step: Step) -> SendFailed:
        stub.script = [step]
        with pytest.raises(SendFailed) as raised:
            twilio.send(message)
        for secret in SECRETS:
            assert secret not in f"{raised.value!r} {raised.value.problem}"
        assert len(stub.asked) == 1  # the SDK never retries by itself
        return raised.value

    return of


def test_twilio_gets_the_number_the_words_and_the_key(stub, message):
    twilio.send(message)

    (asked,) = stub.asked
    assert (asked.method, asked.path) == ("POST", PATH)
    assert asked.headers["authorization"] == AUTHORIZATION
    assert asked.text == {"To": PHONE, "From": FROM, "Body": WORDS}
    assert stub.texts == [asked.text]


def test_a_messaging_service_chooses_the_number_itself(stub, message, configure):
    configure(AUTHAPP_TWILIO_FROM=SERVICE)

    twilio.send(message)

    assert stub.texts == [{"To": PHONE, "MessagingServiceSid": SERVICE, "Body": WORDS}]


def test_the_setting_alone_says_where_twilio_is(stub, message, configure):
    configure(AUTHAPP_TWILIO_URL=f"{stub.url}/", TWILIO_EDGE="dublin", TWILIO_REGION="ie1")

    twilio.send(message)

    assert len(stub.texts) == 1


@pytest.mark.parametrize("code", [21612, 21617])
def test_a_permanent_error_of_twilio_is_final(failure, code):
    no = failure(refusal(400, code, QUOTED))

    assert (type(no), no.final, no.problem) == (SendFailed, True, f"Twilio answered 400 {code}")


@pytest.mark.parametrize("code", [21211, 21217, 21265, 21610, 21614, 21635])
def test_a_number_that_gets_no_texts_is_refused_for_itself(failure, code):
    no = failure(refusal(400, code, QUOTED))

    assert (type(no), no.problem) == (RecipientRefused, f"Twilio says that the number gets no texts: 400 {code}")


@pytest.mark.parametrize(("status", "code"), [(400, 21408), (400, 21608), (401, 10001), (403, 20005), (400, 90010)])
def test_what_the_account_may_not_send_is_not_the_fault_of_the_number(failure, status, code):
    no = failure(refusal(status, code, QUOTED))

    assert (type(no), no.final) == (AccountRefused, False)
    assert no.problem.endswith(f": {status} {code}")


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, 20003), (403, 20005), (404, 20404), *((400, code) for code in sorted(twilio.WRONG_FROM))],
)
def test_wrong_settings_are_named_and_are_not_the_fault_of_the_text(failure, status, code):
    no = failure(refusal(status, code, QUOTED))

    assert (type(no), no.problem) == (AccountRefused, f"{REFUSED}: {status} {code}")


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (400, 21611), (429, 21611), (500, 20500), (503, 20503)])
def test_a_temporary_error_is_not_final(failure, status, code):
    no = failure(refusal(status, code, QUOTED))

    assert (no.final, no.wait, no.problem) == (False, 0, f"Twilio answered {status} {code}")


def test_an_error_in_the_newer_form_means_the_same(failure):
    body = {"type": "https://x.example", "title": QUOTED, "status": 200, "code": 21211, "detail": QUOTED}

    no = failure(answer(400, body))

    assert (type(no), no.problem) == (RecipientRefused, "Twilio says that the number gets no texts: 400 21211")


@pytest.mark.parametrize(("said", "wait"), [("7", 7), ("soon", 0), ("9" * 400, common.LONGEST_WAIT)])
def test_the_wait_is_what_retry_after_says_within_reason(failure, said, wait):
    assert failure(refusal(429, 20429, Retry_After=said)).wait == wait


@pytest.mark.parametrize("body", [f"<html>{WORDS}</html>", "", {}, {"id": "x"}, [WORDS], None, 1, {"sid": None}])
def test_an_answer_that_is_not_twilios_is_no_success(failure, body):
    no = failure(answer(200, body))

    assert (no.final, no.problem) == (False, STRANGER)


@pytest.mark.parametrize("status", [400, 404, 502])
@pytest.mark.parametrize("body", [f"<html>{WORDS}</html>", {"code": WORDS}, {"code": 14155550123}, {"code": True}, []])
def test_an_error_that_is_not_twilios_is_not_final_and_not_repeated(failure, status, body):
    no = failure(answer(status, body))

    assert (no.final, no.problem) == (False, f"Twilio answered {status} without a code")


def test_a_redirect_is_not_followed(failure, stub):
    no = failure(answer(307, "", Location=f"{stub.url}{PATH}"))

    assert (no.final, no.problem) == (False, "Twilio answered 307 without a code")
    assert stub.texts == []


def test_a_broken_connection_is_not_final(failure):
    no = failure(reset)

    assert (no.final, no.problem) == (False, f"{NO_ANSWER} (ConnectionError)")


def test_silence_is_not_final(failure, monkeypatch):
    monkeypatch.setattr(twilio, "TIMEOUT", 0.2)

    no = failure(hold)

    assert (no.final, no.problem) == (False, f"{NO_ANSWER} (ReadTimeout)")


def test_an_unreachable_server_is_not_final(stub, message, configure):
    with Stub() as closed:
        pass
    configure(AUTHAPP_TWILIO_URL=closed.url)

    with pytest.raises(SendFailed) as raised:
        twilio.send(message)

    assert (raised.value.final, raised.value.problem) == (False, f"{NO_ANSWER} (ConnectionError)")


def test_a_key_that_twilio_does_not_know_is_refused(stub, message, configure):
    configure(AUTHAPP_TWILIO_KEY="another_token")

    with pytest.raises(SendFailed, match="rejected AUTHAPP_TWILIO_ACCOUNT") as raised:
        twilio.send(message)

    assert "another_token" not in raised.value.problem
    assert stub.texts == []


def write(useless_in: timedelta | None = None) -> UUID:
    """Write a text message that is due; returns its id."""
    now = core_clock.now()
    useless_at = now + useless_in if useless_in else None
    text = Message(recipient=PHONE, subject="", text=WORDS, html="", due_at=now, written_at=now, useless_at=useless_at)
    id = text.id
    with transaction() as db:
        db.add(text)
    return id


def one_round() -> float | None:
    return asyncio.run(delivery._round(texts=True))


def test_a_text_is_delivered_once_and_its_words_are_forgotten(database, stub):
    id = write()

    work(lambda: message_states() == {"delivered"})

    assert [text["Body"] for text in stub.texts] == [WORDS]
    assert (message_row(id).text, message_row(id).problem, message_row(id).attempts) == ("", "", 1)
    assert message_row(id).sent_at is not None
    assert one_round() is None


def test_the_embedded_outbox_keeps_texts_too(database, stub, configure):
    configure(AUTHAPP_TEXT_SENDER="outbox")
    id = write()

    work(lambda: message_states() == {"kept"})

    assert message_row(id).text == WORDS
    assert stub.asked == []


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (refusal(429, 20429, QUOTED), "Twilio answered 429 20429"),
        (refusal(500, 20500, QUOTED), "Twilio answered 500 20500"),
        (refusal(401, 20003, QUOTED), f"{REFUSED}: 401 20003"),
        (answer(200, f"<html>{WORDS}</html>"), STRANGER),
        (reset, f"{NO_ANSWER} (ConnectionError)"),
    ],
    ids=["429", "500", "401", "stranger", "reset"],
)
def test_a_failed_text_is_tried_again_later(database, stub, clock, step, problem):
    stub.script = [step]
    id = write()

    assert one_round() == 0

    assert message_row(id).state == ("held" if problem.startswith(REFUSED) else "waiting")
    assert message_row(id).problem == problem
    clock.advance(BACKOFF[0])
    work(lambda: message_states() == {"delivered"})
    assert len(stub.texts) == 1


def test_a_wrong_number_ends_in_a_state_of_its_own_at_once(database, stub):
    stub.script = [refusal(400, 21211, QUOTED)]
    id = write()

    work(lambda: message_states() == {"refused"})

    assert message_row(id).problem == "Twilio says that the number gets no texts: 400 21211"
    assert (message_row(id).sent_at, message_row(id).text) == (None, "")
    assert one_round() is None


def test_a_region_that_is_not_enabled_is_told_the_operator_once_and_the_texts_are_sent_later(
    database, stub, clock, caplog
):
    stub.script = [refusal(400, 21408, QUOTED)] * 12
    write()
    id = write()

    for _ in range(6):  # 12 tries: more than other failures get
        one_round()
        clock.advance(BACKOFF[-1])

    assert (message_row(id).state, message_row(id).attempts) == ("held", 6)
    lines = [record for record in caplog.records if record.name == delivery.__name__]
    assert [(line.levelname, line.getMessage()) for line in lines[:1]] == [
        (
            "ERROR",
            "text messages are kept and retried until this is corrected: "
            "the Twilio account may not send this: 400 21408",
        )
    ]
    assert len(lines) == 6  # one a round, for two messages: the rounds are hours apart
    one_round()
    assert message_states() == {"delivered"}


def test_an_account_problem_outlasts_the_retries_of_other_failures(database, stub, clock):
    stub.script = [refusal(403, 20005, QUOTED)] * (len(BACKOFF) + 3)
    id = write()

    for _ in range(len(BACKOFF) + 3):
        one_round()
        clock.advance(BACKOFF[-1])

    assert message_row(id).state == "held"
    one_round()
    assert message_row(id).state == "delivered"


def test_a_code_that_the_account_may_not_send_keeps_its_reason(database, stub):
    stub.script = [refusal(400, 21408, QUOTED)]
    id = write(useless_in=timedelta(seconds=3))

    one_round()

    assert (message_row(id).state, message_row(id).problem) == (
        "dead",
        "the Twilio account may not send this: 400 21408",
    )


def test_a_text_that_comes_too_late_is_not_sent(database, stub, clock):
    id = write(useless_in=timedelta(minutes=10))
    clock.advance(timedelta(minutes=10))

    work(lambda: message_states() == {"dead"})

    assert (message_row(id).problem, message_row(id).attempts) == (TOO_LATE, 0)
    assert stub.asked == []


def test_a_text_is_given_up_when_the_next_try_would_come_too_late(database, stub, clock, caplog):
    stub.script = [refusal(429, 20429, Retry_After="600")]
    id = write(useless_in=timedelta(minutes=5))

    assert one_round() == 600

    assert (message_row(id).state, message_row(id).problem) == ("dead", TOO_LATE)
    assert f"message {id} was not sent: Twilio answered 429 20429" in caplog.text


@pytest.fixture
def resend(configure: Callable[..., None]) -> Iterator[resend_stub.Stub]:
    with resend_stub.Stub() as running:
        configure(
            AUTHAPP_SENDER="resend",
            AUTHAPP_RESEND_KEY=resend_stub.KEY,
            AUTHAPP_RESEND_URL=running.url,
            AUTHAPP_MAIL_FROM="authapp <hello@example.com>",
        )
        yield running


def write_mail() -> None:
    with transaction() as db:
        outbox.write(db, "ann@example.com", "Welcome", ["Hello."])


def test_mail_goes_on_while_twilio_asks_to_wait(database, stub, resend):
    stub.script = [refusal(429, 20429, Retry_After="30")]
    id = write()

    async def main() -> None:
        worker = asyncio.create_task(delivery.deliver())
        with cancelled([worker]):
            await until(lambda: message_row(id).problem)
            await asyncio.to_thread(write_mail)
            await until(lambda: len(resend.mails) == 1 and "delivered" in message_states())

    asyncio.run(main())

    assert message_row(id).state == "waiting"
    assert len(stub.asked) == 1


def test_texts_go_on_while_resend_is_silent(database, stub, resend):
    resend.script = [hold]
    write_mail()

    async def main() -> None:
        worker = asyncio.create_task(delivery.deliver())
        with cancelled([worker]):
            await asyncio.to_thread(resend.expect, 1)
            id = await asyncio.to_thread(write)
            await until(lambda: message_row(id).state == "delivered")
        resend.released.set()

    asyncio.run(main())

    assert len(stub.texts) == 1


def test_a_product_registers_its_own_sender_of_texts_in_one_line(database):
    pigeons = []
    senders.text_sender(lambda message: pigeons.append((message.recipient, message.text)))
    write()

    work(lambda: message_states() == {"delivered"})

    assert pigeons == [(PHONE, WORDS)]
