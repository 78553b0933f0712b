"""How a cap fills: year by year, what was banked first, then in the order the clause states; what is over moves on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from countersign.recognition.claims import Claim, arrival
from countersign.recognition.conditions import counted_year
from countersign.recognition.years import RecognizerYear
from models.agreement import Grant
from models.records import CapUse, Reason

UNIT = "micro-credential"


@dataclass(frozen=True, slots=True)
class Entry:
    """A case that qualifies under a clause. `full` is the cap that turned it away first, when it comes from the bank."""

    claim: Claim
    grant: Grant
    full: CapUse | None = None

    @property
    def year(self) -> RecognizerYear:
        return counted_year(self.claim, self.grant)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry that counts in its year. `cap` is how the cap stood, None where the clause has none."""

    entry: Entry
    cap: CapUse | None


@dataclass(frozen=True, slots=True)
class Lost:
    """An entry over a cap whose overflow is lost."""

    entry: Entry
    cap: CapUse


@dataclass(frozen=True, slots=True)
class Stranded:
    """An entry over a cap that should move to the next year, but something stands in its way there."""

    entry: Entry
    cap: CapUse
    year: RecognizerYear
    reasons: tuple[Reason, ...]


Renew = Callable[[Entry, date], Entry | tuple[Reason, ...]]
"""An entry as of the first day of a later year, or the reasons why it does not qualify there."""


def fill(entries: Sequence[Entry], renew: Renew) -> Mapping[int, Place | Lost | Stranded]:
    """Where each entry ends, by case id. No year ever takes more than its cap.

    Every year with something waiting places at least one entry (a cap is at least 1), so this ends.
    """
    ended: dict[int, Place | Lost | Stranded] = {}
    waiting: dict[date, list[Entry]] = {}
    for entry in entries:
        waiting.setdefault(entry.year.first, []).append(entry)
    while waiting:
        first = min(waiting)
        used = 0
        for entry in sorted(waiting.pop(first), key=_turn):
            case, cap = entry.claim.case.case_id, entry.grant.cap
            if cap is None:
                ended[case] = Place(entry, None)
                continue
            if used < cap.count:
                ended[case] = Place(entry, _use(cap.count, used, 1, entry.year))
                used += 1
                continue
            full = _use(cap.count, used, 0, entry.year)
            if cap.overflow == "lost":
                ended[case] = Lost(entry, full)
                continue
            later = renew(entry, entry.year.next.first)
            if isinstance(later, Entry):
                waiting.setdefault(later.year.first, []).append(replace(later, full=entry.full or full))
            else:
                ended[case] = Stranded(entry, entry.full or full, entry.year.next, later)
    return ended


def _turn(entry: Entry) -> tuple[object, ...]:
    """The place in the line: from the bank before the year's own, then by the date the cap names, then by arrival."""
    order = entry.claim.moment(entry.grant.cap.order) if entry.grant.cap else entry.claim.case.received_at
    return (not entry.claim.carried, order, *arrival(entry.claim.case))


def _use(limit: int, before: int, used: int, year: RecognizerYear) -> CapUse:
    return CapUse(Decimal(limit), Decimal(before), Decimal(used), Decimal(before + used), UNIT, year.label)
