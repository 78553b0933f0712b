"""What the college has answered is not undone by the night: its requests are put before staff, who decide."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from countersign import review
from countersign.desk.credit import move_request
from countersign.issuance import credit_requests_due, issue_credit_requests, withdraw_papers
from countersign.issuance.credit_steps import Step
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import CreditRequest, FactRecord, ReviewItem
from models.words import CreditState
from tests.credit.conftest import DECEMBER, FREE, Ask, rules_with
from tests.issuance.conftest import decide_again, grant_in, open_items

LATER = DECEMBER + timedelta(days=1)
REFUSED, TRANSCRIPT, TOLD = CreditState.refused, CreditState.transcript_issued, CreditState.district_notified


def answered(store: Store, workspace: Workspace, request: CreditRequest, *states: CreditState) -> None:
    for state in states:
        step = Step(state, date(2026, 12, 1), note="It is too late.")
        move_request(store, workspace, request.number, step, DECEMBER, "Robin")


def states(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.exec(select(CreditRequest.state).order_by(col(CreditRequest.id))))


@pytest.mark.parametrize("steps", [(REFUSED,), (TRANSCRIPT,), (TRANSCRIPT, TOLD), (CreditState.accepted,)])
def test_a_clause_that_is_renamed_changes_no_request(
    steps: tuple[CreditState, ...], store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    answered(store, workspace, request, *steps)
    decide_again(store, request.decision_id, clause="College credit, as amended")
    assert withdraw_papers(store, workspace, LATER) == []
    assert states(store) == [steps[-1]]
    assert open_items(store) == []
    assert issue_credit_requests(store, workspace, FREE, credit_requests_due(store, FREE), LATER) == []


@pytest.mark.parametrize("steps", [(TRANSCRIPT,), (TRANSCRIPT, TOLD)])
def test_a_transcript_outlasts_the_grant_until_a_person_takes_request_and_transcript_back(
    steps: tuple[CreditState, ...], store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    answered(store, workspace, request, *steps)
    decide_again(store, request.decision_id, outcome="refused", quantity=0)
    assert withdraw_papers(store, workspace, LATER) == []
    assert states(store) == [steps[-1]]
    (item,) = open_items(store)
    assert (item.subject, item.code, item.owner) == ("credit_request:1", "credit_decided_otherwise", "staff")
    assert item.sentence == (
        f"Credit request {request.number} of C-1 has its transcript, and since then what it asked for is not granted any more."
    )
    assert f"countersign credit withdraw {request.number} --reason … --by NAME" in item.next_step
    assert taken_back(store) == [False]
    withdrawn = Step(CreditState.withdrawn, date(2026, 12, 20), note="The college takes it back.")
    move_request(store, workspace, request.number, withdrawn, LATER, "Robin")
    assert taken_back(store) == [True]
    withdraw_papers(store, workspace, LATER)
    assert open_items(store) == []


def taken_back(store: Store) -> list[bool]:
    """Of each transcript on record, whether it was taken back."""
    with store.reading() as session:
        facts = session.exec(select(FactRecord).order_by(col(FactRecord.id))).all()
    back = {fact.takes_back for fact in facts}
    return [fact.id in back for fact in facts if fact.kind == "transcript" and fact.takes_back is None]


def test_what_the_college_refused_is_asked_anew_only_when_a_person_says_so(
    store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    answered(store, workspace, request, REFUSED)
    decide_again(store, request.decision_id, quantity=2)
    assert withdraw_papers(store, workspace, LATER) == []
    (item,) = open_items(store)
    assert item.sentence == (
        f"The college refused credit request {request.number} of C-1, and since then 2 credits are granted."
    )
    assert issue_credit_requests(store, workspace, FREE, credit_requests_due(store, FREE), LATER) == []
    withdrawn = Step(CreditState.withdrawn, date(2026, 12, 20), note="Asked anew.", again=True)
    move_request(store, workspace, request.number, withdrawn, LATER, "Robin")
    withdraw_papers(store, workspace, LATER)
    assert open_items(store) == []
    assert issue_credit_requests(store, workspace, FREE, credit_requests_due(store, FREE), LATER) == [2]


def test_what_was_refused_and_is_granted_no_more_asks_nothing_of_anybody(
    store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    answered(store, workspace, request, REFUSED)
    decide_again(store, request.decision_id, outcome="refused", quantity=0)
    assert withdraw_papers(store, workspace, LATER) == []
    assert (states(store), open_items(store)) == (["refused"], [])


def test_granted_to_another_educator_a_transcript_is_put_before_staff_once(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    first = grant_in(any_store, currency="graduate_credit")
    grant_in(any_store)  # the other educator
    (made,) = issue_credit_requests(any_store, workspace, FREE, [first], now)
    with any_store.reading() as session:
        request = session.get_one(CreditRequest, made)
    answered(any_store, workspace, request, TRANSCRIPT)
    other = decide_again(any_store, first, educator_id=2)
    withdraw_papers(any_store, workspace, LATER)
    (item,) = open_items(any_store)
    assert item.sentence.endswith("and since then what it asked for is granted to another educator.")
    with any_store.transaction() as session:
        said = "The college moves it."
        review.release(session, subject=item.subject, now=LATER, by="Pat", resolution=said)
    withdraw_papers(any_store, workspace, LATER)
    assert open_items(any_store) == []
    decide_again(any_store, other, educator_id=1)
    withdraw_papers(any_store, workspace, LATER)
    with any_store.reading() as session:
        assert [i.closed_by for i in session.exec(select(ReviewItem))] == ["Pat"]


@pytest.mark.parametrize("change", [{"outcome": "refused", "quantity": 0}, {"quantity": 2}])
def test_one_that_waits_for_the_college_is_withdrawn_as_before(
    change: dict[str, object], store: Store, workspace: Workspace, ask: Ask
) -> None:
    request = ask(free=True)
    answered(store, workspace, request, CreditState.accepted)
    decide_again(store, request.decision_id, **change)
    assert withdraw_papers(store, workspace, LATER) == [request.number]
    assert states(store) == ["withdrawn"]
    assert open_items(store) == []
    asked = credit_requests_due(store, rules_with())
    assert bool(asked) == ("outcome" not in change)
