"""Small readers for JSON from outside: a value of the right kind, or a sentence that names the field."""

import re
from datetime import UTC, datetime
from typing import Any, cast

from countersign.verification.network import addresses

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_YEAR_10000 = 253_402_300_800
"""As seconds since 1970: no moment of ours lies behind it."""

MAX_TEXT = 20_000

Json = dict[str, Any]


class Malformed(ValueError):
    """A required field is missing or not what it must be; `str()` is a sentence that names it."""


def moment(body: Json, field: str) -> datetime | None:
    """The aware moment in a field (RFC 3339 §5.6), in UTC; None when the field is not there."""
    text = body.get(field)
    if text is None:
        return None
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        zone = isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:.]+)?", text) is not None
        raise Malformed(
            f'"{field}" is a date without a time zone.'
            if zone
            else f'"{field}" is not a date and time with a time zone.'
        )
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(f'"{field}" is not a date that exists.') from error


def numeric_date(body: Json, field: str) -> datetime | None:
    """The NumericDate in a field (RFC 7519 §2), to the second, in UTC; None when the field is not there."""
    if field not in body:
        return None
    value = body[field]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _YEAR_10000:
        raise Malformed(f'"{field}" is not a date.')
    return datetime.fromtimestamp(int(value), UTC)


def text(body: Json, field: str, of: str = "", *, required: bool = True) -> str:
    """The text in a field; empty when it is optional and not there."""
    value = body.get(field)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()) or len(value) > MAX_TEXT:
        raise Malformed(f'"{of}{field}" is missing or not text.')
    return value


def uri(body: Json, field: str = "id", of: str = "") -> str:
    """The absolute URI in a field."""
    value = body.get(field)
    if not isinstance(value, str) or not addresses.is_uri(value):
        raise Malformed(f'"{of}{field}" is missing or not a full address such as https://, urn: or did:.')
    return value


def types(body: Json, of: str = "") -> frozenset[str]:
    """The values of `type`, a text or a list of texts."""
    value: Any = body.get("type")
    if isinstance(value, str):
        return frozenset((value,))
    if not isinstance(value, list) or not value or not _all_of(str, cast(list[Any], value)):
        raise Malformed(f'"{of}type" is missing or not text.')
    return frozenset(cast(list[str], value))


def require_type(body: Json, wanted: frozenset[str], of: str = "") -> None:
    if wanted.isdisjoint(types(body, of)):
        raise Malformed(f'"{of}type" does not say {" or ".join(sorted(wanted))}.')


def part(body: Json, field: str, of: str = "") -> Json:
    """The one object in a field (a list of one is one)."""
    found = parts(body, field, of)
    if len(found) != 1:
        raise Malformed(
            f'"{of}{field}" is missing.' if not found else f'"{of}{field}" has {len(found)} entries; one is expected.'
        )
    return found[0]


def parts(body: Json, field: str, of: str = "") -> list[Json]:
    """The objects in a field, none when it is not there."""
    value: Any = body.get(field)
    if value is None:
        return []
    if isinstance(value, dict):
        return [cast(Json, value)]
    if not isinstance(value, list) or not _all_of(dict, cast(list[Any], value)):
        raise Malformed(f'"{of}{field}" is not an object.')
    return cast(list[Json], value)


def texts(body: Json, field: str) -> list[str]:
    """The texts in a field that is a text, a list of texts, or not there."""
    value: Any = body.get(field)
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not _all_of(str, cast(list[Any], value)):
        raise Malformed(f'"{field}" is not text.')
    return cast(list[str], value)


def _all_of(kind: type, values: list[Any]) -> bool:
    return all(isinstance(value, kind) for value in values)
