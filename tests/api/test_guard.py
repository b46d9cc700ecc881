"""What the guard asks of a path: once for each request, and nothing for what is not the law's to say."""

import asyncio

import pytest

from authapp.api.guard import Guard
from authapp.core.guards import EVERYBODY, MEMBERS
from authapp.core.places import Place


async def nowhere(scope, receive, send):
    """An app without anything."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def asked(path, place, **more):
    """How often the law is asked for a path, and the status of the answer."""
    paths, sent = [], []

    def law(path):
        paths.append(path)
        return place

    async def request():
        async def receive():
            return {"type": "http.request"}

        async def send(message):
            sent.append(message)

        headers = [(b"host", b"localhost:3000"), (b"origin", b"http://localhost:3000")]
        scope = {"type": "http", "path": path, "method": "GET", "headers": headers, "query_string": b"", **more}
        await Guard(nowhere, None, {"/login": False}, law)(scope, receive, send)

    asyncio.run(request())
    return len(paths), sent[0].get("status") or sent[0]["code"]


@pytest.mark.parametrize(
    ("path", "place", "status"),
    [
        ("/assets/index.js", Place(EVERYBODY, is_file=True), 404),
        ("/shop", Place(EVERYBODY), 404),
        ("/shop", Place(MEMBERS), 401),
        ("/shelf", Place(EVERYBODY, is_page=True), 404),
        ("/shelf", Place(MEMBERS, is_page=True), 303),
        ("/login", Place(EVERYBODY, is_page=True), 404),
    ],
)
def test_the_law_is_asked_once_for_each_request(configure, path, place, status):
    configure(AUTHAPP_URL="http://localhost:3000")
    assert asked(path, place) == (1, status)
    assert asked(path, place, method="POST")[0] == 1


def test_a_path_that_is_not_straight_is_asked_of_nobody(configure):
    configure(AUTHAPP_URL="http://localhost:3000")
    assert asked("/shop/../shelf", Place(EVERYBODY)) == (0, 404)
    assert asked("/shop/../shelf", Place(EVERYBODY), type="websocket") == (0, 1008)
    assert asked("/shop", Place(MEMBERS), type="websocket") == (1, 1008)
