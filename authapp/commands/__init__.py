"""The commands `python -m authapp …`: the rules, for whoever runs the product. They need no Reflex to start."""

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
    """Whatever a rule refuses, or a database fails at, ends a command with a sentence and exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with plainly():
            return super().invoke(ctx)


@click.group(cls=Plainly, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--app", metavar="MODULE", help="Your product, like shop.shop, for its hooks and links; else as rxconfig.py says."
)
def commands(app: str | None) -> None:
    """Look after the accounts of a product.

    Run it where the app runs: settings are read as the server reads them, from the environment and .env. Whatever
    happens to an account is in its history, as done on the server.

    Exit status: 0 done, 1 it could not be done, 2 wrong usage; the help of a command says where there are more.
    """
    require_product(app or "")


for command in (user, group, session, link, invite, import_people, secret, check):
    commands.add_command(command)
