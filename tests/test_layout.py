"""Keeps the import rules of the README true: what each folder may import, and where each module belongs."""

import ast
import re
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "authapp"
OUTSIDE = {"reflex": "reflex", "fastapi": "fastapi", "starlette": "starlette"}

# Modules with arrows of their own, apart from those of their folder.
ROOMS = {
    "authapp.core.base.routes": "routes",
    "authapp.core.base.theme": "theme",
    "authapp.installation.reflex_seams": "reflex_seams",
}
# package -> our packages and the frameworks that it may import; every one may import `extras`
MAY = {
    "config": {"config"},
    "extras": {"config"},
    "models": set(),
    "routes": set(),
    "theme": {"core"},
    "reflex_seams": {"reflex"},
    "i18n": {"i18n", "config"},
    "wire": {"wire"},
    "client": {"client", "wire", "core"},
    "core": {"core", "routes", "theme", "models", "config", "i18n"},
    "db": {"db", "core", "models", "config"},
    "migrations": {"db", "core", "config", "models"},
    "providers": {"providers", "core", "config"},
    "background": {"background", "db", "core", "models", "config"},
    "guards/declare": {"guards/declare", "db", "core", "i18n", "reflex_seams", "reflex", "fastapi", "starlette"},
    "states": {
        "states",
        "wire",
        "guards/declare",
        "db",
        "core",
        "routes",
        "models",
        "config",
        "i18n",
        "reflex_seams",
        "reflex",
    },
    "api": {
        "api",
        "providers",
        "wire",
        "db",
        "core",
        "routes",
        "theme",
        "config",
        "i18n",
        "reflex_seams",
        "fastapi",
        "starlette",
    },
    "ui": {"ui", "states", "wire", "routes", "theme", "config", "i18n", "reflex_seams", "reflex"},
    "pages": {"pages", "ui", "states", "wire", "routes", "config", "reflex"},
    "commands": {"commands", "migrations", "background", "db", "core", "models", "config"},
    "__main__": {"commands"},
    "authapp": {"authapp", "reflex"},
    "__init__": {"public"},
}
BELOW_PAGES = MAY["states"] | {"ui", "guards/declare"}
MAY |= {
    "guards": BELOW_PAGES | {"guards", "api", "starlette"},
    "installation": BELOW_PAGES | {"installation", "guards", "api", "pages", "background", "migrations", "theme"},
    "public": BELOW_PAGES | {"installation", "background", "providers", "theme"},
    "testing": BELOW_PAGES | {"installation", "client", "migrations", "starlette"},
}
# Modules of guards/ below the states: what a product declares. The other modules are above states and api.
DECLARE = {"context", "declare", "events", "hidden", "registry", "route_rules"}
# The wings of core, highest first. A wing imports from itself and from the wings after it.
WINGS = ["admin", "authentication", "account", "authorization", "credentials", "sessions", "messages", "base"]


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports: `authapp.core.credentials.links`, `reflex`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = PACKAGE.parent.joinpath(*node.module.split(".")).is_dir()
            found |= {f"{node.module}.{name.name}" if inside else node.module for name in node.names}
    return found


def room(path: Path) -> str:
    if name_of(path) in ROOMS:
        return ROOMS[name_of(path)]
    inner = path.relative_to(PACKAGE)
    if len(inner.parts) == 1:
        return inner.stem
    return "guards/declare" if inner.parts[0] == "guards" and inner.stem in DECLARE else inner.parts[0]


def target(module: str) -> str | None:
    """Return the package or framework of an import, or None when it is neither."""
    parts = module.split(".")
    if parts[0] != "authapp":
        return OUTSIDE.get(parts[0])
    if module in ROOMS:
        return ROOMS[module]
    if parts[1:2] == ["guards"] and len(parts) > 2 and parts[2] in DECLARE:
        return "guards/declare"
    return parts[1] if len(parts) > 1 and not parts[1][0].isupper() else "authapp"


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_its_arrow_allows(path):
    allowed = MAY[room(path)]
    for module in imports(path):
        place = target(module)
        assert place in (None, "extras") or place in allowed, f"{path.name} imports {module}"


def test_every_room_is_in_the_picture():
    assert {room(path) for path in FILES} == set(MAY)


def test_states_and_api_never_meet():
    for path in FILES:
        if room(path) in ("states", "api"):
            other = {"states": "api", "api": "states"}[room(path)]
            assert not [module for module in imports(path) if module.startswith(f"authapp.{other}")], path


CORE = PACKAGE / "core"


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_a_wing_of_core_imports_only_from_itself_and_from_lower_wings(path):
    inner = path.relative_to(CORE).parts
    allowed = WINGS[WINGS.index(inner[0]) :] if len(inner) > 1 else []  # core itself imports no wing
    for module in imports(path):
        if module.startswith("authapp.core."):
            wing = module.split(".")[2]
            assert wing in allowed or wing not in WINGS, f"{path} imports {module}"


def test_every_module_of_core_is_in_a_wing():
    files = [path for path in CORE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]

    assert {path.relative_to(CORE).parts[0] for path in files} == {*WINGS, "__init__.py"}


def name_of(path: Path) -> str:
    """Return the dotted name of a module; a package has the name of its folder."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def test_no_modules_import_each_other_in_a_circle():
    modules = {name_of(path): path for path in FILES}
    needs = {}
    for name, path in modules.items():
        found = imports(path)
        needs[name] = {one if one in modules else one.rpartition(".")[0] for one in found} & modules.keys()

    assert list(TopologicalSorter(needs).static_order())  # raises CycleError


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_in_one_line_what_belongs_in_it(path):
    if "versions" in path.parts:
        return
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    first = (text or "").partition("\n")[0]
    assert first.endswith((".", ":")), path


def test_only_config_reads_the_environment():
    for path in FILES:
        if path.parent.name != "config":
            assert "os.environ" not in path.read_text(encoding="utf-8"), path


def test_only_one_module_imports_private_parts_of_reflex():
    for path in FILES:
        if room(path) != "reflex_seams":
            private = {module for module in imports(path) if module.startswith(("reflex.", "reflex_"))}
            assert not private, f"{path} imports {private}: use authapp.installation.reflex_seams"


def test_only_one_module_replaces_members_of_reflex():
    replaced = re.compile(r"rx\.|(self\.)?app\.(_|add_page$|get_load_events$)")
    for path in FILES:
        if room(path) != "reflex_seams":
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            members = [ast.unparse(target) for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
            assert not [name for name in members if replaced.match(name)], path


def test_only_clock_asks_what_time_it_is():
    for path in FILES:
        if path.name != "clock.py":
            assert "datetime.now" not in path.read_text(encoding="utf-8"), path


def test_whatever_is_no_python_comes_along_when_it_is_installed():
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    packed = {
        path for pattern in project["tool"]["setuptools"]["package-data"]["authapp"] for path in PACKAGE.glob(pattern)
    }
    files = {path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}

    assert {path for path in files if path.suffix != ".py"} <= packed


# Public functions, which take keywords, and commands: click passes each option as a parameter of its own.
MANY_PARAMETERS = {
    "client/clients.py:__init__",
    "commands/importing.py:import_people",
    "commands/links.py:issue",
    "commands/users.py:create",
    "core/authentication/id_tokens.py:verify",
    "core/credentials/links.py:issue",
    "core/messages/outbox.py:write",
    "installation/app.py:install",
    "providers/registry.py:provider",
}


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return [argument.arg for argument in given if argument.arg not in ("self", "cls")]


def test_a_function_has_at_most_five_parameters():
    found = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and len(parameters(node)) > 5:
                found.add(f"{path.relative_to(PACKAGE)}:{node.name}")

    assert found == MANY_PARAMETERS
