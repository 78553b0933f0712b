"""A recognizer's days and years: boundaries, leap days, months of pay."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.recognition.years import RecognizerYear, local_day, month_label, start_of

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
STARTS = st.dates(date(2023, 1, 1), date(2023, 12, 31)).map(lambda d: d.strftime("%m-%d"))


@pytest.mark.parametrize(
    ("day", "starts", "label"),
    [
        (date(2025, 6, 30), "07-01", "2024-25"),
        (date(2025, 7, 1), "07-01", "2025-26"),
        (date(2024, 2, 29), "03-01", "2023-24"),
        (date(2024, 3, 1), "03-01", "2024-25"),
        (date(2024, 12, 31), "01-01", "2024"),
        (date(1999, 9, 1), "07-01", "1999-00"),
    ],
)
def test_the_year_a_day_lies_in(day: date, starts: str, label: str) -> None:
    assert RecognizerYear.of(day, starts).label == label


@given(DAYS, STARTS)
def test_every_day_lies_in_exactly_one_year(day: date, starts: str) -> None:
    year = RecognizerYear.of(day, starts)
    assert year.first <= day <= year.last
    assert RecognizerYear.of(year.last + timedelta(days=1), starts) == year.next
    assert RecognizerYear.of(year.first, starts) == year


@given(DAYS, STARTS, STARTS)
def test_a_day_of_the_year_lies_within_it(day: date, starts: str, named: str) -> None:
    year = RecognizerYear.of(day, starts)
    assert year.first <= year.day(named) <= year.last


def test_february_29_is_the_last_of_february_in_a_year_without_one() -> None:
    assert RecognizerYear.of(date(2023, 9, 1), "07-01").day("02-29") == date(2024, 2, 29)
    assert RecognizerYear.of(date(2024, 9, 1), "07-01").day("02-29") == date(2025, 2, 28)


@pytest.mark.parametrize(("month", "paid"), [(11, "2024-11"), (6, "2025-06"), (7, "2025-07"), (8, "2024-08")])
def test_the_month_of_pay_is_the_first_that_begins_after_the_year_began(month: int, paid: str) -> None:
    assert month_label(RecognizerYear.of(date(2024, 8, 15), "07-01").month(month)) == paid


def test_a_moment_is_another_day_elsewhere() -> None:
    moment = datetime(2024, 10, 2, 4, 59, tzinfo=UTC)
    assert local_day(moment, "America/Chicago") == date(2024, 10, 1)
    assert local_day(moment, "America/New_York") == date(2024, 10, 2)
    assert start_of(date(2025, 7, 1), "America/Chicago") == datetime(2025, 7, 1, 5, tzinfo=UTC)
