"""What recognition knows of an educator, read from the store; and a fingerprint of it that is cheap for everybody at once."""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, union
from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign.recognition.logs import Brought, Hours, Log, hours_of
from countersign.recognition.recorded import Recorded, about_cases, for_everybody, recorded
from models.agreement import Rules
from models.records import Approval, CaseRecord, EducatorRecord, Licence, Span, Work
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    DecisionRecord,
    Educator,
    Employment,
    FactRecord,
    HoursLog,
    Membership,
    PreApproval,
    Reading,
    Submission,
)
from models.words import CaseState, Source

Query = Any
"""A select over plain columns. SQLAlchemy's types for joins of aliases and unions say less than they cost to satisfy."""

_select: Any = columns_of


@dataclass(frozen=True, slots=True)
class Known:
    """An educator's record and cases. `frozen` are cases that were decided once and are being looked at again elsewhere
    in the house: they keep their decisions and their places under caps until that ends. `notes` are sentences for staff,
    by case, on what came along and was left out of account; `every` are all cases of the educator's, whatever their state."""

    record: EducatorRecord
    cases: tuple[CaseRecord, ...]
    frozen: frozenset[int]
    every: frozenset[int]
    notes: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class _Sent:
    """One submission that brought a case of the educator's: what it asked for and showed, and whether it may decide.

    `counts` is whether it came from one of the educator's own addresses, or was put into the inbox by staff without being
    a message (intake leaves nothing to count in a message that names no sender). Anybody can forward a credential that
    is another's; only the educator can ask for credit or show hours in their own name.
    """

    brought: Brought
    name: str
    sender: str
    credit: bool
    counts: bool


def known(session: Session, educator_id: int) -> Known:
    """Everything recognition may know of one educator. Raises LookupError when there is no such educator."""
    educator = session.get(Educator, educator_id)
    if educator is None:
        raise LookupError(f"There is no educator {educator_id}.")
    mine = session.exec(select(Case).where(col(Case.educator_id) == educator_id)).all()
    decided = set(
        session.exec(select(DecisionRecord.case_id).where(col(DecisionRecord.case_id).in_([c.id for c in mine]))).all()
    )
    frozen = frozenset(c.id for c in mine if c.id in decided and c.state in {CaseState.held, CaseState.verified})
    cases = [c for c in mine if c.state == CaseState.matched or c.id in frozen]
    said_by_people = recorded(session, educator_id, [c.id for c in cases])
    made = list(_cases(session, educator_id, cases, said_by_people))
    notes = {case.case_id: said for case, said in made if said}
    return Known(
        _record(session, educator, said_by_people),
        tuple(case for case, _ in made),
        frozen,
        frozenset(c.id for c in mine),
        notes,
    )


def _record(session: Session, educator: Educator, facts: Recorded) -> EducatorRecord:
    def rows(table: Any) -> Sequence[Any]:
        return session.exec(select(table).where(table.educator_id == educator.id).order_by(table.id)).all()

    return EducatorRecord(
        educator_id=educator.id,
        licence_state=educator.licence_state,
        employments=tuple(
            Work(e.district, e.role, Span(e.starts, e.ends), e.band, e.bargaining_unit, e.location, e.fte)
            for e in rows(Employment)
        ),
        approvals=tuple(Approval(a.recognizer, a.title, a.approved_on) for a in rows(PreApproval)),
        memberships=tuple(Span(m.starts, m.ends) for m in rows(Membership)),
        licence=Licence(
            educator.licence_level,
            Span(educator.licence_from, educator.licence_until) if educator.licence_from else None,
        ),
        rulings=facts.rulings_said(),
        elections=tuple(facts.elections),
        funds=tuple(facts.funds),
    )


def _cases(
    session: Session, educator_id: int, cases: Iterable[Case], facts: Recorded
) -> Iterator[tuple[CaseRecord, tuple[str, ...]]]:
    """Each case with the notes on it."""
    carried = list(_rows(session, _carried(one=True), educator_id))
    sent = _sent(session, educator_id, {submission for _, _, submission in carried})
    mine = frozenset(case for _, case, _ in carried)
    shown = hours_of([one.brought for one in sent.values() if one.counts], mine)
    for case in cases:
        if case.issued_on is None:  # a verdict that read no date is never `verified`; without it nothing can be decided
            continue
        hours = shown.get(case.id, Hours())
        came = [sent[submission] for _, owner, submission in carried if owner == case.id and submission in sent]
        notes = [_not_counted(one) for one in came if not one.counts and (one.credit or one.brought.logs)]
        record = CaseRecord(
            case_id=case.id,
            issuer=case.issuer,
            issuer_name=case.issuer_name,
            title=case.title,
            issued_on=case.issued_on,
            received_at=case.received_at,
            log_hours=hours.hours,
            log_problem=hours.problem,
            credit_requested=any(one.credit and one.counts for one in came),
            achievement=case.achievement_id,
            transcript=facts.transcripts.get(case.id),
            mastery=facts.levels.get(case.id),
            paid_by=facts.paid_by(case.id),
        )
        yield record, (*notes, hours.later) if hours.later else tuple(notes)


def _not_counted(one: _Sent) -> str:
    what = " and ".join(
        what for what, came in (("the wish for credit", one.credit), ("the log of hours", one.brought.logs)) if came
    )
    verb = "do" if one.credit and one.brought.logs else "does"
    whose = f"{one.sender} is no address of this educator on the roster" if one.sender else "it names no sender"
    return f"{what[:1].upper()}{what[1:]} in {one.name} {verb} not count: {whose}."


def _sent(session: Session, educator_id: int, submissions: Iterable[int]) -> dict[int, _Sent]:
    """The submissions that were opened, by id, oldest id first."""
    ids = sorted(submissions)
    own = set(session.exec(select(Address.folded).where(col(Address.educator_id) == educator_id)).all())
    titles: dict[int, dict[int, str]] = {}
    query = select(CaseSubmission.submission_id, Case).join(Case, col(Case.id) == CaseSubmission.case_id)
    for submission_id, case in session.exec(query.where(col(CaseSubmission.submission_id).in_(ids))).all():
        titles.setdefault(submission_id, {})[case.joined_to or case.id] = case.title
    logs: dict[int, list[Log]] = {}
    for log in session.exec(select(HoursLog).where(col(HoursLog.submission_id).in_(ids))).all():
        logs.setdefault(log.submission_id, []).append(_log(log))
    sent: dict[int, _Sent] = {}
    opened = select(Submission, Reading).join(Reading, col(Reading.submission_id) == Submission.id)
    opened = opened.where(col(Submission.id).in_(ids)).order_by(col(Submission.id))
    for submission, reading in session.exec(opened).all():
        number, sender = submission.id, reading.sender
        sent[number] = _Sent(
            brought=Brought(number, submission.received_at, titles.get(number, {}), tuple(logs.get(number, ()))),
            name=submission.name,
            sender=sender,
            credit=reading.wishes.get("credit") is True,
            counts=sender.casefold() in own if sender else submission.source == Source.folder,
        )
    return sent


def _log(row: HoursLog) -> Log:
    return Log(
        name=row.name,
        key=row.rows_sha256 or row.sha256,
        title=row.title,
        hours=row.hours,
        problem=row.problem,
        days={date.fromisoformat(day): Decimal(hours) for day, hours in row.days.items()},
        spans={date.fromisoformat(day): [(s, e) for s, e in spans] for day, spans in row.spans.items()},
    )


def _rows(session: Session, query: Query, educator_id: int | None, **options: Any) -> Iterator[tuple[Any, ...]]:
    parameters = {} if educator_id is None else {"educator": educator_id}
    for row in session.connection().execute(query, parameters, execution_options=options):
        yield tuple(row)


def _whose(column: Any, *, one: bool) -> Any:
    """The educator to be named when the query runs, or everybody who has a case."""
    return column == bindparam("educator") if one else column.is_not(None)


@cache
def _carried(*, one: bool) -> Query:
    """(educator, case, submission) for every submission that brought an educator's case, or one that was joined to it."""
    owner: Any = aliased(Case)
    joined: Any = aliased(Case)
    brought: Any = CaseSubmission
    columns = (owner.educator_id.label("educator"), owner.id.label("case"), brought.submission_id.label("submission"))
    whose = _whose(owner.educator_id, one=one)
    own = _select(*columns).join_from(owner, brought, brought.case_id == owner.id).where(whose)
    others = _select(*columns).join_from(owner, joined, joined.joined_to == owner.id)
    others = others.join(brought, brought.case_id == joined.id).where(whose)
    both: Any = union(own, others).subquery()
    columns = (both.c.educator, both.c.case, both.c.submission)
    return _select(*columns).order_by(*columns)


def fingerprints(session: Session, rules: Sequence[Rules], educator_id: int | None = None) -> Iterator[tuple[int, str]]:
    """(educator, SHA-256 in hexadecimal over the agreements and every fact that `known` reads), by educator, for those
    who have cases; only for `educator_id` when given. Streams: memory does not grow with the number of educators."""
    agreements = ";".join(f"{r.terms.id}={r.sha256}" for r in sorted(rules, key=lambda r: (r.terms.id, r.sha256)))
    start = hashlib.sha256(f"{agreements};{for_everybody(session)}".encode())
    queries = _queries(one=educator_id is not None)
    streams = [_numbered(session, number, query, educator_id) for number, query in enumerate(queries)]
    for educator, rows in groupby(heapq.merge(*streams, key=lambda row: row[:2]), key=lambda row: row[0]):
        digest = start.copy()
        for row in rows:
            digest.update(repr(row[1:]).encode())
        yield educator, digest.hexdigest()


def _numbered(session: Session, number: int, query: Query, educator_id: int | None) -> Iterator[tuple[Any, ...]]:
    for educator, *values in _rows(session, query, educator_id, yield_per=2000):
        yield (educator, number, *values)


@cache  # putting such a query together costs more than running it for one educator
def _queries(*, one: bool) -> tuple[Query, ...]:
    """One query per kind of fact: the educator first, then what `known` reads of them, in an order that never varies."""
    return tuple(_made(one=one))


def _made(*, one: bool) -> Iterator[Query]:
    having = col(Case.educator_id)
    have_cases = _select(having).where(_whose(having, one=one))

    def of_table(table: Any, owner: Any, *columns: Any) -> Query:
        return _select(owner, table.id, *columns).where(owner.in_(have_cases)).order_by(owner, table.id)

    licence = (Educator.licence_state, Educator.licence_level, Educator.licence_from, Educator.licence_until)
    yield of_table(Educator, Educator.id, *licence)
    work = (Employment.district, Employment.role, Employment.starts, Employment.ends, Employment.band)
    work += (Employment.bargaining_unit, Employment.location, Employment.fte)
    for table, columns in (
        (Address, (Address.folded,)),
        (Employment, work),
        (Membership, (Membership.starts, Membership.ends)),
        (FactRecord, ()),
        (PreApproval, (PreApproval.recognizer, PreApproval.title, PreApproval.approved_on)),
        (
            Case,
            (
                Case.state,
                Case.issuer,
                Case.issuer_name,
                Case.title,
                Case.issued_on,
                Case.received_at,
                Case.achievement_id,
            ),
        ),
    ):
        yield of_table(table, table.educator_id, *columns)
    yield about_cases(lambda owner: _whose(owner, one=one))
    carried: Any = _carried(one=one).subquery()
    order = tuple(carried.c)
    submission = carried.c.submission
    brought: Any = CaseSubmission
    for table, on, columns in (
        (
            HoursLog,
            HoursLog.submission_id,
            (
                HoursLog.id,
                HoursLog.title,
                HoursLog.hours,
                HoursLog.problem,
                HoursLog.sha256,
                HoursLog.rows_sha256,
                HoursLog.days,
                HoursLog.spans,
            ),
        ),
        (Reading, Reading.submission_id, (Reading.id, Reading.sender, Reading.wishes)),
    ):
        yield _select(*order, *columns).join_from(carried, table, on == submission).order_by(*order, columns[0])
    with_cases = _select(*order, brought.case_id, Case.joined_to, Case.title)
    with_cases = with_cases.join_from(carried, brought, brought.submission_id == submission)
    yield with_cases.join(Case, col(Case.id) == brought.case_id).order_by(*order, brought.case_id)
