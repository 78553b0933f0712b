"""Work that waits for the database, done beside the loop by a few threads, and given up when the visitor's time is over."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

READ_AT_ONCE = 12
COMPARED_AT_ONCE = 2
"""How many pages look into the database at the same time, and how many files are compared beside them, so that pages never wait
for files: together fewer than SQLAlchemy's pool has connections (15)."""


class Readers:
    """As many threads as `at_once`."""

    def __init__(self, at_once: int) -> None:
        self._limit = anyio.CapacityLimiter(at_once)

    async def read(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises."""
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._limit)
