"""Identity providers: requests to them, and which of their answers are trusted."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

import authapp
from authapp.config import BadSettings, settings
from authapp.core.account import identities
from authapp.core.account.identities import Claims
from authapp.core.authentication import provider_login
from authapp.core.base import clock
from authapp.core.base.errors import LoginCancelled, ProviderUnavailable, Refusal, Unverified
from authapp.core.sessions.sessions import Opened
from authapp.core.sessions.tickets import BlockedLogin
from authapp.providers import clients, discovery, logins, oidc, presets, registry
from tests.kit import users
from tests.kit.processes.servers import free_port
from tests.kit.providers.github import GitHub
from tests.kit.providers.issuer import FIRST, SECOND, SECRET, Issuer
from tests.kit.providers.oidc import CLIENT, OTHER, OTHER_SECRET, flow_of, providing
from tests.kit.providers.oidc import Provider as RealProvider
from tests.kit.providers.oidc import origins as listed
from tests.kit.rules import do

BACK = "http://localhost:3000/api/v1/foreign/work/callback"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


def entry(url, **more):
    return {"name": "work", "label": "Work", "issuer": url, "client_id": CLIENT, "client_secret": SECRET} | more


@pytest.fixture
def work(configure, issuer):
    configure(AUTHAPP_PROVIDERS=listed(entry(issuer.url)))
    return issuer


def claims_of(token, nonce=None, name="work"):
    return asyncio.run(logins.claims_of(name, token, nonce))


def no(asked):
    with pytest.raises(Refusal) as refusal:
        asyncio.run(asked)
    return refusal.value


def begin(name="work", **more):
    return asyncio.run(logins.begin(name, BACK, **more))


async def come_back(issuer, name="work", **answer):
    begun = await logins.begin(name, BACK)
    issuer.answers.setdefault("token", {"access_token": "a", "token_type": "Bearer"})
    if isinstance(issuer.answers["token"], dict):
        issuer.answers["token"].setdefault("id_token", issuer.token(nonce=begun.nonce))
    return await logins.finish(name, begun, {"code": "c", "state": begun.state} | answer, BACK)


# --- validation of tokens -----------------------------------------------------------------------------------------


def test_a_token_of_a_registered_origin_says_who_it_is(work):
    said = claims_of(work.token(email="ann@example.com", email_verified=True, given_name="Ann"))

    assert (said.issuer, said.subject, said.provider) == (work.url, "ann", "work")
    assert (said.email, said.email_verified, said.first_name) == ("ann@example.com", True, "Ann")


def test_the_same_token_is_known_again_however_its_signature_is_spelled(work):
    said = {"iss": work.url, "aud": CLIENT, "sub": "ann", "iat": int(time.time()), "exp": int(time.time()) + 300}
    one, other = (jwt.encode({"alg": "PS256", "kid": "first"}, said, FIRST, ["PS256"]) for _ in range(2))

    assert one != other
    assert claims_of(one).token == claims_of(other).token


@pytest.mark.parametrize("name", ["unknown", "", None, 7, "Work"])
def test_an_unknown_origin_is_refused(work, name):
    refusal = no(logins.claims_of(name, work.token()))

    assert (refusal.code, refusal.status) == ("unverified", 400)


@pytest.mark.parametrize("token", [None, 7, "", "x", "a.b.c", "x" * 100_000])
def test_a_malformed_token_is_refused_with_a_message(work, token):
    refusal = no(logins.claims_of("work", token))

    assert (refusal.code, refusal.status) == ("unverified", 400)
    assert "Work" in refusal.message


def test_a_token_that_lives_too_long_to_be_remembered_is_refused(work):
    far = int((clock.now() + timedelta(days=2)).timestamp())

    assert isinstance(no(logins.claims_of("work", work.token(exp=far))), Unverified)


def test_an_address_is_verified_only_where_the_origin_says_so(work):
    for value, verified in ((True, True), ("true", True), (False, False), ("yes", False), (None, False)):
        said = claims_of(work.token(email="ann@example.com", email_verified=value))
        assert said.email_verified is verified


# --- caching of keys and discovery documents ----------------------------------------------------------------------


def test_description_and_keys_are_fetched_once(work):
    for _ in range(5):
        claims_of(work.token())

    assert work.seen == ["openid-configuration", "jwks"]


def test_a_key_that_is_new_is_fetched_and_no_more_than_once_a_minute(work, monkeypatch):
    claims_of(work.token())
    work.keys = [FIRST, SECOND]
    assert isinstance(no(logins.claims_of("work", work.token(SECOND))), Unverified)
    assert work.seen.count("jwks") == 1

    later = time.monotonic() + 61
    monkeypatch.setattr(discovery.time, "monotonic", lambda: later)

    assert claims_of(work.token(SECOND)).subject == "ann"
    stranger = RSAKey.generate_key(2048, parameters={"kid": "third"})
    for _ in range(5):
        assert isinstance(no(logins.claims_of("work", work.token(stranger))), Unverified)
    assert work.seen.count("jwks") == 2


def test_documents_older_than_an_hour_are_fetched_again(work, monkeypatch):
    claims_of(work.token())
    later = time.monotonic() + 3601
    monkeypatch.setattr(discovery.time, "monotonic", lambda: later)

    claims_of(work.token())

    assert work.seen.count("openid-configuration") == work.seen.count("jwks") == 2


def test_a_key_that_was_taken_back_is_not_believed_after_an_hour(work, monkeypatch):
    claims_of(work.token())
    work.keys = [SECOND]
    later = time.monotonic() + 3601
    monkeypatch.setattr(discovery.time, "monotonic", lambda: later)

    assert isinstance(no(logins.claims_of("work", work.token())), Unverified)


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"jwks_uri": "http://evil.example/jwks"},
        {"jwks_uri": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_discovery_of_another_issuer_or_without_encryption_is_refused(work, changed):
    work.about |= changed

    assert isinstance(no(logins.begin("work", BACK)), Unverified)


@pytest.mark.parametrize("place", ["openid-configuration", "jwks"])
@pytest.mark.parametrize("answer", [500, 404, 401, "https://evil.example/", b"<html>", b"[]", b"x" * 1_100_000])
def test_a_provider_with_unusable_answers_counts_as_unavailable(work, place, answer):
    work.answers[place] = answer

    refusal = no(logins.claims_of("work", work.token()))

    assert isinstance(refusal, ProviderUnavailable)
    assert (refusal.status, "We can’t reach Work right now" in refusal.message) == (503, True)


def test_an_origin_that_does_not_answer_is_away_and_back_when_it_does(configure):
    port = free_port()
    configure(AUTHAPP_PROVIDERS=listed(entry(f"http://127.0.0.1:{port}")))

    assert isinstance(no(logins.begin("work", BACK)), ProviderUnavailable)


def test_an_origin_that_is_slow_is_away(issuer, work, monkeypatch):
    monkeypatch.setattr(logins, "PATIENCE", 0.2)
    monkeypatch.setattr(issuer.RequestHandlerClass, "do_GET", lambda _: time.sleep(1))

    assert isinstance(no(logins.begin("work", BACK)), ProviderUnavailable)


# --- the authorization code flow ----------------------------------------------------------------------------------


def test_where_a_browser_is_sent_says_all_that_is_needed(work):
    begun = begin()
    asked = flow_of(begun.url)

    assert begun.url.startswith(f"{work.url}/authorize?")
    assert asked["redirect_uri"] == BACK
    assert (asked["state"], asked["nonce"], asked["response_type"]) == (begun.state, begun.nonce, "code")
    assert asked["code_challenge_method"] == "S256"
    assert begun.verifier not in begun.url
    assert SECRET not in begun.url
    assert "prompt" not in asked


def test_a_new_proof_is_asked_for(work):
    asked = flow_of(begin(again=True).url)

    assert (asked["prompt"], asked["max_age"]) == ("login", "0")


def test_a_step_up_is_not_begun_where_nobody_says_when_it_was_proved(configure, work, own):
    configure(AUTHAPP_PROVIDERS=listed(entry(work.url, auth_time=False)))
    assert isinstance(no(logins.begin("work", BACK, again=True)), Unverified)
    assert begin("work").url
    assert not identities.providers()["work"].can_step_up

    authapp.provider("work", label="Work", issuer=work.url, client_id=CLIENT, auth_time=False)
    assert isinstance(no(logins.begin("work", BACK, again=True)), Unverified)
    assert not identities.providers()["work"].can_step_up


PRESET = {"client_id": "x", "client_secret": "y"}


@pytest.mark.parametrize(
    ("entry", "can"),
    [
        ({"preset": "github"}, False),
        ({"preset": "google"}, False),
        ({"preset": "microsoft"}, False),
        ({"preset": "microsoft", "auth_time": True}, True),
        ({"name": "work", "label": "Work", "issuer": "https://id.example"}, True),
        ({"name": "work", "label": "Work", "issuer": "https://id.example", "auth_time": False}, False),
    ],
)
def test_which_providers_offer_a_step_up(configure, own, entry, can):
    configure(AUTHAPP_PROVIDERS=listed(entry | PRESET))

    (known,) = identities.providers().values()

    assert (known.can_step_up, registry.site(known.name).auth_time) == (can, can)


def test_the_time_of_the_proof_is_that_of_the_signed_token(work):
    work.answers["userinfo"] = {"sub": "ann", "auth_time": int(time.time())}
    assert asyncio.run(come_back(work)).proved_at is None


def test_the_userinfo_says_what_the_token_does_not(work):
    work.answers["userinfo"] = {"sub": "ann", "email": "ann@example.com", "email_verified": True, "iss": "x"}

    said = asyncio.run(come_back(work))

    assert (said.email, said.email_verified, said.issuer) == ("ann@example.com", True, work.url)


@pytest.mark.parametrize("told", [{"sub": "bob", "email": "bob@example.com"}, {"email": "bob@example.com"}])
def test_the_userinfo_of_another_subject_is_refused(work, told):
    work.answers["userinfo"] = told

    assert isinstance(no(come_back(work)), Unverified)


@pytest.mark.parametrize(
    "given",
    [
        {"id_token": None},
        {"id_token": ""},
        {"id_token": "x.y.z"},
        {"access_token": None},
    ],
)
def test_a_trade_without_a_token_is_refused(work, given):
    work.answers["token"] = {"access_token": "a", "token_type": "Bearer", "id_token": work.token()} | given

    assert isinstance(no(come_back(work)), Refusal)


def test_a_token_for_another_nonce_is_refused(work):
    work.answers["token"] = {"access_token": "a", "token_type": "Bearer", "id_token": work.token(nonce="another")}

    assert isinstance(no(come_back(work)), Unverified)


def test_a_code_that_is_not_good_is_refused(work):
    work.answers["token"] = 400

    assert isinstance(no(come_back(work)), Unverified)


@pytest.mark.parametrize("answer", [500, "https://evil.example/", b"<html>"])
def test_a_trade_that_breaks_is_no_login(work, answer):
    work.answers["token"] = answer

    assert isinstance(no(come_back(work)), (ProviderUnavailable, Unverified))


def test_a_person_who_refuses_there_is_told_so(work):
    assert isinstance(no(come_back(work, error="access_denied")), LoginCancelled)


def test_an_answer_of_another_server_is_refused(work):
    assert isinstance(no(come_back(work, iss="https://evil.example")), Unverified)


def test_an_answer_must_say_whose_it_is_where_that_was_promised(work):
    work.about["authorization_response_iss_parameter_supported"] = True

    assert isinstance(no(come_back(work)), Unverified)


@pytest.mark.parametrize("ways", [["client_secret_post"], ["client_secret_basic", "client_secret_post"]])
def test_the_secret_is_sent_the_way_the_origin_takes_it(work, ways):
    work.about["token_endpoint_auth_methods_supported"] = ways

    assert asyncio.run(come_back(work)).subject == "ann"

    (asked,) = work.asked
    assert (SECRET in asked.body) is (ways == ["client_secret_post"])
    assert ("authorization" in asked.headers) is ("client_secret_basic" in ways)


def test_a_public_client_sends_no_secret(configure, issuer):
    public = {name: value for name, value in entry(issuer.url).items() if name != "client_secret"}
    configure(AUTHAPP_PROVIDERS=listed(public))

    assert asyncio.run(come_back(issuer)).subject == "ann"
    assert "client_id=our+client" in issuer.asked[0].body


def test_nothing_secret_is_logged_or_shown(work, caplog):
    work.answers["token"] = 400
    no(come_back(work))
    no(logins.claims_of("work", work.token(aud="another")))

    said = caplog.text + repr(registry.known("work")) + repr(settings())
    for secret in (SECRET, work.token().partition(".")[0]):
        assert secret not in said


# --- presets ------------------------------------------------------------------------------------------------------


def test_microsofts_tenants_sign_as_themselves():
    common = presets._microsoft("common")

    assert common.issuer == "https://login.microsoftonline.com/{tenantid}/v2.0"
    assert common.url == "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"
    own = "11111111-2222-3333-4444-555555555555"
    assert presets._microsoft(own).issuer == f"https://login.microsoftonline.com/{own}/v2.0"
    assert presets.PERSONAL in presets._microsoft("consumers").issuer


def test_a_tenant_verifies_no_address_of_a_domain_that_is_not_its_own(issuer):
    tenant = "11111111-2222-3333-4444-555555555555"
    published = discovery.Published(f"{issuer.url}/{{tenantid}}", f"{issuer.url}/openid-configuration")
    one = oidc.Oidc("ms", "Microsoft", published, clients.Client(CLIENT))
    issuer.about["issuer"] = one.issuer
    said = {"iss": f"{issuer.url}/{tenant}", "tid": tenant, "email": "ceo@victim.example"}

    def email_verified(**more):
        return asyncio.run(one.claims_of(issuer.token(**said, **more), None)).email_verified

    assert not email_verified(email_verified=True)
    assert email_verified(xms_edov=True)
    assert asyncio.run(one.claims_of(issuer.token(**said), None)).issuer == f"{issuer.url}/{tenant}"


def test_presets_have_names_of_their_own(configure):
    google, microsoft = (
        {"preset": name, "client_id": "ours", "client_secret": "s"} for name in ("google", "microsoft")
    )
    configure(AUTHAPP_PROVIDERS=listed(google, microsoft, {**google, "name": "google-2", "label": "Google too"}))

    assert [(one.name, one.label) for one in identities.providers().values()] == [
        ("google", "Google"),
        ("microsoft", "Microsoft"),
        ("google-2", "Google too"),
    ]
    assert registry.known("google").issuer == "https://accounts.google.com"


@pytest.fixture
def github(configure) -> Iterator[GitHub]:
    with GitHub() as stub:
        configure(AUTHAPP_PROVIDERS=listed(stub.origin()))
        yield stub


async def by_github(github, **changed):
    begun = await logins.begin("github", BACK)
    asked = flow_of(begun.url)
    github.challenges["code"] = asked["code_challenge"]
    return await logins.finish("github", begun, {"code": "code", "state": begun.state} | changed, BACK)


def test_github_says_who_it_is_and_which_address_is_verified(github):
    github.addresses = [
        {"email": "other@example.com", "primary": False, "verified": True},
        {"email": "mona@example.com", "primary": True, "verified": True},
    ]

    said = asyncio.run(by_github(github))

    assert (said.issuer, said.subject, said.about) == ("github", "583231", "octocat")
    assert (said.email, said.email_verified, said.first_name) == ("mona@example.com", True, "Mona")


@pytest.mark.parametrize(
    "addresses", [[], {}, [{"email": "mona@example.com", "primary": True, "verified": False}], [7]]
)
def test_github_without_a_verified_address_says_none(github, addresses):
    github.addresses = addresses

    said = asyncio.run(by_github(github))

    assert (said.email, said.email_verified) == ("", False)


def test_a_code_of_github_in_another_flow_is_refused(github):
    async def stolen():
        mine = await logins.begin("github", BACK)
        github.challenges["code"] = flow_of((await logins.begin("github", BACK)).url)["code_challenge"]
        return await logins.finish("github", mine, {"code": "code"}, BACK)

    assert isinstance(no(stolen()), Unverified)


@pytest.mark.parametrize("id", [None, "583231", True, []])
def test_a_person_of_github_without_a_number_is_refused(github, id):
    github.person = {"id": id, "login": "octocat"}

    assert isinstance(no(by_github(github)), Unverified)


def test_an_access_token_of_github_proves_nothing(github):
    assert isinstance(no(logins.claims_of("github", "gho_0")), Unverified)


# --- token verifiers of a product ---------------------------------------------------------------------------------


@pytest.fixture
def own(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(identities, "_registered", {})


def test_a_product_verifies_tokens_of_its_own(own):
    @authapp.token_verifier("game", label="Game")
    async def of_game(token):
        return Claims(subject=token, issuer="evil", provider="evil") if token == "good" else None

    said = claims_of("good", name="game")

    assert (said.issuer, said.provider, said.subject) == ("game", "game", "good")
    assert isinstance(no(logins.claims_of("game", "bad")), Unverified)
    assert isinstance(no(logins.begin("game", BACK)), Unverified)


def jwt_like(**payload):
    return jwt.encode({"alg": "RS256"}, {"sub": "ann"} | payload, FIRST)


@pytest.mark.parametrize(
    ("token", "said", "expected", "good"),
    [
        (jwt_like(), "", None, True),
        (jwt_like(nonce="ours"), "", "ours", True),
        (jwt_like(nonce="ours"), "", None, False),
        (jwt_like(nonce="theirs"), "", "ours", False),
        (jwt_like(nonce="theirs"), "ours", "ours", False),
        (jwt_like(), "", "ours", False),
        ("opaque", "", None, True),
        ("opaque", "ours", "ours", True),
        ("opaque", "ours", None, False),
        ("opaque", "", "ours", False),
        ("not.a.jwt", "", None, True),
    ],
)
def test_the_nonce_of_a_token_is_checked_whatever_its_verifier_does(own, token, said, expected, good):
    authapp.token_verifier("game", label="Game")(lambda _: Claims(subject="ann", nonce=said))

    if good:
        assert claims_of(token, expected, "game").subject == "ann"
    else:
        assert isinstance(no(logins.claims_of("game", token, expected)), Unverified)


def test_a_verifier_may_be_plain_and_what_breaks_in_it_is_told_to_nobody(own, caplog):
    @authapp.token_verifier("game", label="Game")
    def of_game(token):
        return Claims(subject="me") if token == "good" else 1 / 0

    assert claims_of("good", name="game").subject == "me"
    assert isinstance(no(logins.claims_of("game", "a-token-to-hide")), ProviderUnavailable)
    assert "a-token-to-hide" not in caplog.text


def test_a_product_registers_an_issuer(own, issuer):
    authapp.provider("work", label="Work", issuer=issuer.url, client_id=CLIENT)

    assert claims_of(issuer.token()).issuer == issuer.url
    with pytest.raises(ValueError, match="https"):
        authapp.provider("work", label="Work", issuer="http://id.example", client_id=CLIENT)
    with pytest.raises(ValueError, match="name"):
        authapp.provider("Not A Name", label="Work", issuer=issuer.url, client_id=CLIENT)


# --- a real provider ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    with providing(BACK, in_token=True) as provider:
        provider.knows("ann", email="ann@example.com", email_verified=True, given_name="Ann", family_name="Onymous")
        provider.knows("nobody", given_name="No")
        provider.knows("new", email="new@example.com", email_verified=False)
        yield provider


@pytest.fixture
def really(configure, real):
    configure(AUTHAPP_PROVIDERS=listed(real.origin()))
    return real


def enter(said):
    return do(provider_login.log_in, said, keep=False, caller=users.HOME)


def test_a_real_token_logs_in_once(database, really):
    token = really.id_token("ann", nonce="of a challenge")
    assert isinstance(no(logins.claims_of("work", token)), Unverified)

    opened = enter(claims_of(token, "of a challenge"))

    assert isinstance(opened, Opened)
    assert opened.identifier == "ann@example.com"
    with pytest.raises(Unverified):
        enter(claims_of(token, "of a challenge"))
    assert enter(claims_of(really.id_token("ann"))).user_id == opened.user_id


def test_a_real_token_without_an_address_logs_in_and_one_that_is_not_verified_waits(database, really):
    assert isinstance(enter(claims_of(really.id_token("nobody"))), Opened)
    assert isinstance(enter(claims_of(really.id_token("new"))), BlockedLogin)


def test_a_real_token_for_another_client_or_another_nonce_is_refused(really):
    stolen = really.id_token("ann", client=OTHER, secret=OTHER_SECRET)

    assert isinstance(no(logins.claims_of("work", stolen)), Unverified)
    assert isinstance(no(logins.claims_of("work", really.id_token("ann", "one"), "another")), Unverified)


def test_a_real_provider_is_asked_there_and_back(really):
    async def whole():
        begun = await logins.begin("work", BACK)
        answer = flow_of(really.code("ann", begun.url))
        return await logins.finish("work", begun, answer, BACK)

    said = asyncio.run(whole())

    assert (said.subject, said.email, said.first_name, said.last_name) == ("ann", "ann@example.com", "Ann", "Onymous")


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (SECRET, "must be a JSON list of objects"),
        ("{}", "must be a JSON list of objects"),
        (f'["{SECRET}"]', "must be a JSON list of objects"),
        ([{}], "client_id: Field required"),
        ([{"client_id": SECRET}], "needs a preset, or name, label and issuer"),
        ([{"preset": "google", "client_id": "x", "issuer": "https://id.example"}], "either a preset or an issuer"),
        ([{"preset": "github", "client_id": SECRET}], "needs a client_secret"),
        ([{"preset": "evil", "client_id": SECRET}], "preset: "),
        ([{"preset": "github", "auth_time": True, "client_id": "x", "client_secret": SECRET}], "cannot have auth_time"),
        ([{"preset": "google", "auth_time": True, "client_id": "x", "client_secret": SECRET}], "cannot have auth_time"),
        ([entry(f"http://{SECRET}.example")], "issuer: must be an https:// URL"),
        ([entry("https://id.example", name="A B")], "name: "),
        ([entry("https://id.example", client_secret=7)], "client_secret: "),
        ([entry("https://id.example", **{SECRET: SECRET})], "Extra inputs are not permitted"),
        ([entry("https://id.example"), entry("https://id2.example")], "a unique name"),
        ([{"preset": "microsoft", "client_id": SECRET, "tenant": "x/y"}], "tenant: "),
    ],
)
def test_a_wrong_entry_stops_the_start_and_is_not_repeated(configure, value, reason):
    configure(AUTHAPP_PROVIDERS=value if isinstance(value, str) else json.dumps(value))

    with pytest.raises(BadSettings) as wrong:
        settings()

    assert "authapp cannot start: AUTHAPP_PROVIDERS" in str(wrong.value)
    assert reason in str(wrong.value)
    assert SECRET not in str(wrong.value)


def test_which_entry_is_wrong_is_said(configure):
    configure(AUTHAPP_PROVIDERS=listed(entry("https://id.example"), {"preset": "google", "client_id": ""}))

    with pytest.raises(BadSettings, match="entry 2, client_id"):
        settings()
