"""Entry point of `python -m authapp`."""

from authapp.commands import commands

commands(prog_name="python -m authapp")
