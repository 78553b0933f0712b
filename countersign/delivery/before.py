"""What the educator was told of a case before, held against what the ledger says now: what is taken back, and what is as before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from countersign.delivery import wording
from models.tables import DecisionRecord, Message, Telling
from models.words import DecisionOutcome


@dataclass(frozen=True, slots=True)
class Before:
    """`taken_back` is what an earlier mail promised and nothing stands behind any more ("8 hours"), `on` the day of that mail.
    `same` is whether every decision gives what was told before."""

    taken_back: tuple[str, ...] = ()
    on: date | None = None
    same: bool = False


NOTHING = Before()
"""Nothing was told of it before."""


def before(session: Session, case_id: int, educator_id: int, live: Sequence[DecisionRecord], zone: ZoneInfo) -> Before:
    """What earlier mails said to this educator of the case. `live` are its live decisions for them now."""
    query = select(DecisionRecord).where(
        col(DecisionRecord.case_id) == case_id, col(DecisionRecord.educator_id) == educator_id
    )
    decisions = {f"decision:{d.id}": d for d in session.exec(query.order_by(col(DecisionRecord.revision)))}
    mails = select(Telling.fact, Message.written_at).join(Message, col(Message.id) == col(Telling.message_id))
    written = dict(session.exec(mails.where(col(Telling.fact).in_(decisions))).all())
    told = {(d.agreement, d.currency): (d, written[fact]) for fact, d in decisions.items() if fact in written}
    now = {(d.agreement, d.currency): d for d in live}
    days: list[date] = []
    taken_back: list[str] = []
    for key, (decision, at) in sorted(told.items()):
        gone = _given(decision) - _given(now.get(key), decision.unit)
        if gone > 0:
            taken_back.append(wording.amount(gone, decision.unit))
            days.append(at.astimezone(zone).date())
    same = bool(told) and {key: _says(d) for key, (d, _) in told.items()} == {key: _says(d) for key, d in now.items()}
    return Before(tuple(taken_back), max(days, default=None), same)


def _given(decision: DecisionRecord | None, unit: str = "") -> Decimal:
    granted = decision is not None and decision.outcome == DecisionOutcome.granted and unit in ("", decision.unit)
    return decision.quantity if decision is not None and granted else Decimal(0)


def _says(decision: DecisionRecord) -> tuple[str, Decimal, str]:
    return decision.outcome, decision.quantity, decision.unit
