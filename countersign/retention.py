"""What of the evidence may go under the retention setting: bytes may when every row that names them lets them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from countersign.settings import Retention
from models.retention import EvidenceKind


class Stays(StrEnum):
    """Why bytes stay, in words. Where several reasons hold, the first of them is told."""

    paper = "issued papers and their parts, registries of issuers, and what other records name"
    without_end = "kept without end: no time is set for them"
    not_yet = "not old enough yet"
    unread = "not opened or not examined yet"
    open_case = "of a micro-credential that is not decided yet"
    review = "an open item of the review queue is about it"
    unpaid = "HR has not been told yet of what rests on it, and it is looked up again before"
    waits = "of a micro-credential that is banked or held by an agreement"
    certified = "a certificate or credit request that counts rests on it"
    undelivered = "an e-mail to its educator is not delivered yet"
    just_came = "it came, or came again, a moment ago; the next run looks at it"


_RANK = {stays: rank for rank, stays in enumerate(Stays)}


@dataclass(frozen=True, slots=True)
class Named:
    """That a row names bytes: as what kind (None: as something that is never removed), since which day of the affiliate's the house has
    them for that, and why the row needs them still, None when it does not."""

    sha256: str
    kind: EvidenceKind | None = None
    since: date = date.max
    needs: Stays | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of bytes: why they stay (None: they may go), the first day on which they are old enough (None: never), and the
    kinds as which they are named."""

    stays: Stays | None
    old_enough_on: date | None
    kinds: frozenset[EvidenceKind]


def weigh(names: Iterable[Named], retention: Retention, today: date) -> dict[str, Fate]:
    """The fate of all bytes that are named, by SHA-256."""
    fates: dict[str, Fate] = {}
    for name in names:
        fate = _alone(name, retention, today)
        known = fates.get(name.sha256)
        fates[name.sha256] = fate if known is None else _both(known, fate)
    return fates


def setting_said(kinds: Iterable[EvidenceKind], retention: Retention) -> str:
    """The setting as it is noted with what it removed: "arrivals: 7 years"."""
    chosen = set(kinds)
    return "; ".join(f"{kind}: {retention.of(kind)}" for kind in EvidenceKind if kind in chosen)


def _alone(name: Named, retention: Retention, today: date) -> Fate:
    if name.kind is None:
        return Fate(Stays.paper, None, frozenset())
    kinds, kept = frozenset({name.kind}), retention.of(name.kind)
    if kept is None:
        return Fate(Stays.without_end, None, kinds)
    on = kept.over(name.since)
    return Fate(Stays.not_yet if on > today else name.needs, on, kinds)


def _both(one: Fate, other: Fate) -> Fate:
    reasons = [fate.stays for fate in (one, other) if fate.stays is not None]
    days = [fate.old_enough_on for fate in (one, other)]
    return Fate(
        min(reasons, key=_RANK.__getitem__, default=None),
        None if None in days else max(day for day in days if day is not None),
        one.kinds | other.kinds,
    )
