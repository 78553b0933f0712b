"""`countersign certificate …`: issued certificates (and requests for college credit) looked at."""

from countersign.commandline import JsonOption, WorkspaceOption, command, group_of, opened_store, print_json

certificate = group_of("Issued certificates, and requests for college credit.")


@command(certificate, "show")
def certificate_show(number: str, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """One certificate or credit request by its number: what it says, its state, where its file is."""
    from countersign.desk import terminal
    from countersign.desk.queue import in_labels, one_paper

    opened, store = opened_store(workspace)
    found = one_paper(store, opened, number)
    if as_json:
        print_json(found)
    else:
        terminal.facts(in_labels(found))
    return 0
