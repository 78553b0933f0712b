"""Why a case stands as it does: the credential, the verdict, the match, and every live decision with its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from countersign import review
from countersign.errors import UsageError
from countersign.recognition.core import silences
from countersign.recognition.facts import known
from countersign.recognition.goals import Progress, progress
from countersign.recognition.ledger import live_decisions
from countersign.recognition.removals import removals
from countersign.recognition.retracing import kept_rules, retraced
from countersign.recognition.tracing import Trace
from countersign.recognition.unagreed import held_sentence, unagreed
from countersign.store import Store
from models.agreement import Rules
from models.records import CapUse, Decision, Reason
from models.tables import (
    Case,
    Certificate,
    DecisionRecord,
    Educator,
    PackageLine,
    Posting,
    ReviewItem,
    VerdictRecord,
)
from models.words import NO_AGREEMENT, CaseState, Currency, DecisionOutcome, Doubt, Owner, PostingKind


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of the latest verdict that did not pass."""

    name: str
    outcome: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One live decision. `clause_text` is what the clause says in the version that was applied. `current` is whether that
    version is among the agreements now; when it is not, the text comes from the copy kept when it was first used."""

    recognizer: str
    agreement: str
    agreement_title: str
    source: str
    sha256: str
    current: bool
    clause: str
    clause_text: str
    currency: Currency
    outcome: DecisionOutcome
    quantity: Decimal
    unit: str
    period: str
    effective_on: date | None
    pay_month: str
    submit_from: date | None
    cap: CapUse | None
    reasons: tuple[Reason, ...]
    revision: int
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that staff can be told of one case. `silent` says, sentence by sentence, which agreements and clauses say
    nothing of it and why; `notes` what came along and does not count; `rulings` what a person decided of it in the review
    queue, when and why; `certificates` each one issued for it, oldest first, and what became of it; `doubts` what is in doubt about it now, and what that keeps back; `goals` how far the educator is with
    what is asked of them. `traces` says how each agreement comes to what it says of the case, and `moved_on` which decisions that stand
    it does not come to any more; `removed` which of its originals the retention setting has removed; `no_agreement` for which employers' want
    of an agreement something is held. Moments are in UTC."""

    case_id: int
    state: CaseState
    title: str
    issuer: str
    issuer_name: str
    version: str
    credential_id: str
    issued_on: datetime | None
    received_at: datetime
    verdict: str
    failed_checks: tuple[CheckLine, ...]
    match: str
    joined_to: int | None
    decisions: tuple[DecisionLine, ...]
    silent: tuple[str, ...]
    notes: tuple[str, ...] = ()
    rulings: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    goals: tuple[Progress, ...] = ()
    traces: tuple[Trace, ...] = ()
    moved_on: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    no_agreement: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"C-{self.case_id}"


def explain(store: Store, case_id: int, rules: Sequence[Rules], now: datetime | None = None) -> Explanation:
    """The case as it stands, for staff; with `now` also the educator's goals as they stand then, and how each agreement came to what it
    says. Reads only. Raises UsageError when there is no such case."""
    with store.reading() as session:
        case = session.get(Case, case_id)
        if case is None:
            raise UsageError(
                f"There is no case C-{case_id}.", "The summary of the run and the review queue name the cases."
            )
        verdict, failed = _verdict(session, case)
        live = live_decisions(session, [case.id])
        order = list(Currency)
        rows = sorted(live.values(), key=lambda row: (row.agreement, order.index(Currency(row.currency))))
        lost = {row.agreement for row in rows} - {r.terms.id for r in rules}
        silent, notes, unspoken = _beside(session, case, rules, now, store.zone, file_lost=bool(lost))
        traces, moved_on = retraced(session, case, rules, rows, now) if now else ((), ())
        return Explanation(
            case_id=case.id,
            state=CaseState(case.state),
            title=case.title,
            issuer=case.issuer,
            issuer_name=case.issuer_name,
            version=case.version,
            credential_id=case.credential_id,
            issued_on=case.issued_on,
            received_at=case.received_at,
            rulings=_rulings(session, case),
            certificates=_certificates(session, case),
            doubts=_doubts(session, case),
            verdict=verdict,
            failed_checks=failed,
            match=_match(session, case),
            joined_to=case.joined_to,
            decisions=tuple(_line(session, row, rules) for row in rows),
            silent=silent,
            notes=notes,
            goals=goals_of(session, case.educator_id, rules, now) if now and case.educator_id is not None else (),
            traces=traces,
            moved_on=moved_on,
            no_agreement=unspoken,
            removed=removals(store.evidence, session, case),
        )


def goals_of(session: Session, educator_id: int, rules: Sequence[Rules], now: datetime) -> tuple[Progress, ...]:
    """How far an educator is at `now` with what is asked of them, by their live decisions (`goals.progress`). Raises LookupError when
    there is no such educator."""
    if not any(r.terms.goals for r in rules):
        return ()
    mine = select(DecisionRecord.case_id).where(col(DecisionRecord.educator_id) == educator_id).distinct()
    live = live_decisions(session, session.exec(mine).all()).values()
    decisions = [decision_of(row) for row in live if row.educator_id == educator_id]
    return progress(rules, known(session, educator_id).record, decisions, now)


def decision_of(row: DecisionRecord) -> Decision:
    """A decision on record as the engine knows it."""
    return Decision(
        case_id=row.case_id,
        agreement=row.agreement,
        agreement_sha256=row.agreement_sha256,
        recognizer=row.recognizer,
        clause=row.clause,
        currency=Currency(row.currency),
        outcome=DecisionOutcome(row.outcome),
        quantity=row.quantity,
        unit=row.unit,
        reasons=tuple(_reason(reason) for reason in row.reasons),
        period=row.period,
        effective_on=row.effective_on,
        pay_month=row.pay_month,
        submit_from=row.submit_from,
        cap=_cap(row.cap),
    )


def _rulings(session: Session, case: Case) -> tuple[str, ...]:
    """What people, not runs, closed in the review queue about the case."""
    query = select(ReviewItem).where(
        col(ReviewItem.subject) == f"case:{case.id}",
        col(ReviewItem.closed_at).is_not(None),
        col(ReviewItem.closed_by).not_in(["", *review.HOUSE]),
    )
    return tuple(
        f"{item.closed_at:%Y-%m-%d %H:%M} UTC, {item.closed_by}: {item.resolution} (item {item.id})"
        for item in session.exec(query.order_by(col(ReviewItem.id)))
    )


def _certificates(session: Session, case: Case) -> tuple[str, ...]:
    """The certificates of the case and their ends: by whom, when and why, and which one says that it replaces them."""
    query = select(Certificate).where(col(Certificate.case_id) == case.id)
    rows = session.exec(query.order_by(col(Certificate.id))).all()
    numbers = {row.id: row.number for row in rows}
    said: list[str] = []
    for row in rows:
        drawn = "" if row.sha256 else ", not drawn" if row.ended_at else ", not drawn yet"
        replaces = f", replaces {numbers[row.replaces_id]}" if row.replaces_id in numbers else ""
        ended = f" on {row.ended_at:%Y-%m-%d} by {row.ended_by}: {row.ended_reason}" if row.ended_at else ""
        said.append(f"{row.number}, issued {row.issued_on}{drawn}{replaces}; {row.state}{ended}")
    return tuple(said)


def _doubts(session: Session, case: Case) -> tuple[str, ...]:
    """The open doubts about what was granted for the case; whether lines of it stay out of HR's packages meanwhile."""
    query = select(ReviewItem).where(
        col(ReviewItem.subject) == f"case:{case.id}",
        col(ReviewItem.code).in_([doubt.value for doubt in Doubt]),
        col(ReviewItem.closed_at).is_(None),
    )
    waiting = select(Posting.id).where(
        col(Posting.case_id) == case.id,
        col(Posting.kind) == PostingKind.grant.value,
        col(Posting.pay_month) != "",
        col(Posting.id).not_in(select(PackageLine.posting_id)),
    )
    out = " Its lines stay out of HR's packages until then." if session.exec(waiting.limit(1)).first() else ""
    return tuple(
        f"{item.sentence} Decide with: countersign review show {item.id}.{out}"
        for item in session.exec(query.order_by(col(ReviewItem.id)))
    )


def _verdict(session: Session, case: Case) -> tuple[str, tuple[CheckLine, ...]]:
    query = select(VerdictRecord).where(col(VerdictRecord.case_id) == case.id).order_by(col(VerdictRecord.id).desc())
    record = session.exec(query.limit(1)).first()
    if record is None:
        return "There is no verdict on it yet.", ()
    passed = [check for check in record.checks if check.get("outcome") == "passed"]
    sentence = (
        f"{record.outcome}: {len(passed)} of {len(record.checks)} checks passed on {record.at:%Y-%m-%d %H:%M} UTC."
    )
    failed = tuple(
        CheckLine(*(str(check.get(name, "")) for name in ("name", "outcome", "detail", "remedy")))
        for check in record.checks
        if check not in passed
    )
    return sentence, failed


def _match(session: Session, case: Case) -> str:
    educator = session.get(Educator, case.educator_id) if case.educator_id is not None else None
    if (
        educator is None
        and case.proven_at is None
        and case.state in (CaseState.received, CaseState.held, CaseState.rejected)
    ):
        return "It is not proven, so whose it is has not been asked."
    if educator is None:
        return "It belongs to nobody on the roster yet."
    by = f": {case.matched_by}" if case.matched_by else ""
    return f"It belongs to {educator.name} (member {educator.member_number}){by}."


def _line(session: Session, row: DecisionRecord, rules: Sequence[Rules]) -> DecisionLine:
    loaded = next((r.terms for r in rules if r.terms.id == row.agreement and r.sha256 == row.agreement_sha256), None)
    kept = None if loaded else kept_rules(session, row.agreement_sha256)
    applied = loaded or (kept.terms if kept else None)
    named = applied or next((r.terms for r in rules if r.terms.id == row.agreement), None)
    grant = applied.clause(row.clause) if applied else None
    return DecisionLine(
        recognizer=row.recognizer,
        agreement=row.agreement,
        agreement_title=named.title if named else "",
        source=named.source if named else "",
        sha256=row.agreement_sha256,
        current=loaded is not None,
        clause=row.clause,
        clause_text=grant.text if grant else "",
        currency=Currency(row.currency),
        outcome=DecisionOutcome(row.outcome),
        quantity=row.quantity,
        unit=row.unit,
        period=row.period,
        effective_on=row.effective_on,
        pay_month=row.pay_month,
        submit_from=row.submit_from,
        cap=_cap(row.cap),
        reasons=tuple(_reason(reason) for reason in row.reasons),
        revision=row.revision,
        decided_at=row.decided_at,
    )


def _cap(cap: dict[str, Any]) -> CapUse | None:
    if not cap:
        return None
    limit, before, used, after = (Decimal(cap[name]) for name in ("limit", "before", "used", "after"))
    return CapUse(limit, before, used, after, cap["unit"], cap["period"])


def _reason(reason: dict[str, Any]) -> Reason:
    again = reason["look_again_on"]
    return Reason(
        clause=reason["clause"],
        code=reason["code"],
        sentence=reason["sentence"],
        owner=Owner(reason["owner"]),
        look_again_on=date.fromisoformat(again) if again else None,
        change=reason.get("change", ""),
    )


def _beside(
    session: Session, case: Case, rules: Sequence[Rules], now: datetime | None, zone: str, *, file_lost: bool
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Which agreements are silent on the case, the notes on it, and what is held for want of an agreement. `file_lost`: it was decided
    under an agreement whose file is gone, which may be the employer's."""
    if case.state != CaseState.matched or case.educator_id is None:
        return (), (), ()
    facts = known(session, case.educator_id)
    record = next((record for record in facts.cases if record.case_id == case.id), None)
    if record is None:
        return (), facts.notes.get(case.id, ()), ()
    found = () if file_lost else unagreed(rules, facts.record, record, now, zone)
    dismissed = review.settled(session, subject=f"case:{case.id}", code=NO_AGREEMENT, sentence=held_sentence(found))
    silent = silences(rules, facts.record, record)
    if dismissed:
        silent += tuple(f"{one.employer}: no agreement; a person has decided that none is waited for." for one in found)
    held = () if dismissed else tuple(one.sentence for one in found)
    return silent, facts.notes.get(case.id, ()), held
