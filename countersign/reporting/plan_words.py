"""What a plan says, in words for a report: every line of the planning sheet, with nothing where the plan is silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from countersign import render
from models.agreement import is_money
from models.plan import Plan, PlanGoal, Support
from models.words import Currency

CURRENCIES = {
    Currency.affiliate_recognition: "Recognition by the affiliate",
    Currency.district_pd: "District professional development hours",
    Currency.state_cpd: "State professional development hours",
    Currency.graduate_credit: "College credit",
    Currency.pay: "Pay",
    Currency.advisory_role: "An advisory role",
    Currency.in_lieu_of_pd: "Release from other professional development",
    Currency.other: "Another kind of recognition",
}
"""The names that explanations and ledgers use too (a test holds them together: rooms do not import each other)."""
SUPPORTS = {
    "independent": "Independent",
    "basic": "Basic support",
    "standard": "Standard support",
    "ultimate": "Ultimate support",
    "online_lab": "Online learning lab or professional learning community",
    "reallocated_time": "Professional learning time reallocated",
    "allocated_time": "Professional learning time created",
    "other": "Other",
}
HELP = {
    "face_to_face": "meetings face to face",
    "reminders": "reminders by e-mail",
    "office_hours": "open office hours",
    "coaching": "individual coaching",
    "release_time": "release time",
}
LOCATIONS = {
    "not_specified": "No location specified",
    "rural": "Rural",
    "suburban": "Suburban",
    "urban": "Urban",
    "rural_and_urban_or_suburban": "Rural and urban or suburban",
    "other": "Other",
}
MEASURES = {
    "educators": "educators who take part",
    "received": "micro-credentials received",
    "proven": "micro-credentials proven",
    "recognized": "micro-credentials recognized",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the planning sheet and what the plan says of it; no texts where it says nothing."""

    label: str
    texts: tuple[str, ...] = ()


def plan_said(plan: Plan) -> tuple[Said, ...]:
    """Every line of the planning sheet, in its order."""
    whom = plan.participants
    offers = [
        f"{offer.stack or 'Without a stack'}: {'; '.join(offer.titles)}" for offer in plan.offers or () if offer.titles
    ]
    return (
        Said("Selection criteria", plan.criteria or ()),
        Said("Supports", tuple(_support(support) for support in plan.supports or ())),
        Said("Location", (_with(LOCATIONS[plan.location.kind], plan.location.text),) if plan.location else ()),
        Said("Grade level", (whom.grade_levels or ()) if whom else ()),
        Said("Subject area", (whom.subjects or ()) if whom else ()),
        Said("Years of service", (_years(plan),) if whom and whom.years_of_service else ()),
        Said("Type of educator", (*(whom.kinds or ()), *((whom.text,) if whom.text else ())) if whom else ()),
        Said("Currencies", tuple(_with(CURRENCIES[c.currency], c.text) for c in plan.currencies or ())),
        Said("Stacks and titles", tuple(offers)),
    )


def _support(support: Support) -> str:
    name = SUPPORTS[support.kind]
    helps = f"{name}, with {_listed([HELP[one] for one in support.includes])}" if support.includes else name
    return _with(helps, support.text)


def _with(name: str, text: str | None) -> str:
    """A name of the planning sheet with the plan's own words; those alone where it is none of them."""
    if not text:
        return name
    return text if name in (SUPPORTS["other"], CURRENCIES[Currency.other]) else f"{name}: {text}"


def _years(plan: Plan) -> str:
    years = plan.participants.years_of_service if plan.participants else None
    if years is None:
        return ""
    low, high = (None if y is None else render.figure(y) for y in (years.at_least, years.at_most))
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def measure_said(goal: PlanGoal) -> str:
    """What a goal counts: `micro-credentials recognized, stack “Feedback”`; empty when the plan does not say."""
    if goal.measure is None:
        return ""
    if goal.currency is not None and goal.unit is not None:
        return CURRENCIES[goal.currency]
    narrowed = next(((n, v) for n in ("stack", "location", "role") if (v := getattr(goal, n))), None)
    return MEASURES[goal.measure] + (f", {narrowed[0]} “{narrowed[1]}”" if narrowed else "")


def quantity_said(quantity: Decimal, unit: str) -> str:
    """`45 hours`, `1 credit`, `3 percent`, `$600.00`."""
    if is_money(unit):
        return render.money(quantity, unit)
    return f"{render.figure(quantity)} {unit}{'' if quantity == 1 or unit == 'percent' else 's'}"


def period_said(first: date | None, until: date | None) -> str:
    """`July 1, 2026 to June 30, 2027`; open where a day is not given."""
    if first is None and until is None:
        return "everything on record"
    if first is None:
        return f"until {render.day(until)}" if until else ""
    return f"{render.day(first)} to {render.day(until)}" if until else f"from {render.day(first)} on"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
