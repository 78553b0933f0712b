"""`countersign reconcile`: do database, evidence, ledger and outbox tell the same story? And what can be put back is."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Session, col, select

from countersign.errors import CountersignError
from countersign.evidence import Evidence, write_whole
from countersign.issuance import is_astray
from countersign.reporting import package_damage
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import (
    CarrierRecord,
    Case,
    Certificate,
    CreditRequest,
    DecisionRecord,
    HoursLog,
    Message,
    Package,
    Posting,
    Submission,
    VerdictRecord,
)
from models.words import PaperState


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `path` and `sha256` are set when the issued bytes are in the evidence store and can be put back."""

    sentence: str
    path: Path | None = None
    sha256: str = ""


def differences(store: Store, workspace: Workspace) -> Iterator[Difference]:
    """Every difference; nothing when all agree. Reads every file that a row refers to."""
    with store.reading() as session:
        lost: set[str] = set()
        for sha256, whose in _wanted(session).items():
            problem = _damage(store.evidence, sha256)
            if problem:
                lost.add(sha256)
                yield Difference(f"{whose}: {problem}")
        yield from _papers(session, workspace, lost)
        yield from _packages(session, workspace)
        yield from _ledger(session)


def repair(store: Store, workspace: Workspace) -> Iterator[str]:
    """Put back into the outbox what the evidence store still has; a sentence for each file. What was changed is set aside."""
    for found in list(differences(store, workspace)):
        if found.path is None:
            continue
        if found.path.exists():
            found.path.replace(found.path.with_name(f"{found.path.name}.set-aside"))
        write_whole(found.path, store.evidence.get(found.sha256))
        yield f"{found.path.relative_to(workspace.root)} is back as it was issued."


def _wanted(session: Session) -> dict[str, str]:
    """SHA-256 → whose bytes they are, for everything that rows refer to in the evidence store."""
    wanted: dict[str, str] = {}
    for submission in session.exec(select(Submission)).yield_per(1000):
        wanted[submission.sha256] = f"submission {submission.id} ({submission.name})"
    for carrier in session.exec(select(CarrierRecord)).yield_per(1000):
        wanted[carrier.sha256] = f"carrier {carrier.id} ({carrier.name})"
    for log in session.exec(select(HoursLog)).yield_per(1000):
        wanted[log.sha256] = f"log of hours {log.id} ({log.name})"
    for case in session.exec(select(Case)).yield_per(1000):
        wanted[case.document_sha256] = f"the credential of {case.label}"
    for verdict in session.exec(select(VerdictRecord)).yield_per(1000):
        answers = [e for e in verdict.evidence if "sha256" in e]  # the others are addresses that gave none
        wanted |= {e["sha256"]: f"{e['url']}, evidence of C-{verdict.case_id}" for e in answers}
        wanted[verdict.registry_sha256] = f"the registry of issuers that C-{verdict.case_id} was verified with"
    for table in (Certificate, CreditRequest):
        wanted |= {paper.sha256: paper.number for paper in session.exec(select(table)).yield_per(1000)}
    for message in session.exec(select(Message)).yield_per(1000):
        wanted |= {a["sha256"]: f"an attachment of message {message.id}" for a in message.attachments}
    wanted.pop("", None)
    return wanted


def _damage(evidence: Evidence, sha256: str) -> str:
    try:
        evidence.get(sha256)
    except CountersignError as error:
        return str(error)
    return ""


def _papers(session: Session, workspace: Workspace, lost: set[str]) -> Iterator[Difference]:
    for table in (Certificate, CreditRequest):
        for paper in session.exec(select(table)).yield_per(1000):
            if not paper.path and paper.state in (PaperState.withdrawn, PaperState.replaced):
                continue  # it was taken back before it was drawn
            if not paper.path:
                yield Difference(f"{paper.number} is planned and not drawn yet; the next nightly run draws it.")
                continue
            if is_astray(paper):  # never put back where valid papers lie
                yield Difference(f"{paper.number} is {paper.state}; the next nightly run puts {paper.path} aside.")
                continue
            path = workspace.root / paper.path
            if not path.is_file():
                what = "is missing"
            elif hashlib.sha256(path.read_bytes()).hexdigest() != paper.sha256:
                what = "was changed"
            else:
                continue
            if paper.sha256 in lost:
                yield Difference(f"{paper.number}: {paper.path} {what}, and its evidence is lost.")
            else:
                sentence = f"{paper.number}: {paper.path} {what}. Put it back with: countersign reconcile --repair"
                yield Difference(sentence, path, paper.sha256)


def _packages(session: Session, workspace: Workspace) -> Iterator[Difference]:
    for package in session.exec(select(Package)):
        for damage in package_damage(workspace.root / package.path, package.manifest_sha256):
            yield Difference(
                f"HR package {package.district} {package.month}, {package.path}: {damage}. Restore it from a backup."
            )


def _ledger(session: Session) -> Iterator[Difference]:
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
            yield Difference(f"C-{key[0]}, {key[1]}, {key[2]}: the ledger does not sum to what the live decision says.")
    for case_id, agreement, currency in sums:
        yield Difference(f"C-{case_id}, {agreement}, {currency}: the ledger has lines without a decision.")
