"""One-time codes: six digits sent to a number or address, for the one step of a flow that waits for them.

A step has a key, which only the page that waits has: neither the code nor the tab alone is enough (NIST SP 800-63B-4,
3.1.3). The code that was sent last is the only one that is right in its step, once.
"""

import secrets
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, clock, identifiers, limits, outbox, run, soon, tokens
from authapp.core.devices import Client
from authapp.core.errors import BadInput, CodeGone, StepGone, WrongCode, in_words
from authapp.core.identifiers import is_text
from authapp.models import Code
from authapp.texts import say

DIGITS = 6
GUESSES = 5
TEXT_LIFE = timedelta(minutes=5)
MAIL_LIFE = timedelta(minutes=10)
STEP_LIFE = timedelta(hours=1)  # a step waits so long, for another code too
NO_TEXT = ""  # the name of the text that nobody gets
# Numbers whose calls somebody else is paid for, or that are no phones: where toll fraud comes from.
_BARRED = {
    PhoneNumberType.FIXED_LINE,  # known landlines: nobody reads texts there
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.PAGER,
    PhoneNumberType.VOICEMAIL,
}


class Step(NamedTuple):
    """What a page needs to know of the step that it waits in."""

    key: str  # for the page alone; never a var
    target: str  # as it is dialled
    guesses: int
    again_at: datetime
    sends: int


def begin(
    db: Db,
    purpose: str,
    target: str,
    client: Client,
    *,
    user_id: UUID | None = None,
    data: dict[str, Any] | None = None,
    record: bytes | None = None,
    instead: str | None = None,
) -> Step:
    """Send a code, and wait for it in a step of its own.

    Args:
        purpose: what it will be good for; it serves nothing else.
        target: a number or address, as `identifiers` spells it.
        client: who asks.
        user_id: whose step it is; None for somebody without an account yet.
        data: what the step needs when it goes on; JSON.
        record: a sealed password record, for the same.
        instead: the template of what is sent in place of a code that would be right, `NO_TEXT` for nothing; for who
            asks it looks and takes the same.

    Raises:
        TooManyRequests: too many codes, or too soon after the last one.
    """
    again_at = limits.count_code(db, target, client.address, is_text=identifiers.is_number(target))
    key, now = tokens.mint(), clock.now()
    step = Code(
        id=key.id,
        verifier=key.verifier,
        purpose=purpose,
        target=target,
        user_id=user_id,
        data={**(data or {}), "instead": instead},
        record=record,
        digest=b"",
        uses_left=GUESSES,
        again_at=again_at,
        expires_at=now,
        ends_at=now + STEP_LIFE,
    )
    _send(db, step, client.language)
    db.add(step)
    return _seen(step, str(key))


def send(db: Db, purpose: str, number: object, client: Client, *, user_id: UUID | None = None) -> Step:
    """Text a code to a number as it was typed, for a purpose that needs no more than that.

    Raises:
        BadInput: not a phone number.
        TooManyRequests: too many codes, or too soon after the last one.
    """
    wanted = identifiers.phone(number, client)
    return begin(db, purpose, wanted, client, user_id=user_id, instead=NO_TEXT if is_barred(wanted) else None)


def look(db: Db, purpose: str, key: object, user_id: UUID | None = None) -> Step | None:
    """The step a page waits in, or None when there is none (any more)."""
    try:
        return _seen(_find(db, purpose, key, user_id, alone=False), str(key))
    except StepGone:
        return None


def is_waiting(db: Db, purpose: str, key: object) -> bool:
    """Whether a page waits in this step, whoever it is of."""
    step = _of_key(db, key)
    return step is not None and step.purpose == purpose


def send_again(db: Db, purpose: str, key: object, client: Client, user_id: UUID | None = None) -> Step:
    """Send another code; the one before is void.

    Raises:
        StepGone: nothing waits for a code.
        TooManyRequests: too many codes, or too soon after the last one.
    """
    step = _find(db, purpose, key, user_id)
    step.again_at = limits.count_code(db, step.target, client.address, is_text=identifiers.is_number(step.target))
    step.sends += 1
    step.uses_left = GUESSES
    _send(db, step, client.language)
    return _seen(step, str(key))


def confirm(db: Db, purpose: str, key: object, code: object, user_id: UUID | None = None) -> Code:
    """Check a code. The right one ends the step, whose facts are returned.

    Args:
        purpose: what the code was sent for.
        key: the step's.
        code: what was typed; blanks and hyphens between the digits are no part of it.
        user_id: whose step it must be.

    Raises:
        BadInput: not six digits; no guess is lost.
        CodeGone: too old, used, or guessed at too often.
        StepGone: nothing waits for a code.
        TooManyRequests: too many guesses at codes of this number in an hour.
        WrongCode: not the one that was sent last.
    """
    step = _find(db, purpose, key, user_id)
    typed = _typed(code)
    limits.throttle(db, step.target, limits.GUESSES_PER_TARGET)
    if not limits.spend(db, Code, step.id):
        raise CodeGone
    if not tokens.same(step.digest, _digest(step, typed)):
        raise WrongCode(max(step.uses_left - 1, 0))
    run(db, delete(Code).where(col(Code.id) == step.id))
    return step


def give_up(db: Db, purpose: str, key: object, user_id: UUID | None = None) -> None:
    """End a step without a code."""
    with suppress(StepGone):
        run(db, delete(Code).where(col(Code.id) == _find(db, purpose, key, user_id).id))


def void_to(db: Db, target: str) -> None:
    """End every step that waits for a code to a number: it has another owner now."""
    run(db, update(Code).where(*_waiting_for(target)).values(uses_left=0))


def lock(db: Db, target: str) -> None:
    """Let those who go on with steps of one number, or void them, wait for each other."""
    db.exec(select(Code.id).where(*_waiting_for(target)).order_by(Code.id).with_for_update()).all()


def is_barred(number: str) -> bool:
    """Whether a number gets no texts: of a country that is not served, a landline, or one that costs its callers."""
    parsed = phonenumbers.parse(number)
    allowed = settings().text_countries
    country = phonenumbers.region_code_for_number(parsed) or ""
    if phonenumbers.number_type(parsed) in _BARRED or country == "001":  # satellites, and numbers of no country
        return True
    return bool(allowed and country not in allowed.split(","))


def purge(db: Db) -> None:
    """Forget steps that nobody went on with."""
    run(db, delete(Code).where(col(Code.ends_at) <= clock.now()))


def _find(db: Db, purpose: str, key: object, user_id: UUID | None, *, alone: bool = True) -> Code:
    step = _of_key(db, key)
    if step and alone:
        lock(db, step.target)
        step = _of_key(db, key)  # as whoever was before us left it
    if step is None or (step.purpose, step.user_id) != (purpose, user_id):
        raise StepGone
    return step


def _of_key(db: Db, key: object) -> Code | None:
    parsed = tokens.parse(key)
    step = db.get(Code, parsed.id, populate_existing=True) if parsed else None
    if step is None or parsed is None or not tokens.same(step.verifier, parsed.verifier):
        return None
    now = clock.now()
    if now >= step.expires_at and step.digest:
        soon(db, _end_code, step.id, step.digest)
    if now < step.ends_at:
        return step
    soon(db, _end_step, step.id)
    return None


def _end_code(db: Db, id: str, digest: bytes) -> None:
    """Void a code that was seen expired: it stays so when the clock is set back. The step waits on, for another one."""
    run(db, update(Code).where(col(Code.id) == id, col(Code.digest) == digest).values(digest=b""))


def _end_step(db: Db, id: str) -> None:
    run(db, delete(Code).where(col(Code.id) == id))


def _waiting_for(target: str) -> tuple[ColumnElement[bool], ...]:
    """The steps of a number; but for those that are over, which the purge holds in an order of its own."""
    return col(Code.target) == target, col(Code.ends_at) > clock.now()


def _send(db: Db, step: Code, language: str) -> None:
    """A new code, its digest in the step, and the message that brings it; as much work where none is sent."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    by_text = identifiers.is_number(step.target)
    life = TEXT_LIFE if by_text else MAIL_LIFE
    step.expires_at = clock.now() + life
    instead = step.data["instead"]
    step.digest = _digest(step, code if instead is None else tokens.mint().secret)
    facts = {"code": code, "life": in_words(int(life.total_seconds())), "language": language}
    if by_text:
        outbox.text(db, step.target, "code" if instead is None else instead, step.expires_at, **facts)
    else:
        outbox.mail(db, step.target, "code", useless_at=step.expires_at, **facts)


def _digest(step: Code, code: str) -> bytes:
    """Keyed: there are so few codes that a stolen table would be guessed through at once."""
    return tokens.keyed("code", step.id, step.purpose, step.target, code)


def _typed(code: object) -> str:
    digits = ""
    for one in code.strip() if is_text(code) and len(code) <= 40 else "":
        value = unicodedata.decimal(one, None)
        if value is None and not one.isspace() and one not in "-\u2010\u2011\u2012\u2013":
            raise _not_a_code()
        digits += "" if value is None else str(value)
    if len(digits) != DIGITS:
        raise _not_a_code()
    return digits


def _not_a_code() -> BadInput:
    return BadInput(say("Please enter the {digits} digits of the code.", digits=DIGITS), field="code")


def _seen(step: Code, key: str) -> Step:
    again_at = min(step.again_at, clock.now() + limits.PAUSES[-1])  # the clock may have been set back
    return Step(key, identifiers.dialled(step.target), step.uses_left, again_at, step.sends)
