"""What must be so before a clause gives anything. Each function answers with the reasons that stand in the way, or none.

`Bars.refusals` are what the agreement itself says no to; `Bars.holds` are what is missing, late or unclear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from countersign.recognition.claims import DATES_SAID, Claim, folded
from countersign.recognition.years import RecognizerYear, month_ends, month_said, said
from models.agreement import CreditTerms, Grant
from models.records import Reason
from models.words import Currency, Owner

CURRENCY_SAID = {
    Currency.affiliate_recognition: "recognition by the affiliate",
    Currency.district_pd: "district professional development hours",
    Currency.state_cpd: "state professional development hours",
    Currency.graduate_credit: "college credit",
    Currency.pay: "pay",
    Currency.advisory_role: "an advisory role",
    Currency.in_lieu_of_pd: "release from other professional development",
    Currency.other: "another kind of recognition",
}


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


def amount(quantity: Decimal, unit: str) -> str:
    """`6.5 hours`, `1 credit`, `250.00 USD`."""
    if unit.isupper():
        return (
            f"{quantity.quantize(Decimal('0.01')) if quantity == round(quantity, 2) else quantity.normalize():f} {unit}"
        )
    return f"{quantity.normalize():f} {unit}{'' if quantity == 1 else 's'}"


def bars(claim: Claim, grant: Grant, earlier: Mapping[int, int]) -> Bars:
    """Everything that stands between this case and what the clause gives, but the cap and a missing rate.

    `earlier` gives, for a case whose micro-credential already came in another case, that other case.
    """
    if not is_accepted(claim):  # nothing the educator could add would help
        return Bars(refusals=(Reason(grant.clause, "issuer_not_accepted", not_accepted_said(claim)),))
    if grant.only_through is not None:
        return _only_through(claim, grant, grant.only_through)
    late = _deadline(claim, grant)
    found = _again(claim, grant, earlier) + _preapproval(claim, grant) + late + _log(claim, grant) + _fee(claim, grant)
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


def _only_through(claim: Claim, grant: Grant, currency: Currency) -> Bars:
    what, through = CURRENCY_SAID[grant.currency], CURRENCY_SAID[currency]
    if not claim.case.credit_requested:
        sentence = f"Only {through} moves {what}; a micro-credential and its hours by themselves never do."
        change = f"Ask for {through} for this micro-credential." if currency is Currency.graduate_credit else ""
        return Bars(refusals=(Reason(grant.clause, "only_through", sentence, change=change),))
    sentence = f"Only {through} moves {what}. It was asked for; no transcript that shows it has been received."
    change = "The transcript of the college has to reach whoever decides on pay."
    return Bars(holds=(Reason(grant.clause, "transcript_missing", sentence, Owner.educator, change=change),))


def _again(claim: Claim, grant: Grant, earlier: Mapping[int, int]) -> Bars:
    if claim.case.case_id not in earlier:
        return Bars()
    sentence = (
        f"The same micro-credential of the same issuer came before, as case C-{earlier[claim.case.case_id]}. "
        "The agreement does not say that it counts again."
    )
    change = (
        "Staff have to find out whether it is one award in two files or was truly earned twice, and ask the recognizer."
    )
    return Bars(holds=(Reason(grant.clause, "came_before", sentence, Owner.staff, change=change),))


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
        hold(
            "preapproval_late",
            sentence,
            Owner.hr,
            f"An earlier approval has to come in, or {recognizer} has to rule on it.",
        )
    if terms.list is not None and terms.frozen_at is not None and not holds:
        day, title = claim.day(terms.frozen_at), folded(claim.case.title)
        if not any(folded(row.title) == title and row.covers(day) for row in claim.rules.approved):
            sentence = (
                f'"{claim.case.title}" is not on the approved list ({terms.list}) as of {said(day)}, '
                f"the day it was {DATES_SAID[terms.frozen_at]}."
            )
            hold(
                "title_not_listed", sentence, Owner.hr, f"{recognizer} says whether the title was on its list that day."
            )
    return Bars(holds=tuple(holds))


def _deadline(claim: Claim, grant: Grant) -> Bars:
    if grant.deadline is None:
        return Bars()
    of = grant.deadline.of
    year, day = claim.year(of), claim.day(of)
    last = year.day(grant.deadline.on)
    if day <= last:
        return Bars()
    sentence = (
        f"It was {DATES_SAID[of]} on {said(day)} ({claim.rules.terms.time_zone}), after the last day of {year.label}, "
        f"{said(last)}. The agreement does not say what becomes of it."
    )
    change = f"{claim.rules.terms.recognizer} has to rule whether it counts, and for which year."
    return Bars(holds=(Reason(grant.clause, "after_deadline", sentence, Owner.hr, change=change),))


def _log(claim: Claim, grant: Grant) -> Bars:
    if grant.value is None or grant.value.by is None:
        return Bars()
    case, hours = claim.case, claim.case.log_hours
    if case.log_problem:
        change = "Staff have to read the log, and to ask the educator for one that is clear or enter its hours."
        return Bars(holds=(Reason(grant.clause, "log_problem", case.log_problem, Owner.staff, change=change),))
    change = (
        "A log of hours (CSV or XLSX) has to come in a new mail together with the micro-credential; it names the title and "
        "is sent from an address that the affiliate has on record for the educator."
    )
    if hours is None:
        sentence = "No log of hours came with it, and the clause counts only the hours that a log shows."
        return Bars(holds=(Reason(grant.clause, "log_missing", sentence, Owner.educator, change=change),))
    if not hours.is_finite() or hours <= 0 or hours != round(hours, 4):
        sentence = f"The log of hours adds up to {hours}, which is not a number of hours that can be granted."
        return Bars(holds=(Reason(grant.clause, "log_problem", sentence, Owner.educator, change=change),))
    return Bars()


def _fee(claim: Claim, grant: Grant) -> Bars:
    terms = grant.credit_request
    if terms is None or terms.no_fee is not None:
        return Bars()
    rows = terms.fees_on(claim.submitted)
    if len(rows) == 1:
        return Bars()
    day, change = (
        said(claim.submitted),
        f"{terms.college} has to say what the fee is; the affiliate then enters it in the agreement, with its source and its days.",
    )
    if rows:
        named = " and ".join(f"{amount(row.amount, row.unit)} ({row.source})" for row in rows)
        code, sentence = "two_fees", f"{len(rows)} fees are in force on {day}: {named}. Which one holds is not known."
    elif terms.fees:
        code, sentence = "no_fee_in_force", f"None of the {len(terms.fees)} fees in the agreement is in force on {day}."
    else:
        code, sentence = "fee_missing", "The agreement states no fee, nor that the college takes none."
    return Bars(holds=(Reason(grant.clause, code, sentence, Owner.staff, change=change),))


def _month(claim: Claim, grant: Grant) -> Bars:
    """The month of pay, where the clause pays: known, and not over before the micro-credential counts."""
    if grant.currency is Currency.pay and grant.paid is None and grant.processed is None:
        change = (
            f"{claim.rules.terms.recognizer} has to say when it is paid; the affiliate then enters it in the agreement "
            "(paid or processed)."
        )
        sentence = "The agreement does not say in which month this is paid."
        return Bars(holds=(Reason(grant.clause, "pay_month_missing", sentence, Owner.hr, change=change),))
    if grant.paid is None:
        return Bars()
    day = counted_on(claim, grant)
    month = counted_year(claim, grant).month(grant.paid.month)
    if day <= month_ends(month):
        return Bars()
    sentence = f"It counts from {said(day)}, after {month_said(month)}, the month of pay. The agreement does not say when it is paid."
    change = f"{claim.rules.terms.recognizer} has to rule when it is paid."
    return Bars(holds=(Reason(grant.clause, "after_pay_month", sentence, Owner.hr, change=change),))


def counted_on(claim: Claim, grant: Grant) -> date:
    """The day that puts the case in one of the recognizer's years: the cap's date, else the one the version goes by."""
    return claim.day(grant.cap.counted_by if grant.cap else claim.rules.terms.in_force.by)


def counted_year(claim: Claim, grant: Grant) -> RecognizerYear:
    """The recognizer's year the case counts in under this clause."""
    return claim.year(grant.cap.counted_by if grant.cap else claim.rules.terms.in_force.by)


def fee_said(terms: CreditTerms, day: date) -> str:
    """The fee in force on `day` with its source, in a sentence. The caller has made sure that there is exactly one."""
    if terms.no_fee is not None:
        return f"{terms.college} takes no fee ({terms.no_fee})."
    (row,) = terms.fees_on(day)
    return f"The fee of {terms.college} in force on {said(day)} is {amount(row.amount, row.unit)} ({row.source})."
