"""That a district was told of a credit: recorded when its closed month carries a line that rests on the transcript.

HR's package is how a district with lane clauses hears of a credit, and it is closed once and kept; what was told by another way is
recorded by a person (`countersign credit notify`). Only a package that was closed after the transcript's last word was on record counts:
one closed before told the district something else.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from countersign.issuance.credit_life import Said, events_of, record_step, standing_of
from countersign.issuance.credit_steps import Step
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import DateName, Evidence, Grant, Rules
from models.tables import CreditRequest, DecisionRecord, Package, PackageLine, Posting
from models.words import CreditState, Currency, PostingKind


def note_districts_told(store: Store, workspace: Workspace, rules: Sequence[Rules], now: datetime) -> list[str]:
    """Record that the district was told of each request whose transcript a closed package rests on; their numbers. Repeating finds
    the work done."""
    clauses = sorted(
        {(rule.terms.id, grant.clause) for rule in rules for grant in rule.terms.grants if rests_on_transcript(grant)}
    )
    if not clauses:
        return []
    issued = col(CreditRequest.state) == CreditState.transcript_issued.value
    with store.reading() as session:
        waiting = list(session.exec(select(CreditRequest.id).where(issued).order_by(col(CreditRequest.id))))
    told: list[str] = []
    for request_id in waiting:
        with store.transaction() as session:
            request = session.get_one(CreditRequest, request_id, with_for_update=True)
            if request.state != CreditState.transcript_issued:
                continue  # somebody moved it a moment ago
            package = _package(session, request, clauses)
            if package is None:
                continue
            closed_on = package.closed_at.astimezone(ZoneInfo(workspace.settings.time_zone)).date()
            on = max(closed_on, standing_of(session, request).since)
            note = f"HR's package of {package.district} for {package.month} carries it."
            said = Said("monthly", now, package.path)
            record_step(session, request, Step(CreditState.district_notified, on, note=note), said)
            told.append(request.number)
    return told


def rests_on_transcript(grant: Grant) -> bool:
    """Whether a clause gives nothing without the college's transcript."""
    through_credit = grant.only_through is Currency.graduate_credit
    return through_credit or Evidence.transcript in grant.shows() or DateName.transcript in grant.tested()


def _package(session: Session, request: CreditRequest, clauses: Sequence[tuple[str, str]]) -> Package | None:
    """The first package closed since the transcript was recorded that carries a line of the case under one of the clauses."""
    recorded = [e.recorded_at for e in events_of(session, request.id) if e.state == CreditState.transcript_issued]
    query = (
        select(Package)
        .join(PackageLine, col(PackageLine.package_id) == Package.id)
        .join(Posting, col(Posting.id) == PackageLine.posting_id)
        .join(DecisionRecord, col(DecisionRecord.id) == Posting.decision_id)
        .where(
            col(Posting.case_id) == request.case_id,
            col(Posting.educator_id) == request.educator_id,
            col(Posting.kind) == PostingKind.grant.value,
            col(Package.closed_at) > recorded[-1],
            or_(
                *(
                    and_(col(DecisionRecord.agreement) == agreement, col(DecisionRecord.clause) == clause)
                    for agreement, clause in clauses
                )
            ),
        )
        .order_by(col(Package.closed_at), col(Package.id))
    )
    return session.exec(query.limit(1)).first()
