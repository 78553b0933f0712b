"""Simulations and projections as they are read: figures, sentences, and pages of HTML with their charts."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from countersign import recognition, render
from countersign.desk.charts import Bar, Group, chart
from countersign.desk.previews import Projected, today
from countersign.recognition import ClauseLine, Projection, Side, Simulation
from countersign.settings import Workspace
from models.agreement import is_money
from models.words import Currency

_ASSUMED = {
    "in progress": "Assuming that what it waits for has come and that it counts: ",
    "pre-approved": "Assuming that it is earned and comes on the assumed day: ",
}
"""What the reason for a figure that is not known assumes."""


def shown(quantity: Decimal, unit: str) -> str:
    """`$1,250.00`, `12 hours`, `1 credit`."""
    if is_money(unit):
        return render.money(quantity, unit)
    return f"{render.figure(quantity)} {unit}{'' if quantity == 1 or unit == 'percent' else 's'}"


def signed(quantity: Decimal, unit: str) -> str:
    """The same with its sign: `+$75.00`, `-3 hours`; `no change` for nothing."""
    if not quantity:
        return "no change"
    return f"+{shown(quantity, unit)}" if quantity > 0 else shown(quantity, unit)


def given(sums: Mapping[str, Decimal]) -> str:
    """Everything of a side: `$600.00, 45 hours`; a dash for nothing."""
    return ", ".join(shown(quantity, unit) for unit, quantity in sums.items()) or "–"


def currency_said(currency: Currency) -> str:
    return recognition.CURRENCY_SAID[currency]


def result_said(found: Simulation) -> str:
    """The simulation in a few sentences."""
    if not found.educators:
        return "No case lies in the span: there is nothing to compare."
    change = f"{_many(found.changed, 'decision')} {'changes' if found.changed == 1 else 'change'}"
    head = f"{_many(found.cases, 'case')} of {_many(found.educators, 'educator')}"
    moves = [
        f"{what}: {count:,}"
        for count, what in (
            (found.gain, "more"),
            (found.lose, "less"),
            (found.both, "more of one thing and less of another"),
            (found.stay, "as much as before"),
        )
        if count
    ]
    if not found.changed:
        said = f"{head}: no decision changes."
    elif found.stay == found.educators:
        said = f"{head}: {change}, but every educator would be given as much as before."
    else:
        said = f"{head}: {change}. Educators who would be given {'; '.join(moves)}."
    money = [
        f"{currency_said(t.currency).capitalize()}: {signed(t.difference, t.unit)}."
        for t in found.totals
        if is_money(t.unit)
    ]
    return " ".join((said, *money))


def granted_said(side: Side) -> str:
    """How many give something, and how many were counted with them: `1 (2 more counted with it)`."""
    if not side.counted:
        return f"{side.granted:,}"
    return f"{side.granted:,} ({side.counted:,} more counted with {'it' if side.granted == 1 else 'them'})"


def sides_of(line: ClauseLine) -> list[tuple[str, Side]]:
    """Before and after, or once what is the same."""
    return (
        [("unchanged", line.after)] if line.before == line.after else [("before", line.before), ("after", line.after)]
    )


def more_said(found: Simulation) -> str:
    """That not all changes are listed; empty when they are."""
    left = found.changed - len(found.changes)
    return f"… and {left:,} more: --list {found.changed} lists them all." if left else ""


def counts_said(found: Projection) -> str:
    """What the projection is about, in numbers of micro-credentials under each clause."""
    counts = "; ".join(
        f"{c.clause} ({currency_said(c.currency)}): {', '.join(f'{n:,} {stage}' for stage, n in c.stages.items())}"
        for c in found.counts
    )
    return f"{_many(found.educators, 'educator')}.{f' Micro-credentials by clause: {counts}.' if counts else ''}"


def budget_said(found: Projection) -> list[tuple[str, bool]]:
    """For each year with a budget a sentence, and whether it is a warning: the expected figure is above it, or some amount is not known."""
    if found.budget is None:
        return []
    unknown = sum(u.count for u in found.unknown if u.currency is Currency.pay)
    missing = f"the amount is not known for {_many(unknown, 'micro-credential')}"
    if not found.years:
        budget = f"the budget of {render.figure(found.budget)}"
        if unknown:
            return [(f"{budget[:1].upper()}{budget[1:]} cannot be compared: {missing}.", True)]
        return [(f"There is no money to set against {budget}: nothing is to be paid.", False)]
    return [
        (
            f"{year.year}: of a budget of {shown(year.budget, year.unit)}, {_all_left(year.left, year.unit)}."
            + (f" This is without all of it: {missing}." if unknown else ""),
            year.left[1] < 0 or bool(unknown),
        )
        for year in found.years
        if year.budget is not None and year.left is not None
    ]


def _all_left(left: tuple[Decimal, Decimal, Decimal], unit: str) -> str:
    if len(set(left)) == 1:
        return _left(left[0], unit)
    parts = [f"{_left(one, unit)} at the {name}" for one, name in zip(left, ("low", "expected", "high"), strict=True)]
    return f"{', '.join(parts[:2])} and {parts[2]} figure"


def _left(left: Decimal, unit: str) -> str:
    return f"{shown(left, unit)} is left" if left >= 0 else f"{shown(-left, unit)} is missing"


def unknown_said(found: Projection) -> list[str]:
    """What no figure can be given for, and why."""
    return [
        f"{u.clause} ({currency_said(u.currency)}), {u.stage}: not known for {_many(u.count, 'micro-credential')}. "
        f"{_ASSUMED.get(u.stage, '')}{u.sentence}"
        for u in found.unknown
    ]


def waiting_said(found: Projected) -> str:
    """That some credentials are in no figure; empty when all are."""
    if not found.waiting:
        return ""
    verb = "is" if found.waiting == 1 else "are"
    return f"{_many(found.waiting, 'credential')} {verb} not proven or not matched to an educator yet, and {verb} in no figure."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


# ---------------------------------------------------------------- pages


def simulation_page(workspace: Workspace, found: Simulation, names: bool) -> str:
    """The comparison as an HTML page that needs no other file."""
    sides = ("banked", "held", "refused")
    values = {
        **_head(workspace, found.assumptions),
        "title": f"Simulation of {found.file}",
        "heading": found.recognizer,
        "what": f"{found.title}: what {found.file} would have done, {render.day(found.span.starts)} to "
        f"{render.day(found.span.ends or found.span.starts)}",
        "result": result_said(found),
        "totals": [
            {
                "what": currency_said(t.currency).capitalize(),
                "before": shown(t.before, t.unit),
                "after": shown(t.after, t.unit),
                "difference": signed(t.difference, t.unit),
            }
            for t in found.totals
        ],
        "clauses": [
            {
                "clause": c.clause,
                "recognizer": c.recognizer,
                "currency": currency_said(c.currency),
                "sides": [
                    (when, [granted_said(side), *(f"{getattr(side, n):,}" for n in sides), given(side.given)])
                    for when, side in sides_of(c)
                ],
            }
            for c in found.clauses
        ],
        "chart": simulation_chart(found),
        "changes": found.changes,
        "more": more_said(found),
        "names": names,
    }
    return render.fill(workspace.template_folders, "pages/simulation.html", values)


def simulation_chart(found: Simulation) -> Any:
    """What the agreement's clauses and all that change give before and after, one scale for each unit; None when nothing is given."""
    units: dict[str, list[Group]] = {}
    for clause in (c for c in found.clauses if c.agreement == found.agreement or c.before != c.after):
        for unit in dict.fromkeys((*clause.before.given, *clause.after.given)):
            bars = [
                Bar(name, side.given.get(unit, Decimal(0)), shown(side.given.get(unit, Decimal(0)), unit))
                for name, side in (("before", clause.before), ("after", clause.after))
            ]
            heading = f"{clause.clause} · {clause.recognizer}"
            units.setdefault(unit, []).append(Group(heading, tuple(bars)))
    ordered = sorted(units, key=lambda unit: (not is_money(unit), unit))
    return chart("What each clause gives before and after.", [units[unit] for unit in ordered]) if units else None


def projection_page(workspace: Workspace, found: Projected) -> str:
    """The projections as an HTML page that needs no other file."""
    values = {
        **_head(workspace, [*found.assumptions, *([said] if (said := waiting_said(found)) else [])]),
        "title": "Projection",
        "heading": "What is still to come",
        "what": "Micro-credentials granted, banked, in progress and pre-approved, year by year",
        "agreements": [
            {
                "agreement": p.agreement,
                "recognizer": p.recognizer,
                "title": p.title,
                "until": p.until,
                "counts": counts_said(p),
                "years": [{"budget": said, "is_short": short} for said, short in budget_said(p)],
                "chart": projection_chart(p),
                "tables": list(_tables(p)),
                "unknown": unknown_said(p),
            }
            for p in found.projections
        ],
    }
    return render.fill(workspace.template_folders, "pages/projection.html", values)


def projection_chart(found: Projection) -> Any:
    """The money of each year, low, expected and high, with the budget as a line; None when there is no money."""
    units: dict[str, list[Group]] = {}
    for year in found.years:
        three = (("low", year.low), ("expected", year.expected), ("high", year.high))
        bars = tuple(Bar(name, figure, shown(figure, year.unit)) for name, figure in three)
        mark = Bar("budget", year.budget, shown(year.budget, year.unit)) if year.budget is not None else None
        units.setdefault(year.unit, []).append(Group(f"{year.year}, all money of {found.recognizer}", bars, mark))
    title = f"Money under {found.title}, year by year."
    return chart(title, list(units.values())) if units else None


def _tables(found: Projection) -> Iterable[dict[str, Any]]:
    for year, lines in groupby(found.lines, key=lambda line: line.year):
        yield {
            "year": year,
            "lines": [
                {"clause": li.clause, "currency": currency_said(li.currency), "stage": li.stage, **_three(li)}
                for li in lines
            ],
            "sums": [_three(y) for y in found.years if y.year == year],
        }


def _three(of: Any) -> dict[str, str]:
    return {name: shown(getattr(of, name), of.unit) for name in ("low", "expected", "high")}


def _head(workspace: Workspace, assumptions: Sequence[str]) -> dict[str, Any]:
    return {"affiliate": workspace.settings.affiliate.name, "today": today(workspace), "assumptions": assumptions}
