"""Recognition on the store: written once, changed by reversal, due when something changed, alone among several workers."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from countersign import audit
from countersign.recognition import due_educators, explain, explanation_text, recognise
from countersign.store import Store
from models.records import Approval
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Employment,
    ReviewItem,
)
from tests.recognition.builders import (
    ALL,
    CUSD,
    TITLES,
    VERMONT,
    Rows,
    case,
    changed,
    chicago,
    teacher,
    vermonter,
    with_rate,
)
from tests.recognition.nights import AUGUST, NOW, PAID, add, balanced, counted, decisions, lines, night, postings, seven


def test_seven_become_five_grants_and_two_banked_lines(any_store: Store) -> None:
    educator = add(any_store, teacher(), seven())
    assert night(any_store, PAID, NOW) == [educator]
    assert lines(any_store) == [
        *((n, "grant", Decimal("250.0000"), "2024-25", "2024-11") for n in range(1, 6)),
        *((n, "bank", Decimal("1.0000"), "2025-26", "") for n in (6, 7)),
    ]
    assert lines(any_store, "district_pd") == [(n, "grant", Decimal(8), "2024-25", "2024-08") for n in range(1, 8)]
    balanced(any_store)
    with any_store.reading() as session:
        assert list(audit.breaks(session)) == []


def test_a_rerun_finds_nothing_due_and_deciding_again_writes_nothing(any_store: Store) -> None:
    educator = add(any_store, teacher(), seven())
    night(any_store, PAID, NOW)
    before = counted(any_store)
    later = NOW + timedelta(days=1)
    assert due_educators(any_store, PAID, later) == []
    recognise(any_store, PAID, [educator], later)
    assert counted(any_store) == before


def test_what_is_banked_is_due_on_july_1_and_released_by_reversal_and_grant(any_store: Store) -> None:
    educator = add(any_store, teacher(), seven())
    night(any_store, PAID, NOW)
    assert due_educators(any_store, PAID, chicago("2025-06-30 23:59")) == []
    assert night(any_store, PAID, chicago("2025-07-01 00:00")) == [educator]
    assert [line for line in lines(any_store) if line[0] == 6] == [
        (6, "bank", Decimal(1), "2025-26", ""),
        (6, "reversal", Decimal(-1), "2025-26", ""),
        (6, "grant", Decimal(250), "2025-26", "2025-11"),
    ]
    assert due_educators(any_store, PAID, chicago("2025-07-02 00:00")) == []
    balanced(any_store)


def test_when_hr_supplies_the_rate_the_five_are_granted_in_a_new_revision(any_store: Store) -> None:
    add(any_store, teacher(), seven())
    night(any_store, (CUSD,), NOW)
    assert [line[1] for line in lines(any_store)] == ["bank", "bank"]
    with any_store.reading() as session:
        held = session.exec(select(ReviewItem).where(col(ReviewItem.code) == "il-cusd200:rate_missing")).all()
    assert len(held) == 5
    assert held[0].sentence.startswith("CUSD 200, Compensation: The agreement states no figure")
    night(any_store, (with_rate(),), NOW + timedelta(days=1))
    assert Counter(line[1] for line in lines(any_store)) == {"bank": 2, "grant": 5}
    pay = [d for d in decisions(any_store) if d.currency == "pay" and d.case_id == 1]
    assert [(d.revision, d.outcome, d.agreement_sha256) for d in pay] == [
        (1, "held", CUSD.sha256),
        (2, "granted", "f" * 64),
    ]
    assert [d.revision for d in decisions(any_store) if d.currency == "district_pd"] == [1] * 7
    with any_store.reading() as session:
        assert session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))).all() == []
    balanced(any_store)


def test_a_comment_in_the_file_rewrites_nothing(store: Store) -> None:
    educator = add(store, teacher(), seven())
    night(store, (CUSD,), NOW)
    before = decisions(store)
    assert night(store, (CUSD.model_copy(update={"sha256": "0" * 64}),), NOW) == [educator]
    assert decisions(store) == before


def test_a_rate_supplied_for_a_clause_leaves_what_it_does_not_concern_as_it_was(store: Store) -> None:
    late = case(1, chicago("2024-10-02 10:00"))
    not_approved = case(2, AUGUST)
    waiting = case(3, AUGUST)
    add(store, teacher(approved=(TITLES[0], TITLES[2])), [late, not_approved, waiting])
    night(store, (CUSD,), NOW)
    night(store, (with_rate(),), NOW + timedelta(days=1))
    pay = [(d.case_id, d.revision, d.reasons[0]["code"]) for d in decisions(store) if d.currency == "pay"]
    assert pay == [
        (1, 1, "after_deadline"),
        (2, 1, "preapproval_missing"),
        (3, 1, "rate_missing"),
        (3, 2, "flat"),
    ]


def test_a_changed_rate_reverses_the_old_line_and_posts_the_new(store: Store) -> None:
    add(store, teacher(), [case(1, AUGUST)])
    night(store, (with_rate("250.00"),), NOW)
    night(store, (changed(with_rate("300.00"), sha256="e" * 64),), NOW)
    assert [(kind, quantity) for _, kind, quantity, _, _ in lines(store)] == [
        ("grant", Decimal(250)),
        ("reversal", Decimal(-250)),
        ("grant", Decimal(300)),
    ]
    balanced(store)


def test_an_earlier_one_that_comes_later_moves_the_last_into_the_bank_and_leaves_the_other_lines(store: Store) -> None:
    educator = add(store, teacher(), [case(n, AUGUST.replace(minute=n)) for n in range(2, 7)])
    night(store, (with_rate(),), NOW)
    with store.transaction() as session:
        Rows(session).case(educator, case(1, AUGUST.replace(hour=1)))
    assert night(store, (with_rate(),), NOW + timedelta(days=1)) == [educator]
    by_case = {n: [line[1] for line in lines(store) if line[0] == n] for n in range(1, 7)}
    assert by_case == {
        1: ["grant"],
        2: ["grant"],
        3: ["grant"],
        4: ["grant"],
        5: ["grant", "reversal", "bank"],
        6: ["grant"],
    }
    moved = [d for d in decisions(store) if d.case_id == 1 and d.currency == "pay"]
    assert [d.cap["after"] for d in moved] == [
        "1",
        "2",
    ]  # the row numbered 1 came second: its cap moved, its money did not
    balanced(store)


def test_each_new_fact_makes_its_educator_due_and_nobody_else(store: Store) -> None:
    record = replace(teacher(approved=TITLES[:1]), educator_id=1)
    educator = add(store, record, [case(1, AUGUST, hours=None), case(2, AUGUST)])
    other = add(store, replace(teacher(), educator_id=2), [case(3, AUGUST)])
    third = add(store, replace(vermonter(), educator_id=3), [])
    assert night(store, ALL, NOW) == [educator, other]
    assert due_educators(store, ALL, NOW) == []

    def approve(session: Session) -> None:
        Rows(session).approval(educator, Approval("CUSD 200", TITLES[1], date(2024, 7, 1)))

    def send_log(session: Session) -> None:
        rows = Rows(session)
        submission = rows.submission(NOW)
        session.add(CaseSubmission(case_id=1, submission_id=submission))
        rows.log(submission, "6.5")

    def ask_for_credit(session: Session) -> None:
        session.add(CaseSubmission(case_id=1, submission_id=Rows(session).submission(NOW, credit=True)))

    def stop_working(session: Session) -> None:
        job = session.exec(select(Employment).where(col(Employment.educator_id) == educator)).one()
        job.ends = date(2024, 8, 1)
        session.add(job)

    for change in (approve, send_log, ask_for_credit, stop_working):
        with store.transaction() as session:
            change(session)
        assert night(store, ALL, NOW) == [educator], change.__name__
        assert due_educators(store, ALL, NOW) == []
    with store.transaction() as session:
        Rows(session).case(third, case(4, AUGUST))
    assert night(store, ALL, NOW) == [third]
    balanced(store)


def test_a_log_that_comes_later_grants_its_hours(store: Store) -> None:
    educator = add(store, teacher(), [case(1, AUGUST, hours=None)])
    night(store, (CUSD,), NOW)
    assert lines(store, "district_pd") == []
    with store.transaction() as session:
        rows = Rows(session)
        submission = rows.submission(NOW)
        session.add(CaseSubmission(case_id=1, submission_id=submission))
        rows.log(submission, "6.5")
    assert night(store, (CUSD,), NOW) == [educator]
    assert lines(store, "district_pd") == [(1, "grant", Decimal("6.5"), "2024-25", "2024-08")]


@pytest.mark.parametrize(
    ("sender", "counts"),
    [("member-1@school.example", True), ("stranger@elsewhere.example", False), ("member-2@school.example", False)],
)
def test_only_the_educators_own_addresses_ask_for_credit_and_show_hours(
    store: Store, sender: str, counts: bool
) -> None:
    educator = add(store, replace(teacher(), licence_state="VT"), [case(1, AUGUST, hours=None)])
    add(store, replace(vermonter(), educator_id=2), [])
    night(store, ALL, NOW)
    before = counted(store)
    with store.transaction() as session:
        rows = Rows(session)
        submission = rows.submission(NOW, credit=True, sender=sender)
        session.add(CaseSubmission(case_id=1, submission_id=submission))
        rows.log(submission, "6.5")
    assert night(store, ALL, NOW) == [educator]
    notes = explain(store, 1, ALL).notes
    if counts:
        assert lines(store, "district_pd") == [(1, "grant", Decimal("6.5"), "2024-25", "2024-08")]
        assert {d.currency for d in decisions(store)} == {"district_pd", "pay", "state_cpd", "graduate_credit"}
        assert notes == ()
        return
    assert counted(store) == before
    (note,) = notes
    assert note.startswith("The wish for credit and the log of hours in ")
    assert note.endswith(f".eml do not count: {sender} is no address of this educator on the roster.")
    assert "Does not count" in explanation_text(explain(store, 1, ALL))


def test_a_stranger_cannot_hold_up_hours_that_were_granted_nor_can_a_later_log(store: Store) -> None:
    educator = add(store, teacher(), [case(1, AUGUST, hours="8")])
    night(store, (CUSD,), NOW)
    before = counted(store)
    for number, sender in enumerate(("stranger@elsewhere.example", f"member-{educator}@school.example")):
        with store.transaction() as session:
            rows = Rows(session)
            submission = rows.submission(NOW, sender=sender)
            session.add(CaseSubmission(case_id=1, submission_id=submission))
            rows.log(submission, f"{number + 1}", TITLES[0])
        night(store, (CUSD,), NOW)
        assert counted(store) == before
    assert [note.split(":")[0] for note in explain(store, 1, (CUSD,)).notes][1].startswith("A log that came later")


def test_an_address_that_the_roster_learns_makes_what_came_from_it_count(store: Store) -> None:
    educator = add(store, teacher(), [case(1, AUGUST, hours=None)])
    with store.transaction() as session:
        rows = Rows(session)
        submission = rows.submission(NOW, sender="pat@home.example")
        session.add(CaseSubmission(case_id=1, submission_id=submission))
        rows.log(submission, "3")
    night(store, (CUSD,), NOW)
    assert lines(store, "district_pd") == []
    with store.transaction() as session:
        session.add(Address(educator_id=educator, address="Pat@Home.example", folded="pat@home.example", rank=1))
    assert night(store, (CUSD,), NOW) == [educator]
    assert lines(store, "district_pd")[0][2] == 3


def test_the_wish_for_credit_and_the_log_come_from_the_submissions_of_a_joined_case_too(store: Store) -> None:
    educator = add(store, replace(teacher(), licence_state="VT"), [case(1, AUGUST, hours=None)])
    with store.transaction() as session:
        rows = Rows(session)
        submission = rows.submission(NOW, credit=True)
        twin = Case(key="document:x", state="joined", opened_at=NOW, received_at=NOW, joined_to=1, title=TITLES[0])
        session.add(twin)
        session.flush()
        session.add(CaseSubmission(case_id=twin.id, submission_id=submission))
        rows.log(submission, "3", TITLES[0])
    assert night(store, ALL, NOW) == [educator]
    assert lines(store, "district_pd")[0][2] == Decimal(3)
    assert {d.currency for d in decisions(store)} == {"district_pd", "pay", "state_cpd", "graduate_credit"}


def test_the_same_days_and_hours_in_another_file_do_not_count_for_another_micro_credential(store: Store) -> None:
    educator = add(store, teacher(), [])
    with store.transaction() as session:
        rows = Rows(session)
        for number in (1, 2):
            submission = rows.submission(AUGUST + timedelta(days=number))
            rows.case(educator, case(number, AUGUST + timedelta(days=number)), submission)
            rows.log(submission, "8", rows="a" * 64)
    night(store, (CUSD,), NOW)
    hours = [(d.case_id, d.outcome, d.reasons[0]["code"]) for d in decisions(store) if d.currency == "district_pd"]
    assert hours == [(1, "granted", "log"), (2, "held", "log_problem")]


def test_two_in_one_mail_with_one_untitled_log_are_both_held_for_staff(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(teacher())
        submission = rows.submission(AUGUST)
        for number in (1, 2):
            rows.case(educator, case(number, AUGUST), submission)
        rows.log(submission, "6")
    night(store, (CUSD,), NOW)
    found = [d.reasons[0] for d in decisions(store) if d.currency == "district_pd"]
    assert [(r["code"], r["owner"]) for r in found] == [("log_problem", "staff")] * 2


def test_facts_corrected_so_that_no_agreement_applies_withdraw_the_grant_once(store: Store) -> None:
    educator = add(store, teacher(), [case(1, AUGUST)])
    night(store, PAID, NOW)
    with store.transaction() as session:
        job = session.exec(select(Employment)).one()
        job.district = "Elsewhere"
        session.add(job)
    assert night(store, PAID, NOW) == [educator]
    assert [line[1:3] for line in lines(store)] == [("grant", Decimal(250)), ("reversal", Decimal(-250))]
    live = [d for d in decisions(store) if d.revision == 2]
    assert {(d.outcome, d.reasons[0]["code"]) for d in live} == {("refused", "no_longer_applies")}
    before = counted(store)
    recognise(store, PAID, [educator], NOW)
    assert counted(store) == before
    balanced(store)


def test_a_lost_agreement_file_undoes_nothing(store: Store) -> None:
    add(store, teacher(), [case(1, AUGUST)])
    night(store, PAID, NOW)
    before = counted(store)
    night(store, (VERMONT,), NOW)
    assert counted(store) == before


def test_a_credential_found_to_be_another_educators_moves_its_lines(store: Store) -> None:
    one = add(store, teacher(), [case(1, AUGUST)])
    two = add(store, replace(teacher(), educator_id=2), [])
    night(store, PAID, NOW)
    with store.transaction() as session:
        row = session.get(Case, 1)
        assert row
        row.educator_id = two
        session.add(row)
    assert night(store, PAID, NOW) == [one, two]
    assert [(p.educator_id, p.kind) for p in postings(store) if p.currency == "pay"] == [
        (one, "grant"),
        (one, "reversal"),
        (two, "grant"),
    ]
    assert due_educators(store, PAID, NOW) == []
    balanced(store)


def test_a_credential_rejected_later_loses_its_grants_and_gives_its_place_free(store: Store) -> None:
    educator = add(store, teacher(), seven())
    night(store, PAID, NOW)
    with store.transaction() as session:
        row = session.get(Case, 1)
        assert row
        row.state = "rejected"
        session.add(row)
    assert night(store, PAID, NOW) == [educator]
    assert [line[1] for line in lines(store) if line[0] == 1] == ["grant", "reversal"]
    assert [line[1] for line in lines(store) if line[0] == 6] == ["bank", "reversal", "grant"]
    balanced(store)


def test_a_credential_that_is_only_looked_at_again_keeps_its_decisions_and_its_place(store: Store) -> None:
    add(store, teacher(), seven())
    night(store, PAID, NOW)
    before = counted(store)
    with store.transaction() as session:
        row = session.get(Case, 1)
        assert row
        row.state = "held"
        session.add(row)
    night(store, PAID, NOW)
    assert counted(store) == before


def test_only_matched_cases_are_decided(store: Store) -> None:
    educator = add(store, teacher(), [case(1, AUGUST)])
    for state in ("received", "held", "verified", "rejected"):
        with store.transaction() as session:
            row = session.get(Case, 1)
            assert row
            row.state = state
            session.add(row)
        recognise(store, PAID, [educator], NOW)
        assert decisions(store) == []
