"""The store, read for a participation report: what came, whose it is, where they work, what is granted. Nothing is decided here."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from countersign.reporting.groups import Came, Given, Job
from countersign.reporting.participation import Participation, participation
from countersign.store import Store
from models.plan import Plan
from models.tables import Case, DecisionRecord, Employment
from models.words import CaseState, Currency, DecisionOutcome

_select: Any = columns_of


def participation_report(
    store: Store, plan: Plan, zone: str, first: date | None, until: date | None, now: datetime
) -> Participation:
    """The report on what came from `first` to `until` (open when None), days being those of the time zone `zone`, as it stands at `now`.
    Reads only."""
    with store.reading() as session:
        return participation(plan, came(session, zone, first, until), first, until, now)


def came(session: Session, zone: str, first: date | None, until: date | None) -> Iterator[Came]:
    """Every micro-credential of these days, by case; one that turned out to be another's double is that one."""
    place = ZoneInfo(zone)
    case: Any = Case
    query = _select(case.id, case.state, case.title, case.received_at, case.educator_id, case.proven_at)
    query = query.where(case.state != CaseState.joined.value).order_by(case.id)
    if first is not None:
        query = query.where(case.received_at >= datetime.combine(first, time.min, tzinfo=place))
    if until is not None:
        query = query.where(case.received_at < datetime.combine(until + timedelta(days=1), time.min, tzinfo=place))
    given, jobs = _given(session), _jobs(session)
    for number, state, title, received_at, educator, proven_at in _rows(session, query):
        on = received_at.astimezone(place).date()
        proven = state in (CaseState.verified, CaseState.matched) or (state == CaseState.held and proven_at is not None)
        mine = [job for starts, ends, job in jobs.get(educator, ()) if starts <= on and (ends is None or on <= ends)]
        theirs = tuple(what for owner, what in given.get(number, ()) if owner == educator)
        yield Came(title, on, educator, proven, tuple(mine), theirs)


def _given(session: Session) -> dict[int, list[tuple[int, Given]]]:
    """What the live decisions grant, by case, with the educator they grant it to."""
    row: Any = DecisionRecord
    key = (row.case_id, row.agreement, row.currency)
    newest: Any = _select(*key, func.max(row.revision).label("revision")).group_by(*key).subquery()
    same = (
        (newest.c.case_id == row.case_id)
        & (newest.c.agreement == row.agreement)
        & (newest.c.currency == row.currency)
        & (newest.c.revision == row.revision)
    )
    query = _select(row.case_id, row.educator_id, row.currency, row.quantity, row.unit).join(newest, same)
    found: dict[int, list[tuple[int, Given]]] = defaultdict(list)
    granted = query.where(row.outcome == DecisionOutcome.granted.value).order_by(row.id)
    for case_id, educator, currency, quantity, unit in _rows(session, granted):
        found[case_id].append((educator, Given(Currency(currency), quantity, unit)))
    return found


def _jobs(session: Session) -> dict[int, list[tuple[date, date | None, Job]]]:
    """The employments of those who have cases."""
    row: Any = Employment
    with_cases = _select(col(Case.educator_id)).where(col(Case.educator_id).is_not(None))
    query = _select(row.educator_id, row.starts, row.ends, row.district, row.role, row.location, row.band)
    found: dict[int, list[tuple[date, date | None, Job]]] = defaultdict(list)
    theirs = query.where(row.educator_id.in_(with_cases)).order_by(row.id)
    for educator, starts, ends, district, role, location, band in _rows(session, theirs):
        found[educator].append((starts, ends, Job(district, role, location, band)))
    return found


def _rows(session: Session, query: Any) -> Iterator[tuple[Any, ...]]:
    for row in session.connection().execute(query):
        yield tuple(row)
