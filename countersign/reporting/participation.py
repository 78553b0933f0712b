"""The participation report: who takes part in an affiliate's programme and what it came to, against the plan. Values in, values out.

The micro-credentials of the report are those that came in its period. Of these it counts how many are proven, and for how many of
these something is granted, when the report is made: so the figures of a line belong together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from countersign.reporting.groups import (
    Came,
    Group,
    Groups,
    Line,
    Named,
    apart,
    by_band,
    by_location,
    by_month,
    by_role,
    by_stack,
    educators_in,
    grouped,
    is_recognized,
    lines,
    together_said,
)
from countersign.reporting.plan_words import CURRENCIES, Said, measure_said, plan_said
from models.plan import Plan, PlanGoal
from models.text import folded
from models.words import Currency

UNRECORDED = ("Grade level", "Subject area", "Years of service")
"""What the planning sheet asks of participants and nothing on record says."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The figures by one thing, such as the stack, with a sentence on how to read them."""

    of: str
    lines: tuple[Line, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class CurrencyLine:
    """What is granted in one currency and unit. `planned` is whether the plan names the currency, None where it names none, or where
    several were put together; then there is no `quantity` either, and no figure at all while they are too few educators even together.
    """

    label: str
    planned: bool | None
    educators: int | None
    micro_credentials: int | None
    quantity: Decimal | None = None
    unit: str = ""
    together: int = 0


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal of the plan. `measure` is empty and `target` None where the plan does not say them; `reached` is None where it is not
    counted or not shown, which `why` says."""

    text: str
    measure: str = ""
    target: Decimal | None = None
    reached: Decimal | None = None
    unit: str = ""
    by: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Participation:
    """The report. `total` is None when fewer educators take part than the plan's smallest group: then nothing is counted out.
    `unmatched` of those received belong to nobody on the roster (yet); of these, `unproven` were not looked for. `sheet` is what the plan says, line by line."""

    plan: str
    affiliate: str
    title: str
    source: str
    fictional: bool
    made_at: datetime
    first: date | None
    until: date | None
    smallest_group: int | None
    privacy: str
    total: Line | None
    unmatched: int
    unproven: int
    goals: tuple[GoalLine, ...]
    currencies: tuple[CurrencyLine, ...]
    breakdowns: tuple[Breakdown, ...]
    sheet: tuple[Said, ...]
    not_recorded: tuple[str, ...] = UNRECORDED


def participation(
    plan: Plan, came: Iterable[Came], first: date | None, until: date | None, made_at: datetime
) -> Participation:
    """The report on the micro-credentials that came from `first` to `until` (both included, open when None); others are left out."""
    mine = [one for one in came if (first is None or one.on >= first) and (until is None or one.on <= until)]
    total = Group("All")
    for one in mine:
        total.add(one)
    smallest = plan.smallest_group
    hidden = smallest is not None and 0 < len(total.educators) < smallest
    ways: tuple[tuple[str, str, Callable[[Came], Iterable[Named]]], ...] = (
        ("stack", "A title that stands in two stacks counts in both.", by_stack(plan)),
        ("location", "Who works in two places counts in both.", by_location),
        ("role", "Who works in two roles counts in both.", by_role),
        ("band", "", by_band),
        ("month", "By the month in which it came.", by_month),
    )
    groups = {of: grouped(mine, names) for of, _, names in ways}
    currencies = _by_currency(mine)
    return Participation(
        plan=plan.id,
        affiliate=plan.affiliate,
        title=plan.title or "",
        source=plan.source or "",
        fictional=plan.fictional,
        made_at=made_at,
        first=first,
        until=until,
        smallest_group=smallest,
        privacy=_privacy(plan, hidden),
        total=None if hidden else total.line(),
        unmatched=0 if hidden else sum(one.educator is None for one in mine),
        unproven=0 if hidden else sum(one.educator is None and not one.proven for one in mine),
        goals=tuple(_goal(goal, total, groups, currencies, smallest, hidden) for goal in plan.goals or ()),
        currencies=() if hidden else _currency_lines(plan, currencies),
        breakdowns=() if hidden else tuple(Breakdown(of, lines(groups[of], smallest), note) for of, note, _ in ways),
        sheet=plan_said(plan),
    )


def _privacy(plan: Plan, hidden: bool) -> str:
    if plan.smallest_group is None:
        return (
            "The plan does not say how small a group may be shown, so every figure is: single educators may be recognized. This "
            "report is for the affiliate's own staff only."
        )
    if hidden:
        return f"Fewer than {plan.smallest_group} educators take part in this period: no figures are shown."
    return f"Groups of fewer than {plan.smallest_group} educators are put together, so that nobody can be recognized."


def _by_currency(mine: Iterable[Came]) -> Groups:
    """What is granted, by currency and unit: what is given in another unit is given to others, perhaps to one alone."""
    groups: Groups = {}
    for one in mine:
        if not is_recognized(one):
            continue
        for currency, unit in sorted({(given.currency, given.unit) for given in one.given}):
            label, place = CURRENCIES[currency], list(Currency).index(currency)
            group = groups.setdefault((currency.value, unit), Group(label, (place, unit)))
            group.add(one)
            group.quantity += sum(
                (g.quantity for g in one.given if (g.currency, g.unit) == (currency, unit)), Decimal(0)
            )
    return dict(sorted(groups.items(), key=lambda item: item[1].order))


def _currency_lines(plan: Plan, groups: Groups) -> tuple[CurrencyLine, ...]:
    """What is granted, and what the plan names of which nothing is."""
    planned = None if plan.currencies is None else {c.currency.value for c in plan.currencies}
    own, together = apart(groups, plan.smallest_group)
    found = [
        CurrencyLine(
            groups[key].label,
            None if planned is None else key[0] in planned,
            len(groups[key].educators),
            groups[key].received,
            groups[key].quantity,
            key[1],
        )
        for key in own
    ]
    if together:
        people = len(educators_in(groups, together))
        shown = plan.smallest_group is None or people >= plan.smallest_group
        found.append(
            CurrencyLine(
                together_said(len(together), bool(own)) if shown else f"fewer than {plan.smallest_group} educators",
                None,
                people if shown else None,
                sum(groups[key].received for key in together) if shown else None,
                together=len(together),
            )
        )
    given = {currency for currency, _ in groups}
    nothing = [c for c in Currency if planned and c.value in planned and c.value not in given]
    return (*found, *(CurrencyLine(CURRENCIES[c], True, 0, 0) for c in nothing))


def _goal(
    goal: PlanGoal,
    total: Group,
    by: Mapping[str, Groups],
    currencies: Groups,
    smallest: int | None,
    hidden: bool,
) -> GoalLine:
    asked = GoalLine(goal.text, measure_said(goal), goal.target, None, goal.unit or "", goal.by)
    if goal.measure is None:
        return replace(asked, why="The plan does not say what is counted.")
    if hidden:
        return replace(asked, why=f"Not shown: fewer than {smallest} educators take part.")
    of = next((name for name in ("stack", "location", "role") if getattr(goal, name)), None)
    if of is not None:
        groups, wanted = by[of], folded(getattr(goal, of))
        keys = [key for key, group in groups.items() if key[-1] and wanted in (key[-1], folded(group.label))]
    elif goal.currency is not None:
        groups = currencies
        keys = [key for key in groups if key == (goal.currency.value, goal.unit)]
    else:
        return replace(asked, reached=_count([total], goal))
    if not set(keys) <= set(apart(groups, smallest)[0]):
        why = f"Not shown: it is put together with other groups, of which one has fewer than {smallest} educators."
        return replace(asked, why=why)
    return replace(asked, reached=_count([groups[key] for key in keys], goal))


def _count(groups: Sequence[Group], goal: PlanGoal) -> Decimal:
    if goal.measure == "educators":
        return Decimal(len(set[int]().union(*(g.educators for g in groups))))
    what = "quantity" if goal.measure == "granted" else str(goal.measure)
    return sum((Decimal(getattr(g, what)) for g in groups), Decimal(0))
