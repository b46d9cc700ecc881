"""What `python -m authapp` runs."""

from authapp.commands import commands

commands(prog_name="python -m authapp")
