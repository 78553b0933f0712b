"""Conditions: whether each line of a `when` or `needs` holds for a claim, does not, or cannot be told yet."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from countersign.recognition.claims import DATES_SAID, Claim, folded, is_member
from countersign.recognition.wording import amount, listed
from countersign.recognition.years import said
from models.agreement import DateTest, Evidence, Range, When
from models.records import Work
from models.words import Owner

EVIDENCE_SAID = {
    Evidence.log_of_hours: "a log of hours",
    Evidence.transcript: "a transcript",
    Evidence.rubric: "a rubric with its level",
}
LOG_COMES = (
    "A log of hours (CSV or XLSX) has to come in a new mail together with the micro-credential; it names the title and "
    "is sent from an address that the affiliate has on record for the educator."
)


OF_WORK: dict[str, tuple[str, Callable[[Work], str]]] = {
    "roles": ("role", lambda w: w.role),
    "bands": ("band", lambda w: w.band),
    "bargaining_units": ("bargaining unit", lambda w: w.bargaining_unit),
    "locations": ("location", lambda w: w.location),
}
"""The lines of a condition that ask for something of the employment: how it is called, and how it is read."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """One line of a condition that does not hold. `open` when it is not known and may still hold: then `owner` is whose move it is and
    `change` what has to come. `line` is the line's key in the condition, of evidence and dates with which one ("dates.0")."""

    code: str
    sentence: str
    open: bool = False
    owner: Owner = Owner.nobody
    change: str = ""
    line: str = field(default="", compare=False)  # what is missing is missing once, however many lines ask for it


def unmet(when: When | None, claim: Claim) -> tuple[Unmet, ...]:
    """The lines of the condition that do not hold; none when it holds, and none where there is no condition."""
    return tuple(_unmet(when, claim)) if when is not None else ()


def holds(when: When | None, claim: Claim) -> bool | None:
    """Whether the condition holds; None when that cannot be told yet."""
    found = unmet(when, claim)
    if any(not one.open for one in found):
        return False
    return None if found else True


def _unmet(when: When, claim: Claim) -> Iterator[Unmet]:
    yield from _of_work(when, claim)
    yield from _of_person(when, claim)
    case = claim.case
    if when.issuers is not None and case.issuer not in when.issuers:
        yield Unmet(
            "issuer",
            f"It was issued by {case.issuer_name or case.issuer}, which the clause does not name.",
            line="issuers",
        )
    if when.titles is not None and folded(case.title) not in {folded(t) for t in when.titles}:
        yield Unmet("title", f'"{case.title}" is not among the titles of the clause.', line="titles")
    if when.in_stack is not None:
        stack = claim.rules.terms.stack(when.in_stack)
        if stack is None or folded(case.title) not in {folded(t) for t in stack.titles}:
            yield Unmet("stack", f'"{case.title}" does not belong to the stack “{when.in_stack}”.', line="in_stack")
    yield from _of_evidence(when, claim)
    if when.hours is not None:
        yield from _in_range(when.hours, claim, Evidence.log_of_hours, "hours", "hours")
    if when.mastery is not None:
        yield from _in_range(when.mastery, claim, Evidence.rubric, "level", "mastery")
    for number, test in enumerate(when.dates or ()):
        yield from _date(test, claim, f"dates.{number}")


def _of_work(when: When, claim: Claim) -> Iterator[Unmet]:
    for line, (what, read) in OF_WORK.items():
        wanted: Sequence[str] | None = getattr(when, line)
        if wanted is None:
            continue
        found = read(claim.work) if claim.work is not None else ""
        code = f"{what.replace(' ', '_')}"
        if not found:
            change = f"The roster has to say the {what} of the educator on {said(claim.submitted)}."
            sentence = f"The roster does not say the educator's {what}."
            yield Unmet(f"{code}_unknown", sentence, True, Owner.staff, change, line)
        elif folded(found) not in {folded(one) for one in wanted}:
            sentence = f"The clause is for the {what} {listed(wanted, 'or')}; the roster says {found}."
            yield Unmet(code, sentence, line=line)


def _of_person(when: When, claim: Claim) -> Iterator[Unmet]:
    if when.members is not None and when.members != is_member(claim):
        who = "members" if when.members else "those who are not members"
        sentence = f"The clause is for {who} of the affiliate on {said(claim.submitted)}."
        yield Unmet("membership", sentence, line="members")
    if when.licence_levels is not None:
        level = claim.record.licence.level
        if not level:
            change = "The roster has to say the level of the license."
            sentence = "The roster does not say the license's level."
            yield Unmet("licence_level_unknown", sentence, True, Owner.staff, change, "licence_levels")
        elif folded(level) not in {folded(one) for one in when.licence_levels}:
            wanted = listed(when.licence_levels, "or")
            sentence = f"The clause is for license level {wanted}; the roster says {level}."
            yield Unmet("licence_level", sentence, line="licence_levels")


def _of_evidence(when: When, claim: Claim) -> Iterator[Unmet]:
    for kind in when.evidence or ():
        if shown(claim, kind) is None:
            yield replace(not_shown(claim, kind), line=f"evidence.{kind.value}")


def shown(claim: Claim, kind: Evidence) -> object | None:
    """What of that kind came along; None when nothing did."""
    match kind:
        case Evidence.log_of_hours:
            return None if claim.case.log_problem else claim.case.log_hours
        case Evidence.transcript:
            return claim.case.transcript
        case Evidence.rubric:
            return claim.case.mastery


def not_shown(claim: Claim, kind: Evidence) -> Unmet:
    """That evidence of that kind is missing, and how it comes."""
    case = claim.case
    if kind is Evidence.log_of_hours:
        if case.log_problem:
            return Unmet("log_problem", case.log_problem, True, Owner.staff, LOG_COMES)
        sentence = "No log of hours came with it, and the clause counts only the hours that a log shows."
        return Unmet("log_missing", sentence, True, Owner.educator, LOG_COMES)
    if kind is Evidence.transcript:
        change = "The transcript of the college has to reach whoever decides on pay."
        return Unmet(
            "transcript_missing", "No transcript that shows it has been received.", True, Owner.educator, change
        )
    change = "The rubric with the level reached has to come in, and staff record it."
    return Unmet("rubric_missing", "No rubric that shows the level reached has come.", True, Owner.educator, change)


def _in_range(wanted: Range, claim: Claim, kind: Evidence, what: str, line: str) -> Iterator[Unmet]:
    figure = claim.case.log_hours if kind is Evidence.log_of_hours else claim.case.mastery
    if shown(claim, kind) is None or figure is None:
        yield replace(not_shown(claim, kind), line=line)
    elif not wanted.covers(figure):
        unit = amount(figure, "hour") if what == "hours" else f"{what} {figure.normalize():f}"
        yield Unmet(what, f"It shows {unit}; the clause asks for {range_said(wanted)}.", line=line)


def range_said(wanted: Range) -> str:
    """`at least 5 and less than 10`."""
    parts: list[str] = []
    if wanted.at_least is not None:
        parts.append(f"at least {wanted.at_least.normalize():f}")
    if wanted.below is not None:
        parts.append(f"less than {wanted.below.normalize():f}")
    if wanted.at_most is not None:
        parts.append(f"at most {wanted.at_most.normalize():f}")
    return listed(parts)


def _date(test: DateTest, claim: Claim, line: str) -> Iterator[Unmet]:
    what, day = DATES_SAID[test.of], claim.known_day(test.of)
    if day is None:
        yield Unmet(
            f"{test.of.value}_date_unknown",
            f"It is not on record when it was {what}.",
            True,
            Owner.staff,
            f"The day on which it was {what} has to be recorded.",
            line,
        )
        return
    if test.within is not None and claim.known_day(test.within.after) is None:
        sentence = f"It is not on record when it was {DATES_SAID[test.within.after]}, from which the time is counted."
        code = f"{test.within.after.value}_date_unknown"
        yield Unmet(code, sentence, True, Owner.staff, "That day has to be recorded.", line)
        return
    first, last = span_of(test, claim)
    if first is not None and day < first:
        sentence = f"It was {what} on {said(day)}; the clause begins with {said(first)}."
        yield Unmet("too_early", sentence, line=line)
    if last is not None and day > last:
        sentence = f"It was {what} on {said(day)}; the clause's last day for that was {said(last)}."
        yield Unmet("too_late", sentence, line=line)


def span_of(test: DateTest, claim: Claim) -> tuple[date | None, date | None]:
    """The first and the last day on which the date of a test may lie; None where there is no such day, or it is not known."""
    year = claim.year(test.of)
    first = test.from_ or (year.day(test.not_before) if test.not_before else None)
    last = test.until or (year.day(test.not_after) if test.not_after else None)
    if test.within is None or (start := claim.known_day(test.within.after)) is None:
        return first, last
    if test.within.months:
        return first, months_after(start, test.within.months)
    return first, start + timedelta(days=test.within.days or 0)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last one where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
