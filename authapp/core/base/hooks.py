"""Hooks: functions of a product that run in the transaction of a rule. One that raises a refusal stops the rule."""

import inspect
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from authapp.core import Db
from authapp.core.base.errors import Refusal, where
from authapp.core.base.process_state import registrations

Do = TypeVar("Do", bound=Callable[..., Any])
log = logging.getLogger(__name__)


class Hook:
    """A moment at which functions of a product run; a decorator for plain functions.

    Their writes through `db` are committed or rolled back with the rule. They must not commit themselves.
    """

    def __init__(self, name: str, form: str, when: str, *, may_refuse: bool = True) -> None:
        self.name = name
        self.form = form  # signature of the registered functions
        self.when = when
        self.may_refuse = may_refuse
        self.__doc__ = f"`{form}`: {when}"
        self._deeds: list[Callable[..., Any]] = registrations([])

    def __call__(self, do: Do) -> Do:
        """Register a plain function. It runs at this moment from then on, after those registered before.

        Raises:
            TypeError: it is not a plain function, or does not accept the arguments.
        """
        names = self.form.removeprefix("f(").removesuffix(")").split(", ")
        if not _is_plain(do) or not _takes(do, len(names)):
            function_name = getattr(do, "__qualname__", repr(do))
            raise TypeError(f"{self.name} needs a plain function `{self.form}`, not async; {function_name} is not one")
        self._deeds.append(do)
        return do

    def __bool__(self) -> bool:
        """Return whether any function is registered."""
        return bool(self._deeds)

    def run(self, db: Db, *given: Any) -> None:
        """Run the registered functions, in order.

        An exception ends the rule, and nothing is written. At a hook that may not refuse, it ends only that function,
        whose writes are rolled back: no fault of a product keeps a session open.
        """
        for do in self._deeds:
            if self.may_refuse:
                take_part(do, db, *given)
            else:
                self._try(do, db, *given)

    def forget(self) -> None:
        """Remove all registered functions; for tests."""
        self._deeds.clear()

    def _try(self, do: Callable[..., Any], db: Db, *args: Any) -> None:
        try:
            with db.begin_nested():
                do(db, *args)
                db.flush()
        except Exception as error:
            log.error("%s continued without a hook that failed: %s", self.name, where(error))


def take_part(do: Callable[..., Any], db: Db, *given: Any) -> Any:
    """Run a function of a product within a rule."""
    try:
        result = do(db, *given)
        db.flush()  # so that a failed write raises here, and not later in the rule
        return result
    except Refusal as refusal:
        refusal.counted = False  # otherwise half of the rule would be committed
        raise


def _is_plain(do: object) -> bool:
    checks = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    parts = (do, getattr(do, "func", None), type(do).__call__ if callable(do) else None)
    return callable(do) and not inspect.isclass(do) and not any(check(part) for check in checks for part in parts)


def _takes(do: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(do).bind(*range(count))
    except TypeError:
        return False
    return True


def in_use() -> bool:
    """Return whether any hook has a function: rules that are fast by themselves may then take long."""
    return any(HOOKS)


on_sign_up = Hook("on_sign_up", "f(db, user)", "runs after an account was created in any way; its row exists.")
before_log_in = Hook(
    "before_log_in",
    "f(db, user_id, caller)",
    "runs after the credentials were verified, before the session is created.",
)
on_log_in = Hook(
    "on_log_in", "f(db, opened, caller)", "runs after a user logged in; `opened` has the user and the session."
)
on_log_out = Hook("on_log_out", "f(db, me, caller)", "runs when a user logs out.", may_refuse=False)
on_session_open = Hook("on_session_open", "f(db, opened)", "runs after a session was created in any way.")
on_session_close = Hook(
    "on_session_close",
    "f(db, user_id, session_id)",
    "runs when a session ends: by logout, from another device, by a new password, or by age.",
    may_refuse=False,
)
on_connected_request = Hook("on_connected_request", "f(db, me)", "runs on each request of a logged-in user.")
on_denied = Hook(
    "on_denied",
    "f(db, me, refusal, what)",
    "runs when an access rule denies access; `me` is None for visitors.",
    may_refuse=False,
)
on_identifier_added = Hook(
    "on_identifier_added",
    "f(db, user_id, identifier)",
    "runs after an address or number was confirmed; at a sign-up, just before `on_sign_up`.",
)
on_identifier_removed = Hook(
    "on_identifier_removed",
    "f(db, user_id, identifier)",
    "runs after an address or number was removed from an account.",
    may_refuse=False,
)
on_password_set = Hook(
    "on_password_set", "f(db, user_id)", "runs after a user set a new password for an existing account."
)
on_close_account = Hook(
    "on_close_account", "f(db, user_id)", "runs when an account is closed, by its user or by an administrator."
)
on_account_reopened = Hook(
    "on_account_reopened", "f(db, user_id)", "runs when a closed account is reopened.", may_refuse=False
)
on_account_purged = Hook(
    "on_account_purged",
    "f(db, user_id)",
    "runs before an account is deleted for good; its row still exists.",
    may_refuse=False,
)
HOOKS = tuple(hook for hook in list(globals().values()) if isinstance(hook, Hook))
