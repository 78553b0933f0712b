"""The monthly batch: HR's packages of every district, for one month or for every month that is due.

Before a month is closed, every micro-credential that its packages would pay for, and every other for which something was granted
in the month, is looked up again; what is in doubt then stays out of the packages. In a house without districts that is all there
is to a month. It and the nightly batch take turns, so that
none closes a doubt that the other opens: while one runs, the other is refused with a sentence, except that the monthly batch of
the schedule waits for the night to end.
"""

from datetime import datetime, timedelta

from prefect import flow
from prefect.artifacts import create_table_artifact

from countersign import clock, reporting
from countersign.errors import Outage
from flows.house import enter, house, lease, tell
from flows.steps import each, note_districts_told, recheck, step
from models.words import Recheck

PATIENCE = timedelta(hours=6)
"""How long the monthly batch of the schedule waits for the nightly one."""

LOOKS = 3
"""How often a month's micro-credentials are looked up when somebody keeps changing the registry of issuers meanwhile."""


@step
def close_month(root: str, month: str, rechecked: dict[int, Recheck], now: datetime) -> None:
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
    with lease(rooms, "monthly", "monthly", timedelta()), lease(rooms, "nightly", "monthly", _patience(month)):
        now = clock.now()
        months = reporting.months_due(rooms.store, rooms.rules, now) if month is None else [month]
        closed: list[dict[str, int | str]] = []
        for number, one in enumerate(months):
            reporting.check_closable(rooms.store, rooms.workspace, rooms.rules, one, now)
            found = _looked_up(root, one)
            tell("closing months", number, len(months))
            before = len(rooms.packages)
            close_month(root, one, found, clock.now())
            note_districts_told(root, clock.now())
            closed.append({"month": one, "packages": len(rooms.packages) - before, "examined again": len(found)})
        create_table_artifact(key="monthly-packages", table=closed, description="HR packages closed by this run.")


def _patience(month: str | None) -> timedelta:
    """A person who closes a month is told at once that the night is under way."""
    return PATIENCE if month is None else timedelta()


def _looked_up(root: str, month: str) -> dict[int, Recheck]:
    """The cases that the month would pay for or that were granted something in it, all looked up under the registry of issuers as
    it is now, with what that came to. Raises Outage."""
    rooms = house(root)
    for _ in range(LOOKS):
        paid = reporting.cases_about_to_be_paid(rooms.store, rooms.rules, month)
        ids = {*paid, *reporting.cases_granted_in(rooms.store, rooms.rules, month)}
        given = each(root, "looking again", recheck, sorted(ids), clock.now())
        if rooms.has_present_registry():
            return {case: came for chunk in given for case, came in chunk.items()}
    raise Outage(
        f"issuers.toml changed {LOOKS} times while {month} was being looked up, so what it pays for is not certain.",
        "Nothing of that month was closed. Repeat when nobody changes the registry.",
    )
