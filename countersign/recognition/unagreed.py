"""Employers with whom no agreement is in force: what they would pay or count is held, "no agreement", until there is one. Pure.

What others give, such as the state, is decided all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from countersign.recognition.claims import DATES_SAID, in_force_day, is_in_force
from countersign.recognition.years import local_day, said
from models.agreement import Rules
from models.records import CaseRecord, EducatorRecord
from models.text import folded

NEXT_STEP = "Put the district's agreement into agreements/: the next run decides. Where there is none, dismiss the item; it does not come back."


@dataclass(frozen=True, slots=True)
class Unagreed:
    """An employer without an agreement for a case: a sentence for staff and educator, and the last day of the employment, if it has one."""

    employer: str
    sentence: str
    ends: date | None


def unagreed(
    rules: Sequence[Rules], record: EducatorRecord, case: CaseRecord, now: datetime | None, zone: str
) -> tuple[Unagreed, ...]:
    """The employers of the day on which the case came, still so at `now` (None: never mind), with whom no agreement is in force for
    it, by name. Days are those of `zone`, the affiliate's: no agreement says one. An agreement that begins only later says itself why it is silent, and so does one that is for other educators."""
    came, today = local_day(case.received_at, zone), local_day(now, zone) if now else None
    found: dict[str, Unagreed] = {}
    for work in record.employments:
        if (
            work.district in found
            or not work.span.covers(came)
            or (today and work.span.ends and work.span.ends < today)
        ):
            continue
        employer = folded(work.district)
        versions = [
            r for r in rules if (named := r.terms.applies_to.employer) is not None and folded(named) == employer
        ]
        if not versions:
            why = f"we have none on micro-credentials with {work.district}"
        elif (lapsed := _lapsed(versions, record, case)) is not None:
            why = f"ours with {work.district} was not in force any more for what was {lapsed}, and we know of no later one"
        else:
            continue
        sentence = f"Held, no agreement: {why}. What this employer pays or counts for it is not decided."
        found[work.district] = Unagreed(work.district, sentence, work.span.ends)
    return tuple(found[name] for name in sorted(found))


def held_sentence(found: Sequence[Unagreed]) -> str:
    """What the review item says: of each employer one sentence."""
    return " ".join(one.sentence for one in found)


def _lapsed(versions: Sequence[Rules], record: EducatorRecord, case: CaseRecord) -> str | None:
    """ "submitted on August 15, 2028" where the agreements with the employer were in force before and none is then; else None."""
    over: list[tuple[date, str]] = []
    for rules in versions:
        if is_in_force(versions, rules, record, case):
            return None
        span, day = rules.terms.in_force, in_force_day(versions, rules, record, case)
        if span.until is not None and span.until < day:
            over.append((span.until, f"{DATES_SAID[span.by]} on {said(day)}"))
    return max(over)[1] if over else None
