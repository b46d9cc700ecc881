"""Search as you type in the list of users, among 1,000 and 100,000 users: time until a keystroke has its answer."""

import os
import random
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from authapp.core.account import search_words
from authapp.core.base import clock
from authapp.models import Email, SearchWord, User
from benchmarks.figures import Figure
from tests.kit.processes.servers import ROOT, SECRET, Server, running
from tests.kit.web.sockets import Intruder

FEW, MANY = 1_000, 100_000
AT_ONCE = 5_000  # users per statement
TURNS = 12
MOST = 1.5  # allowed ratio of times, many to few users
ADMIN = "rosa@example.com"
FIRST = ("Anna", "Maria", "Peter", "Hans", "Lukas", "Emma", "Mia", "Ben", "Paul", "Leon", "Finn", "Luis", "Lea", "Zoe")
LAST = ("Schmidt", "Müller", "Meier", "Weber", "Wagner", "Becker", "Schulz", "Koch", "Bauer", "Klein", "Wolf", "Dubois")
TYPED = ("anna schmidt", "peter.w", "müll", "exam", "becker lea", "zzz")
KEYSTROKES = list(dict.fromkeys(text[:end] for text in TYPED for end in range(1, len(text) + 1)))
LISTS = "people.people_state"


def measure(folder: Path) -> list[Figure]:
    """Measure two servers in turns over the socket, each with its own database. Figures are medians over the turns."""
    (folder / "few").mkdir()
    (folder / "many").mkdir()
    options = {"AUTHAPP_ADMINS": ADMIN}
    with running(folder / "few", **options) as small, running(folder / "many", **options) as large:
        tabs = {
            count: Intruder(server, cookie=_gather(server, count), path="/admin")
            for count, server in ((FEW, small), (MANY, large))
        }
        number = 0
        times: dict[int, list[list[float]]] = {FEW: [], MANY: []}
        for _ in range(TURNS):
            for turn in times.values():
                turn.append([])
            for text in KEYSTROKES:
                for count, tab in tabs.items():
                    number += 1
                    times[count][-1].append(_answered(tab, text, number))
        for tab in tabs.values():
            tab.close()
    medians = {count: [statistics.median(turn) for turn in turns[2:]] for count, turns in times.items()}
    slowest = {count: [max(turn) for turn in turns[2:]] for count, turns in times.items()}
    ratio = statistics.median(many / few for few, many in zip(medians[FEW], medians[MANY], strict=True))
    return [
        *(Figure(f"keystroke, {count:,} people", statistics.median(found), "ms") for count, found in medians.items()),
        *(Figure(f"  slowest of {len(KEYSTROKES)}", statistics.median(slowest[count]), "ms") for count in slowest),
        Figure("times as long with many as with few", ratio, at_most=MOST),
    ]


def _answered(tab: Intruder, text: str, number: int) -> float:
    """Return the milliseconds until the list answers the typed text."""
    began = time.perf_counter()
    tab.call(f"{LISTS}.search", asked={"text": text, "number": number})
    tab.until(lambda: tab.of(LISTS).get("answered") == number)
    return (time.perf_counter() - began) * 1000


def _gather(server: Server, count: int) -> str:
    """Fill a server's database and return an administrator's key. Runs in a process that has the server's settings."""
    given = {"DATABASE_URL": server.database_url, "AUTHAPP_URL": server.url, "AUTHAPP_SECRET_KEY": SECRET}
    command = [sys.executable, "-m", __name__, str(count)]
    made = subprocess.run(command, cwd=ROOT, env={**os.environ, **given}, check=True, stdout=subprocess.PIPE)
    return made.stdout.decode().split()[-1]


def _make(count: int) -> str:
    from authapp.db import transaction
    from tests.kit import users

    chance = random.Random(count)
    now = clock.now()
    for first in range(0, count, AT_ONCE):
        made = [_rows(chance, number, now) for number in range(first, min(first + AT_ONCE, count))]
        with transaction() as db:
            for table in (User, Email, SearchWord):
                db.connection().execute(insert(table), [row for rows in made for row in rows[table]])
    return users.join(ADMIN, first_name="Rosa", last_name="Root").key


def _rows(chance: random.Random, number: int, now: Any) -> dict[Any, list[dict[str, Any]]]:
    id = UUID(int=chance.getrandbits(128), version=4)
    first, last = chance.choice(FIRST), chance.choice(LAST)
    host = "example" if number % 3 else f"at{number % 97}"
    address = f"{search_words.folded(first)}.{search_words.folded(last)}{number}@{host}.com"
    user = {"id": id, "first_name": first, "last_name": last, "created_at": now - timedelta(minutes=number)}
    email = {"id": UUID(int=chance.getrandbits(128), version=4), "user_id": id, "address": address, "is_main": True}
    return {
        User: [user | {"imported": False, "avatar": "", "blocked_by": "", "language": ""}],
        Email: [email | {"added_at": now, "confirmed_at": now}],
        SearchWord: [{"word": word, "user_id": id} for word in search_words.of(first, last, [address], [])],
    }


if __name__ == "__main__":
    print(_make(int(sys.argv[1])))
