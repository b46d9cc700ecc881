"""The commands that create, list, disable and close users."""

import json
import subprocess
import sys

import pytest

from authapp.commands import users
from authapp.core.admin import directory, people
from authapp.core.admin.people import NewUser
from authapp.core.authentication import accounts, login, proofs
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER
from authapp.core.base import audit, identifiers
from authapp.core.sessions import sessions
from tests.kit.messages import link_to
from tests.kit.processes.commands import run_outside
from tests.kit.processes.servers import ROOT
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD, confirm


def owner(address):
    return do(identifiers.owner, address)


def happened(user_id):
    return [(entry.what, entry.about) for entry in do(audit.newest, user_id)]


def test_a_password_from_the_standard_input_logs_in(run):
    do(groups.create, "staff")

    result = run(
        *("user", "create", "Ann@Example.com", "--first-name", "Ann", "--group", "staff", "--password-stdin"),
        input=f"{PASSWORD}\n",
    )

    assert result.exit_code == 0, result.output
    assert str(owner("ann@example.com")) in result.stdout
    assert PASSWORD not in result.output
    assert do(
        login.with_password, proofs.Credentials("ann@example.com", PASSWORD), tab="a tab", keep=False, caller=HOME
    )
    assert do(groups.of, owner("ann@example.com")) == ["staff"]
    assert ("created", "on the server") in happened(owner("ann@example.com"))


def test_a_link_is_printed_that_leads_in(run):
    result = run("user", "create", "ann@example.com", "--print-link")

    (url,) = result.stdout.split()
    assert confirm(url.rpartition("#")[2]).user_id == owner("ann@example.com")


def test_a_link_is_mailed(run):
    assert run("user", "create", "ann@example.com", "--mail-link").exit_code == 0

    assert confirm(link_to("ann@example.com")).user_id == owner("ann@example.com")


@pytest.mark.parametrize(
    ("words", "typed", "status", "said"),
    [
        (["ann@example.com", "--password-stdin"], "short\n", 1, "at least 12 characters"),
        (["ann@example.com", "--password-stdin"], "", 1, "Enter a password."),
        (["nonsense", "--mail-link"], None, 1, "Enter an email address"),
        (["alice@example.com", "--mail-link"], None, 1, "An account with this address already exists."),
        (["ann@example.com", "--mail-link", "--group", "nowhere"], None, 1, "Group “nowhere” does not exist."),
        (["ann@example.com", "--mail-link", "--password-stdin"], "", 2, "Pass only one of"),
        (["ann@example.com"], None, 2, "There is no terminal"),
        (["ann@example.com", PASSWORD], None, 2, "unexpected extra argument"),
    ],
)
def test_an_invalid_user_is_not_created(run, alice, words, typed, status, said):
    result = run("user", "create", *words, input=typed)

    assert (result.exit_code, owner("ann@example.com")) == (status, None)
    assert said in result.stderr


def test_the_list_goes_on_over_pages_and_can_be_narrowed(run, database):
    for number in range(directory.PAGE + 5):
        do(people.create, SERVER, NewUser(f"u{number}@example.com"), tell=False)
    do(groups.create, "staff")
    do(groups.add, owner("u1@example.com"), "staff")
    run("user", "disable", "u2@example.com")

    lines = run("user", "list").stdout.splitlines()

    assert len(lines) == len({line.split()[0] for line in lines}) == directory.PAGE + 5
    assert [json.loads(line)["identifier"] for line in run("user", "list", "--json").stdout.splitlines()] == [
        line.split()[2] for line in lines
    ]
    assert run("user", "list", "--search", "u17@").stdout.split()[2] == "u17@example.com"
    assert run("user", "list", "--group", "staff").stdout.split()[2:] == ["u1@example.com", "[staff]"]
    assert run("user", "list", "--state", "disabled").stdout.split()[1:] == ["disabled", "u2@example.com"]
    assert run("user", "list", "--search", "nobody").stdout == ""
    assert run("user", "list", "--group", "admin").exit_code == 0
    nobodys = run("user", "list", "--group", "nobodys")
    assert (nobodys.exit_code, "Group nobodys does not exist." in nobodys.stderr) == (1, True)


def test_a_disabled_user_is_out_until_enabled(run, alice):
    assert "is disabled" in run("user", "disable", alice.email).stdout
    assert do(sessions.resume, alice.key) is None
    assert do(accounts.find, alice.email).blocked_by == sessions.DISABLED

    assert run("user", "enable", str(alice.user_id)).exit_code == 0

    assert happened(alice.user_id)[0] == ("enabled", "on the server")
    again = run("user", "enable", alice.email)
    assert (again.exit_code, again.stderr) == (1, "Error: This account is not disabled.\n")


def test_closing_asks_first(run, alice):
    declined = run("user", "close", alice.email, input="n\n")
    assert (declined.exit_code, do(sessions.resume, alice.key)) == (1, alice.me)

    assert run("user", "close", alice.email, "--yes").exit_code == 0

    assert do(sessions.resume, alice.key) is None
    assert do(accounts.find, alice.email).closes_at
    assert happened(alice.user_id)[0] == ("admin_closed", "on the server")


def test_an_unknown_user_is_refused(run, alice):
    for words in (["user", "disable", "nobody@example.com"], ["session", "list", "+4915123456789"]):
        result = run(*words)
        assert (result.exit_code, result.stderr) == (1, "Error: No user has this address, number or id.\n")


def test_sessions_are_listed_and_ended(run, alice, bob):
    listed = run("session", "list", alice.email)
    assert listed.stdout.split()[0] == alice.me.session_id
    assert "is_this" not in json.loads(run("session", "list", alice.email, "--json").stdout)

    assert run("session", "end", alice.me.session_id).exit_code == 0
    assert run("session", "end", bob.email, "--all").exit_code == 0

    assert (do(sessions.resume, alice.key), do(sessions.resume, bob.key)) == (None, None)
    assert happened(alice.user_id)[0] == ("admin_session_ended", "an unknown browser · on the server")
    assert run("session", "end", alice.me.session_id).exit_code == 1


def test_groups_are_made_and_filled(run, alice, bob):
    assert run("group", "create", "staff", "--about", "Who works here").exit_code == 0
    assert run("group", "add", "staff", alice.email, bob.email).exit_code == 0
    assert "2  staff  Who works here" in run("group", "list").stdout
    assert json.loads(run("group", "list", "--json").stdout.splitlines()[-1])["name"] == "staff"

    assert run("group", "remove", "staff", bob.email).exit_code == 0

    assert (do(groups.of, alice.user_id), do(groups.of, bob.user_id)) == (["staff"], [])
    assert run("group", "delete", "staff", "--yes").exit_code == 0
    assert do(groups.of, alice.user_id) == []


def test_of_several_all_are_put_into_a_group_or_none(run, alice):
    run("group", "create", "staff")

    assert run("group", "add", "staff", alice.email, "nobody@example.com").exit_code == 1
    assert run("group", "add", "nowhere", alice.email).exit_code == 1

    assert do(groups.of, alice.user_id) == []


def test_an_administrator_of_the_settings_stays_one_and_the_command_says_so(run, alice, configure):
    configure(AUTHAPP_ADMINS=alice.email)

    result = run("group", "remove", "admin", alice.email)

    assert result.exit_code == 1
    assert "still in admin, because AUTHAPP_ADMINS names them" in result.stderr


def test_in_a_terminal_the_password_is_asked_for_twice_and_not_shown(run, monkeypatch):
    monkeypatch.setattr(users, "_has_terminal", lambda: True)

    result = run("user", "create", "ann@example.com", input=f"{PASSWORD}\nanother one\n{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert do(
        login.with_password, proofs.Credentials("ann@example.com", PASSWORD), tab="a tab", keep=False, caller=HOME
    )


def test_the_real_command_says_errors_to_the_error_stream(database):
    good, bad = run_outside("user", "list"), run_outside("user", "enable", "nobody@example.com")

    assert (good.returncode, good.stderr) == (0, "")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr == "Error: No user has this address, number or id.\n"


def test_the_commands_load_no_framework():
    check = "import sys, authapp.commands; sys.exit('reflex' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT).returncode == 0
