"""The books hold by themselves: constraints against two writers, and balances whatever arrives."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from countersign.recognition import due_educators, recognise
from countersign.store import Store
from models.records import Span, Work
from models.tables import (
    Case,
    DecisionRecord,
    Posting,
)
from tests.recognition.builders import (
    ALL,
    Rows,
    case,
    teacher,
)
from tests.recognition.nights import AUGUST, NOW, PAID, add, balanced, counted, decisions, lines, night, seven


def test_two_writers_cannot_both_add_the_same_revision(any_store: Store) -> None:
    add(any_store, teacher(), [case(1, AUGUST)])
    night(any_store, PAID, NOW)
    row: dict[str, Any] = decisions(any_store)[0].model_dump(exclude={"id"})
    with pytest.raises(IntegrityError), any_store.transaction() as session:
        session.add(DecisionRecord(**row))


def test_a_line_is_reversed_once_at_most(any_store: Store) -> None:
    add(any_store, teacher(), [case(1, AUGUST)])
    night(any_store, PAID, NOW)
    with any_store.reading() as session:
        ids = [d.id for d in session.exec(select(DecisionRecord).order_by(col(DecisionRecord.id))).all()]
        line = session.exec(select(Posting).where(col(Posting.decision_id) == ids[0])).one()
    reversal: dict[str, Any] = line.model_dump(exclude={"id"}) | {
        "kind": "reversal",
        "quantity": -line.quantity,
        "reverses_id": line.id,
    }
    with any_store.transaction() as session:
        session.add(Posting(**reversal))
    again: dict[str, Any] = {**reversal, "decision_id": ids[1]}
    with pytest.raises(IntegrityError), any_store.transaction() as session:
        session.add(Posting(**again))


def test_workers_who_decide_the_same_educators_at_once_write_everything_once(any_store: Store) -> None:
    educators = [add(any_store, replace(teacher(), educator_id=n), seven()) for n in range(1, 4)]
    with ThreadPoolExecutor(3) as pool:
        for job in [pool.submit(recognise, any_store, PAID, educators, NOW) for _ in range(3)]:
            job.result()
    assert {d.revision for d in decisions(any_store)} == {1}
    assert Counter(line[1] for line in lines(any_store)) == {"grant": 15, "bank": 6}
    balanced(any_store)


def test_a_roster_of_people_without_cases_is_not_looked_at(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        for number in range(50):
            rows.educator(replace(teacher(), educator_id=number))
    assert due_educators(store, ALL, NOW) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.sampled_from([None, "6.5", "12"]), st.booleans()), min_size=1, max_size=9
    ),
    st.sampled_from([0, 120, 400]),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_arrives_in_whatever_order_the_ledger_balances_and_reruns_add_nothing(
    store: Store, arrivals: list[tuple[int, str | None, bool]], later: int
) -> None:
    with store.reading() as session:
        number = len(session.exec(select(Case.id)).all()) + 1
    both = replace(
        teacher(),
        educator_id=number * 1000,
        licence_state="VT",
        employments=(Work("CUSD 200", "Teacher", Span(date(2016, 8, 15))),),
    )
    educator = add(store, both, [])
    for offset, (days, hours, credit) in enumerate(arrivals):
        received = AUGUST + timedelta(days=days, minutes=offset)
        with store.transaction() as session:
            Rows(session).case(educator, case(offset + 1, received, hours=hours, credit=credit))
        night(store, PAID, NOW + timedelta(days=days // 2))
    now = NOW + timedelta(days=later)
    night(store, PAID, now)
    recognise(store, PAID, [educator], now)
    before = counted(store)
    recognise(store, PAID, [educator], now)
    assert due_educators(store, PAID, now) == []
    assert counted(store) == before
    balanced(store)


@given(st.lists(st.integers(0, 700), max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_unrelated_educators_facts_never_change_a_decision(store: Store, arrivals: list[int]) -> None:
    with store.reading() as session:
        number = len(session.exec(select(Case.id)).all()) + 1
    mine = add(store, replace(teacher(), educator_id=number * 1000), seven())
    night(store, PAID, NOW)
    before = [d for d in decisions(store) if d.educator_id == mine]
    others = [case(n + 1, AUGUST + timedelta(days=day), hours="8") for n, day in enumerate(arrivals)]
    add(store, replace(teacher(), educator_id=number * 1000 + 1), others)
    assert mine not in night(store, PAID, NOW)
    recognise(store, PAID, [mine], NOW)
    assert [d for d in decisions(store) if d.educator_id == mine] == before
