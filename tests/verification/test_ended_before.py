"""What a person ended comes again and is proven: it does not come back by itself, and it is not turned away in silence."""

from datetime import timedelta

import pytest
from sqlmodel import select

from countersign import audit
from countersign.desk import queue
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import admit_case, dismiss_case, end_again, withdraw_case
from models.credentials import CarrierKind
from models.tables import AuditEntry, Reading, ReviewItem
from tests.verification.making import ISSUER, NOW, Json, assertion, ob3, vc_jwt
from tests.verification.night import Bring, cases, holds, publish, states, verdicts, verify
from tests.verification.test_doubts import withdraw_on_the_list
from tests.verification.test_rechecking import LATER, Counted, award, counted, item, recheck

__all__ = ["counted"]


def read(store: Store, submission: int, sender: str) -> None:
    """Note who sent it."""
    with store.transaction() as session:
        session.add(Reading(submission_id=submission, outcome="carriers", sender=sender, wishes={}, read_at=NOW))


@pytest.fixture
def refused(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    """Somebody who is no member sent an award while its site was down, and a person ended it."""
    bring(assertion())
    read(any_store, 1, "thief@else.example")
    verify(any_store, workspace)
    dismiss_case(any_store, 1, "Robin", "Sent by somebody who is no member.", NOW)
    publish(workspace)


@pytest.mark.usefixtures("refused")
def test_a_no_to_whoever_sent_it_is_no_silent_no_to_its_owner(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(assertion())
    verify(any_store, workspace, now=LATER)
    assert states(any_store) == ["rejected"]
    found = item(any_store)
    assert (found.subject, found.code, found.owner) == ("case:1", "ended_before", "staff")
    assert found.sentence == (
        "C-1 was ended by a person, and came again; its proof holds now. It stays ended until a person decides."
    )


@pytest.mark.usefixtures("refused")
def test_what_a_person_lets_in_is_examined_and_goes_on(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(assertion())
    verify(any_store, workspace, now=LATER)
    assert queue.one_item(any_store, item(any_store).id).choices == ("--keep", "--dismiss")
    said = queue.resolve(any_store, item(any_store).id, by="Robin", reason="It is Pat's own.", keep=True)
    assert "the next nightly run sees to it" in said
    verify(any_store, workspace, now=LATER + timedelta(days=1))
    assert states(any_store) == ["verified"]
    assert cases(any_store)[0].key.startswith("credential:")
    assert holds(any_store) == []
    with any_store.reading() as session:
        actions = [e.action for e in session.exec(select(AuditEntry).where(AuditEntry.actor == "Robin"))]
        assert actions == ["case rejected", "case let in"]
        assert list(audit.breaks(session)) == []


@pytest.mark.usefixtures("refused")
def test_whoever_was_asked_about_is_not_asked_about_again_and_another_sender_is(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(assertion())
    read(any_store, 2, "thief@else.example")
    verify(any_store, workspace, now=LATER)
    said = queue.resolve(any_store, item(any_store).id, by="Robin", reason="Not theirs.", dismiss=True)
    assert "stays ended" in said
    bring(assertion())
    read(any_store, 3, "Thief@else.example")
    verify(any_store, workspace, now=LATER)
    assert (states(any_store), holds(any_store)) == (["rejected"], [])
    bring(assertion())
    read(any_store, 4, "pat@school.example")
    verify(any_store, workspace, now=LATER)
    assert (states(any_store), holds(any_store)) == (["rejected"], ["case:1 ended_before"])


@pytest.mark.usefixtures("refused")
def test_what_is_still_not_proven_asks_nobody(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    (workspace.root / "web" / "assertions" / "1.json").unlink()
    bring(assertion())
    verify(any_store, workspace, now=LATER)
    assert (states(any_store), holds(any_store)) == (["rejected"], [])


@pytest.mark.usefixtures("refused")
def test_only_what_is_asked_about_is_let_in_or_left_out(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    for decide in (admit_case, end_again):
        with pytest.raises(UsageError, match="C-1 does not wait for a word on what was ended before: it is rejected"):
            decide(any_store, 1, "Robin", "x", NOW)
        with pytest.raises(UsageError, match="There is no case C-9"):
            decide(any_store, 9, "Robin", "x", NOW)
        with pytest.raises(UsageError, match="who made it and why"):
            decide(any_store, 1, "Robin", " ", NOW)
    bring(assertion())
    verify(any_store, workspace, now=LATER)
    with pytest.raises(UsageError, match="it is either kept or dismissed"):
        queue.resolve(any_store, item(any_store).id, by="Robin", reason="x", withdraw=True)


def again(number: int, **changes: object) -> Json:
    return award(number, validFrom="2026-09-20T12:00:00Z", **changes)


@pytest.fixture
def withdrawn(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    withdraw_case(any_store, 1, "Robin", "Awarded in error.", LATER)


@pytest.mark.usefixtures("withdrawn")
def test_the_same_award_under_another_id_waits_for_a_person(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(vc_jwt(again(2)), CarrierKind.jwt)
    verify(any_store, workspace, now=LATER)
    assert states(any_store) == ["rejected", "held"]
    assert verdicts(any_store, 2) == ["verified"]
    found = item(any_store)
    assert (found.subject, found.code, found.owner) == ("case:2", "ended_before", "staff")
    assert "to the same recipient as in C-1, which a person has ended" in found.sentence
    verify(any_store, workspace, now=LATER + timedelta(days=9))
    assert states(any_store) == ["rejected", "held"]
    admit_case(any_store, 2, "Robin", "The issuer's correction.", LATER)
    assert (states(any_store), holds(any_store)) == (["rejected", "verified"], [])


@pytest.mark.usefixtures("withdrawn")
def test_the_same_award_that_a_person_leaves_out_ends(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(vc_jwt(again(2)), CarrierKind.jwt)
    verify(any_store, workspace, now=LATER)
    end_again(any_store, 2, "Robin", "The same again.", LATER)
    assert (states(any_store), holds(any_store)) == (["rejected", "rejected"], [])
    with any_store.reading() as session:
        assert (
            session.exec(select(ReviewItem.resolution).where(ReviewItem.subject == "case:2")).one() == "The same again."
        )


@pytest.mark.usefixtures("withdrawn")
@pytest.mark.parametrize("what", ["another achievement", "another recipient"])
def test_another_award_does_not_wait(any_store: Store, workspace: Workspace, bring: Bring, what: str) -> None:
    body = again(2)
    subject = body["credentialSubject"]
    if what == "another achievement":
        subject["achievement"] |= {"id": "https://issuer.example/achievements/2", "name": "Restorative Circles"}
    else:
        subject["identifier"][0] |= {"hashed": False, "identityHash": "kim@school.example", "salt": None}
        del subject["identifier"][0]["salt"]
    bring(vc_jwt(body), CarrierKind.jwt)
    verify(any_store, workspace, now=LATER)
    assert (states(any_store), holds(any_store)) == (["rejected", "verified"], [])


def test_what_a_verdict_rejected_bars_no_other_award(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    withdraw_on_the_list(workspace, 1)
    bring(vc_jwt(award()), CarrierKind.jwt)
    verify(any_store, workspace)
    bring(vc_jwt(again(2)), CarrierKind.jwt)
    verify(any_store, workspace)
    assert (states(any_store), holds(any_store)) == (["rejected", "verified"], [])


def test_an_ended_award_of_another_issuer_bars_nothing(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    case = counted()
    with any_store.transaction() as session:
        row = session.get_one(type(case), case.id)
        row.state, row.issuer = "rejected", "somebody-else"
    bring(vc_jwt(ob3(issuer={"id": ISSUER, "type": ["Profile"], "name": "Acme"})), CarrierKind.jwt)
    verify(any_store, workspace)
    assert (states(any_store), holds(any_store)) == (["rejected", "verified"], [])
