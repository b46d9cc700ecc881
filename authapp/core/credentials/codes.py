"""One-time codes: six digits sent to a phone number or email address, each for one step of a flow.

A step has a secret key that only the waiting page has: neither the code nor the tab alone is enough (NIST SP 800-63B-4,
3.1.3). Only the code that was sent last is valid in its step, and only once.
"""

import secrets
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import audit, callers, clock, identifiers, phone_numbers, rate_limits, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import BadInput, CodeNotFoundOrExpired, StepNotFoundOrExpired, WrongCode, duration
from authapp.core.base.rate_limits import CodeTarget
from authapp.core.base.typed_text import is_text
from authapp.core.messages import outbox, reports
from authapp.extras import lazy
from authapp.i18n.texts import t
from authapp.models import Code, Message

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")

DIGITS = 6
TEXT_LIFE = timedelta(minutes=5)
MAIL_LIFE = timedelta(minutes=10)
STEP_LIFE = timedelta(hours=1)  # lifetime of a step, over all its codes
NO_TEXT = ""  # name of the template that sends nothing


class Step(NamedTuple):
    """The facts of a step that its waiting page needs."""

    key: str  # a secret of the page; never a state var
    target: str  # as `identifiers.format_phone` formats it
    guesses: int
    again_at: datetime
    sends: int
    undelivered: bool = False  # the recipient cannot be reached; always False where that could reveal an account


class NewCode(NamedTuple):
    """Code to send, and the step that waits for it.

    Args:
        purpose: the flow that the code belongs to. The code is valid for nothing else.
        target: the phone number or email address, as `identifiers` spells it.
        user_id: the owner of the step; None for a user without an account yet.
        data: JSON that the flow needs to go on.
        record: an encrypted password record that the flow needs to go on.
        instead: the template of a text that is sent in place of a valid code; `NO_TEXT` sends nothing. The caller sees
            no difference, and it takes the same time (user enumeration). Phone numbers only.
        silent: whether only some numbers get a text. Then the page never learns whether it arrived.
    """

    purpose: str
    target: str
    user_id: UUID | None = None
    data: Mapping[str, Any] = MappingProxyType({})
    record: bytes | None = None
    instead: str | None = None
    silent: bool = False


def begin(db: Db, new: NewCode, caller: Caller) -> Step:
    """Send a code, and start a step that waits for it.

    Raises:
        TooManyRequests: too many codes, or too soon after the last one.
    """
    target = _new_target(db, new, caller)
    again_at = rate_limits.count_code(db, target, caller.ip)
    key, now = tokens.mint(), clock.now()
    step = Code(
        id=key.id,
        secret_digest=key.digest,
        purpose=new.purpose,
        target=new.target,
        user_id=new.user_id,
        data={**new.data, "instead": new.instead, "silent": new.silent, "counted_for": target.client},
        record=new.record,
        code_digest=b"",
        uses_left=rate_limits.GUESSES_PER_CODE.most,
        again_at=again_at,
        expires_at=now,
        ends_at=now + STEP_LIFE,
    )
    _send(db, step, caller.language)
    db.add(step)
    return _as_step(db, step, str(key))


def check(db: Db, target: str, caller: Caller) -> None:
    """Refuse a visitor's code that `begin` would refuse, without counting it. Call this before expensive work.

    Raises:
        TooManyRequests: see `rate_limits.check_code`.
    """
    rate_limits.check_code(db, _new_target(db, NewCode("", target), caller), caller.ip)


def pretend(target: str) -> Step:
    """Return a step like that of `begin`, without sending or storing anything: the answer to a bot."""
    again_at = clock.now() + rate_limits.PAUSES[0]
    guesses = rate_limits.GUESSES_PER_CODE.most
    return Step(str(tokens.mint()), phone_numbers.format_phone(target), guesses, again_at, 1)


def send(db: Db, purpose: str, number: object, caller: Caller, *, user_id: UUID | None = None) -> Step:
    """Text a code to a phone number as the user typed it, for a purpose that needs no further data.

    Raises:
        BadInput: not a phone number.
        TooManyRequests: too many codes, or too soon after the last one.
    """
    phone_number = phone_numbers.phone(number, caller)
    return begin(
        db, NewCode(purpose, phone_number, user_id, instead=NO_TEXT if is_barred(phone_number) else None), caller
    )


def peek(db: Db, purpose: str, key: object, user_id: UUID | None = None) -> Step | None:
    """Return the step that a page waits in, or None if it does not exist (any more)."""
    try:
        return _as_step(db, _find(db, purpose, key, user_id, alone=False), str(key))
    except StepNotFoundOrExpired:
        return None


def is_waiting(db: Db, purpose: str, key: object) -> bool:
    """Return whether this key belongs to a waiting step of this purpose, of any user."""
    step = _of_key(db, key)
    return step is not None and step.purpose == purpose


def send_again(db: Db, purpose: str, key: object, caller: Caller, user_id: UUID | None = None) -> Step:
    """Send another code, and void the previous one.

    Raises:
        StepNotFoundOrExpired: no step waits for a code.
        TooManyRequests: too many codes, or too soon after the last one.
    """
    step = _find(db, purpose, key, user_id)
    step.again_at = rate_limits.count_code(db, _target_of(db, step), caller.ip)
    step.sends += 1
    step.uses_left = rate_limits.GUESSES_PER_CODE.most
    _send(db, step, caller.language)
    return _as_step(db, step, str(key))


def confirm(db: Db, purpose: str, key: object, code: object, user_id: UUID | None = None) -> Code:
    """Verify a code. The correct code ends the step, which is returned.

    Args:
        purpose: the flow that the code was sent for.
        key: the key of the step.
        code: the input; spaces and hyphens between the digits are ignored.
        user_id: the required owner of the step.

    Raises:
        BadInput: not six digits; this costs no guess.
        CodeNotFoundOrExpired: too old, used, or guessed too often.
        StepNotFoundOrExpired: no step waits for a code.
        TooManyRequests: too many guesses at codes to this target in an hour.
        WrongCode: not the code that was sent last.
    """
    step = _find(db, purpose, key, user_id)
    digits = _parse_digits(code)
    rate_limits.count_guess(db, _target_of(db, step))
    if not rate_limits.spend(db, Code, step.id):
        raise CodeNotFoundOrExpired
    if not tokens.same(step.code_digest, _digest(step, digits)):
        raise WrongCode(max(step.uses_left - 1, 0))
    execute(db, delete(Code).where(col(Code.id) == step.id))
    reports.received(db, step.target)
    return step


def give_up(db: Db, purpose: str, key: object, user_id: UUID | None = None) -> None:
    """End a step without a code."""
    with suppress(StepNotFoundOrExpired):
        execute(db, delete(Code).where(col(Code.id) == _find(db, purpose, key, user_id).id))


def void_to(db: Db, target: str) -> None:
    """Void every step that waits for a code to a number, because the number has another owner now."""
    execute(db, update(Code).where(*_waiting_for(target)).values(uses_left=0))


def lock(db: Db, target: str) -> None:
    """Lock the steps of one target, so that concurrent rules that use or void them run one after the other."""
    db.exec(select(Code.id).where(*_waiting_for(target)).order_by(Code.id).with_for_update()).all()


def is_barred(number: str) -> bool:
    """Return whether a number gets no texts: country not served, a landline, premium rate, or not a phone."""
    phone_number = phonenumbers.parse(number)
    allowed_countries = settings().text_countries
    country = phonenumbers.region_code_for_number(phone_number) or ""
    # Country 001: satellite phones, numbers without a country.
    if phonenumbers.number_type(phone_number) in _barred() or country == "001":
        return True
    return bool(allowed_countries and country not in allowed_countries.split(","))


@lru_cache(maxsize=1)
def _barred() -> set[int]:
    """Return the types of numbers that pay their owner for traffic, or are not phones: targets of toll fraud."""
    kinds = phonenumbers.PhoneNumberType
    return {
        kinds.FIXED_LINE,  # certain landlines: nobody reads texts there
        kinds.PREMIUM_RATE,
        kinds.PERSONAL_NUMBER,
        kinds.SHARED_COST,
        kinds.UAN,
        kinds.PAGER,
        kinds.VOICEMAIL,
    }


def purge(db: Db) -> None:
    """Delete steps whose time is over."""
    execute(db, delete(Code).where(col(Code.ends_at) <= clock.now()))


def _new_target(db: Db, new: NewCode, caller: Caller) -> CodeTarget:
    """Return whose limits a new step counts in. The owner, signed in or in a known browser, counts apart from others.

    The same statements run for every target, known or not (user enumeration).
    """
    owner = identifiers.owner(db, new.target)
    is_known = callers.is_known_device(caller, owner or audit.NOBODY)
    is_owner = owner == new.user_id if new.user_id else is_known
    return CodeTarget(new.target, owner if is_owner else None, _gets_none(new.target, new.instead))


def _target_of(db: Db, step: Code) -> CodeTarget:
    """Return whose limits a step counts in: those that it began with, if the owner is still the same."""
    owner = identifiers.owner(db, step.target)
    is_owner = owner is not None and (owner == step.user_id or owner.hex == step.data.get("counted_for"))
    return CodeTarget(step.target, owner if is_owner else None, _gets_none(step.target, step.data["instead"]))


def _gets_none(target: str, replacement: str | None) -> bool:
    """Return whether a target gets no text because of its number. That nobody has the number does not count here.

    An unknown number counts in the caps of texts like a known one. Otherwise, the last text of a cap tells them apart:
    it is left after a recovery by an unknown number.
    """
    return replacement == NO_TEXT and phone_numbers.is_number(target) and is_barred(target)


def _find(db: Db, purpose: str, key: object, user_id: UUID | None, *, alone: bool = True) -> Code:
    step = _of_key(db, key)
    if step and alone:
        lock(db, step.target)
        step = _of_key(db, key)  # reload it, as the transaction before left it
    if step is None or (step.purpose, step.user_id) != (purpose, user_id):
        raise StepNotFoundOrExpired
    return step


def _of_key(db: Db, key: object) -> Code | None:
    parsed_key = tokens.parse(key)
    step = db.get(Code, parsed_key.id, populate_existing=True) if parsed_key else None
    if step is None or parsed_key is None or not tokens.same(step.secret_digest, parsed_key.digest):
        return None
    now = clock.now()
    if now >= step.expires_at and step.code_digest:
        schedule(db, _end_code, step.id, step.code_digest)
    if now < step.ends_at:
        return step
    schedule(db, _end_step, step.id)
    return None


def _end_code(db: Db, id: str, digest: bytes) -> None:
    """Void a code that was found expired, so that it stays so if the clock is set back. The step goes on."""
    execute(db, update(Code).where(col(Code.id) == id, col(Code.code_digest) == digest).values(code_digest=b""))


def _end_step(db: Db, id: str) -> None:
    execute(db, delete(Code).where(col(Code.id) == id))


def _waiting_for(target: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the live steps of a target. The cleanup locks the others in its own order."""
    return col(Code.target) == target, col(Code.ends_at) > clock.now()


def _send(db: Db, step: Code, language: str) -> None:
    """Send a new code, and store its digest in the step. It takes the same time if no code is sent."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    by_text = phone_numbers.is_number(step.target)
    life = TEXT_LIFE if by_text else MAIL_LIFE
    step.expires_at = clock.now() + life
    replacement = step.data["instead"]
    step.code_digest = _digest(step, code if replacement is None else tokens.mint().secret)
    facts = {"code": code, "life": duration(int(life.total_seconds())), "language": language}
    if by_text:
        template = "code" if replacement is None else replacement
        message_id = outbox.text(db, step.target, template, step.expires_at, **facts)
        step.data = {**step.data, "message": str(message_id)}
    else:
        outbox.mail(db, step.target, "code", useless_at=step.expires_at, **facts)


def _digest(step: Code, code: str) -> bytes:
    """Return the keyed digest of a code. Codes are few: a stolen table of plain digests is guessed at once."""
    return tokens.keyed("code", step.id, step.purpose, step.target, code)


def _parse_digits(code: object) -> str:
    digits = ""
    for character in code.strip() if is_text(code) and len(code) <= 40 else "":
        value = unicodedata.decimal(character, None)
        if value is None and not character.isspace() and character not in "-\u2010\u2011\u2012\u2013":
            raise _not_a_code()
        digits += "" if value is None else str(value)
    if len(digits) != DIGITS:
        raise _not_a_code()
    return digits


def _not_a_code() -> BadInput:
    return BadInput(t("Enter the {digits} digits of the code.", digits=DIGITS), field="code")


def _as_step(db: Db, step: Code, key: str) -> Step:
    again_at = min(step.again_at, clock.now() + rate_limits.PAUSES[-1])  # in case the clock was set back
    target = phone_numbers.format_phone(step.target)
    return Step(key, target, step.uses_left, again_at, step.sends, _is_undelivered(db, step))


def _is_undelivered(db: Db, step: Code) -> bool:
    """Return whether the text service refused the last text of this step because of the number.

    Every number gets a text, known or not, unless the step is `silent`. So that depends on the number alone. Marks of
    earlier messages (`Phone.undelivered`) do not count: they would show that the number has an account.
    """
    message_id = step.data.get("message")
    if step.data.get("silent", True) or not message_id:
        return False
    message = db.get(Message, UUID(message_id), populate_existing=True)
    return message is not None and message.state == reports.REFUSED
