"""Headers in a browser: what a product opened works, what it did not is blocked, and the console says nothing else."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.actions import signed_in, visit
from tests.kit.pictures import picture
from tests.kit.processes.servers import running
from tests.kit.web.http import API, ask

IMAGE = """url => new Promise((done) => {
  const image = document.body.appendChild(new Image());
  image.onload = () => done(image.naturalWidth);
  image.onerror = () => done(0);
  image.src = url;
})"""
WORKER = """source => new Promise((done) => {
  const url = source.startsWith("/") ? source : URL.createObjectURL(new Blob([source]));
  new Worker(url).onmessage = (event) => done(event.data);
})"""
FRAME = """url => new Promise((done) => {
  const frame = document.body.appendChild(document.createElement("iframe"));
  frame.onload = () => done(frame.contentDocument?.title ?? "");
  frame.src = url;
})"""


class Images(ThreadingHTTPServer):
    """A site with one picture at every path, which notes what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Images

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(picture("PNG"))

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def images():
    with Images() as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield site
        site.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory, images):
    allowed = f"http://127.0.0.1:{images.server_port}"
    with running(tmp_path_factory.mktemp("opened"), app="tests.kit.products.opened:app", IMAGES=allowed) as started:
        yield started


@pytest.fixture
def inside(configure, server):
    return share_database(server, configure)


def test_an_image_of_an_allowed_host_loads_and_of_any_other_is_blocked(page, images, odd):
    visit(page, "/login")

    assert page.evaluate(IMAGE, f"http://127.0.0.1:{images.server_port}/allowed.png") > 0
    assert page.evaluate(IMAGE, "/shop/logo.svg") == 9
    assert odd == []
    assert page.evaluate(IMAGE, f"http://localhost:{images.server_port}/blocked.png") == 0

    assert images.asked == ["/allowed.png"]  # the other request never left the browser
    assert odd
    assert all("img-src 'self' data: http://127.0.0.1" in said for said in odd)
    odd.clear()  # provoked on purpose


def test_scripts_workers_and_frames_that_the_product_allowed_run(page):
    page.goto("/shop/page")
    assert page.title() == "It ran"

    assert page.evaluate(WORKER, "postMessage('from a blob')") == "from a blob"
    assert page.evaluate(WORKER, "/shop/worker.js") == 7  # fetched under the policy of its file
    assert page.evaluate(FRAME, "/shop/page") == "It ran"


def test_a_script_that_the_product_did_not_allow_is_blocked(page, odd):
    page.goto("/shop/page")

    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")

    assert page.evaluate("window.ran") is None
    assert all("script-src" in said for said in odd)
    assert odd
    odd.clear()  # provoked on purpose


def test_pages_files_and_the_documentation_complain_about_nothing(open_browser, server, inside, fresh, alice):
    context = signed_in(open_browser(), server, alice)
    ask(server, "POST", f"{API}/avatar", headers={"Cookie": f"authapp-{server.port}={alice.key}"}, content=picture())
    users.sign_up(fresh("newcomer"))
    page = context.new_page()
    for path in ("/settings", "/outbox"):
        visit(page, path)
    assert page.goto(f"{API}/avatar").ok
    assert page.evaluate("document.images[0].naturalWidth") == 400
    page.goto("/shop/logo.svg")
    assert page.evaluate("getComputedStyle(document.querySelector('rect')).fill") == "rgb(0, 0, 255)"
    page.goto("/shop/sound.wav")
    page.wait_for_function("document.querySelector('video').duration > 0")
    page.goto(f"{API}/connect")
    assert alice.email in page.inner_text("body")
    page.goto("/api/docs")
    page.get_by_role("link", name=f"{API}/connect").first.wait_for()
