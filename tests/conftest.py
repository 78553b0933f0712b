"""Fixtures every room's tests share: a workspace in a new folder, its store, and the same store on PostgreSQL."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from countersign.settings import Workspace, open_workspace
from countersign.store import Store, open_store
from tests.servers import Dovecot, PostgreSQL, server_folder

os.environ |= {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "DO_NOT_TRACK": "1",
}
# before Prefect is imported: its last words would come when pytest has closed the output, and 20 seconds, its own patience
# with its server, are too few where all cores are at work (`countersign` sets more, too late in a process that has Prefect)

NOW = datetime(2026, 10, 2, 6, 0, tzinfo=UTC)
"""The night of the tests: October 2, 2026, one o'clock in the morning in Chicago."""

SETTINGS = """
time_zone = "America/New_York"

[affiliate]
name = "Demo Education Association"
address = ["10 Main Street", "Montpelier, VT 05601"]
email = "credentials@demo-ea.example"
check_url = "https://check.demo-ea.example/c/"

[[signatories]]
name = "Robin Sample"
title = "Director of Professional Learning"
from = 2020-01-01

[mail]
sender = "Countersign <credentials@demo-ea.example>"
staff = "staff@demo-ea.example"
"""


LONGEST = ("test_afterwards.py", "test_nightly.py", "test_before_payment.py", "test_schedule.py", "test_turns.py")
"""The flows' files that take half a minute and more, the longest first: then no process of a parallel run waits long for
another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What hypothesis draws first, the flows last: threads of servers and of Prefect outlive their tests and use `random`,
    which hypothesis rightly objects to. `make test` hands out the files by where they first stand in this order, so that
    in each of its processes, too, no such file comes after one of the flows."""

    def place(item: pytest.Item) -> tuple[bool, int, bool]:
        drawn = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        flow, name = "flows" in item.path.parts, item.path.name
        return flow, LONGEST.index(name) if flow and name in LONGEST else len(LONGEST), not drawn

    items.sort(key=place)


@pytest.fixture
def now() -> datetime:
    return NOW


MakeWorkspace = Callable[..., Workspace]


@pytest.fixture
def make_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeWorkspace:
    """`make_workspace(extra_toml)`: a workspace folder with the settings above and `extra_toml` behind them."""
    for name in ("COUNTERSIGN_DATABASE_URL", "COUNTERSIGN_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)

    def make(extra: str = "") -> Workspace:
        root = tmp_path / "workspace"
        for folder in ("inbox", "outbox", "agreements", "var"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "countersign.toml").write_text(SETTINGS + extra, encoding="utf-8")
        (root / "issuers.toml").touch()
        return open_workspace(root)

    return make


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace()


def migrated(folder: Path, url: str = "") -> str:
    """The URL of a database as the migrations make it: the one at `url`, or SQLite in `folder`."""
    (folder / "countersign.toml").write_text(SETTINGS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTERSIGN_DATABASE_URL", url)
        workspace = open_workspace(folder)
        open_store(workspace).engine.dispose()
        return workspace.database_url


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, to be copied: that takes a small part of the time that the migrations take."""
    return file_of(migrated(tmp_path_factory.mktemp("new_sqlite")))


@pytest.fixture
def store(workspace: Workspace, new_sqlite: Path) -> Iterator[Store]:
    """The workspace's store on SQLite."""
    shutil.copyfile(new_sqlite, file_of(workspace.database_url))
    opened = open_store(workspace)
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A private PostgreSQL server on a socket of its own; `fresh_database()` gives the URL of an empty database."""
    with PostgreSQL(server_folder("postgresql")) as server:
        yield server


@pytest.fixture(scope="session")
def new_postgresql(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same on PostgreSQL, as its URL."""
    return migrated(tmp_path_factory.mktemp("new_postgresql"), postgresql.fresh_database())


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A private Dovecot on loopback; `new_user()` gives a user with an empty mailbox."""
    with Dovecot(server_folder("dovecot")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store on SQLite and again on PostgreSQL: for tests of what the database itself must hold."""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", server.copy_of(request.getfixturevalue("new_postgresql")))
    else:
        shutil.copyfile(request.getfixturevalue("new_sqlite"), file_of(workspace.database_url))
    opened = open_store(workspace)
    yield opened
    opened.engine.dispose()
