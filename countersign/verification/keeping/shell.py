"""Verification on the store: carriers become cases, each with its verdict; one transaction a carrier.

A case is found by `Examination.key`. Only a proven credential has the key of a credential, so a forgery that came first waits
under the key of its own bytes and takes nobody's place. A case that is held is looked at again (`holding`), and when it then proves
to be a credential that another case has, it joins that one. What is already decided is joined and not disturbed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, cast, exists, literal
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select, update

from countersign import audit, review
from countersign.errors import Busy, CountersignError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification.codes import ENDED_BEFORE, HOLDS, TWO_CONTENTS, UNEXAMINED, UNPROVEN, UNREACHABLE
from countersign.verification.examination import examine
from countersign.verification.keeping import doubts
from countersign.verification.keeping.holding import (
    ask,
    came_again,
    ended_before,
    ended_by_person,
    is_holding,
    latest_verdict,
    next_look,
)
from countersign.verification.keeping.same import ended_award, said_otherwise, withdrawn_case
from countersign.verification.keeping.writing import Kept, described, keep
from countersign.verification.session import VerificationSession, open_session
from countersign.verification.trust.registry import Registry
from models.credentials import (
    Carrier,
    CarrierKind,
    Check,
    CheckName,
    CheckOutcome,
    Examination,
    VerdictOutcome,
)
from models.tables import CarrierRecord, Case, CaseSubmission, ReviewItem, Submission, VerdictRecord
from models.words import CaseState, Occasion, Owner

ACTOR = "nightly"
ATTEMPTS = 5
_SETTLED = frozenset({CaseState.verified.value, CaseState.matched.value})


def waiting_carriers(store: Store, now: datetime) -> list[int]:
    """Carriers never examined, and one carrier of each case that verification holds and that is due for another look.

    One whose item somebody closed without ending the case is due too, so that no case is held without anybody seeing it.
    """
    shown = exists().where(
        col(ReviewItem.subject) == literal("case:") + cast(Case.id, String),
        col(ReviewItem.code).in_(HOLDS),
        col(ReviewItem.closed_at).is_(None),
    )
    latest = (
        select(func.max(VerdictRecord.id))
        .where(col(VerdictRecord.occasion) != Occasion.before_payment.value)  # those never hold a case
        .group_by(col(VerdictRecord.case_id))
    )
    held = (
        select(func.min(CarrierRecord.id))
        .join(Case, col(Case.id) == col(CarrierRecord.case_id))
        .join(VerdictRecord, col(VerdictRecord.case_id) == col(Case.id))
        .where(
            col(VerdictRecord.id).in_(latest),
            col(VerdictRecord.outcome) == VerdictOutcome.held.value,
            col(Case.state) == CaseState.held.value,
            or_(col(Case.look_again_at) <= now, ~shown),
        )
        .group_by(col(CarrierRecord.case_id))
    )
    query = select(CarrierRecord.id).where(
        or_(col(CarrierRecord.examined_at).is_(None), col(CarrierRecord.id).in_(held))
    )
    with store.reading() as session:
        return list(session.exec(query.order_by(col(CarrierRecord.id))).all())


def verify_carriers(
    store: Store,
    workspace: Workspace,
    carrier_ids: Sequence[int],
    now: datetime,
    session: VerificationSession | None = None,
) -> None:
    """Examine each carrier and write down what came of it. Repeating is harmless.

    `session` is what the calls of one run share (`open_session`), so that an address is asked once in the run and a
    silent host is left alone; without it the call has one of its own.

    Raises UsageError or FileProblems when the registry of issuers cannot be read: without it nothing is examined.
    """
    session = session or open_session(workspace, now)
    for carrier_id in carrier_ids:
        try:
            _verify(store, session, carrier_id, now)
        except Busy:
            raise  # the database is busy or away: that is no fault of this carrier, and the caller tries again
        except Exception as error:  # noqa: BLE001  (hostile input through third-party parsers; the others must go on)
            _park(store, carrier_id, error, now)


def _verify(store: Store, run: VerificationSession, carrier_id: int, now: datetime) -> None:
    with store.reading() as session:
        record = session.get(CarrierRecord, carrier_id)
    if record is None:
        return
    content = store.evidence.get(record.sha256) if record.sha256 else b""
    carrier = Carrier(name=record.name, kind=CarrierKind(record.kind), content=content, url=record.url)
    examinations = examine(carrier, run.registry, run.fetcher, now)
    registry_sha256 = store.evidence.put(run.registry_text)
    for kept in [keep(store.evidence, e, carrier_id, registry_sha256) for e in examinations]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with store.transaction() as session:
                    _write(session, kept, run.registry, now)
                break
            except IntegrityError:  # another worker wrote the same case or audit entry in this moment: look again
                if attempt == ATTEMPTS:
                    raise


def _write(session: Session, kept: Kept, registry: Registry, now: datetime) -> None:
    examination = kept.examination
    record = session.get_one(CarrierRecord, kept.carrier_id)
    submission = session.get_one(Submission, record.submission_id)
    review.release(
        session, subject=f"submission:{submission.id}", now=now, by=ACTOR, resolution="Examined.", code=UNEXAMINED
    )
    mine = session.get(Case, record.case_id) if record.case_id else None
    occasion = Occasion.again if record.examined_at else Occasion.arrival
    record.examined_at = record.examined_at or now
    session.add(record)
    if mine is None and _holds_nothing(examination):
        return  # a logo or a page: nothing to tell anybody
    if mine is not None and not is_holding(session, mine):
        return
    case = session.exec(select(Case).where(col(Case.key) == examination.key)).first()
    if case is not None and case.joined_to is not None:
        case = session.get_one(Case, case.joined_to)
    gone = withdrawn_case(session, examination, registry)
    if gone is not None and _counts(session, gone):
        case = gone
    if mine is None and case is None:
        case = ended_before(session, record)
    if mine is not None and case is not None and case.id != mine.id:
        _join(session, mine, case, now)
    elif mine is not None:
        mine.key = examination.key
        case = mine
    if case is None:
        case = Case(
            key=examination.key, state=CaseState.received.value, opened_at=now, received_at=submission.received_at
        )
        session.add(case)
        session.flush()
    record.case_id = case.id
    _link(session, case, submission.id)
    if _counts(session, case):
        _compare(session, case, examination, kept.document, now)
        if examination.key == case.key or case is gone:
            _withdrawn_since(session, case, kept, occasion, now)
    elif _may_change(session, case, examination):
        _decide(session, case, kept, occasion, registry, now)
    elif examination.verdict.outcome is VerdictOutcome.verified and ended_by_person(session, case):
        came_again(session, case, submission.id, now)


def _counts(session: Session, case: Case) -> bool:
    """Whether the case was proven and goes on, or waits for its educator: later arrivals do not disturb it."""
    if case.state in _SETTLED:
        return True
    return case.state == CaseState.held.value and not is_holding(session, case)


def _holds_nothing(examination: Examination) -> bool:
    return not examination.document and examination.verdict[CheckName.extracted].outcome is not CheckOutcome.passed


def _may_change(session: Session, case: Case, examination: Examination) -> bool:
    """A rejected case only changes when the issuer's present word makes it verified, and only if it was a verdict that
    rejected it, not a person."""
    if case.state != CaseState.rejected.value:
        return case.state != CaseState.joined.value
    return examination.verdict.outcome is VerdictOutcome.verified and not ended_by_person(session, case)


def _link(session: Session, case: Case, submission_id: int) -> None:
    """Note that a submission brought the case, and let the earliest one count while nothing is decided."""
    known = select(CaseSubmission).where(
        col(CaseSubmission.case_id) == case.id, col(CaseSubmission.submission_id) == submission_id
    )
    if session.exec(known).first() is None:
        session.add(CaseSubmission(case_id=case.id, submission_id=submission_id))
        session.flush()
    if case.state != CaseState.matched.value:
        first = session.exec(
            select(func.min(Submission.received_at))
            .join(CaseSubmission, col(CaseSubmission.submission_id) == col(Submission.id))
            .where(col(CaseSubmission.case_id) == case.id)
        ).one()
        case.received_at = min(first, case.received_at) if first else case.received_at
        session.add(case)


def _join(session: Session, mine: Case, other: Case, now: datetime) -> None:
    """The held case `mine` turned out to be a credential that `other` stands for."""
    mine.state, mine.joined_to, mine.look_again_at = CaseState.joined.value, other.id, None
    session.add(mine)
    brought = select(CaseSubmission.submission_id).where(col(CaseSubmission.case_id) == mine.id)
    for submission_id in session.exec(brought).all():
        _link(session, other, submission_id)
    session.exec(update(CarrierRecord).where(col(CarrierRecord.case_id) == mine.id).values(case_id=other.id))
    _release(session, mine, now, f"The same credential as {other.label}.")
    audit.record(session, at=now, actor=ACTOR, action="case joined", subject=f"case:{mine.id}", to=other.id)


def _decide(session: Session, case: Case, kept: Kept, occasion: Occasion, registry: Registry, now: datetime) -> None:
    verdict, decisive = kept.examination.verdict, kept.examination.verdict.decisive
    outcome = verdict.outcome
    code = UNREACHABLE if decisive.retry else UNPROVEN
    held = outcome is VerdictOutcome.held
    again = next_look(case.opened_at, now, retry=decisive.retry) if held else None
    latest = latest_verdict(session, case)
    if held and latest is not None and kept.checks == latest.checks:
        _still_held(session, case, decisive, code, again or now, now)
        return
    session.add(kept.row(case.id, occasion, now))
    case.state, case.look_again_at = outcome.value, again
    if outcome is VerdictOutcome.verified:
        case.proven_at = now
    _describe(case, kept, registry)
    session.add(case)
    session.flush()
    if held:
        _release(session, case, now, "Held for another reason.", UNPROVEN if decisive.retry else UNREACHABLE)
        _hold(session, case, decisive, code, again, now)
    else:
        _release(session, case, now, f"Examined again: {outcome.value}.")
    if outcome is VerdictOutcome.verified:
        _ended_otherwise(session, case, kept.examination, now)
    audit.record(
        session,
        at=now,
        actor=ACTOR,
        action=f"case {outcome.value}",
        subject=f"case:{case.id}",
        check=decisive.name.value,
        document=kept.document,
    )


def _still_held(session: Session, case: Case, decisive: Check, code: str, again: datetime, now: datetime) -> None:
    """Looked at again, and nothing is different: nothing to tell. Only the next look is set when it is not by every run,
    and an item that somebody closed comes back."""
    query = select(ReviewItem).where(
        col(ReviewItem.subject) == f"case:{case.id}", col(ReviewItem.code) == code, col(ReviewItem.closed_at).is_(None)
    )
    if again > now or session.exec(query).first() is None:
        case.look_again_at = again
        session.add(case)
        _hold(session, case, decisive, code, again, now)


def _hold(session: Session, case: Case, decisive: Check, code: str, again: datetime | None, now: datetime) -> None:
    review.hold(
        session,
        subject=f"case:{case.id}",
        code=code,
        sentence=decisive.detail,
        next_step=decisive.remedy,
        owner=Owner.nobody if decisive.retry else Owner.staff,
        now=now,
        look_again_at=again,
    )


def _withdrawn_since(session: Session, case: Case, kept: Kept, occasion: Occasion, now: datetime) -> None:
    """A credential that is already counted came again, and its issuer has withdrawn it meanwhile: a person must look."""
    status = kept.examination.verdict[CheckName.status]
    if status.outcome is not CheckOutcome.failed:
        return
    latest = latest_verdict(session, case)
    if latest is None or latest.checks != kept.checks:
        session.add(kept.row(case.id, occasion, now))
        session.flush()
    doubts.withdrawn(session, case, status, now)


def _ended_otherwise(session: Session, case: Case, examination: Examination, now: datetime) -> None:
    """The same award as one that a person ended, under another id: proven, and it waits for a person all the same."""
    credential = examination.credential
    ended = ended_award(session, credential, examination.issuer) if credential is not None else None
    if ended is None or review.settled(session, subject=f"case:{case.id}", code=ENDED_BEFORE):
        return
    case.state = CaseState.held.value
    session.add(case)
    said = f"The issuer gave the same micro-credential to the same recipient as in {ended.label}, which a person has ended."
    ask(
        session,
        case,
        f"{said} It may be the same award again, or its correction: a person decides whether it counts.",
        now,
    )


def _describe(case: Case, kept: Kept, registry: Registry) -> None:
    case.document_sha256 = kept.document or case.document_sha256
    for name, value in described(kept.examination, registry).items():
        setattr(case, name, value)


def _compare(session: Session, case: Case, examination: Examination, document: str, now: datetime) -> None:
    """The same credential came again. When its issuer proved another content under the same id, a person must look."""
    if document == case.document_sha256 or examination.verdict.outcome is not VerdictOutcome.verified:
        return
    different = said_otherwise(examination, case)
    if different is None:
        return
    review.hold(
        session,
        subject=f"case:{case.id}",
        code=TWO_CONTENTS,
        sentence=f"The issuer gave out two credentials with the same id. Of the later one: {different.detail} The first one stands.",
        next_step="Ask the issuer which of them is right; the original files are with the submissions of this case.",
        owner=Owner.staff,
        now=now,
    )


def _release(session: Session, case: Case, now: datetime, resolution: str, *codes: str) -> None:
    for code in codes or HOLDS:
        review.release(session, subject=f"case:{case.id}", now=now, by=ACTOR, resolution=resolution, code=code)


def _park(store: Store, carrier_id: int, error: Exception, now: datetime) -> None:
    """An examination broke down: the carrier stays unexamined, is tried again on the next run, and staff can see it."""
    said = str(error) if isinstance(error, CountersignError) else f"an unexpected {type(error).__name__} came up."
    with store.transaction() as session:
        record = session.get(CarrierRecord, carrier_id)
        if record is None:
            return
        review.hold(
            session,
            subject=f"submission:{record.submission_id}",
            code=UNEXAMINED,
            sentence=f"{record.name} could not be examined: {said}",
            next_step="It is tried again on the next run. If this stays, send the developers the number of this item.",
            owner=Owner.staff,
            now=now,
            look_again_at=now,
        )
