"""A month is closed: what is refused before anything is looked up, and what staff and HR are told of what was found."""

import pytest
from sqlmodel import select

from flows.monthly import monthly
from flows.nightly import nightly
from models.tables import Case
from sample.issuers import Award
from sample.make_evening import PRIYA
from tests.flows.conftest import Demo
from tests.flows.test_before_payment import (
    FIRST,
    TITLE,
    At,
    at,
    case_of,
    decide,
    evening,
    items,
    night,
    on,
    revoke,
    rows,
    run,
    send,
)
from tests.flows.test_evening import everything

__all__ = ["at", "evening", "night"]


@pytest.mark.parametrize("october", ["withheld", "delivered"])
def test_after_a_withdrawal_hr_reads_the_same_count_of_the_year_as_staff_and_the_educator(
    october: str, night: Demo, prefect: None, at: At
) -> None:
    """Priya's first of six is withdrawn: the other five are numbers one to five, whose lines in the ledger stay as they are."""
    at(on(11, 23))
    if october == "delivered":
        monthly(night.root, "2026-10")
    revoke(night, FIRST)
    if october == "withheld":
        monthly(night.root, "2026-10")
    else:
        send(night, "41-again.eml", Award(FIRST, PRIYA.addr_spec, TITLE, "2026-09-12T15:00:00Z"), PRIYA)
        nightly(night.root)
    assert decide(night, "--withdraw").exit_code == 0
    nightly(night.root)
    at(on(12, 2))
    monthly(night.root, "2026-11")
    paid = [r for r in rows(night, "2026-11", "compensation.csv") if r["name"] == "Priya Raman"]
    for number, row in enumerate(sorted(paid, key=lambda r: int(r["cap_after"])), 1):
        assert (row["cap_before"], row["cap_after"]) == (str(number - 1), str(number))
        assert f"number {number} of at most 5" in row["reason"]
        assert f"number {number} of at most 5" in " ".join(run(night, "explain", row["case"]).stdout.split())
    assert len(paid) == 5


def test_a_month_that_is_not_over_is_refused_before_anything_is_looked_up(night: Demo, at: At) -> None:
    revoke(night, FIRST)
    at(on(11, 23))
    before = everything(night)
    ended = run(night, "monthly", "2026-11")
    assert ended.exit_code == 2
    assert "November 2026 is not over yet" in ended.stderr
    assert items(night) == []
    assert everything(night) == before


@pytest.mark.parametrize("month", ["", "foo"])
def test_what_is_no_month_closes_none(night: Demo, at: At, month: str) -> None:
    at(on(12, 2))
    ended = run(night, "monthly", month)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"{month!r} is not a month" in ended.stderr
    assert not (night.workspace.outbox / "hr").exists()


def test_a_doubt_about_what_no_package_pays_for_is_told_by_the_run_that_finds_it(night: Demo, at: At) -> None:
    """Maya's hours are for her license: her case is in no district's package."""
    revoke(night, 1)
    at(on(12, 2))
    ended = run(night, "monthly", "2026-11")
    assert ended.exit_code == 1
    (item,) = items(night)
    said = f"New in the review queue: {item.id} (C-{case_of(night, 1)}) (countersign review)"
    assert said in " ".join(ended.stdout.split())
    assert "New in the review queue" not in run(night, "monthly", "2026-11").stdout
    with night.store.reading() as session:
        assert session.exec(select(Case.state).where(Case.id == case_of(night, 1))).one() == "matched"
