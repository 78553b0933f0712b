"""What every batch's steps have in common: the leases renewed, a busy database tried again, failures kept in this process."""

import traceback
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from countersign import issuance, verification
from countersign.errors import Busy
from flows.house import CHUNK, chunks, house, tell
from models.words import Recheck


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
    """A task of a batch. What it raises is kept in this process; Prefect only learns the kind of the failure and the
    place, because an error's text may name people."""

    @wraps(work)
    def guarded(root: str, *args: P.args, **kwargs: P.kwargs) -> R:
        house(root).renew()
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
    """A step of a batch broke down; the cause is in `House.failures`."""


class LedgerIncomplete(RuntimeError):
    """All else is done, and the ledger did not take some educators' lines; the sentences are in `House.refused`."""


@step
def recheck(root: str, ids: list[int], now: datetime) -> dict[int, Recheck]:
    """Look again at cases that count: are they still proven?"""
    rooms = house(root)
    return verification.recheck_cases(rooms.store, rooms.workspace, ids, now, rooms.session(now))


@step
def note_districts_told(root: str, now: datetime) -> None:
    """A district hears of a college's credit from the package that carries it: after closing, and on the night after a crash."""
    issuance.note_districts_told(house(root).store, house(root).workspace, house(root).rules, now)


def each(root: str, stage: str, work: Any, ids: list[int], now: datetime, size: int = CHUNK) -> list[Any]:
    """Do the work on `ids` in chunks, telling how far it is; what it gave back for each chunk."""
    done, given = 0, list[Any]()
    for chunk in chunks(ids, size):
        tell(stage, done, len(ids))
        given.append(work(root, chunk, now))
        done += len(chunk)
    tell(stage, done, len(ids))
    return given
