"""What the database itself refuses, whoever writes: lines that nobody decided, or that would leave the books open."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from countersign.recognition import ledger, recognise
from countersign.recognition.shell import LedgerRefused
from countersign.store import Store
from models.tables import DecisionRecord, Posting
from tests.recognition.builders import case, teacher
from tests.recognition.nights import AUGUST, NOW, PAID, add, night, postings


def reversal(store: Store, **changes: Any) -> Posting:
    """The reversal of the line of hours, with changes."""
    add(store, teacher(), [case(1, AUGUST)])
    night(store, PAID, NOW)
    line = next(p for p in postings(store) if p.unit == "hour")
    said: dict[str, Any] = {"kind": "reversal", "quantity": -line.quantity, "reverses_id": line.id}
    return Posting(**(line.model_dump(exclude={"id"}) | said | changes))


def put(store: Store, *lines: Posting) -> None:
    with store.transaction() as session:
        for line in lines:
            session.add(line)
            session.flush()


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": Decimal(-7)},
        {"quantity": Decimal("-8.0001")},
        {"quantity": Decimal(8)},
        {"quantity": Decimal(0)},
        {"unit": "credit"},
        {"period": "2023-24"},
        {"pay_month": "2025-01"},
        {"recognizer": "Another district"},
        {"agreement": "another"},
        {"currency": "pay"},
        {"reverses_id": None},
    ],
    ids=str,
)
def test_a_reversal_that_is_not_the_exact_negative_of_its_line_is_refused(
    any_store: Store, change: dict[str, Any]
) -> None:
    wrong = reversal(any_store, **change)
    with pytest.raises(IntegrityError, match="a reversal carries exactly the negative of the line it takes back"):
        put(any_store, wrong)


def test_a_reversal_is_not_taken_back_itself(any_store: Store) -> None:
    back = reversal(any_store)
    put(any_store, back)
    said: dict[str, Any] = {"quantity": -back.quantity, "reverses_id": back.id, "decision_id": back.decision_id + 1}
    with pytest.raises(IntegrityError, match="a reversal carries exactly the negative"):
        put(any_store, Posting(**(back.model_dump(exclude={"id"}) | said)))


def test_a_reversal_by_a_decision_on_something_else_is_refused(any_store: Store) -> None:
    wrong = reversal(any_store)
    with any_store.reading() as session:
        query = select(DecisionRecord.id).where(col(DecisionRecord.currency) != wrong.currency)
        wrong.decision_id = session.exec(query).first() or 0
    with pytest.raises(IntegrityError, match="a reversal rests on a decision on the case, agreement and currency"):
        put(any_store, wrong)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"quantity": Decimal(9)}, "a grant or bank line says what its decision says"),
        ({"kind": "bank"}, "a grant or bank line says what its decision says"),
        ({"unit": "credit"}, "a grant or bank line says what its decision says"),
        ({"period": "2023-24"}, "a grant or bank line says what its decision says"),
        ({"quantity": Decimal(0)}, "a grant or bank line has a positive quantity and takes nothing back"),
        ({"quantity": Decimal(-8)}, "a grant or bank line has a positive quantity and takes nothing back"),
        ({"kind": "correction"}, "a line of the ledger is a grant, a bank line or a reversal"),
        ({}, "a case has one open line under an agreement in a currency"),
    ],
    ids=str,
)
def test_a_line_that_no_decision_stands_behind_is_refused(
    any_store: Store, change: dict[str, Any], sentence: str
) -> None:
    back = reversal(any_store)
    opened: dict[str, Any] = {"kind": "grant", "quantity": -back.quantity, "reverses_id": None}
    again: dict[str, Any] = back.model_dump(exclude={"id"}) | opened
    with any_store.transaction() as session:  # a newer decision that says the same, which opens no second line
        live = session.get_one(DecisionRecord, back.decision_id)
        said: dict[str, Any] = live.model_dump(exclude={"id"}) | {"revision": 2}
        newer = DecisionRecord(**said)
        session.add(newer)
        session.flush()
        again["decision_id"] = newer.id
    with pytest.raises(IntegrityError, match=sentence):
        put(any_store, Posting(**(again | change)))


def test_once_a_line_is_taken_back_another_one_may_stand_in_its_place(any_store: Store) -> None:
    back = reversal(any_store)
    opened: dict[str, Any] = {"kind": "grant", "quantity": -back.quantity, "reverses_id": None}
    again: dict[str, Any] = back.model_dump(exclude={"id"}) | opened
    with any_store.transaction() as session:
        live = session.get_one(DecisionRecord, back.decision_id)
        said: dict[str, Any] = live.model_dump(exclude={"id"}) | {"revision": 2}
        newer = DecisionRecord(**said)
        session.add(newer)
        session.flush()
        again["decision_id"] = newer.id
    put(any_store, back, Posting(**again))
    assert sum(p.quantity for p in postings(any_store) if p.unit == "hour") == 8


def test_what_the_books_refuse_is_an_error_that_names_the_case_and_the_others_are_decided(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a fault in the program wrote a line that says something else than its decision."""
    wrong = add(any_store, teacher(), [case(1, AUGUST)])
    sound = add(any_store, teacher(educator_id=2), [case(2, AUGUST)])
    made = ledger._posting  # pyright: ignore[reportPrivateUsage]

    def faulty(row: DecisionRecord, now: datetime) -> Posting | None:
        line = made(row, now)
        if line is not None and row.educator_id == wrong:
            line.quantity += 1
        return line

    monkeypatch.setattr(ledger, "_posting", faulty)
    (refused,) = recognise(any_store, PAID, [wrong, sound], NOW)
    assert isinstance(refused, LedgerRefused)
    assert refused.what == (
        "The ledger does not take what il-cusd200 decides of C-1 (district_pd): a grant or bank line says what its decision says."
    )
    assert "countersign ledger C-1" in refused.remedy
    assert {line.educator_id for line in postings(any_store)} == {sound}
