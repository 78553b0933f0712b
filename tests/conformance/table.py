"""The table of conformance: one row for every file of the fixtures, and the page for people that is made of it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from models.credentials import VerdictOutcome
from tests.conformance import open_badges_2, open_badges_3, w3c
from tests.conformance.shape import Ours, Row, Word

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"

ROWS: dict[str, Row] = {
    f"{folder}/{row.file}": replace(row, file=f"{folder}/{row.file}")
    for rooms in (open_badges_2, open_badges_3, w3c)
    for folder, rows in rooms.FOLDERS.items()
    for row in rows
}
"""The rows by the path of their file in the fixtures' folder."""

_INTRODUCTION = """\
# Conformance

What the publishers of third-party micro-credentials and test vectors say of each of their files, and what Countersign says of it.
`tests/conformance` holds the table and proves every line of it; this page is written by `python -m tests.conformance`.

The files are 1EdTech's, of the public validator for Open Badges 2.0 and 3.0, and the W3C's vectors for EdDSA (vc-di-eddsa). They are
no part of this project. *Valid* is the publisher's word for well-formed, with a proof that checks out under a key that the credential
itself may carry. Our *verified* says more: the proof leads to a key, DID or hosted origin that the operator registered for that issuer. So
every verdict is reached twice: with the issuers registered, and with an empty registry, under which nothing is ever verified. *Same*
means that the registry is not reached. In the last column stands, in one line, why ours differs from the publisher's wherever it does.
"""


def page() -> str:
    """The whole page in Markdown."""
    parts = [_INTRODUCTION, _counts()]
    for room, title in ((open_badges_2, "Open Badges 2.0"), (open_badges_3, "Open Badges 3.0"), (w3c, "W3C, EdDSA")):
        for folder, rows in room.FOLDERS.items():
            parts.append(f"## {title}: `{folder}`\n\n{_table(rows)}")
    return "\n".join(parts)


def _counts() -> str:
    words, ours = (Counter(r.word for r in ROWS.values()), Counter(r.ours.outcome for r in ROWS.values()))
    said = ", ".join(f"{words[w]} {w}" for w in Word)
    found = ", ".join(f"{n} {outcome}" for outcome, n in sorted(ours.items()))
    return (
        f"{len(ROWS)} files. The publishers: {said}. Ours with the issuers registered: {found}; "
        f"{sum(r.deviates for r in ROWS.values())} differ from the publisher's in outcome or in the check that decides.\n"
    )


def _table(rows: tuple[Row, ...]) -> str:
    lines = ["| file | publisher | ours, registered | ours, not registered | why it differs |", "|---|---|---|---|---|"]
    for row in rows:
        said = f"{row.word}{f': {row.fault}' if row.fault else ''}"
        strange = "same" if row.when_strange == row.ours else _said(row.when_strange)
        lines.append(f"| `{row.file}` | {said} | {_said(row.ours)} | {strange} | {row.argued} |")
    return "\n".join(lines) + "\n"


def _said(ours: Ours) -> str:
    if ours.outcome is VerdictOutcome.verified:
        return "**verified**"
    return f"**{ours.outcome}** at {ours.check}: {ours.part.replace('|', chr(92) + '|')}"
