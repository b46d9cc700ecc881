"""Account recovery: by mail or text, after “this wasn't me”, and with a removed email address or number."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from authapp.config import settings
from authapp.core import Db, run
from authapp.core.account import emails, identities, notices, phones, removals, returns
from authapp.core.authentication import accounts, sign_up
from authapp.core.base import clock, history, hooks, identifiers, limits
from authapp.core.base.devices import Client
from authapp.core.base.errors import DeadLink, Refusal, StepGone, in_words
from authapp.core.credentials import codes, links, scram
from authapp.core.credentials.codes import Step
from authapp.core.credentials.links import Done
from authapp.core.messages import outbox
from authapp.core.sessions import sessions, tickets
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import say
from authapp.models import ActionLink, User
from authapp.routes import route

RECOVERY = "recovery"  # the purpose of its one-time codes
SENT_AGAIN = {"sign_up", "reset"}  # actions whose dead links `send_again` can replace


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
    user = accounts.find(db, address)
    url = way_back(db, user.id if user else None, address)
    if user:
        _mail_way_back(db, url, address, client.language)
    else:
        outbox.mail(db, address, "recover_unknown", client.language)
    history.record(db, user.id if user else history.NOBODY, "recovery_asked", client, address)


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


def send_again(db: Db, key: object, client: Client) -> None:
    """Mail a new link in place of a dead one, to the address of the dead one.

    Raises:
        InvitationNeeded, SignUpClosed: see `sign_up`.
        TooManyRequests: too many requests from this caller.
    """
    action, address = links.sent_to(db, key)
    if action == "sign_up":
        sign_up.sign_up(db, address, client)
    elif action == "reset":
        recover(db, address, client)


def send_way_back(db: Db, user_id: UUID, identifier: str, language: str = ENGLISH) -> None:
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


@links.action(
    "reset",
    heading=say("Recover your account"),
    button=say("Recover my account"),
    says=say("It logs you in here, logs you out on all other devices and asks for a new password."),
    needs_log_in=False,
)
def _reset(db: Db, link: ActionLink) -> Done:
    """Recover the account: end its sessions, void other recovery links, and notify the user."""
    assert link.user_id is not None
    _recover(db, link.user_id, link.email, links.follower(db))
    return Done(accounts.password_page(), link.user_id, "recovery")


def _disown_says(db: Db, link: ActionLink) -> str:
    assert link.user_id is not None
    if link.email in identifiers.ways_in(db, link.user_id):
        return say(
            "You’re logged out on every device, and the password stops working. We’ll send you a link or a code "
            "to choose a new one."
        )
    removal = removals.of_link(link)
    if not removal.comes_back:
        return say(
            "You’re logged out on every device, and the password stops working. The account continues without {about}.",
            about=identifiers.dialled(link.email),
        )
    if removals.elders(db, link.user_id, removal):
        return say(
            "{about} comes back in 24 hours, unless an older address or number of the account refuses. We’ll send "
            "you a link that works then.",
            about=identifiers.dialled(link.email),
        )
    return say(
        "The account is locked at once: every device is logged out, and the password and every newer address or "
        "number stop working. {about} comes back in 24 hours. We’ll send you a link that works then.",
        about=identifiers.dialled(link.email),
    )


@links.action(
    notices.DISOWN,
    heading=say("Wasn’t that you?"),
    button=say("This wasn’t me"),
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
        return say("It works from {when}.", when=returns.ready_at(link))
    return say("It logs you in here, logs you out on all other devices and asks for a new password.")


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
    return Done(accounts.password_page(), link.user_id, "recovery")


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


def _mail_way_back(db: Db, url: str, address: str, language: str) -> None:
    life = timedelta(hours=settings().reset_link_hours)
    outbox.mail(db, address, "recover", language, url=url, life=in_words(int(life.total_seconds())))
