"""Figures and lists as the explanations say them."""

from collections.abc import Sequence
from decimal import Decimal

from models.agreement import is_money
from models.words import Currency

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
