"""What the cells of a row, or the options of a command, say, as one kind of fact; what is wrong with them, in a sentence. Pure."""

from collections.abc import Mapping

from pydantic import ValidationError

from countersign.errors import UsageError
from countersign.matching import fields
from models.facts import KINDS, MAX_SAID, Fact, fact_of

_SAID = {
    "missing": "is empty",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "is not written as it must be: hour, credit, PDP, …, or a currency such as USD",
    "string_too_long": f"is longer than {MAX_SAID:,} letters",
    "enum": "is none of {expected}",
    "decimal_parsing": "is not a number",
    "decimal_type": "is not a number",
    "finite_number": "is not a number",
    "decimal_max_places": "has more than {decimal_places} decimal places",
    "decimal_max_digits": "has more than {max_digits} digits",
    "decimal_whole_digits": "has too many digits",
    "greater_than_equal": "is less than {ge}",
    "greater_than": "is not greater than {gt}",
    "bool_parsing": "is neither yes nor no",
    "bool_type": "is neither yes nor no",
}
"""What pydantic finds wrong, in words of ours."""

FIGURES = frozenset({"credits", "level", "quantity"})
"""The columns that hold a figure; pydantic would read more as one than people write."""


def fact_from(kind: str, cells: Mapping[str, str]) -> Fact:
    """The fact. Raises UsageError with all that is wrong in one sentence."""
    given: dict[str, object] = {"kind": kind, **cells}
    try:
        given["on"] = fields.as_date(cells.get("on", "")) or ""
    except ValueError as error:
        raise UsageError(f"on: {error}") from error
    if not given["on"]:
        raise UsageError("on is empty", "Give the day on which it happened, such as 2024-07-01.")
    for name in FIGURES.intersection(columns_of(kind)):
        if (text := cells.get(name)) and not fields.is_figure(text):
            raise UsageError(f'{name} "{text[:40]}" is not a number')
    try:
        return fact_of(given)
    except ValidationError as error:
        raise refusal_of(error, kind) from error


def refusal_of(error: ValidationError, kind: str) -> UsageError:
    """What pydantic found, as an error for people."""
    said: list[str] = []
    for found in error.errors():
        where = next((str(part) for part in found["loc"] if str(part) not in (kind, "function-after")), "")
        type_ = found["type"]
        if type_ == "extra_forbidden":
            said.append(f"{where} says nothing of a fact of the kind {kind}")
        elif words := _SAID.get(type_):
            shown = f'{where} "{found["input"]}"' if type_ not in ("missing", "string_too_short") else where
            said.append(f"{shown} {words.format_map(found.get('ctx', {}))}")
        else:
            said.append(f"{where}{': ' if where else ''}{found['msg'].removeprefix('Value error, ')}")
    return UsageError("; ".join(said))


def columns_of(kind: str) -> tuple[str, ...]:
    """The columns that a fact of the kind has, besides those that say whose it is."""
    return tuple(name for name in KINDS[kind].model_fields if name not in ("kind", "case", "educator"))


def kind_named(text: str) -> str:
    """The kind that a cell names: "Paid elsewhere" is paid_elsewhere."""
    return "_".join(text.casefold().replace("-", " ").replace("_", " ").split())
