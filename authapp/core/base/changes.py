"""Changes of one transaction that others must learn about after its commit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from authapp.core import Db

Job = tuple[Callable[..., object], tuple[Any, ...]]  # a rule, and its arguments after `db`


@dataclass(slots=True)
class Changes:
    """Changes of one transaction. The listeners of `db.on_commit` get them after the commit."""

    sessions_ended: set[str] = field(default_factory=set)
    sessions_parting: set[str] = field(default_factory=set)  # ended, but their open tabs still get an answer first
    keys_changed: set[str] = field(default_factory=set)  # sessions with a new key, or whose principal changed
    groups_changed: set[str] = field(default_factory=set)  # sessions whose users joined or left a group
    messages_written: bool = False  # wakes the delivery of this process
    background: list[Job] = field(default_factory=list)  # rules to run afterwards, see `schedule`


def changes(db: Db) -> Changes:
    """Return the changes of the current transaction."""
    current: Changes | None = db.info.get(Changes)
    if current is None:
        current = db.info[Changes] = Changes()
    return current


def schedule(db: Db, rule: Callable[..., object], *args: object) -> None:
    """Schedule a rule for a background transaction of its own after this one, even if this one is rolled back."""
    changes(db).background.append((rule, args))
