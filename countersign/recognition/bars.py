"""What stands in the way of a clause giving anything. Each function answers with the reasons, or none.

`Bars.refusals` are what the agreement itself says no to; `Bars.holds` are what is missing, late or unclear.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from countersign.recognition.claims import DATES_SAID, Claim, folded
from countersign.recognition.conditions import Unmet, not_shown, unmet
from countersign.recognition.periods import NoPeriod, period_of, window_period
from countersign.recognition.timing import counted_on, event_missing, event_said, is_past, pay_month
from countersign.recognition.wording import CURRENCY_SAID, amount
from countersign.recognition.worth import Given
from countersign.recognition.years import month_said, said
from models.agreement import CreditTerms, DateName, Evidence, Grant
from models.records import Decision, Reason
from models.words import Currency, Owner


@dataclass(frozen=True, slots=True)
class Bars:
    """The reasons against, in the order found."""

    refusals: tuple[Reason, ...] = ()
    holds: tuple[Reason, ...] = field(default=())

    def __add__(self, other: "Bars") -> "Bars":
        return Bars(self.refusals + other.refusals, self.holds + other.holds)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What decides: a refusal makes whatever is missing beside the point."""
        return self.refusals or self.holds


NOTHING_AGAINST = Bars()


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of the educator's other cases when one is looked at: for a case whose micro-credential already came in another
    one, that one (`earlier`); what clauses decided before have granted (`given`), what counts under them with
    another case (`counted`), and what of them is open (`not_yet`)."""

    earlier: Mapping[int, int]
    given: Given
    counted: Collection[tuple[int, str]]
    not_yet: Mapping[tuple[int, str], Decision]


def bars(claim: Claim, grant: Grant, sight: Sight) -> Bars:
    """Everything that stands between this case and what the clause gives, but the limits and the value."""
    if not is_accepted(claim):  # nothing the educator could add would help
        return Bars(refusals=(Reason(grant.clause, "issuer_not_accepted", not_accepted_said(claim)),))
    if closed := _closed(claim, grant):
        return closed
    if grant.only_through is not None:
        return _only_through(claim, grant, grant.only_through)
    late = _deadline(claim, grant)
    found = (
        _again(claim, grant, sight)
        + _excluded(claim, grant, sight)
        + _preapproval(claim, grant)
        + _needs(claim, grant)
        + _dates(claim, grant)
        + late
        + (_event(claim, grant) if grant.each is None else Bars())  # what is gathered takes effect as a whole
        + _fee(claim, grant)
        + periods_known(claim, grant)
    )
    if not late.holds:  # past the deadline, the month of pay is past more often than not: that would only say it twice
        found += _month(claim, grant)
    return found


def is_accepted(claim: Claim) -> bool:
    """Whether the agreement counts micro-credentials of this issuer."""
    return claim.case.issuer in claim.rules.terms.eligibility.issuers


def not_accepted_said(claim: Claim) -> str:
    """That it does not, in a sentence with the issuer's name."""
    name = claim.case.issuer_name or f'the issuer "{claim.case.issuer}"'
    return f"Micro-credentials of {name} do not count under this agreement."


def against(clause: str, found: tuple[Unmet, ...]) -> Bars:
    """Lines of a condition that do not hold, as reasons: what is not known yet holds, what falls short refuses."""
    return Bars(
        tuple(Reason(clause, u.code, u.sentence) for u in found if not u.open),
        tuple(Reason(clause, u.code, u.sentence, u.owner, change=u.change) for u in found if u.open),
    )


def _closed(claim: Claim, grant: Grant) -> Bars | None:
    for days in claim.rules.terms.closed:
        if days.covers(claim.submitted):
            return Bars(
                refusals=(Reason(grant.clause, "closed", f"It was submitted on {said(claim.submitted)}. {days.text}"),)
            )
    return None


def _only_through(claim: Claim, grant: Grant, currency: Currency) -> Bars:
    what, through = CURRENCY_SAID[grant.currency], CURRENCY_SAID[currency]
    shown = currency is Currency.graduate_credit and claim.case.transcript is not None
    if not claim.case.credit_requested and not shown:
        sentence = f"Only {through} moves {what}; a micro-credential and its hours by themselves never do."
        change = (
            f"{through.capitalize()} has to be asked for with this micro-credential."
            if currency is Currency.graduate_credit
            else ""
        )
        return Bars(refusals=(Reason(grant.clause, "only_through", sentence, change=change),))
    if not shown:
        sentence = f"Only {through} moves {what}. It was asked for; no transcript that shows it has been received."
        change = "The transcript of the college has to reach whoever decides on pay."
        return Bars(holds=(Reason(grant.clause, "transcript_missing", sentence, Owner.educator, change=change),))
    return Bars()


def _again(claim: Claim, grant: Grant, sight: Sight) -> Bars:
    if claim.case.case_id not in sight.earlier:
        return Bars()
    says = grant.exclusions.counted_before if grant.exclusions else None
    if says == "again":
        return Bars()
    came = f"The same micro-credential of the same issuer came before, as case C-{sight.earlier[claim.case.case_id]}."
    if says == "refused":
        return Bars(refusals=(Reason(grant.clause, "came_before", f"{came} It counts once."),))
    sentence = f"{came} The agreement does not say that it counts again."
    change = (
        "Staff have to find out whether it is one award in two files or was truly earned twice, and ask the recognizer."
    )
    return Bars(holds=(Reason(grant.clause, "came_before", sentence, Owner.staff, change=change),))


def _excluded(claim: Claim, grant: Grant, sight: Sight) -> Bars:
    terms = grant.exclusions
    if terms is None:
        return Bars()
    refusals, holds = list[Reason](), list[Reason]()
    for clause in terms.not_with or ():
        quantity, unit = sight.given.get((claim.case.case_id, clause), (0, ""))
        if open_ := sight.not_yet.get((claim.case.case_id, clause)):
            sentence = (
                f'It is not decided yet whether "{clause}" gives something for it, and it does not count for both.'
            )
            again = next((r.look_again_on for r in open_.reasons if r.look_again_on), None)
            change = f'It is decided as soon as "{clause}" is.'
            holds.append(Reason(grant.clause, "not_with_open", sentence, Owner.nobody, again, change))
        if quantity:
            sentence = f'"{clause}" gives {amount(quantity, unit)} for it already, and it does not count for both.'
            refusals.append(Reason(grant.clause, "not_with", sentence))
        elif (claim.case.case_id, clause) in sight.counted:
            sentence = f'It counts under "{clause}" already, together with another one, and it does not count for both.'
            refusals.append(Reason(grant.clause, "not_with", sentence))
    if claim.case.paid_by and terms.paid_elsewhere == "refused":
        refusals.append(Reason(grant.clause, "paid_elsewhere", f"{claim.case.paid_by} has paid for it already."))
    return Bars(tuple(refusals), tuple(holds))


def _dates(claim: Claim, grant: Grant) -> Bars:
    """That the dates are on record by which the version, the limits and the deadline go. Conditions say it of theirs themselves."""
    terms = claim.rules.terms
    names = {terms.in_force.by, *(terms.applies_to.employed_on or ())}
    names |= {name for cap in grant.caps for name in (cap.counted_by, cap.order)}
    names |= (
        {grant.deadline.of} | ({grant.deadline.in_year_of} if grant.deadline.in_year_of else set())
        if grant.deadline
        else set()
    )
    if DateName.transcript in names and claim.case.transcript is None:
        found = not_shown(claim, Evidence.transcript)
        return Bars(holds=(Reason(grant.clause, found.code, found.sentence, found.owner, change=found.change),))
    return Bars()  # a missing approval holds by itself


def _preapproval(claim: Claim, grant: Grant) -> Bars:
    terms, recognizer = claim.rules.terms.eligibility.preapproval, claim.rules.terms.recognizer
    if terms is None:
        return Bars()
    holds: list[Reason] = []

    def hold(code: str, sentence: str, owner: Owner, change: str) -> None:
        holds.append(Reason(grant.clause, code, sentence, owner, change=change))

    if terms.required and claim.approval is None:
        sentence = f'No approval by {recognizer} of "{claim.case.title}" before the work is on record.'
        change = f"If {recognizer} approved it, the record of the approval has to come in, with its date."
        hold("preapproval_missing", sentence, Owner.educator, change)
    elif terms.required and claim.approval is not None and claim.approval.on > claim.earned:
        sentence = (
            f"{recognizer} approved it on {said(claim.approval.on)}, after it was earned on {said(claim.earned)}; "
            "the approval has to come before the work."
        )
        change = f"An earlier approval has to come in, or {recognizer} has to rule on it."
        hold("preapproval_late", sentence, Owner.hr, change)
    if terms.list is not None and terms.frozen_at is not None and not holds:
        day, title = claim.day(terms.frozen_at), folded(claim.case.title)
        if not any(folded(row.title) == title and row.covers(day) for row in claim.rules.approved):
            sentence = (
                f'"{claim.case.title}" is not on the approved list ({terms.list}) as of {said(day)}, '
                f"the day it was {DATES_SAID[terms.frozen_at]}."
            )
            change = f"{recognizer} says whether the title was on its list that day."
            hold("title_not_listed", sentence, Owner.hr, change)
    return Bars(holds=tuple(holds))


def _needs(claim: Claim, grant: Grant) -> Bars:
    found = (*unmet(claim.rules.terms.eligibility.needs, claim), *unmet(grant.needs, claim))
    return against(grant.clause, tuple(dict.fromkeys(found)))


def last_day(claim: Claim, grant: Grant) -> date | None:
    """The last day that the clause's deadline leaves this claim, None where there is none, or none for it."""
    if grant.deadline is None or (claim.carried and grant.deadline.in_year_of):
        return None  # what comes from the bank met it when it was submitted
    return claim.year(grant.deadline.in_year_of or grant.deadline.of).day(grant.deadline.on)


def is_late(claim: Claim, grant: Grant) -> date | None:
    """The last day of the clause's deadline that has been missed, None where it was met or there is none."""
    last = last_day(claim, grant)
    return last if last is not None and grant.deadline is not None and claim.day(grant.deadline.of) > last else None


def _deadline(claim: Claim, grant: Grant) -> Bars:
    last = is_late(claim, grant)
    if grant.deadline is None or last is None:
        return Bars()
    of = grant.deadline.of
    came = (
        f"It was {DATES_SAID[of]} on {said(claim.day(of))} ({claim.rules.terms.time_zone}), after the last day of "
        f"{claim.year(grant.deadline.in_year_of or of).label}, {said(last)}."
    )
    if grant.deadline.late == "lost":
        return Bars(refusals=(Reason(grant.clause, "after_deadline", f"{came} What comes later does not count."),))
    if grant.deadline.late == "next_year":
        sentence = (
            f"{came} It would count in the next year, but no clause in force then gives this educator "
            f"{CURRENCY_SAID[grant.currency]}, and the agreement does not say what becomes of it."
        )
        change = f"{claim.rules.terms.recognizer} has to rule on it, or the agreement that follows this one says it."
        return Bars(holds=(Reason(grant.clause, "after_the_last_year", sentence, Owner.hr, change=change),))
    sentence = f"{came} The agreement does not say what becomes of it."
    change = f"{claim.rules.terms.recognizer} has to rule whether it counts, and for which year."
    return Bars(holds=(Reason(grant.clause, "after_deadline", sentence, Owner.hr, change=change),))


def _event(claim: Claim, grant: Grant) -> Bars:
    missing = event_missing(claim, grant)
    if missing is None or (missing is DateName.preapproved and claim.approval is None):
        return Bars()
    if missing is DateName.transcript:
        found = not_shown(claim, Evidence.transcript)
        return Bars(holds=(Reason(grant.clause, found.code, found.sentence, found.owner, change=found.change),))
    sentence = f"It counts from the day it was {event_said(missing)}, which is not on record."
    return Bars(
        holds=(Reason(grant.clause, "event_missing", sentence, Owner.staff, change="That day has to be recorded."),)
    )


def _fee(claim: Claim, grant: Grant) -> Bars:
    terms = grant.credit_request
    if terms is None or terms.no_fee is not None:
        return Bars()
    rows = terms.fees_on(claim.submitted)
    if len(rows) == 1:
        return Bars()
    day = said(claim.submitted)
    change = f"{terms.college} has to say what the fee is; the affiliate then enters it in the agreement, with its source and its days."
    if rows:
        named = " and ".join(f"{amount(row.amount, row.unit)} ({row.source})" for row in rows)
        code, sentence = "two_fees", f"{len(rows)} fees are in force on {day}: {named}. Which one holds is not known."
    elif terms.fees:
        code, sentence = "no_fee_in_force", f"None of the {len(terms.fees)} fees in the agreement is in force on {day}."
    else:
        code, sentence = "fee_missing", "The agreement states no fee, nor that the college takes none."
    return Bars(holds=(Reason(grant.clause, code, sentence, Owner.staff, change=change),))


def periods_known(claim: Claim, grant: Grant) -> Bars:
    """That each limit's period is known, and the window of pay. No ruling can do without: nobody could say where it counts."""
    terms, holds = claim.rules.terms, list[Reason]()
    looked_for = [partial(period_of, cap, terms, claim.record, claim.day(cap.counted_by)) for cap in grant.caps]
    if grant.paid is not None and grant.paid.by_window:
        looked_for.append(partial(window_period, terms, counted_on(claim, grant)))
    for look in looked_for:
        try:
            look()
        except NoPeriod as none:
            holds.append(Reason(grant.clause, none.code, none.sentence, Owner.hr, change=none.change))
    return Bars(holds=tuple(dict.fromkeys(holds)))


def _month(claim: Claim, grant: Grant) -> Bars:
    """That the month of pay is not over before the micro-credential counts."""
    recognizer = claim.rules.terms.recognizer
    if grant.paid is None:
        return Bars()
    try:
        month = pay_month(claim, grant)
    except NoPeriod:
        return Bars()  # said already
    if month is None or not is_past(claim, grant, month):
        return Bars()
    day = counted_on(claim, grant)
    sentence = f"It counts from {said(day)}, after {month_said(month)}, the month of pay. The agreement does not say when it is paid."
    change = f"{recognizer} has to rule when it is paid."
    return Bars(holds=(Reason(grant.clause, "after_pay_month", sentence, Owner.hr, change=change),))


def lacking(claim: Claim, grant: Grant, in_limit: bool) -> tuple[Reason, ...]:
    """What is still missing of one that has its place, so that the place is kept and the rest held: the figure, the month of
    pay, or the event from which a whole counts. `in_limit` says that it has a place under a limit."""
    recognizer, found = claim.rules.terms.recognizer, list[Reason]()
    kept = " Its place under the cap is kept." if in_limit else ""

    def lacks(code: str, sentence: str, change: str) -> None:
        found.append(Reason(grant.clause, code, sentence, Owner.hr, change=change))

    if grant.value is None and grant.only_through is not None:
        sentence = (
            f"{CURRENCY_SAID[grant.only_through].capitalize()} moves {CURRENCY_SAID[grant.currency]}, and its transcript "
            "has been received; by how much is not stated in this agreement."
        )
        lacks(
            "rate_missing", sentence, "Whoever decides on it, as the district by its own contract, has to say how much."
        )
    elif grant.value is None:
        sentence = f"The agreement states no figure for this clause, so nothing can be worked out.{kept}"
        change = f"{recognizer} has to say how much; the affiliate then enters it in the agreement (value = …)."
        lacks("rate_missing", sentence, change)
    if grant.currency is Currency.pay and grant.only_through is None and grant.paid is None and grant.processed is None:
        sentence = f"The agreement does not say in which month this is paid.{kept if not found else ''}"
        change = f"{recognizer} has to say when it is paid; the affiliate then enters it in the agreement (paid or processed)."
        lacks("pay_month_missing", sentence, change)
    return (*found, *(_event(claim, grant).holds if grant.each is not None else ()))


def fee_said(terms: CreditTerms, day: date) -> str:
    """The fee in force on `day` with its source, in a sentence. Where there is not exactly one, it counts by a ruling, and that is said."""
    if terms.no_fee is not None:
        return f"{terms.college} takes no fee ({terms.no_fee})."
    rows = terms.fees_on(day)
    if len(rows) != 1:
        return f"What the fee of {terms.college} is on {said(day)} is not known."
    row = rows[0]
    return f"The fee of {terms.college} in force on {said(day)} is {amount(row.amount, row.unit)} ({row.source})."
