"""Account recovery: by mail or text, after “this wasn't me”, and with a removed email address or number."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.account import emails, identities, phones, removals, returns, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.authentication import accounts, sign_up
from authapp.core.base import audit, bots, clock, hooks, identifiers, phone_numbers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import InvalidActionKey, Refusal, StepNotFoundOrExpired, duration
from authapp.core.base.routes import route
from authapp.core.credentials import codes, link_actions, link_ends, links, scram
from authapp.core.credentials.codes import NewCode, Step
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox
from authapp.core.sessions import session_ends, tickets
from authapp.core.sessions.sessions import NewSession
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import Text, t
from authapp.models import ActionLink, User

RECOVERY = "recovery"  # the purpose of its one-time codes
SENT_AGAIN = {"sign_up", "reset"}  # actions whose dead links `send_again` can replace


def recover(db: Db, email: object, caller: Caller) -> None:
    """Mail a recovery link.

    The answer does not reveal whether the address has an account. An address without one gets a mail that says so.
    An address where earlier mails bounced gets the mail too: the link shows that mails arrive again.

    Raises:
        BadInput: not an email address.
        ProofOfWorkNeeded, TooManyRequests: see `bots.admit`.
    """
    address = identifiers.mailable(email)
    # Counted apart: with sign-ups at the address of another user, a stranger could use up the mails of its recovery.
    counted_as = f"recovery of {address}"
    if not bots.admit(db, RECOVERY, caller) or not rate_limits.allows(db, counted_as, rate_limits.MAILS_PER_ADDRESS):
        return
    user = accounts.find(db, address)
    url = recovery_url(db, user.id if user else None, address)
    if user:
        outbox.confirmation(db, address, "recover", caller.language, _useless_at(), url=url, life=_life())
    else:
        outbox.confirmation(db, address, "recover_unknown", caller.language, _useless_at())
    audit.record(db, user.id if user else audit.NOBODY, "recovery_asked", caller, address)


def recover_by_phone(db: Db, number: object, caller: Caller) -> Step:
    """Text a recovery code.

    The answer does not reveal whether the number has an account. A number without one gets no text.

    Raises:
        BadInput: not a phone number.
        ProofOfWorkNeeded: see `bots.admit_by_phone`.
        TooManyRequests: too many codes.
    """
    phone_number = phone_numbers.phone(number, caller)
    if not bots.admit_by_phone(db, RECOVERY, caller):
        return codes.pretend(phone_number)
    owner = identifiers.owner(db, phone_number)
    replacement = codes.NO_TEXT if owner is None or codes.is_barred(phone_number) else None
    facts = {"user_id": str(owner) if owner else ""}
    new_code = NewCode(RECOVERY, phone_number, data=facts, instead=replacement, silent=True)
    step = codes.begin(db, new_code, caller)
    audit.record(db, owner or audit.NOBODY, "recovery_code", caller, phone_numbers.format_phone(phone_number))
    return step


def confirm_recovery(db: Db, key: object, code: object, *, tab: str, caller: Caller) -> str:
    """Recover the account: end its sessions and notify the user. Returns a ticket for a new session.

    Raises:
        BadInput, CodeNotFoundOrExpired, TooManyRequests, WrongCode: see `codes.confirm`.
        StepNotFoundOrExpired: see `codes.confirm`; or the number has another owner since, or none.
    """
    step = codes.confirm(db, RECOVERY, key, code)
    owner = identifiers.owner(db, step.target)
    if owner is None or str(owner) != step.data["user_id"]:
        raise StepNotFoundOrExpired  # the number has another owner since, or none
    _recover(db, owner, step.target, Visitor(caller))
    return tickets.issue_ticket(db, NewSession(owner, step.target, "recovery"), tab=tab)


def send_again(db: Db, key: object, caller: Caller) -> None:
    """Mail a new link in place of a dead one, to the address of the dead one.

    Raises:
        InvitationNeeded, UserNotRegistered: see `sign_up`.
        ProofOfWorkNeeded, TooManyRequests: see `bots.admit`.
    """
    action, address = links.sent_to(db, key)
    if action == "sign_up":
        sign_up.sign_up(db, address, caller)
    elif action == "reset":
        recover(db, address, caller)


def send_recovery_link(db: Db, user_id: UUID, identifier: str, language: str = ENGLISH) -> None:
    """Mail a link that logs in and asks for a password. To a number, text how to recover the account.

    An administrator or the owner asked for it, so the mail also goes to an address where earlier mails bounced.
    """
    if phone_numbers.is_number(identifier):
        outbox.text(db, identifier, "way_back", language=language)
    else:
        url = recovery_url(db, user_id, identifier)
        outbox.confirmation(db, identifier, "recover", language, _useless_at(), url=url, life=_life())


def recovery_url(db: Db, user_id: UUID | None, address: str) -> str:
    """Return the URL of a link that logs in and asks for a password.

    Without a user the link is dead and never sent. A recovery then takes the same time for every address.
    """
    life, uses = _link_life(), 1 if user_id else 0
    return links.issue(db, "reset", email=address, valid_for=life, user_id=user_id, uses=uses, connects=True)


@link_actions.visitor_action(
    "reset",
    heading=t("Recover your account"),
    button=t("Recover my account"),
    says=t("It logs you in here, logs you out on all other devices and asks for a new password."),
    needs_log_in=False,
)
def _reset(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    """Recover the account: end its sessions, void other recovery links, and notify the user."""
    assert link.user_id is not None
    _recover(db, link.user_id, link.email, visitor)
    return Done(accounts.password_page(), link.user_id, "recovery")


def _disown_says(db: Db, link: ActionLink) -> str:
    assert link.user_id is not None
    if link.email in identifiers.login_identifiers(db, link.user_id):
        return t(
            "You’re logged out on every device, and the password stops working. We’ll send you a link or a code "
            "to choose a new one."
        )
    removal = removals.of_link(link)
    if not removal.comes_back:
        return t(
            "You’re logged out on every device, and the password stops working. The account continues without {about}.",
            about=phone_numbers.format_phone(link.email),
        )
    if removals.elders(db, link.user_id, removal):
        return t(
            "{about} comes back in 24 hours, unless an older address or number of the account refuses. We’ll send "
            "you a link that works then.",
            about=phone_numbers.format_phone(link.email),
        )
    return t(
        "The account is locked at once: every device is logged out, and the password and every newer address or "
        "number stop working. {about} comes back in 24 hours. We’ll send you a link that works then.",
        about=phone_numbers.format_phone(link.email),
    )


@link_actions.visitor_action(
    security_mail.DISOWN,
    heading=t("Wasn’t that you?"),
    button=t("This wasn’t me"),
    says=_disown_says,
    needs_log_in=False,
)
def _disown(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    """Lock an account that a stranger used, undo the change that the link names, and start a recovery."""
    assert link.user_id is not None
    user_id, caller, data = link.user_id, visitor.caller, link.data
    link_ends.lock_all(db, user_id)
    codes.lock(db, data.get("about", ""))  # before the user row, in the same order everywhere: prevents deadlocks
    identifiers.lock_user(db, user_id)
    audit.record(db, user_id, "disowned", caller, phone_numbers.format_phone(link.email))
    ways_in = identifiers.login_identifiers(db, user_id)
    if link.email not in ways_in:
        return _disown_removal(db, link, visitor, ways_in)
    _lock(db, user_id, visitor)
    undoes_closing = data.get("undo", "closed") == "closed"  # links of older versions have no `undo`
    reopening = update(User).where(col(User.id) == user_id, col(User.closes_at).is_not(None)).values(closes_at=None)
    if undoes_closing and execute(db, reopening).rowcount:
        hooks.on_account_reopened.run(db, user_id)
    if data.get("about"):
        module = phones if phone_numbers.is_number(data["about"]) else emails
        with (
            suppress(Refusal),
            db.begin_nested(),
        ):  # a product's hook may refuse the undo; the account is locked all the same
            module.undo(db, link, caller)
    identities.undo(db, user_id, data.get("of", ""))
    identities.suspend(db, user_id, link.issued_at, clock.now())
    send_recovery_link(db, user_id, link.email, caller.language)
    return Done(route("locked"))


def _disown_removal(db: Db, link: ActionLink, visitor: Visitor, ways_in: list[str]) -> Done:
    """Handle “this wasn't me” that comes from the removed address or number itself; see `returns`."""
    assert link.user_id is not None
    user_id, removal, caller = link.user_id, removals.of_link(link), visitor.caller
    elders = removals.elders(db, user_id, removal)
    if identifiers.owner(db, link.email):
        raise InvalidActionKey
    if not elders or not removal.comes_back:
        _lock(db, user_id, visitor)
    if removal.comes_back:
        returns.begin(db, user_id, removal, elders, caller)
        return Done(route("returning"))
    if ways_in:
        send_recovery_link(db, user_id, ways_in[0], caller.language)
    return Done(route("locked"))


def _lock(db: Db, user_id: UUID, visitor: Visitor) -> None:
    """End every session of a user, delete the password, and void the links."""
    link_ends.void_all(db, user_id, spare=security_mail.OBJECTIONS)  # a thief must not void the owner's objections
    scram.drop_password(db, user_id)
    session_ends.close_all(db, user_id, answered=visitor.session_id)


def _come_back_says(_: Db, link: ActionLink) -> str:
    if clock.now() < returns.ready_at(link):
        return t("It works from {when}.", when=returns.ready_at(link))
    return t("It logs you in here, logs you out on all other devices and asks for a new password.")


@link_actions.visitor_action(
    security_mail.COME_BACK,
    heading=t("Get your account back"),
    button=t("Get my account back"),
    says=_come_back_says,
    needs_log_in=False,
)
def _come_back(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    """Make a removed address or number a way in again, and recover the account with it."""
    assert link.user_id is not None
    returns.finish(db, link, visitor.caller)
    _recover(db, link.user_id, link.email, visitor)
    return Done(accounts.password_page(), link.user_id, "recovery")


@link_actions.visitor_action(
    security_mail.REFUSE,
    heading=t("Refuse the return"),
    button=t("Refuse"),
    says=lambda _, link: t(
        "{about} stays removed: nobody can log in or recover the account with it.",
        about=phone_numbers.format_phone(link.data["about"]),
    ),
    needs_log_in=False,
)
def _refuse(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    returns.refuse(db, link, visitor.caller)
    return Done(route("refused"))


def _recover(db: Db, user_id: UUID, identifier: str, visitor: Visitor) -> None:
    session_ends.close_all(db, user_id, answered=visitor.session_id)
    link_ends.void_of(db, user_id, action="reset")
    rate_limits.forget_failures(db, user_id, *identifiers.login_identifiers(db, user_id))
    audit.record(db, user_id, "recovered", visitor.caller, phone_numbers.format_phone(identifier))
    security_mail.send(db, user_id, visitor.caller, SecurityMail("recovered"))


def _link_life() -> timedelta:
    return timedelta(hours=settings().reset_link_hours)


def _useless_at() -> datetime:
    return clock.now() + _link_life()


def _life() -> Text:
    return duration(int(_link_life().total_seconds()))
