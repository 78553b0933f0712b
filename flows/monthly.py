"""The monthly batch: HR's packages of every district, for one month or for every month that is due.

Before a month is closed, every micro-credential that its packages would pay for is looked up again; what is in doubt then
stays out of them.
"""

from datetime import datetime

from prefect import flow
from prefect.artifacts import create_table_artifact

from countersign import clock, reporting
from flows.house import enter, house, tell
from flows.steps import each, recheck, step


@step
def close_month(root: str, month: str, rechecked: list[int], now: datetime) -> None:
    """Close one month for every district. What was closed before stays as it is; the districts whose packages are in order
    are closed even when another's cannot be."""
    rooms = house(root)
    try:
        packages = reporting.close_month(rooms.store, rooms.workspace, rooms.rules, month, now, rechecked=rechecked)
    except reporting.PackagesIncomplete as incomplete:
        rooms.packages.extend(incomplete.summaries)
        raise
    rooms.packages.extend(packages)


@flow(name="monthly", log_prints=False, persist_result=False)
def monthly(workspace: str | None = None, month: str | None = None) -> None:
    """Close `month` ("2026-11"); without one, every month that is over and not closed yet, so that none is missed."""
    root, rooms = enter(workspace)
    with rooms.store.lease("monthly") as held:
        rooms.hold(held)
        now = clock.now()
        months = [month] if month else reporting.months_due(rooms.store, rooms.rules, now)
        closed: list[dict[str, int | str]] = []
        for number, one in enumerate(months):
            ids = reporting.cases_about_to_be_paid(rooms.store, rooms.rules, one)
            each(root, "looking again", recheck, ids, now)
            tell("closing months", number, len(months))
            before = len(rooms.packages)
            close_month(root, one, ids, clock.now())
            closed.append({"month": one, "packages": len(rooms.packages) - before, "looked up again": len(ids)})
        create_table_artifact(key="monthly-packages", table=closed, description="HR packages closed by this run.")
