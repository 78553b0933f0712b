"""JSON from outside, read so that two readers cannot understand it differently: no duplicate keys, no NaN, bounded."""

import json
import math
import re
from typing import Any, NoReturn, cast

MAX_BYTES = 1_000_000
BOM = "\ufeff"
"""What some editors put before a text; the codec "utf-8-sig" takes it away too, and takes longer than the whole reading."""

MAX_DEPTH = 40
"""Deep enough for any credential; far below Python's recursion limit."""


class JsonProblem(ValueError):
    """The text is not JSON we accept; `str()` says why, as the end of a sentence ("is …")."""


class NotJson(JsonProblem):
    """The text is no JSON at all, so it may well be something else."""


def parse(content: bytes | str) -> Any:
    """The value of a JSON text (RFC 8259; stricter: UTF-8 only, unique keys, at most a megabyte and 40 levels).

    Raises NotJson when it is no JSON, JsonProblem when it is JSON that is refused.
    """
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise JsonProblem(f"is larger than a credential can be ({size:,} bytes; the limit is {MAX_BYTES:,})")
    try:
        text = content.decode().removeprefix(BOM) if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise NotJson("is not UTF-8 text") from error
    if _deeper_than(text, MAX_DEPTH):
        raise JsonProblem(f"is nested more than {MAX_DEPTH} levels deep")
    try:
        value = _READER.decode(text)
    except JsonProblem:
        raise
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise NotJson(f"is not JSON{where}") from error
    if _has_lone_surrogate(text, value):
        raise JsonProblem("contains half a character (a lone surrogate)")
    return value


def parse_object(content: bytes | str) -> dict[str, Any]:
    """As `parse`, for a text that must be an object."""
    value = parse(content)
    if not isinstance(value, dict):
        raise JsonProblem("is JSON, but not an object")
    return cast(dict[str, Any], value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in key[:60])
                raise JsonProblem(f'has the key "{shown}" twice in one object')
            seen.add(key)
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise JsonProblem(f"contains {name}, which is not JSON")


def _int(text: str) -> int:
    if len(text) > 30:
        raise JsonProblem("contains a number of more than 30 digits")
    return int(text)


def _float(text: str) -> float:
    """Some readers make infinity of a number that is too large, others refuse it."""
    value = float(text)
    if math.isinf(value):
        raise JsonProblem("contains a number that is too large")
    return value


_READER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_int, parse_float=_float
)
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]+|\\.)*(?:"|\\?\Z)|([{}\[\]])', re.DOTALL)
"""A text in quotes, to its end even where the end is missing, or (the group) a bracket outside of one."""


def _deeper_than(text: str, limit: int) -> bool:
    """Whether brackets nest deeper than `limit`, counted before the recursive parser sees them."""
    if text.count("{") + text.count("[") <= limit:
        return False
    depth = 0
    for bracket in _STRING_OR_BRACKET.findall(text):
        if bracket in ("{", "["):
            depth += 1
            if depth > limit:
                return True
        elif bracket:
            depth -= 1
    return False


def _has_lone_surrogate(text: str, value: Any) -> bool:
    if "\\u" not in text:
        return False
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
