"""Parts that senders share: the failure that they raise, the time they take, and the wait that a provider asks for."""

from collections.abc import Mapping

TIMEOUT = 10  # seconds to connect, and again for each part of the response
LONGEST_WAIT = 86_400  # seconds; no provider can delay a message for longer than a day


class SendFailed(Exception):
    """Raised when a sender could not send a message.

    Args:
        problem: the reason, without secrets; it is logged and stored with the message.
        wait: seconds for which the provider asks to wait.
        final: the provider will never accept this message, so there is no retry.
    """

    def __init__(self, problem: str, wait: float = 0, final: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.wait, self.final = problem, min(wait, LONGEST_WAIT), final


class AccountRefused(SendFailed):
    """Raised when the provider refuses the account of the operator: wrong key, no funds, a quota, an unverified domain.

    The operator gets a log line, and the message is retried until the provider accepts it.
    """


class RecipientRefused(SendFailed):
    """Raised when the provider says that this address or number cannot be reached. There is no retry.

    Pages then offer another way, and an address of an account gets no more mails until it is confirmed again.
    """


def retry_after(headers: Mapping[str, str]) -> float:
    """Return Retry-After, which both providers send in seconds; 0 for other formats: our own backoff then applies."""
    seconds = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(seconds) if seconds.isdecimal() else 0
