"""`countersign transcript`: everything recognized so far for one educator, as one PDF."""

from pathlib import Path
from typing import Annotated

import typer

from countersign.commandline import JsonOption, WorkspaceOption, opened_store, print_json


def transcript(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="A member number.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write (default: transcript-MEMBER-DAY.pdf here).")
    ] = None,
    mail: Annotated[
        bool, typer.Option("--mail", help="Send it to the educator's address on the roster; no file without --out.")
    ] = False,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DAY", help="As of the end of that day (default: today).")
    ] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Everything recognized so far for one educator as one PDF: what each recognizer gives, the papers for it, what is banked, what
    waits, totals. Educators get theirs by a mail with the subject "Transcript". Exit 1 when nothing is recognized: then no file is
    written."""
    from countersign import clock
    from countersign.desk import terminal
    from countersign.desk.transcribing import transcribed

    opened, store = opened_store(workspace)
    done = transcribed(store, opened, member, clock.now(), out=out, mail=mail, as_of=as_of)
    if as_json:
        print_json(done.as_json())
    else:
        terminal.say(*done.sentences())
    return int(done.needs_attention)
