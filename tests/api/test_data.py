"""The data export over HTTP: all data stored about a user, for that user alone."""

from tests.kit.web.http import API, ask


def test_the_download_is_a_file_with_ones_own_data(server, alice, bob):
    answer = ask(server, "GET", f"{API}/data", cookie=alice.key)

    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["person"]["id"] == str(alice.user_id)
    assert bob.email not in answer.text


def test_a_visitor_gets_no_data(server, alice):
    for key in ("", "nonsense", alice.key[:-1] + ("A" if alice.key[-1] != "A" else "B")):
        refused = ask(server, "GET", f"{API}/data", cookie=key)
        assert (refused.status_code, refused.json()["error"]) == (440, "SessionExpired")


def test_a_key_in_the_query_string_is_ignored(server, alice):
    assert ask(server, "GET", f"{API}/data?authapp={alice.key}&token={alice.key}").status_code == 440
