"""Login attempt at a provider, and the code with which the browser comes back."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from authapp.core.authentication.id_tokens import NotGood
from authapp.core.base.errors import LoginCancelled

log = logging.getLogger(__name__)


class Begun(NamedTuple):
    """Login attempt at a provider: its URL, the expected state and nonce, and the PKCE code verifier."""

    url: str
    state: str
    nonce: str
    verifier: str


def code_of(answer: Mapping[str, str], label: str) -> str:
    """Return the authorization code among the parameters that the browser brought back.

    Raises:
        Stopped: the user or the provider declined.
        NotGood: there is no code.
    """
    if "error" in answer:
        log.info("the provider refused the login: %s", safe_code(answer["error"]))
        raise LoginCancelled(label)
    code = answer.get("code", "")
    if not code:
        raise NotGood("code")
    return code


def safe_code(code: object) -> str:
    """Return an error code that is spelled as in the standards. Other texts are not safe to log."""
    text = code if isinstance(code, str) else ""
    return text if text.replace("_", "").isalpha() and text.isascii() and len(text) < 60 else "without a name"
