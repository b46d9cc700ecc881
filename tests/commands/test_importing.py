"""The command `import`: files, updates, refused rows and reports."""

import json
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from sqlalchemy import func
from sqlmodel import select

from authapp.commands import importing
from authapp.core.admin import directory
from authapp.core.authentication import login, proofs
from authapp.core.base import identifiers
from authapp.core.base.errors import Refusal
from authapp.db import transaction
from authapp.models import User
from tests.kit.hashes import HASHES, PASSWORD
from tests.kit.processes.commands import run_outside
from tests.kit.processes.servers import ROOT
from tests.kit.rules import do
from tests.kit.users import HOME

KINDS = list(HASHES)


@pytest.fixture
def file(tmp_path):
    def write(content, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def everybody(db):
    return db.exec(select(func.count()).select_from(User)).one()


def owner(address):
    return do(identifiers.owner, address)


def rows(count, first=0):
    """Return lines of CSV with each kind of hash in turn."""
    return "".join(f"u{number}@example.com,{HASHES[KINDS[number % 3]]}\n" for number in range(first, first + count))


@pytest.mark.slow
def test_many_people_come_over_and_each_kind_of_hash_logs_in(run, kind, file, pytestconfig):
    # On PostgreSQL a few batches suffice to show the differences.
    count = pytestconfig.getoption("people") if kind == "sqlite" else 3_000

    result = run("import", file("email,password\n" + rows(count)))

    assert result.exit_code == 0, result.output
    assert f"{count:,} taken" in result.stdout
    with transaction() as db:
        assert everybody(db) == count
        assert (
            directory.find(db, directory.Search(f"u{count - 1}@example")).people[0].identifier
            == f"u{count - 1}@example.com"
        )
    for number, hash in enumerate(KINDS):
        assert f"{count // 3:,} of them with {hash}" in result.stdout.replace(f"{count // 3 + 1:,}", f"{count // 3:,}")
        address = f"u{number}@example.com"
        _logs_in_and_is_upgraded(address)


def _logs_in_and_is_upgraded(address):
    def user(db):
        return db.get(User, identifiers.owner(db, address))

    assert do(user).imported
    with pytest.raises(Refusal):
        do(login.with_password, proofs.Credentials(address, PASSWORD + "6"), tab="a tab", keep=False, caller=HOME)
    do(login.with_password, proofs.Credentials(address, PASSWORD), tab="a tab", keep=False, caller=HOME)
    assert not do(user).imported
    do(login.with_password, proofs.Credentials(address, PASSWORD), tab="a tab", keep=False, caller=HOME)


@pytest.mark.parametrize(
    "content",
    [
        [{"email": "ann@example.com", "first_name": "Ann"}, {"emails": ["bob@example.com"], "groups": ["staff"]}],
        "\n".join(['{"email": "ann@example.com", "first_name": "Ann"}', "", '{"emails": "bob@example.com"}']),
    ],
    ids=["array", "lines"],
)
def test_json_is_read_as_an_array_or_as_lines(run, file, content):
    text = content if isinstance(content, str) else json.dumps(content, indent=2)

    result = run("import", file(text, "people.json"))

    assert (result.exit_code, do(everybody)) == (0, 2), result.output
    assert do(directory.find, directory.Search("ann")).people[0].name == "Ann"


def test_a_second_import_takes_only_new_rows(run, file):
    assert run("import", file("email\na@example.com\nb@example.com\n")).exit_code == 0

    again = run("import", file("email\na@example.com\nb@example.com\nc@example.com\n"))

    assert again.exit_code == 0
    assert "1 taken" in again.stdout
    assert "2 already there" in again.stdout
    assert do(everybody) == 3


def test_an_update_says_how_many(run, file):
    run("import", file("email\na@example.com\n"))

    result = run("import", file("email,first_name\na@example.com,Anna\n"), "--update")

    assert "1 updated" in result.stdout
    assert do(directory.find, directory.Search("anna")).people


def test_refused_rows_are_told_with_their_lines_and_the_others_are_taken(run, file, tmp_path):
    bad = "email;password;nickname\nann@example.com;;A\nnonsense;;\nbob@example.com;x-secret-x;\nANN@example.com;;\n"

    result = run("import", file(bad), "--report", tmp_path / "report.json")

    assert result.exit_code == 3
    assert "line 3: email: this is not an email address" in result.stderr
    assert "line 4: password: unknown kind of hash" in result.stderr
    assert "line 5: line 2 already has the same address, number or id" in result.stderr
    assert "not used: nickname" in result.stderr
    assert "x-secret-x" not in result.output
    report = json.loads((tmp_path / "report.json").read_text())
    assert [one["line"] for one in report["refused"]] == [3, 4, 5]
    assert report["counts"] == {"taken": 1, "already there": 0, "updated": 0, "refused": 3}
    assert report["columns_not_used"] == ["nickname"]
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o600
    assert do(everybody) == 1


def test_of_many_refused_rows_the_first_are_shown_and_the_report_has_all(run, file, tmp_path):
    result = run("import", file("email\n" + "nonsense\n" * 50), "--report", tmp_path / "report.json")

    assert result.stderr.count("line ") == 20
    assert "--report FILE lists them all" in result.stderr
    assert len(json.loads((tmp_path / "report.json").read_text())["refused"]) == 50


def test_a_dry_run_writes_nothing_and_says_the_same(run, file):
    path = file("email,groups\na@example.com,staff\na@example.com,\nnonsense,\n")

    dry = run("import", path, "--dry-run")

    assert dry.exit_code == 3
    assert "1 taken (dry run: nothing was written)" in dry.stdout
    assert (do(everybody), run("group", "list").stdout.count("staff")) == (0, 0)
    assert dry.stderr == run("import", path).stderr


def test_ids_are_told_apart_for_the_products_own_tables(run, file, tmp_path):
    run("import", file("id,email\n17,a@example.com\n18,b@example.com\n"))

    run("import", file("id,email\n17,a@example.com\n19,c@example.com\n"), "--ids", tmp_path / "ids.csv")

    lines = (tmp_path / "ids.csv").read_text().splitlines()
    assert lines == ["id,user_id", f"17,{owner('a@example.com')}", f"19,{owner('c@example.com')}"]


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("name", "content", "words", "taken"),
    [
        ("people.csv", "", "the file is empty", 0),
        ("people.json", " \n ", "the file is empty", 0),
        ("people.csv", "name,password\nAnn,x\n", "neither a column “email” nor “phone”", 0),
        ("people.csv", "email\nann@example.com\nbj\xf6rn@example.com\n".encode("latin-1"), "not utf-8", 0),
        ("people.json", '[{"email": "ann@example.com"},\n{"email": ', "after row 1 (line 2) is not JSON", 1),
        ("people.csv", b"\x00\xff\xfe\x00PNG", "not utf-8", 0),
    ],
)
def test_a_file_that_cannot_be_read_is_said_in_words(run, database, file, name, content, words, taken):
    result = run("import", file(content, name))

    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert "Correct the file, then run the command again." in result.stderr
    assert (do(everybody), f"{taken} taken" in result.stdout) == (taken, True)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_rows_of_an_array_are_told_by_their_place_in_it(run, database, file, tmp_path):
    rows = [{"email": "a@example.com"}, {"email": "x"}, {"email": "a@example.com"}, {"email": "b@example.com"}]

    result = run("import", file(json.dumps(rows), "people.json"), "--report", tmp_path / "report")

    assert "row 2: email: this is not an email address" in result.stderr
    assert "row 3: row 1 already has the same address, number or id" in result.stderr
    assert "line" not in result.stderr
    assert [one["row"] for one in json.loads((tmp_path / "report").read_text())["refused"]] == [2, 3]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_single_rows_that_cannot_be_kept_do_not_keep_the_others_out(run, database, file):
    id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    rows = [
        {"email": "a@example.com", "id": id},
        {"email": "b@example.com", "id": id.upper().replace("-", "")},
        {"email": "c@example.com", "id": "\ud800"},
        {"email": "d@example.com", "\ud800": "a column"},
    ]

    result = run("import", file("\n".join(map(json.dumps, rows)), "people.jsonl"))

    assert (result.exit_code, do(everybody)) == (3, 2), result.output
    assert "line 2: line 1 already has the same address, number or id" in result.stderr
    assert "line 3: id: it has a character that cannot be stored" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("kind", ["sqlite"])
def test_groups_that_were_not_there_are_named(run, database, file, tmp_path):
    run("group", "create", "staff")
    path = file("email,groups\na@example.com,staff; Night Shift\nb@example.com,admin;night-shift;board\n")
    dry = run("import", path, "--dry-run")

    result = run("import", path, "--report", tmp_path / "report.json")

    assert "Created groups: board, night-shift\n" in result.stdout
    assert "Created groups: board, night-shift\n" in dry.stdout
    assert json.loads((tmp_path / "report.json").read_text())["groups_made"] == ["board", "night-shift"]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_broken_line_in_the_middle_is_one_refused_row(run, database, file):
    lines = '{"email": "a@example.com"}\n{"email": "b@\n[1]\n{"email": "c@example.com"}\n'
    table = 'email,first_name\na@example.com,"A\nd@example.com,D\n' + "e@example.com,E,x\n"

    in_json, in_csv = run("import", file(lines, "people.jsonl")), run("import", file(table))

    assert (in_json.exit_code, in_csv.exit_code) == (3, 3)
    assert "line 2: the line is not JSON" in in_json.stderr
    assert "line 3: the row is not an object" in in_json.stderr
    assert "2 taken" in in_json.stdout
    assert "is not CSV: look for a missing or extra quotation mark" in in_csv.stderr


@pytest.mark.parametrize("kind", ["sqlite"])
def test_wrong_usage_is_status_two(run, database, file, tmp_path):
    for words in (
        [file("email\n", "people.txt")],
        [tmp_path / "nowhere.csv"],
        [tmp_path],
        [file("email\n"), "--encoding", "klingon"],
    ):
        assert run("import", *words).exit_code == 2, words


@pytest.mark.parametrize("kind", ["sqlite"])
def test_another_encoding_and_the_standard_input(run, database, file):
    latin = run("import", file("email,first_name\na@example.com,Björn\n".encode("latin-1")), "--encoding", "latin-1")
    piped = run("import", "-", "--format", "csv", input="email\nb@example.com\n")

    assert (latin.exit_code, piped.exit_code) == (0, 0)
    assert do(directory.find, directory.Search("björn")).people[0].name == "Björn"
    assert owner("b@example.com")


def test_a_user_who_signs_up_during_the_import_is_found_on_retry(run, file, monkeypatch):
    take, tries = importing.imports.take, []

    def raced(db, people, **more):
        tries.append(len(people))
        found = take(db, people, **more)
        if len(tries) == 1:
            raise importing.IntegrityError("", {}, Exception())
        return found

    monkeypatch.setattr(importing.imports, "take", raced)
    monkeypatch.setattr(time, "sleep", lambda _: None)

    assert run("import", file("email\na@example.com\n")).exit_code == 0
    assert (tries, do(everybody)) == ([1, 1], 1)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_interrupted_it_says_what_was_done_and_goes_on_when_run_again(run, database, file):
    people = "email,password\n" + rows(1_500)
    command = [sys.executable, "-m", "authapp", "import", "-", "--format", "csv"]
    pipe = subprocess.PIPE
    # A child of a terminal receives Ctrl+C, even if the tests themselves run with SIGINT ignored.
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, preexec_fn=hears
    ) as process:
        process.stdin.write(people)
        process.stdin.flush()  # but not closed: the command still waits for more input
        until = time.monotonic() + 120
        while do(everybody) == 0 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=120)
        finally:
            process.kill()
        out, err = process.stdout.read(), process.stderr.read()

    assert (process.returncode, do(everybody)) == (130, 1_000)
    assert "1,000 taken" in out
    assert "Interrupted. The users counted above were imported. Run the command again for the rest." in err
    assert "Traceback" not in err
    assert "500 taken" in run("import", file(people)).stdout


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_pipe_is_read_to_its_end(run, database):
    result = run_outside("import", "-", "--format", "csv", input="email\nb@example.com\n")

    assert (result.returncode, result.stdout.splitlines()[1].split()[0], result.stderr) == (0, "1", "")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_progress_bar_for_a_terminal_only(run, database, file):
    result = run_outside("import", file("email\na@example.com\n"))

    assert (result.returncode, result.stderr.strip()) == (0, "Importing")
    assert result.stdout == "Format: CSV\n        1 taken\n            1 of them with no password\n"
