"""Close an account: at once for everybody else, undone by logging in for a while, then gone with all its traces."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, clock, codes, history, hooks, identifiers, links, notices, run, sessions, words
from authapp.core.devices import Client
from authapp.core.sessions import Principal
from authapp.models import ActionLink, Code, Email, Message, User

AT_ONCE = 100  # accounts per purge, so that nobody waits for long


def close(db: Db, me: Principal, client: Client) -> datetime:
    """End every session and link, tell the person, and return when the account will be purged.

    Raises:
        LoggedOut: the session ended.
        StepUpNeeded: the last proof is too old.
    """
    sessions.require(db, me, fresh=True)
    links.lock(db, *identifiers.ways_in(db, me.user_id))  # before the user, as who follows one
    db.info["answered"] = me.session_id
    until = end(db, me.user_id, client)
    history.record(db, me.user_id, "closed", client)
    return until


def end(db: Db, user_id: UUID, client: Client) -> datetime:
    """What closing is, whoever asks for it; the history is the business of who does."""
    until = clock.now() + timedelta(days=settings().closing_days)
    run(db, update(User).where(col(User.id) == user_id).values(closes_at=until))
    sessions.close_all(db, user_id)
    links.void_all(db, user_id, spare=notices.OBJECTIONS)  # or a thief would close it to be rid of the owner's
    notices.tell(db, user_id, "closed", client, until=until, undo="closed")
    hooks.on_close_account.run(db, user_id)
    return until


def purge(db: Db) -> None:
    """Delete the accounts whose time is over, and everything that names their people."""
    over = select(User.id).where(col(User.closes_at) <= clock.now())
    for user_id in db.exec(over.limit(AT_ONCE)).all():
        links.lock(db, *identifiers.ways_in(db, user_id))  # before the user, as who comes back with one
        for address in identifiers.ways_in(db, user_id):
            codes.lock(db, address)
        if not db.exec(over.where(User.id == user_id).with_for_update(skip_locked=True)).all():
            continue
        for address in _traced(db, user_id):
            run(db, delete(Message).where(col(Message.recipient) == address))
        for address in identifiers.ways_in(db, user_id):
            run(db, delete(ActionLink).where(col(ActionLink.email) == address))
            run(db, delete(Code).where(col(Code.target) == address))
            claimed = delete(Email).where(col(Email.address) == address).returning(col(Email.user_id))
            words.keep(db, run(db, claimed).scalars().all())
        sessions.close_all(db, user_id)
        hooks.on_account_purged.run(db, user_id)
        run(db, delete(User).where(col(User.id) == user_id))  # the rest goes with it


def _traced(db: Db, user_id: UUID) -> list[str]:
    """Where messages to a person went: what they have, asked for or removed, but for what is somebody else's."""
    asked = select(Email.address).where(Email.user_id == user_id)
    mailed = select(ActionLink.email).where(ActionLink.user_id == user_id)
    texted = select(Code.target).where(Code.user_id == user_id)
    found = {*db.exec(asked).all(), *db.exec(mailed).all(), *db.exec(texted).all(), *identifiers.numbers(db, user_id)}
    return [address for address in found if identifiers.owner(db, address) in (None, user_id)]
