"""Calls that nobody thought of, made from the documentation by schemathesis: what is documented is what is so.

Bounded, and without chance: the same calls each time. To the examples of each call, and the boundaries of its fields,
come as many as `--examples` says that are drawn from its form, right and wrong.
"""

import subprocess
import sys

import pytest

from authapp.core import groups
from tests.api.hooks import MEMBER, REFUSED
from tests.attacks.conftest import newcomer
from tests.people import do
from tests.servers import ROOT
from tests.test_docs import documented_calls

WITHIN = 1600  # seconds; a tenth of it where nothing else runs
CONFIG = f"""
[generation]
deterministic = true
max-examples = EXAMPLES
database = "none"

[phases.stateful]
enabled = false

[checks.negative_data_rejection]
expected-statuses = {sorted(REFUSED)}

# A form cannot say what our rules say in words: that an address is one, a password strong, a code right.
[checks.positive_data_acceptance]
enabled = false

# It knows 401 and 403 alone. Ours is 440, which `hooks.members_only` asks for.
[checks.ignored_auth]
enabled = false
"""


@pytest.fixture
def member(keyed):
    """An administrator, so that nothing is refused to them from the start."""
    person = newcomer("Carol")
    do(groups.add, person.user_id, groups.ADMIN)
    return person


@pytest.mark.slow
@pytest.mark.parametrize("who", ["a member", "nobody"])
def test_nothing_is_answered_that_is_not_documented(keyed, member, tmp_path, monkeypatch, pytestconfig, who):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("SCHEMATHESIS_HOOKS", "tests.api.hooks")
    monkeypatch.setenv(MEMBER, str(member.user_id) if who == "a member" else "")
    examples = pytestconfig.getoption("examples")
    (tmp_path / "schemathesis.toml").write_text(CONFIG.replace("EXAMPLES", str(examples)), encoding="utf-8")
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "schemathesis.toml")]
    document = f"http://127.0.0.1:{keyed.port}/api/openapi.json"
    options = ["--continue-on-failure", "--no-color", "-H", f"Origin: {keyed.url}"]

    ran = subprocess.run(
        [*program, "run", *options, document], cwd=tmp_path, capture_output=True, text=True, timeout=WITHIN
    )

    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr
    assert f"Tested: {len(documented_calls())}" in ran.stdout
    assert "broke" not in keyed.logged()
