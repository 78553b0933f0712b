"""The demonstration workspace in a folder of its own, and one Prefect test server for the whole session."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness

from countersign import clock, matching
from countersign.settings import PROGRAM, Workspace, open_workspace
from countersign.store import Store, open_store


@pytest.fixture(scope="package", autouse=True)
def november() -> Iterator[None]:
    """The time goes on, but from November 21, 2026: what the evening comes to depends on the contract's years."""
    began, start = datetime.now(UTC), datetime(2026, 11, 21, 12, tzinfo=UTC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: (start + (datetime.now(UTC) - began)).replace(microsecond=0))
        yield


@pytest.fixture(scope="session")
def prefect() -> Iterator[None]:
    """Prefect's own test server, started once."""
    with prefect_test_harness(server_startup_timeout=90):
        yield


@dataclass(frozen=True, slots=True)
class Demo:
    """A workspace and its store."""

    workspace: Workspace
    store: Store

    @property
    def root(self) -> str:
        return str(self.workspace.root)


def copy_of_demo(folder: Path) -> Demo:
    """The repository's own workspace as a fresh clone has it, with roster and pre-approvals imported."""
    for name in ("agreements", "inbox", "sample"):
        shutil.copytree(PROGRAM / name, folder / name)
    for name in ("countersign.toml", "issuers.toml"):
        shutil.copyfile(PROGRAM / name, folder / name)
    (folder / "outbox").mkdir()
    workspace = open_workspace(folder)
    store = open_store(workspace)
    matching.import_roster(store, folder / "sample" / "roster.csv", clock.now(), "test")
    matching.import_preapprovals(store, folder / "sample" / "preapprovals.csv", "CUSD 200", clock.now(), "test")
    return Demo(workspace, store)


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.delenv("COUNTERSIGN_DATABASE_URL", raising=False)
    made = copy_of_demo(tmp_path / "demo")
    yield made
    made.store.engine.dispose()
