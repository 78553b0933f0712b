"""How issuers, findings about them and changes of the registry look on a terminal."""

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from countersign.desk.terminal import clean, levelled, say
from countersign.verification.fingerprints import grouped

if TYPE_CHECKING:
    from countersign.desk.doctor import Finding
    from countersign.desk.issuers import Row
    from countersign.desk.registry_change import Change


def issuers(rows: "Sequence[Row]") -> None:
    """Every issuer with its keys, one block each: a table would break fingerprints and addresses."""
    console = Console(highlight=False, emoji=False)
    if not rows:
        say("No issuer is registered: nothing can be verified. See: countersign issuer add --help")
    for row in rows:
        demo = "  [yellow]demo: its private keys are public[/]" if row.demo else ""
        console.print(f"[bold]{clean(row.id)}[/]  {clean(row.name)}{demo}")
        until = f" until {row.accepted_until}" if row.accepted_until else ""
        again = f", to be repeated by {row.vet_again_by}" if row.vet_again_by else ""
        lines = [
            *(f"also {name}" for name in row.also),
            f"accepted from {row.accepted_from}{until}",
            f"vetted by {row.vetted_by} on {row.vetted_on}{again}",
            *(f"id {identifier}" for identifier in (*row.ids, *row.dids)),
            *(f"site {origin}" for origin in row.origins),
            *(f"only below {path}" for path in row.paths),
            *(f"key set {address}" for address in row.jwks),
            *(["counts also when shown in part (selective)"] if row.selective else []),
        ]
        for key in row.keys:
            span = " ".join(f"{word} {day}" for word, day in (("from", key.starts), ("until", key.until)) if day)
            stolen = f" STOLEN {key.compromised}" if key.compromised else ""
            lines += [
                f"key {grouped(key.fingerprint)}",
                f"    {key.kind} {span}{stolen}",
                f"    {key.id or '(any name)'}",
            ]
        lines += textwrap.wrap(row.note, 74)
        for line in lines:
            console.print(f"  {clean(line)}", soft_wrap=True)
        console.print()


def findings(found: "Mapping[str, Sequence[Finding]]") -> None:
    """What was looked at, issuer by issuer."""
    console = Console(highlight=False, emoji=False)
    for issuer, each in found.items():
        console.print(f"[bold]{clean(issuer)}[/]")
        for finding in each:
            levelled(console, finding.level, finding.what, finding.remedy, indent=2)


def change(found: "Change") -> None:
    """What would be written, in plain words, with what speaks against it, on stderr's sister: the person reads it here."""
    console = Console(highlight=False, emoji=False)
    for line in found.lines:
        console.print(clean(line), soft_wrap=True)
    if found.block:
        console.print("\nIn issuers.toml:")
        for line in found.block.strip().split("\n"):
            console.print(f"    {clean(line)}", soft_wrap=True)
    for sentence in (*found.alike, *found.cautions):
        console.print()
        for line in textwrap.wrap(sentence, 78, break_long_words=False, break_on_hyphens=False):
            console.print(f"[yellow]{clean(line)}[/]")
    console.print()


def agreed(question: str) -> bool:
    """Whether the person at the terminal says yes; no when nobody is there to be asked."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    sys.stdout.write(f"{question} [type yes] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() == "yes"
