"""What Verifiable Credentials of both data models have in common: which model, whose, and from when until when.

Sources: VC Data Model 1.1 §4.1, §4.5 to §4.7; VC Data Model 2.0 §4.3 (the base context comes first), §4.7, §4.9.
"""

from datetime import datetime
from typing import Any, cast

from countersign.verification import reading
from countersign.verification.reading import Json, Malformed

VC1 = "https://www.w3.org/2018/credentials/v1"
VC2 = "https://www.w3.org/ns/credentials/v2"


def contexts(body: Json) -> list[Any]:
    """The entries of `@context` in their order."""
    value: Any = body.get("@context")
    return cast(list[Any], value if isinstance(value, list) else [value])


def is_model_1(body: Json) -> bool:
    """Whether it follows VC Data Model 1.1, whose dates have names of their own."""
    return contexts(body)[:1] == [VC1]


def begins(body: Json) -> datetime | None:
    """From when it is valid, the later one when both models' words are used; None when it does not say. Raises Malformed."""
    return max((m for f in ("validFrom", "issuanceDate") if (m := reading.moment(body, f))), default=None)


def ends(body: Json) -> datetime | None:
    """Until when it is valid, the earlier one when both models' words are used; None when it does not say. Raises Malformed."""
    return min((m for f in ("validUntil", "expirationDate") if (m := reading.moment(body, f))), default=None)


def validity(body: Json) -> tuple[datetime, datetime | None]:
    """From when, which Open Badges 3.0 asks for, and until when. Raises Malformed."""
    start = begins(body)
    if start is None:
        raise Malformed(f'"{"issuanceDate" if is_model_1(body) else "validFrom"}" is missing.')
    return start, ends(body)
