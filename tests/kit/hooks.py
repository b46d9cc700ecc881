"""Hooks of a product: recorded, refused, and their effects counted."""

import functools
from collections.abc import Callable
from typing import Any

from sqlmodel import select

from authapp.core import Db
from authapp.core.authentication import accounts, login, proofs
from authapp.core.base import clock, hooks
from authapp.core.base.errors import Refusal
from authapp.core.sessions import session_list
from authapp.models import Message, User
from tests.kit.messages import link_key, mails_to
from tests.kit.rules import do
from tests.kit.tables import count_rows
from tests.kit.users import HOME, PASSWORD, TAB, Person, follow_link

NEW = "another horse battery staple"


class NotToday(Refusal):
    """A product's refusal that claims to be `counted`, which products may not."""

    code, status, message, counted = "NotToday", 403, "Not today.", True


class Heard(list[str]):
    """Names of the hooks that ran, in order. `given` holds the last arguments of each."""

    def __init__(self) -> None:
        self.given: dict[str, tuple[Any, ...]] = {}
        for hook in hooks.HOOKS:
            hook(functools.partial(self.note, hook.name))

    def note(self, name: str, db: Db, *given: Any) -> None:
        """Record a hook that runs."""
        assert db.connection().in_transaction()
        self.append(name)
        self.given[name] = given

    def during(self, action: Callable[[], Any]) -> list[str]:
        """Return the hooks that an action ran."""
        self.clear()
        action()
        return list(self)


def refuse(*_: Any) -> None:
    """Refuse everything, as a hook."""
    raise NotToday


def write(db: Db, *_: Any) -> None:
    """Write a message, as a hook."""
    at = clock.now()
    db.add(Message(recipient="hook@example.com", subject="", text="", html="", due_at=at, written_at=at))


def written() -> int:
    """Return how many messages `write` wrote."""
    return len(do(lambda db: db.exec(select(Message).where(Message.recipient == "hook@example.com")).all()))


def all_users() -> int:
    """Return how many users there are."""
    return count_rows(User)[0]


def open_sessions(person: Person) -> set[str]:
    """Return the ids of a user's sessions."""
    return {row.id for row in do(session_list.listed, person.me)}


def ticket_of(person: Person) -> str:
    """Return the unclaimed ticket of a login."""
    return str(
        do(login.with_password, proofs.Credentials(person.email, PASSWORD), keep=False, tab=TAB, caller=HOME).ticket
    )


def set_password(person: Person) -> Any:
    """Set a new password."""
    return do(accounts.set_password, person.me, accounts.NewPassword(NEW, NEW), tab=TAB, caller=HOME)


def disown(person: Person) -> None:
    """Follow the link of the newest security mail, which locks the account."""
    follow_link(link_key(mails_to(person.email)[-1]))
