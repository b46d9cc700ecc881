"""Users: sign up, recover, set names and password. The mails that say so are here, beside the deed."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import (
    Db,
    clock,
    identifiers,
    limits,
    links,
    outbox,
    passwords,
    run,
    sessions,
)
from authapp.core.errors import in_words
from authapp.core.links import Done
from authapp.core.paths import SETTINGS
from authapp.core.sessions import Client, Principal
from authapp.models import ActionLink, Email, User

SET_PASSWORD = f"{SETTINGS}?set=password"
SENT_AGAIN = {"sign_up", "reset"}  # the links that `send_again` can make anew
WASNT_ME = "If this was not you, recover your account at once: the link “Forgot your password?” is on the login page."


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
        outbox.write(
            db,
            address,
            f"Confirm your email address for {settings().product_name}",
            [
                f"Somebody, hopefully you, signed up for {settings().product_name} with this address.",
                f"Confirm it within {in_words(int(life.total_seconds()))} to finish. "
                "If it was not you, ignore this mail.",
            ],
            ("Confirm and continue", url),
        )
    else:
        outbox.write(
            db,
            address,
            f"You already have an account at {settings().product_name}",
            [
                "Somebody, hopefully you, tried to sign up with this address, which already has an account.",
                "Log in as usual. If you forgot your password, the login page helps. "
                "If it was not you, ignore this mail.",
            ],
            ("Log in", f"{settings().url}/login"),
        )


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
    life = timedelta(hours=settings().reset_link_hours)
    if user:
        url = links.issue(db, "reset", email=address, valid_for=life, user_id=user.id, connects=True)
        outbox.write(
            db,
            address,
            f"Recover your account at {settings().product_name}",
            [
                "Somebody, hopefully you, asked to recover this account.",
                f"The button below works for {in_words(int(life.total_seconds()))} and once. It signs you in, ends all "
                "other sessions and asks for a new password. If it was not you, ignore this mail.",
            ],
            ("Recover my account", url),
        )
    else:
        outbox.write(
            db,
            address,
            f"No account at {settings().product_name}",
            [
                "Somebody, hopefully you, asked to recover the account of this address, but there is none.",
                "Perhaps you signed up with another address. If it was not you, ignore this mail.",
            ],
            ("Sign up", f"{settings().url}/signup"),
        )


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


def set_names(db: Db, me: Principal, first_name: object, last_name: object) -> None:
    """Set how the person is called.

    Raises:
        BadInput: a name is too long or has control characters.
        LoggedOut: the session ended.
    """
    first, last = identifiers.name(first_name, "first_name"), identifiers.name(last_name, "last_name")
    sessions.require(db, me.session_id)
    run(db, update(User).where(col(User.id) == me.user_id).values(first_name=first, last_name=last))
    db.info.setdefault("changed", set()).add(me.session_id)  # whoever remembers the old names forgets them


def set_password(db: Db, me: Principal, password: object, confirmation: object, *, tab: str, client: Client) -> str:
    """Set the password, end every other session, and return a ticket for this session's new key.

    Raises:
        WeakPassword: against the policy, or the two differ.
        LoggedOut: the session ended.
    """
    own_words = (me.first_name, me.last_name, me.identifier)
    # Hashing comes before the first query: it takes long, and a transaction begins with its first query.
    record = passwords.make_record(passwords.check(password, confirmation, own_words), me.user_id)
    row = sessions.require(db, me.session_id)
    run(db, update(User).where(col(User.id) == me.user_id).values(password_record=record, imported=False))
    sessions.close_all(db, me.user_id, spare=me.session_id)
    sessions.lock(db, me.session_id)
    _void_resets(db, me.user_id)
    for address in addresses(db, me.user_id):
        limits.forget_failures(db, address)
    _tell(db, me.user_id, "Your password was changed", "The password of your account was changed", client)
    return sessions.issue_ticket(
        db, me.user_id, tab=tab, identifier=row.identifier, method=row.method, keep=row.keep, session_id=row.id
    )


def upgrade(db: Db, user_id: UUID, record: bytes) -> None:
    """Keep a record made anew from a password that just proved right."""
    run(db, update(User).where(col(User.id) == user_id).values(password_record=record, imported=False))


def addresses(db: Db, user_id: UUID) -> list[str]:
    """The confirmed addresses of a user, the main one first."""
    mine = select(Email.address).where(Email.user_id == user_id, col(Email.confirmed_at).is_not(None))
    return list(db.exec(mine.order_by(col(Email.is_main).desc(), col(Email.address))).all())


@links.action("sign_up", heading="Confirm your email address", button="Confirm and continue", needs_log_in=False)
def _confirm(db: Db, link: ActionLink) -> Done:
    """The account comes to be. Whatever was claimed for the address before is void (pre-hijacking)."""
    now = clock.now()
    links.void(db, link.email)
    run(db, delete(Email).where(col(Email.address) == link.email, col(Email.confirmed_at).is_(None)))
    sessions.forget_identifier(db, link.email)
    user = User(created_at=now)
    db.add(user)
    db.flush()
    db.add(Email(user_id=user.id, address=link.email, is_main=True, added_at=now, confirmed_at=now))
    return Done(SET_PASSWORD, user.id)


@links.action("reset", heading="Recover your account", button="Recover my account", needs_log_in=False)
def _reset(db: Db, link: ActionLink) -> Done:
    """Back in: every other session ends, other recovery links die, and the person is told."""
    assert link.user_id is not None
    sessions.close_all(db, link.user_id)
    _void_resets(db, link.user_id)
    limits.forget_failures(db, link.email)
    _tell(db, link.user_id, "Your account was recovered", "A recovery link of your account was used", Client())
    return Done(SET_PASSWORD, link.user_id, "recovery")


def _void_resets(db: Db, user_id: UUID) -> None:
    mine = (col(ActionLink.user_id) == user_id) & (col(ActionLink.action) == "reset")
    run(db, update(ActionLink).where(mine).values(uses_left=0))


def _tell(db: Db, user_id: UUID, subject: str, what: str, client: Client) -> None:
    """A security mail to every confirmed address."""
    when = clock.now().strftime("%-d %B %Y, %H:%M UTC")
    place = f" from the address {client.address}" if client.address else ""
    for address in addresses(db, user_id):
        outbox.write(
            db,
            address,
            f"{subject} at {settings().product_name}",
            [f"{what} on {when}{place}. All other sessions were signed out.", WASNT_ME],
            ("Recover my account", f"{settings().url}/forgot"),
        )
