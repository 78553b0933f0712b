"""What is kept of an examination, so that the same verdict can be reached again later, without a network.

A verdict follows from five things: the carrier's bytes, the registry's text, every answer of the web with its outages, the
moment, and the version of this program. The first three lie in the evidence store under their SHA-256, the others in the row.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from countersign import __version__
from countersign.evidence import Evidence
from countersign.verification.trust.registry import Registry
from models.credentials import Examination, Fetched, Unanswered, Verdict
from models.tables import VerdictRecord
from models.words import Occasion

SOFTWARE = f"countersign {__version__}"
"""The version that examines, as verdicts name it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An examination whose evidence is stored: everything a verdict's row is made of.

    `document` is the SHA-256 of the credential's payload, empty when there was none; `asked` the row's `evidence`.
    """

    examination: Examination
    carrier_id: int
    registry_sha256: str
    document: str
    asked: list[dict[str, Any]]

    @property
    def checks(self) -> list[dict[str, str]]:
        """The checks as the row has them."""
        return as_rows(self.examination.verdict)

    def row(self, case_id: int, occasion: Occasion, now: datetime) -> VerdictRecord:
        """The verdict's row, complete for a replay."""
        return VerdictRecord(
            case_id=case_id,
            at=now,
            outcome=self.examination.verdict.outcome.value,
            checks=self.checks,
            evidence=list(self.asked),
            carrier_id=self.carrier_id,
            occasion=occasion.value,
            registry_sha256=self.registry_sha256,
            software=SOFTWARE,
            remarks=list(self.examination.remarks),
            endorsements=[asdict(e) for e in self.examination.endorsements],
        )


def keep(evidence: Evidence, examination: Examination, carrier_id: int, registry_sha256: str) -> Kept:
    """Put the document and everything fetched into the evidence store. Raises Outage when the disk does not take it."""
    return Kept(
        examination=examination,
        carrier_id=carrier_id,
        registry_sha256=registry_sha256,
        document=evidence.put(examination.document) if examination.document else "",
        asked=[_asked(evidence, answer) for answer in examination.fetched],
    )


def described(examination: Examination, registry: Registry) -> dict[str, Any]:
    """What a case says of its credential, by the names of its columns; empty when none could be read."""
    credential = examination.credential
    if credential is None:
        return {}
    return {
        "version": credential.version,
        "credential_id": credential.id,
        "issuer": examination.issuer,
        "issuer_name": registry.names().get(examination.issuer, credential.issuer_name),
        "achievement_id": credential.achievement.id,
        "title": credential.achievement.name,
        "description": credential.achievement.description,
        "criteria": credential.achievement.criteria,
        "standards": [asdict(s) for s in credential.achievement.standards],
        "issued_on": credential.issued_on,
        "valid_until": credential.valid_until,
        "identities": [asdict(i) for i in credential.identities],
    }


def as_rows(verdict: Verdict) -> list[dict[str, str]]:
    """The checks of a verdict as its row has them."""
    return [
        {"name": c.name.value, "outcome": c.outcome.value, "detail": c.detail, "remedy": c.remedy}
        for c in verdict.checks
    ]


def _asked(evidence: Evidence, answer: Fetched | Unanswered) -> dict[str, Any]:
    asked: dict[str, Any] = {"url": answer.url, "at": answer.at.isoformat()}
    if isinstance(answer, Unanswered):
        return asked | {"why": answer.why, "refused": answer.refused}
    return asked | {
        "final_url": answer.final_url,
        "status": answer.status,
        "headers": dict(answer.headers),
        "sha256": evidence.put(answer.content),
    }
