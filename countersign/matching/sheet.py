"""Tables as offices keep them, CSV or XLSX, read row by row into text, with the traps of both taken out.

The first row names the columns; case, spaces and underscores in the names do not matter, nor "license" for "licence".
Every cell comes back as text in one form: dates as 2024-07-01, whole numbers without ".0", inner space single.
"""

import csv
import re
import unicodedata
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from countersign.errors import FileProblem, UsageError

MAX_ROWS = 1_000_000
MAX_UNPACKED = 2_000_000_000
"""Bytes an XLSX file may unpack to: a million rows need about half of it."""

_WORDS = re.compile(r"[a-z]+")
_FORBIDDEN_WORDS = {"ssn", "dob", "birth", "birthdate", "birthday", "ssns"}
_FORBIDDEN_PARTS = ("socialsecurity", "dateofbirth", "birthdate")
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_ZEROS = re.compile(r"0{2,}")

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened table. `columns` are squashed names ("membernumber") by position; `headers` as written; `rows` are
    (line, cells) with exactly one cell per column, empty rows left out; `note` says what of the file was not read."""

    name: str
    headers: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Iterator[Row]
    note: str = ""


def squash(name: str) -> str:
    """A column's name without case, space and punctuation: "Member Number" and "member_number" are "membernumber"."""
    return "".join(c for c in name.casefold() if c.isalnum()).replace("license", "licence")


@contextmanager
def open_sheet(path: Path, columns: Iterable[str], required: Iterable[str]) -> Generator[Sheet]:
    """The table at `path`, its header checked against the known `columns` and the `required` ones.

    Raises UsageError when the file cannot be read and FileProblem when its form or its header is wrong, also while
    the rows are read.
    """
    kind = path.suffix.lower()
    if kind not in {".csv", ".txt", ".tsv", ".xlsx", ".xlsm"}:
        raise UsageError(f"{path.name} is neither CSV nor XLSX.", "Save the table as .xlsx or as .csv (UTF-8).")
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if not start:
        raise FileProblem(path.name, 0, "is empty.", "It needs a first row with the column names.")
    source = _workbook(path) if kind in {".xlsx", ".xlsm"} else _text(path, start)
    with source as (raw, note):
        yield _checked(path.name, raw, note, set(columns), list(required))


def _checked(name: str, raw: Iterator[Row], note: str, known: set[str], required: Sequence[str]) -> Sheet:
    nothing: Row = (1, [])
    line, headers = next(raw, nothing)
    for header in headers:
        refuse_forbidden(name, line, header)
    columns = tuple(squash(h) for h in headers)
    by_squashed = {squash(c): c for c in known}
    twice = sorted({by_squashed[c] for c in columns if c in by_squashed and columns.count(c) > 1})
    if twice:
        raise FileProblem(name, line, f"the column {twice[0]} is there twice.", "Keep one of them.")
    missing = [c for c in required if squash(c) not in columns]
    if missing:
        what = (
            f"the column {missing[0]} is missing"
            if len(missing) == 1
            else f"the columns {', '.join(missing)} are missing"
        )
        found = ", ".join(h for h in headers if h) or "nothing"
        raise FileProblem(name, line, what, f"The first row must name the columns; it names: {found[:300]}.")
    return Sheet(name, tuple(headers), columns, _even(name, raw, headers), note)


def refuse_forbidden(name: str, line: int, header: str) -> None:
    """Raises FileProblem for a column of social security numbers or birth dates: Countersign must not hold them."""
    squashed = squash(header)
    if _FORBIDDEN_WORDS & set(_WORDS.findall(header.casefold())) or any(p in squashed for p in _FORBIDDEN_PARTS):
        raise FileProblem(
            name, line, f'the column "{header}" holds what Countersign must not hold.', "Remove it, then import again."
        )


def _even(name: str, raw: Iterator[Row], headers: list[str]) -> Iterator[Row]:
    """Rows with exactly as many cells as the header; nothing in them that looks like a social security number."""
    width = len(headers)
    for count, (line, cells) in enumerate(raw):
        if count >= MAX_ROWS:
            raise FileProblem(name, line, f"the table has more than {MAX_ROWS:,} rows.", "Import it in parts.")
        if not any(cells):
            continue
        if any(cells[width:]):
            raise FileProblem(name, line, "has more cells than the first row has names.", "Look for a stray separator.")
        even = [*cells[:width], *[""] * (width - len(cells))]
        for header, cell in zip(headers, even, strict=True):
            if _SSN.fullmatch(cell):
                raise FileProblem(
                    name,
                    line,
                    f'the column "{header}" holds what looks like a social security number.',
                    "Remove it, Countersign must not hold it.",
                )
        yield line, even


@contextmanager
def _text(path: Path, start: bytes) -> Generator[tuple[Iterator[Row], str]]:
    if start.startswith(b"PK"):
        raise FileProblem(path.name, 0, "is not CSV text but looks like a workbook.", "Give it the ending .xlsx.")
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise FileProblem(path.name, 0, "is UTF-16 text.", 'Save it as "CSV UTF-8".')
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield _csv_rows(path.name, file), ""


def _csv_rows(name: str, file: Any) -> Iterator[Row]:
    line = 0
    try:
        first = file.readline(100_000)
        separator = max(",;\t", key=first.count)
        for cells in csv.reader([first], delimiter=separator):
            yield 1, [_tidy(c) for c in cells]
        line = 1
        reader = csv.reader(file, delimiter=separator, strict=True)
        for cells in reader:
            line = reader.line_num + 1
            yield line, [_tidy(c) for c in cells]
    except UnicodeDecodeError as error:
        raise FileProblem(
            name, line + 1, "is not UTF-8 text, here or soon after.", 'Save it as "CSV UTF-8".'
        ) from error
    except csv.Error as error:
        raise FileProblem(
            name, line + 1, f"is not CSV: {error}.", "Look for a quotation mark that is not closed."
        ) from error


@contextmanager
def _workbook(path: Path) -> Generator[tuple[Iterator[Row], str]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        _refuse_bomb(path.name, unpacked)
        book = load_workbook(path, read_only=True, data_only=True)
        sheets = book.worksheets
        first = sheets[0]
        first.reset_dimensions()  # what the file says of its own size may be wrong
    except FileProblem:
        raise
    except Exception as error:
        raise FileProblem(
            path.name, 0, "cannot be read as an XLSX workbook.", "Open it and save it again as .xlsx."
        ) from error
    note = (
        f'Only the first sheet, "{first.title}", was read; the workbook has {len(sheets)}.' if len(sheets) > 1 else ""
    )
    try:
        yield _workbook_rows(path.name, first), note
    finally:
        book.close()


def _refuse_bomb(name: str, unpacked: int) -> None:
    if unpacked > MAX_UNPACKED:
        raise FileProblem(name, 0, "unpacks to more than two gigabytes.", "It cannot be what it should be.")


def _workbook_rows(name: str, sheet: Any) -> Iterator[Row]:
    line = 0
    try:
        for line, cells in enumerate(sheet.iter_rows(), 1):
            texts = [_cell(name, line, cell) for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            yield line, texts
    except FileProblem:
        raise
    except Exception as error:
        raise FileProblem(
            name, line + 1, "cannot be read as an XLSX workbook.", "Open it and save it again."
        ) from error


def _cell(name: str, line: int, cell: Any) -> str:
    """A workbook's cell as text. Numbers as a person sees them: 1234.0 is "1234", and "00123" where zeros are shown."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        if cell.data_type == "e":
            raise FileProblem(name, line, f"a cell holds the error {value}.", "Correct the formula or clear the cell.")
        return _tidy(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if float(value).is_integer():
            whole = str(int(value))
            shown = str(cell.number_format)
            return whole.zfill(len(shown)) if _ZEROS.fullmatch(shown) else whole
        return f"{value:.15g}"  # Excel's own precision
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
