"""`import`: people from another system, with their passwords, from a CSV or JSON file."""

import csv
import json
import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any

import click
from sqlalchemy.exc import IntegrityError

from authapp.commands.rows import BadFile, Rows, format_of
from authapp.commands.running import load_product, make_ready, plainly
from authapp.config import settings
from authapp.core import Db, groups, imports
from authapp.core.errors import Busy, DeadLink, NumberTaken
from authapp.core.imports import REFUSED, TAKEN, THERE, UPDATED, Outcome, Person, Unfit
from authapp.db import transaction

AT_ONCE = 1_000  # people per transaction: a running server waits for the tenth of a second that it takes
SHOWN = 20  # refused rows; the report has all
TRIES = 20  # when others write, or one of these people signs up just now
A_REFUSED_ROW, INTERRUPTED = 3, 130  # exit statuses


class _NotWritten(Exception):
    """Ends the transaction of a dry run."""


class Report:
    """What became of the rows; each refused one goes into the file at once, so that it needs no memory."""

    def __init__(self, rows: Rows, file: IO[str] | None, ids: IO[str] | None) -> None:
        self.made_groups: set[str] = set()
        self._rows = rows
        self.counts: Counter[str] = Counter({TAKEN: 0, THERE: 0, UPDATED: 0, REFUSED: 0})
        self.kinds: Counter[str] = Counter()
        self._file, self._ids = file, csv.writer(ids) if ids else None
        if self._file:
            self._file.write('{"refused": [')
        if self._ids:
            self._ids.writerow(["id", "user_id"])

    def refuse(self, number: int, why: str) -> None:
        """A row that was not taken."""
        self.counts[REFUSED] += 1
        if self._file:
            told = json.dumps({self._rows.counted_in: number, "why": why})
            self._file.write("," * (self.counts[REFUSED] > 1) + "\n" + told)
        if self.counts[REFUSED] <= SHOWN:
            click.echo(f"{self._rows.counted_in} {number}: {why}", err=True)
        elif self.counts[REFUSED] == SHOWN + 1:
            click.echo("… and more like these; --report FILE names them all", err=True)

    def note(self, person: Person, outcome: Outcome) -> None:
        """A row that the rules decided on."""
        if outcome.what == REFUSED:
            self.refuse(person.line, outcome.why)
            return
        self.counts[outcome.what] += 1
        if outcome.what != THERE:
            self.kinds[person.kind or "no password"] += 1
        if self._ids and person.id:
            self._ids.writerow([person.id, outcome.user_id])

    def end(self, *, whole: bool, dry_run: bool) -> None:
        """Write and say what there is to say."""
        facts: dict[str, Any] = {"whole": whole, "dry_run": dry_run, "counts": dict(self.counts)}
        facts |= {"hashes": dict(self.kinds.most_common()), "groups_made": sorted(self.made_groups)}
        facts |= {"columns_not_used": sorted(self._rows.unused)}
        if self._file:
            self._file.write(f"\n],\n{json.dumps(facts)[1:]}\n")
        for what, count in self.counts.items():
            if count or what == TAKEN:
                click.echo(
                    f"{count:>9,} {what}" + (" (would be: this was a dry run)" if dry_run and what == TAKEN else "")
                )
        for kind, count in self.kinds.most_common():
            click.echo(f"{count:>13,} of them with {kind}")
        if self.made_groups:
            click.echo(f"Groups that were not there: {', '.join(sorted(self.made_groups))}")
        if self._rows.unused:
            click.echo(f"Columns that were not used: {', '.join(sorted(self._rows.unused))}", err=True)


class Seen:
    """In which row an address, number or id was before: in a temporary file of SQLite, not in the memory."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE seen (identifier TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def close(self) -> None:
        """Forget it all."""
        self._db.close()

    def note(self, person: Person, counted_in: str) -> None:
        """Keep what is this person's.

        Raises:
            Unfit: another row had it before.
        """
        mine = [*person.identifiers, *([f"id {person.own_id or person.id}"] if person.id else [])]
        marks = ",".join("?" * len(mine))
        found = self._db.execute(f"SELECT line FROM seen WHERE identifier IN ({marks})", mine).fetchone()  # noqa: S608  # question marks alone
        if found:
            raise Unfit(f"the same address, number or id is in {counted_in} {found[0]} already")
        self._db.executemany("INSERT INTO seen VALUES (?, ?)", [(one, person.line) for one in mine])


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "json"]), help="Where the name of the file does not tell.")
@click.option("--encoding", default="utf-8-sig", show_default="UTF-8", help="How the file is written.")
@click.option("--update", "renew", is_flag=True, help="Bring up to date who is there already, in place of skipping.")
@click.option("--dry-run", is_flag=True, help="Check everything, and write nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file for the whole report; it is JSON, however it is called.",
)
@click.option("--ids", type=click.Path(dir_okay=False, path_type=Path), help="A CSV file: each `id` and its user here.")
def import_people(
    file: Path, form: str | None, encoding: str, renew: bool, dry_run: bool, report: Path | None, ids: Path | None
) -> None:
    """Take people over from another system, with their passwords.

    FILE is CSV, whose first line names the columns, or JSON: an array of objects, or one object a line. It is read as
    a stream; “-” is the standard input. Columns, of which one of the first two is needed:

    \b
      emails      one or several; the first becomes the main one. Or: email
      phone       with its country code
      first_name, last_name
      groups      names; a group that is not there is made. Blanks become -
      password    the hash, never the password. Or: password_hash
      confirmed   false: the address was never confirmed, so it is not taken
      active      false: the account is disabled. Or: is_active
      created_at  like 2024-05-31T12:00:00Z. Or: date_joined
      id          what the other system calls the person; a UUID is kept, so that a second run knows them by it

    Hashes may be bcrypt, argon2, scrypt, PBKDF2 (passlib), phpass, SCRAM-SHA-256, and all of Django's. They work at
    once, and are made anew in the house scheme at the first login.

    Every thousand people are one transaction. What was interrupted is run again: who is there already is skipped.

    Exit status: 0 all was taken or there already, 1 the file or the database failed, 2 wrong usage, 3 some rows were
    refused, 130 interrupted.
    """
    form = form or format_of(str(file))
    if not form:
        raise click.UsageError("The name of the file does not tell its format: say --format csv or --format json.")
    try:
        "".encode(encoding)
    except LookupError:
        raise click.UsageError(f"There is no encoding {encoding!r}.") from None
    load_product()
    make_ready(makes_file=True)
    with ExitStack() as stack:
        raw = stack.enter_context(click.open_file(str(file), "rb"))
        whole, map_of_ids = (stack.enter_context(_to_write(path)) if path else None for path in (report, ids))
        rows = Rows(raw, form, encoding)
        told = Report(rows, whole, map_of_ids)
        status, problem = 0, ""
        then = "Nothing was written." if dry_run else "What is counted above is done. Run it again for the rest."
        try:
            size = 0 if str(file) == "-" else file.stat().st_size
            with plainly():
                _take_all(rows, told, size=size, renew=renew, dry_run=dry_run)
        except BadFile as error:
            status, problem = 1, f"The file cannot be read any further: {error}."
            then = "Nothing was written." if dry_run else "Who is counted above is there, and skipped next time."
            then = f"Mend the file first, then run it again. {then}"
        except KeyboardInterrupt:
            status, problem = INTERRUPTED, "Interrupted."
        except click.ClickException as error:
            status, problem = 1, error.message
        told.end(whole=not status, dry_run=dry_run)
    if problem:
        click.echo(f"Error: {problem} {then}", err=True)
    sys.exit(status or (A_REFUSED_ROW if told.counts[REFUSED] else 0))


def _to_write(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")


def _take_all(rows: Rows, told: Report, *, size: int, renew: bool, dry_run: bool) -> None:
    bar = click.progressbar(length=size, label="Importing", file=sys.stderr, hidden=not size)
    with closing(Seen()) as seen, bar:
        for people in _batches(rows, seen, told):
            outcomes, made = _write(people, renew=renew, dry_run=dry_run)
            told.made_groups |= made
            for person, outcome in zip(people, outcomes, strict=True):
                told.note(person, outcome)
            if size:  # a pipe has no position
                bar.update(rows.position - bar.pos)


def _batches(rows: Rows, seen: Seen, told: Report) -> Iterator[list[Person]]:
    people: list[Person] = []
    try:
        for line, row in rows:
            try:
                if isinstance(row, Unfit):
                    raise row
                person = imports.read(line, row)
                seen.note(person, rows.counted_in)
            except Unfit as no:
                told.refuse(line, str(no))
                continue
            people.append(person)
            if len(people) == AT_ONCE:
                yield people
                people = []
    except BadFile:
        yield people  # what came before is good
        raise
    yield people


def _write(people: list[Person], *, renew: bool, dry_run: bool) -> tuple[list[Outcome], set[str]]:
    """One transaction, and the groups that it made; tried again when others write for long, or are faster just now."""
    done: tuple[list[Outcome], set[str]] = ([], set())
    for again in reversed(range(TRIES)):
        try:
            with transaction() as db:
                _widen(db)
                before = groups.names(db)
                outcomes = imports.take(db, people, renew=renew)
                done = outcomes, groups.names(db) - before
                if dry_run:
                    raise _NotWritten
            return done
        except _NotWritten:
            return done
        except (Busy, DeadLink, NumberTaken, IntegrityError):
            if not again:
                raise
            time.sleep(0.5)
    raise AssertionError


def _widen(db: Db) -> None:
    """Let SQLite keep in memory what each batch touches again, and copy it into its file less often."""
    if settings().sqlite:
        for pragma in ("cache_size = -65536", "wal_autocheckpoint = 16000"):
            db.connection().exec_driver_sql(f"PRAGMA {pragma}")
