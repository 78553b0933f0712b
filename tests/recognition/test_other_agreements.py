"""Vermont, the fictional district and university, and what the schema can say beyond them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from countersign.recognition.core import decide, silences
from models.words import Currency, DecisionOutcome, Owner
from tests.recognition.builders import (
    ALL,
    CUSD,
    LAKEVIEW,
    UNIVERSITY,
    VERMONT,
    case,
    changed,
    chicago,
    codes,
    lakeviewer,
    of,
    teacher,
    vermonter,
)

RECEIVED = chicago("2026-09-20 10:00")
NOW = chicago("2026-10-02 01:00")


def test_vermont_certifies_15_hours_whatever_the_log_says() -> None:
    for hours in (None, "3", "40"):
        granted = of(decide(ALL, vermonter(), [case(1, RECEIVED, hours=hours)], NOW), 1, Currency.state_cpd)
        assert (granted.outcome, granted.quantity, granted.unit) == (DecisionOutcome.granted, Decimal(15), "hour")
        assert (granted.clause, granted.period, granted.effective_on) == (
            "15-hour certificate",
            "2026-27",
            date(2026, 9, 20),
        )
        assert granted.reasons[0].sentence == "The clause gives 15 hours for each micro-credential."


def test_vermont_hours_never_move_pay() -> None:
    refused = of(decide(ALL, vermonter(), [case(1, RECEIVED)], NOW), 1, Currency.pay)
    assert (refused.outcome, codes(refused)) == (DecisionOutcome.refused, ["only_through"])
    assert "Only college credit moves pay" in refused.reasons[0].sentence


def test_credit_nobody_asked_for_is_not_decided_and_explained_as_silent() -> None:
    decided = decide(ALL, vermonter(), [case(1, RECEIVED)], NOW)
    assert {d.currency for d in decided} == {Currency.state_cpd, Currency.pay}
    assert "Vermont-NEA (vt-vermont-nea), College credit: gives college credit on request; nobody asked." in silences(
        ALL, vermonter(), case(1, RECEIVED)
    )


def test_vermont_credit_is_held_while_two_fees_are_in_force_and_names_both() -> None:
    decided = decide(ALL, vermonter(), [case(1, RECEIVED, credit=True)], NOW)
    held = of(decided, 1, Currency.graduate_credit)
    assert (held.outcome, held.quantity, codes(held)) == (DecisionOutcome.held, 0, ["two_fees"])
    assert (
        "125.00 USD (Vermont-NEA page, introduction) and 150.00 USD (Vermont-NEA page, questions"
        in held.reasons[0].sentence
    )
    pay = of(decided, 1, Currency.pay)
    assert (pay.outcome, codes(pay), pay.reasons[0].owner) == (
        DecisionOutcome.held,
        ["transcript_missing"],
        Owner.educator,
    )


FEE = {"amount": Decimal(125), "unit": "USD", "source": "one"}


@pytest.mark.parametrize(
    ("terms", "outcome", "code"),
    [
        ({"fees": [FEE | {"until": date(2026, 9, 20)}, FEE | {"from": date(2026, 9, 21)}]}, "granted", "flat"),
        ({"fees": [FEE | {"until": date(2026, 9, 20)}, FEE | {"from": date(2026, 9, 20)}]}, "held", "two_fees"),
        ({"fees": [FEE | {"from": date(2026, 9, 21)}]}, "held", "no_fee_in_force"),
        ({"fees": [FEE | {"until": date(2026, 9, 19)}]}, "held", "no_fee_in_force"),
        ({}, "held", "fee_missing"),
        ({"no_fee": "the registrar's letter"}, "granted", "flat"),
    ],
)
def test_credit_is_granted_only_with_exactly_one_fee_in_force_on_the_day_asked(
    terms: dict[str, object], outcome: str, code: str
) -> None:
    rules = changed(VERMONT, graduate_credit={"credit_request": {"college": "A College"} | terms})
    decided = of(decide([rules], vermonter(), [case(1, RECEIVED, credit=True)], NOW), 1, Currency.graduate_credit)
    assert (decided.outcome, decided.reasons[0].code) == (outcome, code)


def test_vermont_counts_nea_only() -> None:
    decided = decide([VERMONT], vermonter(), [case(1, RECEIVED, issuer="digital-promise")], NOW)
    assert {d.outcome for d in decided} == {DecisionOutcome.refused}


@pytest.mark.parametrize("credit", [False, True])
def test_for_an_issuer_that_does_not_count_nothing_is_said_to_help(credit: bool) -> None:
    other = replace(
        case(1, RECEIVED, issuer="digital-promise", credit=credit), issuer_name="Demo Digital Promise (fictional)"
    )
    decided = decide([VERMONT], vermonter(), [other], NOW)
    sentence = "Micro-credentials of Demo Digital Promise (fictional) do not count under this agreement."
    assert {(r.sentence, r.change) for d in decided for r in d.reasons} == {(sentence, "")}
    silent = silences([VERMONT], vermonter(), other)
    assert silent == (() if credit else (f"Vermont-NEA (vt-vermont-nea), College credit: {sentence}",))


def test_the_fictional_district_pays_three_in_a_year_and_the_fourth_is_lost() -> None:
    cases = [case(n, chicago(f"2026-09-0{n} 10:00")) for n in range(1, 5)]
    decided = decide([LAKEVIEW], lakeviewer(), cases, NOW)
    assert [(d.outcome.value, d.quantity, d.pay_month) for d in decided] == [
        *[("granted", Decimal("200.00"), "2026-09")] * 3,
        ("refused", Decimal(0), ""),
    ]
    assert (
        decided[3].reasons[0].sentence
        == "3 of at most 3 micro-credentials already count in 2026-27. What is over is lost."
    )


def test_the_fictional_university_grants_a_credit_and_states_its_fee() -> None:
    granted = of(decide(ALL, lakeviewer(), [case(1, RECEIVED, credit=True)], NOW), 1, Currency.graduate_credit)
    assert (granted.outcome, granted.quantity, granted.unit) == (DecisionOutcome.granted, Decimal(1), "credit")
    assert "in force on September 20, 2026 is 95.00 USD" in granted.reasons[-1].sentence
    early = case(1, chicago("2026-06-30 23:59"), credit=True)
    assert decide([UNIVERSITY], lakeviewer(), [early], NOW) == ()


def test_an_educator_without_any_agreement_gets_no_decision() -> None:
    assert decide([VERMONT, LAKEVIEW], teacher(), [case(1, RECEIVED)], NOW) == ()
    assert len(silences([VERMONT, LAKEVIEW], teacher(), case(1, RECEIVED))) == 2


def test_one_credential_is_decided_by_several_recognizers_at_once() -> None:
    both = teacher(licence_state="VT")
    decided = decide(ALL, both, [case(1, chicago("2026-09-20 10:00"))], NOW)
    assert [(d.agreement, d.currency.value) for d in decided] == [
        ("il-cusd200", "district_pd"),
        ("il-cusd200", "pay"),
        ("vt-vermont-nea", "state_cpd"),
        ("vt-vermont-nea", "pay"),
    ]


def test_pay_without_a_month_is_held_and_keeps_its_place_under_the_limit() -> None:
    tree = LAKEVIEW.terms.model_dump(by_alias=True, exclude_none=True)
    del tree["grants"][0]["processed"]
    rules = LAKEVIEW.model_copy(update={"terms": type(LAKEVIEW.terms).model_validate(tree)})
    cases = [case(n, chicago(f"2026-09-0{n} 10:00")) for n in range(1, 5)]
    decided = decide([rules], lakeviewer(), cases, NOW)
    assert [codes(d) for d in decided] == [*[["pay_month_missing", "cap"]] * 3, ["over_cap"]]
    assert decided[0].reasons[0].sentence == (
        "The agreement does not say in which month this is paid. Its place under the cap is kept."
    )
    assert (decided[2].outcome, decided[2].cap and decided[2].cap.after) == (DecisionOutcome.held, 3)


def test_what_counts_after_the_month_of_pay_is_held() -> None:
    tree = LAKEVIEW.terms.model_dump(by_alias=True, exclude_none=True)
    del tree["grants"][0]["processed"]
    tree["grants"][0]["paid"] = {"month": 9}
    rules = LAKEVIEW.model_copy(update={"terms": type(LAKEVIEW.terms).model_validate(tree)})
    in_time, late = case(1, chicago("2026-09-30 23:59")), case(2, chicago("2026-10-01 00:00"))
    decided = decide([rules], lakeviewer(), [in_time, late], NOW)
    assert (decided[0].outcome, decided[0].pay_month) == (DecisionOutcome.granted, "2026-09")
    assert codes(decided[1]) == ["after_pay_month"]


def test_a_version_can_go_by_the_day_it_was_earned() -> None:
    rules = changed(VERMONT, in_force={"from": date(2026, 1, 1), "until": date(2026, 6, 30), "by": "earned"})
    within = case(1, RECEIVED, earned=chicago("2026-06-30 22:00"))  # eleven at night in New York
    after = case(2, RECEIVED, earned=chicago("2026-06-30 23:00"))  # midnight in New York
    assert {d.case_id for d in decide([rules], vermonter(), [within, after], NOW)} == {1}


def test_a_leap_day_counts_like_any_other() -> None:
    received = chicago("2024-02-29 23:59")
    decided = of(decide([CUSD], teacher(on=date(2023, 7, 1)), [case(1, received)], received), 1, Currency.district_pd)
    assert (decided.effective_on, decided.pay_month, decided.period) == (date(2024, 2, 29), "2024-02", "2023-24")
