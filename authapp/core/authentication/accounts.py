"""Users: sign-up, recovery, names, language and password, with the mails, texts and action links of each."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, update
from sqlmodel import col, or_, select

from authapp import texts
from authapp.config import settings
from authapp.core import Db, run
from authapp.core.account import emails, identities, notices, phones, removals, returns, words
from authapp.core.authorization import approvals
from authapp.core.base import clock, history, hooks, identifiers, limits, tokens
from authapp.core.base.devices import Client
from authapp.core.base.errors import (
    BadInput,
    DeadLink,
    InvitationNeeded,
    Refusal,
    SignUpClosed,
    StepGone,
    StepUpNeeded,
    in_words,
)
from authapp.core.credentials import codes, links, passwords, scram
from authapp.core.credentials.codes import Step
from authapp.core.credentials.links import Done
from authapp.core.messages import outbox
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import Principal
from authapp.models import ActionLink, Email, Phone, ScramRecord, User
from authapp.routes import route
from authapp.texts import say

SIGN_UP, RECOVERY = "sign_up", "recovery"  # purposes of one-time codes
NAMELESS = say("Add and confirm an email address or a phone number first: a password works only together with one.")
SENT_AGAIN = {"sign_up", "reset"}  # actions whose dead links `send_again` can replace


def sign_up(db: Db, email: object, client: Client, *, then: str = "") -> None:
    """Mail a sign-up link. Following the link creates the account.

    The answer does not reveal whether the address has an account. If it has one, its owner gets a mail that says so.

    Args:
        email: the email address.
        client: the caller.
        then: the key of another link to this address, which the sign-up leads on to.

    Raises:
        BadInput: not an email address.
        InvitationNeeded, SignUpClosed: sign-up is not open to everybody.
        TooManyRequests: too many requests from this caller.
    """
    require_open()
    address = identifiers.mailable(email)
    limits.throttle(db, client.address, *limits.REQUESTS_PER_CLIENT)
    if not limits.allows(db, address, limits.MAILS_PER_ADDRESS):
        return
    life, asked_in = timedelta(hours=settings().sign_up_link_hours), client.language
    known = find(db, address) is not None
    data = links.leads_to(then, address) if then else None
    # An address with an account gets a dead link that is never sent. Both answers then take the same time.
    uses = 0 if known else 1
    url = links.issue(db, "sign_up", email=address, valid_for=life, data=data, uses=uses, connects=True)
    if known:
        outbox.mail(db, address, "sign_up_known", asked_in)
    else:
        outbox.mail(db, address, "sign_up", asked_in, url=url, life=in_words(int(life.total_seconds())))


def sign_up_for(db: Db, key: object, client: Client) -> None:
    """Mail a sign-up link to the recipient of a link that needs an account. The sign-up then leads on to that link.

    Raises:
        DeadLink: the link needs no sign-up, or no longer.
        InvitationNeeded, SignUpClosed, TooManyRequests: see `sign_up`.
    """
    about = links.look(db, key, None)
    if about.outcome != links.CUSTOM_SIGN_UP:
        raise DeadLink
    sign_up(db, about.email, client, then=str(key))


def recover(db: Db, email: object, client: Client) -> None:
    """Mail a recovery link.

    The answer does not reveal whether the address has an account. An address without one gets a mail that says so.

    Raises:
        BadInput: not an email address.
        TooManyRequests: too many requests from this caller.
    """
    address = identifiers.mailable(email)
    limits.throttle(db, client.address, *limits.REQUESTS_PER_CLIENT)
    if not limits.allows(db, address, limits.MAILS_PER_ADDRESS):
        return
    user = find(db, address)
    url = way_back(db, user.id if user else None, address)
    if user:
        _mail_way_back(db, url, address, client.language)
    else:
        outbox.mail(db, address, "recover_unknown", client.language)
    history.record(db, user.id if user else history.NOBODY, "recovery_asked", client, address)


def sign_up_by_phone(
    db: Db, number: object, first_name: object, last_name: object, password: object, client: Client
) -> Step:
    """Text a code to a phone number. Confirming the code creates the account.

    The answer does not reveal whether the number has an account. If it has one, its owner gets a text that says so.

    Raises:
        BadInput: not a phone number, no first name, or an invalid name.
        InvitationNeeded, SignUpClosed: sign-up is not open to everybody.
        TooManyRequests: too many codes.
        WeakPassword: the password breaks the policy.
    """
    require_open()
    first = identifiers.name(first_name, "first_name")
    if not first:
        raise BadInput(say("Please enter your first name."), field="first_name")
    last = identifiers.name(last_name, "last_name")
    user_id = uuid4()  # the password record is encrypted for this id
    checked = passwords.check(password, password, (first, last, *([number] if identifiers.is_text(number) else [])))
    wanted = identifiers.phone(number, client)
    limits.check_code(db, wanted, client.address)  # before the hashing: it is expensive, and open to anybody (DoS)
    terms = {wanted: scram.current(db, wanted)}
    db.rollback()  # hold no locks while the hashes are computed
    record, records = scram.make(checked, user_id, terms)
    instead = phones.instead_of_code(db, wanted, "sign_up_known")
    facts = {"first_name": first, "last_name": last, "user_id": str(user_id)}
    facts["record"] = tokens.to_text(records[wanted])  # encrypted, like `record`
    return codes.begin(db, SIGN_UP, wanted, client, data=facts, record=record, instead=instead)


def confirm_sign_up(db: Db, key: object, code: object, *, tab: str, client: Client) -> str:
    """Create the account with its phone number. Returns a ticket for its first session.

    Raises:
        BadInput, CodeGone, StepGone, TooManyRequests, WrongCode: see `codes.confirm`.
        NumberTaken: another user confirmed the number first.
    """
    step = codes.confirm(db, SIGN_UP, key, code)
    user = User(
        id=UUID(step.data["user_id"]),
        first_name=step.data["first_name"],
        last_name=step.data["last_name"],
        password_record=step.record,
        password_form=passwords.form(step.record, UUID(step.data["user_id"])),
        created_at=clock.now(),
    )
    db.add(user)
    db.flush()
    phones.claim(db, user.id, step.target)
    if "record" in step.data:  # missing in steps that began before the upgrade
        scram.keep(db, user.id, {step.target: tokens.from_text(step.data["record"])})
    joined(db, user, identifiers.dialled(step.target), client)
    return tickets.issue_ticket(db, user.id, tab=tab, identifier=step.target, method="code")


def recover_by_phone(db: Db, number: object, client: Client) -> Step:
    """Text a recovery code.

    The answer does not reveal whether the number has an account. A number without one gets no text.

    Raises:
        BadInput: not a phone number.
        TooManyRequests: too many codes.
    """
    wanted = identifiers.phone(number, client)
    owner = identifiers.owner(db, wanted)
    instead = codes.NO_TEXT if owner is None or codes.is_barred(wanted) else None
    facts = {"user_id": str(owner) if owner else ""}
    step = codes.begin(db, RECOVERY, wanted, client, data=facts, instead=instead)
    history.record(db, owner or history.NOBODY, "recovery_code", client, identifiers.dialled(wanted))
    return step


def confirm_recovery(db: Db, key: object, code: object, *, tab: str, client: Client) -> str:
    """Recover the account: end its sessions and notify the user. Returns a ticket for a new session.

    Raises:
        BadInput, CodeGone, StepGone, TooManyRequests, WrongCode: see `codes.confirm`. `StepGone` also if the number has
            another owner since, or none.
    """
    step = codes.confirm(db, RECOVERY, key, code)
    owner = identifiers.owner(db, step.target)
    if owner is None or str(owner) != step.data["user_id"]:
        raise StepGone  # the number has another owner since, or none
    _recover(db, owner, step.target, client)
    return tickets.issue_ticket(db, owner, tab=tab, identifier=step.target, method="recovery")


def require_open() -> None:
    """Refuse the sign-up unless it is open to everybody.

    Raises:
        InvitationNeeded: only invited users can sign up.
        SignUpClosed: nobody can sign up.
    """
    if settings().sign_up != "open":
        raise InvitationNeeded if settings().sign_up == "invitation" else SignUpClosed


def make(db: Db, email: str, client: Client, *, invited: bool = False) -> UUID:
    """Create the account of a user who proved that they own an email address. Returns its id.

    Raises:
        DeadLink: another user confirmed the address first.
    """
    user = User(created_at=clock.now())
    db.add(user)
    db.flush()
    emails.claim(db, user.id, email, is_main=True)
    joined(db, user, email, client, invited=invited)
    return user.id


def joined(db: Db, user: User, about: str, client: Client, *, invited: bool = False, what: str = "signed_up") -> None:
    """Finish a new account: set the language, write the audit log, request an approval, and run `on_sign_up`.

    An approval is requested only if the login is not blocked already, and the user was not invited.
    """
    if what == "signed_up":  # otherwise `client` is not the new user
        user.language = texts.guessed(client.language)
    history.record(db, user.id, what, client, about)
    if not user.waits and not invited:
        approvals.ask(db, user.id)
    hooks.on_sign_up.run(db, user)


def password_page(then: str = "") -> str:
    """Return the path of the page that asks for a new password and then leads on to `then`."""
    return f"{route('settings')}?set=password" + (f"&next={then}" if then else "")


def stop_waiting(db: Db, user_id: UUID, reason: str) -> None:
    """Clear the reason that blocks a login. The login may be blocked by an approval next."""
    met = update(User).where(col(User.id) == user_id, col(User.waits) == reason).values(waits="")
    if run(db, met).rowcount:
        approvals.ask(db, user_id)


def send_again(db: Db, key: object, client: Client) -> None:
    """Mail a new link in place of a dead one, to the address of the dead one.

    Raises:
        InvitationNeeded, SignUpClosed: see `sign_up`.
        TooManyRequests: too many requests from this caller.
    """
    action, address = links.sent_to(db, key)
    if action == "sign_up":
        sign_up(db, address, client)
    elif action == "reset":
        recover(db, address, client)


class Owner(NamedTuple):
    """The owner of an email address or phone number, with the facts that a login needs."""

    id: UUID
    password_record: bytes | None
    closes_at: datetime | None
    waits: str  # why the user cannot log in yet
    record: bytes | None  # the SCRAM record of this email address or phone number


# Built once: building a statement takes longer than running it.
_FACTS: Any = (col(User.id), col(User.password_record), col(User.closes_at), col(User.waits), col(ScramRecord.record))
_OWNER: Any = select(*_FACTS)
# Users without a password, or with an imported hash, have no SCRAM records.
_RECORD = and_(
    col(ScramRecord.user_id) == col(User.id),
    col(ScramRecord.identifier) == bindparam("identifier"),
    col(User.password_record).is_not(None),
    ~col(User.imported),
)
_OF_NUMBER = (
    _OWNER.join(Phone, col(Phone.user_id) == col(User.id))
    .outerjoin(ScramRecord, _RECORD)
    .where(col(Phone.number) == bindparam("identifier"))
)
_OF_ADDRESS = (
    _OWNER.join(Email, col(Email.user_id) == col(User.id))
    .outerjoin(ScramRecord, _RECORD)
    .where(col(Email.address) == bindparam("identifier"), col(Email.confirmed_at).is_not(None))
)
# Only imported accounts have a password and an unconfirmed address. One query covers confirmed and unconfirmed
# addresses, so that the response time does not reveal which of the two an address is.
_TO_LOG_IN = (
    _OWNER.join(Email, col(Email.user_id) == col(User.id))
    .outerjoin(ScramRecord, _RECORD)
    .where(
        col(Email.address) == bindparam("identifier"),
        or_(
            col(Email.confirmed_at).is_not(None),
            (col(User.waits) == sessions.UNCONFIRMED) & col(User.password_record).is_not(None),
        ),
    )
    .order_by(col(Email.confirmed_at).is_(None), col(User.created_at), col(User.id))
    .limit(1)
)


def find_for_login(db: Db, identifier: str) -> Owner | None:
    """Return the owner of an identifier, else the imported account that has yet to confirm it."""
    if identifiers.is_number(identifier):
        return find(db, identifier)
    row: Any = run(db, _TO_LOG_IN, {"identifier": identifier}).first()
    return Owner(*row) if row else None


def find(db: Db, identifier: str) -> Owner | None:
    """Return the user who confirmed an email address or phone number. Numbers are ignored if phones are off."""
    if identifiers.is_number(identifier) and not settings().phones:
        return None
    asked = _OF_NUMBER if identifiers.is_number(identifier) else _OF_ADDRESS
    row: Any = run(db, asked, {"identifier": identifier}).first()
    return Owner(*row) if row else None


def set_names(db: Db, me: Principal, first_name: object, last_name: object, client: Client) -> None:
    """Set the first and last name of the user.

    Raises:
        BadInput: a name is too long or has control characters.
        LoggedOut: the session ended.
        TooManyRequests: too many changes.
    """
    first, last = identifiers.name(first_name, "first_name"), identifiers.name(last_name, "last_name")
    sessions.require(db, me)
    identifiers.alone(db, me.user_id)  # before the rate limit, in the same order everywhere: prevents deadlocks
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    run(db, update(User).where(col(User.id) == me.user_id).values(first_name=first, last_name=last))
    words.keep(db, [me.user_id])
    history.record(db, me.user_id, "names_set", client)
    db.info.setdefault("changed", set()).add(me.session_id)  # so that caches drop the old names


def set_language(db: Db, me: Principal, language: object, client: Client) -> None:
    """Set the language of the pages and of the messages to the user.

    Args:
        language: an offered language; empty for the language of the browser, which may change later.

    Raises:
        BadInput: the language is not offered.
        LoggedOut: the session ended.
        TooManyRequests: too many changes.
    """
    if not identifiers.is_text(language) or language not in {"", *texts.languages()}:
        raise BadInput(say("This language is not offered here."), field="language")
    sessions.require(db, me)
    identifiers.alone(db, me.user_id)  # before the rate limit, in the same order everywhere
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    kept = language or texts.guessed(texts.negotiated("", "", client.languages))
    run(db, update(User).where(col(User.id) == me.user_id).values(language=kept))
    history.record(db, me.user_id, "language_set", client)
    db.info.setdefault("changed", set()).add(me.session_id)  # so that caches drop the old language


def set_password(db: Db, me: Principal, password: object, confirmation: object, *, tab: str, client: Client) -> str:
    """Set the password, end every other session, and return a ticket for this session's new key.

    Raises:
        BadInput: the user has no email address or phone number, which a login with a password needs.
        WeakPassword: the password breaks the policy, or the two inputs differ.
        LoggedOut: the session ended.
        StepUpNeeded: the last authentication is too old.
        TooManyRequests: too many changes.
    """
    if not me.is_fresh:
        raise StepUpNeeded
    own_words = (me.first_name, me.last_name, me.identifier)
    checked = passwords.check(password, confirmation, own_words)
    limits.check(db, str(me.user_id), limits.CHANGES_PER_USER)  # hashing is expensive: one hash per identifier
    terms = scram.current_of(db, me.user_id)
    db.rollback()  # hold no locks while the hashes are computed
    record, records = scram.make(checked, me.user_id, terms)
    sessions.require(db, me, fresh=True)
    if not identifiers.ways_in(db, me.user_id):
        raise BadInput(NAMELESS, field="password")
    identifiers.alone(db, me.user_id)  # before the rate limit, in the same order everywhere
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    keep_password(db, me.user_id, record, records)
    sessions.close_all(db, me.user_id, spare=me.session_id)
    sessions.lock(db, me)
    links.void_of(db, me.user_id, action="reset")
    limits.forget_failures(db, me.user_id, *identifiers.ways_in(db, me.user_id))
    history.record(db, me.user_id, "password_set", client)
    notices.tell(db, me.user_id, "password_set", client)
    hooks.on_password_set.run(db, me.user_id)
    return tickets.issue_renewal(db, me, tab=tab)


def keep_password(
    db: Db, user_id: UUID, record: bytes, records: Mapping[str, bytes] | None = None, *, instead_of: bytes | None = None
) -> bool:
    """Replace all password records of a user. Returns whether they were replaced.

    Args:
        user_id: the owner of the password.
        record: the record of the user.
        records: the records of the user's identifiers.
        instead_of: the record that the password was verified against. A password that was set since then is kept.
    """
    mine = update(User).where(col(User.id) == user_id)
    mine = mine if instead_of is None else mine.where(col(User.password_record) == instead_of)
    form = passwords.form(record, user_id)
    if not run(db, mine.values(password_record=record, password_form=form, imported=False)).rowcount:
        return False
    scram.keep(db, user_id, records or {})
    return True


@links.action(
    "sign_up", heading=say("Confirm your email address"), button=say("Confirm and continue"), needs_log_in=False
)
def _confirm(db: Db, link: ActionLink) -> Done:
    """Create the account with its first email address."""
    then = links.led_to(link)
    path = password_page(route("link") if then else "")
    return Done(path, make(db, link.email, links.follower(db)), link=then)


@links.action(
    "reset",
    heading=say("Recover your account"),
    button=say("Recover my account"),
    says=say("It signs you in here, ends all other sessions and asks for a new password."),
    needs_log_in=False,
)
def _reset(db: Db, link: ActionLink) -> Done:
    """Recover the account: end its sessions, void other recovery links, and notify the user."""
    assert link.user_id is not None
    _recover(db, link.user_id, link.email, links.follower(db))
    return Done(password_page(), link.user_id, "recovery")


def _disown_says(db: Db, link: ActionLink) -> str:
    assert link.user_id is not None
    if link.email in identifiers.ways_in(db, link.user_id):
        return say(
            "Every session is signed out, the password stops working, and we send you the way to choose a new one."
        )
    removal = removals.of_link(link)
    if not removal.comes_back:
        return say(
            "Every session is signed out, and the password stops working. The account goes on without {about}.",
            about=identifiers.dialled(link.email),
        )
    if removals.elders(db, link.user_id, removal):
        return say(
            "{about} comes back in 24 hours, unless an older address of the account refuses. We send you a link that "
            "works then.",
            about=identifiers.dialled(link.email),
        )
    return say(
        "The account is locked at once: every session is signed out, and the password and every newer address stop "
        "working. {about} comes back in 24 hours. We send you a link that works then.",
        about=identifiers.dialled(link.email),
    )


@links.action(
    notices.DISOWN,
    heading=say("Was that not you?"),
    button=say("It was not me"),
    says=_disown_says,
    needs_log_in=False,
)
def _disown(db: Db, link: ActionLink) -> Done:
    """Lock an account that a stranger used, undo the change that the link names, and start a recovery."""
    assert link.user_id is not None
    user_id, client, data = link.user_id, links.follower(db), link.data
    links.lock_all(db, user_id)
    codes.lock(db, data.get("about", ""))  # before the user row, in the same order everywhere: prevents deadlocks
    identifiers.alone(db, user_id)
    history.record(db, user_id, "disowned", client, identifiers.dialled(link.email))
    mine = identifiers.ways_in(db, user_id)
    if link.email not in mine:
        return _disown_removal(db, link, user_id, mine)
    _lock(db, user_id)
    closed = data.get("undo", "closed") == "closed"  # links of older versions have no `undo`
    reopened = update(User).where(col(User.id) == user_id, col(User.closes_at).is_not(None)).values(closes_at=None)
    if closed and run(db, reopened).rowcount:
        hooks.on_account_reopened.run(db, user_id)
    if data.get("about"):
        noun = phones if identifiers.is_number(data["about"]) else emails
        with (
            suppress(Refusal),
            db.begin_nested(),
        ):  # a product's hook may refuse the undo; the account is locked all the same
            noun.undo(db, link)
    identities.undo(db, user_id, data.get("of", ""))
    identities.suspend(db, user_id, link.issued_at, clock.now())
    send_way_back(db, user_id, link.email, client.language)
    return Done(route("secured"))


def _disown_removal(db: Db, link: ActionLink, user_id: UUID, mine: list[str]) -> Done:
    """Handle “this wasn't me” that comes from the removed address or number itself; see `returns`."""
    removal, client = removals.of_link(link), links.follower(db)
    elders = removals.elders(db, user_id, removal)
    if identifiers.owner(db, link.email):
        raise DeadLink
    if not elders or not removal.comes_back:
        _lock(db, user_id)
    if removal.comes_back:
        returns.begin(db, user_id, removal, elders, client)
        return Done(route("returning"))
    if mine:
        send_way_back(db, user_id, mine[0], client.language)
    return Done(route("secured"))


def _lock(db: Db, user_id: UUID) -> None:
    """End every session of a user, delete the password, and void the links."""
    links.void_all(db, user_id, spare=notices.OBJECTIONS)  # a thief must not void the owner's objections
    scram.drop_password(db, user_id)
    sessions.close_all(db, user_id)


def _come_back_says(_: Db, link: ActionLink) -> str:
    if clock.now() < returns.ready_at(link):
        return say("It works from {when} on.", when=returns.ready_at(link))
    return say("It signs you in here, ends all other sessions and asks for a new password.")


@links.action(
    notices.COME_BACK,
    heading=say("Get your account back"),
    button=say("Get my account back"),
    says=_come_back_says,
    needs_log_in=False,
)
def _come_back(db: Db, link: ActionLink) -> Done:
    """Make a removed address or number a way in again, and recover the account with it."""
    assert link.user_id is not None
    returns.finish(db, link)
    _recover(db, link.user_id, link.email, links.follower(db))
    return Done(password_page(), link.user_id, "recovery")


@links.action(
    notices.REFUSE,
    heading=say("Refuse the return"),
    button=say("Refuse"),
    says=lambda _, link: say(
        "{about} stays removed: nobody can log in or recover the account with it.",
        about=identifiers.dialled(link.data["about"]),
    ),
    needs_log_in=False,
)
def _refuse(db: Db, link: ActionLink) -> Done:
    returns.refuse(db, link)
    return Done(route("refused"))


def _recover(db: Db, user_id: UUID, identifier: str, client: Client) -> None:
    sessions.close_all(db, user_id)
    links.void_of(db, user_id, action="reset")
    limits.forget_failures(db, user_id, *identifiers.ways_in(db, user_id))
    history.record(db, user_id, "recovered", client, identifiers.dialled(identifier))
    notices.tell(db, user_id, "recovered", client)


def send_way_back(db: Db, user_id: UUID, identifier: str, language: str = texts.ENGLISH) -> None:
    """Mail a link that logs in and asks for a password. To a number, text how to recover the account."""
    if identifiers.is_number(identifier):
        outbox.text(db, identifier, "way_back", language=language)
    else:
        _mail_way_back(db, way_back(db, user_id, identifier), identifier, language)


def way_back(db: Db, user_id: UUID | None, address: str) -> str:
    """Return the URL of a link that logs in and asks for a password.

    Without a user the link is dead and never sent. A recovery then takes the same time for every address.
    """
    life, uses = timedelta(hours=settings().reset_link_hours), 1 if user_id else 0
    return links.issue(db, "reset", email=address, valid_for=life, user_id=user_id, uses=uses, connects=True)


def _mail_way_back(db: Db, url: str, address: str, language: str) -> None:
    life = timedelta(hours=settings().reset_link_hours)
    outbox.mail(db, address, "recover", language, url=url, life=in_words(int(life.total_seconds())))
