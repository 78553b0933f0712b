"""Figures and lists as the explanations say them."""

from collections.abc import Sequence
from decimal import Decimal

from countersign.recognition.periods import ALL_TIME
from models.agreement import is_money
from models.records import CapUse
from models.words import Currency

MICRO_CREDENTIAL = "micro-credential"
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


def amount(quantity: Decimal, unit: str) -> str:
    """`6.5 hours`, `1 credit`, `10 PDPs`, `3 percent`, `250.00 USD`."""
    if is_money(unit):
        return (
            f"{quantity.quantize(Decimal('0.01')) if quantity == round(quantity, 2) else quantity.normalize():f} {unit}"
        )
    plural = "" if quantity == 1 or unit == "percent" else "s"
    return f"{quantity.normalize():f} {unit}{plural}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def within(cap: CapUse) -> str:
    """` in 2024-25`, and nothing for a limit that no period ends."""
    return "" if cap.period == ALL_TIME else f" in {cap.period}"


def full_said(cap: CapUse) -> str:
    """That a limit is as full as it was before: `5 of at most 5 micro-credentials already count in 2024-25.`"""
    if cap.unit == MICRO_CREDENTIAL:
        return f"{cap.before.normalize():f} of at most {cap.limit.normalize():f} micro-credentials already count{within(cap)}."
    return f"{amount(cap.before, cap.unit)} of at most {amount(cap.limit, cap.unit)} are already given{within(cap)}."


def stands_said(cap: CapUse) -> str:
    """How a limit stands with one that has its place: `It is number 3 of at most 5 in 2024-25`."""
    if cap.unit == MICRO_CREDENTIAL and cap.used == 1:
        return f"It is number {cap.after.normalize():f} of at most {cap.limit.normalize():f}{within(cap)}"
    if not cap.used:
        return full_said(cap).rstrip(".")
    return f"With it {amount(cap.after, cap.unit)} of at most {amount(cap.limit, cap.unit)} are given{within(cap)}"
