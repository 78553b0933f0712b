"""What holds under every agreement that the schema can say, for every history and every order of arrival."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.recognition.claims import claim
from countersign.recognition.core import decide
from countersign.recognition.periods import NoPeriod, period_of
from models.agreement import Rules
from models.records import CaseRecord, Decision, EducatorRecord
from models.words import DecisionOutcome
from tests.recognition.generated import agreements, educators, histories, moments

many = settings(max_examples=50, deadline=None)


def reasons_of(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.reasons}


@given(agreements(), educators(), histories(), moments, st.randoms())
@many
def test_the_order_in_which_anything_comes_does_not_matter(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime, random: Random
) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)
    record = replace(educator, rulings=educator.rulings[::-1], funds=educator.funds[::-1])
    assert decide((rules,), record, shuffled, now) == decide((rules,), educator, cases, now)


@given(agreements(), educators(), histories(), moments)
@many
def test_each_case_is_decided_once_in_each_currency_and_every_decision_says_why(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime
) -> None:
    decisions = decide((rules,), educator, cases, now)
    assert len({(d.case_id, d.currency) for d in decisions}) == len(decisions)
    assert len(decisions) == sum(len(rules.terms.grants) for c in cases if claim((rules,), educator, c))
    for decision in decisions:
        assert decision.reasons
        assert all(r.sentence.strip() and r.sentence.rstrip().endswith((".", "?")) for r in decision.reasons)
        assert decision.quantity >= 0
        if decision.outcome in {DecisionOutcome.held, DecisionOutcome.refused}:
            assert decision.quantity == 0
        if decision.outcome is DecisionOutcome.granted and not decision.quantity:
            assert "counted_with" in reasons_of(decision)


@given(agreements(), educators(), histories(), moments)
@many
def test_no_limit_ever_gives_more_than_it_allows_unless_there_are_funds(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime
) -> None:
    far = now + timedelta(days=20 * 366)  # when everything that was banked has been released
    by_id = {case.case_id: case for case in cases}
    taken: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for decision in decide((rules,), educator, cases, far):
        grant = rules.terms.clause(decision.clause)
        assert grant is not None
        if decision.outcome is not DecisionOutcome.granted or not decision.quantity:
            continue
        if "funds" in reasons_of(decision) or "banked from" in " ".join(r.sentence for r in decision.reasons):
            continue
        made = claim((rules,), educator, by_id[decision.case_id])
        assert made is not None
        for number, cap in enumerate(grant.caps):
            try:
                period = period_of(cap, rules.terms, educator, made.day(cap.counted_by))
            except NoPeriod:
                continue
            if grant.deadline is not None and grant.deadline.late == "next_year":
                continue  # it may count in another period than the one it came in
            key = ("shared", cap.shared) if cap.shared else (decision.clause, number)
            taken[*key, period.first, cap.count or cap.amount] += decision.quantity if cap.amount else 1
    for (*_, limit), quantity in taken.items():
        assert isinstance(limit, int | Decimal)
        assert quantity <= limit


@given(agreements(), educators(), histories(), moments)
@many
def test_what_a_decision_says_of_a_limit_adds_up(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime
) -> None:
    for decision in decide((rules,), educator, cases, now):
        if decision.cap is not None:
            assert decision.cap.before + decision.cap.used == decision.cap.after
            assert decision.cap.after <= decision.cap.limit or "funds" in reasons_of(decision)


@given(agreements(), educators(), histories(), moments)
@many
def test_what_is_gathered_is_given_once_and_nothing_of_it_disappears(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime
) -> None:
    decisions = decide((rules,), educator, cases, now)
    for grant in rules.terms.grants:
        if grant.each is None or grant.caps or grant.each.remainder == "dropped" or educator.rulings:
            continue
        mine = [d for d in decisions if d.clause == grant.clause]
        wholes = sum(d.quantity for d in mine if d.outcome is DecisionOutcome.granted) / grant.each.gives
        assert wholes == wholes.to_integral_value()
        waiting = sum(d.quantity for d in mine if "gathering" in reasons_of(d))
        assert waiting < grant.each.amount or not wholes


@given(agreements(), educators(), histories(), moments, st.integers(0, 1500))
@many
def test_time_alone_releases_what_waits_and_changes_nothing_else(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime, later: int
) -> None:
    before = decide((rules,), educator, cases, now)
    after = decide((rules,), educator, cases, now + timedelta(days=later))
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        if old != new:
            assert old.outcome is DecisionOutcome.banked


@given(agreements(), educators(), histories(), moments)
@many
def test_a_case_that_nobody_can_count_changes_no_other_decision(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime
) -> None:
    strange = CaseRecord(99, "guild", "Something else", now - timedelta(days=9), now - timedelta(days=1))
    without = decide((rules,), educator, cases, now)
    beside = decide((rules,), educator, [*cases, strange], now)
    assert tuple(d for d in beside if d.case_id != 99) == without
