"""Which log of hours belongs to which micro-credential."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from countersign.recognition.logs import Brought, Hours, Log, hours_of

AT = datetime(2026, 9, 1, tzinfo=UTC)


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
