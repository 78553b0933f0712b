"""Which months can be closed, when, in what order, and for which districts."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from countersign.errors import CountersignError, UsageError
from countersign.reporting import PackagesIncomplete, cases_granted_in, close_month, districts_for, months_due
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import AuditEntry
from models.words import Recheck
from tests.reporting.outcome import DECEMBER, NOVEMBER, one, packages
from tests.reporting.town import Town, agreement


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "nov", "2026-1", "", "2026-10-01", " 2026-10", "２０２６-10", "0000-01"]
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_not_a_month_is_refused_with_an_example(
    store: Store, workspace: Workspace, rules: list[Rules], month: str, dry_run: bool
) -> None:
    with pytest.raises(UsageError, match=r"is not a month. Write the year and the month, such as 2026-10"):
        close_month(store, workspace, rules, month, NOVEMBER, dry_run)


@pytest.mark.parametrize(
    ("month", "now", "day"),
    [
        (
            "2026-10",
            datetime(2026, 11, 1, 4, 59, 59, tzinfo=UTC),
            "2026-11-01",
        ),  # one second before midnight in Chicago
        ("2026-11", NOVEMBER, "2026-12-01"),
        ("2031-01", NOVEMBER, "2031-02-01"),
    ],
)
def test_a_month_that_is_not_over_in_the_district_cannot_be_closed(
    store: Store, workspace: Workspace, rules: list[Rules], month: str, now: datetime, day: str
) -> None:
    with pytest.raises(UsageError, match=f"is not over yet for CUSD 200 .America/Chicago.. Close it on {day} or later"):
        close_month(store, workspace, rules, month, now)
    assert packages(store) == []


def test_a_month_can_be_closed_from_the_first_second_after_it(
    store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    assert close_month(store, workspace, rules, "2026-10", datetime(2026, 11, 1, 5, tzinfo=UTC))


def test_a_dry_run_shows_the_figures_even_of_the_present_month_and_writes_nothing(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    town.hours(town.person())
    summary = one(close_month(store, workspace, rules, "2026-10", datetime(2026, 10, 2, tzinfo=UTC), dry_run=True))
    assert (summary.lines, summary.hours, summary.already_closed) == (1, 8, False)
    assert packages(store) == []
    assert list(workspace.outbox.iterdir()) == []


def test_a_month_skipped_cannot_be_closed_after_a_later_one(
    store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    for month, now in (("2026-09", NOVEMBER), ("2026-11", DECEMBER)):
        close_month(store, workspace, rules, month, now)
    with pytest.raises(PackagesIncomplete, match="November 2026 is closed already, so October 2026") as caught:
        close_month(store, workspace, rules, "2026-10", DECEMBER)
    assert caught.value.exit_code == 2


def test_a_month_before_every_first_package_is_refused(store: Store, workspace: Workspace, rules: list[Rules]) -> None:
    close_month(store, workspace, rules, "2026-10", NOVEMBER)
    with pytest.raises(UsageError, match="September 2026 lies before the first package of every district"):
        close_month(store, workspace, rules, "2026-09", NOVEMBER)


def test_a_district_that_came_later_has_no_part_in_earlier_months(
    store: Store, workspace: Workspace, rules: list[Rules]
) -> None:
    close_month(store, workspace, rules, "2026-09", NOVEMBER)
    both = [*rules, agreement("aurora", "Aurora Schools")]
    assert len(close_month(store, workspace, both, "2026-10", NOVEMBER)) == 2
    again = one(close_month(store, workspace, both, "2026-09", NOVEMBER))
    assert (again.district, again.already_closed) == ("CUSD 200", True)


def test_every_month_that_is_over_and_not_closed_is_due(
    store: Store, workspace: Workspace, town: Town, rules: list[Rules]
) -> None:
    assert months_due(store, rules, NOVEMBER) == ["2026-10"]
    avery = town.person()
    town.hours(avery, pay_month="2026-08")
    town.hours(avery, pay_month="2026-11")
    assert months_due(store, rules, NOVEMBER) == ["2026-08", "2026-09", "2026-10"]
    for month in months_due(store, rules, NOVEMBER):
        close_month(store, workspace, rules, month, NOVEMBER)
    assert months_due(store, rules, NOVEMBER) == []
    assert months_due(store, rules, datetime(2027, 2, 1, 5, 59, tzinfo=UTC)) == ["2026-11", "2026-12"]
    both = [*rules, agreement("aurora", "Aurora Schools")]
    assert months_due(store, both, NOVEMBER) == ["2026-10"]
    assert months_due(store, [], NOVEMBER) == []


def test_without_a_district_every_month_since_the_first_grant_is_looked_through_once(
    any_store: Store, workspace: Workspace
) -> None:
    """The town grants in September. A certificate for a license alone rests on it, and no package ever closes its month."""
    rules, town = [agreement("vt", None)], Town(any_store)
    assert months_due(any_store, rules, NOVEMBER) == []
    town.post(town.decide(town.case(town.person()), agreement="vt", recognizer="Vermont"), pay_month="")
    assert months_due(any_store, rules, datetime(2026, 10, 1, 4, 59, tzinfo=UTC)) == []  # still September in Chicago
    assert months_due(any_store, rules, NOVEMBER) == ["2026-09", "2026-10"]
    assert cases_granted_in(any_store, rules, "2026-09") == [1]
    close_month(any_store, workspace, rules, "2026-09", NOVEMBER)  # nothing was looked up, so nothing is done
    close_month(any_store, workspace, rules, "2026-09", NOVEMBER, dry_run=True, rechecked={1: Recheck.proven})
    assert months_due(any_store, rules, NOVEMBER) == ["2026-09", "2026-10"]
    for _ in range(2):
        assert close_month(any_store, workspace, rules, "2026-09", NOVEMBER, rechecked={1: Recheck.proven}) == []
    assert months_due(any_store, rules, NOVEMBER) == ["2026-10"]
    assert cases_granted_in(any_store, rules, "2026-09") == []
    with any_store.reading() as session:
        (entry,) = session.exec(select(AuditEntry)).all()
    assert (entry.action, entry.subject, entry.detail["looked_up"]) == ("month looked through", "month:2026-09", 1)
    assert months_due(any_store, rules, datetime(2028, 3, 2, tzinfo=UTC))[0] == "2027-03"  # at most a year back


def test_without_a_district_a_month_that_is_not_over_is_not_done(store: Store, workspace: Workspace) -> None:
    rules, early = [agreement("vt", None)], datetime(2026, 11, 1, 4, 59, tzinfo=UTC)
    with pytest.raises(UsageError, match=r"October 2026 is not over yet \(America/Chicago\). Repeat on 2026-11-01"):
        close_month(store, workspace, rules, "2026-10", early, rechecked={})


def test_lines_of_long_ago_do_not_make_years_of_packages_due(store: Store, town: Town, rules: list[Rules]) -> None:
    town.hours(town.person(), pay_month="2023-09")
    assert months_due(store, rules, NOVEMBER)[0] == "2025-11"


def test_every_employer_of_an_agreement_is_a_district_even_without_lines(store: Store) -> None:
    rules = [agreement(), agreement("aurora", "Aurora Schools"), agreement("vt", None)]
    assert districts_for(store, rules, "2026-10") == ["Aurora Schools", "CUSD 200"]


def test_lines_whose_agreement_is_gone_are_not_left_out_unseen(store: Store, workspace: Workspace, town: Town) -> None:
    town.hours(town.person())
    assert districts_for(store, [], "2026-10") == ["CUSD 200"]
    assert districts_for(store, [], "2026-09") == []
    with pytest.raises(
        CountersignError,
        match=r"CUSD 200: 1 ledger line under cu, and cu is not among the agreements. Put its file back",
    ):
        close_month(store, workspace, [], "2026-10", NOVEMBER)


def test_lines_of_an_agreement_without_an_employer_say_what_it_lacks(
    store: Store, workspace: Workspace, town: Town
) -> None:
    town.post(town.decide(town.case(town.person()), agreement="vt", recognizer="Vermont"))
    with pytest.raises(CountersignError, match=r"to be paid under vt, which names no employer. Add employer"):
        close_month(store, workspace, [agreement("vt", None)], "2026-10", NOVEMBER)


def test_versions_of_one_agreement_for_two_employers_are_refused(store: Store) -> None:
    rules = [agreement(), agreement("cu", "Aurora Schools", sha256="f" * 64)]
    with pytest.raises(UsageError, match="name different employers: Aurora Schools, CUSD 200"):
        districts_for(store, rules, "2026-10")
