"""Options of a provider: client authentication, PKCE, discovery, scope, answers by POST, and a signed secret."""

import asyncio
import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

import authapp
from authapp.config import BadSettings, settings
from authapp.core.account import identities
from authapp.core.base.errors import Unverified
from authapp.providers import logins, registry
from tests.kit.providers.issuer import SECRET, credentials
from tests.kit.providers.oidc import CLIENT, flow_of, origins
from tests.providers.conftest import CALLBACK, log_in, refused

KEY = ECKey.generate_key("P-256")
PEM = KEY.as_pem(private=True).decode()
SIGNED = {"client_secret": None, "team_id": "TEAM", "key_id": "KEY1", "private_key": PEM}


def request(name="odd"):
    return flow_of(asyncio.run(logins.begin(name, CALLBACK)).url)


# --- client authentication ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["plain", "with space", "a:colon", "100%", "a+b/c=", "schlüssel-鍵"])
def test_id_and_secret_are_form_urlencoded_inside_basic(odd, id):
    issuer = odd(client_id=id, client_secret=f"s:{id}&é")
    issuer.client = (id, f"s:{id}&é")

    assert log_in(issuer).subject == "ann"

    assert "authorization" in issuer.asked[0].headers


@pytest.mark.parametrize(("token_auth", "in_body"), [("basic", False), ("post", True)])
def test_token_auth_decides_whatever_the_metadata_says(odd, token_auth, in_body):
    issuer = odd(token_auth=token_auth)
    issuer.about["token_endpoint_auth_methods_supported"] = ["client_secret_basic" if in_body else "client_secret_post"]
    issuer.client = (CLIENT, SECRET)

    assert log_in(issuer).subject == "ann"

    (asked,) = issuer.asked
    assert (SECRET in asked.body, "authorization" in asked.headers) == (in_body, not in_body)


def test_token_auth_none_sends_the_client_id_only(odd):
    issuer = odd(token_auth="none", client_secret=None)
    issuer.client = (CLIENT, "")

    assert log_in(issuer).subject == "ann"


# --- PKCE, scope, discovery ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [False, "off"])
def test_pkce_can_be_off_and_the_nonce_still_binds_the_code(odd, off):
    issuer = odd(pkce=off)
    issuer.knows_pkce = False  # refuses a code_verifier

    assert log_in(issuer).subject == "ann"
    assert "code_challenge" not in request()

    issuer.keeps_nonce = False
    assert refused(issuer) is Unverified


def test_pkce_is_on_by_default(odd):
    issuer = odd()
    assert "code_challenge" in request()

    issuer.knows_pkce = False

    assert refused(issuer) is Unverified


def test_the_scope_is_that_of_the_entry(odd):
    odd(scope="openid email groups")

    assert request()["scope"] == "openid email groups"


def test_the_metadata_may_be_elsewhere(odd, issuer):
    odd(discovery=f"{issuer.url}/elsewhere/openid-configuration")
    issuer.answers["openid-configuration"] = {**issuer.about, "issuer": "https://evil.example"}
    assert refused(issuer) is Unverified, "the issuer in it must be ours"

    del issuer.answers["openid-configuration"]

    assert log_in(issuer).issuer == issuer.url


@pytest.mark.parametrize(("mode", "asked"), [("form_post", "form_post"), ("query", None), (None, None)])
def test_the_answer_is_asked_for_by_post_where_the_entry_says_so(odd, mode, asked):
    odd(response_mode=mode)

    assert request().get("response_mode") == asked
    assert logins.gets_posts("odd") is (mode == "form_post")


# --- a signed client secret ---------------------------------------------------------------------------------------


def signed(issuer):
    log_in(issuer)
    return credentials(issuer.asked[-1])[1]


def test_the_client_secret_is_signed(odd, clock):
    issuer = odd(**SIGNED)
    issuer.about["token_endpoint_auth_methods_supported"] = ["client_secret_post"]

    token = jwt.decode(signed(issuer), KEY, ["ES256"])

    assert token.header == {"alg": "ES256", "kid": "KEY1", "typ": "JWT"}
    expiry = token.claims["exp"]
    assert token.claims == {"iss": "TEAM", "sub": CLIENT, "aud": issuer.url, "iat": expiry - 660, "exp": expiry}
    assert abs(expiry - 600 - clock.now().timestamp()) < 2


def test_a_signed_secret_is_used_for_some_minutes_and_then_renewed(odd, clock):
    issuer = odd(**SIGNED)
    first = signed(issuer)

    clock.advance(timedelta(minutes=7))
    assert signed(issuer) == first

    clock.advance(timedelta(minutes=1, seconds=1))
    second = signed(issuer)
    assert second != first
    assert jwt.decode(second, KEY).claims["exp"] > jwt.decode(first, KEY).claims["exp"]


def test_the_key_may_be_in_a_file(odd, tmp_path):
    file = tmp_path / "AuthKey.p8"
    file.write_text(PEM)

    assert jwt.decode(signed(odd(**SIGNED | {"private_key": str(file)})), KEY).claims["sub"] == CLIENT


def test_neither_the_key_nor_the_signed_secret_is_logged_or_shown(odd, caplog):
    issuer = odd(**SIGNED)
    secret = signed(issuer)
    issuer.client = ("another", "client")
    assert refused(issuer) is Unverified

    shown = caplog.text + repr(registry.known("odd")) + repr(settings()) + str(settings().providers)
    for hidden in (secret, secret.rpartition(".")[2], "PRIVATE KEY", PEM.splitlines()[1]):
        assert hidden not in shown


# --- by code ------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(identities, "_registered", {})


def test_a_product_registers_a_provider_with_options(own, issuer):
    options = authapp.ProviderOptions(token_auth="post", scope="openid groups", response_mode="form_post")
    authapp.provider("odd", label="Odd", issuer=issuer.url, client_id=CLIENT, client_secret=SECRET, options=options)
    issuer.client = (CLIENT, SECRET)

    assert log_in(issuer).subject == "ann"
    assert SECRET in issuer.asked[0].body
    assert (request()["scope"], request()["response_mode"]) == ("openid groups", "form_post")


def test_a_product_cannot_register_what_an_entry_could_not_say(own, configure):
    entry = {"label": "Odd", "issuer": "https://id.example", "client_id": "x"}
    with pytest.raises(ValueError, match="token_auth post"):
        authapp.provider("odd", **entry, options=authapp.ProviderOptions(token_auth="post"))
    with pytest.raises(ValueError, match="token_auth"):
        authapp.ProviderOptions(token_auth="digest")
    configure(AUTHAPP_URL="http://app.example")
    with pytest.raises(ValueError, match="https://"):
        authapp.provider("odd", **entry, options=authapp.ProviderOptions(response_mode="form_post"))


# --- mistakes in the settings -------------------------------------------------------------------------------------

RSA = RSAKey.generate_key(2048).as_pem(private=True).decode()
P384 = ECKey.generate_key("P-384").as_pem(private=True).decode()
GENERIC = {"name": "odd", "label": "Odd", "issuer": "https://id.example", "client_id": "x", "client_secret": SECRET}
PUBLIC = {**GENERIC, "client_secret": None}
APPLE = {"preset": "apple", "client_id": "x", "team_id": "T", "key_id": "K", "private_key": PEM}
GITHUB = {"preset": "github", "client_id": "x", "client_secret": SECRET}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (GENERIC | {"token_auth": SECRET}, "token_auth: Input should be 'basic', 'post' or 'none'"),
        (GENERIC | {"token_auth": "none"}, "cannot have token_auth none and a client secret"),
        (PUBLIC | {"token_auth": "basic"}, "needs a client_secret for token_auth basic"),
        (GENERIC | {"pkce": SECRET}, "pkce: "),
        (PUBLIC | {"pkce": False}, "needs pkce: without a client secret"),
        (GITHUB | {"pkce": False}, "needs pkce: nothing else protects"),
        (GENERIC | {"discovery": f"http://{SECRET}.example"}, "discovery: must be an https:// URL"),
        (GITHUB | {"discovery": "https://id.example"}, "cannot have discovery"),
        (GENERIC | {"response_mode": "fragment"}, "response_mode: Input should be 'query' or 'form_post'"),
        (GITHUB | {"response_mode": "form_post"}, "cannot have response_mode"),
        (GENERIC | {"scope": "email profile"}, "must have openid in its scope"),
        (GENERIC | {"scope": "openid\nemail"}, "scope: "),
        (GENERIC | {"token_url": "https://id.example/token"}, "cannot have authorize_url, token_url or api_url"),
        (PUBLIC | {"team_id": "T", "key_id": "K"}, "needs private_key"),
        (PUBLIC | {"private_key": PEM}, "needs team_id"),
        (PUBLIC | {"team_id": "T", "private_key": PEM}, "needs key_id"),
        (GENERIC | SIGNED | {"client_secret": SECRET}, "cannot have a private_key"),
        ({"preset": "gitlab", "client_id": "x"} | SIGNED, "gitlab takes no signed client secret"),
        ({"preset": "discord", "client_id": "x"} | SIGNED, "needs a client_secret: discord"),
        (GENERIC | SIGNED | {"private_key": f"/{SECRET}.p8"}, "private_key: cannot be read"),
        (GENERIC | SIGNED | {"private_key": f"-----BEGIN {SECRET}"}, "private_key: cannot be read"),
        (GENERIC | SIGNED | {"private_key": RSA}, "private_key: must be a private key for ES256"),
        (GENERIC | SIGNED | {"private_key": P384}, "private_key: must be a private key for ES256"),
        (APPLE | {"private_key": None, "client_secret": SECRET}, "needs private_key"),
        ({"preset": "apple", "client_id": "x", "client_secret": SECRET}, "apple requires a signed client secret"),
        (APPLE | {"auth_time": True}, "cannot have auth_time"),
        ({"preset": "slack", "client_id": "x"}, "needs a client_secret: slack"),
        ({"preset": "discord", "client_id": "x"}, "needs a client_secret: discord"),
        ({"preset": "linkedin", "client_id": "x"}, "needs a client_secret: linkedin"),
        ({"preset": "slack", "client_id": "x", "client_secret": SECRET, "auth_time": True}, "cannot have auth_time"),
        ({"preset": "slack", "client_id": "x", "client_secret": SECRET, "issuer": "https://a.example"}, "not both"),
    ],
)
def test_a_wrong_option_stops_the_start_with_one_sentence(configure, entry, reason):
    configure(AUTHAPP_PROVIDERS=origins({name: value for name, value in entry.items() if value is not None}))

    with pytest.raises(BadSettings) as wrong:
        settings()

    text = str(wrong.value)
    assert text.startswith("authapp cannot start: AUTHAPP_PROVIDERS entry 1")
    assert reason in text
    assert "\n" not in text
    for hidden in (SECRET, "PRIVATE KEY", PEM.splitlines()[1], RSA.splitlines()[1]):
        assert hidden not in text


@pytest.mark.parametrize("entry", [APPLE, GENERIC | {"response_mode": "form_post"}])
def test_posted_answers_need_an_encrypted_site(configure, entry):
    configure(AUTHAPP_PROVIDERS=json.dumps([GITHUB, entry]), AUTHAPP_URL="http://app.example")
    with pytest.raises(BadSettings, match="AUTHAPP_PROVIDERS entry 2, response_mode: form_post requires"):
        settings()

    for url in ("https://app.example", "http://localhost:3000"):
        configure(AUTHAPP_URL=url)
        assert settings().providers[1].gets_posts
