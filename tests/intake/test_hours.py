"""Logs of hours: summed exactly by stated rules, or not at all."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.intake import LogOfHours, unpack
from countersign.intake.findings import Findings
from countersign.intake.hours import read_log
from tests.intake.makers import attach, mail, pdf, png, xlsx


def csv_log(text: str, name: str = "log.csv") -> LogOfHours:
    found = read_log(text.encode(), name, Findings().may, is_workbook=False, is_named_log=True)
    assert found is not None
    return found


def test_a_csv_log_is_summed_exactly() -> None:
    log = csv_log("Date,Activity,Hours\n2026-09-01,Reading,0.1\n2026-09-02,Lesson,0.2\n")
    assert (log.hours, log.problem) == (Decimal("0.3"), "")


@pytest.mark.parametrize(
    "header",
    [
        "Date,Hours",
        "DATE,HRS",
        "Date of work,Time spent (hours)",
        "date,Hours worked",
        "Dates,Number of hours",
        "Day,Duration (hrs)",
    ],
)
def test_header_names_are_read_tolerantly(header: str) -> None:
    assert csv_log(f"{header}\n2026-09-01,2\n").hours == 2


@pytest.mark.parametrize(
    "day", ["2026-09-01", "9/1/2026", "09/01/26", "September 1, 2026", "Sep 1 2026", "1 September 2026"]
)
def test_dates_as_people_write_them(day: str) -> None:
    assert csv_log(f"Date;Hours\n{day};1.5 hrs\n").hours == Decimal("1.5")


def test_a_workbook_log_is_summed_and_names_its_micro_credential() -> None:
    content = xlsx(
        ("Micro-credential:", "Teaching Climate"),
        (),
        ("Date", "What", "Hours"),
        (datetime(2026, 9, 1), "Reading", 3.5),  # noqa: DTZ001  a cell of a workbook has no time zone
        (datetime(2026, 9, 2), "Lesson", 3),  # noqa: DTZ001
        ("Total", None, 6.5),
    )
    found = unpack(attach(mail(), content, "hours.xlsx").as_bytes(), "m.eml")
    assert [(log.name, log.hours, log.title, log.problem) for log in found.logs] == [
        ("hours.xlsx", Decimal("6.5"), "Teaching Climate", "")
    ]


def test_a_column_can_name_the_micro_credential() -> None:
    assert (
        csv_log("Date,Micro-credential,Hours\n2026-09-01,Teaching Climate,2\n2026-09-02,,1\n").title
        == "Teaching Climate"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "Date,Hours\n2026-09-01,2\n2026-09-02,soon\n",
            'log.csv has "soon" for hours in row 3; a number such as 1.5 is needed.',
        ),
        ("Date,Hours\n2026-09-01,1:30\n", 'log.csv has "1:30" for hours in row 2; a number such as 1.5 is needed.'),
        ('Date,Hours\n2026-09-01,"1,5"\n', 'log.csv has "1,5" for hours in row 2; a number such as 1.5 is needed.'),
        ("Date,Hours\n2026-09-01,-2\n", 'log.csv has "-2" for hours in row 2; a number such as 1.5 is needed.'),
        ("Date,Hours\n2026-09-01,0\n", "log.csv has 0 hours in row 2; hours are above 0."),
        ("Date,Hours\n2026-09-01,25\n", "log.csv has 25 hours in row 2; a day has 24."),
        ("Date,Hours\n2026-09-01,13\n9/1/2026,12\n", "log.csv has more than 24 hours on 2026-09-01, reached in row 3."),
        ("Date,Hours\n2026-09-01,\n", "log.csv has no hours in row 2."),
        ("Date,Hours\n,2\n", "log.csv has no date in row 2."),
        (
            "Date,Hours\nlast week,2\n",
            'log.csv has "last week" for a date in row 2; a date such as 10/01/2026 or 2026-10-01 is needed.',
        ),
        (
            "Date,Hours\n2026-02-30,2\n",
            'log.csv has "2026-02-30" for a date in row 2; a date such as 10/01/2026 or 2026-10-01 is needed.',
        ),
        ("Date,Hours\n2026-09-01,2\nTotal,3\n", "log.csv says a total of 3 hours, and its rows add up to 2."),
        ("Date,Hours\n", "log.csv has no rows with hours."),
        ("When,What\n2026-09-01,x\n", 'log.csv has no row with the column titles "Date" and "Hours".'),
        (
            "Date,Title,Micro-credential,Hours\n2026-09-01,,A,2\n2026-09-02,,B,2\n",
            "log.csv names 2 micro-credentials; each needs a log of its own.",
        ),
        ("Date,Hours\n" + "2026-09-01,0.001\n" * 2001, "log.csv has more than 2,000 rows."),
        (
            "Date,Hours\n2026-09-01,0.00001\n",
            'log.csv has "0.00001" for hours in row 2; a number such as 1.5 is needed.',
        ),
    ],
)
def test_a_broken_rule_is_said_with_its_row_and_nothing_is_summed(text: str, sentence: str) -> None:
    log = csv_log(text)
    assert (log.hours, log.problem) == (None, sentence)


def test_a_time_of_day_in_a_workbook_is_no_number_of_hours() -> None:
    found = read_log(
        xlsx(("Date", "Hours"), ("2026-09-01", time(1, 30))),
        "log.xlsx",
        Findings().may,
        is_workbook=True,
        is_named_log=True,
    )
    assert found is not None
    assert 'has "01:30:00" for hours in row 2' in found.problem


def test_a_formula_without_a_value_is_not_computed() -> None:
    found = read_log(
        xlsx(("Date", "Hours"), ("2026-09-01", "=1+1")), "log.xlsx", Findings().may, is_workbook=True, is_named_log=True
    )
    assert found is not None
    assert found.problem == "log.xlsx has no hours in row 2."


def test_a_damaged_workbook_and_one_that_unpacks_to_too_much() -> None:
    content = xlsx(("Date", "Hours"), ("2026-09-01", 2))
    for damaged in (content[: len(content) // 2], content[:400] + bytes(200) + content[600:]):
        found = read_log(damaged, "log.xlsx", Findings().may, is_workbook=True, is_named_log=True)
        assert found is not None
        assert found.hours is None
        assert "log.xlsx" in found.problem


def rewritten(**parts: Callable[[bytes], bytes]) -> bytes:
    """A small log whose parts (by the last word of their name) are put through a function; others are added."""
    out = io.BytesIO()
    log = xlsx(("Date", "Hours"), ("2026-09-01", 2))
    with zipfile.ZipFile(io.BytesIO(log)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = parts.pop(name.rpartition("/")[2].removesuffix(".xml"), None)
            new.writestr(name, change(old.read(name)) if change else old.read(name))
        for name, change in parts.items():
            new.writestr(f"xl/{name}.xml", change(b""))
    return out.getvalue()


def before(mark: bytes, piece: bytes) -> Callable[[bytes], bytes]:
    return lambda part: part.replace(mark, piece + mark, 1)


@pytest.mark.parametrize(
    "content",
    [
        rewritten(styles=before(b"</cellXfs>", b"<xf/>" * 1_000_000)),
        rewritten(styles=before(b"</cellXfs>", b"<xf/>" * 150_000)),
        rewritten(styles=before(b"<fonts", b" " * 1_100_000)),
        rewritten(sheet1=before(b"</row>", b"<c/>" * 1_000_000)),
        rewritten(sheet1=before(b"<sheetData>", b" " * 5_300_000)),
        rewritten(theme1=lambda part: part + b" " * 5_240_000, app=lambda part: part + b" " * 5_240_000),
        rewritten(big=lambda part: bytes(30_000_000)),
        rewritten(**{f"part{n}": bytes for n in range(201)}),
    ],
    ids=["a million styles", "many styles", "large styles", "many cells", "large sheet", "large", "bomb", "many parts"],
)
def test_a_workbook_that_would_take_long_is_refused_at_once(content: bytes) -> None:
    began = process_time()
    found = read_log(content, "log.xlsx", Findings().may, is_workbook=True, is_named_log=True)
    assert found is not None
    assert found.problem == "log.xlsx unpacks to more than a log of hours can be."
    assert process_time() - began < 1


def test_a_sheet_named_a_thousand_times_is_looked_at_once() -> None:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    named = "".join(
        f'<sheet xmlns:r="{relations}" name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(2, 1000)
    ).encode()
    content = rewritten(
        workbook=before(b"</sheets>", named),
        sheet1=lambda part: re.sub(rb"<dimension[^>]*/>", b"", part).replace(
            b"<sheetData>", b"<x/>" * 10_000 + b"<sheetData>"
        ),
    )
    began = process_time()
    found = read_log(content, "log.xlsx", Findings().may, is_workbook=True, is_named_log=True)
    assert found is not None
    assert found.hours == 2
    assert process_time() - began < 2


def test_a_log_as_long_as_one_may_be_is_read() -> None:
    rows = [(f"2025-{1 + n % 12:02d}-{1 + n // 12 % 28:02d}", "Reading", "A", "Notes", 0.5) for n in range(1999)]
    found = read_log(
        xlsx(("Date", "What", "Where", "Notes", "Hours"), *rows),
        "log.xlsx",
        Findings().may,
        is_workbook=True,
        is_named_log=True,
    )
    assert found is not None
    assert (found.hours, found.problem) == (Decimal("999.5"), "")


def test_at_most_ten_logs_are_taken_from_a_submission() -> None:
    message = mail()
    for number in range(12):
        attach(message, f"Date,Hours\n2026-09-01,{number + 1}\n".encode(), f"log{number}.csv", "text/csv")
    found = unpack(message.as_bytes(), "m.eml")
    assert len(found.logs) == 10
    assert found.problems == ("It brings more than 10 tables; the rest were not read for logs of hours.",)
    pictures = mail()
    for number in range(12):
        attach(pictures, b"\xff\xd8\xff" + bytes([number]) * 40, f"my log {number}.jpg")
    assert len(unpack(pictures.as_bytes(), "m.eml").logs) == 10


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdf(), "log-of-hours.pdf"),
        (b"\xff\xd8\xff" + bytes(40), "hours.jpg"),
        (png(None), "my log.png"),
        (b"2 hours", "log.txt"),
    ],
)
def test_a_log_that_only_people_can_read_says_so(content: bytes, name: str) -> None:
    found = unpack(attach(mail(), content, name).as_bytes(), "m.eml")
    assert [(log.name, log.hours) for log in found.logs] == [(name, None)]
    assert "needs to be read by a person" in found.logs[0].problem
    assert found.problems == ()


def test_a_table_that_is_no_log_is_not_taken_for_one() -> None:
    found = unpack(attach(mail(), b"Name,Grade\nx,y\n", "students.csv", "text/csv").as_bytes(), "m.eml")
    assert found.logs == ()
    assert found.problems == ("students.csv is no log of hours: it has no columns for date and hours.",)


def test_the_same_log_twice_is_one_log() -> None:
    message = attach(attach(mail(), b"Date,Hours\n2026-09-01,2\n", "a.csv"), b"Date,Hours\n2026-09-01,2\n", "b.csv")
    assert len(unpack(message.as_bytes(), "m.eml").logs) == 1


def test_a_log_is_known_again_by_its_days_and_hours_whatever_file_they_stand_in() -> None:
    known = csv_log("Date,Hours\n2026-09-01,2\n2026-09-02,1.5\n").rows_sha256
    workbook = read_log(
        xlsx(("Hours", "Date"), (1.5, "9/2/2026"), (2, "9/1/2026")),
        "a.xlsx",
        Findings().may,
        is_workbook=True,
        is_named_log=True,
    )
    assert workbook is not None
    assert {
        known,
        workbook.rows_sha256,
        csv_log("Date,Hours\n2026-09-01,2\n2026-09-02,1.5\n ").rows_sha256,
        csv_log("Date,Hours,Micro-credential\n2026-09-02,1.50,A\n2026-09-01,1,A\n2026-09-01,1,A\n").rows_sha256,
    } == {known}
    assert csv_log("Date,Hours\n2026-09-01,2\n2026-09-02,1\n").rows_sha256 != known
    assert csv_log("Date,Hours\n").rows_sha256 == ""


def test_the_hours_of_each_day_are_kept() -> None:
    log = csv_log("Date,Hours\n2026-09-02,1.5\n2026-09-01,2\n2026-09-02,0.25\n")
    assert log.days == {date(2026, 9, 1): Decimal(2), date(2026, 9, 2): Decimal("1.75")}
    assert log.spans == {}
    assert csv_log("Date,Hours\n2026-09-02,soon\n").days == {}


@pytest.mark.parametrize(
    "header", ["Start,End", "Start time,End time", "From,To", "Time in,Time out", "Began,Finished"]
)
@pytest.mark.parametrize("row", ["3:00 PM,5:30 PM", "15:00,17:30", "3 pm,5:30pm", "3:00 p.m.,17:30:00"])
def test_times_of_day_are_kept_where_the_log_gives_them(header: str, row: str) -> None:
    log = csv_log(f"Date,{header},Hours\n2026-09-01,{row},2.5\n2026-09-02,,,1\n")
    assert (log.hours, log.spans) == (Decimal("3.5"), {date(2026, 9, 1): [("15:00", "17:30")]})


@pytest.mark.parametrize(
    "row",
    ["School,Home", "3,5", "15:00,", "17:00,15:00", "15:00,15:00", "25:00,26:00", "13:00 pm,14:00 pm", "9:75,10:00"],
)
def test_what_gives_no_start_and_end_on_one_day_gives_no_times_and_its_hours_count(row: str) -> None:
    log = csv_log(f"Date,From,To,Hours\n2026-09-01,{row},2\n")
    assert (log.hours, log.spans) == (Decimal(2), {})


def test_midnight_is_the_end_of_a_day_and_noon_its_middle() -> None:
    log = csv_log("Date,Start,End,Hours\n2026-09-01,12:00 PM,1:00 PM,1\n2026-09-01,10 pm,12 am,2\n")
    assert log.spans == {date(2026, 9, 1): [("12:00", "13:00"), ("22:00", "24:00")]}


def test_a_workbooks_times_are_kept() -> None:
    found = read_log(
        xlsx(("Date", "Start", "End", "Hours"), ("2026-09-01", time(9, 5), time(10, 5), 1)),
        "log.xlsx",
        Findings().may,
        is_workbook=True,
        is_named_log=True,
    )
    assert found is not None
    assert found.spans == {date(2026, 9, 1): [("09:05", "10:05")]}


def test_rows_of_one_log_whose_times_overlap_are_a_problem_and_times_that_touch_are_not() -> None:
    head = "Date,Start,End,Hours\n2026-09-01,15:00,17:00,2\n2026-09-01,17:00,18:00,1\n2026-09-02,15:00,17:00,2\n"
    assert csv_log(head).hours == 5
    assert csv_log(head + "2026-09-01,16:30,16:45,0.25\n").problem == (
        "log.csv has times that overlap on 2026-09-01: 15:00 to 17:00 and, in row 5, 16:30 to 16:45."
    )


@given(st.lists(st.decimals(min_value="0.0001", max_value="24", places=4), min_size=1, max_size=28))
def test_the_sum_is_exact_for_any_hours(hours: list[Decimal]) -> None:
    rows = "".join(f"2026-09-{day:02d},{value}\n" for day, value in enumerate(hours, 1))
    assert csv_log("Date,Hours\n" + rows).hours == sum(hours)


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_read_or_refused_with_a_sentence(text: str, with_header: bool) -> None:
    log = csv_log(("Date,Hours\n" if with_header else "") + text)
    assert (log.hours is None) == bool(log.problem)
