"""The pages in other languages."""

import re

import pytest
from playwright.sync_api import expect

from authapp.core.authorization import groups
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import AWAKE, SECRET, press, refusal_of, sees, signed_in, visit
from tests.kit.browser.profile import watched
from tests.kit.processes.servers import running
from tests.kit.rules import do
from tests.kit.translations import extracted, pseudo

# Records what is painted in each frame, to prove that a French page was never English.
WITNESS = """() => {
  window.shown = [];
  const look = () => document.body && window.shown.push(document.body.innerText + document.title);
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  document.addEventListener("DOMContentLoaded", look);
}"""
UNSAID = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let one = walker.nextNode(); one; one = walker.nextNode()) {
    if (one.parentElement.closest("script, style, noscript, time, bdi, [lang]:not(html)")) continue;
    if (/[a-z]{2}/i.test(one.data) && !one.data.includes("⟦")) found.push(one.data);
  }
  for (const one of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")) {
    for (const name of ["aria-label", "placeholder", "title", "alt"]) {
      const words = one.getAttribute(name);
      if (words && !words.includes("⟦")) found.push(words);
    }
  }
  return found;
}"""


def lang(page):
    return page.evaluate("document.documentElement.lang")


def test_a_french_user_signs_up_reads_the_mail_is_refused_and_chooses_english(open_browser, fresh):
    chloe = fresh("chloe")
    page = open_browser(locale="fr-FR").new_page()
    page.add_init_script(f"({WITNESS})()")
    visit(page, "/signup")
    sees(page, "S’inscrire")
    expect(page).to_have_title("S’inscrire · authapp")
    assert lang(page) == "fr"
    shown = page.evaluate("window.shown")
    assert shown
    assert [one for one in shown if "Sign up" in one or "Email" in one] == []

    page.get_by_label("Adresse e-mail", exact=True).fill("chloe")
    press(page, "S’inscrire")
    expect(refusal_of(page, "Adresse e-mail")).to_have_text(
        "Veuillez saisir une adresse e-mail, comme nom@example.com."
    )
    page.get_by_label("Adresse e-mail", exact=True).fill(chloe)
    press(page, "S’inscrire")
    sees(page, "Consultez vos e-mails")
    expect(page.get_by_role("status")).to_contain_text(f"Nous avons envoyé un e-mail à {chloe}. Suivez le lien")

    page.get_by_role("link", name="Ouvrir les messages envoyés").click()
    letter = page.get_by_role("listitem").filter(has_text=f"À {chloe} ").first
    expect(letter).to_contain_text("Confirmez votre adresse e-mail pour authapp")
    letter.get_by_role("link", name="Confirmer et continuer").click()
    sees(page, "Confirmez votre adresse e-mail")
    press(page, "Confirmer et continuer")
    sees(page, "Paramètres")
    expect(page.get_by_text(f"Session de {chloe}")).to_be_visible()

    page.get_by_label("Nouveau mot de passe", exact=True).fill("court")
    expect(page.get_by_text("Encore 7 caractères")).to_be_visible()
    press(page, "Définir le mot de passe")
    expect(refusal_of(page, "Nouveau mot de passe")).to_have_text(
        "Veuillez utiliser au moins 12 caractères\u202f; il y en a 5."
    )
    page.get_by_label("Nouveau mot de passe", exact=True).fill(SECRET)
    press(page, "Définir le mot de passe")
    expect(page.get_by_text("Votre mot de passe est défini.")).to_be_visible()
    history = page.get_by_role("list", name="Historique")
    expect(history).to_contain_text("Mot de passe défini")
    expect(history).to_contain_text(re.compile(r"Headless ?Chrome sous Linux|un navigateur inconnu|Chrome sous Linux"))

    choice = page.get_by_role("combobox", name="Langue des pages")
    expect(choice).to_have_value("")
    choice.select_option("English")
    press(page, "Changer de langue")
    sees(page, "Settings")
    assert lang(page) == "en"
    page.reload()
    sees(page, "Settings")
    expect(page.get_by_role("list", name="History")).to_contain_text("Language changed")
    expect(page.get_by_role("combobox", name="Language for pages")).to_have_value("en")

    page.get_by_role("combobox", name="Language for pages").select_option("Browser language")
    press(page, "Change language")
    sees(page, "Paramètres")
    assert faults(page) == []


def test_a_user_of_an_unknown_language_sees_english_and_chooses_another(open_browser):
    page = open_browser(locale="de-DE").new_page()
    visit(page, "/login")
    sees(page, "Log in")
    assert lang(page) == "en"
    languages = page.get_by_role("navigation", name="Language")
    expect(languages.get_by_role("button", name="English")).to_have_attribute("aria-current", "true")

    languages.get_by_role("button", name="Français").click()
    sees(page, "Se connecter")
    page.wait_for_function(AWAKE)
    french = page.get_by_role("navigation", name="Langue").get_by_role("button", name="Français")
    expect(french).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Mot de passe oublié").click()
    sees(page, "Récupérer votre compte")
    page.reload()
    sees(page, "Récupérer votre compte")


@pytest.fixture
def babel(tmp_path, browser, odd):
    """Run an app with a product's catalogue for an invented language, which marks every text."""
    pseudo(tmp_path, extracted())
    with running(tmp_path, AUTHAPP_LANGUAGES=str(tmp_path)) as started:
        context = watched(
            browser.new_context(base_url=started.url, locale="eo", viewport={"width": 1280, "height": 2000}), odd
        )
        yield started, context
        context.close()
    assert [one for one in odd if "Failed to load resource" not in one] == []


def test_nothing_on_any_page_was_forgotten(babel, configure):
    server, context = babel
    share_database(server, configure)
    alice = users.join("alice@example.com", first_name="Alice")
    page = context.new_page()
    names = {"authapp", "English", "Français", "Esperanto", "alice@example.com", "Alice", "192.0.2.1"}
    for path in (
        "/",
        "/login",
        "/signup",
        "/forgot",
        "/closed",
        "/confirmed",
        "/preregister",
        "/nowhere",
        "/link#none",
    ):
        page.goto(path)
        page.wait_for_function(AWAKE)
        assert [one for one in page.evaluate(UNSAID) if one.strip() not in names] == [], path
    signed_in(context, server, alice)
    page.goto("/settings")
    page.wait_for_function(AWAKE)
    expect(page.get_by_role("list", name="⟦History⟧").get_by_role("listitem").first).to_be_visible()
    assert [one for one in page.evaluate(UNSAID) if one.strip() not in names] == []
    do(groups.add, alice.user_id, groups.ADMIN)
    page.goto(f"/admin?person={alice.user_id}")
    expect(page.get_by_role("list", name="⟦History⟧").get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_text("⟦Administrators⟧")).to_have_count(1)
    assert [one for one in page.evaluate(UNSAID) if one.strip() not in names | {groups.ADMIN}] == []
