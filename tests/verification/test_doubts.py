"""What a person decides of a credential that was counted and is in doubt, and what an issuer awards in its place."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from countersign import audit
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import keep_case, withdraw_case
from models.credentials import CarrierKind
from models.tables import AuditEntry, Case, Certificate, DecisionRecord, ReviewItem
from tests.verification.making import NOW, SITE, vc_jwt
from tests.verification.night import REGISTRY, Bring, cases, holds, publish, states, verify
from tests.verification.test_rechecking import (
    COMPROMISED,
    LATER,
    Counted,
    award,
    counted,
    everything,
    item,
    listed,
    recheck,
)

__all__ = ["counted"]


def withdraw_on_the_list(workspace: Workspace, *numbers: int) -> None:
    publish(workspace, **{"revoked.json": listed(*(f"urn:uuid:{n}" for n in numbers))})


def test_what_a_person_keeps_counts_and_is_not_asked_again(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    keep_case(any_store, 1, "Robin", "The panel saw the work.", LATER)
    assert holds(any_store) == []
    with any_store.reading() as session:
        kept = session.exec(select(ReviewItem)).one()
        assert (kept.closed_by, kept.resolution) == ("Robin", "Kept: The panel saw the work.")
        assert session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id).desc())).first() == "case kept"
        assert list(audit.breaks(session)) == []
    before = everything(any_store)
    recheck(any_store, workspace, LATER + timedelta(days=30))
    assert everything(any_store) == before
    bring(vc_jwt(award()), CarrierKind.jwt)  # sent again: the same finding
    verify(any_store, workspace, now=LATER + timedelta(days=31))
    assert holds(any_store) == []


def test_what_a_person_kept_is_asked_again_when_something_else_is_found(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    keep_case(any_store, 1, "Robin", "The panel saw the work.", LATER)
    stolen = REGISTRY.replace(COMPROMISED, f"compromised = 2026-01-01\n{COMPROMISED}")
    workspace.issuers_file.write_text(stolen, encoding="utf-8")
    recheck(any_store, workspace, LATER + timedelta(days=30))
    assert "stolen" in item(any_store).sentence


def test_what_a_person_kept_does_not_wait_for_a_site(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    keep_case(any_store, 1, "Robin", "The panel saw the work.", LATER)
    (workspace.root / "web" / "revoked.json").unlink()
    recheck(any_store, workspace, LATER + timedelta(days=30))
    assert holds(any_store) == []


def test_what_is_proven_again_after_it_was_kept_is_asked_again_when_it_is_withdrawn_anew(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    keep_case(any_store, 1, "Robin", "The panel saw the work.", LATER)
    withdraw_on_the_list(workspace)
    recheck(any_store, workspace, LATER + timedelta(days=30))
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace, LATER + timedelta(days=60))
    found = item(any_store)
    assert (found.code, found.opened_at) == ("revoked_later", LATER + timedelta(days=60))


def test_a_site_that_is_gone_for_good_can_be_kept_too(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    (workspace.root / "web" / "revoked.json").unlink()
    recheck(any_store, workspace)
    keep_case(any_store, 1, "Robin", "The issuer has closed.", LATER)
    before = everything(any_store)
    recheck(any_store, workspace, LATER + timedelta(days=30))
    assert everything(any_store)[1:] == before[1:]
    assert holds(any_store) == []


def test_what_a_person_withdraws_ends_for_good(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    withdraw_case(any_store, 1, "Robin", "Another's work.", LATER)
    assert states(any_store) == ["rejected"]
    assert holds(any_store) == []
    withdraw_on_the_list(workspace)
    bring(vc_jwt(award()), CarrierKind.jwt)
    verify(any_store, workspace, now=LATER + timedelta(days=1))
    recheck(any_store, workspace, LATER + timedelta(days=2))
    assert states(any_store) == ["rejected"]


def test_only_what_is_in_doubt_is_kept_or_withdrawn(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    for decide in (keep_case, withdraw_case):
        with pytest.raises(UsageError, match="Nothing about C-1 is in doubt: it is matched"):
            decide(any_store, 1, "Robin", "Why not.", NOW)
        with pytest.raises(UsageError, match="There is no case C-9"):
            decide(any_store, 9, "Robin", "Why not.", NOW)
        with pytest.raises(UsageError, match="who made it and why"):
            decide(any_store, 1, " ", "Why not.", NOW)
    assert states(any_store) == ["matched"]


def other_title(number: int, day: str, title: str = "Formative Assessment", achievement: str = "1") -> str:
    body = award(number, validFrom=f"2026-{day}T12:00:00Z")
    body["credentialSubject"]["achievement"] |= {"name": title, "id": f"{SITE}/achievements/{achievement}"}
    return vc_jwt(body)


def test_what_was_awarded_in_its_place_is_named_as_its_probable_correction(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    counted(other_title(2, "09-20"))
    counted(other_title(3, "09-21", "Assessing Formatively"))
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    assert item(any_store).sentence.endswith(
        "C-2 of the same title, issued on September 20, 2026, is probably its correction (issuers rename by revoking and "
        'awarding again). C-3 "Assessing Formatively", issued on September 21, 2026, is probably its correction (issuers '
        "rename by revoking and awarding again)."
    )


def test_what_was_issued_before_or_to_somebody_else_or_for_another_achievement_is_no_correction(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    counted(other_title(2, "04-30"))
    counted(other_title(3, "09-20", achievement="2"))
    counted(other_title(4, "09-20"), educator=2)
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    assert "correction" not in item(any_store).sentence


def test_a_correction_that_waits_for_its_educator_is_known_by_the_recipient_it_names(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    counted(other_title(2, "09-20"))
    with any_store.transaction() as session:
        case = session.get_one(Case, 2)
        case.state, case.educator_id = "held", None
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    assert "C-2 of the same title" in item(any_store).sentence


def test_a_correction_that_came_after_it_was_kept_opens_the_question_again(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    keep_case(any_store, 1, "Robin", "The panel saw the work.", LATER)
    counted(other_title(2, "09-20"))
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace, LATER + timedelta(days=30), 1)
    assert "C-2 of the same title" in item(any_store).sentence


def test_a_certificate_that_is_out_is_named(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    with any_store.transaction() as session:
        decision = DecisionRecord(
            case_id=1,
            educator_id=1,
            agreement="vt",
            agreement_sha256="0" * 64,
            recognizer="Vermont",
            clause="Hours",
            currency="state_cpd",
            revision=1,
            outcome="granted",
            quantity=Decimal(15),
            unit="hour",
            decided_at=NOW,
        )
        session.add(decision)
        session.flush()
        session.add(
            Certificate(
                number="VT-2026-AAAA",
                award="case:1/vt/state_cpd",
                case_id=1,
                educator_id=1,
                decision_id=decision.id,
                state="valid",
                issued_on=NOW.date(),
                printed={},
            )
        )
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    assert "certificate VT-2026-AAAA is withdrawn" in item(any_store).next_step


def test_a_case_of_before_is_not_mixed_up_with_another(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    counted(vc_jwt(award(12)))
    withdraw_on_the_list(workspace, 12)
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:2 revoked_later"]
    assert cases(any_store)[0].proven_at == LATER
