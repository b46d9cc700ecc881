"""Command `secret`: rotate the server key, and drop old keys."""

import sys
from pathlib import Path

import click

from authapp.commands.running import do, make_ready
from authapp.core.admin import rotation
from authapp.core.base import tokens
from authapp.db import reading

WHAT_ROTATING_ENDS = (
    "Codes that were sent become invalid, rate limits start again, and an open tab that reconnects starts again. "
    "Nobody is logged out."
)
WHAT_DROPPING_ENDS = (
    "After that, all browsers count as new, so the next login of each user sends an email about a new device."
)


@click.group()
def secret() -> None:
    """The server key, which encrypts password records and the data that browsers store for us."""


@secret.command()
@click.option("--drop-old", is_flag=True, help="Delete the old keys. Refused while a password needs one.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def rotate(drop_old: bool, yes: bool) -> None:
    """Put a new server key in front, and encrypt every password record with it.

    If the keys are in the .key file beside a SQLite file, this command replaces that file, and running servers use it
    at once. If they are in AUTHAPP_SECRET_KEY, put the new key in front there yourself, restart every server, then run
    this command.

    Run it twice: first without options, then with --drop-old, when nothing needs the old key any more. After an
    interruption, run it again: it continues.

    Exit status: 0 done, 1 failed, 2 wrong usage.
    """
    make_ready()
    path = tokens.key_file()
    if drop_old:
        _drop(path, yes)
        return
    if path and len(tokens.kept_keys()) == 1:
        click.echo(WHAT_ROTATING_ENDS)
        if not yes:
            click.confirm("Create a new server key", abort=True)
        tokens.keep_keys(path, [tokens.new_key(), *tokens.kept_keys()])
        click.echo(f"{path} now starts with a new key. Back up this file.")
    elif len(tokens.kept_keys()) == 1:
        raise click.ClickException(
            "AUTHAPP_SECRET_KEY has one key. Create another with “openssl rand -hex 32” and put it in front, like "
            f"AUTHAPP_SECRET_KEY=new,old. Restart every server, then run this command again. {WHAT_ROTATING_ENDS}"
        )
    elif path is None and not yes:
        click.confirm("Do all servers already run with these keys? Otherwise their users cannot log in", abort=True)
    _reseal()
    _tell()


def _reseal() -> None:
    with reading() as db:
        total = rotation.needs(db).old
    bar = click.progressbar(length=total, label="Re-encrypting", file=sys.stderr, hidden=not total)
    position, count_done, has_more = None, 0, True
    with bar:
        while has_more:
            count, position = do(rotation.reseal, position)
            count_done, has_more = count_done + count, position is not None
            bar.update(count)
    last, has_more = None, True
    while has_more:
        _, last = do(rotation.reseal_names, last)
        has_more = last is not None
    do(rotation.reseal_keys)
    click.echo(f"{count_done:,} password records were re-encrypted.")


def _tell() -> None:
    with reading() as db:
        needs = rotation.needs(db)
    if needs.old or needs.others:
        click.echo(f"{max(needs.old, needs.others):,} were added meanwhile with the old key: run this command again.")
    elif needs.codes:
        click.echo("A sign-up by phone still uses the old key: delete the key in an hour, with --drop-old.")
    else:
        click.echo(f"Nothing needs the old key any more. Delete it with --drop-old. {WHAT_DROPPING_ENDS}")
    if needs.lost:
        click.echo(f"{needs.lost:,} password records are encrypted with a key that is missing.", err=True)


def _drop(path: Path | None, yes: bool) -> None:
    keys = tokens.kept_keys()
    if len(keys) == 1:
        raise click.ClickException("There is only one key, and it is in use.")
    with reading() as db:
        needs = rotation.needs(db)
    if needs.old or needs.others or needs.codes:
        records = f"{max(needs.old, needs.others):,} password records and {needs.codes:,} unfinished sign-ups by phone"
        raise click.ClickException(
            f"{records} need an old key. Run “secret rotate” without --drop-old first, or wait an hour."
        )
    if path is None:
        click.echo(f"Keep only the first key in AUTHAPP_SECRET_KEY, then restart every server. {WHAT_DROPPING_ENDS}")
        return
    if not yes:
        click.echo(WHAT_DROPPING_ENDS)
        click.confirm("Delete the old key", abort=True)
    tokens.keep_keys(path, keys[:1])
    click.echo(f"The old key was deleted from {path}. Older backups of the database need a backup of the old key, too.")
