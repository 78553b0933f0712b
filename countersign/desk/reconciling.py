"""`countersign reconcile`: do database, evidence, ledger and outbox tell the same story?"""

import hashlib
from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import Session, col, select

from countersign.errors import CountersignError
from countersign.evidence import Evidence
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import (
    CarrierRecord,
    Certificate,
    CreditRequest,
    DecisionRecord,
    Message,
    Package,
    Posting,
    Submission,
)


def differences(store: Store, workspace: Workspace) -> Iterator[str]:
    """A sentence for each difference; nothing when all agree. Reads every referenced file."""
    with store.reading() as session:
        yield from _evidence(session, store.evidence)
        yield from _papers(session, workspace)
        yield from _packages(session, workspace)
        yield from _ledger(session)


def _evidence(session: Session, evidence: Evidence) -> Iterator[str]:
    wanted: dict[str, str] = {}
    for submission in session.exec(select(Submission)).yield_per(1000):
        wanted[submission.sha256] = f"submission {submission.id} ({submission.name})"
    for carrier in session.exec(select(CarrierRecord).where(col(CarrierRecord.sha256) != "")).yield_per(1000):
        wanted[carrier.sha256] = f"carrier {carrier.id} ({carrier.name})"
    for message in session.exec(select(Message)).yield_per(1000):
        wanted |= {a["sha256"]: f"an attachment of message {message.id}" for a in message.attachments}
    for sha256, whose in wanted.items():
        try:
            evidence.get(sha256)
        except CountersignError as error:
            yield f"{whose}: {error}"


def _papers(session: Session, workspace: Workspace) -> Iterator[str]:
    for table in (Certificate, CreditRequest):
        for paper in session.exec(select(table)).yield_per(1000):
            if not paper.path:
                yield f"{paper.number} is planned and not drawn yet; the next nightly run draws it."
                continue
            path = workspace.root / paper.path
            if not path.is_file():
                yield f"{paper.number}: {paper.path} is missing; the bytes are in the evidence store."
            elif hashlib.sha256(path.read_bytes()).hexdigest() != paper.sha256:
                yield f"{paper.number}: {paper.path} was changed; the issued bytes are in the evidence store."


def _packages(session: Session, workspace: Workspace) -> Iterator[str]:
    for package in session.exec(select(Package)):
        manifest = workspace.root / package.path / "manifest.json"
        if not manifest.is_file():
            yield f"HR package {package.district} {package.month}: {package.path} is missing."
        elif hashlib.sha256(manifest.read_bytes()).hexdigest() != package.manifest_sha256:
            yield f"HR package {package.district} {package.month}: its manifest was changed."


def _ledger(session: Session) -> Iterator[str]:
    """What the postings of a (case, agreement, currency) sum to is what its live decision grants or banks."""
    keys = (DecisionRecord.case_id, DecisionRecord.agreement, DecisionRecord.currency)
    newest = select(func.max(DecisionRecord.id)).group_by(*(col(k) for k in keys))
    live = {
        (d.case_id, d.agreement, d.currency): d
        for d in session.exec(select(DecisionRecord).where(col(DecisionRecord.id).in_(newest)))
    }
    sums: dict[tuple[int, str, str], Decimal] = {}
    for posting in session.exec(select(Posting)).yield_per(1000):
        key = (posting.case_id, posting.agreement, posting.currency)
        sums[key] = sums.get(key, Decimal(0)) + posting.quantity
    for key, decision in live.items():
        wanted = decision.quantity if decision.outcome in ("granted", "banked") else Decimal(0)
        if sums.pop(key, Decimal(0)) != wanted:
            yield f"C-{key[0]}, {key[1]}, {key[2]}: the ledger does not sum to what the live decision says."
    for case_id, agreement, currency in sums:
        yield f"C-{case_id}, {agreement}, {currency}: the ledger has lines without a decision."
