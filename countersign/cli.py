"""The command line: a contract for staff and scripts (see README). Each command opens what it needs and nothing more.

Exit codes: 0 done; 1 done, and something was refused or needs attention; 2 wrong usage or configuration; 3 could not
finish (outage). With `--json` one JSON document goes to stdout; messages go to stderr.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from countersign.certificate_commands import certificate
from countersign.commandline import (
    EXITS,
    By,
    DryRun,
    JsonOption,
    Reason,
    WorkspaceOption,
    case_number,
    command,
    group_of,
    opened_store,
    print_json,
    printable,
)
from countersign.credential_commands import credential
from countersign.credit_commands import credit
from countersign.fact_commands import fact
from countersign.issuer_commands import issuer
from countersign.ledger_command import ledger
from countersign.plan_commands import plan
from countersign.retention_command import retention
from countersign.serve_command import serve
from countersign.simulation_commands import agreements
from countersign.transcript_command import transcript

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.info.help = f"Countersign proves forwarded micro-credentials and writes what they are worth.\n\n{EXITS}"


def _group(name: str, text: str) -> typer.Typer:
    group = group_of(text)
    app.add_typer(group, name=name)
    return group


roster = _group("roster", "Educators, their addresses, memberships and employments.")
preapproval = _group("preapproval", "Districts' approvals before the work.")
audit_commands = _group("audit", "The audit chain.")
review = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, help=f"The queue of what waits for a person.\n\n{EXITS}"
)
app.add_typer(review, name="review")
app.add_typer(issuer, name="issuer")
app.add_typer(fact, name="fact")
app.add_typer(credit, name="credit")
app.add_typer(agreements, name="agreements")
app.add_typer(plan, name="plan")
app.add_typer(certificate, name="certificate")
app.add_typer(credential, name="credential")

# ---------------------------------------------------------------- setting up


@command(app, "init")
def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> int:
    """Make a workspace: settings to fill in, an empty issuer registry, the sample agreements, inbox and outbox."""
    from countersign.desk import terminal
    from countersign.desk.beginning import make_workspace

    terminal.say(*make_workspace(folder))
    return 0


@command(app, "doctor")
def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """Check what the work needs: fonts, Pango, HarfBuzz-subset, database, mailbox, mail server, issuers, agreements."""
    from countersign.desk import terminal
    from countersign.desk.doctor import examine

    findings = examine(workspace)
    if as_json:
        print_json([f.as_json() for f in findings])
    else:
        terminal.doctor(findings)
    return max((f.exit_code for f in findings), default=0)


@command(roster, "import")
def roster_import(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; the columns are in README.")],
    workspace: WorkspaceOption = None,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> int:
    """Add and update educators from a file. All or nothing: with an error in any row, nothing changes."""
    from countersign import clock, matching

    _, store = opened_store(workspace)
    change = matching.import_roster(store, file, clock.now(), "roster import", dry_run)
    return _changed(change, as_json)


@command(preapproval, "import")
def preapproval_import(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX: member_number, employee_id or email; title; approved_on.")],
    recognizer: Annotated[str, typer.Option("--recognizer", help="Who approved, as the agreement names it.")],
    workspace: WorkspaceOption = None,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> int:
    """Record a district's pre-approvals. All or nothing."""
    from countersign import clock, matching

    _, store = opened_store(workspace)
    change = matching.import_preapprovals(store, file, recognizer, clock.now(), "preapproval import", dry_run)
    return _changed(change, as_json)


def _changed(change: Any, as_json: bool) -> int:
    if as_json:
        from dataclasses import asdict

        print_json(asdict(change))
    else:
        from countersign.desk import terminal

        terminal.say(*change.sentences())
    return 0


# ---------------------------------------------------------------- the batches


@command(app, "nightly")
def nightly(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """Run the whole batch once: collect, verify, match, decide, issue, send. May be repeated at any time."""
    from countersign.desk import terminal
    from countersign.desk.batch import run_nightly

    tally, finished = run_nightly(workspace, show=not as_json)
    if as_json:
        print_json(tally.as_json())
    else:
        terminal.tally(tally)
    return 3 if not finished else int(tally.needs_attention)


@command(app, "monthly")
def monthly(
    month: Annotated[str, typer.Argument(help="The month, as 2026-11.")],
    workspace: WorkspaceOption = None,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> int:
    """Make HR's packages for a month, one per district, after looking up again all they pay for. A closed month never changes."""
    from dataclasses import asdict

    from countersign.desk import terminal
    from countersign.desk.batch import run_monthly

    packages, new, problem = run_monthly(workspace, month, dry_run, show=not as_json)
    if as_json:
        print_json([asdict(p) for p in packages])
    else:
        terminal.packages(packages, month, dry_run)
        terminal.opened(new)
    if problem is not None:
        raise problem
    return int(bool(new) or any(p.held or p.withheld for p in packages))


@command(app, "schedule")
def schedule(workspace: WorkspaceOption = None) -> int:
    """Serve the schedules of prefect.yaml until interrupted."""
    from countersign.desk.batch import run_schedule

    run_schedule(workspace)
    return 0


# ---------------------------------------------------------------- looking


@command(app, "verify")
def verify(
    inputs: Annotated[
        list[str] | None, typer.Argument(help="Files (PNG, SVG, JSON, JWT, PDF, mail) or https addresses.")
    ] = None,
    workspace: WorkspaceOption = None,
    recipient: Annotated[
        str | None, typer.Option("--recipient", help="Whether it was awarded to this e-mail address.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing.")] = False,
    at: Annotated[str | None, typer.Option("--at", help="As if today were this date (2026-10-01).")] = None,
    case: Annotated[
        str | None,
        typer.Option("--case", help="Instead of inputs: replay this case's (C-12) verdict from its evidence."),
    ] = None,
    verdict: Annotated[int | None, typer.Option("--verdict", help="With --case: not the latest, but this one.")] = None,
    all_verdicts: Annotated[bool, typer.Option("--all-verdicts", help="With --case: every one, oldest first.")] = False,
    against_today: Annotated[
        bool, typer.Option("--against-today", help="With --case: also what the present registry and web say.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Prove each input and print the verdict, check by check. Writes nothing. Exit 1 unless everything is verified; with
    --case, unless the same verdict comes out of the kept evidence, offline."""
    from countersign.desk import checking, terminal
    from countersign.errors import UsageError

    of_a_case = {"--verdict": verdict is not None, "--all-verdicts": all_verdicts, "--against-today": against_today}
    if case is not None:
        of_files = {"--recipient": recipient is not None, "--offline": offline, "--at": at is not None}
        wrong = [*(inputs or ()), *(option for option, given in of_files.items() if given)]
        if wrong:
            raise UsageError(
                f"--case replays what was kept, as it was, and does not go with {', '.join(wrong)}.",
                "It goes with --against-today and one of --verdict, --all-verdicts.",
            )
        if verdict is not None and all_verdicts:
            raise UsageError("Only one of --verdict and --all-verdicts may be given.")
        opened, store = opened_store(workspace)
        found = checking.repeat_verdicts(store, opened, case_number(case), verdict, all_verdicts, against_today)
        if as_json:
            print_json([f.as_json() for f in found])
        else:
            terminal.repeated(found)
        return int(not all(f.same for f in found))
    for option, given in of_a_case.items():
        if given:
            raise UsageError(f"{option} needs --case.", "See: countersign verify --help")
    if not inputs:
        raise UsageError(
            "Name files or https addresses to verify, or a case with --case.", "See: countersign verify --help"
        )
    checked = checking.check_inputs(inputs, workspace, recipient, offline, at)
    if as_json and checked.reports:
        print_json([r.as_json() for r in checked.reports])
    else:
        terminal.verdicts(checked.reports)
    for problem in checked.problems:
        sys.stderr.write(f"{printable(problem)}\n")
    return checked.exit_code


@command(app, "explain")
def explain(
    case: Annotated[str, typer.Argument(help="The case, as C-12.")],
    trace: Annotated[
        bool, typer.Option("--trace", help="Every clause tried, with the dates, figures and limits it looked at.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Why each recognizer granted, banked, held or refused: clause, figures, dates."""
    from dataclasses import asdict

    from countersign import clock, recognition

    number = case_number(case)
    opened, store = opened_store(workspace)
    explanation = recognition.explain(store, number, recognition.load_rules(opened.agreements), clock.now())
    if as_json:
        print_json(asdict(explanation))
    else:
        text = recognition.traces_text(explanation) if trace else recognition.explanation_text(explanation)
        sys.stdout.write(text + "\n")
    return 0


@review.callback(invoke_without_command=True)
def review_list(context: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List what waits for a person (default), show one item, or resolve it."""
    if context.invoked_subcommand is None:
        review_queue(workspace, as_json)


@command(review, "list")
def review_queue(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """List what waits for a person. Exit 1 when something does."""
    from countersign.desk import terminal
    from countersign.desk.queue import open_items

    _, store = opened_store(workspace)
    items = open_items(store)
    if as_json:
        print_json([i.as_json() for i in items])
    else:
        terminal.queue(items)
    return int(bool(items))


@command(review, "show")
def review_show(number: int, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """One item of the queue with all that is known about it."""
    from countersign.desk import terminal
    from countersign.desk.queue import one_item

    _, store = opened_store(workspace)
    item = one_item(store, number)
    if as_json:
        print_json(item.as_json())
    else:
        terminal.item(item)
    return 0


@command(review, "resolve")
def review_resolve(
    number: int,
    by: By,
    reason: Reason,
    educator: Annotated[
        str | None, typer.Option("--educator", help="Member number of the educator whose it is.")
    ] = None,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="Close the item; nothing more is to be done.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="What is in doubt counts all the same.")] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="What is in doubt ends: what was granted is taken back.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> int:
    """Decide an item: give it to an educator, dismiss it, or keep or withdraw what is in doubt. Runs go on from there."""
    from countersign.desk import terminal
    from countersign.desk.queue import resolve

    _, store = opened_store(workspace)
    terminal.say(
        resolve(
            store,
            number,
            by=by,
            reason=reason,
            educator=educator,
            dismiss=dismiss,
            keep=keep,
            withdraw=withdraw,
        )
    )
    return 0


@command(audit_commands, "verify")
def audit_verify(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """Check that the audit chain holds from its first entry to its last."""
    from countersign import audit
    from countersign.desk import terminal

    _, store = opened_store(workspace)
    with store.reading() as session:
        found = list(audit.breaks(session))
    if as_json:
        print_json({"holds": not found, "breaks": found})
    else:
        terminal.say(*(found or ["The audit chain holds."]))
    return int(bool(found))


command(app, "ledger")(ledger)
command(app, "transcript")(transcript)
command(app, "retention")(retention)
command(app, "serve")(serve)


@command(app, "reconcile")
def reconcile(
    workspace: WorkspaceOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put issued papers back into outbox/ from the evidence.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Check that database, evidence, ledger and outbox agree with each other."""
    from countersign.desk import reconciling, terminal

    opened, store = opened_store(workspace)
    repaired = list(reconciling.repair(store, opened)) if repair else []
    found = [d.sentence for d in reconciling.differences(store, opened)]
    gone = reconciling.removed(store)
    if as_json:
        print_json({"agree": not found, "differences": found, "repaired": repaired, "removed": gone})
    else:
        terminal.say(*repaired, *(found or ["Database, evidence, ledger and outbox agree."]), *([gone] if gone else []))
    return int(bool(found))


def main() -> None:
    """The program `countersign`."""
    app(prog_name="countersign")
