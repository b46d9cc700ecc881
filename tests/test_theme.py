"""Design tokens of pages and mails, and the slots around forms."""

import json
import re
from pathlib import Path

import pytest
import reflex as rx

import authapp
from authapp.config import settings, suggest
from authapp.core.base.theme import Theme, contrast, spelled, use_theme
from authapp.core.messages import templates
from authapp.core.messages.templates import Written
from authapp.pages.forgot import forgot_page
from authapp.pages.home import home_page
from authapp.pages.login import login_page
from authapp.pages.settings import settings_page
from authapp.pages.sign_up import sign_up_page
from authapp.ui import slots, style

TEAL = Theme(accent="#0f766e", accent_dark="#5eead4", radius="6px", font="Georgia, serif", logo="/leaf.svg")


@pytest.fixture(autouse=True)
def ours_again():
    yield
    use_theme(Theme())
    suggest()
    slots.fill({})


def blocks(css: str) -> dict[str, str]:
    return {" ".join(head.split()): body for head, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css)}


def test_every_token_is_a_custom_property_in_the_light_and_in_the_dark():
    light, dark, chosen = blocks(TEAL.css("/ours.svg")).values()

    assert "--accent: #0f766e;" in light
    assert "--on-accent: #ffffff;" in light
    assert "--radius: 6px;" in light
    assert "--font: Georgia, serif;" in light
    assert '--logo: url("/leaf.svg");' in light
    assert "--accent: #5eead4;" in dark
    assert "--on-accent: #000000;" in dark
    assert dark == chosen
    assert 'url("/ours.svg")' in Theme().css("/ours.svg")


def test_the_tokens_reach_our_own_pieces_and_nothing_else():
    for heads in blocks(TEAL.css("")):
        for head in heads.rpartition("{")[2].split(","):
            assert ".authapp" in head


def test_the_stylesheet_of_the_pieces_reaches_nothing_else():
    css = re.sub(
        r"/\*.*?\*/", "", (Path(style.__file__).parent / "authapp.css").read_text(encoding="utf-8"), flags=re.S
    )
    base, components = css.split("@layer components {")

    assert all(".authapp" in head for head in blocks(base) if not head.startswith("@"))
    assert components.strip().startswith(":where(.authapp) {")
    assert components.rstrip().endswith("@keyframes authapp-turn { to { transform: rotate(1turn); } }")


def test_every_token_that_the_stylesheet_uses_is_there():
    css = (Path(style.__file__).parent / "authapp.css").read_text(encoding="utf-8")

    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= set(re.findall(r"(--[\w-]+):", Theme().css("") + css))


@pytest.mark.parametrize(
    ("token", "value", "says"),
    [
        ("accent", "blurple", "not a colour"),
        ("accent", "#0f766e80", "without transparency"),
        ("line_dark", "url(x)", "not a colour"),
        ("line", "red;} body {", "not a colour"),
        ("radius", "big", "the radius must be a length"),
        ("radius", "1rem; color: red", "the radius must be a length"),
        ("font", "Georgia; color: red", "the font must be names"),
        ("font", "url(https://fonts.example/x)", "the font must be names"),
        ("logo", "https://elsewhere.example/x.svg", "the logo must be the path"),
        ("logo", "//elsewhere.example/x.svg", "the logo must be the path"),
        ("logo", 'x") } body {', "the logo must be the path"),
    ],
)
def test_a_token_that_is_none_is_refused(token, value, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        Theme(**{token: value})


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        (
            {"accent": "#facc15"},
            "accent #facc15 is too similar to card #ffffff: their contrast is 1.5 to 1",
        ),
        ({"accent_dark": "#1e1b4b"}, "accent_dark #1e1b4b is too similar to card_dark #1a1a20"),
        ({"page": "#777777"}, "to page #777777"),
        ({"edge": "#dddddd"}, "must be at least 3.0 to 1"),
    ],
)
def test_unreadable_theme_tokens_are_refused(tokens, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        Theme(**tokens)


def test_a_colour_may_be_written_as_css_has_it():
    assert spelled("teal") == spelled("#008080") == spelled("rgb(0, 128, 128)")
    assert Theme(accent="DarkSlateBlue").accent == "#483d8b"


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_mails_have_the_accent():
    use_theme(TEAL)

    html = templates.html(Written("Hello", ["Hello."], ("Go", "https://shop.example/go")))

    assert "background-color:#0f766e;color:#ffffff" in html
    assert ".push { background-color: #5eead4 !important; color: #000000 !important; }" in html


def test_the_tokens_are_written_where_the_build_finds_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    use_theme(TEAL)

    sheets = style.stylesheets()

    assert [(tmp_path / "assets" / sheet.lstrip("/")).exists() for sheet in sheets] == [True, True]
    assert "#0f766e" in (tmp_path / "assets" / sheets[0].lstrip("/")).read_text(encoding="utf-8")


def test_the_environment_overrides_the_suggestions_of_an_app(configure, tmp_path):
    suggest(product_name="Fieldnotes", mail_templates=str(tmp_path))
    assert (settings().product_name, settings().mail_templates) == ("Fieldnotes", str(tmp_path))

    configure(AUTHAPP_PRODUCT_NAME="Shop")
    assert settings().product_name == "Shop"

    suggest(product_name="")
    configure(AUTHAPP_PRODUCT_NAME=None)
    assert settings().product_name == "authapp"


PAGES = {
    "home": home_page,
    "login": login_page,
    "sign_up": sign_up_page,
    "forgot": forgot_page,
    "settings": settings_page,
}


@pytest.mark.parametrize("name", slots.SLOTS)
def test_a_slot_is_filled_with_what_a_product_puts_there(name, configure):
    page = PAGES.get(name.partition(".")[0], login_page)
    assert "words of a product" not in str(page().render())

    slots.fill({name: lambda: rx.el.p("words of a product")})

    assert str(page().render()).count("words of a product") == 1


def test_a_slot_that_is_none_is_an_error_that_names_them_all():
    with pytest.raises(ValueError, match=r"slot 'log_in\.above' does not exist; the slots are header, .*login\.above"):
        slots.fill({"log_in.above": rx.fragment})


def test_an_app_is_told_of_a_slot_that_is_none():
    with pytest.raises(ValueError, match="slot"):
        authapp.install(rx.App(), slots={"nowhere": rx.fragment})


def test_the_head_of_a_page_has_the_colours_and_the_icons_of_the_theme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assets").mkdir()
    use_theme(TEAL)

    elements = "".join(str(element.render()) for element in style.head_elements("Fieldnotes"))
    files = list((tmp_path / "assets").rglob("*.webmanifest"))

    assert f'"{TEAL.card}"' in elements
    assert f'"{TEAL.card_dark}"' in elements
    assert style.touch_icon() == "/leaf.svg"
    assert json.loads(files[0].read_text(encoding="utf-8")) == {
        "name": "Fieldnotes",
        "start_url": "/",
        "display": "browser",
        "theme_color": TEAL.card,
        "background_color": TEAL.page,
        "icons": [{"src": "/leaf.svg", "sizes": "any"}],
    }
    use_theme(Theme())
    assert style.touch_icon().endswith(".png")


CSS = (Path(style.__file__).parent / "authapp.css").read_text(encoding="utf-8")


def test_an_empty_live_region_is_hidden_without_display_none():
    assert not re.search(
        r"[^{}]*:empty[^{}]*\{ display: none; \}", CSS.replace(".header-slot:empty", "").replace(".rows:empty", "")
    )
    assert re.search(r"\.visually-hidden, \.text:empty, \.good:empty, \.hint:empty \{\s+position: absolute;", CSS)


def test_buttons_tabs_and_faces_have_a_border_in_forced_colours():
    for rule in (".button, .button-quiet, .button-final", ".face"):
        body = re.search(re.escape(f"  {rule} {{") + r"([^}]*)\}", CSS)
        assert body
        assert "border: 1px solid transparent" in body[1]
    assert "(forced-colors: active)" in CSS


def test_only_a_field_that_cannot_be_changed_looks_so():
    assert ":read-only" not in CSS  # it matches every list of choices, too
    assert ".input[readonly]" in CSS
