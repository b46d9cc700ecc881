"""Signatures of webhooks, against published examples and the implementation of the service itself."""

import time
from datetime import UTC, datetime

import pytest
from twilio.request_validator import RequestValidator

from authapp.api.signatures import TOLERANCE, is_from_svix, is_from_twilio
from authapp.core.base import clock

# The example of Svix: https://docs.svix.com/receiving/verifying-payloads/how-manual
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SENT_AT = 1614265330
HEADERS = {
    "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "svix-timestamp": str(SENT_AT),
    "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
RIGHT = HEADERS["svix-signature"]
TOKEN, URL = "12345", "https://shop.example/api/v1/webhooks/twilio?message=1"
FORM = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("ErrorCode", "30006"), ("Body", "ü & =")]


@pytest.fixture
def then(monkeypatch):
    """Return a function that sets the clock to some seconds after the example was sent."""

    def later(seconds=0):
        monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(SENT_AT + seconds, UTC))

    later()
    return later


def test_the_example_of_svix_is_right(then):
    assert is_from_svix(SECRET, HEADERS, BODY)
    assert is_from_svix(f" {SECRET}\n", HEADERS, BODY)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY + b" "),
        ({"svix-id": "msg_another"}, BODY),
        ({"svix-id": ""}, BODY),
        ({"svix-timestamp": str(SENT_AT + 1)}, BODY),
        ({"svix-timestamp": ""}, BODY),
        ({"svix-timestamp": "now"}, BODY),
        ({"svix-timestamp": "9" * 400}, BODY),
        ({"svix-timestamp": f"-{SENT_AT}"}, BODY),
        ({"svix-signature": ""}, BODY),
        ({"svix-signature": "v1,"}, BODY),
        ({"svix-signature": RIGHT.replace("v1,", "v2,")}, BODY),
        ({"svix-signature": RIGHT.replace("v1,", "")}, BODY),
        ({"svix-signature": RIGHT + "ü"}, BODY),
    ],
)
def test_anything_else_is_not(then, headers, body):
    assert not is_from_svix(SECRET, HEADERS | headers, body)


def test_another_secret_is_not(then):
    assert not is_from_svix("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", HEADERS, BODY)
    assert not is_from_svix("whsec_", HEADERS, BODY)


def test_one_of_several_signatures_is_enough_while_the_secret_is_exchanged(then):
    assert is_from_svix(SECRET, HEADERS | {"svix-signature": f"v1,AAAA v1a,BBBB {RIGHT}"}, BODY)


@pytest.mark.parametrize(("seconds", "right"), [(TOLERANCE, True), (TOLERANCE + 1, False), (-TOLERANCE - 1, False)])
def test_a_request_is_good_for_five_minutes(then, seconds, right):
    then(seconds)

    assert is_from_svix(SECRET, HEADERS, BODY) is right


def signed(url=URL, form=FORM, token=TOKEN):
    return RequestValidator(token).compute_signature(url, dict(form))


def test_the_signature_of_twilio_is_right_with_and_without_the_port():
    assert is_from_twilio(TOKEN, signed(), URL, FORM)
    assert is_from_twilio(TOKEN, signed(URL.replace("shop.example", "shop.example:443")), URL, FORM)
    assert is_from_twilio(TOKEN, signed("http://127.0.0.1:8000/x"), "http://127.0.0.1:8000/x", FORM)


@pytest.mark.parametrize(
    ("signature", "url", "form"),
    [
        ("", URL, FORM),
        ("ü", URL, FORM),
        (signed(token="54321"), URL, FORM),
        (signed(), URL.replace("message=1", "message=2"), FORM),
        (signed(), URL, [*FORM[:2], ("ErrorCode", "30007"), FORM[3]]),
        (signed(), URL, [*FORM, ("More", "1")]),
        (signed(), URL, FORM[:3]),
    ],
)
def test_any_other_signature_of_twilio_is_wrong(signature, url, form):
    assert not is_from_twilio(TOKEN, signature, url, form)


def test_a_form_of_thousands_of_fields_takes_no_time():
    form = [(f"{number:x}", "") for number in range(10_000)]
    begun = time.process_time()

    assert not is_from_twilio(TOKEN, "", URL, form)

    assert time.process_time() - begun < 1  # seconds; it was four
