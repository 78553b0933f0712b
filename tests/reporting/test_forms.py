"""Forms of pay other than hours and amounts: lanes, steps, percent, points; and what is gathered, on its way into a package."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from countersign import review
from countersign.recognition import due_educators, recognise
from countersign.reporting import cases_about_to_be_paid, cases_granted_in, close_month
from countersign.reporting.facts import AgreementFact, Reported
from countersign.reporting.package import Balance, build_package, form_of
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.records import CaseRecord, Span, Work
from models.tables import Case
from models.words import Doubt, Owner, Recheck
from tests.recognition.builders import Rows, case, teacher
from tests.recognition.nights import add
from tests.reporting.outcome import DECEMBER, FILES, NOVEMBER, contents, one, rows
from tests.reporting.town import Town, agreement
from tests.reporting.values import TERMS, facts, line

LANE_TERMS = replace(TERMS, currency="pay", clause="Lane", form="lane")


@pytest.mark.parametrize(
    ("currency", "unit", "said", "form"),
    [
        ("pay", "USD", "stipend", "stipend"),
        ("pay", "USD", "base_pay", "base pay"),
        ("pay", "USD", "", "fixed amount"),
        ("pay", "percent", "", "percentage"),
        ("pay", "step", "", "step"),
        ("pay", "lane", "", "lane"),
        ("pay", "credit", "lane", "lane"),
        ("district_pd", "hour", "", "PD hours"),
        ("district_pd", "CEU", "", "professional development"),
        ("district_pd", "credit", "", "professional development"),
        ("in_lieu_of_pd", "PDP", "", "in lieu of pd"),
    ],
)
def test_the_form_is_the_clauses_own_or_what_the_unit_says(currency: str, unit: str, said: str, form: str) -> None:
    assert form_of(currency, unit, said) == form


@pytest.mark.parametrize("unit", ["CEU", "PDP"])
def test_units_of_three_capitals_that_are_no_currency_are_not_money(unit: str) -> None:
    made = build_package(facts(line(1, "1.5", unit)))
    assert made.totals.money == {}
    assert made.lines[0].attention == ""


def test_lanes_are_told_apart_where_an_agreement_gives_them_and_only_there() -> None:
    lane = line(1, "1", "lane", terms=LANE_TERMS)
    assert build_package(facts(line())).lanes is None
    made = build_package(facts(lane, line(2))).lanes
    assert made is not None
    assert [one.fact.posting for one in made] == [1]
    empty = build_package(facts(line(), agreements=(AgreementFact("cu", "C", "s", "c" * 64, lanes=True),)))
    assert empty.lanes == ()


def test_each_form_has_a_balance_of_its_own() -> None:
    step = replace(TERMS, currency="pay", form="step")
    made = build_package(
        facts(
            line(1, "1", "lane", terms=LANE_TERMS),
            line(2, "1", "step", terms=step),
            line(3, "2.5", "percent", terms=replace(TERMS, currency="pay", form="percentage")),
            line(4, "-1", "step", terms=step, reverses=9),
            reported={9: Reported("2026-09-000009", "2026-09")},
        )
    )
    said = [(b.form, b.unit, b.new, b.reversals) for b in made.totals.balances]
    assert said == [("lane", "lane", 1, 0), ("percentage", "percent", Decimal("2.5"), 0), ("step", "step", 1, 1)]


def aurora(**more: Any) -> Rules:
    """A district whose hours become credits, whose credits become lanes, and which gives a step for a stack."""
    grants: list[dict[str, Any]] = [
        {
            "clause": "Salary credit",
            "currency": "district_pd",
            "text": "10 hours each; 15 hours are a credit.",
            "value": {"flat": Decimal(10), "unit": "hour"},
            "each": {"amount": Decimal(15), "gives": Decimal(1), "unit": "credit", "remainder": "kept"},
            "processed": "monthly",
        },
        {
            "clause": "Lane",
            "currency": "pay",
            "form": "lane",
            "text": "2 credits advance by one lane.",
            "value": {"as_granted_by": "Salary credit", "unit": "credit"},
            "each": {"amount": Decimal(2), "gives": Decimal(1), "unit": "lane", "remainder": "kept"},
            "processed": "monthly",
        },
    ]
    said: dict[str, Any] = {"grants": grants, **more}
    return agreement("cu", "CUSD 200", eligibility={"issuers": ["nea"]}, **said)


def stacked() -> Rules:
    grants: list[dict[str, Any]] = [
        {
            "clause": "Step",
            "currency": "pay",
            "form": "step",
            "text": "One step for the three.",
            "stack": "Assessment",
            "value": {"flat": Decimal(1), "unit": "step"},
            "processed": "monthly",
        }
    ]
    stack = {"name": "Assessment", "titles": ["One", "Two", "Three"]}
    return aurora(grants=grants, stacks=[stack])


def arrived(store: Store, rules: Rules, *received: CaseRecord) -> list[int]:
    """A teacher's cases, decided on November 1; their numbers."""
    at = replace(teacher(), employments=(Work("CUSD 200", "Teacher", Span(date(2016, 8, 15))),))
    educator = add(store, at, [])
    with store.transaction() as session:
        numbers = [Rows(session).case(educator, one) for one in received]
    night(store, rules)
    return numbers


def night(store: Store, rules: Rules, now: datetime = NOVEMBER) -> None:
    recognise(store, [rules], due_educators(store, [rules], now), now)


def october(number: int, title: str = "") -> CaseRecord:
    return case(number, datetime(2026, 10, number, 15, tzinfo=UTC), title or None)


def test_a_credit_and_a_lane_go_to_hr_with_the_one_that_completes_them_and_the_others_have_no_line(
    store: Store, workspace: Workspace
) -> None:
    numbers = arrived(store, aurora(), *(october(n) for n in (1, 2, 3)))
    summary = one(close_month(store, workspace, [aurora()], "2026-10", NOVEMBER))
    assert set(contents(workspace.root / summary.path)) == {*FILES, "lane_changes.csv"}
    made = [(r["case"], r["form"], r["quantity"], r["unit"], r["amount"]) for r in rows(workspace, "compensation.csv")]
    assert made == [
        (f"C-{numbers[1]}", "professional development", "1", "credit", ""),
        (f"C-{numbers[2]}", "professional development", "1", "credit", ""),
        (f"C-{numbers[2]}", "lane", "1", "lane", ""),
    ]
    (moved,) = rows(workspace, "lane_changes.csv")
    assert (moved["case"], moved["quantity"], moved["unit"]) == (f"C-{numbers[2]}", "1", "lane")
    assert moved["effective_on"] == "2026-10-03"
    assert rows(workspace, "pd_hours.csv") == rows(workspace, "held.csv") == []
    assert (summary.lines, summary.held, summary.banked) == (3, 0, 0)


def test_what_is_gathered_stands_among_what_waits_and_says_what_is_still_missing(
    store: Store, workspace: Workspace
) -> None:
    arrived(store, aurora(), october(1))
    summary = one(close_month(store, workspace, [aurora()], "2026-10", NOVEMBER))
    waiting = [r for r in rows(workspace, "held.csv") if r["clause"] == "Salary credit"]
    (row,) = waiting
    assert (row["outcome"], row["quantity"], row["unit"], row["submit_from"]) == ("banked", "10", "hour", "")
    assert "10 hours are gathered, and 5 hours are still missing" in row["reason"]
    assert row["change"].startswith("Further micro-credentials make it a whole.")
    assert summary.lines == 0
    assert rows(workspace, "lane_changes.csv") == []


def test_an_open_stack_stands_among_what_waits_and_names_what_is_still_to_come(
    store: Store, workspace: Workspace
) -> None:
    arrived(store, stacked(), october(1, "One"), october(2, "Two"))
    one(close_month(store, workspace, [stacked()], "2026-10", NOVEMBER))
    said = rows(workspace, "held.csv")
    assert [(r["outcome"], r["quantity"], r["unit"]) for r in said] == [("banked", "1", "micro-credential")] * 2
    assert all("2 of 3 are here; still to come: Three." in r["reason"] for r in said)
    assert not (workspace.root / "outbox/hr/cusd-200/2026-10/lane_changes.csv").exists()


def test_a_complete_stack_is_one_line_with_its_form_and_names_the_others(store: Store, workspace: Workspace) -> None:
    numbers = arrived(store, stacked(), *(october(n, title) for n, title in enumerate(("One", "Two", "Three"), 1)))
    one(close_month(store, workspace, [stacked()], "2026-10", NOVEMBER))
    (row,) = rows(workspace, "compensation.csv")
    assert (row["case"], row["form"], row["quantity"], row["unit"]) == (f"C-{numbers[2]}", "step", "1", "step")
    assert f"together with C-{numbers[0]} and C-{numbers[1]}" in row["reason"]
    assert rows(workspace, "held.csv") == []


def test_a_line_is_taken_back_in_the_form_in_which_it_was_given(store: Store, workspace: Workspace) -> None:
    """The agreement said nothing of the form then, and says "stipend" now."""
    grants: list[dict[str, Any]] = [
        {
            "clause": "Compensation",
            "currency": "pay",
            "text": "200 dollars.",
            "value": {"flat": Decimal(200), "unit": "USD"},
            "processed": "monthly",
        }
    ]
    before = agreement(grants=grants)
    after = agreement(grants=[grants[0] | {"form": "stipend"}], sha256="f" * 64)
    town = Town(store)
    avery = town.person()
    given = town.pay(avery, pay_month="2026-10")
    one(close_month(store, workspace, [before, after], "2026-10", NOVEMBER))
    reasons = [{"clause": "Compensation", "code": "revoked", "sentence": "The issuer revoked it.", "owner": "nobody"}]
    said: dict[str, Any] = {"clause": "Compensation", "agreement_sha256": "f" * 64, "reasons": reasons}
    town.take_back(town.decide(1, "refused", "0", "USD", "pay", "cu", **said), given)
    stipend = said | {"pay_month": "2026-11"}
    town.post(town.decide(town.case(avery), "granted", "200", "USD", "pay", "cu", **stipend), "2026-11")
    summary = one(close_month(store, workspace, [before, after], "2026-11", DECEMBER))
    made = [(r["transaction"], r["form"]) for r in rows(workspace, "compensation.csv", summary.path)]
    assert made == [("REVERSAL", "fixed amount"), ("NEW", "stipend")]
    assert {b.form: figures(b) for b in summary.balances} == {"fixed amount": (200, 200, 0), "stipend": (0, 0, 200)}


def figures(balance: Balance) -> tuple[Decimal, ...]:
    return balance.opening, balance.reversals, balance.closing


def test_what_a_whole_rests_on_is_looked_up_before_it_is_paid_and_a_doubt_about_it_keeps_the_line_back(
    store: Store, workspace: Workspace
) -> None:
    numbers = arrived(store, stacked(), *(october(n, title) for n, title in enumerate(("One", "Two", "Three"), 1)))
    assert cases_about_to_be_paid(store, [stacked()], "2026-10") == numbers
    assert set(cases_granted_in(store, [stacked()], "2026-11")) >= set(numbers)
    proven = dict.fromkeys(numbers, Recheck.proven)
    late = {case: found for case, found in proven.items() if case != numbers[1]}
    summary = one(close_month(store, workspace, [stacked()], "2026-10", NOVEMBER, dry_run=True, rechecked=late))
    assert (summary.lines, sum(summary.withheld.values())) == (0, 1)
    with store.transaction() as session:
        review.hold(
            session,
            subject=f"case:{numbers[0]}",
            code=Doubt.revoked_later.value,
            sentence="The issuer withdrew it.",
            next_step="Decide.",
            owner=Owner.staff,
            now=NOVEMBER,
        )
    summary = one(close_month(store, workspace, [stacked()], "2026-10", NOVEMBER, rechecked=proven))
    assert (summary.lines, sum(summary.withheld.values())) == (0, 1)
    (row,) = rows(workspace, "held.csv")
    assert (row["case"], row["outcome"]) == (f"C-{numbers[2]}", "withheld")
    assert row["reason"].startswith("The issuer withdrew it.")


def test_one_of_a_whole_that_is_no_longer_proven_takes_the_whole_back(store: Store, workspace: Workspace) -> None:
    """The whole was completed by another case, in whose name HR was given it."""
    numbers = arrived(store, stacked(), *(october(n, title) for n, title in enumerate(("One", "Two", "Three"), 1)))
    one(close_month(store, workspace, [stacked()], "2026-10", NOVEMBER))
    with store.transaction() as session:
        session.get_one(Case, numbers[0]).state = "rejected"
    night(store, stacked(), DECEMBER)
    one(close_month(store, workspace, [stacked()], "2026-11", DECEMBER))
    path = "outbox/hr/cusd-200/2026-11"
    (row,) = rows(workspace, "compensation.csv", path)
    assert (row["case"], row["transaction"], row["quantity"]) == (f"C-{numbers[2]}", "REVERSAL", "-1")
    assert [r["outcome"] for r in rows(workspace, "held.csv", path)] == ["banked", "banked"]
