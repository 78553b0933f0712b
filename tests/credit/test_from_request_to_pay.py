"""The whole way: requested, in a batch, answered by the registrar, lane credit decided, in HR's package, the district told, all told once."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from countersign import delivery, issuance, recognition, reporting
from countersign.desk.credit import move_request
from countersign.desk.reconciling import differences
from countersign.issuance.credit_steps import Step
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.records import EducatorRecord, Span, Work
from models.tables import CreditEvent, CreditRequest, DecisionRecord, Message, VerdictRecord
from models.words import CreditState
from tests.credit.conftest import load_in
from tests.issuance.conftest import killed
from tests.recognition.builders import Rows, case, chicago

AGREEMENT = """
id = "maple-hill"
recognizer = "Maple Hill SD"
title = "An invented contract"
source = "Invented for tests"
time_zone = "America/Chicago"
in_force = { from = 2024-07-01, until = 2027-06-30, by = "submitted" }
year = { starts = "07-01" }
applies_to = { employer = "Maple Hill SD", employed_on = "submitted" }
eligibility = { issuers = "nea" }
fictional = true

[[grants]]
clause = "College credit"
currency = "graduate_credit"
text = "One credit on request."
on_request = true
value = { flat = 1, unit = "credit" }

[grants.credit_request]
college = "Lakeview University (fictional)"
term = "Fall 2024"
no_fee = "Letter of the registrar, 2024"

[[grants]]
clause = "Lane"
currency = "pay"
form = "lane"
text = "A lane for the credit, once the transcript is there."
only_through = "graduate_credit"
value = { flat = 1, unit = "lane" }
paid = { after_months = 1 }
"""

RECEIVED, NIGHT = chicago("2024-12-03 09:00"), chicago("2024-12-04 02:00")
ANSWERED, SECOND_NIGHT = chicago("2024-12-20 09:00"), chicago("2024-12-21 02:00")
CLOSED = datetime(2025, 2, 3, 12, tzinfo=UTC)
RECORD = EducatorRecord(7, "IL", (Work("Maple Hill SD", "Teacher", Span(date(2016, 8, 15))),))


@pytest.fixture
def rules(workspace: Workspace) -> tuple[Rules, ...]:
    (workspace.agreements / "maple-hill.toml").write_text(AGREEMENT, encoding="utf-8")
    return recognition.load_rules(workspace.agreements)


def night(store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime) -> None:
    recognition.recognise(store, rules, recognition.due_educators(store, rules, now), now)
    issuance.withdraw_papers(store, workspace, now)
    issuance.issue_credit_requests(store, workspace, rules, issuance.credit_requests_due(store, rules), now)
    delivery.write_results(store, workspace, rules, now)
    issuance.note_districts_told(store, workspace, rules, now)
    delivery.write_credit_news(store, workspace, now)


def lane(store: Store) -> tuple[str, str]:
    with store.reading() as session:
        query = select(DecisionRecord).where(DecisionRecord.currency == "pay").order_by(col(DecisionRecord.id).desc())
        row = session.exec(query).first()
        assert row is not None
        return row.outcome, row.reasons[0]["code"] if row.reasons else ""


def the_request(store: Store) -> CreditRequest:
    with store.reading() as session:
        return session.exec(select(CreditRequest)).one()


def mails(store: Store) -> list[Message]:
    with store.reading() as session:
        return list(session.exec(select(Message).where(Message.kind == "credit").order_by(col(Message.id))))


def begun(store: Store, workspace: Workspace, rules: tuple[Rules, ...]) -> str:
    """An educator who asked for the credit, after the first night; the request's number."""
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(RECORD)
        number = rows.case(educator, case(1, RECEIVED, credit=True))
        session.add(VerdictRecord(case_id=number, at=RECEIVED, outcome="verified", checks=[]))
    night(store, workspace, rules, NIGHT)
    return the_request(store).number


def test_from_the_request_to_the_district(
    any_store: Store, workspace: Workspace, rules: tuple[Rules, ...], tmp_path: Path
) -> None:
    store = any_store
    number = begun(store, workspace, rules)
    assert lane(store) == ("held", "transcript_missing")
    (batch,) = issuance.deliver_batches(store, workspace, rules, "Fall 2024", NIGHT, "Robin Sample")
    assert batch.totals["requests"] == 1
    load_in(store, workspace, tmp_path, f"{number},registered,2024-12-10,EDU 590-02,,,", at=ANSWERED)
    night(store, workspace, rules, SECOND_NIGHT)
    assert lane(store) == ("held", "transcript_missing")
    load_in(store, workspace, tmp_path, f"{number},transcript issued,2024-12-19,,1,,", at=ANSWERED, name="two.csv")
    night(store, workspace, rules, SECOND_NIGHT + timedelta(minutes=1))
    assert lane(store)[0] == "granted"
    assert the_request(store).state == "transcript_issued"
    packages = [
        one for month in ("2024-12", "2025-01") for one in reporting.close_month(store, workspace, rules, month, CLOSED)
    ]
    carried = [
        row
        for one in packages
        for row in csv.DictReader(
            io.StringIO((workspace.root / one.path / "compensation.csv").read_text(encoding="utf-8-sig"), newline="")
        )
    ]
    assert [(row["form"], row["quantity"]) for row in carried] == [("lane", "1")]
    assert issuance.note_districts_told(store, workspace, rules, CLOSED + timedelta(minutes=1)) == [number]
    assert issuance.note_districts_told(store, workspace, rules, CLOSED + timedelta(days=1)) == []
    request = the_request(store)
    assert request.state == "district_notified"
    with store.reading() as session:
        last = session.exec(select(CreditEvent).order_by(col(CreditEvent.id).desc())).first()
        assert last is not None
        assert (last.recorded_by, last.happened_on) == ("monthly", date(2025, 2, 3))
        assert last.note.startswith("HR's package of Maple Hill SD for 20")
    assert [m.subject for m in mails(store)] == [
        "College credit for Formative Assessment Basics: registered",
        "College credit for Formative Assessment Basics: transcript issued",
    ]
    assert "Order an official transcript from Lakeview University (fictional)" in " ".join(mails(store)[1].text.split())
    assert "This mail is not a transcript" in mails(store)[1].html
    night(store, workspace, rules, CLOSED + timedelta(days=2))
    assert len(mails(store)) == 2
    assert [d.sentence for d in differences(store, workspace) if number in d.sentence or "batch" in d.sentence] == []


def test_a_transcript_that_no_package_carries_locks_nothing_each_night(
    store: Store, workspace: Workspace, rules: tuple[Rules, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = begun(store, workspace, rules)
    move_request(store, workspace, number, Step(CreditState.transcript_issued, date(2024, 12, 19)), ANSWERED, "Robin")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "transaction", killed)
        assert issuance.note_districts_told(store, workspace, rules, SECOND_NIGHT) == []


def test_a_transcript_corrected_after_the_month_was_closed_has_to_be_told_again(
    store: Store, workspace: Workspace, rules: tuple[Rules, ...], tmp_path: Path
) -> None:
    number = begun(store, workspace, rules)
    load_in(store, workspace, tmp_path, f"{number},transcript issued,2024-12-18,,1,,", at=ANSWERED)
    night(store, workspace, rules, SECOND_NIGHT)
    for month in ("2024-12", "2025-01"):
        reporting.close_month(store, workspace, rules, month, CLOSED)
    night(
        store, workspace, rules, CLOSED + timedelta(hours=1)
    )  # the run was killed before it noted this: the night does
    assert the_request(store).state == "district_notified"
    later = CLOSED + timedelta(days=1)
    step = Step(CreditState.transcript_issued, date(2024, 12, 19), note="A slip of the registrar.")
    assert move_request(store, workspace, number, step, later, "Robin").corrected
    night(store, workspace, rules, later)
    assert the_request(store).state == "transcript_issued"
    assert mails(store)[-1].subject == "College credit for Formative Assessment Basics: transcript corrected"
    assert (
        "Lakeview University (fictional) corrected the transcript: it is of December 19, 2024, not of December 18, 2024."
        in " ".join(mails(store)[-1].text.split())
    )
    move_request(store, workspace, number, Step(CreditState.district_notified, later.date()), later, "Robin")
    assert the_request(store).state == "district_notified"


@pytest.mark.parametrize(
    ("told", "then", "word", "sentence"),
    [
        ({}, {"credits": "0.5"}, "completed", "to the transcript of December 18, 2024 what it shows: 0.5 credits."),
        ({"credits": 1}, {"course": "EDU 590-02"}, "completed", "of December 18, 2024 what it shows: EDU 590-02."),
        (
            {"credits": 1},
            {"credits": "0.5"},
            "corrected",
            "corrected the transcript: it shows 0.5 credits, not 1 credit.",
        ),
        (
            {"credits": 1},
            {"on": date(2024, 12, 19), "credits": "0.5"},
            "corrected",
            "it is of December 19, 2024, not of December 18, 2024 and it shows 0.5 credits, not 1 credit.",
        ),
    ],
    ids=["credits added", "course added", "credits corrected", "day and credits corrected"],
)
def test_a_second_word_on_a_transcript_says_what_changed_and_calls_only_a_correction_so(
    told: dict[str, Any],
    then: dict[str, Any],
    word: str,
    sentence: str,
    store: Store,
    workspace: Workspace,
    rules: tuple[Rules, ...],
) -> None:
    number = begun(store, workspace, rules)

    def say(**said: Any) -> Message:
        credits_ = Decimal(said["credits"]) if "credits" in said else None
        on, course = said.get("on", date(2024, 12, 18)), said.get("course", "")
        step = Step(CreditState.transcript_issued, on, course, credits_)
        move_request(store, workspace, number, step, ANSWERED, "Robin")
        delivery.write_credit_news(store, workspace, ANSWERED)
        return mails(store)[-1]

    assert say(**told).subject.endswith(": transcript issued")
    mail = say(**then)
    assert mail.subject.endswith(f": transcript {word}")
    assert sentence in " ".join(mail.text.split())


def test_a_transcript_corrected_and_corrected_back_before_the_next_mail_is_as_before(
    store: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    number = begun(store, workspace, rules)
    for days in ((18,), (19, 18)):
        for one in days:
            step = Step(CreditState.transcript_issued, date(2024, 12, one))
            move_request(store, workspace, number, step, ANSWERED, "Robin")
        delivery.write_credit_news(store, workspace, ANSWERED)
    assert [m.subject.rpartition(": ")[2] for m in mails(store)] == ["transcript issued", "transcript as before"]


def test_a_request_withdrawn_for_good_keeps_no_other_news_waiting(
    store: Store, workspace: Workspace, rules: tuple[Rules, ...]
) -> None:
    number = begun(store, workspace, rules)
    step = Step(CreditState.withdrawn, date(2024, 12, 5), note="She changed her mind.")
    move_request(store, workspace, number, step, ANSWERED, "Robin")
    night(store, workspace, rules, SECOND_NIGHT)
    night(store, workspace, rules, SECOND_NIGHT + timedelta(days=1))
    (mail,) = mails(store)
    assert mail.subject == "College credit for Formative Assessment Basics: withdrawn"
    assert "Your request was withdrawn on December 5, 2024: She changed her mind." in " ".join(mail.text.split())
    with store.reading() as session:
        assert len(session.exec(select(CreditRequest)).all()) == 1
