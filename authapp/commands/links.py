"""Commands `link` and `invite`: action links and invitations, made by the operator."""

import json
from datetime import timedelta
from typing import Any

import click

from authapp.commands.running import do, find, load_product, make_ready
from authapp.core import Db
from authapp.core.account import confirmations
from authapp.core.authentication import provider_login, recovery, waitlist
from authapp.core.authorization.actors import SERVER
from authapp.core.base import audit, identifiers
from authapp.core.credentials import link_actions, links

_ = (confirmations, provider_login, recovery)  # imported because they register their links, as `waitlist` does


@click.group()
def link() -> None:
    """Action links: URLs that do one thing for their recipient."""


@link.command()
@click.argument("action")
@click.argument("email")
@click.option("--data", default="{}", help="Data of the action, as a JSON object.", show_default=True)
@click.option(
    "--uses", default=1, show_default=True, type=click.IntRange(1), help="How many times the link can be used."
)
@click.option(
    "--hours",
    default=24.0,
    show_default=True,
    type=click.FloatRange(0.01, 24 * 365),
    help="How long the link is valid.",
)
@click.option("--user", "who", help="The user of the link: an address, a number or an id. By default no user yet.")
@click.option("--connects", is_flag=True, help="The link logs in as that user.")
def issue(action: str, email: str, data: str, uses: int, hours: float, who: str | None, connects: bool) -> None:
    """Create a link for an ACTION and an EMAIL, and print its URL. Nothing is mailed."""

    def rule(db: Db) -> str:
        lifetime, owner = timedelta(hours=hours), find(db, who) if who else None
        if owner:
            audit.record(db, owner, "link_made", SERVER.caller, f"{action} · {SERVER.name}")
        return links.issue(
            db,
            action,
            email=identifiers.email(email),
            valid_for=lifetime,
            user_id=owner,
            data=payload,
            uses=uses,
            connects=connects,
        )

    payload = _object(data)
    if connects and not who:
        raise click.UsageError("A link with --connects needs --user: the user that it logs in.")
    load_product()
    if action not in link_actions.known():
        raise click.UsageError(
            f"Action {action!r} does not exist; known actions: {', '.join(sorted(link_actions.known()))}. "
            "For the actions of your product, pass --app before the command."
        )
    make_ready()
    click.echo(do(rule))


def _object(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise click.UsageError("--data must be a JSON object, like '{\"points\": 3}'.")
    return value


@click.command()
@click.argument("email", nargs=-1, required=True)
def invite(email: tuple[str, ...]) -> None:
    """Mail invitations, which allow a sign-up even if sign-up is closed: to every EMAIL, or to none on an error."""

    def rule(db: Db) -> None:
        for address in email:
            waitlist.invite(db, SERVER, address)

    load_product()
    make_ready()
    do(rule)
    click.echo(f"Invited: {', '.join(email)}. The server sends the emails.")
