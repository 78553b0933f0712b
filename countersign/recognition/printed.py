"""An explanation as text for a terminal of 80 columns."""

import textwrap
import unicodedata
from collections.abc import Iterator

from countersign.recognition.explanation import DecisionLine, Explanation
from countersign.recognition.goals import Progress, progress_said
from countersign.recognition.unagreed import NEXT_STEP
from countersign.recognition.wording import CURRENCY_SAID, amount
from countersign.recognition.years import said
from models.credentials import NOT_REACHED
from models.records import CapUse
from models.words import MONTHS, CaseState, Owner

WIDTH = 80
LABEL = 14
WHOSE = {Owner.staff: "affiliate staff", Owner.educator: "the educator", Owner.hr: "the recognizer (HR)"}


def explanation_text(explanation: Explanation) -> str:
    """The explanation for staff: plain text, lines of at most 80 columns, without a line break at the end."""
    return "\n".join(_lines(explanation))


def _lines(e: Explanation) -> Iterator[str]:
    yield from wrapped(f"{e.label}  {e.title or '(title not known yet)'}")
    yield "=" * WIDTH
    for doubt in e.doubts:
        yield from field("IN DOUBT", doubt)
    issuer = (
        f'{e.issuer_name} ("{e.issuer}" in the registry)' if e.issuer else f"{e.issuer_name or 'unknown'} (not trusted)"
    )
    yield from field("Issuer", issuer)
    yield from field("Credential", " ".join(part for part in (e.version, e.credential_id) if part) or "none")
    dates = [f"earned {e.issued_on:%Y-%m-%d %H:%M} UTC"] if e.issued_on else []
    yield from field("Dates", ", ".join([*dates, f"received {e.received_at:%Y-%m-%d %H:%M} UTC"]))
    yield from field("State", e.state.value)
    yield from field("Verdict", e.verdict)
    for check in e.failed_checks:
        if not check.detail.startswith(NOT_REACHED):
            yield from field("", f"{check.name} {check.outcome}: {check.detail} {check.remedy}")
    if skipped := ", ".join(check.name for check in e.failed_checks if check.detail.startswith(NOT_REACHED)):
        yield from field("", f"not reached: {skipped}; the examination ended before these.")
    yield from field("Match", e.match)
    for ruling in e.rulings:
        yield from field("Decided by", ruling)
    if e.joined_to is not None:
        yield from field("Joined", f"The same credential is already carried by C-{e.joined_to}; see there.")
    for decision in e.decisions:
        yield ""
        yield from _decision(decision)
    for sentence in e.no_agreement:
        yield ""
        yield from wrapped(sentence)
        yield "-" * WIDTH
        yield from field("Would change", f"{NEXT_STEP} Next move: {WHOSE[Owner.staff]}.")
    if not e.decisions and not e.no_agreement and e.state is CaseState.matched:
        yield ""
        why = (
            "No agreement applies to this educator, or none was asked for what it gives."
            if e.silent
            else "It has not been decided yet."
        )
        yield from wrapped(why)
    if e.certificates:
        yield ""
        yield "Certificates"
        for sentence in e.certificates:
            yield from item(sentence)
    for goal in e.goals:
        yield ""
        yield from _goal(goal)
    if e.notes:
        yield ""
        yield "Does not count"
        for sentence in e.notes:
            yield from item(sentence)
    if e.removed:
        yield ""
        yield "Originals removed"
        for sentence in e.removed:
            yield from item(sentence)
    if e.silent:
        yield ""
        yield "Silent on it"
        for sentence in e.silent:
            yield from item(sentence)


def _goal(goal: Progress) -> Iterator[str]:
    yield from wrapped(f"{goal.recognizer} asks: {progress_said(goal)}")
    yield from field("Goal", goal.text)
    if goal.cases:
        yield from field("Counted", ", ".join(f"C-{number}" for number in goal.cases))
    if goal.of_which:
        yield from field("Of which", f"{goal.of_which}: {goal.recognizer} judges that.")
    for note in goal.notes:
        yield from field("Note", note)


def _decision(d: DecisionLine) -> Iterator[str]:
    figure = f" {amount(d.quantity, d.unit)}" if d.quantity else ""
    yield from wrapped(f"{d.recognizer}, {d.clause}: {d.outcome.value.upper()}{figure}")
    yield "-" * WIDTH
    yield from field("Gives", CURRENCY_SAID[d.currency])
    for number, reason in enumerate(d.reasons):
        yield from field("" if number else "Because", reason.sentence)
    if d.period:
        yield from field("Year", d.period)
    if d.cap is not None:
        yield from field("Cap", _cap(d.cap))
    if d.effective_on is not None:
        yield from field("Counts from", said(d.effective_on))
    if d.submit_from is not None:
        yield from field("Submit from", said(d.submit_from))
    if d.pay_month:
        yield from field("Pay month", _month(d.pay_month))
    changes = [(reason.owner, reason.change) for reason in d.reasons if reason.change]
    for number, (owner, change) in enumerate(changes):
        whose = f" Next move: {WHOSE[owner]}." if owner in WHOSE else ""
        yield from field("" if number else "Would change", f"{change}{whose}")
    if d.clause_text:
        yield from field("Clause", d.clause_text)
    past = ", replaced since; kept as it was then" if d.clause_text else ", no longer on file as it was then"
    version = f"version {d.sha256[:12]}{'' if d.current else past}"
    yield from field("Agreement", f"{d.agreement}, {version}. {d.source}".strip())
    yield from field("Decided", f"{d.decided_at:%Y-%m-%d %H:%M} UTC, revision {d.revision}")


def _cap(cap: CapUse) -> str:
    return f"{cap.before:f} before + {cap.used:f} used = {cap.after:f} of {amount(cap.limit, cap.unit)} in {cap.period}"


def _month(label: str) -> str:
    year, month = label.split("-")
    return f"{MONTHS[int(month) - 1]} {year}"


def field(label: str, text: str) -> Iterator[str]:
    """The text beside its label, in lines of at most 80 columns."""
    yield from wrapped(text, f"{label:<{LABEL}}", " " * LABEL)


def item(text: str) -> Iterator[str]:
    """The text as an item of a list."""
    yield from wrapped(text, "- ", "  ")


def wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """The text in lines of at most 80 columns, the first begun with `first`, the others with `rest`."""
    return textwrap.wrap(
        harmless(text), WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    ) or [first.rstrip()]


def harmless(text: str) -> str:
    """Without what a terminal would obey or hide: titles and identifiers come from outside (control, format characters)."""
    return "".join(" " if unicodedata.category(mark).startswith("C") else mark for mark in text)
