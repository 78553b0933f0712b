"""Which log of hours belongs to which micro-credential. Where that is not certain, nobody guesses: there is a problem instead."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from countersign.recognition.claims import folded
from countersign.recognition.wording import listed


@dataclass(frozen=True, slots=True)
class Log:
    """One file with a log of hours. `hours` is the sum as text, empty when `problem` says why it cannot be read. `key` is the
    SHA-256 over its days and hours, so that the same log in another file is the same one; over the file where it cannot
    be read. `days` is its hours by day, `spans` the times of day, (start, end) as HH:MM, of the days where it gives them; both
    are empty where they were not kept or cannot be read."""

    name: str
    key: str
    title: str
    hours: str
    problem: str
    days: Mapping[date, Decimal] = field(default_factory=dict[date, Decimal])
    spans: Mapping[date, Sequence[tuple[str, str]]] = field(default_factory=dict[date, Sequence[tuple[str, str]]])

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


@dataclass(slots=True)
class _Shown:
    """What one case's logs have shown so far: problems in their order, and (when, hours) of each submission that is clear."""

    problems: list[str] = field(default_factory=list[str])
    found: list[tuple[datetime, Decimal]] = field(default_factory=list[tuple[datetime, Decimal]])

    def said(self) -> Hours:
        if not self.found:
            return Hours(problem=self.problems[0] if self.problems else "")
        stands = self.found[0][1]
        others = [(at, hours) for at, hours in self.found if hours != stands]
        if not others:
            return Hours(hours=stands)
        at, hours = others[0]
        later = f"A log that came later, on {at:%Y-%m-%d %H:%M} UTC, shows {hours:f} hours; the first one, {stands:f}, stands."
        return Hours(hours=stands, later=later)


_Taken = dict[date, list[tuple[int, Log]]]
"""(case, log) for each day, of the logs that stand."""


def hours_of(brought: Sequence[Brought], mine: Collection[int]) -> dict[int, Hours]:
    """The hours of each case that a log came with, by case id, given all submissions that may count and brought cases of
    one educator, in any order. `mine` are that educator's cases: the submissions may have brought others' too.

    A log that names a title belongs to the case of that title in the same submission; one without a title only to the
    single case of its submission. The same days and hours count for the case they first came with and for no other,
    whatever file they are in and whatever title it names. The first submission whose logs agree decides: hours
    that were granted are never suspended by a log sent later. Logs of one submission that differ, and logs whose case is
    not certain, are a problem until a clear one comes; and so is a log which with those that stand for the educator's
    other cases shows more than 24 hours on a day, or gives a time of day that one of them gives. A log without days is
    not compared in this way.
    """
    first: dict[str, int] = {}
    shown: dict[int, _Shown] = {}
    taken: _Taken = {}
    for submission in sorted(brought, key=lambda b: (b.received_at, b.submission_id)):
        usable: dict[int, dict[Decimal, Log]] = {}
        for log in sorted(submission.logs, key=lambda entry: (entry.name, entry.key)):
            belongs = _belongs(log, submission)
            owner = first.setdefault(log.key, min(belongs)) if len(belongs) == 1 else None
            for case in submission.titles:
                problem = _problem(case, log, belongs, owner)
                total = log.total
                if problem:
                    shown.setdefault(case, _Shown()).problems.append(problem)
                elif case in belongs and total is None:
                    problem = log.problem or f'The log "{log.name}" does not give a number of hours.'
                    shown.setdefault(case, _Shown()).problems.append(problem)
                elif case in belongs and total is not None:
                    usable.setdefault(case, {}).setdefault(total, log)
        for case, logs in usable.items():
            one = shown.setdefault(case, _Shown())
            _take(case, submission.received_at, logs, one, taken if case in mine else {})
    return {case: one.said() for case, one in shown.items()}


def _take(case: int, at: datetime, logs: Mapping[Decimal, Log], shown: _Shown, taken: _Taken) -> None:
    """Let the case's logs of one submission count, by their totals, when they agree and fit beside those that stand."""
    if len(logs) > 1:
        figures = " and ".join(f"{hours:f}" for hours in sorted(logs))
        shown.problems.append(
            f"Several logs of hours came together for this micro-credential and differ: {figures} hours."
        )
        return
    [(total, log)] = logs.items()
    if not shown.found:
        problem = _too_much(log, taken)
        if problem:
            shown.problems.append(problem)
            return
        for day in log.days:
            taken.setdefault(day, []).append((case, log))
    shown.found.append((at, total))


def _too_much(log: Log, taken: _Taken) -> str:
    """Why the log cannot be true beside those that stand for other cases: of its first such day. Empty when it can."""
    for day in sorted(log.days):
        others = taken.get(day, ())
        said = f"{day:%B} {day.day}, {day.year}"
        for case, other in others:
            for start, end in log.spans.get(day, ()):
                if any(start < stop and begin < end for begin, stop in other.spans.get(day, ())):
                    return f'The log "{log.name}" gives a time on {said}, {start} to {end}, that the log of C-{case} gives too.'
        together = sum((other.days[day] for _, other in others), log.days[day])
        if together > 24:
            logs = f"log{'s' if len(others) > 1 else ''} of {listed([f'C-{case}' for case, _ in others])}"
            return (
                f'Together with the {logs}, the log "{log.name}" shows {together.normalize():f} hours on {said}, '
                "more than a day has."
            )
    return ""


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
