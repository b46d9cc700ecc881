"""Users: sign up, recover, set names and password. The mails that say so are here, beside the deed."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import (
    Db,
    clock,
    emails,
    history,
    identifiers,
    limits,
    links,
    notices,
    outbox,
    passwords,
    paths,
    run,
    sessions,
)
from authapp.core.devices import Client
from authapp.core.errors import StepUpNeeded, in_words
from authapp.core.links import Done
from authapp.core.paths import SETTINGS
from authapp.core.sessions import Principal
from authapp.models import ActionLink, Email, User

SET_PASSWORD = f"{SETTINGS}?set=password"
SENT_AGAIN = {"sign_up", "reset"}  # the links that `send_again` can make anew


def sign_up(db: Db, email: object, client: Client) -> None:
    """Mail a sign-up link; the account comes to be when it is followed.

    Who asks learns nothing: a known address gets a mail too, which says that there is an account already.

    Raises:
        BadInput: not an e-mail address.
        TooManyRequests: too many requests from this client.
    """
    address = identifiers.email(email)
    limits.throttle(db, client.address, *limits.REQUESTS_PER_CLIENT)
    if not limits.allows(db, address, limits.MAILS_PER_ADDRESS):
        return
    life = timedelta(hours=settings().sign_up_link_hours)
    if find(db, address) is None:
        url = links.issue(db, "sign_up", email=address, valid_for=life, connects=True)
        outbox.mail(db, address, "sign_up", url=url, life=in_words(int(life.total_seconds())))
    else:
        outbox.mail(db, address, "sign_up_known")


def recover(db: Db, email: object, client: Client) -> None:
    """Mail a link that leads back in. Who asks learns nothing: an unknown address gets a mail that says so.

    Raises:
        BadInput: not an e-mail address.
        TooManyRequests: too many requests from this client.
    """
    address = identifiers.email(email)
    limits.throttle(db, client.address, *limits.REQUESTS_PER_CLIENT)
    if not limits.allows(db, address, limits.MAILS_PER_ADDRESS):
        return
    user = find(db, address)
    if user:
        _mail_way_back(db, user.id, address)
    else:
        outbox.mail(db, address, "recover_unknown")
    history.record(db, user.id if user else history.NOBODY, "recovery_asked", client, address)


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


def find(db: Db, address: str) -> User | None:
    """The user who confirmed an address."""
    owner = select(User).join(Email, col(Email.user_id) == col(User.id))
    return db.exec(owner.where(Email.address == address, col(Email.confirmed_at).is_not(None))).first()


def set_names(db: Db, me: Principal, first_name: object, last_name: object, client: Client) -> None:
    """Set how the person is called.

    Raises:
        BadInput: a name is too long or has control characters.
        LoggedOut: the session ended.
        TooManyRequests: too many changes.
    """
    first, last = identifiers.name(first_name, "first_name"), identifiers.name(last_name, "last_name")
    sessions.require(db, me.session_id)
    limits.throttle(db, str(me.user_id), limits.CHANGES_PER_USER)
    run(db, update(User).where(col(User.id) == me.user_id).values(first_name=first, last_name=last))
    history.record(db, me.user_id, "names_set", client)
    db.info.setdefault("changed", set()).add(me.session_id)  # whoever remembers the old names forgets them


def set_password(db: Db, me: Principal, password: object, confirmation: object, *, tab: str, client: Client) -> str:
    """Set the password, end every other session, and return a ticket for this session's new key.

    Raises:
        WeakPassword: against the policy, or the two differ.
        LoggedOut: the session ended.
        StepUpNeeded: the last proof is too old.
    """
    if not me.is_fresh:
        raise StepUpNeeded
    own_words = (me.first_name, me.last_name, me.identifier)
    # Hashing comes before the first query: it takes long, and a transaction begins with its first query.
    record = passwords.make_record(passwords.check(password, confirmation, own_words), me.user_id)
    row = sessions.require(db, me.session_id, fresh=True)
    run(db, update(User).where(col(User.id) == me.user_id).values(password_record=record, imported=False))
    sessions.close_all(db, me.user_id, spare=me.session_id)
    sessions.lock(db, me.session_id)
    links.void_of(db, me.user_id, action="reset")
    for address in identifiers.confirmed(db, me.user_id):
        limits.forget_failures(db, address)
    history.record(db, me.user_id, "password_set", client)
    notices.tell(db, me.user_id, "password_set", client)
    return sessions.issue_ticket(
        db, me.user_id, tab=tab, identifier=row.identifier, method=row.method, keep=row.keep, session_id=row.id
    )


def upgrade(db: Db, user_id: UUID, record: bytes) -> None:
    """Keep a record made anew from a password that just proved right."""
    run(db, update(User).where(col(User.id) == user_id).values(password_record=record, imported=False))


@links.action("sign_up", heading="Confirm your email address", button="Confirm and continue", needs_log_in=False)
def _confirm(db: Db, link: ActionLink) -> Done:
    """The account comes to be, with its first address."""
    user = User(created_at=clock.now())
    db.add(user)
    db.flush()
    emails.claim(db, user.id, link.email, is_main=True)
    history.record(db, user.id, "signed_up", links.follower(db), link.email)
    return Done(SET_PASSWORD, user.id)


@links.action(
    "reset",
    heading="Recover your account",
    button="Recover my account",
    says="It signs you in here, ends all other sessions and asks for a new password.",
    needs_log_in=False,
)
def _reset(db: Db, link: ActionLink) -> Done:
    """Back in: every other session ends, other recovery links die, and the person is told."""
    assert link.user_id is not None
    sessions.close_all(db, link.user_id)
    links.void_of(db, link.user_id, action="reset")
    limits.forget_failures(db, link.email)
    history.record(db, link.user_id, "recovered", links.follower(db), link.email)
    notices.tell(db, link.user_id, "recovered", links.follower(db))
    return Done(SET_PASSWORD, link.user_id, "recovery")


@links.action(
    notices.DISOWN,
    heading="Was that not you?",
    button="It was not me",
    says="Every session is signed out, the password stops working, and we mail you a link to choose a new one.",
    needs_log_in=False,
)
def _disown(db: Db, link: ActionLink) -> Done:
    """Somebody else was in the account: lock it, take back what can be, and begin a recovery."""
    assert link.user_id is not None
    sessions.close_all(db, link.user_id)
    links.void_of(db, link.user_id, spare=notices.DISOWN)  # or a thief's own would void those of the owner
    lost = update(User).where(col(User.id) == link.user_id)
    run(db, lost.values(password_record=None, imported=False, closes_at=None))
    emails.undo(db, link.user_id, link.data.get("undo", ""), link.data.get("about", ""), link.email)
    history.record(db, link.user_id, "disowned", links.follower(db), link.email)
    mine = identifiers.confirmed(db, link.user_id)
    # What was removed and does not come back gets no way in; the main address does.
    if mine:
        _mail_way_back(db, link.user_id, link.email if link.email in mine else mine[0])
    return Done(paths.SECURED)


def _mail_way_back(db: Db, user_id: UUID, address: str) -> None:
    life = timedelta(hours=settings().reset_link_hours)
    url = links.issue(db, "reset", email=address, valid_for=life, user_id=user_id, connects=True)
    outbox.mail(db, address, "recover", url=url, life=in_words(int(life.total_seconds())))
