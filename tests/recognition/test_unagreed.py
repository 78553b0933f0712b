"""An employer with whom no agreement is in force: held where staff see it, once, until there is an agreement or the job is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from countersign.desk.queue import one_item, open_items, resolve
from countersign.recognition import due_educators, explain, explanation_text, recognise
from countersign.recognition.unagreed import unagreed
from countersign.store import Store
from models.agreement import Rules
from models.records import EducatorRecord, Span, Work
from models.tables import Case, Employment, ReviewItem
from tests.recognition.builders import ALL, CUSD, VERMONT, case, changed, chicago, teacher, vermonter
from tests.recognition.nights import AUGUST, NOW, add, counted, decisions, night

ZONE = "America/Chicago"
MAPLE = "Held, no agreement: we have none on micro-credentials with Maple Union SD. What this employer pays or counts for it is not decided."


def items(store: Store) -> list[ReviewItem]:
    with store.reading() as session:
        query = select(ReviewItem).where(ReviewItem.code == "no_agreement").order_by(col(ReviewItem.id))
        return list(session.exec(query))


def open_cases(store: Store) -> list[str]:
    return [item.subject for item in items(store) if item.closed_at is None]


def of_maple() -> tuple[Rules, ...]:
    """CUSD 200's agreement as if Maple Union had signed it."""
    return (
        *ALL,
        changed(
            CUSD,
            id="vt-maple",
            recognizer="Maple Union SD",
            applies_to={"employer": "Maple Union SD", "employed_on": "submitted"},
        ),
    )


def working(*spans: tuple[str, date, date | None]) -> EducatorRecord:
    return replace(
        vermonter(), employments=tuple(Work(name, "Teacher", Span(starts, ends)) for name, starts, ends in spans)
    )


def test_the_states_hours_are_granted_and_what_the_district_would_pay_is_held(any_store: Store) -> None:
    educator = add(any_store, vermonter(), [case(1, AUGUST), case(2, AUGUST.replace(minute=2))])
    assert night(any_store, ALL, NOW) == [educator]
    assert {(d.currency, d.outcome) for d in decisions(any_store)} >= {("state_cpd", "granted")}
    assert [(i.subject, i.sentence, i.owner) for i in items(any_store)] == [
        ("case:1", MAPLE, "staff"),
        ("case:2", MAPLE, "staff"),
    ]
    assert "agreements/" in items(any_store)[0].next_step
    before = counted(any_store)
    assert due_educators(any_store, ALL, NOW + timedelta(days=400)) == []
    recognise(any_store, ALL, [educator], NOW)
    assert counted(any_store) == before


def test_it_closes_by_itself_when_an_agreement_with_the_district_appears(any_store: Store) -> None:
    educator = add(any_store, vermonter(), [case(1, AUGUST)])
    night(any_store, ALL, NOW)
    rules = of_maple()
    assert night(any_store, rules, NOW) == [educator]
    (item,) = items(any_store)
    assert (item.closed_by, item.resolution) == ("nightly", "There is an agreement now, or the employment is over.")


def test_it_closes_by_itself_on_the_day_after_the_last_day_of_the_employment(any_store: Store) -> None:
    last = date(2024, 10, 31)
    educator = add(any_store, working(("Maple Union SD", date(2015, 8, 20), last)), [case(1, AUGUST)])
    night(any_store, ALL, NOW)
    assert open_cases(any_store) == ["case:1"]
    assert due_educators(any_store, ALL, datetime.fromisoformat("2024-11-01T03:59:59Z")) == []
    later = datetime.fromisoformat("2024-11-01T04:00:00Z")  # midnight in New York
    assert night(any_store, ALL, later) == [educator]
    assert open_cases(any_store) == []
    assert due_educators(any_store, ALL, later + timedelta(days=1)) == []


def test_what_the_roster_says_of_the_employment_later_counts(store: Store) -> None:
    add(store, vermonter(), [case(1, AUGUST)])
    night(store, ALL, NOW)
    with store.transaction() as session:
        session.exec(select(Employment)).one().ends = date(2024, 8, 20)
    night(store, ALL, NOW)
    assert open_cases(store) == []


def test_dismissed_it_does_not_come_back_and_explain_says_who_decided(any_store: Store) -> None:
    educator = add(any_store, vermonter(), [case(1, AUGUST)])
    night(any_store, ALL, NOW)
    (item,) = items(any_store)
    shown = one_item(any_store, item.id)
    assert (shown.sentence, shown.choices) == (MAPLE, ("--dismiss",))
    assert explain(any_store, 1, ALL, NOW).no_agreement == (MAPLE,)
    resolve(any_store, item.id, by="Pat", reason="The district has none.", dismiss=True)
    recognise(any_store, ALL, [educator], NOW)
    night(any_store, (*ALL[:1], changed(VERMONT), *ALL[2:]), NOW)
    assert open_cases(any_store) == []
    explained = explain(any_store, 1, ALL, NOW)
    assert explained.no_agreement == ()
    assert "Pat: The district has none." in explained.rulings[0]
    assert "Maple Union SD: no agreement; a person has decided that none is waited for." in explained.silent


def test_dismissed_for_one_employer_it_is_asked_for_another(store: Store) -> None:
    educator = add(store, vermonter(), [case(1, AUGUST)])
    night(store, ALL, NOW)
    resolve(store, items(store)[0].id, by="Pat", reason="None.", dismiss=True)
    with store.transaction() as session:
        session.add(
            Employment(educator_id=educator, district="North Hollow SD", employee_id="9", starts=date(2020, 1, 1))
        )
    night(store, ALL, NOW)
    assert open_cases(store) == ["case:1"]
    assert items(store)[-1].sentence.endswith(MAPLE.replace("Maple Union", "North Hollow"))


@pytest.mark.parametrize("state", ["rejected", "joined"])
def test_a_case_that_ends_waits_for_no_agreement(store: Store, state: str) -> None:
    add(store, vermonter(), [case(1, AUGUST)])
    night(store, ALL, NOW)
    with store.transaction() as session:
        session.get_one(Case, 1).state = state
    night(store, ALL, NOW)
    assert open_cases(store) == []


def test_a_case_that_is_looked_at_again_keeps_its_item_as_it_is(store: Store) -> None:
    add(store, vermonter(), [case(1, AUGUST)])
    night(store, ALL, NOW)
    with store.transaction() as session:
        session.get_one(Case, 1).state = "held"
    night(store, of_maple(), NOW)
    assert open_cases(store) == ["case:1"]


def test_an_agreement_that_is_over_holds_and_one_that_begins_later_or_is_for_others_says_so_itself(
    store: Store,
) -> None:
    add(store, teacher(), [case(1, chicago("2028-08-15 10:00")), case(2, chicago("2022-08-15 10:00"))])
    recognise(store, ALL, [1], chicago("2028-09-01 02:00"))
    assert open_cases(store) == ["case:1"]
    assert items(store)[0].sentence == (
        "Held, no agreement: ours with CUSD 200 was not in force any more for what was submitted on August 15, 2028, and we know of no "
        "later one. What this employer pays or counts for it is not decided."
    )
    text = " ".join(explanation_text(explain(store, 2, ALL)).split())
    assert "Held, no agreement" not in text
    assert "It is in force for what was submitted from July 1, 2023 until June 30, 2027" in text
    others = changed(CUSD, applies_to={"employer": "CUSD 200", "roles": ["Counselor"], "employed_on": "submitted"})
    assert unagreed([others], teacher(), case(1, AUGUST), NOW, ZONE) == ()


@pytest.mark.parametrize(
    ("spans", "employers"),
    [
        ([], []),
        ([("CUSD 200", date(2016, 8, 15), None)], []),
        ([("cusd  200", date(2016, 8, 15), None)], []),
        ([("Maple Union SD", date(2024, 8, 16), None)], []),
        ([("Maple Union SD", date(2024, 8, 15), None)], ["Maple Union SD"]),
        ([("Maple Union SD", date(2016, 8, 15), date(2024, 8, 14))], []),
        ([("Maple Union SD", date(2016, 8, 15), date(2024, 8, 31))], []),
        ([("Maple Union SD", date(2016, 8, 15), date(2024, 9, 1))], ["Maple Union SD"]),
        ([("B SD", date(2016, 8, 15), None), ("A SD", date(2016, 8, 15), None)], ["A SD", "B SD"]),
        ([("A SD", date(2016, 8, 15), date(2024, 9, 30)), ("A SD", date(2016, 9, 15), None)], ["A SD"]),
        ([("A SD", date(2016, 8, 15), None), ("CUSD 200", date(2016, 8, 15), None)], ["A SD"]),
    ],
    ids=str,
)
def test_the_employers_are_those_of_the_day_it_came_who_still_are(
    spans: Sequence[tuple[str, date, date | None]], employers: list[str]
) -> None:
    found = unagreed(ALL, working(*spans), case(1, AUGUST), NOW, ZONE)
    assert [one.employer for one in found] == employers


def test_the_days_are_the_affiliate_s(store: Store) -> None:
    """June 30, nine in the evening in New York: the job ends with this day, so it was held then, and asked about until midnight."""
    last = date(2024, 6, 30)
    came = datetime.fromisoformat("2024-07-01T01:00:00Z")
    educator = add(store, working(("Maple Union SD", date(2015, 8, 20), last)), [case(1, came)])
    assert due_educators(store, ALL, came) == [educator]
    recognise(store, ALL, [educator], came)
    assert open_cases(store) == ["case:1"]
    assert explain(store, 1, ALL, came).no_agreement == (MAPLE,)
    assert due_educators(store, ALL, datetime.fromisoformat("2024-07-01T03:59:59Z")) == []
    midnight = datetime.fromisoformat("2024-07-01T04:00:00Z")
    assert due_educators(store, ALL, midnight) == [educator]
    recognise(store, ALL, [educator], midnight)
    assert open_cases(store) == []


def test_the_queue_shows_it_to_staff(store: Store) -> None:
    add(store, vermonter(), [case(1, AUGUST)])
    night(store, ALL, NOW)
    assert [(i.subject, i.owner) for i in open_items(store) if i.sentence == MAPLE] == [("C-1", "staff")]
