"""Plain English: retired words and riddles stay out of comments, texts, log lines, templates and documents."""

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RIDDLES = re.compile(
    r"\b(whoever|whomever|whom|whatever is|(?-i:is none)|what is for"
    r"|e-mails?|(?:accounts?|logins?) elsewhere|foreign logins?)\b",
    re.IGNORECASE,
)
OPENINGS = re.compile(r"(?:^|[.!:] |\n\n *)((?:Who|What|Somebody) [^.?!]*[.?!]?)")
GENERATED = {"node_modules", ".web", "__pycache__", "external"}
FOLDERS = ("authapp", "benchmarks", "docs", "examples", "tests")
KINDS = {".py", ".js", ".jsx", ".mjs", ".po", ".txt", ".html", ".md"}
FILES = [
    *sorted(ROOT.glob("*.md")),
    ROOT / "Makefile",
    *(
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in KINDS and not path.name.startswith("requirements") and not GENERATED & set(path.parts)
    ),
]


def prose(path: Path) -> Iterator[str]:
    """Yield the texts of a file that people read; comments on consecutive lines are one text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _of_python(text)
        if (ROOT / "tests") not in path.parents:  # strings of the tests are data
            yield from _strings_of_python(text)
    elif path.suffix == ".po":
        for message in re.findall(r'^msgid(?:_plural)? ((?:".*"\s*)+)', text, re.MULTILINE):
            yield "".join(re.findall(r'"(.*)"', message)).replace("\\n", "\n")
    elif path.suffix == ".md":
        yield from _of_markdown(text)
    elif path.suffix in (".txt", ".html"):
        yield from re.split(r"\n\s*\n|<[^>]+>", text)
    elif path.name == "Makefile":
        yield from _comments(text, r"(?:^|\s)#+ (.*)")
    else:
        yield from _comments(text, r"(?:^|\s)(?://|/?\*+)\s?(.*)")
        yield from re.findall(r"[\"`>]([^\"`<>{}\n]* [^\"`<>{}\n]*)[\"`<{]", text)


def _of_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    yield from _joined(
        (token.start[0], token.string.lstrip("# ")) for token in tokens if token.type == tokenize.COMMENT
    )


def _strings_of_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield inspect.cleandoc(node.value)


def _of_markdown(text: str) -> Iterator[str]:
    """Yield paragraphs, list items, headings and table cells, without code."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]+`", "code", text).replace("*", "")
    yield from (block.strip() for block in re.split(r"\n\s*\n|^\s*-\s|^#+ |\|", text, flags=re.MULTILINE))


def _comments(text: str, pattern: str) -> Iterator[str]:
    lines = enumerate(text.splitlines(), 1)
    return _joined((number, match[1]) for number, line in lines if (match := re.search(pattern, line)))


def _joined(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    before, text = 0, ""
    for number, line in lines:
        if number != before + 1 and text:
            yield text
            text = ""
        text, before = f"{text} {line}".strip(), number
    yield text


def riddles(text: str) -> list[str]:
    """Return the retired words of a text, and its sentences that begin with Who, What or Somebody but ask nothing."""
    flat = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    openings = [found for found in OPENINGS.findall(flat) if not found.endswith("?")]
    return [*RIDDLES.findall(flat), *openings]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_of_a_file_are_plain_english(path: Path):
    assert [found for text in prose(path) for found in riddles(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Tell whoever asks.",
        "What is for whom.",
        "It works. Somebody else waits.",
        "First.\n\nWho logs in.",
        "There\nis none.",
        "Link an account elsewhere.",
        "We sent an e-mail.",
    ],
)
def test_the_old_dialect_is_found(text: str):
    assert riddles(text)


@pytest.mark.parametrize("text", ["Return the user who asks.", "What time is it?", "A row that somebody owns."])
def test_plain_sentences_pass(text: str):
    assert riddles(text) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'log.info("Tell whoever asks")'),
        ("a.py", "# Tell whoever\nasks = 1"),
        ("a.js", "/* Tell whoever\n * asks. */"),
        ("a.jsx", "<p>Tell whoever asks</p>"),
        ("a.mjs", 'const said = "Tell whoever asks";'),
        ("a.po", 'msgid ""\n"Tell "\n"whoever asks"\nmsgstr "x"'),
        ("a.txt", "Tell\nwhoever asks."),
        ("a.html", "<b>Tell whoever asks</b>"),
        ("a.md", "| code |\n|---|\n| whoever |"),
        ("a.md", "- What is here.\n- More"),
        ("Makefile", "run: ## for whoever asks"),
    ],
)
def test_each_kind_of_file_is_read(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert [found for part in prose(tmp_path / name) for found in riddles(part)]


@pytest.mark.parametrize(
    ("name", "text"), [("a.po", 'msgid "Hi"\nmsgstr "Un e-mail"'), ("a.md", "```py\nwhom\n```\n`whom`")]
)
def test_translations_and_code_are_not_read(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert [found for part in prose(tmp_path / name) for found in riddles(part)] == []
