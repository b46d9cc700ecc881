"""Actors of user administration: an administrator, or a command on the server."""

from dataclasses import dataclass, field

from authapp.core import Db
from authapp.core.authorization import groups
from authapp.core.base import history
from authapp.core.base.devices import Client
from authapp.core.base.errors import Denied
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal


@dataclass(frozen=True, slots=True)
class Actor:
    """Administrator who acts, or a command on the server, which may do everything."""

    principal: Principal | None = None  # None: a command on the server
    client: Client = field(default_factory=Client)

    @property
    def name(self) -> str:
        """Return the name of the actor in the audit log of a user."""
        return self.principal.name if self.principal else str(history.SERVER)

    @property
    def shown_client(self) -> Client:
        """Return the caller that a user may see: not the IP address and browser of an administrator."""
        return Client() if self.principal else self.client


SERVER = Actor()


def require(db: Db, actor: Actor, *, fresh: bool = False) -> None:
    """Require that the actor is a command or an administrator, see `require_admin`."""
    if actor.principal:
        require_admin(db, actor.principal, fresh=fresh)


def require_admin(db: Db, me: Principal, *, fresh: bool = False) -> None:
    """Require that the caller is an administrator.

    Raises:
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
        StepUpNeeded: `fresh` is set, and the last authentication is too old.
    """
    sessions.require(db, me, fresh=fresh)
    if not groups.is_in(db, me.user_id, groups.ADMIN):
        raise Denied


def log(db: Db, actor: Actor, what: str, about: str) -> None:
    """Write an action to the administrator's own audit log. Commands have none."""
    if actor.principal:
        history.record(db, actor.principal.user_id, what, actor.client, about)
