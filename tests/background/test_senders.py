"""The choice of a sender: from the settings, or registered by the product."""

import pytest

from authapp.background import senders
from authapp.background.senders import resend, smtp, twilio
from authapp.background.senders.outbox import keep
from authapp.models import Message
from tests.kit.providers.resend import KEY as RESEND_KEY
from tests.kit.providers.twilio import FROM, KEY, PATH

MAIL = Message(recipient="+ann@example.com", subject="Welcome", text="Hello", html="")
TEXT = Message(recipient="+14155550123", subject="", text="Hello", html="")


@pytest.fixture(autouse=True)
def own_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_registered", {})


def test_the_settings_choose_the_sender_unless_a_product_does(configure):
    configure(AUTHAPP_SENDER="resend", AUTHAPP_RESEND_KEY=RESEND_KEY, AUTHAPP_MAIL_FROM="no-reply@shop.example")
    assert senders.chosen(MAIL) is resend.send

    configure(AUTHAPP_SENDER="smtp", AUTHAPP_SMTP_URL="smtp://localhost")
    assert senders.chosen(MAIL) is smtp.send

    configure(AUTHAPP_SENDER="outbox")
    assert senders.chosen(MAIL) is keep

    @senders.sender
    def by_pigeon(message: Message) -> None: ...

    assert senders.chosen(MAIL) is by_pigeon


def test_mails_and_texts_have_separate_senders(configure):
    account = PATH.split("/")[3]
    configure(AUTHAPP_TEXT_SENDER="twilio", AUTHAPP_TWILIO_ACCOUNT=account)
    configure(AUTHAPP_TWILIO_KEY=KEY, AUTHAPP_TWILIO_FROM=FROM)
    assert (senders.chosen(TEXT), senders.chosen(MAIL)) == (twilio.send, keep)

    @senders.text_sender
    def by_pigeon(message: Message) -> None: ...

    assert (senders.chosen(TEXT), senders.chosen(MAIL)) == (by_pigeon, keep)

    @senders.sender
    def by_post(message: Message) -> None: ...

    assert (senders.chosen(TEXT), senders.chosen(MAIL)) == (by_pigeon, by_post)


@pytest.mark.parametrize("register", [senders.sender, senders.text_sender])
def test_an_async_sender_is_refused_because_it_would_never_be_awaited(register):
    async def by_post(message: Message) -> None: ...

    with pytest.raises(TypeError, match="plain function"):
        register(by_post)

    assert senders._registered == {}
