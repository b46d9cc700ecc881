"""Command `secret`: rotate the server key, and drop old keys."""

import sys
from pathlib import Path

import click

from authapp.commands.running import do, make_ready
from authapp.core.admin import rotation
from authapp.core.base import tokens
from authapp.db import reading

WHAT_ROTATING_ENDS = (
    "Codes that are on their way are void, limits begin to count anew, and an open tab that reconnects begins afresh; "
    "nobody is signed out."
)
WHAT_DROPPING_ENDS = (
    "Then no browser is known any more, so everybody's next login is told by mail as one from a new device."
)


@click.group()
def secret() -> None:
    """The server key, which encrypts password records and the data that browsers store for us."""


@secret.command()
@click.option("--drop-old", is_flag=True, help="Forget the old keys. Refused while a password needs one.")
@click.option("--yes", is_flag=True, help="Do not ask.")
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
            click.confirm("Make a new server key", abort=True)
        tokens.keep_keys(path, [tokens.new_key(), *tokens.kept_keys()])
        click.echo(f"A new key is in front in {path}. Make a backup of that file.")
    elif len(tokens.kept_keys()) == 1:
        raise click.ClickException(
            "AUTHAPP_SECRET_KEY has one key. Put another in front of it, like AUTHAPP_SECRET_KEY=new,old, made with "
            f"“openssl rand -hex 32”, start every server again, and run this once more. {WHAT_ROTATING_ENDS}"
        )
    elif path is None and not yes:
        click.confirm("Does every server run with these keys already? Else its people cannot log in", abort=True)
    _reseal()
    _tell()


def _reseal() -> None:
    with reading() as db:
        left = rotation.needs(db).old
    bar = click.progressbar(length=left, label="Sealing anew", file=sys.stderr, hidden=not left)
    after, done, more = None, 0, True
    with bar:
        while more:
            count, after = do(rotation.reseal, after)
            done, more = done + count, after is not None
            bar.update(count)
    last, more = None, True
    while more:
        _, last = do(rotation.reseal_names, last)
        more = last is not None
    do(rotation.reseal_keys)
    click.echo(f"{done:,} password records are sealed anew.")


def _tell() -> None:
    with reading() as db:
        left = rotation.needs(db)
    if left.old or left.others:
        click.echo(f"{max(left.old, left.others):,} came meanwhile, under the old key: run this again.")
    elif left.codes:
        click.echo("Somebody is signing up by phone just now, under the old key: drop it in an hour, with --drop-old.")
    else:
        click.echo(f"Nothing needs the old key any more: --drop-old forgets it. {WHAT_DROPPING_ENDS}")
    if left.lost:
        click.echo(f"{left.lost:,} password records are sealed under a key that is not there any more.", err=True)


def _drop(path: Path | None, yes: bool) -> None:
    keys = tokens.kept_keys()
    if len(keys) == 1:
        raise click.ClickException("There is one key only, which is in use.")
    with reading() as db:
        left = rotation.needs(db)
    if left.old or left.others or left.codes:
        what = (
            f"{max(left.old, left.others):,} password records and {left.codes:,} sign-ups by phone that are under way"
        )
        raise click.ClickException(
            f"{what} need an old key. Run “secret rotate” without --drop-old first; or wait an hour."
        )
    if path is None:
        click.echo(
            f"Leave only the first key in AUTHAPP_SECRET_KEY, and start every server again. {WHAT_DROPPING_ENDS}"
        )
        return
    if not yes:
        click.echo(WHAT_DROPPING_ENDS)
        click.confirm("Forget the old key", abort=True)
    tokens.keep_keys(path, keys[:1])
    click.echo(f"The old key is gone from {path}. A backup of the database from before needs a backup of the key, too.")
