"""State of modules: every container, cache and global of the package is cleared by `process_state.reset`."""

import ast
import re

import pytest

from tests.test_layout import FILES, PACKAGE

CONTAINERS = {"dict", "list", "set", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray"}
LITERALS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
CHANGES = {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "update"}
CHANGES |= {"setdefault", "sort", "reverse", "difference_update", "intersection_update"}
# `process_state` clears these itself: their modules are below it.
CLEARED_FROM_ABOVE = {
    "config/reading.py:_suggested",
    "config/reading.py:settings",
    "core/base/routes.py:_routes",
    "db/engines.py:engine",  # db/__init__.py does, after its threads have ended
    "i18n/catalogues.py:_given",
    "i18n/catalogues.py:_read",
    "i18n/catalogues.py:languages",
    "ui/slots.py:_filled",  # installation/app.py does: pages may not import rules
}
# The same in every product and with all settings: filled by imports, or the number of something that is open now.
LASTING = {
    "api/plain.py:_documented",
    "api/recent.py:_ended",
    "background/delivery.py:_wakers",
    "core/base/callers.py:_lines",
    "core/base/process_state.py:_caches",
    "core/base/process_state.py:_registrations",
    "core/base/rate_limits/memory.py:_checked",
    "db/__init__.py:before_commit",
    "db/__init__.py:on_commit",
    "extras.py:_modules",
    "installation/logs.py:_installed",
}
# Caches of functions whose result depends only on their arguments and on files of the packages.
PURE = {
    "api/requests.py:_port_suffix",
    "api/requests.py:without_port",
    "core/account/avatars.py:_refuse_bombs",
    "core/admin/imports/columns.py:spelled",
    "core/authentication/id_tokens.py:_registry",
    "core/base/callers.py:browser_name",
    "core/base/colours.py:_named",
    "core/base/forwarded.py:_of_peer",
    "core/base/phone_numbers.py:countries",
    "core/base/rate_limits/uses.py:_once",
    "core/base/tokens.py:_key_path",
    "core/credentials/codes.py:_barred",
    "core/credentials/passwords.py:_common",
    "core/sessions/sessions.py:_by_id",
    "db/engines.py:_postgresql",
    "db/engines.py:_sqlite",
    "i18n/catalogues.py:_merged",
    "i18n/negotiation.py:_negotiated",
    "i18n/texts.py:_recognised",
    "i18n/texts.py:_script",
    "providers/http.py:trusted",
}


def is_container(value: ast.expr | None) -> bool:
    called = ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""
    return isinstance(value, LITERALS) or called in CONTAINERS


def assigned(tree: ast.Module) -> dict[str, ast.expr | None]:
    """Return the values of the names of a module."""
    found: dict[str, ast.expr | None] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}
    return found


def is_constant(name: str) -> bool:
    return bool(re.fullmatch(r"_?[A-Z][A-Z0-9_]*|__all__", name))


def changed(tree: ast.Module) -> set[str]:
    """Return the names whose content is changed in a function: by a method, an index, `+=` or `del`."""
    found = set()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in (inner for function in functions for inner in ast.walk(function)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            found.add(ast.unparse(node.func.value))
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [getattr(node, "target", None)]
        found |= {ast.unparse(target.value) for target in targets if isinstance(target, ast.Subscript)}
        if isinstance(node, ast.AugAssign):
            found.add(ast.unparse(node.target))
    return {name.rpartition(".")[2] for name in found}


def names_in(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def registered(tree: ast.Module) -> set[str]:
    """Return the names that a module registers with `process_state`, or clears in a function that it registers."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = set()
    for name, value in assigned(tree).items():
        if isinstance(value, ast.Call) and ast.unparse(value.func) in ("cache", "registrations"):
            found.add(name)
    for name, function in functions.items():
        if "cache" in map(ast.unparse, function.decorator_list):
            found.add(name)
    for node in tree.body:
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) == "on_reset"
        ):
            names = names_in(node.value.args[0])
            found |= names.union(*(names_in(functions[name]) for name in names & functions.keys()))
    return found


def kept(tree: ast.Module) -> set[str]:
    """Return the names of a module whose values can change while a process runs."""
    found = {name for name, value in assigned(tree).items() if is_container(value) and not is_constant(name)}
    found |= {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any("lru_cache" in ast.unparse(deco) for deco in node.decorator_list):
            found.add(node.name)
    return found | (changed(tree) & assigned(tree).keys())


MODULES = {
    str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
    for path in FILES
    if "versions" not in path.parts
}


@pytest.fixture(scope="module")
def unregistered() -> set[str]:
    return {f"{path}:{name}" for path, tree in MODULES.items() for name in kept(tree) - registered(tree)}


def test_every_state_of_a_module_is_cleared_by_a_reset(unregistered):
    assert unregistered - CLEARED_FROM_ABOVE - LASTING - PURE == set()


def test_the_exceptions_are_all_needed(unregistered):
    assert (CLEARED_FROM_ABOVE | LASTING | PURE) - unregistered == set()


def test_nothing_changes_a_constant():
    constants = {name for tree in MODULES.values() for name, value in assigned(tree).items() if is_container(value)}
    constants = {name for name in constants if is_constant(name)}

    found = {f"{path}:{name}" for path, tree in MODULES.items() for name in changed(tree) & constants}

    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "rows = {}",
        "rows: list[int] = list()",
        "ROWS = set()\ndef add(row):\n    ROWS.add(row)",
        "from functools import lru_cache\n@lru_cache\ndef rows(): ...",
        "row = None\ndef put(new):\n    global row\n    row = new",
    ],
)
def test_a_state_that_nothing_clears_is_found(code):
    tree = ast.parse(code)

    assert kept(tree) - registered(tree)
