"""Which log of hours belongs to which micro-credential. Where that is not certain, nobody guesses: there is a problem instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from countersign.recognition.claims import folded


@dataclass(frozen=True, slots=True)
class Log:
    """One file with a log of hours. `hours` is the sum as text, empty when `problem` says why it cannot be read. `key` is the
    SHA-256 over its days and hours, so that the same log in another file is the same one; over the file where it cannot
    be read."""

    name: str
    key: str
    title: str
    hours: str
    problem: str

    @property
    def total(self) -> Decimal | None:
        """The hours, None when they cannot be read or are not an ordinary number of at most four decimal places."""
        try:
            hours = Decimal(self.hours)
        except InvalidOperation:
            return None
        return hours if hours.is_finite() and hours == round(hours, 4) else None


@dataclass(frozen=True, slots=True)
class Brought:
    """One submission: when it came, the titles of the cases it brought (all of them, by case id), its logs."""

    submission_id: int
    received_at: datetime
    titles: Mapping[int, str]
    logs: tuple[Log, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """What the logs show for one case: the sum, or None; and why a log that came cannot be used. `later` says that one
    which came afterwards differs, and changes nothing."""

    hours: Decimal | None = None
    problem: str = ""
    later: str = ""


def hours_of(case_id: int, brought: Sequence[Brought]) -> Hours:
    """The hours of a case, given all submissions that may count and brought cases of its educator, in any order.

    A log that names a title belongs to the case of that title in the same submission; one without a title only to the
    single case of its submission. The same days and hours count for the case they first came with and for no other,
    whatever file they are in and whatever title it names. The first submission whose logs agree decides: hours
    that were granted are never suspended by a log sent later. Logs of one submission that differ, and logs whose case is
    not certain, are a problem until a clear one comes.
    """
    ordered = sorted(brought, key=lambda b: (b.received_at, b.submission_id))
    first: dict[str, int] = {}
    found: list[tuple[datetime, Decimal]] = []
    problems: list[str] = []
    for submission in ordered:
        usable: set[Decimal] = set()
        for log in sorted(submission.logs, key=lambda entry: (entry.name, entry.key)):
            belongs = _belongs(log, submission)
            owner = first.setdefault(log.key, min(belongs)) if len(belongs) == 1 else None
            if case_id not in submission.titles:
                continue
            problem = _problem(case_id, log, belongs, owner)
            if problem:
                problems.append(problem)
            elif case_id in belongs:
                total = log.total
                if total is None:
                    problems.append(log.problem or f'The log "{log.name}" does not give a number of hours.')
                else:
                    usable.add(total)
        if len(usable) > 1:
            figures = " and ".join(f"{hours:f}" for hours in sorted(usable))
            problems.append(
                f"Several logs of hours came together for this micro-credential and differ: {figures} hours."
            )
        found += [(submission.received_at, total) for total in usable if len(usable) == 1]
    if not found:
        return Hours(problem=problems[0] if problems else "")
    stands = found[0][1]
    others = [(at, hours) for at, hours in found if hours != stands]
    if not others:
        return Hours(hours=stands)
    at, hours = others[0]
    later = (
        f"A log that came later, on {at:%Y-%m-%d %H:%M} UTC, shows {hours:f} hours; the first one, {stands:f}, stands."
    )
    return Hours(hours=stands, later=later)


def _belongs(log: Log, submission: Brought) -> frozenset[int]:
    """The cases of the submission the log may be for: certain when it is one."""
    if not log.title.strip():
        return frozenset(submission.titles)
    title = folded(log.title)
    return frozenset(case for case, name in submission.titles.items() if folded(name) == title)


def _problem(case_id: int, log: Log, belongs: frozenset[int], owner: int | None) -> str:
    """Why this log cannot count for the case, empty when it can or clearly is for another case of the submission.

    `owner` is the case that the log came with first, None while that was never certain.
    """
    if not belongs:
        return f'The log "{log.name}" names "{log.title}", which is not the title of what it came with.'
    if case_id not in belongs:
        return ""
    if len(belongs) > 1:
        return f'The log "{log.name}" came with {len(belongs)} micro-credentials it may be for, and does not say which.'
    if owner != case_id:
        return f'The log "{log.name}" has the same days and hours as one for another micro-credential (C-{owner}).'
    return ""
