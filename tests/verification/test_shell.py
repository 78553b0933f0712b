"""Verification on the store: a case for each credential, once; held ones come back; a forgery takes nobody's place."""

from datetime import timedelta

import pytest
from sqlmodel import select

from countersign import audit
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store, open_store
from countersign.verification import (
    VerificationSession,
    open_session,
    verify_carriers,
    waiting_carriers,
)
from countersign.verification.network.fetching import RememberingFetcher
from models.credentials import CarrierKind
from models.tables import AuditEntry, CarrierRecord, Case, VerdictRecord
from tests.verification.making import (
    NOW,
    SITE,
    THIEF,
    Web,
    assertion,
    itxt,
    ob3,
    png,
    vc_jwt,
    with_proof,
)
from tests.verification.night import REGISTRY, Bring, cases, holds, publish, states, submissions, verdicts, verify


def test_a_proven_credential_becomes_a_case_with_its_verdict(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    carrier = bring(png(itxt(vc_jwt())), CarrierKind.png)
    assert waiting_carriers(any_store, NOW) == [carrier]
    verify(any_store, workspace)
    (case,) = cases(any_store)
    assert (case.state, case.issuer, case.issuer_name) == ("verified", "acme", "Acme Learning, registered")
    assert (case.title, case.version, case.received_at) == ("Formative Assessment", "3.0", NOW)
    assert case.identities[0]["kind"] == "emailAddress"
    assert any_store.evidence.get(case.document_sha256) == vc_jwt().encode()
    with any_store.reading() as session:
        (verdict,) = session.exec(select(VerdictRecord)).all()
        assert [c["name"] for c in verdict.checks][-1] == "recipient"
        (entry,) = session.exec(select(AuditEntry)).all()
        assert (entry.action, entry.subject) == ("case verified", f"case:{case.id}")
        assert list(audit.breaks(session)) == []
    assert waiting_carriers(any_store, NOW + timedelta(days=1)) == []


def test_repeating_changes_nothing(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    carrier = bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    before = cases(any_store)
    verify(any_store, workspace, [carrier, carrier])
    verify(any_store, workspace)
    assert [c.model_dump() for c in cases(any_store)] == [c.model_dump() for c in before]
    assert verdicts(any_store, before[0].id) == ["verified"]


def test_the_same_credential_in_another_form_joins_its_case_and_the_earliest_submission_counts(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    bring(png(itxt(vc_jwt())), CarrierKind.png, NOW - timedelta(days=2))
    bring(with_proof(), CarrierKind.json, NOW - timedelta(days=1))
    verify(any_store, workspace)
    (case,) = cases(any_store)
    assert submissions(any_store, case.id) == [1, 2, 3]
    assert verdicts(any_store, case.id) == ["verified"]
    assert case.received_at == NOW - timedelta(days=2)
    assert holds(any_store) == []


def test_a_forgery_that_came_first_takes_nobodys_place(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(vc_jwt(key=THIEF), CarrierKind.jwt)
    verify(any_store, workspace)
    bring(vc_jwt(), CarrierKind.jwt)
    bring(vc_jwt(key=THIEF), CarrierKind.jwt)
    verify(any_store, workspace)
    forged, true = cases(any_store)
    assert (forged.state, true.state) == ("rejected", "verified")
    assert forged.credential_id == true.credential_id
    assert submissions(any_store, forged.id) == [1, 3]
    assert verdicts(any_store, forged.id) == ["rejected"]


def test_a_case_that_is_matched_is_joined_and_not_disturbed(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    with any_store.transaction() as session:
        session.get_one(Case, 1).state = "matched"
    before = cases(any_store)[0].model_dump()
    bring(vc_jwt(), CarrierKind.jwt, NOW - timedelta(days=5))
    verify(any_store, workspace, now=NOW + timedelta(days=1))
    assert cases(any_store)[0].model_dump() == before
    assert submissions(any_store, 1) == [1, 2]


def test_a_held_case_that_turns_out_to_be_another_cases_credential_joins_it(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(assertion())
    bring(assertion(evidence=f"{SITE}/work"))
    bring("", CarrierKind.url, url=f"{SITE}/assertions/1.json")
    verify(any_store, workspace)
    assert states(any_store) == ["held", "held", "held"]
    publish(workspace)
    verify(any_store, workspace, now=NOW + timedelta(days=1))
    assert states(any_store) == ["verified", "joined", "joined"]
    assert [c.joined_to for c in cases(any_store)] == [None, 1, 1]
    assert submissions(any_store, 1) == [1, 2, 3]
    assert holds(any_store) == []
    bring(assertion(evidence=f"{SITE}/work"))  # the joined bytes again lead to the case that stands
    verify(any_store, workspace, now=NOW + timedelta(days=2))
    assert submissions(any_store, 1) == [1, 2, 3, 4]


def test_a_rejected_credential_is_verified_when_its_issuer_says_so_later(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(vc_jwt(ob3(validUntil="2026-09-01T00:00:00Z")), CarrierKind.jwt)
    verify(any_store, workspace)
    assert states(any_store) == ["rejected"]
    bring(vc_jwt(ob3(validUntil="2027-09-01T00:00:00Z")), CarrierKind.jwt)
    verify(any_store, workspace)
    assert states(any_store) == ["verified"]
    assert verdicts(any_store, 1) == ["rejected", "verified"]


def test_an_issuer_registered_later_counts_for_what_is_sent_again(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    workspace.issuers_file.write_text("", encoding="utf-8")
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    workspace.issuers_file.write_text(REGISTRY, encoding="utf-8")
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    assert states(any_store) == ["rejected", "verified"]


def test_two_contents_under_one_id_are_shown_to_staff(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    other = ob3(
        credentialSubject=ob3()["credentialSubject"]
        | {
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": "kim@school.example",
                    "identityType": "emailAddress",
                }
            ]
        }
    )
    bring(vc_jwt(), CarrierKind.jwt)
    bring(vc_jwt(other), CarrierKind.jwt)
    verify(any_store, workspace)
    assert states(any_store) == ["verified"]
    assert holds(any_store) == ["case:1 same_id_differs"]


def test_a_picture_without_a_credential_makes_no_case_and_is_not_looked_at_again(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(png(), CarrierKind.png)
    bring(b"{}")
    verify(any_store, workspace)
    assert cases(any_store) == []
    assert waiting_carriers(any_store, NOW + timedelta(days=1)) == []


def test_a_damaged_picture_makes_a_rejected_case_with_its_sentence(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(png(itxt(vc_jwt()))[:200], CarrierKind.png)
    bring("", CarrierKind.url, url="https://me:secret@issuer.example/1")
    verify(any_store, workspace)
    first = cases(any_store)[0]
    assert first.state == "rejected"
    with any_store.reading() as session:
        checks = session.exec(select(VerdictRecord)).first()
        assert checks
        assert checks.checks[0]["detail"] == "The picture is cut off: the file ends in the middle (award)."
    assert any_store.evidence.get(first.document_sha256) == png(itxt(vc_jwt()))[:200]


def test_one_broken_carrier_does_not_stop_the_others_and_is_tried_again(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    lost = bring(vc_jwt(ob3(id="urn:uuid:lost")), CarrierKind.jwt)
    bring(vc_jwt(), CarrierKind.jwt)
    with any_store.reading() as session:
        path = any_store.evidence.path(session.get_one(CarrierRecord, lost).sha256)
    kept = path.read_bytes()
    path.unlink()
    verify(any_store, workspace)
    assert states(any_store) == ["verified"]
    assert holds(any_store) == ["submission:1 unexamined"]
    assert waiting_carriers(any_store, NOW) == [lost]
    path.write_bytes(kept)
    verify(any_store, workspace)
    assert states(any_store) == ["verified", "verified"]
    assert holds(any_store) == []


def test_the_chunks_of_one_run_share_what_was_fetched(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    opened = open_session(workspace, NOW)
    web = Web({})
    shared = VerificationSession(opened.registry, RememberingFetcher(web), opened.registry_text)
    for evidence in ("a", "b"):
        verify_carriers(any_store, workspace, [bring(assertion(evidence=f"{SITE}/{evidence}"))], NOW, shared)
    assert web.asked == [f"{SITE}/assertions/1.json"]
    assert states(any_store) == ["held", "held"]


def test_without_a_registry_nothing_is_examined(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    carrier = bring(vc_jwt(), CarrierKind.jwt)
    workspace.issuers_file.unlink()
    with pytest.raises(UsageError, match="nothing can be trusted"):
        verify(any_store, workspace)
    assert waiting_carriers(any_store, NOW) == [carrier]


def test_another_worker_that_opened_the_case_in_the_same_moment_is_joined(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    carriers = [bring(vc_jwt(), CarrierKind.jwt) for _ in range(4)]
    stores = [open_store(workspace) for _ in carriers]
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(verify, s, workspace, [c]) for s, c in zip(stores, carriers, strict=True)]
        for one in running:
            one.result()
    for store in stores:
        store.engine.dispose()
    verify(any_store, workspace)
    assert states(any_store) == ["verified"]
    assert submissions(any_store, 1) == [1, 2, 3, 4]
    assert verdicts(any_store, 1) == ["verified"]
