"""What in the registry runs out soon, told before credentials begin to be refused: keys, acceptance, vetting."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from countersign.verification.fingerprints import fingerprint, grouped
from countersign.verification.trust.registry import Issuer, RegisteredKey, Registry

AHEAD = timedelta(days=60)
"""How long before its last day something is told."""


@dataclass(frozen=True, slots=True)
class RunningOut:
    """One thing that runs out or has run out, as a sentence, and what to do."""

    issuer: Issuer
    sentence: str
    remedy: str


def running_out(registry: Registry, today: date) -> Iterator[RunningOut]:
    """All of it, issuer by issuer; nothing of issuers that are no longer accepted."""
    for issuer in registry.issuers:
        if issuer.accepted_until is None or issuer.accepted_until >= today:
            yield from _of(issuer, today)


def _of(issuer: Issuer, today: date) -> Iterator[RunningOut]:
    if issuer.accepted_until is not None and issuer.accepted_until <= today + AHEAD:
        yield RunningOut(
            issuer,
            f"{issuer.name} is accepted until {issuer.accepted_until} only.",
            "Decide whether it goes on, and set accepted in issuers.toml.",
        )
    if issuer.vet_again_by is not None and issuer.vet_again_by <= today + AHEAD:
        when = "was to be repeated" if issuer.vet_again_by < today else "is to be repeated"
        yield RunningOut(
            issuer,
            f"The vetting of {issuer.name} (by {issuer.vetted_by}, {issuer.vetted_on}) {when} by {issuer.vet_again_by}.",
            "Vet it again, and write who did and when into vetted in issuers.toml.",
        )
    sound = [k for k in issuer.keys if k.compromised is None and (k.until is None or k.until > today + AHEAD)]
    if sound or not issuer.keys:
        return
    last = max((k for k in issuer.keys if k.compromised is None), key=lambda k: k.until or date.max, default=None)
    if last is None:
        sentence = (
            f"Every key of {issuer.name} was reported stolen: nothing it signs now can be verified by a pinned key."
        )
    else:
        when = "ran out" if last.until is not None and last.until < today else "runs out"
        sentence = f"The last key of {issuer.name} ({_shown(last)}) {when} on {last.until}."
    yield RunningOut(
        issuer, sentence, f"Ask the issuer for its present key and enter it: countersign issuer pin {issuer.id}"
    )


def _shown(key: RegisteredKey) -> str:
    return key.id or grouped(fingerprint(key.public))[:19]
