"""Certificates: one valid for an award, whatever is killed, repeated or raced; what cannot be printed waits for staff."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from countersign.errors import Outage
from countersign.evidence import Evidence, write_whole
from countersign.issuance import (
    awards_due,
    issue_certificates,
    read_number,
    shelf,
)
from countersign.issuance import certificates as room
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry, Certificate, DecisionRecord, Educator
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


@pytest.mark.parametrize("outcome", ["banked", "held", "refused"])
def test_only_what_is_granted_is_certified(store: Store, rules: AllRules, grant: Grant, outcome: str) -> None:
    grant(outcome=outcome)
    assert awards_due(store, rules) == []


def test_a_grant_whose_clause_gives_no_certificate_is_not_due(store: Store, rules: AllRules, grant: Grant) -> None:
    grant(currency="graduate_credit")
    assert awards_due(store, rules) == []
    assert awards_due(store, ()) == []


def test_a_disk_that_is_full_is_an_outage_and_holds_nobody(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:

    def full(self: Evidence, content: bytes) -> str:
        raise Outage("The disk is full.")

    grant()
    with monkeypatch.context() as patch:
        patch.setattr(Evidence, "put", full)
        with pytest.raises(Outage, match="disk is full"):
            night(store, workspace, rules, now)
    assert open_items(store) == []
    assert len(night(store, workspace, rules, now)) == 1


def test_the_newest_of_many_revisions_counts(store: Store, rules: AllRules, grant: Grant) -> None:
    first = grant()
    decide_again(store, decide_again(store, first, outcome="held"), outcome="granted")
    with store.reading() as session:
        newest = session.exec(select(DecisionRecord.id).order_by(col(DecisionRecord.id).desc())).first()
    assert awards_due(store, rules) == [newest]
