"""The ledger's statements add up, and what does not balance is said in words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.recognition.statement import Statement, Turn, faults, statements
from models.tables import DecisionRecord, Posting

AT = datetime(2026, 9, 1, 6, tzinfo=UTC)


def line(number: int, quantity: str, case: int = 1, kind: str = "grant", **more: Any) -> Posting:
    said: dict[str, Any] = {
        "decision_id": number,
        "educator_id": 1,
        "recognizer": "CUSD 200",
        "agreement": "cu",
        "currency": "pay",
        "unit": "USD",
        "period": "2024-25",
        "pay_month": "2024-11" if kind == "grant" else "",
        "posted_at": AT + timedelta(days=number),
    }
    return Posting(id=number, case_id=case, kind=kind, quantity=Decimal(quantity), **(said | more))


def back(number: int, of: Posting) -> Posting:
    said: dict[str, Any] = of.model_dump(exclude={"id", "quantity", "kind", "reverses_id", "posted_at", "decision_id"})
    return Posting(
        id=number,
        decision_id=number,
        kind="reversal",
        quantity=-of.quantity,
        reverses_id=of.id,
        posted_at=AT + timedelta(days=number),
        **said,
    )


def decided(of: Posting, **more: Any) -> DecisionRecord:
    """The decision in force that the line rests on."""
    said: dict[str, Any] = of.model_dump(
        include={
            "case_id",
            "educator_id",
            "recognizer",
            "agreement",
            "currency",
            "quantity",
            "unit",
            "period",
            "pay_month",
        }
    )
    outcome = "banked" if of.kind == "bank" else "granted"
    rest: dict[str, Any] = {
        "agreement_sha256": "",
        "clause": "Pay",
        "revision": 1,
        "decided_at": AT,
        "outcome": outcome,
    }
    return DecisionRecord(id=of.decision_id, **(said | rest | more))


def figures(made: Statement) -> tuple[Decimal, ...]:
    return made.opening, made.new, made.adjustments, made.reversals, made.closing


def test_a_corrected_line_is_a_reversal_and_an_adjustment() -> None:
    first = line(1, "250")
    (made,) = statements([first, back(2, first), line(3, "200"), line(4, "250", case=2)])
    assert figures(made) == (0, 500, 200, 250, 450)
    assert [e.turn for e in made.entries] == [Turn.new, Turn.reversal, Turn.adjustment, Turn.new]
    assert [e.balance for e in made.entries] == [250, 0, 200, 450]


def test_a_period_opens_with_what_the_one_before_it_closed_with() -> None:
    later = line(1, "250", period="2025-26")  # decided first: a late fact of the year before came after it
    earlier = line(2, "200", case=2)
    assert [(s.period, *figures(s)) for s in statements([later, earlier])] == [
        ("2024-25", 0, 200, 0, 0, 200),
        ("2025-26", 200, 250, 0, 0, 450),
    ]


@pytest.mark.parametrize(
    "periods",
    [
        ("2024-25", "2025-26", "2026-27"),
        ("September 2024", "December 2024", "January 2025"),
        ("Fall 2024", "Spring 2025", "all time"),
        ("the license period 2021 to 2024", "the license period 2024 to 2027", "the contract"),
    ],
)
def test_periods_stand_in_the_order_of_the_calendar(periods: tuple[str, ...]) -> None:
    lines = [line(n, "1", case=n, period=period) for n, period in enumerate(reversed(periods), 1)]
    assert [s.period for s in statements(lines)] == list(periods)


def test_what_is_banked_is_an_account_of_its_own_and_its_release_is_new_among_what_is_granted() -> None:
    bank = line(1, "1", kind="bank", unit="micro-credential", period="2025-26")
    granted = line(3, "250", period="2025-26")
    made = {s.account.side: figures(s) for s in statements([bank, back(2, bank), granted])}
    assert made == {"banked": (0, 1, 0, 1, 0), "granted": (0, 250, 0, 0, 250)}


def test_units_currencies_and_recognizers_are_never_added_together() -> None:
    lines = [
        line(1, "250"),
        line(2, "1", unit="step"),
        line(3, "8", unit="hour", currency="district_pd"),
        line(4, "250", recognizer="Another district"),
    ]
    assert [figures(s)[-1] for s in statements(lines)] == [250, 8, 250, 1]


def test_a_ledger_that_says_what_the_decisions_say_has_no_faults() -> None:
    first, bank = line(1, "250"), line(4, "1", case=2, kind="bank", unit="micro-credential")
    now = line(3, "200")
    with_another = decided(line(9, "0", case=5), quantity=Decimal(0))  # counted with another case: no line
    assert list(faults([first, back(2, first), now, bank], [decided(now), decided(bank), with_another])) == []
    assert list(faults([], [])) == []


ONE = line(1, "250")


@pytest.mark.parametrize(
    ("lines", "live", "sentences"),
    [
        (
            [ONE],
            [decided(ONE, quantity=Decimal(300))],
            [
                "Educator 1, CUSD 200, pay, granted, 2024-25: opening 0.00 USD, new 250.00 USD, adjustments 0.00 USD, reversals 0.00 USD, "
                "closing 250.00 USD; the decisions in force come to 300.00 USD in this period (apart in C-1)."
            ],
        ),
        (
            [ONE],
            [],
            [
                "Educator 1, CUSD 200, pay, granted, 2024-25: opening 0.00 USD, new 250.00 USD, adjustments 0.00 USD, reversals 0.00 USD, "
                "closing 250.00 USD; the decisions in force come to 0.00 USD in this period (apart in C-1)."
            ],
        ),
        (
            [],
            [decided(ONE)],
            [
                "Educator 1, CUSD 200, pay, granted, 2024-25: the decisions in force come to 250.00 USD in this period (C-1), "
                "and the ledger has no line."
            ],
        ),
        (
            [ONE],
            [decided(ONE, pay_month="2025-11")],
            ["C-1, cu, pay: line 1 stands in the month 2024-11, and the decision in force says 2025-11."],
        ),
    ],
    ids=["another amount", "no decision", "no line", "another month"],
)
def test_what_does_not_balance_is_said_with_its_figures(
    lines: list[Posting], live: list[DecisionRecord], sentences: list[str]
) -> None:
    assert list(faults(lines, live)) == sentences


def test_two_open_lines_are_said_even_where_the_sums_agree() -> None:
    two = [line(1, "100"), line(2, "150")]
    assert list(faults(two, [decided(ONE)])) == ["C-1, cu, pay: 2 lines are open at once (1, 2)."]


def test_a_reversal_that_is_not_the_negative_of_its_line_is_said() -> None:
    short = back(2, ONE)
    short.quantity = Decimal(-200)
    found = list(faults([ONE, short], []))
    assert found[0] == "Line 2 of C-1 is not the exact negative of line 1, which it takes back."
    assert "closing 50.00 USD; the decisions in force come to 0.00 USD" in found[1]


def test_a_line_taken_back_twice_a_stray_reversal_and_a_negative_grant_are_said() -> None:
    assert "Line 1 is taken back 2 times." in list(faults([ONE, back(2, ONE), back(3, ONE)], []))
    assert (
        next(iter(faults([back(2, ONE)], []))) == "Line 2 of C-1 takes back line 1, which is no line of this educator."
    )
    assert next(iter(faults([line(1, "-5")], []))) == "Line 1 of C-1 gives -5.00 USD."


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Posting], list[DecisionRecord]]:
    """What `ledger.write` does with random changes of mind on a few cases: the lines, and the decisions in force."""
    lines: list[Posting] = []
    open_: dict[int, Posting] = {}
    for _ in range(draw(st.integers(0, 25))):
        case, kind = draw(st.integers(1, 5)), draw(st.sampled_from(["grant", "bank", "none"]))
        if case in open_:
            lines.append(back(len(lines) + 1, open_.pop(case)))
        if kind != "none":
            quantity = draw(st.decimals(Decimal("0.0001"), 5000, places=4))
            period = draw(st.sampled_from(["2024-25", "2025-26", "Fall 2025"]))
            open_[case] = line(len(lines) + 1, f"{quantity:f}", case, kind, period=period)
            lines.append(open_[case])
    return lines, [decided(row) for row in open_.values()]


@given(histories(), st.randoms(use_true_random=False))
def test_every_statement_closes_and_the_last_closing_is_all_that_stands(
    made: tuple[list[Posting], list[DecisionRecord]], shuffled: Random
) -> None:
    lines, live = made
    found = statements(lines)
    for one in found:
        assert one.opening + one.new + one.adjustments - one.reversals == one.closing
        assert one.closing == (one.entries[-1].balance if one.entries else one.opening)
    assert {s.account: s.closing for s in found if s.closing} == _standing(live)
    assert list(faults(lines, live)) == []
    anyhow = list(lines)
    shuffled.shuffle(anyhow)
    assert statements(anyhow) == found


@given(histories(), st.data())
def test_a_line_that_is_lost_or_changed_never_goes_unnoticed(
    made: tuple[list[Posting], list[DecisionRecord]], data: st.DataObject
) -> None:
    lines, live = made
    if not lines:
        return
    at = data.draw(st.integers(0, len(lines) - 1))
    if data.draw(st.booleans()):
        changed = [*lines[:at], *lines[at + 1 :]]
    else:
        said: dict[str, Any] = {**lines[at].model_dump(), "quantity": lines[at].quantity + Decimal("0.0001")}
        other = Posting(**said)
        changed = [*lines[:at], other, *lines[at + 1 :]]
    assert list(faults(changed, live)) != []


def _standing(live: Sequence[DecisionRecord]) -> dict[Any, Decimal]:
    sums: dict[Any, Decimal] = {}
    for decision in live:
        kind = "bank" if decision.outcome == "banked" else "grant"
        (account,) = {s.account for s in statements([line(1, "1", kind=kind, unit=decision.unit)])}
        sums[account] = sums.get(account, Decimal(0)) + decision.quantity
    return sums
