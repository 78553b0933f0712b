"""What the ledger no longer stands behind is taken back: the certificate is void, and its file lies aside."""

import errno
import hashlib
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from sqlmodel import col, select

from countersign.desk.reconciling import differences, repair
from countersign.errors import Outage
from countersign.issuance import (
    awards_due,
    issue_certificates,
    revoke,
    withdraw_papers,
    withdrawing,
)
from countersign.issuance import certificates as room
from countersign.issuance.shelf import place
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry, Certificate, Educator, ReviewItem
from tests.issuance.conftest import (
    Grant,
    certificates,
    certificates_undrawn,
    decide_again,
    grant_in,
    killed,
    night,
    open_items,
)

AllRules = tuple[Rules, ...]


def test_a_certificate_is_withdrawn_and_its_file_put_aside_when_its_award_is_not_granted_any_more(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store)
    night(any_store, workspace, rules, now)
    decide_again(any_store, decision, outcome="refused", quantity=0)
    (issued,) = certificates(any_store)
    assert withdraw_papers(any_store, workspace, now) == [issued.number]
    assert withdraw_papers(any_store, workspace, now) == []
    (made,) = certificates(any_store)
    assert (made.state, made.sha256) == ("withdrawn", issued.sha256)
    assert made.path == f"outbox/certificates/2026/withdrawn/{made.number}.pdf"
    assert (workspace.root / made.path).read_bytes() == any_store.evidence.get(made.sha256)
    assert not (workspace.root / issued.path).exists()
    assert list(differences(any_store, workspace)) == []
    assert awards_due(any_store, rules) == []
    with any_store.reading() as session:
        assert (
            session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id).desc())).first()
            == "certificate withdrawn"
        )


def test_a_certificate_is_replaced_when_the_hours_change(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store)
    night(any_store, workspace, rules, now)
    decide_again(any_store, decision, quantity=10)
    assert night(any_store, workspace, rules, now) == [2]
    old, new = certificates(any_store)
    assert (old.state, new.state, new.replaces_id) == ("replaced", "valid", old.id)
    assert new.printed["replaces"] == old.number
    assert new.printed["quantity_words"] == "ten"
    assert night(any_store, workspace, rules, now) == []


def test_a_decision_made_again_with_the_same_result_keeps_its_certificate(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store)
    night(any_store, workspace, rules, now)
    for _ in range(2):
        decision = decide_again(any_store, decision, agreement_sha256="b" * 64)
    assert night(any_store, workspace, rules, now) == []
    assert [c.state for c in certificates(any_store)] == ["valid"]


def test_when_the_case_turns_out_to_be_another_s_the_new_certificate_does_not_name_the_old_one(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    decision = grant()
    night(store, workspace, rules, now)
    with store.transaction() as session:
        session.add(Educator(member_number="other", given_name="Other", family_name="Person", licence_state="VT"))
    decide_again(store, decision, educator_id=2)
    assert night(store, workspace, rules, now) == [2]
    old, new = certificates(store)
    assert (old.state, new.replaces_id, new.printed["replaces"], new.printed["name"]) == (
        "withdrawn",
        None,
        "",
        "Other Person",
    )


def test_granted_again_after_it_was_withdrawn_there_is_a_new_certificate(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    decision = grant()
    night(store, workspace, rules, now)
    decision = decide_again(store, decision, outcome="held", quantity=0)
    night(store, workspace, rules, now)
    decide_again(store, decision, outcome="granted", quantity=15)
    assert night(store, workspace, rules, now) == [2]
    assert [c.state for c in certificates(store)] == ["withdrawn", "valid"]


def test_a_plan_whose_award_fell_before_it_was_drawn_is_never_drawn(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = grant()
    with monkeypatch.context() as patch:
        patch.setattr(room, "draw_certificate", killed)
        with pytest.raises(KeyboardInterrupt):
            night(store, workspace, rules, now)
    decide_again(store, decision, outcome="refused", quantity=0)
    assert issue_certificates(store, workspace, rules, [decision], now) == []
    (planned,) = certificates(store)
    left = workspace.root / place(room.KIND, 2026, planned.number)  # of a run that was killed before it sealed the row
    left.parent.mkdir(parents=True)
    left.write_bytes(b"drawn")
    assert withdraw_papers(store, workspace, now) == [planned.number]
    assert certificates_undrawn(store) == []
    assert not [p for p in (workspace.outbox / "certificates").rglob("*") if p.is_file()]
    assert list(differences(store, workspace)) == []


@pytest.mark.parametrize("meanwhile", ["counts", "revoked"])
def test_of_two_who_draw_one_signed_certificate_the_file_is_the_one_that_was_sealed(
    any_store: Store,
    workspace: Workspace,
    rules: AllRules,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: str,
) -> None:
    """A signature is another each time; the second worker has the row as it was before the first one sealed it."""
    decision, turn = grant_in(any_store), count()

    def signed(_workspace: Workspace, _certificate: Certificate, content: bytes, _now: datetime) -> bytes:
        return content + b"\n%% signature %d" % next(turn)

    monkeypatch.setattr(room, "sealed", signed)
    with monkeypatch.context() as patch:
        patch.setattr(room, "draw", killed)
        with pytest.raises(KeyboardInterrupt):
            issue_certificates(any_store, workspace, rules, [decision], now)
    (planned,) = certificates(any_store)
    assert room.draw(any_store, workspace, planned, now)
    if meanwhile == "revoked":
        revoke(any_store, workspace, planned.number, by="Pat", reason="A slip.", now=now)
    assert room.draw(any_store, workspace, planned, now) is (meanwhile == "counts")
    (row,) = certificates(any_store)
    (left,) = (p for p in (workspace.outbox / "certificates").rglob("*") if p.is_file())
    assert left == workspace.root / row.path
    assert hashlib.sha256(left.read_bytes()).hexdigest() == row.sha256


def taken_back(store: Store, workspace: Workspace, rules: AllRules, now: datetime) -> tuple[Certificate, Certificate]:
    """Two certificates that were issued; then nothing is granted any more."""
    decisions = [grant_in(store), grant_in(store)]
    night(store, workspace, rules, now)
    for decision in decisions:
        decide_again(store, decision, outcome="refused", quantity=0)
    first, second = certificates(store)
    return first, second


def damage(store: Store, sha256: str) -> bytes:
    """Damage the evidence; returns what it was."""
    path = store.evidence.path(sha256)
    before = path.read_bytes()
    path.write_bytes(b"rot")
    return before


def test_one_whose_evidence_is_damaged_is_put_aside_from_the_outbox_and_stops_no_other(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    first, second = taken_back(any_store, workspace, rules, now)
    sound = damage(any_store, first.sha256)
    assert withdraw_papers(any_store, workspace, now) == [first.number, second.number]
    for one in certificates(any_store):
        assert (one.state, (workspace.root / one.path).parent.name) == ("withdrawn", "withdrawn")
        assert (workspace.root / one.path).is_file()
    assert not (workspace.root / first.path).exists()
    assert (workspace.root / certificates(any_store)[0].path).read_bytes() == sound
    (item,) = open_items(any_store)
    assert (item.subject, item.code, item.owner) == ("certificate:1", "paper_not_set_aside", "staff")
    assert item.sentence == (
        f"Certificate {first.number} of C-1 is void and put aside. The evidence {first.sha256[:12]}… was changed on disk."
    )
    assert item.next_step == "Restore var/evidence from a backup. Then dismiss this item."
    assert withdraw_papers(any_store, workspace, now) == []
    assert len(open_items(any_store)) == 1


def test_one_of_which_no_sound_copy_is_left_is_void_all_the_same_and_put_aside_once_there_is_one(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    first, second = taken_back(any_store, workspace, rules, now)
    sound = damage(any_store, first.sha256)
    (workspace.root / first.path).write_bytes(b"another")
    assert withdraw_papers(any_store, workspace, now) == [first.number, second.number]
    assert [c.state for c in certificates(any_store)] == ["withdrawn", "withdrawn"]
    assert not (workspace.root / first.path).exists()
    (item,) = open_items(any_store)
    assert item.sentence.startswith(
        f"Certificate {first.number} of C-1 is void, and no sound copy of it is left. The ev"
    )
    assert item.next_step == (
        "Restore var/evidence from a backup; the next night then puts a copy into outbox/certificates/2026/withdrawn."
    )
    any_store.evidence.path(first.sha256).write_bytes(sound)
    assert list(repair(any_store, workspace)) == []  # nothing void goes back among the valid ones
    assert withdraw_papers(any_store, workspace, now) == []
    assert (workspace.root / certificates(any_store)[0].path).read_bytes() == sound
    assert open_items(any_store) == []
    assert list(differences(any_store, workspace)) == []


def test_what_staff_have_dismissed_of_a_file_is_not_opened_again(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    first, _ = taken_back(store, workspace, rules, now)
    damage(store, first.sha256)
    (workspace.root / first.path).unlink()
    withdraw_papers(store, workspace, now)
    with store.transaction() as session:
        item = session.exec(select(ReviewItem)).one()
        item.closed_at, item.closed_by, item.resolution = now, "Pat", "There is no backup."
    withdraw_papers(store, workspace, now)
    assert open_items(store) == []


def test_a_file_in_the_folder_s_place_keeps_no_paper_valid_and_the_next_night_tries_again(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    first, second = taken_back(any_store, workspace, rules, now)
    blocking = workspace.outbox / "certificates" / "2026" / "withdrawn"
    blocking.write_text("mine")
    assert withdraw_papers(any_store, workspace, now) == [first.number, second.number]
    assert [c.state for c in certificates(any_store)] == ["withdrawn", "withdrawn"]
    assert sorted(p.name for p in blocking.parent.iterdir()) == ["withdrawn"]
    assert blocking.read_text() == "mine"
    items = open_items(any_store)
    assert [i.subject for i in items] == ["certificate:1", "certificate:2"]
    assert items[0].sentence == (
        f"Certificate {first.number} of C-1 is void, and its file cannot be put aside: File exists."
    )
    assert items[0].next_step.startswith(f"Clear the way for outbox/certificates/2026/withdrawn/{first.number}.pdf;")
    blocking.unlink()
    assert withdraw_papers(any_store, workspace, now) == []
    assert sorted(p.stem for p in blocking.iterdir()) == sorted([first.number, second.number])
    assert open_items(any_store) == []
    assert list(differences(any_store, workspace)) == []


def test_the_only_sound_copy_is_not_removed_while_there_is_no_place_for_it(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    first, _ = taken_back(store, workspace, rules, now)
    sound = damage(store, first.sha256)
    (workspace.outbox / "certificates" / "2026" / "withdrawn").write_text("mine")
    withdraw_papers(store, workspace, now)
    assert (workspace.root / first.path).read_bytes() == sound
    assert certificates(store)[0].state == "withdrawn"


def test_a_file_that_cannot_be_removed_is_told_and_stops_no_other(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    first, second = taken_back(store, workspace, rules, now)
    place_ = workspace.root / first.path
    place_.unlink()
    place_.mkdir()
    assert withdraw_papers(store, workspace, now) == [first.number, second.number]
    (item,) = open_items(store)
    assert f"is void, and {first.path} cannot be removed: " in item.sentence
    place_.rmdir()
    withdraw_papers(store, workspace, now)
    assert open_items(store) == []


def test_a_full_disk_stops_the_run_and_leaves_the_paper_as_it_was(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = taken_back(store, workspace, rules, now)

    def full(*_: Any) -> None:
        raise Outage("The disk is full.") from OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(withdrawing, "write_whole", full)
        with pytest.raises(Outage, match="full"):
            withdraw_papers(store, workspace, now)
    assert [c.state for c in certificates(store)] == ["valid", "valid"]
    assert (workspace.root / first.path).is_file()
    assert open_items(store) == []


@pytest.mark.parametrize("state", ["withdrawn", "replaced"])
def test_what_an_earlier_version_left_among_the_valid_ones_is_put_aside_once(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime, state: str
) -> None:
    first, second = taken_back(any_store, workspace, rules, now)
    with any_store.transaction() as session:
        for one in (first, second):
            row = session.get_one(Certificate, one.id)
            row.state, row.ended_at, row.ended_by = state, now, "nightly"
    assert [d.sentence for d in differences(any_store, workspace)] == [
        f"{one.number} is {state}; the next nightly run puts {one.path} aside." for one in (first, second)
    ]
    withdraw_papers(any_store, workspace, now)
    made = certificates(any_store)[0]
    assert (made.state, made.path) == (state, f"outbox/certificates/2026/withdrawn/{made.number}.pdf")
    assert (workspace.root / made.path).is_file()
    assert not (workspace.root / first.path).exists()
    assert list(differences(any_store, workspace)) == []

    def told() -> list[str]:
        with any_store.reading() as session:
            return [e.action for e in session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))]

    before = told()
    assert before[-2:] == ["certificate set aside", "certificate set aside"]
    withdraw_papers(any_store, workspace, now)
    assert told() == before


def test_a_certificate_names_the_one_that_went_out_when_the_one_between_was_never_drawn(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = grant()
    night(store, workspace, rules, now)
    decision = decide_again(store, decision, quantity=10)
    with monkeypatch.context() as patch:
        patch.setattr(room, "draw_certificate", killed)
        with pytest.raises(KeyboardInterrupt):
            night(store, workspace, rules, now)
    decide_again(store, decision, quantity=5)
    assert night(store, workspace, rules, now) == [3]
    first, between, last = certificates(store)
    assert [c.state for c in (first, between, last)] == ["replaced", "replaced", "valid"]
    assert (last.replaces_id, last.printed["replaces"]) == (first.id, first.number)
