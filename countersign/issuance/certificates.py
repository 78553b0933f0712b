"""Certificates: planned in one transaction, drawn, filed, and sealed in another. At most one is valid for an award.

A run that is killed after planning leaves a row without a hash; the next one draws exactly what was planned. What is no
longer granted does not stay valid: see `withdrawing`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import exists
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign.errors import CountersignError, UsageError
from countersign.issuance.drawing import draw_certificate
from countersign.issuance.due import is_revoked
from countersign.issuance.numbering import new_number
from countersign.issuance.planning import Award, plan_certificate
from countersign.issuance.shelf import Kind, code_of, coverage, file_paper, hold, read_award
from countersign.settings import Signatory, Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Certificate
from models.words import PaperCode, PaperState

KIND = Kind(
    name="certificate",
    subject="certificate",
    folder="certificates",
    codes=(PaperCode.glyphs_missing, PaperCode.certificate_stopped, PaperCode.paper_incomplete),
)

MAX_SIGNATURE = 2_000_000
_IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"<svg": "image/svg+xml"}


def certificates_undrawn(store: Store) -> list[int]:
    """Ids of the valid certificates that were planned and not drawn yet."""
    query = select(Certificate.id).where(col(Certificate.state) == PaperState.valid, col(Certificate.sha256) == "")
    with store.reading() as session:
        return list(session.exec(query.order_by(col(Certificate.id))))


def issue_certificates(
    store: Store, workspace: Workspace, rules: Sequence[Rules], decision_ids: Sequence[int], now: datetime
) -> list[int]:
    """Issue the certificates of these decisions (`awards_due`); returns the ids of those drawn now, in order.

    One that cannot be printed is held for staff and disturbs no other. Repeating finds the work done. Raises Outage when
    the disk or the database does not take it.
    """
    issued: list[int] = []
    for decision_id in decision_ids:
        try:
            certificate = _plan(store, workspace, rules, decision_id, now)
            if certificate is None or certificate.sha256:
                continue
            if draw(store, workspace, certificate, now):
                issued.append(certificate.id)
        except CountersignError as problem:
            hold(store, decision_id, "certificate", problem, code_of(problem, PaperCode.certificate_stopped), now)
    return issued


def _plan(
    store: Store, workspace: Workspace, rules: Sequence[Rules], decision_id: int, now: datetime
) -> Certificate | None:
    """The award's valid certificate, planned now if there was none; None when the award does not stand any more."""
    with store.reading() as session:
        award = read_award(session, rules, decision_id)
        if award is None or is_revoked(session, award.decision):
            return None
        found = _valid(session, award.key)
        if found is not None:
            return found
    signature = keep_signature(store, workspace, award, now)
    try:
        with store.transaction() as session:
            current = read_award(session, rules, decision_id)
            if current is None or is_revoked(session, current.decision):
                return None
            number = new_number(current.prefix, current.day_of(now).year)
            replaces = predecessor(session, current)
            certificate = planned(workspace, current, now, number=number, replaces=replaces, signature=signature)
            session.add(certificate)
    except IntegrityError:
        return _planned_by_another(store, award)
    return certificate


def planned(
    workspace: Workspace,
    award: Award,
    now: datetime,
    *,
    number: str,
    replaces: Certificate | None,
    signature: dict[str, str],
) -> Certificate:
    """The row of a certificate that is issued at `now`, not written yet. Raises as `plan_certificate`, and UsageError when not
    exactly one may sign."""
    day = award.day_of(now)
    return Certificate(
        number=number,
        award=award.key,
        case_id=award.decision.case_id,
        educator_id=award.decision.educator_id,
        decision_id=award.decision.id,
        state=PaperState.valid.value,
        issued_on=day,
        printed=plan_certificate(
            award,
            workspace.settings,
            workspace.settings.signatory_on(day),
            number=number,
            replaces=replaces.number if replaces else "",
            signature=signature,
            uncovered=coverage(workspace),
            now=now,
        ),
        replaces_id=replaces.id if replaces else None,
    )


def _planned_by_another(store: Store, award: Award) -> Certificate:
    """The certificate another worker planned a moment before us: the database keeps it at one for an award."""
    with store.reading() as session:
        found = _valid(session, award.key)
    if found is None:
        raise CountersignError(
            f"The certificate of {award.case.label} was not taken by the database.", "The next night tries again."
        )
    return found


def _valid(session: Session, award: str) -> Certificate | None:
    query = select(Certificate).where(col(Certificate.award) == award, col(Certificate.state) == PaperState.valid)
    return session.exec(query).first()


def predecessor(session: Session, award: Award) -> Certificate | None:
    """The last certificate that went out for the award to the same educator, was replaced or revoked, and has no successor that
    went out."""
    successor = aliased(Certificate)
    query = select(Certificate).where(
        col(Certificate.award) == award.key,
        col(Certificate.educator_id) == award.decision.educator_id,
        col(Certificate.state).in_((PaperState.replaced.value, PaperState.revoked.value)),
        col(Certificate.sha256) != "",
        ~exists(select(successor.id).where(col(successor.replaces_id) == Certificate.id, col(successor.sha256) != "")),
    )
    return session.exec(query.order_by(col(Certificate.id).desc())).first()


def drawn(store: Store, workspace: Workspace, printed: Mapping[str, Any]) -> bytes:
    """The PDF of what was planned."""
    kept = printed["signatory"].get("sha256", "")
    return draw_certificate(printed, workspace.template_folders, store.evidence.get(kept) if kept else b"")


def draw(
    store: Store,
    workspace: Workspace,
    certificate: Certificate,
    now: datetime,
    by: str = "nightly",
    content: bytes | None = None,
) -> bool:
    """Draw what was planned, unless that is done and `content` is the result, and file it; False when it ceased to count."""
    made = drawn(store, workspace, certificate.printed) if content is None else content
    year = certificate.issued_on.year
    return file_paper(store, workspace, KIND, certificate, year, made, now, by, award=certificate.award)


def keep_signature(store: Store, workspace: Workspace, award: Award, now: datetime) -> dict[str, str]:
    """The image of the signature of whoever signs at `now`, kept (`_keep_signature`)."""
    return _keep_signature(store, workspace, workspace.settings.signatory_on(award.day_of(now)))


def _keep_signature(store: Store, workspace: Workspace, signatory: Signatory) -> dict[str, str]:
    """The signature's image put into the evidence, so that a certificate can be drawn again after it has changed.

    Empty when the signature is typed. Raises UsageError when the image is missing or is none.
    """
    if not signatory.image:
        return {}
    file = (workspace.root / signatory.image).resolve()
    remedy = "Correct image of [[signatories]] in countersign.toml: a PNG, JPEG or SVG file in the workspace."
    if not file.is_relative_to(workspace.root.resolve()) or not file.is_file():
        raise UsageError(f"The signature image {signatory.image} is not in the workspace.", remedy)
    content = _small(file, signatory.image, remedy)
    for start, media_type in _IMAGES.items():
        if content.startswith(start):
            return {"sha256": store.evidence.put(content), "media_type": media_type}
    raise UsageError(f"The signature image {signatory.image} is not a PNG, JPEG or SVG.", remedy)


def _small(file: Path, name: str, remedy: str) -> bytes:
    try:
        if file.stat().st_size > MAX_SIGNATURE:
            raise UsageError(f"The signature image {name} is larger than {MAX_SIGNATURE:,} bytes.", remedy)
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"The signature image {name} cannot be read: {error.strerror}.", remedy) from error
