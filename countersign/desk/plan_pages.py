"""How a participation report looks on a terminal."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from countersign import render
from countersign.desk.terminal import clean, say

if TYPE_CHECKING:
    from countersign.reporting import Participation

HEADS = {
    "stack": "By stack",
    "location": "By location",
    "role": "By kind of educator",
    "band": "By band",
    "month": "By month",
}
NOT_SAID = "not said"
FIGURES = ("educators", "received", "proven", "recognized")


def report(found: "Participation") -> None:
    """The whole report, a table for each part of it."""
    from countersign import reporting

    console = Console(highlight=False, emoji=False)
    console.print(f"[bold]{clean(found.affiliate)}[/]  {clean(found.title or found.plan)}")
    if found.fictional:
        say("FICTIONAL: an invented plan.")
    say(f"Micro-credentials that came: {reporting.period_said(found.first, found.until)}.", found.privacy)
    _goals(console, found)
    if found.total is None:
        return
    rows = [("All", found.total)]
    _table(console, "Participation", [(label, *(str(getattr(line, name)) for name in FIGURES)) for label, line in rows])
    if nobodys := found.unmatched - found.unproven:
        say(f"{nobodys} of those received {'belongs' if nobodys == 1 else 'belong'} to nobody on the roster yet.")
    if found.unproven:
        say(f"{found.unproven} of those received: no educator was looked for, because not proven.")
    _currencies(console, found)
    for part in found.breakdowns:
        lines = [(_begun(line.label), *(str(getattr(line, name)) for name in FIGURES)) for line in part.lines]
        _table(console, HEADS[part.of], lines)
        if part.note and lines:
            say(part.note)
    facts = ", ".join(found.not_recorded)
    say("", f"{facts[:1]}{facts[1:].lower()}: not recorded, so nothing is counted by them.")


def _table(console: Console, title: str, rows: Sequence[tuple[str, ...]], heads: Sequence[str] = FIGURES) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    table.add_column("", overflow="fold", min_width=24)
    for head in heads:
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(*(clean(cell) for cell in row))
    console.print()
    if rows:
        console.print(table)
    else:
        console.print(f"[bold]{title}[/]\nnothing")


def _goals(console: Console, found: "Participation") -> None:
    from countersign import reporting

    console.print("\n[bold]Goals[/]")
    if not found.goals:
        console.print(NOT_SAID)
    for goal in found.goals:

        def figure(value: Decimal | None, unit: str = goal.unit) -> str:
            if value is None:
                return NOT_SAID
            return reporting.quantity_said(value, unit) if unit else render.figure(value)

        say(f"- {goal.text}")
        by = f", by {render.day(goal.by)}" if goal.by else ""
        say(f"  {goal.why or f'{figure(goal.reached)} ({goal.measure}).'} Target: {figure(goal.target)}{by}.")


def _currencies(console: Console, found: "Participation") -> None:
    from countersign import reporting

    planned = {True: "yes", False: "no", None: ""}
    rows = [
        (
            _begun(line.label),
            "–" if line.together else NOT_SAID if line.planned is None else planned[line.planned],
            "" if line.educators is None else str(line.educators),
            "" if line.micro_credentials is None else str(line.micro_credentials),
            "" if line.quantity is None else reporting.quantity_said(line.quantity, line.unit),
        )
        for line in found.currencies
    ]
    _table(console, "By currency", rows, ("in the plan", "educators", "micro-credentials", "granted"))


def _begun(label: str) -> str:
    return f"{label[:1].upper()}{label[1:]}"
