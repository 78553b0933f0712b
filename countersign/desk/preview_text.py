"""Simulations and projections as tables on a terminal or in a pipe."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from countersign.desk import preview_pages, terminal
from countersign.desk.previews import Projected
from countersign.desk.terminal import clean
from countersign.recognition import Simulation


def _table(title: str, *columns: str, words: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", justify="left" if number == 0 or column in words else "right")
    return table


def simulation(found: Simulation) -> None:
    """The comparison: result, totals, clauses, what changes, what it rests on."""
    console = Console(highlight=False, emoji=False)
    console.print(f"[bold]{clean(found.recognizer)}: {clean(found.title)}[/], with {clean(found.file)}\n")
    _paragraph(console, preview_pages.result_said(found))
    if found.totals:
        table = _table("In total", "what is given", "before", "after", "difference")
        for t in found.totals:
            figures = (preview_pages.shown(t.before, t.unit), preview_pages.shown(t.after, t.unit))
            table.add_row(preview_pages.currency_said(t.currency), *figures, preview_pages.signed(t.difference, t.unit))
        console.print()
        console.print(table)
    if found.clauses:
        table = _table("Clause by clause", "clause", "", "granted", "banked", "held", "refused", "given", words=("",))
        for clause in found.clauses:
            name = clean(f"{clause.agreement}: {clause.clause}")
            for number, (when, side) in enumerate(preview_pages.sides_of(clause)):
                counts = (preview_pages.granted_said(side), *(f"{n:,}" for n in (side.banked, side.held, side.refused)))
                table.add_row("" if number else name, when, *counts, preview_pages.given(side.given))
        console.print()
        console.print(table)
    if found.changes:
        console.print("\n[bold]What changes[/]")
        for each in found.changes:
            who = f", {each.educator}" if each.educator else ""
            console.print(f"[yellow]{clean(f'{each.case}  {each.title}{who}')}[/]", soft_wrap=True)
            what = preview_pages.currency_said(each.currency)
            _paragraph(console, f"{each.agreement}, {what}: {each.before} → {each.after}. {each.why}", "    ")
        terminal.say(*([said] if (said := preview_pages.more_said(found)) else []))
    _rests_on(console, found.assumptions)


def projection(found: Projected) -> None:
    """Each agreement: counts, year by year, the budget, what is not known; then what it rests on."""
    console = Console(highlight=False, emoji=False)
    if not found.projections:
        console.print("Nothing is granted, banked, in progress or pre-approved.")
    for each in found.projections:
        head = f"{each.recognizer}: {each.title}"
        console.print(f"[bold]{clean(head)}[/] ({each.agreement}), up to {each.until}", soft_wrap=True)
        _paragraph(console, preview_pages.counts_said(each))
        for year, lines in groupby(each.lines, key=lambda line: line.year):
            table = _table(year, "clause", "stage", "low", "expected", "high", words=("stage",))
            for line in lines:
                name = clean(f"{line.clause} ({preview_pages.currency_said(line.currency)})")
                figures = (preview_pages.shown(q, line.unit) for q in (line.low, line.expected, line.high))
                table.add_row(name, line.stage, *figures)
            for total in (y for y in each.years if y.year == year):
                figures = (preview_pages.shown(q, total.unit) for q in (total.low, total.expected, total.high))
                table.add_row("all money", "", *figures, style="bold")
            console.print()
            console.print(table)
        console.print()
        for sentence, short in preview_pages.budget_said(each):
            terminal.levelled(console, "warning" if short else "ok", sentence)
        for sentence in preview_pages.unknown_said(each):
            terminal.levelled(console, "note", sentence)
        console.print()
    said = preview_pages.waiting_said(found)
    _rests_on(console, (*found.assumptions, *([said] if said else [])))


def _rests_on(console: Console, assumptions: Sequence[str]) -> None:
    console.print("\n[bold]What these figures rest on[/]")
    for sentence in assumptions:
        _paragraph(console, sentence, "- ", "  ")


def _paragraph(console: Console, text: str, first: str = "", rest: str | None = None) -> None:
    for line in terminal.hanging(console, text, first, first if rest is None else rest):
        console.print(clean(terminal.writable(console, line)), soft_wrap=True)


def written(*paths: Path | None) -> None:
    """Where the pages are."""
    terminal.say_whole(*(f"Written: {path}" for path in paths if path is not None))
