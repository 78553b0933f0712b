"""The roster import: what the file says becomes what is known, all of it or nothing."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlmodel import select

from countersign.errors import FileProblem, UsageError
from countersign.matching import fields, import_roster
from countersign.store import Store
from models.tables import Address, AuditEntry, Educator, Employment, FormerName, Membership
from tests.matching.rosters import COLUMNS, MAYA, OWEN, addresses, write


def count(store: Store, table: type[Any]) -> int:
    with store.reading() as session:
        return len(session.exec(select(table)).all())


def test_a_roster_is_added_and_importing_it_twice_changes_nothing(
    any_store: Store, tmp_path: Path, now: datetime
) -> None:
    path = write(tmp_path / "roster.csv", MAYA, OWEN)
    first = import_roster(any_store, path, now, "staff")
    assert (first.rows, first.added, first.changed, first.unchanged) == (2, 2, 0, 0)
    again = import_roster(any_store, path, now, "staff")
    assert (again.added, again.changed, again.unchanged, again.fields) == (0, 0, 2, {})
    assert addresses(any_store, "VT-1") == ["maya.fontaine@district.example", "MayaF@Home.example", "maya@old.example"]
    with any_store.reading() as session:
        work = session.exec(select(Employment).where(Employment.district == "Maple Union SD")).one()
        assert (work.employee_id, work.fte, work.starts, work.ends) == ("30071", Decimal(1), date(2015, 8, 20), None)
        assert session.exec(select(Membership)).one().starts == date(2015, 9, 1)
        assert session.exec(select(FormerName.name)).one() == "Owen Reyes"
        assert [e.action for e in session.exec(select(AuditEntry))] == ["roster imported"]


def test_a_dry_run_counts_the_same_and_changes_nothing(store: Store, tmp_path: Path, now: datetime) -> None:
    import_roster(store, write(tmp_path / "a.csv", MAYA), now, "staff")
    path = write(tmp_path / "b.csv", MAYA | {"family_name": "Fontaine-Okafor", "email": "m@new.example"}, OWEN)
    dry = import_roster(store, path, now, "staff", dry_run=True)
    assert addresses(store, "VT-1")[0] == "maya.fontaine@district.example"
    assert count(store, Educator) == 1
    real = import_roster(store, path, now, "staff")
    assert (
        (dry.added, dry.changed, dry.fields)
        == (real.added, real.changed, real.fields)
        == (1, 1, {"addresses": 1, "name": 1})
    )
    assert "would be added" in str(dry)
    assert "dry run" in str(dry)


def test_several_rows_of_one_member_are_several_employments_wherever_they_stand(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    second = MAYA | {
        "district": "North Hollow SD",
        "employee_id": "9",
        "employed_from": "2024-08-20",
        "member_from": "2024-09-01",
    }
    change = import_roster(store, write(tmp_path / "r.csv", MAYA, OWEN, second), now, "staff")
    assert (change.rows, change.added) == (3, 2)
    assert count(store, Employment) == 3
    assert count(store, Membership) == 2


def test_the_names_of_columns_are_read_with_case_spaces_and_american_spelling(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "\ufeffMember Number;GIVEN NAME;familyName;E-mail;License State;Shoe size\n1;Maya;Fontaine;m@x.example;VT;38\n",
        encoding="utf-8",
    )
    change = import_roster(store, path, now, "staff")
    assert change.ignored_columns == ("Shoe size",)
    with store.reading() as session:
        assert session.exec(select(Educator.licence_state)).one() == "VT"


def test_a_workbook_gives_the_same_as_the_csv(store: Store, tmp_path: Path, now: datetime) -> None:
    import_roster(
        store, write(tmp_path / "r.csv", MAYA | {"member_number": "1234", "employee_id": "00071"}), now, "staff"
    )
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([c.replace("_", " ").title() for c in COLUMNS])
    row: dict[str, Any] = MAYA | {
        "member_number": 1234.0,
        "employee_id": 71,
        "member_from": datetime(2015, 9, 1),  # noqa: DTZ001  (workbooks know no zones)
        "employed_from": date(2015, 8, 20),
        "fte": 1,
    }
    sheet.append([row.get(c) for c in COLUMNS])
    sheet.cell(2, COLUMNS.index("employee_id") + 1).number_format = "00000"
    book.create_sheet("Notes")
    book.save(tmp_path / "r.xlsx")
    change = import_roster(store, tmp_path / "r.xlsx", now, "staff")
    assert (change.added, change.changed, change.unchanged) == (0, 0, 1), change.fields
    assert "Only the first sheet" in str(change)


def test_educators_employments_and_columns_that_are_not_in_the_file_are_left_alone(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    import_roster(store, write(tmp_path / "a.csv", MAYA, OWEN), now, "staff")
    columns = ["member_number", "given_name", "family_name", "email"]
    change = import_roster(store, write(tmp_path / "b.csv", MAYA, columns=columns), now, "staff")
    assert (change.changed, change.unchanged, change.absent) == (0, 1, 1)
    assert len(addresses(store, "VT-1")) == 3
    assert count(store, Employment) == 2
    assert "On the roster and not in the file, left alone: 1." in str(change)


def test_without_other_emails_a_new_primary_address_keeps_the_old_one_known(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    import_roster(store, write(tmp_path / "a.csv", MAYA), now, "staff")
    columns = ["member_number", "given_name", "family_name", "email"]
    change = import_roster(
        store, write(tmp_path / "b.csv", MAYA | {"email": "new@x.example"}, columns=columns), now, "staff"
    )
    assert change.fields == {"addresses": 1}
    assert addresses(store, "VT-1")[:2] == ["new@x.example", "maya.fontaine@district.example"]
    # With the column, the list is exactly what it says.
    import_roster(store, write(tmp_path / "c.csv", MAYA | {"other_emails": ""}), now, "staff")
    assert addresses(store, "VT-1") == ["maya.fontaine@district.example"]


def test_a_changed_name_becomes_a_former_name(store: Store, tmp_path: Path, now: datetime) -> None:
    import_roster(store, write(tmp_path / "a.csv", MAYA), now, "staff")
    change = import_roster(store, write(tmp_path / "b.csv", MAYA | {"family_name": "Okafor"}), now, "staff")
    assert change.fields == {"name": 1}
    with store.reading() as session:
        assert session.exec(select(FormerName.name)).one() == "Maya Fontaine"


BAD = {
    "bad date": ({"member_from": "2015-13-01"}, "line 2: .*no day of the calendar"),
    "date of words": ({"employed_from": "last fall"}, "is not a date; write it as 2024-07-01"),
    "ends before it starts": ({"employed_until": "2014-01-01"}, "employed_until 2014-01-01 is before"),
    "end without start": (
        {"member_from": "", "member_until": "2020-01-01"},
        "member_until is given without member_from",
    ),
    "bad e-mail": ({"email": "maya at home"}, '"maya at home" is not an e-mail address'),
    "bad other e-mail": ({"other_emails": "a@b.example; nobody"}, '"nobody" is not an e-mail address'),
    "header injection": ({"email": "a@b.example\r\nBcc: c@d.example"}, "is not an e-mail address"),
    "empty name": ({"given_name": ""}, "given_name is empty"),
    "empty number": ({"member_number": ""}, "member_number is empty"),
    "spoiled number": ({"member_number": "1234.0"}, "a program has reformatted"),
    "spoiled employee id": ({"employee_id": "1.08812E+05"}, "a program has reformatted"),
    "fte out of range": ({"fte": "80"}, "not between 0 and 2"),
    "fte of words": ({"fte": "full"}, "is not a number"),
    "fte of a program": ({"fte": "1_0e-1"}, "is not a number"),
    "half an employment": ({"employee_id": ""}, "employee_id is empty although the row speaks of an employment"),
    "social security number": ({"employee_id": "078-05-1120"}, "looks like a social security number"),
    "other e-mails only": ({"email": ""}, "nobody can say where mail goes"),
    "invisible character": ({"family_name": "Fon\u200btaine"}, "invisible character"),
}


@pytest.mark.parametrize("defect", BAD)
def test_a_bad_row_is_an_error_with_its_line_and_nothing_changes(
    store: Store, tmp_path: Path, now: datetime, defect: str
) -> None:
    change, sentence = BAD[defect]
    with pytest.raises(FileProblem, match=sentence) as caught:
        import_roster(store, write(tmp_path / "roster.csv", MAYA | change, OWEN), now, "staff")
    assert caught.value.exit_code == 2
    assert "roster.csv" in str(caught.value)
    assert count(store, Educator) == count(store, Address) == count(store, AuditEntry) == 0


def test_every_problem_of_a_file_is_listed(store: Store, tmp_path: Path, now: datetime) -> None:
    path = write(tmp_path / "r.csv", MAYA | {"email": "x"}, OWEN | {"employed_from": "x"})
    with pytest.raises(FileProblem) as caught:
        import_roster(store, path, now, "staff")
    text = str(caught.value)
    assert "r.csv, line 2" in text
    assert "r.csv, line 3" in text
    assert "nothing was changed" in text


def test_a_missing_column_is_named(store: Store, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(FileProblem, match="the column family_name is missing"):
        import_roster(store, write(tmp_path / "r.csv", columns=["member_number", "given_name", "email"]), now, "staff")
    with pytest.raises(FileProblem, match="the column employed_from is missing"):
        columns = ["member_number", "given_name", "family_name", "email", "district", "employee_id"]
        import_roster(store, write(tmp_path / "r.csv", columns=columns), now, "staff")


@pytest.mark.parametrize(
    "header", ["SSN", "Social Security #", "Date of Birth", "birthDate", "DOB", "ssn_last4", "Birth Year"]
)
def test_a_column_countersign_must_not_hold_is_refused(
    store: Store, tmp_path: Path, now: datetime, header: str
) -> None:
    with pytest.raises(FileProblem, match=r"must not hold\. Remove it"):
        import_roster(store, write(tmp_path / "r.csv", MAYA, columns=[*COLUMNS, header]), now, "staff")


def test_a_column_that_only_sounds_like_it_is_not_refused(store: Store, tmp_path: Path, now: datetime) -> None:
    change = import_roster(store, write(tmp_path / "r.csv", MAYA, columns=[*COLUMNS, "Class name"]), now, "staff")
    assert change.ignored_columns == ("Class name",)


def test_an_employee_id_of_two_educators_is_refused_within_the_file(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    twin = OWEN | {"district": MAYA["district"], "employee_id": MAYA["employee_id"]}
    with pytest.raises(FileProblem, match="line 3: employee id 30071 of Maple Union SD is given to two educators"):
        import_roster(store, write(tmp_path / "r.csv", MAYA, twin), now, "staff")


def test_an_employee_id_of_somebody_on_the_roster_is_refused_unless_the_file_corrects_both(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    import_roster(store, write(tmp_path / "a.csv", MAYA), now, "staff")
    twin = OWEN | {"district": MAYA["district"], "employee_id": MAYA["employee_id"]}
    with pytest.raises(FileProblem, match="belongs to member VT-1 on the roster already"):
        import_roster(store, write(tmp_path / "b.csv", twin), now, "staff")
    change = import_roster(store, write(tmp_path / "c.csv", twin, MAYA | {"employee_id": "1"}), now, "staff")
    assert (change.added, change.fields) == (1, {"employments": 1})


def test_two_names_for_one_member_number_are_refused(store: Store, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(FileProblem, match=r"line 3: member VT-1 has another name here \(Ada Fontaine\) than on line 2"):
        import_roster(store, write(tmp_path / "r.csv", MAYA, MAYA | {"given_name": "Ada"}), now, "staff")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "r.csv", "is empty"),
        (b"PK\x03\x04junk", "r.csv", "looks like a workbook"),
        (b"PK\x03\x04junk", "r.xlsx", "cannot be read as an XLSX workbook"),
        (b"\xff\xfem\x00", "r.csv", "UTF-16"),
        (b"member_number,given_name,family_name,email\n1,Ren\xe9,X,a@b.example\n", "r.csv", "not UTF-8"),
        (b'member_number,given_name,family_name,email\n1,"Maya,X,a@b.example\n', "r.csv", "not CSV"),
        (b"member_number,given_name,family_name,email\n1,M,X,a@b.example,9\n", "r.csv", "more cells"),
        (b"member_number,given_name,family_name,email,EMAIL\n", "r.csv", "column email is there twice"),
        (b"member_number", "r.pdf", "neither CSV nor XLSX"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence(
    store: Store, tmp_path: Path, now: datetime, content: bytes, name: str, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        import_roster(store, tmp_path / name, now, "staff")
    assert count(store, Educator) == 0


def test_a_file_that_is_not_there_is_wrong_usage(store: Store, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        import_roster(store, tmp_path / "none.csv", now, "staff")


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31)))
def test_a_day_reads_the_same_in_every_accepted_form(day: date) -> None:
    american = f"{day.month}/{day.day}/{day.year}"
    assert fields.as_date(day.isoformat()) == fields.as_date(f"{day} 00:00:00") == fields.as_date(american) == day


@given(st.text(max_size=40))
def test_whatever_stands_in_a_cell_is_a_value_or_a_value_error(text: str) -> None:
    checks: list[Callable[[str], object]] = [fields.as_date, fields.as_email, fields.as_fte]
    for check in checks:
        try:
            check(text)
        except ValueError as error:
            assert str(error)  # noqa: PT017  (either outcome is right)


def test_bands_bargaining_units_and_the_license_are_read_and_corrected(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    known = MAYA | {
        "licence_level": "Level I",
        "licence_from": "7/1/2024",
        "licence_until": "2027-06-30",
        "band": "5",
        "bargaining_unit": "Teachers",
    }
    import_roster(store, write(tmp_path / "a.csv", known), now, "staff")
    with store.reading() as session:
        person, work = session.exec(select(Educator)).one(), session.exec(select(Employment)).one()
        assert (person.licence_level, person.licence_from, person.licence_until) == (
            "Level I",
            date(2024, 7, 1),
            date(2027, 6, 30),
        )
        assert (work.band, work.bargaining_unit) == ("5", "Teachers")
    assert import_roster(store, write(tmp_path / "b.csv", known), now, "staff").unchanged == 1
    change = import_roster(store, write(tmp_path / "c.csv", known | {"band": "6", "licence_level": "II"}), now, "staff")
    assert change.fields == {"employments": 1, "license": 1}


def test_a_roster_without_the_new_columns_leaves_what_is_known_of_them(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    import_roster(store, write(tmp_path / "a.csv", MAYA | {"band": "5", "licence_level": "I"}), now, "staff")
    path = tmp_path / "old.csv"
    path.write_text(
        "member_number,given_name,family_name,email,district,employee_id,employed_from\n"
        "VT-1,Maya,Fontaine,maya.fontaine@district.example,Maple Union SD,30071,2015-08-20\n",
        encoding="utf-8",
    )
    assert import_roster(store, path, now, "staff").unchanged == 1
    with store.reading() as session:
        assert session.exec(select(Employment.band)).one() == "5"
        assert session.exec(select(Educator.licence_level)).one() == "I"


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"licence_until": "2027-06-30"}, "licence_until is given without licence_from"),
        ({"licence_from": "2027-07-01", "licence_until": "2027-06-30"}, "licence_until 2027-06-30 is before licence_from"),
        ({"licence_from": "soon"}, '"soon" is not a date'),
        ({"band": "x" * 201}, "band has 201 characters"),
    ],
)  # fmt: skip
def test_a_bad_license_or_band_is_an_error_with_its_line(
    store: Store, tmp_path: Path, now: datetime, cells: dict[str, str], sentence: str
) -> None:
    with pytest.raises(FileProblem, match=sentence):
        import_roster(store, write(tmp_path / "a.csv", MAYA | cells), now, "staff")
