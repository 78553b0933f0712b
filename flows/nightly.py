"""The nightly batch: everything that waits walks through the rooms once, in order."""

from datetime import datetime, timedelta

from prefect import flow
from prefect.artifacts import create_table_artifact

from countersign import clock, delivery, intake, issuance, matching, recognition, tally, verification
from countersign.errors import Busy, Outage
from countersign.transcripts import transcriber
from flows.house import ROSTER_CHUNK, enter, house, lease, tell
from flows.steps import LedgerIncomplete, each, note_districts_told, recheck, step


@step
def collect_folder(root: str, now: datetime) -> None:
    intake.collect_folder(house(root).store, house(root).workspace, now)


@step
def collect_mailbox(root: str, now: datetime) -> None:
    """A mailbox that is away keeps nobody else waiting: the problem is told at the end of the night."""
    try:
        intake.collect_mailbox(house(root).store, house(root).workspace, now)
    except Busy:
        raise
    except Outage as outage:
        house(root).problems.append(str(outage))


@step
def open_submissions(root: str, ids: list[int], now: datetime) -> None:
    intake.open_submissions(house(root).store, ids, now)


@step
def verify_carriers(root: str, ids: list[int], now: datetime) -> None:
    rooms = house(root)
    verification.verify_carriers(rooms.store, rooms.workspace, ids, now, rooms.session(now))


@step
def match_cases(root: str, ids: list[int], now: datetime) -> None:
    matching.match_cases(house(root).store, ids, now)


@step
def recognise(root: str, ids: list[int], now: datetime) -> None:
    """A line that the ledger does not take keeps nobody else waiting: it is told at the end of the night."""
    refused = recognition.recognise(house(root).store, house(root).rules, ids, now)
    house(root).refused.extend(str(one) for one in refused)


@step
def withdraw_papers(root: str, now: datetime) -> None:
    issuance.withdraw_papers(house(root).store, house(root).workspace, now)


@step
def issue_certificates(root: str, ids: list[int], now: datetime) -> None:
    issuance.issue_certificates(house(root).store, house(root).workspace, house(root).rules, ids, now)


@step
def issue_credentials(root: str, ids: list[int], now: datetime) -> None:
    issuance.issue_credentials(house(root).store, house(root).workspace, ids, now)


@step
def issue_credit_requests(root: str, ids: list[int], now: datetime) -> None:
    issuance.issue_credit_requests(house(root).store, house(root).workspace, house(root).rules, ids, now)


@step
def write_results(root: str, now: datetime) -> None:
    delivery.write_results(house(root).store, house(root).workspace, house(root).rules, now)


@step
def write_credit_news(root: str, now: datetime) -> None:
    delivery.write_credit_news(house(root).store, house(root).workspace, now)


@step
def write_transcripts(root: str, now: datetime) -> None:
    rooms = house(root)
    transcribe = transcriber(rooms.store, rooms.workspace, rooms.rules, now)
    delivery.write_transcripts(rooms.store, rooms.workspace, transcribe, now)


@step
def send_messages(root: str, now: datetime) -> None:
    problem = delivery.send_messages(house(root).store, house(root).workspace, now).problem
    if problem:
        house(root).problems.append(problem)


@step
def close_run(root: str, run_id: int, now: datetime) -> None:
    """Count what was done and write the staff's digest of it."""
    rooms = house(root)
    summary = tally.finish(rooms.store, run_id, (*rooms.refused, *rooms.problems), now)
    rooms.tallies.append(summary)
    if not summary.quiet:
        delivery.write_digest(rooms.store, rooms.workspace, run_id, summary, now)


@flow(name="nightly", log_prints=False, persist_result=False)
def nightly(workspace: str | None = None) -> None:
    """Run the batch once on the workspace folder (default: the nearest one). A repeated run finds the work done.

    Raises Outage at the end when the mailbox or the mail server was away, and LedgerIncomplete when the ledger refused a line: all that could
    be done is done.
    """
    root, rooms = enter(workspace)
    store, rules, now = rooms.store, rooms.rules, clock.now()
    with lease(rooms, "nightly", "nightly", timedelta()):
        run_id = tally.begin(store, now)
        tell("collecting", 0, 1)
        collect_folder(root, now)
        collect_mailbox(root, now)
        each(root, "opening", open_submissions, intake.unopened(store), now)
        each(root, "verifying", verify_carriers, verification.waiting_carriers(store, now), now)
        each(root, "looking again", recheck, verification.unanswered_cases(store, now), now)
        waiting = [*matching.unmatched_cases(store), *matching.retry_unmatched(store, now)]
        each(root, "matching", match_cases, waiting, now, size=ROSTER_CHUNK)
        each(root, "deciding", recognise, recognition.due_educators(store, rules, now), now)
        withdraw_papers(root, now)
        each(root, "drawing certificates", issue_certificates, issuance.awards_due(store, rules), now)
        each(root, "signing credentials", issue_credentials, issuance.credentials_due(store, rooms.workspace), now)
        each(root, "drawing credit requests", issue_credit_requests, issuance.credit_requests_due(store, rules), now)
        tell("writing mail", 0, 1)
        write_results(root, now)
        note_districts_told(root, now)
        write_credit_news(root, now)
        write_transcripts(root, now)
        close_run(root, run_id, now)
        tell("sending mail", 0, 1)
        send_messages(root, now)
        _show(rooms.tallies[-1])
    if rooms.problems:
        raise Outage("Something outside did not answer; all else is done.", "The summary says what; repeat later.")
    if rooms.refused:
        raise LedgerIncomplete(f"The ledger refused lines (educators: {len(rooms.refused)}); all else is done.")


def _show(summary: tally.Tally) -> None:
    """The table artifact of the night: figures only."""
    create_table_artifact(
        key="nightly-summary",
        table=[{"what": label.strip(), "count": number} for label, number in summary.counts.items()],
        description="What the night's run did.",
    )
