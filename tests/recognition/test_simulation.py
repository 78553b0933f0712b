"""What a changed agreement would have done, compared to the cent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.desk.preview_pages import granted_said, result_said
from countersign.recognition.core import decide
from countersign.recognition.simulation import Side, Simulation, Subject, in_place, simulate
from models.agreement import Rules
from models.records import CaseRecord, EducatorRecord, Ruling, RulingKind, Span, Work
from models.words import Currency
from tests.recognition.builders import (
    ALL,
    CUSD,
    LAKEVIEW,
    VERMONT,
    case,
    changed,
    chicago,
    lakeviewer,
    teacher,
    with_rate,
)
from tests.recognition.generated import agreements, educators, histories, moments

YEAR = Span(date(2026, 7, 1), date(2027, 6, 30))
NOW = datetime(2027, 9, 1, 12, tzinfo=UTC)
SEPTEMBER = chicago("2026-09-10 10:00")


def lakeview(sha256: str = "a" * 64, **pay: Any) -> Rules:
    return changed(LAKEVIEW, sha256, pay=pay)


def flat(amount: str) -> dict[str, Any]:
    return {"value": {"flat": Decimal(amount), "unit": "USD"}}


def months(count: int) -> list[CaseRecord]:
    return [case(n, SEPTEMBER.replace(month=8 + n)) for n in range(1, count + 1)]


def compared(rules: Sequence[Rules], new: Rules, *subjects: Subject, span: Span = YEAR, listed: int = 50) -> Simulation:
    return simulate(rules, new, span, subjects, NOW, listed)


def one(cases: Sequence[CaseRecord], record: EducatorRecord | None = None) -> Subject:
    return Subject(record or lakeviewer(), tuple(cases))


def test_a_value_that_rises_by_25_for_three_granted_cases_costs_75() -> None:
    found = compared([lakeview(**flat("100"))], lakeview(**flat("125")), one(months(3)))
    (total,) = found.totals
    assert (total.currency, total.unit) == (Currency.pay, "USD")
    assert [str(figure) for figure in (total.before, total.after, total.difference)] == ["300.00", "375.00", "75.00"]
    (line,) = found.clauses
    assert line.before == Side(granted=3, given={"USD": Decimal(300)})
    assert line.after == Side(granted=3, given={"USD": Decimal(375)})
    assert (found.educators, found.cases, found.gain, found.lose, found.both, found.stay) == (1, 3, 1, 0, 0, 0)
    assert found.changed == 3
    first = found.changes[0]
    assert (first.case, first.educator, first.title) == ("C-1", "", "Formative Assessment Basics")
    assert first.before == "granted 100.00 USD, paid in September 2026"
    assert first.after == "granted 125.00 USD, paid in September 2026"
    assert first.why == "The clause gives 125.00 USD for each micro-credential."


def test_a_lowered_cap_refuses_the_last_one_and_says_why() -> None:
    cap = {"count": 2, "per": "year", "counted_by": "submitted", "order": "submitted", "overflow": "lost"}
    found = compared([LAKEVIEW], lakeview(cap=cap), one(months(3)))
    (line,) = found.clauses
    assert (line.after.granted, line.after.refused) == (2, 1)
    assert found.totals[0].difference == -200
    assert found.lose == 1
    (change,) = found.changes
    assert (change.case, change.after) == ("C-3", "refused")
    assert change.why == "2 of at most 2 micro-credentials already count in 2026-27. What is over is lost."


def test_a_clause_that_is_removed_gives_nothing_any_more() -> None:
    before = with_rate()
    terms = before.terms.model_copy(update={"grants": before.terms.grants_in(Currency.district_pd)})
    new = before.model_copy(update={"terms": terms, "sha256": "b" * 64})
    span = Span(date(2024, 7, 1), date(2025, 6, 30))
    found = compared([before], new, one([case(1, chicago("2024-08-15 10:00"))], teacher()), span=span)
    pay = next(line for line in found.clauses if line.currency is Currency.pay)
    assert (pay.before.granted, pay.after) == (1, Side())
    (change,) = found.changes
    assert (change.before, change.after) == ("granted 250.00 USD, paid in November 2024", "nothing")
    assert change.why == "The new file says nothing of it in pay."
    assert [(t.unit, t.difference) for t in found.totals] == [("USD", -250), ("hour", 0)]


def test_a_new_agreement_stands_beside_the_others() -> None:
    new = changed(LAKEVIEW, "c" * 64, id="second", recognizer="A foundation (fictional)")
    found = compared([LAKEVIEW], new, one(months(1)))
    assert [(line.agreement, line.before.granted, line.after.granted) for line in found.clauses] == [
        ("demo-lakeview", 1, 1),
        ("second", 0, 1),
    ]
    assert found.totals[0].difference == 200
    assert found.changes[0].before == "nothing"
    assert found.assumptions[0].endswith("(second) is new and stands beside the agreements in force.")


def test_only_cases_of_the_span_are_compared_but_all_of_them_fill_the_limits() -> None:
    span = Span(date(2026, 11, 1), date(2026, 11, 30))
    cases = [
        *months(3),
        replace(months(1)[0], case_id=4, title="Family Engagement", received_at=chicago("2026-11-20 10:00")),
    ]
    found = compared([LAKEVIEW], lakeview(**flat("300")), one(cases), span=span)
    (line,) = found.clauses
    assert (found.cases, line.before.granted, line.before.refused) == (2, 1, 1)
    assert found.totals[0].difference == 100


@pytest.mark.parametrize(
    ("received", "cases"),
    [("2026-06-30 23:59", 0), ("2026-07-01 00:00", 1), ("2027-06-30 23:59", 1), ("2027-07-01 00:00", 0)],
)
def test_the_first_and_the_last_day_of_the_span_are_the_recognizers(received: str, cases: int) -> None:
    assert compared([LAKEVIEW], LAKEVIEW, one([case(1, chicago(received))])).cases == cases


def test_an_educator_without_a_case_in_the_span_is_not_counted() -> None:
    found = compared([LAKEVIEW], LAKEVIEW, one([case(1, chicago("2027-08-01 10:00"))]))
    assert (found.educators, found.clauses, found.totals) == (0, (), ())


def test_a_proposal_for_later_years_is_tried_on_a_year_that_is_over() -> None:
    later = lakeview(**flat("300"))
    force = later.terms.in_force.model_copy(update={"from_": date(2029, 7, 1), "until": None})
    later = later.model_copy(update={"terms": later.terms.model_copy(update={"in_force": force})})
    found = compared([LAKEVIEW], later, one(months(2)))
    assert found.totals[0].difference == 200
    assert "on no day of the span: it is taken as if it had been in force over all of it" in " ".join(found.assumptions)


def test_a_file_in_force_for_part_of_the_span_decides_that_part() -> None:
    later = lakeview(**flat("300"))
    force = later.terms.in_force.model_copy(update={"from_": date(2026, 10, 1)})
    later = later.model_copy(update={"terms": later.terms.model_copy(update={"in_force": force})})
    found = compared([LAKEVIEW], later, one(months(3)))
    assert found.totals[0].difference == 200  # September keeps its 200
    assert "The new file is in force from October 1, 2026 until June 30, 2029" in " ".join(found.assumptions)


def test_versions_keep_the_days_that_the_new_one_does_not_take() -> None:
    def version(first: date, last: date | None) -> Rules:
        force = LAKEVIEW.terms.in_force.model_copy(update={"from_": first, "until": last})
        return LAKEVIEW.model_copy(update={"terms": LAKEVIEW.terms.model_copy(update={"in_force": force})})

    rules = [
        version(date(2020, 7, 1), date(2024, 6, 30)),
        version(date(2024, 7, 1), date(2027, 6, 30)),
        version(date(2027, 7, 1), None),
    ]
    new = version(date(2023, 7, 1), date(2028, 6, 30))
    days = [(r.terms.in_force.from_, r.terms.in_force.until) for r in in_place(rules, new, YEAR)]
    assert days == [
        (date(2020, 7, 1), date(2023, 6, 30)),
        (date(2028, 7, 1), None),
        (date(2023, 7, 1), date(2028, 6, 30)),
    ]


def test_what_is_banked_says_until_when() -> None:
    cap = {"count": 1, "per": "year", "counted_by": "submitted", "order": "submitted", "overflow": "bank"}
    found = simulate([LAKEVIEW], lakeview(cap=cap), YEAR, [one(months(2))], chicago("2026-12-01 10:00"))
    assert found.clauses[0].after == Side(granted=1, banked=1, given={"USD": Decimal(200)})
    assert found.changes[0].after == "banked until July 1, 2027"


def test_more_of_one_and_less_of_another_is_counted_by_itself() -> None:
    before = with_rate()
    new = changed(before, "d" * 64, district_pd={"value": {"flat": Decimal(2), "unit": "hour"}}, pay=flat("300"))
    span = Span(date(2024, 7, 1), date(2025, 6, 30))
    found = compared([before], new, one([case(1, chicago("2024-08-15 10:00"))], teacher()), span=span)
    assert (found.gain, found.lose, found.both, found.stay) == (0, 0, 1, 0)


def test_so_many_changes_are_listed_and_all_are_counted() -> None:
    subjects = [Subject(replace(lakeviewer(), educator_id=n), tuple(months(3)), f"Name {n}") for n in range(5)]
    found = compared([LAKEVIEW], lakeview(**flat("300")), *subjects, listed=4)
    assert (found.changed, len(found.changes), found.educators, found.gain) == (15, 4, 5, 5)
    assert found.changes[3].educator == "Name 1"


def test_a_sentence_that_can_hold_a_name_is_said_without_it_unless_names_are_asked_for() -> None:
    terms = LAKEVIEW.terms.model_dump(by_alias=True, exclude_none=True) | {"exceptions": {"ruling_by": ["HR"]}}
    before = LAKEVIEW.model_copy(update={"terms": type(LAKEVIEW.terms).model_validate(terms)})
    ruling = Ruling(1, "demo-lakeview", RulingKind.refused, "HR", "Kim Example", "Not ours.", date(2026, 10, 1))
    record = replace(lakeviewer(), rulings=(ruling,))
    new = before
    assert not compared([before], new, one(months(1), record)).changes
    for name, shown in (("", "A recorded ruling decided it."), ("Pat Example", "Kim Example, HR, decided")):
        found = compared([LAKEVIEW], new, Subject(record, tuple(months(1)), name))
        assert found.changes[0].why.startswith(shown)
        assert ("Kim Example" in repr(found)) is bool(name)


def test_another_name_for_a_clause_is_no_change() -> None:
    found = compared([LAKEVIEW], lakeview(clause="Payment"), one(months(2)))
    assert (found.changed, found.stay) == (0, 1)
    assert [line.clause for line in found.clauses] == ["Stipend", "Payment"]


many = settings(max_examples=40, deadline=None)


@given(agreements(), educators(), histories(), moments)
@many
def test_an_agreement_in_its_own_place_changes_nothing(
    rules: Rules, educator: EducatorRecord, cases: list[CaseRecord], now: datetime
) -> None:
    span = Span(date(2023, 1, 1), date(2026, 12, 31))
    found = simulate((rules,), rules, span, [Subject(educator, tuple(cases))], now)
    assert found.changed == found.gain == found.lose == found.both == 0
    assert all(line.before == line.after for line in found.clauses)
    assert all(total.difference == 0 for total in found.totals)


@given(agreements(), agreements(), st.lists(st.tuples(educators(), histories()), max_size=3), moments, st.randoms())
@many
def test_clauses_add_up_to_the_totals_and_the_order_of_educators_does_not_matter(
    one: Rules, two: Rules, people: list[tuple[EducatorRecord, list[CaseRecord]]], now: datetime, random: Any
) -> None:
    subjects = [Subject(record, tuple(cases)) for record, cases in people]
    span = Span(date(2023, 1, 1), date(2026, 12, 31))
    found = simulate((one,), two, span, subjects, now)
    for total in found.totals:
        lines = [line for line in found.clauses if line.currency is total.currency]
        assert sum(line.before.given.get(total.unit, Decimal(0)) for line in lines) == total.before
        assert sum(line.after.given.get(total.unit, Decimal(0)) for line in lines) == total.after
    assert found.gain + found.lose + found.both + found.stay == found.educators
    random.shuffle(subjects)
    again = simulate((one,), two, span, subjects, now)
    assert replace(again, changes=()) == replace(found, changes=())


def test_agreements_that_are_not_touched_are_decided_as_ever() -> None:
    record = EducatorRecord(1, "VT", (Work("Lakeview SD (fictional)", "Teacher", Span(date(2021, 8, 16))),))
    found = compared(ALL, lakeview(**flat("300")), one(months(2), record))
    alone = [d for d in decide([VERMONT], record, months(2), NOW) if d.currency is Currency.state_cpd]
    hours = next(line for line in found.clauses if line.agreement == "vt-vermont-nea")
    assert hours.before == hours.after == Side(granted=2, given={"hour": sum((d.quantity for d in alone), Decimal(0))})
    assert {c.agreement for c in found.changes} == {"demo-lakeview"}
    assert CUSD.terms.id not in {line.agreement for line in found.clauses}


def test_what_is_counted_with_another_one_is_not_said_to_be_granted_by_itself() -> None:
    gathered: dict[str, Any] = {
        "value": {"flat": Decimal(100), "unit": "USD"},
        "each": {"amount": 300, "gives": 500, "unit": "USD", "remainder": "kept"},
        "cap": [],
    }
    found = compared([lakeview(**flat("100"))], lakeview(**gathered), one(months(3)))
    assert found.clauses[0].after == Side(granted=1, counted=2, given={"USD": Decimal(500)})
    assert granted_said(found.clauses[0].after) == "1 (2 more counted with it)"
    assert granted_said(Side(granted=2, counted=1)) == "2 (1 more counted with them)"
    assert result_said(found).endswith("Educators who would be given more: 1. Pay: +$200.00.")


def test_decisions_that_change_no_amount_are_said_in_one_sentence() -> None:
    found = replace(compared([LAKEVIEW], LAKEVIEW, one(months(1))), changed=1)
    said = (
        "1 case of 1 educator: 1 decision changes, but every educator would be given as much as before. Pay: no change."
    )
    assert result_said(found) == said
    assert result_said(compared([LAKEVIEW], LAKEVIEW, one(months(1)))).startswith(
        "1 case of 1 educator: no decision changes."
    )


def test_hours_are_processed_and_money_is_paid() -> None:
    hours: dict[str, Any] = {"value": {"flat": Decimal(8), "unit": "hour"}, "cap": []}
    found = compared([LAKEVIEW], lakeview(**hours), one(months(1)))
    (change,) = found.changes
    assert change.after == "granted 8 hours, processed in September 2026"
