"""Modules that are imported on first use: slow ones, and those of the extras (`pip install 'authapp[postgres]'`)."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from authapp.config import Settings


class Extra(NamedTuple):
    """An extra of the package: what needs it, and its top-level modules."""

    used_for: str
    modules: tuple[str, ...]


EXTRAS = {
    "postgres": Extra("PostgreSQL (DATABASE_URL)", ("psycopg",)),
    "twilio": Extra("Twilio (AUTHAPP_TEXT_SENDER)", ("twilio", "requests")),
    "providers": Extra("social login (AUTHAPP_PROVIDERS)", ("authlib", "joserfc")),
    "import": Extra("a bcrypt or Argon2 hash of an imported user", ("bcrypt", "argon2")),
    "avatars": Extra("a profile picture", ("PIL",)),
}


class MissingExtra(ImportError):
    """Raised when the packages of an extra are needed and not installed. The text says what to install."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{EXTRAS[name].used_for} needs packages that are not installed: pip install 'authapp[{name}]'"
        )


def installed(name: str) -> bool:
    """Return whether the packages of an extra are installed."""
    return all(find_spec(module) for module in EXTRAS[name].modules)


def require(name: str) -> None:
    """Raise `MissingExtra` if the packages of an extra are not installed."""
    if not installed(name):
        raise MissingExtra(name)


def required(conf: "Settings") -> Iterator[str]:
    """Yield the extras that the settings require."""
    if not conf.sqlite:
        yield "postgres"
    if conf.text_sender == "twilio":
        yield "twilio"
    if conf.providers:
        yield "providers"


class _Lazy(ModuleType):
    """Stands for a module until its first use, and then passes every access on to it."""

    def __init__(self, name: str, extra: str) -> None:
        super().__init__(name)
        self._extra = extra
        self._module: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by tools that look at every module
            raise AttributeError(name)
        return getattr(self._module or self._load(), name)

    def _load(self) -> Any:
        try:
            self._module = module = import_module(self.__name__)
        except ModuleNotFoundError as error:
            if not self._extra or installed(self._extra):
                raise
            raise MissingExtra(self._extra) from error
        return module


_modules: list[_Lazy] = []


def lazy(name: str, extra: str = "") -> Any:
    """Return a module that is imported on first use.

    Args:
        name: the full name of the module.
        extra: the extra that installs it, if it is not always installed.

    Raises:
        MissingExtra: on first use, if the extra is not installed.
    """
    module = _Lazy(name, extra)
    _modules.append(module)
    return module


def load() -> None:
    """Import every lazy module that is installed. A server does this before it listens, so that no request waits."""
    for module in _modules:
        if not module._extra or installed(module._extra):
            module._load()
