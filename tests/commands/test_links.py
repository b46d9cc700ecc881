"""The commands `link` and `invite`."""

import json
import subprocess
import sys

import pytest

from authapp.core.base import audit
from authapp.core.credentials import links
from authapp.models import ActionLink
from tests.kit.messages import link_to
from tests.kit.processes.commands import run_outside
from tests.kit.rules import do

SHOP = """
import authapp, reflex as rx
from authapp.core.base import hooks

@authapp.action_link("gift")
def gift(db, link):
    return "/"

@hooks.on_sign_up
def welcome(db, user):
    raise authapp.Refusal("The shop is full.")

app = authapp.install(rx.App())
"""


def test_a_link_is_made_printed_and_on_record(run, alice):
    words = ("--user", alice.email, "--uses", "3", "--hours", "2", "--data", json.dumps({"points": 3}), "--connects")

    result = run("link", "issue", "reset", alice.email, *words)

    (url,) = result.stdout.split()
    row = do(lambda db: db.get(ActionLink, url.rpartition("#")[2].partition(".")[0]))
    assert (row.action, row.uses_left, row.data, row.user_id) == ("reset", 3, {"points": 3}, alice.user_id)
    assert (row.expires_at - row.issued_at).total_seconds() == 7200
    entry = do(audit.newest, alice.user_id)[0]
    assert (entry.what, entry.about) == ("link_made", "reset · on the server")
    assert do(links.peek, url.rpartition("#")[2], None).outcome == links.GOOD


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nothing", "a@example.com"], 2, "Action 'nothing' does not exist"),
        (["reset", "a@example.com", "--data", "[1]"], 2, "--data must be a JSON object"),
        (["reset", "a@example.com", "--connects"], 2, "needs --user"),
        (["reset", "a@example.com", "--uses", "0"], 2, "x>=1"),
        (["reset", "nonsense"], 1, "Enter an email address"),
        (["reset", "a@example.com", "--user", "nobody@example.com"], 1, "No user has this address"),
    ],
)
def test_a_link_that_cannot_be_issued_is_explained(run, database, words, status, said):
    result = run("link", "issue", *words)

    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


def test_people_are_invited_all_or_none(run, alice):
    assert run("invite", "new@example.com", alice.email).exit_code == 1
    with pytest.raises(StopIteration):
        link_to("new@example.com")

    assert run("invite", "new@example.com").exit_code == 0

    assert do(links.peek, link_to("new@example.com"), None).action == "invitation"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_products_links_and_hooks_take_part(database, tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.py").write_text(SHOP)
    (tmp_path / "rxconfig.py").write_text('import reflex as rx\nconfig = rx.Config(app_name="shop")\n')

    gift = run_outside("link", "issue", "gift", "a@example.com", cwd=tmp_path)
    full = run_outside("user", "create", "a@example.com", "--mail-link", cwd=tmp_path)
    bare = run_outside("--app", "none", "link", "issue", "gift", "a@example.com", cwd=tmp_path)
    wrong = run_outside("--app", "nowhere.app", "user", "disable", "a@example.com", cwd=tmp_path)

    also_wrong = run_outside("--app", "shop.nowhere", "user", "list", cwd=tmp_path)

    assert (gift.returncode, "/link#" in gift.stdout) == (0, True), gift.stderr
    assert (full.returncode, "The shop is full." in full.stderr) == (1, True), full.stderr
    assert bare.returncode == 2
    assert (wrong.returncode, "Module nowhere.app does not exist" in wrong.stderr) == (2, True)
    assert (also_wrong.returncode, "Module shop.nowhere does not exist" in also_wrong.stderr) == (2, True)


def test_the_command_knows_every_action_without_a_product():
    script = (
        "import authapp.commands.links; from authapp.core.credentials import link_actions; print(*link_actions.known())"
    )
    known = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()

    assert {"reset", "sign_up", "add_email", "invitation", "approve", "foreign_email", "imported_email"} <= set(known)
