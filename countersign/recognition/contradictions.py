"""Where an agreement says two things that do not go together: each a sentence for a person who negotiates contracts."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from countersign.recognition.files import meet
from countersign.recognition.remarks import Path_, Remark
from countersign.recognition.wording import CURRENCY_SAID, listed
from countersign.recognition.years import RecognizerYear, month_ends
from models.agreement import Agreement, CreditTerms, FeeTerms, Grant, Window, is_money
from models.words import MONTHS, Currency

_PAY = ("percent", "step", "lane", "credit")
_TIME = ("hour", "credit", "CEU", "PDP", "CPE hour", "renewal unit", "point", "micro-credential")


def found(terms: Agreement) -> Iterator[Remark]:
    """What contradicts itself or something beside it."""
    yield from _overlapping_windows(terms)
    yield from _moneys(terms)
    for number, grant in enumerate(terms.grants):
        at, clause = ("grants", number), f'"{grant.clause}"'
        yield from _unit(grant, clause, at)
        yield from _rests_on(terms, grant, clause, at)
        yield from _paid_by_window(terms, grant, clause, at)
        if grant.credit_request is not None:
            yield from _two_fees(grant.credit_request, clause, (*at, "credit_request", "fees"))
    for number, goal in enumerate(terms.goals):
        units = {g.unit for g in terms.grants_in(goal.currency) if g.unit}
        if units and goal.unit not in units:
            sentence = (
                f'The goal "{goal.name}" counts in {goal.unit}, and the agreement gives {CURRENCY_SAID[goal.currency]} in '
                f"{listed(sorted(units), 'or')}: nothing would count toward it."
            )
            yield Remark(sentence, ("goals", number))


def _unit(grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    """A currency, and a unit in which it is not counted."""
    unit, currency = grant.unit, grant.currency
    if not unit:
        return
    if currency is Currency.pay:
        fits = is_money(unit) or unit in _PAY
        better = "district_pd or state_cpd" if unit in _TIME else "another currency"
    elif currency is Currency.graduate_credit:
        fits, better = unit == "credit", "another currency"
    elif currency in (Currency.district_pd, Currency.state_cpd):
        fits, better = unit in _TIME, "pay"
    else:
        return
    if not fits:
        sentence = f"{clause} has the currency {currency.value} and gives {unit}: that is not counted so. Is {better} meant, or another unit?"
        yield Remark(sentence, (*at, "currency"))


def _moneys(terms: Agreement) -> Iterator[Remark]:
    moneys = {g.unit: n for n, g in reversed(list(enumerate(terms.grants))) if is_money(g.unit)}
    if len(moneys) > 1:
        last = max(moneys.values())
        yield Remark(f"The agreement pays in {listed(sorted(moneys))}: is that meant?", ("grants", last, "value"))


def _rests_on(terms: Agreement, grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    other = terms.clause(grant.value.as_granted_by) if grant.value and grant.value.as_granted_by else None
    if other is not None and grant.value is not None and other.unit and other.unit != grant.value.unit:
        sentence = f'{clause} gives as many {grant.value.unit} as "{other.clause}" grants, which grants {other.unit}: it never gives anything.'
        yield Remark(sentence, (*at, "value"))


def _paid_by_window(terms: Agreement, grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    if grant.paid is None or not grant.paid.by_window:
        return
    for window in terms.windows:
        if window.paid_in is not None and (last := _over(window)) is not None:
            sentence = (
                f'{clause} is paid in {MONTHS[window.paid_in - 1]} for the window "{window.name}", which goes on to {window.until}: what '
                f"counts after {MONTHS[last.month - 1]} {last.day} is held, because its month of pay is over."
            )
            yield Remark(sentence, (*at, "paid"))


def _over(window: Window) -> date | None:
    """The last day of the window's month of pay, when that comes before the window ends."""
    year = RecognizerYear.of(date(2025, 1, 1), "01-01")
    first = year.day(window.from_)
    ends = RecognizerYear(first, window.from_).day(window.until)
    month = date(first.year, window.paid_in or 1, 1)
    month = month if month > first else date(first.year + 1, month.month, 1)
    return month_ends(month) if month_ends(month) < ends else None


def _overlapping_windows(terms: Agreement) -> Iterator[Remark]:
    """Windows that hold the same day: the first one in the file counts there, which nobody may have meant."""
    year = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    for (_, one), (number, two) in combinations(enumerate(terms.windows), 2):
        both = [day for day in year if one.covers(day) and two.covers(day)]
        if both:
            days = f"{both[0]:%m-%d}" + (f" and {len(both) - 1} more days" if len(both) > 1 else "")
            sentence = f'The windows "{one.name}" and "{two.name}" both hold {days}: there "{one.name}" counts, which stands first.'
            yield Remark(sentence, ("windows", number))
    by_window = any(cap.per == "window" for g in terms.grants for cap in g.caps)
    if terms.windows and not by_window and not any(g.paid and g.paid.by_window for g in terms.grants):
        yield Remark("The agreement has windows, and no clause goes by them.", ("windows", 0))


def _two_fees(credit: CreditTerms, clause: str, at: Path_) -> Iterator[Remark]:
    for one, two in combinations(credit.fees, 2):
        if meet(one.from_, one.until, two.from_, two.until):
            sentence = f"{clause} has two fees in force at once, {_fee(one)} and {_fee(two)}: requests are held."
            yield Remark(sentence, at)


def _fee(fee: FeeTerms) -> str:
    return f"{fee.amount} {fee.unit} ({fee.source})"
