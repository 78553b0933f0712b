"""Run a flow once, here and now, with its progress on the terminal. Prefect is only imported by what is in this file."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.desk.doctor import places_to_fill
from countersign.errors import Busy, CountersignError, LeaseTaken, Outage, UsageError
from countersign.reporting import PackagesIncomplete, PackageSummary
from countersign.settings import Workspace, open_workspace
from countersign.tally import Tally

if TYPE_CHECKING:
    from countersign.desk.queue import Item
    from countersign.store import Store


def run_nightly(folder: Path | None, *, show: bool) -> tuple[Tally, bool]:
    """The nightly flow once. Returns its summary, and False when something outside did not answer.

    Raises what broke a step, with its own sentence.
    """
    workspace = open_workspace(folder)
    _prepare(workspace)
    from flows.house import house
    from flows.nightly import nightly
    from flows.steps import LedgerIncomplete, StepFailed

    root = str(workspace.root)
    try:
        with _progress(show), _prefect():
            nightly(root)
    except StepFailed:
        raise house(root).failures[-1] from None
    except LedgerIncomplete:
        pass  # the summary says it, and needs attention
    except Outage as outage:
        if isinstance(outage, LeaseTaken | Busy) or not house(root).tallies:
            raise
    rooms = house(root)
    return replace(rooms.tallies[-1], problems=(*rooms.refused, *rooms.problems)), not rooms.problems


def run_monthly(
    folder: Path | None, month: str, dry_run: bool, *, show: bool
) -> "tuple[list[PackageSummary], list[Item], CountersignError | None]":
    """The monthly flow once for `month`: what was closed, what it opened in the review queue, and what kept a district's package
    from being closed.

    With `dry_run` nothing is written and no flow is started.
    """
    workspace = open_workspace(folder)
    if dry_run:
        from countersign import clock, recognition, reporting
        from countersign.store import open_store

        rules = recognition.load_rules(workspace.agreements)
        store = open_store(workspace)
        return reporting.close_month(store, workspace, rules, month, clock.now(), dry_run=True), [], None
    _prepare(workspace)
    from countersign.desk.queue import open_items
    from countersign.store import open_store
    from flows.house import house
    from flows.monthly import monthly
    from flows.steps import StepFailed

    root, problem = str(workspace.root), None
    store = open_store(workspace)
    newest = _newest_item(store)
    try:
        with _progress(show), _prefect():
            monthly(root, month)
    except StepFailed:
        failure = house(root).failures[-1]
        if not isinstance(failure, PackagesIncomplete):
            raise failure from None
        problem = failure
    return house(root).packages, [item for item in open_items(store) if item.number > newest], problem


def _newest_item(store: "Store") -> int:
    """The number of the review queue's newest item, open or closed; 0 when there was none yet."""
    from sqlmodel import func, select

    from models.tables import ReviewItem

    with store.reading() as session:
        return session.exec(select(func.max(ReviewItem.id))).one() or 0


def run_schedule(folder: Path | None) -> None:
    """Serve the schedules until interrupted."""
    workspace = open_workspace(folder)
    _prepare(workspace, level="INFO")
    from flows.schedule import serve_schedules

    serve_schedules(workspace.root)


def _prepare(workspace: Workspace, level: str = "CRITICAL") -> None:
    """Keep Prefect inside the workspace and silent to the outside, unless the operator has set it up otherwise.

    Raises UsageError when the settings still have places to fill in: papers and mails would go out with them.
    """
    blank = next(places_to_fill(workspace), None)
    if blank is not None:
        raise UsageError(
            f"{blank}. Nothing was begun.", "Fill it in. All of these, and what else is needed: countersign doctor"
        )
    home = workspace.var / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    defaults = {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": level,
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


@contextmanager
def _prefect() -> Generator[None, None, None]:
    """Prefect's own server that does not come up is an outage, with a sentence."""
    try:
        yield
    except RuntimeError as error:
        if "API server" not in str(error):
            raise
        raise Outage(
            "Prefect's server did not start in time; nothing was begun.",
            "Repeat when the machine is less busy, or set PREFECT_API_URL to a Prefect server of yours.",
        ) from error


@contextmanager
def _progress(show: bool) -> Generator[None, None, None]:
    """A line on stderr that says what is being done; nothing when stderr is no terminal."""
    if not show or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    from flows.house import listen

    with Console(stderr=True, emoji=False).status("starting …") as status:
        stop = listen(
            lambda stage, done, of: status.update(f"{stage} … {done:,} of {of:,}" if of > 1 else f"{stage} …")
        )
        try:
            yield
        finally:
            stop()
