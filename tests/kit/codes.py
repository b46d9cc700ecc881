"""One-time codes: send one, guess wrong, and sign up by phone with one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from authapp.core.authentication import login, sign_up
from authapp.core.base.callers import Caller
from authapp.core.base.errors import Refusal
from authapp.core.credentials import codes
from authapp.core.credentials.codes import Step
from authapp.core.sessions import sessions
from authapp.models import Code
from tests.kit.contacts import FREE, HERS
from tests.kit.messages import code_to
from tests.kit.rules import do, refused
from tests.kit.users import HOME, PASSWORD, TAB, Person

MINUTE = timedelta(minutes=1)
PURPOSE = "gift"  # of a product


def begin(target: str = FREE, *, purpose: str = PURPOSE, caller: Caller = HOME, **facts: Any) -> Step:
    """Send a code and return its step."""
    step: Step = do(codes.begin, codes.NewCode(purpose, target, **facts), caller)
    return step


def code_row(step: Step) -> Code | None:
    """Return the row that the table holds for a step."""
    return do(lambda db: db.get(Code, step.key[:16]))


def wrong_code(code: str) -> str:
    """Return a code that differs from this one."""
    return wrong_codes(code)[0]


def wrong_codes(code: str) -> list[str]:
    """Return codes that differ from this one."""
    return [f"{(int(code) + more) % 10**6:06}" for more in range(1, 30)]


def sign_up_by_phone(number: str = FREE, caller: Caller = HOME, password: str = PASSWORD) -> Step:
    """Ask for an account with a phone number."""
    step: Step = do(sign_up.sign_up_by_phone, number, sign_up.NewUser("Nina", "Simone", password), caller)
    return step


def join_by_phone(number: str = HERS, caller: Caller = HOME) -> Person:
    """Sign up with a phone number: ask for the account, type the code, claim the ticket."""
    step = sign_up_by_phone(number, caller)
    ticket = do(sign_up.confirm_sign_up, step.key, code_to(number), tab=TAB, caller=caller)
    opened = do(login.claim, ticket, [TAB], caller, None)
    return Person(number, opened.user_id, opened.key, do(sessions.resume, opened.key), PASSWORD, TAB, caller)


def confirm_code(step: Step | str, code: str, *, purpose: str = PURPOSE, user_id: UUID | None = None) -> Any:
    """Confirm a code."""
    return do(codes.confirm, purpose, step if isinstance(step, str) else step.key, code, user_id)


def resend_code(step: Step, *, purpose: str = PURPOSE, caller: Caller = HOME, user_id: UUID | None = None) -> Any:
    """Send another code for a step."""
    return do(codes.send_again, purpose, step.key, caller, user_id)


def look_at_code(step: Step, *, purpose: str = PURPOSE, user_id: UUID | None = None) -> Any:
    """Return what the page of a step shows."""
    return do(codes.peek, purpose, step.key, user_id)


def guess_wrong(step: Step, times: int, code: str | None = None) -> list[type[Refusal]]:
    """Return the refusals of some wrong guesses."""
    return [type(refused(confirm_code, step, wrong_code(code or code_to(FREE)))) for _ in range(times)]
