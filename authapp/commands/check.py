"""Command `check`: report in plain words whether the installation is set up correctly."""

import smtplib
import stat
import sys
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select

from authapp import extras, migrations
from authapp.background import senders
from authapp.commands.running import database_file, load_product, trouble
from authapp.config import LOOPBACK, PLAIN, BadSettings, Settings, settings
from authapp.core import Db
from authapp.core.admin import rotation
from authapp.core.authorization import groups
from authapp.core.base import audit, clock, headers, identifiers, tokens
from authapp.core.credentials import scram
from authapp.core.messages import queue
from authapp.db import reading
from authapp.models import User

OK, WARNING, PROBLEM = "ok", "warning", "problem"
COLOURS = {OK: "green", WARNING: "yellow", PROBLEM: "red"}
LATE = timedelta(minutes=10)  # after this time a message should have left
FAST = timedelta(minutes=2)  # tolerance for a clock that is ahead
GOOD_ROUNDS = 600_000  # OWASP Password Storage, PBKDF2-SHA-256
# These let another site run scripts or show the pages, or let browsers return to plain http sooner.
RISKY = ("script-src https", "frame-ancestors https", "strict-transport-security")
Finding = tuple[str, str]


@click.command()
def check() -> None:
    """Check the installation: settings, database, keys, mail, administrators.

    This changes nothing and sends nothing. Exit status: 0 no problem was found, 1 at least one problem was found.
    """
    has_problem = False
    with tokens.only_reading():
        for level, text in _findings():
            click.echo(f"{click.style(f'{level:<8}', fg=COLOURS[level])} {text}")
            has_problem = has_problem or level == PROBLEM
    sys.exit(int(has_problem))


def _findings() -> Iterator[Finding]:
    try:
        conf = settings()
    except BadSettings as mistake:
        yield PROBLEM, str(mistake)
        return
    yield OK, "the settings are valid"
    missing = [name for name in extras.required(conf) if not extras.installed(name)]
    for name in missing:
        yield PROBLEM, str(extras.MissingExtra(name))
    try:
        load_product()
    except click.ClickException as error:
        yield PROBLEM, error.message
    yield from _reached(conf)
    yield from _opened()
    yield from _mail(conf)
    yield from _values(conf)
    if conf.sqlite and not database_file().exists():
        yield WARNING, f"the database {database_file()} does not exist yet; the app creates it when it starts"
        return
    if "postgres" in missing:
        return
    if conf.sqlite:
        yield from _files()
    try:
        yield from _database()
    except SQLAlchemyError as error:
        yield PROBLEM, f"the database cannot be used: {trouble(error)}"
    except BadSettings as mistake:
        yield PROBLEM, str(mistake)


def _reached(conf: Settings) -> Iterator[Finding]:
    local = urlsplit(conf.url).hostname in LOOPBACK
    if conf.https:
        yield OK, f"connections to {conf.url} are encrypted"
        if not conf.trusted_proxies:
            yield WARNING, "AUTHAPP_TRUSTED_PROXIES is 0: behind a proxy, rate limits would count all clients as one"
    elif local:
        yield WARNING, f"AUTHAPP_URL is {conf.url}: only this computer can use the app"
    else:
        yield (
            PROBLEM,
            f"AUTHAPP_URL is {conf.url}: passwords and cookies would cross the network unencrypted; use https://",
        )
    if conf.shows_outbox and not local:
        yield (
            PROBLEM,
            "/outbox shows every email to everyone, with links that open every account: set AUTHAPP_OUTBOX_PAGE=false",
        )
    elif conf.shows_outbox:
        yield WARNING, "/outbox shows every email to everyone who can reach this computer; use it for a demo only"


def _opened() -> Iterator[Finding]:
    opened = headers.headers().opened()
    if not opened:
        yield OK, "the security headers are the strict default"
    for part in opened:
        yield WARNING if part.startswith(RISKY) else OK, f"the security headers of the product open {part}"


def _mail(conf: Settings) -> Iterator[Finding]:
    if senders.chosen_name(texts=False) == "smtp":
        yield from _smtp(conf)
    elif senders.sends_mail():
        yield OK, "emails are sent"
    else:
        yield WARNING, "emails are only stored, not sent: set AUTHAPP_SENDER, or register a sender"
    if conf.phones and senders.sends_texts():
        yield OK, "text messages are sent"
    elif conf.phones:
        yield WARNING, "text messages are only stored, not sent: set AUTHAPP_TEXT_SENDER, or AUTHAPP_PHONES=false"


def _smtp(conf: Settings) -> Iterator[Finding]:
    """Connect to the mail server and log in, without a mail."""
    from authapp.background.senders import smtp, smtp_connections

    try:
        smtp_connections.try_out(conf.smtp)
    except (OSError, smtplib.SMTPException) as error:
        yield PROBLEM, f"emails cannot be sent: {smtp.failure(error).problem}"
        return
    yield OK, f"emails are sent; the mail server {conf.smtp.host} accepts the connection"
    if conf.smtp.encryption == PLAIN and not conf.smtp.is_local:
        yield (
            WARNING,
            "AUTHAPP_SMTP_URL has tls=off: emails, with links that open accounts, cross the network unencrypted",
        )


def _values(conf: Settings) -> Iterator[Finding]:
    if not conf.rate_limits:
        yield PROBLEM, "AUTHAPP_RATE_LIMITS is false: passwords and codes can be guessed without limit"
    if conf.password_rounds < GOOD_ROUNDS:
        yield (
            WARNING,
            f"AUTHAPP_PASSWORD_ROUNDS is {conf.password_rounds:,}: less than the recommended {GOOD_ROUNDS:,}",
        )


def _files() -> Iterator[Finding]:
    key = tokens.key_file()
    for path, label in ((database_file(), "the database"), (key, "the server key")):
        if path is None:
            continue
        if not path.exists():
            yield PROBLEM, f"{label} is missing at {path}, so nobody can log in: restore its backup"
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield PROBLEM, f"other users of this machine can read {label}: run chmod 600 {path}"
        else:
            yield OK, f"only its owner can read {label}"
    if key is None:
        yield OK, "the server key is set in the settings"


def _database() -> Iterator[Finding]:
    state = migrations.state()
    if state == migrations.NEWER:
        yield PROBLEM, "the database was written by a newer version of authapp: install that version"
        return
    if state == migrations.FOREIGN:
        yield PROBLEM, "the database has tables of another system with our names, like auth_user: see DATABASE_URL"
        return
    if state != migrations.CURRENT:
        yield WARNING, "the database can be reached; the app updates its tables when it starts"
        return
    yield OK, "the database can be reached, and its tables are up to date"
    key = tokens.key_file()
    parts = (_records, _challenges, _admins, _times, _messages) if key is None or key.exists() else (_times, _messages)
    with reading() as db:
        for part in parts:
            yield from part(db)


def _records(db: Db) -> Iterator[Finding]:
    needs = rotation.needs(db)
    if needs.lost:
        yield (
            PROBLEM,
            f"the server key of {needs.lost:,} passwords is missing: restore it, or these users must set new passwords",
        )
    if count := max(needs.old, needs.others):
        yield WARNING, f"{count:,} passwords need an old server key: run “secret rotate” until none needs it"
    elif len(tokens.kept_keys()) > 1:
        yield WARNING, "no password needs the old server key any more: run “secret rotate --drop-old”"
    else:
        yield OK, "every password is encrypted with the newest server key"
    has_password = col(User.imported), col(User.password_record).is_not(None)
    imported = db.exec(select(func.count()).select_from(User).where(*has_password)).one()
    if imported and not extras.installed("import"):
        yield (
            WARNING,
            f"{imported:,} users have passwords of another system, and bcrypt or Argon2 among them cannot be checked: "
            f"{extras.MissingExtra('import')}",
        )


def _challenges(db: Db) -> Iterator[Finding]:
    if scram.unreadable_keys(db):
        yield PROBLEM, "the server key of the challenge salts is missing: restore it, or challenges reveal more"
    if count := scram.to_renew(db):
        yield (
            WARNING,
            f"{count:,} addresses and numbers have an old password record, or no record of their own. Until their "
            "next login, challenges can reveal more about them",
        )
    else:
        yield OK, "every address and number has its own password record, so challenges reveal nothing about accounts"


def _admins(db: Db) -> Iterator[Finding]:
    names = [name for name in settings().admins.split(",") if name.strip()]
    missing = len(names) - len([name for name in identifiers.listed(settings().admins) if identifiers.owner(db, name)])
    if missing:
        yield WARNING, f"AUTHAPP_ADMINS names {missing} without an account"
    if count := len(groups.members(db, groups.ADMIN)):
        yield OK, f"administrators: {count:,}"
    else:
        yield WARNING, "there is no administrator: set AUTHAPP_ADMINS, or run “group add admin WHO”"


def _times(db: Db) -> Iterator[Finding]:
    newest = audit.newest_at(db)
    if newest and newest > clock.now() + FAST:
        yield (
            PROBLEM,
            f"the clock is slow, or was fast before: the history has an entry of {newest:%Y-%m-%d %H:%M} UTC",
        )
    else:
        yield OK, "the clock is not behind the history"


def _messages(db: Db) -> Iterator[Finding]:
    late, held, dead = queue.stuck(db, clock.now() - LATE)
    if held:
        yield (
            PROBLEM,
            f"{held:,} messages are kept, because the mail or text provider refuses the account; an administrator can "
            "see why",
        )
    if late:
        yield (
            WARNING,
            f"{late:,} messages have waited for more than ten minutes: check that the server runs and that the "
            "mail or text provider answers",
        )
    if dead:
        yield WARNING, f"{dead:,} messages could not be delivered; an administrator can see why and resend them"
    if not late and not held and not dead:
        yield OK, "no message has waited for long, and none failed"
