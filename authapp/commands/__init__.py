"""The commands `python -m authapp …`: the rules, for whoever runs the product. They need no Reflex to start."""

import click

from authapp.commands.importing import import_people


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--app", metavar="MODULE", help="Your product, like shop.shop, for its hooks and links; else as rxconfig.py says."
)
def commands(app: str | None) -> None:
    """Look after the accounts of a product. Settings are read as the server reads them: environment and .env.

    Run it where the app runs. Exit status: 0 done, 1 it could not be done, 2 wrong usage; the commands say more.
    """


commands.add_command(import_people)
