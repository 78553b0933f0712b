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
from models.records import CaseRecord, Decision, EducatorRecord, Election, Funds, Ruling, RulingKind, Span, Work
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


def test_no_ruling_can_say_in_which_unknown_period_something_counts_and_nobody_else_is_held_up() -> None:
    cap = {"count": 1, "overflow": "lost", **YEARLY, "per": "licence_period"}
    applied = rules({**STIPEND, "cap": cap}, exceptions={"ruling_by": ["Panel"]})
    word = Ruling(1, "corner", RulingKind.counts, "Panel", "Pat", "So decided.", date(2025, 1, 1))
    (found,) = decided(applied, days(1), rulings=(word,))
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["licence_period_unknown"])


GATHERED: dict[str, Any] = {
    "clause": "Credit",
    "currency": "district_pd",
    "text": "Each 15 hours give 2 credits.",
    "value": {"flat": 15, "unit": "hour"},
    "each": {"amount": 15, "gives": 2, "unit": "credit", "remainder": "kept"},
    "processed": "monthly",
}


def test_a_whole_that_finds_no_room_leaves_the_next_year_s_free() -> None:
    cap = {"amount": 3, "last": "whole", "overflow": "lost", **YEARLY}
    later = case(3, datetime(2025, 9, 1, 12, tzinfo=ZONE))
    found = decided(rules({**GATHERED, "cap": cap}), [*days(1, 2), later])
    assert [(d.outcome.value, d.quantity) for d in found] == [("granted", 2), ("refused", 0), ("granted", 2)]


def test_what_a_ruling_gives_is_given_and_not_gathered() -> None:
    word = Ruling(
        1,
        "corner",
        RulingKind.gives,
        "Panel",
        "Pat",
        "So decided.",
        date(2025, 1, 1),
        quantity=Decimal(1),
        unit="credit",
    )
    (found,) = decided(rules(GATHERED, exceptions={"ruling_by": ["Panel"]}), days(1), rulings=(word,))
    assert (found.outcome, found.quantity, found.unit) == (DecisionOutcome.granted, Decimal(1), "credit")


def test_a_ruling_gives_an_amount_where_the_clause_states_none_and_a_held_one_names_it_too() -> None:
    bare = {key: value for key, value in STIPEND.items() if key != "value"}
    applied = rules(bare, exceptions={"ruling_by": ["Panel"]})
    counts = Ruling(1, "corner", RulingKind.counts, "Panel", "Pat", "Late mail.", date(2025, 1, 1))
    (held,) = decided(applied, days(1), rulings=(counts,))
    assert (held.outcome, codes(held)[:2]) == (DecisionOutcome.held, ["rate_missing", "ruling"])
    gives = replace(counts, kind=RulingKind.gives, quantity=Decimal(90), unit="USD")
    (given,) = decided(applied, days(1), rulings=(gives,))
    assert (given.outcome, given.quantity, given.unit) == (DecisionOutcome.granted, Decimal(90), "USD")


def test_what_counts_in_a_set_with_another_does_not_count_beside_it() -> None:
    hours = {
        "clause": "Hours",
        "currency": "district_pd",
        "text": "Ten hours, unless it is in the set.",
        "value": {"flat": 10, "unit": "hour"},
        "processed": "monthly",
        "exclusions": {"not_with": "Whole set"},
    }
    found = decided(rules(WHOLE, hours, stacks=[STACK]), days(1, 2, 3))
    assert outcomes(found, Currency.district_pd) == ["refused", "refused", "refused"]


def versions(first: list[dict[str, Any]], second: list[dict[str, Any]], **changes: Any) -> tuple[Rules, Rules]:
    middle = date(2024, 9, 10)
    one = rules(*first, **changes, in_force={"from": date(2024, 7, 1), "until": middle, "by": "submitted"})
    until = {"from": date(2024, 9, 11), "until": date(2026, 6, 30), "by": "submitted"}
    return one, replace_sha(rules(*second, **changes, in_force=until))


def replace_sha(made: Rules) -> Rules:
    return made.model_copy(update={"sha256": "d" * 64})


def under(applied: tuple[Rules, ...], cases: list[CaseRecord], **changes: Any) -> tuple[Decision, ...]:
    record = EducatorRecord(1, "", (Work(HERE, "Teacher", Span(date(2020, 1, 1))),))
    return decide(applied, replace(record, **changes), cases, LATER)


def test_a_clause_that_becomes_one_for_a_set_gives_the_set_once() -> None:
    plain = {**STIPEND, "clause": "Whole set"}
    applied = versions([plain], [WHOLE], stacks=[STACK])
    before = case(9, datetime(2024, 9, 1, 12, tzinfo=ZONE), "Family Engagement")
    after = [case(n, datetime(2024, 9, 20 + n, 12, tzinfo=ZONE)) for n in (1, 2, 3)]
    assert [d.quantity for d in under(applied, [before, *after])] == [0, 0, 600, 100]
    back = versions([WHOLE], [plain], stacks=[STACK])
    assert [d.quantity for d in under(back, after)] == [100, 100, 100]


def test_a_clause_that_is_renamed_or_moved_to_another_currency_is_never_taken_for_the_old_one() -> None:
    bank = {"count": 1, "overflow": "bank", **YEARLY}
    moved = {**STIPEND, "currency": "district_pd", "value": {"flat": 7, "unit": "hour"}}
    first = {**STIPEND, "cap": bank}
    one, two = versions([first], [moved])
    found = under((one, two), days(1, 2))
    assert [(d.case_id, d.currency.value, d.outcome.value) for d in found] == [
        (1, "pay", "granted"),
        (2, "pay", "held"),
    ]
    assert codes(found[1])[0] == "nothing_to_bank_into"


def test_an_election_of_a_clause_that_is_gone_is_no_choice() -> None:
    chosen = {**STIPEND, "election": "Money or hours"}
    renamed = {**chosen, "clause": "Grant"}
    applied = versions([chosen], [renamed])
    word = Election("corner", "Money or hours", "Stipend")
    late = case(1, datetime(2024, 9, 20, 12, tzinfo=ZONE))
    (found,) = under(applied, [late], elections=(word,))
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["election_missing"])


@pytest.mark.parametrize(
    "changes",
    [
        {"needs": {"dates": {"of": "submitted", "within": {"days": 2_000_000_000, "after": "earned"}}}},
        {"needs": {"dates": {"of": "submitted", "within": {"months": 100_000, "after": "earned"}}}},
        {
            "value": {
                "flat": 100,
                "unit": "USD",
                "rounding": {"to": Decimal("0.01"), "how": "up"},
                "factors": [{"text": "f", "factor": 9_999_999_999, "when": {"members": False}}],
            }
        },
    ],
)
def test_figures_that_no_contract_has_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="less than or equal to"):
        rules({**STIPEND, **changes})


def test_what_comes_to_more_than_can_be_right_is_held() -> None:
    factors = [{"text": "f", "factor": 1000, "when": {"members": False}}] * 4
    rounding = {"to": Decimal("0.01"), "how": "up"}
    (found,) = decided(
        rules({**STIPEND, "value": {"flat": 100, "unit": "USD", "rounding": rounding, "factors": factors}}), days(1)
    )
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["too_large"])


def test_many_of_one_set_cost_no_more_than_a_few_each() -> None:
    applied = rules(WHOLE, STIPEND, stacks=[STACK])
    start = datetime(2024, 7, 2, 12, tzinfo=ZONE)
    many = [case(n, start + timedelta(hours=n), STACK["titles"][n % 3]) for n in range(1, 61)]
    found = decided(applied, many)
    assert sum(d.quantity == 600 for d in found) == 1
