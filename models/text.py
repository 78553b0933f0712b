"""Text that the operator writes: some text at all, the name of a time zone, and when two names are the same."""

import unicodedata
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is not a time zone; write one such as "America/Chicago"') from error
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""A name of the IANA time zone database, such as "America/Chicago"."""

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
"""Not empty."""


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """A title or name for exact comparison: Unicode forms (NFKC), letter case and spaces do not matter, all else does."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
