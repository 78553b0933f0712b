"""Simulation and projection on the store: educators read one after the other, nothing written."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from countersign.recognition.facts import known
from countersign.recognition.projection import Plan, Projection, project
from countersign.recognition.simulation import LISTED, Simulation, Subject, simulate
from countersign.store import Store
from models.agreement import DateName, Rules
from models.records import Span
from models.tables import Case, DecisionRecord, Educator, PreApproval
from models.words import CaseState

AT_ONCE = 500
"""How many educators' numbers are read at a time."""


def simulated(
    store: Store,
    rules: Sequence[Rules],
    new: Rules,
    span: Span,
    now: datetime,
    *,
    names: bool = False,
    listed: int = LISTED,
    zone: str = "",
) -> Simulation:
    """What `new` would have done to the cases of the span, see `simulation.simulate`. `names` puts the educators' names beside the cases
    that change, `zone` is the time zone in which days are said."""
    with store.reading() as session:
        return simulate(rules, new, span, _subjects(session, _dated_about(new, span), names), now, listed, zone)


def projected(store: Store, rules: Sequence[Rules], plan: Plan) -> tuple[tuple[Projection, ...], int]:
    """The projection of every agreement, and how many credentials have come that are in no figure because they are not proven or not
    matched to an educator yet."""
    with store.reading() as session:
        found = project(rules, _subjects(session, None, names=False), plan)
        query = select(func.count()).select_from(Case)
        waiting = col(Case.state).in_([CaseState.received, CaseState.held, CaseState.verified])
        decided = col(Case.id).in_(
            select(col(DecisionRecord.case_id))
        )  # these are looked at again, and are in the figures
        return found, session.exec(query.where(waiting, ~decided)).one()


def _dated_about(new: Rules, span: Span) -> Any:
    """Cases whose date may lie in the span, a day to each side for the time zones; all where that date is not the case's own."""
    by = new.terms.in_force.by
    column = {DateName.earned: col(Case.issued_on), DateName.submitted: col(Case.received_at)}.get(by)
    if column is None:
        return None
    first = datetime.combine(span.starts, time.min, tzinfo=UTC) - timedelta(days=1)
    if span.ends is None:
        return column >= first
    return (column >= first) & (column < datetime.combine(span.ends, time.min, tzinfo=UTC) + timedelta(days=2))


def _subjects(session: Session, having: Any, names: bool) -> Iterator[Subject]:
    """Educators with such a case, or, where nothing is asked of the cases, all with a case or a pre-approval."""
    of_cases = select(col(Case.educator_id))
    wanted = col(Educator.id).in_(
        of_cases.where(col(Case.educator_id).is_not(None)) if having is None else of_cases.where(having)
    )
    if having is None:
        wanted = or_(wanted, col(Educator.id).in_(select(col(PreApproval.educator_id))))
    last = 0
    while True:
        query = select(Educator.id).where(wanted, col(Educator.id) > last).order_by(col(Educator.id)).limit(AT_ONCE)
        educators = session.exec(query).all()
        if not educators:
            return
        for educator in educators:
            facts = known(session, educator)
            row = session.get(Educator, educator) if names else None
            yield Subject(facts.record, facts.cases, f"{row.name} ({row.member_number})" if row else "")
            session.expunge_all()  # nothing read of one educator stays in memory for the next
        last = educators[-1]
