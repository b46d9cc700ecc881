"""The language of pages and answers over HTTP: how it is chosen, where it is stored, which headers have no effect."""

import gzip
import re

import httpx
import pytest

from authapp.api import translated
from authapp.i18n import catalogues
from tests.kit.web.api import call, refusal_in
from tests.kit.web.http import cookies

FRENCH = {"Accept-Language": "fr-CH, fr;q=0.9, en;q=0.8"}
COOKIE = "authapp-language"


def page(server, path="/login", **headers):
    return httpx.get(server.url + path, headers={"Accept": "text/html", **headers})


def title(answer):
    return re.search(r"<title>(.*?)</title>", answer.text)[1]


def test_a_page_is_said_in_the_language_of_the_browser_before_any_script_runs(server):
    answer = page(server, **FRENCH)

    assert answer.text.startswith('<!DOCTYPE html><html lang="fr" dir="ltr">')
    assert title(answer) == "Se connecter · authapp"
    assert '<meta content="Se connecter à votre compte." name="description"/>' in answer.text
    assert ">Mot de passe</label>" in answer.text
    assert 'aria-label="Langue"' in answer.text
    assert answer.headers["content-language"] == "fr"
    assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", answer.headers["vary"]))
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_english_pages_are_the_files_as_they_were_built(server):
    plain = page(server, **{"Accept-Language": "de, *;q=0.5"})

    assert '<html lang="en">' in plain.text
    assert "texts/" not in plain.text
    assert title(plain) == "Log in · authapp"
    assert plain.text == page(server, **{"Accept-Language": ""}).text


def test_the_compressed_and_the_plain_page_are_the_same(server):
    plain = httpx.get(f"{server.url}/login", headers={**FRENCH, "Accept-Encoding": "identity"})
    with httpx.stream("GET", f"{server.url}/login", headers={**FRENCH, "Accept-Encoding": "gzip, br"}) as packed:
        raw = b"".join(packed.iter_raw())

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_no_condition_and_no_range_makes_half_a_page_of_it(server, method):
    odd = {"Range": "bytes=0-9", "If-None-Match": "*", "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    answer = httpx.request(method, f"{server.url}/login", headers={**FRENCH, **odd})

    assert (answer.status_code, "content-range" in answer.headers) == (200, False)
    assert (len(answer.content) > 1000) == (method == "GET")


def test_a_page_that_is_not_there_says_so_in_the_language_too(server):
    answer = page(server, "/nowhere", **FRENCH)

    assert answer.status_code == 404
    assert '<html lang="fr"' in answer.text  # the script adds the rest: this page is built once for all paths
    assert "/texts/fr.js" in answer.text


def test_the_texts_of_a_page_are_a_file_that_is_kept(server):
    path = re.search(r'<script src="([^"]*/texts/fr\.js\?v=\w+)"></script></head>', page(server, **FRENCH).text)[1]
    script = httpx.get(server.url + path)

    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.text.startswith('globalThis.authappTexts={"language":"fr","words":{')
    assert "Se connecter" in script.text
    assert "wasnt_me" not in script.text  # pages do not receive texts that only mails use
    assert httpx.get(f"{server.url}/api/v1/texts/fr.js").headers["cache-control"] == "no-cache"
    for name in ("xx", "en", "..%2f..%2ffr", "fr.js%00", "__proto__"):
        assert httpx.get(f"{server.url}/api/v1/texts/{name}.js").status_code == 404


@pytest.mark.parametrize(
    "value",
    ["../../etc/passwd", "fr/../..", "<script>alert(1)</script>", '"><b>', "FR", "x" * 3000, "en;fr", ""],
)
def test_a_language_cookie_can_only_choose_an_offered_language(server, value):
    answer = httpx.get(f"{server.url}/login", headers={"Cookie": f"{COOKIE}={value}".encode("latin-1")})

    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    assert "alert(1)" not in answer.text


@pytest.mark.parametrize("value", ["<b>", "fr;q=9e99", "fr;q=nan", ",".join(["fr-" + "x" * 8] * 500), "é", "*;" * 999])
def test_garbage_in_accept_language_is_no_error(server, value):
    for path in ("/login", "/api/v1/connect"):
        answer = httpx.get(server.url + path, headers={"Accept-Language": value.encode("latin-1", "replace")})
        assert answer.status_code in (200, 400)


def test_a_visitor_chooses_a_language_and_goes_back_to_what_the_browser_says(server):
    chosen = call(server, "PUT /language", {"language": "fr"})

    assert (chosen.status_code, chosen.json()) == (200, {"language": "fr"})
    (kept,) = cookies(chosen, COOKIE)
    assert kept.startswith(f"{COOKIE}=fr;")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=31536000"} <= set(kept.split("; "))
    assert title(page(server, Cookie=f"{COOKIE}=fr")) == "Se connecter · authapp"
    assert title(page(server, Cookie=f"{COOKIE}=en", **FRENCH)) == "Log in · authapp"

    back = call(server, "PUT /language", {"language": ""}, headers=FRENCH)
    assert back.json() == {"language": "fr"}
    assert [one.partition(";")[0] for one in cookies(back, COOKIE)] == [f'{COOKIE}=""'] * 2  # one without a port


@pytest.mark.parametrize("language", ["de", "../fr", "<b>", "x" * 36, None, ["fr"], 1])
def test_a_language_that_is_not_offered_cannot_be_chosen(server, language):
    answer = call(server, "PUT /language", {"language": language})

    assert refusal_in(answer)[:2] == (422, "BadInput")
    assert "set-cookie" not in answer.headers


def test_another_site_cannot_choose_a_language(server, alice):
    for origin in ("https://evil.example", "null"):
        answer = httpx.put(
            f"{server.url}/api/v1/language",
            json={"language": "fr"},
            headers={"Origin": origin, "Cookie": f"authapp={alice.key}"},
        )
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    form = httpx.put(
        f"{server.url}/api/v1/language",
        content="language=fr",
        headers={"Content-Type": "text/plain", "Origin": server.url},
    )
    assert form.status_code == 422


def test_a_member_chooses_it_for_the_account_as_well(server, alice):
    answer = call(server, "PUT /language", {"language": "fr"}, who=alice)

    assert answer.json() == {"language": "fr"}
    shown = call(server, "GET /account", who=alice)
    assert shown.json()["language"] == "fr"
    settings = page(server, "/settings", Cookie=f"authapp={alice.key}; {COOKIE}=en")
    assert '<html lang="fr"' in settings.text  # the account's language takes precedence over the browser's cookie


def test_a_program_sets_the_language_of_the_account_beside_the_names(server, alice):
    answer = call(server, "PATCH /account", {"language": "fr"}, who=alice)
    assert (answer.json()["language"], answer.json()["first_name"]) == ("fr", "Alice")

    both = call(server, "PATCH /account", {"language": "", "first_name": "Alicia"}, who=alice)
    assert (both.json()["language"], both.json()["first_name"]) == ("", "Alicia")
    wrong = call(server, "PATCH /account", {"language": "de"}, who=alice, headers=FRENCH)
    assert wrong.json() == {"error": "BadInput", "field": "language", "message": "Cette langue n’est pas proposée ici."}


def test_refusals_and_answers_of_the_api_are_said_in_the_language_of_who_asks(server, alice):
    refused = call(server, "POST /signup", {"email": "nobody"}, headers=FRENCH)
    assert refused.json()["message"] == "Veuillez saisir une adresse e-mail, comme nom@example.com."
    assert refused.json()["error"] == "BadInput"  # programs rely on the code

    told = call(server, "POST /recover", {"email": "nobody@example.com"}, headers=FRENCH)
    assert told.json()["message"].startswith("Nous avons envoyé un e-mail.")

    call(server, "PUT /language", {"language": "fr"}, who=alice)
    words = {one["words"] for one in call(server, "GET /history", who=alice).json()["history"]}
    assert {"Langue modifiée", "Mot de passe défini"} <= words


def test_markup_in_a_catalogue_is_shown_and_does_nothing(tmp_path, configure):
    configure(AUTHAPP_LANGUAGES=tmp_path)
    words = '<img src=x onerror=alert(1)> & \\"quoted\\" </script>'
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (tmp_path / "de.po").write_text(f'{head}msgid "Log in"\nmsgstr "{words}"\n')
    catalogues.forget()

    built = '<html lang="en"><head></head><body><h1 aria-label="Log in">Log in</h1><script>"Log in"</script></body>'
    turned = translated.in_language(built.encode(), "de")[0].decode()

    shown = "&lt;img src=x onerror=alert(1)&gt; &amp;"
    assert f">{shown}" in turned
    assert f'aria-label="{shown}' in turned
    assert '<script>"Log in"</script>' in turned
    assert "<img" not in turned
    assert "\\u003c" not in turned
    assert turned.count("<script") == 2  # the script of the page, and the texts


def test_a_name_is_the_same_in_every_language_though_it_be_a_text_too():
    built = '<html><head></head><body><a href="/" translate="no">Log in</a><h1>Log in</h1></body></html>'

    turned = translated.in_language(built.encode(), "fr")[0].decode()

    assert 'translate="no">Log in</a>' in turned
    assert "<h1>Log in</h1>" not in turned
