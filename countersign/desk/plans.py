"""Plans on the desk: which file is meant, over which days, and its participation report as a page."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from countersign import render
from countersign.desk.previews import day_of
from countersign.errors import UsageError
from countersign.evidence import write_whole
from countersign.tomlfile import parse_toml, read_bytes
from models.plan import Plan

if TYPE_CHECKING:
    from countersign.reporting import GoalLine, Participation
    from countersign.settings import Workspace

TEMPLATE = "pages/participation.html"
FOLDER = "plans"
RESTS_ON = (
    "Received: a micro-credential that reached the affiliate in the period, counted once however often it was sent.",
    "Proven: of those received, the ones that were verified. Recognized: of those proven, the ones for which at least one recognizer has "
    "granted something by the day of this report.",
    "Educators: those on the roster to whom a micro-credential that came in the period belongs, with the work they did on that day.",
    "Grade level, subject area and years of service are not recorded of anybody, so nothing is counted by them.",
)
"""What the figures mean."""


class Days(NamedTuple):
    """The first and the last day of a report; None where it is open."""

    first: date | None
    until: date | None


def read_plan(workspace: "Workspace", named: str) -> Plan:
    """The plan of that id, or in the file of that name or path; the only one in plans/ when `named` is empty.

    Raises UsageError when there is no such plan or more than one, and FileProblems with all that is wrong in its file.
    """
    folder = workspace.root / FOLDER
    paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if named.endswith(".toml"):
        return _read(_file(Path(named), folder))
    if not paths:
        raise UsageError(f"There is no plan in {folder}.", "Copy the sample demo-plan-1.toml into it, and change that.")
    if not named:
        if len(paths) > 1:
            raise UsageError(f"There are several plans: {_names(paths)}.", "Name one of them.")
        return _read(paths[0])
    plans = {path: _read(path) for path in paths if path.stem == named} or {path: _read(path) for path in paths}
    found = [plan for path, plan in plans.items() if named in (path.stem, plan.id)]
    if len(found) > 1:
        raise UsageError(f"Two plans have the id {named!r}.", "Name the file, as plans/first-year.toml.")
    if not found:
        ids = [plan.id for plan in plans.values()]
        near = get_close_matches(named, ids, 1)
        raise UsageError(
            f"There is no plan {named!r}{f'; did you mean {near[0]!r}?' if near else '.'}",
            f"There are: {', '.join(ids)}.",
        )
    return found[0]


def _file(path: Path, folder: Path) -> Path:
    """The file as named, or the one of that name in the folder of plans."""
    beside = folder / path.name
    return beside if not path.is_file() and path.name == str(path) and beside.is_file() else path


def _read(path: Path) -> Plan:
    return parse_toml(read_bytes(path), path.name, Plan, ("stack", "kind"))


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(path.stem for path in paths)


def days_of(plan: Plan, first: str, until: str) -> Days:
    """The days that the command names, else those of the plan. Raises UsageError when a day is none, or they are the wrong way round."""
    starts, ends = plan.days()
    days = Days(day_of(first) if first else starts, day_of(until) if until else ends)
    if days.first is not None and days.until is not None and days.until < days.first:
        raise UsageError(
            f"The last day, {days.until}, is before the first one, {days.first}.",
            f"The plan runs from {starts or 'a day it does not say'} to {ends or 'a day it does not say'}; say --from and --until.",
        )
    return days


def write_page(report: "Participation", workspace: "Workspace", file: Path) -> None:
    """The report as a page in a file, whole. Raises UsageError when there is a folder of that name, FileProblem when the template is
    wrong, and Outage when the disk does not take it."""
    if file.is_dir():
        raise UsageError(f"{file} is a folder.", "Name a file in it, as report.html.")
    write_whole(file, page(report, workspace).encode())


def page(report: "Participation", workspace: "Workspace") -> str:
    """The report as a page of HTML that needs nothing beside it."""
    from countersign import reporting

    made = report.made_at.astimezone(ZoneInfo(workspace.settings.time_zone))
    period = reporting.period_said(report.first, report.until)
    values = {
        "report": report,
        "title": f"{report.affiliate}: participation, {period}",
        "affiliate": report.affiliate,
        "today": made.date(),
        "heading": report.title or "Participation in micro-credentials",
        "what": f"Participation report, {period}",
        "quantity": reporting.quantity_said,
        "share": _share,
        "heads": {
            "stack": "Stack",
            "location": "Location",
            "role": "Kind of educator",
            "band": "Band",
            "month": "Month",
        },
        "assumptions": (*RESTS_ON, *([f"The plan: {report.plan}. {report.source}."] if report.source else [])),
    }
    return render.fill(workspace.template_folders, TEMPLATE, values)


def _share(goal: "GoalLine") -> int:
    """How much of a goal's target is reached, in whole percent, 100 at most."""
    if goal.reached is None or not goal.target:
        return 0
    return int(min(goal.reached / goal.target, Decimal(1)) * 100)
