"""What an agreement leaves unsaid, and what then happens: each a sentence for a person who negotiates contracts."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from countersign.recognition.remarks import Path_, Remark, can_show
from countersign.recognition.wording import listed
from countersign.recognition.years import RecognizerYear, month_ends, said
from models.agreement import Agreement, CreditTerms, DistrictFunds, Grant, is_money
from models.words import MONTHS, Currency

_FIGURE = {
    "log_of_hours": "hours of the log",
    "transcript": "credits of the transcript",
    "rubric": "level of the rubric",
    "fte": "part of a full position",
}


def found(terms: Agreement, others: Sequence[Agreement] = ()) -> Iterator[Remark]:
    """What is missing, clause by clause. `others` are the other versions of the same agreement."""
    preapproval = terms.eligibility.preapproval
    if preapproval is not None and not preapproval.required and preapproval.list is None:
        sentence = "The pre-approval is neither required nor bound to a list: it changes nothing."
        yield Remark(sentence, ("eligibility", "preapproval"))
    yield from _windows(terms)
    yield from _versions(terms, others)
    for number, grant in enumerate(terms.grants):
        at, clause = ("grants", number), f'"{grant.clause}"'
        yield from _figures(terms, grant, clause, at)
        yield from _months(terms, grant, clause, at)
        yield from _limits(terms, grant, clause, at, others)
        if grant.credit_request is not None:
            yield from _fees(terms, grant.credit_request, clause, (*at, "credit_request"))
            yield from _college_terms(terms, grant.credit_request, clause, (*at, "credit_request", "terms"))
    if terms.district_funds is not None:
        yield from _feedback(terms.district_funds, ("district_funds",))


def _figures(terms: Agreement, grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    if grant.value is None:
        if grant.only_through is None:
            yield Remark(f"{clause} states no value: every decision under it is held as rate missing.", (*at, "clause"))
        return
    value, part = grant.value, grant.exclusions.paid_elsewhere if grant.exclusions else None
    if isinstance(part, Decimal) and value.rounding is None:
        sentence = (
            f"{clause} gives a part where somebody else has paid, and does not say how that is rounded: what does not come out even is "
            "held."
        )
        yield Remark(sentence, (*at, "value"))
    if is_money(value.unit):
        figures = [f for f in (value.flat, value.rate if not value.rounding else None) if f is not None]
        figures += [band.gives for band in value.bands or ()]
        if any(f != round(f, 2) for f in figures) and value.rounding is None:
            sentence = f"{clause} gives fractions of a cent, and does not say how they are rounded."
            yield Remark(sentence, (*at, "value"))
    if value.bands is not None:
        low, high = can_show(terms, grant)
        holes = list[str]()
        for band in value.bands:
            if low < band.from_ and (high is None or low < high):
                upto = band.from_ if high is None else min(band.from_, high)
                holes.append(f"from {low:f} to below {upto:f}")
            low = max(low, band.below) if band.below is not None else Decimal("Infinity")
        if low.is_finite() and (high is None or low < high):
            holes.append(f"from {low:f} on" if high is None else f"from {low:f} to below {high:f}")
        if holes:
            what = _FIGURE[value.by or "log_of_hours"]
            sentence = f"{clause} has no band for what lies {listed(holes)} ({what}): that is held."
            yield Remark(sentence, (*at, "value"))


def _months(terms: Agreement, grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    named = grant.paid is not None or grant.processed is not None
    if grant.currency is Currency.pay and grant.only_through is None and not named:
        yield Remark(
            f"{clause} pays, but does not say in which month: every decision under it is held.", (*at, "clause")
        )
    if grant.currency is Currency.district_pd and not named:
        yield Remark(f"{clause} names no month (paid or processed): no monthly package will carry it.", (*at, "clause"))
    year = RecognizerYear.of(terms.in_force.from_, terms.year.starts)
    deadline = grant.deadline
    # on the last day of its own year it is never missed: what comes later counts in the next year
    if (
        deadline is not None
        and deadline.late is None
        and (deadline.in_year_of is not None or year.day(deadline.on) < year.last)
    ):
        sentence = f"{clause} does not say what becomes of what comes after {deadline.on}: it is held."
        yield Remark(sentence, (*at, "deadline"))
    month = grant.paid.month if grant.paid else None
    if month is None or (
        grant.cap is not None and grant.cap.per not in (None, "year", "contract", "lifetime", "licence_period")
    ):
        return
    last = month_ends(year.month(month))
    if grant.deadline is None:
        if last < year.last:
            sentence = (
                f"{clause} is paid in {MONTHS[month - 1]} and has no deadline: what counts after the end of that month, to the end of the "
                "year, is held."
            )
            yield Remark(sentence, (*at, "paid"))
    elif last < year.day(grant.deadline.on):
        sentence = (
            f"{clause} is paid in {MONTHS[month - 1]}, before its deadline ({grant.deadline.on}): what comes in between is held, because "
            "its month of pay is over."
        )
        yield Remark(sentence, (*at, "paid"))


def _limits(terms: Agreement, grant: Grant, clause: str, at: Path_, others: Sequence[Agreement]) -> Iterator[Remark]:
    until = terms.in_force.until
    for cap in grant.caps:
        if cap.per is None:
            sentence = (
                f"{clause} has a limit, but does not say in which time it is counted (per): what is over it is held."
            )
            yield Remark(sentence, (*at, "cap"))
        followed = any(other.in_force.from_ > terms.in_force.from_ for other in others)
        if cap.overflow == "bank" and until is not None and not followed:
            sentence = (
                f"{clause} banks what is over its limit, and does not say what becomes of what is still banked when the agreement ends on "
                f"{until}: it is held, unless a version that follows speaks of it."
            )
            yield Remark(sentence, (*at, "cap"))


def _fees(terms: Agreement, credit: CreditTerms, clause: str, at: Path_) -> Iterator[Remark]:
    if credit.no_fee is not None:
        return
    if not credit.fees:
        yield Remark(f"{clause} states no fee, nor that there is none: every request is held.", at)
        return
    last = terms.in_force.until or date.max
    open_from: date | None = terms.in_force.from_
    for fee in sorted(credit.fees, key=lambda f: f.from_ or date.min):
        if open_from is None or open_from > last:
            break
        if fee.from_ is not None and fee.from_ > open_from:
            yield _no_fee(clause, open_from, min(fee.from_ - timedelta(days=1), last), at)
        covered = fee.until
        open_from = None if covered is None or covered >= date.max else max(open_from, covered + timedelta(days=1))
    if open_from is not None and open_from <= last:
        yield _no_fee(clause, open_from, terms.in_force.until, at)


def _no_fee(clause: str, first: date, last: date | None, at: Path_) -> Remark:
    until = f"to {said(last)}" if last else "on"
    return Remark(
        f"{clause} has no fee in force from {said(first)} {until}: requests of these days are held.", (*at, "fees")
    )


def _college_terms(terms: Agreement, credit: CreditTerms, clause: str, at: Path_) -> Iterator[Remark]:
    """Days between the college's terms and after the last one, while the agreement is in force: no term stands on their requests."""
    ordered = sorted(credit.terms, key=lambda t: t.from_)
    for number, term in enumerate(ordered):
        first = term.until + timedelta(days=1) if term.until < date.max else date.max
        before_next = ordered[number + 1].from_ - timedelta(days=1) if number + 1 < len(ordered) else None
        last = min(filter(None, (before_next, terms.in_force.until)), default=None)
        if term.until < date.max and (last is None or first <= last):
            until = f"to {said(last)}" if last else "on"
            yield Remark(
                f"{clause} names no term of the college from {said(first)} {until}: the term stays blank on requests of these days, and "
                "no batch takes them.",
                at,
            )


def _feedback(funds: DistrictFunds, at: Path_) -> Iterator[Remark]:
    """Rows of the feedback's fee that are in force on the same day."""
    rows = sorted(funds.feedback, key=lambda fee: fee.from_ or date.min)
    for number, two in enumerate(rows):
        first = two.from_ or date.min
        if any(one.until is None or one.until >= first for one in rows[:number]):
            day = f"on {said(two.from_)}" if two.from_ else "from the beginning"
            yield Remark(
                f"Two fees for feedback are in force {day}: no registration form for it is made.", (*at, "feedback")
            )


def _windows(terms: Agreement) -> Iterator[Remark]:
    """Days of the year that lie in no window, where clauses go by windows."""
    if not terms.windows:
        return
    spans = list[tuple[date, date]]()
    day = date(2024, 1, 1)
    while day.year == 2024:
        if not any(window.covers(day) for window in terms.windows):
            if spans and spans[-1][1] == day - timedelta(days=1):
                spans[-1] = spans[-1][0], day
            else:
                spans.append((day, day))
        day += timedelta(days=1)
    if spans:
        left = listed([_season(first, last) for first, last in spans])
        sentence = f"No window holds {left}: what counts on these days is held where a clause goes by windows."
        yield Remark(sentence, ("windows", 0))


def _season(first: date, last: date) -> str:
    ends = f" to {MONTHS[last.month - 1]} {last.day}" if last != first else ""
    return f"{MONTHS[first.month - 1]} {first.day}{ends}"


def _versions(terms: Agreement, others: Sequence[Agreement]) -> Iterator[Remark]:
    """Days between this version and the one before it."""
    before = [o for o in others if o.in_force.from_ < terms.in_force.from_ and o.in_force.until is not None]
    latest = max(before, key=lambda o: o.in_force.from_, default=None)
    if latest is None or latest.in_force.until is None:
        return
    first = latest.in_force.until + timedelta(days=1)
    if first < terms.in_force.from_:
        last = terms.in_force.from_ - timedelta(days=1)
        sentence = (
            f'No version of "{terms.id}" is in force from {said(first)} to {said(last)}: of these days it says nothing.'
        )
        yield Remark(sentence, ("in_force",))
    if latest.in_force.by is not terms.in_force.by:
        sentence = (
            f"This version goes by the day it was {terms.in_force.by}, the one before it by the day it was {latest.in_force.by}: a "
            "micro-credential may lie in both, and then the earlier version decides, or in none."
        )
        yield Remark(sentence, ("in_force",))
