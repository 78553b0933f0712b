"""Visitors who give up leave no more threads at work than are meant to be."""

import asyncio
import threading

import pytest

from countersign.console.reading import Readers


def test_no_more_work_at_once_however_many_visitors_give_up() -> None:
    running = most = 0
    begun: list[int] = []
    count, go_on = threading.Lock(), threading.Event()

    def work() -> None:
        nonlocal running, most
        with count:
            begun.append(1)
            running += 1
            most = max(most, running)
        go_on.wait(10)
        with count:
            running -= 1

    async def visits() -> None:
        readers = Readers(3)

        async def visit() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await readers.read(work)

        for _ in range(4):
            await asyncio.gather(*(visit() for _ in range(3)))
        assert len(begun) == 3  # what was given up before it began never begins
        go_on.set()
        assert await readers.read(lambda: "an answer") == "an answer"

    asyncio.run(visits())
    assert (most, len(begun)) == (3, 3)


def test_what_the_work_raises_reaches_the_visitor() -> None:
    async def visit() -> None:
        await Readers(1).read(lambda: int("none"))

    with pytest.raises(ValueError, match="none"):
        asyncio.run(visit())
