"""A kept verdict is reached again without the web, the registry of today or the files of then; what cannot be is said."""

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import (
    Registry,
    Unreachable,
    examine,
    open_session,
    replay,
    replay_today,
    verdicts_of,
    verify_carriers,
)
from countersign.verification.keeping import replaying
from countersign.verification.keeping.replaying import ReplayFetcher, recorded
from countersign.verification.keeping.writing import SOFTWARE, keep
from countersign.verification.network.fetching import RecordingFetcher
from countersign.verification.network.web import Refused
from models.credentials import CarrierKind
from models.tables import Case, VerdictRecord
from tests.verification.making import (
    NOW,
    SITE,
    THIEF,
    Web,
    assertion,
    itxt,
    look,
    ob3,
    png,
    site,
    vc_jwt,
    with_proof,
)
from tests.verification.night import REGISTRY, UNKNOWN_STATUS, Bring, cases, publish, verify


def latest(store: Store) -> VerdictRecord:
    with store.reading() as session:
        return session.exec(select(VerdictRecord).order_by(col(VerdictRecord.id).desc()).limit(1)).one()


def forget(workspace: Workspace) -> None:
    """The world moves on: the site is gone, and nobody is registered any more."""
    shutil.rmtree(workspace.root / "web", ignore_errors=True)
    workspace.issuers_file.write_text("", encoding="utf-8")


def test_a_verdict_is_reached_again_when_the_site_is_gone_and_the_registry_is_another(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    publish(workspace)
    bring(assertion())
    verify(any_store, workspace)
    forget(workspace)
    again = replay(any_store, 1)
    assert (again.same, again.differences, again.problem, again.unrecorded) == (True, (), "", ())
    assert (again.case, again.at, again.outcome, again.software) == ("C-1", NOW, "verified", SOFTWARE)
    assert again.examination is not None
    assert again.examination.verdict.outcome == "verified"
    assert again.examination.fetched[0].url == f"{SITE}/assertions/1.json"


def test_a_verdicts_row_names_everything_that_it_follows_from(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    publish(workspace)
    carrier = bring(assertion())
    verify(any_store, workspace)
    row = latest(any_store)
    assert (row.carrier_id, row.occasion, row.software, row.at) == (carrier, "arrival", SOFTWARE, NOW)
    assert any_store.evidence.get(row.registry_sha256) == REGISTRY.encode()
    assert {e["url"] for e in row.evidence} >= {f"{SITE}/assertions/1.json", f"{SITE}/badge.json"}
    assert all(any_store.evidence.get(e["sha256"]) for e in row.evidence)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (vc_jwt(), CarrierKind.jwt),
        (with_proof(), CarrierKind.json),
        (png(itxt(vc_jwt())), CarrierKind.png),
        (vc_jwt(key=THIEF), CarrierKind.jwt),
        (vc_jwt(ob3(issuer="https://stranger.example")), CarrierKind.jwt),
        (UNKNOWN_STATUS, CarrierKind.jwt),
        (assertion(id="https://elsewhere.example/1"), CarrierKind.json),
        (assertion(issuedOn="never"), CarrierKind.json),
    ],
)
def test_whatever_came_and_whatever_became_of_it_the_replay_is_the_same(
    any_store: Store, workspace: Workspace, bring: Bring, content: Any, kind: CarrierKind
) -> None:
    bring(content, kind)
    verify(any_store, workspace)
    forget(workspace)
    assert replay(any_store, 1).same


def test_an_outage_is_replayed_as_an_outage(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(b"", CarrierKind.url, url="https://elsewhere.example/award.png")
    verify(any_store, workspace)
    row = latest(any_store)
    assert row.outcome == "held"
    assert [(e["why"], e["refused"]) for e in row.evidence] == [("fetching is switched off", False)]
    again = replay(any_store, 1)
    assert again.same
    assert again.outcome == "held"


def test_an_older_verdict_is_replayed_at_its_own_time(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(assertion())
    verify(any_store, workspace)
    publish(workspace)
    verify(any_store, workspace, now=NOW + timedelta(days=1))
    first, second = verdicts_of(any_store, 1)
    forget(workspace)
    then, later = replay(any_store, 1, first), replay(any_store, 1)
    assert (then.outcome, then.at, then.same) == ("held", NOW, True)
    assert (later.verdict_id, later.outcome, later.occasion, later.same) == (second, "verified", "again", True)


def test_a_credential_that_has_expired_since_is_still_what_it_was(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(vc_jwt(ob3(validUntil="2026-10-03T00:00:00Z")), CarrierKind.jwt)
    verify(any_store, workspace)
    assert replay(any_store, 1).same
    today = replay_today(any_store, open_session(workspace, NOW), 1, NOW + timedelta(days=30))
    assert [d.name for d in today.differences] == ["dates"]
    assert "expired" in today.differences[0].now["detail"]


def test_evidence_that_was_changed_on_disk_is_noticed(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    publish(workspace)
    bring(assertion())
    verify(any_store, workspace)
    row = latest(any_store)
    for sha256 in (row.evidence[0]["sha256"], row.registry_sha256):
        path = any_store.evidence.path(sha256)
        kept = path.read_bytes()
        path.write_bytes(kept + b" ")
        again = replay(any_store, 1)
        assert (again.same, again.examination) == (False, None)
        assert "was changed on disk" in again.problem
        path.unlink()
        assert "cannot be read" in replay(any_store, 1).problem
        path.write_bytes(kept)
    assert replay(any_store, 1).same


def test_a_verdict_from_before_replays_says_that_it_cannot_be_repeated(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    row = latest(any_store)
    with any_store.transaction() as session:
        session.add(VerdictRecord(case_id=1, at=NOW, outcome="verified", checks=row.checks))
    again = replay(any_store, 1)
    assert not again.same
    assert again.problem.startswith("It was reached by a version of Countersign that did not keep")
    with any_store.transaction() as session:
        session.add(VerdictRecord(case_id=1, at=NOW, outcome="verified", checks=row.checks, carrier_id=1))
    assert "registry of issuers as it was then was not kept" in replay(any_store, 1).problem


def test_another_result_is_told_check_by_check(
    any_store: Store, workspace: Workspace, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)

    def forgetful(carrier: Any, registry: Any, fetcher: Any, now: Any) -> Any:
        return examine(carrier, Registry(), fetcher, now)

    monkeypatch.setattr(replaying, "examine", forgetful)
    again = replay(any_store, 1)
    assert not again.same
    names = [d.name for d in again.differences]
    assert names[:2] == ["proof", "issuer_trusted"]
    assert "recipient" in names
    assert (again.differences[1].then["outcome"], again.differences[1].now["outcome"]) == ("passed", "failed")


def test_what_a_newer_version_asks_beyond_the_evidence_is_named(
    any_store: Store, workspace: Workspace, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)

    def curious(carrier: Any, registry: Any, fetcher: Any, now: Any) -> Any:
        with pytest.raises(Unreachable, match="there is no evidence of it"):
            fetcher.get("https://issuer.example/more")
        return examine(carrier, registry, fetcher, now)

    monkeypatch.setattr(replaying, "examine", curious)
    again = replay(any_store, 1)
    assert again.same
    assert again.unrecorded == ("https://issuer.example/more",)


def test_today_may_see_it_otherwise_and_nothing_is_written(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    publish(workspace)
    bring(assertion())
    verify(any_store, workspace)
    publish(workspace, **{"assertions/1.json": assertion(revoked=True, revocationReason="A mistake")})
    before = verdicts_of(any_store, 1)
    today = replay_today(any_store, open_session(workspace, NOW), 1, NOW + timedelta(days=1))
    assert "status" in [d.name for d in today.differences]
    assert replay(any_store, 1).same
    assert verdicts_of(any_store, 1) == before


def test_what_does_not_exist_is_wrong_usage(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    with pytest.raises(UsageError, match="no case C-7"):
        replay(any_store, 7)
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    with pytest.raises(UsageError, match=r"C-1 has no verdict 99\. Its verdicts: 1"):
        replay(any_store, 1, 99)


def test_a_case_that_joined_another_points_to_it(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    bring(vc_jwt(), CarrierKind.jwt)
    verify(any_store, workspace)
    with any_store.transaction() as session:
        first = cases(any_store)[0]
        session.add(Case(key="k", state="joined", opened_at=NOW, received_at=NOW, joined_to=first.id))
        session.add(Case(key="l", state="received", opened_at=NOW, received_at=NOW))
    with pytest.raises(UsageError, match="C-2 joined C-1"):
        replay(any_store, 2)
    with pytest.raises(UsageError, match="C-3 has no verdict yet"):
        replay(any_store, 3)


def test_the_replayed_web_knows_what_was_recorded_and_nothing_else(store: Store) -> None:
    web = Web(
        {f"{SITE}/a": {"a": 1}, f"{SITE}/b": Unreachable("it slept"), f"{SITE}/c": Refused("never"), f"{SITE}/d": 410}
    )
    asked = RecordingFetcher(web, NOW)
    assert (asked.get(f"{SITE}/a").status, asked.get(f"{SITE}/d").status) == (200, 410)
    for path, kind in (("b", Unreachable), ("c", Refused)):
        with pytest.raises(kind):
            asked.get(f"{SITE}/{path}")
    found = look(vc_jwt())
    kept = keep(store.evidence, _with(found, asked), 1, "")
    fetcher = ReplayFetcher(recorded(store.evidence, kept.asked))
    assert fetcher.get(f"{SITE}/a").content == b'{"a": 1}'
    assert fetcher.get(f"{SITE}/d").status == 410
    with pytest.raises(Unreachable, match="it slept"):
        fetcher.get(f"{SITE}/b")
    with pytest.raises(Refused, match="never"):
        fetcher.get(f"{SITE}/c")
    assert fetcher.missing == []
    with pytest.raises(Unreachable, match="no evidence"):
        fetcher.get(f"{SITE}/e")
    assert fetcher.missing == [f"{SITE}/e"]


def _with(found: Any, asked: RecordingFetcher) -> Any:
    return replace(found, fetched=tuple(asked.answers.values()))


def test_an_examination_asks_each_address_once_and_no_more_than_its_share() -> None:
    web = Web({f"{SITE}/{n}": {"n": n} for n in range(9)})
    asked = RecordingFetcher(web, NOW, most=3)
    for number in (0, 0, 1, 2, 0):
        asked.get(f"{SITE}/{number}")
    with pytest.raises(Refused, match="more than 3 documents"):
        asked.get(f"{SITE}/3")
    assert web.asked == [f"{SITE}/{n}" for n in range(3)]
    assert list(asked.answers) == web.asked


def test_an_examination_waits_for_its_documents_so_long_and_no_longer() -> None:
    asked = RecordingFetcher(site(), NOW, seconds=0)
    with pytest.raises(Unreachable, match="took all the time"):
        asked.get(f"{SITE}/badge.json")
    assert list(asked.answers) == [f"{SITE}/badge.json"]


def test_the_registry_of_a_run_is_read_once(any_store: Store, workspace: Workspace, bring: Bring) -> None:
    run = open_session(workspace, NOW)
    workspace.issuers_file.write_text("", encoding="utf-8")
    verify_carriers(any_store, workspace, [bring(vc_jwt(), CarrierKind.jwt)], NOW, run)
    assert latest(any_store).outcome == "verified"
    assert replay(any_store, 1).same
