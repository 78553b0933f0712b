"""What one run did, counted from the tables, and the same as a short list for staff to read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from countersign.store import Store
from models.tables import (
    AuditEntry,
    Case,
    CaseSubmission,
    Certificate,
    CreditRequest,
    DecisionRecord,
    Educator,
    Message,
    Reading,
    ReviewItem,
    Run,
    Submission,
    VerdictRecord,
)
from models.words import DecisionOutcome, Occasion, ReadingOutcome

_COUNTED: tuple[Any, ...] = (
    Submission,
    Reading,
    VerdictRecord,
    DecisionRecord,
    Certificate,
    CreditRequest,
    Message,
    ReviewItem,
    CaseSubmission,
    AuditEntry,
)

FLOW = "nightly"
MARKS = "counted from"

LISTED = 40
"""How many cases and open items a summary lists; the rest is counted."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case that moved in the run, for the list staff read."""

    case: str
    title: str
    educator: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """Open items of the review queue that say the same, one after the other: their numbers and what they are about."""

    numbers: tuple[int, ...]
    about: tuple[str, ...]
    sentence: str
    next_step: str
    owner: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The night in figures. `counts` maps a plain label to a number, in reading order, zeros included."""

    run_id: int
    counts: Mapping[str, int]
    cases: tuple[CaseLine, ...] = ()
    more_cases: int = 0
    items: tuple[ItemLine, ...] = ()
    more_items: int = 0
    problems: tuple[str, ...] = field(default=())

    @property
    def quiet(self) -> bool:
        """True when the run changed nothing that a person would care about."""
        return not any(n for label, n in self.counts.items() if label != OPEN) and not self.problems

    @property
    def needs_attention(self) -> bool:
        """True when the run refused something, put something into the queue, or met a problem."""
        return bool(self.counts[REJECTED] or self.counts[QUEUED] or self.problems)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


ARRIVED = "submissions arrived"
EMPTY = "  of them without a credential, automatic or unreadable"
VERIFIED = "micro-credentials verified"
REJECTED = "micro-credentials rejected"
HELD = "micro-credentials held"
AGAIN = "sent again, already known"
GRANTED = "decisions: granted"
BANKED = "decisions: banked"
WAITING = "decisions: held"
REFUSED = "decisions: refused"
CERTIFICATES = "certificates issued"
CREDITS = "credit requests issued"
CERTIFICATES_GONE = "certificates withdrawn"
CERTIFICATES_REPLACED = "certificates replaced"
CERTIFICATES_REVOKED = "certificates revoked"
CREDITS_GONE = "credit requests withdrawn"
MAILS = "e-mails written"
QUEUED = "new in the review queue"
OPEN = "open in the review queue"


def begin(store: Store, now: datetime) -> int:
    """Open a run, or go on with the one that a crash left unfinished; returns its id.

    The marks from which `finish` counts are kept with the run, so what a killed run did is told by the next one.
    """
    with store.transaction() as session:
        left = session.exec(
            select(Run).where(Run.flow == FLOW, col(Run.finished_at).is_(None)).order_by(col(Run.id)).limit(1)
        ).first()
        if left is not None:
            return left.id
        marks = {str(table.__tablename__): _last(session, table) for table in _COUNTED}
        marks["review_item"] = _last_told(session, ReviewItem, ReviewItem.opened_at)
        marks["audit_entry"] = _last_told(session, AuditEntry, AuditEntry.at)
        run = Run(flow=FLOW, started_at=now, counts={MARKS: marks})
        session.add(run)
        session.flush()
        return run.id


def finish(store: Store, run_id: int, problems: tuple[str, ...], now: datetime) -> Tally:
    """Count what came since `begin`, keep the counts with the run, and return them. A quiet run leaves no row behind."""
    with store.transaction() as session:
        run = session.get_one(Run, run_id)
        tally = _count(session, run_id, run.counts[MARKS], problems)
        if tally.quiet:
            session.delete(run)
        else:
            run.finished_at, run.counts = now, dict(tally.counts)
            session.add(run)
    return tally


def _last(session: Session, table: Any) -> int:
    return session.exec(select(func.max(table.id))).one() or 0


def _last_told(session: Session, table: Any, at: Any) -> int:
    """The last row of a table that was there when a run was last finished. What came since is new to staff, whoever put it there:
    the closing of a month looks again at what it pays for, and people reissue and revoke; neither writes a digest."""
    query = select(func.max(Run.finished_at)).where(Run.flow == FLOW)
    finished = session.exec(query).one()
    if finished is None:
        return _last(session, table)
    return session.exec(select(func.max(table.id)).where(at <= finished)).one() or 0


def _count(session: Session, run_id: int, marks: Mapping[str, int], problems: tuple[str, ...]) -> Tally:
    def since(table: Any, column: Any = None) -> Counter[str]:
        key = column if column is not None else table.id * 0
        rows = session.exec(select(key, func.count()).where(table.id > marks[table.__tablename__]).group_by(key)).all()
        return Counter({str(k): n for k, n in rows})

    noted = (
        since(AuditEntry, AuditEntry.action) if "audit_entry" in marks else Counter[str]()
    )  # a run begun before it was a mark
    readings = since(Reading, Reading.outcome)
    verdicts = _verdicts(session, marks["verdict"])
    decisions = since(DecisionRecord, DecisionRecord.outcome)
    moved = _moved(session, marks)
    first = set(session.exec(select(VerdictRecord.case_id).where(col(VerdictRecord.id) > marks["verdict"])).all())
    joined = session.exec(select(CaseSubmission.case_id).where(col(CaseSubmission.id) > marks["case_submission"])).all()
    seen: set[int] = set()
    again = 0
    for case_id in joined:
        again += case_id not in first or case_id in seen
        seen.add(case_id)
    open_items = _open(session)
    lines = _grouped(open_items)
    counts = {
        ARRIVED: since(Submission).total(),
        EMPTY: readings.total() - readings[ReadingOutcome.carriers],
        VERIFIED: verdicts["verified"],
        REJECTED: verdicts["rejected"],
        HELD: verdicts["held"],
        AGAIN: again,
        GRANTED: decisions["granted"],
        BANKED: decisions["banked"],
        WAITING: decisions["held"],
        REFUSED: decisions["refused"],
        CERTIFICATES: since(Certificate).total(),
        CREDITS: since(CreditRequest).total(),
        CERTIFICATES_GONE: noted["certificate withdrawn"],
        CERTIFICATES_REPLACED: noted["certificate replaced"] + noted["certificate reissued"],
        CERTIFICATES_REVOKED: noted["certificate revoked"],
        CREDITS_GONE: noted["credit request withdrawn"],
        MAILS: sum(n for kind, n in since(Message, Message.kind).items() if kind != "digest"),
        QUEUED: sum(item.id > marks["review_item"] for item in open_items),
        OPEN: len(open_items),
    }
    return Tally(
        run_id=run_id,
        counts=counts,
        cases=tuple(moved[:LISTED]),
        more_cases=max(0, len(moved) - LISTED),
        items=tuple(lines[:LISTED]),
        more_items=sum(len(line.numbers) for line in lines[LISTED:]),
        problems=problems,
    )


def _verdicts(session: Session, mark: int) -> Counter[str]:
    """Cases by their newest verdict of this run. Those that were only looked up again before payment are not news."""
    newest = (
        select(func.max(VerdictRecord.id))
        .where(col(VerdictRecord.id) > mark, col(VerdictRecord.occasion) != Occasion.before_payment.value)
        .group_by(col(VerdictRecord.case_id))
    )
    query = select(VerdictRecord.outcome, func.count()).where(col(VerdictRecord.id).in_(newest))
    return Counter(dict(session.exec(query.group_by(VerdictRecord.outcome)).all()))


def _moved(session: Session, marks: Mapping[str, int]) -> list[CaseLine]:
    verdicts = select(VerdictRecord.case_id).where(col(VerdictRecord.id) > marks["verdict"])
    decisions = select(DecisionRecord.case_id).where(col(DecisionRecord.id) > marks["decision"])
    joined = select(CaseSubmission.case_id).where(col(CaseSubmission.id) > marks["case_submission"])
    query = (
        select(Case, Educator)
        .outerjoin(Educator, col(Educator.id) == Case.educator_id)
        .where(col(Case.id).in_(verdicts.union(decisions, joined)))
        .order_by(col(Case.id))
    )
    cases = session.exec(query).all()
    outcomes = _outcomes(session, [case.id for case, _ in cases], marks["decision"])
    reasons = _reasons(session, [case.id for case, _ in cases])
    waiting = {item.subject: f"see item {item.id}" for item in _open(session)}
    return [
        CaseLine(
            case=case.label,
            title=case.title or "(title not known yet)",
            educator=educator.name if educator else "",
            outcome=outcomes.get(case.id)
            or f"{case.state}: {reasons.get(case.id) or waiting.get(f'case:{case.id}', '')}".removesuffix(": "),
        )
        for case, educator in cases
    ]


def _outcomes(session: Session, case_ids: list[int], mark: int) -> dict[int, str]:
    """For matched cases: "PD hours: granted; Compensation: banked, now granted", from the live decisions and those before the run."""
    live: dict[tuple[int, str, str], DecisionRecord] = {}
    before: dict[tuple[int, str, str], DecisionRecord] = {}
    for start in range(0, len(case_ids), 500):
        chunk = case_ids[start : start + 500]
        query = (
            select(DecisionRecord).where(col(DecisionRecord.case_id).in_(chunk)).order_by(col(DecisionRecord.revision))
        )
        for decision in session.exec(query):
            key = (decision.case_id, decision.agreement, decision.currency)
            live[key] = decision
            if decision.id <= mark:
                before[key] = decision
    said: dict[int, list[str]] = {}
    for key, decision in sorted(live.items()):
        said.setdefault(key[0], []).append(f"{decision.clause}: {_became(before.get(key), decision)}")
    return {case_id: "; ".join(words) for case_id, words in said.items()}


def _became(before: DecisionRecord | None, live: DecisionRecord) -> str:
    """What a run made of a decision, as the mails call it."""
    if before is None or before.outcome == live.outcome:
        return live.outcome
    if (before.outcome, live.outcome) == (DecisionOutcome.granted, DecisionOutcome.refused):
        return "taken back"
    return f"{before.outcome}, now {live.outcome}"


def _reasons(session: Session, case_ids: list[int]) -> dict[int, str]:
    """Why a case is rejected or held by verification: the sentence of the check that decided."""
    found: dict[int, str] = {}
    for start in range(0, len(case_ids), 500):
        chunk = case_ids[start : start + 500]
        query = select(VerdictRecord).where(col(VerdictRecord.case_id).in_(chunk)).order_by(col(VerdictRecord.id))
        for verdict in session.exec(query):
            outcomes = [check["outcome"] for check in verdict.checks]
            for outcome in ("failed", "indeterminate"):
                if outcome in outcomes:
                    found[verdict.case_id] = str(verdict.checks[outcomes.index(outcome)]["detail"])
                    break
            else:
                found.pop(verdict.case_id, None)
    return found


def _open(session: Session) -> list[ReviewItem]:
    query = select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)).order_by(col(ReviewItem.id))
    return list(session.exec(query))


def _grouped(items: list[ReviewItem]) -> list[ItemLine]:
    groups: dict[tuple[str, str, str], list[ReviewItem]] = {}
    for item in items:
        groups.setdefault((item.sentence, item.next_step, item.owner), []).append(item)
    return [
        ItemLine(
            numbers=tuple(i.id for i in group),
            about=tuple(i.subject.replace("case:", "C-").replace("submission:", "submission ") for i in group),
            sentence=sentence,
            next_step=next_step,
            owner=owner,
        )
        for (sentence, next_step, owner), group in groups.items()
    ]
