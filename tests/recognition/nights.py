"""Nights of the tests: facts put into a store, a run, and the books read and balanced afterwards."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, select

from countersign.recognition import due_educators, recognise
from countersign.recognition.ledger import live_decisions
from countersign.store import Store
from models.agreement import Rules
from models.records import CaseRecord, EducatorRecord
from models.tables import (
    AuditEntry,
    Case,
    Consideration,
    DecisionRecord,
    Posting,
    ReviewItem,
)
from tests.recognition.builders import (
    VERMONT,
    Rows,
    case,
    chicago,
    with_rate,
)

AUGUST = chicago("2024-08-15 10:00")
NOW = chicago("2024-09-01 02:00")
PAID = (with_rate(), VERMONT)


def add(store: Store, record: EducatorRecord, cases: Sequence[CaseRecord]) -> int:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(record)
        for one in cases:
            rows.case(educator, one)
    return educator


def seven() -> list[CaseRecord]:
    return [case(n, AUGUST.replace(minute=n)) for n in range(1, 8)]


def decisions(store: Store) -> list[DecisionRecord]:
    with store.reading() as session:
        return list(session.exec(select(DecisionRecord).order_by(col(DecisionRecord.id))).all())


def postings(store: Store) -> list[Posting]:
    with store.reading() as session:
        return list(session.exec(select(Posting).order_by(col(Posting.id))).all())


def lines(store: Store, currency: str = "pay") -> list[tuple[int, str, Decimal, str, str]]:
    return [(p.case_id, p.kind, p.quantity, p.period, p.pay_month) for p in postings(store) if p.currency == currency]


def night(store: Store, rules: Sequence[Rules], now: datetime) -> list[int]:
    due = due_educators(store, rules, now)
    assert recognise(store, rules, due, now) == []
    return due


def counted(store: Store) -> dict[str, int]:
    with store.reading() as session:
        tables = (DecisionRecord, Posting, AuditEntry, ReviewItem, Consideration)
        return {table.__name__: len(session.exec(select(table)).all()) for table in tables}


def balanced(store: Store) -> None:
    """Every line adds up: for each case, agreement and currency the postings' net is what the live decision says."""
    with store.reading() as session:
        ids = set(session.exec(select(Case.id)).all())
        live = live_decisions(session, ids)
        rows = {row.id: row for row in session.exec(select(Posting)).all()}
    net: defaultdict[tuple[int, str, str, str], Decimal] = defaultdict(Decimal)
    for row in rows.values():
        kind = rows[row.reverses_id].kind if row.reverses_id is not None else row.kind
        net[row.case_id, row.agreement, row.currency, kind] += row.quantity
        if row.reverses_id is not None:
            assert row.quantity == -rows[row.reverses_id].quantity
    for (case_id, agreement, currency), row in live.items():
        granted = row.quantity if row.outcome == "granted" else Decimal(0)
        banked = row.quantity if row.outcome == "banked" else Decimal(0)
        assert net[case_id, agreement, currency, "grant"] == granted
        assert net[case_id, agreement, currency, "bank"] == banked
