"""What a changed agreement would have done: the same cases decided twice, before and after, and what differs. Nothing is read or written.

Educators come one at a time and are let go: what is kept are sums, and the first so many of the cases that change.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from countersign.recognition.claims import DATES_SAID, claim
from countersign.recognition.core import decide
from countersign.recognition.files import meet
from countersign.recognition.wording import CURRENCY_SAID, amount
from countersign.recognition.years import local_day, month_said, said
from models.agreement import DateName, InForce, Rules, is_money
from models.records import CaseRecord, Decision, EducatorRecord, Reason, Span
from models.words import Currency, DecisionOutcome

LISTED = 50
"""How many of the cases that change are listed unless somebody asks for another number."""

ONE_DAY = timedelta(days=1)
CENT = Decimal("0.01")

_SAID_WITHOUT_NAMES = {
    "ruling": "A recorded ruling decided it.",
    "funds": "It is over the limit; the recognizer said that there are funds.",
    "no_funds": "The limit is reached, and the recognizer said that there are no funds for more.",
    "log_problem": "The log of hours that came with it cannot be used.",
    "paid_elsewhere": "Somebody else has paid for it too.",
}
"""Reasons whose own sentence can hold the name of a person or of a person's file."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One educator with their cases; `name` is empty unless names were asked for."""

    record: EducatorRecord
    cases: tuple[CaseRecord, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """How many decisions there are of each outcome, and what was granted: a sum for each unit. `counted` are granted with nothing of their
    own: they went into what another one gives (a set, a whole that was gathered), and are not in `granted`."""

    granted: int = 0
    banked: int = 0
    held: int = 0
    refused: int = 0
    counted: int = 0
    given: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One clause before and after."""

    agreement: str
    recognizer: str
    clause: str
    currency: Currency
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class TotalLine:
    """Everything granted in one currency and unit."""

    currency: Currency
    unit: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Change:
    """One decision that changes: what it was, what it would be, and why, each as a person reads it. `educator` is the name, if asked for."""

    case: str
    educator: str
    title: str
    agreement: str
    currency: Currency
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """The comparison. `gain`, `lose`, `both` and `stay` count educators with cases in the span: those granted more of something and less
    of nothing, the reverse, more of one and less of another, and the same. `changed` counts decisions, `changes` lists the first of them."""

    agreement: str
    recognizer: str
    title: str
    file: str
    span: Span
    assumptions: tuple[str, ...]
    educators: int
    cases: int
    gain: int
    lose: int
    both: int
    stay: int
    clauses: tuple[ClauseLine, ...]
    totals: tuple[TotalLine, ...]
    changed: int
    changes: tuple[Change, ...]


def simulate(
    rules: Sequence[Rules],
    new: Rules,
    span: Span,
    subjects: Iterable[Subject],
    now: datetime,
    listed: int = LISTED,
    zone: str = "",
) -> Simulation:
    """The decisions on every case of the span under `rules`, and under them with `new` in its place.

    A case lies in the span by the date that `new` goes by (`in_force.by`), in its time zone. All of an educator's cases are decided, so
    that limits and banks hold; those of the span are compared. `now` decides whether what is banked has been released;
    `zone` is the time zone in which its day is said (default: that of `new`).
    """
    after_rules = in_place(rules, new, span)
    changed_only = [r for r in after_rules if r.terms.id == new.terms.id]
    found = _Comparison(listed)
    for subject in subjects:
        mine = frozenset(case.case_id for case in subject.cases if in_span(new, subject.record, case, span))
        if mine:
            before = decide(rules, subject.record, subject.cases, now)
            others = [d for d in before if d.agreement != new.terms.id]  # agreements know nothing of each other
            after = [*others, *decide(changed_only, subject.record, subject.cases, now)]
            found.add(subject, mine, before, after)
    return Simulation(
        agreement=new.terms.id,
        recognizer=new.terms.recognizer,
        title=new.terms.title,
        file=new.file,
        span=span,
        assumptions=tuple(_assumptions(rules, new, span, local_day(now, zone or new.terms.time_zone))),
        educators=found.educators,
        cases=found.cases,
        gain=found.moves["gain"],
        lose=found.moves["lose"],
        both=found.moves["both"],
        stay=found.moves["stay"],
        clauses=found.clauses((*rules, *after_rules)),
        totals=found.totals(),
        changed=found.changed,
        changes=tuple(found.changes),
    )


def in_place(rules: Sequence[Rules], new: Rules, span: Span) -> tuple[Rules, ...]:
    """The agreements with `new` among them, in place of those of its id on the days on which it is in force.

    An earlier version of the same id keeps its days before those, a later one its days after. A file that is in force on no day of the
    span is taken as in force over all of it, so that a proposal can be tried on a year that is over.
    """
    new = _over(new, span) if _is_outside(new, span) else new
    first, last = new.terms.in_force.from_, new.terms.in_force.until
    kept: list[Rules] = []
    for one in rules:
        force = one.terms.in_force
        if one.terms.id != new.terms.id:
            kept.append(one)
        elif force.from_ < first:
            kept.append(_dated(one, force.from_, min(force.until or date.max, first - ONE_DAY)))
        elif force.from_ > first and last is not None and (force.until is None or force.until > last):
            kept.append(_dated(one, max(force.from_, last + ONE_DAY), force.until))
    return (*kept, new)


def in_span(new: Rules, record: EducatorRecord, case: CaseRecord, span: Span) -> bool:
    """Whether the date of the case that `new` goes by lies in the span. What bears no such date goes by its submission."""
    by, zone = new.terms.in_force.by, new.terms.time_zone
    if by is DateName.earned:
        return span.covers(local_day(case.issued_on, zone))
    if by is DateName.submitted:
        return span.covers(local_day(case.received_at, zone))
    made = claim((_dated(new, date.min, None),), record, case)
    return span.covers(made.day(by) if made else local_day(case.received_at, zone))


def _is_outside(new: Rules, span: Span) -> bool:
    force = new.terms.in_force
    return not meet(force.from_, force.until, span.starts, span.ends)


def _over(new: Rules, span: Span) -> Rules:
    force = new.terms.in_force
    until = None if force.until is None or span.ends is None else max(force.until, span.ends)
    return _dated(new, min(force.from_, span.starts), until)


def _dated(rules: Rules, first: date, last: date | None) -> Rules:
    force = rules.terms.in_force
    dated = InForce.model_validate(
        {"from": first, "until": last, "by": force.by.value, "keep_higher": force.keep_higher}
    )
    return rules.model_copy(update={"terms": rules.terms.model_copy(update={"in_force": dated})})


def _assumptions(rules: Sequence[Rules], new: Rules, span: Span, today: date) -> Iterable[str]:
    by, force = new.terms.in_force.by, new.terms.in_force
    same = [r.file for r in rules if r.terms.id == new.terms.id]
    if same:
        yield f"{new.file} stands in place of {', '.join(same)} ({new.terms.id}); every other agreement stays as it is."
    else:
        yield f"{new.file} ({new.terms.id}) is new and stands beside the agreements in force."
    yield (
        f"Compared are the cases {DATES_SAID[by]} from {said(span.starts)} to {said(span.ends or date.max)}, the date that the new file "
        f"goes by, in its time zone ({new.terms.time_zone})."
    )
    until = f" until {said(force.until)}" if force.until else " on"
    if _is_outside(new, span):
        yield (
            f"The new file is in force from {said(force.from_)}{until}, on no day of the span: it is taken as if it had been in force "
            "over all of it. Days that it names itself (fees, fixed dates, its approved list) stay as they are."
        )
    elif force.from_ > span.starts or (force.until and span.ends and force.until < span.ends):
        yield (
            f"The new file is in force from {said(force.from_)}{until}: on the other days of the span nothing changes."
            if same
            else f"The new file is in force from {said(force.from_)}{until}: on the other days of the span it says nothing."
        )
    yield (
        f"Both are decided as of {said(today)}, with what is known today; what was banked and has been "
        "released since is counted as granted. Nothing was written."
    )


class _Comparison:
    """The sums so far."""

    def __init__(self, listed: int) -> None:
        self.educators = self.cases = self.changed = 0
        self.moves: Counter[str] = Counter()
        self.changes: list[Change] = []
        self._listed = listed
        self._outcomes: tuple[Counter[Any], Counter[Any]] = (Counter(), Counter())
        self._given: tuple[dict[Any, Decimal], dict[Any, Decimal]] = (defaultdict(Decimal), defaultdict(Decimal))

    def add(
        self, subject: Subject, mine: frozenset[int], before: Iterable[Decision], after: Iterable[Decision]
    ) -> None:
        self.educators += 1
        self.cases += len(mine)
        sides = [{_key(d): d for d in decisions if d.case_id in mine} for decisions in (before, after)]
        given = [self._count(number, side.values()) for number, side in enumerate(sides)]
        self.moves[_move(*given)] += 1
        for key in sorted(sides[0].keys() | sides[1].keys()):
            was, would = sides[0].get(key), sides[1].get(key)
            if _what(was) != _what(would):
                self.changed += 1
                if len(self.changes) < self._listed:
                    self.changes.append(_change(subject, was, would))

    def _count(self, number: int, decisions: Iterable[Decision]) -> Mapping[tuple[Currency, str], Decimal]:
        mine: dict[tuple[Currency, str], Decimal] = defaultdict(Decimal)
        for made in decisions:
            clause = made.agreement, made.clause, made.currency
            gives = made.outcome is DecisionOutcome.granted and made.quantity
            counted = made.outcome is DecisionOutcome.granted and not gives
            self._outcomes[number][(*clause, "counted" if counted else made.outcome.value)] += 1
            if gives:
                self._given[number][(*clause, made.unit)] += made.quantity
                mine[made.currency, made.unit] += made.quantity
        return mine

    def clauses(self, rules: Sequence[Rules]) -> tuple[ClauseLine, ...]:
        """The clauses that say anything, in the order of the files."""
        lines: dict[tuple[str, str, Currency], ClauseLine] = {}
        for terms in (r.terms for r in sorted(rules, key=lambda r: r.terms.id)):
            for grant in terms.grants:
                key = terms.id, grant.clause, grant.currency
                before, after = self._side(0, key), self._side(1, key)
                if before != Side() or after != Side():
                    lines.setdefault(key, ClauseLine(terms.id, terms.recognizer, *key[1:], before, after))
        return tuple(lines.values())

    def _side(self, number: int, key: tuple[str, str, Currency]) -> Side:
        counts = {name: self._outcomes[number][(*key, name)] for name in (*DecisionOutcome, "counted")}
        units = sorted(unit for *clause, unit in self._given[number] if tuple(clause) == key)
        return Side(**counts, given={unit: tidy(self._given[number][(*key, unit)], unit) for unit in units})

    def totals(self) -> tuple[TotalLine, ...]:
        sums: dict[tuple[Currency, str], list[Decimal]] = {}
        for number, given in enumerate(self._given):
            for (_, _, currency, unit), quantity in given.items():
                sums.setdefault((currency, unit), [Decimal(0), Decimal(0)])[number] += quantity
        order = list(Currency)
        keys = sorted(sums, key=lambda key: (not is_money(key[1]), order.index(key[0]), key[1]))
        return tuple(TotalLine(c, u, *(tidy(q, u) for q in sums[c, u])) for c, u in keys)


def tidy(quantity: Decimal, unit: str) -> Decimal:
    """The same quantity, money with its cents and all else without zeros at the end."""
    if is_money(unit) and quantity == round(quantity, 2):
        return quantity.quantize(CENT)
    return Decimal(f"{quantity.normalize():f}")


def _key(made: Decision) -> tuple[int, str, str]:
    return made.case_id, made.agreement, made.currency.value


def _what(made: Decision | None) -> tuple[Any, ...] | None:
    """What counts as the same decision: a clause that only bears another name, or another reason to hold, changes nothing."""
    if made is None:
        return None
    match made.outcome:
        case DecisionOutcome.granted:
            return made.outcome, made.quantity, made.unit, made.pay_month, made.effective_on
        case DecisionOutcome.banked:
            return made.outcome, made.submit_from, made.pay_month
        case _:
            return (made.outcome,)


def _move(before: Mapping[Any, Decimal], after: Mapping[Any, Decimal]) -> str:
    steps = [after.get(key, Decimal(0)) - before.get(key, Decimal(0)) for key in before.keys() | after.keys()]
    more, less = any(step > 0 for step in steps), any(step < 0 for step in steps)
    return "both" if more and less else "gain" if more else "lose" if less else "stay"


def _change(subject: Subject, was: Decision | None, would: Decision | None) -> Change:
    made = would or was
    if made is None:
        raise ValueError("a change needs a decision on one side")
    return Change(
        case=f"C-{made.case_id}",
        educator=subject.name,
        title=next(case.title for case in subject.cases if case.case_id == made.case_id),
        agreement=made.agreement,
        currency=made.currency,
        before=_decided(was),
        after=_decided(would),
        why=_why(would, subject) if would else f"The new file says nothing of it in {CURRENCY_SAID[made.currency]}.",
    )


def _why(made: Decision, subject: Subject) -> str:
    first = made.reasons[0]
    return first.sentence if subject.name else sentence_without_names(first)


def _decided(made: Decision | None) -> str:
    if made is None:
        return "nothing"
    match made.outcome:
        case DecisionOutcome.granted:
            what = f"granted {amount(made.quantity, made.unit)}" if made.quantity else "counted with another one"
            when = "paid" if is_money(made.unit) else "processed"
            paid = f", {when} in {month_said(date.fromisoformat(f'{made.pay_month}-01'))}" if made.pay_month else ""
            return f"{what}{paid}"
        case DecisionOutcome.banked:
            return f"banked until {said(made.submit_from)}" if made.submit_from else "kept for the next whole"
        case _:
            return made.outcome.value


def sentence_without_names(reason: Reason) -> str:
    """What the reason says; where that can hold the name of a person or of a person's file, said without it."""
    return _SAID_WITHOUT_NAMES.get(reason.code, reason.sentence)
