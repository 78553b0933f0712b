"""Looking again before money moves: still proven, withdrawn since, or not to be had; asked once, told once."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from countersign import audit
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import (
    VerificationSession,
    open_session,
    recheck_cases,
    unanswered_cases,
    waiting_carriers,
)
from countersign.verification.network.fetching import RememberingFetcher
from models.credentials import CarrierKind
from models.tables import AuditEntry, CarrierRecord, Case, Educator, ReviewItem, VerdictRecord
from tests.verification.making import ISSUER, NOW, SITE, Json, Web, assertion, itxt, ob3, png, vc_jwt
from tests.verification.night import REGISTRY, Bring, cases, holds, publish, states, verdicts, verify

LATER = NOW + timedelta(days=30)
LIST = {"id": f"{SITE}/revoked.json", "type": "1EdTechRevocationList"}

Counted = Callable[..., Case]


def listed(*withdrawn: str) -> Json:
    """The issuer's list of withdrawn credentials."""
    entries = [{"id": one, "revocationReason": "Awarded in error."} for one in withdrawn]
    return {"id": LIST["id"], "type": ["1EdTechRevocationList"], "issuer": ISSUER, "revokedCredentials": entries}


def award(number: int = 1, **changes: object) -> Json:
    return ob3(id=f"urn:uuid:{number}", credentialStatus=LIST, **changes)


@pytest.fixture
def counted(any_store: Store, workspace: Workspace, bring: Bring) -> Counted:
    """`counted(content)`: a credential that came, was proven and is its educator's."""

    def made(content: bytes | str | Json = b"", kind: CarrierKind = CarrierKind.jwt, educator: int = 1) -> Case:
        publish(workspace, **{"revoked.json": listed()})
        bring(content or vc_jwt(award()), kind)
        verify(any_store, workspace)
        case = cases(any_store)[-1]
        assert (case.state, case.proven_at) == ("verified", NOW)
        with any_store.transaction() as session:
            if session.get(Educator, educator) is None:
                session.add(Educator(id=educator, member_number=str(educator), given_name="Pat", family_name="Sample"))
                session.flush()
            row = session.get_one(Case, case.id)
            row.state, row.educator_id = "matched", educator
        return cases(any_store)[-1]

    return made


def recheck(store: Store, workspace: Workspace, now: datetime = LATER, *ids: int) -> None:
    recheck_cases(store, workspace, ids or [c.id for c in cases(store)], now)


def item(store: Store) -> ReviewItem:
    with store.reading() as session:
        return session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))).one()


def rows(store: Store, case_id: int = 1) -> list[VerdictRecord]:
    with store.reading() as session:
        query = select(VerdictRecord).where(VerdictRecord.case_id == case_id).order_by(col(VerdictRecord.id))
        return list(session.exec(query))


def everything(store: Store) -> list[object]:
    with store.reading() as session:
        return [
            [row.model_dump() for row in session.exec(select(table)).all()]
            for table in (Case, ReviewItem, VerdictRecord, AuditEntry, CarrierRecord)
        ]


def test_what_is_still_proven_stays_as_it_is_and_what_was_looked_at_is_kept(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    recheck(any_store, workspace)
    (case,) = cases(any_store)
    assert (case.state, case.proven_at) == ("matched", LATER)
    assert holds(any_store) == []
    first, second = rows(any_store)
    assert (first.occasion, second.occasion, second.outcome) == ("arrival", "before_payment", "verified")
    assert second.evidence[0]["url"] == LIST["id"]
    assert json.loads(any_store.evidence.get(second.evidence[0]["sha256"])) == listed()
    assert second.registry_sha256
    assert second.carrier_id == first.carrier_id


def test_a_credential_that_names_no_list_needs_no_second_row(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(vc_jwt())
    recheck(any_store, workspace)
    assert cases(any_store)[0].proven_at == LATER
    assert verdicts(any_store, 1) == ["verified"]


def test_one_withdrawn_since_is_put_before_a_person_who_reads_what_and_when(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})
    recheck(any_store, workspace)
    (case,) = cases(any_store)
    assert (case.state, case.proven_at) == ("matched", NOW)  # nothing is taken back by itself
    found = item(any_store)
    assert (found.code, found.owner) == ("revoked_later", "staff")
    assert found.sentence == (
        'C-1, "Formative Assessment", was counted, and its issuer has withdrawn it since. The issuer has withdrawn this '
        "micro-credential (its reason: Awarded in error.)."
    )
    assert found.next_step == (
        "Ask the issuer why, and whether it has awarded another one in its place. Then decide: keep it, and it counts all the "
        "same, or withdraw it, and then what was granted is taken back."
    )
    assert verdicts(any_store, 1) == ["verified", "rejected"]
    with any_store.reading() as session:
        last = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
        assert last is not None
        assert (last.action, last.subject) == ("case in doubt", "case:1")
        assert list(audit.breaks(session)) == []


def test_looking_again_and_again_tells_nothing_twice(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})
    recheck(any_store, workspace)
    before = everything(any_store)
    for days in (0, 1, 40):
        recheck(any_store, workspace, LATER + timedelta(days=days))
    assert everything(any_store) == before


def test_the_doubt_ends_when_the_issuer_takes_the_withdrawal_back(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})
    recheck(any_store, workspace)
    publish(workspace, **{"revoked.json": listed()})
    recheck(any_store, workspace, LATER + timedelta(hours=1))
    assert holds(any_store) == []
    assert verdicts(any_store, 1) == ["verified", "rejected", "verified"]


def test_one_whose_list_is_away_waits_and_is_tried_again_by_itself(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    (workspace.root / "web" / "revoked.json").unlink()
    recheck(any_store, workspace)
    found = item(any_store)
    assert (found.code, found.owner, found.look_again_at) == ("not_rechecked", "nobody", LATER)
    assert "could not be looked up again" in found.sentence
    assert cases(any_store)[0].state == "matched"
    assert unanswered_cases(any_store, LATER) == [1]
    assert waiting_carriers(any_store, LATER) == []
    before = everything(any_store)
    recheck(any_store, workspace, LATER + timedelta(days=1))
    assert everything(any_store) == before
    publish(workspace, **{"revoked.json": listed()})
    recheck(any_store, workspace, LATER + timedelta(days=2))
    assert holds(any_store) == []
    assert unanswered_cases(any_store, LATER + timedelta(days=3)) == []


def test_one_that_was_not_to_be_had_and_then_is_withdrawn_has_one_item(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    (workspace.root / "web" / "revoked.json").unlink()
    recheck(any_store, workspace)
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})
    recheck(any_store, workspace, LATER + timedelta(days=1))
    assert holds(any_store) == ["case:1 revoked_later"]
    (workspace.root / "web" / "revoked.json").unlink()
    recheck(any_store, workspace, LATER + timedelta(days=2))
    assert holds(any_store) == ["case:1 revoked_later"]


def test_a_hosted_one_is_read_anew_from_its_site(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted(assertion(), CarrierKind.json)
    publish(workspace, **{"assertions/1.json": {"id": f"{SITE}/assertions/1.json", "revoked": True}})
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:1 revoked_later"]


def test_a_hosted_one_that_names_somebody_else_now_is_not_paid(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(assertion(), CarrierKind.json)
    other = {"type": "email", "hashed": False, "identity": "kim@school.example"}
    publish(workspace, **{"assertions/1.json": assertion(recipient=other)})
    recheck(any_store, workspace)
    assert "It names its recipient otherwise than when it was counted." in item(any_store).sentence
    before = everything(any_store)
    recheck(any_store, workspace, LATER + timedelta(days=3))
    assert everything(any_store) == before


COMPROMISED = 'multibase = "z'


@pytest.mark.parametrize(
    ("stolen", "code", "owner"),
    [("2026-01-01", "revoked_later", "staff"), ("2026-09-01", "unclear", "staff")],
)
def test_a_key_that_is_reported_stolen_later_stops_the_payment(
    any_store: Store, workspace: Workspace, counted: Counted, stolen: str, code: str, owner: str
) -> None:
    """Dated after the theft it is no proof; before, it may be genuine or backdated: a person asks the issuer."""
    counted(vc_jwt())
    workspace.issuers_file.write_text(
        REGISTRY.replace(COMPROMISED, f"compromised = {stolen}\n{COMPROMISED}"), encoding="utf-8"
    )
    recheck(any_store, workspace, NOW + timedelta(hours=1))  # a proof of an hour ago, but under another registry
    found = item(any_store)
    assert (found.code, found.owner) == (code, owner)
    assert "stolen" in found.sentence
    assert found.next_step.startswith("Ask the issuer")
    assert "award it again with its present key. Then decide: keep it, and it counts all the same" in found.next_step
    workspace.issuers_file.write_text(REGISTRY, encoding="utf-8")
    recheck(any_store, workspace, NOW + timedelta(hours=2))
    assert holds(any_store) == []


def test_an_issuer_that_is_not_accepted_any_more_for_that_date_stops_the_payment(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(vc_jwt())
    ended = REGISTRY.replace("{ from = 2020-01-01 }", "{ from = 2020-01-01, until = 2026-01-01 }")
    workspace.issuers_file.write_text(ended, encoding="utf-8")
    recheck(any_store, workspace)
    assert "was accepted until January 1, 2026" in item(any_store).sentence


def test_one_that_expired_after_it_was_handed_in_still_counts(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(vc_jwt(award(validUntil="2026-10-15T00:00:00Z")))
    recheck(any_store, workspace)
    assert holds(any_store) == []
    assert cases(any_store)[0].proven_at == LATER
    last = rows(any_store)[-1]
    assert (last.outcome, last.remarks[-1]) == (
        "rejected",
        "It expired after it was handed in: what was earned in time still counts.",
    )
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})  # and its expiry hides no withdrawal
    recheck(any_store, workspace, LATER + timedelta(days=2))
    assert "Awarded in error." in item(any_store).sentence


def test_a_site_that_moves_the_expiry_before_the_submission_withdraws(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(assertion(), CarrierKind.json)
    publish(workspace, **{"assertions/1.json": assertion(expires="2026-06-01T00:00:00Z")})
    recheck(any_store, workspace)
    assert "It expired on June 1, 2026." in item(any_store).sentence


def test_a_proof_of_the_same_hour_is_asked_for_again(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    counted()
    recheck(any_store, workspace, NOW + timedelta(minutes=1))
    assert cases(any_store)[0].proven_at == NOW + timedelta(minutes=1)
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})
    recheck(any_store, workspace, NOW + timedelta(minutes=2))
    assert holds(any_store) == ["case:1 revoked_later"]


def test_what_a_person_ended_or_nobody_has_is_left_alone(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})
    for state in ("rejected", "joined"):
        with any_store.transaction() as session:
            session.get_one(Case, 1).state = state
        recheck(any_store, workspace, LATER, 1, 99)
        assert holds(any_store) == []


def test_any_file_that_still_proves_it_will_do_and_any_that_tells_of_a_withdrawal_counts(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    """The first file is lost; the second, the same credential in a picture, still leads to it."""
    counted()
    bring(png(itxt(vc_jwt(award()))), CarrierKind.png)
    verify(any_store, workspace)
    with any_store.reading() as session:
        lost = any_store.evidence.path(session.get_one(CarrierRecord, 1).sha256)
    kept = lost.read_bytes()
    lost.unlink()
    recheck(any_store, workspace)
    assert cases(any_store)[0].proven_at == LATER
    publish(workspace, **{"revoked.json": listed("urn:uuid:1")})
    recheck(any_store, workspace, LATER + timedelta(days=2))
    assert holds(any_store) == ["case:1 revoked_later"]
    lost.write_bytes(kept)


def test_what_is_lost_on_disk_waits_for_a_person_and_keeps_nobody_else(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    counted(vc_jwt(award(2)))
    with any_store.reading() as session:
        any_store.evidence.path(session.get_one(CarrierRecord, 1).sha256).unlink()
    recheck(any_store, workspace)
    assert holds(any_store) == ["case:1 unclear"]
    assert "cannot be read" in item(any_store).sentence
    assert "Restore var/evidence from a backup." in item(any_store).next_step
    assert cases(any_store)[1].proven_at == LATER


def test_an_examination_that_breaks_down_waits_for_a_person(
    any_store: Store, workspace: Workspace, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted()

    def broken(*_: object) -> None:
        raise ValueError("pat@school.example")

    monkeypatch.setattr("countersign.verification.keeping.rechecking.examine", broken)
    recheck(any_store, workspace)
    assert "an unexpected ValueError came up" in item(any_store).sentence
    assert "pat@school.example" not in item(any_store).sentence


def test_a_link_that_leads_to_another_credential_now_proves_nothing_of_this_one(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted(assertion(), CarrierKind.json)
    with any_store.transaction() as session:
        record = session.get_one(CarrierRecord, 1)
        record.sha256, record.kind, record.url = "", "url", f"{SITE}/latest"
    (workspace.root / "web" / "latest").write_text(vc_jwt(award(2)), encoding="ascii")
    recheck(any_store, workspace)
    assert "leads to another credential now" in item(any_store).sentence


def test_all_who_are_on_one_list_ask_for_it_once(any_store: Store, workspace: Workspace, counted: Counted) -> None:
    publish(workspace, **{"revoked.json": listed()})
    case = counted()
    opened = open_session(workspace, LATER)
    web = Web({LIST["id"]: listed("urn:uuid:7")})
    shared = VerificationSession(opened.registry, RememberingFetcher(web), opened.registry_text)
    with any_store.transaction() as session:
        for number in range(2, 201):
            content = vc_jwt(award(number)).encode()
            row = Case(**case.model_dump(exclude={"id", "key", "credential_id"}), key=f"credential:{number}")
            row.credential_id = f"urn:uuid:{number}"
            session.add(row)
            session.flush()
            carrier = CarrierRecord(submission_id=1, position=number, name="award", kind="jwt", case_id=row.id)
            carrier.sha256 = any_store.evidence.put(content)
            session.add(carrier)
    ids = [c.id for c in cases(any_store)]
    for start in range(0, 200, 50):
        recheck_cases(any_store, workspace, ids[start : start + 50], LATER, shared)
    assert web.asked == [LIST["id"]]
    assert holds(any_store) == ["case:7 revoked_later"]
    assert sum(c.proven_at == LATER for c in cases(any_store)) == 199


def test_without_a_registry_nothing_is_proven_and_nothing_changes(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    before = everything(any_store)
    workspace.issuers_file.unlink()
    with pytest.raises(Exception, match="nothing can be trusted"):
        recheck(any_store, workspace)
    assert everything(any_store) == before


def test_what_is_doubted_is_not_examined_again_as_if_it_were_held(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    """Matching holds a case whose last verdict, before payment, could not be reached: verification does not take it."""
    counted()
    (workspace.root / "web" / "revoked.json").unlink()
    recheck(any_store, workspace)
    with any_store.transaction() as session:
        session.get_one(Case, 1).state = "held"
    assert waiting_carriers(any_store, LATER + timedelta(days=9)) == []
    verify(any_store, workspace, [1], LATER + timedelta(days=9))
    assert states(any_store) == ["held"]
