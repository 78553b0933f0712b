"""`countersign agreements simulate` and `project`: what a changed agreement would have done, and what is still to come."""

from pathlib import Path
from typing import Annotated

import typer

from countersign.agreement_commands import agreements
from countersign.commandline import JsonOption, WorkspaceOption, command, print_json

__all__ = ["agreements"]

HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write the page into this file.")]


@command(agreements, "simulate")
def agreements_simulate(
    new: Annotated[Path, typer.Option("--with", help="The new or changed agreement, outside of agreements/.")],
    over: Annotated[str, typer.Option("--over", help="The days to compare, as 2024-07-01..2025-06-30.")],
    workspace: WorkspaceOption = None,
    names: Annotated[
        bool, typer.Option("--names", help="Put the educators' names beside the cases that change.")
    ] = False,
    listed: Annotated[int, typer.Option("--list", min=0, help="List at most so many of the changes.")] = 50,
    html: HtmlOption = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write the page into this file as a PDF.")] = None,
    as_json: JsonOption = False,
) -> int:
    """Compare decisions and money under the agreements in force with those under a changed or new one. Writes nothing to the
    database. Exit 2 when the file is wrong."""
    from dataclasses import asdict

    from countersign.desk import preview_pages, preview_text, previews

    opened, found = previews.simulate(workspace, new, over, names, listed)
    if html or pdf:
        page = preview_pages.simulation_page(opened, found, names)
        if html:
            previews.write_page(html, page)
        if pdf:
            previews.write_pdf(opened, pdf, page, f"Simulation of {found.file}")
    if as_json:
        print_json(asdict(found))
    else:
        preview_text.simulation(found)
        preview_text.written(html, pdf)
    return 0


@command(agreements, "project")
def agreements_project(
    workspace: WorkspaceOption = None,
    until: Annotated[
        str | None,
        typer.Option("--until", help="The last day to look at (default: that of each recognizer's next year)."),
    ] = None,
    budget: Annotated[
        list[str] | None,
        typer.Option("--budget", help="For one year: 12000, or whose it is, il-cusd200=12000. May be repeated."),
    ] = None,
    agreement: Annotated[
        list[str] | None, typer.Option("--agreement", help="Only this one, by its id. May be repeated.")
    ] = None,
    awarded: Annotated[
        str, typer.Option("--first-pass", help="The part awarded at the first submission, from 0 to 1.")
    ] = "0.4",
    submitted_on: Annotated[
        str | None,
        typer.Option("--submitted-on", help="When what is pre-approved is assumed to come (default: today)."),
    ] = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> int:
    """Project what is still to come under each agreement, low, expected and high, against a budget. Writes nothing to the database.
    Exit 1 when an expected figure is above its budget, or an amount is not known that would be set against one."""
    from countersign.desk import preview_pages, preview_text, previews

    opened, found = previews.project(workspace, until, submitted_on, awarded, budget or (), agreement or ())
    if html:
        previews.write_page(html, preview_pages.projection_page(opened, found))
    if as_json:
        print_json(found.as_json())
    else:
        preview_text.projection(found)
        preview_text.written(html)
    return int(any(short for p in found.projections for _, short in preview_pages.budget_said(p)))
