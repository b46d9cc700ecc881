"""Many people in a server's database, made in one go: `python -m benchmarks.crowd <count>` with its environment."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
from typing import NamedTuple

from tests.servers import ROOT, SECRET, Server

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who do not exist
SALT = b"a salt for tests"
ROUNDS = 600_000


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


def gather(server: Server, count: int) -> list[Person]:
    """Fill a server's database; in a process of its own, because settings are read once in a process."""
    environment = {
        **os.environ,
        "DATABASE_URL": server.database_url,
        "AUTHAPP_URL": server.url,
        "AUTHAPP_SECRET_KEY": SECRET,
    }
    made = subprocess.run(
        [sys.executable, "-m", __name__, str(count)], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    return [Person(*one) for one in json.loads(made.stdout)]


def _make(count: int) -> list[Person]:
    from authapp.core import clock, passwords, sessions
    from authapp.core.devices import Client
    from authapp.db import transaction
    from authapp.models import Email, User

    derived = keys()
    salt, stored, key = (base64.b64encode(part).decode() for part in (SALT, derived.stored, derived.server))
    record = f"SCRAM-SHA-256${ROUNDS}:{salt}${stored}:{key}"
    people = []
    with transaction() as db:
        for number in range(count):
            user, email = (
                User(created_at=clock.now(), first_name="Ann", last_name="Example"),
                f"ann{number}@example.com",
            )
            user.password_record = passwords.seal_record(record, user.id)
            db.add(user)
            db.flush()
            db.add(Email(user_id=user.id, address=email, is_main=True, added_at=clock.now(), confirmed_at=clock.now()))
            opened = sessions.open(db, user.id, identifier=email, method="password", keep=True, client=Client())
            people.append(Person(email, opened.key))
    return people


if __name__ == "__main__":
    print(json.dumps(_make(int(sys.argv[1]))))
