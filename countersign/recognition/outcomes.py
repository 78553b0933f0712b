"""What becomes of each case under a clause, as a decision with its figures, dates and reasons."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from countersign.recognition.caps import UNIT, Entry, Lost, Place, Stranded
from countersign.recognition.conditions import Bars, amount, counted_on, fee_said
from countersign.recognition.years import RecognizerYear, local_day, month_label, month_said, said
from models.agreement import Grant
from models.records import CapUse, Decision, Reason
from models.words import DecisionOutcome, Owner

ZERO = Decimal(0)


def barred(entry: Entry, against: Bars) -> Decision:
    """Refused or held before any cap was looked at."""
    outcome = DecisionOutcome.refused if against.refusals else DecisionOutcome.held
    return _decision(entry, outcome, against.reasons)


def ended(end: Place | Lost | Stranded, now: datetime) -> Decision:
    """The decision on a case that qualified, from where it ended in the filling of the cap."""
    entry, clause = end.entry, end.entry.grant.clause
    today = local_day(now, entry.claim.rules.terms.time_zone)
    if isinstance(end, Place):
        return (
            _banked(entry, entry.full, entry.year, _month(entry))
            if entry.full and entry.year.first > today
            else _placed(end)
        )
    if isinstance(end, Stranded) and end.year.first > today:
        # Until that day the parties may still agree on what follows: it is in the bank, with what stands in its way said.
        return _banked(entry, end.cap, end.year, None, end.reasons)
    over = Reason(clause, "over_cap", _full(end.cap) + (" What is over is lost." if isinstance(end, Lost) else ""))
    if isinstance(end, Lost):
        return _decision(entry, DecisionOutcome.refused, (over,), cap=end.cap)
    return _decision(entry, DecisionOutcome.held, (*end.reasons, over), cap=end.cap)


def _banked(
    entry: Entry, full: CapUse, year: RecognizerYear, month: date | None, ahead: tuple[Reason, ...] = ()
) -> Decision:
    """In the bank until `year` begins; `ahead` are the reasons why, as things stand, it will not be released then."""
    first = year.first
    paid = f", to be paid in {month_said(month)}" if month else ""
    counts = "" if ahead else f"; it counts in {year.label}{paid}"
    sentence = f"{_full(full)} It is banked and can be submitted from {said(first)}{counts}."
    change = (
        f"Nothing before {said(first)}; from then on it comes before what is submitted later, without being sent again."
    )
    reason = Reason(entry.grant.clause, "banked", sentence, look_again_on=first, change="" if ahead else change)
    decision = _decision(
        entry,
        DecisionOutcome.banked,
        (reason, *ahead),
        Decimal(1),
        UNIT,
        full,
        month,
        effective_on=first,
        submit_from=first,
    )
    return replace(decision, period=year.label)


def _placed(place: Place) -> Decision:
    entry, grant = place.entry, place.entry.grant
    month = _month(entry)
    beside = _beside(place, month)
    if grant.value is None:
        kept = " Its place under the cap is kept." if place.cap else ""
        change = f"{entry.claim.rules.terms.recognizer} has to say how much; the affiliate then enters it in the agreement (value = …)."
        sentence = f"The agreement states no figure for this clause, so nothing can be worked out.{kept}"
        missing = Reason(grant.clause, "rate_missing", sentence, Owner.hr, change=change)
        return _decision(entry, DecisionOutcome.held, (missing, *beside), cap=place.cap, month=month)
    quantity, reason = _value(entry)
    return _decision(
        entry,
        DecisionOutcome.granted,
        (reason, *beside),
        quantity,
        grant.value.unit,
        place.cap,
        month,
        _counts_from(entry),
    )


def _value(entry: Entry) -> tuple[Decimal, Reason]:
    grant, value, hours = entry.grant, entry.grant.value, entry.claim.case.log_hours
    if value is None:
        raise ValueError(f"the clause {grant.clause!r} has no value")
    if value.flat is not None:
        return value.flat, Reason(
            grant.clause, "flat", f"The clause gives {amount(value.flat, value.unit)} for each micro-credential."
        )
    if value.up_to is None or hours is None:
        raise ValueError(f"the clause {grant.clause!r} needs a log of hours")
    limit = amount(value.up_to, value.unit)
    if hours <= value.up_to:
        return hours, Reason(
            grant.clause, "log", f"The log shows {amount(hours, value.unit)}, within the {limit} of the clause."
        )
    sentence = f"The log shows {amount(hours, value.unit)}; the clause gives up to {limit}."
    return value.up_to, Reason(grant.clause, "log_above_limit", sentence)


def _beside(place: Place, month: date | None) -> tuple[Reason, ...]:
    """What belongs to a place besides its value: the cap, the month of pay, the fee."""
    entry, grant, cap = place.entry, place.entry.grant, place.cap
    reasons: list[Reason] = []
    if cap is not None:
        banked = f", banked from {entry.full.period}" if entry.full else ""
        sentence = f"It is number {cap.after:f} of at most {cap.limit:f} in {cap.period}{banked}."
        reasons.append(Reason(grant.clause, "cap", sentence))
    if month is not None:
        if grant.value is None:
            sentence = f"Its month of pay would be {month_said(month)}."  # held: nothing is promised
        else:
            sentence = f"It is {'processed' if grant.processed else 'paid'} in {month_said(month)}."
        reasons.append(Reason(grant.clause, "month", sentence))
    if grant.credit_request is not None:
        reasons.append(Reason(grant.clause, "fee", fee_said(grant.credit_request, entry.claim.submitted)))
    return tuple(reasons)


def _full(cap: CapUse) -> str:
    return f"{cap.before:f} of at most {cap.limit:f} micro-credentials already count in {cap.period}."


def _counts_from(entry: Entry) -> date:
    """The day it counts from; for one from the bank the first day of its year, on which it counts as submitted."""
    return counted_on(entry.claim, entry.grant)


def _month(entry: Entry) -> date | None:
    """First day of the month whose HR package carries it, None where the clause names none."""
    if entry.grant.paid is not None:
        return entry.year.month(entry.grant.paid.month)
    if entry.grant.processed is not None:
        return entry.claim.submitted.replace(day=1)
    return None


def _unit(grant: Grant) -> str:
    return grant.value.unit if grant.value else UNIT


def _decision(
    entry: Entry,
    outcome: DecisionOutcome,
    reasons: tuple[Reason, ...],
    quantity: Decimal = ZERO,
    unit: str = "",
    cap: CapUse | None = None,
    month: date | None = None,
    effective_on: date | None = None,
    submit_from: date | None = None,
) -> Decision:
    claim, terms = entry.claim, entry.claim.rules.terms
    return Decision(
        case_id=claim.case.case_id,
        agreement=terms.id,
        agreement_sha256=claim.rules.sha256,
        recognizer=terms.recognizer,
        clause=entry.grant.clause,
        currency=entry.grant.currency,
        outcome=outcome,
        quantity=quantity,
        unit=unit or _unit(entry.grant),
        reasons=reasons,
        period=entry.year.label,
        effective_on=effective_on,
        pay_month=month_label(month) if month else "",
        submit_from=submit_from,
        cap=cap,
    )
