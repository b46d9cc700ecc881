"""Many people in a server's database, made in one go: `python -m benchmarks.crowd <count>` with its environment."""

import base64
import hashlib
import hmac
import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import insert

from authapp.core import clock, passwords, tokens
from authapp.db import transaction
from authapp.models import Email, Session, User
from tests.servers import ROOT, SECRET, Server

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who do not exist
SALT = b"a salt for tests"
ROUNDS = 600_000
AT_ONCE = 20_000  # people in a transaction


class Person(NamedTuple):
    """Somebody with an account, the common password, and one open session."""

    email: str
    key: str


class Keys(NamedTuple):
    """What a client derives from the password (RFC 5802, 3). Slow, so it is done once for all."""

    client: bytes
    stored: bytes
    server: bytes


def keys() -> Keys:
    """The keys of the common password."""
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, ROUNDS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    return Keys(client, hashlib.sha256(client).digest(), hmac.digest(salted, b"Server Key", "sha256"))


def gather(server: Server, count: int, sample: int | None = None) -> list[Person]:
    """Fill a server's database; in a process of its own, because settings are read once in a process.

    Args:
        count: how many people there will be, each with a session.
        sample: how many of them are returned, of all ages; all when absent.
    """
    environment = {
        **os.environ,
        "DATABASE_URL": server.database_url,
        "AUTHAPP_URL": server.url,
        "AUTHAPP_SECRET_KEY": SECRET,
    }
    command = [sys.executable, "-m", __name__, str(count), str(sample or count)]
    made = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    return [Person(*one) for one in json.loads(made.stdout)]


def _make(count: int, sample: int) -> list[Person]:
    derived = keys()
    salt, stored, key = (base64.b64encode(part).decode() for part in (SALT, derived.stored, derived.server))
    record = f"SCRAM-SHA-256${ROUNDS}:{salt}${stored}:{key}"
    chosen = set(random.Random(count).sample(range(count), sample))
    people: list[Person] = []
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        with transaction() as db:
            made = [_rows(number, record) for number in numbers]
            for table in (User, Email, Session):
                db.connection().execute(insert(table), [rows[table] for rows, _ in made])
        people += [person for number, (_, person) in zip(numbers, made, strict=True) if number in chosen]
        if count > AT_ONCE:
            print(f"  {numbers.stop:,} of {count:,} people", file=sys.stderr, flush=True)
    return people


def _rows(number: int, record: str) -> tuple[dict[Any, dict[str, Any]], Person]:
    """The rows of one person: as the rules write them, but many at a time."""
    user_id, now, email, key = uuid4(), clock.now(), f"ann{number}@example.com", tokens.mint()
    user = {"id": user_id, "first_name": "Ann", "last_name": "Example", "created_at": now}
    user |= {"password_record": passwords.seal_record(record, user_id), "imported": False, "avatar": "", "waits": ""}
    address = {"id": uuid4(), "user_id": user_id, "address": email, "is_main": True}
    address |= {"added_at": now, "confirmed_at": now}
    session = {"id": key.id, "verifier": key.verifier, "user_id": user_id, "identifier": email, "method": "password"}
    session |= {"keep": True, "address": "", "browser": "", "opened_at": now, "proved_at": now, "last_seen_at": now}
    session["expires_at"] = now + timedelta(days=30)
    return {User: user, Email: address, Session: session}, Person(email, str(key))


if __name__ == "__main__":
    print(json.dumps(_make(int(sys.argv[1]), int(sys.argv[2]))))
