"""What verification asks of the web: one way to read a document, and the two ways in which it is not to be had.

Whoever fetches gets an answer with its HTTP status (a 404 or 410 is an answer), or one of two refusals: `Unreachable`
(nothing was learned, try again later) and `Refused` (the guard will never fetch this).
"""

from typing import Protocol

from models.credentials import Fetched

MAX_BODY = 1_000_000
"""Bytes of the largest answer that is taken."""


class Unreachable(Exception):
    """The address could not be tried or did not answer; `str()` says why, as the end of a sentence."""


class Refused(Exception):
    """The guard does not fetch this address at all; `str()` says why, as the end of a sentence."""


class Fetcher(Protocol):
    """Reads one document from the web."""

    def get(self, url: str) -> Fetched:
        """The answer at `url`, whatever its status, redirects followed. Raises Unreachable or Refused."""
        ...
