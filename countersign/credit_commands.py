"""`countersign credit …`: requests for college credit, from the batch that goes to the registrar to the transcript that comes back."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

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

credit = group_of(
    "Requests for college credit: requested, accepted, paid, registered, transcript issued, district notified."
)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The request's number, as CR-VT-2026-7K3QM-XR2DW-8.")]
On = Annotated[str, typer.Option("--on", help="The day on which it happened, as 2026-10-01.")]
OnToday = Annotated[str, typer.Option("--on", help="The day on which it happened (default: today).")]
Note = Annotated[str, typer.Option("--note", help="A word for the record.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the record. The educator reads it, and the college.")]
File = Annotated[
    Path | None, typer.Option("--file", help="The paper it rests on (a scan, a letter); kept in the evidence.")
]


# ---------------------------------------------------------------- looking


@command(credit, "list")
def credit_list(
    term: Annotated[str, typer.Option("--term", help="Only this term, as “Fall 2026”.")] = "",
    college: Annotated[str, typer.Option("--college", help="Only this college.")] = "",
    state: Annotated[str, typer.Option("--state", help="Only this state, as registered.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also those on which nothing is waited for.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """List the requests on which something is still waited for, with where each stands."""
    from countersign import recognition
    from countersign.desk import terminal
    from countersign.desk.credit_list import list_requests

    opened, store = opened_store(workspace)
    rules = recognition.load_rules(opened.agreements)
    lines = list_requests(store, rules, term=term, college=college, state=state, everything=everything)
    if as_json:
        print_json([line.as_json() for line in lines])
    else:
        terminal.credit_requests(lines)
    return 0


@command(credit, "show")
def credit_show(number: Number, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """One request: what it says, every step, its batch, its file."""
    from countersign import recognition
    from countersign.desk import terminal
    from countersign.desk.credit_list import show_request
    from countersign.desk.showing import shown

    opened, store = opened_store(workspace)
    found = show_request(store, opened, recognition.load_rules(opened.agreements), number)
    if as_json:
        print_json(found)
    else:
        terminal.facts(shown(found))
    return 0


# ---------------------------------------------------------------- to the college


@command(credit, "batch")
def credit_batch(
    by: By,
    term: Annotated[str, typer.Option("--term", help="The term, as “Fall 2026”.")],
    college: Annotated[str, typer.Option("--college", help="Only this college (default: every one).")] = "",
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Put a term's new requests for the registrar into a folder with cover, table and hashes. A delivered batch never changes:
    what comes later goes into a further delivery. Exit 1 when requests wait because their micro-credential is in doubt, or nobody said who pays."""
    from countersign import clock, issuance, recognition
    from countersign.desk import terminal

    opened, store = opened_store(workspace)
    rules = recognition.load_rules(opened.agreements)
    made = issuance.deliver_batches(store, opened, rules, term, clock.now(), by, college=college, dry_run=dry_run)
    if as_json:
        print_json([batch.as_json() for batch in made])
    else:
        terminal.credit_batches(made)
    return int(any(batch.in_doubt or batch.payer_unknown for batch in made))


@command(credit, "registration")
def credit_registration(
    member: Annotated[
        str, typer.Argument(metavar="EDUCATOR", help="The member number, or an e-mail address on the roster.")
    ],
    title: Annotated[str, typer.Option("--title", help="The micro-credential for which feedback is wanted.")],
    by: By,
    on: OnToday = "",
    agreement: Annotated[
        str, typer.Option("--agreement", help="The agreement's id, where more than one has a fee.")
    ] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The form on which a district's professional development funds pay for feedback before submission. A request whose payer is the
    district has its own form as its second page."""
    from countersign import clock, recognition
    from countersign.desk import terminal
    from countersign.desk.credit_forms import make_registration

    opened, store = opened_store(workspace)
    rules = recognition.load_rules(opened.agreements)
    day = _day(on) if on else None
    path = make_registration(store, opened, rules, member, title, clock.now(), by, on=day, agreement=agreement)
    if as_json:
        print_json({"file": path.as_posix()})
    else:
        terminal.say_whole(f"Written: {path.as_posix()}")
    return 0


# ---------------------------------------------------------------- from the college


@command(credit, "import")
def credit_import(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX: requests.csv with its last columns filled in.")],
    by: By,
    fees_paid: Annotated[
        bool,
        typer.Option(
            "--fees-paid",
            help="The college registers only what is paid: record the fees of what it registered as paid.",
        ),
    ] = False,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Move requests as the registrar's file says. All or nothing: with an error in any row, nothing changes."""
    from countersign import clock
    from countersign.desk import terminal
    from countersign.desk.credit_import import import_answers

    opened, store = opened_store(workspace)
    change = import_answers(store, opened, file, clock.now(), by, fees_paid=fees_paid, dry_run=dry_run)
    if as_json:
        print_json(change.as_json())
    else:
        terminal.say(*change.sentences())
    return 0


@command(credit, "accept")
def credit_accept(
    number: Number, on: On, by: By, note: Note = "", workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> int:
    """The college accepted the request."""
    return _move("accepted", number, on, by, workspace, as_json, note=note)


@command(credit, "pay")
def credit_pay(
    number: Number,
    on: On,
    by: By,
    note: Annotated[
        str, typer.Option("--note", help="A word for the record: the receipt, the purchase-order number.")
    ] = "",
    file: File = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The college has its fee."""
    return _move("paid", number, on, by, workspace, as_json, note=note, file=file)


@command(credit, "register")
def credit_register(
    number: Number,
    on: On,
    by: By,
    course: Annotated[str, typer.Option("--course", help="The course and section.")] = "",
    note: Note = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The college registered the educator in a course."""
    return _move("registered", number, on, by, workspace, as_json, note=note, course=course)


@command(credit, "transcript")
def credit_transcript(
    number: Number,
    on: On,
    by: By,
    credits_: Annotated[str, typer.Option("--credits", help="The credits that it shows, if it says them.")] = "",
    note: Annotated[str, typer.Option("--note", help="A word for the record; of a corrected date: why.")] = "",
    file: File = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """The college issued the transcript on that day: lane credit waits for it. Said again with another day, it is corrected."""
    shown = _credits(credits_)
    return _move("transcript_issued", number, on, by, workspace, as_json, note=note, shown=shown, file=file)


@command(credit, "notify")
def credit_notify(
    number: Number, on: On, by: By, note: Note = "", workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> int:
    """The district was told of the credit. Where HR's monthly package carries it, the run records that by itself."""
    return _move("district_notified", number, on, by, workspace, as_json, note=note)


@command(credit, "refuse")
def credit_refuse(
    number: Number, on: On, by: By, reason: Why, workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> int:
    """The college said no."""
    return _move("refused", number, on, by, workspace, as_json, note=reason)


@command(credit, "withdraw")
def credit_withdraw(
    number: Number,
    by: By,
    reason: Why,
    on: OnToday = "",
    again: Annotated[bool, typer.Option("--again", help="The next nightly run makes another request.")] = False,
    although_registered: Annotated[
        bool,
        typer.Option(
            "--although-registered", help="Also when the college has registered it, or issued the transcript."
        ),
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Take a request back: it counts no more, nor does a transcript that it brought. The college is told in the next batch. What the
    ledger has granted stays: see what it says afterwards."""
    return _move(
        "withdrawn",
        number,
        on,
        by,
        workspace,
        as_json,
        note=reason,
        again=again,
        although_registered=although_registered,
    )


def _move(
    state: str,
    number: str,
    on: str,
    by: str,
    workspace: Path | None,
    as_json: bool,
    *,
    note: str = "",
    course: str = "",
    shown: Decimal | None = None,
    again: bool = False,
    file: Path | None = None,
    although_registered: bool = True,
) -> int:
    from dataclasses import asdict
    from zoneinfo import ZoneInfo

    from countersign import clock
    from countersign.desk import terminal
    from countersign.desk.credit import move_request, sentence_of
    from countersign.issuance.credit_steps import Step
    from models.words import CreditState

    opened, store = opened_store(workspace)
    now = clock.now()
    day = _day(on) if on else now.astimezone(ZoneInfo(opened.settings.time_zone)).date()
    step = Step(CreditState(state), day, _line("--course", course), shown, _line("the note", note), again)
    moved = move_request(store, opened, number, step, now, by, file=file, although_registered=although_registered)
    if as_json:
        print_json(asdict(moved))
    else:
        terminal.say(sentence_of(moved))
    return 0


def _day(text: str) -> date:
    from countersign.errors import UsageError
    from countersign.matching import fields

    try:
        found = fields.as_date(text)
    except ValueError as error:
        raise UsageError(f"--on: {error}.") from error
    if found is None:
        raise UsageError("--on may not be empty.", "Write the day as 2026-10-01.")
    return found


def _credits(text: str) -> Decimal | None:
    from countersign.desk.credit_import import as_credits
    from countersign.errors import UsageError

    try:
        return as_credits(text)
    except ValueError as error:
        raise UsageError(f"--{error}.") from error


def _line(name: str, text: str) -> str:
    from countersign.errors import UsageError

    text = " ".join(text.split())
    if not text.isprintable() or len(text) > 500:
        raise UsageError(f"{name} is longer than 500 letters or has an invisible character in it.", "Type it anew.")
    return text
