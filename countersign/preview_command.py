"""`countersign certificate preview`: a template looked at with the workspace's logo, colors and signature, and no database."""

from pathlib import Path
from typing import Annotated

import typer

from countersign.commandline import WorkspaceOption, command


def add_preview(group: typer.Typer) -> None:
    """Register the command on the `certificate` group."""
    command(group, "preview")(preview)


def preview(
    template: Annotated[
        str, typer.Option("--template", help="vermont, new-hampshire, massachusetts, illinois, generic, or your own.")
    ],
    name: Annotated[str, typer.Option("--name", help="The educator's name on it.")] = "",
    title: Annotated[str, typer.Option("--title", help="The micro-credential's title.")] = "",
    second_page: Annotated[
        bool, typer.Option("--second-page", help="With the page on which the educator writes.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="The file (default: specimen-TEMPLATE.pdf here).")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it with the system's PDF viewer.")] = False,
    workspace: WorkspaceOption = None,
) -> int:
    """Draw an example of a certificate, marked as a specimen and with a number that is none. The database is not touched."""
    from countersign import clock
    from countersign.desk import terminal
    from countersign.desk.previewing import opened_in_viewer, write_specimen
    from countersign.settings import open_workspace

    opened = open_workspace(workspace)
    file = out or Path(f"specimen-{template}.pdf")
    write_specimen(opened, template, file, clock.now(), name=name, title=title, second_page=second_page)
    terminal.say_whole(f"{file}: a specimen of the template {template}; it certifies nothing.")
    if show and not opened_in_viewer(file):
        terminal.say("No program opened it; open the file yourself.")
        return 1
    return 0
