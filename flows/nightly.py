"""The nightly batch: everything that waits walks through the rooms once, in order."""

import traceback
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from countersign import clock, delivery, intake, issuance, matching, recognition, tally, verification
from countersign.errors import Busy, Outage
from flows.house import CHUNK, ROSTER_CHUNK, chunks, enter, house, tell


def _database_busy(_task: Any, _run: Any, state: Any) -> bool:
    """Retry only what another writer's lock caused; a wrong result does not become right by repeating."""
    try:
        state.result()
    except Busy:
        return True
    except Exception:  # noqa: BLE001  (any other failure is final; it is reported where it is raised)
        return False
    return False


P = ParamSpec("P")
R = TypeVar("R")


def step(work: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    """A task of the night. What it raises is kept in this process; Prefect only learns the kind of the failure and the
    place, because an error's text may name people."""

    @wraps(work)
    def guarded(root: str, *args: P.args, **kwargs: P.kwargs) -> R:
        house(root).held.renew()
        try:
            return work(root, *args, **kwargs)
        except Busy:
            raise
        except Exception as error:  # noqa: BLE001  (kept whole in this process; see above)
            house(root).failures.append(error)
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}, line {place.lineno}"
            raise StepFailed(f"{work.__name__}: {type(error).__name__} ({where})") from None

    return task(
        cache_policy=NO_CACHE,
        retries=2,
        retry_delay_seconds=[1, 5],
        retry_condition_fn=_database_busy,
        persist_result=False,
    )(guarded)


class StepFailed(RuntimeError):
    """A step of the night broke down; the cause is in `House.failures`."""


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
    recognition.recognise(house(root).store, house(root).rules, ids, now)


@step
def withdraw_certificates(root: str, now: datetime) -> None:
    issuance.withdraw_certificates(house(root).store, now)


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
def close_run(root: str, run_id: int, now: datetime) -> None:
    """Count what was done and write the staff's digest of it."""
    rooms = house(root)
    summary = tally.finish(rooms.store, run_id, tuple(rooms.problems), now)
    rooms.tallies.append(summary)
    if not summary.quiet:
        delivery.write_digest(rooms.store, rooms.workspace, run_id, summary, now)


@flow(name="nightly", log_prints=False, persist_result=False)
def nightly(workspace: str | None = None) -> None:
    """Run the batch once on the workspace folder (default: the nearest one). A repeated run finds the work done.

    Raises Outage at the end when the mailbox or the mail server was away: all that could be done is done.
    """
    root, rooms = enter(workspace)
    store, rules, now = rooms.store, rooms.rules, clock.now()
    with store.lease("nightly") as held:
        rooms.hold(held)
        run_id = tally.begin(store, now)
        tell("collecting", 0, 1)
        collect_folder(root, now)
        collect_mailbox(root, now)
        _each(root, "opening", open_submissions, intake.unopened(store), now)
        _each(root, "verifying", verify_carriers, verification.waiting_carriers(store, now), now)
        waiting = [*matching.unmatched_cases(store), *matching.retry_unmatched(store, now)]
        _each(root, "matching", match_cases, waiting, now, size=ROSTER_CHUNK)
        _each(root, "deciding", recognise, recognition.due_educators(store, rules, now), now)
        withdraw_certificates(root, now)
        _each(root, "drawing certificates", issue_certificates, issuance.awards_due(store, rules), now)
        _each(root, "drawing credit requests", issue_credit_requests, issuance.credit_requests_due(store, rules), now)
        tell("writing mail", 0, 1)
        write_results(root, now)
        close_run(root, run_id, now)
        tell("sending mail", 0, 1)
        send_messages(root, now)
        _show(rooms.tallies[-1])
    if rooms.problems:
        raise Outage("Something outside did not answer; all else is done.", "The summary says what; repeat later.")


def _each(root: str, stage: str, work: Any, ids: list[int], now: datetime, size: int = CHUNK) -> None:
    done = 0
    for chunk in chunks(ids, size):
        tell(stage, done, len(ids))
        work(root, chunk, now)
        done += len(chunk)
    tell(stage, done, len(ids))


def _show(summary: tally.Tally) -> None:
    """The table artifact of the night: figures only."""
    create_table_artifact(
        key="nightly-summary",
        table=[{"what": label.strip(), "count": number} for label, number in summary.counts.items()],
        description="What the night's run did.",
    )
