"""The pure core: a month's facts become lines, a held list and control totals that must agree before anything is written.

Opening + new + adjustments - reversals = closing, for every form of pay and its unit. A line that corrects an earlier
one names it; nothing already reported is ever restated.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from countersign.errors import CountersignError
from countersign.reporting import months
from countersign.reporting.facts import (
    ZERO,
    AgreementFact,
    AwardFact,
    EmploymentFact,
    HeldFact,
    LineFact,
    PackageFacts,
    Reported,
    Transaction,
)
from models.agreement import is_money
from models.words import Currency, DecisionOutcome

HOUR = "hour"
LANE = "lane"
WITHHELD = "withheld"
_OF_UNITS = {"percent": "percentage"}
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the package. `changes_line` and `changes_month` name what it corrects; `attention` is for HR to read."""

    line: str
    transaction: Transaction
    fact: LineFact
    changes_line: str = ""
    changes_month: str = ""
    employment: EmploymentFact | None = None
    attention: str = ""

    @property
    def form(self) -> str:
        return form_of(self.fact.terms.currency, self.fact.unit, self.fact.terms.form)

    @property
    def count(self) -> int:
        """How many micro-credentials the line adds: one, or minus one where it takes one back."""
        return -1 if self.transaction is Transaction.reversal else 1

    @property
    def employee_id(self) -> str:
        return shown_employee_id(self.employment)


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One decision that waits, or a line that is withheld, with the employment on the day of submission (or the one that
    touches the month); only a line that is withheld may be without one."""

    fact: HeldFact
    employment: EmploymentFact | None

    @property
    def employee_id(self) -> str:
        return shown_employee_id(self.employment)


@dataclass(frozen=True, slots=True)
class Balance:
    """One form of pay in one unit: what the packages before brought it to, what this one adds, where it stands now.

    `reversals` is positive: what was taken back.
    """

    form: str
    unit: str
    lines: int
    educators: int
    opening: Decimal
    new: Decimal
    adjustments: Decimal
    reversals: Decimal
    closing: Decimal

    @property
    def net(self) -> Decimal:
        """What this package comes to."""
        return self.new + self.adjustments - self.reversals

    def as_json(self) -> dict[str, Any]:
        figures = {
            name: exact(getattr(self, name)) for name in ("opening", "new", "adjustments", "reversals", "closing")
        }
        return {"form": self.form, "unit": self.unit, "lines": self.lines, "educators": self.educators, **figures}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Balance":
        figures = {name: Decimal(stored[name]) for name in ("opening", "new", "adjustments", "reversals", "closing")}
        return cls(
            form=stored["form"], unit=stored["unit"], lines=stored["lines"], educators=stored["educators"], **figures
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """The control totals. `adjusting` counts the lines that correct something: ADJUST, RETRO and REVERSAL together.
    `withheld` counts the lines that stay out, by a key of `withholding.SAID`; `rechecked` how many micro-credentials were
    examined again before closing, by what that came to (`Recheck`), None when nothing was looked up."""

    lines: int
    educators: int
    micro_credentials: int
    hours: Decimal
    adjusting: int
    held: int
    banked: int
    balances: tuple[Balance, ...]
    withheld: Mapping[str, int] = field(default_factory=dict[str, int])
    rechecked: Mapping[str, int] | None = None

    @property
    def counts(self) -> dict[str, Decimal | int]:
        """The figures that stand above the balances, by the label they have on the cover and in the workbook."""
        return {
            "Lines": self.lines,
            "Educators": self.educators,
            "Micro-credentials": self.micro_credentials,
            "PD hours": self.hours,
            "Adjustments": self.adjusting,
            "Held": self.held,
            "Withheld": sum(self.withheld.values()),
            "Banked": self.banked,
        }

    @property
    def waiting(self) -> int:
        """The rows of the list of what is held."""
        return self.held + self.banked + sum(self.withheld.values())

    @property
    def money(self) -> dict[str, Decimal]:
        """What this package adds on balance, by currency code."""
        found: dict[str, Decimal] = {}
        for balance in self.balances:
            if is_money(balance.unit) and balance.lines:
                found[balance.unit] = found.get(balance.unit, ZERO) + balance.net
        return found

    def as_json(self) -> dict[str, Any]:
        """For the manifest and the Package row; decimals as text."""
        return {
            "lines": self.lines,
            "educators": self.educators,
            "micro_credentials": self.micro_credentials,
            "hours": exact(self.hours),
            "adjusting": self.adjusting,
            "held": self.held,
            "banked": self.banked,
            "withheld": dict(self.withheld),
            "rechecked": None if self.rechecked is None else dict(self.rechecked),
            "balances": [b.as_json() for b in self.balances],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Totals":
        counts = {k: stored[k] for k in ("lines", "educators", "micro_credentials", "adjusting", "held", "banked")}
        balances = tuple(Balance.from_json(b) for b in stored["balances"])
        return cls(
            hours=Decimal(stored["hours"]),
            balances=balances,
            withheld=stored.get("withheld", {}),  # packages of earlier versions do not say
            rechecked=stored.get("rechecked"),
            **counts,
        )


@dataclass(frozen=True, slots=True)
class PackageContents:
    """The package as values: `lines` by name of the educator, then ledger order; `held` likewise."""

    facts: PackageFacts
    lines: tuple[Line, ...]
    held: tuple[HeldLine, ...]
    totals: Totals

    @property
    def agreements(self) -> tuple[AgreementFact, ...]:
        return self.facts.agreements

    @property
    def pay(self) -> tuple[Line, ...]:
        """The lines of `compensation`: everything that is not hours."""
        return tuple(line for line in self.lines if line.fact.unit != HOUR)

    @property
    def hours(self) -> tuple[Line, ...]:
        """The lines of `pd_hours`."""
        return tuple(line for line in self.lines if line.fact.unit == HOUR)

    @property
    def lanes(self) -> tuple[Line, ...] | None:
        """The lines of `lane_changes`: those that move somebody in the salary schedule. They stand among `pay` too. None when no
        agreement gives lanes and no line takes one back."""
        found = tuple(line for line in self.lines if line.form == LANE)
        return found if found or any(a.lanes for a in self.agreements) else None

    @property
    def adjusting(self) -> tuple[Line, ...]:
        """The lines of `adjustments`: those that correct or catch up. They stand among `pay` or `hours` too."""
        return tuple(line for line in self.lines if line.transaction is not Transaction.new)


def build_package(facts: PackageFacts) -> PackageContents:
    """The package of one district and month. Raises CountersignError when the control totals do not agree."""
    lines = tuple(_line(fact, facts) for fact in sorted(facts.lines, key=_line_order))
    held = tuple(_held_lines(facts))
    totals = _totals(facts, lines, held)
    check(facts, totals)
    return PackageContents(facts=facts, lines=lines, held=held, totals=totals)


def line_name(month: str, posting: int) -> str:
    """A line's name: the package's month and the number of the ledger posting, unique for ever: "2026-10-000123"."""
    return f"{month}-{posting:06d}"


def form_of(currency: str, unit: str, said: str = "") -> str:
    """The form of pay in HR's words: the one that the clause says, if it does. An amount of money of which it does not is a "fixed
    amount": whether it is a stipend or becomes part of base pay is for the district to fill in."""
    if said:
        return said.replace("_", " ")
    if is_money(unit):
        return "fixed amount" if currency == Currency.pay else f"fixed amount ({currency.replace('_', ' ')})"
    if unit == HOUR:
        return "PD hours" if currency == Currency.district_pd else f"hours ({currency.replace('_', ' ')})"
    if currency == Currency.pay:
        return _OF_UNITS.get(unit, unit)
    return "professional development" if currency == Currency.district_pd else currency.replace("_", " ")


def exact(value: Decimal) -> str:
    """A decimal as plain text without a superfluous point or zeros: "8", "6.5", "1200"."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def shown_employee_id(employment: EmploymentFact | None) -> str:
    """The district's number for the person; empty when there is none, or when what the roster holds looks like an SSN."""
    number = employment.employee_id if employment else ""
    return "" if _SSN.fullmatch(number.strip()) else number


def _line_order(fact: LineFact) -> tuple[Any, ...]:
    return (*_person(fact.award), fact.posting)


def _person(award: AwardFact) -> tuple[Any, ...]:
    return (tuple(part.casefold() for part in award.sort_name), award.educator)


def _line(fact: LineFact, facts: PackageFacts) -> Line:
    if fact.reverses is not None:
        transaction, changed = Transaction.reversal, facts.reported.get(fact.reverses)
        if changed is None:
            raise CountersignError(
                f"Ledger line {fact.posting} takes back line {fact.reverses}, which HR was never given.",
                "Run `countersign reconcile`; nothing was written.",
            )
    elif fact.follows is not None and fact.follows in facts.reported:
        transaction, changed = Transaction.adjust, facts.reported[fact.follows]
    elif fact.pay_month < facts.month:
        transaction, changed = Transaction.retro, None
    else:
        transaction, changed = Transaction.new, None
    return Line(
        line=line_name(facts.month, fact.posting),
        transaction=transaction,
        fact=fact,
        changes_line=changed.line if changed else "",
        changes_month=changed.month if changed else (fact.pay_month if transaction is Transaction.retro else ""),
        employment=_employment_on(fact.award.employments, fact.award.submitted_on),
        attention=" ".join(_attention(fact, transaction, changed, facts)),
    )


def _employment_on(employments: Iterable[EmploymentFact], day: date) -> EmploymentFact | None:
    """The employment on `day`; of several the one that began last."""
    return max((e for e in employments if e.overlaps(day, day)), key=lambda e: (e.starts, e.employee_id), default=None)


def _attention(
    fact: LineFact, transaction: Transaction, changed: Reported | None, facts: PackageFacts
) -> Iterable[str]:
    """Sentences on what HR has to look at before paying this line."""
    if transaction is Transaction.reversal and changed is not None:
        yield f"Proposed: line {changed.line} was reported in {months.said(changed.month)}. Whether it is taken back is HR's decision."
    if transaction is Transaction.retro:
        before = months.said(fact.pay_month)
        closed = fact.pay_month in facts.closed_months
        late = "from whose package it was withheld" if fact.waited else "which was closed before the line arrived"
        yield f"Belongs to {before}, {late if closed else 'for which no package was closed'}."
    if fact.kept:
        yield fact.kept
    employment = _employment_on(fact.award.employments, fact.award.submitted_on)
    if employment is None:
        yield f"The roster has no employment here on the day of submission, {fact.award.submitted_on}."
    elif not employment.employee_id:
        yield "The roster has no employee id."
    elif not shown_employee_id(employment):
        yield "The roster's employee id looks like a social security number and is not shown."
    paid_in = max(fact.pay_month, facts.month)
    first, last = months.first_day(paid_in), months.last_day(paid_in)
    if fact.award.employments and not any(e.overlaps(first, last) for e in fact.award.employments):
        yield f"No longer employed here in {months.said(paid_in)}: HR decides."
    if not fact.terms.version_on_file:
        yield f"Decided under version {fact.terms.sha256[:12]} of the agreement, which is no longer on file."
    if is_money(fact.unit) and fact.quantity != fact.quantity.quantize(_CENT):
        yield "The amount is not whole cents, and the agreement states no rounding."


def _held_lines(facts: PackageFacts) -> Iterable[HeldLine]:
    """Only people who worked for this district on the day of submission or in the month: others are not its business. What
    is withheld is a line of this district, whatever the roster says."""
    first, last = months.first_day(facts.month), months.last_day(facts.month)
    for fact in sorted(facts.held, key=lambda f: (*_person(f.award), f.decision)):
        employments = fact.award.employments
        employment = _employment_on(employments, fact.award.submitted_on) or max(
            (e for e in employments if e.overlaps(first, last)), key=lambda e: (e.starts, e.employee_id), default=None
        )
        if employment is not None or fact.outcome == WITHHELD:
            yield HeldLine(fact, employment)


def _totals(facts: PackageFacts, lines: tuple[Line, ...], held: tuple[HeldLine, ...]) -> Totals:
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    opening = {(o.form, o.unit): o.amount for o in facts.opening}
    for line in lines:
        groups[line.form, line.fact.unit].append(line)
    balances = tuple(_balance(key, groups.get(key, []), opening.get(key, ZERO)) for key in sorted({*groups, *opening}))
    return Totals(
        lines=len(lines),
        educators=len({line.fact.award.educator for line in lines}),
        micro_credentials=len({line.fact.award.case for line in lines}),
        hours=sum((b.net for b in balances if b.unit == HOUR), ZERO),
        adjusting=sum(line.transaction is not Transaction.new for line in lines),
        held=sum(h.fact.outcome == DecisionOutcome.held for h in held),
        banked=sum(h.fact.outcome == DecisionOutcome.banked for h in held),
        balances=balances,
        withheld=Counter(h.fact.why for h in held if h.fact.outcome == WITHHELD),
        rechecked=facts.rechecked,
    )


def _balance(key: tuple[str, str], lines: list[Line], opening: Decimal) -> Balance:
    def of(*kinds: Transaction) -> Decimal:
        return sum((line.fact.quantity for line in lines if line.transaction in kinds), ZERO)

    new, adjustments, reversals = (
        of(Transaction.new),
        of(Transaction.adjust, Transaction.retro),
        -of(Transaction.reversal),
    )
    educators = len({line.fact.award.educator for line in lines})
    closing = opening + new + adjustments - reversals
    return Balance(*key, len(lines), educators, opening, new, adjustments, reversals, closing)


def check(facts: PackageFacts, totals: Totals) -> None:
    """Hold the control totals against the facts, counted another way. Raises CountersignError when they disagree."""
    opening = {(o.form, o.unit): o.amount for o in facts.opening}
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for fact in facts.lines:
        moved[form_of(fact.terms.currency, fact.unit, fact.terms.form), fact.unit] += fact.quantity
    for balance in totals.balances:
        key = (balance.form, balance.unit)
        expected = opening.get(key, ZERO) + moved.get(key, ZERO)
        if balance.closing != expected or balance.opening + balance.net != balance.closing:
            raise CountersignError(
                f"{facts.district}, {facts.month}: the control totals of {balance.form} do not agree "
                f"({exact(balance.closing)} against {exact(expected)} {balance.unit}).",
                "Nothing was written; report this as a fault of Countersign.",
            )
    if totals.lines != len(facts.lines) or len({f.posting for f in facts.lines}) != totals.lines:
        raise CountersignError(
            f"{facts.district}, {facts.month}: a ledger line is missing or doubled. Nothing was written."
        )
