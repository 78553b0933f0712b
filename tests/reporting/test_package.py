"""The pure core: which transaction a line is, whom it may show, what HR is told to look at, and totals that agree."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.errors import CountersignError
from countersign.reporting.columns import tables
from countersign.reporting.facts import (
    LineFact,
    Opening,
    PackageFacts,
    Reported,
    Transaction,
)
from countersign.reporting.package import Totals, build_package, check, form_of
from countersign.reporting.sheets import check_csv, csv_bytes, read_csv
from tests.reporting.values import AWARD, TERMS, WORK, facts, held, line, working


def test_a_line_of_this_month_is_new_and_asks_for_no_attention() -> None:
    (made,) = build_package(facts(line())).lines
    assert (made.transaction, made.line, made.changes_line, made.attention) == (
        Transaction.new,
        "2026-10-000001",
        "",
        "",
    )


def test_a_line_of_a_closed_month_that_came_late_is_retro_and_names_that_month() -> None:
    (made,) = build_package(facts(line(pay_month="2026-09"), closed_months=frozenset({"2026-09"}))).lines
    assert (made.transaction, made.changes_month) == (Transaction.retro, "2026-09")
    assert made.attention == "Belongs to September 2026, which was closed before the line arrived."


def test_a_line_of_a_month_that_was_never_closed_is_retro_and_says_so() -> None:
    (made,) = build_package(facts(line(pay_month="2026-09"))).lines
    assert made.attention == "Belongs to September 2026, for which no package was closed."


def test_a_reversal_names_the_line_it_changes_and_is_only_proposed() -> None:
    earlier = {1: Reported("2026-09-000001", "2026-09")}
    (made,) = build_package(facts(line(2, "-8", reverses=1), reported=earlier)).lines
    assert (made.transaction, made.changes_line, made.changes_month) == (
        Transaction.reversal,
        "2026-09-000001",
        "2026-09",
    )
    assert "HR's decision" in made.attention
    assert made.count == -1


@pytest.mark.parametrize("beside", [(), (line(1),)])
def test_a_reversal_of_something_hr_was_never_given_stops_the_package(beside: tuple[LineFact, ...]) -> None:
    with pytest.raises(CountersignError, match="takes back line 1, which HR was never given"):
        build_package(facts(*beside, line(2, "-8", reverses=1)))


def test_a_new_grant_after_a_reported_one_is_an_adjustment_of_its_line() -> None:
    earlier = {1: Reported("2026-09-000001", "2026-09")}
    contents = build_package(facts(line(2, "-8", reverses=1), line(3, "6", follows=1), reported=earlier))
    made = contents.lines[1]
    assert (made.transaction, made.changes_line) == (Transaction.adjust, "2026-09-000001")
    (balance,) = contents.totals.balances
    assert (balance.new, balance.adjustments, balance.reversals) == (0, 6, 8)


@pytest.mark.parametrize(
    ("ends", "flagged"),
    [(date(2026, 9, 30), True), (date(2026, 10, 1), False), (date(2026, 10, 31), False), (None, False)],
)
def test_somebody_who_left_before_the_pay_month_is_flagged_and_somebody_who_worked_a_day_of_it_is_not(
    ends: date | None, flagged: bool
) -> None:
    (made,) = build_package(facts(line(award=working(replace(WORK, ends=ends))))).lines
    assert made.attention == ("No longer employed here in October 2026: HR decides." if flagged else "")
    assert made.employee_id == "00417"


def test_the_employment_shown_is_the_one_on_the_day_of_submission() -> None:
    before = replace(WORK, employee_id="1", ends=date(2026, 9, 19))
    after = replace(WORK, employee_id="2", starts=date(2026, 9, 20))
    (made,) = build_package(facts(line(award=working(after, before)))).lines
    assert made.employee_id == "2"


def test_nobody_without_an_employment_on_that_day_is_given_somebody_elses_number() -> None:
    later = replace(WORK, starts=date(2026, 9, 21))
    (made,) = build_package(facts(line(award=working(later)))).lines
    assert made.employee_id == ""
    assert made.attention == "The roster has no employment here on the day of submission, 2026-09-20."


def test_a_number_that_looks_like_a_social_security_number_is_never_shown() -> None:
    contents = build_package(facts(line(award=working(replace(WORK, employee_id="123-45-6789")))))
    assert contents.lines[0].employee_id == ""
    assert "looks like a social security number" in contents.lines[0].attention
    assert not any(b"123-45-6789" in csv_bytes(table) for table in tables(contents))


def test_a_version_no_longer_on_file_is_told() -> None:
    (made,) = build_package(facts(line(terms=replace(TERMS, version_on_file=False)))).lines
    assert made.attention == "Decided under version cccccccccccc of the agreement, which is no longer on file."


def test_an_amount_that_is_not_whole_cents_is_told_and_not_rounded() -> None:
    pay = replace(TERMS, currency="pay")
    contents = build_package(facts(line(quantity="33.3333", unit="USD", terms=pay)))
    assert "not whole cents" in contents.lines[0].attention
    assert contents.totals.balances[0].closing == Decimal("33.3333")


def test_money_is_split_into_a_count_a_rate_and_an_amount_that_multiply() -> None:
    pay = replace(TERMS, currency="pay")
    earlier = {3: Reported("2026-09-000003", "2026-09")}
    lines = line(1, "200", "USD", terms=pay), line(4, "-200", "USD", terms=pay, reverses=3)
    contents = build_package(facts(*lines, reported=earlier))
    rows = read_csv(csv_bytes(tables(contents)[0]))
    assert [(r["quantity"], r["rate"], r["amount"], r["unit"]) for r in rows] == [
        ("1", "200.00", "200.00", "USD"),
        ("-1", "200.00", "-200.00", "USD"),
    ]


def test_hours_and_money_stand_in_their_own_files_and_corrections_are_repeated_in_adjustments() -> None:
    pay = replace(TERMS, currency="pay")
    contents = build_package(facts(line(1), line(2, "200", "USD", terms=pay, pay_month="2026-08")))
    made = {t.file: [r["line"] for r in read_csv(csv_bytes(t))] for t in tables(contents)}
    assert made == {
        "compensation.csv": ["2026-10-000002"],
        "pd_hours.csv": ["2026-10-000001"],
        "adjustments.csv": ["2026-10-000002"],
        "held.csv": [],
    }


def test_forms_are_said_without_deciding_for_the_district_what_kind_of_pay_it_is() -> None:
    assert [form_of("pay", "USD"), form_of("district_pd", "hour"), form_of("in_lieu_of_pd", "hour")] == [
        "fixed amount",
        "PD hours",
        "hours (in lieu of pd)",
    ]


def test_lines_come_by_family_name_whatever_order_they_were_posted_in() -> None:
    other = replace(AWARD, educator=2, name="Zoe Adams", sort_name=("Adams", "Zoe", ""))
    assert [made.line for made in build_package(facts(line(1), line(2, award=other))).lines] == [
        "2026-10-000002",
        "2026-10-000001",
    ]


def test_the_held_list_shows_only_people_of_the_district_at_submission_or_in_the_month() -> None:
    gone = replace(WORK, ends=date(2026, 9, 19))
    joined = replace(WORK, starts=date(2026, 10, 31))
    contents = build_package(facts(held=(held(1, WORK), held(2), held(3, gone), held(4, joined, outcome="banked"))))
    assert [h.fact.decision for h in contents.held] == [1, 4]
    assert (contents.totals.held, contents.totals.banked) == (1, 1)


def test_what_earlier_packages_came_to_is_carried_even_when_nothing_moves() -> None:
    totals = build_package(facts(opening=(Opening("PD hours", "hour", Decimal("16.5")),))).totals
    assert [(b.opening, b.closing, b.lines) for b in totals.balances] == [(Decimal("16.5"), Decimal("16.5"), 0)]
    assert totals.lines == 0


def test_totals_that_do_not_agree_are_refused() -> None:
    made = facts(line())
    totals = build_package(made).totals
    wrong = replace(totals, balances=tuple(replace(b, closing=b.closing + 1) for b in totals.balances))
    with pytest.raises(CountersignError, match=r"control totals of PD hours do not agree \(9 against 8 hour\)"):
        check(made, wrong)
    with pytest.raises(CountersignError, match="missing or doubled"):
        check(made, replace(totals, lines=2))


def test_files_that_do_not_add_up_to_the_totals_are_refused() -> None:
    contents = build_package(facts(line()))
    files = {t.file: csv_bytes(t) for t in tables(contents)}
    files["pd_hours.csv"] = files["pd_hours.csv"].replace(b'"8"', b'"9"')
    with pytest.raises(CountersignError, match="do not add up"):
        check_csv(files, contents.totals, what="CUSD 200, October 2026")


FIGURES = st.decimals(min_value="0.0001", max_value="100000", places=4)
KINDS = st.sampled_from(
    [("hour", "district_pd"), ("USD", "pay"), ("credit", "graduate_credit"), ("hour", "in_lieu_of_pd")]
)
TITLES = st.text(max_size=30)


@st.composite
def months_of_lines(draw: st.DrawFn) -> PackageFacts:
    """Grants of this and earlier months, some reported before, some taken back, some granted anew."""
    made: list[LineFact] = []
    reported: dict[int, Reported] = {}
    for number in range(draw(st.integers(0, 12))):
        unit, currency = draw(KINDS)
        quantity, base = draw(FIGURES), 3 * number + 1
        award = replace(AWARD, case=number, educator=draw(st.integers(1, 4)), title=draw(TITLES), name=draw(TITLES))
        terms = replace(TERMS, currency=currency)
        grant = line(base, str(quantity), unit, draw(st.sampled_from(["2026-08", "2026-10"])), award=award, terms=terms)
        if draw(st.booleans()):
            made.append(grant)
            continue
        reported[base] = Reported(f"2026-09-{base:06d}", "2026-09")
        if draw(st.booleans()):
            made.append(replace(grant, posting=base + 1, quantity=-quantity, reverses=base))
            if draw(st.booleans()):
                made.append(replace(grant, posting=base + 2, quantity=draw(FIGURES), follows=base))
    opening = (Opening("PD hours", "hour", draw(FIGURES)),) if draw(st.booleans()) else ()
    return facts(*draw(st.permutations(made)), reported=reported, opening=opening)


def total(lines: Sequence[LineFact]) -> Decimal:
    return sum((fact.quantity for fact in lines), Decimal(0))


@given(months_of_lines())
def test_opening_and_what_moved_are_always_closing_and_the_files_always_add_up(month: PackageFacts) -> None:
    contents = build_package(month)
    for b in contents.totals.balances:
        assert b.opening + b.new + b.adjustments - b.reversals == b.closing
        assert min(b.new, b.adjustments, b.reversals) >= 0
    opening = total([]) + sum((o.amount for o in month.opening), Decimal(0))
    assert sum((b.closing for b in contents.totals.balances), Decimal(0)) == opening + total(month.lines)
    check_csv({t.file: csv_bytes(t) for t in tables(contents)}, contents.totals, what="a month")
    assert Totals.from_json(contents.totals.as_json()) == contents.totals


@given(months_of_lines(), st.randoms())
def test_the_same_lines_in_another_order_make_the_same_bytes(month: PackageFacts, random: Random) -> None:
    shuffled = list(month.lines)
    random.shuffle(shuffled)
    again = replace(month, lines=tuple(shuffled))
    assert [csv_bytes(t) for t in tables(build_package(again))] == [csv_bytes(t) for t in tables(build_package(month))]
