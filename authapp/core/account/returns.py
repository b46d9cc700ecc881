"""Return of a removed email address or phone number, after "this wasn't me" in its removal mail.

    removed    the link in the removal mail (7 days, once)               -> returning
    returning  an older identifier refuses, or the second link dies      -> removed; suspended identifiers work again
    returning  the second link (after 24 hours, for 7 days, once)        -> back: confirmed, main, every session ends

An address that returns is listed as unconfirmed: it can neither log in nor recover the account. Older identifiers are
notified and can refuse. Without older identifiers, the account is locked and every newer way to log in is suspended:
email addresses must be confirmed again, numbers are removed, and identities cannot log in.

The second link holds the state. Anything that voids the link ends the return, and the next cleanup restores what the
link's data lists. Of two returns, the identifier that was confirmed first wins.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from authapp.core import Db, execute
from authapp.core.account import emails, identities, phones, removals
from authapp.core.account.removals import Removal
from authapp.core.account.security_mail import COME_BACK, REFUSE
from authapp.core.base import audit, clock, identifiers, phone_numbers
from authapp.core.base.callers import Caller
from authapp.core.base.callers import browser_name as browser_in_words
from authapp.core.base.errors import InvalidActionKey, Refusal
from authapp.core.credentials import links
from authapp.core.messages import outbox
from authapp.i18n.texts import t
from authapp.models import ActionLink, Email, Phone

DELAY = timedelta(hours=24)
LIFE = timedelta(days=7)


def begin(db: Db, user_id: UUID, removal: Removal, elders: list[str], caller: Caller) -> None:
    """Start the return of a removed email address or phone number. It completes after 24 hours unless it is refused.

    Args:
        db: the transaction; it has locked the user.
        user_id: the user from whose account it was removed.
        removal: the identifier and the time of its removal.
        elders: the older identifiers. If there are none, everything newer is suspended.
        caller: IP address and browser of the caller.
    """
    identifier, now = removal.identifier, clock.now()
    suspended = [] if elders else _suspend(db, user_id, removal, now)
    data = removal.data() | {"began_at": now.isoformat(), "suspended": suspended}
    life = DELAY + LIFE
    url = links.issue(db, COME_BACK, email=identifier, user_id=user_id, valid_for=life, data=data, connects=True)
    if not phone_numbers.is_number(identifier) and identifier not in [
        row.address for row in emails.listed(db, user_id)
    ]:
        emails.expect(db, user_id, identifier)
    audit.record(db, user_id, "return_asked", caller, phone_numbers.format_phone(identifier))
    facts: dict[str, Any] = {"when": now, "browser": browser_in_words(caller.user_agent), "address": caller.ip}
    facts |= {"about": phone_numbers.format_phone(identifier), "ready": now + DELAY, "until": now + life}
    for elder in elders:
        veto_url = links.issue(db, REFUSE, email=elder, user_id=user_id, valid_for=life, data={"about": identifier})
        _send(db, elder, "return_asked", caller, url=veto_url, **facts)
    for contact in suspended:
        display = phone_numbers.format_phone(contact["identifier"])
        _send(db, contact["identifier"], "suspended", caller, theirs=display, **facts)
    _send(db, identifier, COME_BACK, caller, url=url, **facts)


def finish(db: Db, link: ActionLink, caller: Caller) -> None:
    """Make a returning email address or phone number confirmed again, and the main one.

    Raises:
        InvalidActionKey: its 24 hours are not over, or it has an owner by now.
    """
    user_id, removal = _user(link), removals.of_link(link)
    identifiers.lock_user(db, user_id)
    if clock.now() < ready_at(link):
        raise InvalidActionKey(t("This link works from {when}.", when=ready_at(link)))
    if identifiers.owner(db, link.email):
        raise InvalidActionKey
    if not removals.elders(db, user_id, removal):
        _suspend(db, user_id, removal, clock.now())  # also identifiers that were added since
    link.data = _over(link)  # suspended identifiers stay suspended until their owner confirms them again
    for other_link in _live(db, user_id):
        if removals.of_link(other_link).confirmed_at > removal.confirmed_at:
            other_link.uses_left, other_link.data = 0, _over(other_link)
    if phone_numbers.is_number(link.email):
        phones.claim(db, user_id, link.email)
        phones.set_main(db, user_id, link.email)
    else:
        emails.claim(db, user_id, link.email)
        emails.set_main(db, user_id, link.email)
    audit.record(db, user_id, "returned", caller, phone_numbers.format_phone(link.email))


def refuse(db: Db, link: ActionLink, caller: Caller) -> None:
    """End a return because an older identifier refuses it.

    Raises:
        InvalidActionKey: no return is under way any more, or the address that refuses was removed.
    """
    user_id, identifier = _user(link), link.data["about"]
    identifiers.lock_user(db, user_id)
    return_links = [return_link for return_link in _live(db, user_id) if return_link.email == identifier]
    if not return_links or link.email not in identifiers.login_identifiers(db, user_id):
        raise InvalidActionKey
    for return_link in return_links:
        _end(db, return_link)
    audit.record(db, user_id, "return_refused", caller, phone_numbers.format_phone(identifier))


def ready_at(link: ActionLink) -> datetime:
    """Return when the second link starts to work."""
    return link.issued_at + DELAY


def purge(db: Db) -> None:
    """Restore what was suspended for returns that ended without success."""
    is_dead = (col(ActionLink.uses_left) <= 0) | (col(ActionLink.expires_at) <= clock.now())
    for link in db.exec(select(ActionLink).where(ActionLink.action == COME_BACK, is_dead)).all():
        if "began_at" in link.data:
            identifiers.lock_user(db, _user(link))
            db.refresh(link)  # it may have been followed in the meantime
            _end(db, link)


def _end(db: Db, link: ActionLink) -> None:
    """Delete an address that does not return, and restore what was suspended for it."""
    if "began_at" not in link.data:
        return
    user_id, suspended, began_at = _user(link), link.data["suspended"], datetime.fromisoformat(link.data["began_at"])
    link.uses_left, link.data = 0, _over(link)
    db.flush()
    for row in emails.listed(db, user_id):
        if row.address == link.email and not row.confirmed_at:
            emails.forget(db, row)
    for contact in sorted(suspended, key=lambda contact: not contact["is_main"]):
        try:
            with db.begin_nested():
                _restore(db, user_id, contact["identifier"], datetime.fromisoformat(contact["confirmed_at"]))
        except Refusal:  # a hook of the product refuses it
            continue
    identities.lift(db, user_id, began_at)


def _suspend(db: Db, user_id: UUID, removal: Removal, now: datetime) -> list[dict[str, Any]]:
    """Suspend all identifiers of a user, and the identities newer than the removed identifier.

    Only for a user without older identifiers. Returns the data that `_restore` needs.
    """
    times, suspended = removals.confirmation_times(db, user_id), []
    for row in emails.listed(db, user_id):
        if row.confirmed_at:
            suspended.append({"identifier": row.address, "is_main": row.is_main})
            emails.forget(db, row)
            emails.expect(db, user_id, row.address)
    for phone in phones.listed(db, user_id):
        suspended.append({"identifier": phone.number, "is_main": phone.is_main})
        phones.forget(db, phone)
    identities.suspend(db, user_id, min(removal.confirmed_at, removal.removed_at - identifiers.SETTLED), now)
    return [contact | {"confirmed_at": times[str(contact["identifier"])].isoformat()} for contact in suspended]


def _restore(db: Db, user_id: UUID, identifier: str, confirmed_at: datetime) -> None:
    """Make a suspended email address or phone number confirmed again, unless it has an owner by now."""
    if identifiers.owner(db, identifier):
        return
    if phone_numbers.is_number(identifier):
        phones.claim(db, user_id, identifier)
        phone_condition = (col(Phone.user_id) == user_id) & (col(Phone.number) == identifier)
        execute(db, update(Phone).where(phone_condition).values(confirmed_at=confirmed_at))
        return
    has_main = any(row.is_main for row in emails.listed(db, user_id))
    emails.claim(db, user_id, identifier, is_main=not has_main)
    email_condition = (col(Email.user_id) == user_id) & (col(Email.address) == identifier)
    execute(db, update(Email).where(email_condition).values(confirmed_at=confirmed_at))


def _live(db: Db, user_id: UUID) -> list[ActionLink]:
    """Return the links of the returns under way."""
    query = select(ActionLink).where(
        ActionLink.action == COME_BACK,
        ActionLink.user_id == user_id,
        col(ActionLink.uses_left) > 0,
        col(ActionLink.expires_at) > clock.now(),
    )
    return list(db.exec(query.execution_options(populate_existing=True)).all())


def _over(link: ActionLink) -> dict[str, Any]:
    return {name: value for name, value in link.data.items() if name not in ("began_at", "suspended")}


def _user(link: ActionLink) -> UUID:
    assert link.user_id is not None
    return link.user_id


def _send(db: Db, recipient: str, template: str, caller: Caller, **facts: Any) -> None:
    if phone_numbers.is_number(recipient):
        outbox.text(db, recipient, template, language=caller.language, **facts)
    else:
        outbox.mail(db, recipient, template, caller.language, **facts)
