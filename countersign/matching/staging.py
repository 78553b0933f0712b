"""A roster file on its way in: each row checked, then put by in a private temporary table until all of it is known.

The table lives in an unnamed SQLite file that the system deletes when it is closed, so that memory stays the same for
a hundred rows and a hundred thousand, and rows of one member that stand far apart still meet.
"""

import sqlite3
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from countersign.errors import FileProblem
from countersign.matching import fields
from countersign.matching.sheet import Sheet, open_sheet, squash
from countersign.tomlfile import FileProblems

REQUIRED = ("member_number", "given_name", "family_name", "email")
LICENCE = ("licence_state", "licence_number", "licence_level", "licence_from", "licence_until")
OF_EMPLOYMENT = (
    "district",
    "employee_id",
    "role",
    "band",
    "bargaining_unit",
    "location",
    "fte",
    "employed_from",
    "employed_until",
)
COLUMNS = (
    *("member_number", "given_name", "family_name", "suffix", "email", "other_emails", "former_names"),
    *LICENCE,
    *("member_from", "member_until"),
    *OF_EMPLOYMENT,
)
SHOWN_PROBLEMS = 50
EmploymentKey = tuple[str, date]


class Problems:
    """The problems found in one file, the first `SHOWN_PROBLEMS` of them with their sentences."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.shown: list[FileProblem] = []

    def add(self, line: int, what: str, remedy: str = "") -> None:
        self.count += 1
        if len(self.shown) < SHOWN_PROBLEMS:
            self.shown.append(FileProblem(self.file, line, f"{what}.", remedy))

    def raise_if_any(self) -> None:
        """Raises FileProblems, in the order of the lines."""
        if not self.count:
            return
        shown = sorted(self.shown, key=lambda p: p.line)
        if self.count > len(shown):
            shown.append(FileProblem(self.file, 0, f"has {self.count - len(shown):,} more problems."))
        shown.append(FileProblem(self.file, 0, "was not imported; nothing was changed."))
        raise FileProblems(shown)


@dataclass(frozen=True, slots=True)
class Work:
    """One employment as the file states it."""

    employee_id: str
    role: str
    band: str
    bargaining_unit: str
    location: str
    fte: Decimal | None
    ends: date | None
    line: int


@dataclass(slots=True)
class Wanted:
    """One educator as the file states them, all their rows together. `addresses` begins with the primary one; `licence` is what the
    columns `LICENCE` say, days as dates."""

    member_number: str
    line: int
    names: tuple[str, str, str]
    licence: tuple[str, str, str, date | None, date | None]
    addresses: list[str] = field(default_factory=list[str])
    former: list[str] = field(default_factory=list[str])
    memberships: dict[date, date | None] = field(default_factory=dict[date, "date | None"])
    employments: dict[EmploymentKey, Work] = field(default_factory=dict[EmploymentKey, Work])


class Staged:
    """The checked rows of one roster file. `columns` are the known columns it has, `ignored` its other headers."""

    def __init__(self, connection: sqlite3.Connection, sheet: Sheet) -> None:
        known = {squash(c): c for c in COLUMNS}
        self.file = sheet.name
        self.columns = frozenset(known[c] for c in sheet.columns if c in known)
        self.ignored = tuple(h for h, c in zip(sheet.headers, sheet.columns, strict=True) if h and c not in known)
        self.note = sheet.note
        self.rows = 0
        self._connection = connection

    def educators(self, problems: Problems) -> Iterator[Wanted]:
        """Every educator of the file, by member number; what does not fit together goes to `problems`."""
        rows = self._connection.execute("SELECT * FROM row ORDER BY member_number, line")
        for _, group in groupby(rows, key=lambda r: r[1]):
            yield _together(list(group), problems)

    def covers(self, member_number: str, district: str, starts: date) -> bool:
        """True when the file itself states this employment, so that what the store says of it is about to change."""
        query = "SELECT 1 FROM row WHERE member_number = ? AND district = ? AND employed_from = ?"
        return self._connection.execute(query, (member_number, district, starts.isoformat())).fetchone() is not None

    def _store(self, sheet: Sheet, problems: Problems) -> None:
        places = {c: sheet.columns.index(squash(c)) for c in self.columns}
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        insert = f"INSERT INTO row VALUES ({marks})"  # noqa: S608  (question marks only)
        self._connection.executemany(insert, self._checked(sheet, places, problems))
        self._connection.execute("CREATE INDEX by_member ON row (member_number, line)")
        shared = self._connection.execute(
            "SELECT district, employee_id, MIN(line), MAX(line) FROM row WHERE employee_id <> ''"
            " GROUP BY district, employee_id HAVING COUNT(DISTINCT member_number) > 1 ORDER BY MIN(line)"
        )
        for district, employee_id, first, last in shared:
            problems.add(
                last,
                f"employee id {employee_id} of {district} is given to two educators, here and on line {first}",
                "Find out whose it is and correct the other one.",
            )

    def _checked(self, sheet: Sheet, places: dict[str, int], problems: Problems) -> Iterator[tuple[Any, ...]]:
        for line, cells in sheet.rows:
            self.rows += 1
            row = {c: cells[places[c]] if c in places else "" for c in COLUMNS}
            found = list(_row_problems(row))
            for what in found:
                problems.add(line, what)
            if not found:
                yield line, *(row[c] for c in COLUMNS)


@contextmanager
def staged(path: Path, problems: Problems) -> Generator[Staged]:
    """The rows of the roster at `path`, each checked. Raises UsageError and FileProblem as `open_sheet` does."""
    with open_sheet(path, COLUMNS, REQUIRED) as sheet:
        connection = sqlite3.connect("", isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute(f"CREATE TABLE row (line INTEGER, {', '.join(f'{c} TEXT' for c in COLUMNS)})")
            staged = Staged(connection, sheet)
            of_employment = staged.columns & set(OF_EMPLOYMENT)
            for needed in ("district", "employee_id", "employed_from"):
                if of_employment and needed not in of_employment:
                    there = ", ".join(c for c in OF_EMPLOYMENT if c in of_employment)
                    raise FileProblem(
                        sheet.name, 1, f"the column {needed} is missing.", f"It is needed beside {there}."
                    )
            connection.execute("BEGIN")
            staged._store(sheet, problems)  # pyright: ignore[reportPrivateUsage]
            yield staged
        finally:
            connection.close()


def _row_problems(row: dict[str, str]) -> Iterator[str]:
    """A sentence for each thing wrong with one row on its own. Dates are put into ISO form in `row`."""
    for column in REQUIRED[:3]:
        if not row[column]:
            yield f"{column} is empty"
    checks: list[tuple[Any, ...]] = [
        (fields.as_number_for_a_person, row["member_number"], "member_number"),
        (fields.as_number_for_a_person, row["employee_id"], "employee_id"),
        (fields.as_fte, row["fte"]),
        *((fields.as_text, row[c], c) for c in ("given_name", "family_name", "suffix", *LICENCE[:3])),
        *((fields.as_text, row[c], c) for c in ("district", "role", "band", "bargaining_unit", "location")),
        *((fields.as_text, name, "former_names") for name in fields.as_list(row["former_names"])),
        *(
            (fields.as_email, a)
            for a in [*([row["email"]] if row["email"] else []), *fields.as_list(row["other_emails"])]
        ),
        (fields.as_span, row["licence_from"], row["licence_until"], ("licence_from", "licence_until")),
        (fields.as_span, row["member_from"], row["member_until"], ("member_from", "member_until")),
        (fields.as_span, row["employed_from"], row["employed_until"], ("employed_from", "employed_until")),
    ]
    for check, *values in checks:
        try:
            check(*values)
        except ValueError as error:
            yield str(error)
    if row["other_emails"] and not row["email"]:
        yield "other_emails is given without email, so that nobody can say where mail goes"
    if any(row[c] for c in OF_EMPLOYMENT):
        for column in ("district", "employee_id", "employed_from"):
            if not row[column]:
                yield f"{column} is empty although the row speaks of an employment"
    for column in (*LICENCE[3:], "member_from", "member_until", "employed_from", "employed_until"):
        try:
            day = fields.as_date(row[column])
        except ValueError:
            continue  # said above
        row[column] = day.isoformat() if day else ""


def _together(group: list[tuple[Any, ...]], problems: Problems) -> Wanted:
    """One educator from all their rows. What must agree and does not is a problem."""
    rows = [dict(zip(("line", *COLUMNS), r, strict=True)) for r in group]
    first = rows[0]
    member_number = str(first["member_number"])

    def agreed(columns: tuple[str, ...], what: str) -> tuple[str, ...]:
        stated = Counter(tuple(str(r[c]) for c in columns) for r in rows)
        filled = [s for s in stated if any(s)]
        if len(filled) > 1:
            odd = next(r for r in rows if tuple(str(r[c]) for c in columns) == filled[1])
            problems.add(
                int(odd["line"]),
                f"member {member_number} has another {what} here ({' '.join(v for v in filled[1] if v)}) than on line"
                f" {first['line']} ({' '.join(v for v in filled[0] if v)})",
                "One member number belongs to one person.",
            )
        return filled[0] if filled else ("",) * len(columns)

    given, family, suffix = agreed(("given_name", "family_name", "suffix"), "name")
    state, number, level, *licensed = agreed(LICENCE, "license")
    licence = state, number, level, fields.as_date(licensed[0]), fields.as_date(licensed[1])
    (email,) = agreed(("email",), "primary e-mail address")
    wanted = Wanted(member_number, int(first["line"]), (given, family, suffix), licence)
    addresses = {email.casefold(): email} if email else {}
    for row in rows:
        for address in fields.as_list(row["other_emails"]):
            addresses.setdefault(address.casefold(), address)
        wanted.former.extend(n for n in fields.as_list(row["former_names"]) if n not in wanted.former)
        _add_spans(wanted, row, problems)
    wanted.addresses = list(addresses.values())
    return wanted


def _add_spans(wanted: Wanted, row: dict[str, Any], problems: Problems) -> None:
    line = int(row["line"])
    starts, ends = fields.as_date(row["member_from"]), fields.as_date(row["member_until"])
    if starts is not None:
        if wanted.memberships.get(starts, ends) != ends:
            problems.add(line, f"the membership from {starts} of member {wanted.member_number} has two different ends")
        wanted.memberships[starts] = ends
    starts, ends = fields.as_date(row["employed_from"]), fields.as_date(row["employed_until"])
    if starts is None:
        return
    key = (str(row["district"]), starts)
    work = Work(
        row["employee_id"],
        row["role"],
        row["band"],
        row["bargaining_unit"],
        row["location"],
        fields.as_fte(row["fte"]),
        ends,
        line,
    )
    earlier = wanted.employments.setdefault(key, work)
    if replace(earlier, line=line) != work:
        problems.add(
            line,
            f"member {wanted.member_number} has another employment at {key[0]} from {starts} on line {earlier.line}",
            "One employment is one district and one first day; make them one row.",
        )
