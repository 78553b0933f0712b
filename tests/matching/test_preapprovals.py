"""The district's pre-approvals: by member number, employee id or address; all of them or none."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from countersign.errors import FileProblem, UsageError
from countersign.matching import import_preapprovals
from countersign.store import Store
from models.tables import PreApproval
from tests.matching.rosters import MAYA, OWEN, enrol


@pytest.fixture
def roster(store: Store, tmp_path: Path, now: datetime) -> Store:
    enrol(store, tmp_path, now, MAYA, OWEN)
    return store


def form(folder: Path, *lines: str, header: str = "Member Number,Employee ID,Email,Title,Approved on") -> Path:
    path = folder / "forms.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_a_row_names_the_educator_in_one_of_three_ways(roster: Store, tmp_path: Path, now: datetime) -> None:
    path = form(
        tmp_path,
        "IL-2,,,Learning Loops,2026-01-05",
        ",108812,,Exit Tickets,1/6/2026",
        ",,OWEN@cusd.example,Peer Review,2026-01-07",
    )
    change = import_preapprovals(roster, path, "CUSD 200", now, "staff")
    assert (change.rows, change.added) == (3, 3)
    assert import_preapprovals(roster, path, "CUSD 200", now, "staff").unchanged == 3
    with roster.reading() as session:
        rows = session.exec(select(PreApproval).order_by(PreApproval.title)).all()
        assert [(r.title, r.approved_on, r.recorded_by) for r in rows] == [
            ("Exit Tickets", date(2026, 1, 6), "staff"),
            ("Learning Loops", date(2026, 1, 5), "staff"),
            ("Peer Review", date(2026, 1, 7), "staff"),
        ]
        assert len({r.educator_id for r in rows}) == 1


def test_a_dry_run_changes_nothing(roster: Store, tmp_path: Path, now: datetime) -> None:
    change = import_preapprovals(roster, form(tmp_path, "IL-2,,,A,2026-01-05"), "CUSD 200", now, "staff", dry_run=True)
    assert change.added == 1
    with roster.reading() as session:
        assert session.exec(select(PreApproval)).all() == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("IL-9,,,A,2026-01-05", "line 2: nobody on the roster has the member number IL-9"),
        (",30071,,A,2026-01-05", "nobody on the roster has the employee id 30071 of CUSD 200"),
        (",,x@y.example,A,2026-01-05", "nobody on the roster has the e-mail address"),
        (",,,A,2026-01-05", "none of member_number, employee_id, email says whose it is"),
        ("IL-2,,,,2026-01-05", "title is empty"),
        ("IL-2,,,A,", "approved_on is empty"),
        ("IL-2,,,A,soon", '"soon" is not a date'),
        ("IL-2,,,A,2027-01-01", "lies in the future"),
        ("IL-2,,,A,2026-01-05\nIL-2,,,A,2026-01-06", "line 3: .*on another day for the same educator on line 2"),
    ],
)
def test_a_bad_row_is_an_error_with_its_line(
    roster: Store, tmp_path: Path, now: datetime, line: str, sentence: str
) -> None:
    with pytest.raises(FileProblem, match=sentence):
        import_preapprovals(roster, form(tmp_path, line), "CUSD 200", now, "staff")


def test_somebody_must_be_named_by_some_column(roster: Store, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(FileProblem, match="none of the columns"):
        import_preapprovals(roster, form(tmp_path, header="Title,Approved on"), "CUSD 200", now, "staff")
    with pytest.raises(UsageError, match="need the recognizer"):
        import_preapprovals(roster, form(tmp_path), " ", now, "staff")
