"""Refusals: every error that a rule may show to a user, with its code, HTTP status, form field and message."""

import math
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from authapp.i18n.texts import Text, t, tn

A_DAY = 86_400  # seconds
LONGEST_WAIT = 31 * A_DAY  # the longest period of a rate limit
TOO_MANY = t("Too many attempts.")


class Refusal(Exception):
    """Raised when a rule says no. It is safe to show to a user; any other exception is a bug.

    A refusal rolls its transaction back, unless it is `counted`: then what the rule wrote before is committed, like a
    spent challenge or a failed try.
    """

    code = "Refused"
    status = 400
    field = ""
    message: str = t("That did not work. Try again.")
    counted = False
    wait = 0  # seconds after which a retry makes sense, if known
    details: Mapping[str, str] = {}  # further facts for programs

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        super().__init__(self.code)
        self.message = message or self.message
        self.field = self.field if field is None else field


class BadInput(Refusal):
    """Raised when the input of a form is not usable; the field and the message say why."""

    code = "BadInput"
    status = 422
    message = t("Check what you entered.")


class BadUserOrPassword(Refusal):
    """Raised for an unknown identifier or a wrong password; never says which."""

    code = "BadUserOrPassword"
    status = 401
    field = "password"
    message = t("Email, phone or password is wrong. Check them and try again.")
    counted = True


class WrongCode(Refusal):
    """Raised when a one-time code is not the one that was sent; counts as a guess."""

    code = "WrongCode"
    status = 401
    field = "code"
    counted = True

    def __init__(self, left: int) -> None:
        if left:
            text = tn("This code is wrong. {count} attempt left.", "This code is wrong. {count} attempts left.", left)
        else:
            text = t("This code is wrong, and that was the last attempt. Get a new code.")
        super().__init__(text)


class CodeNotFoundOrExpired(Refusal):
    """Raised when no code can be correct: it is too old, used, guessed too often, or was never sent."""

    code = "CodeNotFoundOrExpired"
    status = 410
    field = "code"
    message = t("This code is no longer valid. Get a new one.")
    counted = True


class StepNotFoundOrExpired(Refusal):
    """Raised when no step waits for a code here (any more)."""

    code = "StepNotFoundOrExpired"
    status = 410
    field = "code"
    message = t("This took too long. Start again.")


class NumberTaken(Refusal):
    """Raised when another user confirmed the phone number first."""

    code = "NumberTaken"
    status = 409
    field = "code"
    message = t("This number now belongs to another account. Log in with it, or recover that account.")


class ChallengeNotFoundOrExpired(Refusal):
    """Raised when a challenge is forged, used before, or older than its lifetime."""

    code = "ChallengeNotFoundOrExpired"
    status = 401
    field = "password"
    message = t("This took too long. Press “Log in” again.")

    def __init__(self, challenge_id: object = None) -> None:
        super().__init__()
        if isinstance(challenge_id, str):
            self.details = {"challenge_id": challenge_id[:4000]}


class InvalidSession(Refusal):
    """Raised when a request has a malformed session key, or two that differ; the reason says which."""

    code = "InvalidSession"
    message = t("We couldn’t recognise your session. Log in again.")

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.details = {"reason": reason}


class TicketNotFoundOrExpired(Refusal):
    """Raised when a ticket was used, is too old, or belongs to another tab."""

    code = "TicketNotFoundOrExpired"
    status = 401
    message = t("This took too long. Log in again.")


class RenewalNotFoundOrExpired(Refusal):
    """Raised when a renewal token was used, is older than a minute, or the password was set since."""

    code = "RenewalNotFoundOrExpired"
    status = 410
    message = t("This took too long. The login itself is not affected.")


class SessionExpired(Refusal):
    """Raised when no user is signed in, or the session ended."""

    code = "SessionExpired"
    status = 440
    message = t("You’ve been logged out. Log in again.")


class StepUpNeeded(Refusal):
    """Raised when the last authentication is too old for this action. It can be repeated after a step-up."""

    code = "StepUpNeeded"
    status = 403
    message = t("Confirm it’s you, then try again.")


class WeakPassword(Refusal):
    """Raised when a password breaks the policy; the message says how."""

    code = "WeakPassword"
    status = 422
    field = "password"


class InvalidActionKey(Refusal):
    """Raised when an action link does not exist, is used up, or is too old."""

    code = "InvalidActionKey"
    status = 410
    message = t("This link is no longer valid.")


class ProviderRefusal:
    """Mixin for refusals of a social login: the message may name the provider."""

    def __init__(self, label: str = "") -> None:
        self.message: str
        super().__init__(Text(str(self.message), label=label or t("the other site")))  # type: ignore[call-arg]


class Unverified(ProviderRefusal, Refusal):
    """Raised when the claims of a provider cannot be verified, or the provider is not configured here."""

    code = "unverified"
    message = t("We couldn’t verify what {label} says about you. Start again with “Continue with …”.")


class ProviderUnavailable(ProviderRefusal, Refusal):
    """Raised when a provider does not answer, or its answer is of no use."""

    code = "ProviderUnavailable"
    status = 503
    message = t("We can’t reach {label} right now. Nothing was changed. Try again in a moment.")
    wait = 10


class LoginCancelled(ProviderRefusal, Refusal):
    """Raised when the user or the provider refused the login at the provider."""

    code = "LoginCancelled"
    status = 403
    message = t("Login was cancelled at {label}. Nothing was changed.")


class FlowNotFoundOrExpired(ProviderRefusal, Refusal):
    """Raised when this browser has no such login attempt: it is too old, used, or from another browser."""

    code = "FlowNotFoundOrExpired"
    status = 410
    message = t("This took too long, or was started in another window. Start again.")


class LinkNeeded(ProviderRefusal, Refusal):
    """Raised when an address that a provider confirms has an account, but the identity is not linked to it."""

    code = "LinkNeeded"
    status = 409
    message = t("An account with this address already exists. Log in to it, then link {label} in your settings.")


class IdentityTaken(ProviderRefusal, Refusal):
    """Raised when an identity is linked to the account of another user."""

    code = "IdentityTaken"
    status = 409
    message = t("This {label} account is linked to another account here. Log in with it, or unlink it there first.")


class WrongIdentity(ProviderRefusal, Refusal):
    """Raised when a step-up at a provider returns an identity that is not the user's."""

    code = "WrongIdentity"
    status = 401
    message = t("This is not the {label} account that you linked. Choose the one that you log in with.")


class UserNotRegistered(ProviderRefusal, Refusal):
    """Raised when a user without an account comes, and sign-up is closed."""

    code = "UserNotRegistered"
    message = t("You have no account here, and sign-up is closed. Contact the site’s administrator.")


class InvitationNeeded(UserNotRegistered):
    """Raised when only invited users can sign up; others can join the waitlist."""

    code = "InvitationNeeded"
    status = 403
    message = t("You need an invitation to sign up here. Join the waiting list, and we’ll send you one.")


class NotFound(Refusal):
    """Raised when a page or row does not exist for this caller."""

    code = "NotFound"
    status = 404
    message = t("Not found.")


class CrossOrigin(Refusal):
    """Raised when a request did not come from our own pages (CSRF)."""

    code = "CrossOrigin"
    status = 403
    message = t("This request came from another site.")


class NotAllowed(Refusal):
    """Raised when the user is signed in, but not allowed to do this."""

    code = "NotAllowed"
    status = 403
    message = t("You are not allowed to do this.")


class MethodNotAllowed(Refusal):
    """Raised when an API endpoint exists, but not with this HTTP method."""

    code = "MethodNotAllowed"
    status = 405
    message = t("This path does not accept this HTTP method.")


class TooManyRequests(Refusal):
    """Raised when a rate limit was reached; the message says which, and `Retry-After` gives the seconds left."""

    code = "TooManyRequests"
    status = 429
    counted = True

    def __init__(self, wait: float, *, field: str = "", why: str = TOO_MANY, counted: bool = True) -> None:
        self.wait, self.counted = max(1, math.ceil(wait)), counted
        if self.wait > LONGEST_WAIT:  # closed until recovery
            text = t("{why} Use “Forgot your password?” to get back in.", why=why)
        else:
            text = t("{why} Wait {time} and try again.", why=why, time=duration(self.wait))
        super().__init__(text, field=field)


class ProofOfWorkNeeded(Refusal):
    """Raised when a rate limit is near and the request has no proof of work. Solve `challenge`, then send it again."""

    code = "ProofOfWorkNeeded"
    status = 403
    message = t("We need to check your browser first. Try again.")

    def __init__(self, challenge: str = "") -> None:
        super().__init__()
        self.details = {"challenge": challenge} if challenge else {}


class Busy(Refusal):
    """Raised when the database stayed locked for longer than `busy_seconds`."""

    code = "Busy"
    status = 503
    wait = 1
    message = t("We’re very busy right now. Nothing was changed. Try again in a moment.")


class InternalError(Refusal):
    """Returned when something broke on the server. The message never names the cause."""

    code = "InternalError"
    status = 500
    message = t("Something went wrong on our side. Nothing was changed. Try again.")


def message_of(code: object, label: str) -> str:
    """Return the message of a refusal that ended a social login, by its code. Text from the URL is never shown."""
    refusals: dict[object, Refusal] = {kind.code: kind(label) for kind in _ELSEWHERE}
    refusals |= {kind.code: kind() for kind in (SessionExpired, StepUpNeeded, Busy, InternalError)}
    return refusals[code].message if isinstance(code, str) and code in refusals else ""


_ELSEWHERE: tuple[Any, ...] = (
    Unverified,
    ProviderUnavailable,
    LoginCancelled,
    FlowNotFoundOrExpired,
    LinkNeeded,
    IdentityTaken,
    WrongIdentity,
    UserNotRegistered,
    InvitationNeeded,
)


def duration(seconds: int) -> Text:
    """Return a waiting time in words: `40 seconds`, `3 minutes`, `2 hours`, `1 day`."""
    if seconds < 1:
        return t("a moment")
    if seconds < 60:
        return tn("{count} second", "{count} seconds", seconds)
    if (minutes := math.ceil(seconds / 60)) < 60:  # an hour, not “60 minutes”
        return tn("{count} minute", "{count} minutes", minutes)
    if (hours := math.ceil(seconds / 3600)) < 24:
        return tn("{count} hour", "{count} hours", hours)
    return tn("{count} day", "{count} days", math.ceil(seconds / A_DAY))


def where(error: BaseException) -> str:
    """Return an exception's class and code locations for the log. Its text is left out: it may hold user input."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    return f"{type(error).__name__} at {' < '.join(places)}"
