"""TOML files of the operator's, read into pydantic models, with errors that name the file and the line."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from countersign.errors import FileProblem, UsageError
from countersign.tomlslips import slip_in

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


@dataclass(frozen=True, slots=True)
class Hints:
    """What errors can suggest: `written` is how the table of a key is written, with "{n:10}" where the number stands that was given in
    its place; `meant` is what a word, folded, may have been meant to be: the first of these that may stand there."""

    written: Mapping[str, str] = field(default_factory=dict[str, str])
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def parse_toml(content: bytes, name: str, model: type[M], named_by: Sequence[str] = (), hints: Hints = Hints()) -> M:
    """`content` as a `model`; `name` is how errors call the file. `named_by` are the keys whose text is the name of a table in a list:
    then errors say 'value of "PD hours"' instead of "grants.1.value". Raises `FileProblems`."""
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
        remedy = slip_in(text.split("\n")[line - 1]) or _SYNTAX_REMEDY
        raise FileProblems([FileProblem(name, line, f"is not TOML: {error}", remedy)]) from error
    except RecursionError as error:
        raise FileProblems([FileProblem(name, 0, "is nested too deeply to be read")]) from error
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        problems = _Problems(name, text, tree, model, named_by, hints)
        raise FileProblems(problems.of(error)) from error


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation as error:  # pragma: no cover  (tomllib only passes what is a float)
        raise ValueError(text) from error


_PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens, as in north-ridge",
    r"^[A-Z]{3}$": "a currency's three letters, as in USD",
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


_NUMBER = re.compile(r"\{n:([0-9.]+)\}")
_CHOICE = re.compile(r"\^\((.+)\)\$")
_QUOTED = re.compile(r"""["']([^"']+)["']""")
_SYNTAX_REMEDY = (
    'Text stands in quotation marks ("November"), a day without them and with two digits each (2024-07-01).'
)
_REMEDY = "Correct its spelling or remove it; nothing that is not understood is passed over."


class _Problems:
    """What pydantic found wrong with one file, in words of ours: each with its line, its place as the file names it and, where one can
    be guessed, what was meant."""

    def __init__(
        self, name: str, text: str, tree: dict[str, Any], model: type[BaseModel], named_by: Sequence[str], hints: Hints
    ) -> None:
        self._name = name
        self._text = text
        self._tree = tree
        self._model = model
        self._named_by = named_by
        self._hints = hints
        self._lines = locate(text)

    def of(self, error: ValidationError) -> list[FileProblem]:
        """All of them by line, one for each place: where a value may be of several kinds, what each of them asks for."""
        at: dict[tuple[Path_, str], list[ErrorDetails]] = {}
        found = error.errors()
        for each in found:
            if each["type"] == "too_short" and any(
                o["loc"][: len(each["loc"])] == each["loc"] != o["loc"] for o in found
            ):
                continue  # it is only short of what is wrong itself
            path = _written(self._tree, each)
            kind = each["type"] if each["type"] in ("missing", "extra_forbidden", "value_error") else ""
            at.setdefault((path, kind if path else each["msg"]), []).append(each)
        return sorted((self._problem(path, same) for (path, _), same in at.items()), key=lambda problem: problem.line)

    def _problem(self, path: Path_, same: "list[ErrorDetails]") -> FileProblem:
        kind, shown = same[0]["type"], self._shown(path)
        line = line_of(self._lines, path) if path else self._quoted_in(same[0]["msg"])
        if kind == "extra_forbidden":
            what = f'unknown key "{path[-1]}" in {self._shown(path[:-1])}'
            return FileProblem(self._name, line, what + self._meant(path), _REMEDY)
        if kind == "missing":
            return FileProblem(self._name, line, f"{shown} is missing{self._one_of(path)}")
        said = "; or ".join(dict.fromkeys(_said(each, self._hints) for each in same))
        if said.startswith(("is not a table", "is not a list")) and path:
            said += self._written_so(path, same[0]["input"])
        if said.startswith(("is ", "has ")):
            return FileProblem(self._name, line, f"{shown} {said}")
        return FileProblem(self._name, line, f"{shown}: {said}" if path else said)

    def _written_so(self, path: Path_, given: Any) -> str:
        """How the table is written, as the end of a sentence; with the number that was given in its place."""
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        number = isinstance(given, (int, Decimal)) and not isinstance(given, bool)
        example = _NUMBER.sub(lambda found: str(given) if number else found[1], self._hints.written.get(key, ""))
        return f"; write {example}" if example else ""

    def _shown(self, path: Path_) -> str:
        """A place as the file names it: `cap.count of "Stipend"`, `signatories.2.name`, `the file`."""
        node: Any = self._tree
        name, rest = "", list[str]()
        for part in path:
            node = node.get(part) if isinstance(node, dict) else node[part] if isinstance(part, int) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            rest.append(str(part + 1) if isinstance(part, int) else part)
            if isinstance(part, int) and (called := self._called(node)):
                name, rest = called[1], []
        dotted = ".".join(rest)
        if name:
            return f'{dotted} of "{name}"' if dotted else f'"{name}"'
        return dotted or "the file"

    def _called(self, node: Any) -> tuple[str, str] | None:
        """The key and text by which a table goes, None when it has no name."""
        if not isinstance(node, dict):
            return None
        table: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
        return next(
            ((key, table[key]) for key in self._named_by if isinstance(table.get(key), str) and table[key]), None
        )

    def _quoted_in(self, message: str) -> int:
        """The line of the first thing that a message on the file as a whole names in quotation marks; 1 when there is none."""
        for word in _QUOTED.findall(message):
            for key, listed in self._tree.items():
                for number, node in reversed(list(enumerate(listed)) if isinstance(listed, list) else []):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
                    called = self._called(node)
                    if called is not None and called[1] == word:
                        return line_of(self._lines, (key, number, called[0]))
            for number, line in reversed(list(enumerate(self._text.split("\n"), 1))):
                if f'"{word}"' in line.partition("#")[0]:
                    return number
        return 1

    def _meant(self, path: Path_) -> str:
        """What an unknown key was meant to be, as the end of a sentence; empty when nothing is near."""
        key, tables = str(path[-1]), _tables_at(self._model, path[:-1])
        if any(f"{key}s" in _fields(table) for table in tables):
            return f'; did you mean "{key}s"?'
        for inner in dict.fromkeys(name for table in tables for name in _fields(table)):
            if any(key in _fields(table) for table in _tables_at(self._model, (*path[:-1], inner))):
                return f"; it belongs into {inner}"
        above = tuple(part for part in path[:-1] if isinstance(part, str))[:-1]
        if path[:-1] and any(key in _fields(table) for table in _tables_at(self._model, above)):
            return f"; it belongs above this table, to {'.'.join(above) or 'the file itself'}"
        return _near(key, [name for table in tables for name in _fields(table)])

    def _one_of(self, path: Path_) -> str:
        words = [
            word for table in _tables_at(self._model, path[:-1]) for word in _words(_fields(table).get(str(path[-1])))
        ]
        return f"; it is one of {', '.join(words)}" if words else ""


def _said(error: "ErrorDetails", hints: Hints) -> str:
    """One of pydantic's errors as a predicate ("is empty") or, where a check of ours speaks, as a sentence."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "too_short" and isinstance(given, str):
        kind = "string_too_short"
    if kind == "too_short" and context["actual_length"]:
        return f"has fewer than {context['min_length']} entries"
    word = given.strip().casefold() if isinstance(given, str) else ""
    meant = hints.meant.get(word, ())
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        if words := _PATTERNS.get(pattern):
            return f"is not written as it must be: {words}"
        if choice := _CHOICE.fullmatch(pattern):
            words = [w for w in choice[1].split("|") if "[" not in w]
            words += [w for w in ("CEU", "PDP") if re.fullmatch(pattern, w)]  # of the shape of a currency, and none
            single = given.removesuffix("s") if isinstance(given, str) else ""
            known = next((w for w in (single, *meant) if re.fullmatch(pattern, w)), "")
            near = f'; did you mean "{known}"?' if known else _near(str(given), words)
            return f"is none of {', '.join(words)}, or a currency's three letters such as USD{near}"
    if words := _SAID.get(kind) or _SAID.get(kind.partition("_")[0]):
        near = ""
        if "expected" in context and isinstance(given, str):
            able = _QUOTED.findall(str(context["expected"]))
            known = next((w for w in meant if w in able), "")
            near = f'; did you mean "{known}"?' if known else _near(given, able)
        elif kind.startswith("int"):
            number = next((w for w in (word, *meant) if w.isdecimal()), "")
            near = f"; write {number}, without quotation marks" if number else ""
        return words.format_map(context) + near
    return error["msg"].removeprefix("Value error, ")


def _near(word: str, words: Sequence[str]) -> str:
    found = get_close_matches(word.strip().casefold(), words, 1)
    return f'; did you mean "{found[0]}"?' if found else ""


def _written(tree: Any, error: "ErrorDetails") -> Path_:
    """Where an error lies in the file, without what pydantic puts in between: kinds of a union, checks, and the place in a list where
    the file has one table alone."""
    node: Any = tree
    path = list[str | int]()
    for number, part in enumerate(error["loc"]):
        missing = error["type"] == "missing" and number == len(error["loc"]) - 1
        if isinstance(node, dict) and (part in node or missing):
            table: dict[Any, Any] = node  # pyright: ignore[reportUnknownVariableType]
            path.append(part)
            node = table.get(part)
        elif isinstance(node, list) and isinstance(part, int):
            path.append(part)
            node = node[part]  # pyright: ignore[reportUnknownVariableType]
    return tuple(path)


def _fields(table: type[BaseModel]) -> dict[str, Any]:
    """The keys of a table as the file writes them, with their types."""
    return {field.alias or name: field.annotation for name, field in table.model_fields.items()}


def _tables_at(model: type[BaseModel], path: Path_) -> list[type[BaseModel]]:
    """What tables may stand at a place of the file."""
    tables = [model]
    for part in path:
        if isinstance(part, str):
            tables = [inner for table in tables for inner in _tables_in(_fields(table).get(part))]
    return tables


def _tables_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for inner in get_args(annotation) for table in _tables_in(inner)]


def _words(annotation: Any) -> list[str]:
    """The words of a closed vocabulary; none when it is not one."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(word.value) for word in annotation]
    return [word for word in get_args(annotation) if isinstance(word, str)] if get_origin(annotation) is Literal else []


def line_of(lines: dict[Path_, int], path: Path_) -> int:
    """The line of the deepest part of `path` that stands on a line of its own."""
    while path and path not in lines:
        if (*path, 0) in lines:  # a list of tables begins with its first one
            path = (*path, 0)
            break
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
