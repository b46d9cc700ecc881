"""Reads the settings once, from the environment and `.env`, and says in a sentence what is wrong with them."""

import os
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError

from authapp.config.fields import Settings, variable
from authapp.config.provider_entry import ProviderSettings


class BadSettings(SystemExit):
    """Raised when a setting is missing or wrong; the text names it. Ends the start with exit status 1."""


_suggested: dict[str, Any] = {}


def suggest(**values: str) -> None:
    """Set defaults from the app, for settings that the environment does not have. Empty values are ignored."""
    _suggested.clear()
    _suggested.update({name: value for name, value in values.items() if value})
    settings.cache_clear()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process.

    Raises:
        BadSettings: a setting is wrong. The text names it and says what it must be, but never repeats its value.
    """
    try:
        _check_names()
        return Settings(**_suggested)
    except ValidationError as error:
        raise BadSettings("\n".join(_sentences(error))) from None


def _check_names() -> None:
    """Refuse variables that look like settings but are not: with a typo, the default would stay in force.

    Raises:
        BadSettings: there is such a variable. The text suggests the setting with the closest name.
    """
    names = {variable(name) for name in Settings.model_fields}
    file = Settings.model_config.get("env_file")
    in_file = dotenv_values(file) if isinstance(file, str) else {}
    unknown = sorted({name for name in map(str.upper, (*os.environ, *in_file)) if name.startswith("AUTHAPP_")} - names)
    if unknown:
        raise BadSettings("\n".join(f"authapp cannot start: {_unknown(name, names)}" for name in unknown))


def _unknown(name: str, names: set[str]) -> str:
    matches = get_close_matches(name, names, n=1)
    return f"{name} is not a setting" + (f"; did you mean {matches[0]}?" if matches else "")


def _sentences(invalid: ValidationError) -> list[str]:
    lines = []
    for error in invalid.errors(include_input=False, include_url=False):
        place = str(error["loc"][0]) if error["loc"] else ""
        name = variable(place) if place in Settings.model_fields else place
        message = error["msg"].removeprefix("Value error, ")
        lines.append(f"authapp cannot start: {name} {_inside(error['loc'][1:])}{message}".replace("  ", " "))
    return lines


def _inside(place: tuple[int | str, ...]) -> str:
    """Describe a place in a list of objects: `entry 2, client_id: `. Leaves out unknown names: they may be secrets."""
    parts = [f"entry {part + 1}" if isinstance(part, int) else part for part in place]
    return ", ".join(part for part in parts if part.startswith("entry ") or part in ProviderSettings.model_fields) + (
        ": " if place else ""
    )
