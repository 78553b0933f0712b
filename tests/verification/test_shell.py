"""Verification on the store: a case for each credential, once; held ones come back; a forgery takes nobody's place."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from countersign import audit, review
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store, open_store
from countersign.verification import (
    HOLDS,
    VerificationSession,
    dismiss_case,
    open_session,
    verify_carriers,
    waiting_carriers,
)
from countersign.verification.fetching import RememberingFetcher
from models.credentials import CarrierKind
from models.tables import AuditEntry, CarrierRecord, Case, CaseSubmission, ReviewItem, Submission, VerdictRecord
from models.words import Owner
from tests.conftest import MakeWorkspace
from tests.verification.making import (
    ED,
    ISSUER,
    NOW,
    SITE,
    THIEF,
    Json,
    Web,
    assertion,
    badge_class,
    itxt,
    multibase,
    ob3,
    png,
    profile,
    vc_jwt,
    with_proof,
)

REGISTRY = f"""
[[issuers]]
id = "acme"
name = "Acme Learning, registered"
ids = ["{ISSUER}"]
origins = ["{SITE}"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}

[[issuers.keys]]
id = "{ISSUER}#key-1"
multibase = "{multibase(ED)}"
"""
UNKNOWN_STATUS = vc_jwt(ob3(credentialStatus={"id": f"{SITE}/status/1", "type": "HouseStatus"}))
Bring = Callable[..., int]


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """A workspace that fetches nothing but what lies in its folder `web`."""
    made = make_workspace('\n[network]\noffline = true\nmirror = { "issuer.example" = "web" }\n')
    made.issuers_file.write_text(REGISTRY, encoding="utf-8")
    return made


@pytest.fixture
def bring(any_store: Store) -> Bring:
    """`bring(content, …)`: a submission with one carrier; gives the carrier's id."""
    numbers = iter(range(1, 1000))

    def brought(
        content: bytes | str | Json, kind: CarrierKind = CarrierKind.json, received: datetime = NOW, url: str = ""
    ) -> int:
        number = next(numbers)
        data = (
            content
            if isinstance(content, bytes)
            else content.encode()
            if isinstance(content, str)
            else json.dumps(content).encode()
        )
        with any_store.transaction() as session:
            submission = Submission(
                source="folder",
                source_key=str(number),
                name=f"{number}.eml",
                sha256=f"{number:064x}",
                size=1,
                received_at=received,
                stored_at=NOW,
            )
            session.add(submission)
            session.flush()
            sha256 = "" if url else any_store.evidence.put(data)
            carrier = CarrierRecord(
                submission_id=submission.id, position=0, name="award", kind=kind.value, sha256=sha256, url=url
            )
            session.add(carrier)
            session.flush()
            return carrier.id

    return brought


def verify(store: Store, workspace: Workspace, carriers: Sequence[int] | None = None, now: datetime = NOW) -> None:
    verify_carriers(store, workspace, waiting_carriers(store, now) if carriers is None else carriers, now)


def cases(store: Store) -> list[Case]:
    with store.reading() as session:
        return list(session.exec(select(Case).order_by(col(Case.id))).all())


def states(store: Store) -> list[str]:
    return [c.state for c in cases(store)]


def verdicts(store: Store, case_id: int) -> list[str]:
    with store.reading() as session:
        return list(session.exec(select(VerdictRecord.outcome).where(VerdictRecord.case_id == case_id)).all())


def submissions(store: Store, case_id: int) -> list[int]:
    with store.reading() as session:
        return sorted(session.exec(select(CaseSubmission.submission_id).where(CaseSubmission.case_id == case_id)).all())


def holds(store: Store) -> list[str]:
    with store.reading() as session:
        items = session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))).all()
        return [f"{i.subject} {i.code}" for i in items]


def publish(workspace: Workspace, **changes: object) -> None:
    pages = {"assertions/1.json": assertion(), "badge.json": badge_class(), "profile": profile()} | changes
    for name, body in pages.items():
        path = workspace.root / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body), encoding="utf-8")


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


def hold_by_matching(store: Store) -> None:
    with store.transaction() as session:
        session.get_one(Case, 1).state = "held"
        review.hold(
            session,
            subject="case:1",
            code="unknown_person",
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=NOW,
        )


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


def test_what_only_a_person_can_change_is_not_looked_at_each_night(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(UNKNOWN_STATUS, CarrierKind.jwt)
    verify(any_store, workspace)
    assert holds(any_store) == ["case:1 unproven"]
    assert waiting_carriers(any_store, NOW + timedelta(days=6)) == []
    assert waiting_carriers(any_store, NOW + timedelta(days=7)) == [1]
    verify(any_store, workspace, now=NOW + timedelta(days=7))
    assert waiting_carriers(any_store, NOW + timedelta(days=8)) == []
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
        assert checks.checks[0]["detail"] == "The picture is cut off: the file ends in the middle."
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
    shared = VerificationSession(opened.registry, RememberingFetcher(web))
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
