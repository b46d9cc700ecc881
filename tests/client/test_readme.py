"""The README's Python code for the API, run against the app without changes."""

import asyncio
import re

import pytest
from sqlalchemy import update
from sqlmodel import col

from authapp.client import Client
from authapp.core import execute
from authapp.core.base.errors import SessionExpired
from authapp.models import User
from tests.kit.processes.servers import ROOT
from tests.kit.rules import do
from tests.kit.users import PASSWORD

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = next(code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "authapp.client" in code)


@pytest.fixture(scope="module")
def program():
    names = {}
    exec(compile(PROGRAM, "README.md", "exec"), names)  # noqa: S102 - it is what a reader would run
    return names


def test_the_example_greets_a_user_who_logs_in(server, program, alice):
    assert program["greet"](server.url, alice.email, PASSWORD) == "Hello Alice"
    assert "is wrong" in program["greet"](server.url, alice.email, "not the password")


def test_the_example_says_what_a_login_waits_for(server, program, alice):
    do(execute, update(User).where(col(User.id) == alice.user_id).values(blocked_by="email"))

    assert program["greet"](server.url, alice.email, PASSWORD) == "Your login waits: email"


def test_the_example_fetches_everything_with_the_earlier_token(server, program, alice):
    with Client(server.url) as client:
        client.login(alice.email, PASSWORD)

    assert alice.email in str(asyncio.run(program["everything"](server.url, client.token)))
    with pytest.raises(SessionExpired):
        asyncio.run(program["everything"](server.url, ""))
