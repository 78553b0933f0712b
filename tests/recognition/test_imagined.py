"""Three agreements from imagination, unlike the shipped ones: the schema takes them, and the engine decides them to the cent."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from countersign.recognition.core import decide
from countersign.recognition.files import load_rules
from models.records import (
    Approval,
    CaseRecord,
    Decision,
    EducatorRecord,
    Election,
    Funds,
    Ruling,
    RulingKind,
    Span,
    Transcript,
    Work,
)
from models.words import Currency, DecisionOutcome, Owner
from tests.recognition.builders import case, codes, of

RULES = {rules.terms.id: rules for rules in load_rules(Path(__file__).parent / "imagined")}
RIVERS, PLAINS, BAY = RULES["three-rivers"], RULES["high-plains"], RULES["cedar-bay"]
DENVER, CHICAGO, PACIFIC = (ZoneInfo(f"America/{name}") for name in ("Denver", "Chicago", "Los_Angeles"))
LATER = datetime(2030, 1, 1, tzinfo=DENVER)


def working(district: str, **changes: Any) -> EducatorRecord:
    record = EducatorRecord(7, "", (Work(f"{district} (fictional)", "Teacher", Span(date(2020, 8, 1))),))
    return replace(record, **changes)


def rivers(hours: str | None, credit: bool = False, on: datetime | None = None) -> tuple[Decision, ...]:
    received = on or datetime(2025, 3, 1, 12, tzinfo=DENVER)
    return decide((RIVERS,), working("Three Rivers SD"), [case(1, received, hours=hours, credit=credit)], LATER)


@pytest.mark.parametrize(
    ("hours", "outcome", "quantity", "code"),
    [
        (None, "held", "0", "log_missing"),
        ("9.75", "refused", "0", "hours"),
        ("10", "granted", "100", "band"),
        ("14.99", "granted", "100", "band"),
        ("15", "held", "0", "in_no_band"),
        ("19.9", "held", "0", "in_no_band"),
        ("20", "granted", "250", "band"),
        ("39.9999", "granted", "250", "band"),
        ("40", "held", "0", "in_no_band"),
    ],
)
def test_a_figure_in_a_gap_between_bands_is_held_and_never_guessed(
    hours: str | None, outcome: str, quantity: str, code: str
) -> None:
    found = of(rivers(hours), 1, Currency.pay)
    assert (found.outcome, found.quantity, codes(found)[0]) == (outcome, Decimal(quantity), code)


def test_the_gap_is_explained_with_the_bands_and_whose_move_it_is() -> None:
    found = of(rivers("17.5"), 1, Currency.pay)
    assert found.reasons[0].sentence == (
        "The log shows 17.5 hours, which is in none of the bands of the clause (from 10 to below 15 and from 20 to below 40). "
        "It does not say what is given for that."
    )
    assert found.reasons[0].owner is Owner.hr


def test_a_limit_in_money_is_filled_to_the_last_dollar_in_the_order_of_earning() -> None:
    days = [datetime(2025, 3, day, 12, tzinfo=DENVER) for day in (1, 2, 3)]
    cases = [case(n, at, hours="20") for n, at in enumerate(days, 1)]
    found = [of(decide((RIVERS,), working("Three Rivers SD"), cases, LATER), n, Currency.pay) for n in (1, 2, 3)]
    assert [d.quantity for d in found] == [Decimal(250), Decimal(250), Decimal(100)]
    assert "150.00 USD of it did not fit under the limit and are lost." in [r.sentence for r in found[2].reasons]
    assert found[2].cap is not None
    assert (found[2].cap.before, found[2].cap.used, found[2].cap.after) == (500, 100, 600)
    assert {d.pay_month for d in found} == {"2025-06"}


def test_credit_is_given_by_its_own_bands_and_with_the_fee_of_the_day() -> None:
    half = of(rivers("20", credit=True), 1, Currency.graduate_credit)
    assert (half.quantity, half.unit) == (Decimal("0.5"), "credit")
    assert "60.00 USD (Fee table 2024)" in half.reasons[-1].sentence
    whole = of(rivers("55", credit=True, on=datetime(2025, 7, 1, 0, 5, tzinfo=DENVER)), 1, Currency.graduate_credit)
    assert (whole.quantity, "75.00 USD (Fee table 2025)" in whole.reasons[-1].sentence) == (Decimal(1), True)


def plains(earned: date, submitted: date, **changes: Any) -> Decision:
    approved = Approval("High Plains ISD (fictional)", "Family Engagement", date(2024, 10, 1))
    record = working("High Plains ISD", approvals=(approved,), rulings=changes.pop("rulings", ()))
    at = [datetime(d.year, d.month, d.day, 12, tzinfo=CHICAGO) for d in (earned, submitted)]
    made = replace(CaseRecord(1, "nea", "Family Engagement", at[0], at[1]), **changes)
    return of(decide((PLAINS,), record, [made], LATER), 1, Currency.pay)


@pytest.mark.parametrize(
    ("earned", "submitted", "mastery", "quantity"),
    [
        (date(2025, 4, 1), date(2025, 4, 20), "4", "450.00"),  # 150 × 1.5 × 2: the last day of the six months
        (date(2025, 4, 2), date(2025, 4, 20), "4", "300.00"),
        (date(2025, 4, 1), date(2025, 5, 1), "3", "225.00"),
        (date(2025, 4, 1), date(2025, 5, 2), "3", "56.25"),
        (date(2025, 5, 5), date(2025, 5, 9), "3", "37.50"),
    ],
)
def test_stages_multiply_and_each_has_its_own_deadline(
    earned: date, submitted: date, mastery: str, quantity: str
) -> None:
    found = plains(earned, submitted, mastery=Decimal(mastery))
    assert (found.outcome, found.quantity) == (DecisionOutcome.granted, Decimal(quantity))


def test_a_stage_that_cannot_be_told_yet_holds_the_whole() -> None:
    found = plains(date(2025, 4, 1), date(2025, 4, 20))
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["rubric_missing"])


def test_what_comes_after_the_deadline_counts_as_submitted_in_the_next_year() -> None:
    found = plains(date(2025, 4, 1), date(2025, 7, 4), mastery=Decimal(3))
    assert (found.outcome, found.period, found.effective_on) == (DecisionOutcome.granted, "2025-26", date(2025, 8, 1))
    assert found.pay_month == "2025-09"


def test_half_is_left_when_somebody_else_has_paid() -> None:
    found = plains(date(2025, 4, 1), date(2025, 4, 20), mastery=Decimal(3), paid_by="The state's grant")
    assert found.quantity == Decimal("112.50")
    assert "The state's grant has paid for it too, so 50 percent of the value are left." in [
        r.sentence for r in found.reasons
    ]


def ruling(kind: RulingKind, role: str = "Superintendent", **changes: Any) -> Ruling:
    made = Ruling(1, "high-plains", kind, role, "Lee Park", "As the board agreed.", date(2025, 5, 1))
    return replace(made, **changes)


def test_somebody_who_may_can_decide_otherwise_and_is_named_with_the_reason() -> None:
    days = date(2025, 4, 1), date(2025, 4, 20)
    given = plains(*days, rulings=(ruling(RulingKind.gives, quantity=Decimal(200), unit="USD"),))
    assert (given.outcome, given.quantity) == (DecisionOutcome.granted, Decimal(200))
    assert "Lee Park, Superintendent, decided on May 1, 2025: As the board agreed." in [
        r.sentence for r in given.reasons
    ]
    refused = plains(*days, mastery=Decimal(4), rulings=(ruling(RulingKind.refused),))
    assert (refused.outcome, codes(refused)) == (DecisionOutcome.refused, ["ruling"])


def test_a_ruling_by_somebody_who_may_not_changes_nothing() -> None:
    days = date(2025, 4, 1), date(2025, 4, 20)
    found = plains(*days, mastery=Decimal(3), rulings=(ruling(RulingKind.refused, role="Principal"),))
    assert (found.outcome, found.quantity) == (DecisionOutcome.granted, Decimal("225.00"))


MONEY = Election("cedar-bay", "Money or hours", "Stipend")


def bay(days: list[datetime], now: datetime = LATER, **changes: Any) -> list[Decision]:
    record = working("Cedar Bay USD", **({"elections": (MONEY,)} | changes))
    return list(decide((BAY,), record, [case(n, at) for n, at in enumerate(days, 1)], now))


def test_without_a_choice_both_are_held_and_with_one_only_that_is_decided() -> None:
    undecided = bay([datetime(2024, 9, 1, 12, tzinfo=PACIFIC)], elections=())
    assert [codes(d) for d in undecided] == [["election_missing"], ["election_missing"]]
    (chosen,) = bay([datetime(2024, 9, 1, 12, tzinfo=PACIFIC)])
    assert (chosen.currency, chosen.quantity, chosen.pay_month) == (Currency.pay, Decimal(400), "2025-01")


def test_each_window_has_its_own_limit_and_month_of_pay() -> None:
    fall = [datetime(2024, 12, 31, 23, minute, tzinfo=PACIFIC) for minute in (57, 58)]
    spring = [datetime(2025, 1, 1, 0, minute, tzinfo=PACIFIC) for minute in (1, 2)]
    found = bay([*fall, *spring])
    assert [(d.outcome.value, d.period, d.pay_month) for d in found] == [
        ("granted", "Fall 2024", "2025-01"),
        ("granted", "Fall 2024", "2025-01"),
        ("granted", "Spring 2025", "2025-07"),
        ("granted", "Spring 2025", "2025-07"),
    ]


def test_what_is_over_the_limit_waits_for_word_of_funds_and_goes_by_it() -> None:
    days = [datetime(2024, 9, day, 12, tzinfo=PACIFIC) for day in (1, 2, 3)]
    waiting = bay(days)[2]
    assert (waiting.outcome, codes(waiting)) == (DecisionOutcome.held, ["funds_not_known"])
    yes = Funds("cedar-bay", "Fall 2024", available=True, by="Ana Ruiz", on=date(2025, 1, 3))
    granted = bay(days, funds=(yes,))[2]
    assert (granted.outcome, granted.quantity) == (DecisionOutcome.granted, Decimal(400))
    assert "It is over the limit; Ana Ruiz said on January 3, 2025 that there are funds." in [
        r.sentence for r in granted.reasons
    ]
    no = bay(days, funds=(replace(yes, available=False),))[2]
    assert (no.outcome, codes(no)) == (DecisionOutcome.refused, ["no_funds"])


def test_a_day_in_no_window_is_held() -> None:
    (found,) = bay([datetime(2025, 6, 16, 0, 1, tzinfo=PACIFIC)])
    assert (found.outcome, codes(found)) == (DecisionOutcome.held, ["in_no_window"])
    assert "lies in none of the windows of the agreement: Fall (08-01 to 12-31), Spring (01-01 to 06-15)." in (
        found.reasons[0].sentence
    )


def test_hours_are_cut_at_the_year_s_limit() -> None:
    hours = Election("cedar-bay", "Money or hours", "Hours")
    days = [datetime(2024, 9, day, 12, tzinfo=PACIFIC) for day in (1, 2, 3)]
    found = bay(days, elections=(hours,))
    assert [(d.outcome.value, d.quantity) for d in found] == [
        ("granted", Decimal(12)),
        ("granted", Decimal(12)),
        ("refused", Decimal(0)),
    ]


def test_a_transcript_changes_nothing_here() -> None:
    at = datetime(2024, 9, 1, 12, tzinfo=PACIFIC)
    record = working("Cedar Bay USD", elections=(MONEY,))
    plain = decide((BAY,), record, [case(1, at)], LATER)
    assert decide((BAY,), record, [replace(case(1, at), transcript=Transcript(date(2024, 9, 2)))], LATER) == plain
