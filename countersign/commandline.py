"""What every command shares: its options, its exit codes, and how an error of ours becomes a sentence and a code.

Exit codes: 0 done; 1 done, and something was refused or needs attention; 2 wrong usage or configuration; 3 could not
finish (outage).
"""

import os
import sys
import textwrap
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer

P = ParamSpec("P")

EXITS = (
    "Exit codes: 0 done · 1 done, and something was refused or needs attention · "
    "2 wrong usage or configuration · 3 could not finish (outage)."
)


def group_of(text: str) -> typer.Typer:
    """A group of commands; `text` is its help."""
    return typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=f"{text}\n\n{EXITS}")


WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="The workspace folder (default: the nearest one upwards).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
By = Annotated[str, typer.Option("--by", help="Your name, for the record.")]
Reason = Annotated[
    str, typer.Option("--reason", help="Why, for the record. With --keep the district's HR reads it, word for word.")
]


def command(group: typer.Typer, name: str) -> Callable[[Callable[P, int]], Callable[P, None]]:
    """Register a function that returns its exit code; CountersignError becomes a sentence and its own code."""

    def register(function: Callable[P, int]) -> Callable[P, None]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            from countersign.errors import CountersignError

            try:
                code = function(*args, **kwargs)
            except CountersignError as error:
                for line in (*error.lines, error.remedy):
                    if line:
                        complain(line)
                raise typer.Exit(error.exit_code) from None
            raise typer.Exit(code)

        run.__doc__ = f"{' '.join((function.__doc__ or '').split())}\n\n{EXITS}"
        group.command(name)(run)
        return run

    return register


def opened_store(workspace: Path | None) -> Any:
    """The workspace and its store. Raises UsageError, FileProblems or Outage."""
    from countersign.settings import open_workspace
    from countersign.store import open_store

    opened = open_workspace(workspace)
    return opened, open_store(opened)


def case_number(case: str) -> int:
    """The number of a case written as C-12. Raises UsageError."""
    from countersign.errors import UsageError

    number = case.upper().removeprefix("C-")
    if not number.isascii() or not number.isdigit():
        raise UsageError(
            f"{case!r} is not a case.", "Write it as C-12; `countersign review` and the summary name them."
        )
    return int(number)


def printable(text: object) -> str:
    """`text` as one line without control and format characters: a terminal would obey them, and a line end would let text from
    outside write a line that looks like one of ours."""
    return "".join(c if c.isprintable() else " " if c in "\n\r\t" else "�" for c in str(text))


def complain(text: str) -> None:
    """Write an error's line to stderr: on a terminal in lines that fit it, else, in a log, as one."""
    line = printable(text)
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):  # no terminal
        sys.stderr.write(f"{line}\n")
        return
    sys.stderr.write("\n".join(fitted(line, width)) + "\n")


def fitted(line: str, width: int) -> list[str]:
    """`line` in lines of at most `width` characters, and of a hundred; a path or an address stays whole."""
    return textwrap.wrap(line, max(40, min(width, 100)), break_long_words=False, break_on_hyphens=False)


def print_json(document: Any) -> None:
    """The one document of `--json`, in which what cannot be printed stands as JSON's \\u escapes."""
    import json

    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n")
