"""The cases that verification holds: when they are looked at again, and how a person ends one."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.errors import UsageError
from countersign.store import Store
from countersign.verification.codes import ENDED_BEFORE, HOLDS
from models.credentials import VerdictOutcome
from models.tables import CarrierRecord, Case, CaseSubmission, Reading, VerdictRecord
from models.words import CaseState, Owner

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


def came_again(session: Session, case: Case, submission_id: int, now: datetime) -> None:
    """What a person ended came again and is proven now: their word stands, and a person is asked, since it was given before this
    proof, or about somebody else who had sent it. Whoever had sent it already when it was last asked is not asked about again."""
    subject = f"case:{case.id}"
    if review.settled(session, subject=subject, code=ENDED_BEFORE) and _sent_before(session, case, submission_id):
        return
    ask(
        session,
        case,
        f"{case.label} was ended by a person, and came again; its proof holds now. It stays ended until a person decides.",
        now,
    )


def ask(session: Session, case: Case, sentence: str, now: datetime) -> None:
    """Put before a person what is proven and a person has ended before: `admit_case` and `end_again` decide."""
    review.hold(
        session,
        subject=f"case:{case.id}",
        code=ENDED_BEFORE,
        sentence=sentence,
        next_step="See who sent it and why it was ended. Keep it, and it is matched and decided by the next nightly run, or dismiss it.",
        owner=Owner.staff,
        now=now,
    )


def admit_case(store: Store, case_id: int, by: str, reason: str, now: datetime) -> None:
    """A person lets in what was ended before: a proven case goes on to matching, another is examined by the next nightly run.

    Raises UsageError when nobody is asked about the case.
    """
    with store.transaction() as session:
        case = _asked_about(session, case_id, by, reason)
        proven = was_proven(session, case)
        case.state = CaseState.verified.value if proven else CaseState.held.value
        case.look_again_at = None if proven else now
        session.add(case)
        review.release(session, subject=f"case:{case_id}", now=now, by=by, resolution=reason, code=ENDED_BEFORE)
        audit.record(session, at=now, actor=by, action="case let in", subject=f"case:{case_id}")


def end_again(store: Store, case_id: int, by: str, reason: str, now: datetime) -> None:
    """A person lets what was ended before stay so. Raises UsageError when nobody is asked about the case."""
    with store.transaction() as session:
        case = _asked_about(session, case_id, by, reason)
        case.state, case.look_again_at = CaseState.rejected.value, None
        session.add(case)
        review.release(session, subject=f"case:{case_id}", now=now, by=by, resolution=reason, code=ENDED_BEFORE)
        audit.record(session, at=now, actor=by, action="case rejected", subject=f"case:{case_id}")


def _asked_about(session: Session, case_id: int, by: str, reason: str) -> Case:
    if not by.strip() or not reason.strip():
        raise UsageError("A decision needs who made it and why.", "Give --by NAME and --reason TEXT.")
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise UsageError(f"There is no case C-{case_id}.", "See: countersign review")
    if not review.is_open(session, subject=f"case:{case_id}", code=ENDED_BEFORE):
        raise UsageError(
            f"{case.label} does not wait for a word on what was ended before: it is {case.state}.",
            f"See: countersign explain {case.label}",
        )
    return case


def _sent_before(session: Session, case: Case, submission_id: int) -> bool:
    """Whether the sender of the submission, if one is known, had sent the case before."""
    senders = (
        select(Reading.submission_id, Reading.sender)
        .join(CaseSubmission, col(CaseSubmission.submission_id) == col(Reading.submission_id))
        .where(col(CaseSubmission.case_id) == case.id, col(Reading.sender) != "")
    )
    known = {number: sender.casefold() for number, sender in session.exec(senders)}
    mine = known.pop(submission_id, "")
    return bool(mine) and mine in known.values()
