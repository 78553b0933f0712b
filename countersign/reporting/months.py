"""Months as HR names them: "2026-10". When one begins, ends, may be closed, and which fiscal year it falls in."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from countersign.errors import UsageError
from models.words import MONTHS

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def check_month(text: str) -> str:
    """`text` when it is a month such as "2026-10". Raises UsageError."""
    if not _MONTH.fullmatch(text):
        raise UsageError(f"{text!r} is not a month.", "Write the year and the month, such as 2026-10.")
    return text


def first_day(month: str) -> date:
    """The month's first day."""
    return date.fromisoformat(f"{month}-01")


def next_month(month: str) -> str:
    """The month after."""
    return f"{first_day(month) + timedelta(days=31):%Y-%m}"


def last_day(month: str) -> date:
    """The month's last day."""
    return first_day(next_month(month)) - timedelta(days=1)


def said(month: str) -> str:
    """The month in words: "October 2026"."""
    day = first_day(month)
    return f"{MONTHS[day.month - 1]} {day.year}"


def has_ended(month: str, now: datetime, time_zone: str) -> bool:
    """Whether the month's last day is over in `time_zone` at the moment `now`."""
    return now.astimezone(ZoneInfo(time_zone)).date() > last_day(month)


def month_before(now: datetime, time_zone: str) -> str:
    """The last month that is over in `time_zone` at the moment `now`."""
    first = now.astimezone(ZoneInfo(time_zone)).date().replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def earlier(month: str, count: int) -> str:
    """The month `count` months before."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 - count, 12)
    return f"{year}-{number + 1:02d}"


def fiscal_year(month: str, starts: str) -> str:
    """The label of the year that holds the month's first day, when years start on `starts` ("07-01"): "2026-27".

    A year that starts on January 1 is called by its number alone.
    """
    day = first_day(month)
    if starts == "01-01":
        return str(day.year)
    year = day.year if f"{day:%m-%d}" >= starts else day.year - 1
    return f"{year}-{(year + 1) % 100:02d}"
