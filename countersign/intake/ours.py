"""What comes back: credentials that the affiliate itself issued are no news. Educators who send our results mail on send them along."""

from dataclasses import replace

from sqlmodel import Session, col, or_, select

from countersign.intake.unpacked import Unpacked
from models.tables import Certificate, RecognitionCredential
from models.words import ReadingOutcome


def without_ours(session: Session, found: Unpacked, kept: list[str]) -> tuple[Unpacked, list[str]]:
    """What was found, and the SHA-256 of each carrier (empty for a link), without the credentials of ours, byte for byte as we issued
    them; a sentence stands in the place of each."""
    ours = _numbers(session, {sha256 for sha256 in kept if sha256})
    if not ours:
        return found, kept
    pairs = list(zip(found.carriers, kept, strict=True))
    sentences = [
        f"We issued {carrier.name} ourselves, with certificate {ours[sha256]}: it says what was recognized already."
        for carrier, sha256 in pairs
        if sha256 in ours
    ]
    others = [(carrier, sha256) for carrier, sha256 in pairs if sha256 not in ours]
    outcome = found.outcome
    if not others and outcome is ReadingOutcome.carriers:
        outcome = ReadingOutcome.nothing if found.complete else ReadingOutcome.unreadable
    left = replace(
        found,
        outcome=outcome,
        carriers=tuple(c for c, _ in others),
        problems=(*found.problems, *dict.fromkeys(sentences)),
    )
    return left, [sha256 for _, sha256 in others]


def _numbers(session: Session, wanted: set[str]) -> dict[str, str]:
    """SHA-256 → number of the certificate, for those of `wanted` that are a credential of ours or the picture that carries one."""
    if not wanted:
        return {}
    token, picture = col(RecognitionCredential.sha256), col(RecognitionCredential.png_sha256)
    query = (
        select(RecognitionCredential, Certificate.number)
        .join(Certificate, col(Certificate.id) == col(RecognitionCredential.certificate_id))
        .where(or_(token.in_(wanted), picture.in_(wanted)))
    )
    found: dict[str, str] = {}
    for row, number in session.exec(query):
        found |= {row.sha256: number, row.png_sha256: number}
    return found
