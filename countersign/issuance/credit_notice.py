"""That a district was told of a credit: recorded when its closed month carries a line that rests on the transcript.

HR's package is how a district with lane clauses hears of a credit, and it is closed once and kept; what was told by another way is
recorded by a person (`countersign credit notify`). Only a package that was closed after the transcript's last word was on record counts:
one closed before told the district something else.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from countersign.issuance.credit_life import Said, record_step, standing_of
from countersign.issuance.credit_steps import Step
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import DateName, Evidence, Grant, Rules
from models.tables import CreditEvent, CreditRequest, DecisionRecord, Package, PackageLine, Posting
from models.words import CreditState, Currency, PostingKind


def note_districts_told(store: Store, workspace: Workspace, rules: Sequence[Rules], now: datetime) -> list[str]:
    """Record that the district was told of each request whose transcript a closed package rests on; their numbers. Repeating finds
    the work done."""
    clauses = sorted(
        {(rule.terms.id, grant.clause) for rule in rules for grant in rule.terms.grants if rests_on_transcript(grant)}
    )
    if not clauses:
        return []
    with store.reading() as session:
        waiting = sorted({request_id for request_id, _ in session.exec(_carried(clauses))})
    told: list[str] = []
    for request_id in waiting:
        with store.transaction() as session:
            request = session.get_one(CreditRequest, request_id, with_for_update=True)
            found = session.exec(_carried(clauses).where(col(CreditRequest.id) == request_id).limit(1)).first()
            if found is None:
                continue  # somebody moved it a moment ago
            _, package = found
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


def _carried(clauses: Sequence[tuple[str, str]]) -> Select[int, Package]:
    """The requests whose district has not been told, each with the packages closed since its transcript's last word was recorded that
    carry a line of its case under one of the clauses, the first package first. What no package carries costs nothing."""
    recorded = (
        select(func.max(CreditEvent.recorded_at))
        .where(
            col(CreditEvent.request_id) == CreditRequest.id,
            col(CreditEvent.state) == CreditState.transcript_issued.value,
        )
        .scalar_subquery()
    )
    same = and_(col(CreditRequest.case_id) == Posting.case_id, col(CreditRequest.educator_id) == Posting.educator_id)
    return (
        select(CreditRequest.id, Package)
        .join(Posting, same)
        .join(PackageLine, col(PackageLine.posting_id) == Posting.id)
        .join(Package, col(Package.id) == PackageLine.package_id)
        .join(DecisionRecord, col(DecisionRecord.id) == Posting.decision_id)
        .where(
            col(CreditRequest.state) == CreditState.transcript_issued.value,
            col(Posting.kind) == PostingKind.grant.value,
            col(Package.closed_at) > recorded,
            or_(
                *(
                    and_(col(DecisionRecord.agreement) == agreement, col(DecisionRecord.clause) == clause)
                    for agreement, clause in clauses
                )
            ),
        )
        .order_by(col(Package.closed_at), col(Package.id))
    )
