"""What becomes of each case under a clause, as a decision with its figures, dates and reasons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from countersign.recognition.bars import Bars, fee_said, lacking
from countersign.recognition.claims import Claim
from countersign.recognition.periods import NoPeriod, Period
from countersign.recognition.places import (
    ZERO,
    CountedWith,
    End,
    Entry,
    Lost,
    Place,
    Stranded,
    Undecided,
    Waiting,
)
from countersign.recognition.timing import counted_year, effective_day, event_missing, own_period, pay_month
from countersign.recognition.wording import MICRO_CREDENTIAL, amount, full_said, listed, stands_said, within
from countersign.recognition.years import local_day, month_label, month_said, said
from models.agreement import Grant
from models.records import CapUse, Decision, Reason, Ruling
from models.words import DecisionOutcome, Owner


def barred(claim: Claim, grant: Grant, against: Bars) -> Decision:
    """Refused or held before any limit was looked at."""
    outcome = DecisionOutcome.refused if against.refusals else DecisionOutcome.held
    return _decision(claim, grant, outcome, against.reasons)


def waits_for_stack(claim: Claim, grant: Grant, present: int, missing: Sequence[str], needed: int) -> Decision:
    """One of a stack that is not complete: kept until it is."""
    still = (
        f"{needed - present} more of {listed(missing, 'or')}" if len(missing) > needed - present else listed(missing)
    )
    sentence = (
        f"It belongs to the stack “{grant.stack}”, of which {present} of {needed} are here; still to come: {still}."
    )
    reason = Reason(
        grant.clause,
        "stack_open",
        sentence,
        change="It counts as soon as the stack is complete, without being sent again.",
    )
    return _decision(claim, grant, DecisionOutcome.banked, (reason,), Decimal(1), MICRO_CREDENTIAL)


def outside_stack(claim: Claim, grant: Grant, completed_by: int | None) -> Decision:
    """One that a stack does not need: another title, or one more than make it complete (then `completed_by` is the case that did)."""
    sentence = (
        f"“{claim.case.title}” does not belong to the stack “{grant.stack}”."
        if completed_by is None
        else f"The stack “{grant.stack}” is complete without it: C-{completed_by} completed it, and it is given once."
    )
    code = "not_in_stack" if completed_by is None else "stack_complete"
    return barred(claim, grant, Bars(refusals=(Reason(grant.clause, code, sentence),)))


def counted_in_stack(claim: Claim, grant: Grant, with_case: int) -> Decision:
    """One of a complete stack, whose value stands with the case that completed it."""
    sentence = f"It counts in the stack “{grant.stack}”, which C-{with_case} completed: the stack is given once, there."
    return _decision(
        claim, grant, DecisionOutcome.granted, (Reason(grant.clause, "counted_with", sentence),), unit=grant.unit
    )


def follows(claim: Claim, grant: Grant, on: Decision) -> Decision:
    """What goes by another clause (`on`) that gives nothing for this one yet, or gives it with another case: it waits, is held or
    counts as that one does."""
    why = on.reasons[0]
    sentence = f"It goes by “{on.clause}”: {why.sentence}"
    reason = replace(why, clause=grant.clause, code=f"follows_{why.code}", sentence=sentence)
    match on.outcome:
        case DecisionOutcome.banked:
            return _decision(claim, grant, on.outcome, (reason,), Decimal(1), MICRO_CREDENTIAL)
        case DecisionOutcome.granted:
            return _decision(claim, grant, on.outcome, (reason,), unit=grant.unit)
        case _:
            return barred(claim, grant, Bars(holds=(reason,)))


def ended(end: End, now: datetime) -> Decision:
    """The decision on a case that qualified, from where it ended in the filling of the limits."""
    today = local_day(now, end.entry.claim.rules.terms.time_zone)
    match end:
        case Place():
            return _in_place(end, today)
        case Stranded():
            return _stranded(end, today)
        case Lost():
            return _lost(end)
        case Undecided():
            return _undecided(end)
        case Waiting():
            return _waits(end, today)
        case CountedWith():
            return _counted_with(end)


def _in_place(end: Place, today: date) -> Decision:
    entry = end.entry
    if (entry.full or entry.late) and entry.period.first > today:
        return _banked(entry, entry.full, entry.period, _month(entry))
    return _placed(end)


def _stranded(end: Stranded, today: date) -> Decision:
    if end.period.first > today:
        # Until that day the parties may still agree on what follows: it is in the bank, with what stands in its way said.
        return _banked(end.entry, end.cap, end.period, None, end.reasons)
    over = Reason(end.entry.grant.clause, "over_cap", full_said(end.cap))
    return _of(end.entry, DecisionOutcome.held, (*end.reasons, over), cap=end.cap)


def _lost(end: Lost) -> Decision:
    clause, full = end.entry.grant.clause, full_said(end.cap)
    if end.no_funds is not None:
        word = end.no_funds
        reason = Reason(
            clause, "no_funds", f"{full} On {said(word.on)} {word.by} said that there are no funds for more."
        )
    elif end.expired:
        moves = end.entry.moves
        reason = Reason(
            clause,
            "bank_expired",
            f"{full} It was banked for {moves} period{'s' if moves > 1 else ''}, as long as the agreement allows, and is lost.",
        )
    else:
        reason = Reason(clause, "over_cap", f"{full} What is over is lost.")
    return _of(end.entry, DecisionOutcome.refused, (reason,), cap=end.cap)


def _undecided(end: Undecided) -> Decision:
    entry, full, terms = end.entry, full_said(end.cap), end.entry.claim.rules.terms
    if end.why == "funds":
        reason = Reason(
            entry.grant.clause,
            "funds_not_known",
            f"{full} More counts if there are funds, and nobody has said so yet for {end.period.label}.",
            Owner.hr,
            change=f"{terms.recognizer} says whether there are funds for {end.period.label}; the affiliate then records it.",
        )
    elif end.why == "size":
        comes_to = amount(entry.worth.quantity, entry.worth.unit) if entry.worth else "more"
        reason = Reason(
            entry.grant.clause,
            "larger_than_limit",
            f"It comes to {comes_to}; the limit is {amount(end.cap.limit, end.cap.unit)}{within(end.cap)}, and only what fits whole "
            "counts or is banked. The agreement does not say what becomes of one that fits nowhere.",
            Owner.hr,
            change=f"{terms.recognizer} has to rule what it gives.",
        )
    else:
        reason = Reason(
            entry.grant.clause,
            "cap_period_missing",
            f"{full} The agreement does not say in which time that limit is counted, so it cannot be told whether this one counts anew.",
            Owner.hr,
            change=f"{terms.recognizer} has to say it; the affiliate then enters it in the agreement (per = …).",
        )
    return _of(entry, DecisionOutcome.held, (reason,), cap=end.cap)


def _waits(end: Waiting, today: date) -> Decision:
    entry, each, gathered = end.entry, end.each, end.gathered
    unit = entry.worth.unit if entry.worth else ""
    whole = amount(each.gives, each.unit)
    if end.drops is not None and end.drops < today:
        sentence = f"It was gathered towards the next {whole} and did not make a whole by {said(end.drops)}; what is left over is dropped."
        return _of(
            entry, DecisionOutcome.refused, (*_why(entry), Reason(entry.grant.clause, "remainder_dropped", sentence))
        )
    open_ = gathered.left
    missing = each.amount - open_
    sentence = (
        f"Each {amount(each.amount, unit)} {'gives' if each.amount == 1 else 'give'} {whole}; with this one {amount(open_, unit)} "
        f"{_are(open_)} gathered, and {amount(missing, unit)} {_are(missing)} still missing."
    )
    until = f" by {said(end.drops)}" if end.drops else ""
    reason = Reason(
        entry.grant.clause,
        "gathering",
        sentence,
        change=f"Further micro-credentials{until} make it a whole.",
    )
    worth = entry.worth.quantity if entry.worth else ZERO
    return _of(entry, DecisionOutcome.banked, (reason, *_why(entry)), worth, unit)


def _counted_with(end: CountedWith) -> Decision:
    entry = end.entry
    of_it = entry.worth if entry.worth and entry.worth.unit != MICRO_CREDENTIAL else None
    each = entry.grant.each
    whole = "whole" if each is None else each.unit if each.gives == 1 else amount(each.gives, each.unit)
    what = f"Its {amount(of_it.quantity, of_it.unit)}" if of_it else "It"
    counts = "count" if of_it and of_it.quantity != 1 else "counts"
    sentence = f"{what} went into the {whole} that C-{end.with_case} completed, and {counts} there."
    reason = Reason(entry.grant.clause, "counted_with", sentence)
    return _of(entry, DecisionOutcome.granted, (reason, *_why(entry)), unit=entry.grant.unit)


def _banked(
    entry: Entry, full: CapUse | None, period: Period, month: date | None, ahead: tuple[Reason, ...] = ()
) -> Decision:
    """In the bank until `period` begins; `ahead` are the reasons why, as things stand, it will not be released then."""
    first = period.first
    paid = f", to be paid in {month_said(month)}" if month else ""
    counts = "" if ahead else f"; it counts in {period.label}{paid}"
    why = full_said(full) if full else _late(entry)
    sentence = f"{why} It is banked and can be submitted from {said(first)}{counts}."
    change = (
        f"Nothing before {said(first)}; from then on it comes before what is submitted later, without being sent again."
    )
    reason = Reason(entry.grant.clause, "banked", sentence, look_again_on=first, change="" if ahead else change)
    decision = _of(
        entry,
        DecisionOutcome.banked,
        (reason, *ahead),
        Decimal(1),
        MICRO_CREDENTIAL,
        full,
        month,
        effective_on=first,
        submit_from=first,
    )
    return replace(decision, period=period.label)


def _late(entry: Entry) -> str:
    last = f" {said(entry.late)}" if entry.late else ""
    return f"It came after the last day to submit,{last}, and counts as submitted in the next year."


def _placed(place: Place) -> Decision:
    entry, grant = place.entry, place.entry.grant
    cap = place.uses[0] if place.uses else None
    ruled_so = bool(entry.remarks) and entry.worth is not None  # who rules that it counts, rules it as it stands
    missing = () if ruled_so else lacking(entry.claim, grant, cap is not None)
    month = None if event_missing(entry.claim, grant) else _month(entry)
    beside = _beside(place, month, bool(missing))
    if missing:
        return _of(entry, DecisionOutcome.held, (*missing, *entry.remarks, *beside), cap=cap, month=month)
    return _of(
        entry,
        DecisionOutcome.granted,
        (*_why(entry), *beside),
        place.quantity,
        grant.unit or (entry.worth.unit if entry.worth else ""),
        cap,
        month,
        effective_day(entry.claim, grant),
    )


def _why(entry: Entry) -> tuple[Reason, ...]:
    """How its worth came about."""
    return (*(entry.worth.reasons if entry.worth else ()), *entry.remarks)


def _beside(place: Place, month: date | None, held: bool) -> tuple[Reason, ...]:
    """What belongs to a place besides its value: what it was gathered from, the limits, the month of pay, the fee."""
    entry, grant = place.entry, place.entry.grant
    reasons = [*_gathered(place), *_members(entry)]
    for cap in place.uses:
        banked = f", banked from {entry.full.period}" if entry.full else ""
        reasons.append(Reason(grant.clause, "cap", f"{stands_said(cap)}{banked}."))
    if place.lost:
        unit = grant.unit
        sentence = f"{amount(place.lost, unit)} of it did not fit under the limit and {_are(place.lost)} lost."
        reasons.append(Reason(grant.clause, "cut", sentence))
    if place.funds is not None:
        sentence = f"It is over the limit; {place.funds.by} said on {said(place.funds.on)} that there are funds."
        reasons.append(Reason(grant.clause, "funds", sentence))
    if month is not None:
        if held:
            sentence = f"Its month of pay would be {month_said(month)}."  # nothing is promised
        else:
            sentence = f"It is {'processed' if grant.processed else 'paid'} in {month_said(month)}."
        reasons.append(Reason(grant.clause, "month", sentence))
    if grant.effective is not None and (day := effective_day(entry.claim, grant)) is not None:
        reasons.append(Reason(grant.clause, "effective", f"It takes effect on {said(day)}."))
    if grant.credit_request is not None:
        reasons.append(Reason(grant.clause, "fee", fee_said(grant.credit_request, entry.claim.submitted)))
    return tuple(reasons)


def _gathered(place: Place) -> list[Reason]:
    each, gathered, entry = place.entry.grant.each, place.gathered, place.entry
    if each is None or gathered is None or entry.worth is None:
        return []
    unit = entry.worth.unit
    left = (
        f", and {amount(gathered.left, unit)} {'stays' if gathered.left == 1 else 'stay'} for the next"
        if gathered.left
        else ""
    )
    sentence = (
        f"With it {amount(gathered.sum, unit)} {_are(gathered.sum)} gathered; each {amount(each.amount, unit)} "
        f"{'gives' if each.amount == 1 else 'give'} {amount(each.gives, each.unit)}{left}."
    )
    return [Reason(entry.grant.clause, "gathered", sentence)]


def _are(quantity: Decimal) -> str:
    return "is" if quantity == 1 else "are"


def _members(entry: Entry) -> list[Reason]:
    if not entry.members:
        return []
    others = listed([f"C-{number}" for number in entry.members])
    sentence = f"It completes the stack “{entry.grant.stack}” together with {others}; the stack is given once."
    return [Reason(entry.grant.clause, "stack", sentence)]


def ruled(grant: Grant, ruling: Ruling) -> Reason:
    """That a person decided, in which capacity and why."""
    sentence = f"{ruling.by}, {ruling.role}, decided on {said(ruling.on)}: {ruling.reason}"
    return Reason(grant.clause, "ruling", sentence)


def _month(entry: Entry) -> date | None:
    try:
        return pay_month(entry.claim, entry.grant)
    except NoPeriod:
        return None  # a ruling let it count without one


def _of(
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
    made = _decision(entry.claim, entry.grant, outcome, reasons, quantity, unit, cap, month, effective_on)
    return replace(made, submit_from=submit_from) if submit_from else made


def _decision(
    claim: Claim,
    grant: Grant,
    outcome: DecisionOutcome,
    reasons: tuple[Reason, ...],
    quantity: Decimal = ZERO,
    unit: str = "",
    cap: CapUse | None = None,
    month: date | None = None,
    effective_on: date | None = None,
) -> Decision:
    terms = claim.rules.terms
    try:
        period = own_period(claim, grant).label
    except NoPeriod:
        period = counted_year(claim, grant).label
    return Decision(
        case_id=claim.case.case_id,
        agreement=terms.id,
        agreement_sha256=claim.rules.sha256,
        recognizer=terms.recognizer,
        clause=grant.clause,
        currency=grant.currency,
        outcome=outcome,
        quantity=quantity,
        unit=unit or grant.unit or MICRO_CREDENTIAL,
        reasons=reasons,
        period=period,
        effective_on=effective_on,
        pay_month=month_label(month) if month else "",
        cap=cap,
    )
