"""Basis of every test: a fixed environment, both databases, a clock that tests can move, and two users."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from authapp import migrations
from authapp.config import Settings
from authapp.testing import Clock, Configure, clock, db, forget
from tests.kit import users
from tests.kit.processes.postgres import Cluster
from tests.kit.tables import OUR_TABLES

HERE = Path(__file__).parent
# Our tests use the fixtures of the public test kit, too.
__all__ = ["OUR_TABLES", "Clock", "Configure", "clock", "db", "forget"]

# Remove every setting of the product that the shell has; nothing reads the environment before the first test.
for name in [name for name in os.environ if name.startswith("AUTHAPP_") or name in ("DATABASE_URL", "PORT")]:
    del os.environ[name]
os.environ["AUTHAPP_PASSWORD_ROUNDS"] = "4096"
os.environ["AUTHAPP_PROOF_OF_WORK"] = "0"  # tests of it turn it on
os.environ["AUTHAPP_SECRET_KEY"] = "a key of the tests that everybody knows"
Settings.model_config["env_file"] = None  # a developer's own `.env` is not part of any test


# Servers or browsers that the tests of a folder need. Other tests need a database at most.
NEEDS = {"stories": "browser", "attacks": "server", "api": "server", "client": "server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of our tests."""
    parser.addoption("--people", type=int, default=10_000, help="how many people the large import brings over")
    parser.addoption("--examples", type=int, default=8, help="how many calls are drawn from the form of each API call")


@pytest.hookimpl(tryfirst=True)  # before pytest selects tests by their markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they need, and order them for two processes.

    The tests of a module run in one process, which starts the module's servers once. Long tests come first: those
    with a browser, those with servers, modules with slow tests, and modules with many tests. So both processes end at
    about the same time.
    """
    for item in items:
        if need := NEEDS.get(_folder(item)):
            item.add_marker(need)
        if getattr(item, "callspec", None) and item.callspec.params.get("kind") == "postgresql":
            item.add_marker("postgres")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    sizes = Counter(item.path for item in items)
    stages = list(NEEDS)

    def turn(item: pytest.Item) -> tuple[int, bool, int, Path]:
        stage = stages.index(_folder(item)) if _folder(item) in NEEDS else len(stages)
        return stage, item.path not in slow, -sizes[item.path], item.path

    items.sort(key=turn)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Return a function that changes the environment, as if the process had started so. None removes a variable."""

    def change(**variables: object) -> None:
        for variable, value in variables.items():
            if value is None:
                monkeypatch.delenv(variable, raising=False)
            else:
                monkeypatch.setenv(variable, str(value))
        forget()

    yield change
    forget()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of database; each test that uses a database runs on both kinds."""
    return str(request.param)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "authapp.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(cluster: Cluster) -> str:
    url = cluster.create()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        forget()
        migrations.apply()
        forget()


@pytest.fixture
def empty_database(kind: str, configure: Configure, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Create a database without tables and return its URL."""
    url = f"sqlite:///{tmp_path}/authapp.db" if kind == "sqlite" else request.getfixturevalue("cluster").create()
    configure(DATABASE_URL=url)
    return url


@pytest.fixture(scope="session")
def sqlite_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of every test's SQLite database. With one path, tests share an engine and its statements."""
    return tmp_path_factory.mktemp("sqlite") / "database"


@pytest.fixture
def database(kind: str, configure: Configure, request: pytest.FixtureRequest) -> str:
    """Create a database with all tables and no rows, and return its URL."""
    if kind == "sqlite":
        folder = request.getfixturevalue("sqlite_folder")
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_sqlite'), folder / 'authapp.db')}"
    else:
        url = request.getfixturevalue("migrated_postgresql")
        request.getfixturevalue("cluster").wipe(url, [table for table in OUR_TABLES if table != "auth_database_key"])
    configure(DATABASE_URL=url)
    return url


@pytest.fixture
def alice(database: str) -> users.Person:
    """Return Alice: signed up and confirmed, with a password, and logged in with one browser."""
    return users.join("alice@example.com", first_name="Alice", last_name="Liddell")


@pytest.fixture
def bob(database: str) -> users.Person:
    return users.join("bob@example.com", first_name="Bob", last_name="Dylan")
