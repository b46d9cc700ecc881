"""A product in which everything needs a login unless it is marked open, with its own API beside ours."""

import asyncio
from typing import Annotated, Any

import reflex as rx
from fastapi import Depends, FastAPI, Request, WebSocket
from reflex_components_core.core.upload import Upload

import authapp

SECRET = "what only the board knows"
SEALED = "what the board sealed"
FOR_MEMBERS = "for members"
RAN: list[str] = []  # names of all handlers that ran
DENIED: list[str] = []  # each denial with its user and code, and each event of a member

Upload.is_used = True  # as `rx.upload` on a page sets it
Member = Annotated[authapp.Principal, Depends(authapp.require())]
OfBoard = Annotated[authapp.Principal, Depends(authapp.require("board"))]
api = FastAPI()
app = authapp.install(
    rx.App(toaster=None, html_lang="en", api_transformer=api),
    default="closed",
    public_routes=["/shop/open", "/shop/hooks/", "/files/open"],
)


@api.get("/shop/ran")
async def ran(me: Member) -> dict[str, Any]:
    """Return what ran and what was denied since the last call."""
    done, denied = [*RAN], [*DENIED]
    RAN.clear()
    DENIED.clear()
    return {"ran": done, "denied": denied, "me": me.identifier}


@authapp.on_denied
def note(db: Any, me: authapp.Principal | None, refusal: authapp.Refusal, what: str) -> None:
    """Note which user was denied which action."""
    DENIED.append(f"{me.identifier if me else 'a visitor'} {refusal.code} {what.rpartition('.')[2]}")


@api.get("/shop/open")
@api.get("/shop/hooks/paid")
async def open_to_all() -> dict[str, bool]:
    """For everyone."""
    return {"open": True}


@api.get("/assets/lists/all")
async def lists(request: Request) -> dict[str, str]:
    """For members by default, although the files of the build are nearby."""
    return {"secret": SECRET, "cookie": request.headers.get("cookie", "")}


@api.get("/files/{name:path}")
async def file(name: str) -> dict[str, str]:
    """For members, except for the one file that is open."""
    return {"name": name}


@api.post("/shop/orders")
async def order(me: Member) -> dict[str, str]:
    """Changes something, for members."""
    RAN.append("order")
    return {"of": me.identifier}


@api.get("/shop/minutes")
async def minutes(me: OfBoard) -> dict[str, str]:
    """For the board."""
    return {"of": me.identifier}


@api.websocket("/shop/talk")
async def talk(line: WebSocket, me: Member) -> None:
    """Send the user and the visible cookies, then repeat every message."""
    await line.accept()
    await line.send_text(f"{me.identifier} {line.headers.get('cookie', '')}")
    async for said in line.iter_text():
        await line.send_text(said)


@api.websocket("/shop/ticks")
async def ticks(line: WebSocket) -> None:
    """Send without ever receiving."""
    await line.accept()
    try:
        while True:
            await line.send_text("tick")
            await asyncio.sleep(0.02)
    finally:
        RAN.append("no more ticks")


@api.websocket("/shop/hooks/bell")
async def bell(line: WebSocket) -> None:
    """For everyone."""
    await line.accept()
    await line.send_text("ring")
    await line.receive_text()


@api.websocket("/shop/board")
async def of_board(line: WebSocket, me: OfBoard) -> None:
    """For the board."""
    await line.accept()
    await line.send_text(me.identifier)
    await line.receive_text()


@api.websocket("/_events")
async def events(line: WebSocket) -> None:
    """For members, although the name resembles the framework's own socket."""
    await line.accept()
    await line.send_text(SECRET)


class Unpaid(authapp.Refusal):
    """Raised when the user has not paid: nothing is open to them."""

    code, status, message = "Unpaid", 402, "Your company has not paid."


@authapp.on_connected_request
def have_paid(db: Any, me: authapp.Principal) -> None:
    """Refuse users whose first name is Unpaid."""
    if me.first_name == "Unpaid":
        raise Unpaid


async def breaks(me: authapp.Principal) -> bool:
    """Raise an error, as a guard that fails."""
    raise RuntimeError(SECRET)


async def is_first(me: authapp.Principal) -> bool:
    """Decide asynchronously, as a guard that waits for another service."""
    await asyncio.sleep(0)
    return me.first_name == "First"


class Board(authapp.Flow, rx.State):
    """State that only the board uses."""

    notes: list[str] = []

    @authapp.var(allow="board", initial_value="")
    def secret(self) -> str:
        """For the board."""
        return SECRET

    @authapp.var(allow="board")
    def sealed(self) -> str:
        """For the board, with a value that no other var has."""
        return SEALED

    @authapp.var(allow=is_first, initial_value="")
    async def first(self) -> str:
        """For users that a function allows."""
        return SECRET

    @authapp.var(allow=breaks, initial_value="")
    def nobodys(self) -> str:
        """For nobody: its guard fails."""
        return SECRET

    @rx.var
    def derived(self) -> str:
        """Derived from a guarded var."""
        return f"{self.secret}!"

    @rx.var
    def plain(self) -> str:
        """For members by default."""
        return FOR_MEMBERS

    @authapp.event(allow="board")
    async def load(self):
        """Load the notes."""
        RAN.append("load")
        self.notes = [SECRET]

    @authapp.event(allow=("board", "editors"))
    async def stream(self):
        """Load the notes one by one."""
        RAN.append("stream")
        for number in range(2):
            self.notes = [f"{SECRET} {number}"]
            yield

    @authapp.event(allow="board", background=True)
    async def follow(self):
        """Load the notes in the background."""
        RAN.append("follow")
        async with self:
            self.notes = [SECRET]

    @authapp.event(allow=breaks)
    async def broken(self):
        """For nobody."""
        RAN.append("broken")

    @authapp.event(allow=is_first)
    async def asked(self):
        """For users that a function allows."""
        RAN.append("asked")

    @authapp.event(allow="board", fresh=True)
    async def pay(self):
        """For the board, after a recent proof."""
        RAN.append("pay")

    @rx.event
    async def led(self):
        """Call an event that is for the board."""
        RAN.append("led")
        return Board.load

    @rx.event
    async def decorated(self):
        """For members by default."""
        RAN.append("decorated")

    async def undecorated(self):
        """For members by default."""
        RAN.append("undecorated")


@authapp.state(allow="board")
class Papers(rx.State):
    """A state that is for the board as a whole."""

    papers: list[str] = []

    @rx.event
    async def take(self):
        """Load the papers."""
        RAN.append("take")
        self.papers = [SECRET]


class Annex(Papers):
    """A state below the papers; it inherits their access rule."""

    pages: int = 0

    @rx.event
    async def turn(self):
        """Turn a page."""
        RAN.append("turn")
        self.pages += 1


class Sent(authapp.CodePopup, rx.State):
    """A popup of the product; what it inherits is closed too."""


class Counter(rx.ComponentState):
    """A state for each component that shows it."""

    counted: str = ""

    @rx.var
    def shown(self) -> str:
        """For members by default."""
        return FOR_MEMBERS

    @rx.event
    async def count(self):
        """For members."""
        RAN.append("count")
        self.counted = FOR_MEMBERS

    @classmethod
    def get_component(cls, **props: Any) -> rx.Component:
        """Return a button."""
        return rx.el.button(cls.counted, on_click=cls.count)


counter = Counter.create()


def made() -> type[rx.State]:
    """Return a state that is declared inside a function."""

    class Table(rx.State):
        """For members by default."""

        rows: list[str] = []

        @rx.event
        async def fetch(self):
            """For members."""
            RAN.append("fetch")
            self.rows = [FOR_MEMBERS]

    return Table


Table = made()


@authapp.state(allow=authapp.PUBLIC)
class Window(rx.State):
    """A state that is open to everyone."""

    seen: int = 0

    @rx.event
    async def look(self):
        """Count a look."""
        RAN.append("look")
        self.seen += 1

    @authapp.event(allow=authapp.SIGNED_IN)
    async def knock(self):
        """For members, although the state is open."""
        RAN.append("knock")


@authapp.page(route="/", title="The shop", allow=authapp.PUBLIC)
def front() -> rx.Component:
    """For everyone."""
    return rx.el.main("Welcome")


@authapp.page(route="/board/[id]", title="Board", allow="board", on_load=Board.decorated)
def board() -> rx.Component:
    """For the board."""
    return rx.el.main(Board.secret)


def shelf() -> rx.Component:
    """For members by default."""
    return rx.el.main(Board.plain)


app.add_page(shelf, route="/shelf")


@authapp.page(route="/assets/[id]", title="Asset", allow="board")
def asset() -> rx.Component:
    """For the board, although the files of the build are nearby."""
    return rx.el.main("An asset")
