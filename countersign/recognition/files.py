"""Agreement files: a folder of TOML read into `Rules`, with the approved lists beside them."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from pydantic import ValidationError

from countersign.errors import FileProblem, UsageError
from countersign.recognition.slips import SLIPS
from countersign.tomlfile import FileProblems, line_of, locate, parse_toml, read_bytes
from models.agreement import Agreement, Listed, Rules

COLUMNS = ["title", "from", "until"]
NAMED_BY = ("clause", "name")
"""The keys that give a clause, stack, window or goal its name."""


@dataclass(frozen=True, slots=True)
class Read:
    """One file read: its rules, the line of every key, and its approved list's rows with their lines."""

    rules: Rules
    lines: dict[tuple[str | int, ...], int]
    listed: tuple[tuple[int, Listed], ...]

    def problem(self, what: str, *path: str | int) -> FileProblem:
        return FileProblem(self.rules.file, line_of(self.lines, path), what)


def load_rules(folder: Path) -> tuple[Rules, ...]:
    """Every `*.toml` of the folder, by id and first day. Raises FileProblems with all that is wrong in all of them, each
    with its file and line, and UsageError when the folder cannot be read."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        raise UsageError(f"The agreements folder {folder} cannot be read: {error.strerror}.") from error
    problems: list[FileProblem] = []
    reads: list[Read] = []
    for path in paths:
        try:
            reads.append(read_agreement(path))
        except FileProblems as found:
            problems += found.problems
    problems += overlaps(reads)
    if problems:
        raise FileProblems(problems)
    return tuple(sorted((r.rules for r in reads), key=lambda r: (r.terms.id, r.terms.in_force.from_)))


def read_agreement(path: Path) -> Read:
    """One agreement file with its approved list. Raises FileProblems, with every problem by its line, and UsageError when the file cannot
    be read."""
    content = read_bytes(path)
    terms = parse_toml(content, path.name, Agreement, NAMED_BY, SLIPS)
    lines = locate(content.decode("utf-8"))
    preapproval = terms.eligibility.preapproval
    if preapproval is None or preapproval.list is None:
        rules = Rules(terms=terms, sha256=_sha256(content, None), file=path.name, text=content.decode("utf-8"))
        return Read(rules, lines, ())
    line = line_of(lines, ("eligibility", "preapproval", "list"))
    name = preapproval.list
    if Path(name).name != name or name in {".", ".."}:
        remedy = "Name a CSV file that lies beside the agreement."
        raise FileProblems([FileProblem(path.name, line, f'list: "{name}" is not the name of a file', remedy)])
    try:
        table = read_bytes(path.parent / name)
    except FileProblem as error:
        raise FileProblems([error]) from error
    except UsageError as error:
        what = f'the approved list "{name}" cannot be read'
        remedy = f"Put the CSV (columns {', '.join(COLUMNS)}) beside {path.name}."
        raise FileProblems([FileProblem(path.name, line, what, remedy)]) from error
    listed = _approved_list(table, name)
    rules = Rules(
        terms=terms,
        sha256=_sha256(content, table),
        file=path.name,
        approved=tuple(row for _, row in listed),
        text=content.decode("utf-8"),
        approved_text=table.decode("utf-8"),
    )
    return Read(rules, lines, listed)


def rules_of(content: bytes, file: str, approved: bytes | None) -> Rules:
    """The rules of a file's bytes and of its approved list's, as they were kept. Raises FileProblems."""
    terms = parse_toml(content, file, Agreement, NAMED_BY, SLIPS)
    listed = _approved_list(approved, file) if approved is not None else ()
    return Rules(
        terms=terms,
        sha256=_sha256(content, approved),
        file=file,
        approved=tuple(row for _, row in listed),
        text=content.decode("utf-8"),
        approved_text=approved.decode("utf-8") if approved is not None else "",
    )


def _sha256(content: bytes, approved: bytes | None) -> str:
    return hashlib.sha256(content if approved is None else content + b"\0" + approved).hexdigest()


def _approved_list(content: bytes, name: str) -> tuple[tuple[int, Listed], ...]:
    """The rows with their lines. Raises FileProblems: columns other than title, from, until; not a day; an empty title."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileProblems([FileProblem(name, line, "is not UTF-8 text", "Save it as CSV UTF-8.")]) from error
    if "\0" in text:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise FileProblems([FileProblem(name, line, "holds a zero byte, which is no text", "Save it as CSV UTF-8.")])
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[tuple[int, Listed]] = []
    problems: list[FileProblem] = []
    try:
        header = next(reader, list[str]())
        if [cell.strip().casefold() for cell in header] != COLUMNS:
            what = (
                f"the first line must name the columns {', '.join(COLUMNS)}; it says {', '.join(header) or 'nothing'}"
            )
            raise FileProblems([FileProblem(name, 1, what)])
        for cells in reader:
            if any(cell.strip() for cell in cells):
                try:
                    rows.append((reader.line_num, _row(cells)))
                except ValueError as error:
                    problems.append(FileProblem(name, reader.line_num, str(error)))
    except csv.Error as error:
        problems.append(FileProblem(name, reader.line_num, f"is not CSV: {error}"))
    if problems:
        raise FileProblems(problems)
    return tuple(rows)


def _row(cells: Sequence[str]) -> Listed:
    if len(cells) != len(COLUMNS):
        raise ValueError(
            f"has {len(cells)} cells instead of {len(COLUMNS)}; put a title with a comma in quotation marks"
        )
    title, starts, until = (cell.strip() for cell in cells)
    given = {"title": title, "from": starts, "until": until or None}
    try:
        return Listed.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = "is empty" if where == "title" else first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{where + ': ' if where else ''}{what}") from error


def overlaps(reads: Sequence[Read]) -> Iterator[FileProblem]:
    """Versions of one agreement that are in force on the same day: what they decide cannot be told."""
    for one, two in combinations(sorted(reads, key=lambda r: (r.rules.terms.in_force.from_, r.rules.file)), 2):
        a, b = one.rules.terms, two.rules.terms
        if a.id == b.id and meet(a.in_force.from_, a.in_force.until, b.in_force.from_, b.in_force.until):
            what = (
                f'this version of "{b.id}" is in force from {b.in_force.from_}, while the one in {one.rules.file} still is '
                f"({a.in_force.from_} until {a.in_force.until or 'further notice'})"
            )
            yield two.problem(f"{what}; two versions of one agreement cannot hold at once", "in_force")


def meet(from_a: date | None, until_a: date | None, from_b: date | None, until_b: date | None) -> bool:
    """Whether two spans of days share one; None is open on that side."""
    low, high = date.min, date.max
    return (from_a or low) <= (until_b or high) and (from_b or low) <= (until_a or high)
