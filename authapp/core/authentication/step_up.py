"""Step-up: a new proof in an open session, with the password or with a one-time code."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from authapp.config import settings
from authapp.core import Db
from authapp.core.account import security_mail
from authapp.core.authentication import proofs
from authapp.core.base import callers, identifiers, rate_limits, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import BadInput, BadUserOrPassword, SessionExpired, StepNotFoundOrExpired
from authapp.core.credentials import codes
from authapp.core.credentials.codes import NewCode, Step
from authapp.core.messages import reports
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import Authenticated, Opened, Principal
from authapp.i18n.texts import t
from authapp.models import Session

STEP_UP = "step_up"  # the purpose of its one-time codes


def step_up(db: Db, me: Principal, reply: proofs.Reply, caller: Caller, *, tab: str) -> str:
    """Step up a session with the reply to a challenge. Returns a ticket that carries the new proof.

    Until the tab claims the ticket, the session has neither the proof nor a new key.

    Raises:
        ChallengeNotFoundOrExpired, TooManyRequests: as for a login.
        BadUserOrPassword: as for a login, or the proof is that of another user.
        SessionExpired: the session ended.
    """
    sessions.require(db, me)
    with _says_password():
        proof = proofs.prove(db, reply, callers.with_known_device(caller, me.user_id))
        if proof.user_id != me.user_id:
            raise BadUserOrPassword
    return tickets.issue_renewal(db, me, tab=tab, proved=True)


def step_up_with_password(db: Db, me: Principal, password: object, caller: Caller, *, tab: str) -> str:
    """Step up a session with the plain password, for a browser that cannot answer a challenge. Returns a ticket.

    Raises:
        BadInput, TooManyRequests, BadUserOrPassword: as for a login.
        SessionExpired: the session ended.
    """
    sessions.require(db, me)
    with _says_password():
        known_caller = callers.with_known_device(caller, me.user_id)
        user_id, _ = proofs.check_password(db, me.identifier, password, known_caller)
        if user_id != me.user_id:
            raise BadUserOrPassword
    sessions.require(db, me)  # the session may have ended during the hashing
    return tickets.issue_renewal(db, me, tab=tab, proved=True)


def send_code(db: Db, me: Principal, caller: Caller) -> Step:
    """Send a one-time code for a step-up: by text to a phone number that may get texts, else by email.

    A number or address where messages do not arrive comes last.

    Raises:
        BadInput: the account has neither a phone number that may get texts nor a confirmed address that gets mails.
        SessionExpired: the session ended.
        TooManyRequests: too many codes.
    """
    sessions.require(db, me)
    numbers = identifiers.numbers(db, me.user_id) if settings().phones else []
    texted = [number for number in numbers if not codes.is_barred(number)]
    mailed = identifiers.confirmed(db, me.user_id)
    reached = [identifier for identifier in (*texted, *mailed) if not reports.is_marked(db, identifier)]
    targets = [*reached, *texted]  # a text may arrive again, but a marked address gets no mails
    if not targets and mailed:
        raise BadInput(t("Emails to your address come back. Confirm the address again in the settings first."))
    if not targets:
        raise BadInput(
            t("Your account has no email address or phone number for a code. Log out and log in again instead.")
        )
    return codes.begin(db, NewCode(STEP_UP, targets[0], me.user_id), caller)


def step_up_with_code(db: Db, me: Principal, key: object, code: object, *, tab: str) -> str:
    """Step up a session with a one-time code. Returns a ticket that carries the new proof.

    Raises:
        BadInput, CodeNotFoundOrExpired, StepNotFoundOrExpired, TooManyRequests, WrongCode: as for `codes.confirm`.
        SessionExpired: the session ended.
    """
    sessions.require(db, me)
    step = codes.confirm(db, STEP_UP, key, code, me.user_id)
    if step.target not in identifiers.login_identifiers(db, me.user_id):
        raise StepNotFoundOrExpired  # the identifier was removed after the step began: its present owner may be a thief
    return tickets.issue_renewal(db, me, tab=tab, proved=True)


def renew_at_once(db: Db, step_up: Callable[..., str], me: Principal, *given: object, proof: str) -> Opened:
    """Run a step-up rule and claim its ticket at once, for API clients, which have no tab. The session gets a new key.

    Args:
        db: the transaction.
        step_up: a rule `f(db, me, *given, tab=...)` that returns the ticket of a proof.
        me: the principal whose session it is.
        given: the other arguments of the rule.
        proof: the whole proof as it was sent. A retry of the same request within 30 s gets the same key (`repeat`).

    Raises the errors of `step_up`.
    """
    tab = tokens.mint().secret
    ticket = step_up(db, me, *given, tab=tab)
    return tickets.renew(db, tickets.of_tab(db, ticket, [tab]), me, proof or ticket)


def repeat(db: Db, shown: Authenticated, proof: str, caller: Caller, *, guessable: bool) -> Opened:
    """Return the result of `renew_at_once` again to a client that retries its request with its old key.

    Args:
        db: the transaction.
        shown: the session and the replaced key that the client sent.
        proof: the whole proof as it was sent before.
        caller: the client that sent the request.
        guessable: whether the proof is a password. Then a wrong one counts as a failed login.

    Raises:
        SessionExpired: no request with this key and this proof succeeded within the last 30 s.
        TooManyRequests: too many failures for this session's identifier or from this client.
    """
    row = db.get(Session, shown.session_id) if guessable else None
    is_locked = False
    if row:  # like every step-up, this counts as a known browser
        failures = rate_limits.check_failures(db, row.identifier, caller.ip, row.user_id, is_known=True)
        is_locked = failures.too_many
    result = None if is_locked else tickets.repeated(db, shown, proof)
    if result is None and row:
        if rate_limits.count_failure(db, row.identifier, caller.ip, row.user_id, is_known=True):
            schedule(db, security_mail.send_login_failures, row.user_id, caller)
        db.commit()  # the failure stays counted
    if result is None:
        raise SessionExpired
    return result


@contextmanager
def _says_password() -> Iterator[None]:
    """Replace the message of `BadUserOrPassword`: a signed-in user typed a password only, no email address or phone."""
    try:
        yield
    except BadUserOrPassword:
        raise BadUserOrPassword(t("This password is wrong. Try again.")) from None
