"""Checks of the README: its tables are complete, its code runs, its commands exist."""

import ast
import dataclasses
import inspect
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import authapp
from authapp import config, testing, ui
from authapp.commands import COMMANDS, commands
from authapp.config.limits import LIMITS
from authapp.core.admin.imports import columns
from authapp.core.base import errors, hooks
from authapp.core.base.errors import Refusal
from authapp.ui import slots
from tests.kit.web.api import documented_calls

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "examples" / "notes" / "README.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", README + EXAMPLE, re.DOTALL)
CODE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def rows(heading: str) -> dict[str, list[str]]:
    """Return the table under a heading: its first cells, without code marks, and the other cells."""
    part = README.split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in part.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def test_every_setting_is_in_the_table_with_its_default_and_its_reason():
    table = rows("Settings")
    fields = config.Settings.model_fields

    assert set(table) == {config.variable(name) for name in fields} | {"PORT"}
    for name, field in fields.items():
        default, reason = table[config.variable(name)]
        assert reason == field.description
        if field.default_factory is None:
            assert default.strip("`") == ("" if field.default is None else str(field.default))


def test_every_refusal_is_in_the_table_with_its_status():
    refusals = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Refusal)]

    table = rows("Refusals")

    assert {one.code: str(one.status) for one in refusals if one is not Refusal} == {
        code: cells[0] for code, cells in table.items()
    }


def test_every_public_name_is_in_the_table():
    assert set(rows("Public API")) == set(authapp.__all__)


def test_no_public_name_hides_a_module_or_is_hidden_by_one():
    modules = {path.stem for path in (ROOT / "authapp").iterdir()}

    assert not modules & set(authapp.__all__)


def test_commands_and_clients_wait_for_no_framework():
    check = "import sys, authapp.client, authapp.core.authentication.login; sys.exit('reflex' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT).returncode == 0


def test_a_name_that_is_not_public_is_none():
    with pytest.raises(AttributeError, match="nonsense"):
        authapp.nonsense  # noqa: B018


def test_every_public_name_says_what_it_is():
    for name in authapp.__all__:
        assert inspect.getdoc(getattr(authapp, name)), name


def test_every_hook_is_in_the_table_with_its_function_its_moment_and_whether_it_may_refuse():
    table = {name: [function.strip("`"), when, may] for name, (function, when, may) in rows("Hooks").items()}

    assert table == {hook.name: [hook.form, hook.when, "yes" if hook.may_refuse else "no"] for hook in hooks.HOOKS}
    assert {hook.name for hook in hooks.HOOKS} <= set(authapp.__all__)


def tables(heading: str) -> dict[str, dict[str, list[str]]]:
    """Return the tables under a heading, by the title of their first column."""
    part = README.split(f"### {heading}\n", 1)[1].split("\n##")[0]
    found = {}
    for table in re.findall(r"((?:^\|.*\n)+)", part, re.MULTILINE):
        head, _, *lines = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in table.splitlines()]
        found[head[0]] = {line[0].strip("`"): line[1:] for line in lines}
    return found


def test_every_token_slot_and_piece_is_in_the_readme():
    found, defaults = tables("Make it look like yours"), authapp.Theme()
    names = [one.name for one in dataclasses.fields(authapp.Theme)]

    assert list(found["token"]) == [name for name in names if not name.endswith("_dark")]
    for name, (default, dark, _) in found["token"].items():
        if default != "ours":
            assert default.strip("`") == getattr(defaults, name)
        assert dark.strip("`") == getattr(defaults, f"{name}_dark", "")
    assert {name: row[0] for name, row in found["slot"].items()} == slots.SLOTS
    assert {name: row[0] for name, row in found["piece"].items()} == {
        name: (inspect.getdoc(getattr(ui, name)) or "").splitlines()[0] for name in ui.__all__
    }


def test_every_rate_limit_is_in_the_table_with_its_default():
    table = {name: [*cells, ""][:3] for name, cells in rows("Rate limits").items()}

    assert table == {name: [row.counts, row.default, row.note] for name, row in LIMITS.items()}


def test_every_mail_is_in_the_readme():
    folder = ROOT / "authapp" / "core" / "messages" / "mails"
    shared = {"happened", "wasnt_me", *(path.stem for path in folder.glob("because_*.txt"))}
    mails = {path.stem for path in folder.glob("*.txt")}

    texts = {path.stem for path in (folder / "texts").glob("*.txt")}
    mail_rows, text_rows = README.split("## Emails and text messages\n")[1].split("\n## ")[0].split("| text |")

    assert set(re.findall(r"^\| `(\w+)`", mail_rows, re.MULTILINE)) == mails - shared
    assert set(re.findall(r"^\| `(\w+)`", text_rows, re.MULTILINE)) == texts


def test_every_call_of_the_api_is_in_the_table():
    part = README.split("## HTTP API\n", 1)[1].split("\n## ")[0]

    assert set(re.findall(r"^\| `([A-Z]+ /\S+)`", part, re.MULTILINE)) == documented_calls()


@pytest.mark.parametrize("code", CODE, ids=lambda code: code.strip().splitlines()[0][:40])
def test_code_of_the_readme_runs(code, tmp_path):
    program = tmp_path / "shop.py"
    program.write_text(code, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", str(program)],
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}"},
        capture_output=True,
        text=True,
        timeout=3000,
    )

    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.strip().splitlines()[0][:40])
def test_shell_of_the_readme_runs(block, configure):
    """Check that commands exist, and that the assigned settings can be read."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    sets = re.findall(r"^(?:export )?(AUTHAPP_\w+|DATABASE_URL)=", block, re.MULTILINE)
    if block.startswith("AUTHAPP_"):
        script = f"set -eu\n{block}\n" + "".join(f'printf "%s\\0" "${name}"\n' for name in sets)
        said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=300).stdout
        configure(**dict(zip(sets, said.split("\0")[:-1], strict=True)))
        assert config.settings()
        return
    for line in block.strip().splitlines():
        command = re.sub(r"^((export )?\w+=\S+ )*", "", line.partition(" #")[0]).split()
        if not command or line.startswith((" ", "#")):  # continues the line before, or is a comment or output
            continue
        if command[0] == "make":
            assert re.search(rf"^{command[1]}:", makefile, re.MULTILINE), line
        else:
            assert command[:3] == ["python", "-m", "authapp"], f"nobody knows whether this runs: {line}"


def test_there_is_code_to_run():
    assert CODE
    for code in CODE:
        ast.parse(code)


def every_command() -> set[str]:
    """Return each command with its arguments, as the README writes it."""
    found = set()
    for name in COMMANDS:
        command = commands.get_command(click.Context(commands), name)
        for part in getattr(command, "commands", {"": command}).items():
            given = [one for one in part[1].params if isinstance(one, click.Argument)]
            words = [(one.name or "").upper() + "…" * (one.nargs == -1) for one in given]
            found.add(" ".join(word for word in (name, part[0], *words) if word))
    return found


def test_every_field_of_an_import_is_in_the_table_with_its_other_names():
    part = README.split("### Import users\n", 1)[1].split("\n### ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]

    assert {field.strip("`"): (re.findall(r"`(.+?)`", names), became) for field, names, became in cells[2:]} == {
        field: (list(names), columns.BECOMES[field]) for field, names in columns.COLUMNS.items()
    }


def test_every_command_is_in_the_table():
    part = README.split("## Commands\n", 1)[1].split("\n### ")[0]

    assert set(re.findall(r"^\| `([^`]+)`", part, re.MULTILINE)) == every_command()


def test_every_fixture_is_in_the_table():
    part = README.split("## Test your product\n", 1)[1].split("\n## ")[0]
    fixtures = {name for name, one in vars(testing).items() if "FixtureFunction" in type(one).__name__}

    assert set(re.findall(r"^\| `(\w+)`", part, re.MULTILINE)) == {one for one in fixtures if one[0] != "_"}


def test_every_command_of_the_readme_is_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"make (\w+)", README))

    assert {"run", "test", "check", "bench"} <= commands
    for command in commands:
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
DECLARED = tomllib.loads(PYPROJECT)["project"]
EXTRAS: dict[str, list[str]] = DECLARED["optional-dependencies"]


PIN = re.compile(r"[a-z0-9]")
LOCKS = ("requirements.txt", "requirements-dev.txt")


def test_every_dependency_has_a_reason_and_a_lower_bound():
    for requirement in [*DECLARED["dependencies"], *chain(*EXTRAS.values())]:
        assert re.search(rf'^    "{re.escape(requirement)}", +# \S', PYPROJECT, re.MULTILINE), requirement
        assert ">=" in requirement


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("requirements.txt", [*DECLARED["dependencies"], *chain(*(EXTRAS[name] for name in EXTRAS if name != "dev"))]),
        ("requirements-dev.txt", [*DECLARED["dependencies"], *chain(*EXTRAS.values())]),
    ],
)
def test_the_demo_and_the_tests_install_exact_versions_inside_the_declared_ranges(name, declared):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pinned = {}
    for line in lines:
        if line and not line.lstrip().startswith("#"):
            assert re.fullmatch(r"[a-z0-9.-]+(\[\w,-]+\])?==[\w.]+( ; .+)?", line), line  # and no URL of an index
            requirement = Requirement(line)
            pinned[canonicalize_name(requirement.name)] = next(iter(requirement.specifier)).version

    for requirement in map(Requirement, declared):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_tests_and_demo_run_on_the_same_versions():
    demo, tests = ({*filter(PIN.match, (ROOT / name).read_text().splitlines())} for name in LOCKS)

    assert demo <= tests


# The requirements of levels 1 and 2 in chapters V2-V4, V6-V8, V10, V14 and V16 of ASVS 5.0: each section's last number.
ASVS = {"2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1}
ASVS |= {"4.3": 2, "4.4": 4, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4}
ASVS |= {"7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "10.1": 2, "10.2": 2}
ASVS |= {"10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "14.1": 2, "14.2": 4, "14.3": 3, "16.1": 1, "16.2": 5}
ASVS |= {"16.3": 4, "16.4": 3, "16.5": 3}
ASVS_PART = README.split("\n## ASVS\n", 1)[1].split("\n## ")[0]
ASVS_LINES = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in ASVS_PART.splitlines() if line[:1] == "|"
]
ASVS_TABLE = ASVS_LINES[2:]


def asvs_left_out() -> list[str]:
    """Return the requirements that do not apply; `1.2.3 to 1.2.5` counts as three."""
    words = ASVS_PART.split("These do not apply: ", 1)[1]
    found = []
    for first, last in re.findall(r"(\d+\.\d+\.\d+)(?: to (\d+\.\d+\.\d+))?", words):
        section, _, start = first.rpartition(".")
        end = last.rpartition(".")[2] or start
        found += [f"{section}.{number}" for number in range(int(start), int(end) + 1)]
    return found


def test_every_requirement_of_asvs_is_in_the_readme_once():
    listed = [row[0] for row in ASVS_TABLE] + asvs_left_out()

    assert sorted(listed) == sorted(f"{section}.{n}" for section, last in ASVS.items() for n in range(1, last + 1))


def test_every_test_that_the_table_of_asvs_names_is_there():
    named = {name for row in ASVS_TABLE for name in re.findall(r"`(tests/\S+::\w+)`", row[3])}
    there = {
        f"{path.relative_to(ROOT)}::{function.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert len(named) > 100
    assert named - there == set()


def test_each_requirement_of_asvs_is_shown_by_a_test_or_has_a_reason():
    for number, _, state, shown in ASVS_TABLE:
        reason = re.sub(r"`tests/\S+`[,;]?", "", shown).strip()
        assert state in ("met", "partly", "not"), number
        assert "::" in shown if state == "met" else reason, number


def test_the_requirements_of_asvs_are_counted_right():
    states = [row[2] for row in ASVS_TABLE]
    met, partly, unmet = (states.count(state) for state in ("met", "partly", "not"))

    assert f"Of the {len(states)} requirements that apply, {met} are met, {partly} partly, {unmet} not." in ASVS_PART


def test_the_demo_installs_every_extra_of_the_product():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert set(re.findall(r"--extra (\w+)", makefile)) == EXTRAS.keys() - {"dev"}
