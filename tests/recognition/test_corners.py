"""Corners where two parts of an agreement meet: funds and another limit, an event that has not come, sets, late years, clauses that wait."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from countersign.recognition.core import decide
from models.agreement import Agreement, Rules
from models.records import CaseRecord, Decision, EducatorRecord, Funds, Span, Work
from models.words import Currency, DecisionOutcome
from tests.recognition.builders import case, codes, of

ZONE = ZoneInfo("America/Chicago")
LATER = datetime(2030, 1, 1, tzinfo=ZONE)
HERE = "Corner SD (fictional)"
STIPEND: dict[str, Any] = {
    "clause": "Stipend",
    "currency": "pay",
    "text": "100 dollars each.",
    "value": {"flat": 100, "unit": "USD"},
    "paid": {"month": 11},
}
YEARLY: dict[str, Any] = {"per": "year", "counted_by": "submitted", "order": "submitted"}


def rules(*grants: dict[str, Any], **changes: Any) -> Rules:
    tree: dict[str, Any] = {
        "id": "corner",
        "recognizer": HERE,
        "title": "Corners",
        "source": "Imagined for the tests",
        "time_zone": "America/Chicago",
        "in_force": {"from": date(2024, 7, 1), "until": date(2026, 6, 30), "by": "submitted"},
        "year": {"starts": "07-01"},
        "applies_to": {"employer": HERE, "employed_on": "submitted"},
        "eligibility": {"issuers": ["nea"]},
        "grants": list(grants),
    }
    return Rules(terms=Agreement.model_validate(tree | changes), sha256="c" * 64, file="corner.toml")


def decided(applied: Rules, cases: list[CaseRecord], now: datetime = LATER, **changes: Any) -> tuple[Decision, ...]:
    record = EducatorRecord(1, "", (Work(HERE, "Teacher", Span(date(2020, 1, 1))),))
    return decide((applied,), replace(record, **changes), cases, now)


def days(*numbers: int) -> list[CaseRecord]:
    return [case(n, datetime(2024, 9, day, 12, tzinfo=ZONE)) for n, day in enumerate(numbers, 1)]


def outcomes(found: tuple[Decision, ...], currency: Currency = Currency.pay) -> list[str]:
    return [d.outcome.value for d in found if d.currency is currency]


def test_word_of_funds_lifts_the_limit_that_asks_for_it_and_no_other() -> None:
    caps = [
        {"count": 1, "overflow": "bank_if_funds", **YEARLY},
        {"count": 2, "overflow": "lost", **YEARLY, "per": "contract"},
    ]
    yes = Funds("corner", "2024-25", available=True, by="Ana Ruiz", on=date(2025, 1, 3))
    found = decided(rules({**STIPEND, "cap": caps}), days(1, 2, 3, 4), funds=(yes,))
    assert outcomes(found) == ["granted", "granted", "refused", "refused"]
    assert codes(found[2]) == ["over_cap"]


@pytest.mark.parametrize(
    "changes",
    [
        {"deadline": {"on": "05-15", "of": "transcript"}},
        {"cap": {"count": 3, "overflow": "lost", **YEARLY, "counted_by": "transcript"}},
        {"cap": {"count": 3, "overflow": "lost", **YEARLY, "order": "transcript"}},
        {"effective": {"on": "transcript"}},
    ],
)
def test_a_date_that_nothing_on_record_says_is_never_taken_for_another_one(changes: dict[str, Any]) -> None:
    (found,) = decided(rules({**STIPEND, **changes}), days(1))
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["transcript_missing"])


def test_neither_is_the_date_by_which_the_agreement_is_in_force() -> None:
    by = {"from": date(2024, 7, 1), "until": date(2026, 6, 30), "by": "transcript"}
    (found,) = decided(rules(STIPEND, in_force=by), days(1))
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["transcript_missing"])


STACK = {
    "name": "Set",
    "titles": ["Formative Assessment Basics", "Checking for Understanding", "Providing Effective Feedback"],
}
WHOLE: dict[str, Any] = {**STIPEND, "clause": "Whole set", "stack": "Set", "value": {"flat": 600, "unit": "USD"}}


def test_one_of_a_set_that_does_not_qualify_takes_nobody_s_place_in_it() -> None:
    needs = {"hours": {"at_least": 10}}
    applied = rules({**WHOLE, "needs": needs}, STIPEND, stacks=[{**STACK, "any_of": 2}])
    short, *others = days(1, 2, 3)
    cases = [replace(short, log_hours=None), *(replace(c, log_hours=Decimal(12)) for c in others)]
    found = decided(applied, cases)
    assert [(d.clause, d.outcome.value, d.quantity) for d in found] == [
        ("Stipend", "granted", Decimal(100)),
        ("Whole set", "granted", Decimal(0)),
        ("Whole set", "granted", Decimal(600)),
    ]


def test_late_in_the_last_year_of_the_contract_is_held_and_says_that_there_is_no_next_year() -> None:
    applied = rules({**STIPEND, "deadline": {"on": "10-01", "of": "submitted", "late": "next_year"}})
    (found,) = decided(applied, [case(1, datetime(2026, 3, 1, 12, tzinfo=ZONE))])
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["after_the_last_year"])
    assert "It would count in the next year, but no clause in force then gives this educator pay" in (
        found.reasons[0].sentence
    )


def hours_unless_paid(cap: dict[str, Any]) -> Rules:
    hours = {
        "clause": "Hours",
        "currency": "district_pd",
        "text": "Ten hours, unless it is paid.",
        "value": {"flat": 10, "unit": "hour"},
        "processed": "monthly",
        "exclusions": {"not_with": "Stipend"},
    }
    return rules({**STIPEND, "cap": cap}, hours)


def test_what_is_not_given_with_another_clause_waits_until_that_one_is_decided() -> None:
    applied = hours_unless_paid({"count": 1, "overflow": "bank", **YEARLY})
    before, after = datetime(2025, 1, 1, tzinfo=ZONE), datetime(2025, 7, 2, tzinfo=ZONE)
    now = decided(applied, days(1, 2), before)
    assert outcomes(now) == ["granted", "banked"]
    assert outcomes(now, Currency.district_pd) == ["refused", "held"]
    assert codes(of(now, 2, Currency.district_pd)) == ["not_with_open"]
    assert outcomes(decided(applied, days(1, 2), after), Currency.district_pd) == ["refused", "refused"]


@pytest.mark.parametrize(
    ("grants", "changes", "said"),
    [
        ([{**WHOLE}], {"stacks": [{**STACK, "any_of": 2, "in_order": True}]}, "give either any_of or in_order"),
        (
            [{**STIPEND, "cap": {"amount": 150, "last": "part", "overflow": "bank_if_funds", **YEARLY}}],
            {},
            "cannot also wait for funds",
        ),
        (
            [{**STIPEND, "paid": {"month": 11, "retroactive_to": "period"}, "effective": {"on": "earned"}}],
            {},
            "give either effective or retroactive_to",
        ),
        (
            [
                {**STIPEND, "cap": {"count": 2, "overflow": "lost", "shared": "both", **YEARLY}},
                {
                    **STIPEND,
                    "clause": "Hours",
                    "currency": "district_pd",
                    "value": {"flat": 10, "unit": "hour"},
                    "exclusions": {"not_with": "Stipend"},
                    "cap": {"count": 2, "overflow": "lost", "shared": "both", **YEARLY},
                },
            ],
            {},
            "cannot fill in its order",
        ),
    ],
)
def test_what_would_mean_two_things_is_refused_when_it_is_written(
    grants: list[dict[str, Any]], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        rules(*grants, **changes)


def test_many_of_one_set_cost_no_more_than_a_few_each() -> None:
    applied = rules(WHOLE, STIPEND, stacks=[STACK])
    start = datetime(2024, 7, 2, 12, tzinfo=ZONE)
    many = [case(n, start + timedelta(hours=n), STACK["titles"][n % 3]) for n in range(1, 61)]
    found = decided(applied, many)
    assert sum(d.quantity == 600 for d in found) == 1
