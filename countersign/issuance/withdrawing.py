"""Papers that the ledger no longer stands behind are taken back: certificates, and requests for college credit.

What is on paper and in people's hands stays as it was issued, and so does its copy in the evidence store. The row says that it
does not count any more, and the file moves into the folder `withdrawn` beside the others, where nobody takes it for a valid one.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign import audit
from countersign.errors import Outage
from countersign.evidence import write_whole
from countersign.issuance import certificates, credit
from countersign.issuance.due import later_than
from countersign.issuance.shelf import Kind, place
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Certificate, CreditRequest, DecisionRecord
from models.words import CreditState, DecisionOutcome, PaperState

FOLDER = "withdrawn"


def withdraw_papers(store: Store, workspace: Workspace, now: datetime) -> list[str]:
    """Take back the papers that the ledger no longer stands behind; returns their numbers. Repeating finds the work done.

    When the award's live decision grants nothing any more, or grants it to another educator, the paper is `withdrawn`. When it
    grants something else (other hours, another clause), a certificate is `replaced` and a credit request `withdrawn`, and the
    next `issue_certificates` or `issue_credit_requests` prints another. Raises Outage when the disk does not take it.
    """
    taken: list[str] = []
    for kind, table, valid in (
        (certificates.KIND, Certificate, col(Certificate.state) == PaperState.valid.value),
        (credit.KIND, CreditRequest, col(CreditRequest.state) != CreditState.withdrawn.value),
    ):
        with store.reading() as session:
            found = _unfounded(session, table, valid)
        for paper_id, fate in found:
            with store.transaction() as session:
                paper = session.get_one(table, paper_id, with_for_update=True)
                if paper.state in (PaperState.withdrawn, PaperState.replaced):
                    continue  # another worker took it back
                _set_aside(store, workspace, kind, paper)
                paper.state = fate.value
                session.add(paper)
                audit.record(
                    session,
                    at=now,
                    actor="nightly",
                    action=f"{kind.name} {fate.value}",
                    subject=f"{kind.subject}:{paper_id}",
                    **_about(paper),
                )
            taken.append(paper.number)
    return taken


def _unfounded(session: Session, table: Any, valid: Any) -> list[tuple[int, PaperState]]:
    """The valid papers of a table whose award is another now, or none, with what becomes of each."""
    decided = aliased(DecisionRecord)
    later, same = later_than(decided)
    newest, newer = later_than(later)
    differs = or_(
        col(later.outcome) != DecisionOutcome.granted,
        col(later.educator_id) != table.educator_id,
        col(later.quantity) != decided.quantity,
        col(later.unit) != decided.unit,
        col(later.clause) != decided.clause,
    )
    query = (
        select(table, later)
        .join(decided, col(decided.id) == table.decision_id)
        .join(later, and_(same, ~exists(select(newest.id).where(newer))))
        .where(valid, differs)
        .order_by(table.id)
    )
    return [(paper.id, _fate(paper, live)) for paper, live in session.exec(query)]


def _fate(paper: Certificate | CreditRequest, live: DecisionRecord) -> PaperState:
    granted = live.outcome == DecisionOutcome.granted and live.educator_id == paper.educator_id
    return PaperState.replaced if granted and isinstance(paper, Certificate) else PaperState.withdrawn


def _set_aside(store: Store, workspace: Workspace, kind: Kind, paper: Certificate | CreditRequest) -> None:
    """Move the paper's file away from the valid ones. One that was never filed has none, unless a run was killed over it."""
    year = paper.issued_on.year if isinstance(paper, Certificate) else paper.requested_on.year
    before = place(kind, year, paper.number)
    if paper.path:
        after = before.parent / FOLDER / before.name
        write_whole(workspace.root / after, store.evidence.get(paper.sha256))
        paper.path = after.as_posix()
    try:
        (workspace.root / before).unlink(missing_ok=True)
    except OSError as error:
        raise Outage(f"{before} cannot be moved: {error.strerror}.", "Repeat the run.") from error


def _about(paper: Certificate | CreditRequest) -> dict[str, str | int]:
    if isinstance(paper, Certificate):
        return {"award": paper.award}
    return {"case": paper.case_id, "agreement": paper.agreement}
