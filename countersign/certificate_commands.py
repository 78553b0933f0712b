"""`countersign certificate …`: issued certificates (and requests for college credit) looked at, reissued, revoked and checked."""

from typing import Annotated

import typer

from countersign.commandline import (
    By,
    JsonOption,
    WorkspaceOption,
    case_number,
    command,
    complain,
    group_of,
    opened_store,
    print_json,
)
from countersign.preview_command import add_preview

certificate = group_of("Issued certificates, and requests for college credit.")
add_preview(certificate)

Why = Annotated[
    str, typer.Option("--reason", help="Why. It is kept, and the educator reads it in the mail, word for word.")
]


@command(certificate, "show")
def certificate_show(number: str, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """One certificate or credit request by its number: for whom and where it stands, its file, and what stands on the paper. The whole
    record: --json."""
    from countersign import recognition
    from countersign.desk import terminal
    from countersign.desk.credit_list import show_request
    from countersign.desk.papers import one_paper
    from countersign.desk.showing import shown

    opened, store = opened_store(workspace)
    found = one_paper(store, opened, number)
    if "requested_on" in found:
        found = show_request(store, opened, recognition.load_rules(opened.agreements), found["number"])
    if as_json:
        print_json(found)
    else:
        terminal.facts(shown(found))
    return 0


@command(certificate, "list")
def certificate_list(
    educator: Annotated[str, typer.Option("--educator", help="Only this educator's: the member number.")] = "",
    case: Annotated[str, typer.Option("--case", help="Only those of this case, as C-12.")] = "",
    state: Annotated[str, typer.Option("--state", help="Only these: valid, replaced, withdrawn or revoked.")] = "",
    former_name: Annotated[
        bool, typer.Option("--former-name", help="Only those that count and carry another name than the roster.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Certificates, newest first, with their states."""
    from dataclasses import asdict

    from countersign.desk import terminal
    from countersign.desk.papers import certificates
    from countersign.errors import UsageError
    from models.words import PaperState

    if state and state not in [*map(str, PaperState)]:
        raise UsageError(f"{state!r} is not a state of a certificate.", f"Write one of {', '.join(PaperState)}.")
    number = case_number(case) if case else None
    _, store = opened_store(workspace)
    wanted = PaperState(state) if state else None
    found = certificates(store, educator=educator, case=number, state=wanted, former_name=former_name)
    if as_json:
        print_json([asdict(line) for line in found])
    else:
        terminal.papers(found)
    return 0


@command(certificate, "reissue")
def certificate_reissue(
    numbers: Annotated[
        list[str], typer.Argument(metavar="NUMBER…", help="The certificates, as they stand on the paper.")
    ],
    by: By,
    reason: Why,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also when the new one would say the same.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Put a new certificate in the place of each, from what is known now: after a change of name, or once what was wrong is
    corrected. It has a number of its own and says what it replaces; the old one does not count any more, and the educator is told by
    the next nightly run. Also what was revoked is issued again so. Unless each number is a certificate's, none is done. Repeating it finishes what was
    begun, and changes nothing when all was done (exit 1)."""
    from dataclasses import asdict

    from countersign import clock, issuance, recognition
    from countersign.desk import terminal
    from countersign.desk.papers import known_certificates, told_reissue
    from countersign.errors import CountersignError

    opened, store = opened_store(workspace)
    rules = recognition.load_rules(opened.agreements)
    done: list[issuance.Reissued] = []
    code = 0
    wanted = known_certificates(store, numbers)
    for number in wanted:
        try:
            done.append(
                issuance.reissue(store, opened, rules, number, by=by, reason=reason, now=clock.now(), anyway=anyway)
            )
        except CountersignError as error:
            if len(wanted) == 1:
                raise
            complain(f"{number}: {error}")
            code = max(code, error.exit_code)
    if as_json:
        print_json([asdict(each) for each in done])
    else:
        for each in done:
            terminal.say(*told_reissue(each))
        if len(wanted) > 1:
            terminal.say(f"{sum(not each.already for each in done)} of {len(wanted)} were reissued.")
    return max(code, int(not all(each.aside and not each.already for each in done)))


@command(certificate, "revoke")
def certificate_revoke(
    number: str, by: By, reason: Why, workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> int:
    """A certificate does not count any more. Its file is put aside, the educator is told by the next nightly run, and none is
    issued in its place until somebody reissues it. The ledger stays as it is. Exit 1 when it was revoked already."""
    from dataclasses import asdict

    from countersign import clock, issuance
    from countersign.desk import terminal
    from countersign.desk.papers import told_revocation

    opened, store = opened_store(workspace)
    done = issuance.revoke(store, opened, number, by=by, reason=reason, now=clock.now())
    if as_json:
        print_json(asdict(done))
    else:
        terminal.say(*told_revocation(done))
    return int(done.already or not done.aside)


@command(certificate, "verify")
def certificate_verify(
    inputs: Annotated[list[str], typer.Argument(metavar="FILE|NUMBER…", help="PDF files, or numbers of papers.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Whether each PDF is ours, exactly as it was issued, and what it is worth today: valid, replaced (by which), withdrawn or
    revoked. A number may be typed in any spelling, or be the address of its QR code. Writes nothing. Exit 0 when each is ours,
    unaltered and valid, 2 when a file is not there or a number is none, else 1."""
    from countersign import clock
    from countersign.desk import terminal
    from countersign.desk.paper_checks import check_papers

    opened, store = opened_store(workspace)
    reports = check_papers(store, opened, inputs, clock.now())
    if as_json:
        print_json([report.as_json() for report in reports])
    else:
        terminal.papers_checked(reports)
    if any(report.result == "not_found" for report in reports):
        return 2
    return int(not all(report.counts for report in reports))
