"""Work that waits for the database, done beside the loop by a few threads, and given up when the visitor's time is over."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

READ_AT_ONCE = 12
COMPARED_AT_ONCE = 2
"""How many pages look into the database at the same time, and how many files are compared beside them, so that pages never wait
for files: together fewer than SQLAlchemy's pool has connections (15)."""


class Readers:
    """As many threads as `at_once`, never more: one whose visitor has given up is free when its work is done."""

    def __init__(self, at_once: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="reader")

    async def read(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Work that is given up before it began is not begun."""
        return await asyncio.wrap_future(self._threads.submit(work))
