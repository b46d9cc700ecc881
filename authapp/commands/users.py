"""Command `user`: create, list, disable, enable and close accounts."""

import sys
from collections.abc import Callable, Iterator

import click

from authapp.commands.running import as_json, do, load_product, make_ready, naming
from authapp.config import settings
from authapp.core import Db
from authapp.core.admin import directory, people
from authapp.core.admin.directory import Found, Search
from authapp.core.admin.people import NewUser
from authapp.core.authentication import accounts, recovery
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER
from authapp.core.credentials import passwords, scram
from authapp.db import reading

SURE = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
WHO = click.argument("who")


@click.group()
def user() -> None:
    """Create, list, disable, enable and close accounts. WHO is an email address, a phone number or an id."""


@user.command()
@click.argument("email")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--group", "names", multiple=True, help="Group of the user; can be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--mail-link", is_flag=True, help="Email a link that logs in and asks for a password.")
@click.option(
    "--print-link", is_flag=True, help="Print that link instead of emailing it. Keep it secret: it opens the account."
)
def create(
    email: str,
    first_name: str,
    last_name: str,
    names: tuple[str, ...],
    password_stdin: bool,
    mail_link: bool,
    print_link: bool,
) -> None:
    """Create an account with a confirmed email address, even if sign-up is closed.

    The command asks for the password, unless you use one of the last three options. The password is never an argument:
    every user of the machine can see arguments.
    """
    if password_stdin + mail_link + print_link > 1:
        raise click.UsageError("Pass only one of --password-stdin, --mail-link and --print-link.")
    load_product()
    make_ready(makes_file=True)
    password = None if mail_link or print_link else _password(password_stdin)

    def rule(db: Db) -> str:
        user_id = people.create(db, SERVER, NewUser(email, first_name, last_name), tell=mail_link)
        for name in names:
            people.add_to_group(db, SERVER, user_id, name)
        if password is not None:
            passwords.check(password, password, (first_name, last_name, email))
            accounts.keep_password(db, user_id, *scram.make(password, user_id, scram.current_of(db, user_id)))
        if print_link:
            click.echo(recovery.recovery_url(db, user_id, email))
        return str(user_id)

    click.echo(f"{do(rule)} is the id of the new account.", err=print_link)
    if mail_link:
        click.echo(f"The server sends the link to {email}. The link is valid as long as a recovery link.")


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not _has_terminal():
        raise click.UsageError("There is no terminal to ask for the password. Pass --password-stdin or --mail-link.")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _has_terminal() -> bool:
    return sys.stdin.isatty()


@user.command("list")
@click.option("--search", default="", help="First letters of words in names, addresses and numbers.")
@click.option("--state", type=click.Choice(directory.STATES), help="Only users in this state.")
@click.option("--group", default="", help="Only members of this group.")
@click.option("--json", "in_json", is_flag=True, help="Print one JSON object per line.")
def show(search: str, state: str | None, group: str, in_json: bool) -> None:
    """List users, one per line: id, state, identifier, name, groups. The output begins at once, for any number."""
    make_ready()
    with reading() as db:
        if group and group not in groups.names(db):
            raise click.ClickException(f"Group {group} does not exist.")
    for row in _pages(search, state or "", group):
        if in_json:
            click.echo(as_json(row._asdict()))
        else:
            details = f"{row.name} " + "".join(f"[{name}] " for name in row.groups)
            click.echo(f"{row.id}  {row.state:<8}  {row.identifier:<32}  {details}".rstrip())


def _pages(search: str, state: str, group: str) -> Iterator[Found]:
    after = ""
    while True:
        with reading() as db:
            page = directory.find(db, Search(search, state, group, after))
        yield from page.people
        if not (after := page.after):
            return


@user.command()
@WHO
def disable(who: str) -> None:
    """Disable an account: every session ends, and its user cannot log in until it is enabled."""
    _apply(who, people.disable, "is disabled. All sessions ended.")


@user.command()
@WHO
def enable(who: str) -> None:
    """Enable a disabled account, so that its user can log in again."""
    _apply(who, people.enable, "can log in again.")


@user.command()
@WHO
@SURE
def close(who: str, yes: bool) -> None:
    """Close an account: every session ends, and after some days it is purged. A login before then reopens it."""
    if not yes:
        click.confirm(
            f"Close the account of {who}? After {settings().closing_days} days it is deleted for good", abort=True
        )
    _apply(who, people.close, f"is closed. It is deleted in {settings().closing_days} days unless the user logs in.")


def _apply(identifier: str, rule: Callable[..., object], message: str) -> None:
    load_product()
    make_ready()
    click.echo(f"{do(naming, identifier, rule)} {message}")
