"""Simulations and projections on the desk: what was typed is read, they are made, and their pages are kept."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from countersign import clock, recognition, render
from countersign.commandline import opened_store
from countersign.errors import UsageError
from countersign.evidence import write_whole
from countersign.recognition import Plan, Projection, Simulation
from countersign.settings import Workspace
from models.agreement import Rules
from models.records import Span
from models.words import Currency

FARTHEST = timedelta(days=20 * 366)
"""How far ahead a projection may look."""


@dataclass(frozen=True, slots=True)
class Projected:
    """All projections, with what they assume. `waiting` is how many credentials that have come are in no figure yet."""

    plan: Plan
    projections: tuple[Projection, ...]
    waiting: int
    assumptions: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "first_pass": self.plan.first_pass,
            "assumptions": self.assumptions,
            "not_proven_or_matched_yet": self.waiting,
            "agreements": [
                asdict(p) | {"years": [asdict(y) | {"left": y.left} for y in p.years]} for p in self.projections
            ],
        }


# ---------------------------------------------------------------- what was typed


def span_of(text: str) -> Span:
    """`2024-07-01..2025-06-30`, both days included. Raises UsageError."""
    first, dots, last = text.partition("..")
    if not dots:
        raise UsageError(f"{text!r} is not a span of days.", "Write it as 2024-07-01..2025-06-30.")
    span = Span(day_of(first), day_of(last))
    if span.ends is not None and span.ends < span.starts:
        raise UsageError(f"{text}: the span ends before it begins.", f"Write it as {last}..{first}.")
    return span


def day_of(text: str) -> date:
    """`2025-06-30`. Raises UsageError."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(f"{text!r} is not a day.", "Write it as 2025-06-30.")


def part_of(text: str) -> Decimal:
    """A part of all from 0 to 1, such as 0.4. Raises UsageError."""
    if re.fullmatch(r"0(\.\d{1,6})?|1(\.0{1,6})?", text, re.ASCII):
        return Decimal(text)
    raise UsageError(
        f"{text!r} is not a pass rate.", "Write the part that passes, from 0 to 1, such as 0.4 for 40 percent."
    )


def budgets_of(texts: Sequence[str], rules: Sequence[Rules]) -> dict[str, Decimal]:
    """Budgets by agreement, from `12000` where only one agreement pays, or `il-cusd200=12000`. Raises UsageError."""
    ids = sorted({r.terms.id for r in rules})
    paying = sorted({r.terms.id for r in rules for g in r.terms.grants if g.currency is Currency.pay})
    found: dict[str, Decimal] = {}
    for text in texts:
        name, given, figure = text.rpartition("=")
        if not re.fullmatch(r"\$?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?", figure, re.ASCII):
            raise UsageError(
                f"{text!r} is not a budget.",
                "Write an amount for one year, such as 12000, or whose it is: il-cusd200=12000.",
            )
        if given and name not in ids:
            raise UsageError(f"There is no agreement {name!r}.", f"Agreements: {', '.join(ids) or 'none'}.")
        if not given and len(paying) != 1:
            some = f"{len(paying)} agreements give pay" if paying else "no agreement gives pay"
            example = f"Say whose it is, as {paying[0]}={figure}." if paying else "Leave it out."
            raise UsageError(f"{text}: {some}, so it is not clear whose budget this is.", example)
        whose = name if given else paying[0]
        if whose in found:
            raise UsageError(f"{whose} is given two budgets.", "Give one for each agreement.")
        found[whose] = Decimal(figure.replace(",", "").removeprefix("$"))
    return found


# ---------------------------------------------------------------- making them


def simulate(folder: Path | None, new: Path, over: str, names: bool, listed: int) -> tuple[Workspace, Simulation]:
    """The comparison of the agreements in force with those in which `new` has its place. Raises UsageError, FileProblems, Outage."""
    span = span_of(over)
    workspace, store = opened_store(folder)
    if new.resolve().parent == workspace.agreements.resolve():
        raise UsageError(
            f"{new.name} is one of the agreements in force: it would be compared with itself.",
            "Copy it to another folder, change the copy, and name that.",
        )
    rules = recognition.load_rules(workspace.agreements)
    changed = recognition.read_agreement(new).rules
    zone = workspace.settings.time_zone
    found = recognition.simulated(store, rules, changed, span, clock.now(), names=names, listed=listed, zone=zone)
    return workspace, found


def project(
    folder: Path | None,
    until: str | None,
    submitted_on: str | None,
    first_pass: str,
    budgets: Sequence[str],
    agreements: Sequence[str],
) -> tuple[Workspace, Projected]:
    """The projection of all agreements, or of those named. Raises UsageError, FileProblems, Outage."""
    now = clock.now()
    last = _ahead(until, now, "--until") if until else None
    assumed = _ahead(submitted_on, now, "--submitted-on") if submitted_on else None
    if last and assumed and last < assumed:
        raise UsageError(
            f"--submitted-on {assumed} is after --until {last}.", "What comes after the last day is not looked at."
        )
    part = part_of(first_pass)
    workspace, store = opened_store(folder)
    rules = recognition.load_rules(workspace.agreements)
    ids = sorted({r.terms.id for r in rules})
    for name in agreements:
        if name not in ids:
            raise UsageError(f"There is no agreement {name!r}.", f"Agreements: {', '.join(ids) or 'none'}.")
    rules = tuple(r for r in rules if not agreements or r.terms.id in agreements)
    plan = Plan(now, last, assumed, part, budgets_of(budgets, rules))
    found, waiting = recognition.projected(store, rules, plan)
    if assumed and any(p.until < assumed for p in found):
        raise UsageError(f"--submitted-on {assumed} is after the last day looked at.", "Name a later one with --until.")
    shown = tuple(p for p in found if p.educators or p.agreement in (*agreements, *(plan.budgets or {})))
    return workspace, Projected(plan, shown, waiting, recognition.assumptions(plan))


def _ahead(text: str, now: datetime, option: str) -> date:
    """A day from today on. The day before is let through: it may still be that day further west."""
    day, today = day_of(text), now.date()
    if day < today - timedelta(days=1):
        raise UsageError(f"{option} {text} is over.", "A projection looks ahead: name a day to come.")
    if day > today + FARTHEST:
        raise UsageError(f"{option} {text} is too far ahead.", "Name a day within the next 20 years.")
    return day


# ---------------------------------------------------------------- keeping them


def today(workspace: Workspace) -> date:
    """The day on which a page is made, in the workspace's time zone."""
    return clock.now().astimezone(ZoneInfo(workspace.settings.time_zone)).date()


def write_page(path: Path, html: str) -> None:
    """The page into a file, whole. Raises UsageError when there is a folder of that name, and Outage."""
    _write(path, html.encode())


def write_pdf(workspace: Workspace, path: Path, html: str, title: str) -> None:
    """The page as a PDF. Raises UsageError, GlyphsMissing and Outage."""
    _write(path, render.render_pdf(html, workspace.template_folders, title=title, created=today(workspace)))


def _write(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file in it.")
    write_whole(path, content)
