"""Text that is written by others: some text at all, the name of a time zone, when two names are the same, and what of it is printed."""

import re
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


_JOINERS = "\u200c\u200d"  # some scripts cannot be written without them
_SENTENCE_END = re.compile(r"[.!?][\"”’)]?(?=\s)")

NAME_LIMIT = 160
"""The longest name that a paper carries, in characters."""


def plain(text: str, limit: int = 0) -> str:
    """`text` on one line without anything invisible: control characters, bidirectional overrides, zero-width characters
    and lone surrogates are taken out, white space is one space. At most `limit` characters when that is given."""
    kept = (
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )
    line = " ".join("".join(kept).split())
    return shorten(line, limit) if limit else line


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters: to the end of a sentence when one ends in the second half, else to a word and "…"."""
    if len(text) <= limit:
        return text
    ends = [m.end() for m in _SENTENCE_END.finditer(text, 0, limit + 1) if limit // 2 <= m.end() <= limit]
    if ends:
        return text[: ends[-1]]
    head = text[:limit]
    cut = head.rfind(" ")
    return (head[:cut] if cut > limit // 2 else head[:-1]).rstrip(" ,;:–—-") + "…"


def printed_name(name: str) -> str:
    """An educator's name as papers carry it. A paper carries a former name when it says another one than this."""
    return plain(name, NAME_LIMIT)
