"""`countersign ledger`: what stands to an educator's name, line by line."""

from typing import Annotated

import typer

from countersign.commandline import JsonOption, WorkspaceOption, opened_store, print_json


def ledger(
    of: Annotated[str, typer.Argument(metavar="EDUCATOR|CASE", help="A member number, or a case as C-12.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """An educator's ledger: opening balance, each line and closing, by recognizer, currency, unit and period. Exit 1 when it does not balance."""
    from countersign.desk import terminal
    from countersign.desk.ledger import educator_ledgers, ledger_lines

    _, store = opened_store(workspace)
    found = educator_ledgers(store, of)
    if as_json:
        print_json([one.as_json() for one in found])
    else:
        for number, one in enumerate(found):
            terminal.say(*([""] if number else []), *ledger_lines(one))
        if not found:
            terminal.say("It is nobody's yet, and the ledger has no line for it.")
    return int(any(one.differences for one in found))
