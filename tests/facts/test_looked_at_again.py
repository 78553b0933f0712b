"""What recognition knows of an educator makes their cases due when it changes, and nobody else's."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from countersign.recognition import due_educators
from countersign.recognition.facts import known
from countersign.settings import Workspace
from countersign.store import Store
from models.records import Funds, Licence, Ruling, RulingKind, Span, Transcript, Work
from models.tables import Educator, Employment, Membership
from models.words import Currency
from tests.facts.oak_hill import NIGHT, RECORD, add, rules_of, three
from tests.recognition.builders import Rows, case
from tests.recognition.nights import night

NEXT = NIGHT + timedelta(days=1)


def band(session: Session) -> None:
    session.exec(select(Employment)).first().band = "C"  # pyright: ignore[reportOptionalMemberAccess]


def full_time(session: Session) -> None:
    session.exec(select(Employment)).first().fte = Decimal("0.5")  # pyright: ignore[reportOptionalMemberAccess]


def level(session: Session) -> None:
    session.get_one(Educator, 1).licence_level = "II"


def licence(session: Session) -> None:
    session.get_one(Educator, 1).licence_from = date(2024, 7, 1)


def membership(session: Session) -> None:
    session.exec(select(Membership)).first().ends = date(2024, 8, 31)  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.parametrize("change", [band, full_time, level, licence, membership])
def test_a_change_of_the_roster_makes_the_educator_due(
    store: Store, workspace: Workspace, change: Callable[[Session], None]
) -> None:
    rules = tuple(rules_of(workspace))
    three(store)
    night(store, rules, NIGHT)
    assert due_educators(store, rules, NEXT) == []
    with store.transaction() as session:
        change(session)
    assert due_educators(store, rules, NEXT) == [1]


def test_a_fact_about_one_educator_makes_nobody_else_due_and_one_about_an_agreement_everybody(
    any_store: Store, workspace: Workspace
) -> None:
    rules = tuple(rules_of(workspace))
    first = three(any_store)
    with any_store.transaction() as session:
        rows = Rows(session)
        second = rows.educator(type(RECORD)(8, "IL", RECORD.employments))
        rows.case(second, case(9, NIGHT - timedelta(days=1), hours=None))
    night(any_store, rules, NIGHT)
    add(any_store, workspace, "rubric", case="C-1", level="3")
    assert due_educators(any_store, rules, NEXT) == [first]
    night(any_store, rules, NEXT)
    add(
        any_store,
        workspace,
        "election",
        member_number="M-8",
        agreement="oak-hill",
        election="Hours or release",
        clause="Hours",
    )
    assert due_educators(any_store, rules, NEXT) == [second]
    night(any_store, rules, NEXT)
    add(any_store, workspace, "funds", agreement="oak-hill", period="2024-25", available="yes", said_by="HR")
    assert due_educators(any_store, rules, NEXT) == [first, second]
    night(any_store, rules, NEXT)
    assert due_educators(any_store, rules, NEXT) == []


def test_what_is_on_record_arrives_in_the_record_as_the_core_takes_it(any_store: Store, workspace: Workspace) -> None:
    rules_of(workspace)
    educator = three(any_store)
    with any_store.transaction() as session:
        person = session.get_one(Educator, educator)
        person.licence_level, person.licence_from = "I", date(2024, 7, 1)
        work = session.exec(select(Employment)).one()
        work.bargaining_unit, work.location, work.fte = "Teachers", "Main Street", Decimal("0.8")
    add(any_store, workspace, "transcript", case="C-1", credits="2.5")
    add(any_store, workspace, "rubric", case="C-1", level="3.25")
    add(any_store, workspace, "paid_elsewhere", case="C-1", payer="The state")
    add(any_store, workspace, "paid_elsewhere", case="C-1", payer="A grant")
    add(any_store, workspace, "funds", agreement="oak-hill", period="2024-25", available="no", said_by="HR")
    words = {"decision": "gives", "role": "Superintendent", "ruled_by": "J. Doe", "reason": "As agreed"}
    add(
        any_store,
        workspace,
        "ruling",
        case="C-1",
        agreement="oak-hill",
        currency="pay",
        quantity="150",
        unit="USD",
        **words,
    )
    with any_store.reading() as session:
        found = known(session, educator)
    day = date(2024, 9, 10)
    one = found.cases[0]
    assert (one.transcript, one.mastery, one.paid_by) == (
        Transcript(day, Decimal("2.5")),
        Decimal("3.25"),
        "A grant and The state",
    )
    record = found.record
    assert record.employments == (
        Work("Oak Hill SD", "Teacher", Span(date(2016, 8, 15)), "B", "Teachers", "Main Street", Decimal("0.8")),
    )
    assert record.memberships == (Span(date(2016, 9, 1)),)
    assert record.licence == Licence("I", Span(date(2024, 7, 1)))
    assert record.funds == (Funds("oak-hill", "2024-25", False, "HR", day),)
    assert record.rulings == (
        Ruling(
            case_id=1,
            agreement="oak-hill",
            kind=RulingKind.gives,
            role="Superintendent",
            by="J. Doe",
            reason="As agreed",
            on=day,
            currency=Currency.pay,
            quantity=Decimal(150),
            unit="USD",
        ),
    )
