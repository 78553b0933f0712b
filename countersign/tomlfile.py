"""TOML files of the operator's, read into pydantic models, with errors that name the file and the line."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from countersign.errors import FileProblem, UsageError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"(\[\[?)[ \t]*({_DOTTED})[ \t]*\]\]?")
_KEY = re.compile(rf"({_DOTTED})[ \t]*=")
_TOKEN = re.compile(
    r'''\#[^\n]* | """(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5} | '{3}(?:[^']|'{1,2}(?!'))*'{3,5}'''
    r""" | "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | [\[\]{}\n] | [^\#"'\[\]{}\n]+""",
    re.DOTALL | re.VERBOSE,
)
"""A comment, a string of one of TOML's four kinds, a bracket, the end of a line, or what stands between these (TOML 1.0)."""

_SYNTAX_LINE = re.compile(r"\(at line (\d+), column \d+\)")
MAX_BYTES = 1_000_000

Path_ = tuple[str | int, ...]


def read_toml(path: Path, model: type[M]) -> M:
    """The file as a `model`. Numbers with a point become `Decimal`. Raises `FileProblems` (every problem found, each
    with its line) or `UsageError` when the file cannot be read."""
    return parse_toml(read_bytes(path), str(path.name), model)


def read_bytes(path: Path) -> bytes:
    """The bytes of an operator's file, at most a megabyte. Raises UsageError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise FileProblem(str(path), 0, f"is larger than {MAX_BYTES:,} bytes", "It cannot be what it should be.")
    return content


class FileProblems(FileProblem):
    """All that is wrong with one file."""

    def __init__(self, problems: list[FileProblem]) -> None:
        first = problems[0]
        super().__init__(first.file, first.line, "")
        self.problems = problems
        self.what = "\n".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(str(p) for p in self.problems)


def parse_toml(content: bytes, name: str, model: type[M]) -> M:
    """`content` as a `model`; `name` is how errors call the file. Raises `FileProblems`."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileProblems([FileProblem(name, line, "is not UTF-8 text", "Save it as UTF-8.")]) from error
    try:
        tree = tomllib.loads(text, parse_float=_decimal)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        raise FileProblems([FileProblem(name, line, f"is not TOML: {error}")]) from error
    except RecursionError as error:
        raise FileProblems([FileProblem(name, 0, "is nested too deeply to be read")]) from error
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        lines = locate(text)
        problems = [_problem(name, lines, e) for e in error.errors()]
        raise FileProblems(problems) from error


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation as error:  # pragma: no cover  (tomllib only passes what is a float)
        raise ValueError(text) from error


_PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens, as in north-ridge",
    r"^[A-Z]{3}$": "a currency's three letters, as in USD",
    r"^(hour|credit|micro-credential|[A-Z]{3})$": "hour, credit, micro-credential, or a currency such as USD",
    r"^https?://\S+$": "an address that begins with https://",
}
_SAID = {
    "string_type": "is not text",
    "string_too_short": "is empty",
    "too_short": "has no entries",
    "int": "is not a whole number",
    "bool": "is neither true nor false",
    "date": "is not a day such as 2026-10-01",
    "decimal_max_places": "has more than {decimal_places} decimal places",
    "decimal_max_digits": "has more than {max_digits} digits",
    "greater_than": "is not greater than {gt}",
    "greater_than_equal": "is less than {ge}",
    "less_than": "is not less than {lt}",
    "less_than_equal": "is greater than {le}",
    "literal_error": "is none of {expected}",
    "enum": "is none of {expected}",
    "tuple_type": "is not a list",
    "list_type": "is not a list",
    "model_type": "is not a table",
    "model_attributes_type": "is not a table",
    "dict_type": "is not a table",
}
"""What pydantic finds wrong, in words of ours, by the whole name of its error or by what that begins with ("int_parsing")."""


def _problem(name: str, lines: dict[Path_, int], error: "ErrorDetails") -> FileProblem:
    kind = error["type"]
    path = tuple(part for part in error["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    shown = ".".join(str(p + 1) if isinstance(p, int) else p for p in path) or "the file"
    if kind == "extra_forbidden":
        what = f'unknown key "{path[-1]}" in {".".join(str(p) for p in path[:-1]) or "the file"}'
        remedy = "Correct its spelling or remove it; nothing that is not understood is passed over."
        return FileProblem(name, line_of(lines, path), what, remedy)
    if kind == "missing":
        return FileProblem(name, line_of(lines, path[:-1]), f"{shown} is missing")
    if kind == "too_short" and isinstance(error["input"], str):
        kind = "string_too_short"
    context = error.get("ctx", {})
    if kind == "string_pattern_mismatch" and (words := _PATTERNS.get(str(context["pattern"]))):
        return FileProblem(name, line_of(lines, path), f"{shown} is not written as it must be: {words}")
    if words := _SAID.get(kind) or _SAID.get(kind.partition("_")[0]):
        return FileProblem(name, line_of(lines, path), f"{shown} {words.format_map(context)}")
    return FileProblem(name, line_of(lines, path), f"{shown}: {error['msg'].removeprefix('Value error, ')}")


def line_of(lines: dict[Path_, int], path: Path_) -> int:
    """The line of the deepest part of `path` that stands on a line of its own."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


@dataclass(frozen=True, slots=True)
class Statement:
    """A heading or a key with its value: where it belongs, ("grants", 1, "clause"), and its first and last line, counted from 1."""

    path: Path_
    first: int
    last: int


def last_bracket(statement: str) -> tuple[int, bool]:
    """Where the last bracket of a key's value in brackets stands, and whether a comma is needed before something that goes in front of
    it. Raises ValueError when there is none."""
    at, before, needed = -1, "", False
    for found in _TOKEN.finditer(statement):
        piece = found.group()
        if piece == "]":
            at, needed = found.start(), before not in ("[", ",")
        if piece.strip() and not piece.startswith("#"):
            before = piece.strip()[-1]
    if at < 0:
        raise ValueError("no brackets")
    return at, needed


def locate(text: str) -> dict[Path_, int]:
    """Where each table and key begins: {("grants", 1, "clause"): 32}. tomllib does not say; pydantic's paths need it.

    Keys inside inline tables and arrays fall back to the line of the key they belong to.
    """
    lines: dict[Path_, int] = {}
    for statement in statements(text):
        lines.setdefault(statement.path, statement.first)
    return lines


def statements(text: str) -> Iterator[Statement]:
    """The headings and keys of a text that is TOML, in their order. A line ends with a line feed and with nothing else (TOML 1.0,
    "Newline"), and what stands in a string is neither heading nor key."""
    counts: dict[Path_, int] = {}
    table: Path_ = ()
    for said, first, last in _logical_lines(text):
        if header := _HEADER.fullmatch(said):
            table = _table(header[2], header[1] == "[[", counts)
            yield Statement(table, first, last)
        elif key := _KEY.match(said):
            yield Statement(table + _parts(key[1]), first, last)


def _logical_lines(text: str) -> Iterator[tuple[str, int, int]]:
    """What is one statement to TOML, without comments, with its first and last line: brackets and strings may go over many."""
    said, first, line, depth = "", 1, 1, 0
    for found in _TOKEN.finditer(text + "\n"):
        piece = found.group()
        if piece == "\n" and not depth:
            if said.strip():
                yield said.strip(), first, line
            said, first = "", line + 1
        elif not piece.startswith("#"):
            said += piece
            depth += (piece in ("[", "{")) - (piece in ("]", "}"))
        line += piece.count("\n")


def _parts(dotted: str) -> tuple[str, ...]:
    parts = re.findall(_PART, dotted)
    return tuple(tomllib.loads(f"it = {part}")["it"] if part[0] in "\"'" else part for part in parts)


def _table(dotted: str, is_array: bool, counts: dict[Path_, int]) -> Path_:
    path: Path_ = ()
    parts = _parts(dotted)
    for position, part in enumerate(parts):
        path = (*path, part)
        last = position == len(parts) - 1
        if last and is_array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
