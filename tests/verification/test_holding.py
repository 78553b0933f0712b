"""What verification holds: looked at again without haste, shown until somebody ends it, and then ended for good."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from countersign import audit, review
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import (
    HOLDS,
    dismiss_case,
    waiting_carriers,
)
from models.credentials import CarrierKind
from models.tables import AuditEntry, CarrierRecord, Case, CaseSubmission, ReviewItem, VerdictRecord
from tests.verification.making import (
    ISSUER,
    NOW,
    SITE,
    assertion,
    vc_jwt,
)
from tests.verification.night import (
    UNKNOWN_STATUS,
    Bring,
    cases,
    hold_by_matching,
    holds,
    publish,
    states,
    submissions,
    verdicts,
    verify,
)


def test_a_hosted_credential_is_held_while_its_site_is_away_and_verified_when_it_answers(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(assertion())
    verify(any_store, workspace)
    assert states(any_store) == ["held"]
    assert holds(any_store) == ["case:1 unreachable"]
    with any_store.reading() as session:
        (item,) = session.exec(select(ReviewItem)).all()
        assert item.sentence == "The hosted credential could not be read from issuer.example: it is not there."
        assert item.next_step == "Nothing to do: it is tried again by itself."
    verify(any_store, workspace, now=NOW + timedelta(days=1))
    assert verdicts(any_store, 1) == ["held"]  # looked at again; what was found is the same, so nothing is added
    publish(workspace)
    verify(any_store, workspace, now=NOW + timedelta(days=2))
    (case,) = cases(any_store)
    assert (case.state, case.look_again_at, case.title) == ("verified", None, "Formative Assessment")
    assert case.key.startswith("credential:")
    assert holds(any_store) == []
    with any_store.reading() as session:
        evidence = session.exec(select(VerdictRecord)).all()[-1].evidence
    assert [e["url"] for e in evidence] == [f"{SITE}/assertions/1.json", f"{SITE}/badge.json", ISSUER]
    assert json.loads(any_store.evidence.get(evidence[0]["sha256"])) == assertion()


def test_what_a_person_rejected_stays_rejected(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    with any_store.transaction() as session:
        session.get_one(Case, 1).state = "rejected"
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    assert states(any_store) == ["rejected"]


def test_a_case_whose_item_somebody_only_closed_is_shown_again(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(assertion())
    bring(UNKNOWN_STATUS, CarrierKind.jwt)
    verify(any_store, workspace)
    assert holds(any_store) == ["case:1 unreachable", "case:2 unproven"]
    with any_store.transaction() as session:
        for number in (1, 2):
            review.release(session, subject=f"case:{number}", now=NOW, by="Robin", resolution="Seen.")
    verify(any_store, workspace, now=NOW + timedelta(hours=1))
    assert holds(any_store) == ["case:1 unreachable", "case:2 unproven"]
    assert verdicts(any_store, 1) == verdicts(any_store, 2) == ["held"]  # shown again; nothing new was found out


def test_a_person_ends_a_held_case_for_good(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(assertion())
    link = bring("", CarrierKind.url, url=f"{SITE}/assertions/1.json")
    verify(any_store, workspace)
    for number in (1, 2):
        dismiss_case(any_store, number, "Robin", "The issuer is gone.", NOW)
    assert states(any_store) == ["rejected", "rejected"]
    assert holds(any_store) == []
    with any_store.reading() as session:
        item = session.exec(select(ReviewItem)).first()
        assert item
        assert (item.closed_by, item.resolution) == ("Robin", "The issuer is gone.")
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "case rejected")).all()
        assert [(e.actor, e.subject) for e in entries] == [("Robin", "case:1"), ("Robin", "case:2")]
        assert list(audit.breaks(session)) == []
    # Neither the next run, nor the site that answers again, nor the same bytes or link sent again bring it back.
    publish(workspace)
    assert waiting_carriers(any_store, NOW + timedelta(days=30)) == []
    verify(any_store, workspace, [1, link], now=NOW + timedelta(days=30))
    bring(assertion())
    bring("", CarrierKind.url, url=f"{SITE}/assertions/1.json")
    verify(any_store, workspace, now=NOW + timedelta(days=30))
    assert states(any_store) == ["rejected", "rejected"]
    assert submissions(any_store, 1) == [1, 3]
    assert submissions(any_store, 2) == [2, 4]
    assert verdicts(any_store, 1) == ["held"]


def test_only_what_verification_holds_is_ended_here(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    with pytest.raises(UsageError, match="C-1 does not wait for its verification: it is verified"):
        dismiss_case(any_store, 1, "Robin", "Why not.", NOW)
    hold_by_matching(any_store)
    with pytest.raises(UsageError, match="does not wait for its verification"):
        dismiss_case(any_store, 1, "Robin", "Why not.", NOW)
    with pytest.raises(UsageError, match="There is no case C-9"):
        dismiss_case(any_store, 9, "Robin", "Why not.", NOW)
    with pytest.raises(UsageError, match="who made it and why"):
        dismiss_case(any_store, 1, "Robin", " ", NOW)
    assert states(any_store) == ["held"]


def test_a_proven_case_that_waits_for_its_educator_is_not_disturbed_when_it_is_sent_again(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    carrier = bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    hold_by_matching(any_store)
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    verify(any_store, workspace, [carrier])
    assert states(any_store) == ["held"]
    assert holds(any_store) == ["case:1 unknown_person"]
    assert submissions(any_store, 1) == [1, 2]
    assert verdicts(any_store, 1) == ["verified"]


def test_what_only_a_person_can_change_is_looked_at_once_a_day_at_most(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(UNKNOWN_STATUS, CarrierKind.jwt)
    verify(any_store, workspace)
    assert holds(any_store) == ["case:1 unproven"]
    assert waiting_carriers(any_store, NOW + timedelta(hours=6)) == []
    assert waiting_carriers(any_store, NOW + timedelta(days=1)) == [1]
    verify(any_store, workspace, now=NOW + timedelta(days=1))
    assert waiting_carriers(any_store, NOW + timedelta(days=1, hours=6)) == []
    assert verdicts(any_store, 1) == ["held"]


def test_a_silent_site_is_asked_by_every_run_for_a_week_then_daily_then_weekly(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(assertion())
    asked: list[float] = []
    for half_days in range(200):
        now = NOW + timedelta(days=half_days / 2)
        if waiting_carriers(any_store, now):
            asked.append(half_days / 2)
            verify(any_store, workspace, now=now)
        with any_store.reading() as session:
            (item,) = session.exec(select(ReviewItem)).all()
            assert item.look_again_at == session.get_one(Case, 1).look_again_at
    assert asked == [*(n / 2 for n in range(14)), *map(float, range(7, 61)), 67, 74, 81, 88, 95]
    assert verdicts(any_store, 1) == ["held"]


def test_a_second_run_right_after_the_first_changes_nothing_of_what_is_held(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(assertion())
    bring(UNKNOWN_STATUS, CarrierKind.jwt)

    def everything() -> list[object]:
        with any_store.reading() as session:
            return [
                [row.model_dump() for row in session.exec(select(table)).all()]
                for table in (Case, ReviewItem, VerdictRecord, AuditEntry, CarrierRecord, CaseSubmission)
            ]

    for day in (0, 3, 8, 70):
        verify(any_store, workspace, now=NOW + timedelta(days=day))
        before = everything()
        verify(any_store, workspace, now=NOW + timedelta(days=day, minutes=1))
        assert everything() == before


def test_the_codes_of_what_is_held_are_those_a_person_can_end() -> None:
    assert HOLDS == ("unreachable", "unproven")
