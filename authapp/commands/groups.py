"""Command `group`: groups and their members."""

import click

from authapp.commands.running import as_json, do, find, make_ready
from authapp.core import Db
from authapp.core.admin import admin, people
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER
from authapp.db import reading


@click.group()
def group() -> None:
    """Create and list groups, and add users to them. WHO is an email address, a phone number or an id."""


@group.command()
@click.argument("name")
@click.option("--about", default="", help="Purpose of the group.")
def create(name: str, about: str) -> None:
    """Create a group."""
    make_ready(makes_file=True)
    click.echo(f"Group {do(admin.create_group, SERVER, name, about)} created.")


@group.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def delete(name: str, yes: bool) -> None:
    """Delete a group, and every membership in it."""
    make_ready()
    if not yes:
        click.confirm(f"Delete the group {name} and remove all its members", abort=True)
    do(admin.delete_group, SERVER, name)
    click.echo(f"Group {name} deleted.")


@group.command("list")
@click.option("--json", "in_json", is_flag=True, help="Print one JSON object per line.")
def show(in_json: bool) -> None:
    """List the groups, and how many users are in each."""
    make_ready()
    with reading() as db:
        rows = groups.listed(db)
    for row in rows:
        click.echo(as_json(row._asdict()) if in_json else f"{row.size:>9,}  {row.name}  {row.about}".rstrip())


@group.command()
@click.argument("name")
@click.argument("who", nargs=-1, required=True)
def add(name: str, who: tuple[str, ...]) -> None:
    """Add users to a group: every WHO, or none on an error. Open tabs react at once."""

    def rule(db: Db) -> None:
        for identifier in who:
            people.add_to_group(db, SERVER, find(db, identifier), name)

    make_ready()
    do(rule)
    click.echo(f"In the group {name}: {', '.join(who)}.")


@group.command()
@click.argument("name")
@click.argument("who", nargs=-1, required=True)
def remove(name: str, who: tuple[str, ...]) -> None:
    """Remove users from a group: every WHO, or none on an error. Users in AUTHAPP_ADMINS stay administrators."""

    def rule(db: Db) -> list[str]:
        for identifier in who:
            people.remove_from_group(db, SERVER, find(db, identifier), name)
        return [identifier for identifier in who if groups.is_in(db, find(db, identifier), name)]

    make_ready()
    if remaining := do(rule):
        raise click.ClickException(f"{', '.join(remaining)}: still in {name}, because AUTHAPP_ADMINS names them.")
    click.echo(f"Removed from the group {name}: {', '.join(who)}.")
