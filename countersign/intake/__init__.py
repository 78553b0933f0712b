"""Intake: mailbox and drop folder become submissions (original bytes first), and submissions become carriers.

The pure half (`unpack`, `carriers_of_file`) takes bytes and gives values; importing it loads neither the database nor the
PDF and spreadsheet readers, so that the command line's `verify` stays quick. The shell half loads when first asked for.
"""

from typing import TYPE_CHECKING, Any

from countersign.intake.carriers import carriers_of_file
from countersign.intake.opening import unpack
from countersign.intake.unpacked import LogOfHours, Unpacked

if TYPE_CHECKING:
    from countersign.intake.folder import collect_folder
    from countersign.intake.mailbox import check_mailbox, collect_mailbox
    from countersign.intake.reading import open_submissions, unopened

__all__ = [
    "LogOfHours",
    "Unpacked",
    "carriers_of_file",
    "check_mailbox",
    "collect_folder",
    "collect_mailbox",
    "open_submissions",
    "unopened",
    "unpack",
]

_SHELL = {
    "check_mailbox": "mailbox",
    "collect_folder": "folder",
    "collect_mailbox": "mailbox",
    "open_submissions": "reading",
    "unopened": "reading",
}


def __getattr__(name: str) -> Any:
    """The shell's functions, imported when first used."""
    if name not in _SHELL:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_SHELL[name]}"), name)
