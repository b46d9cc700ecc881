"""A stub of Resend's `POST /emails` on loopback. It checks the key, and sends a mail once for each idempotency key."""

import json
from typing import Any

from tests.kit.providers import stub
from tests.kit.providers.stub import Handler, Step, answer

KEY = "re_this_key_must_never_be_logged"


class Asked(stub.Asked):
    @property
    def mail(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


class Stub(stub.Provider):
    asks = Asked

    def __init__(self) -> None:
        super().__init__()
        self.mails: dict[str, dict[str, Any]] = {}  # the sent mails, by idempotency key

    def send(self, asked: Asked) -> bool:
        """Send a mail; returns False when its key was used for another one."""
        with self._changed:
            return self.mails.setdefault(asked.key, asked.mail) == asked.mail

    def usual(self, handler: Handler, asked: Asked) -> None:
        """Answer as Resend does."""
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            refusal(403, "invalid_api_key")(self, handler, asked)
        elif self.send(asked):
            handler.answer(200, {"id": f"mail of {asked.key}"})
        else:
            refusal(409, "invalid_idempotent_request")(self, handler, asked)


def refusal(status: int, name: str, message: str = "", **headers: str) -> Step:
    """Return an error in Resend's format."""
    return answer(status, {"statusCode": status, "name": name, "message": message}, **headers)
