"""A product that opens the security headers, with pages, files and a socket of its own."""

import io
import os
import wave
from typing import Any

import reflex as rx
from fastapi import FastAPI, Response, WebSocket
from fastapi.responses import HTMLResponse, RedirectResponse

import authapp

SCRIPT = "document.title = 'It ran';"
PAGE = f"<!doctype html><html lang=en><title>Shop</title><link rel=icon href=data:,><script>{SCRIPT}</script>"
WORKER = "fetch('/shop/facts').then((answer) => answer.json()).then((facts) => postMessage(facts.price));"
DRAWING = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><style>rect {fill: #00f}</style>"
DRAWING += "<rect width='9' height='9'/></svg>"

api = FastAPI()
app = authapp.install(
    rx.App(toaster=None, html_lang="en", api_transformer=api),
    headers=authapp.Headers(
        script=("'sha256-AgyfGSUQWkCOmeDr+8gKqRuePeJEKp2gdL+uKvwpR5A='",),
        img=(os.environ.get("IMAGES", "https://images.example.com"), "blob:"),
        worker=("blob:",),
        frame_ancestors=("'self'",),
        permissions={"camera": ["self"]},
        hsts_include_subdomains=True,
    ),
)


@api.get("/shop/page", response_class=HTMLResponse)
async def page() -> str:
    """Return a page with an inline script that the headers allow."""
    return PAGE


@api.get("/shop/old-page")
async def old_page() -> Response:
    """Return a page with header names and a content type in capital letters."""
    response = Response(PAGE)
    response.raw_headers.append((b"Content-Type", b"TEXT/HTML; Charset=utf-8"))
    return response


@api.get("/shop/facts")
async def facts() -> dict[str, Any]:
    """Return JSON."""
    return {"price": 7}


@api.get("/shop/worker.js")
async def worker() -> Response:
    """Return a script that runs as a worker and calls this server."""
    return Response(WORKER, media_type="text/javascript")


@api.get("/shop/logo.svg")
async def logo() -> Response:
    """Return a drawing with styles of its own."""
    return Response(DRAWING, media_type="image/svg+xml")


@api.get("/shop/sound.wav")
async def sound() -> Response:
    """Return a second of silence."""
    data = io.BytesIO()
    with wave.open(data, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(1)
        written.setframerate(8000)
        written.writeframes(b"\x80" * 8000)
    return Response(data.getvalue(), media_type="audio/wav")


@api.get("/shop/moved")
async def moved() -> Response:
    """Lead to the page, with a body for people."""
    return RedirectResponse("/shop/page", 303, {"Content-Type": "text/html"})


@api.get("/shop/unchanged")
async def unchanged() -> Response:
    """Tell a browser that its stored page is up to date."""
    return Response(status_code=304)


@api.get("/shop/own")
async def own() -> Response:
    """Return a page with a policy of its own."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": "default-src 'self'"})


@api.get("/shop/broken")
async def broken() -> None:
    """Fail."""
    raise RuntimeError


@api.websocket("/shop/talk")
async def talk(line: WebSocket) -> None:
    """Accept, and say a word."""
    await line.accept()
    await line.send_text("hello")
