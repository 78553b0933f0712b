"""What a person decides of a credential that was counted and is in doubt, and what an issuer awards in its place."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from countersign import audit
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import keep_case, withdraw_case
from models.credentials import CarrierKind
from models.tables import (
    AuditEntry,
    Case,
    Certificate,
    CreditRequest,
    DecisionRecord,
    Package,
    PackageLine,
    Posting,
    ReviewItem,
)
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


Granted = Callable[..., None]


@pytest.fixture
def granted(any_store: Store) -> Granted:
    """`granted("VT-1", "CR-1", reported=True)`: what the first case was granted, the papers it got, and whether HR had it."""

    def made(*papers: str, pay_month: str = "", reported: bool = False) -> None:
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
            shared: dict[str, Any] = {"case_id": 1, "educator_id": 1, "decision_id": decision.id}
            posting = Posting(
                **shared,
                recognizer="Vermont",
                agreement="vt",
                currency="state_cpd",
                kind="grant",
                quantity=Decimal(15),
                unit="hour",
                pay_month=pay_month,
                posted_at=NOW,
            )
            session.add(posting)
            for number in papers:
                if number.startswith("CR-"):
                    fields: dict[str, Any] = {"agreement": number, "state": "requested", "requested_on": NOW.date()}
                    session.add(CreditRequest(number=number, printed={}, **shared, **fields))
                else:
                    fields = {"award": number, "state": "valid", "issued_on": NOW.date()}
                    session.add(Certificate(number=number, printed={}, **shared, **fields))
            if reported:
                package = Package(
                    district="CUSD 200", month=pay_month, path="p", manifest_sha256="0", totals={}, closed_at=NOW
                )
                session.add(package)
                session.flush()
                session.add(PackageLine(package_id=package.id, line="1", posting_id=posting.id))

    return made


ENDINGS = [
    ((), "withdraw it, and then what was granted is taken back."),
    (("VT-1",), "withdraw it, and then what was granted is taken back, and certificate VT-1 is withdrawn with it."),
    (("CR-1",), "withdraw it, and then what was granted is taken back, and credit request CR-1 is withdrawn with it."),
    (
        ("VT-1", "VT-2", "CR-1"),
        "taken back, and certificate VT-1, certificate VT-2 and credit request CR-1 are withdrawn with it.",
    ),
    (
        ("VT-1", "VT-2", "CR-1", "CR-2", "CR-3"),
        "certificate VT-1, certificate VT-2, credit request CR-1 and 2 more are withdrawn with it.",
    ),
]


@pytest.mark.parametrize(("papers", "said"), ENDINGS)
def test_what_would_be_withdrawn_with_it_is_named(
    any_store: Store, workspace: Workspace, counted: Counted, granted: Granted, papers: tuple[str, ...], said: str
) -> None:
    counted()
    granted(*papers)
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    assert item(any_store).next_step.endswith(said)


@pytest.mark.parametrize(("reported", "said"), [(False, "nothing of it goes"), (True, "nothing more of it goes")])
@pytest.mark.parametrize("stolen", ["2026-01-01", "2026-09-01"])
def test_a_stolen_key_asks_for_the_same_of_what_is_refuted_and_of_what_is_unclear(
    any_store: Store, workspace: Workspace, counted: Counted, granted: Granted, stolen: str, reported: bool, said: str
) -> None:
    counted()
    granted("CR-1", pay_month="2026-10", reported=reported)
    key = REGISTRY.replace(COMPROMISED, f"compromised = {stolen}\n{COMPROMISED}")
    workspace.issuers_file.write_text(key, encoding="utf-8")
    recheck(any_store, workspace)
    first, _, rest = item(any_store).next_step.partition(" Then ")
    assert first.endswith("award it again with its present key.")
    assert "why" not in first
    assert rest.partition(": ")[0] == ("agree with HR" if stolen == "2026-01-01" else "decide")
    assert rest.partition(": ")[2] == (
        "keep it, and it counts all the same, or withdraw it, and then what was granted is taken back, and credit request "
        f"CR-1 is withdrawn with it. Until then {said} into HR's packages."
    )


@pytest.mark.parametrize(
    ("reported", "said"),
    [
        (False, "and goes out with the next package once it is proven."),
        (True, "and what HR has not had of it goes out with the next package once it is proven."),
    ],
)
def test_a_site_that_does_not_answer_leaves_the_same_two_answers(
    any_store: Store, workspace: Workspace, counted: Counted, granted: Granted, reported: bool, said: str
) -> None:
    counted()
    granted("VT-1", pay_month="2026-10", reported=reported)
    (workspace.root / "web" / "revoked.json").unlink()
    recheck(any_store, workspace)
    assert item(any_store).next_step == (
        f"Nothing to do: it is tried again by itself, {said} If the issuer's site is gone for good, agree with HR: keep it, and "
        "it counts all the same, or withdraw it, and then what was granted is taken back, and certificate VT-1 is withdrawn "
        "with it."
    )


def test_a_case_of_before_is_not_mixed_up_with_another(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    counted(vc_jwt(award(12)))
    withdraw_on_the_list(workspace, 12)
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:2 revoked_later"]
    assert cases(any_store)[0].proven_at == LATER
