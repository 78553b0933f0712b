"""What a closing has brought about, as reporting's tests look at it: rows, folders, packages; and the moments of closing."""

from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from countersign.reporting import PackageSummary
from countersign.reporting.sheets import read_csv
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Package

NOVEMBER = datetime(2026, 11, 1, 6, tzinfo=UTC)
"""November 1, 2026, one o'clock in the morning in Chicago."""
DECEMBER = datetime(2026, 12, 1, 7, tzinfo=UTC)
OCTOBER_PATH = "outbox/hr/cusd-200/2026-10"
FILES = {
    "cover.pdf",
    "compensation.xlsx",
    "compensation.csv",
    "pd_hours.csv",
    "adjustments.csv",
    "held.csv",
    "manifest.json",
}

Rows = list[dict[str, str]]


def rows(workspace: Workspace, file: str, path: str = OCTOBER_PATH) -> Rows:
    return read_csv((workspace.root / path / file).read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def one(summaries: list[PackageSummary]) -> PackageSummary:
    (summary,) = summaries
    return summary


def packages(store: Store) -> list[Package]:
    with store.reading() as session:
        return list(session.exec(select(Package)).all())
