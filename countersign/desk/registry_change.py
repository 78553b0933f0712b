"""A change of `issuers.toml` that a person has to agree to, and how a person names what it is about."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from countersign.desk import registry_file
from countersign.desk.registry_file import RegistryFile
from countersign.errors import CountersignError, UsageError
from countersign.verification import Issuer
from countersign.verification.fingerprints import fingerprint, grouped, kind
from countersign.verification.keys import PublicKey
from countersign.verification.trust import alike

COMPARE = (
    "Before you say yes, compare every fingerprint, and the address letter by letter, with the issuer itself over another way: a "
    "telephone number you already had, a letter, a meeting. Not by answering a message in which the address or key came."
)

EXTENDED = "issuer_extended"
"""`Change.action` when a registered issuer gets more names."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of issuers.toml that a person has to agree to. `lines` say it in plain words, `block` is what will stand there,
    `cautions` what speaks against it; with `alike` set it is refused unless the person said that it is meant. `resembles` are the ids of
    the issuers that `alike` speaks of."""

    file: RegistryFile
    text: bytes
    action: str
    subject: str
    lines: tuple[str, ...]
    block: str = ""
    cautions: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    resembles: tuple[str, ...] = ()
    detail: tuple[tuple[str, Any], ...] = ()

    def make(self, by: str) -> str:
        """Write it and note it; returns where the file before is kept."""
        return registry_file.write(self.file, self.text, by, self.action, self.subject, **dict(self.detail))

    @property
    def digest(self) -> str:
        """What a person repeats to agree: the first 128 bits of the SHA-256, hexadecimal, over all that was shown to them. So long that
        whoever owns the page cannot make two that agree."""
        shown = [self.action, self.subject, self.lines, self.block, self.cautions, self.alike]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]

    def as_json(self, *, written: bool) -> dict[str, Any]:
        return {
            "issuer": self.subject,
            "action": self.action,
            "written": written,
            "found": list(self.lines),
            "cautions": list(self.cautions),
            "alike": list(self.alike),
            "block": self.block,
            "digest": self.digest,
        }


def said(public: PublicKey, name: str = "") -> str:
    """A key as people compare it: the fingerprint first, so that nothing in its name can stand in its place."""
    printed = f"SHA-256 {grouped(fingerprint(public))}, {kind(public)}"
    return f"{printed}, called {alike.visible(name, 120)}" if name else printed


def issuer_of(file: RegistryFile, issuer_id: str) -> tuple[int, Issuer]:
    """The registered issuer with that id, and its number in the file. Raises UsageError."""
    for number, issuer in enumerate(file.registry.issuers):
        if issuer.id == issuer_id:
            return number, issuer
    raise UsageError(
        f"No issuer has the id “{alike.visible(issuer_id)}”.",
        f"Registered are: {', '.join(file.registry.names()) or 'none'}.",
    )


def day_of(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is not a date.", "Write it as 2026-10-01.") from error


def refuse_alike(change: Change) -> None:
    """Raises CountersignError, exit 1, for a change that resembles what is registered."""
    theirs = " or ".join(f"--to {i}" for i in change.resembles)
    advice = (
        f"If it belongs to that one, repeat with {theirs} in place of --to {change.subject}. If it is {change.subject}'s all the same, "
        "repeat with --although-alike."
        if change.action == EXTENDED
        else f"If it is the same issuer, repeat with {theirs} in place of --id. If it is another one all the same, repeat with "
        "--although-alike."
    )
    raise CountersignError("It resembles an issuer that is registered, so nothing was written.", advice)
