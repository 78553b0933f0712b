"""How far an educator is with what is asked of them, as a state asks 45 hours for renewal: goals grant nothing and decide nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Literal

from countersign.recognition.conditions import months_after
from countersign.recognition.core import by_agreement
from countersign.recognition.wording import amount, listed
from countersign.recognition.years import RecognizerYear, local_day, said
from models.agreement import Agreement, AppliesTo, Goal, Rules
from models.records import Decision, EducatorRecord, Span, Work
from models.text import folded
from models.words import Currency, DecisionOutcome


@dataclass(frozen=True, slots=True)
class Progress:
    """One goal and how far the educator is with it, in its own `unit`.

    `given` is what the granted decisions of all agreements come to between `first` and `until`, `missing` what is left of `amount`,
    never below 0; both are None when `unknown` says why it cannot be told. `until` is None when the roster does not say when the license
    ends. `cases` are those that count. `of_which` is what only the recognizer can judge, as the agreement says it. `notes` are
    sentences on what was not counted, or counted once.
    """

    agreement: str
    recognizer: str
    name: str
    text: str
    currency: Currency
    unit: str
    amount: Decimal
    given: Decimal | None = None
    missing: Decimal | None = None
    first: date | None = None
    until: date | None = None
    cases: tuple[int, ...] = ()
    of_which: str = ""
    unknown: str = ""
    notes: tuple[str, ...] = ()


def progress(
    rules: Sequence[Rules], record: EducatorRecord, decisions: Iterable[Decision], now: datetime
) -> tuple[Progress, ...]:
    """The goals that apply to the educator at `now` (aware), by agreement in the order of the file, with what `decisions`, the live ones
    of all their cases, give toward each. The version of an agreement counts that is in force on that day in its time zone."""
    granted = sorted(
        (d for d in decisions if d.outcome is DecisionOutcome.granted and d.quantity),
        key=lambda d: (d.case_id, d.agreement),
    )
    found: list[Progress] = []
    for versions in by_agreement(rules):
        for terms in (r.terms for r in versions if r.terms.goals):
            today = local_day(now, terms.time_zone)
            if terms.in_force.covers(today) and (fits := _fits(terms.applies_to, record, today)) is not False:
                towards = (_toward(terms, goal, record, granted, today, fits) for goal in terms.goals)
                found += [toward for toward in towards if toward is not None]
    return tuple(found)


def _toward(
    terms: Agreement, goal: Goal, record: EducatorRecord, granted: Sequence[Decision], today: date, fits: str | None
) -> Progress | None:
    """The goal with how far the educator is; None when it is for another level."""
    level, unknown = record.licence.level, fits or ""
    if goal.licence_levels is not None:
        if level and folded(level) not in {folded(one) for one in goal.licence_levels}:
            return None
        if not level:
            unknown = unknown or f"The roster does not say the level of the license; this is for {goal.name}."
    period = _running(terms, goal, record, today)
    if isinstance(period, str):
        unknown, span = unknown or period, None
    else:
        span = period
    asked = Progress(
        agreement=terms.id,
        recognizer=terms.recognizer,
        name=goal.name,
        text=goal.text,
        currency=goal.currency,
        unit=goal.unit,
        amount=goal.amount,
        of_which=goal.of_which or "",
        unknown=unknown,
    )
    if unknown or span is None:
        return asked
    in_currency = [d for d in granted if d.currency is goal.currency]
    mine = [d for d in in_currency if d.effective_on is not None and span.covers(d.effective_on)]
    best: dict[int, Decimal] = {}
    for decision in mine:
        if decision.unit == goal.unit:
            best[decision.case_id] = max(decision.quantity, best.get(decision.case_id, Decimal(0)))
    given = sum(best.values(), Decimal(0))
    return replace(
        asked,
        given=given,
        missing=max(goal.amount - given, Decimal(0)),
        first=span.starts,
        until=span.ends,
        cases=tuple(best),
        notes=tuple(_notes(terms, goal, span, in_currency, mine)),
    )


def _fits(whom: AppliesTo, record: EducatorRecord, today: date) -> str | Literal[False] | None:
    """Whether the agreement speaks of the educator today: None when it does, False when it does not, a sentence when it may, and the
    roster leaves out what would tell."""
    if whom.licence_state is not None and folded(record.licence_state) != folded(whom.licence_state):
        return False
    if whom.members is not None and whom.members != any(span.covers(today) for span in record.memberships):
        return False
    if whom.employer is None and whom.roles is None:
        return None
    answers = [
        _work_fits(whom, work)
        for work in record.employments
        if work.span.covers(today) and (whom.employer is None or folded(work.district) == folded(whom.employer))
    ]
    if None in answers:
        return None
    open_ = [answer for answer in answers if isinstance(answer, str)]
    return open_[0] if open_ else False


def _work_fits(whom: AppliesTo, work: Work) -> str | Literal[False] | None:
    """The same of one employment with the right employer."""
    empty: list[str] = []
    for what, value, wanted in (
        ("role", work.role, whom.roles),
        ("band", work.band, whom.bands),
        ("bargaining unit", work.bargaining_unit, whom.bargaining_units),
    ):
        if wanted is None:
            continue
        if not value:
            empty.append(what)
        elif folded(value) not in {folded(one) for one in wanted}:
            return False
    return f"The roster does not say the educator's {listed(empty)} at {work.district}." if empty else None


def _running(terms: Agreement, goal: Goal, record: EducatorRecord, today: date) -> Span | str:
    """The period that runs today, or a sentence why it is not known."""
    if goal.per == "year":
        year = RecognizerYear.of(today, terms.year.starts)
        return Span(year.first, year.last)
    span = record.licence.period
    if span is None:
        return "The roster does not say from when to when the license runs."
    if not span.covers(today):
        if span.starts > today:
            return (
                f"The license period on the roster begins on {said(span.starts)}; which one runs now is not on record."
            )
        ends = said(span.ends) if span.ends else ""
        return f"The license period on the roster ended on {ends}; which one runs now is not on record."
    return span


def _notes(
    terms: Agreement, goal: Goal, span: Span, in_currency: Sequence[Decision], mine: Sequence[Decision]
) -> Iterable[str]:
    """What a person should know of how it was counted."""
    if goal.per == "licence_period":
        if span.ends is None:
            yield "The roster does not say when the license ends."
        elif goal.years is not None and not _lasts(span, goal.years):
            yield (
                f"The goal speaks of {goal.years} years; the license period on the roster runs from {said(span.starts)} to "
                f"{said(span.ends)}."
            )
    by_case = [list(same) for _, same in groupby((d for d in mine if d.unit == goal.unit), key=lambda d: d.case_id)]
    for same in (found for found in by_case if len(found) > 1):
        yield (
            f"C-{same[0].case_id} is granted by {listed([d.recognizer for d in same])}; it is counted here once, with the "
            "larger figure."
        )
    for unit in sorted({d.unit for d in mine} - {goal.unit}):
        other = amount(sum((d.quantity for d in mine if d.unit == unit), Decimal(0)), unit)
        yield f"{other} granted in the same period: how much toward this goal, {terms.recognizer} has to say."
    if undated := sum(d.effective_on is None for d in in_currency):
        yield f"{undated} granted without a day from which it counts: not counted here."


def _lasts(span: Span, years: int) -> bool:
    """Whether the span is so many whole years; its last day may be written as the first of the next one."""
    next_first = months_after(span.starts, 12 * years)
    return span.ends in (next_first, next_first - timedelta(days=1))


def progress_said(found: Progress) -> str:
    """How far it is, for staff: `Level I: 30 of 45 hours since July 1, 2024; 15 hours missing until June 30, 2027.`"""
    if found.given is None or found.missing is None or found.first is None:
        return (
            f"{found.name}: {amount(found.amount, found.unit)} asked for; how far it is cannot be told. {found.unknown}"
        )
    head = f"{found.name}: {_figure(found.given)} of {amount(found.amount, found.unit)} since {said(found.first)}"
    until = f" until {said(found.until)}" if found.until else ""
    return f"{head}; {f'{amount(found.missing, found.unit)} missing{until}' if found.missing else f'reached{until}'}."


def progress_sentences(found: Sequence[Progress]) -> tuple[str, ...]:
    """How far it is, for the educator: one sentence for each goal, or one for all of an agreement's goals of which it cannot be told
    which holds. What else the educator learned is not known here, so none of them says that something is still to be done."""
    sentences: list[str] = []
    for _, same in groupby(found, key=lambda p: p.agreement):
        goals = list(same)
        sentences += [_to_educator(p) for p in goals if p.given is not None]
        if unknown := [p for p in goals if p.given is None]:
            asked = listed([f"{amount(p.amount, p.unit)} ({p.name})" for p in unknown], "or")
            sentences.append(
                f"{unknown[0].recognizer} asks for {asked}; how far you are cannot be told here: {_inside(unknown[0].unknown)}"
            )
    return tuple(sentences)


def _to_educator(found: Progress) -> str:
    assert found.given is not None
    assert found.missing is not None
    span = f" between {said(found.first)} and {said(found.until)}" if found.first and found.until else ""
    head = (
        f"The micro-credentials on record here give {_figure(found.given)} of the {amount(found.amount, found.unit)} "
        f"that {found.recognizer} asks for ({found.name}){span}"
    )
    rest = (
        f"; {amount(found.missing, found.unit)} are left for other learning or further micro-credentials"
        if found.missing
        else ""
    )
    which = f"; whether {found.of_which}, {found.recognizer} judges" if found.of_which else ""
    return f"{head}{rest}{which}."


def _figure(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _inside(sentence: str) -> str:
    """A sentence behind a colon."""
    return f"{sentence[:1].lower()}{sentence[1:]}"
