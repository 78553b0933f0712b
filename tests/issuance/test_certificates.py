"""Certificates: one valid for an award, whatever is killed, repeated or raced; what cannot be printed waits for staff."""

import errno
import hashlib
from datetime import date, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from countersign.desk.reconciling import differences, repair
from countersign.errors import Outage
from countersign.evidence import Evidence, write_whole
from countersign.issuance import (
    awards_due,
    certificates_undrawn,
    issue_certificates,
    read_number,
    shelf,
    withdraw_papers,
    withdrawing,
)
from countersign.issuance import certificates as room
from countersign.issuance.shelf import place
from countersign.settings import PROGRAM, Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry, Certificate, DecisionRecord, Educator, ReviewItem
from tests.conftest import MakeWorkspace
from tests.issuance.conftest import AGREEMENT, Grant, decide_again, grant_in, killed, rules_of

AllRules = tuple[Rules, ...]


def certificates(store: Store) -> list[Certificate]:
    with store.reading() as session:
        return list(session.exec(select(Certificate).order_by(col(Certificate.id))))


def open_items(store: Store) -> list[ReviewItem]:
    with store.reading() as session:
        return list(session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))))


def night(store: Store, workspace: Workspace, rules: AllRules, now: datetime) -> list[int]:
    withdraw_papers(store, workspace, now)
    return issue_certificates(store, workspace, rules, awards_due(store, rules), now)


def test_an_award_becomes_a_certificate_in_the_outbox_and_in_the_evidence(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store)
    assert awards_due(any_store, rules) == [decision]
    assert night(any_store, workspace, rules, now) == [1]
    (made,) = certificates(any_store)
    assert made.state == "valid"
    assert made.award == "case:1/vt-demo/state_cpd"
    assert read_number(made.number) == made.number
    assert made.number.startswith("VT-2026-")
    assert made.issued_on == date(2026, 10, 2)
    assert made.path == f"outbox/certificates/2026/{made.number}.pdf"
    content = (workspace.root / made.path).read_bytes()
    assert content == any_store.evidence.get(made.sha256)
    assert hashlib.sha256(content).hexdigest() == made.sha256
    with any_store.reading() as session:
        (entry,) = session.exec(select(AuditEntry))
    assert (entry.action, entry.subject) == ("certificate issued", "certificate:1")
    assert "Tremblay" not in str(entry.detail)


def test_a_second_night_finds_nothing_to_do(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store)
    night(any_store, workspace, rules, now)
    (before,) = certificates(any_store)
    assert awards_due(any_store, rules) == []
    assert night(any_store, workspace, rules, now) == []
    assert issue_certificates(any_store, workspace, rules, [decision], now) == []
    (after,) = certificates(any_store)
    assert after.model_dump() == before.model_dump()


def test_two_valid_certificates_for_one_award_cannot_be_written(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    grant_in(any_store)
    night(any_store, workspace, rules, now)
    (made,) = certificates(any_store)
    copy: dict[str, Any] = made.model_dump(exclude={"id"}) | {"number": "VT-2026-AAAAA-AAAAA-A"}
    with pytest.raises(IntegrityError), any_store.transaction() as session:
        session.add(Certificate(**copy))
    copy["state"] = "replaced"
    with any_store.transaction() as session:  # one that was replaced may lie beside it
        session.add(Certificate(**copy))


def test_a_worker_that_comes_second_finds_the_first_one_s_certificate(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = grant_in(any_store)
    night(any_store, workspace, rules, now)
    real, calls = room._valid, list[str]()  # pyright: ignore[reportPrivateUsage]

    def blind_at_first(session: Any, award: str) -> Certificate | None:
        calls.append(award)
        return real(session, award) if len(calls) > 1 else None

    monkeypatch.setattr(room, "_valid", blind_at_first)
    assert issue_certificates(any_store, workspace, rules, [decision], now) == []
    assert len(calls) == 2
    assert len(certificates(any_store)) == 1
    assert open_items(any_store) == []


def test_a_run_killed_before_drawing_is_finished_by_the_next_one(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = grant()
    with monkeypatch.context() as patch:
        patch.setattr(room, "draw_certificate", killed)
        with pytest.raises(KeyboardInterrupt):
            night(store, workspace, rules, now)
    (planned,) = certificates(store)
    assert planned.sha256 == ""
    assert certificates_undrawn(store) == [planned.id]
    with store.transaction() as session:  # what changes in between changes nothing on the paper that was planned
        session.get_one(Educator, 1).family_name = "Later"
    assert awards_due(store, rules) == [decision]
    assert night(store, workspace, rules, now) == [planned.id]
    (drawn,) = certificates(store)
    assert drawn.number == planned.number
    assert drawn.printed == planned.printed
    assert drawn.printed["name"] == "Alexandra Tremblay"
    assert certificates_undrawn(store) == []


def test_a_run_killed_after_the_file_and_before_the_row_makes_the_same_file_again(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant()
    with monkeypatch.context() as patch:

        def file_and_die(path: Path, content: bytes) -> None:
            write_whole(path, content)
            raise KeyboardInterrupt

        patch.setattr(shelf, "write_whole", file_and_die)
        with pytest.raises(KeyboardInterrupt):
            night(store, workspace, rules, now)
    (file,) = (workspace.outbox / "certificates" / "2026").iterdir()
    before = file.read_bytes()
    assert len(night(store, workspace, rules, now)) == 1
    assert [f.read_bytes() for f in file.parent.iterdir()] == [before]


def test_one_bad_award_loses_no_other(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(name=("漢", "字"))
    grant()
    assert night(store, workspace, rules, now) == [1]
    (item,) = open_items(store)
    assert (item.subject, item.code, item.owner) == ("case:1", "glyphs_missing", "staff")
    assert "漢 (U+6F22)" in item.sentence
    assert "Add a font" in item.next_step
    assert [c.case_id for c in certificates(store)] == [2]


def test_a_held_certificate_is_printed_and_released_once_its_cause_is_gone(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(name=("漢", "字"))
    night(store, workspace, rules, now)
    with store.transaction() as session:
        educator = session.get_one(Educator, 1)
        educator.given_name, educator.family_name = "Han", "Zi"
    assert night(store, workspace, rules, now) == [1]
    assert open_items(store) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity": "-15"}, "hour is not a quantity a paper can state"),
        ({"unit": "credit"}, "gives credits; a certificate states hours"),
        ({"title": "\u202e\u0000"}, "title of the micro-credential has no printable character"),
        ({"name": ("\u200b", "")}, "name of the educator has no printable character"),
        ({"issued_on": None}, "no date on which it was earned"),
    ],
)
def test_what_cannot_stand_on_a_certificate_is_held_with_its_reason(
    store: Store,
    workspace: Workspace,
    rules: AllRules,
    grant: Grant,
    now: datetime,
    changes: dict[str, Any],
    sentence: str,
) -> None:
    grant(**changes)
    assert night(store, workspace, rules, now) == []
    (item,) = open_items(store)
    assert sentence in item.sentence
    assert item.next_step
    assert certificates(store) == []


def test_what_counts_with_another_case_has_no_paper_of_its_own_and_troubles_nobody(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(quantity="0")
    assert night(store, workspace, rules, now) == []
    assert (open_items(store), certificates(store)) == ([], [])


@pytest.mark.parametrize("outcome", ["banked", "held", "refused"])
def test_only_what_is_granted_is_certified(store: Store, rules: AllRules, grant: Grant, outcome: str) -> None:
    grant(outcome=outcome)
    assert awards_due(store, rules) == []


def test_a_grant_whose_clause_gives_no_certificate_is_not_due(store: Store, rules: AllRules, grant: Grant) -> None:
    grant(currency="graduate_credit")
    assert awards_due(store, rules) == []
    assert awards_due(store, ()) == []


def test_nobody_may_sign_on_that_day_holds(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime
) -> None:
    second = '[[signatories]]\nname = "Kim Other"\ntitle = "Director"\nfrom = 2026-01-01\n'
    grant()
    assert night(store, make_workspace(second), rules, now) == []
    (item,) = open_items(store)
    assert "2 signatories may sign on 2026-10-02" in item.sentence


def test_a_broken_template_of_the_workspace_holds_with_its_file_and_line(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    folder = workspace.root / "templates" / "certificate"
    folder.mkdir(parents=True)
    (folder / "vermont.html").write_text("<html lang='en'>\n{{ p.nickname }}", encoding="utf-8")
    grant()
    assert night(store, workspace, rules, now) == []
    (item,) = open_items(store)
    assert item.code == "certificate_stopped"
    assert "certificate/vermont.html, line 2" in item.sentence
    (folder / "vermont.html").unlink()
    assert night(store, workspace, rules, now) == [1]
    assert open_items(store) == []


def test_a_missing_font_holds_and_leaves_no_file(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    copytree(PROGRAM / "templates" / "fonts", workspace.root / "templates" / "fonts")
    style = workspace.root / "templates" / "fonts" / "fonts.css"
    style.write_text(style.read_text(encoding="utf-8").replace("Lato-Bold", "Lato-Gone"), encoding="utf-8")
    assert night(store, workspace, rules, now) == []
    (item,) = open_items(store)
    assert "Lato-Gone.ttf is missing" in item.sentence
    assert not (workspace.outbox / "certificates").exists()


def test_a_template_that_is_a_path_is_refused(store: Store, workspace: Workspace, grant: Grant, now: datetime) -> None:
    certified = AGREEMENT["grants"][0]
    terms = certified["certificate"] | {"template": "../../etc/passwd"}
    rules = (rules_of(AGREEMENT | {"grants": [certified | {"certificate": terms}]}),)
    grant()
    assert night(store, workspace, rules, now) == []
    assert "not the name of a certificate's template" in open_items(store)[0].sentence


def signed(workspace_maker: MakeWorkspace, image: str) -> Workspace:
    workspace = workspace_maker()
    text = (workspace.root / "countersign.toml").read_text(encoding="utf-8")
    text = text.replace("from = 2020-01-01", f'from = 2020-01-01\nimage = "{image}"')
    (workspace.root / "countersign.toml").write_text(text, encoding="utf-8")
    from countersign.settings import open_workspace

    return open_workspace(workspace.root)


def test_a_signature_s_image_is_kept_so_that_the_certificate_can_be_drawn_again(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime
) -> None:
    workspace = signed(make_workspace, "signature.svg")
    image = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60"><path d="M5 50Q60 0 195 40" stroke="#123" fill="none"/></svg>'
    (workspace.root / "signature.svg").write_text(image, encoding="utf-8")
    grant()
    assert night(store, workspace, rules, now) == [1]
    (made,) = certificates(store)
    kept = made.printed["signatory"]
    assert kept["media_type"] == "image/svg+xml"
    assert store.evidence.get(kept["sha256"]).decode() == image


@pytest.mark.parametrize("content", [None, b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(2_000_001)])
def test_a_missing_or_wrong_signature_holds(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime, content: bytes | None
) -> None:
    workspace = signed(make_workspace, "signature.png")
    if content is not None:
        (workspace.root / "signature.png").write_bytes(content)
    grant()
    assert night(store, workspace, rules, now) == []
    assert "signature image signature.png" in open_items(store)[0].sentence


def test_a_signature_outside_the_workspace_is_not_read(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "outside.svg").write_text("<svg/>", encoding="utf-8")
    grant()
    assert night(store, signed(make_workspace, "../outside.svg"), rules, now) == []
    assert "is not in the workspace" in open_items(store)[0].sentence


def test_a_disk_that_is_full_is_an_outage_and_holds_nobody(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from countersign.errors import Outage

    def full(self: Evidence, content: bytes) -> str:
        raise Outage("The disk is full.")

    grant()
    with monkeypatch.context() as patch:
        patch.setattr(Evidence, "put", full)
        with pytest.raises(Outage, match="disk is full"):
            night(store, workspace, rules, now)
    assert open_items(store) == []
    assert len(night(store, workspace, rules, now)) == 1


# -------------------------------------------------------------------------------------------------- what is taken back


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


def test_the_newest_of_many_revisions_counts(store: Store, rules: AllRules, grant: Grant) -> None:
    first = grant()
    decide_again(store, decide_again(store, first, outcome="held"), outcome="granted")
    with store.reading() as session:
        newest = session.exec(select(DecisionRecord.id).order_by(col(DecisionRecord.id).desc())).first()
    assert awards_due(store, rules) == [newest]
