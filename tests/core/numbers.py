"""Phone numbers that no user has, and helpers for what users do with theirs."""

import re
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from authapp.core.account import phones
from authapp.core.authentication import login, sign_up
from authapp.core.base.devices import Client
from authapp.core.credentials import codes
from authapp.core.credentials.codes import Step
from authapp.core.sessions import sessions
from authapp.models import Code, Message, Phone
from tests.people import HOME, PASSWORD, TAB, Person, do

MINUTE = timedelta(minutes=1)
FREE, HERS, HIS, OTHER = "+12015550100", "+12015550101", "+12015550102", "+12015550103"
PREMIUM = "+19002345678"  # a premium-rate number: its owner earns from each call
PURPOSE = "gift"  # of a product


def number(last: int) -> str:
    return f"+1201555{last:04}"


def texts(to: str) -> list[Message]:
    """Return the texts that were really sent to a phone number, oldest first."""
    found = select(Message).where(Message.recipient == to, Message.state != "unsent")
    return list(do(lambda db: db.exec(found.order_by(col(Message.written_at))).all()))


def code_in(message: Message) -> str:
    found = re.match(r"(\d{6}) is your code", message.text) or re.search(r"Enter (\d{6}) on", message.text)
    assert found, message.text
    return found[1]


def code_to(target: str) -> str:
    """Return the code that was last sent to a phone number or email address."""
    sent = [one for one in texts(target) if re.search(r"\b\d{6} ", one.text)]
    return code_in(sent[-1])


def wrong(code: str) -> str:
    """Return a code that differs from this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def count(*tables: Any) -> list[int]:
    return [len(do(lambda db, table=table: db.exec(select(table)).all())) for table in tables]


def row(step: Step) -> Code | None:
    """Return the row that the table holds for a step."""
    return do(lambda db: db.get(Code, step.key[:16]))


def begin(target: str = FREE, *, purpose: str = PURPOSE, client: Client = HOME, **facts: Any) -> Step:
    step: Step = do(codes.begin, codes.NewCode(purpose, target, **facts), client)
    return step


def ask(to: str = FREE, client: Client = HOME, password: str = PASSWORD) -> Step:
    """Ask for an account with a phone number."""
    step: Step = do(sign_up.sign_up_by_phone, to, "Nina", "Simone", password, client)
    return step


def join(to: str = HERS, client: Client = HOME) -> Person:
    """Sign up with a phone number: ask for the account, type the code, claim the ticket."""
    ticket = do(sign_up.confirm_sign_up, ask(to, client).key, code_to(to), tab=TAB, client=client)
    opened = do(login.claim, ticket, [TAB], client, None)
    return Person(to, opened.user_id, opened.key, do(sessions.resume, opened.key), PASSWORD, TAB, client)


def add(person: Person, to: str) -> str:
    """Add and confirm a phone number, and return the id of its row."""
    step = do(phones.add, person.me, to, HOME)
    do(phones.confirm, person.me, step.key, code_to(to), HOME)
    return id_of(person, to)


def rows(person: Person) -> list[Phone]:
    return list(do(phones.listed, person.user_id))


def mine(person: Person) -> list[str]:
    """Return the phone numbers of a user, the main one first."""
    return [one.number for one in rows(person)]


def id_of(person: Person, to: str) -> str:
    return next(str(one.id) for one in rows(person) if one.number == to)
