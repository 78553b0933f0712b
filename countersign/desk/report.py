"""The verdict as a person reads it: one headline, the seven checks with what was found and what to do, and what it rests on.

Pure: a report becomes lines; `terminal` colours and prints them.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from models.credentials import (
    NOT_REACHED,
    Check,
    CheckName,
    CheckOutcome,
    Credential,
    Endorsement,
    Fetched,
    Unanswered,
    Verdict,
)
from models.words import MONTHS

if TYPE_CHECKING:
    from countersign.verification import Replay

MARKS = {"passed": "✓", "failed": "✗", "indeterminate": "?", "verified": "✓", "rejected": "✗", "held": "?"}
AGAIN = "Try again later. What came by mail is tried again by itself."
"""What to do when time alone can heal it: this command, unlike the nightly run, keeps nothing to come back to."""

NOT_OFFLINE = "Repeat it without --offline."
SWITCH_ON = "Fetching is switched off in countersign.toml (offline under [network]): switch it on, then repeat it."
"""What to do when it was not fetched because the command, or the workspace, was told so."""

_MEANS = {
    "verified": "Every check passed; it can be recognized.",
    "rejected": "It cannot be recognized as it is.",
    "held": "It is neither proven nor refused yet.",
}
_NAMED = 17
"""Where the text of a check begins, behind its mark and name."""

_NARROW = 60
_PERSON = re.compile(r"[^/?&=#;,]+(?:@|%40)[^/?&=#;,]+", re.IGNORECASE)
_IDENTITY = re.compile(r"([?&;][^=&#]*(?:identity|recipient|email)[^=&#]*=)[^&#]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: `mark` in the colour of `outcome`, then `text`. Both may be empty."""

    text: str
    mark: str = ""
    outcome: str = ""
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one credential of one input, and what it rests on. `as_of` is the day for which it was asked, None for today;
    `folders` are the hosts that were answered from a folder in place of the web (`network.mirror`); `again` is what to do about a
    check that could not be carried out now."""

    input: str
    verdict: Verdict
    credential: Credential | None
    endorsements: tuple[Endorsement, ...] = ()
    remarks: tuple[str, ...] = ()
    fetched: tuple[Fetched | Unanswered, ...] = ()
    as_of: datetime | None = None
    folders: frozenset[str] = frozenset()
    again: str = AGAIN

    def remedy(self, check: Check) -> str:
        """What to do about a check that did not pass."""
        return self.again if check.retry else check.remedy

    def as_json(self) -> dict[str, Any]:
        """The document of the command line's contract; the recipient's identity never stands in it, only its kind."""
        found = self.credential
        return {
            "input": self.input,
            "verdict": self.verdict.outcome.value,
            "checks": [
                {"name": c.name.value, "outcome": c.outcome.value, "detail": c.detail, "remedy": self.remedy(c)}
                for c in self.verdict.checks
            ],
            "credential": found
            and {
                "id": without_people(found.id),
                "version": found.version,
                "issuer": found.issuer_name,
                "achievement": found.achievement.name,
                "issued_on": found.issued_on.isoformat(),
                "valid_until": found.valid_until.isoformat() if found.valid_until else None,
                "recipient_kind": found.recipient_kind,
            },
            "endorsements": [
                {"by": e.by_name, "id": e.by_id, "of": e.of, "outcome": e.outcome.value, "detail": e.detail}
                for e in self.endorsements
            ],
            "remarks": list(self.remarks),
            "fetched": [_asked(answer) for answer in self.fetched],
        }


def without_people(address: str) -> str:
    """An address to be shown: what names the recipient in it (an e-mail address, `identity__email=…`) is left out."""
    return _PERSON.sub("…", _IDENTITY.sub(r"\1…", address))


def lines(report: Report, width: int) -> Iterator[Line]:
    """A report in lines of at most `width` characters, single long words such as addresses aside."""
    outcome = report.verdict.outcome.value
    then = f" as of {day(report.as_of)}" if report.as_of else ""
    headline = f"{report.input}: {outcome}{then}. {_MEANS[outcome]}"
    yield from _wrapped(headline, width, Line("", MARKS[outcome], outcome))
    if report.credential:
        yield from _wrapped(_earned(report), width, Line("", indent=2))
    yield Line("")
    reached = [c for c in report.verdict.checks if not c.detail.startswith(NOT_REACHED)]
    for check in reached:
        begin = Line("", MARKS[check.outcome.value], check.outcome.value, 2)
        yield from _named(check.name.value, check.detail, width, begin)
        remedy = report.remedy(check)
        if check.outcome is not CheckOutcome.passed and remedy:
            yield from _named("", f"→ {remedy}", width, Line("", " ", indent=2))
    skipped = ", ".join(c.name.value for c in report.verdict.checks if c not in reached)
    if skipped:
        said = f"{skipped}: the examination ended before these."
        yield from _named("not reached", said, width, Line("", "–", indent=2))
    yield from _endorsed(report.endorsements, width)
    if report.remarks:
        yield Line("")
        yield Line("Worth knowing (it changes nothing in the verdict):", indent=2)
        for remark in report.remarks:
            yield from _wrapped(remark, width, Line("", "·", indent=2))
    yield from _read(report, width)


def repeated(found: "Replay", width: int, *, today: bool = False) -> Iterator[Line]:
    """What came of reaching a kept verdict again: offline from its evidence, or `today` with the present registry and web."""
    why = found.occasion.replace("_", " ")
    kept = f"verdict {found.verdict_id} of {day(found.at)} ({why}, by {found.software or 'an early version'})"
    if found.examination is None:
        said = f"{kept[0].upper()}{kept[1:]} cannot be repeated. {found.problem}"
        yield from _wrapped(said, width, Line("", MARKS["failed"], "failed"))
        return
    how = (
        "Examined again with the present registry and the present web"
        if today
        else f"Replayed offline from the evidence of {day(found.at)}"
    )
    result = "same result as" if found.same else "another result than"
    if found.facts and len(found.facts) == len(found.differences):
        result = "the checks come out the same, but the case says otherwise than the credential in"
    outcome = "passed" if found.same else "failed"
    yield from _wrapped(f"{how}: {result} {kept}.", width, Line("", MARKS[outcome], outcome))
    for each in found.differences:
        yield Line(f"{each.name}:", indent=2)
        for who, row in (("then", each.then), ("now", each.now)):
            outcome = str(row.get("outcome", ""))
            said = str(row.get("detail", ""))
            if each not in found.facts:
                said = f"{who}: {outcome or 'no such check'}. {said}"
            said += f" → {row['remedy']}" if row.get("remedy") and outcome != "passed" else ""
            yield from _wrapped(said, width, Line("", MARKS.get(outcome, "–"), outcome, 4))
    for address in found.unrecorded:
        said = f"This version also asks for {without_people(address)}, which is not in the evidence."
        yield from _wrapped(said, width, Line("", "·", indent=2))


def summary(reports: Sequence[Report]) -> str:
    """How many of which, for several reports."""
    outcomes = [r.verdict.outcome.value for r in reports]
    counted = ", ".join(f"{outcomes.count(o)} {o}" for o in ("verified", "rejected", "held") if o in outcomes)
    return f"{len(reports)} in all: {counted}."


def day(moment: datetime) -> str:
    """October 2, 2026."""
    return f"{MONTHS[moment.month - 1]} {moment.day}, {moment.year}"


def _earned(report: Report) -> str:
    """What it is and whose: as a fact once proof and issuer hold, as its own claim before."""
    found = report.credential
    assert found is not None
    proven = all(report.verdict[n].outcome is CheckOutcome.passed for n in (CheckName.proof, CheckName.issuer_trusted))
    known = [f"“{found.achievement.name}”" if found.achievement.name else "(title not known yet)"]
    known += [f"from {found.issuer_name}"] if found.issuer_name else []
    known += [f"issued on {day(found.issued_on)}", f"Open Badges {found.version}"]
    return ("" if proven else "It says of itself, unproven: ") + ", ".join(known) + "."


def _endorsed(found: Sequence[Endorsement], width: int) -> Iterator[Line]:
    if not found:
        return
    yield Line("")
    yield Line("Endorsements (reported; the verdict needs none):", indent=2)
    for each in found:
        said = f"{each.by_name or each.by_id or 'somebody'}, of {each.of}: {each.detail}"
        yield from _wrapped(said, width, Line("", MARKS[each.outcome.value], each.outcome.value, 2))


def _read(report: Report, width: int) -> Iterator[Line]:
    """Where everything came from and when."""
    read = [a for a in report.fetched if isinstance(a, Fetched)]
    local = [a for a in read if urlsplit(a.url).hostname in report.folders]
    groups: tuple[tuple[str, Sequence[Fetched | Unanswered]], ...] = (
        ("Read from the web for this:", [a for a in read if a not in local]),
        ("Read for this from a folder that stands for the web (network.mirror in countersign.toml):", local),
        ("Asked for in vain:", [a for a in report.fetched if isinstance(a, Unanswered)]),
    )
    for heading, answers in groups:
        if answers:
            yield Line("")
            yield from _wrapped(heading, width, Line("", indent=2))
        for answer in answers:
            yield from _one(answer, width)


def _one(answer: Fetched | Unanswered, width: int) -> Iterator[Line]:
    address = without_people(answer.url)
    if isinstance(answer, Unanswered):
        how = "not fetched" if answer.refused else "no answer"
        yield from _wrapped(f"{address}: {how}, {answer.why}.", width, Line("", "–", indent=2))
        return
    moved = f", from {without_people(answer.final_url)}" if answer.final_url != answer.url else ""
    said = f"{address}{moved}: status {answer.status}, {len(answer.content):,} bytes, {answer.at:%Y-%m-%d %H:%M} UTC"
    yield from _wrapped(said, width, Line("", "·", indent=2))


def _asked(answer: Fetched | Unanswered) -> Mapping[str, Any]:
    asked: dict[str, Any] = {"url": without_people(answer.url), "at": answer.at.isoformat()}
    if isinstance(answer, Unanswered):
        return asked | {"why": answer.why, "refused": answer.refused}
    import hashlib

    return asked | {
        "final_url": without_people(answer.final_url),
        "status": answer.status,
        "sha256": hashlib.sha256(answer.content).hexdigest(),
    }


def _named(name: str, text: str, width: int, begin: Line) -> Iterator[Line]:
    """A check's text behind its name, or below it where the lines are short."""
    if width < _NARROW and name:
        yield Line(name, begin.mark, begin.outcome, begin.indent)
        yield from _wrapped(text, width, Line("", " ", indent=begin.indent + 2))
    elif width < _NARROW:
        yield from _wrapped(text, width, Line("", " ", indent=begin.indent + 2))
    else:
        yield from _wrapped(f"{name:<{_NAMED - 2}}", width, begin, text)


def _wrapped(head: str, width: int, begin: Line, text: str = "") -> Iterator[Line]:
    """`head` and `text` in lines: the first with the mark, the others indented to where the text begins."""
    mark = len(begin.mark) + 1 if begin.mark else 0
    hang = begin.indent + mark + (len(head) if text else 0)
    found = textwrap.wrap(text or head, max(24, width - hang), break_long_words=False, break_on_hyphens=False) or [""]
    yield Line(f"{head}{found[0]}" if text else found[0], begin.mark, begin.outcome, begin.indent)
    for more in found[1:]:
        yield Line(more, indent=hang)
