"""Users for the tests, made by the real rules, and helpers for what they do."""

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from authapp.core import Db
from authapp.core.authentication import accounts, login
from authapp.core.authentication import sign_up as sign_up_rules
from authapp.core.base.devices import Client
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Opened, Principal, SessionRef
from authapp.db import _threads, engine, transaction
from authapp.models import Message, Session

PASSWORD = "correct horse battery staple"
TAB = "the first tab"
HOME = Client("192.0.2.1", "Firefox at home")


@dataclass(frozen=True)
class Person:
    """A user with an account and one open session."""

    email: str
    user_id: UUID
    key: str
    me: Principal
    password: str = PASSWORD
    tab: str = TAB
    client: Client = HOME


def do(rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run one rule in one transaction, as pages, API and commands do."""
    with transaction() as db:
        return rule(db, *args, **kwargs)


def settled() -> None:
    """Wait until all work that rules left for after their transaction is done."""
    _threads().shutdown()
    _threads.cache_clear()


def outbox_link(db: Db, address: str) -> str:
    """Return the key of the newest link that was mailed to an email address."""
    newest = select(Message.text).where(Message.recipient == address).order_by(col(Message.written_at).desc())
    found = [re.search(r"/link#(\S+)", text) for text in db.exec(newest)]
    return next(match[1] for match in found if match)


def sign_up(email: str, client: Client = HOME) -> str:
    """Ask for an account and return the key in the mail."""
    do(sign_up_rules.sign_up, email, client)
    return str(do(outbox_link, email))


def confirm(key: str, me: Principal | None = None, tab: str = TAB, client: Client = HOME) -> Opened:
    """Follow a link that logs in, and claim its ticket."""
    followed = do(links.follow, key, me, tab=tab)
    return do(login.claim, followed.ticket, [tab], client, me)


def join(
    email: str,
    *,
    password: str = PASSWORD,
    first_name: str = "",
    last_name: str = "",
    tab: str = TAB,
    client: Client = HOME,
) -> Person:
    """Sign up completely: ask for the account, follow the link, set the names and a password."""
    opened = confirm(sign_up(email, client), tab=tab, client=client)
    me = do(sessions.resume, opened.key)
    do(accounts.set_names, me, first_name, last_name, client)
    ticket = do(accounts.set_password, me, password, password, tab=tab, client=client)
    opened = do(login.claim, ticket, [tab], client, me)
    return Person(email, me.user_id, opened.key, do(sessions.resume, opened.key), password, tab, client)


def principal(session_id: str) -> Principal | None:
    """Return the principal of a session, whatever its current key; None when the session is over."""

    def look(db: Db) -> Principal | None:
        row = db.get(Session, session_id)
        return sessions.alive(db, SessionRef(session_id, row.verifier)) if row and row.verifier else None

    return do(look)


def race(count: int, deed: Callable[[int], Any]) -> list[Any]:
    """Call a function in so many threads at the same moment. Returns each thread's value or exception."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)
    engine()  # created before the threads start, as at the start of a process

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = deed(number)
        except BaseException as problem:
            results[number] = problem

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def ended_among(db: Db, ids: Iterable[str]) -> set[str]:
    """Return the sessions among these that are over, as the watch over open sockets determines them."""
    asked = set(ids)
    return asked - sessions.live(db, asked).keys()
