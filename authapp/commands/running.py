"""Shared parts of the commands: load the product, prepare the database, find users, report errors in plain words."""

import ast
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import click
from sqlalchemy.exc import SQLAlchemyError

from authapp import migrations
from authapp.config import settings
from authapp.core import Db
from authapp.core.authorization.actors import SERVER
from authapp.core.base import identifiers
from authapp.core.base.errors import BadInput, Refusal, where
from authapp.db import transaction
from authapp.extras import MissingExtra

P = ParamSpec("P")
R = TypeVar("R")
_NO_PRODUCT = ("none", "")


@contextmanager
def plainly() -> Iterator[None]:
    """End the command with a message when a rule refuses or the database fails."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from None
    except MissingExtra as error:
        raise click.ClickException(f"{error}.") from None
    except SQLAlchemyError as error:
        raise click.ClickException(f"The database refused: {trouble(error)}") from None


def trouble(error: SQLAlchemyError) -> str:
    """Describe a database error in words, without values."""
    cause = getattr(error, "orig", None)
    lines = str(cause or type(error).__name__).strip().splitlines()
    return lines[0] if lines else type(cause or error).__name__


def do(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run one rule in its own transaction."""
    with transaction() as db:
        return rule(db, *args, **kwargs)


def make_ready(*, makes_file: bool = False) -> None:
    """Bring the tables up to date, as the server does when it starts.

    Args:
        makes_file: whether to create a missing SQLite file. Otherwise a missing file means the wrong folder.
    """
    conf = settings()
    if conf.sqlite and not makes_file and not database_file().exists():
        raise click.ClickException(
            f"Database {database_file()} does not exist. Run this command where the app runs, or set DATABASE_URL. "
            "“user create” and “import” create a new database."
        )
    with plainly():
        migrations.apply()


def database_file() -> Path:
    """Return the file of a SQLite database."""
    return Path(settings().database_url.removeprefix("sqlite:///"))


def load_product() -> None:
    """Import the product for its hooks, links and theme: the module of `--app`, else the one in `rxconfig.py`."""
    context = click.get_current_context()
    option: str | None = context.find_root().params.get("app")
    module = _module(option) if option else _product_of_rxconfig(Path("rxconfig.py"))
    if module in (*_NO_PRODUCT, "authapp.authapp"):
        return
    _look_here()
    try:
        importlib.import_module(module)
    except Exception as error:
        raise click.ClickException(
            f"The product {module} cannot be imported: {where(error)}: {error}\nPass another module with --app, "
            "before the command. “--app none” runs without the product's hooks and links."
        ) from None


def require_product(named: str) -> None:
    """Refuse a module that does not exist, even if the command does not need it: the name may be a typo.

    Raises:
        UsageError: the module does not exist.
    """
    module = _module(named)
    if module in _NO_PRODUCT:
        return
    _look_here()
    try:
        exists = importlib.util.find_spec(module) is not None
    except Exception as error:  # a parent package exists but fails; its import reports that later
        exists = not (isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."))
    if not exists:
        raise click.UsageError(f"Module {module} does not exist. Pass --app with a module like shop.shop, or “none”.")


def _look_here() -> None:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))


def _module(name: str) -> str:
    return name.partition(":")[0]


def _product_of_rxconfig(path: Path) -> str:
    """Return the module of the app. The file is parsed and not run, because running it would load Reflex."""
    if not path.exists():
        return ""
    values: dict[str | None, object] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            values[node.arg] = node.value.value
    app_name = str(values.get("app_name", ""))
    return str(values.get("app_module_import") or (app_name and f"{app_name}.{app_name}"))


def find(db: Db, who: str) -> UUID:
    """Return the user id for an id, an email address or a phone number.

    Raises:
        BadInput: there is no such user.
    """
    try:
        return UUID(who)
    except ValueError:
        owner = identifiers.owner(db, identifiers.lookup(who, SERVER.caller))
    if owner is None:
        raise BadInput("No user has this address, number or id.")
    return owner


def naming(db: Db, who: str, rule: Callable[..., object]) -> str:
    """Run a rule on the account of a user. Return an identifier of the user for the output."""
    user_id = find(db, who)
    rule(db, SERVER, user_id)
    return next(iter(identifiers.login_identifiers(db, user_id)), str(user_id))


def as_json(values: dict[str, Any]) -> str:
    """Return one line of JSON."""
    return json.dumps(values, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
