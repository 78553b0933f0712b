"""The nightly batch: everything that waits walks through the rooms once, in order."""

from datetime import datetime
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from sqlalchemy.exc import OperationalError

from countersign import clock, delivery, intake, issuance, matching, recognition, tally, verification
from countersign.errors import Outage
from flows.house import chunks, enter, house, tell


def _database_busy(_task: Any, _run: Any, state: Any) -> bool:
    """Retry only what another writer's lock caused; a wrong result does not become right by repeating."""
    try:
        state.result()
    except OperationalError:
        return True
    except Exception:  # noqa: BLE001  (any other failure is final; it is reported where it is raised)
        return False
    return False


step = task(
    cache_policy=NO_CACHE,
    retries=2,
    retry_delay_seconds=[1, 5],
    retry_condition_fn=_database_busy,
    persist_result=False,
)


@step
def collect_folder(root: str, now: datetime) -> list[int]:
    return intake.collect_folder(house(root).store, house(root).workspace, now)


@step
def collect_mailbox(root: str, now: datetime) -> list[int]:
    return intake.collect_mailbox(house(root).store, house(root).workspace, now)


@step
def open_submissions(root: str, ids: list[int], now: datetime) -> None:
    intake.open_submissions(house(root).store, ids, now)


@step
def verify_carriers(root: str, ids: list[int], now: datetime) -> None:
    verification.verify_carriers(house(root).store, house(root).workspace, ids, now)


@step
def match_cases(root: str, ids: list[int], now: datetime) -> None:
    matching.match_cases(house(root).store, ids, now)


@step
def recognise(root: str, ids: list[int], now: datetime) -> None:
    recognition.recognise(house(root).store, house(root).rules, ids, now)


@step
def issue_certificates(root: str, ids: list[int], now: datetime) -> None:
    issuance.issue_certificates(house(root).store, house(root).workspace, house(root).rules, ids, now)


@step
def issue_credit_requests(root: str, ids: list[int], now: datetime) -> None:
    issuance.issue_credit_requests(house(root).store, house(root).workspace, house(root).rules, ids, now)


@step
def write_results(root: str, now: datetime) -> None:
    delivery.write_results(house(root).store, house(root).workspace, house(root).rules, now)


@step
def send_messages(root: str, now: datetime) -> None:
    problem = delivery.send_messages(house(root).store, house(root).workspace, now).problem
    if problem:
        house(root).problems.append(problem)


@step
def close_run(root: str, run_id: int, marks: dict[str, int], now: datetime) -> None:
    """Count what was done and write the staff's digest of it."""
    rooms = house(root)
    summary = tally.finish(rooms.store, run_id, marks, tuple(rooms.problems), now)
    rooms.tallies.append(summary)
    if not summary.quiet:
        delivery.write_digest(rooms.store, rooms.workspace, run_id, summary, now)


@flow(name="nightly", log_prints=False, persist_result=False)
def nightly(workspace: str | None = None) -> None:
    """Run the batch once on the workspace folder (default: the nearest one). A repeated run finds the work done."""
    root, rooms = enter(workspace)
    store, now = rooms.store, clock.now()
    with store.lease("nightly"):
        run_id, marks = tally.begin(store, now)
        tell("collecting", 0, 1)
        collect_folder(root, now)
        try:
            collect_mailbox(root, now)
        except Outage as outage:
            rooms.problems.append(str(outage))
        _each(root, "opening", open_submissions, intake.unopened(store), now)
        _each(root, "verifying", verify_carriers, verification.waiting_carriers(store, now), now)
        waiting = [*matching.unmatched_cases(store), *matching.retry_unmatched(store, now)]
        _each(root, "matching", match_cases, waiting, now)
        _each(root, "deciding", recognise, recognition.due_educators(store, rooms.rules, now), now)
        issuance.withdraw_certificates(store, now)
        certificates = issuance.awards_due(store, rooms.rules)
        _each(root, "drawing certificates", issue_certificates, certificates, now)
        requests = issuance.credit_requests_due(store, rooms.rules)
        _each(root, "drawing credit requests", issue_credit_requests, requests, now)
        tell("writing mail", 0, 1)
        write_results(root, now)
        close_run(root, run_id, marks, now)
        tell("sending mail", 0, 1)
        send_messages(root, now)
        _show(rooms.tallies[-1])


def _each(root: str, stage: str, work: Any, ids: list[int], now: datetime) -> None:
    done = 0
    for chunk in chunks(ids):
        tell(stage, done, len(ids))
        work(root, chunk, now)
        house(root).store.renew("nightly")
        done += len(chunk)
    tell(stage, done, len(ids))


def _show(summary: tally.Tally) -> None:
    """The table artifact of the night: figures only."""
    create_table_artifact(
        key="nightly-summary",
        table=[{"what": label.strip(), "count": number} for label, number in summary.counts.items()],
        description="What the night's run did.",
    )
