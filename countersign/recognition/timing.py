"""When a grant counts and when it is paid: by the period it lies in, by the event it goes by, by the month of pay."""

from datetime import date, timedelta

from countersign.recognition.claims import DATES_SAID, Claim
from countersign.recognition.conditions import months_after
from countersign.recognition.periods import Period, period_of, window_period, year_period
from countersign.recognition.years import RecognizerYear, day_in, month_ends
from models.agreement import DateName, Grant, Season

BY_PERIOD = ("year", "window", "month")


def counted_on(claim: Claim, grant: Grant) -> date:
    """The day that puts the case in a period: the first limit's date, else the one the version goes by; for one that moved to a later
    period that one's first day."""
    if claim.carried:
        return claim.submitted
    return claim.day(grant.cap.counted_by if grant.cap else claim.rules.terms.in_force.by)


def counted_year(claim: Claim, grant: Grant) -> RecognizerYear:
    """The recognizer's year the case counts in under this clause."""
    return RecognizerYear.of(counted_on(claim, grant), claim.rules.terms.year.starts)


def own_period(claim: Claim, grant: Grant) -> Period:
    """The period the clause goes by for this case: its first limit's, where that is a year, month or window, else the year. Raises
    NoPeriod."""
    cap = grant.cap
    if cap is not None and cap.per in BY_PERIOD:
        return period_of(cap, claim.rules.terms, claim.record, claim.day(cap.counted_by))
    return year_period(counted_year(claim, grant))


def effective_day(claim: Claim, grant: Grant) -> date | None:
    """From which day it counts; None when the event it goes by has not come."""
    terms = grant.effective
    if terms is None:
        if grant.paid is not None and grant.paid.retroactive_to == "period":
            return own_period(claim, grant).first
        return counted_on(claim, grant)
    day = claim.known_day(terms.of)
    if day is None:
        return None
    if terms.closed is not None and terms.closed.covers(day):
        return _after(day, terms.closed)
    return first_of_next_month(day) if terms.first_of_month_after is not None else day


def first_of_next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return month_ends(day) + timedelta(days=1)


def _after(day: date, season: Season) -> date:
    """The first day after a season in which `day` lies."""
    year = day.year if f"{day.month:02d}-{day.day:02d}" <= season.until else day.year + 1
    return day_in(year, season.until) + timedelta(days=1)


def pay_month(claim: Claim, grant: Grant) -> date | None:
    """First day of the month whose HR package carries it, None where the clause names none. Raises NoPeriod."""
    if grant.processed is not None:
        return claim.submitted.replace(day=1)
    paid = grant.paid
    if paid is None:
        return None
    period, day = own_period(claim, grant), counted_on(claim, grant)
    if grant.effective is not None:  # pay that reaches back does not move the month in which it is paid
        day = effective_day(claim, grant) or day
    if paid.month is not None:
        return _first_after(period.first, paid.month)
    if paid.months is not None:
        return min(_first_after(day, month) for month in paid.months)
    if paid.next_year is not None:
        following = counted_year(claim, grant).next.first
        this = date(following.year, paid.next_year, 1)
        return this if this >= following else date(following.year + 1, paid.next_year, 1)
    if paid.after_months is not None:
        return months_after(day.replace(day=1), paid.after_months)
    window = window_period(claim.rules.terms, counted_on(claim, grant))
    return _first_after(window.first, window.paid_in or 1)  # that every window has one, the schema holds


def is_past(claim: Claim, grant: Grant, month: date) -> bool:
    """Whether it counts only after its month of pay is over: then the agreement does not say when it is paid."""
    return counted_on(claim, grant) > month_ends(month)


def _first_after(day: date, month: int) -> date:
    """First day of the first calendar month of that number that begins after `day`."""
    this = date(day.year, month, 1)
    return this if this > day else date(day.year + 1, month, 1)


def event_missing(claim: Claim, grant: Grant) -> DateName | None:
    """The event that the clause counts from and that has not come yet."""
    terms = grant.effective
    return terms.of if terms is not None and claim.known_day(terms.of) is None else None


def event_said(name: DateName) -> str:
    """`shown by a transcript`."""
    return DATES_SAID[name]
