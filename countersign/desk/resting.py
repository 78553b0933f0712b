"""What rests on the evidence: every row that names bytes of the evidence store, and why it needs them still.

A row that nobody here has thought of keeps what it names: every column whose name ends in "sha256", and every "sha256" within a
JSON column, of every table counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, exists, func
from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select

from countersign.reporting.lines import open_until
from countersign.retention import Named, Stays
from models.retention import EvidenceKind
from models.tables import (
    CarrierRecord,
    Case,
    CaseSubmission,
    Certificate,
    Consideration,
    CreditRequest,
    DecisionRecord,
    FactRecord,
    HoursLog,
    Message,
    Posting,
    Reading,
    ReviewItem,
    Submission,
    Telling,
    VerdictRecord,
)
from models.words import CaseState, CreditState, DecisionOutcome, MessageState, PaperState

LAST_MONTH = "9999-12"
_BY_KIND = {
    "submission.sha256",
    "carrier.sha256",
    "hours_log.sha256",
    "case.document_sha256",
    "fact.source_sha256",
    "verdict.evidence",
}
_NO_EVIDENCE = {
    "evidence_gone.sha256",
    "audit_entry.sha256",
    "hours_log.rows_sha256",
    "decision.agreement_sha256",
    "agreement_version.sha256",
    "package.manifest_sha256",
    "case.identities",
    "verdict.checks",
    "verdict.remarks",
    "verdict.endorsements",
    "hours_log.days",
    "hours_log.spans",
    "reading.wishes",
    "reading.problems",
    "review_item.proposals",
    "decision.cap",
    "decision.reasons",
    "run.counts",
}
"""Columns that name no bytes of the evidence store."""

_MANY = 2000
_columns: Any = columns_of


@dataclass(frozen=True, slots=True)
class _Needs:
    """Why cases, submissions, educators' facts and agreements' facts need their evidence still; what is not in it does not."""

    cases: dict[int, Stays] = field(default_factory=dict[int, Stays])
    submissions: dict[int, Stays] = field(default_factory=dict[int, Stays])
    educators: dict[int, Stays] = field(default_factory=dict[int, Stays])
    agreements: dict[str, Stays] = field(default_factory=dict[str, Stays])

    def of(self, case: int | None) -> Stays | None:
        """Why a case needs it; None also for no case."""
        return None if case is None else self.cases.get(case)


def names(session: Session, zone: str, papers_due: Iterable[int] = ()) -> Iterator[Named]:
    """Every row that names bytes, with the day in `zone` since which it does. `papers_due` are decisions whose paper is due and not drawn
    yet. Streams the rows; what is needed is kept as numbers of cases."""
    needs = _needs(session, papers_due)
    where = ZoneInfo(zone)

    def day(moment: datetime) -> date:
        return moment.astimezone(where).date()

    of_submission = (col(Submission.id), col(Submission.stored_at))
    for sha256, submission, at in _rows(session, _columns(col(Submission.sha256), *of_submission)):
        yield Named(sha256, EvidenceKind.arrivals, day(at), needs.submissions.get(submission))
    query = _columns(col(CarrierRecord.sha256), col(CarrierRecord.case_id), *of_submission)
    for sha256, case, submission, at in _rows(session, query.join_from(CarrierRecord, Submission)):
        needed = needs.submissions.get(submission) or needs.of(case)
        yield Named(sha256, EvidenceKind.arrivals, day(at), needed)
    query = _columns(col(HoursLog.sha256), *of_submission).join_from(HoursLog, Submission)
    for sha256, submission, at in _rows(session, query):
        yield Named(sha256, EvidenceKind.logs_of_hours, day(at), needs.submissions.get(submission))
    for sha256, case, opened, last in _rows(session, _documents()):
        at = max(opened, last) if last is not None else opened
        yield Named(sha256, EvidenceKind.arrivals, day(at), needs.cases.get(case))
    query = _columns(
        col(FactRecord.source_sha256),
        col(FactRecord.case_id),
        col(FactRecord.educator_id),
        col(FactRecord.agreement),
        col(FactRecord.recorded_at),
    )
    for sha256, case, educator, agreement, at in _rows(session, query):
        about_all = needs.agreements.get(agreement) if case is None and educator is None else None
        of_all = needs.educators.get(educator) if case is None and educator is not None else None
        needed = needs.of(case) or of_all or about_all
        yield Named(sha256, EvidenceKind.sources_of_facts, day(at), needed)
    query = _columns(col(VerdictRecord.evidence), col(VerdictRecord.case_id), col(VerdictRecord.at))
    for answers, case, at in _rows(session, query):
        for answer in answers:
            if sha256 := answer.get("sha256"):
                yield Named(sha256, EvidenceKind.web_answers, day(at), needs.cases.get(case))
    yield from _never(session)


def _documents() -> Any:
    """(document, case, when it was opened, when the last submission that brought it came)."""
    brought = _columns(func.max(col(Submission.stored_at))).join_from(Submission, CaseSubmission)
    last = brought.where(col(CaseSubmission.case_id) == col(Case.id)).correlate(Case).scalar_subquery()
    return _columns(col(Case.document_sha256), col(Case.id), col(Case.opened_at), last).where(
        col(Case.document_sha256) != ""
    )


def _rows(session: Session, query: Any) -> Iterator[tuple[Any, ...]]:
    for row in session.connection().execute(query, execution_options={"yield_per": _MANY}):
        if row[0]:
            yield tuple(row)


def _never(session: Session) -> Iterator[Named]:
    """What all other columns name: papers, what was attached to e-mails, registries, and whatever comes to be kept."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if name in _BY_KIND or name in _NO_EVIDENCE:
                continue
            if isinstance(column.type, JSON):
                for (value,) in _rows(session, _columns(column)):
                    yield from map(Named, _within(value))
            elif column.name.endswith("sha256"):
                for (value,) in _rows(session, _columns(column).distinct()):
                    yield Named(value)


def _within(value: object) -> Iterator[str]:
    """Every text in it that could be a SHA-256 in hexadecimal."""
    if isinstance(value, str):
        if len(value) == 64 and set(value) <= set("0123456789abcdef"):
            yield value
    elif isinstance(value, Mapping):
        for inner in cast(Mapping[str, object], value).values():
            yield from _within(inner)
    elif isinstance(value, Sequence):
        for inner in cast(Sequence[object], value):
            yield from _within(inner)


def _needs(session: Session, papers_due: Iterable[int]) -> _Needs:
    needs = _Needs()

    def case(number: int | None, why: Stays) -> None:
        if number is not None:
            needs.cases.setdefault(number, why)

    def cases(query: Any, why: Stays) -> None:
        for (number,) in _rows(session, query):
            case(number, why)

    open_states = [CaseState.received.value, CaseState.held.value, CaseState.verified.value]
    undecided = ~exists().where(col(Consideration.educator_id) == col(Case.educator_id))
    cases(_columns(col(Case.id)).where(col(Case.state).in_(open_states)), Stays.open_case)
    cases(_columns(col(Case.id)).where(col(Case.state) == CaseState.matched.value, undecided), Stays.open_case)
    whole: dict[int, Stays] = {}
    undelivered = col(Message.state) != MessageState.sent.value
    for subject in session.exec(select(ReviewItem.subject).where(col(ReviewItem.closed_at).is_(None)).distinct()):
        kind, _, number = subject.partition(":")
        if kind == "case":
            case(int(number), Stays.review)
        elif kind == "submission":
            needs.submissions.setdefault(int(number), Stays.review)
        elif kind == "educator":
            whole.setdefault(int(number), Stays.review)
    # what is paid may rest on other micro-credentials of the same educator, which are looked up again with it
    for (educator,) in _rows(session, _columns(col(Posting.educator_id)).where(open_until(LAST_MONTH)).distinct()):
        whole.setdefault(educator, Stays.unpaid)
    later = aliased(DecisionRecord)
    same = exists().where(
        *(col(getattr(later, name)) == getattr(DecisionRecord, name) for name in ("case_id", "agreement", "currency")),
        col(later.revision) > col(DecisionRecord.revision),
    )
    open_outcomes = [DecisionOutcome.banked.value, DecisionOutcome.held.value]
    query = _columns(col(DecisionRecord.case_id), col(DecisionRecord.agreement))
    for number, agreement in _rows(session, query.where(col(DecisionRecord.outcome).in_(open_outcomes), ~same)):
        case(number, Stays.waits)
        needs.agreements.setdefault(agreement, Stays.waits)
    due = set(papers_due)
    for number, decision in (
        _rows(session, _columns(col(DecisionRecord.case_id), col(DecisionRecord.id))) if due else ()
    ):
        if decision in due:
            case(number, Stays.certified)
    cases(_columns(col(Certificate.case_id)).where(col(Certificate.state) == PaperState.valid.value), Stays.certified)
    cases(
        _columns(col(CreditRequest.case_id)).where(col(CreditRequest.state) != CreditState.withdrawn.value),
        Stays.certified,
    )
    for (educator,) in _rows(session, _columns(col(Message.educator_id)).where(undelivered).distinct()):
        whole.setdefault(educator, Stays.undelivered)
    query = _columns(col(Telling.fact)).join_from(Telling, Message).where(undelivered)
    for (fact,) in _rows(session, query.where(col(Telling.fact).startswith("submission:"))):
        needs.submissions.setdefault(int(fact.partition(":")[2].partition("/")[0]), Stays.undelivered)
    _through_owners(session, needs, whole)
    _through_submissions(session, needs)
    return needs


def _through_owners(session: Session, needs: _Needs, whole: Mapping[int, Stays]) -> None:
    """From an educator to all their cases, from a case to the one that it was joined to and back, and from cases to their educator."""
    joined: list[tuple[int, int]] = []
    query = _columns(col(Case.id), col(Case.educator_id), col(Case.joined_to))
    for case, educator, root in _rows(session, query):
        if educator in whole:
            needs.cases.setdefault(case, whole[educator])
        if case in needs.cases and educator is not None:
            needs.educators.setdefault(educator, needs.cases[case])
        if root is not None:
            joined.append((case, root))
    for case, root in joined:
        for one, other in ((case, root), (root, case)):
            if one in needs.cases:
                needs.cases.setdefault(other, needs.cases[one])


def _through_submissions(session: Session, needs: _Needs) -> None:
    """From a case to what brought it, and what of a submission is not looked at yet."""
    for pair in (CaseSubmission, CarrierRecord):
        query = _columns(col(pair.submission_id), col(pair.case_id)).where(col(pair.case_id).is_not(None))
        for submission, case in _rows(session, query):
            if case in needs.cases:
                needs.submissions.setdefault(submission, needs.cases[case])
    unopened = _columns(col(Submission.id)).where(~exists().where(col(Reading.submission_id) == col(Submission.id)))
    unexamined = _columns(col(CarrierRecord.submission_id)).where(col(CarrierRecord.examined_at).is_(None))
    for query in (unopened, unexamined):
        for (submission,) in _rows(session, query):
            needs.submissions.setdefault(submission, Stays.unread)
