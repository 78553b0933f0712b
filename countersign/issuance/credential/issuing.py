"""The shell: one credential for each certificate that counts, kept in the evidence, filed as a picture, revocable from then on.

A certificate never waits for its credential. What stands in the way of all of them (the key, the picture) is one item of the review queue;
what stands in the way of one is an item on its certificate. Both close by themselves when a later night gets through.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from sqlalchemy import exists
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from countersign import audit, review
from countersign.errors import CountersignError, Outage, UsageError
from countersign.evidence import write_whole
from countersign.issuance.credential import baking, content, keys, status
from countersign.issuance.credential.content import Recipient
from countersign.issuance.credential.keys import Signer
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Address, Case, Certificate, Educator, RecognitionCredential
from models.words import Owner, PaperState

STOPPED = "credential_stopped"
"""The review item's code, on a certificate or on the settings."""

SETTINGS = "settings:recognition_credential"
PICTURE = "credential/recognition.png"
FOLDER = "credentials"
ASIDE = "withdrawn"


def credentials_due(store: Store, workspace: Workspace) -> list[int]:
    """Ids of the valid, drawn certificates without a credential, in order; none where no recognition credential is set up."""
    if workspace.settings.recognition_credential is None:
        return []
    issued = exists().where(col(RecognitionCredential.certificate_id) == Certificate.id)
    query = select(Certificate.id).where(
        col(Certificate.state) == PaperState.valid.value, col(Certificate.sha256) != "", ~issued
    )
    with store.reading() as session:
        return list(session.exec(query.order_by(col(Certificate.id))))


def issue_credentials(store: Store, workspace: Workspace, certificate_ids: Sequence[int], now: datetime) -> list[int]:
    """Issue the credentials of these certificates (`credentials_due`); returns the certificates' ids whose credential was issued now.

    Repeating finds the work done. Raises Outage when the disk or the database does not take it.
    """
    if not certificate_ids:
        return []
    try:
        signer, picture = keys.read_signer(workspace), read_picture(workspace)
        keys.former_keys(workspace)
    except UsageError as problem:
        _hold(store, SETTINGS, f"No recognition credential can be issued: {problem.what}", problem, now)
        return []
    if signer is None:
        return []
    with store.transaction() as session:
        said = "The signing key and the picture can be used."
        review.release(session, subject=SETTINGS, code=STOPPED, now=now, by="nightly", resolution=said)
    issued: list[int] = []
    for certificate_id in certificate_ids:
        try:
            if _issue(store, workspace, signer, picture, certificate_id, now):
                issued.append(certificate_id)
        except Outage:
            raise
        except CountersignError as problem:
            sentence = f"The recognition credential of a certificate cannot be issued: {problem.what}"
            _hold(store, f"certificate:{certificate_id}", sentence, problem, now)
    return issued


def _issue(
    store: Store, workspace: Workspace, signer: Signer, picture: bytes, certificate_id: int, now: datetime
) -> bool:
    with store.reading() as session:
        certificate = session.get_one(Certificate, certificate_id)
        if certificate.state != PaperState.valid or not certificate.sha256 or _row(session, certificate_id):
            return False
        recipient = _recipient(session, certificate)
    settings = workspace.settings
    index = certificate.id
    entry = status.entry(settings.affiliate.check_url, index)
    try:
        body = content.credential(certificate.printed, certificate.issued_on, recipient, entry, settings, now)
        token = signer.sign(content.claims(body), "JWT")
    except ValueError as error:
        raise CountersignError(
            f"Something on {certificate.number} cannot be written down in a credential: {error}.",
            "Reissue the certificate.",
        ) from error
    baked = baking.bake(picture, token)
    kept = RecognitionCredential(
        certificate_id=certificate_id,
        sha256=store.evidence.put(token.encode("ascii")),
        png_sha256=store.evidence.put(baked),
        status_index=index,
        key_id=signer.key_id,
        issued_at=now,
    )
    try:
        with store.transaction() as session:
            current = session.get_one(Certificate, certificate_id, with_for_update=True)
            if current.state != PaperState.valid:
                return False  # it ended a moment ago, and its picture would lie among those that count
            session.add(kept)
            about = {"sha256": kept.sha256, "png_sha256": kept.png_sha256, "key": kept.key_id}
            subject = f"certificate:{certificate_id}"
            audit.record(session, at=now, actor="nightly", action="credential issued", subject=subject, **about)
            said = f"The credential of {certificate.number} was issued."
            review.release(session, subject=subject, code=STOPPED, now=now, by="nightly", resolution=said)
            write_whole(workspace.root / place(certificate), baked)
    except IntegrityError:
        _file_again(store, workspace, certificate)  # another run issued it a moment ago, under this number
        return False
    return True


def _file_again(store: Store, workspace: Workspace, certificate: Certificate) -> None:
    with store.reading() as session:
        row = _row(session, certificate.id)
    if row is None:
        raise CountersignError(
            f"The credential of {certificate.number} was not taken by the database.", "The next night tries again."
        )
    write_whole(workspace.root / place(certificate), store.evidence.get(row.png_sha256))


def place(certificate: Certificate) -> Path:
    """Where the picture with a certificate's credential lies within the workspace, aside when the certificate does not count any more."""
    folder = Path("outbox") / FOLDER / str(certificate.issued_on.year)
    return (folder if certificate.state == PaperState.valid else folder / ASIDE) / f"{certificate.number}.png"


def _recipient(session: Session, certificate: Certificate) -> Recipient:
    """Whose it is, by the first address on the roster, which the results mail goes to as well."""
    query = select(Address.address).where(col(Address.educator_id) == certificate.educator_id)
    email = session.exec(query.order_by(col(Address.rank)).limit(1)).first()
    case = session.get_one(Case, certificate.case_id)
    named = certificate.printed.get("name")
    name = named if isinstance(named, str) else session.get_one(Educator, certificate.educator_id).name
    return Recipient(name=name, email=email or "", assertion=case.credential_id)


def _row(session: Session, certificate_id: int) -> RecognitionCredential | None:
    query = select(RecognitionCredential).where(col(RecognitionCredential.certificate_id) == certificate_id)
    return session.exec(query).first()


def read_picture(workspace: Workspace) -> bytes:
    """The picture of the settings, else the one that is shipped. Raises UsageError."""
    terms = workspace.settings.recognition_credential
    name = terms.picture if terms else ""
    if name:
        file = (workspace.root / name).resolve()
        if not file.is_relative_to(workspace.root.resolve()) or not file.is_file():
            raise UsageError(
                f"The picture {name} of [recognition_credential] is not in the workspace.",
                "Correct picture in countersign.toml, or leave it out for the one that is shipped.",
            )
    else:
        name = PICTURE
        places = [folder / PICTURE for folder in workspace.template_folders]
        file = next((place for place in places if place.is_file()), places[-1])
    try:
        return baking.checked(file.read_bytes(), name)
    except OSError as error:
        raise UsageError(f"The picture {name} cannot be read: {error.strerror}.") from error


def _hold(store: Store, subject: str, sentence: str, problem: CountersignError, now: datetime) -> None:
    """Open the item, or bring it up to date. What a person has dismissed stays dismissed."""
    with store.transaction() as session:
        review.hold(
            session,
            subject=subject,
            code=STOPPED,
            sentence=sentence,
            next_step=problem.remedy or "Correct what the sentence names; the next night tries again.",
            owner=Owner.staff,
            now=now,
            unless_settled=True,
        )


# ---------------------------------------------------------------- what the web serves


def published_documents(workspace: Workspace) -> dict[str, str]:
    """Path → JSON text of what others need to check a signature: the document of the issuer's id, and the key set. Empty where no
    recognition credential is set up. Raises UsageError."""
    signer = keys.read_signer(workspace)
    if signer is None:
        return {}
    known = [signer.public, *(k for k in keys.former_keys(workspace) if keys.jwk(k) != keys.jwk(signer.public))]
    return {
        keys.document_path(signer.issuer): _json(keys.key_document(signer.issuer, known)),
        "/.well-known/jwks.json": _json(keys.key_set(signer.issuer, known)),
    }


def status_lists(store: Store) -> range:
    """The numbers of the status lists there are. The first one is there before anything is on it."""
    query = select(RecognitionCredential.status_index).order_by(col(RecognitionCredential.status_index).desc()).limit(1)
    with store.reading() as session:
        return range(1, status.list_of(session.exec(query).first() or 0) + 1)


def status_list(store: Store, workspace: Workspace, number: int, now: datetime) -> str | None:
    """The signed status list with this number (from 1), as a compact JWS; None when there is none. Raises UsageError.

    What stands on it follows from the certificates at this moment: revoked is what is not valid any more.
    """
    signer = keys.read_signer(workspace)
    if signer is None or number not in status_lists(store):
        return None
    query = (
        select(RecognitionCredential.status_index)
        .join(Certificate, col(Certificate.id) == col(RecognitionCredential.certificate_id))
        .where(
            col(Certificate.state) != PaperState.valid.value,
            col(RecognitionCredential.status_index) >= (number - 1) * status.ENTRIES,
            col(RecognitionCredential.status_index) < number * status.ENTRIES,
        )
    )
    with store.reading() as session:
        revoked = list(session.exec(query))
    body = status.list_credential(signer.issuer, workspace.settings.affiliate.check_url, number, revoked, now)
    return signer.sign(body, "vc+jwt")


def has_credential(store: Store, number: str) -> bool:
    """Whether the certificate with this number has a credential, wherever its file may be."""
    return _kept(store, number) is not None


def credential_token(store: Store, number: str) -> str | None:
    """The signed credential of the certificate with this number, as it was issued; None when there is none."""
    found = _kept(store, number)
    return store.evidence.get(found.sha256).decode("ascii") if found else None


def credential_picture(store: Store, number: str) -> bytes | None:
    """The picture that carries it, as it was issued; None when there is none."""
    found = _kept(store, number)
    return store.evidence.get(found.png_sha256) if found else None


def _kept(store: Store, number: str) -> RecognitionCredential | None:
    query = (
        select(RecognitionCredential)
        .join(Certificate, col(Certificate.id) == col(RecognitionCredential.certificate_id))
        .where(col(Certificate.number) == number)
    )
    with store.reading() as session:
        return session.exec(query).first()


def _json(document: Any) -> str:
    return rfc8785.dumps(document).decode()
