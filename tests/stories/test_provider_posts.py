"""Social login in the browser with a provider that posts its answer from another site, and the logos of the presets."""

import uuid
from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import Page, expect

from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import press, sees, signed_in, visit
from tests.kit.browser.profile import Open
from tests.kit.processes.servers import Server, running
from tests.kit.providers.issuer import Issuer, names_of_apple
from tests.kit.providers.oidc import origins

LOGOS = {
    "google": "Google",
    "microsoft": "Microsoft",
    "apple": "Apple",
    "github": "GitHub",
    "gitlab": "GitLab",
    "linkedin": "LinkedIn",
    "discord": "Discord",
    "slack": "Slack",
}
KEY = {"team_id": "TEAM", "key_id": "KEY1", "private_key": ECKey.generate_key("P-256").as_pem(private=True).decode()}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """Run a provider on 127.0.0.1: for the app on localhost, that is another site."""
    with Issuer() as running:
        yield running


@pytest.fixture(scope="module")
def entries(issuer: Issuer) -> str:
    presets = [
        {"preset": name, "client_id": "ours", **(KEY if name == "apple" else {"client_secret": "a secret"})}
        for name in LOGOS
    ]
    return origins(issuer.origin(response_mode="form_post"), *presets)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, entries: str) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("posts"), AUTHAPP_PROVIDERS=entries) as started:
        yield started


@pytest.fixture
def inside(configure, server: Server, entries: str) -> Server:
    share_database(server, configure)
    configure(AUTHAPP_PROVIDERS=entries)
    return server


@pytest.fixture(autouse=True)
def somebody(issuer: Issuer) -> str:
    """Let a new user answer at the provider."""
    issuer.sub = f"ann-{uuid.uuid4().hex[:8]}"
    issuer.people[issuer.sub] = {"email": f"{issuer.sub}@example.com", "email_verified": "true"}
    issuer.more = names_of_apple("Ann", "Onymous")
    return issuer.sub


def agree(page: Page) -> None:
    """Log in at the provider."""
    sees(page, "Odd account")
    press(page, "Log in to Odd")


def test_a_post_from_another_site_logs_in_and_going_back_leads_on(page: Page, server: Server, somebody: str):
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto("/settings")
    press(page, "Continue with Odd")
    agree(page)

    sees(page, "Settings")
    expect(page.locator("#emails")).to_contain_text(f"{somebody}@example.com")
    ours = [url for url in urls if url.startswith(server.url)]
    assert f"{server.url}/api/v1/foreign/odd/callback" in ours
    assert not [url for url in ours if "code" in url.partition("?")[2] or "state=" in url]

    page.go_back()
    agree(page)
    sees(page, "Settings")
    assert "refused" not in page.url
    expect(page.get_by_role("alert").filter(has_text="too long")).to_have_count(0)


def test_refusing_there_is_shown_and_the_next_attempt_works(page: Page):
    visit(page, "/login")
    press(page, "Continue with Odd")
    press(page, "Refuse")
    expect(page.get_by_role("alert").filter(has_text="Login was cancelled at Odd")).to_be_visible()

    press(page, "Continue with Odd")
    agree(page)

    expect(page.get_by_text("Logged in as")).to_contain_text("Ann Onymous")


def test_a_signed_in_user_links_an_account_by_a_post(open_browser: Open, inside: Server, alice: users.Person):
    page = signed_in(open_browser(), inside, alice).new_page()
    visit(page, "/settings")
    press(page.locator("#linked"), "Link Odd")
    agree(page)

    expect(page.locator("#linked").get_by_text("Odd linked. You can now log in with it.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_preset_has_its_logo_and_the_button_says_its_name(open_browser: Open, scheme: str):
    page = open_browser(color_scheme=scheme).new_page()
    visit(page, "/login")

    for preset, label in LOGOS.items():
        button = page.get_by_role("button", name=f"Continue with {label}", exact=True)
        logo = button.locator("img")
        expect(logo).to_have_attribute("aria-hidden", "true")
        expect(logo).to_have_attribute("alt", "")
        assert logo.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
        assert logo.evaluate("image => new URL(image.src).origin === location.origin")
        turns_white = scheme == "dark" and preset in ("apple", "github")
        assert logo.evaluate("image => getComputedStyle(image).filter") == ("invert(1)" if turns_white else "none")
    expect(page.get_by_role("button", name="Continue with Odd").locator("img")).to_have_count(0)
    assert faults(page) == []
