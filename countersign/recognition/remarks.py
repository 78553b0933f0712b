"""What every part of the check shares: a remark with its place, and the figures that a clause can meet at all."""

from dataclasses import dataclass
from decimal import Decimal

from models.agreement import Agreement, Grant, Range, When

Path_ = tuple[str | int, ...]
Interval = tuple[Decimal, Decimal | None]
"""From (included) up to (not included); open above when None."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning for a person who negotiates contracts, and the key that it is about."""

    sentence: str
    path: Path_


def conditions(terms: Agreement, grant: Grant) -> tuple[When, ...]:
    """All that must hold before the clause gives anything."""
    return tuple(w for w in (terms.eligibility.needs, grant.when, grant.needs) if w is not None)


def can_show(terms: Agreement, grant: Grant) -> Interval:
    """The figures (hours of a log, level of a rubric) that can come before the value of the clause, given its conditions."""
    by = grant.value.by if grant.value else None
    low, high = ZERO, Decimal("1.0001") if by == "fte" else None
    for when in conditions(terms, grant):
        asked = when.hours if by == "log_of_hours" else when.mastery if by == "rubric" else None
        if asked is not None:
            low, high = _narrowed((low, high), asked)
    return low, high


def _narrowed(interval: Interval, asked: Range) -> Interval:
    low, high = interval
    low = max(low, asked.at_least or ZERO)
    top = (
        asked.below
        if asked.below is not None
        else asked.at_most + Decimal("0.0001")
        if asked.at_most is not None
        else None
    )
    return low, top if high is None else high if top is None else min(high, top)
