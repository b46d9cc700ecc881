"""Verification of ID tokens."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from authapp.core.authentication import id_tokens
from authapp.core.authentication.id_tokens import NotGood, UnknownKey

ISSUER, CLIENT = "https://id.example", "our client"
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})
KEYS = id_tokens.keys_of({"keys": [key.as_dict(private=False) for key in (RSA, EC, ED)]})
MULTITENANT = "https://login.example/{tenantid}/v2.0"
TENANT = "11111111-2222-3333-4444-555555555555"


class Loose(jws.JWSRegistry):
    def get_alg(self, name):
        return self.algorithms[name]


@pytest.fixture
def now(clock):
    return int(clock.now().timestamp())


def claims(now, **changed):
    good = {"iss": ISSUER, "aud": CLIENT, "sub": "alice", "iat": now, "exp": now + 300, "nonce": "ours"}
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(said, key=RSA, alg="RS256", **header):
    return jwt.encode({"alg": alg, "kid": key.kid} | header, said, key, registry=Loose())


def verify(token, **changed):
    facts = {"issuer": ISSUER, "client_id": CLIENT, "nonce": "ours"} | changed
    return id_tokens.verify(token, changed.pop("keys", KEYS) if "keys" in changed else KEYS, **facts)


def why(token, **changed):
    with pytest.raises(NotGood) as no:
        verify(token, **changed)
    return str(no.value)


def test_a_token_that_is_good_says_who_it_is(now):
    assert verify(signed(claims(now)))["sub"] == "alice"


@pytest.mark.parametrize(
    ("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (RSA, "RS512"), (EC, "ES256"), (ED, "Ed25519"), (ED, "EdDSA")]
)
def test_every_kind_of_signature_with_a_private_key_is_taken(now, key, alg):
    assert verify(signed(claims(now), key, alg))["sub"] == "alice"


def test_without_a_key_id_every_key_of_the_kind_is_tried(now):
    assert verify(jwt.encode({"alg": "RS256"}, claims(now), RSA))["sub"] == "alice"


def unsigned(said):
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, said)
    )


@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_a_token_without_a_signature_is_not_good(now, signature):
    assert why(f"{unsigned(claims(now))}.{signature}") == "alg"


@pytest.mark.parametrize("form", ["pem", "json"])
def test_a_token_signed_with_the_public_key_as_a_secret_is_not_good(now, form):
    public = RSA.raw_value.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret = public if form == "pem" else json.dumps(RSA.as_dict(private=False)).encode()
    key = OctKey.import_key(base64.urlsafe_b64encode(secret).decode(), {"kid": "rsa"})

    assert why(signed(claims(now), key, "HS256", kid="rsa")) == "alg"


def test_a_token_signed_with_another_key_is_not_good(now):
    stranger = RSAKey.generate_key(2048, parameters={"kid": "rsa"})

    assert why(signed(claims(now), stranger)) == "signature"


def test_a_token_that_brings_its_own_key_is_not_good(now):
    stranger = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
    brought = stranger.as_dict(private=False)

    assert why(signed(claims(now), stranger, jwk=brought)) == "signature"


def test_a_key_that_nobody_knows_is_told_apart_so_that_newer_ones_are_fetched(now):
    stranger = RSAKey.generate_key(2048, parameters={"kid": "new"})

    with pytest.raises(UnknownKey):
        verify(signed(claims(now), stranger))


def test_a_key_of_one_kind_checks_no_signature_of_another(now):
    with pytest.raises(UnknownKey):
        verify(signed(claims(now), EC, "ES256", kid="rsa"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another client"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": ["another client"]}, "aud"),
        ({"aud": [CLIENT, 7]}, "aud"),
        ({"aud": [CLIENT, "another client"]}, "azp"),
        ({"aud": [CLIENT, "another client"], "azp": "another client"}, "azp"),
        ({"azp": "another client"}, "azp"),
        ({"azp": 7}, "azp"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 1e300}, "exp"),
        ({"iat": None}, "iat"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": "ali\x00ce"}, "sub"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 7}, "nonce"),
    ],
)
def test_a_token_with_one_claim_wrong_is_not_good(now, changed, reason):
    assert why(signed(claims(now, **changed))) == reason


def test_a_token_is_good_until_it_expires_and_a_minute_for_clocks(now, clock):
    token = signed(claims(now))
    clock.advance(timedelta(seconds=355))
    assert verify(token)["sub"] == "alice"

    clock.advance(timedelta(seconds=6))

    assert why(token) == "exp"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_is_not_good_before_its_time(now, claim):
    assert verify(signed(claims(now, **{claim: now + 55})))["sub"] == "alice"
    assert why(signed(claims(now, **{claim: now + 65}))) == "iat"


def test_a_token_that_carries_a_nonce_is_refused_by_who_expects_none(now):
    for nonce in ("ours", "", 7):
        assert why(signed(claims(now, nonce=nonce)), nonce=None) == "nonce"


def test_several_audiences_are_good_when_the_token_was_made_for_us(now):
    said = claims(now, aud=["another client", CLIENT], azp=CLIENT)

    assert verify(signed(said))["sub"] == "alice"


def test_an_app_of_ours_may_ask_for_a_token_for_us(now):
    token = signed(claims(now, azp="our app"))

    assert verify(token, apps=("our app",))["sub"] == "alice"


def test_a_nonce_is_not_needed_where_none_was_given(now):
    assert verify(signed(claims(now, nonce=None)), nonce=None)["sub"] == "alice"


@pytest.mark.parametrize(
    "token",
    [
        None,
        7,
        b"x.y.z",
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d",
        "x" * 20_000,
        "é.é.é",
        "e30.e30.AAAA",
        "W10.e30.AAAA",
        "\x00.\x00.\x00",
    ],
)
def test_a_malformed_token_is_invalid(token):
    assert why(token) in ("form", "alg")


def test_a_token_that_was_cut_or_changed_is_not_good(now):
    token = signed(claims(now))
    header, payload, signature = token.split(".")
    other = signed(claims(now, sub="bob")).split(".")[1]

    for wrong in (token[:-10], f"{header}.{payload}.", f"{header}.{other}.{signature}", f"{header}.{payload}"):
        assert why(wrong) in ("form", "signature")


def test_a_payload_that_is_not_an_object_is_not_good():
    token = jws.serialize_compact({"alg": "RS256", "kid": "rsa"}, b"[]", RSA)

    assert why(token) == "form"


def test_a_token_of_an_issuer_with_tenants_is_signed_by_its_own_tenant(now):
    issuer = MULTITENANT.replace("{tenantid}", TENANT)

    assert verify(signed(claims(now, iss=issuer, tid=TENANT)), issuer=MULTITENANT)["tid"] == TENANT
    other = TENANT.replace("1", "9")
    assert why(signed(claims(now, iss=issuer, tid=other)), issuer=MULTITENANT) == "iss"
    for tid in (None, 7, "", "common", "{tenantid}", f"{TENANT}/x"):
        assert why(signed(claims(now, iss=issuer, tid=tid)), issuer=MULTITENANT) == "tid"


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": None}, {"keys": [None, 7, {}, {"kty": "oct", "k": "AAAA"}]}]
)
def test_an_unusable_public_key_is_left_out(document):
    assert id_tokens.keys_of(document) == []


def test_broken_keys_and_keys_for_encryption_are_left_out_and_the_rest_stays():
    good = RSA.as_dict(private=False)
    broken = [{"kty": "RSA", "n": "!", "e": "AQAB"}, {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"}]
    sealing = good | {"use": "enc", "kid": "enc"}

    assert [key.kid for key in id_tokens.keys_of({"keys": [*broken, sealing, good]})] == ["rsa"]


def test_private_parts_of_a_key_are_not_kept():
    (key,) = id_tokens.keys_of({"keys": [RSA.as_dict(private=True)]})

    assert not key.is_private


def test_a_set_of_keys_is_what_the_library_makes_of_it():
    assert KeySet(KEYS).get_by_kid("ec").key_type == "EC"
