"""Sign-up: with an action link in a mail, or with a one-time code in a text."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from authapp.config import settings
from authapp.core import Db
from authapp.core.account import emails, phones
from authapp.core.authentication import accounts
from authapp.core.authorization import approvals
from authapp.core.base import (
    audit,
    bots,
    clock,
    hooks,
    identifiers,
    person_names,
    phone_numbers,
    rate_limits,
    tokens,
    typed_text,
)
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, InvalidActionKey, InvitationNeeded, UserNotRegistered, duration
from authapp.core.base.routes import route
from authapp.core.credentials import codes, link_actions, links, passwords, scram
from authapp.core.credentials.codes import NewCode, Step
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox
from authapp.core.sessions import tickets
from authapp.core.sessions.sessions import NewSession
from authapp.i18n import negotiation
from authapp.i18n.texts import t
from authapp.models import ActionLink, User

SIGN_UP = "sign_up"  # the purpose of its one-time codes


def sign_up(db: Db, email: object, caller: Caller, *, then: str = "") -> None:
    """Mail a sign-up link. Following the link creates the account.

    The answer does not reveal whether the address has an account. If it has one, its owner gets a mail that says so.

    Args:
        email: the email address.
        caller: the caller.
        then: the key of another link to this address, which the sign-up leads on to.

    Raises:
        BadInput: not an email address.
        InvitationNeeded, UserNotRegistered: sign-up is not open to everybody.
        ProofOfWorkNeeded, TooManyRequests: see `bots.admit`.
    """
    require_open()
    address = identifiers.mailable(email)
    if not bots.admit(db, SIGN_UP, caller) or not rate_limits.allows(db, address, rate_limits.MAILS_PER_ADDRESS):
        return
    life, language = timedelta(hours=settings().sign_up_link_hours), caller.language
    has_account = accounts.find(db, address) is not None
    data = links.leads_to(then, address) if then else None
    # An address with an account gets a dead link that is never sent. Both answers then take the same time.
    uses = 0 if has_account else 1
    url = links.issue(db, "sign_up", email=address, valid_for=life, data=data, uses=uses, connects=True)
    useless_at = clock.now() + life
    if has_account:
        outbox.mail(db, address, "sign_up_known", language, useless_at)
    else:
        outbox.mail(db, address, "sign_up", language, useless_at, url=url, life=duration(int(life.total_seconds())))


def sign_up_for(db: Db, key: object, caller: Caller) -> None:
    """Mail a sign-up link to the recipient of a link that needs an account. The sign-up then leads on to that link.

    Raises:
        InvalidActionKey: the link needs no sign-up, or no longer.
        InvitationNeeded, UserNotRegistered, ProofOfWorkNeeded, TooManyRequests: see `sign_up`.
    """
    preview = links.peek(db, key, None)
    if preview.outcome != links.CUSTOM_SIGN_UP:
        raise InvalidActionKey
    sign_up(db, preview.email, caller, then=str(key))


@dataclass(frozen=True)
class NewUser:
    """Names and password of a new user, as typed."""

    first_name: object
    last_name: object
    password: object = field(repr=False)


def sign_up_by_phone(db: Db, number: object, new: NewUser, caller: Caller) -> Step:
    """Text a code to a phone number. Confirming the code creates the account.

    The answer does not reveal whether the number has an account. If it has one, its owner gets a text that says so.

    Raises:
        BadInput: not a phone number, no first name, or an invalid name.
        InvitationNeeded, UserNotRegistered: sign-up is not open to everybody.
        ProofOfWorkNeeded: see `bots.admit_by_phone`.
        TooManyRequests: too many codes.
        WeakPassword: the password breaks the policy.
    """
    require_open()
    first = person_names.name(new.first_name, "first_name")
    if not first:
        raise BadInput(t("Enter your first name."), field="first_name")
    last = person_names.name(new.last_name, "last_name")
    user_id = uuid4()  # the password record is encrypted for this id
    own_words = (first, last, *([number] if typed_text.is_text(number) else []))
    password = passwords.check(new.password, new.password, own_words)
    phone_number = phone_numbers.phone(number, caller)
    if not bots.admit_by_phone(db, SIGN_UP, caller):
        return codes.pretend(phone_number)
    # Before the hashing, which is expensive and open to anybody (DoS).
    codes.check(db, phone_number, caller)
    terms = {phone_number: scram.current(db, phone_number)}
    db.rollback()  # hold no locks while the hashes are computed
    record, records = scram.make(password, user_id, terms)
    replacement = phones.instead_of_code(db, phone_number, "sign_up_known")
    facts = {"first_name": first, "last_name": last, "user_id": str(user_id)}
    facts["record"] = tokens.to_text(records[phone_number])  # encrypted, like `record`
    return codes.begin(db, NewCode(SIGN_UP, phone_number, data=facts, record=record, instead=replacement), caller)


def confirm_sign_up(db: Db, key: object, code: object, *, tab: str, caller: Caller) -> str:
    """Create the account with its phone number. Returns a ticket for its first session.

    Raises:
        BadInput, CodeNotFoundOrExpired, StepNotFoundOrExpired, TooManyRequests, WrongCode: see `codes.confirm`.
        NumberTaken: another user confirmed the number first.
    """
    step = codes.confirm(db, SIGN_UP, key, code)
    user = User(
        id=UUID(step.data["user_id"]),
        first_name=step.data["first_name"],
        last_name=step.data["last_name"],
        password_record=step.record,
        password_parameters=passwords.form(step.record, UUID(step.data["user_id"])),
        created_at=clock.now(),
    )
    db.add(user)
    db.flush()
    phones.claim(db, user.id, step.target)
    if "record" in step.data:  # missing in steps that began before the upgrade
        scram.keep(db, user.id, {step.target: tokens.from_text(step.data["record"])})
    joined(db, user, phone_numbers.format_phone(step.target), caller)
    return tickets.issue_ticket(db, NewSession(user.id, step.target, "code"), tab=tab)


def require_open() -> None:
    """Refuse the sign-up unless it is open to everybody.

    Raises:
        InvitationNeeded: only invited users can sign up.
        UserNotRegistered: nobody can sign up.
    """
    if settings().sign_up != "open":
        raise InvitationNeeded if settings().sign_up == "invitation" else UserNotRegistered


def make(db: Db, email: str, caller: Caller, *, invited: bool = False) -> UUID:
    """Create the account of a user who proved that they own an email address. Returns its id.

    Raises:
        InvalidActionKey: another user confirmed the address first.
    """
    user = User(created_at=clock.now())
    db.add(user)
    db.flush()
    emails.claim(db, user.id, email, is_main=True)
    joined(db, user, email, caller, invited=invited)
    return user.id


def joined(db: Db, user: User, about: str, caller: Caller, *, invited: bool = False) -> None:
    """Finish a new account: set the language, write the audit log, request an approval, and run `on_sign_up`.

    An approval is requested only if the login is not blocked already, and the user was not invited.
    """
    user.language = negotiation.guessed(caller.language)
    audit.record(db, user.id, "signed_up", caller, about)
    if not user.blocked_by and not invited:
        approvals.request_approval(db, user.id)
    hooks.on_sign_up.run(db, user)


@link_actions.visitor_action(
    "sign_up", heading=t("Confirm your email address"), button=t("Confirm and continue"), needs_log_in=False
)
def _confirm(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    """Create the account with its first email address."""
    next_link = links.led_to(link)
    path = accounts.password_page(route("link") if next_link else "")
    return Done(path, make(db, link.email, visitor.caller), link=next_link)
