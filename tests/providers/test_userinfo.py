"""Userinfo of a provider: what it adds to an ID token, and what it may not change."""

import json
import logging
import time

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from authapp.core.base import tokens
from authapp.core.base.errors import Unverified
from authapp.providers import userinfo
from tests.kit.providers.issuer import FIRST, SECOND
from tests.kit.providers.oidc import CLIENT
from tests.providers.conftest import log_in, refused

WHOLE = {"email": "ann@example.com", "email_verified": True, "name": "Ann"}


@pytest.fixture
def issuer(odd):
    return odd()


def entered(issuer):
    claims = log_in(issuer)
    return claims.email, claims.email_verified, claims.first_name


# --- which claims are asked for -----------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", WHOLE)
def test_a_claim_that_the_token_lacks_comes_from_the_userinfo(issuer, missing):
    issuer.people["ann"] = {name: value for name, value in WHOLE.items() if name != missing}
    issuer.told = WHOLE

    assert entered(issuer) == ("ann@example.com", True, "Ann")
    assert issuer.seen.count("userinfo") == 1


@pytest.mark.parametrize("name", [{"given_name": "Ann"}, {"name": "Ann"}])
def test_a_whole_token_needs_no_userinfo(issuer, name):
    issuer.people["ann"] = {"email": "ann@example.com", "email_verified": False, **name}
    issuer.told = WHOLE

    assert entered(issuer) == ("ann@example.com", False, "Ann")
    assert "userinfo" not in issuer.seen


def test_the_token_is_believed_more_than_the_userinfo(issuer):
    issuer.people["ann"] = {"email": "ann@example.com", "email_verified": False}
    issuer.told = {"email": "ceo@example.com", "email_verified": True, "name": "Ann"}

    assert entered(issuer) == ("ann@example.com", False, "Ann")


def test_the_verification_of_one_address_does_not_count_for_another(issuer):
    issuer.told = {"email": "mine@example.com", "email_verified": True, "name": "Ann"}
    issuer.people["ann"] = {"email": "victim@example.com"}
    assert entered(issuer) == ("victim@example.com", False, "Ann")

    issuer.people["ann"] = {"email_verified": True}
    issuer.told = {"email": "victim@example.com", "name": "Ann"}
    assert entered(issuer) == ("victim@example.com", False, "Ann")


def test_a_tenant_does_not_verify_an_address_through_the_userinfo():
    claims = {"email": "ceo@victim.example", "name": "Ann", "xms_edov": True}

    assert not userinfo.is_missing(claims, by_tenant=True)
    assert userinfo.is_missing(claims, by_tenant=False)
    assert userinfo.completed({"sub": "a", "xms_edov": True}, {"email": "ceo@victim.example"}) == {
        "sub": "a",
        "email": "ceo@victim.example",
    }


@pytest.mark.parametrize("sub", ["bob", None, "", 7])
def test_the_userinfo_of_another_user_is_refused(issuer, sub):
    issuer.told = {**WHOLE, "sub": sub}

    assert refused(issuer) is Unverified


# --- when it fails ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [500, 401, 404, "https://evil.example/", b"<html>", b"[]"])
def test_a_login_goes_on_with_the_token_when_the_userinfo_fails(issuer, answer, caplog):
    caplog.set_level(logging.WARNING)
    issuer.people["ann"] = {"email": "ann@example.com", "email_verified": True}
    issuer.answers["userinfo"] = answer

    assert entered(issuer) == ("ann@example.com", True, "")
    assert f"the userinfo of {issuer.url} cannot be read" in caplog.text
    assert "access-ann" not in caplog.text


def test_a_userinfo_that_does_not_answer_is_not_waited_for(issuer, monkeypatch, caplog):
    monkeypatch.setattr(userinfo, "TIMEOUT", 0.05)
    issuer.people["ann"] = {"email": "ann@example.com", "email_verified": True}
    plain = issuer.RequestHandlerClass.do_GET

    def slow(handler):
        if handler.path == "/userinfo":
            issuer.released.wait(10)
        plain(handler)

    monkeypatch.setattr(issuer.RequestHandlerClass, "do_GET", slow)

    assert entered(issuer)[0] == "ann@example.com"
    assert "cannot be read: TimeoutError" in caplog.text, "our own limit, before that of the HTTP client"
    issuer.released.set()


# --- as a signed JWT ----------------------------------------------------------------------------------------------


def signed(issuer, key=FIRST, **changed):
    claims = {"iss": issuer.url, "aud": CLIENT, "sub": "ann", **WHOLE} | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


def test_signed_userinfo_is_read(issuer):
    issuer.jwt_userinfo = signed(issuer)

    assert entered(issuer) == ("ann@example.com", True, "Ann")


def test_the_keys_are_fetched_again_for_signed_userinfo_with_a_new_key(issuer):
    log_in(issuer)
    issuer.keys = [FIRST, SECOND]
    issuer.jwt_userinfo = signed(issuer, SECOND)
    assert refused(issuer) is Unverified, "the keys were fetched less than a minute ago"

    later = time.monotonic() + 61
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("authapp.providers.discovery.time.monotonic", lambda: later)
        assert entered(issuer) == ("ann@example.com", True, "Ann")


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another client"},
        {"aud": None},
        {"aud": [CLIENT, "another client"]},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": "bob"},
        {"sub": None},
        {"exp": 1_000_000_000},
        {"exp": "never"},
    ],
)
def test_signed_userinfo_of_another_issuer_client_user_or_time_is_refused(issuer, changed):
    issuer.jwt_userinfo = signed(issuer, **changed)

    assert refused(issuer) is Unverified


def unsigned(issuer, algorithm):
    header, payload = ({"alg": algorithm}, {"iss": issuer.url, "aud": CLIENT, "sub": "ann", **WHOLE})
    return ".".join(tokens.to_text(json.dumps(part).encode()) for part in (header, payload)) + "."


def forgeries(issuer):
    stranger = RSAKey.generate_key(2048, parameters={"kid": FIRST.kid})
    whole = signed(issuer)
    other = signed(issuer, sub="ann", email="ceo@example.com").split(".")
    yield unsigned(issuer, "none")
    yield unsigned(issuer, "None")
    yield signed(issuer, stranger)
    yield ".".join([whole.split(".")[0], other[1], whole.split(".")[2]])
    yield whole.rpartition(".")[0] + "."
    yield "not a token"
    yield "a.b.c.d.e"


def test_forged_userinfo_is_refused(issuer):
    for forged in forgeries(issuer):
        issuer.jwt_userinfo = forged
        assert refused(issuer) is Unverified, forged
