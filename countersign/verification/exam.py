"""What one examination works with and what it has found so far."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from countersign.verification.findings import ASK_AFFILIATE, Findings, bad
from countersign.verification.judging import dates, recipient, trusted
from countersign.verification.network import addresses
from countersign.verification.network.fetching import RecordingFetcher
from countersign.verification.trust import alike
from countersign.verification.trust.registry import Issuer, Registry
from models.credentials import CheckName, Credential, Endorsement


@dataclass(slots=True)
class Exam:
    """One carrier under examination. `credential`, `issuer` and `body` are claims until the checks passed.

    `address` is where what is examined was read from, empty when it was sent in itself.
    """

    registry: Registry
    fetcher: RecordingFetcher
    now: datetime
    recipient: str | None
    findings: Findings = field(default_factory=Findings)
    credential: Credential | None = None
    issuer: Issuer | None = None
    document: bytes = b""
    address: str = ""
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    endorsements: list[Endorsement] = field(default_factory=list[Endorsement])
    remarks: list[str] = field(default_factory=list[str])

    def unknown_issuer(self, identifier: str, name: str, said: str = "The issuer ({host})") -> NoReturn:
        """Note that the issuer, or whoever `said` is, is not in the registry. Raises Ended."""
        issuers = self.registry.issuers
        host = addresses.origin(identifier).removeprefix("https://") or alike.visible(identifier)
        who = said.format(host=host)
        detail, remedy = f"{who} is not in the affiliate's registry of issuers.", ASK_AFFILIATE
        by_name, by_address = alike.of_name(name, issuers), alike.of_identifier(identifier, issuers)
        if by_name:
            detail = f"The issuer {by_name.sentence}, but its identity ({host}) is not the registered one. Anybody can write any name."
        if by_address:
            detail = f"{detail} {by_address.sentence}"
        if found := by_name or by_address:
            remedy = f"Ask {found.issuer.name} whether this is theirs. Do not rely on it before that."
        self.findings.end(CheckName.issuer_trusted, bad(detail, remedy))

    def trust(self, issuer: Issuer, credential: Credential) -> None:
        """Note that the proven issuer is accepted on the date of issue. Raises Ended when not."""
        self.credential, self.issuer = credential, issuer
        self.findings.require(CheckName.issuer_trusted, trusted(issuer, credential.issued_on))

    def close(self) -> None:
        """The checks that need nothing but the proven credential: dates and recipient."""
        if self.credential is not None and self.findings.passed(CheckName.proof, CheckName.issuer_trusted):
            self.findings.add(CheckName.dates, dates(self.credential, self.now))
            self.findings.add(CheckName.recipient, recipient(self.credential, self.recipient))
