"""No paper is made of a case while a doubt about it is open; once it is closed, the next night makes it."""

import pytest

from countersign import review
from countersign.issuance import awards_due, credit_requests_due, issue_certificates, issue_credit_requests
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import DecisionRecord
from models.words import Doubt, Owner
from tests.conftest import NOW
from tests.issuance.conftest import grant_in

AllRules = tuple[Rules, ...]


def doubt(store: Store, decision_id: int, code: str) -> str:
    with store.transaction() as session:
        subject = f"case:{session.get_one(DecisionRecord, decision_id).case_id}"
        review.hold(
            session,
            subject=subject,
            code=code,
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=NOW,
            look_again_at=None,
        )
    return subject


def settle(store: Store, subject: str) -> None:
    with store.transaction() as session:
        review.release(session, subject=subject, now=NOW, by="Robin", resolution="Kept.")


@pytest.mark.parametrize("code", list(Doubt))
def test_a_certificate_waits_for_the_end_of_the_doubt(
    any_store: Store, workspace: Workspace, rules: AllRules, code: Doubt
) -> None:
    decision, other = grant_in(any_store), grant_in(any_store)
    subject = doubt(any_store, decision, code.value)
    assert awards_due(any_store, rules) == [other]
    assert issue_certificates(any_store, workspace, rules, [decision], NOW) == []  # nor one that was found due before
    settle(any_store, subject)
    assert awards_due(any_store, rules) == [decision, other]
    assert issue_certificates(any_store, workspace, rules, [decision], NOW) == [1]


@pytest.mark.parametrize("code", list(Doubt))
def test_a_request_for_credit_waits_for_the_end_of_the_doubt(
    any_store: Store, workspace: Workspace, rules: AllRules, code: Doubt
) -> None:
    decision = grant_in(any_store, currency="graduate_credit", wishes={"credit": True})
    subject = doubt(any_store, decision, code.value)
    assert credit_requests_due(any_store, rules) == []
    assert issue_credit_requests(any_store, workspace, rules, [decision], NOW) == []
    settle(any_store, subject)
    assert credit_requests_due(any_store, rules) == [decision]
    assert issue_credit_requests(any_store, workspace, rules, [decision], NOW) == [1]


def test_another_item_of_the_case_keeps_no_certificate_back(any_store: Store, rules: AllRules) -> None:
    decision = grant_in(any_store)
    doubt(any_store, decision, "same_id_differs")
    assert awards_due(any_store, rules) == [decision]
