"""CUSD 200's contract, decided: the worked examples of its questions and answers, and the days around its boundaries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from countersign.recognition.core import decide, silences
from models.records import Approval, CapUse, CaseRecord, Decision, EducatorRecord, Span, Work
from models.words import Currency, DecisionOutcome, Owner
from tests.recognition.builders import CUSD, TITLES, case, changed, chicago, codes, of, teacher, with_rate

AUGUST = chicago("2024-08-15 10:00")
SEPTEMBER = chicago("2024-09-01 02:00")


def seven() -> list[CaseRecord]:
    return [case(n, chicago(f"2024-08-15 10:0{n}")) for n in range(1, 8)]


def outcomes(decisions: Sequence[Decision], currency: Currency = Currency.pay) -> dict[int, str]:
    return {d.case_id: d.outcome.value for d in decisions if d.currency is currency}


def test_of_seven_submitted_on_august_15_five_are_paid_in_november_and_two_are_banked() -> None:
    decisions = decide([with_rate()], teacher(), seven(), SEPTEMBER)
    for number in range(1, 6):
        paid = of(decisions, number, Currency.pay)
        assert (paid.outcome, paid.quantity, paid.unit) == (DecisionOutcome.granted, Decimal("250.00"), "USD")
        assert (paid.period, paid.pay_month, paid.effective_on) == ("2024-25", "2024-11", date(2024, 8, 15))
        assert paid.reasons[-1].sentence == "It is paid in November 2024."
        assert paid.cap == CapUse(
            Decimal(5), Decimal(number - 1), Decimal(1), Decimal(number), "micro-credential", "2024-25"
        )
    for number in (6, 7):
        banked = of(decisions, number, Currency.pay)
        assert (banked.outcome, banked.quantity, banked.unit) == (
            DecisionOutcome.banked,
            Decimal(1),
            "micro-credential",
        )
        assert (banked.submit_from, banked.period, banked.pay_month) == (date(2025, 7, 1), "2025-26", "2025-11")
        assert banked.cap == CapUse(Decimal(5), Decimal(5), Decimal(0), Decimal(5), "micro-credential", "2024-25")
        assert banked.reasons[0].look_again_on == date(2025, 7, 1)
        assert banked.reasons[0].sentence == (
            "5 of at most 5 micro-credentials already count in 2024-25. It is banked and can be submitted from July 1, 2025; "
            "it counts in 2025-26, to be paid in November 2025."
        )


def test_while_the_rate_is_missing_the_five_are_held_but_keep_their_places() -> None:
    decisions = decide([CUSD], teacher(), seven(), SEPTEMBER)
    for number in range(1, 6):
        held = of(decisions, number, Currency.pay)
        assert (held.outcome, held.quantity, held.pay_month) == (DecisionOutcome.held, 0, "2024-11")
        assert (held.reasons[0].code, held.reasons[0].owner) == ("rate_missing", Owner.hr)
        assert held.reasons[-1].sentence == "Its month of pay would be November 2024."
        assert held.cap is not None
        assert held.cap.after == number
    assert outcomes(decisions)[6] == outcomes(decisions)[7] == "banked"


@pytest.mark.parametrize(
    ("now", "outcome"),
    [("2025-06-30 23:59", "banked"), ("2025-07-01 00:00", "granted"), ("2025-07-01 00:01", "granted")],
)
def test_what_is_banked_is_released_when_july_1_begins_in_chicago(now: str, outcome: str) -> None:
    decisions = decide([with_rate()], teacher(), seven(), chicago(now))
    assert outcomes(decisions) == dict.fromkeys(range(1, 6), "granted") | {6: outcome, 7: outcome}


def test_a_released_one_comes_first_in_the_next_year_and_says_so() -> None:
    cases = [*seven(), *(case(n, chicago(f"2025-07-01 00:0{n - 8}")) for n in range(8, 12))]
    decisions = decide([with_rate()], teacher(), cases, chicago("2025-07-02 01:00"))
    assert outcomes(decisions) == dict.fromkeys(range(1, 11), "granted") | {11: "banked"}
    released = of(decisions, 6, Currency.pay)
    assert released.cap == CapUse(Decimal(5), Decimal(0), Decimal(1), Decimal(1), "micro-credential", "2025-26")
    assert (released.pay_month, released.effective_on) == ("2025-11", date(2025, 7, 1))
    assert "banked from 2024-25" in " ".join(r.sentence for r in released.reasons)
    assert of(decisions, 11, Currency.pay).submit_from == date(2026, 7, 1)


def test_eleven_in_one_august_fill_two_years_and_begin_a_third() -> None:
    cases = [case(n, AUGUST.replace(minute=n)) for n in range(1, 12)]
    decisions = decide([with_rate()], teacher(), cases, SEPTEMBER)
    assert {of(decisions, n, Currency.pay).submit_from for n in range(6, 11)} == {date(2025, 7, 1)}
    last = of(decisions, 11, Currency.pay)
    assert (last.submit_from, last.pay_month) == (date(2026, 7, 1), "2026-11")


def test_what_is_banked_beyond_the_end_of_the_contract_says_so_and_is_held_when_its_day_comes() -> None:
    cases = [case(n, chicago(f"2026-08-15 10:0{n}")) for n in range(1, 7)]
    banked = of(decide([with_rate()], teacher(), cases, chicago("2027-06-30 23:59")), 6, Currency.pay)
    assert (banked.outcome, banked.submit_from) == (DecisionOutcome.banked, date(2027, 7, 1))
    assert (banked.period, banked.pay_month) == ("2027-28", "")
    assert codes(banked) == ["banked", "nothing_to_bank_into"]
    assert "July 1, 2027" in banked.reasons[1].sentence
    held = of(decide([with_rate()], teacher(), cases, chicago("2027-07-01 00:00")), 6, Currency.pay)
    assert held.outcome is DecisionOutcome.held
    assert codes(held) == ["nothing_to_bank_into", "over_cap"]


def test_what_is_banked_goes_on_under_the_version_that_follows() -> None:
    follows = changed(with_rate("300.00"), in_force={"from": date(2027, 7, 1), "by": "submitted"}, sha256="e" * 64)
    cases = [case(n, chicago(f"2026-08-15 10:0{n}")) for n in range(1, 7)]
    decided = decide([with_rate(), follows], teacher(), cases, chicago("2027-07-01 02:00"))
    assert of(decided, 5, Currency.pay).quantity == Decimal("250.00")
    assert of(decided, 6, Currency.pay).quantity == Decimal("300.00")
    assert of(decided, 6, Currency.pay).agreement_sha256 == "e" * 64


def test_what_is_banked_is_held_for_one_who_no_longer_works_there_on_july_1() -> None:
    left = replace(teacher(), employments=(Work("CUSD 200", "Teacher", Span(date(2016, 8, 15), date(2025, 6, 30))),))
    assert codes(of(decide([with_rate()], left, seven(), SEPTEMBER), 6, Currency.pay)) == [
        "banked",
        "nothing_to_bank_into",
    ]
    assert codes(of(decide([with_rate()], left, seven(), chicago("2025-07-01 09:00")), 6, Currency.pay)) == [
        "nothing_to_bank_into",
        "over_cap",
    ]


@pytest.mark.parametrize(
    ("received", "outcome"),
    [
        (chicago("2024-10-01 23:59"), "granted"),
        (datetime(2024, 10, 2, 4, 59, 59, tzinfo=UTC), "granted"),
        (datetime(2024, 10, 2, 5, 0, tzinfo=UTC), "held"),
        (chicago("2024-10-02 00:00"), "held"),
        (chicago("2025-06-30 23:59"), "held"),
        (chicago("2025-07-01 00:00"), "granted"),
        (chicago("2023-10-01 23:59"), "granted"),  # a Sunday: the page does not move the day
    ],
)
def test_october_1_ends_at_midnight_in_chicago(received: datetime, outcome: str) -> None:
    decided = of(decide([with_rate()], teacher(on=date(2023, 7, 1)), [case(1, received)], received), 1, Currency.pay)
    assert decided.outcome == outcome
    if outcome == "held":
        assert codes(decided) == ["after_deadline"]
        assert decided.reasons[0].owner is Owner.hr
        assert decided.cap is None


def test_one_after_the_deadline_says_which_day_and_that_the_contract_is_silent() -> None:
    held = of(
        decide([CUSD], teacher(), [case(1, chicago("2024-10-02 00:04"))], chicago("2024-10-02 02:00")), 1, Currency.pay
    )
    assert held.reasons[0].sentence == (
        "It was submitted on October 2, 2024 (America/Chicago), after the last day of 2024-25, October 1, 2024. "
        "The agreement does not say what becomes of it."
    )
    assert held.period == "2024-25"


def test_one_after_the_deadline_takes_no_place_under_the_cap() -> None:
    late = case(1, chicago("2024-10-02 10:00"))
    cases = [late, *(case(n, chicago(f"2024-09-0{n} 10:00")) for n in range(2, 7))]
    assert outcomes(decide([with_rate()], teacher(), cases, chicago("2024-11-01 10:00"))) == (
        {1: "held"} | dict.fromkeys(range(2, 7), "granted")
    )


def test_half_past_eleven_on_june_30_in_chicago_belongs_to_the_year_that_ends() -> None:
    received = datetime(2025, 7, 1, 4, 30, tzinfo=UTC)
    decided = decide([CUSD], teacher(), [case(1, received)], received)
    assert {d.period for d in decided} == {"2024-25"}
    assert of(decided, 1, Currency.district_pd).pay_month == "2025-06"


@pytest.mark.parametrize(
    ("hours", "granted", "code"),
    [
        ("6.5", "6.5", "log"),
        ("8", "8", "log"),
        ("8.01", "8", "log_above_limit"),
        ("12", "8", "log_above_limit"),
        ("0.25", "0.25", "log"),
    ],
)
def test_hours_count_as_far_as_the_log_shows_up_to_eight(hours: str, granted: str, code: str) -> None:
    decided = of(decide([CUSD], teacher(), [case(1, AUGUST, hours=hours)], SEPTEMBER), 1, Currency.district_pd)
    assert (decided.outcome, decided.quantity, decided.unit) == (DecisionOutcome.granted, Decimal(granted), "hour")
    assert decided.reasons[0].code == code
    assert decided.pay_month == "2024-08"


def test_without_a_log_no_hours_count_and_the_pay_is_unaffected() -> None:
    decided = decide([with_rate()], teacher(), [case(1, AUGUST, hours=None)], SEPTEMBER)
    hours = of(decided, 1, Currency.district_pd)
    assert (hours.outcome, hours.quantity, hours.reasons[0].owner) == (DecisionOutcome.held, 0, Owner.educator)
    assert codes(hours) == ["log_missing"]
    assert "CSV" in hours.reasons[0].change
    assert of(decided, 1, Currency.pay).outcome is DecisionOutcome.granted


@pytest.mark.parametrize("hours", ["0", "-3", "1.23456", "NaN", "Infinity"])
def test_a_log_that_is_no_number_of_hours_is_held(hours: str) -> None:
    decided = of(decide([CUSD], teacher(), [case(1, AUGUST, hours=hours)], SEPTEMBER), 1, Currency.district_pd)
    assert (decided.outcome, codes(decided)) == (DecisionOutcome.held, ["log_problem"])


def test_a_log_that_could_not_be_read_is_for_staff() -> None:
    record = case(1, AUGUST, hours=None, problem="The log is a photograph.")
    held = of(decide([CUSD], teacher(), [record], SEPTEMBER), 1, Currency.district_pd)
    assert (held.reasons[0].sentence, held.reasons[0].owner) == ("The log is a photograph.", Owner.staff)


@pytest.mark.parametrize(
    ("record", "code", "owner"),
    [
        (teacher(approved=()), "preapproval_missing", Owner.educator),
        (teacher(approved=TITLES[1:]), "preapproval_missing", Owner.educator),
        (
            teacher(approvals=(Approval("Lakeview SD", TITLES[0], date(2024, 7, 1)),)),
            "preapproval_missing",
            Owner.educator,
        ),
        (teacher(on=date(2024, 8, 6)), "preapproval_late", Owner.hr),
        (teacher(on=date(2023, 6, 30)), "title_not_listed", Owner.hr),
    ],
)
def test_without_a_timely_pre_approval_neither_hours_nor_pay_are_given(
    record: EducatorRecord, code: str, owner: Owner
) -> None:
    for decided in decide([with_rate()], record, [case(1, AUGUST)], SEPTEMBER):
        assert (decided.outcome, decided.quantity, codes(decided)) == (DecisionOutcome.held, 0, [code])
        assert decided.reasons[0].owner is owner


def test_an_approval_on_the_day_it_was_earned_is_in_time() -> None:
    decided = decide([with_rate()], teacher(on=date(2024, 8, 5)), [case(1, AUGUST)], SEPTEMBER)
    assert {d.outcome for d in decided} == {DecisionOutcome.granted}


@pytest.mark.parametrize(
    ("title", "listed"),
    [
        ("  formative   ASSESSMENT basics ", True),
        ("Formative\u00a0Assessment Basics", True),
        ("Formative Assessment Basic", False),
        ("Formative-Assessment Basics", False),
    ],
)
def test_titles_are_compared_exactly_but_for_spaces_and_case(title: str, listed: bool) -> None:
    decided = of(decide([with_rate()], teacher(), [case(1, AUGUST, title)], SEPTEMBER), 1, Currency.pay)
    assert (decided.outcome is DecisionOutcome.granted) is listed


def test_a_title_taken_off_the_list_counts_when_it_was_approved_before() -> None:
    title = "Inquiry in the School Library"  # listed until June 30, 2026
    received = chicago("2026-09-01 10:00")
    approved = decide([with_rate()], teacher([title], date(2026, 6, 30)), [case(1, received, title)], received)
    assert of(approved, 1, Currency.pay).outcome is DecisionOutcome.granted
    late = decide([with_rate()], teacher([title], date(2026, 7, 1)), [case(1, received, title)], received)
    assert codes(of(late, 1, Currency.pay)) == ["title_not_listed"]


def test_an_issuer_the_agreement_does_not_name_is_refused() -> None:
    decided = decide([with_rate()], teacher(), [case(1, AUGUST, issuer="guild")], SEPTEMBER)
    assert {(d.outcome, *codes(d)) for d in decided} == {(DecisionOutcome.refused, "issuer_not_accepted")}


def test_the_same_micro_credential_in_a_second_credential_is_held() -> None:
    again = case(2, chicago("2024-09-01 10:00"), TITLES[0].upper())
    decided = decide([with_rate()], teacher(), [again, case(1, AUGUST)], SEPTEMBER)
    assert of(decided, 1, Currency.pay).outcome is DecisionOutcome.granted
    for currency in (Currency.pay, Currency.district_pd):
        held = of(decided, 2, currency)
        assert (held.outcome, codes(held)) == (DecisionOutcome.held, ["came_before"])
        assert "C-1" in held.reasons[0].sentence


@pytest.mark.parametrize(
    "work",
    [
        Work("Another District", "Teacher", Span(date(2016, 8, 15))),
        Work("CUSD 200", "Teacher", Span(date(2016, 8, 15), date(2024, 8, 14))),
        Work("CUSD 200", "Teacher", Span(date(2024, 8, 16))),
    ],
)
def test_who_does_not_work_there_on_the_day_gets_no_decision_and_is_told_why(work: Work) -> None:
    elsewhere = replace(teacher(), employments=(work,))
    assert decide([CUSD], elsewhere, [case(1, AUGUST)], SEPTEMBER) == ()
    assert silences([CUSD], elsewhere, case(1, AUGUST)) == (
        "CUSD 200 (il-cusd200): It applies to educators who work for CUSD 200 on August 15, 2024; "
        "the roster does not say so of this educator.",
    )


def test_what_came_outside_the_contract_gets_no_decision() -> None:
    after = case(1, chicago("2027-07-01 00:00"))
    assert decide([CUSD], teacher(), [after], after.received_at) == ()
    assert (
        "from July 1, 2023 until June 30, 2027; this one was submitted on July 1, 2027"
        in silences([CUSD], teacher(), after)[0]
    )
    within = case(1, chicago("2027-06-30 23:59"))
    assert len(decide([CUSD], teacher(), [within], within.received_at)) == 2


def test_a_moment_without_a_time_zone_is_an_error_and_not_a_guess() -> None:
    naive = case(1, AUGUST.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no time zone"):
        decide([CUSD], teacher(), [naive], SEPTEMBER)


@pytest.mark.parametrize(
    ("earned", "year"),
    [("2025-06-30 23:30", "2024-25"), ("2025-06-30 23:59", "2024-25"), ("2025-07-01 00:00", "2025-26")],
)
def test_issued_in_the_last_half_hour_of_june_in_chicago_it_is_of_the_june_year_though_it_is_july_in_utc(
    earned: str, year: str
) -> None:
    """The contract counts the day of submission; one that counts the day of issue shows in which year that is."""
    by_issue = {"cap": {"count": 5, "per": "year", "counted_by": "earned", "order": "earned", "overflow": "lost"}}
    rules = changed(CUSD, district_pd=by_issue)
    issued = chicago(earned)
    assert issued.astimezone(UTC).date() == date(2025, 7, 1)
    found = decide(
        [rules], teacher(), [case(1, chicago("2025-07-02 10:00"), earned=issued)], chicago("2025-07-03 02:00")
    )
    hours = of(found, 1, Currency.district_pd)
    assert (hours.outcome, hours.period) == (DecisionOutcome.granted, year)
