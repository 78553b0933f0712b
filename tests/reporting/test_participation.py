"""The participation report's core: what is counted for whom, what is put together, and what is not shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.recognition import CURRENCY_SAID
from countersign.reporting.groups import Came, Given, Group, Job, apart, educators_in
from countersign.reporting.participation import Line, Participation, participation
from countersign.reporting.plan_words import CURRENCIES
from models.plan import Plan
from models.words import Currency

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DAY = date(2026, 9, 14)
HOURS = Given(Currency.state_cpd, Decimal(15), "hour")
TEACHER = Job("Maple SD", "Teacher", "Maple School")


def plan(**more: Any) -> Plan:
    return Plan.model_validate({"id": "first", "affiliate": "Demo EA", "criteria": ["a", "b", "c"], **more})


def came(
    educator: int | None,
    title: str = "Feedback",
    on: date = DAY,
    *given: Given,
    proven: bool = True,
    jobs: Sequence[Job] = (TEACHER,),
) -> Came:
    return Came(title, on, educator, proven, tuple(jobs) if educator else (), given)


def made(asked: Plan, *mine: Came, first: date | None = None, until: date | None = None) -> Participation:
    return participation(asked, mine, first, until, NOW)


def lines(report: Participation, of: str) -> dict[str, tuple[int, int, int, int]]:
    (part,) = (part for part in report.breakdowns if part.of == of)
    return {line.label: (line.educators, line.received, line.proven, line.recognized) for line in part.lines}


def test_a_line_counts_people_once_and_micro_credentials_by_what_became_of_them() -> None:
    report = made(plan(), came(1, "A", DAY, HOURS), came(1, "B"), came(2, "A", proven=False), came(None, "A"))
    assert report.total == Line("All", 2, 4, 3, 1)
    assert (report.unmatched, report.unproven) == (1, 0)


def test_for_what_is_not_proven_nobody_was_looked_for() -> None:
    report = made(plan(), came(1), came(None), came(None, proven=False))
    assert (report.unmatched, report.unproven) == (2, 1)
    assert list(lines(report, "role"))[1:] == ["nobody on the roster yet", "not looked for: not proven"]


def test_currencies_are_named_as_explanations_name_them() -> None:
    assert {c: f"{said[:1].upper()}{said[1:]}" for c, said in CURRENCY_SAID.items()} == CURRENCIES


def test_something_granted_and_not_proven_any_more_is_not_recognized() -> None:
    report = made(plan(), came(1, "A", DAY, HOURS, proven=False))
    assert report.total == Line("All", 1, 1, 0, 0)
    assert report.currencies == ()


@pytest.mark.parametrize(("first", "until", "count"), [
    (None, None, 1),
    (DAY, DAY, 1),
    (date(2026, 9, 15), None, 0),
    (None, date(2026, 9, 13), 0),
])  # fmt: skip
def test_the_first_and_the_last_day_belong_to_the_period(first: date | None, until: date | None, count: int) -> None:
    report = made(plan(), came(1), first=first, until=until)
    assert report.total is not None
    assert report.total.received == count


def test_stacks_are_the_plan_s_in_its_order_and_a_title_of_two_stands_in_both() -> None:
    asked = plan(offers=[
        {"stack": "Z", "titles": ["Feedback", "Rubrics"]},
        {"stack": "A", "titles": ["feedback "]},
        {"titles": ["Alone"]},
    ])  # fmt: skip
    report = made(asked, came(1), came(2, "Rubrics"), came(2, "Alone"), came(3, "Else"))
    assert list(lines(report, "stack").items()) == [
        ("Z", (2, 2, 2, 0)),
        ("A", (1, 1, 1, 0)),
        ("offered without a stack", (1, 1, 1, 0)),
        ("not among what the plan offers", (1, 1, 1, 0)),
    ]


def test_without_offers_the_stack_is_not_said() -> None:
    assert list(lines(made(plan(), came(1)), "stack")) == ["not said: the plan names no stacks or titles"]


def test_schools_of_one_name_in_two_districts_are_two_and_two_jobs_count_in_both() -> None:
    two = (Job("Maple SD", "Teacher", "Lincoln School"), Job("CUSD 200", "Coach", "Lincoln School", "5"))
    report = made(plan(), came(1, jobs=two), came(2, jobs=[Job("CUSD 200", "teacher")]), came(3, jobs=[]), came(None))
    assert list(lines(report, "location")) == [
        "CUSD 200, school not recorded",
        "Lincoln School (CUSD 200)",
        "Lincoln School (Maple SD)",
        "not recorded",
        "nobody on the roster yet",
    ]
    assert lines(report, "role")["Teacher"] == (2, 2, 2, 0)
    assert lines(report, "band") == {
        "5 (CUSD 200)": (1, 1, 1, 0),
        "not recorded": (3, 3, 3, 0),
        "nobody on the roster yet": (0, 1, 1, 0),
    }


def test_months_stand_in_the_order_of_the_calendar() -> None:
    days = (date(2027, 1, 31), date(2026, 9, 1), date(2026, 12, 31))
    assert list(lines(made(plan(), *(came(1, on=day) for day in days)), "month")) == [
        "September 2026",
        "December 2026",
        "January 2027",
    ]


def test_currencies_add_up_by_unit_and_say_whether_the_plan_names_them() -> None:
    credit = Given(Currency.graduate_credit, Decimal(1), "credit")
    asked = plan(currencies=[{"currency": "state_cpd"}, {"currency": "advisory_role"}])
    with_another = replace(HOURS, quantity=Decimal(0))
    report = made(
        asked, came(1, "A", DAY, HOURS, credit), came(2, "B", DAY, HOURS, HOURS), came(2, "C", DAY, with_another)
    )
    assert [(c.label, c.planned, c.educators, c.micro_credentials, c.quantity, c.unit) for c in report.currencies] == [
        ("State professional development hours", True, 2, 3, 45, "hour"),
        ("College credit", False, 1, 1, 1, "credit"),
        ("An advisory role", True, 0, 0, None, ""),
    ]
    assert [c.planned for c in made(plan(), came(1, "A", DAY, HOURS)).currencies] == [None]


# Small groups -------------------------------------------------------------------------------------------------------------


def test_without_a_smallest_group_every_figure_is_shown_and_the_page_says_for_whom_it_is() -> None:
    report = made(plan(), came(1))
    assert report.total == Line("All", 1, 1, 1, 0)
    assert report.privacy.endswith("This report is for the affiliate's own staff only.")


def test_fewer_educators_than_the_smallest_group_show_no_figure_at_all() -> None:
    report = made(
        plan(smallest_group=3, goals=[{"text": "x", "measure": "proven", "target": 9}]), came(1), came(2), came(None)
    )
    assert (report.total, report.unmatched, report.currencies, report.breakdowns) == (None, 0, (), ())
    assert report.privacy == "Fewer than 3 educators take part in this period: no figures are shown."
    assert (report.goals[0].reached, report.goals[0].why) == (None, "Not shown: fewer than 3 educators take part.")


def test_nobody_at_all_is_no_small_group() -> None:
    assert made(plan(smallest_group=3)).total == Line("All", 0, 0, 0, 0)


def by_school(*counts: int) -> list[Came]:
    """So many educators at each of several schools."""
    schools = [
        (n, school) for school, count in enumerate(counts) for n in range(school * 100 + 1, school * 100 + count + 1)
    ]
    return [came(n, jobs=[Job("Maple SD", "Teacher", f"School {school}")]) for n, school in schools]


@pytest.mark.parametrize(("counts", "expected"), [
    ((5, 5), {"School 0 (Maple SD)": 5, "School 1 (Maple SD)": 5}),
    ((7, 2, 4), {"School 0 (Maple SD)": 7, "2 smaller groups put together": 6}),
    ((7, 6, 1), {"School 0 (Maple SD)": 7, "2 smaller groups put together": 7}),  # one alone is put to the next larger
    ((9, 4), {"2 groups put together": 13}),
])  # fmt: skip
def test_small_schools_are_put_together_and_not_named(counts: tuple[int, ...], expected: dict[str, int]) -> None:
    report = made(plan(smallest_group=5), *by_school(*counts))
    assert {label: figures[0] for label, figures in lines(report, "location").items()} == expected


def test_a_currency_or_unit_of_few_is_put_together_without_quantities() -> None:
    asked = plan(smallest_group=3, currencies=[{"currency": "pay"}])
    pay = Given(Currency.pay, Decimal(200), "USD")
    lane = Given(Currency.pay, Decimal(1), "lane")
    report = made(asked, *(came(n, "A", DAY, HOURS, pay) for n in (1, 2, 3, 4)), came(5, "A", DAY, HOURS, lane))
    assert [(c.label, c.planned, c.educators, c.micro_credentials, c.quantity) for c in report.currencies] == [
        ("State professional development hours", False, 5, 5, 75),
        ("2 smaller groups put together", None, 5, 5, None),
    ]
    few = made(asked, *(came(n) for n in (1, 2, 3)), came(4, "A", DAY, pay))
    assert [(c.label, c.educators, c.micro_credentials) for c in few.currencies] == [
        ("fewer than 3 educators", None, None)
    ]


def drawn(groups: dict[str, set[int]]) -> dict[tuple[str, ...], Group]:
    return {(name,): Group(name, (0, name), set(people)) for name, people in groups.items()}


GROUPS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.sets(st.integers(0, 12)), max_size=8)


@given(GROUPS, st.integers(2, 6), st.randoms(use_true_random=False))
def test_no_line_that_is_shown_is_of_fewer_educators_than_the_smallest_group(
    people: dict[str, set[int]], smallest: int, random: Random
) -> None:
    groups = drawn(people)
    own, together = apart(groups, smallest)
    assert sorted((*own, *together)) == sorted(groups)
    assert all(len(groups[key].educators) >= smallest or not groups[key].educators for key in own)
    if together and len(educators_in(groups, together)) < smallest:
        assert all(not groups[key].educators for key in own)
    names = list(people)
    random.shuffle(names)
    again = apart(drawn({name: people[name] for name in names}), smallest)
    assert (set(again[0]), set(again[1])) == (set(own), set(together))


@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from("ABC"), st.booleans()), max_size=20),
    st.randoms(use_true_random=False),
)
def test_the_report_does_not_depend_on_the_order_of_arrival(what: list[tuple[int, str, bool]], random: Random) -> None:
    mine = [came(number, title, DAY, HOURS, proven=proven) for number, title, proven in what]
    asked = plan(smallest_group=2, offers=[{"stack": "S", "titles": ["A", "B"]}])
    one = made(asked, *mine)
    random.shuffle(mine)
    assert made(asked, *mine) == one
    if one.total:
        assert one.total.received >= one.total.proven >= one.total.recognized


# Goals --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("goal", "reached"), [
    ({"measure": "educators"}, 4),
    ({"measure": "received"}, 6),
    ({"measure": "proven"}, 5),
    ({"measure": "recognized"}, 2),
    ({"measure": "granted", "currency": "state_cpd", "unit": "hour"}, 30),
    ({"measure": "granted", "currency": "state_cpd", "unit": "credit"}, 0),
    ({"measure": "educators", "role": "teacher"}, 3),
    ({"measure": "proven", "location": "Maple School"}, 3),
    ({"measure": "proven", "location": "maple school (maple sd)"}, 3),
    ({"measure": "proven", "location": "Nowhere"}, 0),
    ({"measure": "received", "stack": "S"}, 5),
])  # fmt: skip
def test_a_goal_is_compared_with_what_it_says_is_counted(goal: dict[str, Any], reached: int) -> None:
    coach = Job("Oak SD", "Coach", "Oak School")
    mine = [
        came(1, "A", DAY, HOURS),
        came(2, "A", DAY, HOURS),
        came(3, "A"),
        came(4, "A", jobs=[coach]),
        came(4, "B", jobs=[coach]),
        came(4, "A", jobs=[coach], proven=False),
    ]
    asked = plan(offers=[{"stack": "S", "titles": ["A"]}], goals=[{"text": "x", "target": 9, **goal}])
    (found,) = made(asked, *mine).goals
    assert (found.reached, found.target, found.why) == (reached, 9, "")


def test_a_goal_that_only_has_a_text_is_shown_with_not_said() -> None:
    (found,) = made(plan(goals=[{"text": "They like it."}]), came(1)).goals
    assert (found.measure, found.target, found.reached) == ("", None, None)
    assert found.why == "The plan does not say what is counted."


def test_a_goal_does_not_give_away_what_the_tables_put_together() -> None:
    goals = [{"text": "x", "measure": "educators", "location": f"School {n}"} for n in (0, 1, 2)]
    report = made(plan(smallest_group=5, goals=goals), *by_school(7, 6, 1))
    hidden = "Not shown: it is put together with other groups, of which one has fewer than 5 educators."
    assert [(g.reached, g.why) for g in report.goals] == [(7, ""), (None, hidden), (None, hidden)]


def test_grade_level_subject_and_years_of_service_are_not_recorded() -> None:
    assert made(plan(), came(1)).not_recorded == ("Grade level", "Subject area", "Years of service")
