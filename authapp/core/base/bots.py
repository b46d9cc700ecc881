"""Defence against bots at sign-up, recovery and waitlist: a hidden form field, and a proof of work near a limit."""

from authapp.config import settings
from authapp.core import Db
from authapp.core.base import proof_of_work, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.rate_limits import texts

EVERYBODY = "everybody"


def admit(db: Db, purpose: str, caller: Caller) -> bool:
    """Count a request for a mail. Return False for a bot: answer it as if all went well, and write nothing.

    Args:
        db: the transaction.
        purpose: the rule, for the proof of work.
        caller: the caller.

    Raises:
        TooManyRequests: too many requests from this caller.
        ProofOfWorkNeeded: half of the caller's limit is used, or the limit of all requests, and the proof is missing.
    """
    if caller.is_bot:
        return False
    is_near = rate_limits.throttle(db, caller.ip, *rate_limits.REQUESTS_PER_CLIENT)
    if settings().proof_of_work == 0:
        return True
    if rate_limits.is_used_up(db, EVERYBODY, rate_limits.REQUESTS_WITHOUT_PROOF) or is_near:
        proof_of_work.require(db, purpose, caller.proof)
    return True


def admit_by_phone(db: Db, purpose: str, caller: Caller) -> bool:
    """Do the same for a request for a text. `rate_limits.count_code` counts it.

    Raises:
        ProofOfWorkNeeded: half of the caller's limit of codes is used, or of the texts of this day.
    """
    if caller.is_bot:
        return False
    if rate_limits.is_near(db, caller.ip, rate_limits.CODES_PER_CLIENT) or texts.are_near(db):
        proof_of_work.require(db, purpose, caller.proof)
    return True
