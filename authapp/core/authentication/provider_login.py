"""Social login: log in or register, link, unlink, and step up with an identity of a provider."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.account import emails, identities, search_words, security_mail
from authapp.core.account.identities import Claims
from authapp.core.account.security_mail import SecurityMail
from authapp.core.authentication import accounts, login, sign_up, waitlist
from authapp.core.base import audit, clock, hooks, identifiers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import (
    BadInput,
    FlowNotFoundOrExpired,
    IdentityTaken,
    InvalidActionKey,
    LinkNeeded,
    Unverified,
    WrongIdentity,
    duration,
)
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, links
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox
from authapp.core.sessions import session_renames, sessions, tickets
from authapp.core.sessions.sessions import NewSession, Opened, Principal
from authapp.core.sessions.tickets import BlockedLogin
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import t
from authapp.models import ActionLink, Email, Identity, User

log = logging.getLogger(__name__)
METHOD = "foreign"
CONFIRM = "foreign_email"  # action of the link that confirms an address that a provider did not verify
AT_ONCE = 1000  # users per cleanup
LEEWAY = timedelta(minutes=1)  # allowed difference between two clocks


def log_in(
    db: Db, claims: Claims, *, keep: bool, caller: Caller, old_session_id: str | None = None
) -> Opened | BlockedLogin:
    """Log in with an identity of a provider. The first login registers the user.

    Only the pair (`issuer`, `subject`) identifies a user. An email address never does: the owner of an existing account
    has to link the identity.

    Raises:
        LinkNeeded: the address that the provider confirms has an account, and this identity is not linked to it; or the
            identity is suspended.
        InvitationNeeded, UserNotRegistered: the identity is unknown, and sign-up is not open to everybody.
        TooManyRequests: too many sign-ups from this caller.
        Unverified: the token was used before, or its claims are not usable.
    """
    claims = _spend_token(db, claims)
    user_id = _find_user(db, claims) or _register(db, claims, caller)
    _confirm_or_ask(db, user_id, claims, caller)
    identifier = identities.identifier(db, user_id)
    new = NewSession(user_id, identifier, METHOD, keep)
    return login.enter(db, new, caller, old_session_id=old_session_id)


def link(db: Db, me: Principal, claims: Claims, caller: Caller) -> None:
    """Link an identity of a provider to the signed-in user, who can then log in with it.

    Raises:
        BadInput: the user has linked the maximum number of identities.
        IdentityTaken: it is linked to another user's account.
        SessionExpired: the session ended.
        StepUpNeeded: the last authentication is too old.
        TooManyRequests: too many changes.
        Unverified: the token was used before, or its claims are not usable.
    """
    sessions.require(db, me, fresh=True)
    claims, label = _spend_token(db, claims), identities.label(claims.provider)
    identifiers.lock_user(db, me.user_id)
    existing = identities.find(db, claims)
    if existing and existing.user_id == me.user_id and not existing.suspended_at:
        return
    if existing and existing.user_id != me.user_id:
        raise IdentityTaken(label)
    if not existing and len(identities.listed(db, me.user_id)) >= identities.MOST:
        raise BadInput(t("You’ve reached the limit of {most} linked accounts. Unlink one first.", most=identities.MOST))
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
    row = existing or identities.add(db, me.user_id, claims)
    row.linked_at, row.suspended_at = clock.now(), None
    audit.record(db, me.user_id, "identity_linked", caller, _in_words(row))
    security_mail.send(
        db, me.user_id, caller, SecurityMail("identity_linked", about=label, undo="linked", of=str(row.id))
    )


def unlink(db: Db, me: Principal, id: object, caller: Caller) -> None:
    """Unlink an identity from an account.

    Raises:
        BadInput: it is not linked, or it is the last way to log in.
        SessionExpired: the session ended.
        StepUpNeeded: the last authentication is too old.
        TooManyRequests: too many changes.
    """
    sessions.require(db, me, fresh=True)
    identifiers.lock_user(db, me.user_id)
    row = identities.of(db, me.user_id, id)
    if not identifiers.login_identifiers(db, me.user_id) and not identities.usable(db, me.user_id, but=row.id):
        raise BadInput(t("This is your only way to log in. Add and confirm an email address or a phone number first."))
    rate_limits.throttle(db, str(me.user_id), rate_limits.CHANGES_PER_USER)
    label, words = identities.label(row.provider) or row.provider, _in_words(row)
    identities.forget(db, row.id)
    if not identifiers.login_identifiers(db, me.user_id):
        session_renames.rename_nameless(db, me.user_id, identities.called(db, me.user_id))
    audit.record(db, me.user_id, "identity_unlinked", caller, words)
    security_mail.send(db, me.user_id, caller, SecurityMail("identity_unlinked", about=label))


def prove(db: Db, me: Principal, claims: Claims, since: datetime, *, tab: str) -> str:
    """Accept a login at a provider as the step-up of a signed-in user. Returns a ticket for the session's new key.

    Args:
        me: the signed-in user.
        claims: the claims of the provider.
        since: when the user was sent to the provider.
        tab: the tab that gets the ticket.

    Raises:
        SessionExpired: the session ended.
        Unverified: the provider sends no time of authentication (our request has `max_age`, so it must: OpenID Connect
            Core, 2), or one before `since` or in the future; or the token was used before.
        WrongIdentity: the identity is not linked to this user, or is suspended.
    """
    sessions.require(db, me)
    claims = _spend_token(db, claims)
    label = identities.label(claims.provider)
    identity = identities.find(db, claims)
    if identity is None or identity.user_id != me.user_id or identity.suspended_at:
        raise WrongIdentity(label)
    if claims.proved_at is None:
        log.warning(
            "%s sent no auth_time at a step-up; if it never does, set auth_time to false in its entry", claims.provider
        )
        raise Unverified(label)
    if not since - LEEWAY <= claims.proved_at <= clock.now() + LEEWAY:
        raise Unverified(label)
    return tickets.issue_renewal(db, me, tab=tab, proved=True)


def finish(db: Db, flow: bytes, until: datetime) -> None:
    """Use up a login attempt, so that it ends only once, whatever the outcome.

    Raises:
        FlowNotFoundOrExpired: it ended before, or is too old.
    """
    if clock.now() >= until:
        schedule(db, rate_limits.once, flow, until)  # so that it stays expired if the clock is set back
        raise FlowNotFoundOrExpired
    if not rate_limits.once(db, flow, until):
        raise FlowNotFoundOrExpired


def purge(db: Db) -> None:
    """Delete users who never confirmed the email address from their provider."""
    cutoff = clock.now() - timedelta(days=settings().unconfirmed_days)
    has_identity = select(Identity.id).where(Identity.user_id == User.id).exists()
    has_email = select(Email.id).where(Email.user_id == User.id).exists()  # an imported account with an address stays
    expired_users = select(User.id).where(
        col(User.blocked_by) == "email", col(User.created_at) <= cutoff, has_identity | ~has_email
    )
    user_ids = db.exec(expired_users.limit(AT_ONCE).with_for_update(skip_locked=True)).all()
    for user_id in user_ids:
        hooks.on_account_purged.run(db, user_id)
    execute(db, delete(User).where(col(User.id).in_(user_ids)))


@link_actions.visitor_action(
    CONFIRM,
    heading=t("Confirm your email address"),
    button=t("Confirm this address"),
    says=lambda _, link: t(
        "Someone signed up here with {about}. Their new account gets this address. If that wasn’t you, leave this "
        "page: nothing will change.",
        about=link.data["about"],
    ),
    needs_log_in=False,
)
def _confirm(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    """Confirm the address, which then no longer blocks the login."""
    assert link.user_id is not None
    identifiers.lock_user(db, link.user_id)
    waiting_emails = [
        email for email in emails.listed(db, link.user_id) if email.address == link.email and not email.confirmed_at
    ]
    if not waiting_emails or identifiers.owner(db, link.email):
        raise InvalidActionKey  # removed, or confirmed by another user in the meantime
    emails.claim(db, link.user_id, link.email, is_main=True)
    audit.record(db, link.user_id, "email_added", visitor.caller, link.email)
    accounts.unblock(db, link.user_id, "email")
    return Done(route("confirmed"))


def _spend_token(db: Db, claims: Claims) -> Claims:
    """Return the claims as stored, and spend the token so that it cannot be replayed."""
    label = identities.label(claims.provider)
    try:
        stored_claims = identities.normalized(claims)
    except BadInput:
        raise Unverified(label) from None
    if claims.token and claims.until and not rate_limits.once(db, claims.token, claims.until):
        raise Unverified(label)
    return stored_claims


def _find_user(db: Db, claims: Claims) -> UUID | None:
    """Return the user of an identity, or None. Locks the user against concurrent changes and the cleanup."""
    identity = identities.find(db, claims)
    if identity is None:
        return None
    identifiers.lock_user(db, identity.user_id)
    current_identity = identities.find(db, claims)
    if current_identity and current_identity.suspended_at:
        raise LinkNeeded(identities.label(claims.provider))
    return current_identity.user_id if current_identity else None


def _register(db: Db, claims: Claims, caller: Caller) -> UUID:
    is_invited = claims.email_verified and waitlist.is_invited(db, claims.email)
    if not is_invited:
        sign_up.require_open()
    rate_limits.throttle(db, caller.ip, *rate_limits.REQUESTS_PER_CLIENT)
    label = identities.label(claims.provider)
    if claims.email_verified and identifiers.owner(db, claims.email):
        return _race_winner(db, claims)
    try:
        with db.begin_nested():  # in a race, the unique indexes let the first one win
            user = _new_user(db, claims)
    except (InvalidActionKey, IdentityTaken):
        return _race_winner(db, claims)
    sign_up.joined(db, user, claims.email if claims.email_verified else label, caller, invited=is_invited)
    return user.id


def _race_winner(db: Db, claims: Claims) -> UUID:
    """Return the user if the same identity registered in another window; else another user has the address."""
    if user_id := _find_user(db, claims):
        return user_id
    raise LinkNeeded(identities.label(claims.provider))


def _new_user(db: Db, claims: Claims) -> User:
    blocked_by = "email" if claims.email and not claims.email_verified else ""
    first, last = claims.first_name, claims.last_name
    user = User(first_name=first, last_name=last, blocked_by=blocked_by, created_at=clock.now())
    db.add(user)
    db.flush()
    identities.add(db, user.id, claims)
    if claims.email_verified:
        emails.claim(db, user.id, claims.email, is_main=True)
    search_words.keep(db, [user.id])
    return user


def _confirm_or_ask(db: Db, user_id: UUID, claims: Claims, caller: Caller) -> None:
    """Confirm the waiting address of a user if the provider does so now, else mail another link."""
    user = db.get_one(User, user_id, populate_existing=True)
    if user.blocked_by != "email" or not claims.email:
        return
    try:
        if not claims.email_verified or identifiers.owner(db, claims.email):
            raise InvalidActionKey
        emails.claim(db, user_id, claims.email, is_main=True)
        accounts.unblock(db, user_id, "email")
    except InvalidActionKey:
        ask(db, user_id, claims.email, identities.label(claims.provider), caller.language)


def ask(db: Db, user_id: UUID, address: str, about: str, language: str = ENGLISH) -> None:
    """Mail a link that confirms an address. To hide whether it is taken, an owner of it gets a mail too."""
    addresses = [email.address for email in emails.listed(db, user_id)]
    if address not in addresses and len(addresses) >= emails.MOST:
        return
    if address not in addresses:
        emails.expect(db, user_id, address)
    if not rate_limits.allows(db, address, rate_limits.MAILS_PER_ADDRESS):
        return
    is_taken = identifiers.owner(db, address) is not None
    life = timedelta(hours=settings().sign_up_link_hours)
    facts, uses = {"about": about}, 0 if is_taken else 1
    url = links.issue(db, CONFIRM, email=address, user_id=user_id, valid_for=life, uses=uses, data=facts)
    useless_at = clock.now() + life
    if is_taken:
        outbox.mail(db, address, "add_email_taken", language, useless_at)
    else:
        outbox.mail(
            db,
            address,
            "foreign_email",
            language,
            useless_at,
            url=url,
            about=about,
            life=duration(int(life.total_seconds())),
        )


def _in_words(row: Identity) -> str:
    label = identities.label(row.provider) or row.provider
    return f"{label}: {row.about}" if row.about else label
