"""The life of a certificate: reissued, revoked, replaced, withdrawn; never two that count for one award, and never a step back."""

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypedDict

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select

from countersign.desk.reconciling import differences
from countersign.errors import CountersignError, UsageError
from countersign.issuance import (
    awards_due,
    former_name,
    issue_certificates,
    life,
    reissue,
    revoke,
    successor,
    withdraw_papers,
)
from countersign.issuance import certificates as room
from countersign.matching.renaming import former_names
from countersign.recognition import explain, explanation_text
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry, Certificate, Educator, ReviewItem
from tests.issuance.conftest import Grant, decide_again, grant_in, killed

AllRules = tuple[Rules, ...]


class Said(TypedDict):
    by: str
    reason: str


BY: Said = {"by": "Pat Sample", "reason": "Her name changed."}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page in place of the whole certificate: what it looks like is tested elsewhere."""

    def drawn(printed: dict[str, Any], *_: Any, **__: Any) -> bytes:
        return f"%PDF-1.7 {printed['number']} {printed['name']} replaces {printed['replaces']}".encode()

    monkeypatch.setattr(room, "draw_certificate", drawn)


def night(store: Store, workspace: Workspace, rules: AllRules, now: datetime) -> list[int]:
    withdraw_papers(store, workspace, now)
    return issue_certificates(store, workspace, rules, awards_due(store, rules), now)


def certificates(store: Store) -> list[Certificate]:
    with store.reading() as session:
        return list(session.exec(select(Certificate).order_by(col(Certificate.id))))


def states(store: Store) -> list[str]:
    return [row.state for row in certificates(store)]


def rename(store: Store, family: str, educator: int = 1) -> None:
    with store.transaction() as session:
        session.get_one(Educator, educator).family_name = family


def in_order(store: Store, workspace: Workspace) -> bool:
    """Rows, evidence and outbox agree, and at most one certificate counts for an award. (Nobody wrote a ledger here.)"""
    assert [d.sentence for d in differences(store, workspace) if "the ledger has no line" not in d.sentence] == []
    counting = [row.award for row in certificates(store) if row.state == "valid"]
    return len(counting) == len(set(counting))


# ------------------------------------------------------------------------------------------------------------- reissued


def test_after_a_change_of_name_a_new_certificate_takes_the_old_one_s_place(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    grant_in(any_store)
    night(any_store, workspace, rules, now)
    rename(any_store, "Roy")
    (before,) = certificates(any_store)
    done = reissue(any_store, workspace, rules, before.number.lower(), now=now + timedelta(days=9), **BY)
    old, new = certificates(any_store)
    assert (done.old, done.new, done.file, done.aside, done.finished) == (old.number, new.number, new.path, True, False)
    assert [(d.what, d.before, d.after) for d in done.differences] == [("name", "Alexandra Tremblay", "Alexandra Roy")]
    assert (old.state, old.ended_by, old.ended_reason) == ("replaced", "Pat Sample", "Her name changed.")
    assert old.ended_at == now + timedelta(days=9)
    assert (new.state, new.replaces_id, new.printed["replaces"]) == ("valid", old.id, old.number)
    assert new.issued_on != old.issued_on
    assert (old.printed, old.sha256) == (before.printed, before.sha256)
    assert old.path == f"outbox/certificates/2026/withdrawn/{old.number}.pdf"
    assert hashlib.sha256((workspace.root / new.path).read_bytes()).hexdigest() == new.sha256
    assert in_order(any_store, workspace)
    assert night(any_store, workspace, rules, now) == []
    with any_store.reading() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(e.actor, e.action) for e in entries[-3:]] == [
        ("Pat Sample", "certificate reissued"),
        ("Pat Sample", "certificate set aside"),
        ("Pat Sample", "certificate issued"),
    ]
    assert "Roy" not in str([e.detail for e in entries])
    assert "Her name changed" not in str([e.detail for e in entries])


@pytest.mark.parametrize("family", ["Núñez", "Nu\u0301n\u0303ez", "Núñez\u200b", "N" * 140, "Roy"], ids=ascii)
def test_whether_a_certificate_carries_a_former_name_is_one_question(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, family: str
) -> None:
    grant_in(store)
    rename(store, "Núñez" if family != "N" * 140 else family)
    night(store, workspace, rules, now)
    rename(store, family)
    with store.reading() as session:
        educator = session.get_one(Educator, 1)
        waiting = former_names(session, {educator.id: educator.name})
        assert bool(waiting) == bool(former_name(certificates(store)[0], educator)) == (family == "Roy")


def test_nothing_is_reissued_that_would_say_the_same_unless_it_is_wanted_all_the_same(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    night(store, workspace, rules, now)
    number = certificates(store)[0].number
    with pytest.raises(UsageError, match="would say the same as") as refused:
        reissue(store, workspace, rules, number, now=now + timedelta(days=40), **BY)
    assert "--anyway" in refused.value.remedy
    assert states(store) == ["valid"]
    done = reissue(store, workspace, rules, number, now=now, anyway=True, **BY)
    assert done.differences == ()
    assert states(store) == ["replaced", "valid"]


def test_a_corrected_title_a_licence_and_the_provider_count_as_differences(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    night(store, workspace, rules, now)
    with store.transaction() as session:
        session.get_one(Educator, 1).licence_number = "0456.0000"
        session.connection().execute(text("UPDATE \"case\" SET title = 'Belonging'"))
    done = reissue(store, workspace, rules, certificates(store)[0].number, now=now, **BY)
    assert [d.what for d in done.differences] == ["licence", "title"]


def test_what_cannot_be_printed_leaves_the_old_one_as_it_is(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant()
    night(store, workspace, rules, now)
    rename(store, "\u200b")
    with store.transaction() as session:
        session.get_one(Educator, 1).given_name = "\u200b"
    with pytest.raises(CountersignError, match="no printable character"):
        reissue(store, workspace, rules, certificates(store)[0].number, now=now, **BY)
    rename(store, "Roy")

    def broken(*_: Any, **__: Any) -> bytes:
        raise UsageError("certificate/vermont.html, line 2: broken")

    monkeypatch.setattr(room, "draw_certificate", broken)
    with pytest.raises(UsageError, match="line 2: broken"):
        reissue(store, workspace, rules, certificates(store)[0].number, now=now, **BY)
    assert states(store) == ["valid"]
    assert in_order(store, workspace)


@pytest.mark.parametrize(
    ("by", "reason", "sentence"),
    [("", "x", "may not be empty"), ("Pat", " \n", "may not be empty"), ("Nightly", "x", "is the name of a run")],
)
@pytest.mark.parametrize("act", ["reissue", "revoke"])
def test_who_decided_and_why_must_be_said(
    store: Store, workspace: Workspace, act: str, by: str, reason: str, sentence: str, now: datetime
) -> None:
    with pytest.raises(UsageError, match=sentence):
        if act == "reissue":
            reissue(store, workspace, (), "x", by=by, reason=reason, now=now)
        else:
            revoke(store, workspace, "x", by=by, reason=reason, now=now)


@pytest.mark.parametrize("place", ["put_aside", "draw", "file_paper"])
def test_a_reissue_that_was_killed_is_finished_by_the_same_command(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    grant()
    night(store, workspace, rules, now)
    rename(store, "Roy")
    number = certificates(store)[0].number
    with monkeypatch.context() as patch:
        patch.setattr(room if place == "file_paper" else life, place, killed)
        with pytest.raises(KeyboardInterrupt):
            reissue(store, workspace, rules, number, now=now, **BY)
    assert states(store) == ["replaced", "valid"]
    rename(store, "Later")  # what was planned is drawn
    done = reissue(store, workspace, rules, number, now=now, **BY)
    assert (done.finished, done.aside) == (True, True)
    assert certificates(store)[1].printed["name"] == "Alexandra Roy"
    assert certificates(store)[1].sha256
    assert in_order(store, workspace)
    again = reissue(store, workspace, rules, number, now=now, **BY)
    assert (again.already, again.new, len(certificates(store))) == (True, done.new, 2)


@pytest.mark.parametrize("place", ["put_aside", "draw", "file_paper"])
def test_a_reissue_that_was_killed_is_finished_by_the_next_night(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    grant()
    night(store, workspace, rules, now)
    rename(store, "Roy")
    with monkeypatch.context() as patch:
        patch.setattr(room if place == "file_paper" else life, place, killed)
        with pytest.raises(KeyboardInterrupt):
            reissue(store, workspace, rules, certificates(store)[0].number, now=now, **BY)
    assert night(store, workspace, rules, now) == [2]
    assert states(store) == ["replaced", "valid"]
    assert in_order(store, workspace)


def test_a_reissue_killed_before_it_was_written_has_changed_nothing(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant()
    night(store, workspace, rules, now)
    rename(store, "Roy")
    before = certificates(store)
    for place in ("drawn", "_end", "_names_in_order"):
        with monkeypatch.context() as patch:
            patch.setattr(life, place, killed)
            with pytest.raises(KeyboardInterrupt):
                reissue(store, workspace, rules, before[0].number, now=now, **BY)
        assert [c.model_dump() for c in certificates(store)] == [c.model_dump() for c in before]
        assert in_order(store, workspace)


def test_many_reissues_in_a_row_lead_to_the_one_that_counts(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    night(store, workspace, rules, now)
    for family in ("Roy", "Côté", "Gagné"):
        rename(store, family)
        reissue(store, workspace, rules, certificates(store)[-1].number, now=now, **BY)
    rows = certificates(store)
    assert states(store) == ["replaced", "replaced", "replaced", "valid"]
    assert [row.replaces_id for row in rows] == [None, 1, 2, 3]
    with store.reading() as session:
        assert {found.id for row in rows[:3] if (found := successor(session, row))} == {4}
        assert successor(session, rows[3]) is None
    assert in_order(store, workspace)


# -------------------------------------------------------------------------------------------------------------- revoked


def test_a_revoked_certificate_does_not_count_and_none_comes_in_its_place_until_a_person_wants_it(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    decision = grant_in(any_store)
    night(any_store, workspace, rules, now)
    (issued,) = certificates(any_store)
    done = revoke(any_store, workspace, issued.number, by="Pat Sample", reason="Printed in  error.", now=now)
    assert (done.number, done.already, done.aside, done.granted) == (issued.number, False, True, ("15.0000", "hour"))
    (row,) = certificates(any_store)
    assert (row.state, row.ended_at, row.ended_by, row.ended_reason) == (
        "revoked",
        now,
        "Pat Sample",
        "Printed in error.",
    )
    assert row.path == f"outbox/certificates/2026/withdrawn/{row.number}.pdf"
    assert awards_due(any_store, rules) == []
    assert night(any_store, workspace, rules, now) == []
    assert issue_certificates(any_store, workspace, rules, [decision], now) == []
    decide_again(any_store, decision, quantity=10)
    assert night(any_store, workspace, rules, now) == []  # nor when the hours change
    assert in_order(any_store, workspace)
    again = reissue(any_store, workspace, rules, row.number, now=now, **BY)
    old, new = certificates(any_store)
    assert (old.state, new.state, new.replaces_id, new.printed["quantity"]) == ("revoked", "valid", old.id, "10")
    assert (old.ended_reason, again.old) == ("Printed in error.", old.number)
    assert night(any_store, workspace, rules, now) == []
    assert in_order(any_store, workspace)


def test_revoking_twice_says_who_did_it_and_changes_nothing(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    night(store, workspace, rules, now)
    number = certificates(store)[0].number
    revoke(store, workspace, number, by="Pat Sample", reason="First.", now=now)
    done = revoke(store, workspace, number, by="Kim Other", reason="Second.", now=now + timedelta(days=1))
    assert (done.already, done.by, done.reason, done.at) == (True, "Pat Sample", "First.", now)
    with store.reading() as session:
        actions = [e.action for e in session.exec(select(AuditEntry))]
    assert actions.count("certificate revoked") == 1


def test_a_revocation_that_was_killed_is_finished_by_the_command_or_the_night(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for finish in (
        lambda: withdraw_papers(store, workspace, now),
        lambda: revoke(store, workspace, certificates(store)[-1].number, by="Pat", reason="x", now=now),
    ):
        grant()
        night(store, workspace, rules, now)
        row = certificates(store)[-1]
        with monkeypatch.context() as patch:
            patch.setattr(life, "put_aside", killed)
            with pytest.raises(KeyboardInterrupt):
                revoke(store, workspace, row.number, by="Pat", reason="x", now=now)
        assert certificates(store)[-1].state == "revoked"
        assert (workspace.root / row.path).is_file()
        finish()
        assert not (workspace.root / row.path).exists()
        assert in_order(store, workspace)


def test_one_that_is_planned_and_not_drawn_can_be_revoked_and_is_never_drawn(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = grant()
    with monkeypatch.context() as patch:
        patch.setattr(room, "draw_certificate", killed)
        with pytest.raises(KeyboardInterrupt):
            night(store, workspace, rules, now)
    revoke(store, workspace, certificates(store)[0].number, by="Pat", reason="x", now=now)
    assert issue_certificates(store, workspace, rules, [decision], now) == []
    assert not list(workspace.outbox.rglob("*.pdf"))
    done = reissue(store, workspace, rules, certificates(store)[0].number, now=now, **BY)
    new = certificates(store)[1]
    assert (done.new, new.replaces_id, new.printed["replaces"]) == (new.number, None, "")  # nobody ever had the first
    assert in_order(store, workspace)


def test_a_certificate_revoked_while_it_is_drawn_leaves_no_file(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant()
    real: Callable[..., bytes] = room.draw_certificate

    def slow(printed: dict[str, Any], *rest: Any, **more: Any) -> bytes:
        revoke(store, workspace, printed["number"], by="Pat", reason="x", now=now)
        return real(printed, *rest, **more)

    monkeypatch.setattr(room, "draw_certificate", slow)
    assert night(store, workspace, rules, now) == []
    assert (states(store), certificates(store)[0].sha256) == (["revoked"], "")
    assert not list(workspace.outbox.rglob("*.pdf"))
    assert in_order(store, workspace)


def test_when_the_case_is_another_s_the_revocation_of_the_first_one_s_does_not_keep_it_back(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    decision = grant()
    night(store, workspace, rules, now)
    revoke(store, workspace, certificates(store)[0].number, by="Pat", reason="Not hers.", now=now)
    with store.transaction() as session:
        session.add(Educator(member_number="other", given_name="Other", family_name="Person", licence_state="VT"))
    decide_again(store, decision, educator_id=2)
    assert night(store, workspace, rules, now) == [2]
    new = certificates(store)[1]
    assert (new.educator_id, new.replaces_id, new.printed["replaces"]) == (2, None, "")
    with pytest.raises(UsageError, match=f"{new.number} came after it"):
        reissue(store, workspace, rules, certificates(store)[0].number, now=now, **BY)


# ------------------------------------------------------------------------------------------- every state and every act


def brought_to(store: Store, workspace: Workspace, rules: AllRules, now: datetime, state: str) -> str:
    """A certificate in a state, the newest of its award; its number."""
    decision = grant_in(store)
    night(store, workspace, rules, now)
    number = certificates(store)[-1].number
    if state == "withdrawn":
        decide_again(store, decision, outcome="refused", quantity=0)
        withdraw_papers(store, workspace, now)
    elif state == "replaced":
        decide_again(store, decision, quantity=10)
        withdraw_papers(store, workspace, now)
    elif state == "revoked":
        revoke(store, workspace, number, by="Pat", reason="x", now=now)
    return number


@pytest.mark.parametrize(
    ("state", "act", "after", "sentence"),
    [
        ("valid", "reissue", ["replaced", "valid"], ""),
        ("valid", "revoke", ["revoked"], ""),
        ("valid", "night", ["valid"], ""),
        ("revoked", "reissue", ["revoked", "valid"], ""),
        ("revoked", "revoke", ["revoked"], ""),
        ("revoked", "night", ["revoked"], ""),
        ("withdrawn", "reissue", ["withdrawn"], "cannot be reissued: it was withdrawn on 2026-10-02, nightly"),
        ("withdrawn", "revoke", ["withdrawn"], "does not count anyway: it was withdrawn"),
        ("withdrawn", "night", ["withdrawn"], ""),
        ("replaced", "reissue", ["replaced"], "takes its place is the next night's to issue"),
        ("replaced", "revoke", ["replaced"], "does not count anyway: it was replaced"),
        ("replaced", "night", ["replaced", "valid"], ""),
    ],
)
def test_what_becomes_of_a_certificate_in_each_state_by_each_act(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, state: str, act: str, after: list[str],
    sentence: str,
) -> None:  # fmt: skip
    number = brought_to(store, workspace, rules, now, state)

    def do() -> None:
        if act == "reissue":
            reissue(store, workspace, rules, number, now=now, anyway=True, **BY)
        elif act == "revoke":
            revoke(store, workspace, number, now=now, **BY)
        else:
            night(store, workspace, rules, now)

    if sentence:
        with pytest.raises(UsageError, match=sentence):
            do()
    else:
        do()
    assert states(store) == after
    assert in_order(store, workspace)


def test_a_number_that_nobody_has_is_refused(store: Store, workspace: Workspace, now: datetime) -> None:
    for number in ("VT-2026-00000-00000-0", "", "x" * 500):
        with pytest.raises(UsageError, match="No certificate has the number"):
            reissue(store, workspace, (), number, now=now, **BY)
        with pytest.raises(UsageError, match="No certificate has the number"):
            revoke(store, workspace, number, now=now, **BY)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"outcome": "refused", "quantity": 0}, "is not granted any more"),
        ({"educator_id": 2}, "is another educator's now"),
    ],
    ids=["refused", "another"],
)
def test_a_certificate_whose_award_changed_is_not_reissued(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, changes: dict[str, Any],
    sentence: str,
) -> None:  # fmt: skip
    decision = grant()
    night(store, workspace, rules, now)
    with store.transaction() as session:
        session.add(Educator(member_number="other", given_name="Other", family_name="Person"))
    decide_again(store, decision, **changes)
    with pytest.raises(UsageError, match=sentence):
        reissue(store, workspace, rules, certificates(store)[0].number, now=now, **BY)


def test_while_a_doubt_is_open_nothing_is_reissued_and_anything_can_be_revoked(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    night(store, workspace, rules, now)
    with store.transaction() as session:
        session.add(
            ReviewItem(
                subject="case:1", code="unclear", sentence="?", next_step="", owner="staff", opened_at=now, proposals=[]
            )
        )
    number = certificates(store)[0].number
    with pytest.raises(UsageError, match="while a doubt about C-1 is open"):
        reissue(store, workspace, rules, number, now=now, anyway=True, **BY)
    assert not revoke(store, workspace, number, now=now, **BY).already


# ------------------------------------------------------------------------------------------ what the database holds


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE certificate SET state = 'valid' WHERE id = 1", "has ended stays as it is"),
        ("UPDATE certificate SET state = 'revoked' WHERE id = 1", "has ended stays as it is"),
        ("UPDATE certificate SET ended_reason = 'other' WHERE id = 1", "has ended stays as it is"),
        ("UPDATE certificate SET state = 'revoked' WHERE id = 2", "ends at a time and by somebody"),
        (
            "UPDATE certificate SET ended_at = issued_on, ended_by = 'Pat' WHERE id = 2",
            "ends at a time and by somebody",
        ),
        (
            "UPDATE certificate SET state = 'lost', ended_at = issued_on, ended_by = 'Pat' WHERE id = 2",
            "ends as replaced",
        ),
        ("UPDATE certificate SET number = 'X' WHERE id = 2", "says never changes"),
        ("UPDATE certificate SET printed = '{}' WHERE id = 2", "says never changes"),
        ("UPDATE certificate SET replaces_id = NULL WHERE id = 2", "says never changes"),
        ("UPDATE certificate SET educator_id = 2 WHERE id = 2", "says never changes"),
        ("UPDATE certificate SET sha256 = 'x' WHERE id = 2", "never drawn anew"),
        ("UPDATE certificate SET sha256 = '' WHERE id = 1", "never drawn anew"),
        ("DELETE FROM certificate WHERE id = 2", "append only"),
    ],
)
def test_the_database_refuses_every_step_back(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime, statement: str, sentence: str
) -> None:
    grant_in(any_store)
    grant_in(any_store)
    withdraw_papers(any_store, workspace, now)
    issue_certificates(any_store, workspace, rules, [1], now)
    reissue(any_store, workspace, rules, certificates(any_store)[0].number, now=now, anyway=True, **BY)
    with pytest.raises(DBAPIError, match=sentence), any_store.transaction() as session:
        session.connection().execute(text(statement))


def test_a_certificate_has_one_successor(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    grant_in(any_store)
    night(any_store, workspace, rules, now)
    reissue(any_store, workspace, rules, certificates(any_store)[0].number, now=now, anyway=True, **BY)
    second = certificates(any_store)[1]

    def another(**changes: Any) -> Certificate:
        said: dict[str, Any] = {**second.model_dump(exclude={"id"}), **changes}
        return Certificate(**said)

    changed: tuple[dict[str, Any], ...] = ({"award": "another"}, {"state": "replaced"})
    for changes in changed:
        with pytest.raises(IntegrityError), any_store.transaction() as session:
            session.add(another(number="VT-2", **changes))
    with any_store.transaction() as session:  # one that was never drawn and does not count may have been meant as one
        session.add(another(number="VT-3", state="replaced", sha256="", path=""))


# ------------------------------------------------------------------------------------------------- what staff can see


def test_explain_tells_what_became_of_each_certificate_and_by_whom(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    night(store, workspace, rules, now)
    reissue(store, workspace, rules, certificates(store)[0].number, now=now, anyway=True, **BY)
    old, new = certificates(store)
    found = explain(store, 1, rules)
    assert found.certificates == (
        f"{old.number}, issued 2026-10-02; replaced on 2026-10-02 by Pat Sample: Her name changed.",
        f"{new.number}, issued 2026-10-02, replaces {old.number}; valid",
    )
    assert f"Certificates\n- {old.number}" in explanation_text(found)


def test_a_file_among_those_that_count_that_is_none_of_them_is_found(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    night(store, workspace, rules, now)
    folder = workspace.outbox / "certificates" / "2026"
    (folder / "VT-2026-FORGE-DPAPE-R.pdf").write_bytes(b"%PDF-")
    sentence = "outbox/certificates/2026/VT-2026-FORGE-DPAPE-R.pdf lies among papers that count, and is none of them. Take it away."
    assert sentence in [d.sentence for d in differences(store, workspace)]


# ------------------------------------------------------------------------------------------------------ two at once


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Each act in a thread of its own, begun together; what each returned or raised."""
    ready, results = threading.Barrier(len(acts)), list[object]([None] * len(acts))

    def run(place: int) -> None:
        ready.wait()
        try:
            results[place] = acts[place]()
        except CountersignError as problem:
            results[place] = problem

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.parametrize("second", ["reissue", "revoke", "night", "withdrawn"])
def test_of_two_at_once_one_finds_the_other_s_work(
    any_store: Store, workspace: Workspace, rules: AllRules, now: datetime, second: str
) -> None:
    decision = grant_in(any_store)
    night(any_store, workspace, rules, now)
    rename(any_store, "Roy")
    number = certificates(any_store)[0].number
    if second == "withdrawn":
        decide_again(any_store, decision, quantity=10)
    others: dict[str, Callable[[], object]] = {
        "reissue": lambda: reissue(any_store, workspace, rules, number, now=now, **BY),
        "revoke": lambda: revoke(any_store, workspace, number, now=now, **BY),
        "night": lambda: night(any_store, workspace, rules, now),
        "withdrawn": lambda: night(any_store, workspace, rules, now),
    }
    results = at_once(lambda: reissue(any_store, workspace, rules, number, now=now, **BY), others[second])
    assert not all(isinstance(result, CountersignError) for result in results)
    night(any_store, workspace, rules, now)
    counting = [row for row in certificates(any_store) if row.state == "valid"]
    assert len(counting) == (0 if certificates(any_store)[-1].state == "revoked" else 1)
    assert in_order(any_store, workspace)
