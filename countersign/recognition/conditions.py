"""Conditions: whether each line of a `when` or `needs` holds for a claim, does not, or cannot be told yet."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from countersign.recognition.claims import DATES_SAID, Claim, folded, is_member
from countersign.recognition.wording import listed
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


@dataclass(frozen=True, slots=True)
class Unmet:
    """One line of a condition that does not hold. `open` when it is not known and may still hold: then `owner` is whose move it is and
    `change` what has to come."""

    code: str
    sentence: str
    open: bool = False
    owner: Owner = Owner.nobody
    change: str = ""


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
        yield Unmet("issuer", f"It was issued by {case.issuer_name or case.issuer}, which the clause does not name.")
    if when.titles is not None and folded(case.title) not in {folded(t) for t in when.titles}:
        yield Unmet("title", f'"{case.title}" is not among the titles of the clause.')
    if when.in_stack is not None:
        stack = claim.rules.terms.stack(when.in_stack)
        if stack is None or folded(case.title) not in {folded(t) for t in stack.titles}:
            yield Unmet("stack", f'"{case.title}" does not belong to the stack “{when.in_stack}”.')
    yield from _of_evidence(when, claim)
    if when.hours is not None:
        yield from _in_range(when.hours, claim, Evidence.log_of_hours, "hours")
    if when.mastery is not None:
        yield from _in_range(when.mastery, claim, Evidence.rubric, "level")
    for test in when.dates or ():
        yield from _date(test, claim)


def _of_work(when: When, claim: Claim) -> Iterator[Unmet]:
    reads: tuple[tuple[Sequence[str] | None, str, Callable[[Work], str]], ...] = (
        (when.roles, "role", lambda w: w.role),
        (when.bands, "band", lambda w: w.band),
        (when.bargaining_units, "bargaining unit", lambda w: w.bargaining_unit),
        (when.locations, "location", lambda w: w.location),
    )
    for wanted, what, read in reads:
        if wanted is None:
            continue
        found = read(claim.work) if claim.work is not None else ""
        code = f"{what.replace(' ', '_')}"
        if not found:
            change = f"The roster has to say the {what} of the educator on {said(claim.submitted)}."
            yield Unmet(f"{code}_unknown", f"The roster does not say the educator's {what}.", True, Owner.staff, change)
        elif folded(found) not in {folded(one) for one in wanted}:
            yield Unmet(code, f"The clause is for the {what} {listed(wanted, 'or')}; the roster says {found}.")


def _of_person(when: When, claim: Claim) -> Iterator[Unmet]:
    if when.members is not None and when.members != is_member(claim):
        who = "members" if when.members else "those who are not members"
        yield Unmet("membership", f"The clause is for {who} of the affiliate on {said(claim.submitted)}.")
    if when.licence_levels is not None:
        level = claim.record.licence.level
        if not level:
            change = "The roster has to say the level of the license."
            yield Unmet(
                "licence_level_unknown", "The roster does not say the license's level.", True, Owner.staff, change
            )
        elif folded(level) not in {folded(one) for one in when.licence_levels}:
            wanted = listed(when.licence_levels, "or")
            yield Unmet("licence_level", f"The clause is for license level {wanted}; the roster says {level}.")


def _of_evidence(when: When, claim: Claim) -> Iterator[Unmet]:
    for kind in when.evidence or ():
        if shown(claim, kind) is None:
            yield not_shown(claim, kind)


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


def _in_range(wanted: Range, claim: Claim, kind: Evidence, what: str) -> Iterator[Unmet]:
    figure = claim.case.log_hours if kind is Evidence.log_of_hours else claim.case.mastery
    if shown(claim, kind) is None or figure is None:
        yield not_shown(claim, kind)
    elif not wanted.covers(figure):
        unit = f"{figure.normalize():f} {what}" if what == "hours" else f"{what} {figure.normalize():f}"
        yield Unmet(what, f"It shows {unit}; the clause asks for {_range_said(wanted)}.")


def _range_said(wanted: Range) -> str:
    parts: list[str] = []
    if wanted.at_least is not None:
        parts.append(f"at least {wanted.at_least.normalize():f}")
    if wanted.below is not None:
        parts.append(f"less than {wanted.below.normalize():f}")
    if wanted.at_most is not None:
        parts.append(f"at most {wanted.at_most.normalize():f}")
    return listed(parts)


def _date(test: DateTest, claim: Claim) -> Iterator[Unmet]:
    what, day = DATES_SAID[test.of], claim.known_day(test.of)
    if day is None:
        yield Unmet(
            f"{test.of.value}_date_unknown",
            f"It is not on record when it was {what}.",
            True,
            Owner.staff,
            f"The day on which it was {what} has to be recorded.",
        )
        return
    year = claim.year(test.of)
    first = test.from_ or (year.day(test.not_before) if test.not_before else None)
    last = test.until or (year.day(test.not_after) if test.not_after else None)
    if test.within is not None:
        start = claim.known_day(test.within.after)
        if start is None:
            other = DATES_SAID[test.within.after]
            sentence = f"It is not on record when it was {other}, from which the time is counted."
            yield Unmet(
                f"{test.within.after.value}_date_unknown", sentence, True, Owner.staff, "That day has to be recorded."
            )
            return
        last = (
            months_after(start, test.within.months)
            if test.within.months
            else start + timedelta(days=test.within.days or 0)
        )
    if first is not None and day < first:
        yield Unmet("too_early", f"It was {what} on {said(day)}; the clause begins with {said(first)}.")
    if last is not None and day > last:
        yield Unmet("too_late", f"It was {what} on {said(day)}; the clause's last day for that was {said(last)}.")


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last one where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
