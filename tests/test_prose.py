"""Plain English: words and openings of sentences that strangers stumble over stay out of docstrings and comments."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RIDDLES = re.compile(r"\b(whoever|whomever|whom|whatever is|is none|what is for)\b", re.IGNORECASE)
OPENINGS = re.compile(r"(?:^|[.!:] |\n\n *)((?:Who|What|Somebody) [^.?!]*[.?!]?)")
COMMENT = re.compile(r"(?:^|\s)//\s?(.*)")
FILES = [
    path
    for folder in ("authapp", "benchmarks", "examples", "tests")
    for kind in ("py", "js", "jsx", "mjs")
    for path in sorted((ROOT / folder).rglob(f"*.{kind}"))
    if not {"node_modules", ".web", "__pycache__", "external"} & set(path.parts)
]


def prose(path: Path) -> Iterator[str]:
    """The docstrings and comments of a file; lines of comments that follow each other are one text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        lines = enumerate(text.splitlines(), 1)
        return _joined((number, match[1]) for number, line in lines if (match := COMMENT.search(line)))
    return _of_python(text)


def _of_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    yield from _joined(
        (token.start[0], token.string.lstrip("# ")) for token in tokens if token.type == tokenize.COMMENT
    )


def _joined(lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    before, text = 0, ""
    for number, line in lines:
        if number != before + 1 and text:
            yield text
            text = ""
        text, before = f"{text} {line}".strip(), number
    yield text


def riddles(text: str) -> list[str]:
    """The retired words of a text, and its sentences that begin with one but ask nothing."""
    flat = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    openings = [found for found in OPENINGS.findall(flat) if not found.endswith("?")]
    return [*RIDDLES.findall(flat), *openings]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_and_comments_are_plain_english(path: Path):
    assert [found for text in prose(path) for found in riddles(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Tell whoever asks.",
        "What is for whom.",
        "It works. Somebody else waits.",
        "First.\n\nWho logs in.",
        "There\nis none.",
    ],
)
def test_the_old_dialect_is_found(text: str):
    assert riddles(text)


@pytest.mark.parametrize("text", ["Return the user who asks.", "What time is it?", "A row that somebody owns."])
def test_plain_sentences_pass(text: str):
    assert riddles(text) == []
