"""Sign-up by mail, from the first page to the settings."""

import pytest
from playwright.sync_api import expect

from tests.kit.browser.actions import (
    AWAKE,
    SECRET,
    cookie_of,
    eventually,
    falls_asleep,
    fill_login,
    heading,
    mail,
    press,
    refusal_of,
    sees,
    set_password,
    sign_up,
    type_in,
    visit,
    wakes,
)


def test_a_newcomer_signs_up_reads_the_mail_sets_a_password_logs_out_and_logs_in(page, fresh):
    ann = fresh("ann")
    visit(page, "/").get_by_role("link", name="Sign up").click()
    sees(page, "Sign up")
    type_in(page, email=f"  {ann.upper()} ")
    press(page, "Sign up")
    sees(page, "Check your email")
    page.get_by_role("link", name="Open the outbox").click()
    mail(page, ann).get_by_role("link", name="Confirm and continue").click()

    sees(page, "Confirm your email address")
    assert cookie_of(page.context) is None  # looking at the link neither uses it up nor opens a session
    press(page, "Confirm and continue")
    sees(page, "Settings")
    expect(page).to_have_url("/settings?set=password")
    expect(page.get_by_text(f"Logged in as {ann}")).to_be_visible()

    type_in(page, first_name="Ann", last_name="Öztürk")
    press(page, "Save")
    expect(page.get_by_text("Logged in as Ann Öztürk")).to_be_visible()
    set_password(page, SECRET)
    expect(page.get_by_label("First name")).to_have_value("Ann")
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    assert cookie_of(page.context) is None

    page.get_by_role("link", name="Log in").click()
    fill_login(page, ann, SECRET)
    expect(page.get_by_text("Logged in as Ann Öztürk")).to_be_visible()


def test_a_reload_in_the_middle_loses_nothing(page, fresh):
    ann = fresh("ann")
    sign_up(page, ann)
    page.reload()
    mail(page, ann).get_by_role("link", name="Confirm and continue").click()
    sees(page, "Confirm your email address")

    page.reload()
    press(page, "Confirm and continue")
    sees(page, "Settings")
    page.reload()

    expect(page.get_by_text("Set a password, so that you can log in next time.")).to_be_visible()
    set_password(page, SECRET)
    page.reload()
    expect(page.get_by_text(f"Logged in as {ann}")).to_be_visible()


def test_a_known_address_is_answered_alike_and_its_owner_is_told_by_mail(page, alice, fresh):
    nobody = fresh("nobody")
    sign_up(page, nobody)
    to_nobody = page.get_by_role("main").inner_text()

    sign_up(page, alice.email)

    assert page.get_by_role("main").inner_text() == to_nobody.replace(nobody, alice.email)
    told = mail(page, alice.email)
    expect(told).to_contain_text("You already have an account")
    told.get_by_role("link", name="Log in").click()
    sees(page, "Log in")


@pytest.mark.parametrize(
    ("path", "button", "typed", "label", "words"),
    [
        ("/signup", "Sign up", {"email": ""}, "Email", "Enter your email address."),
        ("/signup", "Sign up", {"email": "nonsense"}, "Email", "like name@example.com"),
        ("/forgot", "Send link", {"email": "a@b"}, "Email", "like name@example.com"),
        ("/login", "Log in", {"identifier": "", "password": "x"}, "Email or phone", "Enter your email"),
        (
            "/login",
            "Log in",
            {"identifier": "ann@example.com", "password": ""},
            "Password",
            "Enter your password.",
        ),
        ("/login", "Log in", {"identifier": "ann@example.com", "password": "wrong"}, "Password", "is wrong"),
    ],
)
def test_an_error_is_shown_beside_its_field_and_the_other_values_stay(page, path, button, typed, label, words):
    visit(page, path)
    type_in(page, **typed)

    press(page, button)

    _said_beside(page, label, words)
    for name, value in typed.items():
        shown = {"identifier": "Email or phone"}.get(name, name.capitalize())
        expect(page.get_by_label(shown, exact=True)).to_have_value(value)


@pytest.mark.parametrize(
    ("button", "typed", "label", "words"),
    [
        ("Save", {"first_name": "x" * 81, "last_name": "Liddell"}, "First name", "at most 80 characters"),
        ("Save", {"first_name": "Alice", "last_name": "y" * 81}, "Last name", "at most 80 characters"),
        ("Set password", {"new_password": ""}, "New password", "Enter a password."),
        ("Set password", {"new_password": "too short"}, "New password", "this has 9"),
        ("Set password", {"new_password": "password1234"}, "New password", "is common"),
    ],
)
def test_an_error_in_the_settings_is_shown_beside_its_field(home, button, typed, label, words):
    page = visit(home.new_page(), "/settings")
    expect(page.get_by_label("First name")).to_have_value("Alice")
    type_in(page, **typed)

    press(page, button)

    _said_beside(page, label, words)
    for name, value in typed.items():
        expect(page.get_by_label(name.replace("_", " ").capitalize(), exact=True)).to_have_value(value)


def _said_beside(page, label, words):
    """Check that a field's message is visible, announced and tied to the field, and that the field has the focus."""
    field, said = page.get_by_label(label, exact=True), refusal_of(page, label)
    expect(said).to_contain_text(words)
    expect(said).to_have_role("alert")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    assert page.locator("[role=alert]:not(:empty)").count() == 1


def test_a_meter_says_how_good_a_new_password_is(home, alice):
    page = visit(home.new_page(), "/settings")
    field = page.get_by_label("New password", exact=True)
    meter = page.locator(".meter")
    expect(page.get_by_text("At least 12 characters.")).to_be_visible()
    expect(meter).to_be_hidden()
    field.focus()

    for typed, words, level in [
        ("11 letters!", "Too short: 1 more character", "2"),
        ("short", "Too short: 7 more characters", "1"),
        ("🔑" * 12, "Too repetitive", "1"),
        ("password1234", "Very common", "1"),
        ("abcdefghijkl", "Follows a simple pattern", "1"),
        ("Alice Liddell", "Contains your name or address", "1"),
        ("harbour river", "Good", "3"),
        (SECRET, "Strong", "4"),
    ]:
        field.fill(typed)
        said = page.get_by_text(words, exact=True)
        expect(said).to_be_visible()
        expect(said).to_have_attribute("aria-live", "polite")
        expect(meter).to_have_attribute("data-level", level)
        expect(meter).to_have_attribute("aria-hidden", "true")


def test_the_list_of_common_passwords_is_loaded_when_the_field_is_used(home):
    page, scripts = home.new_page(), []
    page.on("response", lambda response: scripts.append(response.url) if ".js" in response.url else None)
    visit(page, "/settings")
    page.wait_for_load_state("networkidle")
    before = len(scripts)

    page.get_by_label("New password", exact=True).focus()

    eventually(page, lambda: [url for url in scripts[before:] if "common_passwords" in url])


def test_a_password_that_was_refused_is_not_praised(home):
    page = visit(home.new_page(), "/settings")
    page.get_by_label("New password", exact=True).fill("wrestle2024!")  # a word that only the server's list has
    expect(page.get_by_text("Good", exact=True)).to_be_visible()

    press(page, "Set password")

    expect(refusal_of(page, "New password")).to_contain_text("is common")
    expect(page.get_by_text("Good", exact=True)).to_have_count(0)


def test_saved_is_said_until_something_is_changed_again(home):
    page = visit(home.new_page(), "/settings")
    expect(page.get_by_label("First name")).to_have_value("Alice")
    saved = page.get_by_text("Saved.")
    for name in ("Alicia", "Alina"):
        type_in(page, first_name=name)
        press(page, "Save")
        expect(saved).to_be_visible()

        page.get_by_label("Last name").press("End")
        expect(saved).to_be_visible()
        page.get_by_label("Last name").press("x")
        expect(saved).to_be_hidden()


def test_a_password_can_be_shown_and_pasted(page):
    visit(page, "/login")
    field = page.get_by_label("Password", exact=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('from the clipboard')")
    field.focus()
    page.keyboard.press("Control+V")

    expect(field).to_have_attribute("type", "password")
    show = page.get_by_role("button", name="Show password", exact=True)
    expect(show).to_have_attribute("aria-pressed", "false")
    show.click()

    expect(field).to_have_attribute("type", "text")
    expect(field).to_have_value("from the clipboard")
    expect(show).to_have_attribute("aria-pressed", "true")
    show.click()
    expect(field).to_have_attribute("type", "password")


def test_a_second_click_asks_once(page, fresh):
    ann = fresh("ann")
    visit(page, "/signup")
    type_in(page, email=ann)
    page.get_by_role("button", name="Sign up").dblclick()
    sees(page, "Check your email")
    visit(page, "/outbox")

    expect(page.get_by_role("listitem").filter(has_text=f"To {ann} ")).to_have_count(1)


def test_the_second_half_of_a_double_click_does_not_press_what_took_the_place_of_the_button(page, fresh):
    visit(page, "/signup")
    type_in(page, email=fresh("ann"))
    press(page, "Sign up")
    sees(page, "Check your email")
    place = page.get_by_role("link", name="Open the outbox").bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    sees(page, "Check your email")
    expect(page).to_have_url("/signup")

    page.mouse.click(x, y)
    sees(page, "Outbox")


def test_a_logged_in_user_is_sent_away_from_login_and_sign_up(home):
    page = home.new_page()
    for path in ("/login", "/signup", "/login/", "/login?next=%2Fsettings%3Fset%3Dpassword"):
        page.goto(path)
        assert heading(page, "Log in").count() == heading(page, "Sign up").count() == 0
        expect(page.get_by_text("Logged in as")).to_be_visible()
    expect(page).to_have_url("/settings?set=password")


@pytest.mark.parametrize(("path", "button"), [("/signup", "Sign up"), ("/forgot", "Send link")])
def test_a_page_that_slept_and_wakes_still_says_where_the_mail_went_and_works(page, alice, fresh, path, button):
    visit(page, path)
    type_in(page, email=alice.email)
    press(page, button)
    sees(page, "Check your email")

    for _ in range(2):
        _sleeps_and_wakes(page)
        page.wait_for_timeout(1000)  # for possible consequences
        sees(page, "Check your email")
        expect(page.get_by_role("main")).to_contain_text(f"We sent an email to {alice.email}.")

    press(page, "Use another address")
    ann = fresh("ann")
    expect(page.get_by_label("Email", exact=True)).to_have_value("")
    type_in(page, email=ann)
    press(page, button)
    sees(page, "Check your email")
    expect(page.get_by_role("main")).to_contain_text(f"We sent an email to {ann}.")


def _sleeps_and_wakes(page):
    falls_asleep(page)
    page.wait_for_timeout(1000)  # until the server notices that this tab is gone
    with page.expect_event("websocket"):
        wakes(page)


def test_another_address_can_be_used_and_the_same_one_again(page, fresh):
    ann = fresh("ann")
    sign_up(page, ann)
    for address in (fresh("bea"), ann):
        press(page, "Use another address")
        sees(page, "Sign up")
        expect(page.get_by_label("Email", exact=True)).to_be_focused()
        type_in(page, email=address)
        press(page, "Sign up")
        sees(page, "Check your email")
        expect(page.get_by_role("main")).to_contain_text(f"We sent an email to {address}.")


def test_a_page_that_is_opened_anew_asks_anew(page, fresh):
    ann = fresh("ann")
    sign_up(page, ann)

    page.reload()

    sees(page, "Sign up")
    expect(page.get_by_text(ann)).to_have_count(0)


@pytest.mark.parametrize("how", ["press", "enter"])
def test_typing_before_the_page_is_ready_loses_and_reveals_nothing(page, alice, how):
    scripts, sent, awake = [], [], []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url} {request.post_data or ''}"))
    page.route("**/assets/*.js", lambda route: route.continue_() if awake else scripts.append(route))
    page.goto("/login", wait_until="commit")
    type_in(page, identifier=alice.email, password=alice.password)

    if how == "press":
        press(page, "Log in")
    else:
        page.get_by_label("Password", exact=True).press("Enter")

    page.wait_for_timeout(300)
    awake.append(True)
    for script in scripts:
        script.continue_()
    page.wait_for_function(AWAKE)
    expect(page.get_by_label("Email or phone")).to_have_value(alice.email)
    expect(page.get_by_label("Password", exact=True)).to_have_value(alice.password)
    press(page, "Log in")
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    assert not [request for request in sent if "POST" in request and "/api/v1/" not in request]
