"""Goals: how far an educator is with what a state or a district asks, and what is said where that cannot be told."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.recognition import explain, explanation_text, load_rules, recognise
from countersign.recognition.core import decide
from countersign.recognition.goals import Progress, progress, progress_said, progress_sentences
from countersign.store import Store
from models.agreement import Agreement, Rules
from models.records import Decision, EducatorRecord, Licence, Span, Work
from models.words import Currency, DecisionOutcome
from tests.recognition.builders import SAMPLES, VERMONT, Rows, case

SHIPPED = load_rules(SAMPLES / "samples")
RENEWAL = next(r for r in SHIPPED if r.terms.id == "vt-state-renewal")
KNOX = next(r for r in SHIPPED if r.terms.id == "tn-knox-county")
EASTERN = ZoneInfo("America/New_York")
LEVEL_1 = Licence("Level I", Span(date(2024, 7, 1), date(2027, 6, 30)))
LEVEL_2 = Licence("II", Span(date(2022, 7, 1), date(2027, 6, 30)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


NOW = at("2026-10-02 01:00")


def vermonter(licence: Licence = LEVEL_1) -> EducatorRecord:
    return EducatorRecord(2, "VT", (Work("Maple Union SD", "Teacher", Span(date(2015, 8, 20))),), licence=licence)


def knoxer(*works: Work) -> EducatorRecord:
    return EducatorRecord(3, "TN", works or (Work("Knox County Schools", "Teacher", Span(date(2015, 8, 1))),))


def gave(
    number: int,
    on: date | None,
    quantity: str = "15",
    unit: str = "hour",
    currency: Currency = Currency.state_cpd,
    outcome: DecisionOutcome = DecisionOutcome.granted,
    agreement: str = "vt-vermont-nea",
) -> Decision:
    return Decision(
        case_id=number,
        agreement=agreement,
        agreement_sha256="a" * 64,
        recognizer=agreement,
        clause="Hours",
        currency=currency,
        outcome=outcome,
        quantity=Decimal(quantity),
        unit=unit,
        reasons=(),
        effective_on=on,
    )


def only(*decisions: Decision, licence: Licence = LEVEL_1, rules: Rules = RENEWAL, now: datetime = NOW) -> Progress:
    (found,) = progress([rules], vermonter(licence), decisions, now)
    return found


def test_two_micro_credentials_are_30_of_the_45_hours_of_a_level_1_license() -> None:
    cases = [case(n, at(f"2025-0{n}-10 09:00"), f"Title {n}") for n in (1, 2)]
    decisions = decide([VERMONT, RENEWAL], vermonter(), cases, NOW)
    found = only(*decisions)
    assert (found.name, found.given, found.missing, found.cases) == ("Level I", 30, 15, (1, 2))
    assert (found.first, found.until) == (date(2024, 7, 1), date(2027, 6, 30))
    assert progress_said(found) == ("Level I: 30 of 45 hours since July 1, 2024; 15 hours missing until June 30, 2027.")
    assert progress_sentences([found]) == (
        "The micro-credentials on record here give 30 of the 45 hours that Vermont Agency of Education asks for (Level I) between "
        "July 1, 2024 and June 30, 2027; 15 hours are left for other learning or further micro-credentials; whether at least "
        "15 of them apply directly to the standards of the endorsement that is renewed, Vermont Agency of Education judges.",
    )


def test_level_2_asks_for_90_hours_in_five_years() -> None:
    found = only(*(gave(n, date(2026, 1, n)) for n in range(1, 8)), licence=LEVEL_2)
    assert (found.name, found.amount, found.given, found.missing) == ("Level II", 90, 105, 0)
    assert progress_said(found) == "Level II: 105 of 90 hours since July 1, 2022; reached until June 30, 2027."
    assert "left for" not in progress_sentences([found])[0]


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2024, 6, 30), False),
        (date(2024, 7, 1), True),
        (date(2027, 6, 30), True),
        (date(2027, 7, 1), False),
    ],
)
def test_the_first_and_the_last_day_of_the_license_count_and_no_other_beside_them(day: date, counts: bool) -> None:
    assert only(gave(1, day)).given == (15 if counts else 0)


@pytest.mark.parametrize(
    ("now", "first", "given"),
    [
        ("2026-04-30 23:59", date(2025, 5, 1), 3),
        ("2026-05-01 00:00", date(2026, 5, 1), 6),
    ],
)
def test_knox_county_asks_for_12_hours_from_may_1_to_april_30(now: str, first: date, given: int) -> None:
    decisions = [
        gave(n, day, "3", currency=Currency.in_lieu_of_pd, agreement="tn-knox-county")
        for n, day in ((1, date(2026, 4, 30)), (2, date(2026, 5, 1)), (3, date(2027, 4, 30)))
    ]
    (found,) = progress([KNOX], knoxer(), decisions, at(now))
    assert (found.amount, found.first, found.given, found.missing) == (12, first, given, 12 - given)


def test_what_is_banked_held_refused_or_in_another_currency_does_not_count() -> None:
    on = date(2026, 1, 5)
    others = [o for o in DecisionOutcome if o is not DecisionOutcome.granted]
    decisions = [gave(n, on, outcome=outcome) for n, outcome in enumerate(others, 1)]
    assert only(*decisions, gave(9, on, currency=Currency.district_pd)).given == 0


def test_what_is_granted_in_another_unit_is_named_and_left_to_the_recognizer() -> None:
    found = only(
        gave(1, date(2026, 1, 5)), gave(2, date(2026, 1, 6), "3", "credit"), gave(3, date(2026, 1, 7), "1", "credit")
    )
    assert found.given == 15
    assert found.notes == (
        "4 credits granted in the same period: how much toward this goal, Vermont Agency of Education has to say.",
    )


def test_one_micro_credential_that_two_agreements_grant_counts_once_and_that_is_said() -> None:
    on = date(2026, 1, 5)
    found = only(gave(1, on, "10", agreement="a-district"), gave(1, on), gave(2, on))
    assert (found.given, found.cases) == (30, (1, 2))
    assert found.notes == (
        "C-1 is granted by a-district and vt-vermont-nea; it is counted here once, with the larger figure.",
    )


def test_a_grant_without_a_day_is_not_counted_and_that_is_said() -> None:
    found = only(gave(1, None))
    assert found.given == 0
    assert found.notes == ("1 granted without a day from which it counts: not counted here.",)


def test_an_unknown_level_is_said_and_neither_goal_is_guessed() -> None:
    found = progress([RENEWAL], vermonter(replace(LEVEL_1, level="")), [gave(1, date(2026, 1, 5))], NOW)
    assert [(p.name, p.given, p.missing) for p in found] == [("Level I", None, None), ("Level II", None, None)]
    assert found[0].unknown == "The roster does not say the level of the license; this is for Level I."
    assert progress_said(found[0]) == (
        "Level I: 45 hours asked for; how far it is cannot be told. The roster does not say the level of the license; this is "
        "for Level I."
    )
    assert progress_sentences(found) == (
        "Vermont Agency of Education asks for 45 hours (Level I) or 90 hours (Level II); how far you are cannot be told here: "
        "the roster does not say the level of the license; this is for Level I.",
    )


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        (None, "The roster does not say from when to when the license runs."),
        (
            Span(date(2021, 7, 1), date(2024, 6, 30)),
            "The license period on the roster ended on June 30, 2024; which one runs now is not on record.",
        ),
        (
            Span(date(2027, 7, 1), date(2030, 6, 30)),
            "The license period on the roster begins on July 1, 2027; which one runs now is not on record.",
        ),
    ],
)
def test_a_license_period_that_is_not_known_to_run_is_said(period: Span | None, sentence: str) -> None:
    found = only(gave(1, date(2026, 1, 5)), licence=Licence("I", period))
    assert (found.unknown, found.given) == (sentence, None)


def test_a_license_without_an_end_counts_from_its_beginning_and_says_so() -> None:
    found = only(gave(1, date(2026, 1, 5)), licence=Licence("Level I", Span(date(2024, 7, 1))))
    assert (found.given, found.until, found.notes) == (15, None, ("The roster does not say when the license ends.",))
    assert progress_said(found).endswith("30 hours missing.")


@pytest.mark.parametrize("ends", [date(2027, 6, 30), date(2027, 7, 1)])
def test_three_years_are_three_years_however_the_roster_writes_the_last_day(ends: date) -> None:
    assert only(licence=Licence("I", Span(date(2024, 7, 1), ends))).notes == ()


def test_a_license_that_runs_for_another_time_than_the_goal_speaks_of_is_pointed_out() -> None:
    found = only(licence=Licence("I", Span(date(2022, 7, 1), date(2027, 6, 30))))
    assert found.notes == (
        "The goal speaks of 3 years; the license period on the roster runs from July 1, 2022 to June 30, 2027.",
    )


def test_another_level_another_state_and_another_employer_are_not_asked() -> None:
    assert progress([RENEWAL], vermonter(Licence("Provisional", LEVEL_1.period)), [], NOW) == ()
    assert progress([RENEWAL], replace(vermonter(), licence_state="NH"), [], NOW) == ()
    left = Work("Knox County Schools", "Teacher", Span(date(2015, 8, 1), date(2026, 10, 1)))
    assert progress([KNOX], knoxer(left), [], NOW) == ()
    assert progress([KNOX], vermonter(), [], NOW) == ()


def test_a_goal_holds_as_long_as_its_version_is_in_force() -> None:
    tree = RENEWAL.terms.model_dump(by_alias=True, exclude_none=True)
    tree["in_force"] |= {"until": date(2026, 10, 1)}
    ended = RENEWAL.model_copy(update={"terms": Agreement.model_validate(tree)})
    assert progress([ended], vermonter(), [], NOW) == ()
    assert len(progress([ended], vermonter(), [], at("2026-10-01 23:59"))) == 1


def test_a_band_that_the_roster_does_not_say_is_said() -> None:
    tree = KNOX.terms.model_dump(by_alias=True, exclude_none=True)
    tree["applies_to"] |= {"bands": ["200 days"]}
    banded = KNOX.model_copy(update={"terms": Agreement.model_validate(tree)})
    (found,) = progress([banded], knoxer(), [], NOW)
    assert found.unknown == "The roster does not say the educator's band at Knox County Schools."
    other = Work("Knox County Schools", "Teacher", Span(date(2015, 8, 1)), band="255 days")
    assert progress([banded], knoxer(other), [], NOW) == ()
    both = (other, replace(other, band="200 Days"))
    assert progress([banded], knoxer(*both), [], NOW)[0].given == 0


def test_a_goal_for_every_level_needs_no_level() -> None:
    tree = RENEWAL.terms.model_dump(by_alias=True, exclude_none=True)
    tree["goals"] = [{key: value for key, value in tree["goals"][0].items() if key != "licence_levels"}]
    anybody = RENEWAL.model_copy(update={"terms": Agreement.model_validate(tree)})
    assert only(gave(1, date(2026, 1, 5)), licence=Licence("", LEVEL_1.period), rules=anybody).given == 15


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        progress([RENEWAL], vermonter(), [], NOW.replace(tzinfo=None))


@given(
    st.lists(st.tuples(st.integers(1, 9), st.dates(date(2023, 1, 1), date(2028, 12, 31)), st.integers(0, 40))),
    st.randoms(use_true_random=False),
)
def test_given_and_missing_make_the_goal_in_any_order(drawn: list[tuple[int, date, int]], random: Random) -> None:
    decisions = [gave(n, day, str(hours)) for n, day, hours in drawn]
    found = only(*decisions)
    random.shuffle(decisions)
    again = only(*decisions)
    assert (found.given, found.missing, found.cases) == (again.given, again.missing, again.cases)
    assert found.given is not None
    assert found.missing == max(Decimal(0), 45 - found.given)
    assert found.given <= sum(d.quantity for d in decisions)


def test_explain_shows_the_goal_with_what_counts(store: Store) -> None:
    with store.transaction() as session:
        rows = Rows(session)
        educator = rows.educator(vermonter())
        other = rows.educator(replace(vermonter(LEVEL_2), educator_id=7))
        rows.case(educator, case(1, at("2025-01-10 09:00"), "One"))
        rows.case(educator, case(2, at("2025-02-10 09:00"), "Two"))
        rows.case(other, case(3, at("2025-02-10 09:00"), "Three"))
    rules = (VERMONT, RENEWAL)
    recognise(store, rules, [educator, other], NOW)
    found = explain(store, 1, rules, NOW)
    assert [(p.name, p.given, p.cases) for p in found.goals] == [("Level I", 30, (1, 2))]
    text = explanation_text(found)
    assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    for piece in (
        "Vermont Agency of Education asks: Level I: 30 of 45 hours since July 1, 2024; 15 hours missing until June 30, 2027.",
        "Goal 45 hours of new professional learning for each endorsement, in the three years of the license.",
        "Counted C-1, C-2",
        "Of which at least 15 of them apply directly to the standards of the endorsement that is renewed: Vermont Agency of",
    ):
        assert piece in flat
    assert explain(store, 1, rules).goals == ()
    assert explain(store, 3, rules, NOW).goals[0].given == 15
