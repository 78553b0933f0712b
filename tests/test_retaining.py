"""What the retention setting lets go on the store: each kind, each thing that holds it back, crashes, and what comes again."""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from countersign import audit, clock
from countersign.cli import app
from countersign.desk import retaining
from countersign.desk.queue import one_item
from countersign.desk.reconciling import differences, removed
from countersign.desk.retaining import report_lines, retain
from countersign.errors import CountersignError, LeaseTaken, Outage
from countersign.evidence import EvidenceRemoved
from countersign.recognition import explain, explanation_text
from countersign.retention import Stays
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import recheck_cases, replay
from models.tables import (
    AuditEntry,
    CarrierRecord,
    Case,
    CaseSubmission,
    Certificate,
    Consideration,
    CreditEvent,
    CreditRequest,
    DecisionRecord,
    Educator,
    EvidenceGone,
    FactRecord,
    HoursLog,
    Message,
    Package,
    PackageLine,
    Posting,
    Reading,
    ReviewItem,
    Submission,
    Telling,
    VerdictRecord,
)
from tests.conftest import MakeWorkspace

CAME = datetime(2019, 3, 1, 12, tzinfo=UTC)
LAST_DAY = datetime(2026, 3, 1, 4, 59, tzinfo=UTC)
"""Still February 28, 2026, in New York."""
DAY = datetime(2026, 3, 1, 5, tzinfo=UTC)
SETTING = """
[retention]
arrivals = "7 years"
logs_of_hours = "7 years"
sources_of_facts = "7 years"
web_answers = "7 years"
"""
KINDS = ("mail", "file", "credential", "log", "source", "answer")
ALWAYS = ("registry", "certificate", "signature")
Hold = Callable[[Session], None]


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace(SETTING)


def fill(store: Store) -> dict[str, str]:
    """A case that is decided, certified once and over; name → SHA-256 of all that was kept of it."""
    kept = {name: store.evidence.put(name.encode()) for name in (*KINDS, *ALWAYS)}
    with store.transaction() as session:
        session.add(Educator(id=1, member_number="M-1", given_name="Pat", family_name="Example"))
        session.flush()
        session.add(
            Submission(
                id=1, source="folder", source_key="k", name="award.eml", sha256=kept["mail"], size=1, received_at=CAME, stored_at=CAME
            )
        )  # fmt: skip
        session.flush()
        session.add(Reading(submission_id=1, outcome="carriers", read_at=CAME))
        session.add(HoursLog(submission_id=1, name="log.csv", sha256=kept["log"], hours="6.5"))
        session.add(
            Case(
                id=1, key="credential:1", state="matched", opened_at=CAME, received_at=CAME, issuer="nea", title="Feedback",
                document_sha256=kept["credential"], issued_on=CAME, educator_id=1, proven_at=CAME,
            )
        )  # fmt: skip
        session.flush()
        session.add(CaseSubmission(case_id=1, submission_id=1))
        session.add(
            CarrierRecord(
                id=1, submission_id=1, position=1, name="award.json", kind="json", sha256=kept["file"], case_id=1, examined_at=CAME
            )
        )  # fmt: skip
        session.flush()
        answer: dict[str, object] = {
            "url": "https://issuer.example/1",
            "final_url": "https://issuer.example/1",
            "status": 200,
            "headers": {},
        }
        session.add(
            VerdictRecord(
                case_id=1, at=CAME, outcome="verified", checks=[], carrier_id=1, registry_sha256=kept["registry"],
                evidence=[answer | {"at": CAME.isoformat(), "sha256": kept["answer"]}],
            )
        )  # fmt: skip
        session.add(
            FactRecord(
                kind="transcript", case_id=1, happened_on=CAME.date(), said={"kind": "transcript", "on": "2019-03-01", "case": 1}, slot="transcript:1", turn=0, recorded_by="Pat",
                recorded_at=CAME, source="transcript.pdf", source_sha256=kept["source"],
            )
        )  # fmt: skip
        session.add(Consideration(educator_id=1, fingerprint="f", considered_at=CAME))
        decision(session, id=1)
        certificate(session, "withdrawn", kept)
    return kept


def decision(session: Session, **changes: Any) -> None:
    said: dict[str, Any] = {
        "case_id": 1, "educator_id": 1, "agreement": "il-cusd200", "agreement_sha256": "a" * 64, "recognizer": "CUSD 200",
        "clause": "Compensation", "currency": "pay", "revision": 1, "outcome": "granted", "quantity": Decimal(200), "unit": "USD",
        "decided_at": CAME,
    }  # fmt: skip
    session.add(DecisionRecord(**(said | changes)))
    session.flush()


def certificate(session: Session, state: str, kept: dict[str, str]) -> None:
    session.add(
        Certificate(
            number=f"N-{state}", award=f"case:1/{state}", case_id=1, educator_id=1, decision_id=1, state=state, issued_on=CAME.date(),
            printed={"signatory": {"sha256": kept.get("signature", "")}}, sha256=kept.get("certificate", ""), path="",
        )
    )  # fmt: skip
    session.flush()


def there(store: Store, kept: dict[str, str]) -> set[str]:
    return {name for name, sha256 in kept.items() if store.evidence.path(sha256).exists()}


def on(store: Store, kept: dict[str, str], moment: datetime) -> None:
    """As if all was written on that day, and not in the moment of the test."""
    for sha256 in kept.values():
        os.utime(store.evidence.path(sha256), (moment.timestamp(), moment.timestamp()))


@pytest.fixture
def kept(any_store: Store) -> dict[str, str]:
    made = fill(any_store)
    on(any_store, made, CAME)
    return made


def test_every_kind_stays_to_the_last_day_in_the_affiliates_time_zone_and_goes_on_the_next(
    any_store: Store, workspace: Workspace, kept: dict[str, str]
) -> None:
    found = retain(any_store, workspace, LAST_DAY, dry_run=False)
    assert (found.on, found.goes, found.next_on) == (date(2026, 2, 28), {}, date(2026, 3, 1))
    assert found.stays == {Stays.paper: 3, Stays.not_yet: 6}
    assert there(any_store, kept) == set(kept)
    found = retain(any_store, workspace, DAY, dry_run=False)
    assert {setting: amount.files for setting, amount in found.goes.items()} == {
        "arrivals: 7 years": 3,
        "logs_of_hours: 7 years": 1,
        "sources_of_facts: 7 years": 1,
        "web_answers: 7 years": 1,
    }
    assert there(any_store, kept) == set(ALWAYS)
    again = retain(any_store, workspace, DAY, dry_run=False)
    assert (again.goes, again.stays, again.removed_before, again.lost) == ({}, {Stays.paper: 3}, 6, 0)
    with any_store.reading() as session:
        assert len(session.exec(select(EvidenceGone)).all()) == 6
        entries = [e for e in session.exec(select(AuditEntry)).all() if e.action == "evidence removed"]
        assert [sum(e.detail["removed"].values()) for e in entries] == [0, 6, 0]
        assert list(audit.breaks(session)) == []


def test_what_came_on_a_leap_day_goes_on_the_first_of_march(store: Store, workspace: Workspace) -> None:
    sha256 = store.evidence.put(b"leap")
    leap = datetime(2024, 2, 29, 12, tzinfo=UTC)
    with store.transaction() as session:
        session.add(
            Submission(
                id=1, source="folder", source_key="k", name="a", sha256=sha256, size=1, received_at=leap, stored_at=leap
            )
        )
        session.flush()
        session.add(Reading(submission_id=1, outcome="nothing", read_at=leap))
    for day, files in ((datetime(2031, 2, 28, 12, tzinfo=UTC), 0), (datetime(2031, 3, 1, 12, tzinfo=UTC), 1)):
        assert sum(a.files for a in retain(store, workspace, day, dry_run=True).goes.values()) == files


def item(subject: str) -> Hold:
    return lambda session: session.add(
        ReviewItem(subject=subject, code="c", sentence="s", next_step="n", owner="staff", opened_at=CAME, proposals=[])
    )


def state(value: str) -> Hold:
    def hold(session: Session) -> None:
        session.get_one(Case, 1).state = value

    return hold


def outcome(value: str) -> Hold:
    return lambda session: decision(session, revision=2, outcome=value)


def line(session: Session) -> None:
    session.add(
        Posting(
            id=1, decision_id=1, case_id=1, educator_id=1, recognizer="CUSD 200", agreement="il-cusd200", currency="pay", kind="grant",
            quantity=Decimal(200), unit="USD", pay_month="2019-11", posted_at=CAME,
        )
    )  # fmt: skip
    session.flush()


def told(session: Session) -> None:
    line(session)
    session.add(
        Package(
            id=1, district="CUSD 200", month="2019-11", path="p", manifest_sha256="0" * 64, totals={}, closed_at=CAME
        )
    )
    session.flush()
    session.add(PackageLine(package_id=1, line="1", posting_id=1))


def message(state_: str, fact: str = "", educator: int | None = 1) -> Hold:
    def hold(session: Session) -> None:
        session.add(
            Message(
                id=1, kind="results", subject_key="k", educator_id=educator, to_address="pat@school.example", subject="s", text="t",
                attachments=[], message_id="m", state=state_, written_at=CAME,
            )
        )  # fmt: skip
        session.flush()
        if fact:
            session.add(Telling(fact=fact, message_id=1))

    return hold


def request(state_: str) -> Hold:
    return lambda session: session.add(
        CreditRequest(
            number="CR-1", case_id=1, educator_id=1, decision_id=1, agreement="a", state=state_, requested_on=CAME.date(), printed={}
        )
    )  # fmt: skip


def joined(session: Session) -> None:
    """Another case turned out to be this one's credential, and is open in the queue."""
    session.add(Case(id=2, key="credential:2", state="joined", opened_at=CAME, received_at=CAME, joined_to=1))
    item("case:2")(session)


def unexamined(session: Session) -> None:
    session.get_one(CarrierRecord, 1).examined_at = None


def undecided(session: Session) -> None:
    session.delete(session.get_one(Consideration, 1))


HOLDS: dict[str, tuple[Hold, Stays | None]] = {
    "a case that is held": (state("held"), Stays.open_case),
    "a case that is only proven": (state("verified"), Stays.open_case),
    "a case nobody decided yet": (undecided, Stays.open_case),
    "a case that was rejected": (state("rejected"), None),
    "an item on the case": (item("case:1"), Stays.review),
    "an item on the submission": (item("submission:1"), Stays.review),
    "an item on the educator": (item("educator:1"), Stays.review),
    "an item on a case that joined it": (joined, Stays.review),
    "an item on another case": (item("case:7"), None),
    "a decision that is banked": (outcome("banked"), Stays.waits),
    "a decision that is held": (outcome("held"), Stays.waits),
    "a decision that is refused": (outcome("refused"), None),
    "a line that HR was not given": (line, Stays.unpaid),
    "a line that HR was given": (told, None),
    "a certificate that counts": (lambda session: certificate(session, "valid", {}), Stays.certified),
    "a credit request that counts": (request("requested"), Stays.certified),
    "a credit request that was withdrawn": (request("withdrawn"), None),
    "an e-mail not sent yet": (message("pending"), Stays.undelivered),
    "an e-mail that was refused": (message("refused"), Stays.undelivered),
    "an e-mail about the submission": (message("pending", "submission:1/nothing", None), Stays.undelivered),
    "an e-mail that was sent": (message("sent", "submission:1/nothing"), None),
    "a file that was not examined": (unexamined, Stays.unread),
}


@pytest.mark.parametrize("name", HOLDS)
def test_what_is_open_or_valid_holds_back_what_it_rests_on(store: Store, workspace: Workspace, name: str) -> None:
    hold, why = HOLDS[name]
    kept = fill(store)
    on(store, kept, CAME)
    with store.transaction() as session:
        hold(session)
    found = retain(store, workspace, DAY, dry_run=False)
    if why is None:
        assert there(store, kept) == set(ALWAYS)
        return
    of_the_submission = name in (
        "an item on the submission",
        "an e-mail about the submission",
        "a file that was not examined",
    )
    stays = {"mail", "file", "log"} if of_the_submission else set(KINDS)
    assert there(store, kept) == {*ALWAYS, *stays}
    assert found.stays == {Stays.paper: 3, why: len(stays)}


def test_bytes_that_two_rows_name_stay_as_long_as_one_of_them_needs_them(
    any_store: Store, workspace: Workspace, kept: dict[str, str]
) -> None:
    """A young submission's log of hours is, byte for byte, the old one's."""
    young = datetime(2025, 9, 1, tzinfo=UTC)
    with any_store.transaction() as session:
        session.add(
            Submission(
                id=2, source="folder", source_key="k2", name="b", sha256=any_store.evidence.put(b"b"), size=1, received_at=young,
                stored_at=young,
            )
        )  # fmt: skip
        session.flush()
        session.add(Reading(submission_id=2, outcome="carriers", read_at=young))
        session.add(HoursLog(submission_id=2, name="log.csv", sha256=kept["log"], hours="6.5"))
    found = retain(any_store, workspace, DAY, dry_run=False)
    assert there(any_store, kept) == {*ALWAYS, "log"}
    assert (found.stays[Stays.not_yet], found.next_on) == (2, date(2032, 8, 31))  # August 31 in New York


def test_a_column_that_nobody_thought_of_keeps_what_it_names(store: Store, workspace: Workspace) -> None:
    kept = fill(store)
    on(store, kept, CAME)
    with store.transaction() as session:
        message("sent")(session)
        session.get_one(Message, 1).attachments = [{"name": "a", "inner": [{"any": kept["mail"]}]}]
    retain(store, workspace, DAY, dry_run=False)
    assert there(store, kept) == {*ALWAYS, "mail"}


def test_a_file_that_a_step_of_a_credit_request_rests_on_stays_although_the_request_ended(
    any_store: Store, workspace: Workspace
) -> None:
    kept = fill(any_store)
    on(any_store, kept, CAME)
    with any_store.transaction() as session:
        request("withdrawn")(session)
        session.flush()
        session.add(
            CreditEvent(
                request_id=1, state="paid", turn=0, happened_on=CAME.date(), recorded_by="Robin", recorded_at=CAME,
                source="scan.txt", source_sha256=kept["source"],
            )
        )  # fmt: skip
    retain(any_store, workspace, DAY, dry_run=False)
    assert there(any_store, kept) == {*ALWAYS, "source"}


def test_what_another_column_names_and_never_lay_in_the_evidence_is_not_taken_for_lost(
    store: Store, workspace: Workspace
) -> None:
    kept = fill(store)
    on(store, kept, CAME)
    with store.transaction() as session:
        message("sent")(session)
        session.get_one(Message, 1).attachments = [{"digest": "0123456789abcdef" * 4}]
    assert retain(store, workspace, DAY, dry_run=False).lost == 0


def test_nothing_goes_without_a_setting(store: Store, make_workspace: MakeWorkspace) -> None:
    kept = fill(store)
    workspace = make_workspace("")
    found = retain(store, workspace, DAY, dry_run=False)
    assert (found.goes, found.stays) == ({}, {Stays.paper: 3, Stays.without_end: 6})
    assert there(store, kept) == set(kept)


def test_a_dry_run_says_the_same_and_changes_nothing(
    any_store: Store, workspace: Workspace, kept: dict[str, str]
) -> None:
    found = retain(any_store, workspace, DAY, dry_run=True)
    assert there(any_store, kept) == set(kept)
    with any_store.reading() as session:
        assert session.exec(select(EvidenceGone)).all() == []
        assert session.exec(select(AuditEntry)).all() == []
    done = retain(any_store, workspace, DAY, dry_run=False)
    assert (found.goes, found.stays) == (done.goes, done.stays)
    lines = list(report_lines(found))
    assert "May go" in lines
    assert "  3 files (18 bytes), arrivals: 7 years" in lines
    assert "  what arrived (arrivals): kept 7 years" in lines


def test_a_run_that_dies_after_its_row_is_finished_by_the_next_one(
    any_store: Store, workspace: Workspace, kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def killed(*_: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(retaining, "_unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            retain(any_store, workspace, DAY, dry_run=False)
    assert there(any_store, kept) == set(kept)
    said = [d.sentence for d in differences(any_store, workspace) if "retention" in d.sentence]
    assert said == [
        "6 files of the evidence were to be removed under the retention setting when the run was stopped. "
        "Finish it with: countersign retention"
    ]
    found = retain(any_store, workspace, DAY, dry_run=False)
    assert (found.left_over, found.goes) == (6, {})
    assert there(any_store, kept) == set(ALWAYS)
    with any_store.reading() as session:
        assert {row.turn for row in session.exec(select(EvidenceGone)).all()} == {0}


def test_a_run_that_dies_before_its_row_leaves_everything(
    any_store: Store, workspace: Workspace, kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            retain(any_store, workspace, DAY, dry_run=False)
    with any_store.reading() as session:
        assert session.exec(select(EvidenceGone)).all() == []
    assert there(any_store, kept) == set(kept)


def test_the_same_bytes_that_come_again_are_there_again_and_go_once_more_when_their_time_is_over(
    any_store: Store, workspace: Workspace, kept: dict[str, str]
) -> None:
    retain(any_store, workspace, DAY, dry_run=False)
    assert any_store.evidence.put(b"mail") == kept["mail"]
    again = datetime(2027, 1, 1, 12, tzinfo=UTC)
    os.utime(any_store.evidence.path(kept["mail"]), (again.timestamp(), again.timestamp()))
    assert any_store.evidence.get(kept["mail"]) == b"mail"
    assert any_store.evidence.removed(kept["mail"]) == ""
    found = retain(any_store, workspace, datetime(2033, 12, 31, 12, tzinfo=UTC), dry_run=False)
    assert (found.goes, found.stays[Stays.not_yet], found.next_on) == ({}, 1, date(2034, 1, 1))
    retain(any_store, workspace, datetime(2034, 1, 1, 12, tzinfo=UTC), dry_run=False)
    with pytest.raises(EvidenceRemoved, match="was removed on January 1, 2034, under the retention setting"):
        any_store.evidence.get(kept["mail"])
    with any_store.reading() as session:
        query = select(EvidenceGone.turn).where(col(EvidenceGone.sha256) == kept["mail"])
        assert session.exec(query.order_by(col(EvidenceGone.turn))).all() == [0, 1]


def test_what_comes_again_while_a_run_is_under_way_stays(
    store: Store, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fill(store)
    on(store, kept, CAME)
    noted = retaining._note  # pyright: ignore[reportPrivateUsage]

    def meanwhile(*words: Any) -> None:
        noted(*words)
        store.evidence.put(b"source")

    monkeypatch.setattr(retaining, "_note", meanwhile)
    retain(store, workspace, DAY, dry_run=False)
    assert there(store, kept) == {*ALWAYS, "source"}


def test_what_comes_again_while_it_is_weighed_stays(
    store: Store, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fill(store)
    on(store, kept, CAME)
    weigh = retaining.weigh

    def meanwhile(*words: Any) -> Any:
        fates = weigh(*words)
        store.evidence.put(b"mail")  # the row that needs it now is not written yet
        return fates

    monkeypatch.setattr(retaining, "weigh", meanwhile)
    found = retain(store, workspace, DAY, dry_run=False)
    assert there(store, kept) == {*ALWAYS, "mail"}
    assert found.stays == {Stays.paper: 3, Stays.just_came: 1}
    with store.reading() as session:
        assert kept["mail"] not in {row.sha256 for row in session.exec(select(EvidenceGone))}


@pytest.mark.parametrize(("seconds", "stays"), [(3590, True), (3610, False)])
def test_what_was_put_within_the_hour_stays_whatever_the_rows_say(
    store: Store, workspace: Workspace, seconds: int, stays: bool
) -> None:
    kept = fill(store)
    on(store, kept, DAY - timedelta(seconds=seconds))
    retain(store, workspace, DAY, dry_run=False)
    assert there(store, kept) == (set(kept) if stays else set(ALWAYS))


def test_what_an_earlier_run_was_to_remove_stays_when_it_comes_again_meanwhile(
    store: Store, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fill(store)
    on(store, kept, CAME)
    with monkeypatch.context() as patch:

        def stopped(*_: Any) -> None:
            pass

        patch.setattr(retaining, "_unlink", stopped)
        retain(store, workspace, DAY, dry_run=False)
    noted = retaining._note  # pyright: ignore[reportPrivateUsage]

    def meanwhile(*words: Any) -> None:
        noted(*words)
        store.evidence.put(b"answer")

    monkeypatch.setattr(retaining, "_note", meanwhile)
    assert retain(store, workspace, DAY, dry_run=False).left_over == 6
    assert there(store, kept) == {*ALWAYS, "answer"}


def test_a_file_that_cannot_be_removed_is_said_and_removed_by_the_next_run(
    store: Store, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fill(store)
    on(store, kept, CAME)

    def refused(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        with pytest.raises(Outage, match="6 files of the evidence cannot be removed: Permission denied"):
            retain(store, workspace, DAY, dry_run=False)
    assert retain(store, workspace, DAY, dry_run=False).left_over == 6
    assert there(store, kept) == set(ALWAYS)


def test_a_lost_file_is_not_taken_for_a_removed_one(store: Store, workspace: Workspace) -> None:
    kept = fill(store)
    on(store, kept, CAME)
    store.evidence.path(kept["mail"]).unlink()
    found = retain(store, workspace, DAY, dry_run=False)
    assert (found.lost, found.removed_before) == (1, 0)
    assert "1 file cannot be found and nobody removed them. See: countersign reconcile" in list(report_lines(found))
    with pytest.raises(CountersignError, match="Restore var/evidence from a backup"):
        store.evidence.get(kept["mail"])
    assert [d.sentence for d in differences(store, workspace) if d.sentence.startswith("submission 1")]


def test_it_waits_for_no_other_run(store: Store, workspace: Workspace) -> None:
    with store.lease("nightly"), pytest.raises(LeaseTaken):
        retain(store, workspace, DAY, dry_run=False)


@pytest.mark.parametrize("statement", ["UPDATE evidence_gone SET setting = ''", "DELETE FROM evidence_gone"])
def test_that_it_is_gone_can_not_be_taken_back(
    any_store: Store, workspace: Workspace, kept: dict[str, str], statement: str
) -> None:
    retain(any_store, workspace, DAY, dry_run=False)
    assert there(any_store, kept) == set(ALWAYS)
    with pytest.raises(DBAPIError, match="append only"), any_store.transaction() as session:
        session.connection().execute(text(statement))


def test_reconcile_replay_recheck_explain_and_the_queue_say_that_it_was_removed_and_report_no_loss(
    any_store: Store, workspace: Workspace, kept: dict[str, str]
) -> None:
    retain(any_store, workspace, DAY, dry_run=False)
    when = "on March 1, 2026, under the retention setting (arrivals: 7 years)"
    evidence = [d.sentence for d in differences(any_store, workspace) if "evidence" in d.sentence]
    assert evidence == []
    assert removed(any_store) == (
        "6 files of the evidence are not there because the retention setting removed them, the last on 2026-03-01."
    )
    assert replay(any_store, 1).problem.startswith(f"The evidence {kept['file'][:12]}… was removed {when}.")
    recheck_cases(any_store, workspace, [1], DAY)
    with any_store.transaction() as session:
        doubt = session.exec(select(ReviewItem)).one()
        item("submission:1")(session)
    assert f"was removed {when}" in doubt.sentence
    explained = explain(any_store, 1, ())
    assert explained.removed == (
        f"Submission 1 (award.eml) was removed {when}.",
        f"The file award.json of submission 1 was removed {when}.",
        f"The micro-credential as it was read was removed {when}.",
        f"The log of hours log.csv of submission 1 was removed {when.replace('arrivals', 'logs_of_hours')}.",
        f"The source transcript.pdf of fact 1 was removed {when.replace('arrivals', 'sources_of_facts')}.",
        f"What the web answered for verdict 1 was removed {when.replace('arrivals', 'web_answers')}.",
    )
    printed = explanation_text(explained)
    assert "Originals removed\n- Submission 1 (award.eml) was removed" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert one_item(any_store, doubt.id + 1).facts["  original of 1"] == f"removed {when}"


def test_the_command_tells_and_removes(store: Store, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = fill(store)
    on(store, kept, CAME)
    monkeypatch.setattr(clock, "now", lambda: DAY)
    words = ["retention", "-w", str(workspace.root)]
    dry = CliRunner().invoke(app, [*words, "--dry-run"])
    assert (dry.exit_code, "May go" in dry.stdout) == (0, True)
    done = CliRunner().invoke(app, [*words, "--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["goes"]["arrivals: 7 years"], found["dry_run"]) == (
        0,
        {"files": 3, "bytes": 18},
        False,
    )
    assert there(store, kept) == set(ALWAYS)
    again = CliRunner().invoke(app, words)
    assert "Earlier runs removed 6 files." in again.stdout
    reconciled = json.loads(CliRunner().invoke(app, ["reconcile", "-w", str(workspace.root), "--json"]).stdout)
    assert reconciled["removed"].startswith("6 files of the evidence are not there because the retention setting")
