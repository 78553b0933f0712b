"""The monthly batch: HR's packages of every district, for one month or for every month that is due."""

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from countersign import clock, reporting
from flows.house import enter, house, tell


@task(cache_policy=NO_CACHE, persist_result=False)
def close_month(root: str, month: str) -> int:
    """Close one month for every district; returns how many packages there are. What was closed before stays as it is."""
    rooms = house(root)
    rooms.held.renew()
    try:
        packages = reporting.close_month(rooms.store, rooms.workspace, rooms.rules, month, clock.now())
    except reporting.PackagesIncomplete as incomplete:
        rooms.packages.extend(incomplete.summaries)  # the other districts' packages are closed and stay so
        raise
    rooms.packages.extend(packages)
    return len(packages)


@flow(name="monthly", log_prints=False, persist_result=False)
def monthly(workspace: str | None = None, month: str | None = None) -> None:
    """Close `month` ("2026-11"); without one, every month that is over and not closed yet, so that none is missed."""
    root, rooms = enter(workspace)
    with rooms.store.lease("monthly") as held:
        rooms.hold(held)
        months = [month] if month else reporting.months_due(rooms.store, rooms.rules, clock.now())
        closed: list[dict[str, int | str]] = []
        for number, each in enumerate(months):
            tell("closing months", number, len(months))
            closed.append({"month": each, "packages": close_month(root, each)})
        create_table_artifact(key="monthly-packages", table=closed, description="HR packages closed by this run.")
