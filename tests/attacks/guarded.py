"""A product in which everything needs a log-in that is not marked open, with an API of its own beside ours."""

import asyncio
from typing import Annotated, Any

import reflex as rx
from fastapi import Depends, FastAPI, Request, WebSocket
from reflex_components_core.core.upload import Upload

import authapp

SECRET = "what only the board knows"
SEALED = "what the board sealed"
FOR_MEMBERS = "for members"
RAN: list[str] = []  # every handler that ran
DENIED: list[str] = []  # what was denied to whom, and every event of a member

Upload.is_used = True  # as `rx.upload` on a page says
Member = Annotated[authapp.Principal, Depends(authapp.needs())]
OfBoard = Annotated[authapp.Principal, Depends(authapp.needs("board"))]
api = FastAPI()
app = authapp.install(
    rx.App(toaster=None, html_lang="en", api_transformer=api),
    default="closed",
    open_routes=["/shop/open", "/shop/hooks/", "/files/open"],
)


@api.get("/shop/ran")
async def ran(me: Member) -> dict[str, Any]:
    """What ran since it was asked last."""
    done, denied = [*RAN], [*DENIED]
    RAN.clear()
    DENIED.clear()
    return {"ran": done, "denied": denied, "me": me.identifier}


@authapp.on_denied
def note(db: Any, me: authapp.Principal | None, refusal: authapp.Refusal, what: str) -> None:
    """Note who was denied what."""
    DENIED.append(f"{me.identifier if me else 'a visitor'} {refusal.code} {what.rpartition('.')[2]}")


@api.get("/shop/open")
@api.get("/shop/hooks/paid")
async def open_to_all() -> dict[str, bool]:
    """For everybody."""
    return {"open": True}


@api.get("/assets/lists/all")
async def lists(request: Request) -> dict[str, str]:
    """For members, as everything is, though what the build made is nearby."""
    return {"secret": SECRET, "cookie": request.headers.get("cookie", "")}


@api.get("/files/{name:path}")
async def file(name: str) -> dict[str, str]:
    """For members, save the one that is open."""
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
    """Says who is there and what of the request can be seen, and repeats what it is told."""
    await line.accept()
    await line.send_text(f"{me.identifier} {line.headers.get('cookie', '')}")
    async for said in line.iter_text():
        await line.send_text(said)


@api.websocket("/shop/ticks")
async def ticks(line: WebSocket) -> None:
    """Talks, and never listens."""
    await line.accept()
    try:
        while True:
            await line.send_text("tick")
            await asyncio.sleep(0.02)
    finally:
        RAN.append("no more ticks")


@api.websocket("/shop/hooks/bell")
async def bell(line: WebSocket) -> None:
    """For everybody."""
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
    """For members, though it is nearly called as the socket of the framework is."""
    await line.accept()
    await line.send_text(SECRET)


class Unpaid(authapp.Refusal):
    """Whoever has not paid is let in nowhere."""

    code, status, message = "Unpaid", 402, "Your company has not paid."


@authapp.on_connected_request
def have_paid(db: Any, me: authapp.Principal) -> None:
    """Whoever is called Unpaid has not."""
    if me.first_name == "Unpaid":
        raise Unpaid


async def breaks(me: authapp.Principal) -> bool:
    """A guard that cannot tell."""
    raise RuntimeError(SECRET)


async def is_first(me: authapp.Principal) -> bool:
    """A guard that asks somebody else."""
    await asyncio.sleep(0)
    return me.first_name == "First"


class Board(authapp.Flow, rx.State):
    """What the board works with."""

    notes: list[str] = []

    @authapp.var(allow="board", initial_value="")
    def secret(self) -> str:
        """For the board."""
        return SECRET

    @authapp.var(allow="board")
    def sealed(self) -> str:
        """For the board, and in no other var."""
        return SEALED

    @authapp.var(allow=is_first, initial_value="")
    async def first(self) -> str:
        """For whom a function says."""
        return SECRET

    @authapp.var(allow=breaks, initial_value="")
    def nobodys(self) -> str:
        """For nobody: its guard breaks."""
        return SECRET

    @rx.var
    def derived(self) -> str:
        """Says what a guarded var says."""
        return f"{self.secret}!"

    @rx.var
    def plain(self) -> str:
        """For members, as everything is."""
        return FOR_MEMBERS

    @authapp.event(allow="board")
    async def load(self):
        """Fetch the notes."""
        RAN.append("load")
        self.notes = [SECRET]

    @authapp.event(allow=("board", "editors"))
    async def stream(self):
        """Fetch them one by one."""
        RAN.append("stream")
        for number in range(2):
            self.notes = [f"{SECRET} {number}"]
            yield

    @authapp.event(allow="board", background=True)
    async def follow(self):
        """Fetch them by and by."""
        RAN.append("follow")
        async with self:
            self.notes = [SECRET]

    @authapp.event(allow=breaks)
    async def broken(self):
        """For nobody."""
        RAN.append("broken")

    @authapp.event(allow=is_first)
    async def asked(self):
        """For whom a function says."""
        RAN.append("asked")

    @authapp.event(allow="board", fresh=True)
    async def pay(self):
        """For the board, when it was proved just now."""
        RAN.append("pay")

    @rx.event
    async def led(self):
        """Leads to what is for the board."""
        RAN.append("led")
        return Board.load

    @rx.event
    async def decorated(self):
        """For members, as everything is."""
        RAN.append("decorated")

    async def undecorated(self):
        """The same."""
        RAN.append("undecorated")


@authapp.state(allow="board")
class Papers(rx.State):
    """A whole state for the board."""

    papers: list[str] = []

    @rx.event
    async def take(self):
        """Fetch them."""
        RAN.append("take")
        self.papers = [SECRET]


class Annex(Papers):
    """What belongs to the papers is for the board too."""

    pages: int = 0

    @rx.event
    async def turn(self):
        """Leaf through it."""
        RAN.append("turn")
        self.pages += 1


class Sent(authapp.CodePopup, rx.State):
    """A popup of the product: what comes with it is closed as well."""


class Counter(rx.ComponentState):
    """A state for each piece of a page that shows it."""

    counted: str = ""

    @rx.var
    def shown(self) -> str:
        """For members, as everything is."""
        return FOR_MEMBERS

    @rx.event
    async def count(self):
        """For members."""
        RAN.append("count")
        self.counted = FOR_MEMBERS

    @classmethod
    def get_component(cls, **props: Any) -> rx.Component:
        """A button."""
        return rx.el.button(cls.counted, on_click=cls.count)


counter = Counter.create()


def made() -> type[rx.State]:
    """A state that is declared in a function."""

    class Table(rx.State):
        """For members, as everything is."""

        rows: list[str] = []

        @rx.event
        async def fetch(self):
            """For members."""
            RAN.append("fetch")
            self.rows = [FOR_MEMBERS]

    return Table


Table = made()


@authapp.state(allow=authapp.EVERYBODY)
class Window(rx.State):
    """What passers-by may see."""

    seen: int = 0

    @rx.event
    async def look(self):
        """Look in."""
        RAN.append("look")
        self.seen += 1

    @authapp.event(allow=authapp.MEMBERS)
    async def knock(self):
        """For members, though the state is open."""
        RAN.append("knock")


@authapp.page(route="/", title="The shop", allow=authapp.EVERYBODY)
def front() -> rx.Component:
    """For everybody."""
    return rx.el.main("Welcome")


@authapp.page(route="/board/[id]", title="Board", allow="board", on_load=Board.decorated)
def board() -> rx.Component:
    """For the board."""
    return rx.el.main(Board.secret)


def shelf() -> rx.Component:
    """For members, as everything is."""
    return rx.el.main(Board.plain)


app.add_page(shelf, route="/shelf")


@authapp.page(route="/assets/[id]", title="Asset", allow="board")
def asset() -> rx.Component:
    """For the board, though what the build made is nearby."""
    return rx.el.main("An asset")
