"""Tables as bytes: CSV for payroll systems and one workbook for people, the same bytes for the same rows.

How a CSV cell is made harmless is in `countersign.cells`. In the workbook every text is written as a string, never parsed,
so there it stands as it is.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

from countersign.cells import clean, csv_text, harmless
from countersign.errors import CountersignError
from countersign.reporting.columns import Cell, Kind, Table
from countersign.reporting.package import HOUR, LANE, Balance, PackageContents, Totals, exact

_CENT = Decimal("0.01")
_PINNED = 6  # columns that stay in sight when a sheet is scrolled: up to the name


def csv_bytes(table: Table) -> bytes:
    """The table as CSV, header first. Dates are ISO 8601, decimals plain with a point."""
    rows = ([_csv_cell(cell, kind) for cell, kind in zip(row, table.kinds, strict=True)] for row in table.rows)
    return csv_text(table.keys, rows)


def _csv_cell(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        cents = cell.quantize(_CENT)
        return f"{cents:f}" if kind is Kind.money and cents == cell else exact(cell)
    return str(cell)


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV made here, by column key."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def check_csv(files: dict[str, bytes], totals: Totals, *, what: str) -> None:
    """Add up the CSV files as HR would and hold the sums against the control totals. Raises CountersignError."""
    pay, hours = read_csv(files["compensation.csv"]), read_csv(files["pd_hours.csv"])
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in pay:
        sums[row["form"], row["unit"]] += Decimal(row["amount"] or row["quantity"])
    for row in hours:
        sums[row["form"], HOUR] += Decimal(row["hours"])
    expected = {(harmless(clean(b.form)), harmless(clean(b.unit))): b.net for b in totals.balances if b.lines}
    counted = (len(pay) + len(hours), len(read_csv(files["adjustments.csv"])), len(read_csv(files["held.csv"])))
    lanes = [row for row in pay if row["form"] == LANE]
    moved = read_csv(files["lane_changes.csv"]) if "lane_changes.csv" in files else []
    apart = [row["line"] for row in moved] != [row["line"] for row in lanes]
    if apart or dict(sums) != expected or counted != (totals.lines, totals.adjusting, totals.waiting):
        raise CountersignError(
            f"{what}: the files do not add up to the control totals.",
            "Nothing was written; report this as a fault of Countersign.",
        )


def workbook_bytes(contents: PackageContents, tables: Sequence[Table]) -> bytes:
    """The workbook: one sheet for each table and one with the control totals."""
    facts = contents.facts
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book: Any = xlsxwriter.Workbook(buffer, options)
    created = facts.closed_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    title = f"{clean(facts.district)}, {facts.month}"
    book.set_properties({"title": f"Compensation {title}", "author": "Countersign", "created": created})
    formats = _formats(book)
    for table in tables:
        _sheet(book, formats, table, title)
    _totals_sheet(book, formats, contents.totals, title)
    book.close()
    return buffer.getvalue()


def _formats(book: Any) -> dict[str, Format]:
    base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
    return {
        "head": book.add_format(
            {**base, "bold": True, "bg_color": "#E4EAE6", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        ),
        Kind.text: book.add_format({**base, "num_format": "@"}),
        Kind.day: book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "left"}),
        Kind.whole: book.add_format({**base, "num_format": "#,##0"}),
        Kind.number: book.add_format({**base, "num_format": "#,##0.####"}),
        Kind.money: book.add_format({**base, "num_format": "#,##0.00"}),
    }


def _sheet(book: Any, formats: dict[str, Format], table: Table, title: str) -> None:
    sheet = book.add_worksheet(table.sheet)
    for position, (label, width) in enumerate(zip(table.labels, table.widths, strict=True)):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, label, formats["head"])
    for number, row in enumerate(table.rows, 1):
        for position, (cell, kind) in enumerate(zip(row, table.kinds, strict=True)):
            _write(sheet, number, position, cell, kind, formats)
    sheet.set_row(0, 30)
    sheet.freeze_panes(1, min(_PINNED, len(table.keys)))
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.keys) - 1)
    _print_setup(sheet, f"{title}: {table.sheet}")


def _write(sheet: Any, row: int, column: int, cell: Cell, kind: Kind, formats: dict[str, Format]) -> None:
    if isinstance(cell, str):
        if cell:
            sheet.write_string(row, column, cell, formats[Kind.text])
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), formats[Kind.day])  # noqa: DTZ001  (a day, not a moment)
    elif cell is not None:
        # "#,##0.####" would show a whole number with a lonely point
        whole = kind is Kind.number and cell == int(cell)
        sheet.write_number(row, column, cell, formats[Kind.whole if whole else kind])


_TOTALS = (
    "Form",
    "Unit",
    "Lines",
    "Educators",
    "Opening",
    "New",
    "Adjustments",
    "Reversals",
    "This package",
    "Closing",
)


def _totals_sheet(book: Any, formats: dict[str, Format], totals: Totals, title: str) -> None:
    sheet = book.add_worksheet("Control totals")
    for position, label in enumerate(_TOTALS):
        sheet.set_column(position, position, 16)
        sheet.write_string(0, position, label, formats["head"])
    for number, balance in enumerate(totals.balances, 1):
        for position, cell in enumerate(_balance_cells(balance)):
            _write(sheet, number, position, cell, Kind.number, formats)
    for number, (label, count) in enumerate(totals.counts.items(), len(totals.balances) + 2):
        sheet.write_string(number, 0, label, formats[Kind.text])
        _write(sheet, number, 1, count, Kind.number, formats)
    sheet.freeze_panes(1, 0)
    _print_setup(sheet, f"{title}: Control totals")


def _balance_cells(b: Balance) -> tuple[Cell, ...]:
    return (b.form, b.unit, b.lines, b.educators, b.opening, b.new, b.adjustments, b.reversals, b.net, b.closing)


def _print_setup(sheet: Any, header: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(1)  # US letter
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.set_header("&L" + header.replace("&", "&&")[:200])
    sheet.set_footer("&RPage &P of &N")
