"""What of a case's originals was removed under the retention setting, as sentences for staff."""

from collections.abc import Iterator

from sqlmodel import Session, col, or_, select

from countersign.evidence import Evidence
from models.tables import (
    CarrierRecord,
    Case,
    CaseSubmission,
    FactRecord,
    HoursLog,
    Submission,
    VerdictRecord,
)


def removals(evidence: Evidence, session: Session, case: Case) -> tuple[str, ...]:
    """One sentence for each original of the case that is not there because the retention setting removed it."""
    said = ((what, evidence.removed(sha256)) for what, sha256 in dict.fromkeys(_named(session, case)))
    return tuple(dict.fromkeys(f"{what} was removed {when}." for what, when in said if when))


def _named(session: Session, case: Case) -> Iterator[tuple[str, str]]:
    """(what it is, its SHA-256) of all that the case came in and rests on."""
    ids = select(CaseSubmission.submission_id).where(col(CaseSubmission.case_id) == case.id)
    brought = session.exec(select(Submission).where(col(Submission.id).in_(ids)).order_by(col(Submission.id))).all()
    for submission in brought:
        yield f"Submission {submission.id} ({submission.name})", submission.sha256
    carriers = select(CarrierRecord).where(col(CarrierRecord.case_id) == case.id).order_by(col(CarrierRecord.id))
    for carrier in session.exec(carriers.where(col(CarrierRecord.sha256) != "")):
        yield f"The file {carrier.name} of submission {carrier.submission_id}", carrier.sha256
    if case.document_sha256:
        yield "The micro-credential as it was read", case.document_sha256
    logs = select(HoursLog).where(col(HoursLog.submission_id).in_(ids)).order_by(col(HoursLog.id))
    for log in session.exec(logs):
        yield f"The log of hours {log.name} of submission {log.submission_id}", log.sha256
    about = or_(col(FactRecord.case_id) == case.id, col(FactRecord.educator_id) == case.educator_id)
    for fact in session.exec(select(FactRecord).where(about).order_by(col(FactRecord.id))):
        if fact.source_sha256 and fact.case_id in {None, case.id}:
            yield f"The source {fact.source} of fact {fact.id}", fact.source_sha256
    verdicts = select(VerdictRecord).where(col(VerdictRecord.case_id) == case.id).order_by(col(VerdictRecord.id))
    for verdict in session.exec(verdicts):
        for answer in verdict.evidence:
            if "sha256" in answer:
                yield f"What the web answered for verdict {verdict.id}", answer["sha256"]
