"""What each line of a condition asks for, and what is there. Whether it holds is what `conditions` says; this only puts it into words."""

from collections.abc import Iterator
from dataclasses import dataclass

from countersign.recognition.claims import DATES_SAID, Claim, is_member
from countersign.recognition.conditions import EVIDENCE_SAID, OF_WORK, range_said, shown, span_of, unmet
from countersign.recognition.wording import amount, listed
from countersign.recognition.years import said
from models.agreement import DateTest, Evidence, When

_NOT_KNOWN = "not on record"
_SPANS = {
    (True, True): "from {0} to {1}",
    (True, False): "on {0} or later",
    (False, True): "on {1} or earlier",
    (False, False): "on a day that is not known yet",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a condition: what it asks for, what is there, and whether that holds (`met`; None while it cannot be told). `why` is
    the engine's own sentence where it does not."""

    asked: str
    there: str
    met: bool | None
    why: str = ""


def lines(when: When | None, claim: Claim) -> tuple[Line, ...]:
    """Every line of the condition for this claim, in the order in which they are judged; none where there is no condition."""
    if when is None:
        return ()
    against = {one.line: one for one in unmet(when, claim)}
    found: list[Line] = []
    for key, asked, there in _asked(when, claim):
        one = against.get(key)
        found.append(Line(asked, there, (None if one.open else False) if one else True, one.sentence if one else ""))
    return tuple(found)


def _asked(when: When, claim: Claim) -> Iterator[tuple[str, str, str]]:
    """The key of each line, what it asks for, and what is there."""
    case = claim.case
    for key, (what, read) in OF_WORK.items():
        if wanted := getattr(when, key):
            yield key, f"{what} {listed(wanted, 'or')}", (read(claim.work) if claim.work else "") or _NOT_KNOWN
    if when.members is not None:
        who = "a member of the affiliate" if when.members else "not a member of the affiliate"
        yield "members", f"{who} on {said(claim.submitted)}", "a member" if is_member(claim) else "not a member"
    if when.licence_levels is not None:
        yield (
            "licence_levels",
            f"license level {listed(when.licence_levels, 'or')}",
            claim.record.licence.level or _NOT_KNOWN,
        )
    if when.issuers is not None:
        yield "issuers", f"issued by {listed(when.issuers, 'or')}", case.issuer
    if when.titles is not None:
        yield "titles", f"the title {listed([f'“{title}”' for title in when.titles], 'or')}", f"“{case.title}”"
    if when.in_stack is not None:
        yield "in_stack", f"a title of the stack “{when.in_stack}”", f"“{case.title}”"
    for kind in when.evidence or ():
        yield f"evidence.{kind.value}", EVIDENCE_SAID[kind], evidence_said(claim, kind)
    if when.hours is not None:
        yield "hours", f"hours of the log: {range_said(when.hours)}", evidence_said(claim, Evidence.log_of_hours)
    if when.mastery is not None:
        yield "mastery", f"level of the rubric: {range_said(when.mastery)}", evidence_said(claim, Evidence.rubric)
    for number, test in enumerate(when.dates or ()):
        day = claim.known_day(test.of)
        yield f"dates.{number}", _date(test, claim), said(day) if day else _NOT_KNOWN


def _date(test: DateTest, claim: Claim) -> str:
    first, last = span_of(test, claim)
    span = _SPANS[first is not None, last is not None].format(said(first) if first else "", said(last) if last else "")
    return f"{DATES_SAID[test.of]} {span}"


def evidence_said(claim: Claim, kind: Evidence) -> str:
    """`6.5 hours`, `none came`: what of that kind came along."""
    case = claim.case
    if kind is Evidence.log_of_hours and case.log_problem:
        return "a log that cannot be used"
    if shown(claim, kind) is None:
        return "none came"
    if kind is Evidence.log_of_hours and case.log_hours is not None:
        return amount(case.log_hours, "hour")
    if kind is Evidence.rubric and case.mastery is not None:
        return f"level {case.mastery.normalize():f}"
    if case.transcript is not None:
        what = amount(case.transcript.credits, "credit") if case.transcript.credits is not None else "credits not said"
        return f"{what}, received {said(case.transcript.received)}"
    return _NOT_KNOWN
