"""A specimen of a certificate written to a file, and shown."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from countersign.errors import UsageError
from countersign.evidence import write_whole
from countersign.issuance.specimen import draw_specimen
from countersign.settings import Workspace


def write_specimen(
    workspace: Workspace, template: str, file: Path, now: datetime, *, name: str, title: str, second_page: bool
) -> None:
    """Draw the specimen of the day and write it, whole or not at all. Raises as `draw_specimen`, UsageError when the file cannot be
    where it is to be, and Outage when the disk does not take it."""
    day = now.astimezone(ZoneInfo(workspace.settings.time_zone)).date()
    content = draw_specimen(workspace, template, day, name=name, title=title, second_page=second_page)
    if file.is_dir() or not file.parent.is_dir():
        raise UsageError(f"{file} cannot be written.", "Give --out a file in a folder that exists.")
    write_whole(file, content)


def opened_in_viewer(file: Path) -> bool:
    """Show a file with the program that the system has for it; False when there is none."""
    import typer

    return typer.launch(str(file)) == 0
