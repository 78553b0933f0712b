"""What is in doubt stays out of HR's package, is shown there with its reason, and comes later without anything being lost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select, update

from countersign import review
from countersign.reporting import cases_about_to_be_paid, cases_granted_in, close_month
from countersign.reporting.cover import cover_pdf
from countersign.reporting.gather import gather
from countersign.reporting.package import build_package
from countersign.reporting.withholding import examined, without_commands
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.credentials import CheckName
from models.tables import Case, Posting, VerdictRecord
from models.words import Doubt, Owner, Recheck
from tests.reporting.outcome import DECEMBER, NOVEMBER, OCTOBER_PATH, contents, one, packages, rows
from tests.reporting.test_closing import killed_before_commit
from tests.reporting.town import Town, agreement

REVOKED, UNCLEAR, UNANSWERED = Doubt
NOVEMBER_PATH = OCTOBER_PATH.replace("10", "11")
JANUARY = datetime(2027, 1, 1, 7, tzinfo=UTC)


def doubt(
    store: Store, case: int, code: Doubt = REVOKED, at: datetime = NOVEMBER, again: datetime | None = None
) -> None:
    with store.transaction() as session:
        review.hold(
            session,
            subject=f"case:{case}",
            code=code.value,
            sentence=f"C-{case} was counted, and its issuer has withdrawn it since.",
            next_step="Keep it or withdraw it with countersign review resolve.",
            owner=Owner.staff,
            now=at,
            look_again_at=again,
        )


def proven(*cases: int) -> dict[int, Recheck]:
    """What looking at these cases again came to: all stand."""
    return dict.fromkeys(cases, Recheck.proven)


def failed(store: Store, case: int, name: CheckName) -> None:
    """The case's verdict now: this check failed."""
    check = {"name": name.value, "outcome": "failed", "detail": "", "remedy": ""}
    with store.transaction() as session:
        session.add(VerdictRecord(case_id=case, at=NOVEMBER, outcome="rejected", checks=[check]))


def settle(store: Store, case: int, by: str = "Robin", at: datetime = NOVEMBER + timedelta(days=3)) -> None:
    with store.transaction() as session:
        review.release(session, subject=f"case:{case}", now=at, by=by, resolution="Kept: Seen by the panel.")


def test_a_line_in_doubt_is_held_with_its_reason_and_all_totals_agree(
    any_store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    town = Town(any_store)
    avery = town.person()
    town.hours(avery)
    town.hours(avery, "6", title="Feedback")
    doubt(any_store, 2)
    failed(any_store, 2, CheckName.status)
    summary = one(close_month(any_store, workspace, rules, "2026-10", NOVEMBER, rechecked=proven(1, 2)))
    assert (summary.lines, summary.hours, summary.rechecked) == (1, 8, {"proven": 2})
    assert summary.withheld == {"withdrawn by the issuer": 1}
    assert [row["case"] for row in rows(workspace, "pd_hours.csv")] == ["C-1"]
    (held,) = rows(workspace, "held.csv")
    assert held["reason"] == ("C-2 was counted, and its issuer has withdrawn it since. Waiting since November 1, 2026.")
    assert (held["outcome"], held["owner"], held["quantity"], held["unit"]) == ("withheld", "staff", "6", "hour")
    assert (held["change"], held["pay_month"], held["employee_id"]) == ("Keep it or withdraw it.", "2026-10", "00417")
    again = one(close_month(any_store, workspace, rules, "2026-10", NOVEMBER))
    assert (again.already_closed, again.withheld, again.rechecked) == (True, summary.withheld, {"proven": 2})


def test_what_a_person_keeps_goes_out_with_the_next_package_and_says_who_decided(
    any_store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    town = Town(any_store)
    town.hours(town.person())
    doubt(any_store, 1)
    close_month(any_store, workspace, rules, "2026-10", NOVEMBER)
    before = contents(workspace.root / OCTOBER_PATH)
    settle(any_store, 1)
    summary = one(close_month(any_store, workspace, rules, "2026-11", DECEMBER))
    (row,) = rows(workspace, "pd_hours.csv", NOVEMBER_PATH)
    assert (row["transaction"], row["changes_month"], row["hours"]) == ("RETRO", "2026-10", "8")
    assert row["attention"] == (
        "Belongs to October 2026, from whose package it was withheld. C-1 was counted, and its issuer has withdrawn it "
        "since. Robin: Kept: Seen by the panel."
    )
    (balance,) = summary.balances
    assert (balance.opening, balance.adjustments, balance.closing) == (0, 8, 8)
    assert contents(workspace.root / OCTOBER_PATH) == before


def test_one_that_was_only_not_to_be_had_comes_later_without_anybodys_name(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    town.hours(town.person())
    doubt(store, 1, UNANSWERED, again=NOVEMBER - timedelta(days=4))
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    assert summary.withheld == {"could not be looked up": 1}
    (held,) = rows(workspace, "held.csv")
    assert held["look_again_on"] == "at every run"  # not a day that is over
    settle(store, 1, "verification")
    close_month(store, workspace, rules, "2026-11", DECEMBER)
    (row,) = rows(workspace, "pd_hours.csv", NOVEMBER_PATH)
    assert row["attention"] == "Belongs to October 2026, from whose package it was withheld."


def test_what_is_withdrawn_before_it_was_delivered_is_paid_in_no_package(
    any_store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    """Closed between the decision and the night that takes it back, and again after it."""
    town = Town(any_store)
    grant = town.hours(town.person())
    with any_store.transaction() as session:
        session.exec(update(Case).values(state="rejected"))
    summary = one(close_month(any_store, workspace, rules, "2026-10", NOVEMBER, rechecked=proven(1)))
    assert (summary.lines, summary.withheld) == (0, {"ended by a person, and not taken back yet": 1})
    assert cases_about_to_be_paid(any_store, rules, "2026-11") == [1]
    town.reverse(grant)
    assert cases_about_to_be_paid(any_store, rules, "2026-11") == []
    november = one(close_month(any_store, workspace, rules, "2026-11", DECEMBER, rechecked=proven()))
    assert (november.lines, november.hours, november.withheld) == (0, 0, {})  # HR never hears of it


def test_what_was_delivered_and_is_withdrawn_then_is_reversed_in_the_next_package(
    any_store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    town = Town(any_store)
    grant = town.hours(town.person())
    close_month(any_store, workspace, rules, "2026-10", NOVEMBER)
    with any_store.transaction() as session:
        session.exec(update(Case).values(state="rejected"))
    town.reverse(grant)
    summary = one(close_month(any_store, workspace, rules, "2026-11", DECEMBER, rechecked=proven()))
    (row,) = rows(workspace, "adjustments.csv", NOVEMBER_PATH)
    assert (row["transaction"], row["changes_line"]) == ("REVERSAL", "2026-10-000001")
    assert summary.hours == -8


def test_all_lines_of_a_case_in_doubt_wait_together(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    """A grant that takes the place of a delivered one: HR is not told to take the first back while the second waits."""
    grant = town.hours(town.person())
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    town.reverse(grant)
    town.post(town.decide(1, quantity="6"), "2026-11")
    doubt(store, 1, at=DECEMBER)
    summary = one(close_month(store, workspace, rules, "2026-11", DECEMBER))
    assert (summary.lines, sum(summary.withheld.values())) == (0, 2)
    assert [row["quantity"] for row in rows(workspace, "held.csv", NOVEMBER_PATH)] == ["-8", "6"]
    settle(store, 1, at=DECEMBER + timedelta(days=1))
    december = one(close_month(store, workspace, rules, "2026-12", JANUARY))
    (balance,) = december.balances
    assert (balance.opening, balance.adjustments, balance.reversals, balance.closing) == (8, 6, 8, 6)


def test_a_line_that_came_after_the_others_were_looked_up_waits_for_the_next_package(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    town.hours(avery)
    looked_up = cases_about_to_be_paid(store, rules, "2026-10")
    town.hours(avery, title="Came meanwhile")
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER, rechecked=proven(*looked_up)))
    assert (summary.lines, summary.withheld) == (1, {"came while the month was being closed": 1})
    looked_up = cases_about_to_be_paid(store, rules, "2026-11")
    assert looked_up == [2]
    assert one(close_month(store, workspace, rules, "2026-11", DECEMBER, rechecked=proven(*looked_up))).lines == 1


def test_a_preview_shows_what_is_in_doubt_and_says_that_nothing_was_looked_up(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    avery = town.person()
    town.hours(avery)
    town.hours(avery, title="Feedback")
    doubt(store, 1)
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER, dry_run=True))
    assert (summary.lines, sum(summary.withheld.values()), summary.rechecked) == (1, 1, None)
    assert packages(store) == []


def test_only_what_the_month_would_pay_is_looked_up(store: Store, workspace: Workspace, town: Town) -> None:
    rules = [agreement(), agreement("aurora", "Aurora Schools")]
    avery = town.person()
    town.hours(avery)
    town.hours(avery, pay_month="2026-11", title="Later")
    town.decide(town.case(avery, title="Held"), "held", "0")
    town.hours(avery, pay_month="", title="In no package")
    assert cases_about_to_be_paid(store, rules, "2026-10") == [1]
    assert cases_about_to_be_paid(store, rules, "2026-11") == [1, 2]
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    assert cases_about_to_be_paid(store, rules, "2026-10") == []
    assert cases_about_to_be_paid(store, rules, "2026-11") == [2]
    with pytest.raises(Exception, match="is not a month"):
        cases_about_to_be_paid(store, rules, "October")


def test_whatever_was_granted_in_the_month_is_looked_at_paid_or_not_until_all_is_closed(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    """The town grants in September; only the second reaches HR, in another month."""
    avery = town.person()
    town.hours(avery, pay_month="", title="For the license")
    town.hours(avery, pay_month="2026-12")
    town.reverse(town.hours(avery, pay_month="", title="Taken back"))
    town.decide(town.case(avery, title="Held"), "held", "0")
    assert cases_granted_in(store, rules, "2026-09") == [1, 2]
    assert cases_granted_in(store, rules, "2026-10") == cases_granted_in(store, rules, "2026-08") == []
    close_month(store, workspace, rules, "2026-09", NOVEMBER)
    assert cases_granted_in(store, rules, "2026-09") == []


def test_somebody_without_an_employment_here_is_withheld_all_the_same_and_counted(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    town.hours(town.person(district="Elsewhere"))
    doubt(store, 1)
    assert sum(one(close_month(store, workspace, rules, "2026-10", NOVEMBER)).withheld.values()) == 1
    (held,) = rows(workspace, "held.csv")
    assert (held["case"], held["employee_id"], held["location"]) == ("C-1", "", "")


def test_a_doubt_that_comes_up_after_a_crash_makes_the_package_anew_without_the_line(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules], monkeypatch: pytest.MonkeyPatch
) -> None:
    avery = town.person()
    town.hours(avery)
    town.hours(avery, title="Feedback")
    visible = killed_before_commit(store, workspace, rules, monkeypatch)
    doubt(store, 2)
    assert one(close_month(store, workspace, rules, "2026-10", DECEMBER)).lines == 1
    assert contents(workspace.outbox / "hr" / "cusd-200" / ".set-aside-2026-10-1") == visible
    with store.reading() as session:
        assert len(session.exec(select(Posting).where(col(Posting.pay_month) == "2026-10")).all()) == 2


def test_the_cover_says_what_was_looked_up_and_what_is_withheld(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    from countersign.reporting.book import book

    avery = town.person()
    town.hours(avery)
    town.hours(avery, title="Feedback")
    doubt(store, 2)
    failed(store, 2, CheckName.status)
    failed(store, 2, CheckName.proof)  # the latest look counts
    with store.reading() as session:
        found = {1: Recheck.nothing_to_look_up, 2: Recheck.in_doubt, 3: Recheck.proven}  # the last: another district's
        facts = gather(session, book(rules), "CUSD 200", "2026-10", NOVEMBER, "run", rechecked=found)
    pdf = cover_pdf(build_package(facts), {}, workspace.settings.affiliate, workspace.template_folders)
    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)
    assert "2 micro-credentials were examined again: 1 has nothing to look up; 1 is in doubt." in text
    assert "1 not proven any more." in text
    assert len(PdfReader(BytesIO(pdf)).pages) == 1


def test_a_line_says_when_its_proof_was_last_looked_up(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    """Half past one on November 1 in UTC is October 31 in Chicago."""
    town.hours(town.person())
    with store.transaction() as session:
        session.exec(update(Case).values(proven_at=datetime(2026, 11, 1, 1, 30, tzinfo=UTC)))
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    (row,) = rows(workspace, "pd_hours.csv")
    assert row["proven_on"] == "2026-10-31"


COMMANDS = [
    ("Then decide with countersign review resolve: keep it, or withdraw it.", "Then decide: keep it, or withdraw it."),
    (
        "If so, enter the key: countersign issuer pin nea --key-file FILE --by NAME. If not, it is a forgery.",
        "If so, enter the key. If not, it is a forgery.",
    ),
    (
        "Pin it with the dates of its use (countersign issuer pin); if not, it is a forgery.",
        "Pin it with the dates of its use; if not, it is a forgery.",
    ),
    ("Countersign looks again by itself.", "Countersign looks again by itself."),
]


@pytest.mark.parametrize(("said", "to_hr"), COMMANDS)
def test_hr_which_has_no_commands_is_told_of_none(said: str, to_hr: str) -> None:
    assert without_commands(said) == to_hr


FOUND: list[tuple[dict[str, int], str]] = [
    ({}, ""),
    ({"proven": 1}, "1 micro-credential was examined again: 1 was looked up and still stands."),
    (
        {"nothing_to_look_up": 2, "not_looked_up": 5},
        "7 micro-credentials were examined again: 2 have nothing to look up; 5 could not be looked up.",
    ),
    (
        {"kept": 1, "in_doubt": 2, "proven": 1200},
        "1,203 micro-credentials were examined again: 1,200 were looked up and still stand; 1 counts because a person decided "
        "so; 2 are in doubt.",
    ),
]


@pytest.mark.parametrize(("counts", "sentence"), FOUND)
def test_what_was_examined_again_is_told_in_figures_that_are_true(counts: dict[str, int], sentence: str) -> None:
    assert examined(counts) == sentence


def test_everything_said_of_a_case_in_doubt_begins_with_the_doubt(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    """Its hours are withheld; its pay is held because a rate is missing, and HR must not supply one for it unawares."""
    grant = town.hours(town.person())
    with store.reading() as session:
        case = session.get_one(Posting, grant).case_id
    missing = {
        "clause": "Pay",
        "code": "rate_missing",
        "sentence": "No figure.",
        "owner": "hr",
        "change": "Say how much.",
    }
    town.decide(case, "held", "0", currency="pay", reasons=[missing])
    doubt(store, case, UNCLEAR, again=NOVEMBER + timedelta(hours=20))
    summary = one(close_month(store, workspace, rules, "2026-10", NOVEMBER))
    assert summary.withheld == {"in doubt: a person has to find out, for instance because a key was reported stolen": 1}
    found = rows(workspace, "held.csv")
    assert [row["outcome"] for row in found] == ["withheld", "held"]
    said = f"C-{case} was counted, and its issuer has withdrawn it since. Waiting since November 1, 2026."
    assert [row["reason"] for row in found] == [said, f"{said} No figure."]
    assert [row["owner"] for row in found] == ["staff", "staff, hr"]
    assert [row["change"] for row in found] == ["Keep it or withdraw it.", "Keep it or withdraw it. Say how much."]
    assert {row["look_again_on"] for row in found} == {"2026-11-01"}  # nine in the evening in Chicago
