"""Many users, written to a server's database: `python -m benchmarks.crowd <count>`, run with its environment."""

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

from authapp.core import Db
from authapp.core.base import clock, tokens
from authapp.core.credentials import passwords, scram
from authapp.core.credentials.passwords import ScramKeys
from authapp.db import transaction
from authapp.models import Email, ScramRecord, Session, User
from tests.kit.processes.servers import ROOT, SECRET, Server

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who do not exist
SALT = b"a salt for tests"
ROUNDS = 600_000
AT_ONCE = 20_000  # users per transaction


class Person(NamedTuple):
    """A user with an account, the common password, and one open session."""

    email: str
    key: str


class Keys(NamedTuple):
    """Keys that a client derives from the password (RFC 5802, 3). Deriving is slow, so it is done only once."""

    client: bytes
    stored: bytes
    server: bytes


def keys() -> Keys:
    """Derive the keys of the common password."""
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, ROUNDS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    return Keys(client, hashlib.sha256(client).digest(), hmac.digest(salted, b"Server Key", "sha256"))


def gather(server: Server, count: int, sample: int | None = None) -> list[Person]:
    """Fill a server's database. This happens in a separate process, because settings are read once per process.

    Args:
        server: the server whose database is filled.
        count: number of users; each has a session.
        sample: number of users to return, chosen at random; by default all.
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
    chosen = set(random.Random(count).sample(range(count), sample))
    people: list[Person] = []
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        with transaction() as db:
            made = [_rows(db, number, derived) for number in numbers]
            for table in (User, ScramRecord, Email, Session):
                db.connection().execute(insert(table), [rows[table] for rows, _ in made])
        people += [person for number, (_, person) in zip(numbers, made, strict=True) if number in chosen]
        if count > AT_ONCE:
            print(f"  {numbers.stop:,} of {count:,} people", file=sys.stderr, flush=True)
    return people


def _rows(db: Db, number: int, derived: Keys) -> tuple[dict[Any, dict[str, Any]], Person]:
    """Return the rows of one user, as the rules write them, for inserting many at a time."""
    user_id, now, email, key = uuid4(), clock.now(), f"ann{number}@example.com", tokens.mint()
    main = passwords.seal_record(_record(SALT, derived), user_id)
    user = {"id": user_id, "first_name": "Ann", "last_name": "Example", "created_at": now, "password_record": main}
    user |= {"password_parameters": passwords.form(main, user_id), "imported": False, "avatar": "", "blocked_by": ""}
    # The salt is the one that the server shows for this email address, the keys are the common ones. So the load client
    # derives nothing.
    own = passwords.seal_record(_record(scram.current(db, email).salt, derived), user_id, email)
    record = {"user_id": user_id, "identifier": email, "parameters": passwords.form(own, user_id, email), "record": own}
    address = {"id": uuid4(), "user_id": user_id, "address": email, "is_main": True}
    address |= {"added_at": now, "confirmed_at": now}
    session = {"id": key.id, "secret_digest": key.digest, "user_id": user_id, "identifier": email, "method": "password"}
    session |= {"keep": True, "ip": "", "browser": "", "opened_at": now, "proved_at": now, "last_seen_at": now}
    session["expires_at"] = now + timedelta(days=30)
    return {User: user, ScramRecord: record, Email: address, Session: session}, Person(email, str(key))


def _record(salt: bytes, derived: Keys) -> str:
    return passwords.scram_text(ScramKeys(ROUNDS, salt, derived.stored, derived.server))


if __name__ == "__main__":
    print(json.dumps(_make(int(sys.argv[1]), int(sys.argv[2]))))
