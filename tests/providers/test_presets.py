"""Presets: the facts about well-known providers, and logins with providers that behave as they do."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from joserfc.jwk import ECKey

from authapp.core.account import identities
from authapp.core.base.errors import Refusal, Unverified
from authapp.providers import logins, registry
from authapp.providers.discovery import Published
from tests.kit.providers.discord import Discord
from tests.kit.providers.issuer import SECRET, names_of_apple
from tests.kit.providers.oidc import flow_of, origins
from tests.providers.conftest import CALLBACK, log_in

KEY = {"team_id": "TEAM", "key_id": "KEY1", "private_key": ECKey.generate_key("P-256").as_pem(private=True).decode()}
PRESETS = {
    "google": ("Google", "https://accounts.google.com"),
    "apple": ("Apple", "https://appleid.apple.com"),
    "gitlab": ("GitLab", "https://gitlab.com"),
    "linkedin": ("LinkedIn", "https://www.linkedin.com/oauth"),
    "slack": ("Slack", "https://slack.com"),
}


def entry(preset, **more):
    return {"preset": preset, "client_id": "ours", **(KEY if preset == "apple" else {"client_secret": SECRET}), **more}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_needs_only_the_credentials(configure, preset):
    configure(AUTHAPP_PROVIDERS=origins(entry(preset)))

    provider = registry.site(preset)

    assert (provider.label, provider.issuer) == PRESETS[preset]
    assert provider.auth_time is (preset == "gitlab")
    assert identities.providers()[preset].preset == preset


def like(configure, issuer, preset):
    """Configure a preset, and replace its issuer by ours on loopback."""
    configure(AUTHAPP_PROVIDERS=origins(entry(preset, client_id="our client")))
    site = registry.site(preset)
    registry._of_settings[next(iter(registry._of_settings))] = replace(site, published=Published(issuer.url))
    return preset


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(registry, "_of_settings", {})


def request(name):
    return flow_of(asyncio.run(logins.begin(name, CALLBACK)).url)


# --- Apple --------------------------------------------------------------------------------------------------------


def test_apple_is_asked_for_name_and_address_by_post(configure, issuer):
    asked = request(like(configure, issuer, "apple"))

    assert (asked["response_mode"], asked["scope"]) == ("form_post", "openid email name")
    assert "nonce" in asked
    assert "code_challenge" not in asked
    assert logins.gets_posts("apple")


@pytest.mark.parametrize(("value", "verified"), [("true", True), (True, True), ("false", False), (False, False)])
def test_apple_says_as_text_or_as_boolean_whether_an_address_is_verified(configure, issuer, value, verified):
    name = like(configure, issuer, "apple")
    relay = "x7f@privaterelay.appleid.com"
    issuer.people["ann"] = {"email": relay, "email_verified": value, "is_private_email": "true"}
    del issuer.about["userinfo_endpoint"]
    issuer.knows_pkce = False

    claims = log_in(issuer, name)

    assert (claims.email, claims.email_verified) == (relay, verified)


def test_apple_posts_the_names_once_and_never_an_address(configure, issuer):
    name = like(configure, issuer, "apple")
    del issuer.about["userinfo_endpoint"]

    claims = log_in(issuer, name, **names_of_apple("Ann", "Onymous"))

    assert (claims.first_name, claims.last_name) == ("Ann", "Onymous")
    assert (claims.email, claims.email_verified) == ("", False)


@pytest.mark.parametrize("user", ["", "x", "[]", "{}", '{"name": 7}', '{"name": {"firstName": 7}}', "[" * 5000])
def test_odd_names_are_ignored(configure, issuer, user):
    name = like(configure, issuer, "apple")

    assert log_in(issuer, name, user=user).first_name == ""


def test_posted_names_do_not_replace_signed_ones(configure, issuer):
    name = like(configure, issuer, "apple")
    issuer.people["ann"] = {"given_name": "Signed"}

    assert log_in(issuer, name, **names_of_apple("Forged", "")).first_name == "Signed"


# --- LinkedIn and Slack -------------------------------------------------------------------------------------------


def test_linkedin_gets_its_secret_in_the_body_and_neither_pkce_nor_nonce(configure, issuer):
    name = like(configure, issuer, "linkedin")
    issuer.knows_pkce = issuer.keeps_nonce = False
    issuer.client = ("our client", SECRET)
    asked = request(name)

    assert log_in(issuer, name).subject == "ann"

    assert not {"nonce", "code_challenge"} & asked.keys()
    assert SECRET in issuer.asked[-1].body


def test_a_nonce_that_linkedin_was_never_sent_is_refused(configure, issuer):
    name = like(configure, issuer, "linkedin")
    issuer.people["ann"] = {"nonce": "of another login"}

    with pytest.raises(Unverified):
        log_in(issuer, name)


def test_slack_binds_the_code_by_the_nonce(configure, issuer):
    name = like(configure, issuer, "slack")
    asked = request(name)
    issuer.people["ann"] = {"email": "ann@example.com", "email_verified": True, "name": "ann", "auth_time": 1626874655}

    claims = log_in(issuer, name)

    assert "nonce" in asked
    assert "code_challenge" not in asked
    assert (claims.email_verified, claims.proved_at) == (True, datetime.fromtimestamp(1626874655, UTC))
    with pytest.raises(Unverified):  # its auth_time is that of the token, so it proves no new authentication
        asyncio.run(logins.begin(name, CALLBACK, again=True))


# --- GitLab -------------------------------------------------------------------------------------------------------


def test_gitlab_may_have_a_host_of_its_own(configure, issuer):
    configure(AUTHAPP_PROVIDERS=origins(entry("gitlab", client_id="our client", issuer=issuer.url)))
    issuer.people["ann"] = {"email": "ann@example.com", "email_verified": True, "name": "Ann"}

    claims = log_in(issuer, "gitlab")

    assert (claims.issuer, claims.provider, claims.email_verified) == (issuer.url, "gitlab", True)
    assert flow_of(asyncio.run(logins.begin("gitlab", CALLBACK, again=True)).url)["prompt"] == "login"


def test_the_metadata_of_a_preset_may_be_elsewhere_too(configure):
    configure(AUTHAPP_PROVIDERS=origins(entry("microsoft", discovery="https://proxy.example/metadata")))

    published = registry.site("microsoft").published

    assert published == Published("https://login.microsoftonline.com/{tenantid}/v2.0", "https://proxy.example/metadata")


# --- Discord ------------------------------------------------------------------------------------------------------


@pytest.fixture
def discord(configure) -> Iterator[Discord]:
    with Discord() as stub:
        configure(AUTHAPP_PROVIDERS=origins(stub.origin()))
        yield stub


async def by_discord(code="good"):
    begun = await logins.begin("discord", CALLBACK)
    asked = flow_of(begun.url)
    assert (asked["scope"], asked["code_challenge_method"]) == ("identify email", "S256")
    return await logins.finish("discord", begun, {"code": code, "state": begun.state}, CALLBACK)


@pytest.mark.parametrize(
    ("facts", "email", "verified"),
    [
        ({"email": "nelly@example.com", "verified": True}, "nelly@example.com", True),
        ({"email": "nelly@example.com", "verified": False}, "nelly@example.com", False),
        ({"email": "nelly@example.com", "verified": "true"}, "nelly@example.com", False),
        ({"email": "nelly@example.com"}, "nelly@example.com", False),
        ({"email": None, "verified": True}, "", False),
        ({}, "", False),
    ],
)
def test_discord_says_whether_the_address_is_verified(discord, facts, email, verified):
    discord.person |= facts

    claims = identities.normalized(asyncio.run(by_discord()))

    assert (claims.issuer, claims.subject) == ("discord", "80351110224678912")
    assert (claims.email, claims.email_verified, claims.first_name) == (email, verified, "Nelly")


def test_a_user_of_discord_without_a_display_name_has_the_username(discord):
    discord.person["global_name"] = None

    assert asyncio.run(by_discord()).first_name == "nelly"


@pytest.mark.parametrize("id", [None, 7, "", "x", "٣"])
def test_a_user_of_discord_without_an_id_is_refused(discord, id):
    discord.person["id"] = id

    with pytest.raises(Unverified):
        asyncio.run(by_discord())


def test_a_wrong_code_and_an_access_token_of_discord_prove_nothing(discord):
    for login in (by_discord("made up"), logins.claims_of("discord", "discord")):
        with pytest.raises(Refusal) as refusal:
            asyncio.run(login)
        assert isinstance(refusal.value, Unverified)
