"""CLI `python -m authapp …`: commands for the operator of a product. They start without loading Reflex."""

import click

from authapp.commands.belonging import group
from authapp.commands.check import check
from authapp.commands.importing import import_people
from authapp.commands.links import invite, link
from authapp.commands.running import plainly, require_product
from authapp.commands.secret import secret
from authapp.commands.sessions import session
from authapp.commands.users import user


class Plainly(click.Group):
    """Command group that ends with a message and exit status 1 when a rule refuses or the database fails."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with plainly():
            return super().invoke(ctx)


@click.group(cls=Plainly, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--app",
    metavar="MODULE",
    help="Module of your product, like shop.shop, for its hooks and links. By default the app of rxconfig.py.",
)
def commands(app: str | None) -> None:
    """Manage the accounts of a product.

    Run it where the app runs: it reads the settings like the server, from the environment and .env. Every change to an
    account is in its audit log, as done on the server.

    Exit status: 0 done, 1 failed, 2 wrong usage. The help of a command lists more, where it has more.
    """
    require_product(app or "")


for command in (user, group, session, link, invite, import_people, secret, check):
    commands.add_command(command)
