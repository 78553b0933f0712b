"""A certificate's standing in words, for a page and as JSON: one clear outcome first, then what the paper must say. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from countersign.console.comparing import Comparison
from countersign.console.looking import Found
from countersign.issuance.standing import Worth
from countersign.render import day

NOT_CREDIT = "It is not college credit, and it is not a submission to a school district."

_HEADLINES = {
    Worth.current: "Valid",
    Worth.replaced: "Replaced",
    Worth.revoked: "Revoked",
    Worth.withdrawn: "Withdrawn",
}
PRINTED = ("purpose", "determined", "stack", "standards", "manner", "clause", "replaces", "assertion")
"""What the paper says beyond the standing, as it is called in JSON."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is said of one certificate. `good` is whether it counts (and its file is unaltered); `facts` are label and value."""

    good: bool
    headline: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    file: str = ""


def tell(found: Found) -> Telling:
    """What the page of a certificate says."""
    stands = found.standing
    return Telling(stands.counts, _HEADLINES[stands.state], stands.sentence, tuple(facts(found)))


def tell_file(outcome: Comparison, found: Found) -> Telling:
    """What the page of a file that was compared with a certificate says. A file that differs in any way is the outcome,
    whatever the standing of the certificate: nobody shall take it for the original."""
    said = tell(found)
    if outcome is Comparison.same:
        return replace(said, file="The PDF is unaltered: byte for byte the one that was issued.")
    file = f"Certificate {found.number} itself, in our books: {found.standing.sentence}"
    if outcome is Comparison.continued:
        headline = "Something was added to this PDF"
        sentence = (
            f"This is not certificate {found.number} as it was issued. It begins with all that was issued, and something was added afterwards, as programs do that save notes, stamps or "
            "signatures. What was added can cover what was there: ask for the original file, or compare each line with the ones below."
        )
    else:
        headline = "Not the PDF that was issued"
        sentence = (
            f"It carries the number {found.number}, or you typed it, and it is another file than the one issued with that "
            "number: it was changed, saved anew or scanned. Do not rely on it. Ask for the original file."
        )
    return replace(said, good=False, headline=headline, sentence=sentence, file=file)


def facts(found: Found) -> Iterator[tuple[str, str]]:
    """What the paper says, as an office compares it: label and value, in the words that are printed. What is not known, or not told, is
    left out; of the license number only the end is told."""
    stands, printed = found.standing, found.printed
    provider: Mapping[str, Any] = printed.get("provider") or {}
    for label, value in (
        ("Name", stands.holder),
        ("Educator license", f"ends in {stands.licence_ending}" if stands.licence_ending else ""),
        ("Micro-credential", stands.title),
        ("Awarded by", stands.issuer),
        ("In the stack", printed.get("stack")),
        ("What it says its holder can do", printed.get("statement")),
        ("Credited", _credited(stands.hours, printed.get("quantity_words"), stands.unit)),
        *(
            ("Also stated as", _credited(row["quantity"], row["words"], row["unit"]))
            for row in printed.get("also") or ()
        ),
        ("Earned", _day(stands.earned_on)),
        ("Issued", _day(stands.issued_on)),
        ("Manner", printed.get("manner")),
        ("Recognized by", stands.recognizer),
        ("Under", printed.get("agreement_title")),
        ("Clause", printed.get("clause")),
        ("Determined", printed.get("determined")),
        ("Issued for", printed.get("purpose")),
        ("Standards", printed.get("standards")),
        ("Provider", stands.provider),
        ("Provider number", provider.get("number")),
        ("Approval", provider.get("approval")),
        ("Signed by", ", ".join(filter(None, (stands.signatory, stands.signatory_title)))),
        ("Certificate number", stands.number),
        ("Replaces certificate", printed.get("replaces")),
        ("Digital record of the award", printed.get("assertion")),
    ):
        if isinstance(value, str) and value:
            yield label, value


def as_json(found: Found) -> dict[str, Any]:
    """The same for a program; docs/checking.md says what each name means."""
    stands = {key: _plain(value) for key, value in asdict(found.standing).items()}
    printed: Mapping[str, Any] = found.printed
    more: dict[str, Any] = {key: value if isinstance(value := printed.get(key), str) else "" for key in PRINTED}
    more |= {"also": list(_also(printed))}
    return {"counts": found.standing.counts} | stands | more | {"college_credit": False, "pdf_sha256": found.sha256}


def _also(printed: Mapping[str, Any]) -> Iterator[str]:
    """The same credit in other units, as printed: "1.5 CEUs"."""
    for row in printed.get("also") or ():
        yield f"{row['quantity']} {row['unit']}"


def _credited(quantity: str, words: str | None, unit: str) -> str:
    """ "15 (fifteen) hours", as on the paper."""
    return f"{quantity} ({words}) {unit}" if words else f"{quantity} {unit}".strip()


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _day(value: date | None) -> str:
    return day(value) if value else ""
