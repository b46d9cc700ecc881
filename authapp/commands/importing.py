"""Command `import`: import users and their password hashes from a CSV or JSON file of another system."""

import csv
import json
import os
import re
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import click
from sqlalchemy.exc import IntegrityError

from authapp.commands.rows import BadFile, Choice, NotUnderstood, Rows, format_of
from authapp.commands.running import load_product, make_ready, plainly
from authapp.config import settings
from authapp.core import Db
from authapp.core.admin import imports
from authapp.core.admin.imports import REFUSED, TAKEN, THERE, UPDATED, Choices, Outcome, Person, Unfit, values
from authapp.core.admin.imports.columns import BECOMES, COLUMNS, spelled
from authapp.core.authorization import groups
from authapp.core.base.errors import Busy, InvalidActionKey, NumberTaken
from authapp.core.credentials.hashes import Firebase
from authapp.db import transaction

AT_ONCE = 1_000  # users per transaction: a running server waits for the tenth of a second that it takes
SHOWN = 20  # refused rows on the terminal; the report has all
TRIES = 20  # when others write, or one of these users signs up at the same time
A_REFUSED_ROW, INTERRUPTED = 3, 130  # exit statuses
MOST_KINDS, FIRST_PLACES = 100, 3  # of problems that are counted apart; rows that are named for each
STATES = {
    values.UNCONFIRMED: "not confirmed: the first login asks for confirmation",
    values.DISABLED: "disabled, as in the source",
}
# Parts that are left out because the other system had not confirmed them. The row still counts as complete.
LEFT_OUT = {imports.PHONE_NOT_CONFIRMED, imports.EMAIL_NOT_CONFIRMED}


class _NotWritten(Exception):
    """Raised to roll back the transaction of a dry run."""


class Problems:
    """Problems by kind: how many rows, and which rows first."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, list[int]] = {}

    def note(self, number: int, why: str) -> None:
        """Count a problem of a row."""
        kind = re.sub(r"(?<=line )\d+|(?<=row )\d+|\d+(?= fields)", "N", why)
        kind = kind if kind in self.counts or len(self.counts) < MOST_KINDS else "other problems"
        self.counts[kind] += 1
        if len(places := self.first.setdefault(kind, [])) < FIRST_PLACES:
            places.append(number)


class Report:
    """Report of an import. A refused row is written to the report file at once, so that it needs no memory."""

    def __init__(self, rows: Rows, file: IO[str] | None, ids: IO[str] | None) -> None:
        self.made_groups: set[str] = set()
        self.refused, self.dropped = Problems(), Problems()
        self.lost = False  # whether a part was left out for another reason than `LEFT_OUT`
        self._rows = rows
        self.counts: Counter[str] = Counter({TAKEN: 0, THERE: 0, UPDATED: 0, REFUSED: 0})
        self.kinds: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self._file, self._ids = file, csv.writer(ids) if ids else None
        self._written = 0
        if self._file:
            self._file.write('{"refused": [')
        if self._ids:
            self._ids.writerow(["id", "user_id"])

    def refuse(self, number: int, why: str) -> None:
        """Count and report a refused row."""
        self.counts[REFUSED] += 1
        self.refused.note(number, why)
        self._write_refusal(number, why)
        if self.counts[REFUSED] <= SHOWN:
            click.echo(f"{self._rows.counted_in} {number}: {why}", err=True)
        elif self.counts[REFUSED] == SHOWN + 1:
            click.echo("… and more like these; --report FILE lists them all", err=True)

    def note(self, person: Person, outcome: Outcome) -> None:
        """Count the outcome of a row."""
        if outcome.what == REFUSED:
            self.refuse(person.line, outcome.why)
            return
        self.counts[outcome.what] += 1
        if outcome.what != THERE:
            self.kinds[person.kind or "no password"] += 1
            self.states[person.state] += 1
            for reason in person.dropped:
                self.dropped.note(person.line, reason)
                self.lost = self.lost or reason not in LEFT_OUT
        if self._ids and person.id:
            self._ids.writerow([person.id, outcome.user_id])

    def end(self, *, whole: bool, dry_run: bool) -> None:
        """Finish the report file, and print the summary."""
        summary: dict[str, Any] = {"whole": whole, "dry_run": dry_run, "format": self._rows.format.name}
        summary |= {"counts": dict(self.counts), "states": dict(self.states)}
        summary |= {"hashes": dict(self.kinds.most_common()), "groups_made": sorted(self.made_groups)}
        summary |= {"columns": self._rows.fields, "columns_not_used": sorted(self._rows.unused)}
        summary |= {"left_out": [_entry(*item) for item in self.dropped.counts.most_common()]}
        if self._file:
            self._file.write(f"\n],\n{json.dumps(summary)[1:]}\n")
        if dry_run:
            self._columns()
        for name, count in self.counts.items():
            if count or name == TAKEN:
                click.echo(
                    f"{count:>9,} {name}" + (" (dry run: nothing was written)" if dry_run and name == TAKEN else "")
                )
        for kind, count in self.kinds.most_common():
            click.echo(f"{count:>13,} of them with {kind}")
        for state, description in STATES.items():
            if count := self.states[state]:
                click.echo(f"{count:>13,} of them {description}")
        self._problems("Skipped", self.dropped)
        if dry_run:
            self._problems("Refused", self.refused)
        if self.made_groups:
            click.echo(f"Created groups: {', '.join(sorted(self.made_groups))}")
        if self._rows.skipped:
            click.echo(f"Objects that are not users: {self._rows.skipped:,}")
        if self._rows.unused:
            click.echo(f"Columns that were not used: {', '.join(sorted(self._rows.unused))}", err=True)
        if self._rows.lost_passwords:
            click.echo("Passwords in ignored columns were not imported.", err=True)

    def _write_refusal(self, number: int, reason: str) -> None:
        if self._file:
            entry = json.dumps({self._rows.counted_in: number, "why": reason})
            self._file.write("," * (self._written > 0) + "\n" + entry)
            self._written += 1

    def _columns(self) -> None:
        """Print a table of the columns, and what each became."""
        width = max((len(name) for name in self._rows.fields), default=0)
        for name, field in self._rows.fields.items():
            use = "ignored, as requested" if self._rows.is_ignored(name) else "not used"
            click.echo(f"  {name:<{width}}  {BECOMES[field] if field else use}")

    def _problems(self, heading: str, problems: Problems) -> None:
        if problems.counts:
            click.echo(f"{heading}:")
        for reason, count in problems.counts.most_common():
            places = ", ".join(str(number) for number in problems.first[reason])
            suffix = "" if count <= FIRST_PLACES else ", …"
            click.echo(f"{count:>9,} {reason} ({self._rows.counted_in} {places}{suffix})")


def _entry(reason: str, count: int) -> dict[str, Any]:
    return {"why": reason, "count": count}


class Seen:
    """Rows in which email addresses, numbers and ids occurred before, in a temporary SQLite file to save memory."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE seen (identifier TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def close(self) -> None:
        """Delete the temporary file."""
        self._db.close()

    def note(self, person: Person, counted_in: str) -> None:
        """Store the addresses, numbers and id of a user.

        Raises:
            Unfit: an earlier row has one of them already.
        """
        keys = [*person.identifiers, *person.unconfirmed, *([f"id {person.own_id or person.id}"] if person.id else [])]
        marks = ",".join("?" * len(keys))
        row = self._db.execute(f"SELECT line FROM seen WHERE identifier IN ({marks})", keys).fetchone()  # noqa: S608  # question marks alone
        if row:
            raise Unfit(f"{counted_in} {row[0]} already has the same address, number or id")
        self._db.executemany("INSERT INTO seen VALUES (?, ?)", [(key, person.line) for key in keys])


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["csv", "json"]), help="Format of the file, when its name does not show it."
)
@click.option("--encoding", default="utf-8-sig", show_default="UTF-8", help="Encoding of the file.")
@click.option("--update", "renew", is_flag=True, help="Update existing users instead of skipping them.")
@click.option("--dry-run", is_flag=True, help="Check everything and show the result, but write nothing.")
@click.option("--map", "named", multiple=True, metavar="COLUMN=FIELD", help="Field of a column; can be repeated.")
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="Ignore a column; can be repeated.")
@click.option(
    "--drop-bad-parts", is_flag=True, help="Import a row without its invalid hash, number or time of sign-up."
)
@click.option("--refuse-unconfirmed", is_flag=True, help="Skip addresses that were not confirmed in the source.")
@click.option(
    "--firebase-signer-key", envvar="FIREBASE_SIGNER_KEY", show_envvar=True, help="`base64_signer_key` of the project."
)
@click.option(
    "--firebase-salt-separator", default="Bw==", show_default=True, help="`base64_salt_separator` of the project."
)
@click.option("--firebase-rounds", default=8, show_default=True, help="`rounds` of the project.")
@click.option("--firebase-mem-cost", default=14, show_default=True, help="`mem_cost` of the project.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the complete report, in JSON whatever its name.",
)
@click.option(
    "--ids", type=click.Path(dir_okay=False, path_type=Path), help="CSV file that maps each `id` to its user here."
)
def import_people(
    file: Path,
    form: str | None,
    encoding: str,
    renew: bool,
    dry_run: bool,
    named: tuple[str, ...],
    ignored: tuple[str, ...],
    drop_bad_parts: bool,
    refuse_unconfirmed: bool,
    report: Path | None,
    ids: Path | None,
    **firebase: Any,
) -> None:
    """Import users from another system, with their passwords.

    FILE is CSV, whose first line names the columns, or JSON: an array of objects, an object that contains such an
    array, or one object per line. It is read as a stream; “-” is the standard input. Exports of Firebase, Keycloak,
    Django, Auth0, Clerk, Supabase, Cognito, WordPress, Devise and Discourse are recognised. The fields, of which one of
    the first two is required:

    \b
      emails      one or several; the first becomes the main one
      phone       with its country code
      first_name, last_name
      groups      names; a missing group is created. Blanks become -
      password    the hash, never the password itself
      confirmed   false or empty: the address is unconfirmed, and the first login asks to confirm it
      active      false or empty: the account is disabled
      created_at  like 2024-05-31T12:00:00Z
      id          id of the user in the other system; a UUID is kept, so that a second run recognises the user

    The documentation lists the other names of each field, and more fields. A column that looks like a password, a
    confirmation or a ban, but is not a known name of these fields, stops the import before anything is written.

    Every thousand users are one transaction. After an interruption, run the import again: it skips existing users.

    Exit status: 0 all rows were imported or existed already, 1 the file or the database failed, 2 wrong usage, 3 some
    rows were refused or lost a part, 130 interrupted.
    """
    form = form or format_of(str(file))
    if not form:
        raise click.UsageError("The name of the file does not show its format. Pass --format csv or --format json.")
    try:
        "".encode(encoding)
    except LookupError:
        raise click.UsageError(f"Encoding {encoding!r} does not exist.") from None
    choice = Choice(frozenset(spelled(name) for name in ignored), dict(map(_mapped, named)), _parameters(**firebase))
    load_product()
    make_ready(makes_file=True)
    with ExitStack() as stack:
        raw = stack.enter_context(click.open_file(str(file), "rb"))
        report_file, ids_file = (stack.enter_context(_to_write(path)) if path else None for path in (report, ids))
        rows = stack.enter_context(closing(Rows(raw, form, encoding, choice)))
        result = Report(rows, report_file, ids_file)
        status, problem = 0, ""
        advice = (
            "Nothing was written."
            if dry_run
            else "The users counted above were imported. Run the command again for the rest."
        )
        try:
            try:
                rows.survey()
            finally:
                click.echo(f"Format: {rows.format.name}")
            size = 0 if str(file) == "-" else file.stat().st_size
            with plainly():
                choices = Choices(drop_bad_parts, refuse_unconfirmed)
                _take_all(rows, result, _Options(choices, renew, dry_run, size))
        except NotUnderstood as error:
            status, problem, advice = 1, f"Nothing was imported: {error}.", ""
        except BadFile as error:
            status, problem = 1, f"The file cannot be read further: {error}."
            advice = (
                "Nothing was written."
                if dry_run
                else "The users counted above were imported, and are skipped next time."
            )
            advice = f"Correct the file, then run the command again. {advice}"
        except KeyboardInterrupt:
            status, problem = INTERRUPTED, "Interrupted."
        except click.ClickException as error:
            status, problem = 1, error.message
        result.end(whole=not status, dry_run=dry_run)
    if problem:
        click.echo(f"Error: {problem} {advice}".rstrip(), err=True)
    has_losses = result.counts[REFUSED] or result.lost or rows.lost_passwords
    sys.exit(status or (A_REFUSED_ROW if has_losses else 0))


def _mapped(text: str) -> tuple[str, str]:
    column, _, field = text.rpartition("=")
    if not column or field not in COLUMNS:
        raise click.UsageError(f"--map needs COLUMN=FIELD, where FIELD is one of {', '.join(COLUMNS)}.")
    return spelled(column), field


def _parameters(
    firebase_signer_key: str | None, firebase_salt_separator: str, firebase_rounds: int, firebase_mem_cost: int
) -> Firebase | None:
    if not firebase_signer_key:
        return None
    return Firebase(firebase_signer_key, firebase_salt_separator, firebase_rounds, firebase_mem_cost)


def _to_write(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")


class _Options(NamedTuple):
    choices: Choices
    renew: bool  # whether to update existing users
    dry_run: bool
    size: int  # of the file, for the progress bar; 0 for a pipe


def _take_all(rows: Rows, report: Report, options: _Options) -> None:
    bar = click.progressbar(length=options.size, label="Importing", file=sys.stderr, hidden=not options.size)
    with closing(Seen()) as seen, bar:
        for people in _batches(rows, seen, report, options.choices):
            with _uninterrupted():
                outcomes, new_groups = _write(people, renew=options.renew, dry_run=options.dry_run)
                report.made_groups |= new_groups
                for person, outcome in zip(people, outcomes, strict=True):
                    report.note(person, outcome)
            if options.size:  # a pipe has no position
                bar.update(rows.position - bar.pos)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl+C back until the end of the block, so that each written user is also counted."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
        yield
        return
    signals: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: signals.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler or signal.default_int_handler)
    if signals:
        raise KeyboardInterrupt


def _batches(rows: Rows, seen: Seen, report: Report, choices: Choices) -> Iterator[list[Person]]:
    people: list[Person] = []
    try:
        for line, row in rows:
            try:
                if isinstance(row, Unfit):
                    raise row
                person = imports.read(line, row, choices)
                seen.note(person, rows.counted_in)
            except Unfit as error:
                report.refuse(line, str(error))
                continue
            people.append(person)
            if len(people) == AT_ONCE:
                yield people
                people = []
    except BadFile:
        yield people  # the rows before the error are good
        raise
    yield people


def _write(people: list[Person], *, renew: bool, dry_run: bool) -> tuple[list[Outcome], set[str]]:
    """Write users in one transaction, and return the outcomes and new groups. Retries when other writers conflict."""
    result: tuple[list[Outcome], set[str]] = ([], set())
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction() as db:
                _widen(db)
                existing = groups.names(db)
                outcomes = imports.take(db, people, renew=renew)
                result = outcomes, groups.names(db) - existing
                if dry_run:
                    raise _NotWritten
            return result
        except _NotWritten:
            return result
        except (Busy, InvalidActionKey, NumberTaken, IntegrityError):
            if not tries_left:
                raise
            time.sleep(0.5)
    raise AssertionError


def _widen(db: Db) -> None:
    """Give SQLite a larger cache for pages that every batch touches, and fewer checkpoints into its file."""
    if settings().sqlite:
        for pragma in ("cache_size = -65536", "wal_autocheckpoint = 16000"):
            db.connection().exec_driver_sql(f"PRAGMA {pragma}")
