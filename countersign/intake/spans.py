"""From when until when on a day: the times that a row of a log of hours gives, where it gives a start and an end.

A time of day has a colon or says am or pm: 15:00, 3:00 PM, 3 pm. A row whose start or end is no such time, and a row
whose end is not after its start, gives no times: its hours alone count.
"""

import re
from collections.abc import Sequence

Span = tuple[str, str]
"""(start, end) on one day as HH:MM on a clock of 24 hours; the end is after the start and at most 24:00."""

STARTS = re.compile(r"(?:start|starts|started|begin|begins|began|beginning|from)(?: time)?|time (?:in|started|from)")
"""The title of a column of starts, in small letters."""
ENDS = re.compile(r"(?:end|ends|ended|ending|finish|finished|stop|until|till|to)(?: time)?|time (?:out|ended|to)")
"""The title of a column of ends, in small letters."""

_TIME = re.compile(r"(\d{1,2})(?::(\d\d)(?::\d\d)?)?\s*(?:([ap])\.?\s?m\.?)?", re.IGNORECASE)


def span_of(start: str, end: str) -> Span | None:
    """The times in two cells; None when they give none. An end at midnight is 24:00."""
    begins, stops = _minutes(start), _minutes(end)
    if begins is None or stops is None or begins >= (stops or 1440):
        return None
    return _said(begins), _said(stops or 1440)


def overlapping(span: Span, others: Sequence[Span]) -> Span | None:
    """The first of `others` that shares time with `span`; one that only touches it does not."""
    return next((other for other in others if other[0] < span[1] and span[0] < other[1]), None)


def _minutes(written: str) -> int | None:
    """Minutes since midnight."""
    found = _TIME.fullmatch(written.strip())
    if found is None or not (found.group(2) or found.group(3)):
        return None
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    if found.group(3):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found.group(3).lower() == "p" else 0)
    return hour * 60 + minute if hour <= 23 and minute <= 59 else None


def _said(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
