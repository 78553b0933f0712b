"""What opening one submission may cost. Counts come first, so that the same bytes always give the same reading.

The clock is the last line, for what no count foresaw. It is the processor time of the thread that reads: a busy or sleeping machine
changes no reading.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from countersign.intake.unpacked import MAX_PARTS, MAX_UNPACKED

SECONDS = 20.0
"""Processor seconds in which a submission is opened; an evening's ordinary mail takes a few hundredths each."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So much of one thing may be looked at in one submission; `sentence` says to a person what was then left out."""

    most: int
    sentence: str


PARTS = Limit(MAX_PARTS, f"It has more than {MAX_PARTS} parts; the rest were not opened.")
UNPACKED = Limit(MAX_UNPACKED, f"It unpacks to more than {MAX_UNPACKED >> 20} MB; the rest was not opened.")
TOO_LONG = f"Opening it takes longer than {SECONDS:.0f} seconds; the rest was not opened."

WALKED = Limit(
    300 * 1024 * 1024,
    "Its messages and parts lie in one another more often than can be followed; the rest were not opened.",
)
"""Bytes in which boundaries are looked for: each level of nesting looks through all that is in it once more."""

SOUGHT = Limit(
    50, "What the sender wrote was looked for in its first 50 parts only; what they ask for may stand behind."
)
"""Parts in which the sender's own words are looked for; they stand in the first or the second."""

TEXT = Limit(10_000_000, "Its texts have more than 10 million characters; the rest were not searched.")
TAGS = Limit(1_000_000, "Its workbooks are larger than logs of hours can be; the rest were not read.")
"""XML tags of workbooks: what reading one costs goes by them."""

OBJECTS = Limit(100_000, "Its PDFs are built of more than 100,000 objects; the rest was not opened.")
STREAMS = Limit(20_000, "Its PDFs have more than 20,000 streams; the rest were not searched for pictures.")
SEARCHED = Limit(300 * 1024 * 1024, "Its PDFs name too much that is not in its place; the rest was not opened.")
"""Bytes in which such things are looked for: each one takes the whole file once more."""

PAGES = Limit(1_000_000, "The pages of its PDFs hold more than 1 MB; the rest were not searched for printed addresses.")
FONTS = Limit(300, "The pages of its PDFs use more than 300 fonts; the rest were not searched for printed addresses.")


@dataclass(slots=True)
class Budget:
    """What has been spent on one submission so far. `clock` gives seconds that only grow; `ends` is its last one."""

    clock: Callable[[], float] = time.thread_time
    ends: float = field(init=False)
    _counted: dict[Limit, int] = field(init=False, default_factory=dict[Limit, int])

    def __post_init__(self) -> None:
        self.ends = self.clock() + SECONDS

    def is_over(self) -> bool:
        """Whether the time is over."""
        return self.clock() > self.ends

    def has(self, limit: Limit, amount: int) -> bool:
        """Whether `amount` more is within `limit`. It is counted either way: once there was too much, the rest stays out."""
        self._counted[limit] = self._counted.get(limit, 0) + amount
        return self._counted[limit] <= limit.most
