"""`countersign fact …`: what people record beside the credential and the roster, each fact with who, when and from where."""

from pathlib import Path
from typing import Annotated, Any

import typer

from countersign.commandline import (
    By,
    DryRun,
    JsonOption,
    WorkspaceOption,
    command,
    group_of,
    opened_store,
    print_json,
)

fact = group_of("Facts that people record: transcripts, levels, rulings, elections, funds, appeals.")
add = group_of("Record one fact. It is never changed; `countersign fact withdraw` takes it back.")
fact.add_typer(add, name="add")

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="The case, as C-12.")]
On = Annotated[str, typer.Option("--on", help="The day on which it happened, as 2026-10-01.")]
File = Annotated[
    Path | None, typer.Option("--file", help="The paper it rests on (a scan, a letter); kept in the evidence.")
]
Agreement = Annotated[str, typer.Option("--agreement", help="The agreement's id, as il-cusd200.")]


NO_WAY_BACK = (
    "A pre-approval has no number and cannot be taken back; importing it again with another day replaces the day."
)


@command(fact, "import")
def fact_import(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX, also what a form exports; the columns are in README.")],
    by: By,
    kind: Annotated[
        str, typer.Option("--kind", help="The kind of every row, for a file without that column; also: preapproval.")
    ] = "",
    agreement: Annotated[
        str, typer.Option("--agreement", help="The agreement's id, for a file without that column.")
    ] = "",
    recognizer: Annotated[
        str, typer.Option("--recognizer", help="Whose employee ids the file names; for preapproval, who approved.")
    ] = "",
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Record facts from a file, a row each. All or nothing: with an error in any row, nothing changes."""
    from countersign import clock, matching
    from countersign.desk.facts_entry import import_facts
    from countersign.desk.facts_read import kind_named

    opened, store = opened_store(workspace)
    if kind_named(kind) == "preapproval":
        return _told(matching.import_preapprovals(store, file, recognizer, clock.now(), by, dry_run), as_json)
    change = import_facts(
        store,
        opened,
        file,
        clock.now(),
        by,
        kind=kind,
        agreement=agreement,
        district=recognizer,
        dry_run=dry_run,
    )
    return _told(change, as_json)


@command(fact, "list")
def fact_list(
    of: Annotated[
        str, typer.Argument(metavar="[EDUCATOR|CASE]", help="A member number or a case, as C-12 (default: everything).")
    ] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """List what is on record, oldest first, with who recorded it when, and what was taken back."""
    from countersign.desk import terminal
    from countersign.desk.facts_list import list_facts

    _, store = opened_store(workspace)
    lines = list_facts(store, of)
    if as_json:
        print_json([line.as_json() for line in lines])
    else:
        terminal.say_whole(*([str(line) for line in lines] or ["No fact is on record."]))
        if any(line.number is None for line in lines):
            terminal.say_whole(NO_WAY_BACK)
    return 0


@command(fact, "withdraw")
def fact_withdraw(
    number: Annotated[int, typer.Argument(metavar="N", help="The fact's number in `countersign fact list`.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why it no longer counts, for the record.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Take a fact back: it stays on record and no longer counts."""
    from countersign import clock
    from countersign.desk import terminal
    from countersign.desk.facts_entry import withdraw_fact

    opened, store = opened_store(workspace)
    sentence = withdraw_fact(store, opened, number, clock.now(), by, reason)
    if as_json:
        print_json({"fact": number, "withdrawn": True})
    else:
        terminal.say(sentence)
    return 0


# ---------------------------------------------------------------- one fact


@command(add, "transcript")
def add_transcript(
    case: CaseArgument,
    on: On,
    by: By,
    credits_: Annotated[str, typer.Option("--credits", help="The credits that it shows, if it says them.")] = "",
    college: Annotated[str, typer.Option("--college", help="Whose transcript it is.")] = "",
    file: File = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """A college's transcript that shows the micro-credential was received on that day."""
    cells = {"case": case, "on": on, "credits": credits_, "college": college}
    return _add("transcript", cells, by, file, workspace, dry_run=dry_run, as_json=as_json)


@command(add, "rubric")
def add_rubric(
    case: CaseArgument,
    on: On,
    by: By,
    level: Annotated[str, typer.Option("--level", help="The level of mastery that it shows, a number.")],
    file: File = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The assessor's rubric shows this level of mastery."""
    return _add(
        "rubric", {"case": case, "on": on, "level": level}, by, file, workspace, dry_run=dry_run, as_json=as_json
    )


@command(add, "ruling")
def add_ruling(
    case: CaseArgument,
    on: On,
    by: By,
    agreement: Agreement,
    decision: Annotated[
        str,
        typer.Option(
            "--decision", help="counts: it does, whatever stands in the way; refused: it does not; gives: --quantity."
        ),
    ],
    role: Annotated[str, typer.Option("--role", help="In what capacity they ruled, as the agreement names it.")],
    ruled_by: Annotated[str, typer.Option("--ruled-by", help="Who ruled.")],
    reason: Annotated[str, typer.Option("--reason", help="Why they ruled so.")],
    currency: Annotated[str, typer.Option("--currency", help="Only in this currency, as pay (default: in all).")] = "",
    quantity: Annotated[str, typer.Option("--quantity", help="With --decision gives: how much.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="With --decision gives: of what, as USD or hour.")] = "",
    file: File = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Somebody whom the agreement lets rule has decided against or beside the letter of a clause."""
    cells = {
        "case": case,
        "on": on,
        "agreement": agreement,
        "decision": decision,
        "role": role,
        "ruled_by": ruled_by,
        "reason": reason,
        "currency": currency,
        "quantity": quantity,
        "unit": unit,
    }
    return _add("ruling", cells, by, file, workspace, dry_run=dry_run, as_json=as_json)


@command(add, "election")
def add_election(
    educator: Annotated[str, typer.Argument(metavar="EDUCATOR", help="The member number.")],
    on: On,
    by: By,
    agreement: Agreement,
    election: Annotated[str, typer.Option("--election", help="The choice, as the agreement calls it.")],
    clause: Annotated[str, typer.Option("--clause", help="The clause that they elected.")],
    file: File = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The educator elected one of the clauses between which the agreement leaves a choice."""
    cells = {"member_number": educator, "on": on, "agreement": agreement, "election": election, "clause": clause}
    return _add("election", cells, by, file, workspace, dry_run=dry_run, as_json=as_json)


@command(add, "funds")
def add_funds(
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's id, as il-cusd200.")],
    on: On,
    by: By,
    period: Annotated[str, typer.Option("--period", help="The period, as the decision names it: 2024-25.")],
    available: Annotated[bool, typer.Option("--available/--not-available", help="Whether there are funds.")],
    said_by: Annotated[str, typer.Option("--said-by", help="Who said so.")],
    file: File = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The recognizer said whether there are funds for what is over a limit in a period."""
    words = {"period": period, "available": "yes" if available else "no", "said_by": said_by}
    cells = {"agreement": agreement, "on": on, **words}
    return _add("funds", cells, by, file, workspace, dry_run=dry_run, as_json=as_json)


@command(add, "paid-elsewhere")
def add_paid_elsewhere(
    case: CaseArgument,
    on: On,
    by: By,
    payer: Annotated[str, typer.Option("--payer", help="Who has paid for it.")],
    file: File = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Somebody else has paid for the micro-credential."""
    cells = {"case": case, "on": on, "payer": payer}
    return _add("paid_elsewhere", cells, by, file, workspace, dry_run=dry_run, as_json=as_json)


@command(add, "appeal")
def add_appeal(
    case: CaseArgument,
    on: On,
    by: By,
    agreement: Agreement,
    reason: Annotated[str, typer.Option("--reason", help="What the educator says.")] = "",
    file: File = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The educator appealed against a decision. It waits in the review queue for whoever decides appeals."""
    cells = {"case": case, "on": on, "agreement": agreement, "reason": reason}
    return _add("appeal", cells, by, file, workspace, dry_run=dry_run, as_json=as_json)


def _add(
    kind: str,
    cells: dict[str, str],
    by: str,
    file: Path | None,
    workspace: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    from countersign import clock
    from countersign.desk.facts_entry import add_fact

    opened, store = opened_store(workspace)
    return _told(add_fact(store, opened, kind, cells, clock.now(), by, file=file, dry_run=dry_run), as_json)


def _told(change: Any, as_json: bool) -> int:
    if as_json:
        from dataclasses import asdict

        print_json(asdict(change))
    else:
        from countersign.desk import terminal

        terminal.say(*change.sentences())
    return 0
