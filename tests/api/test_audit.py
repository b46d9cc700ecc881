"""The security history over HTTP: users see their own, newest first."""

from authapp.core.base import audit
from tests.kit.web.api import call


def test_audit_events_are_listed_newest_first(server, alice, bob):
    call(server, "PATCH /account", {"first_name": "Alicia"}, who=alice)

    answer = call(server, "GET /history", who=alice)

    assert answer.status_code == 200
    entries = answer.json()["history"]
    assert set(entries[0]) == {"id", "at", "what", "words", "about", "browser", "ip"}
    assert (entries[0]["what"], entries[0]["words"]) == ("names_set", audit.LABELS["names_set"])
    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    assert entries[0]["at"].endswith("Z")
    assert bob.email not in answer.text


def test_the_history_is_no_longer_than_the_page(server, alice):
    for number in range(55):
        call(server, "PATCH /account", {"first_name": f"Alice {number}"}, who=alice)

    assert len(call(server, "GET /history", who=alice).json()["history"]) == 50
