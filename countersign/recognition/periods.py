"""The periods that limits go by: years, months, windows, a licence's, a contract's, and all time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from countersign.recognition.years import RecognizerYear, day_in, month_ends, month_said, said
from models.agreement import Agreement, Cap, Window
from models.records import EducatorRecord

EVER = date.min
ALL_TIME = "all time"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days with its name for people. `first` is the earliest day there is for what has no beginning. `following` gives the
    period after it, None where there is none; `paid_in` is a window's month of pay."""

    label: str
    first: date
    last: date | None = None
    following: Callable[[], "Period"] | None = None
    paid_in: int | None = None


class NoPeriod(Exception):
    """The day lies in no period of that kind, for a reason a person should hear; `code` names it."""

    def __init__(self, code: str, sentence: str, change: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.change = change


def year_period(year: RecognizerYear) -> Period:
    """One year of the recognizer's."""
    return Period(year.label, year.first, year.last, lambda: year_period(year.next))


def period_of(cap: Cap, terms: Agreement, record: EducatorRecord, day: date) -> Period:
    """The period of a limit in which `day` lies. Raises NoPeriod when there is none, or it is not known."""
    match cap.per:
        case "year":
            return year_period(RecognizerYear.of(day, terms.year.starts))
        case "month":
            return _month(day)
        case "window":
            return window_period(terms, day)
        case "licence_period":
            return _licence(record, day)
        case "contract":
            return Period("the contract", terms.in_force.from_, terms.in_force.until)
        case _:
            return Period(ALL_TIME, EVER)


def _month(day: date) -> Period:
    first, last = day.replace(day=1), month_ends(day)
    return Period(month_said(first), first, last, lambda: _month(last + timedelta(days=1)))


def window_period(terms: Agreement, day: date) -> Period:
    """The window in which `day` lies. Raises NoPeriod."""
    for window in terms.windows:
        if window.covers(day):
            return _as_window(terms, window, _began(window, day))
    names = ", ".join(f"{w.name} ({w.from_} to {w.until})" for w in terms.windows)
    raise NoPeriod(
        "in_no_window",
        f"{said(day)} lies in none of the windows of the agreement: {names}.",
        f"{terms.recognizer} has to rule in which window it counts.",
    )


def _as_window(terms: Agreement, window: Window, first: date) -> Period:
    last = day_in(first.year if window.from_ <= window.until else first.year + 1, window.until)
    return Period(f"{window.name} {first.year}", first, last, lambda: _next_window(terms, first), window.paid_in)


def _next_window(terms: Agreement, after: date) -> Period:
    starts = [(day_in(year, w.from_), w) for w in terms.windows for year in (after.year, after.year + 1)]
    first, window = min(((first, w) for first, w in starts if first > after), key=lambda pair: pair[0])
    return _as_window(terms, window, first)


def _began(window: Window, day: date) -> date:
    this = day_in(day.year, window.from_)
    return this if this <= day else day_in(day.year - 1, window.from_)


def _licence(record: EducatorRecord, day: date) -> Period:
    span = record.licence.period
    if span is None or not span.covers(day):
        known = (
            f"runs from {said(span.starts)} to {said(span.ends) if span.ends else 'a day not known'}"
            if span
            else "is not on record"
        )
        raise NoPeriod(
            "licence_period_unknown",
            f"It counts in the license period in which {said(day)} lies; the educator's {known}.",
            "The roster has to say from when to when the license runs.",
        )
    label = f"the license period {span.starts.year}" + (f" to {span.ends.year}" if span.ends else "")
    return Period(label, span.starts, span.ends)
