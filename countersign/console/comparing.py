"""Whether a PDF is byte for byte one that was issued. The file is never opened: it is compared, and searched for numbers.

A parser of PDFs that strangers may feed is a door we do not need. The number stands in the file's metadata, which archival PDF
leaves uncompressed (ISO 19005-3, 6.6); whoever asks may also type it.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from countersign.console.looking import Books, Found
from countersign.errors import CountersignError
from countersign.issuance import read_number

START = b"%PDF-"
"""How a PDF begins (ISO 32000-1, 7.5.2)."""

MOST_NUMBERS = 8
"""How many numbers in one file are looked up."""

MOST_CANDIDATES = 500
"""How many words of a file that look like a number are read: a file of ours has one or two."""

PIECE = 65_536
"""Bytes that are searched at once: a search lets no other thread go on."""

LONGEST = 64
"""Bytes; no number and what stands beside it take as many."""

_NUMBER = re.compile(
    rb"(?<![A-Z0-9-])[A-Z0-9]{1,8}(?:-[A-Z0-9]{1,8})?-[0-9]{4}-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z](?![A-Z0-9])"
)


class Comparison(StrEnum):
    """How a file compares: `same` is unaltered; `continued` is what was issued and something after it (a note, a stamp, a
    signature that another program added); `different` carries a number of ours and is another file; `unknown` carries none."""

    same = "same"
    continued = "continued"
    different = "different"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Compared:
    """The outcome, and the certificate it was compared with (None for `unknown`)."""

    outcome: Comparison
    found: Found | None = None


def compare(content: bytes, typed: str, books: Books, issued: Callable[[str], bytes]) -> Compared:
    """Compare a file with all that was issued, then with the certificate whose number was `typed` ("" for none) and those
    whose numbers it carries. `issued` gives the bytes of a SHA-256.

    A file that is a certificate of ours is told as that one, whatever number was typed. Raises Busy.
    """
    same = books.by_sha256(hashlib.sha256(content).hexdigest())
    if same is not None:
        return Compared(Comparison.same, same)
    numbers = [typed] if typed else []
    numbers += [number for number in numbers_in(content) if number != typed]
    known = [found for found in map(books.by_number, numbers) if found is not None]
    for found in known:
        if _continues(content, found, issued):
            return Compared(Comparison.continued, found)
    return Compared(Comparison.different, known[0]) if known else Compared(Comparison.unknown)


def _continues(content: bytes, found: Found, issued: Callable[[str], bytes]) -> bool:
    try:
        return content.startswith(issued(found.sha256))
    except CountersignError:
        return False  # the kept copy is damaged, which `reconcile` tells; that the file differs is true all the same


def numbers_in(content: bytes) -> list[str]:
    """The numbers of papers that stand readable in a file, once each, in order, at most MOST_NUMBERS, of the first
    MOST_CANDIDATES that look like one."""
    found: dict[str, None] = {}
    for match in islice(_candidates(content), MOST_CANDIDATES):
        number = read_number(match[0].decode("ascii"))
        if number:
            found[number] = None
            if len(found) == MOST_NUMBERS:
                break
    return list(found)


def _candidates(content: bytes) -> Iterator[re.Match[bytes]]:
    """The words that look like a number. A piece is searched a little into the next one, for the words that begin in it."""
    for start in range(0, len(content), PIECE):
        for match in _NUMBER.finditer(content, start, start + PIECE + LONGEST):
            if match.start() < start + PIECE:
                yield match
