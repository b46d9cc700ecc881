"""The HTML of every mail: a complete document, readable in light and dark mode, that says the same as the text."""

import re
from html.parser import HTMLParser

import pytest
from sqlmodel import select

from authapp.core.base.theme import Theme, contrast, use_theme
from authapp.core.messages import outbox, templates
from authapp.core.messages.templates import Written
from authapp.i18n import catalogues, texts
from authapp.i18n.locales import ENGLISH
from authapp.models import Message
from tests.core.messages.test_templates import FACTS, MAILS, NAMES, NO_BUTTON, URL
from tests.kit.rules import do

ANN = "ann@example.com"
VALUES = {name: value for name, value in FACTS.items() if name not in ("code", "recipient")}
LANGUAGES = [ENGLISH, *(language for language in catalogues.languages() if language != ENGLISH)]
VOID = {"meta", "img", "br", "hr", "link"}
WORD_ENGINE = {"flex", "grid", "position", "float", "var(", "calc("}  # Outlook for Windows ignores these
TEAL = Theme(accent="#0f766e", accent_dark="#5eead4", page="#fefce8", page_dark="#052e16", logo="/brand/leaf.png")


class Document(HTMLParser):
    """Parsed mail: its elements, and the words inside each kind of element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[tuple[str, dict[str, str], str]] = []
        self.declared = ""
        self.feed(html)
        self.close()
        assert self.open == [], "an element is not closed"

    def handle_decl(self, decl: str) -> None:
        self.declared = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        element = (tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open:
            self.words.append((*self.open[-1], " ".join(data.split())))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def said(self, tag: str) -> list[str]:
        return [words for name, _, words in self.words if name == tag]


@pytest.fixture(autouse=True)
def ours_again():
    yield
    use_theme(Theme())


def content(name: str, language: str = ENGLISH) -> Written:
    code = {"code": FACTS["code"]} if name == "code" else {}
    return templates.mail(name, language, recipient=ANN, **VALUES, **code)


def document(name: str, language: str = ENGLISH) -> Document:
    return Document(templates.html(content(name, language), language))


def style_of(attributes: dict[str, str]) -> dict[str, str]:
    pairs = (part.partition(":") for part in attributes.get("style", "").split(";") if part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def dark_rules(html: str) -> dict[str, dict[str, str]]:
    css = html.partition("(prefers-color-scheme: dark) {")[2].partition("\n}")[0]
    rules = re.findall(r"\.(\w+) \{([^}]*)\}", css)
    return {name: style_of({"style": body.replace(" !important", "")}) for name, body in rules}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_a_complete_document_in_every_language(name, language):
    mail = content(name, language)
    html = templates.html(mail, language)
    page = Document(html)

    assert page.declared.lower() == "doctype html"
    assert (page.all("html")[0]["lang"], page.all("html")[0]["dir"]) == (language, "ltr")
    assert page.said("title") == [mail.subject]
    assert page.said("h1") == [mail.subject]
    schemes = {meta["name"]: meta["content"] for meta in page.all("meta") if "name" in meta}
    assert schemes["color-scheme"] == schemes["supported-color-schemes"] == "light dark"
    assert page.said("div") == [mail.preview]  # the hidden preview
    assert page.words[-1][2] == mail.footer
    assert len(html.encode()) < 20_000  # Gmail clips a mail at 102 KB


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_button_and_the_url_below_it_open_the_same_page(name, language):
    mail, page = content(name, language), document(name, language)
    links = page.all("a")

    if name in NO_BUTTON:
        assert links == []
        return
    words, url = mail.link
    assert [link["href"] for link in links] == [url, url]
    assert page.said("a") == [words, url]
    assert style_of(links[0])["padding"] == "14px 28px"
    below = page.all("p")[-1]
    assert (style_of(below)["word-break"], below["dir"]) == ("break-all", "ltr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_preview_is_not_the_subject_and_the_footer_names_product_and_recipient(name, language):
    mail = content(name, language)

    assert mail.preview
    assert mail.preview not in (mail.subject, mail.paragraphs[0])
    assert mail.preview not in mail.paragraphs
    assert ANN in mail.footer
    assert "authapp" in mail.footer
    assert mail.footer not in mail.paragraphs


def test_each_kind_of_mail_says_why_it_was_sent():
    used = {
        name: re.search(r"^-- .*because_(\w+)\.txt", (MAILS / f"{name}.txt").read_text(), re.M)[1] for name in NAMES
    }
    reasons = {reason: [name for name in NAMES if used[name] == reason] for reason in used.values()}
    parts = {path.stem.removeprefix("because_") for path in MAILS.glob("because_*.txt")}

    assert set(reasons) == parts
    assert len({content(names[0]).footer for names in reasons.values()}) == len(parts)
    security = [name for name in NAMES if "happened.txt" in (MAILS / f"{name}.txt").read_text()]
    assert set(reasons["security"]) == {*security, "failed_logins"}
    assert "security email" in content("new_device").footer
    assert "asked for an account" in content("sign_up").footer


@pytest.mark.parametrize("theme", [Theme(), TEAL], ids=["ours", "teal"])
@pytest.mark.parametrize("name", ["sign_up", "code", "suspended"])
def test_every_text_has_a_colour_with_its_background_and_enough_contrast_in_light_and_dark(name, theme):
    use_theme(theme)
    html = templates.html(content(name))
    page, dark = Document(html), dark_rules(html)
    coloured = [attributes for _, attributes in page.elements if "color" in style_of(attributes)]

    assert len(coloured) > 6
    for attributes in coloured:
        style, changed = style_of(attributes), dark[attributes["class"].split()[0]]
        assert contrast(style["color"], style["background-color"]) >= 4.5, attributes
        assert contrast(changed["color"], changed["background-color"]) >= 4.5, attributes
    for tag, attributes in page.elements:  # a background without a colour would be as bad
        style = style_of(attributes)
        assert ("color" in style) == any(part.startswith("background") for part in style), tag
    assert all(("color" in rule) == ("background-color" in rule) for rule in dark.values())
    assert {theme.page, theme.card} <= {style_of(attributes)["background-color"] for attributes in coloured}
    assert {theme.page_dark, theme.card_dark} <= {rule.get("background-color") for rule in dark.values()}


@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_a_mail_is_inside_an_element_with_a_colour(name):
    for tag, attributes, words in document(name).words:
        if tag not in ("title", "style", "div", "span"):
            assert "color" in style_of(attributes), words


@pytest.mark.parametrize("name", ["sign_up", "code"])
def test_a_mail_is_made_of_tables_and_styles_that_outlook_knows_and_loads_nothing(name):
    html = templates.html(content(name))
    page = Document(html)

    assert len(page.all("style")) == 1
    assert not page.all("script") + page.all("link") + page.all("form") + page.all("iframe")
    assert all(table["role"] == "presentation" for table in page.all("table"))
    for _, attributes in page.elements:
        style = attributes.get("style", "")
        assert not any(feature in style for feature in WORD_ENGINE), style
        assert '"' not in style
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3
    assert "url(" not in html
    assert "http" not in html.replace(URL, "")


def test_the_preview_is_hidden_and_followed_by_space():
    html = templates.html(content("sign_up"))

    hidden = re.search(r'<div style="([^"]*)">One step left: confirm your address within 1 hour\.(.*?)</div>', html)
    assert {"display:none", "mso-hide:all"} <= set(hidden[1].split(";"))
    assert hidden[2].startswith('<span aria-hidden="true">&#847;&zwnj;&nbsp;')


def test_the_logo_of_a_product_is_a_picture_with_its_name_as_alternative(configure):
    configure(AUTHAPP_URL="https://shop.example", AUTHAPP_PRODUCT_NAME="Shop & Co")
    use_theme(TEAL)
    page = document("sign_up")

    (logo,) = page.all("img")
    assert (logo["src"], logo["alt"]) == ("https://shop.example/brand/leaf.png", "Shop & Co")
    assert "Shop & Co" not in [words for tag, _, words in page.words if tag == "td"]


@pytest.mark.parametrize("logo", ["", "/leaf.svg"])
def test_without_a_logo_that_mail_programs_show_the_name_is_there(logo, configure):
    configure(AUTHAPP_PRODUCT_NAME="Shop & Co")
    use_theme(Theme(logo=logo))
    page = document("sign_up")

    assert page.all("img") == []
    assert "Shop & Co" in page.said("td")


def test_a_mail_in_arabic_goes_from_right_to_left():
    page = document("sign_up", "ar")

    assert (page.all("html")[0]["lang"], page.all("html")[0]["dir"]) == ("ar", "rtl")
    assert {cell["align"] for cell in page.all("td") if "align" in cell} == {"center", "right"}
    assert style_of(page.all("p")[-1])["text-align"] == "right"
    assert page.all("p")[-1]["dir"] == "ltr"  # a URL


def test_a_code_is_shown_large_and_no_other_value_is():
    page = document("code")

    (cell,) = [attributes for tag, attributes, words in page.words if (tag, words) == ("td", FACTS["code"])]
    assert (style_of(cell)["font-size"], cell["dir"]) == ("32px", "ltr")
    assert templates.mail("sign_up", recipient=ANN, code="SUMMER", **VALUES).code == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_text_says_the_same_as_the_html(name, language):
    mail, page = content(name, language), document(name, language)
    text = outbox.as_text(mail)

    help_words = " ".join(texts.into(templates._LINK_HELP, language).split())
    shown = [words for tag, _, words in page.words if tag in ("p", "a", "td") and words != help_words]
    assert [words for words in shown if words not in text] == []
    assert all(paragraph in shown for paragraph in mail.paragraphs)


def test_a_stored_mail_has_both_parts(database):
    do(outbox.mail, ANN, "sign_up", url=URL, life="1 hour")

    (row,) = do(lambda db: list(db.exec(select(Message)).all()))
    assert row.text.endswith(f"Confirm and continue: {URL}\n\n-- authapp\n{content('sign_up').footer}")
    assert row.html == templates.html(content("sign_up"))


def test_a_mail_of_a_product_without_marks_gets_a_preview_and_a_footer(tmp_path, configure, database):
    configure(AUTHAPP_MAIL_TEMPLATES=tmp_path)
    (tmp_path / "hello.txt").write_text("Hello\n\nWe have news for {{ who }}.\n\nMore.\n")

    do(outbox.mail, ANN, "hello", who="Ann")

    (row,) = do(lambda db: list(db.exec(select(Message)).all()))
    page = Document(row.html)
    assert page.said("div") == ["We have news for Ann."]
    assert page.words[-1][2] == f"We sent this email to {ANN}."
    assert row.text == f"We have news for Ann.\n\nMore.\n\n-- authapp\nWe sent this email to {ANN}."


def test_the_footer_that_we_add_is_in_the_language_of_the_recipient(tmp_path, configure, database):
    configure(AUTHAPP_MAIL_TEMPLATES=tmp_path)
    (tmp_path / "hello.txt").write_text("Hello\n\nNews.\n")

    do(outbox.mail, ANN, "hello", "fr")

    (row,) = do(lambda db: list(db.exec(select(Message)).all()))
    assert row.text.endswith(f"Nous avons envoyé cet e-mail à {ANN}.")


@pytest.mark.parametrize("folder", ["", "fr"])
def test_a_template_of_a_product_may_have_its_own_preview_and_footer(tmp_path, configure, folder):
    configure(AUTHAPP_MAIL_TEMPLATES=tmp_path)
    (tmp_path / folder).mkdir(exist_ok=True)
    blocks = ["> The subject", "> A {{ kind }} look", "> first.", "Text > here -- and there."]
    blocks.append("-- You {% if 1 %}asked{% endif %}.")
    (tmp_path / folder / "hello.txt").write_text("\n\n".join(blocks))

    mail = templates.mail("hello", "fr", kind="short")

    assert mail == Written("> The subject", ["Text > here -- and there."], None, "A short look first.", "You asked.")


@pytest.mark.parametrize("evil", ["> x", "-- x", "\x02x", "\x03x", "\n\n-- x", "\n\n\x03x"])
def test_a_value_becomes_no_preview_and_no_footer(tmp_path, configure, evil):
    configure(AUTHAPP_MAIL_TEMPLATES=tmp_path)
    (tmp_path / "hello.txt").write_text("Hello\n\n{{ who }} writes.\n")

    mail = templates.mail("hello", who=evil)

    assert (mail.preview, mail.footer) == ("", "")
    assert mail.paragraphs == [" ".join(f"{evil} writes.".replace("\x02", "").replace("\x03", "").split())]


def test_a_layout_of_a_product_gets_every_documented_variable(tmp_path, configure):
    configure(AUTHAPP_MAIL_TEMPLATES=tmp_path, AUTHAPP_URL="https://shop.example")
    use_theme(TEAL)
    names = ("product", "base", "language", "direction", "subject", "preview", "paragraphs", "link", "link_help")
    names += ("code", "footer", "logo", "theme")
    (tmp_path / "layout.html").write_text("".join(f"[{name}={{{{ {name} }}}}]" for name in names))

    html = templates.html(content("code"))

    assert "[base=https://shop.example]" in html
    assert "[logo=https://shop.example/brand/leaf.png]" in html
    assert "[code=042917]" in html
    readme = (MAILS.parents[3] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Layout of mails")[2].partition("\n## ")[0]
    assert [name for name in names if f"`{name}`" not in section] == []
