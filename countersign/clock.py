"""The one place that asks what time it is. Everything else is told."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current moment, aware, in UTC, to the second (fractions would only make outputs differ)."""
    return datetime.now(UTC).replace(microsecond=0)
