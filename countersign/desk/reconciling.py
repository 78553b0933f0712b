"""`countersign reconcile`: do database, evidence, ledger and outbox tell the same story? And what can be put back is."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign.desk.retaining import unfinished
from countersign.errors import CountersignError
from countersign.evidence import Evidence, EvidenceRemoved, write_whole
from countersign.issuance import VOID, batch_damage, is_astray
from countersign.issuance.credential.issuing import place as credential_place
from countersign.issuance.credit_life import standing_of
from countersign.recognition import amount
from countersign.recognition.ledger import books
from countersign.recognition.statement import faults
from countersign.reporting import package_damage
from countersign.reporting.package import Totals
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import (
    CarrierRecord,
    Case,
    Certificate,
    CreditBatch,
    CreditEvent,
    CreditRequest,
    EvidenceGone,
    FactRecord,
    HoursLog,
    Message,
    Package,
    PackageLine,
    Posting,
    RecognitionCredential,
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
        yield from _unfinished(session, store.evidence)
        yield from _papers(session, workspace, lost)
        yield from _strays(session, workspace)
        yield from _lives(session)
        yield from _credentials(session, workspace, lost)
        yield from _packages(session, workspace)
        yield from _credit(session, workspace)
        yield from _delivered(session)
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
    for fact in session.exec(select(FactRecord)).yield_per(1000):
        wanted[fact.source_sha256] = f"fact {fact.id} ({fact.source})"
    for event in session.exec(select(CreditEvent)).yield_per(1000):
        wanted[event.source_sha256] = f"step {event.id} of a credit request ({event.source})"
    for case in session.exec(select(Case)).yield_per(1000):
        wanted[case.document_sha256] = f"the credential of {case.label}"
    for verdict in session.exec(select(VerdictRecord)).yield_per(1000):
        answers = [e for e in verdict.evidence if "sha256" in e]  # the others are addresses that gave none
        wanted |= {e["sha256"]: f"{e['url']}, evidence of C-{verdict.case_id}" for e in answers}
        wanted[verdict.registry_sha256] = f"the registry of issuers that C-{verdict.case_id} was verified with"
    for request in session.exec(select(CreditRequest)).yield_per(1000):
        wanted[request.sha256] = request.number
    for paper in session.exec(select(Certificate)).yield_per(1000):
        wanted[paper.sha256] = paper.number
        for e in paper.printed.get("embedded", ()):  # what it shares with a case is the case's
            wanted.setdefault(e["sha256"], f"{e['name']} in {paper.number}")
    for row in session.exec(select(RecognitionCredential)).yield_per(1000):
        whose = f"the credential of certificate {row.certificate_id}"
        wanted |= {row.sha256: whose, row.png_sha256: f"{whose}, its picture"}
    for message in session.exec(select(Message)).yield_per(1000):
        wanted |= {a["sha256"]: f"an attachment of message {message.id}" for a in message.attachments}
    wanted.pop("", None)
    return wanted


def removed(store: Store) -> str:
    """How much of what rows refer to was removed under the retention setting, and when last, as a sentence; empty when nothing was."""
    with store.reading() as session:
        gone = session.exec(select(EvidenceGone.sha256, EvidenceGone.gone_at).order_by(col(EvidenceGone.id))).all()
    last = {sha256: at for sha256, at in gone if not store.evidence.path(sha256).exists()}
    if not last:
        return ""
    files = "1 file of the evidence is" if len(last) == 1 else f"{len(last):,} files of the evidence are"
    return f"{files} not there because the retention setting removed them, the last on {max(last.values()):%Y-%m-%d}."


def _unfinished(session: Session, evidence: Evidence) -> Iterator[Difference]:
    """What was noted as removed under the retention setting and lies there still."""
    if left := len(unfinished(session, evidence)):
        files = "1 file of the evidence was" if left == 1 else f"{left:,} files of the evidence were"
        yield Difference(
            f"{files} to be removed under the retention setting when the run was stopped. Finish it with: countersign retention"
        )


def _damage(evidence: Evidence, sha256: str) -> str:
    try:
        evidence.get(sha256)
    except EvidenceRemoved:
        return ""  # no loss: the affiliate's own setting, and `removed` says how much
    except CountersignError as error:
        return str(error)
    return ""


def _papers(session: Session, workspace: Workspace, lost: set[str]) -> Iterator[Difference]:
    for table in (Certificate, CreditRequest):
        for paper in session.exec(select(table).order_by(col(table.id))).yield_per(1000):
            if not paper.path and paper.state in VOID:
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


def _credentials(session: Session, workspace: Workspace, lost: set[str]) -> Iterator[Difference]:
    """The pictures with the credentials of certificates that count."""
    query = (
        select(Certificate, RecognitionCredential.png_sha256)
        .join(RecognitionCredential, col(RecognitionCredential.certificate_id) == col(Certificate.id))
        .where(col(Certificate.state) == PaperState.valid)
    )
    for certificate, sha256 in session.exec(query).yield_per(1000):
        path = workspace.root / credential_place(certificate)
        what = "was changed" if path.is_file() else "is missing"
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            continue
        sentence = f"The credential of {certificate.number}: {credential_place(certificate)} {what}"
        if sha256 in lost:
            yield Difference(f"{sentence}, and its evidence is lost.")
        else:
            yield Difference(f"{sentence}. Put it back with: countersign reconcile --repair", path, sha256)


def _strays(session: Session, workspace: Workspace) -> Iterator[Difference]:
    """Files among the certificates and requests that count, and no row says that they are there."""
    for table, folder in ((Certificate, "certificates"), (CreditRequest, "credit-requests")):
        files = sorted((workspace.outbox / folder).glob("[0-9][0-9][0-9][0-9]/*.pdf"))
        if not files:
            continue
        known = {path or f"{number}.pdf" for path, number in session.exec(select(table.path, table.number))}
        for file in files:
            place = file.relative_to(workspace.root).as_posix()
            if place not in known and file.name not in known:  # one that is drawn and not sealed yet is told of above
                yield Difference(f"{place} lies among papers that count, and is none of them. Take it away.")


def _lives(session: Session) -> Iterator[Difference]:
    """A certificate that says it replaces another is of the same award, and the other one does not count."""
    before, after = aliased(Certificate), aliased(Certificate)
    wrong = or_(col(before.state) == PaperState.valid.value, col(before.award) != col(after.award))
    query = select(after.number, before.number).join(before, col(before.id) == col(after.replaces_id)).where(wrong)
    for new, old in session.exec(query.order_by(col(after.id))):
        yield Difference(f"{new} says that it replaces {old}, which counts, or is of another award.")


def _packages(session: Session, workspace: Workspace) -> Iterator[Difference]:
    for package in session.exec(select(Package)):
        for damage in package_damage(workspace.root / package.path, package.manifest_sha256):
            yield Difference(
                f"HR package {package.district} {package.month}, {package.path}: {damage}. Restore it from a backup."
            )


def _credit(session: Session, workspace: Workspace) -> Iterator[Difference]:
    """Credit requests stand where their steps lead, and delivered batches are as they were delivered."""
    for batch in session.exec(select(CreditBatch).order_by(col(CreditBatch.id))):
        for damage in batch_damage(workspace, batch):
            yield Difference(
                f"Credit batch {batch.college} {batch.term}, {batch.path}: {damage}. Restore it from a backup."
            )
    for request in session.exec(select(CreditRequest).order_by(col(CreditRequest.id))).all():
        state = standing_of(session, request).state
        if request.state != state:
            yield Difference(f"{request.number} is {request.state}, and its steps lead to {state.value}.")


def _delivered(session: Session) -> Iterator[Difference]:
    """What HR was given is what the ledger has: each package's totals are the sums of its lines' postings, each opens with what the
    one before closed with, and nothing was taken back that was not given."""
    before: dict[str, dict[tuple[str, str], Decimal]] = {}
    for package in session.exec(select(Package).order_by(col(Package.month), col(Package.id))).all():
        what = f"HR package {package.district} {package.month}"
        totals = Totals.from_json(package.totals)
        query = select(Posting).join(PackageLine, col(PackageLine.posting_id) == col(Posting.id))
        lines = session.exec(query.where(col(PackageLine.package_id) == package.id)).all()
        if len(lines) != totals.lines:
            yield Difference(f"{what} says it has {totals.lines} lines, and the ledger gave it {len(lines)}.")
        said: defaultdict[str, Decimal] = defaultdict(Decimal)
        given: defaultdict[str, Decimal] = defaultdict(Decimal)
        for balance in totals.balances:
            said[balance.unit] += balance.net
        for line in lines:
            given[line.unit] += line.quantity
        for unit in sorted({*said, *given}):
            if said[unit] != given[unit]:
                yield Difference(
                    f"{what} comes to {amount(said[unit], unit)}, and its lines in the ledger to {amount(given[unit], unit)}."
                )
        opening = {(b.form, b.unit): b.opening for b in totals.balances if b.opening}
        if opening != before.get(package.district, {}):
            yield Difference(f"{what} does not open with what the package before it closed with.")
        before[package.district] = {(b.form, b.unit): b.closing for b in totals.balances if b.closing}
    original, first, back = aliased(Posting), aliased(PackageLine), aliased(PackageLine)
    query = (
        select(Posting, back.line, first.package_id)
        .join(back, col(back.posting_id) == col(Posting.id))
        .join(original, col(original.id) == col(Posting.reverses_id))
        .outerjoin(first, col(first.posting_id) == col(original.id))
        .where(or_(col(first.id).is_(None), col(first.package_id) >= col(back.package_id)))
    )
    for posting, line, _ in session.exec(query):
        yield Difference(
            f"HR's line {line} takes back line {posting.reverses_id} of the ledger, which HR was not given before."
        )


def _ledger(session: Session) -> Iterator[Difference]:
    """Every educator's account moves by what the decisions in force grant and bank, line by line."""
    for _, lines, live in books(session):
        yield from (Difference(sentence) for sentence in faults(lines, live))
