"""CLI `python -m authapp …`: commands for the operator of a product. They start without loading Reflex."""

from importlib import import_module

import click

# The module, the function and the summary of each command: a module is imported when its command runs.
COMMANDS = {
    "check": ("check", "check", "Check the installation: settings, database, keys, mail, administrators."),
    "group": ("groups", "group", "Create and list groups, and add users to them."),
    "import": ("importing", "import_people", "Import users from another system, with their passwords."),
    "invite": ("links", "invite", "Mail invitations, which allow a sign-up even if sign-up is closed."),
    "link": ("links", "link", "Action links: URLs that do one thing for their recipient."),
    "secret": (
        "secret",
        "secret",
        "The server key, which encrypts password records.",
    ),
    "session": ("sessions", "session", "List and end the sessions of a user."),
    "user": ("users", "user", "Create, list, disable, enable and close accounts."),
}


class Commands(click.Group):
    """Command group that imports a command on use, and reports a refusal or a database error with exit status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"authapp.commands.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        from authapp.commands.running import plainly

        with plainly():
            return super().invoke(ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
    from authapp.commands.running import require_product

    require_product(app or "")
