"""How long the originals are kept: the kinds of them that the affiliate sets a time for, and a time as a negotiator writes it."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator

WITHOUT_END = "without end"
LONGEST = 999
"""The most years, months or days that can be written."""

_WRITTEN = re.compile(r"([1-9][0-9]{0,2}) (year|month|day)s?")


class EvidenceKind(StrEnum):
    """What lies in the evidence store and may go after a time, by its key under [retention]."""

    arrivals = "arrivals"
    logs_of_hours = "logs_of_hours"
    sources_of_facts = "sources_of_facts"
    web_answers = "web_answers"


KINDS_SAID = {
    EvidenceKind.arrivals: "what arrived",
    EvidenceKind.logs_of_hours: "logs of hours",
    EvidenceKind.sources_of_facts: "sources of facts",
    EvidenceKind.web_answers: "answers of the web",
}


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time in calendar units: "7 years", "18 months", "90 days"."""

    number: int
    unit: str

    @classmethod
    def read(cls, text: str) -> Self:
        """The length that `text` says. Raises ValueError."""
        found = _WRITTEN.fullmatch(" ".join(text.split()))
        if found is None:
            raise ValueError(
                f'"{text}" is not a length of time; write one such as "7 years", "18 months" or "90 days" (at most {LONGEST}), or '
                f'"{WITHOUT_END}"'
            )
        return cls(int(found[1]), found[2])

    def over(self, since: date) -> date:
        """The first day on which what is of the day `since` need not be kept any more, never a day too early: seven years from
        February 29, 2028, are over on March 1, 2035, and a month from January 31 is over on March 1."""
        if self.unit == "day":
            return since + timedelta(days=self.number)
        months = self.number * (12 if self.unit == "year" else 1)
        year, month = divmod(since.year * 12 + since.month - 1 + months, 12)
        try:
            return date(year, month + 1, since.day)
        except ValueError:  # that month is shorter
            return date(year + (month == 11), (month + 1) % 12 + 1, 1)

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


def _length(value: object) -> object:
    if not isinstance(value, str):
        return value
    return None if " ".join(value.split()) == WITHOUT_END else Length.read(value)


Kept = Annotated[Length | None, BeforeValidator(_length)]
"""As the settings say it; None is without end."""
