"""Profile pictures over HTTP: users reach their own, and no others."""

import io
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from authapp.core.account import avatars
from authapp.core.sessions import session_ends
from tests.kit.pictures import BLUE, GREEN, RED, near, picture
from tests.kit.processes.servers import PATIENCE
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import newcomer
from tests.kit.web.api import refused_status
from tests.kit.web.http import API, ask, cookies, from_new_ip

PATH = f"{API}/avatar"
MB = 1024 * 1024


def send(server, person, data, **more):
    return ask(server, "POST", PATH, cookie=person.key if person else "", content=data, **more)


def show(server, person, query=""):
    return ask(server, "GET", PATH + query, cookie=person.key if person else "")


def colour_of(answer):
    return Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((9, 9))


def test_an_uploaded_picture_comes_back_square_and_as_webp(server, alice):
    sent = send(server, alice, picture())

    assert sent.status_code == 200
    assert set(sent.json()) == {"avatar"}
    assert len(sent.json()["avatar"]) == 16
    shown = show(server, alice)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(shown.content)).size == (400, 400)


def test_a_picture_is_shown_as_a_picture_and_as_nothing_else(server, alice):
    send(server, alice, picture())

    headers = show(server, alice, "?v=x").headers

    assert headers["content-disposition"] == "inline"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; frame-ancestors 'none'"
    assert headers["content-security-policy"] == policy


@pytest.mark.parametrize("said", ["image/svg+xml", "text/html", "application/json", "multipart/form-data", ""])
def test_the_declared_content_type_does_not_matter(server, alice, said):
    assert send(server, alice, picture(), headers={"Content-Type": said}).status_code == 200
    assert show(server, alice).headers["content-type"] == "image/webp"


def test_a_new_one_has_a_new_id_and_takes_the_place_of_the_old_one(server, alice):
    first = send(server, alice, picture(colour=RED))
    second = send(server, alice, picture("JPEG", colour=BLUE))

    assert first.json()["avatar"] != second.json()["avatar"]
    for query in ("", f"?v={first.json()['avatar']}", f"?v={second.json()['avatar']}"):
        assert near(colour_of(show(server, alice, query)), BLUE)


def test_a_user_without_a_picture_gets_a_refusal(server, alice):
    answer = show(server, alice)

    assert refused_status(answer) == 404
    assert answer.json()["error"] == "NotFound"


def test_a_removed_one_is_gone(server, alice):
    send(server, alice, picture())

    removed = ask(server, "DELETE", PATH, cookie=alice.key)

    assert (removed.status_code, removed.json()) == (200, {"avatar": ""})
    assert show(server, alice).status_code == 404
    assert ask(server, "DELETE", PATH, cookie=alice.key).status_code == 200


def test_another_users_picture_is_not_served(server, alice, bob):
    hers = send(server, alice, picture(colour=RED)).json()["avatar"]
    tries = ["", f"?v={hers}", f"?id={hers}", f"?user_id={alice.user_id}", f"/{hers}", f"/{alice.user_id}", "/"]

    for query in tries:
        assert show(server, bob, query).status_code in (307, 404), query
    send(server, bob, picture(colour=BLUE))
    for query in tries:
        answer = show(server, bob, query)
        assert answer.status_code in (307, 404) or near(colour_of(answer), BLUE), query
    ask(server, "DELETE", f"{PATH}?v={hers}", cookie=bob.key)
    assert near(colour_of(show(server, alice)), RED)


def test_a_visitor_is_refused_and_changes_nothing(server, alice):
    send(server, alice, picture())
    do(session_ends.close, alice.me.session_id)
    before = rows(server)

    for method in ("GET", "POST", "DELETE"):
        for key in ("", alice.key, "nonsense"):
            answer = ask(server, method, PATH, cookie=key, content=picture() if method == "POST" else None)
            assert refused_status(answer) == 440
            assert answer.json()["error"] == "SessionExpired"

    assert rows(server) == before


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://localhost:1"])
def test_a_foreign_site_changes_nothing(server, alice, origin):
    send(server, alice, picture())
    before = rows(server)

    for method in ("POST", "DELETE"):
        answer = ask(server, method, PATH, cookie=alice.key, origin=origin, content=picture(colour=BLUE))
        assert refused_status(answer) == 403
        cross = ask(server, method, PATH, cookie=alice.key, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused_status(cross) == 403

    assert rows(server) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS"])
def test_another_method_does_nothing(server, alice, method):
    before = rows(server)

    answer = ask(server, method, PATH, cookie=alice.key, content=picture())

    assert answer.status_code == 405
    assert cookies(answer) == []
    assert rows(server) == before


NO_PICTURES = {
    "nothing": b"",
    "text": b"just words",
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "half": picture(colour=RED)[: len(picture(colour=RED)) // 2],
    "form": b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + picture() + b"\r\n--x--",
}


@pytest.mark.parametrize("data", NO_PICTURES.values(), ids=NO_PICTURES)
def test_a_file_that_is_no_picture_is_refused_and_the_old_picture_stays(server, alice, data):
    send(server, alice, picture(colour=GREEN))
    before = rows(server)

    answer = send(server, alice, data)

    assert refused_status(answer) == 422
    assert answer.json() == {"error": "BadInput", "message": avatars.NO_PICTURE, "field": "picture"}
    assert rows(server) == before


def test_a_file_that_is_too_large_is_refused_with_a_message(server, alice):
    before = rows(server)

    for size in (5 * MB + 1, 50 * MB):
        answer = send(server, alice, picture() + bytes(size - len(picture())))
        assert refused_status(answer) == 422
        assert "at most 5 MB" in answer.json()["message"]
        assert answer.json()["field"] == "picture"

    assert rows(server) == before


def test_the_largest_is_taken(server, alice):
    assert send(server, alice, picture() + bytes(5 * MB - len(picture()))).status_code == 200


def memory(server):
    """Return the resident memory of the server and its workers in bytes."""
    processes = [server.process.pid]
    for process in processes:
        processes += map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())
    return sum(int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 for process in processes)


def begin(server, key, length):
    """Begin a request whose body stays unfinished."""
    headers = [f"Host: {server.host}", f"Origin: {server.url}", f"Cookie: authapp={key}", length]
    head = "\r\n".join([f"POST {PATH} HTTP/1.1", *headers, "", ""])
    line = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    line.sendall(head.encode())
    return line


def test_a_body_without_length_and_end_is_read_no_further_than_it_may_be_long(server, alice):
    before, sent = memory(server), 0
    part = b"%x\r\n%s\r\n" % (MB, b"\x89" * MB)
    with begin(server, alice.key, "Transfer-Encoding: chunked") as line:
        with suppress(OSError):  # the server has answered and closed the connection
            while sent < 50:
                line.sendall(part)
                sent += 1
        assert line.recv(12) == b"HTTP/1.1 422"

    assert sent < 50
    assert memory(server) - before < 40 * MB
    assert do(avatars.of, alice.me) is None


def test_a_visitor_may_not_send_a_large_body(server):
    with begin(server, "", f"Content-Length: {4 * MB}") as line:
        assert line.recv(12) in (b"HTTP/1.1 440", b"HTTP/1.1 422"), "before the body has come"


def test_an_upload_that_breaks_off_leaves_nothing_and_no_error_in_the_log(server, alice, logged):
    before = rows(server)
    with begin(server, alice.key, f"Content-Length: {2 * MB}") as line:
        line.sendall(picture()[:100])

    assert show(server, alice).status_code == 404
    assert rows(server) == before
    assert "broke" not in logged()


def test_the_other_calls_take_no_more_than_before(server, alice):
    long = b'{"user": "' + b"x" * (100 * 1024) + b'"}'

    for call in ("/connect", "/avatar/", "/avatarx"):
        answer = ask(server, "POST", API + call, cookie=alice.key, content=long)
        assert answer.status_code in (307, 404, 405, 422), call


def test_changes_are_bounded(strict):
    alice = newcomer("Alice")
    answers = [ask(strict, "DELETE", PATH, cookie=alice.key, headers=from_new_ip()) for _ in range(60)]
    assert {answer.status_code for answer in answers} == {200}

    for method in ("DELETE", "POST"):
        refused = ask(strict, method, PATH, cookie=alice.key, headers=from_new_ip(), content=picture())
        assert (refused.status_code, refused.json()["error"]) == (429, "TooManyRequests")
        assert int(refused.headers["retry-after"]) > 60
