"""`countersign retention`: originals that are kept no longer than the affiliate's setting says."""

from countersign.commandline import DryRun, JsonOption, WorkspaceOption, opened_store, print_json


def retention(workspace: WorkspaceOption = None, dry_run: DryRun = False, as_json: JsonOption = False) -> int:
    """Remove what [retention] in countersign.toml lets go, and say what stays and why. No other run does this. Issued papers, HR's packages
    and the audit chain are never removed, nor what anything open or valid rests on."""
    from countersign import clock
    from countersign.desk import terminal
    from countersign.desk.retaining import report_lines, retain

    opened, store = opened_store(workspace)
    found = retain(store, opened, clock.now(), dry_run=dry_run)
    if as_json:
        print_json(found.as_json())
    else:
        terminal.say(*report_lines(found))
    return int(bool(found.lost))
