"""Actors of user administration: an administrator, or a command on the server."""

from dataclasses import dataclass, field

from authapp.core import Db
from authapp.core.authorization import groups
from authapp.core.base import audit
from authapp.core.base.callers import Caller
from authapp.core.base.errors import NotAllowed
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal


@dataclass(frozen=True, slots=True)
class Actor:
    """Administrator who acts, or a command on the server, which may do everything."""

    principal: Principal | None  # None: a command on the server. No default: nobody acts as the server by mistake
    caller: Caller = field(default_factory=Caller)

    @property
    def name(self) -> str:
        """Return the name of the actor in the audit log of a user."""
        return self.principal.name if self.principal else str(audit.SERVER)

    @property
    def shown_client(self) -> Caller:
        """Return the caller that a user may see: not the IP address and browser of an administrator."""
        return Caller() if self.principal else self.caller


SERVER = Actor(None)


def require(db: Db, actor: Actor, *, fresh: bool = False) -> None:
    """Require that the actor is a command or an administrator, see `require_admin`."""
    if actor.principal:
        require_admin(db, actor.principal, fresh=fresh)


def require_admin(db: Db, me: Principal, *, fresh: bool = False) -> None:
    """Require that the caller is an administrator.

    Raises:
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
        StepUpNeeded: `fresh` is set, and the last authentication is too old.
    """
    sessions.require(db, me, fresh=fresh)
    if not groups.is_in(db, me.user_id, groups.ADMIN):
        raise NotAllowed


def log(db: Db, actor: Actor, what: str, about: str) -> None:
    """Write an action to the administrator's own audit log. Commands have none."""
    if actor.principal:
        audit.record(db, actor.principal.user_id, what, actor.caller, about)
