"""A user chooses, crops and removes a profile picture."""

import io
from urllib.parse import urlsplit

import pytest
from PIL import ExifTags, Image
from playwright.sync_api import expect

from authapp.core.account import avatars
from authapp.core.sessions import sessions
from tests.kit.browser.actions import choose, fill_login, log_in, press, sees, signed_in, visit
from tests.kit.browser.keyboard import Keys
from tests.kit.pictures import BLUE, GREEN, RED, as_file, near, picture, portrait
from tests.kit.rules import do

PLACES = {"header": 32, "main": 96}  # places of the user's own picture, and its width in pixels


@pytest.fixture
def page(home):
    return settings(home)


def settings(context):
    page = context.new_page()
    visit(page, "/settings")
    expect(page.get_by_label("First name")).to_have_value("Alice")
    return page


def save(page):
    press(page, "Save picture")
    expect(page.get_by_text("Picture saved.")).to_be_visible()


def shows(page, id, places=PLACES):
    """Check that the picture with that id is loaded in each of these places."""
    for place in places:
        face = page.locator(f"{place} img.face")
        expect(face).to_have_attribute("src", f"/api/v1/avatar?v={id}")
        page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=face.element_handle())
        assert face.bounding_box()["width"] == face.bounding_box()["height"] == PLACES[place]


def shows_initials(page, initials="AL", places=PLACES):
    for place in places:
        expect(page.locator(f"{place} img.face")).to_have_count(0)
        expect(page.locator(f"{place} span.face")).to_have_text(initials)


def id_of(person):
    return do(sessions.alive, person.me).avatar


def kept(person):
    return Image.open(io.BytesIO(do(avatars.of, person.me))).convert("RGB")


def striped():
    """Return an image: red on the left, green in the middle, blue on the right."""
    image = Image.new("RGB", (1500, 500), GREEN)
    image.paste(RED, (0, 0, 500, 500))
    image.paste(BLUE, (1000, 0, 1500, 500))
    return as_file(image, "PNG")


def test_a_chosen_picture_is_seen_at_once_and_after_a_reload(page, alice):
    shows_initials(page)
    choose(page, portrait())

    save(page)

    shows(page, id_of(alice))
    expect(page.get_by_label("Change picture")).to_be_focused()
    assert kept(alice).size == (512, 512)
    visit(page, "/settings")
    shows(page, id_of(alice))
    visit(page, "/")
    shows(page, id_of(alice), ["header"])


def test_the_part_that_is_kept_is_the_part_that_is_shown(page, alice):
    choose(page, striped())
    save(page)
    assert all(near(kept(alice).getpixel((x, 250)), GREEN) for x in (5, 250, 495))

    choose(page, striped())
    circle = page.get_by_role("application").bounding_box()
    x, y = circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2 * circle["width"], y, steps=8)
    page.mouse.up()
    save(page)

    assert all(near(kept(alice).getpixel((x, 250)), RED) for x in (5, 250, 495))


def test_a_zoomed_picture_is_kept_as_it_is_seen(page, alice):
    image = Image.new("RGB", (1200, 1200), BLUE)
    image.paste(RED, (400, 400, 800, 800))
    choose(page, as_file(image, "PNG"))
    page.get_by_label("Zoom").fill("3")
    save(page)

    mine = kept(alice)
    assert all(near(mine.getpixel((at, at)), RED) for at in (9, mine.width // 2, mine.width - 9))


def test_the_wheel_zooms_too(page):
    choose(page, portrait())
    page.get_by_role("application").hover()

    page.mouse.wheel(0, -200)

    expect(page.get_by_label("Zoom")).not_to_have_value("1")


def test_without_a_mouse(page, alice):
    page.on("filechooser", lambda _: None)  # without a listener, each file chooser opens a window that nobody can close
    keys = Keys(page)
    keys.to("Choose a picture")
    with page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files({"name": "me.png", "mimeType": "image/png", "buffer": striped()})
    expect(page.get_by_role("application", name="Visible part")).to_be_focused()
    for _ in range(40):
        keys.press("ArrowLeft")
    keys.to("Zoom").press("ArrowRight").press("ArrowRight")
    expect(page.get_by_label("Zoom")).to_have_attribute("aria-valuetext", "120 %")
    keys.to("Save picture").press("Enter")
    expect(page.get_by_text("Picture saved.")).to_be_visible()

    mine = kept(alice)
    assert near(mine.getpixel((mine.width // 2, mine.height // 2)), BLUE), "moved to the left, the right part is shown"
    shows(page, id_of(alice))
    expect(page.get_by_label("Change picture")).to_be_focused()
    keys.to("Remove picture").press("Enter")
    expect(page.get_by_label("Choose a picture")).to_be_focused()
    shows_initials(page)


def test_a_picture_is_replaced_and_removed(page, alice):
    choose(page, portrait(RED))
    save(page)
    first = id_of(alice)
    choose(page, portrait(BLUE))
    save(page)

    assert id_of(alice) != first
    shows(page, id_of(alice))
    press(page, "Remove picture")
    expect(page.get_by_text("Picture removed.")).to_be_visible()
    shows_initials(page)
    page.reload()
    shows_initials(page)


def test_cancel_changes_nothing(page, alice):
    choose(page, portrait())

    press(page, "Cancel")

    expect(page.get_by_label("Choose a picture")).to_be_focused()
    shows_initials(page)
    assert id_of(alice) == ""
    choose(page, portrait())  # the same file once more
    save(page)


def test_another_tab_shows_it_at_its_next_event(home, page, alice):
    other = settings(home)
    choose(page, portrait())
    save(page)

    press(other, "Save")

    expect(other.get_by_text("Saved.")).to_be_visible()
    shows(other, id_of(alice))


def test_a_photo_is_shown_upright(page, alice):
    photo = Image.new("RGB", (600, 600), BLUE)
    photo.paste(RED, (0, 0, 200, 600))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # the left side of the stored image is its top

    choose(page, as_file(photo, "JPEG", exif=exif))
    save(page)

    assert near(kept(alice).getpixel((256, 20)), RED)
    assert near(kept(alice).getpixel((20, 500)), BLUE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_every_kind_of_picture_can_be_chosen(page, alice, kind):
    choose(page, picture(kind, size=(60, 90)))
    save(page)

    assert near(kept(alice).getpixel((20, 20)), RED)
    assert kept(alice).size == (60, 60)


NO_PICTURE = "We can’t read this file as an image. Choose a JPEG, PNG, WebP or GIF."
BAD = {
    "text": (b"just words", NO_PICTURE),
    "svg": (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
        NO_PICTURE,
    ),
    "html": (b"<!doctype html><img src=x onerror=alert(1)>", NO_PICTURE),
    "half": (portrait()[:600], NO_PICTURE),
    "empty": (b"", "This file is empty. Choose another one."),
    "large": (bytes(20 * 1024 * 1024 + 1), "This file is larger than 20 MB. Choose a smaller one."),
}


@pytest.mark.parametrize(("data", "words"), BAD.values(), ids=BAD)
def test_a_file_that_will_not_do_is_told_in_words(page, tmp_path, data, words):
    file = tmp_path / "me.png"
    file.write_bytes(data)

    page.get_by_label("Choose a picture").set_input_files(file)

    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    described = page.get_by_label("Choose a picture").get_attribute("aria-describedby").split()
    assert page.locator(f"[id='{described[0]}']").inner_text() == words
    shows_initials(page)
    choose(page, portrait())
    expect(page.get_by_text(words)).to_have_count(0)
    save(page)


def test_a_choice_survives_a_line_that_is_out(home, page, alice, odd):
    choose(page, striped())
    page.get_by_role("application").press("ArrowLeft")
    page.get_by_label("Zoom").fill("2")
    home.set_offline(True)

    press(page, "Save picture")

    expect(page.get_by_role("alert").filter(has_text="We can’t reach the server.")).to_be_visible()
    expect(page.get_by_label("Zoom")).to_have_value("2")
    home.set_offline(False)
    save(page)
    shows(page, id_of(alice))
    odd[:] = [said for said in odd if "ERR_INTERNET_DISCONNECTED" not in said]


def test_a_choice_survives_the_end_of_the_session(home, page, alice):
    choose(page, portrait())
    press(visit(home.new_page(), "/"), "Log out")
    sees(page, "You’ve been logged out")

    fill_login(page.get_by_role("dialog"), alice.email, alice.password)

    expect(page.get_by_role("dialog")).to_have_count(0)
    save(page)
    expect(page.locator("header img.face")).to_be_visible()
    expect(page.locator("main img.face")).to_be_visible()


def test_the_page_shows_that_it_waits_and_sends_once(page):
    choose(page, portrait())
    sent, held = [], []
    page.route("**/api/v1/avatar", lambda route: (sent.append(route.request.method), held.append(route)))

    press(page, "Save picture")
    expect(page.get_by_text("Saving the picture…")).to_be_visible()
    expect(page.locator("form[aria-busy=true]").get_by_role("button", name="Save picture")).to_be_visible()
    press(page, "Save picture")
    held[0].continue_()

    expect(page.get_by_text("Picture saved.")).to_be_visible()
    assert sent == ["POST"]
    expect(page.locator("form[aria-busy=true]")).to_have_count(0)


def test_the_next_person_in_that_browser_sees_nothing_of_it(home, page, alice, bob, odd):
    choose(page, portrait())
    save(page)
    hers = id_of(alice)
    press(page, "Log out")
    expect(page.get_by_text("Logged in as")).to_have_count(0)

    log_in(page, bob.email, bob.password)

    shows_initials(page, "BD", ["header"])
    assert page.evaluate("async id => (await fetch(`/api/v1/avatar?v=${id}`)).status", hers) == 404
    odd.remove(next(said for said in odd if "404" in said))


def test_no_address_and_no_message_of_the_socket_holds_the_picture(home, alice):
    addresses, messages = [], []
    page = home.new_page()
    page.on("request", lambda request: addresses.append(request.url))
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: messages.append(str(sent))))
    visit(page, "/settings")
    choose(page, portrait())
    save(page)
    shows(page, id_of(alice))

    asked = [urlsplit(address) for address in addresses if not address.startswith("data:")]
    assert all(len(address.query) < 300 for address in asked)
    assert messages
    assert max(map(len, messages)) < 3000
    assert not [address for address in asked if address.scheme == "blob"]


def test_a_login_does_not_load_the_cropping_script(open_browser, server, alice):
    context = open_browser()
    scripts = []
    page = context.new_page()
    page.on("response", lambda answer: scripts.append(answer) if answer.url.endswith(".js") else None)

    visit(page, "/login")
    page.wait_for_load_state("networkidle")

    loaded = [script.text() for script in scripts]
    assert loaded
    assert not [text for text in loaded if "reactEasyCrop" in text]
    signed_in(context, server, alice)
    scripts.clear()
    visit(page, "/settings")
    page.wait_for_load_state("networkidle")
    assert [script for script in scripts if "reactEasyCrop" in script.text()], "so this would have been noticed"
