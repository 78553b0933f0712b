"""What is still to come under each agreement, year by year, against a budget: low, expected, high. Nothing is read or written.

Every figure comes from the decision itself, run on cases that are assumed: a pre-approved title as if it were earned and submitted on a
given day, a held case as if what it waits for had come, the present moment as if it were the last day looked at. So limits, banks and
gathered wholes hold. Each stage is what the decision gives with it more than without it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import partial
from math import comb
from typing import Any
from zoneinfo import ZoneInfo

from countersign.recognition.claims import folded
from countersign.recognition.core import by_agreement, decide
from countersign.recognition.simulation import Subject, sentence_without_names, tidy
from countersign.recognition.years import RecognizerYear, local_day, said
from models.agreement import Agreement, Exceptions, Rules, is_money
from models.records import CaseRecord, Decision, EducatorRecord, Ruling, RulingKind
from models.words import Currency, DecisionOutcome, Owner

FIRST_PASS = Decimal("0.4")
RATE_SOURCE = (
    "Vermont-NEA, questions and answers on micro-credentials: the national first-time pass rate is about 40 percent"
)
STAGES = ("granted", "banked", "in progress", "pre-approved")
_ROLE = "the projection's own"
"""In what capacity the projection assumes that a held case counts; no agreement names it."""

Key = tuple[date, str, Currency, str]
"""First day of the recognizer's year, clause, currency, unit."""

Sums = dict[Key, Fraction]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is looked at and assumed. `until` is the last day (None: of each recognizer's next year), `submitted_on` the day on which what is
    pre-approved is assumed to be earned and submitted (None: today), `first_pass` the part awarded at the first submission, from
    0 to 1. `budgets` are amounts for one year of the recognizer's, by the agreement's id."""

    now: datetime
    until: date | None = None
    submitted_on: date | None = None
    first_pass: Decimal = FIRST_PASS
    budgets: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What one stage of one clause comes to in one year of the recognizer's."""

    year: str
    clause: str
    currency: Currency
    unit: str
    stage: str
    low: Decimal
    expected: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Count:
    """How many micro-credentials stand under one clause, by stage; what belongs to years that are over is in none."""

    clause: str
    currency: Currency
    stages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unknown:
    """So many micro-credentials of a stage for which no figure can be given, and why (`sentence`, of one of them)."""

    clause: str
    currency: Currency
    stage: str
    count: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Year:
    """All money of one year in one unit, with the budget if one was given; `left` is the budget less the figure."""

    year: str
    unit: str
    low: Decimal
    expected: Decimal
    high: Decimal
    budget: Decimal | None

    @property
    def left(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Low, expected, high; negative where the budget does not reach."""
        if self.budget is None:
            return None
        return self.budget - self.low, self.budget - self.expected, self.budget - self.high


@dataclass(frozen=True, slots=True)
class Projection:
    """One agreement's. `counts` are micro-credentials clause by clause, `budget` is for one year of the recognizer's, if one was given."""

    agreement: str
    recognizer: str
    title: str
    until: date
    educators: int
    counts: tuple[Count, ...]
    lines: tuple[Line, ...]
    unknown: tuple[Unknown, ...]
    years: tuple[Year, ...]
    budget: Decimal | None = None


def project(rules: Sequence[Rules], subjects: Iterable[Subject], plan: Plan) -> tuple[Projection, ...]:
    """The projection of every agreement, by id. Educators come one at a time and are let go."""
    running = [_Running(versions, plan) for versions in by_agreement(rules)]
    for subject in subjects:
        for one in running:
            one.add(subject)
    return tuple(one.ended() for one in running)


def horizon(terms: Agreement, plan: Plan) -> date:
    """The last day looked at: the one given, else the last of the recognizer's next year."""
    return plan.until or RecognizerYear.of(local_day(plan.now, terms.time_zone), terms.year.starts).next.last


def chances(plan: Plan) -> tuple[Fraction, Fraction]:
    """The part of what is pre-approved that is earned, low and expected: with one submission each, and with a second by those who
    did not pass the first."""
    first = Fraction(plan.first_pass)
    return first, 1 - (1 - first) ** 2


def assumptions(plan: Plan) -> tuple[str, ...]:
    """What the figures assume, in sentences."""
    low, expected = (_percent(part) for part in chances(plan))
    source = f" ({RATE_SOURCE})" if plan.first_pass == FIRST_PASS else " (as given with --first-pass)"
    day = said(plan.submitted_on) if plan.submitted_on else "today"
    return (
        f"Pre-approved: approved titles of which no credential has come, as if earned and submitted {'on ' if plan.submitted_on else ''}{day}. "
        f"{low} percent are awarded at the first submission{source}.",
        f"Low: everybody submits once, so {low} percent are earned; nothing that is held now comes.",
        f"Expected: who does not pass submits once more, with the same chance, so {expected} percent are earned; of what is held now, that "
        "which waits for the educator comes.",
        "High: everybody submits until it is awarded, so all are earned; of what is held now, all comes and is decided in favor.",
        "Banked: released on its day, as far as that comes until the last day looked at.",
        "Every assumed case goes through the agreement's own rules with all of the educator's other ones, so limits, banks and gathered "
        "wholes hold; of several approved titles those approved first are taken to be earned first. Averages are rounded to the cent, half up.",
        "A year is the recognizer's own, and an amount stands in the year of its month of pay, or else of the day from which it counts.",
        "What the agreement does not state is not known, and is in no figure.",
    )


def _percent(part: Fraction) -> str:
    return f"{_decimal(part * 100, Decimal('0.1')).normalize():f}"


class _Running:
    """One agreement's projection as educators come."""

    def __init__(self, versions: Sequence[Rules], plan: Plan) -> None:
        terms = versions[-1].terms
        zone = ZoneInfo(terms.time_zone)
        self._terms, self._plan = terms, plan
        self._versions = [_may_rule(rules) for rules in versions]
        self._until = horizon(terms, plan)
        self._budget = (plan.budgets or {}).get(terms.id)
        self._end = datetime.combine(self._until, time(12), tzinfo=zone)
        today = local_day(plan.now, terms.time_zone)
        self._today = today
        self._assumed = datetime.combine(plan.submitted_on or today, time(12), tzinfo=zone)
        self._this_year = RecognizerYear.of(today, terms.year.starts)
        self._educators = 0
        self._counts: dict[tuple[str, Currency], Counter[str]] = defaultdict(Counter)
        self._sums: dict[tuple[Key, str], list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 3)
        self._unknown: dict[tuple[str, Currency, str, str], list[Any]] = {}

    def add(self, subject: Subject) -> None:
        """One educator."""
        record, cases = subject.record, subject.cases
        today = decide(self._versions, record, cases, self._plan.now) if cases else ()
        titles = self._still_to_come(record, cases)
        if not today and not titles:
            return
        over = frozenset((d.case_id, d.currency) for d in today if _gives(d) and self._year(d) < self._this_year)
        granted = self._sum(today, over)
        waiting = [d for d in today if d.outcome is DecisionOutcome.held and not self._is_set(record, d)]
        for_educator = [d for d in waiting if {r.owner for r in d.reasons} - {Owner.nobody} == {Owner.educator}]
        all_of_it = self._at_the_end(record, waiting, [*cases, *titles])
        concerned = {d.case_id for d in all_of_it}
        titles = [case for case in titles if case.case_id in concerned]
        known: dict[tuple[int, int], Sums] = {(len(waiting), len(titles)): self._sum(all_of_it, over)}

        def given(held: Sequence[Decision], earned: int) -> Sums:
            """What is given when these held cases count and so many titles are earned; `for_educator` is a part of `waiting`."""
            key = len(held), earned
            if key not in known:
                known[key] = self._sum(self._at_the_end(record, held, [*cases, *titles[:earned]]), over)
            return known[key]

        low, expected = chances(self._plan)
        scenarios = (((), low), (for_educator, expected), (waiting, Fraction(1)))
        base = given((), 0)
        self._note("granted", granted, granted, granted)
        self._note("banked", *[_less(base, granted)] * 3)
        self._note("in progress", *(_less(given(held, 0), base) for held, _ in scenarios))
        self._note("pre-approved", *(_average(partial(given, held), len(titles), part) for held, part in scenarios))
        self._count(today, all_of_it)

    def _still_to_come(self, record: EducatorRecord, cases: Sequence[CaseRecord]) -> list[CaseRecord]:
        """Approved titles of which no credential has come, as cases with numbers below zero, those approved first in front."""
        required = (pre := self._terms.eligibility.preapproval) is not None and pre.required
        have = {folded(case.title) for case in cases}
        first: dict[str, tuple[date, str]] = {}
        for one in sorted(record.approvals, key=lambda a: (a.on, a.title)):
            mine = folded(one.recognizer) == folded(self._terms.recognizer) or not required
            if mine and folded(one.title) not in have:
                first.setdefault(folded(one.title), (one.on, one.title))
        issuer = self._terms.eligibility.issuers[0]
        return [
            CaseRecord(-1 - number, issuer, title, self._assumed, self._assumed + timedelta(microseconds=number))
            for number, (_, title) in enumerate(first.values())
        ]

    def _is_set(self, record: EducatorRecord, made: Decision) -> bool:
        """Whether somebody has ruled on it already: then it waits for something else."""
        return any(
            (r.case_id, r.agreement) == (made.case_id, made.agreement) and r.currency in (None, made.currency)
            for r in record.rulings
        )

    def _at_the_end(
        self, record: EducatorRecord, held: Sequence[Decision], cases: Sequence[CaseRecord]
    ) -> tuple[Decision, ...]:
        """The decisions on the last day looked at, as if somebody who may had ruled that the held ones count."""
        assumed = [
            Ruling(d.case_id, d.agreement, RulingKind.counts, _ROLE, "", "", date.max, currency=d.currency)
            for d in held
        ]
        return decide(self._versions, replace(record, rulings=(*record.rulings, *assumed)), cases, self._end)

    def _sum(self, decisions: Iterable[Decision], over: frozenset[tuple[int, Currency]]) -> Sums:
        """What is granted by year and clause, without what belongs to years that are over."""
        found: Sums = defaultdict(Fraction)
        for made in decisions:
            if _gives(made) and (made.case_id, made.currency) not in over:
                year = max(self._year(made), self._this_year)  # what an earlier year left open is given now
                found[year.first, made.clause, made.currency, made.unit] += Fraction(made.quantity)
        return found

    def _year(self, made: Decision) -> RecognizerYear:
        day = date.fromisoformat(f"{made.pay_month}-01") if made.pay_month else made.effective_on or self._today
        return RecognizerYear.of(day, self._terms.year.starts)

    def _note(self, stage: str, *three: Sums) -> None:
        for number, sums in enumerate(three):
            for key, quantity in sums.items():
                self._sums[key, stage][number] += quantity

    def _count(self, today: Sequence[Decision], all_of_it: Sequence[Decision]) -> None:
        stages = [(d, stage) for d in today if (stage := self._stage(d))]
        stages += [(d, "pre-approved") for d in all_of_it if d.case_id < 0]
        self._educators += bool(stages)
        for made, stage in stages:
            self._counts[made.clause, made.currency][stage] += 1
        banked = {(d.case_id, d.clause) for d in today if d.outcome is DecisionOutcome.banked}
        for made in all_of_it:
            if made.outcome is DecisionOutcome.held:
                reason = made.reasons[0]
                stage = "pre-approved" if made.case_id < 0 else "in progress"
                stage = "banked" if (made.case_id, made.clause) in banked else stage
                key = made.clause, made.currency, stage, reason.code
                self._unknown.setdefault(key, [0, sentence_without_names(reason)])[0] += 1

    def _stage(self, made: Decision) -> str:
        """The stage of a decision of today; empty where it is refused or belongs to a year that is over."""
        match made.outcome:
            case DecisionOutcome.granted:
                return "" if self._year(made) < self._this_year else "granted"
            case DecisionOutcome.banked:
                return "banked"
            case DecisionOutcome.held:
                return "in progress"
            case _:
                return ""

    def ended(self) -> Projection:
        """The projection when all educators have come."""
        order = [g.clause for rules in self._versions for g in rules.terms.grants]
        lines: list[Line] = []
        for (key, stage), three in sorted(
            self._sums.items(),
            key=lambda item: (item[0][0][0], order.index(item[0][0][1]), item[0][0][2:], STAGES.index(item[0][1])),
        ):
            if any(three):
                first, clause, currency, unit = key
                low, expected, high = (_figure(q, unit) for q in three)
                lines.append(Line(self._label(first), clause, currency, unit, stage, low, expected, high))
        return Projection(
            agreement=self._terms.id,
            recognizer=self._terms.recognizer,
            title=self._terms.title,
            until=self._until,
            educators=self._educators,
            counts=tuple(
                Count(clause, currency, {stage: stages[stage] for stage in STAGES if stages[stage]})
                for (clause, currency), stages in sorted(
                    self._counts.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
                )
            ),
            lines=tuple(lines),
            unknown=tuple(
                Unknown(clause, currency, stage, count, sentence)
                for (clause, currency, stage, _), (count, sentence) in sorted(
                    self._unknown.items(),
                    key=lambda item: (order.index(item[0][0]), STAGES.index(item[0][2]), item[0][3]),
                )
            ),
            years=tuple(self._years(lines)),
            budget=self._budget,
        )

    def _label(self, first: date) -> str:
        return RecognizerYear(first, self._terms.year.starts).label

    def _years(self, lines: Sequence[Line]) -> Iterator[Year]:
        sums: dict[tuple[str, str], list[Decimal]] = {}
        for line in lines:
            if is_money(line.unit):
                total = sums.setdefault((line.year, line.unit), [Decimal(0)] * 3)
                total[:] = [a + b for a, b in zip(total, (line.low, line.expected, line.high), strict=True)]
        for (year, unit), (low, expected, high) in sums.items():
            yield Year(year, unit, low, expected, high, self._budget)


def _may_rule(rules: Rules) -> Rules:
    """The rules as if they let the projection assume that a held case counts."""
    says = rules.terms.exceptions or Exceptions()
    assumed = says.model_copy(update={"ruling_by": (*(says.ruling_by or ()), _ROLE)})
    return rules.model_copy(update={"terms": rules.terms.model_copy(update={"exceptions": assumed})})


def _gives(made: Decision) -> bool:
    return made.outcome is DecisionOutcome.granted and bool(made.quantity)


def _average(given: Callable[[int], Sums], titles: int, part: Fraction) -> Sums:
    """What so many titles add when each is earned with the chance `part`: the first k of them, by how likely it is that k are."""
    found: Sums = defaultdict(Fraction)
    for k in range(1, titles + 1):
        chance = comb(titles, k) * part**k * (1 - part) ** (titles - k)
        if chance:
            for key, quantity in _less(given(k), given(0)).items():
                found[key] += chance * quantity
    return found


def _less(one: Sums, other: Sums) -> Sums:
    found = {key: one.get(key, Fraction(0)) - other.get(key, Fraction(0)) for key in one.keys() | other.keys()}
    return {key: quantity for key, quantity in found.items() if quantity}


def _figure(quantity: Fraction, unit: str) -> Decimal:
    return tidy(_decimal(quantity, Decimal("0.01")), unit)


def _decimal(exact: Fraction, step: Decimal) -> Decimal:
    """Rounded half up (away from zero) to the step, exactly."""
    parts = exact / Fraction(step)
    whole = Decimal(int(abs(parts) + Fraction(1, 2)))
    return ((whole if parts >= 0 else -whole) * step).quantize(step, rounding=ROUND_HALF_UP)
