"""Days as a recognizer counts them: in its time zone, in its own year, up to its months of pay."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from models.words import MONTHS

_zone = cache(ZoneInfo)


def local_day(moment: datetime, zone: str) -> date:
    """The day that `moment` is in `zone`. Raises ValueError for a naive moment, which would be another day elsewhere."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(_zone(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The moment at which `day` begins in `zone`, in UTC."""
    return datetime.combine(day, time.min, tzinfo=_zone(zone)).astimezone(UTC)


@lru_cache(1024)  # asked for the same few days of the same few years, over and over
def day_in(year: int, month_day: str) -> date:
    """That day of the calendar year; February 29 is the last day of February in a year without one."""
    month, day = (int(part) for part in month_day.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True, order=True)
class RecognizerYear:
    """One year of a recognizer's: its first day, and the month and day on which its years start ("07-01")."""

    first: date
    starts: str

    @classmethod
    def of(cls, day: date, starts: str) -> Self:
        """The year that `day` lies in."""
        this = day_in(day.year, starts)
        return cls(this if this <= day else day_in(day.year - 1, starts), starts)

    @property
    def next(self) -> Self:
        return type(self)(day_in(self.first.year + 1, self.starts), self.starts)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def label(self) -> str:
        """`2024-25`, or `2024` where the year is the calendar's."""
        if self.starts == "01-01":
            return f"{self.first.year:04d}"
        return f"{self.first.year:04d}-{(self.first.year + 1) % 100:02d}"

    def day(self, month_day: str) -> date:
        """The day within this year that bears this month and day."""
        this = day_in(self.first.year, month_day)
        return this if this >= self.first else day_in(self.first.year + 1, month_day)

    def month(self, number: int) -> date:
        """First day of the first calendar month `number` that begins after this year began."""
        this = date(self.first.year, number, 1)
        return this if this > self.first else date(self.first.year + 1, number, 1)


def month_label(day: date) -> str:
    """The month of `day` as the ledger writes it: `2024-11`."""
    return f"{day.year:04d}-{day.month:02d}"


def month_ends(first: date) -> date:
    """The last day of the month of `first`."""
    return first.replace(day=monthrange(first.year, first.month)[1])


def said(day: date) -> str:
    """`October 1, 2024`."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def month_said(day: date) -> str:
    """`November 2024`."""
    return f"{MONTHS[day.month - 1]} {day.year}"
