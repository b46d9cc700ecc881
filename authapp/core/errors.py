"""What may be told: every *no* a rule can say, with its code, HTTP status, field and words."""

import math
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from authapp.texts import Text, counted, say

A_DAY = 86_400  # seconds
TOO_MANY = say("Too many tries.")


class Refusal(Exception):
    """A rule's *no*, safe to show. Any other exception is a bug.

    A refusal rolls its transaction back, unless it is `counted`: then what the rule wrote before (a spent
    challenge, a failed try) is kept.
    """

    code = "Refused"
    status = 400
    field = ""
    message: str = say("That did not work. Please try again.")
    counted = False
    wait = 0  # seconds after which another try makes sense, where we know
    details: Mapping[str, str] = {}  # what a program needs to know besides

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        super().__init__(self.code)
        self.message = message or self.message
        self.field = self.field if field is None else field


class BadInput(Refusal):
    """The form was filled in a way we cannot use; the field and the words say which."""

    code = "BadInput"
    status = 422
    message = say("Please check what you typed.")


class WrongCredentials(Refusal):
    """Unknown identifier or wrong password; never says which."""

    code = "BadUserOrPassword"
    status = 401
    field = "password"
    message = say("Email, phone or password is wrong. Please check and try again.")
    counted = True


class WrongCode(Refusal):
    """The one-time code is not the one that was sent; counts as a guess."""

    code = "WrongCode"
    status = 401
    field = "code"
    counted = True

    def __init__(self, left: int) -> None:
        if left:
            told = counted("This code is wrong. {count} guess left.", "This code is wrong. {count} guesses left.", left)
        else:
            told = say("This code is wrong. That was the last guess. Ask for another code.")
        super().__init__(told)


class CodeGone(Refusal):
    """There is no code that could be right: it is too old, used, guessed at too often, or was never sent."""

    code = "CodeNotFoundOrExpired"
    status = 410
    field = "code"
    message = say("This code is not valid any more. Ask for another one.")
    counted = True


class StepGone(Refusal):
    """Nothing waits for a code here (any more)."""

    code = "StepNotFoundOrExpired"
    status = 410
    field = "code"
    message = say("This took too long. Please start again.")


class NumberTaken(Refusal):
    """Somebody else confirmed the number first."""

    code = "NumberTaken"
    status = 409
    field = "code"
    message = say("This number belongs to another account now. Log in with it, or recover that account.")


class ChallengeGone(Refusal):
    """The challenge was made up, used before, or is older than its lifetime."""

    code = "ChallengeNotFoundOrExpired"
    status = 401
    field = "password"
    message = say("This took too long. Please press “Log in” again.")

    def __init__(self, challenge_id: object = None) -> None:
        super().__init__()
        if isinstance(challenge_id, str):
            self.details = {"challenge_id": challenge_id[:4000]}


class InvalidSession(Refusal):
    """The session's key is not one, or there are two that differ; the reason says which."""

    code = "InvalidSession"
    message = say("Your session cannot be told. Please log in again.")

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.details = {"reason": reason}


class TicketGone(Refusal):
    """The ticket was used, is too old, or belongs to another tab."""

    code = "TicketNotFoundOrExpired"
    status = 401
    message = say("This took too long. Please log in again.")


class RenewalGone(Refusal):
    """The renewal token was used, is older than a minute, or the password was set anew meanwhile."""

    code = "RenewalNotFoundOrExpired"
    status = 410
    message = say("This took too long. The login itself is not affected.")


class LoggedOut(Refusal):
    """Nobody is signed in, or the session ended."""

    code = "SessionExpired"
    status = 440
    message = say("You were signed out. Please log in again.")


class StepUpNeeded(Refusal):
    """The person last proved who they are too long ago for this; after the proof the same is done."""

    code = "StepUpNeeded"
    status = 403
    message = say("Please confirm that it is you, and try again.")


class WeakPassword(Refusal):
    """The password breaks the policy; the words say how."""

    code = "WeakPassword"
    status = 422
    field = "password"


class DeadLink(Refusal):
    """The action link is not there, used up, or too old."""

    code = "InvalidActionKey"
    status = 410
    message = say("This link is not valid any more.")


class OfOrigin:
    """Makes a refusal one of logins with an account elsewhere: its words may name the origin."""

    def __init__(self, label: str = "") -> None:
        self.message: str
        super().__init__(Text(str(self.message), label=label or say("the other side")))  # type: ignore[call-arg]


class Unverified(OfOrigin, Refusal):
    """What an origin says of a person could not be believed, or the origin is not known here."""

    code = "unverified"
    message = say("We could not verify what {label} says about you. Please start again with “Continue with …”.")


class OriginAway(OfOrigin, Refusal):
    """The origin does not answer, or answers what is of no use."""

    code = "OriginAway"
    status = 503
    message = say("We cannot reach {label} right now, and nothing was changed. Please try again in a moment.")
    wait = 10


class Stopped(OfOrigin, Refusal):
    """The person, or the origin, said no there."""

    code = "Stopped"
    status = 403
    message = say("It was stopped there: {label} did not let us know who you are. Nothing was changed.")


class FlowGone(OfOrigin, Refusal):
    """Nothing was begun in this browser that this could be the end of: too old, used, or of somebody else."""

    code = "FlowNotFoundOrExpired"
    status = 410
    message = say("This took too long, or was begun in another window. Please start again.")


class LinkNeeded(OfOrigin, Refusal):
    """The address that an origin confirms has an account here, to which nobody linked that identity."""

    code = "LinkNeeded"
    status = 409
    message = say("There is an account with this address already. Log in to it, then link {label} in your settings.")


class IdentityTaken(OfOrigin, Refusal):
    """The identity is linked to the account of somebody else."""

    code = "IdentityTaken"
    status = 409
    message = say(
        "This account at {label} is linked to another account here. Log in with it, or unlink it there first."
    )


class WrongIdentity(OfOrigin, Refusal):
    """The proof that was asked for is that of an identity which is not the person's."""

    code = "WrongIdentity"
    status = 401
    message = say("This is not the account at {label} that you linked. Please choose the one that you log in with.")


class SignUpClosed(OfOrigin, Refusal):
    """Nobody can sign up here; who has no account gets none."""

    code = "UserNotRegistered"
    message = say("There is no account for you here, and sign-up is closed. Please ask whoever runs this site.")


class InvitationNeeded(SignUpClosed):
    """Only who is invited can sign up here; others join the waiting list."""

    code = "InvitationNeeded"
    status = 403
    message = say("You need an invitation to sign up here. Join the waiting list, and we send you one.")


class NotThere(Refusal):
    """There is nothing at this address for whoever asks."""

    code = "NotFound"
    status = 404
    message = say("There is nothing here.")


class NotAllowed(Refusal):
    """The request did not come from our own pages."""

    code = "ForeignOrigin"
    status = 403
    message = say("This request did not come from our own pages.")


class Denied(Refusal):
    """The person is signed in, and may not do this."""

    code = "NotAllowed"
    status = 403
    message = say("You are not allowed to do this.")


class WrongMethod(Refusal):
    """The call is there, but not with this method."""

    code = "MethodNotAllowed"
    status = 405
    message = say("This call is made with another method.")


class TooManyRequests(Refusal):
    """A limit of the table in `core/limits.py` was reached; `Retry-After` says the seconds left."""

    code = "TooManyRequests"
    status = 429
    counted = True

    def __init__(self, wait: float, *, field: str = "", why: str = TOO_MANY, counted: bool = True) -> None:
        self.wait, self.counted = max(1, math.ceil(wait)), counted
        if self.wait > A_DAY:
            told = say("{why} Please use “Forgot your password?” to get back in.", why=why)
        else:
            told = say("{why} Please wait {time} and try again.", why=why, time=in_words(self.wait))
        super().__init__(told, field=field)


class Busy(Refusal):
    """The database stayed locked for longer than we wait."""

    code = "Busy"
    status = 503
    wait = 1
    message = say("We are very busy right now and nothing was changed. Please try again in a moment.")


class Trouble(Refusal):
    """Something broke on our side. Whatever the cause, this is all that is told."""

    code = "Trouble"
    status = 500
    message = say("Something went wrong on our side and nothing was changed. Please try again.")


def said_of(code: object, label: str) -> str:
    """The words of a refusal that ended a login elsewhere, by its code; never a text that came with the address."""
    known: dict[object, Refusal] = {one.code: one(label) for one in _ELSEWHERE}
    known |= {one.code: one() for one in (LoggedOut, StepUpNeeded, Busy, Trouble)}
    return known[code].message if isinstance(code, str) and code in known else ""


_ELSEWHERE: tuple[Any, ...] = (
    Unverified,
    OriginAway,
    Stopped,
    FlowGone,
    LinkNeeded,
    IdentityTaken,
    WrongIdentity,
    SignUpClosed,
    InvitationNeeded,
)


def in_words(seconds: int) -> Text:
    """A waiting time as a person says it: `40 seconds`, `3 minutes`, `2 hours`, `1 day`."""
    if seconds < 1:
        return say("a moment")
    if seconds < 60:
        return counted("{count} second", "{count} seconds", seconds)
    if (minutes := math.ceil(seconds / 60)) < 60:  # not “60 minutes”
        return counted("{count} minute", "{count} minutes", minutes)
    if (hours := math.ceil(seconds / 3600)) < 24:
        return counted("{count} hour", "{count} hours", hours)
    return counted("{count} day", "{count} days", math.ceil(seconds / A_DAY))


def where(error: BaseException) -> str:
    """For the log: an exception by its class and the places it passed. Its text may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    return f"{type(error).__name__} at {' < '.join(places)}"
