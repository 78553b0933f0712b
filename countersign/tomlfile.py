"""TOML files of the operator's, read into pydantic models, with errors that name the file and the line."""

import re
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from countersign.errors import FileProblem, UsageError

M = TypeVar("M", bound=BaseModel)

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
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
        self.what = "\n".join(str(p) for p in problems)


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
        problems = [_problem(name, lines, e["loc"], e["type"], e["msg"]) for e in error.errors()]
        raise FileProblems(problems) from error


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation as error:  # pragma: no cover  (tomllib only passes what is a float)
        raise ValueError(text) from error


def _problem(name: str, lines: dict[Path_, int], loc: Path_, kind: str, message: str) -> FileProblem:
    path = tuple(part for part in loc if not (isinstance(part, str) and part.startswith("function-")))
    shown = ".".join(str(p + 1) if isinstance(p, int) else p for p in path) or "the file"
    if kind == "extra_forbidden":
        what = f'unknown key "{path[-1]}" in {".".join(str(p) for p in path[:-1]) or "the file"}'
        remedy = "Correct its spelling or remove it; nothing that is not understood is passed over."
        return FileProblem(name, line_of(lines, path), what, remedy)
    if kind == "missing":
        return FileProblem(name, line_of(lines, path[:-1]), f"{shown} is missing")
    return FileProblem(name, line_of(lines, path), f"{shown}: {message.removeprefix('Value error, ')}")


def line_of(lines: dict[Path_, int], path: Path_) -> int:
    """The line of the deepest part of `path` that stands on a line of its own."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def locate(text: str) -> dict[Path_, int]:
    """Where each table and key begins: {("grants", 1, "clause"): 32}. tomllib does not say; pydantic's paths need it.

    Keys inside inline tables and multi-line arrays fall back to the line of the key they belong to.
    """
    lines: dict[Path_, int] = {}
    counts: dict[Path_, int] = {}
    table: Path_ = ()
    quote = ""  # inside a multi-line string
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            if line.count(quote) % 2:
                quote = ""
            continue
        header = _HEADER.match(line)
        if header:
            table = _table(header.group(2), header.group(1) == "[[", counts)
            lines.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault(table + _parts(key.group(1)), number)
        for mark in ('"""', "'''"):
            if line.count(mark) % 2:
                quote = mark
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


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
