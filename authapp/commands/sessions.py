"""Command `session`: list and end the sessions of a user."""

import click

from authapp.commands.running import as_json, do, find, load_product, make_ready
from authapp.core import Db
from authapp.core.admin import people
from authapp.core.authorization.actors import SERVER
from authapp.core.base.errors import BadInput
from authapp.core.sessions import session_list
from authapp.db import reading
from authapp.models import Session


@click.group()
def session() -> None:
    """List and end the sessions of a user. WHO is an email address, a phone number or an id."""


@session.command("list")
@click.argument("who")
@click.option("--json", "in_json", is_flag=True, help="Print one JSON object per line.")
def show(who: str, in_json: bool) -> None:
    """List the open sessions of a user: id, time of login, last seen, browser, IP address."""
    make_ready()
    with reading() as db:
        rows = session_list.of_user(db, find(db, who))
    for row in rows:
        if in_json:
            fields = row._asdict()
            del fields["is_this"]
            click.echo(as_json(fields))
        else:
            times = f"{row.opened_at:%Y-%m-%d %H:%M}  {row.last_seen_at:%Y-%m-%d %H:%M}"
            click.echo(f"{row.id}  {times}  {row.browser}  {row.ip}".rstrip())


@session.command()
@click.argument("which")
@click.option("--all", "whole", is_flag=True, help="WHICH is a user, and all sessions of that user end.")
def end(which: str, whole: bool) -> None:
    """End a session by its id, or with --all every session of a user. Open tabs are logged out at once."""

    def rule(db: Db) -> None:
        if whole:
            people.end_sessions(db, SERVER, find(db, which))
            return
        row = db.get(Session, which)
        if row is None:
            raise BadInput("No open session has this id. To end all sessions of a user, pass --all.")
        people.end_session(db, SERVER, row.user_id, row.id)

    load_product()
    make_ready()
    do(rule)
    click.echo("All sessions ended." if whole else "The session ended.")
