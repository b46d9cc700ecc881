"""Actions of links: what following a link does, registered by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from authapp.core import Db
from authapp.core.base.callers import Caller
from authapp.core.base.process_state import on_reset
from authapp.core.sessions.sessions import Principal
from authapp.models import ActionLink

SIGN_UPS = ("sign_up", "invitation")  # actions that create an account
NOBODY = Caller()
Do = Callable[[Db, ActionLink], "str | Done"]
DoForVisitor = Callable[[Db, ActionLink, "Visitor"], "str | Done"]
Says = str | Callable[[Db, ActionLink], str]


class Done(NamedTuple):
    """Result of an action: the next page, and the user to log in if the link connects."""

    path: str
    user_id: UUID | None = None
    method: str = "link"
    link: str = ""  # the key of another link to open next


class Visitor(NamedTuple):
    """The visitor who follows a link."""

    caller: Caller = NOBODY
    me: Principal | None = None  # if the link's own user follows it

    @property
    def session_id(self) -> str:
        """Return the session of the link's own user, whose tab gets the response in any case."""
        return self.me.session_id if self.me else ""


@dataclass(frozen=True)
class Action:
    """A registered action: its function, and the texts of the page with the button."""

    do: DoForVisitor
    heading: str
    button: str
    needs_log_in: bool
    says: Says = ""
    of_product: bool = False


actions: dict[str, Action] = {}


def action(
    name: str, *, heading: str = "", button: str = "Continue", says: Says = "", needs_log_in: bool = True
) -> Callable[[Do], Do]:
    """Register the function that runs when a link of this name is followed.

    Args:
        name: the name given to `issue`.
        heading: the heading of the page, which says what the link does.
        button: the label of the button, which names the action.
        says: one or two sentences on what will happen, or a function `f(db, link)` that returns them.
        needs_log_in: whether the visitor must first log in or sign up as the recipient of the link.
    """

    def register(do: Do) -> Do:
        title = heading or name.replace("_", " ").capitalize()
        actions[name] = Action(lambda db, link, _: do(db, link), title, button, needs_log_in, says, of_product=True)
        return do

    return register


def visitor_action(
    name: str, *, heading: str, button: str, says: Says = "", needs_log_in: bool = True
) -> Callable[[DoForVisitor], DoForVisitor]:
    """Register an action of authapp as `action` does; its function also gets the visitor: `f(db, link, visitor)`."""

    def register(do: DoForVisitor) -> DoForVisitor:
        actions[name] = Action(do, heading, button, needs_log_in, says)
        return do

    return register


def _forget_product() -> None:
    for name in [name for name, entry in actions.items() if entry.of_product]:
        del actions[name]


on_reset(_forget_product, product=True)


def known() -> list[str]:
    """Return the names of the registered actions."""
    return list(actions)
