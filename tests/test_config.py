"""Settings: defaults, checks and messages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from authapp.config import PLAIN, STARTTLS, TLS, BadSettings, Settings, SmtpServer, settings, variable

SECRET = "a-secret-that-no-text-may-show-to-anybody"
RESEND = {"AUTHAPP_SENDER": "resend", "AUTHAPP_RESEND_KEY": "re_secret", "AUTHAPP_MAIL_FROM": "Shop <a@shop.example>"}
ACCOUNT, SERVICE = "AC" + "0123456789abcdef" * 2, "MG" + "0123456789abcdef" * 2
TWILIO = {
    "AUTHAPP_TEXT_SENDER": "twilio",
    "AUTHAPP_TWILIO_ACCOUNT": ACCOUNT,
    "AUTHAPP_TWILIO_KEY": "twilio_secret",
    "AUTHAPP_TWILIO_FROM": "+14155550100",
}
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SMTP = {"AUTHAPP_SENDER": "smtp", "AUTHAPP_SMTP_URL": "smtps://mail.example", "AUTHAPP_MAIL_FROM": "a@shop.example"}
WRONG = [
    ("AUTHAPP_URL", "shop.example", "http"),
    ("AUTHAPP_URL", "ftp://shop.example", "http"),
    ("AUTHAPP_URL", "https://", "host"),
    ("AUTHAPP_URL", "https://shop.example/accounts", "without a path"),
    ("AUTHAPP_URL", "https://shop.example?a=1", "without a path"),
    ("AUTHAPP_URL", "https://shop.example#a", "without a path"),
    ("AUTHAPP_URL", "https://user:word@shop.example", "and a host"),
    ("AUTHAPP_URL", "https://shop.example:port", "ort"),
    ("AUTHAPP_URL", "https://[", "URL"),
    ("AUTHAPP_URL", "", "http"),
    ("DATABASE_URL", "mysql://localhost/shop", "sqlite:///"),
    ("DATABASE_URL", "postgresql+asyncpg://localhost/shop", "postgresql://"),
    ("AUTHAPP_DATABASE_SCHEMA", "Shop", "pattern"),
    ("AUTHAPP_DATABASE_SCHEMA", 'a"b', "pattern"),
    ("AUTHAPP_URL", "https://bu\u200bcher .example", "not"),
    ("DATABASE_URL", "sqlite://", "sqlite:///"),
    ("DATABASE_URL", "sqlite:///", "file"),
    ("DATABASE_URL", "sqlite:///:memory:", "file"),
    ("DATABASE_URL", "", "sqlite:///"),
    ("AUTHAPP_SECRET_KEY", "short", "32 characters"),
    ("AUTHAPP_SECRET_KEY", SECRET + ",", "32 characters"),
    ("AUTHAPP_SECRET_KEY", SECRET + ", old", "32 characters"),
    ("AUTHAPP_SECRET_KEY", " " * 40, "32 characters"),
    ("AUTHAPP_PRODUCT_NAME", "", "1 character"),
    ("AUTHAPP_PRODUCT_NAME", "x" * 61, "60 characters"),
    ("AUTHAPP_SENDER", "pigeon", "'outbox', 'resend' or 'smtp'"),
    ("AUTHAPP_RESEND_WEBHOOK_SECRET", SECRET, "whsec_"),
    ("AUTHAPP_RESEND_WEBHOOK_SECRET", "whsec_short", "whsec_"),
    *(
        ("AUTHAPP_SMTP_URL", url, "smtps://user:password@host")
        for url in (
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://u:p@mail.example/x",
            "smtp://u:p/w@m.example",
        )
    ),
    ("AUTHAPP_SMTP_URL", "smtp://u:p#w@mail.example", "percent-encoded"),
    ("AUTHAPP_SMTP_URL", "smtp://ann@mail.example", "both a user and a password"),
    ("AUTHAPP_SMTP_URL", "smtp://:word@mail.example", "both a user and a password"),
    ("AUTHAPP_SMTP_URL", "smtp://ann:w%C3%B6rd@mail.example", "ASCII"),
    ("AUTHAPP_SMTP_URL", "smtp://ann:a%00b@mail.example", "ASCII"),
    ("AUTHAPP_SMTP_URL", "smtp://ann:word@mail.example?tls=no", "?tls=off"),
    ("AUTHAPP_SMTP_URL", "smtps://ann:word@mail.example?tls=off", "smtp://"),
    ("AUTHAPP_OUTBOX_PAGE", "perhaps", "boolean"),
    ("AUTHAPP_TEXT_SENDER", "pigeon", "'outbox' or 'twilio'"),
    ("AUTHAPP_TWILIO_ACCOUNT", "SK" + ACCOUNT[2:], "account SID"),
    ("AUTHAPP_TWILIO_ACCOUNT", ACCOUNT + "/..", "account SID"),
    ("AUTHAPP_TWILIO_FROM", "14155550100", "number"),
    ("AUTHAPP_TWILIO_FROM", "+1 415 555 0100", "number"),
    ("AUTHAPP_TWILIO_FROM", "MG1", "number"),
    ("AUTHAPP_PASSWORD_MIN_LENGTH", "7", "greater than or equal to 8"),
    ("AUTHAPP_PASSWORD_MIN_LENGTH", "65", "less than or equal to 64"),
    ("AUTHAPP_PASSWORD_ROUNDS", "4095", "4096"),
    ("AUTHAPP_PASSWORD_ROUNDS", "10000001", "10000000"),
    ("AUTHAPP_PASSWORD_ROUNDS", "many", "integer"),
    ("AUTHAPP_SESSION_HOURS", "0", "1"),
    ("AUTHAPP_SESSION_IDLE_HOURS", "-1", "1"),
    ("AUTHAPP_KEPT_SESSION_DAYS", "0", "1"),
    ("AUTHAPP_KEPT_SESSION_DAYS", "99999999999", "less than"),
    ("AUTHAPP_KEPT_SESSION_IDLE_DAYS", "1.5", "integer"),
    ("AUTHAPP_SIGN_UP_LINK_HOURS", "0", "1"),
    ("AUTHAPP_RESET_LINK_HOURS", "", "integer"),
    ("AUTHAPP_TRUSTED_PROXIES", "6", "0 to 5"),
    ("AUTHAPP_TRUSTED_PROXIES", "-1", "0 to 5"),
    ("AUTHAPP_TRUSTED_PROXIES", "", "0 to 5"),
    ("AUTHAPP_TRUSTED_PROXIES", "10.0.0.1/8", "networks"),
    ("AUTHAPP_TRUSTED_PROXIES", "10.0.0.0/8,", "networks"),
    ("AUTHAPP_TRUSTED_PROXIES", "proxy.example", "networks"),
    ("AUTHAPP_TRUSTED_PROXIES", "0.0.0.0/0", "never all"),
    ("AUTHAPP_TRUSTED_PROXIES", "::/0", "never all"),
    ("AUTHAPP_FORWARDED_HEADER", "x-real-ip", "forwarded"),
    ("AUTHAPP_BUSY_SECONDS", "0", "0"),
    ("AUTHAPP_BUSY_SECONDS", "61", "60"),
    ("AUTHAPP_BUSY_SECONDS", "nan", "60"),
    ("AUTHAPP_THREADS", "0", "1"),
    ("AUTHAPP_THREADS", "65", "64"),
    ("AUTHAPP_RATE_LIMITS", "sometimes", "boolean"),
]


def sentence(configure, **variables):
    configure(**variables)
    with pytest.raises(BadSettings) as stop:
        settings()
    return str(stop.value)


@pytest.mark.parametrize(("name", "value", "reason"), WRONG, ids=lambda text: text[:40])
def test_a_wrong_setting_stops_the_start_with_a_sentence_that_names_it(configure, name, value, reason):
    told = sentence(configure, **{name: value})

    assert told.startswith(f"authapp cannot start: {name} ")
    assert reason in told
    assert "\n" not in told


@pytest.mark.parametrize("name", ["AUTHAPP_SECRET_KEY", "AUTHAPP_RESEND_KEY", "AUTHAPP_TWILIO_KEY", "AUTHAPP_SMTP_URL"])
def test_the_value_of_a_secret_is_never_told(configure, name):
    told = sentence(configure, AUTHAPP_SENDER="pigeon", AUTHAPP_THREADS=SECRET, **{name: SECRET[:20]})

    assert SECRET[:20] not in told
    assert "pigeon" not in told


def test_a_password_in_the_database_url_is_never_told(configure):
    assert "pa55word" not in sentence(configure, DATABASE_URL="mysql://shop:pa55word@localhost/shop")


def test_secrets_are_not_in_what_settings_print(configure):
    configure(AUTHAPP_SECRET_KEY=SECRET, **RESEND, **TWILIO)
    configure(AUTHAPP_SMTP_URL="smtp://ann:pa55word@mail.example", AUTHAPP_RESEND_WEBHOOK_SECRET=WEBHOOK_SECRET)

    shown = f"{settings()!r} {settings()!s} {settings().smtp!r}"
    assert SECRET not in shown
    assert "pa55word" not in shown
    assert WEBHOOK_SECRET not in shown
    assert "re_secret" not in shown
    assert "twilio_secret" not in shown


def test_all_wrong_settings_are_told_at_once(configure):
    told = sentence(configure, AUTHAPP_THREADS="0", AUTHAPP_SENDER="pigeon").splitlines()

    assert [line.split()[3] for line in told] == ["AUTHAPP_SENDER", "AUTHAPP_THREADS"]


@pytest.mark.parametrize("missing", ["AUTHAPP_RESEND_KEY", "AUTHAPP_MAIL_FROM"])
def test_a_sender_without_what_it_needs_stops_the_start(configure, missing):
    assert f"{missing} is required" in sentence(configure, **{**RESEND, missing: None})


@pytest.mark.parametrize("missing", ["AUTHAPP_SMTP_URL", "AUTHAPP_MAIL_FROM"])
def test_the_sender_smtp_needs_a_server_and_a_from_address(configure, missing):
    assert f"{missing} is required when AUTHAPP_SENDER is smtp" in sentence(configure, **{**SMTP, missing: None})


@pytest.mark.parametrize("value", ["Shop", "Shop <>", "a@b, c@d", "a@shop.example\r\nBcc: x@y.example"])
def test_smtp_needs_one_address_to_send_from(configure, value):
    assert "AUTHAPP_MAIL_FROM must be an email address" in sentence(configure, **{**SMTP, "AUTHAPP_MAIL_FROM": value})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://mail.example", SmtpServer("mail.example", 465, TLS)),
        ("smtp://mail.example", SmtpServer("mail.example", 587, STARTTLS)),
        ("smtp://mail.example:2525?tls=off", SmtpServer("mail.example", 2525, PLAIN)),
        ("smtp://localhost", SmtpServer("localhost", 25, PLAIN)),
        ("smtp://[::1]:1025/", SmtpServer("::1", 1025, PLAIN)),
        ("smtps://127.0.0.1:465", SmtpServer("127.0.0.1", 465, TLS)),
        ("smtp://ann%40shop.example:p%40ss%2Fw%3A%25@mail.example", ("ann@shop.example", "p@ss/w:%")),
        ("smtp://bücher.example", SmtpServer("xn--bcher-kva.example", 587, STARTTLS)),
    ],
)
def test_the_url_of_the_mail_server_names_server_encryption_and_user(configure, url, server):
    configure(**{**SMTP, "AUTHAPP_SMTP_URL": url})

    smtp = settings().smtp
    assert (smtp if isinstance(server, SmtpServer) else (smtp.user, smtp.password)) == server


@pytest.mark.parametrize("url", ["smtp://ann:pa55word/x@mail.example", "smtp://ann:pa55word@mail.example:port"])
def test_a_wrong_url_of_the_mail_server_is_never_told(configure, url):
    told = sentence(configure, AUTHAPP_SMTP_URL=url)

    assert "pa55word" not in told
    assert "port" not in told.replace("AUTHAPP", "")


@pytest.mark.parametrize("missing", ["AUTHAPP_TWILIO_ACCOUNT", "AUTHAPP_TWILIO_KEY", "AUTHAPP_TWILIO_FROM"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_sender_of_texts_without_what_it_needs_stops_the_start(configure, missing, value):
    told = sentence(configure, **{**TWILIO, missing: value})

    assert told == f"authapp cannot start: {missing} is required when AUTHAPP_TEXT_SENDER is twilio"


@pytest.mark.parametrize("sender", ["+14155550100", SERVICE])
def test_texts_are_from_a_number_or_a_messaging_service(configure, sender):
    configure(**{**TWILIO, "AUTHAPP_TWILIO_FROM": sender})

    assert settings().twilio_from == sender


def test_a_remote_database_without_a_server_key_stops_the_start(configure):
    told = sentence(configure, AUTHAPP_SECRET_KEY=None, DATABASE_URL="postgresql+psycopg://localhost/shop")

    assert "AUTHAPP_SECRET_KEY is required" in told


def test_without_any_variable_the_defaults_make_a_demo(configure):
    configure(AUTHAPP_SECRET_KEY=None, AUTHAPP_PASSWORD_ROUNDS=None, DATABASE_URL=None)

    conf = settings()
    assert (conf.url, conf.database_url, conf.sender) == ("http://localhost:3000", "sqlite:///authapp.db", "outbox")
    assert (conf.https, conf.sqlite, conf.shows_outbox) == (False, True, True)
    assert (conf.password_rounds, conf.password_min_length) == (600_000, 12)
    assert (conf.session_hours, conf.session_idle_hours) == (12, 2)
    assert (conf.kept_session_days, conf.kept_session_idle_days) == (30, 14)


def test_the_port_moves_the_default_url_and_no_other(configure):
    configure(PORT=4000)
    assert settings().url == "http://localhost:4000"

    configure(AUTHAPP_URL="https://shop.example")
    assert settings().url == "https://shop.example"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("HTTPS://shop.example", "https://shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80/", "http://shop.example"),
    ],
)
def test_the_url_is_kept_as_an_origin(configure, typed, kept):
    configure(AUTHAPP_URL=typed)

    assert settings().url == kept
    assert settings().https == kept.startswith("https")


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({}, True),
        ({"AUTHAPP_URL": "http://127.0.0.1:3000"}, True),
        ({"AUTHAPP_URL": "http://[::1]:3000"}, True),
        ({"AUTHAPP_URL": "https://shop.example"}, False),
        ({"AUTHAPP_URL": "http://localhost.shop.example"}, False),
        (RESEND, False),
        (TWILIO, False),
        ({**RESEND, **TWILIO}, False),
        ({"AUTHAPP_URL": "https://shop.example", "AUTHAPP_OUTBOX_PAGE": "true"}, True),
        ({"AUTHAPP_OUTBOX_PAGE": "false"}, False),
    ],
)
def test_the_outbox_page_is_only_where_nobody_else_can_read_it_or_the_settings_say_so(configure, variables, shown):
    configure(**variables)

    assert settings().shows_outbox is shown


def test_settings_are_read_once_and_cannot_be_changed(configure):
    configure()

    assert settings() is settings()
    with pytest.raises(ValueError, match="frozen"):
        settings().threads = 1


def test_a_file_beside_the_start_is_read_and_the_environment_wins(configure, tmp_path, monkeypatch):
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("AUTHAPP_PRODUCT_NAME=Shop\nAUTHAPP_THREADS=3\nSOMETHING_ELSE=1\n")
    configure(AUTHAPP_THREADS=4)

    assert (settings().product_name, settings().threads) == ("Shop", 4)


def test_every_setting_has_a_variable_and_words_for_it():
    for name, field in Settings.model_fields.items():
        assert field.description
        assert variable(name) == ("DATABASE_URL" if name == "database_url" else f"AUTHAPP_{name.upper()}")


def test_a_process_with_a_wrong_setting_ends_with_the_sentence_and_no_traceback(tmp_path):
    root = str(Path(__file__).parents[1])
    wrong = {**os.environ, "AUTHAPP_SECRET_KEY": SECRET[:20], "PYTHONPATH": root}
    code = "from authapp.config import settings; settings()"

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=wrong, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("authapp cannot start: AUTHAPP_SECRET_KEY must have 32 characters")
    assert SECRET[:20] not in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_a_database_url_is_taken_as_hosts_set_it(configure, scheme):
    configure(DATABASE_URL=f"{scheme}://shop:pa55@db.example/shop?sslmode=require")

    assert settings().database_url == "postgresql+psycopg://shop:pa55@db.example/shop?sslmode=require"
    assert settings().database_place == "db.example/shop"


def test_a_schema_is_for_postgresql(configure):
    assert "requires PostgreSQL" in sentence(configure, AUTHAPP_DATABASE_SCHEMA="shop")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("https://straße.example:8443", "https://xn--strae-oqa.example:8443"),
        ("http://例え.テスト/", "http://xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_unicode_host_is_spelled_as_browsers_spell_it(configure, typed, kept):
    entry = {"name": "work", "label": "Work", "issuer": "https://bücher.example/x", "client_id": "shop"}
    configure(AUTHAPP_URL=typed, AUTHAPP_CORS_ORIGINS=typed, AUTHAPP_PROVIDERS=json.dumps([entry]))
    configure(AUTHAPP_RESEND_URL="https://bücher.example", AUTHAPP_TWILIO_URL="https://bücher.example/api")

    conf = settings()
    assert (conf.url, conf.cors_origins) == (kept, kept)
    assert conf.providers[0].issuer == "https://xn--bcher-kva.example/x"
    assert conf.resend_url == "https://xn--bcher-kva.example"
    assert conf.twilio_url == "https://xn--bcher-kva.example/api"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("AUTHAPP_TRUSTED_PROXY", "did you mean AUTHAPP_TRUSTED_PROXIES?"),
        ("AUTHAPP_SECRETKEY", "did you mean AUTHAPP_SECRET_KEY?"),
        ("authapp_ur", "did you mean AUTHAPP_URL?"),
        ("AUTHAPP_QQQQQQQQQ", "is not a setting"),
    ],
)
def test_a_misspelled_name_stops_the_start(configure, name, words):
    told = sentence(configure, **{name: SECRET})

    assert told.startswith(f"authapp cannot start: {name.upper()} is not a setting")
    assert words in told
    assert SECRET not in told


def test_a_misspelled_name_in_the_file_stops_the_start_too(configure, tmp_path, monkeypatch):
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("AUTHAPP_PRODUCTNAME=Shop\nSOMETHING_ELSE=1\n")

    assert "did you mean AUTHAPP_PRODUCT_NAME?" in sentence(configure)


@pytest.mark.parametrize(
    ("typed", "kept"), [("2", "2"), ("10.0.0.0/8, ::1", "10.0.0.0/8 ::1/128"), ("127.0.0.1", "127.0.0.1/32")]
)
def test_proxies_are_counted_or_found_in_networks(configure, typed, kept):
    configure(AUTHAPP_TRUSTED_PROXIES=typed)

    proxies = settings().trusted_proxies
    assert (str(proxies) if isinstance(proxies, int) else " ".join(map(str, proxies))) == kept
