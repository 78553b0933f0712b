"""What a college's transcript says of a credit, and when another word of the college's is a correction of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Shown:
    """The transcript's day, its credits and the course, where they are said."""

    on: date
    credits: Decimal | None = None
    course: str = ""

    def is_corrected_by(self, other: "Shown") -> bool:
        """Whether the other says another day, or other credits where both say some. What only adds is no correction."""
        return self.on != other.on or (other.credits is not None and self.credits not in (None, other.credits))

    def and_then(self, other: "Shown") -> "Shown":
        """What holds once the college has said the other, too: a correction takes its place, anything else adds to it."""
        if self.is_corrected_by(other):
            return other
        return Shown(self.on, self.credits if other.credits is None else other.credits, other.course or self.course)


def shown(said: Iterable[Shown]) -> Shown | None:
    """What holds after all that the college said, oldest first; None when it has said nothing."""
    held: Shown | None = None
    for one in said:
        held = one if held is None else held.and_then(one)
    return held
