"""Certificates: planned in one transaction, drawn, filed, and sealed in another. At most one is valid for an award.

A run that is killed after planning leaves a row without a hash; the next one draws exactly what was planned. What is no
longer granted does not stay valid: see `withdrawing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from countersign.errors import CountersignError, UsageError
from countersign.issuance.drawing import check_template, draw_certificate
from countersign.issuance.due import is_revoked
from countersign.issuance.enclosing import enclose, enclosed
from countersign.issuance.numbering import new_number
from countersign.issuance.pictures import Pictures, keep_pictures, kept_pictures
from countersign.issuance.planning import Award, plan_certificate
from countersign.issuance.shelf import Kind, code_of, coverage, file_paper, hold, read_award
from countersign.settings import Workspace
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


@dataclass(frozen=True, slots=True)
class Kept:
    """What a certificate is made of besides its words, kept in the evidence before it is planned: its pictures, the files that lie
    in it (`enclose`), and whether it is signed digitally."""

    pictures: Pictures
    embedded: list[dict[str, str]]
    signed: bool


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
    kept = keep(store, workspace, award, now)
    try:
        with store.transaction() as session:
            current = read_award(session, rules, decision_id)
            if current is None or is_revoked(session, current.decision):
                return None
            number = new_number(current.prefix, current.day_of(now).year)
            replaces = predecessor(session, current)
            certificate = planned(workspace, current, now, number=number, replaces=replaces, kept=kept)
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
    kept: Kept,
) -> Certificate:
    """The row of a certificate that is issued at `now`, not written yet. Raises as `plan_certificate` and
    `check_template`, and UsageError when not exactly one may sign."""
    day = award.day_of(now)
    printed = plan_certificate(
        award,
        workspace.settings,
        workspace.settings.signatory_on(day),
        number=number,
        replaces=replaces.number if replaces else "",
        pictures=kept.pictures,
        uncovered=coverage(workspace),
        now=now,
    )
    check_template(printed, workspace.template_folders)
    return Certificate(
        number=number,
        award=award.key,
        case_id=award.decision.case_id,
        educator_id=award.decision.educator_id,
        decision_id=award.decision.id,
        state=PaperState.valid.value,
        issued_on=day,
        printed=printed | {"embedded": kept.embedded, "signed": kept.signed},
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
    return draw_certificate(
        printed, workspace.template_folders, embedded=enclosed(store, printed), **kept_pictures(store, printed)
    )


def sealed(workspace: Workspace, certificate: Certificate, content: bytes, now: datetime) -> bytes:
    """`content` signed with the association's key, when the certificate was planned so; the time signed at is `now`.

    Raises UsageError when the key is missing or may not sign at `now`, and Outage when a time-stamp server does not answer.
    """
    if not certificate.printed.get("signed"):
        return content
    from countersign.press.signature import open_key, sign

    key = open_key(workspace, now)
    if key is None:
        raise UsageError(
            f"{certificate.number} is to be signed, but countersign.toml has no [signing].", "Put it back, and repeat."
        )
    return sign(content, key, now)


def keep(store: Store, workspace: Workspace, award: Award, now: datetime) -> Kept:
    """What the award's certificate is made of besides its words, kept. Raises UsageError when a picture is missing or is none, or the
    key that signs digitally may not sign at `now`: then nothing is planned."""
    signed = workspace.settings.signing is not None
    if signed:
        from countersign.press.signature import open_key

        open_key(workspace, now)
    pictures = keep_pictures(store, workspace, workspace.settings.signatory_on(award.day_of(now)))
    return Kept(pictures=pictures, embedded=enclose(store, award.case), signed=signed)


def draw(
    store: Store,
    workspace: Workspace,
    certificate: Certificate,
    now: datetime,
    by: str = "nightly",
    content: bytes | None = None,
) -> bool:
    """Draw what was planned, unless that is done and `content` is the result, sign it where that was planned, and file it;
    False when it ceased to count."""
    made = drawn(store, workspace, certificate.printed) if content is None else content
    made = sealed(workspace, certificate, made, now)
    year = certificate.issued_on.year
    return file_paper(store, workspace, KIND, certificate, year, made, now, by, award=certificate.award)
