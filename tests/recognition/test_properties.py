"""What holds for every educator, every set of cases and every order of arrival, found by trying many."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.recognition.core import decide
from models.agreement import Rules
from models.records import Approval, CaseRecord, Decision, EducatorRecord, Span, Work
from models.words import Currency, DecisionOutcome
from tests.recognition.builders import ALL, TITLES, with_rate

START = datetime(2023, 6, 1, tzinfo=UTC)
Set = tuple[Rules, ...]
SETS: tuple[Set, ...] = (ALL, (with_rate(), *ALL[1:]))

moments = st.integers(0, 4 * 366 * 24).map(lambda hours: START + timedelta(hours=hours))
days = st.dates(date(2023, 1, 1), date(2027, 12, 31))


@st.composite
def cases(draw: st.DrawFn) -> list[CaseRecord]:
    count = draw(st.integers(0, 14))
    made: list[CaseRecord] = []
    for number in range(1, count + 1):
        received = draw(moments)
        made.append(
            CaseRecord(
                case_id=number,
                issuer=draw(st.sampled_from(["nea", "nea", "digital-promise", "guild"])),
                title=draw(st.sampled_from([*TITLES, f"Title {number}"])),
                issued_on=received - timedelta(hours=draw(st.integers(0, 3000))),
                received_at=received,
                log_hours=draw(st.sampled_from([None, Decimal("0"), Decimal("6.5"), Decimal(12)])),
                credit_requested=draw(st.booleans()),
            )
        )
    return made


@st.composite
def educators(draw: st.DrawFn) -> EducatorRecord:
    def work(district: str, first: date, long: int) -> Work:
        return Work(district, "Teacher", Span(first, first + timedelta(days=long) if long else None))

    districts = st.sampled_from(["CUSD 200", "CUSD 200", "Lakeview SD (fictional)"])
    works = st.builds(work, districts, days, st.sampled_from([0, 30, 400]))
    approvals = [Approval("CUSD 200", title, draw(days)) for title in TITLES if draw(st.integers(0, 3))]
    return EducatorRecord(
        1, draw(st.sampled_from(["IL", "VT"])), tuple(draw(st.lists(works, max_size=3))), tuple(approvals)
    )


@given(st.sampled_from(SETS), educators(), cases(), moments, st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_arrival_does_not_matter(
    rules: Set, educator: EducatorRecord, given_cases: list[CaseRecord], now: datetime, random: Random
) -> None:
    shuffled, turned = list(given_cases), list(rules)
    random.shuffle(shuffled)
    random.shuffle(turned)
    record = replace(educator, employments=educator.employments[::-1], approvals=educator.approvals[::-1])
    assert decide(turned, record, shuffled, now) == decide(rules, educator, given_cases, now)


@given(st.sampled_from(SETS), educators(), cases(), moments)
@settings(max_examples=150, deadline=None)
def test_caps_are_never_exceeded_and_no_place_is_given_twice(
    rules: Set, educator: EducatorRecord, given_cases: list[CaseRecord], now: datetime
) -> None:
    decisions: tuple[Decision, ...] = decide(rules, educator, given_cases, now)
    limits = {r.terms.id: g.cap.count for r in rules for g in r.terms.grants if g.cap and g.cap.count}
    taken = Counter((d.agreement, d.period) for d in decisions if d.cap and d.cap.used)
    assert all(count <= limits[agreement] for (agreement, _), count in taken.items())
    places = Counter((d.agreement, d.cap.period, d.cap.after) for d in decisions if d.cap and d.cap.used)
    assert not [place for place, count in places.items() if count > 1]
    for decision in decisions:
        if decision.cap:
            assert decision.cap.before + decision.cap.used == decision.cap.after <= decision.cap.limit


@given(st.sampled_from(SETS), educators(), cases(), moments)
@settings(max_examples=150, deadline=None)
def test_every_decision_says_why_and_only_what_is_granted_or_banked_has_a_quantity(
    rules: Set, educator: EducatorRecord, given_cases: list[CaseRecord], now: datetime
) -> None:
    decisions: tuple[Decision, ...] = decide(rules, educator, given_cases, now)
    assert len({(d.case_id, d.agreement, d.currency) for d in decisions}) == len(decisions)
    by_id = {case.case_id: case for case in given_cases}
    for decision in decisions:
        assert decision.reasons
        assert all(reason.sentence and reason.clause == decision.clause for reason in decision.reasons)
        held_back = decision.outcome in {DecisionOutcome.held, DecisionOutcome.refused}
        assert (decision.quantity == 0) is held_back
        assert (decision.submit_from is not None) is (decision.outcome is DecisionOutcome.banked)
        case = by_id[decision.case_id]
        if decision.outcome is DecisionOutcome.granted:
            assert case.issuer != "guild"
            if decision.agreement == "il-cusd200":
                assert case.title in TITLES
        if decision.currency is Currency.district_pd and decision.quantity:
            assert case.log_hours
            assert decision.quantity == min(case.log_hours, Decimal(8))


@given(st.sampled_from(SETS), educators(), cases(), moments, st.integers(0, 800))
@settings(max_examples=100, deadline=None)
def test_time_alone_only_releases_what_was_banked(
    rules: Set, educator: EducatorRecord, given_cases: list[CaseRecord], now: datetime, later: int
) -> None:
    before = decide(rules, educator, given_cases, now)
    after = decide(rules, educator, given_cases, now + timedelta(days=later))
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        if old != new:
            assert old.outcome is DecisionOutcome.banked
            assert (new.period, new.pay_month) == (old.period, old.pay_month)
            assert old.submit_from is not None
            assert old.submit_from <= (now + timedelta(days=later)).date()
