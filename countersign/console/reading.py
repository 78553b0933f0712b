"""Work that waits for the database, done beside the loop by a few threads, and given up when the visitor's time is over."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

AT_ONCE = 12
"""How many look into the database at the same time: fewer than SQLAlchemy's pool has connections (15)."""


class Readers:
    """The threads."""

    def __init__(self) -> None:
        self._limit = anyio.CapacityLimiter(AT_ONCE)

    async def read(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises."""
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._limit)
