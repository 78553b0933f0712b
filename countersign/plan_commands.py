"""`countersign plan …`: the affiliate's programme, and who takes part in it."""

from pathlib import Path
from typing import Annotated

import typer

from countersign.commandline import JsonOption, WorkspaceOption, command, group_of, opened_store, print_json

plan = group_of("The affiliate's programme, as plans/*.toml says it.")


@command(plan, "report")
def plan_report(
    named: Annotated[
        str, typer.Argument(metavar="[PLAN]", help="A plan's id or file (default: the only one in plans/).")
    ] = "",
    first: Annotated[
        str, typer.Option("--from", help="The first day, as 2026-07-01 (default: the plan's; else all there is).")
    ] = "",
    until: Annotated[str, typer.Option("--until", help="The last day, as 2027-06-30 (default: the plan's).")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page into this file, too.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Who takes part and what it came to, by stack, location, kind of educator, currency and month, against the plan's goals. Small groups
    are put together where the plan says how small."""
    from dataclasses import asdict

    from countersign import clock, reporting
    from countersign.desk import plan_pages, plans, terminal
    from countersign.settings import open_workspace

    asked = plans.read_plan(open_workspace(workspace), named)
    days = plans.days_of(asked, first, until)
    opened, store = opened_store(workspace)
    found = reporting.participation_report(store, asked, opened.settings.time_zone, *days, clock.now())
    if html is not None:
        plans.write_page(found, opened, html)
    if as_json:
        print_json(asdict(found))
    else:
        plan_pages.report(found)
        if html is not None:
            terminal.say_whole("", f"Written: {html}")
    return 0
