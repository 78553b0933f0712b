"""What belongs to a district's month: which lines, whose, with what in every cell, and what the cover says of them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlmodel import select

from countersign import audit
from countersign import delivered as folders
from countersign.reporting import close_month, districts_for
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry, Package, PackageLine
from tests.archive.clauses import broken
from tests.reporting.outcome import DECEMBER, FILES, NOVEMBER, OCTOBER_PATH, contents, one, rows
from tests.reporting.town import Town, agreement


def test_a_month_becomes_a_folder_a_package_its_lines_and_an_audit_entry(
    any_store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    town = Town(any_store)
    avery = town.person()
    town.approve(avery, "assessment  literacy", date(2026, 8, 15))
    town.hours(avery, "6.5")
    town.pay(avery, "200", "2026-10", title="Second")
    summary = one(close_month(any_store, workspace, rules, "2026-10", NOVEMBER))
    assert (summary.district, summary.path, summary.already_closed) == ("CUSD 200", OCTOBER_PATH, False)
    assert (summary.lines, summary.educators, summary.micro_credentials) == (2, 1, 2)
    assert (str(summary.hours.normalize()), summary.held, summary.banked) == ("6.5", 0, 0)
    assert summary.money == {"USD": 200}
    folder = workspace.root / summary.path
    assert set(contents(folder)) == FILES
    with any_store.reading() as session:
        package = session.exec(select(Package)).one()
        assert {line.line for line in session.exec(select(PackageLine))} == {"2026-10-000001", "2026-10-000002"}
        entry = session.exec(select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        assert entry is not None
        assert (entry.action, entry.subject) == ("package closed", "package:cusd-200/2026-10")
        assert "Avery" not in json.dumps(entry.detail)
        assert list(audit.breaks(session)) == []
    assert package.manifest_sha256 == folders.sha256((folder / "manifest.json").read_bytes())


def test_the_rows_say_everything_hr_needs_to_pay(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    town.approve(avery, "assessment  literacy", date(2026, 8, 15))
    town.pay(avery, "200", "2026-10")
    close_month(store, workspace, rules, "2026-10", NOVEMBER, run_id="run-7")
    (row,) = rows(workspace, "compensation.csv")
    assert row == {
        "line": "2026-10-000001",
        "transaction": "NEW",
        "changes_line": "",
        "changes_month": "",
        "employee_id": "00417",
        "name": "Avery Example",
        "location": "Lincoln School",
        "position": "Teacher",
        "fte": "0.5",
        "title": "Assessment Literacy",
        "count": "1",
        "case": "C-1",
        "assertion_id": "https://issuer.example/a/1",
        "issuer": "National Education Association",
        "earned_on": "2026-09-17",
        "received_on": "2026-09-20",
        "submitted_on": "2026-09-20",
        "proven_on": "",
        "pre_approval": "approved 2026-08-15",
        "clause": "Compensation",
        "agreement": "cu",
        "agreement_version": "cu0000000000",
        "form": "fixed amount",
        "quantity": "1",
        "rate": "200.00",
        "amount": "200.00",
        "unit": "USD",
        "cap_limit": "5",
        "cap_before": "0",
        "cap_used": "1",
        "cap_after": "1",
        "cap_unit": "micro-credential",
        "effective_on": "",
        "pay_month": "2026-10",
        "service_period": "2026-27",
        "fiscal_year": "2026-27",
        "account_code": "",
        "pensionable": "",
        "reason": "8 hours by the log.",
        "attention": "",
        "run_id": "run-7",
    }


def test_days_are_those_of_the_agreements_time_zone(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    """11:30 pm on September 30 in Chicago is October 1 in UTC."""
    late = datetime(2026, 10, 1, 4, 30, tzinfo=UTC)
    town.hours(town.person(ends=date(2026, 9, 30)), received_at=late)
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    (row,) = rows(workspace, "pd_hours.csv")
    assert (row["submitted_on"], row["employee_id"]) == ("2026-09-30", "00417")


def test_lines_to_be_paid_later_wait_for_their_month(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    town.pay(town.person(), pay_month="2026-11")
    assert one(close_month(store, workspace, rules, "2026-10", NOVEMBER)).lines == 0
    assert one(close_month(store, workspace, rules, "2026-11", DECEMBER)).lines == 1


def test_banked_postings_and_those_without_a_pay_month_are_no_lines(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    bank = town.post(town.decide(town.case(avery), "banked"), "2026-10", "bank")
    town.reverse(bank)
    town.hours(avery, pay_month="")
    assert one(close_month(store, workspace, rules, "2026-10", NOVEMBER)).lines == 0


def test_a_posting_that_comes_after_its_month_was_closed_goes_as_retro_with_the_next(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    town.hours(avery)
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    before = contents(workspace.root / OCTOBER_PATH)
    town.hours(avery, title="Late")
    summary = one(close_month(store, workspace, rules, "2026-11", DECEMBER))
    (row,) = rows(workspace, "adjustments.csv", summary.path)
    assert (row["transaction"], row["title"], row["changes_month"]) == ("RETRO", "Late", "2026-10")
    assert row["attention"] == "Belongs to October 2026, which was closed before the line arrived."
    (balance,) = summary.balances
    assert (balance.opening, balance.new, balance.adjustments, balance.closing) == (8, 0, 8, 16)
    assert contents(workspace.root / OCTOBER_PATH) == before


def test_a_reversal_goes_with_a_later_month_and_names_the_line_it_changes(
    any_store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    town = Town(any_store)
    posting = town.hours(town.person(), "6.5")
    close_month(any_store, workspace, rules, "2026-10", NOVEMBER)
    town.reverse(posting)
    summary = one(close_month(any_store, workspace, rules, "2026-11", DECEMBER))
    (row,) = rows(workspace, "adjustments.csv", summary.path)
    assert (row["transaction"], row["changes_line"], row["changes_month"]) == ("REVERSAL", "2026-10-000001", "2026-10")
    assert (row["quantity"], row["reason"]) == ("-6.5", "The issuer revoked it.")
    (balance,) = summary.balances
    assert (balance.opening, balance.reversals, balance.closing) == (summary.hours * -1, summary.hours * -1, 0)


@pytest.mark.parametrize("granted", ["2026-10", "2026-11"])
def test_what_was_taken_back_before_hr_heard_of_it_is_in_no_package(
    granted: str, any_store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    town = Town(any_store)
    avery = town.person()
    town.reverse(town.hours(avery, pay_month=granted))
    town.reverse(town.pay(avery, "200", granted))
    homeless = town.decide(town.case(avery), agreement="nobodys")
    town.reverse(town.post(homeless, granted))  # nor is a district missing for it
    for month, now in (("2026-10", NOVEMBER), ("2026-11", DECEMBER)):
        summary = one(close_month(any_store, workspace, rules, month, now))
        assert (summary.lines, summary.money, summary.adjusting, summary.balances) == (0, {}, 0, ())


def test_a_grant_in_the_place_of_one_hr_never_heard_of_changes_the_last_line_it_did_hear_of(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    """8 hours were reported, then 6, then 5 granted before the next closing: HR hears of 8 and of 5."""
    case = town.case(town.person())
    first = town.post(town.decide(case, quantity="8"))
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    second = town.decide(case, quantity="6")
    town.take_back(second, first)
    passing = town.post(second, "2026-10")
    third = town.decide(case, quantity="5")
    town.take_back(third, passing)
    town.post(third, "2026-10")
    summary = one(close_month(store, workspace, rules, "2026-11", DECEMBER))
    made = [
        (r["transaction"], r["changes_line"], r["quantity"]) for r in rows(workspace, "adjustments.csv", summary.path)
    ]
    assert made == [("REVERSAL", "2026-10-000001", "-8"), ("ADJUST", "2026-10-000001", "5")]
    (balance,) = summary.balances
    assert (balance.opening, balance.closing) == (8, 5)


def test_where_an_award_stands_in_its_cap_is_what_the_newest_revision_behind_its_line_says(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    """An earlier award of the year was taken back, so that the second is the first now; its line in the ledger is untouched."""
    case = town.case(town.person())

    def number(one: int) -> int:
        cap = {"limit": "5", "before": str(one - 1), "used": "1", "after": str(one), "unit": "micro-credential"}
        reasons = [{"clause": "Pay", "code": "capped", "sentence": f"It is number {one} of at most 5."}]
        return town.decide(case, quantity="200", unit="USD", currency="pay", cap=cap, reasons=reasons)

    town.post(number(2))
    number(1)
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    (row,) = rows(workspace, "compensation.csv")
    assert (row["cap_before"], row["cap_after"], row["reason"]) == ("0", "1", "It is number 1 of at most 5.")
    assert (summary.lines, summary.money) == (1, {"USD": 200})


def test_a_corrected_decision_is_a_reversal_and_an_adjustment(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    case = town.case(town.person())
    first = town.post(town.decide(case, quantity="8"))
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    second = town.decide(case, quantity="6")
    town.take_back(second, first)
    town.post(second, "2026-11")
    summary = one(close_month(store, workspace, rules, "2026-11", DECEMBER))
    made = [
        (r["transaction"], r["changes_line"], r["quantity"]) for r in rows(workspace, "adjustments.csv", summary.path)
    ]
    assert made == [("REVERSAL", "2026-10-000001", "-8"), ("ADJUST", "2026-10-000001", "6")]
    (balance,) = summary.balances
    assert (balance.opening, balance.adjustments, balance.reversals, balance.closing) == (8, 6, 8, 6)


def test_the_held_list_says_why_whose_move_it_is_and_when_it_is_looked_at_again(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    reason = {
        "clause": "Compensation",
        "code": "rate_missing",
        "sentence": "HR has not supplied the amount.",
        "owner": "hr",
        "look_again_on": "2026-11-02",
        "change": "The figure, from CUSD 200.",
    }
    cap = {"limit": "5", "before": "4", "used": "1", "after": "5", "unit": "micro-credential"}
    fifth, sixth = town.case(avery, title="Fifth"), town.case(avery, title="Sixth")
    town.decide(fifth, "held", "0", "", "pay", clause="Compensation", reasons=[reason], cap=cap, pay_month="2026-11")
    town.decide(sixth, "banked", "1", "micro-credential", "pay", clause="Compensation", submit_from=date(2027, 7, 1))
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    assert (summary.held, summary.banked, summary.lines) == (1, 1, 0)
    held, banked = rows(workspace, "held.csv")
    assert (held["outcome"], held["reason"], held["owner"]) == ("held", "HR has not supplied the amount.", "hr")
    assert held["change"] == "The figure, from CUSD 200."
    assert (held["look_again_on"], held["pay_month"], held["cap_after"]) == ("2026-11-02", "2026-11", "5")
    assert (banked["outcome"], banked["submit_from"], banked["quantity"]) == ("banked", "2027-07-01", "1")


def test_only_the_newest_decision_of_a_case_that_still_stands_is_held(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    case = town.case(avery)
    town.decide(case, "held", "0")
    town.post(town.decide(case, "granted"))
    town.decide(town.case(avery, state="rejected"), "held", "0")
    town.decide(town.case(avery, state="joined"), "banked")
    assert one(close_month(store, workspace, rules, "2026-10", NOVEMBER)).held == 0


def test_one_district_never_sees_anothers_rows(store: Store, workspace: Workspace, town: Town) -> None:
    rules = [agreement(), agreement("aurora", "Aurora Schools")]
    avery = town.person("Avery Example")
    blake = town.person("Blake Sample", "Aurora Schools", "A-9")
    town.employ(avery, "Aurora Schools", "A-1", date(2020, 8, 1))  # two districts at once
    town.hours(avery, title="Here")
    both = town.case(avery, title="Both")
    for district, name in (("CUSD 200", "cu"), ("Aurora Schools", "aurora")):
        town.post(town.decide(both, agreement=name, recognizer=district))
    town.post(town.decide(town.case(blake, title="There"), agreement="aurora", recognizer="Aurora Schools"))
    town.decide(town.case(blake, title="Waiting there"), "held", "0", agreement="aurora", recognizer="Aurora Schools")
    town.decide(town.case(blake, title="Stray"), "held", "0", agreement="cu")  # never worked for CUSD 200
    aurora, cusd = close_month(store, workspace, rules, "2026-10", NOVEMBER)
    assert [r["title"] for r in rows(workspace, "pd_hours.csv", cusd.path)] == ["Here", "Both"]
    assert [(r["title"], r["employee_id"]) for r in rows(workspace, "pd_hours.csv", aurora.path)] == [
        ("Both", "A-1"),
        ("There", "A-9"),
    ]
    ours, theirs = (b"".join(contents(workspace.root / p.path).values()) for p in (cusd, aurora))
    for secret in (b"Blake", b"There", b"Stray", b"A-1", b"A-9", b"Aurora"):
        assert secret not in ours
    assert b"00417" not in theirs
    assert rows(workspace, "held.csv", cusd.path) == []


def test_a_colleges_arrangement_for_a_districts_teachers_is_not_hrs_business(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    credit = {
        "clause": "Credit",
        "currency": "graduate_credit",
        "text": "One credit.",
        "value": {"flat": 1, "unit": "credit"},
        "credit_request": {"college": "A College"},
    }
    college = agreement("college", recognizer="A College", title="Graduate credit", grants=[credit])
    case = town.case(town.person())
    town.decide(case, "held", "0", "credit", "graduate_credit", "college", recognizer="A College")
    summary = one(close_month(store, workspace, [*rules, college], "2026-10", NOVEMBER))
    assert (summary.held, "Graduate credit" in cover_text(workspace.root / summary.path)) == (0, False)
    elsewhere = agreement("college", "Nowhere Schools", recognizer="A College", grants=[credit])
    assert districts_for(store, [*rules, elsewhere], "2026-10") == ["CUSD 200"]


def test_an_empty_month_still_produces_a_cover_that_says_so(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    assert (summary.lines, summary.balances) == (0, ())
    assert rows(workspace, "compensation.csv") == []
    text = cover_text(workspace.root / summary.path)
    assert "No lines this month." in text
    assert "nothing is waiting" in text


def cover_text(folder: Path) -> str:
    """The words of the cover, one blank between them."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(folder / "cover.pdf").pages).split())


def test_the_cover_carries_totals_agreement_hashes_and_signature_lines(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    town.hours(avery, "6.5")
    town.pay(avery, "1200", "2026-09")
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    folder = workspace.root / summary.path
    assert broken((folder / "cover.pdf").read_bytes()) == {}  # PDF/A-3a and PDF/UA-1
    text = cover_text(folder)
    for said in (
        "CUSD 200",
        "October 2026",
        "1,200.00",
        "6.5",
        "cu0000000000",
        "updated 2024-07-25",
        "1 line needs a look",
    ):
        assert said in text
    for role in ("Prepared", "Reviewed", "Authorized"):
        assert role in text
    digits = "".join(text.split())
    for name in FILES - {"cover.pdf", "manifest.json"}:
        assert folders.sha256((folder / name).read_bytes()) in digits
    assert "/StructTreeRoot" in PdfReader(folder / "cover.pdf").root_object
    assert "Page 1 of 1" in text


def test_a_case_matched_anew_is_taken_back_from_one_person_and_new_for_the_other(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    wrong, right = town.person("Avery Wrong"), town.person("Avery Right", employee_id="00999")
    posting = town.hours(wrong)
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    decision = town.decide(1, educator=right)
    town.take_back(decision, posting)
    town.post(decision, "2026-11")
    summary = one(close_month(store, workspace, rules, "2026-11", DECEMBER))
    made = [(r["transaction"], r["name"], r["employee_id"]) for r in rows(workspace, "pd_hours.csv", summary.path)]
    assert made == [("NEW", "Avery Right", "00999"), ("REVERSAL", "Avery Wrong", "00417")]


def test_a_newer_version_of_the_agreement_does_not_hide_the_one_a_line_was_decided_under(
    store: Store, workspace: Workspace, town: Town
) -> None:
    town.hours(town.person())
    newer = agreement(sha256="f" * 64, title="The next contract")
    close_month(store, workspace, [agreement(), newer], "2026-10", NOVEMBER)
    (row,) = rows(workspace, "pd_hours.csv")
    assert (row["agreement_version"], row["attention"]) == ("cu0000000000", "")


def test_a_line_decided_under_a_file_that_was_changed_since_is_flagged(
    store: Store, workspace: Workspace, town: Town
) -> None:
    town.hours(town.person())
    close_month(store, workspace, [agreement(sha256="f" * 64)], "2026-10", NOVEMBER)
    (row,) = rows(workspace, "pd_hours.csv")
    assert row["attention"] == "Decided under version cu0000000000 of the agreement, which is no longer on file."
