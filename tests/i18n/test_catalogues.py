"""The catalogues contain every text that users read, and users read no text that is missing there."""

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from authapp.api import translated
from authapp.config import settings
from authapp.i18n import catalogues
from tests.kit.processes.servers import BUILD, ROOT
from tests.kit.translations import KEYWORDS, extracted, forms, pseudo

PACKAGE = ROOT / "authapp"

PLACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\w+\}|\]\(.*?\)$")


@pytest.fixture(scope="module")
def wanted() -> dict[str, str | tuple[str, ...]]:
    return extracted()


CATALOGUES = sorted(catalogues.OURS.glob("*.po"))


@pytest.fixture(scope="module", params=CATALOGUES, ids=lambda path: path.stem)
def catalogue(request) -> Catalog:
    with request.param.open("rb") as file:
        return read_po(file, locale=request.param.stem, abort_invalid=True)


def test_french_is_there():
    assert "fr" in {path.stem for path in CATALOGUES}


def test_no_text_is_missing_and_none_is_there_in_vain(catalogue, wanted):
    said = {
        (one.id if isinstance(one.id, str) else one.id[0]) for one in catalogue if one.id and all(forms(one.string))
    }

    assert wanted.keys() - said == set(), "say these in the catalogue"
    assert said - wanted.keys() == set(), "nobody says these any more"
    assert list(catalogue.obsolete) == []


def test_the_example_says_everything_in_french(wanted):
    notes = ROOT / "examples" / "notes"
    parts = [("notes/**.py", "python"), ("mails/**.txt", "authapp.core.messages.templates:extract")]
    found = extract_from_dir(notes, parts, keywords=KEYWORDS)
    says = {message for _, _, message, _, _ in found}
    with (notes / "languages" / "fr.po").open("rb") as file:
        own = {one.id for one in read_po(file, locale="fr", abort_invalid=True) if one.id and one.string}

    assert len(says) > 40
    assert own == says - wanted.keys()  # texts that we have, too, are in our own catalogue


def test_every_text_keeps_its_places_and_no_translation_is_a_guess(catalogue, wanted):
    for one in catalogue:
        if not one.id:
            continue
        assert not one.fuzzy, one.id
        assert len(forms(one.string)) == (catalogue.num_plurals if one.pluralizable else 1), one.id
        for said in forms(one.string):
            assert sorted(PLACES.findall(said)) == sorted(PLACES.findall(forms(one.id)[-1])), one.id
            assert said.strip() == said, one.id


def test_french_is_spelled_as_the_french_do():
    with (catalogues.OURS / "fr.po").open("rb") as file:
        for one in read_po(file, locale="fr"):
            for said in forms(one.string) if one.id else []:
                bare = PLACES.sub("", said)
                assert "'" not in bare, said
                assert not re.search(r"[ \w’][;?!](\s|$)|[^\u00a0e]:(\s|$)", bare), said
                assert "“" not in bare, said


# --- texts that are not wrapped in `t` ------------------------------------------------------------------------------

SPEAKS = {"t", "tn", "asset", "compile", "fullmatch", "search", "getLogger", "info", "warning", "TypeVar"}
# Keywords of components and calls whose values no user reads.
SILENT = {
    "class_name",
    "id",
    "name",
    "type",
    "role",
    "auto_complete",
    "href",
    "path",
    "mode",
    "tag",
    "library",
    "prefix",
}
SILENT |= {
    "target",
    "field",
    "field_id",
    "html_for",
    "key",
    "auto_capitalize",
    "value",
    "purpose",
    "custom_attrs",
    "code",
}
WORDS = re.compile(r"(?:[A-Z“][a-z’]+|I)(?:[ ,.?!…:]|$)|[a-z’]+ [a-z’]+ [a-z’]+")
# Technical names that look like words.
NAMES = {
    "Content-Type",
    "Retry-After",
    "X-Csrf-Token",
    "X-Proof-Of-Work",
    "ProofOfWorkNeeded",
    "Client Key",
    "Server Key",
    "HMAC",
    "Escape",
    "Unreachable",
}
NAMES |= {"NotOurs", "Impostor", "AuthError", "TimeoutError", "TicketNotFoundOrExpired", "ArrowRight", "ArrowLeft"}
NAMES |= {"deriveBits", "logOut", "SessionExpired", "Enter", "PasswordKept"}
SCANNED = sorted({*PACKAGE.glob("pages/*.py"), *PACKAGE.glob("ui/*.py"), *PACKAGE.glob("states/*.py")})
REFUSING = [*SCANNED, *sorted(PACKAGE.glob("core/**/*.py")), *sorted(PACKAGE.glob("api/*.py"))]
REFUSES = {
    "BadInput",
    "WeakPassword",
    "InvalidActionKey",
    "BadUserOrPassword",
    "TooManyRequests",
    "NotAllowed",
    "Refusal",
    "NotFound",
}


def unsaid(source: str) -> Iterator[str]:
    """Return the texts in the source of pages, flows or their parts that are not wrapped in `t`."""
    tree = ast.parse(source)
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            child.parent = parent  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        words = node.value if isinstance(node, ast.Constant) else None
        if isinstance(words, str) and WORDS.search(words) and words not in NAMES and not is_silent(node):
            yield words


def is_silent(node: ast.AST) -> bool:
    """Return whether a text is wrapped or not for users: names, docstrings, errors for developers."""
    around = node.parent  # type: ignore[attr-defined]
    if isinstance(around, ast.Expr):
        return True
    while not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        if isinstance(around, ast.Raise | ast.Subscript | ast.Compare):
            return True
        if isinstance(around, ast.Call) and getattr(around.func, "id", getattr(around.func, "attr", "")) in SPEAKS:
            return True
        if isinstance(around, ast.keyword) and around.arg in SILENT:
            return True
        name = getattr(around.targets[0], "id", "") if isinstance(around, ast.Assign) else ""
        if name in ("tag", "library", "SLOTS") or name.startswith("_"):
            return True
        around = around.parent  # type: ignore[union-attr]
    return False


@pytest.mark.parametrize("path", SCANNED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_text_of_pages_and_flows_is_translatable(path):
    assert list(unsaid(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "forgotten",
    [
        'def page():\n    return card("Log in", paragraph(t("Hello")))',
        'def page():\n    return paragraph(f"You have {days} days to change your mind.")',
        'def page():\n    return rx.el.a("Sign up", href="/signup")',
        'class Some(Flow):\n    def f(self):\n        self.said = "Address removed."',
        'def page():\n    return button(rx.cond(done, t("Save"), "Done"), type="submit")',
    ],
)
def test_a_forgotten_text_is_found(forgotten):
    assert len(list(unsaid(forgotten))) >= 1


def refusals(source: str) -> Iterator[str]:
    """Return the messages of refusals that are not wrapped in `t`."""
    for node in ast.walk(ast.parse(source)):
        given = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in REFUSES:
            given = [*node.args[:1], *(one.value for one in node.keywords if one.arg in ("why", "message"))]
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "action":
            given = [one.value for one in node.keywords if one.arg in ("heading", "button", "says")]
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
            given = [node.value]
        for one in given:
            if isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                yield ast.unparse(one)


@pytest.mark.parametrize(
    "path",
    REFUSING,
    ids=lambda path: f"{path.parent.stem}-{path.stem}",
)
def test_every_message_of_a_refusal_is_translatable(path):
    assert list(refusals(path.read_text(encoding="utf-8"))) == []


def test_a_forgotten_refusal_is_found():
    forgotten = 'class No(Refusal):\n    message = "Not so."\ndef f():\n    raise BadInput(f"{x} is wrong", field="x")'

    assert len(list(refusals(forgotten))) == 2


SCRIPTS = sorted(PACKAGE.glob("ui/**/*.js*"))
LITERAL = re.compile(r'\bt\(\s*"[^"]*"|\btn\(\s*"[^"]*",\s*"[^"]*"|//.*|"([^"\n]*)"|`([^`]*)`')


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_text_of_a_script_is_translatable(path):
    found = [one[1] or one[2] or "" for one in LITERAL.finditer(path.read_text(encoding="utf-8"))]

    assert [words for words in found if WORDS.search(words) and words not in NAMES and "${" not in words] == []


@pytest.mark.server
def test_every_page_that_is_built_is_said_in_another_language_whole(tmp_path, configure, wanted):
    pages = {path: path.read_text(encoding="utf-8") for path in (BUILD / "build" / "client").glob("*.html")}
    assert len(pages) > 10
    pseudo(tmp_path, wanted)
    configure(AUTHAPP_LANGUAGES=tmp_path)

    for path, page in pages.items():
        turned, _ = translated.in_language(page.encode(), "eo")
        html = turned.decode()
        body = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
        told = [
            *re.findall(r">([^<>]*[A-Za-z][^<>]*)<", body),
            *re.findall(r'(?:aria-label|placeholder)="([^"]*)"', body),
        ]
        names = {settings().product_name, *catalogues.languages().values()}
        assert [words for words in told if not words.startswith("⟦") and words not in names] == [], path.name
