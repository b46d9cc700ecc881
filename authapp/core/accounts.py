"""Users: sign up, recover, set names and password. The messages that say so are here, beside the deed."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, update
from sqlmodel import col, or_, select

from authapp import texts
from authapp.config import settings
from authapp.core import (
    Db,
    approvals,
    clock,
    codes,
    emails,
    history,
    hooks,
    identifiers,
    identities,
    limits,
    links,
    notices,
    outbox,
    passwords,
    phones,
    removals,
    returns,
    run,
    scram,
    sessions,
    tokens,
    words,
)
from authapp.core.codes import Step
from authapp.core.devices import Client
from authapp.core.errors import (
    BadInput,
    DeadLink,
    InvitationNeeded,
    Refusal,
    SignUpClosed,
    StepGone,
    StepUpNeeded,
    in_words,
)
from authapp.core.links import Done
from authapp.core.sessions import Principal
from authapp.models import ActionLink, Email, Phone, ScramRecord, User
from authapp.routes import route
from authapp.texts import say

SIGN_UP, RECOVERY = "sign_up", "recovery"  # what codes are sent for
NAMELESS = say("Add and confirm an email address or a phone number first: a password works only together with one.")
SENT_AGAIN = {"sign_up", "reset"}  # the links that `send_again` can make anew


def sign_up(db: Db, email: object, client: Client, *, then: str = "") -> None:
    """Mail a sign-up link; the account comes to be when it is followed.

    Who asks learns nothing: a known address gets a mail too, which says that there is an account already.

    Args:
        email: the address.
        client: who asks.
        then: the key of a link of that address, which this one leads on to.

    Raises:
        BadInput: not an e-mail address.
        InvitationNeeded, SignUpClosed: not everybody can sign up.
        TooManyRequests: too many requests from this client.
    """
    require_open()
    address = identifiers.mailable(email)
    limits.throttle(db, client.address, *limits.REQUESTS_PER_CLIENT)
    if not limits.allows(db, address, limits.MAILS_PER_ADDRESS):
        return
    life, asked_in = timedelta(hours=settings().sign_up_link_hours), client.language
    known = find(db, address) is not None
    data = links.leads_to(then, address) if then else None
    # For a known address the link is dead and nobody gets it: so that both answers take the same time.
    uses = 0 if known else 1
    url = links.issue(db, "sign_up", email=address, valid_for=life, data=data, uses=uses, connects=True)
    if known:
        outbox.mail(db, address, "sign_up_known", asked_in)
    else:
        outbox.mail(db, address, "sign_up", asked_in, url=url, life=in_words(int(life.total_seconds())))


def sign_up_for(db: Db, key: object, client: Client) -> None:
    """Mail a sign-up link to whoever a link was sent to that needs an account; it leads on to that link.

    Raises:
        DeadLink: the link needs no sign-up (any more).
        InvitationNeeded, SignUpClosed, TooManyRequests: as `sign_up` says.
    """
    about = links.look(db, key, None)
    if about.outcome != links.CUSTOM_SIGN_UP:
        raise DeadLink
    sign_up(db, about.email, client, then=str(key))


def recover(db: Db, email: object, client: Client) -> None:
    """Mail a link that leads back in. Who asks learns nothing: an unknown address gets a mail that says so.

    Raises:
        BadInput: not an e-mail address.
        TooManyRequests: too many requests from this client.
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
    """Text a code to a number; the account comes to be when the code comes back.

    Who asks learns nothing: a taken number gets a text too, which says that there is an account already.

    Raises:
        BadInput: not a phone number, no first name, or a name that cannot be used.
        InvitationNeeded, SignUpClosed: not everybody can sign up.
        TooManyRequests: too many codes.
        WeakPassword: against the policy.
    """
    require_open()
    first = identifiers.name(first_name, "first_name")
    if not first:
        raise BadInput(say("Please enter your first name."), field="first_name")
    last = identifiers.name(last_name, "last_name")
    user_id = uuid4()  # whom the record is sealed for
    checked = passwords.check(password, password, (first, last, *([number] if identifiers.is_text(number) else [])))
    wanted = identifiers.phone(number, client)
    limits.check_code(db, wanted, client.address)  # hashing is work, and anybody may ask
    terms = {wanted: scram.current(db, wanted)}
    db.rollback()  # nothing is held while the hashes are computed
    record, records = scram.make(checked, user_id, terms)
    instead = phones.instead_of_code(db, wanted, "sign_up_known")
    facts = {"first_name": first, "last_name": last, "user_id": str(user_id)}
    facts["record"] = tokens.to_text(records[wanted])  # sealed, as the other one is
    return codes.begin(db, SIGN_UP, wanted, client, data=facts, record=record, instead=instead)


def confirm_sign_up(db: Db, key: object, code: object, *, tab: str, client: Client) -> str:
    """The account comes to be, with its number. Returns a ticket for its first session.

    Raises:
        BadInput, CodeGone, StepGone, TooManyRequests, WrongCode: as `codes.confirm` says.
        NumberTaken: somebody else was faster.
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
    if "record" in step.data:  # not in a step that began before the upgrade
        scram.keep(db, user.id, {step.target: tokens.from_text(step.data["record"])})
    joined(db, user, identifiers.dialled(step.target), client)
    return sessions.issue_ticket(db, user.id, tab=tab, identifier=step.target, method="code")


def recover_by_phone(db: Db, number: object, client: Client) -> Step:
    """Text a code that leads back in. Who asks learns nothing: an unknown number looks like any other.

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
    """Back in: every other session ends, and the person is told. Returns a ticket.

    Raises:
        BadInput, CodeGone, StepGone, TooManyRequests, WrongCode: as `codes.confirm` says.
    """
    step = codes.confirm(db, RECOVERY, key, code)
    owner = identifiers.owner(db, step.target)
    if owner is None or str(owner) != step.data["user_id"]:
        raise StepGone  # the number has another owner meanwhile, or none
    _recover(db, owner, step.target, client)
    return sessions.issue_ticket(db, owner, tab=tab, identifier=step.target, method="recovery")


def require_open() -> None:
    """Let nobody sign up who may not.

    Raises:
        InvitationNeeded: only who is invited can.
        SignUpClosed: nobody can.
    """
    if settings().sign_up != "open":
        raise InvitationNeeded if settings().sign_up == "invitation" else SignUpClosed


def make(db: Db, email: str, client: Client, *, invited: bool = False) -> UUID:
    """The account of somebody who showed that an address is theirs. Returns its id.

    Raises:
        DeadLink: somebody else was faster.
    """
    user = User(created_at=clock.now())
    db.add(user)
    db.flush()
    emails.claim(db, user.id, email, is_main=True)
    joined(db, user, email, client, invited=invited)
    return user.id


def joined(db: Db, user: User, about: str, client: Client, *, invited: bool = False, what: str = "signed_up") -> None:
    """An account came to be, with an address, a number or an identity elsewhere.

    Its login may wait for an approval, unless its person was invited.
    """
    if what == "signed_up":  # else the client is not theirs
        user.language = texts.guessed(client.language)
    history.record(db, user.id, what, client, about)
    if not user.waits and not invited:
        approvals.ask(db, user.id)
    hooks.on_sign_up.run(db, user)


def password_page(then: str = "") -> str:
    """Where somebody is asked for a new password, and led on from."""
    return f"{route('settings')}?set=password" + (f"&next={then}" if then else "")


def stop_waiting(db: Db, user_id: UUID, reason: str) -> None:
    """What a login waited for is there; it may wait for an approval next."""
    met = update(User).where(col(User.id) == user_id, col(User.waits) == reason).values(waits="")
    if run(db, met).rowcount:
        approvals.ask(db, user_id)


def send_again(db: Db, key: object, client: Client) -> None:
    """Mail another link like a dead one, to the address the dead one was sent to.

    Raises:
        TooManyRequests: too many requests from this client.
    """
    action, address = links.sent_to(db, key)
    if action == "sign_up":
        sign_up(db, address, client)
    elif action == "reset":
        recover(db, address, client)


class Owner(NamedTuple):
    """Whose address or number it is, as far as a login needs to know."""

    id: UUID
    password_record: bytes | None
    closes_at: datetime | None
    waits: str  # what a login waits for
    record: bytes | None  # the SCRAM record of this address or number


# Built once: to build a statement takes longer than to run it.
_FACTS: Any = (col(User.id), col(User.password_record), col(User.closes_at), col(User.waits), col(ScramRecord.record))
_OWNER: Any = select(*_FACTS)
# Without a password of its own, or with an imported hash, a user has no such records.
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
# Only an import gives a password to somebody whose address nobody confirmed. One query for both, so that the time does
# not tell which of them an address is.
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
    """The user an identifier logs in: its owner, else the imported account that waits for its confirmation."""
    if identifiers.is_number(identifier):
        return find(db, identifier)
    row: Any = run(db, _TO_LOG_IN, {"identifier": identifier}).first()
    return Owner(*row) if row else None


def find(db: Db, identifier: str) -> Owner | None:
    """The user who confirmed an address or a number."""
    if identifiers.is_number(identifier) and not settings().phones:
        return None
    asked = _OF_NUMBER if identifiers.is_number(identifier) else _OF_ADDRESS
    row: Any = run(db, asked, {"identifier": identifier}).first()
    return Owner(*row) if row else None


def set_names(db: Db, me: Principal, first_name: object, last_name: object, client: Client) -> None:
    """Set how the person is called.

    Raises:
        BadInput: a name is too long or has control characters.
        LoggedOut: the session ended.
        TooManyRequests: too many changes.
    """
    first, last = identifiers.name(first_name, "first_name"), identifiers.name(last_name, "last_name")
    sessions.require(db, me)
    identifiers.alone(db, me.user_id)  # before the changes are counted, as everywhere: or each would wait for the other
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    run(db, update(User).where(col(User.id) == me.user_id).values(first_name=first, last_name=last))
    words.keep(db, [me.user_id])
    history.record(db, me.user_id, "names_set", client)
    db.info.setdefault("changed", set()).add(me.session_id)  # whoever remembers the old names forgets them


def set_language(db: Db, me: Principal, language: object, client: Client) -> None:
    """Set the language of the pages, and of what is written to the person.

    Args:
        language: one that is offered; empty for that of the browser, which may change.

    Raises:
        BadInput: it is not offered.
        LoggedOut: the session ended.
        TooManyRequests: too many changes.
    """
    if not identifiers.is_text(language) or language not in {"", *texts.languages()}:
        raise BadInput(say("This language is not offered here."), field="language")
    sessions.require(db, me)
    identifiers.alone(db, me.user_id)  # before the changes are counted, as everywhere
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    kept = language or texts.guessed(texts.negotiated("", "", client.languages))
    run(db, update(User).where(col(User.id) == me.user_id).values(language=kept))
    history.record(db, me.user_id, "language_set", client)
    db.info.setdefault("changed", set()).add(me.session_id)  # as for the names


def set_password(db: Db, me: Principal, password: object, confirmation: object, *, tab: str, client: Client) -> str:
    """Set the password, end every other session, and return a ticket for this session's new key.

    Raises:
        BadInput: there is no address or number that it would work with.
        WeakPassword: against the policy, or the two differ.
        LoggedOut: the session ended.
        StepUpNeeded: the last proof is too old.
        TooManyRequests: too many changes.
    """
    if not me.is_fresh:
        raise StepUpNeeded
    own_words = (me.first_name, me.last_name, me.identifier)
    checked = passwords.check(password, confirmation, own_words)
    limits.check(db, str(me.user_id), limits.CHANGES_PER_USER)  # hashing is work, the more the more identifiers
    terms = scram.current_of(db, me.user_id)
    db.rollback()  # nothing is held while the hashes are computed
    record, records = scram.make(checked, me.user_id, terms)
    sessions.require(db, me, fresh=True)
    if not identifiers.ways_in(db, me.user_id):
        raise BadInput(NAMELESS, field="password")
    identifiers.alone(db, me.user_id)  # before the changes are counted, as everywhere
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    keep_password(db, me.user_id, record, records)
    sessions.close_all(db, me.user_id, spare=me.session_id)
    sessions.lock(db, me)
    links.void_of(db, me.user_id, action="reset")
    limits.forget_failures(db, me.user_id, *identifiers.ways_in(db, me.user_id))
    history.record(db, me.user_id, "password_set", client)
    notices.tell(db, me.user_id, "password_set", client)
    hooks.on_password_set.run(db, me.user_id)
    return sessions.issue_renewal(db, me, tab=tab)


def keep_password(
    db: Db, user_id: UUID, record: bytes, records: Mapping[str, bytes] | None = None, *, instead_of: bytes | None = None
) -> bool:
    """Keep the records of a password in place of all that were there. Returns whether they were kept.

    Args:
        user_id: whose password it is.
        record: the record of the user.
        records: those of their identifiers.
        instead_of: the record that the password proved right against: a password that was set meanwhile stays.
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
    """The account comes to be, with its first address."""
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
    """Back in: every other session ends, other recovery links die, and the person is told."""
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
    """Somebody else was in the account: lock it, take back what the link tells of, and begin a recovery."""
    assert link.user_id is not None
    user_id, client, data = link.user_id, links.follower(db), link.data
    links.lock_all(db, user_id)
    codes.lock(db, data.get("about", ""))  # before the user, as everywhere: or each would wait for the other
    identifiers.alone(db, user_id)
    history.record(db, user_id, "disowned", client, identifiers.dialled(link.email))
    mine = identifiers.ways_in(db, user_id)
    if link.email not in mine:
        return _disown_removal(db, link, user_id, mine)
    _lock(db, user_id)
    closed = data.get("undo", "closed") == "closed"  # links of older versions do not say it
    reopened = update(User).where(col(User.id) == user_id, col(User.closes_at).is_not(None)).values(closes_at=None)
    if closed and run(db, reopened).rowcount:
        hooks.on_account_reopened.run(db, user_id)
    if data.get("about"):
        noun = phones if identifiers.is_number(data["about"]) else emails
        with (
            suppress(Refusal),
            db.begin_nested(),
        ):  # what a product does not let come back: the account is locked all the same
            noun.undo(db, link)
    identities.undo(db, user_id, data.get("of", ""))
    identities.suspend(db, user_id, link.issued_at, clock.now())
    send_way_back(db, user_id, link.email, client.language)
    return Done(route("secured"))


def _disown_removal(db: Db, link: ActionLink, user_id: UUID, mine: list[str]) -> Done:
    """The removed address itself says so: `returns` says what that is worth."""
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
    """End every session, and make the password and the links of a user useless."""
    links.void_all(db, user_id, spare=notices.OBJECTIONS)  # or a thief's own would void those of the owner
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
    """A removed address or number is back, and leads in."""
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
    """Mail a link that leads in and asks for a password; text how to recover, where it is a number."""
    if identifiers.is_number(identifier):
        outbox.text(db, identifier, "way_back", language=language)
    else:
        _mail_way_back(db, way_back(db, user_id, identifier), identifier, language)


def way_back(db: Db, user_id: UUID | None, address: str) -> str:
    """The URL of a link that leads in and asks for a password.

    Without a user the link is dead and nobody gets it: so that a recovery takes the same time for every address.
    """
    life, uses = timedelta(hours=settings().reset_link_hours), 1 if user_id else 0
    return links.issue(db, "reset", email=address, valid_for=life, user_id=user_id, uses=uses, connects=True)


def _mail_way_back(db: Db, url: str, address: str, language: str) -> None:
    life = timedelta(hours=settings().reset_link_hours)
    outbox.mail(db, address, "recover", language, url=url, life=in_words(int(life.total_seconds())))
