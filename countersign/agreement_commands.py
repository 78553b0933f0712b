"""`countersign agreements …`: the recognizers' rules, checked before they decide anything."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from countersign.commandline import JsonOption, WorkspaceOption, command, group_of, print_json

agreements = group_of("The recognizers' rules.")


@command(agreements, "check")
def agreements_check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Agreement files (default: all of the workspace's).")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check agreement files: what is wrong, missing, unreachable or contradictory, with file, line and clause. Exit 2 when a file is
    wrong, 1 when there are warnings."""
    from countersign.desk import rules, terminal

    found = rules.check(files or [], workspace)
    if as_json:
        print_json({name: [f.as_json() for f in findings] for name, findings in found.items()})
    elif found:
        terminal.findings(found)
    else:
        terminal.say(
            "There is no agreement in agreements/: nothing will be granted. Copy what applies from agreements/samples/, and adapt it."
        )
    levels = {f.level for findings in found.values() for f in findings}
    return 2 if "error" in levels else int("warning" in levels)


@command(agreements, "schema")
def agreements_schema(
    out: Annotated[Path | None, typer.Option("--out", help="Write it into this file (default: print it).")] = None,
) -> int:
    """The JSON Schema of an agreement, for editors that complete and check TOML while it is written: name it in the file's first
    line, as #:schema agreement.schema.json"""
    from countersign import recognition

    text = recognition.schema_text()
    if out is None:
        sys.stdout.write(text)
        return 0
    from countersign.desk import rules, terminal

    rules.write_schema(out, text)
    terminal.say_whole(f"Written: {out}", f"The first line of an agreement beside it: #:schema {out.name}")
    return 0
