"""Value types for what arrives and what is made of it: carriers, credentials, checks and the verdict.

A `Verdict` computes its outcome from its checks, so that "verified with a failed check" cannot be written down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class CarrierKind(StrEnum):
    """The forms in which an Open Badge travels."""

    png = "png"
    svg = "svg"
    json = "json"
    jwt = "jwt"
    url = "url"


@dataclass(frozen=True, slots=True)
class Carrier:
    """Bytes or a link that may hold a credential.

    `name` says where it was found, safe to print ("award.png", "attachment 2 of forwarded message 1").
    Exactly one of `content` (bytes) and `url` is set: `url` for kind `url`, `content` for every other kind.
    """

    name: str
    kind: CarrierKind
    content: bytes = b""
    url: str = ""

    def __post_init__(self) -> None:
        if (self.kind is CarrierKind.url) != bool(self.url):
            raise ValueError(f"carrier {self.name!r}: kind {self.kind} and url {self.url!r} do not fit")


class CheckName(StrEnum):
    """The seven checks of a verdict, in the order in which they are reported."""

    extracted = "extracted"
    well_formed = "well_formed"
    proof = "proof"
    issuer_trusted = "issuer_trusted"
    status = "status"
    dates = "dates"
    recipient = "recipient"


CHECKS = tuple(CheckName)
"""The seven checks in their order."""


class CheckOutcome(StrEnum):
    """`indeterminate` means the check could not be carried out: the case is held, never waved through."""

    passed = "passed"
    failed = "failed"
    indeterminate = "indeterminate"


class VerdictOutcome(StrEnum):
    """Only `verified` goes on."""

    verified = "verified"
    rejected = "rejected"
    held = "held"


NOT_REACHED = "Not reached"
"""How the sentence of a check begins that was not carried out, because an earlier one ended the examination."""


@dataclass(frozen=True, slots=True)
class Check:
    """One named check: what was found, in a sentence for a person, and what they can do when it did not pass.

    `retry` is true when the same check may pass later without anybody doing anything: a site that did not answer.
    """

    name: CheckName
    outcome: CheckOutcome
    detail: str
    remedy: str = ""
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The checks on one credential. All seven must be present and passed for `verified`."""

    checks: tuple[Check, ...]

    def __post_init__(self) -> None:
        if tuple([c.name for c in self.checks]) != CHECKS:
            raise ValueError("a verdict lists each of the seven checks once, in order")

    @property
    def outcome(self) -> VerdictOutcome:
        outcomes = {c.outcome for c in self.checks}
        if CheckOutcome.failed in outcomes:
            return VerdictOutcome.rejected
        if CheckOutcome.indeterminate in outcomes:
            return VerdictOutcome.held
        return VerdictOutcome.verified

    @property
    def decisive(self) -> Check:
        """The check that decided: the first failed one, else the first indeterminate one, else the last."""
        for wanted in (CheckOutcome.failed, CheckOutcome.indeterminate):
            for check in self.checks:
                if check.outcome is wanted:
                    return check
        return self.checks[-1]

    def __getitem__(self, name: CheckName) -> Check:
        return self.checks[CHECKS.index(name)]


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity of the recipient as the credential states it.

    `kind` is the field's own word: OB 2.0 `recipient.type` ("email", "url", "telephone"), OB 3.0 `identityType`
    ("emailAddress", "name", …) or "id" for the subject's own `id`. `value` is the plain identity or
    `algorithm$hexdigest` when `hashed`. Sources: OB 2.0 IdentityObject; OB 3.0 §B.1.13 IdentityObject.
    """

    kind: str
    value: str
    hashed: bool = False
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Standard:
    """What an achievement is aligned to, as its issuer says it: an outcome of a framework of standards.

    `name` is never empty; `framework`, `code` and `url` are where they are not said. Sources: OB 2.0 AlignmentObject; OB 3.0 §B.1.4
    Alignment.
    """

    name: str
    framework: str = ""
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Achievement:
    """What was earned: OB 2.0 BadgeClass, OB 3.0 Achievement. `name` is the micro-credential's title."""

    id: str
    name: str
    description: str = ""
    criteria: str = ""
    standards: tuple[Standard, ...] = ()


@dataclass(frozen=True, slots=True)
class Credential:
    """An Open Badges assertion or credential of any version, as its proven (or claimed) body states it."""

    version: str
    id: str
    issuer_id: str
    issuer_name: str
    achievement: Achievement
    issued_on: datetime
    valid_until: datetime | None
    identities: tuple[Identity, ...]
    evidence_urls: tuple[str, ...] = ()

    @property
    def recipient_kind(self) -> str:
        """Kind of the first identity with "hashed" where it is: `email (hashed)`; never the identity itself."""
        if not self.identities:
            return "none"
        first = self.identities[0]
        return f"{first.kind} (hashed)" if first.hashed else first.kind


@dataclass(frozen=True, slots=True)
class Fetched:
    """One document as it came over the guarded client: the evidence behind a verdict about hosted data."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A document that was asked for and not had: `refused` when the guard never fetches it, else nothing answered. `why`
    is the end of a sentence. Kept like an answer, so that a verdict can be replayed with the same outages."""

    url: str
    why: str
    refused: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Endorsement:
    """Somebody else's word on the credential, its achievement or its issuer: reported, never needed.

    `of` says what is endorsed ("the micro-credential", "the issuer", "the award"). `outcome` is `passed` only when the endorser
    is a registered issuer and its proof holds. Sources: OB 2.0 Endorsement; OB 3.0 §B.2 EndorsementCredential.
    """

    by_id: str
    by_name: str
    of: str
    outcome: CheckOutcome
    detail: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What verification made of one carrier: the credential if one could be read, and the verdict on it.

    `issuer` is the registry's id of the trusted issuer ("nea"), empty unless `issuer_trusted` passed.
    `document` is the credential's payload bytes (compact JWS, or JSON text), empty when nothing was extracted.
    `key` is the canonical identity: `credential:<sha256>` of registry issuer and credential id once the proof and the
    issuer hold, else `document:<sha256>` of the payload, so that a forgery can never take a true credential's place.
    `fetched` is everything asked of the web, in order. `remarks` are sentences that change nothing in the verdict.
    """

    carrier: str
    verdict: Verdict
    key: str
    credential: Credential | None = None
    issuer: str = ""
    document: bytes = b""
    fetched: tuple[Fetched | Unanswered, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    endorsements: tuple[Endorsement, ...] = ()
    remarks: tuple[str, ...] = ()
