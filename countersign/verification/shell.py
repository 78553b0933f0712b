"""Verification on the store: carriers become cases, each with its verdict; one transaction a carrier.

A case is found by `Examination.key`. Only a proven credential has the key of a credential, so a forgery that came first waits
under the key of its own bytes and takes nobody's place. A case that is held is tried again on the next run, and when it then proves
to be a credential that another case has, it joins that one. What is already decided is joined and not disturbed.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, col, func, or_, select, update

from countersign import audit, review
from countersign.errors import CountersignError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification.checks import LOOK_AGAIN
from countersign.verification.examination import examine
from countersign.verification.registry import Registry
from countersign.verification.session import VerificationSession, open_session
from countersign.verification.web import Fetcher
from models.credentials import Carrier, CarrierKind, CheckName, CheckOutcome, Examination, VerdictOutcome
from models.tables import CarrierRecord, Case, CaseSubmission, Submission, VerdictRecord
from models.words import CaseState, Owner

ACTOR = "nightly"
ATTEMPTS = 5
UNREACHABLE, UNPROVEN, UNEXAMINED, TWO_CONTENTS = "unreachable", "unproven", "unexamined", "same_id_differs"
_SETTLED = frozenset({CaseState.verified.value, CaseState.matched.value})


def waiting_carriers(store: Store, now: datetime) -> list[int]:
    """Carriers never examined, and one carrier of each case that verification holds and wants to look at again."""
    latest = select(func.max(VerdictRecord.id)).group_by(col(VerdictRecord.case_id))
    held = (
        select(func.min(CarrierRecord.id))
        .join(Case, col(Case.id) == col(CarrierRecord.case_id))
        .join(VerdictRecord, col(VerdictRecord.case_id) == col(Case.id))
        .where(
            col(VerdictRecord.id).in_(latest),
            col(VerdictRecord.outcome) == VerdictOutcome.held.value,
            col(Case.state) == CaseState.held.value,
            col(Case.look_again_at) <= now,
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
            _verify(store, session.registry, session.fetcher, carrier_id, now)
        except OperationalError:
            raise  # the database is busy or away: that is no fault of this carrier, and the caller tries again
        except Exception as error:  # noqa: BLE001  (hostile input through third-party parsers; the others must go on)
            _park(store, carrier_id, error, now)


def _verify(store: Store, registry: Registry, fetcher: Fetcher, carrier_id: int, now: datetime) -> None:
    with store.reading() as session:
        record = session.get(CarrierRecord, carrier_id)
    if record is None:
        return
    content = store.evidence.get(record.sha256) if record.sha256 else b""
    carrier = Carrier(name=record.name, kind=CarrierKind(record.kind), content=content, url=record.url)
    examinations = examine(carrier, registry, fetcher, now)
    evidence = [_keep(store, examination) for examination in examinations]
    for examination, (document, fetched) in zip(examinations, evidence, strict=True):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with store.transaction() as session:
                    _write(session, carrier_id, examination, document, fetched, registry, now)
                break
            except IntegrityError:  # another worker wrote the same case or audit entry in this moment: look again
                if attempt == ATTEMPTS:
                    raise


def _keep(store: Store, examination: Examination) -> tuple[str, list[dict[str, object]]]:
    """Put the document and everything fetched into the evidence store; returns the hash and the verdict's evidence list."""
    document = store.evidence.put(examination.document) if examination.document else ""
    fetched: list[dict[str, object]] = [
        {
            "url": answer.url,
            "final_url": answer.final_url,
            "status": answer.status,
            "at": answer.at.isoformat(),
            "sha256": store.evidence.put(answer.content),
        }
        for answer in examination.fetched
    ]
    return document, fetched


def _write(
    session: Session,
    carrier_id: int,
    examination: Examination,
    document: str,
    fetched: list[dict[str, object]],
    registry: Registry,
    now: datetime,
) -> None:
    record = session.get_one(CarrierRecord, carrier_id)
    submission = session.get_one(Submission, record.submission_id)
    review.release(
        session, subject=f"submission:{submission.id}", now=now, by=ACTOR, resolution="Examined.", code=UNEXAMINED
    )
    mine = session.get(Case, record.case_id) if record.case_id else None
    record.examined_at = record.examined_at or now
    session.add(record)
    if mine is None and _holds_nothing(examination):
        return  # a logo or a page: nothing to tell anybody
    if mine is not None and mine.state not in (CaseState.held.value, CaseState.received.value):
        return
    case = session.exec(select(Case).where(col(Case.key) == examination.key)).first()
    if case is not None and case.joined_to is not None:
        case = session.get_one(Case, case.joined_to)
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
    if case.state in _SETTLED:
        _compare(session, case, examination, document, now)
    elif _may_change(session, case, examination):
        _decide(session, case, examination, document, fetched, registry, now)


def _holds_nothing(examination: Examination) -> bool:
    return not examination.document and examination.verdict[CheckName.extracted].outcome is not CheckOutcome.passed


def _may_change(session: Session, case: Case, examination: Examination) -> bool:
    """A rejected case only changes when the issuer's present word makes it verified, and only if it was a verdict that
    rejected it, not a person."""
    if case.state != CaseState.rejected.value:
        return case.state != CaseState.joined.value
    last = session.exec(
        select(VerdictRecord.outcome)
        .where(col(VerdictRecord.case_id) == case.id)
        .order_by(col(VerdictRecord.id).desc())
        .limit(1)
    ).first()
    return last == VerdictOutcome.rejected.value and examination.verdict.outcome is VerdictOutcome.verified


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


def _decide(
    session: Session,
    case: Case,
    examination: Examination,
    document: str,
    fetched: list[dict[str, object]],
    registry: Registry,
    now: datetime,
) -> None:
    verdict, decisive = examination.verdict, examination.verdict.decisive
    outcome = verdict.outcome
    checks = [
        {"name": c.name.value, "outcome": c.outcome.value, "detail": c.detail, "remedy": c.remedy}
        for c in verdict.checks
    ]
    if outcome is VerdictOutcome.held and checks == _latest_checks(session, case):
        return  # looked at again, and nothing is different: there is nothing to write down or to tell
    session.add(VerdictRecord(case_id=case.id, at=now, outcome=outcome.value, checks=checks, evidence=list(fetched)))
    case.state = outcome.value
    case.look_again_at = now if outcome is VerdictOutcome.held else None
    _describe(case, examination, document, registry)
    session.add(case)
    session.flush()
    if outcome is VerdictOutcome.held:
        code = UNREACHABLE if decisive.remedy == LOOK_AGAIN else UNPROVEN
        other = UNPROVEN if code == UNREACHABLE else UNREACHABLE
        review.release(
            session, subject=f"case:{case.id}", now=now, by=ACTOR, resolution="Held for another reason.", code=other
        )
        review.hold(
            session,
            subject=f"case:{case.id}",
            code=code,
            sentence=decisive.detail,
            next_step=decisive.remedy,
            owner=Owner.staff,
            now=now,
            look_again_at=now,
        )
    else:
        _release(session, case, now, f"Examined again: {outcome.value}.")
    audit.record(
        session,
        at=now,
        actor=ACTOR,
        action=f"case {outcome.value}",
        subject=f"case:{case.id}",
        check=decisive.name.value,
        document=document,
    )


def _latest_checks(session: Session, case: Case) -> list[dict[str, Any]] | None:
    query = select(VerdictRecord).where(col(VerdictRecord.case_id) == case.id).order_by(col(VerdictRecord.id).desc())
    latest = session.exec(query.limit(1)).first()
    return latest.checks if latest else None


def _describe(case: Case, examination: Examination, document: str, registry: Registry) -> None:
    case.document_sha256 = document or case.document_sha256
    credential = examination.credential
    if credential is None:
        return
    case.version, case.credential_id = credential.version, credential.id
    case.issuer = examination.issuer
    case.issuer_name = registry.names().get(examination.issuer, credential.issuer_name)
    case.achievement_id, case.title = credential.achievement.id, credential.achievement.name
    case.description, case.criteria = credential.achievement.description, credential.achievement.criteria
    case.issued_on, case.valid_until = credential.issued_on, credential.valid_until
    case.identities = [asdict(i) for i in credential.identities]


def _compare(session: Session, case: Case, examination: Examination, document: str, now: datetime) -> None:
    """The same credential came again. When its issuer proved another content under the same id, a person must look."""
    credential = examination.credential
    if (
        credential is None
        or document == case.document_sha256
        or examination.verdict.outcome is not VerdictOutcome.verified
    ):
        return
    if credential.achievement.name == case.title and [asdict(i) for i in credential.identities] == case.identities:
        return
    review.hold(
        session,
        subject=f"case:{case.id}",
        code=TWO_CONTENTS,
        sentence="The issuer signed two credentials with the same id that name another recipient or title. The first one counts.",
        next_step="Ask the issuer which of them is right; the original files are with the submissions of this case.",
        owner=Owner.staff,
        now=now,
    )


def _release(session: Session, case: Case, now: datetime, resolution: str) -> None:
    for code in (UNREACHABLE, UNPROVEN):
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
