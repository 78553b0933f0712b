"""Which log of hours belongs to which micro-credential, and which cannot be true beside the others."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.recognition.logs import Brought, Hours, Log
from countersign.recognition.logs import hours_of as every_hours

AT = datetime(2026, 9, 1, tzinfo=UTC)


def hours_of(case: int, brought: Sequence[Brought]) -> Hours:
    """The hours of one case, all that came being its educator's."""
    return every_hours(brought, {number for one in brought for number in one.titles}).get(case, Hours())


def log(hours: str, title: str = "", sha256: str = "a", problem: str = "") -> Log:
    return Log(f"log-{sha256}.csv", sha256, title, hours, problem)


def mail(number: int, titles: dict[int, str], *logs: Log) -> Brought:
    return Brought(number, AT + timedelta(hours=number), titles, logs)


def test_no_log_is_no_log() -> None:
    assert hours_of(1, [mail(1, {1: "A"})]) == Hours(None, "")


def test_a_log_without_a_title_is_for_the_only_micro_credential_of_its_mail() -> None:
    assert hours_of(1, [mail(1, {1: "A"}, log("6.5"))]) == Hours(Decimal("6.5"))


def test_logs_with_titles_find_theirs_in_any_case() -> None:
    both = [
        mail(1, {1: "Family Engagement", 2: "Feedback"}, log("3", "family  ENGAGEMENT", "a"), log("4", "Feedback", "b"))
    ]
    assert hours_of(1, both) == Hours(Decimal(3))
    assert hours_of(2, both) == Hours(Decimal(4))


def test_a_log_without_a_title_among_two_micro_credentials_is_nobodys() -> None:
    both = [mail(1, {1: "A", 2: "B"}, log("3"))]
    for case in (1, 2):
        assert "does not say which" in hours_of(case, both).problem


def test_two_logs_without_titles_for_two_micro_credentials_are_not_dealt_out() -> None:
    both = [mail(1, {1: "A", 2: "B"}, log("3", sha256="a"), log("4", sha256="b"))]
    assert hours_of(1, both).hours is None
    assert hours_of(1, both).problem


def test_a_log_that_names_another_title_does_not_count() -> None:
    assert 'names "Z"' in hours_of(1, [mail(1, {1: "A"}, log("3", "Z"))]).problem


def test_the_same_file_counts_for_the_micro_credential_it_first_came_with_only() -> None:
    mails = [mail(2, {2: "B"}, log("8")), mail(1, {1: "A"}, log("8"))]
    assert hours_of(1, mails) == Hours(Decimal(8))
    assert "(C-1)" in hours_of(2, mails).problem


@pytest.mark.parametrize(("one", "two"), [("", ""), ("", "B"), ("A", ""), ("A", "B")])
def test_the_same_days_and_hours_never_count_for_two_whatever_titles_are_named(one: str, two: str) -> None:
    mails = [mail(1, {1: "A"}, log("8", one)), mail(2, {2: "B"}, log("8", two))]
    assert hours_of(1, mails) == Hours(Decimal(8))
    assert hours_of(2, mails).problem == (
        'The log "log-a.csv" has the same days and hours as one for another micro-credential (C-1).'
    )


def test_a_file_that_was_ambiguous_first_still_counts_once_only() -> None:
    mails = [mail(1, {1: "A", 2: "B"}, log("8")), mail(2, {1: "A"}, log("8")), mail(3, {2: "B"}, log("8"))]
    assert hours_of(1, mails) == Hours(Decimal(8))
    assert hours_of(2, mails).hours is None


def test_the_same_log_forwarded_again_counts_once() -> None:
    assert hours_of(1, [mail(1, {1: "A"}, log("8")), mail(2, {1: "A"}, log("8"))]) == Hours(Decimal(8))


def test_a_log_sent_later_counts() -> None:
    assert hours_of(1, [mail(1, {1: "A"}), mail(2, {1: "A"}, log("5"))]) == Hours(Decimal(5))


def test_logs_of_one_mail_that_differ_are_a_problem_with_both_figures_until_a_clear_one_comes() -> None:
    unclear = mail(1, {1: "A"}, log("5", sha256="a"), log("7.5", sha256="b"))
    assert hours_of(1, [unclear]).problem.endswith("differ: 5 and 7.5 hours.")
    assert hours_of(1, [unclear, mail(2, {1: "A"}, log("6", sha256="c"))]) == Hours(Decimal(6))


def test_the_first_usable_log_stands_and_a_later_one_that_differs_is_only_mentioned() -> None:
    mails = [mail(2, {1: "A"}, log("7.5", sha256="b")), mail(1, {1: "A"}, log("5", sha256="a"))]
    found = hours_of(1, mails)
    assert (found.hours, found.problem) == (Decimal(5), "")
    assert found.later == "A log that came later, on 2026-09-01 02:00 UTC, shows 7.5 hours; the first one, 5, stands."


def test_a_readable_log_makes_up_for_an_unreadable_one() -> None:
    picture = log("", sha256="b", problem="It is a picture.")
    assert hours_of(1, [mail(1, {1: "A"}, picture)]) == Hours(None, "It is a picture.")
    assert hours_of(1, [mail(1, {1: "A"}, picture), mail(2, {1: "A"}, log("5"))]) == Hours(Decimal(5))


@pytest.mark.parametrize("hours", ["", "eight", "NaN", "Infinity", "1.23456", "1e-9"])
def test_what_is_no_ordinary_number_is_a_problem(hours: str) -> None:
    assert "does not give a number" in hours_of(1, [mail(1, {1: "A"}, log(hours))]).problem


Spans = Mapping[int, list[tuple[str, str]]]


def days(shown: Mapping[int, str], title: str = "", *, name: str = "", spans: Spans | None = None) -> Log:
    """A log of hours on days of September 2026, and the times of day it gives."""
    by_day = {date(2026, 9, day): Decimal(hours) for day, hours in shown.items()}
    key = f"{sorted(by_day.items())}"
    times = {date(2026, 9, day): given for day, given in (spans or {}).items()}
    return Log(name or "log.csv", key, title, f"{sum(by_day.values(), Decimal(0)):f}", "", by_day, times)


def test_a_day_of_more_than_24_hours_in_two_logs_is_a_problem_of_the_later_one() -> None:
    mails = [mail(2, {5: "B"}, days({13: "1", 14: "12.5"})), mail(1, {4: "A"}, days({14: "13.5", 15: "2"}))]
    assert hours_of(4, mails) == Hours(Decimal("15.5"))
    assert hours_of(5, mails) == Hours(
        problem='Together with the log of C-4, the log "log.csv" shows 26 hours on September 14, 2026, more than a day has.'
    )


def test_exactly_24_hours_on_a_day_are_possible() -> None:
    first = mail(1, {4: "A"}, days({14: "12"}))
    assert hours_of(5, [first, mail(2, {5: "B"}, days({14: "12", 15: "1"}))]) == Hours(Decimal(13))
    assert "shows 24.0001 hours" in hours_of(5, [first, mail(2, {5: "B"}, days({14: "12.0001"}))]).problem


def test_three_logs_are_added_up_and_each_that_has_the_day_is_named() -> None:
    mails = [
        mail(1, {4: "A"}, days({14: "10"})),
        mail(2, {5: "B"}, days({14: "9"})),
        mail(3, {6: "C"}, days({15: "3"})),
        mail(4, {7: "D"}, days({14: "8"})),
    ]
    assert hours_of(7, mails).problem.startswith("Together with the logs of C-4 and C-5, ")
    assert hours_of(6, mails) == Hours(Decimal(3))


def test_a_log_that_does_not_count_takes_nothing_from_the_day() -> None:
    mails = [
        mail(1, {4: "A"}, days({14: "20"})),
        mail(2, {5: "B"}, days({14: "21"})),
        mail(3, {6: "C"}, days({14: "4"})),
    ]
    assert hours_of(5, mails).hours is None
    assert hours_of(6, mails) == Hours(Decimal(4))


def test_a_clear_log_sent_afterwards_makes_up_for_one_that_cannot_be_true() -> None:
    mails = [
        mail(1, {4: "A"}, days({14: "20"})),
        mail(2, {5: "B"}, days({14: "5"})),
        mail(3, {5: "B"}, days({16: "5"}, name="right.csv")),
    ]
    assert hours_of(5, mails) == Hours(Decimal(5))


def test_a_second_log_of_the_same_micro_credential_is_not_added_to_its_first() -> None:
    mails = [mail(1, {4: "A"}, days({14: "13"})), mail(2, {4: "A"}, days({14: "14"}))]
    assert hours_of(4, mails).hours == 13
    assert "the first one, 13, stands" in hours_of(4, mails).later


def test_two_logs_of_one_mail_are_compared_too_and_the_first_by_name_stands() -> None:
    both = mail(1, {4: "A", 5: "B"}, days({14: "13"}, "A", name="z.csv"), days({14: "14"}, "B", name="a.csv"))
    assert hours_of(5, [both]) == Hours(Decimal(14))
    assert 'Together with the log of C-5, the log "z.csv" shows 27 hours' in hours_of(4, [both]).problem


def test_the_log_of_another_educators_case_in_the_same_mail_takes_nothing_from_the_day() -> None:
    both = mail(1, {4: "A", 5: "B"}, days({14: "13"}, "A"), days({14: "14"}, "B"))
    assert every_hours([both], mine={4})[4] == Hours(Decimal(13))
    assert every_hours([both], mine={5})[5] == Hours(Decimal(14))


def test_the_same_time_of_day_in_two_logs_is_a_problem_of_the_later_one() -> None:
    mails = [
        mail(1, {4: "A"}, days({14: "2"}, spans={14: [("15:00", "17:00")]})),
        mail(2, {5: "B"}, days({14: "3"}, spans={14: [("09:00", "10:00"), ("16:30", "18:30")]})),
    ]
    assert hours_of(4, mails) == Hours(Decimal(2))
    assert hours_of(5, mails) == Hours(
        problem='The log "log.csv" gives a time on September 14, 2026, 16:30 to 18:30, that the log of C-4 gives too.'
    )


def test_times_that_only_touch_and_the_same_time_on_another_day_are_possible() -> None:
    first = mail(1, {4: "A"}, days({14: "2"}, spans={14: [("15:00", "17:00")]}))
    touching = days({14: "3"}, spans={14: [("17:00", "20:00"), ("14:00", "15:00")]})
    assert hours_of(5, [first, mail(2, {5: "B"}, touching)]) == Hours(Decimal(3))
    next_day = days({15: "3"}, spans={15: [("15:00", "17:00")]})
    assert hours_of(5, [first, mail(2, {5: "B"}, next_day)]) == Hours(Decimal(3))


def test_logs_from_before_the_days_were_kept_are_compared_as_they_were() -> None:
    mails = [mail(1, {4: "A"}, log("20", sha256="a")), mail(2, {5: "B"}, days({14: "20"}))]
    assert [hours_of(case, mails).hours for case in (4, 5)] == [Decimal(20), Decimal(20)]


@given(st.lists(st.lists(st.integers(0, 16), min_size=3, max_size=3), min_size=1, max_size=6), st.randoms())
def test_what_counts_never_shows_more_than_24_hours_on_a_day_in_any_order_of_arrival(
    shown: list[list[int]], order: random.Random
) -> None:
    logs = [
        days({14 + at: str(hours) for at, hours in enumerate(row) if hours}, name=f"{n}.csv")
        for n, row in enumerate(shown)
    ]
    mails = [mail(number, {number: "A"}, log) for number, log in enumerate(logs)]
    found = every_hours(mails, range(len(mails)))
    order.shuffle(mails)
    assert every_hours(mails, range(len(mails))) == found
    counted = [log for number, log in enumerate(logs) if found[number].hours is not None]
    for day in (date(2026, 9, 14 + at) for at in range(3)):
        assert sum(log.days.get(day, Decimal(0)) for log in counted) <= 24
    assert counted
