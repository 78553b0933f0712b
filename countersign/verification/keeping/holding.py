"""The cases that verification holds: when they are looked at again, and how a person ends one."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.errors import UsageError
from countersign.store import Store
from countersign.verification.codes import HOLDS
from models.credentials import VerdictOutcome
from models.tables import CarrierRecord, Case, VerdictRecord
from models.words import CaseState

EVERY_RUN = timedelta(days=7)
"""How long after it was opened a case that waits for a site is looked at by every run."""

DAILY = timedelta(days=60)
"""How long after it was opened it is looked at once a day; after that once a week."""

_DAY = timedelta(hours=20)
_WEEK = timedelta(days=6, hours=20)
"""Four hours short, so that a run that begins a little earlier than the last one does not miss its day."""


def next_look(opened_at: datetime, now: datetime, *, retry: bool) -> datetime:
    """From when on a case that is held at `now` is looked at again; `now` itself means by every run.

    `retry` is that of the decisive check. Where only a person can change something it is looked at once a day at most,
    since nobody tells verification that the person did: registered a key, or brought in a version that knows more.
    """
    age = now - opened_at
    if retry and age < EVERY_RUN:
        return now
    return now + (_DAY if age < DAILY else _WEEK)


def latest_verdict(session: Session, case: Case) -> VerdictRecord | None:
    """The verdict that counts for a case, None before the first."""
    query = select(VerdictRecord).where(col(VerdictRecord.case_id) == case.id).order_by(col(VerdictRecord.id).desc())
    return session.exec(query.limit(1)).first()


def was_proven(session: Session, case: Case) -> bool:
    """Whether any verdict on the case was `verified`. From then on no later verdict moves it, only matching and people do:
    what was granted is not taken back by itself."""
    query = select(VerdictRecord.id).where(
        col(VerdictRecord.case_id) == case.id, col(VerdictRecord.outcome) == VerdictOutcome.verified.value
    )
    return session.exec(query.limit(1)).first() is not None


def is_holding(session: Session, case: Case) -> bool:
    """Whether the case is held, and held by verification: a proven one is held by matching."""
    if case.state != CaseState.held.value or was_proven(session, case):
        return False
    latest = latest_verdict(session, case)
    return latest is not None and latest.outcome == VerdictOutcome.held.value


def ended_by_person(session: Session, case: Case) -> bool:
    """Whether a person rejected the case: it is rejected, and no verdict did that."""
    if case.state != CaseState.rejected.value:
        return False
    latest = latest_verdict(session, case)
    return latest is None or latest.outcome != VerdictOutcome.rejected.value or was_proven(session, case)


def ended_before(session: Session, carrier: CarrierRecord) -> Case | None:
    """The case that a person ended and that came in by the very same bytes or link as `carrier`.

    A hosted credential that was held had the key of its bytes. When its site answers at last it has the key of a
    credential, under which the person's decision would not be found.
    """
    query = (
        select(Case)
        .join(CarrierRecord, col(CarrierRecord.case_id) == col(Case.id))
        .where(
            col(Case.state) == CaseState.rejected.value,
            col(CarrierRecord.sha256) == carrier.sha256,
            col(CarrierRecord.url) == carrier.url,
        )
        .order_by(col(Case.id))
    )
    return next((case for case in session.exec(query).all() if ended_by_person(session, case)), None)


def dismiss_case(store: Store, case_id: int, by: str, reason: str, now: datetime) -> None:
    """A person ends a case that verification holds: rejected for good, its items closed with the reason, recorded.

    Neither a later run nor the same bytes sent again open it. Raises UsageError when verification does not hold it.
    """
    if not by.strip() or not reason.strip():
        raise UsageError("A decision needs who made it and why.", "Give --by NAME and --reason TEXT.")
    with store.transaction() as session:
        case = session.get(Case, case_id, with_for_update=True)
        if case is None:
            raise UsageError(f"There is no case C-{case_id}.", "See: countersign review")
        if not is_holding(session, case):
            raise UsageError(
                f"{case.label} does not wait for its verification: it is {case.state}.",
                f"See: countersign explain {case.label}",
            )
        case.state, case.look_again_at = CaseState.rejected.value, None
        session.add(case)
        for code in HOLDS:
            review.release(session, subject=f"case:{case_id}", now=now, by=by, resolution=reason, code=code)
        audit.record(session, at=now, actor=by, action="case rejected", subject=f"case:{case_id}")
