"""Browser support: our scripts use nothing that Safari 16.4, Chrome 111 or Firefox 114 lack."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(
    path for folder in ("authapp", "examples") for kind in ("js", "jsx") for path in (ROOT / folder).rglob(f"*.{kind}")
)
SCRIPTS = [path for path in SCRIPTS if not {"node_modules", ".web", "assets"} & set(path.relative_to(ROOT).parts)]

# Each feature with the first browser versions that have it, from MDN's compatibility tables.
YOUNG = {
    r"\bURL\.(canParse|parse)\b": "Safari 17, Chrome 120, Firefox 115",
    r"\b(query|params|searchParams|URLSearchParams\([^)]*\))\.size\b": "URLSearchParams.size: Safari 17, Chrome 113",
    r"\bPromise\.(withResolvers|try)\b": "Safari 17.4, Chrome 119, Firefox 121",
    r"\bArray\.fromAsync\b": "Chrome 121, Firefox 115",
    r"\b(Object|Map)\.groupBy\b": "Safari 17.4, Chrome 117, Firefox 119",
    r"\.(toSorted|toReversed|toSpliced|with)\(": "Firefox 115",
    r"\.(isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference|intersection|union)\(": "Safari 17, Chrome 122",
    r"\.(isWellFormed|toWellFormed)\(": "Firefox 119",
    r"\bAbortSignal\.any\b": "Safari 17.4, Chrome 116, Firefox 124",
    r"\bIterator\.|\.(values|keys|entries)\(\)\.(map|filter|take|drop|toArray)\(": "Safari 18.4, Chrome 122",
    r"\bUint8Array\.from(Base64|Hex)\b|\.setFromBase64\(": "Safari 18.2, Chrome 140, Firefox 133",
    r"\bRegExp\.escape\b": "Safari 18.2, Chrome 136, Firefox 134",
    r"/[gimsuy]*v[gimsuy]*[,;).]": "regular expressions with v: Safari 17, Chrome 112, Firefox 116",
    r"\bIntl\.(Segmenter|DurationFormat)\b": "Firefox 125; Safari 16.4, Chrome 129",
    r"\b(show|hide|toggle)Popover\b|\bpopover(Target)?\b": "Safari 17, Chrome 114, Firefox 125",
    r"\bstartViewTransition\b": "Safari 18, Firefox 144",
    r"\bcheckVisibility\b": "Safari 17.4",
    r"\.requestClose\(": "Safari 18.4, Chrome 134, Firefox 139",
    r"\bmoveBefore\(|\bsetHTMLUnsafe\b|\bparseHTMLUnsafe\b": "Chrome 124, Firefox 123",
    r"querySelector\w*\([^)]*:has\(": "Firefox 121",
    r"\b(window\.)?navigation\.(navigate|addEventListener)\b": "Safari 26.2, Firefox 147",
    r"\bnavigator\.userActivation\b": "Firefox 120",
    r"\bscrollend\b": "Safari 26.2, Chrome 114",
    r"\bimport\b[^;]* with \{": "Safari 17.2, Chrome 123, Firefox 138",
}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_script_uses_nothing_younger_than_the_floor(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = line.partition(" // ")[0]
        for pattern, since in YOUNG.items():
            assert line.startswith("//") or not re.search(pattern, code), f"{path.name}:{number}: {since}"


def test_newer_browser_features_would_be_found():
    found = {
        "URL.canParse(path)": 1,
        "pathname + (query.size ? 1 : 0)": 1,
        "list.toSorted()": 1,
        "/[a--b]/v;": 1,
        "popups.size": 0,
        "new Set(typed).size < 4": 0,
        "new URL(path, home)": 0,
    }
    for code, times in found.items():
        assert sum(bool(re.search(pattern, code)) for pattern in YOUNG) == times, code


def test_the_floor_is_in_the_readme_and_in_the_page():
    floor = "Safari 16.4, Chrome 111, Firefox 114"
    assert floor in (ROOT / "README.md").read_text(encoding="utf-8")
    assert floor in (ROOT / "authapp" / "ui" / "layout.py").read_text(encoding="utf-8").replace('"\n        "', "")
    assert SCRIPTS
