"""A stub of Twilio's `POST /2010-04-01/Accounts/…/Messages.json`. It checks account and key, and sends every text."""

from base64 import b64encode
from urllib.parse import parse_qsl

from tests.kit.providers import stub
from tests.kit.providers.stub import Handler, Step, answer

ACCOUNT = "AC" + "0123456789abcdef" * 2
KEY = "this_token_must_never_be_logged"
FROM = "+14155550100"
SERVICE = "MG" + "0123456789abcdef" * 2
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT}:{KEY}".encode()).decode()


class Asked(stub.Asked):
    @property
    def text(self) -> dict[str, str]:
        return dict(parse_qsl(self.body, strict_parsing=True))


class Stub(stub.Provider):
    asks = Asked

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[dict[str, str]] = []  # the sent texts

    def send(self, asked: Asked) -> bool:
        """Send a text, also when the same one was sent before."""
        self.texts.append(asked.text)
        return True

    def usual(self, handler: Handler, asked: Asked) -> None:
        """Answer as Twilio does."""
        if asked.path != PATH:
            refusal(404, 20404)(self, handler, asked)
        elif asked.headers.get("authorization") != AUTHORIZATION:
            refusal(401, 20003)(self, handler, asked)
        else:
            self.send(asked)
            handler.answer(201, taken(asked.text))


def taken(text: dict[str, str]) -> dict[str, str | None]:
    """Return Twilio's answer to a text that it accepts; it repeats the text."""
    said = {"to": text["To"], "from": text.get("From"), "body": text["Body"]}
    return {"sid": "SM" + "0" * 32, "account_sid": ACCOUNT, "status": "queued", "error_code": None, **said}


def refusal(status: int, code: int, message: str = "", **headers: str) -> Step:
    """Return an error in Twilio's format."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return answer(status, {"code": code, "message": message, "more_info": more, "status": status}, **headers)
