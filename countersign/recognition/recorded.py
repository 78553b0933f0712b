"""Facts that people recorded, read from the store for one educator and put into the records that the core decides by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.facts import (
    ElectionFact,
    Fact,
    FundsFact,
    PaidElsewhereFact,
    RubricFact,
    RulingFact,
    TranscriptFact,
    fact_of,
)
from models.records import Election, Funds, Ruling, Transcript
from models.tables import Case, FactRecord

_select: Any = columns_of


@dataclass(slots=True)
class Recorded:
    """What counts of the facts about one educator: by case where they are about one, a joined case's with the one it joined."""

    transcripts: dict[int, Transcript] = field(default_factory=dict[int, Transcript])
    levels: dict[int, Decimal] = field(default_factory=dict[int, Decimal])
    payers: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    rulings: list[tuple[int, RulingFact]] = field(default_factory=list[tuple[int, RulingFact]])
    elections: list[Election] = field(default_factory=list[Election])
    funds: list[Funds] = field(default_factory=list[Funds])

    def paid_by(self, case_id: int) -> str:
        """Who else has paid for the case, empty when nobody is known to have."""
        return " and ".join(sorted(self.payers.get(case_id, [])))

    def rulings_said(self) -> tuple[Ruling, ...]:
        """The rulings in an order in which, of two of one day, the one on a single currency comes before the one on all."""
        ordered = sorted(self.rulings, key=lambda r: (r[1].on, r[0], r[1].agreement, r[1].currency or "~"))
        return tuple(
            Ruling(
                case_id=case_id,
                agreement=said.agreement,
                kind=said.decision,
                role=said.role,
                by=said.ruled_by,
                reason=said.reason,
                on=said.on,
                currency=said.currency,
                quantity=said.quantity,
                unit=said.unit or "",
            )
            for case_id, said in ordered
        )


def recorded(session: Session, educator_id: int, case_ids: Iterable[int]) -> Recorded:
    """The facts that count for these cases of the educator, for the educator, and for everybody under an agreement."""
    found, owners = Recorded(), _owners(session, list(case_ids))
    rows = _rows(session, educator_id, owners)
    taken_back = {row.takes_back for row in rows}
    for row in sorted(rows, key=lambda f: (f.happened_on, f.id)):
        if row.id not in taken_back:
            _note(found, fact_of(row.said), owners)
    return found


def _note(found: Recorded, said: Fact, owners: dict[int, int]) -> None:
    match said:
        case TranscriptFact():  # a joined case may bring a second one; the day is that of the first
            found.transcripts.setdefault(owners[said.case], Transcript(said.on, said.credits))
        case RubricFact():
            found.levels[owners[said.case]] = said.level
        case PaidElsewhereFact():
            found.payers.setdefault(owners[said.case], []).append(said.payer)
        case RulingFact():
            found.rulings.append((owners[said.case], said))
        case ElectionFact():
            found.elections.append(Election(said.agreement, said.election, said.clause))
        case FundsFact():
            found.funds.append(Funds(said.agreement, said.period, said.available, said.said_by, said.on))
        case _:
            pass  # an appeal and a withdrawal decide nothing by themselves


def _owners(session: Session, mine: Sequence[int]) -> dict[int, int]:
    """Each case, and each that was joined to it → the case that counts."""
    joined = session.exec(select(Case.id, Case.joined_to).where(col(Case.joined_to).in_(mine))).all()
    return {case_id: case_id for case_id in mine} | {case_id: owner for case_id, owner in joined if owner is not None}


def _rows(session: Session, educator_id: int, case_ids: Iterable[int]) -> Sequence[FactRecord]:
    of_educator = col(FactRecord.educator_id) == educator_id
    of_cases = col(FactRecord.case_id).in_(list(case_ids))
    of_all = col(FactRecord.case_id).is_(None) & col(FactRecord.educator_id).is_(None)
    return session.exec(select(FactRecord).where(of_educator | of_cases | of_all)).all()


def for_everybody(session: Session) -> str:
    """The numbers of the facts that are about an agreement, which may change everybody's decisions under it."""
    query = select(FactRecord.id).where(col(FactRecord.case_id).is_(None), col(FactRecord.educator_id).is_(None))
    return ",".join(str(number) for number in session.exec(query.order_by(col(FactRecord.id))))


def about_cases(whose: Callable[[Any], Any]) -> Any:
    """A query of (educator, fact) for the facts about cases, by `whose(column)`. A fact never changes, so its number says it all."""
    owner: Any = aliased(Case)
    case: Any = Case
    fact: Any = FactRecord
    query = _select(owner.educator_id, fact.id).join_from(fact, case, case.id == fact.case_id)
    query = query.join(owner, owner.id == func.coalesce(case.joined_to, case.id)).where(whose(owner.educator_id))
    return query.order_by(owner.educator_id, fact.id)
