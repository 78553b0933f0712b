"""The tables as bytes: harmless cells, real numbers and dates, the same bytes twice."""

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.cells import MAX_TEXT, clean, harmless
from countersign.reporting.columns import Kind, Table, tables
from countersign.reporting.facts import PackageFacts
from countersign.reporting.package import build_package
from countersign.reporting.sheets import csv_bytes, read_csv, workbook_bytes
from tests.reporting.values import AWARD, TERMS, facts, held, line

HOSTILE = ['=HYPERLINK("http://x.example")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\ufeff=1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_a_spreadsheet_would_compute_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Avery", "a=b", "O'Neil", "1-2", "2026-10-000001"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_no_text_in_a_csv_ever_begins_like_a_formula_or_breaks_the_line(text: str) -> None:
    table = Table("S", "s.csv", ("k",), ("K",), (Kind.text,), (9,), ((clean(text),),))
    _, row = csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline=""))
    cell = row[0]
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert not set(cell) & set("\r\n\t\x00")


def test_long_text_ends_in_an_ellipsis() -> None:
    assert len(clean("a" * 40_000)) == MAX_TEXT
    assert clean("a" * 40_000).endswith("…")


def test_a_csv_has_a_byte_order_mark_and_windows_line_ends() -> None:
    content = csv_bytes(tables(build_package(facts(line())))[1])
    assert content.startswith(b'\xef\xbb\xbf"line",')
    assert content.count(b"\r\n") == content.count(b"\n") == 2


def month() -> PackageFacts:
    pay = replace(TERMS, currency="pay")
    award = replace(AWARD, title=HOSTILE[0], name="+Avery")
    return facts(
        line(1, award=award), line(2, "1234.5", "USD", terms=pay, award=award), held=(held(1, *AWARD.employments),)
    )


def workbook() -> Any:
    contents = build_package(month())
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(contents, tables(contents))))


def cell(sheet: Any, label: str, row: int = 2) -> Any:
    labels = [c.value for c in sheet[1]]
    return sheet.cell(row, labels.index(label) + 1)


def test_the_workbook_has_a_sheet_for_each_table_and_one_for_the_totals() -> None:
    assert workbook().sheetnames == ["Compensation", "PD hours", "Adjustments", "Held", "Control totals"]


def test_the_workbook_keeps_hostile_text_as_text() -> None:
    sheet = workbook()["Compensation"]
    title = cell(sheet, "Micro-credential")
    assert (title.value, title.data_type) == (HOSTILE[0], "s")
    assert (cell(sheet, "Name").value, cell(sheet, "Name").data_type) == ("+Avery", "s")


def test_the_workbook_has_numbers_as_numbers_dates_as_dates_and_ids_as_text() -> None:
    sheet = workbook()["Compensation"]
    amount, earned = cell(sheet, "Amount"), cell(sheet, "Earned")
    assert (amount.value, amount.number_format) == (1234.5, "#,##0.00")
    assert (earned.value.date(), earned.number_format) == (date(2026, 9, 17), "yyyy-mm-dd")
    assert (cell(sheet, "Employee id").value, cell(sheet, "Employee id").data_type) == ("00417", "s")
    assert cell(sheet, "FTE").value == 0.5
    assert cell(sheet, "Account code (district)").value is None


def test_the_workbook_is_set_up_to_be_read_and_printed() -> None:
    for sheet in workbook():
        assert sheet.freeze_panes is not None
        assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$1")
    assert workbook()["Compensation"].auto_filter.ref == "A1:AO2"


def test_the_same_month_gives_the_same_workbook_byte_for_byte() -> None:
    contents = build_package(month())
    assert workbook_bytes(contents, tables(contents)) == workbook_bytes(contents, tables(contents))


def test_every_cell_of_the_csv_is_in_the_workbook() -> None:
    contents, book = build_package(month()), workbook()
    for table in tables(contents):
        sheet = book[table.sheet]
        assert sheet.max_row == len(table.rows) + 1
        for number, row in enumerate(read_csv(csv_bytes(table)), 2):
            for key, label in zip(table.keys, table.labels, strict=True):
                shown = cell(sheet, label, number).value
                if isinstance(shown, int | float):
                    assert Decimal(row[key]) == Decimal(str(shown))
                elif shown is None:
                    assert row[key] == ""
                else:
                    assert row[key].removeprefix("'") == (shown.date().isoformat() if hasattr(shown, "date") else shown)
