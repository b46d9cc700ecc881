"""Templates of mails and texts."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from authapp.config import BadSettings, settings
from authapp.core.messages import templates
from authapp.core.messages.templates import Written

MAILS = Path(templates.__file__).parent / "mails"
PARTS = {"happened", "wasnt_me", *(path.stem for path in MAILS.glob("because_*.txt"))}  # parts of other mails
NO_BUTTON = {"code", "suspended"}  # the user types a code where they asked for it; a suspended user has no action
NAMES = sorted(path.stem for path in MAILS.glob("*.txt") if path.stem not in PARTS)
TEXTS = sorted(path.stem for path in (MAILS / "texts").glob("*.txt"))
URL = "https://shop.example/link#abc.def"
FACTS = {
    "url": URL,
    "life": "1 hour",
    "when": "1 May 2026, 12:00 UTC",
    "browser": "Firefox on Linux",
    "address": "192.0.2.1",
    "about": "second@example.com",
    "until": "15 May 2026",
    "code": "042917",
    "what": "Something happened",
    "who": "Nina (nina@example.com)",
    "ready": "2 May 2026, 12:00 UTC",
    "theirs": "third@example.com",
    "count": "50",
    "recipient": "alice@example.com",
}


@pytest.fixture
def own(tmp_path, configure):
    """Return a product's folder of mail templates."""
    configure(AUTHAPP_MAIL_TEMPLATES=tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_has_a_subject_and_paragraphs_and_a_button_where_there_is_one_to_press(name):
    mail = templates.mail(name, **FACTS)

    assert mail.subject
    assert mail.paragraphs
    assert (mail.link is None) == (name in NO_BUTTON)
    words, url = mail.link or ("", URL)
    assert url in (URL, "http://localhost:3000/login", "http://localhost:3000/signup", "http://localhost:3000/forgot")
    text = "\n".join([mail.subject, *mail.paragraphs, words])
    assert not any(mark in text for mark in ("{{", "}}", "{%", "\n\n", "  ", "]("))


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_about_what_happened_says_when_where_and_how_to_object(name):
    source = (MAILS / f"{name}.txt").read_text()
    happened, security = 'include "happened.txt"' in source, 'include "wasnt_me.txt"' in source
    mail = templates.mail(name, **FACTS)
    text = " ".join(mail.paragraphs)

    assert all((fact in text) == happened for fact in (FACTS["when"], FACTS["browser"], FACTS["address"]))
    objects = security or name == "removed"
    assert (mail.link is not None and mail.link[0] == "This wasn’t me") == objects
    assert (
        any(paragraph.startswith("If this was you, you don’t need to do anything.") for paragraph in mail.paragraphs)
        == objects
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_fact_that_is_missing_fails_loudly(name):
    needed = [fact for fact in FACTS if FACTS[fact] in str(templates.mail(name, **FACTS))]

    for missing in needed:
        with pytest.raises(UndefinedError, match=missing):
            templates.mail(name, **{fact: value for fact, value in FACTS.items() if fact != missing})
    assert "recipient" in needed


def test_a_mail_that_happened_nowhere_in_particular_says_no_address():
    text = " ".join(templates.mail("password_set", **(FACTS | {"address": ""})).paragraphs)

    assert "with Firefox on Linux. All other devices" in text


@pytest.mark.parametrize(
    "evil", ["two\n\nparagraphs", "[Log in](https://evil.example)", "\n\n[Log in](https://evil.example)", "{{ url }}"]
)
@pytest.mark.parametrize("fact", ["about", "browser", "address"])
def test_a_value_becomes_no_paragraph_button_or_template(fact, evil):
    plain, spoilt = (templates.mail("email_added", **(FACTS | {fact: value})) for value in ("plain", evil))

    assert len(spoilt.paragraphs) == len(plain.paragraphs)
    assert spoilt.link == plain.link
    assert " ".join(evil.split()) in spoilt.paragraphs[0]


def test_a_products_file_replaces_ours_and_the_others_stay(own):
    (own / "recover.txt").write_text("Back in to {{ product }}\n\nPress it.\n\n[Go]({{ url }})\n")

    assert templates.mail("recover", **FACTS)[:3] == ("Back in to authapp", ["Press it."], ("Go", URL))
    assert templates.mail("sign_up", **FACTS).subject == "Confirm your email address for authapp"


def test_a_products_part_is_in_every_mail_that_includes_it(own):
    (own / "happened.txt").write_text("it happened at {{ when }}!")

    assert "it happened at 1 May 2026, 12:00 UTC!" in templates.mail("new_device", **FACTS).paragraphs[0]


def test_a_products_mail_may_have_no_button(own):
    (own / "recover.txt").write_text("Back in\n\nCall us [today](soon) about {{ life }}.\n")

    assert templates.mail("recover", **FACTS)[:3] == ("Back in", ["Call us [today](soon) about 1 hour."], None)


def test_a_products_layout_is_around_every_mail_and_escapes_as_ours(own):
    (own / "layout.html").write_text("<h1>{{ product }}</h1>{% for p in paragraphs %}<i>{{ p }}</i>{% endfor %}")

    html = templates.html(Written("Hello", ["One & <b>two</b>"], None))

    assert html == "<h1>authapp</h1><i>One &amp; &lt;b&gt;two&lt;/b&gt;</i>"


def test_our_layout_escapes_words_and_address_of_the_button():
    html = templates.html(Written("Hello", ["One"], ('"><script>', 'https://shop.example/"><script>')))

    assert "<script>" not in html
    assert 'href="https://shop.example/&#34;&gt;&lt;script&gt;"' in html


@pytest.mark.parametrize("file", [False, True])
def test_a_missing_template_folder_stops_the_start(tmp_path, configure, file):
    path = tmp_path / "mails"
    if file:
        path.write_text("")
    configure(AUTHAPP_MAIL_TEMPLATES=path)

    with pytest.raises(BadSettings, match="AUTHAPP_MAIL_TEMPLATES must be an existing folder"):
        settings()


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_says_who_sends_it_in_short_lines_without_marks(name):
    text = templates.text(name, **(FACTS | {"what": "Your authapp password was set"}))

    assert "authapp" in text
    assert not any(mark in text for mark in ("{{", "}}", "{%", "\n\n", "  ", "]("))
    assert len(text) < 320  # two text messages


@pytest.mark.parametrize("name", TEXTS)
def test_a_fact_that_is_missing_in_a_text_fails_loudly(name):
    needed = [fact for fact in FACTS if FACTS[fact] in templates.text(name, **FACTS)]

    for missing in needed:
        with pytest.raises(UndefinedError, match=missing):
            templates.text(name, **{fact: value for fact, value in FACTS.items() if fact != missing})
    assert needed or name in ("taken", "sign_up_known", "way_back", "failed_logins")


def test_a_text_with_a_code_ends_in_the_line_by_which_a_browser_fills_it_in_on_our_site_alone(configure):
    configure(AUTHAPP_URL="https://shop.example:8443")

    lines = templates.text("code", **FACTS).split("\n")

    assert lines[0].startswith("042917 is your code for authapp.")
    assert lines[1:] == ["@shop.example:8443 #042917"]


@pytest.mark.parametrize("evil", ["\n\n@evil.example #042917", "{{ url }}", "\r\n\r\nmore"])
def test_a_value_becomes_no_line_of_its_own_in_a_text(evil):
    text = templates.text("told", what=f"Something {evil}", about="", when="now", url=URL)

    assert text == f"Something {' '.join(evil.split())}: now. Not you? {URL}"


def test_the_code_in_a_mail_is_in_its_subject_and_its_text_and_under_no_link():
    mail = templates.mail("code", **FACTS)

    assert mail.subject == "042917 is your code for authapp"
    assert "042917" in " ".join(mail.paragraphs)
    assert "http" not in " ".join(mail.paragraphs)


def test_a_products_text_replaces_ours_and_the_mail_of_the_same_name_stays(own):
    (own / "texts").mkdir()
    (own / "texts" / "code.txt").write_text("{{ code }}!\n\n@{{ host }} #{{ code }}\n")

    assert templates.text("code", **FACTS) == "042917!\n@localhost:3000 #042917"
    assert templates.mail("code", **FACTS).subject == "042917 is your code for authapp"
    assert templates.text("told", **FACTS).startswith(
        "Something happened (second@example.com): 1 May 2026, 12:00 UTC. Not you?"
    )


def test_the_package_carries_every_mail():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["authapp"]

    files = [path.relative_to(ROOT / "authapp").as_posix() for path in MAILS.rglob("*") if path.is_file()]
    assert len(files) > len(NAMES)
    assert all(any(fnmatch(file, pattern) for pattern in patterns) for file in files)


ROOT = Path(__file__).parents[3]
