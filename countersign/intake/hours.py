"""A log of hours read: rows of a CSV file or a workbook summed by stated rules, exactly.

The rules: the first row that names a date and an hours column begins the table; every row below with anything in it must have a date
that can be read and hours above 0; no day may come to more than 24 hours; no two rows may give times of day that overlap; a row that begins with "Total" is compared with the
sum. Where a row breaks a rule the whole log has a problem, with the row's number: half a sum would be a guess.
"""

import csv
import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from countersign.intake.budget import TAGS, Limit
from countersign.intake.labels import plain
from countersign.intake.mime import to_text
from countersign.intake.spans import ENDS, STARTS, Span, overlapping, span_of
from countersign.intake.unpacked import LogOfHours

MAX_FILE = 5 * 1024 * 1024
MAX_UNCOMPRESSED = 10 * 1024 * 1024
MAX_MEMBER = 5 * 1024 * 1024
MAX_STYLES = 1024 * 1024
MAX_MEMBERS = 200
MAX_TAGS = 400_000
"""How many XML tags a workbook may have in all, and (a tenth of it) outside of its sheets: what reading one costs goes by
tags, and a tag takes four bytes that compress to nothing. A log of 2,000 rows has about 100,000."""
MAX_ROWS = 2000
MAX_COLUMNS = 50
MAX_SHEETS = 3
HEADER_WITHIN = 40

_DATE = re.compile(r"(?:date|day)s?(?: (?:of work|worked|completed|of activity))?|activity date|work date")
_HOURS = re.compile(
    r"(?:number of |total |# of )?(?:hours?|hrs?|hours? (?:worked|spent|logged|completed))|time(?: spent)?(?: hours?| hrs?| in hours?)?|duration(?: hours?| hrs?)?"
)
_TITLE = re.compile(r"(?:name of |title of )?micro ?credentials?(?: title| name)?|mc title")
_NUMBER = re.compile(r"\+?(\d{1,6}(?:\.\d{1,10})?|\.\d{1,10})\s*(?:h|hr|hrs|hours?)?\.?", re.IGNORECASE)
_DAY_FORMS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%B %d, %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%d %B %Y",
    "%d %b %Y",
)

Row = Sequence[Any]


@dataclass(slots=True)
class _Table:
    """What the rows below a header say: the title they name, hours by day, and the times of day where they give them."""

    title: str = ""
    by_day: dict[date, Decimal] = field(default_factory=dict[date, Decimal])
    spans: dict[date, list[Span]] = field(default_factory=dict[date, list[Span]])


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a row each thing stands, None for what the table has no column for."""

    day: int
    hours: int
    title: int | None
    start: int | None
    end: int | None


class _Unusable(Exception):
    """Why a log cannot be used, in a sentence's predicate."""


def read_log(
    content: bytes, shown: str, may: Callable[[Limit, int], bool], *, is_workbook: bool, is_named_log: bool
) -> LogOfHours | None:
    """The log in a CSV file or workbook; None when it neither is one nor says it is one. `may` counts what it costs."""
    try:
        table = _table(_workbook_rows(content, may) if is_workbook else _csv_rows(content))
    except _Unusable as unusable:
        return LogOfHours(shown, content, problem=f"{shown} {unusable}.")
    if table is None:
        problem = f'{shown} has no row with the column titles "Date" and "Hours".'
        return LogOfHours(shown, content, problem=problem) if is_named_log else None
    total = Decimal(f"{sum(table.by_day.values(), Decimal(0)).normalize():f}")
    return LogOfHours(
        shown,
        content,
        title=table.title,
        hours=total,
        rows_sha256=_fingerprint(table.by_day),
        days=table.by_day,
        spans=table.spans,
    )


def _fingerprint(by_day: Mapping[date, Decimal]) -> str:
    """SHA-256, hexadecimal, over the days and their hours: the same for the same log saved again, in another order of
    rows, with another title or as another kind of file."""
    lines = (f"{day.isoformat()} {by_day[day].normalize():f}\n" for day in sorted(by_day))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _table(sheets: Iterator[list[Row]]) -> _Table | None:
    """The table of the first sheet with a header row."""
    for rows in sheets:
        for index, row in enumerate(rows[:HEADER_WITHIN]):
            cells = [_key(cell) for cell in row]
            day, hours, title, start, end = (
                next((i for i, cell in enumerate(cells) if called.fullmatch(cell)), None)
                for called in (_DATE, _HOURS, _TITLE, STARTS, ENDS)
            )
            if day is not None and hours is not None:
                return _sum(rows, index, _Columns(day, hours, title, start, end))
    return None


def _sum(rows: list[Row], header: int, at: _Columns) -> _Table:
    titles = _titles_above(rows[:header])
    table = _Table()
    by_day = table.by_day
    stated: Decimal | None = None
    for number, row in enumerate(rows[header + 1 :], header + 2):
        if not any(_text(cell) for cell in row):
            continue
        if any(
            re.match(r"(?:grand |sub)?(?:total|sum)\b", _text(cell), re.IGNORECASE)
            for cell in row[: at.hours] or row[:1]
        ):
            stated = _hours(_cell(row, at.hours), number)
            continue
        day = _day(_cell(row, at.day), number)
        by_day[day] = by_day.get(day, Decimal(0)) + _hours(_cell(row, at.hours), number)
        if by_day[day] > 24:
            raise _Unusable(f"has more than 24 hours on {day}, reached in row {number}")
        _take_times(table, row, at, day, number)
        if at.title is not None and _text(_cell(row, at.title)):
            titles.setdefault(_text(_cell(row, at.title)).casefold(), _text(_cell(row, at.title)))
    total = sum(by_day.values(), Decimal(0))
    if total == 0:
        raise _Unusable("has no rows with hours")
    if stated is not None and stated != total:
        raise _Unusable(f"says a total of {stated} hours, and its rows add up to {total}")
    if len(titles) > 1:
        raise _Unusable(f"names {len(titles)} micro-credentials; each needs a log of its own")
    table.title = next(iter(titles.values()), "")
    return table


def _take_times(table: _Table, row: Row, at: _Columns, day: date, number: int) -> None:
    """The row's times of day into the table, when it gives any."""
    if at.start is None or at.end is None:
        return
    span = span_of(_text(_cell(row, at.start)), _text(_cell(row, at.end)))
    if span is None:
        return
    same = overlapping(span, table.spans.setdefault(day, []))
    if same is not None:
        raise _Unusable(
            f"has times that overlap on {day}: {same[0]} to {same[1]} and, in row {number}, {span[0]} to {span[1]}"
        )
    table.spans[day].append(span)


def _titles_above(rows: list[Row]) -> dict[str, str]:
    """The title in a line above the table: "Micro-credential: Title" in one cell, or in two beside each other."""
    for row in rows:
        for index, cell in enumerate(row):
            before, colon, after = _text(cell).partition(":")
            if not _TITLE.fullmatch(_key(before)):
                continue
            beside = next((_text(cell) for cell in row[index + 1 :] if _text(cell)), "")
            title = after.strip() if colon and after.strip() else beside
            if title:
                return {title.casefold(): title}
    return {}


def _key(cell: Any) -> str:
    return re.sub(r"[^a-z#]+", " ", _text(cell).lower()).strip()


def _text(cell: Any) -> str:
    return "" if cell is None else plain(str(cell), 300)


def _cell(row: Row, index: int) -> Any:
    return row[index] if index < len(row) else None


def _hours(cell: Any, number: int) -> Decimal:
    """The hours in a cell, exact to four places."""
    written = _text(cell)
    if not written:
        raise _Unusable(f"has no hours in row {number}")
    found = _NUMBER.fullmatch(written) if not isinstance(cell, bool) else None
    try:
        hours = Decimal(found.group(1)).normalize() if found else None
    except InvalidOperation:  # pragma: no cover  (the pattern lets only numbers through)
        hours = None
    if hours is None or hours != round(hours, 4):
        raise _Unusable(f'has "{written[:40]}" for hours in row {number}; a number such as 1.5 is needed')
    if hours <= 0:
        raise _Unusable(f"has {written[:40]} hours in row {number}; hours are above 0")
    if hours > 24:
        raise _Unusable(f"has {written[:40]} hours in row {number}; a day has 24")
    return Decimal(f"{hours:f}")


def _day(cell: Any, number: int) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = _text(cell)
    if not written:
        raise _Unusable(f"has no date in row {number}")
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(written[:40], form).date()  # noqa: DTZ007  a day in a log has no time zone
        except ValueError:
            continue
    raise _Unusable(
        f'has "{written[:40]}" for a date in row {number}; a date such as 10/01/2026 or 2026-10-01 is needed'
    )


def _csv_rows(content: bytes) -> Iterator[list[Row]]:
    if len(content) > MAX_FILE:
        raise _Unusable(f"is larger than {MAX_FILE >> 20} MB")
    text = to_text(content)
    first = "\n".join(text.splitlines()[:HEADER_WITHIN])
    delimiter = max(",;\t", key=first.count)
    rows: list[Row] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row[:MAX_COLUMNS])
            if len(rows) > MAX_ROWS:
                raise _Unusable(f"has more than {MAX_ROWS:,} rows")
    except csv.Error as error:
        raise _Unusable(f"is not CSV that can be read near row {len(rows) + 1}") from error
    yield rows


def _workbook_rows(content: bytes, may: Callable[[Limit, int], bool]) -> Iterator[list[Row]]:
    """The rows of the first sheets, values only. The archive is looked over before a parser sees anything of it."""
    if len(content) > MAX_FILE:
        raise _Unusable(f"is larger than {MAX_FILE >> 20} MB")
    sheets: list[list[Row]] = []
    try:
        tags = _tags(content)
    except Exception as error:
        raise _Unusable("is damaged or no workbook, and cannot be read") from error
    if tags is None or not may(TAGS, tags):
        raise _Unusable("unpacks to more than a log of hours can be")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions it does not know
            book = _opened(content)
            try:
                for sheet in book.worksheets[:MAX_SHEETS]:
                    rows = sheet.iter_rows(
                        min_row=1, max_row=MAX_ROWS + 1, min_col=1, max_col=MAX_COLUMNS, values_only=True
                    )
                    sheets.append(list(rows))
            finally:
                book.close()
    except _Unusable:
        raise
    except Exception as error:
        raise _Unusable("is damaged or no workbook, and cannot be read") from error
    for rows in sheets:
        if len(rows) > MAX_ROWS and any(_text(cell) for cell in rows[MAX_ROWS]):
            raise _Unusable(f"has more than {MAX_ROWS:,} rows")
        yield rows


def _tags(content: bytes) -> int | None:
    """The number of XML tags in the archive; None when that or its sizes are not those of a log. The sizes are the ones its
    directory states, and no member ever unpacks to more: zipfile stops there."""
    tags = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_MEMBERS or sum(entry.file_size for entry in entries) > MAX_UNCOMPRESSED:
            return None
        for entry in entries:
            name = entry.filename.lower()
            if entry.file_size > (MAX_STYLES if name.endswith("styles.xml") else MAX_MEMBER):
                return None
            here = archive.read(entry).count(b"<")
            is_sheet = "/worksheets/" in name or name.endswith("sharedstrings.xml")
            tags += here
            if tags > MAX_TAGS or (here > MAX_TAGS // 10 and not is_sheet):
                return None
    return tags


def _opened(content: bytes) -> Any:
    """The workbook with its first sheets only: openpyxl looks into every sheet that is named, and one file can be named
    as thousands of them. What is named twice is read once."""
    from openpyxl.reader.excel import ExcelReader

    class FirstSheets(ExcelReader):
        def read_worksheets(self) -> None:
            parser: Any = self.parser
            first: dict[str, Any] = {}
            for sheet in parser.sheets[:MAX_SHEETS]:
                first.setdefault(parser.rels[sheet.id].target if sheet.id else "", sheet)
            parser.sheets = list(first.values())
            parser.defined_names = type(parser.defined_names)()
            super().read_worksheets()

    reader = FirstSheets(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    reader.read()
    return reader.wb
