"""What is on record of an educator or a case, fact by fact: what it says, who recorded it when, and what was taken back."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from countersign.commandline import case_number
from countersign.errors import UsageError
from countersign.recognition.claims import folded
from countersign.store import Store
from models.facts import fact_of
from models.tables import Case, Educator, FactRecord, PreApproval


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact as it is shown. `number` is None for a pre-approval, which its import replaces. `counts` is False for a withdrawal too:
    `taken_back` says by which fact and why a fact no longer counts."""

    number: int | None
    kind: str
    about: str
    on: date
    says: str
    counts: bool
    recorded_by: str
    recorded_at: datetime
    source: str
    line: int = 0
    source_sha256: str = ""
    taken_back: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        head = f"{self.number if self.number is not None else '-'}  {self.kind.replace('_', ' ')}"
        where = f"{self.source}, line {self.line}" if self.line else self.source
        said = f"{head}  {self.about}  {self.on}: {self.says}  [{self.recorded_by}, {self.recorded_at:%Y-%m-%d %H:%M} UTC, {where}]"
        return f"{said}  TAKEN BACK: {self.taken_back}" if self.taken_back else said


def list_facts(store: Store, of: str = "") -> list[FactLine]:
    """The facts on a case (C-12) or on an educator (by member number: on all their cases too), else all of them; oldest first.

    Raises UsageError when there is no such case or educator.
    """
    with store.reading() as session:
        title = ""
        query = select(FactRecord).order_by(col(FactRecord.id))
        approvals = select(PreApproval).order_by(col(PreApproval.id))
        if _is_case(of):
            case = session.get(Case, case_number(of))
            if case is None:
                raise UsageError(f"There is no case {of}.", "`countersign review` and the summary of a run name them.")
            joined = session.exec(select(Case.id).where(col(Case.joined_to) == case.id)).all()
            query = query.where(col(FactRecord.case_id).in_([case.id, *joined]))
            approvals, title = approvals.where(col(PreApproval.educator_id) == case.educator_id), folded(case.title)
        elif of:
            educator = session.exec(select(Educator).where(col(Educator.member_number) == of)).first()
            if educator is None:
                raise UsageError(f"Nobody on the roster has the member number {of}.", "A case is written as C-12.")
            mine = select(Case.id).where(col(Case.educator_id) == educator.id)
            query = query.where(col(FactRecord.case_id).in_(mine) | (col(FactRecord.educator_id) == educator.id))
            approvals = approvals.where(col(PreApproval.educator_id) == educator.id)
        rows = session.exec(query).all()
        undone = {row.takes_back: row for row in rows if row.takes_back is not None}
        lines = [_line(session, row, undone.get(row.id)) for row in rows]
        approved = [row for row in session.exec(approvals) if title in ("", folded(row.title))]
        return [_approval(session, row) for row in approved] + lines


def _is_case(of: str) -> bool:
    return of.upper().startswith("C-") and of[2:].isascii() and of[2:].isdigit()


def _line(session: Session, row: FactRecord, undone: FactRecord | None) -> FactLine:
    fact = fact_of(row.said)
    if row.case_id is not None:
        case = session.get_one(Case, row.case_id)
        about = f"{case.label} {case.title}"
    elif row.educator_id is not None:
        about = _member(session, row.educator_id)
    else:
        about = row.agreement
    return FactLine(
        number=row.id,
        kind=row.kind,
        about=about,
        on=row.happened_on,
        says=str(fact),
        counts=undone is None and row.takes_back is None,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        source=row.source,
        line=row.line,
        source_sha256=row.source_sha256,
        taken_back=f"fact {undone.id} by {undone.recorded_by}: {undone.said['reason']}" if undone is not None else "",
    )


def _approval(session: Session, row: PreApproval) -> FactLine:
    return FactLine(
        number=None,
        kind="preapproval",
        about=_member(session, row.educator_id),
        on=row.approved_on,
        says=f"{row.recognizer} approved “{row.title}”",
        counts=True,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        source="countersign preapproval import",
    )


def _member(session: Session, educator_id: int) -> str:
    educator = session.get_one(Educator, educator_id)
    return f"{educator.name} (member {educator.member_number})"
