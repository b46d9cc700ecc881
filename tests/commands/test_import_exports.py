"""Exports in the formats of other systems: which users are imported, and who can then log in with the old password."""

import base64
import json
from pathlib import Path

import pytest
from sqlmodel import select

from authapp.core.authentication import accounts, login, proofs
from authapp.core.authorization import groups
from authapp.core.base import identifiers
from authapp.core.base.errors import BadUserOrPassword
from authapp.core.sessions.sessions import Opened
from authapp.models import Email, Phone, User
from tests.kit.rules import do
from tests.kit.users import HOME

EXPORTS = Path(__file__).parent / "exports"
OLD_PASSWORD = "Old-harbour 77 lamp"  # of every user in the files
# The project and the user of Firebase's own example.
SIGNER_KEY = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
FIREBASE_HASH = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="


@pytest.fixture
def kind():
    """Use one kind of database; the tests of the rules show the differences between them."""
    return "sqlite"


IN, WAITS, OUT, NONE = "logs in", "waits for its confirmation", "is disabled", "has no password"
# file -> format, exit status, and the result of a login with the old password for each email address. Users who are not
# listed are refused.
EXPECTED = {
    "better_auth_unconfirmed.json": ("JSON", 0, {"b01ba@example.com": WAITS}),
    "devise_unconfirmed.csv": ("CSV", 0, {"b01de@example.com": WAITS}),
    "unconfirmed.json": ("JSON", 0, {"b01fb@example.com": WAITS}),
    "unconfirmed.csv": ("CSV", 0, {"b01ok@example.com": WAITS}),
    "auth0_blocked.json": ("Auth0", 0, {"b02a0@example.com": OUT}),
    "inactive.csv": ("CSV", 0, {"b02dj@example.com": OUT}),
    "disabled.json": ("JSON", 0, {"b02fb@example.com": OUT}),
    "not_enabled.json": ("JSON", 0, {"b02kc@example.com": OUT}),
    "auth0_phone.json": ("Auth0", 0, {"b03a0@example.com": NONE}),
    "cognito.csv": ("Cognito", 0, {"b03co@example.com": NONE}),
    "wordpress_hashes.csv": ("CSV", 0, {"b13p@example.com": IN, "b13wp@example.com": IN}),
    "hashes.json": ("JSON", 0, dict.fromkeys(("b14wz@example.com", "b14sp@example.com", "b14or@example.com"), IN)),
    "more_hashes.json": ("JSON", 0, {f"{name}@example.com": IN for name in ("ba", "wz", "ssha", "spring")}),
    "phone_as_number.json": ("JSON", 3, {}),
    "bad_parts.csv": ("CSV", 3, {f"b15good{number}@example.com": IN for number in range(8)}),
    "keycloak_realm_broken.json": ("Keycloak", 3, {}),
    "keycloak_realm.json": (
        *("Keycloak", 0),
        {"kc1@example.com": IN, "kc2@example.com": IN, "kc3@example.com": OUT, "kc4@example.com": NONE},
    ),
    "django_dumpdata.json": ("Django dumpdata", 0, {"b17@example.com": IN}),
    "auth0.ndjson": ("Auth0", 0, {"b18a0@example.com": IN}),
    "clerk.csv": ("Clerk", 0, {"b18cl@example.com": IN}),
    "devise.csv": ("Devise", 0, {"b18de@example.com": IN}),
    "discourse.csv": ("Discourse", 0, {"di1@example.com": IN, "di2@example.com": OUT, "di3@example.com": IN}),
    "supabase.csv": ("Supabase", 0, {"b18su@example.com": IN}),
    "wordpress.csv": ("WordPress wp_users", 0, {"b18wp@example.com": IN}),
    "times.json": ("JSON", 3, {f"b19{letter}@example.com": NONE for letter in "abcdg"}),
    "firebase_array.json": ("Firebase", 1, {}),
    "firebase_line.json": ("Firebase", 1, {}),
    "firebase_pretty.json": ("Firebase", 1, {}),
}


def becomes(address, password=OLD_PASSWORD):
    """Return the result of a login with an email address and the old password."""
    try:
        welcome = do(login.with_password, proofs.Credentials(address, password), tab="a tab", keep=False, caller=HOME)
    except BadUserOrPassword:
        user = do(lambda db: db.get(User, db.exec(select(Email.user_id).where(Email.address == address)).one()))
        return NONE if user.password_record is None else "is refused"
    entered = do(login.claim, welcome.ticket, ["a tab"], HOME, None)
    if isinstance(entered, Opened):
        return IN
    return {"email": WAITS, "disabled": OUT}[entered.reason]


def addresses():
    return do(lambda db: set(db.exec(select(Email.address)).all()))


def numbers():
    return do(lambda db: list(db.exec(select(Phone.number)).all()))


def test_every_file_has_its_row():
    assert set(EXPECTED) == {path.name for path in EXPORTS.iterdir()}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_is_recognised_and_nobody_is_trusted_more_than_there(run, database, name):
    recognised, status, expected = EXPECTED[name]

    result = run("import", EXPORTS / name)

    assert result.exit_code == status, result.output
    assert result.stdout.splitlines()[0] == f"Format: {recognised}"
    assert addresses() == set(expected)
    assert {address: becomes(address) for address in expected} == expected
    assert numbers() == []


def test_an_import_sets_no_password_that_the_file_does_not_have(run, database):
    run("import", EXPORTS / "clerk.csv")

    with pytest.raises(BadUserOrPassword):
        do(
            login.with_password,
            proofs.Credentials("b18cl@example.com", OLD_PASSWORD + "6"),
            tab="a tab",
            keep=False,
            caller=HOME,
        )


def test_an_unconfirmed_number_is_left_out_and_said(run, database, tmp_path):
    result = run("import", EXPORTS / "auth0_phone.json", "--report", tmp_path / "report")

    assert "1 phone: the number was never confirmed there, so it was skipped (row 1)" in result.stdout
    assert numbers() == []
    assert json.loads((tmp_path / "report").read_text())["left_out"] == [
        {"why": "phone: the number was never confirmed there, so it was skipped", "count": 1}
    ]


def test_an_unconfirmed_address_is_refused_if_so_wished(run, database):
    result = run("import", EXPORTS / "unconfirmed.csv", "--refuse-unconfirmed")

    assert result.exit_code == 3
    assert "line 2: the address was not confirmed there" in result.stderr
    assert addresses() == set()


def test_bad_parts_are_dropped_if_so_wished_and_the_report_says_which(run, database):
    result = run("import", EXPORTS / "bad_parts.csv", "--drop-bad-parts")

    assert result.exit_code == 3, "a password was lost"
    assert "11 taken" in result.stdout
    assert "1 password: the hash is broken: it was cut off or changed (line 10)" in result.stdout
    assert "1 phone: the plus sign and country code are missing, as in +1 650 253 0000 (line 11)" in result.stdout
    assert "1 phone: a spreadsheet rounded this number" in result.stdout
    assert becomes("b15hash@example.com") == NONE
    assert becomes("b15phone@example.com") == becomes("b15excel@example.com") == IN


@pytest.mark.parametrize("name", ["firebase_array.json", "firebase_line.json", "firebase_pretty.json"])
def test_passwords_of_firebase_need_the_parameters_of_the_project(run, database, name):
    stopped = run("import", EXPORTS / name)
    without = run("import", EXPORTS / name, "--ignore", "passwordHash")

    assert (stopped.exit_code, addresses()) == (1, {"b16a@example.com", "b16b@example.com"})
    assert "Pass --firebase-signer-key" in stopped.stderr
    assert without.exit_code == 3, "it dropped a password"
    assert "Passwords in ignored columns were not imported." in without.stderr
    assert becomes("b16a@example.com") == NONE


def test_a_password_of_firebase_logs_in(run, database, tmp_path):
    ann = {"localId": "a", "email": "ann@example.com", "emailVerified": True, "salt": "42xEC+ixf3L2lw=="}
    bob = {"localId": "b", "email": "bob@example.com", "phoneNumber": "+4915123456789"}
    (tmp_path / "users.json").write_text(json.dumps({"users": [{**ann, "passwordHash": FIREBASE_HASH}, bob]}))

    result = run("import", tmp_path / "users.json", "--firebase-signer-key", SIGNER_KEY)

    assert result.exit_code == 0, result.output
    assert becomes("ann@example.com", "user1password") == IN
    assert becomes("ann@example.com", "user2password") != IN
    assert SIGNER_KEY not in result.output
    assert do(identifiers.owner, "bob@example.com") is None, "a row that does not say that it is confirmed is not"
    assert numbers() == ["+4915123456789"], "Firebase keeps confirmed numbers alone"


def test_a_hash_of_firebase_that_fits_no_key_is_refused(run, database, tmp_path):
    ann = {"localId": "a", "email": "ann@example.com", "emailVerified": True, "salt": "42xEC+ixf3L2lw=="}
    (tmp_path / "users.json").write_text(json.dumps([{**ann, "passwordHash": FIREBASE_HASH}]))

    cut = base64.b64encode(base64.b64decode(SIGNER_KEY)[:32]).decode()
    result = run("import", tmp_path / "users.json", "--firebase-signer-key", cut)

    assert result.exit_code == 3


def test_the_groups_of_keycloak_are_named_by_their_paths(run, database):
    result = run("import", EXPORTS / "keycloak_realm.json")

    assert "Created groups: staff-night\n" in result.stdout


def test_an_allauth_site_has_to_say_what_becomes_of_its_confirmations(run, database, tmp_path):
    users = json.loads((EXPORTS / "django_dumpdata.json").read_text())
    confirmation = {"model": "account.emailaddress", "fields": {"user": 1, "email": "b17@example.com"}}
    (tmp_path / "dump.json").write_text(json.dumps([*users, confirmation, {"model": "x.y", "fields": {}}]))

    stopped = run("import", tmp_path / "dump.json")
    result = run("import", tmp_path / "dump.json", "--ignore", "account.emailaddress")

    assert stopped.exit_code == 1
    assert "“account.emailaddress” looks as if it says whether" in stopped.stderr
    assert (result.exit_code, addresses()) == (0, {"b17@example.com"})
    assert "Objects that are not users: 2" in result.stdout


@pytest.mark.parametrize(
    ("column", "kind_of"),
    [
        ("is_email_validated", "confirmed"),
        ("userStatusBanned", "disabled"),
        ("state", "disabled"),
        ("pwd", "passwords"),
        ("bcrypt_hash", "passwords"),
        ("old_password", "passwords"),
        ("profile.blocked", "disabled"),
    ],
)
def test_a_column_that_must_not_be_passed_over_stops_the_import(run, database, tmp_path, column, kind_of):
    path, (outer, _, inner) = tmp_path / "people.json", column.partition(".")
    path.write_text(
        json.dumps([{"email": "a@example.com"}, {"email": "b@example.com", outer: {inner: 1} if inner else 1}])
    )

    result = run("import", path)

    assert (result.exit_code, addresses()) == (1, set())
    assert f"Error: Nothing was imported: the column “{column}” looks as if it" in result.stderr
    assert kind_of in result.stderr
    assert f"--map {column}=FIELD" in result.stderr
    assert run("import", path, "--ignore", column).exit_code in (0, 3)
    assert addresses() == {"a@example.com", "b@example.com"}


def test_a_column_is_what_the_operator_says(run, database, tmp_path):
    (tmp_path / "people.csv").write_text("contact,kicked_out\na@example.com,yes\n")

    result = run("import", tmp_path / "people.csv", "--map", "contact=emails", "--map", "kicked_out=disabled")

    assert result.exit_code == 0, result.output
    assert do(lambda db: db.get(User, identifiers.owner(db, "a@example.com"))).blocked_by == "disabled"


@pytest.mark.parametrize("words", [["--map", "x"], ["--map", "x=y"], ["--map", "=emails"]])
def test_a_field_that_is_none_is_wrong_usage(run, database, words):
    assert run("import", EXPORTS / "clerk.csv", *words).exit_code == 2


def test_a_column_that_is_not_there_is_said(run, database):
    result = run("import", EXPORTS / "clerk.csv", "--ignore", "nickname")

    assert (result.exit_code, addresses()) == (1, set())
    assert "names a column that does not exist: nickname" in result.stderr


def test_passwords_of_two_columns_that_differ_are_refused(run, database, tmp_path):
    (tmp_path / "people.csv").write_text("email,password,encrypted_password\na@example.com,$2a$x,$2a$y\n")

    result = run("import", tmp_path / "people.csv")

    assert "line 2: the row has two different passwords" in result.stderr


def test_a_dry_run_shows_a_table(run, database, tmp_path):
    bad = "".join(f"x{number}@example.com,,no hash,\n" for number in range(5))
    (tmp_path / "people.csv").write_text(
        "email,emailVerified,password_hash,nickname\n"
        f"a@example.com,true,,Ann\nb@example.com,,,\n{bad}c@example.com,maybe,,\n"
    )

    result = run("import", tmp_path / "people.csv", "--dry-run")

    assert (result.exit_code, addresses()) == (3, set())
    assert result.stdout.splitlines() == [
        "Format: CSV",
        "  email          email address",
        "  emailVerified  whether the email address is confirmed",
        "  password_hash  password hash",
        "  nickname       not used",
        "        2 taken (dry run: nothing was written)",
        "        6 refused",
        "            2 of them with no password",
        "            1 of them not confirmed: the first login asks for confirmation",
        "Refused:",
        "        5 password: unknown kind of hash (line 4, 5, 6, …)",
        "        1 emailVerified is neither true nor false, nor a time (line 9)",
    ]


def test_a_pipe_of_json_is_looked_through_before_anything_is_written(run, database):
    rows = "\n".join(['{"email": "a@example.com"}'] * 3 + ['{"email": "b@example.com", "banned_why": "x"}'])

    result = run("import", "-", "--format", "json", input=rows)

    assert (result.exit_code, addresses()) == (1, set())


def test_an_update_ends_the_wait_of_an_address_that_was_confirmed_there_since(run, database, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text((EXPORTS / "unconfirmed.csv").read_text().replace(",false", ",true"))
    run("import", EXPORTS / "unconfirmed.csv")

    result = run("import", path, "--update")

    assert "1 updated" in result.stdout
    assert becomes("b01ok@example.com") == IN


def test_an_update_leaves_no_password_of_who_never_confirmed_the_address(run, database, tmp_path):
    (tmp_path / "people.csv").write_text("email,is_verified\nb01ok@example.com,true\n")
    run("import", EXPORTS / "unconfirmed.csv")
    assert becomes("b01ok@example.com") == WAITS

    run("import", tmp_path / "people.csv", "--update")

    assert becomes("b01ok@example.com") == NONE
    assert do(accounts.find, "b01ok@example.com").blocked_by == ""


def test_an_update_takes_no_password_for_an_address_that_was_not_confirmed_there(run, database, tmp_path):
    (tmp_path / "people.csv").write_text("email\nb01ok@example.com\n")
    run("import", tmp_path / "people.csv")

    result = run("import", EXPORTS / "unconfirmed.csv", "--update")

    assert result.exit_code == 3
    assert "line 2: the address was not confirmed there, and belongs to another account here" in result.stderr
    assert becomes("b01ok@example.com") == NONE


def test_an_update_gives_no_account_to_who_only_claims_its_address_beside_their_own(run, database, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.json"
    first.write_text("email,verified,groups\nowner@example.com,false,staff\n")
    mine = [{"email": "me@example.com", "verified": True}, {"email": "owner@example.com", "verified": False}]
    second.write_text(json.dumps([{"emails": mine}]))
    run("import", first)

    result = run("import", second, "--update")

    assert "1 taken" in result.stdout
    assert do(groups.of, do(identifiers.owner, "me@example.com")) == []


def test_a_second_run_finds_users_who_are_not_confirmed_yet(run, database):
    run("import", EXPORTS / "unconfirmed.csv")

    result = run("import", EXPORTS / "unconfirmed.csv")

    assert (result.exit_code, "1 already there" in result.stdout) == (0, True)
