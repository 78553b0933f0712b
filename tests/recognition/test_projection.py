"""What is still to come: every figure by the decision itself, low, expected and high."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.recognition.core import decide
from countersign.recognition.projection import Line, Plan, Projection, assumptions, project
from countersign.recognition.simulation import Subject
from models.agreement import Rules
from models.records import Approval, CaseRecord, EducatorRecord, Ruling, RulingKind
from models.words import Currency, DecisionOutcome
from tests.recognition.builders import (
    CUSD,
    LAKEVIEW,
    TITLES,
    VERMONT,
    case,
    changed,
    chicago,
    lakeviewer,
    of,
    teacher,
    with_rate,
)
from tests.recognition.generated import agreements, educators, histories, moments

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
WINTER = datetime(2025, 1, 15, 12, tzinfo=UTC)


def approved(count: int, recognizer: str = LAKEVIEW.terms.recognizer) -> EducatorRecord:
    approvals = tuple(Approval(recognizer, TITLES[n], date(2026, 7, 1 + n)) for n in range(count))
    return replace(lakeviewer(), approvals=approvals)


def projected(
    rules: Rules, record: EducatorRecord, cases: Sequence[CaseRecord] = (), now: datetime = NOW, **plan: Any
) -> Projection:
    (found,) = project([rules], [Subject(record, tuple(cases))], Plan(now, **plan))
    return found


def three(line: Line) -> list[str]:
    return [str(figure) for figure in (line.low, line.expected, line.high)]


def stage(found: Projection, name: str, currency: Currency = Currency.pay) -> list[Line]:
    return [line for line in found.lines if line.stage == name and line.currency is currency]


def count(found: Projection, name: str, currency: Currency = Currency.pay) -> int:
    return sum(c.stages.get(name, 0) for c in found.counts if c.currency is currency)


def test_two_approved_titles_by_the_first_pass_rate() -> None:
    found = projected(LAKEVIEW, approved(2))
    (line,) = found.lines
    assert (line.stage, line.clause, line.unit, line.year) == ("pre-approved", "Stipend", "USD", "2026-27")
    assert three(line) == ["160.00", "256.00", "400.00"]  # 2 × 200 × 40, 64 and 100 percent
    assert (found.educators, count(found, "pre-approved")) == (1, 2)


def within_three(titles: int, part: Fraction) -> Decimal:
    """What a limit of three leaves on average, by going through every way in which the titles can be earned or not."""
    total = Fraction(0)
    for earned in product((True, False), repeat=titles):
        chance = Fraction(1)
        for one in earned:
            chance *= part if one else 1 - part
        total += chance * 200 * min(3, sum(earned))
    return (Decimal(total.numerator) / total.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(st.integers(0, 7), st.sampled_from(["0", "0.25", "0.4", "0.9", "1"]))
@settings(max_examples=25, deadline=None)
def test_averages_are_those_of_every_way_it_can_come_out_and_never_above_the_limit(titles: int, rate: str) -> None:
    found = projected(LAKEVIEW, approved(titles), first_pass=Decimal(rate))
    part = Fraction(rate)
    wanted = within_three(titles, part), within_three(titles, 1 - (1 - part) ** 2), within_three(titles, Fraction(1))
    (line,) = found.lines or (None,)
    assert ((line.low, line.expected, line.high) if line else (0, 0, 0)) == wanted


def test_what_was_granted_this_year_takes_its_places_under_the_limit() -> None:
    cases = [case(10 + n, chicago(f"2026-08-0{n} 10:00"), f"Other {n}") for n in (1, 2)]
    found = projected(LAKEVIEW, approved(4), cases)
    (granted,), (coming,) = stage(found, "granted"), stage(found, "pre-approved")
    assert three(granted) == ["400.00"] * 3
    assert coming.high == 200
    (year,) = found.years
    assert (year.unit, year.high) == ("USD", 600)


def test_what_was_granted_in_years_that_are_over_is_no_part_of_it() -> None:
    found = projected(LAKEVIEW, lakeviewer(), [case(1, chicago("2026-08-01 10:00"))], datetime(2027, 8, 1, tzinfo=UTC))
    assert found.lines == ()


def test_a_title_that_has_come_in_another_spelling_is_not_still_to_come() -> None:
    found = projected(LAKEVIEW, approved(1), [case(1, chicago("2026-08-01 10:00"), TITLES[0].upper() + " ")])
    assert count(found, "pre-approved") == 0


def test_only_the_recognizers_own_approvals_count_where_it_asks_for_them() -> None:
    assert count(projected(CUSD, teacher(TITLES[:2])), "pre-approved") == 2
    other = replace(teacher(()), approvals=(Approval("Another SD", TITLES[0], date(2026, 7, 1)),))
    assert count(projected(CUSD, other), "pre-approved") == 0


def test_what_is_banked_comes_in_its_year_at_its_rate() -> None:
    cases = [case(n, chicago(f"2024-08-15 10:0{n}")) for n in range(1, 8)]
    found = projected(with_rate(), teacher(), cases, WINTER)
    (banked,) = stage(found, "banked")
    assert (banked.year, three(banked)) == ("2025-26", ["500.00"] * 3)
    assert count(found, "banked") == 2
    assert stage(found, "granted")[0].high == 5 * 250


def test_what_is_banked_beyond_the_last_day_is_not_in_it() -> None:
    cases = [case(n, chicago(f"2024-08-15 10:0{n}")) for n in range(1, 8)]
    found = projected(with_rate(), teacher(), cases, WINTER, until=date(2025, 6, 30))
    assert stage(found, "banked") == []


def test_a_rate_that_the_agreement_does_not_state_is_not_known() -> None:
    cases = [case(n, chicago(f"2024-08-15 10:0{n}")) for n in range(1, 8)]
    found = projected(CUSD, teacher(TITLES[:7]), cases, WINTER)
    assert found.years == ()
    assert stage(found, "granted") == stage(found, "banked") == stage(found, "in progress") == []
    unknown = [(u.stage, u.count) for u in found.unknown if u.currency is Currency.pay]
    assert unknown == [("banked", 2), ("in progress", 5)]
    assert all("The agreement states no figure for this clause" in u.sentence for u in found.unknown)


def test_what_waits_for_the_educator_comes_in_the_expected_figure() -> None:
    found = projected(with_rate(), teacher(()), [case(1, chicago("2024-08-15 10:00"))], WINTER)
    (line,) = stage(found, "in progress")
    assert three(line) == ["0.00", "250.00", "250.00"]
    assert count(found, "in progress") == 1


def test_what_waits_for_a_ruling_comes_in_the_high_figure_only() -> None:
    found = projected(with_rate(), teacher(), [case(1, chicago("2024-10-02 10:00"))], WINTER)
    (line,) = stage(found, "in progress")
    assert three(line) == ["0.00", "0.00", "250.00"]


def test_what_somebody_has_ruled_on_waits_for_something_else() -> None:
    terms = CUSD.terms.model_dump(by_alias=True, exclude_none=True) | {"exceptions": {"ruling_by": ["HR"]}}
    rules = CUSD.model_copy(update={"terms": type(CUSD.terms).model_validate(terms)})
    ruling = Ruling(1, "il-cusd200", RulingKind.counts, "HR", "Kim Example", "Late by mail.", date(2024, 10, 5))
    record = replace(teacher(TITLES[:1]), rulings=(ruling,))
    found = projected(rules, record, [case(1, chicago("2024-10-02 10:00"))], WINTER)
    assert [(u.count, u.stage) for u in found.unknown if u.currency is Currency.pay] == [(1, "in progress")]


def test_hours_that_a_log_has_to_show_are_not_known_before_it_does() -> None:
    found = projected(CUSD, teacher(TITLES[:3]), now=WINTER)
    assert stage(found, "pre-approved", Currency.district_pd) == []
    (hours,) = [u for u in found.unknown if u.currency is Currency.district_pd]
    assert (hours.stage, hours.count) == ("pre-approved", 3)
    assert hours.sentence.startswith("No log of hours came with it")


def test_a_whole_that_is_gathered_needs_as_many_as_make_it() -> None:
    half = {
        "value": {"flat": Decimal(100), "unit": "USD"},
        "each": {"amount": 200, "gives": 500, "unit": "USD", "remainder": "kept"},
    }
    found = projected(changed(LAKEVIEW, pay={**half, "cap": []}), approved(2))
    (line,) = found.lines
    assert three(line) == ["80.00", "204.80", "500.00"]  # 500 × 0.4², 0.64² and 1


def test_the_day_assumed_is_the_one_that_limits_and_deadlines_look_at() -> None:
    assert stage(projected(with_rate(), teacher(TITLES[:1]), now=WINTER), "pre-approved") == []  # after October 1
    found = projected(with_rate(), teacher(TITLES[:1]), now=WINTER, submitted_on=date(2025, 7, 15))
    (line,) = stage(found, "pre-approved")
    assert (line.year, line.high) == ("2025-26", 250)


def test_everybody_passes_at_once_where_the_rate_is_one() -> None:
    (line,) = projected(LAKEVIEW, approved(2), first_pass=Decimal(1)).lines
    assert three(line) == ["400.00"] * 3


def test_a_budget_is_for_a_year_and_says_what_is_left() -> None:
    found = projected(LAKEVIEW, approved(2), budgets={"demo-lakeview": Decimal(300)})
    (year,) = found.years
    assert [str(left) for left in year.left or ()] == ["140.00", "44.00", "-100.00"]
    assert projected(LAKEVIEW, approved(2)).years[0].left is None


def test_the_assumptions_say_the_rate_with_its_source_and_what_the_figures_mean() -> None:
    said = " ".join(assumptions(Plan(NOW)))
    for words in (
        "40 percent are awarded at the first submission (Vermont-NEA",
        "so 64 percent are earned",
        "High: everybody",
    ):
        assert words in said
    assert "50 percent are awarded at the first submission (as given with --first-pass)" in " ".join(
        assumptions(Plan(NOW, first_pass=Decimal("0.5")))
    )


@given(agreements(), educators(), histories(), moments)
@settings(max_examples=40, deadline=None)
def test_under_any_agreement_what_is_granted_or_banked_is_certain_and_never_more_than_the_decision_gives(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime
) -> None:
    found = projected(rules, replace(educator, approvals=()), cases, now)
    assert all(line.stage != "pre-approved" for line in found.lines)
    granted = sum((line.high for line in found.lines if line.stage == "granted"), Decimal(0))
    decisions = decide([rules], replace(educator, approvals=()), cases, now)
    assert granted <= sum((d.quantity for d in decisions if d.outcome is DecisionOutcome.granted), Decimal(0))
    assert all(line.low == line.expected == line.high for line in found.lines if line.stage in ("granted", "banked"))


def test_a_ruling_lets_college_credit_count_while_its_fee_is_not_known() -> None:
    terms = VERMONT.terms.model_dump(by_alias=True, exclude_none=True) | {"exceptions": {"ruling_by": ["Staff"]}}
    rules = VERMONT.model_copy(update={"terms": type(VERMONT.terms).model_validate(terms)})
    ruling = Ruling(1, VERMONT.terms.id, RulingKind.counts, "Staff", "Kim Example", "Agreed.", date(2024, 10, 5))
    record = EducatorRecord(1, "VT", rulings=(ruling,))
    asked = case(1, chicago("2024-09-01 10:00"), credit=True)
    decision = of(decide([rules], record, [asked], WINTER), 1, Currency.graduate_credit)
    assert decision.outcome is DecisionOutcome.granted
    sentences = [r.sentence for r in decision.reasons if r.code == "fee"]
    assert sentences == [
        "What the fee of Castleton University (since merged into Vermont State University) is on September 1, 2024 is not known."
    ]


@pytest.mark.parametrize("stage_name", ["granted", "banked", "in progress"])
def test_an_educator_without_anything_adds_nothing(stage_name: str) -> None:
    found = projected(LAKEVIEW, lakeviewer())
    assert (found.educators, count(found, stage_name), found.lines) == (0, 0, ())
