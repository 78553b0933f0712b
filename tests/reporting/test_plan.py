"""A plan as a file: what it can say, and what is refused with its line and what was meant."""

import tomllib
from pathlib import Path

import pytest

from countersign.reporting.plan_words import plan_said, quantity_said
from countersign.settings import PROGRAM
from countersign.tomlfile import FileProblems, read_toml
from models.plan import Plan

SAMPLE = PROGRAM / "plans" / "demo-plan-1.toml"
LEAST = 'id = "a"\naffiliate = "Demo EA"\nsmallest_group = 5\n'


def problems(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileProblems) as caught:
        read_toml(path, Plan)
    return [str(problem) for problem in caught.value.problems]


def test_the_sample_says_all_lines_of_the_planning_sheet_but_two_and_is_fictional() -> None:
    plan = read_toml(SAMPLE, Plan)
    assert plan.fictional
    assert [line.label for line in plan_said(plan) if not line.texts] == ["Subject area", "Years of service"]
    assert len(plan.criteria or ()) == 3
    assert {line.label: line.texts for line in plan_said(plan)}["Supports"] == (
        "Standard support, with open office hours and individual coaching",
        "Online learning lab or professional learning community: A community with two experienced facilitators, open at all hours.",
    )


def test_what_a_plan_does_not_say_is_missing_and_nothing_takes_its_place() -> None:
    plan = Plan.model_validate(tomllib.loads(LEAST))
    assert plan.days() == (None, None)
    assert {line.texts for line in plan_said(plan)} == {()}


def test_every_kind_of_the_planning_sheet_can_be_said() -> None:
    kinds = (
        "independent",
        "basic",
        "standard",
        "ultimate",
        "online_lab",
        "reallocated_time",
        "allocated_time",
        "other",
    )
    plan = Plan.model_validate(
        {
            "id": "a",
            "affiliate": "Demo EA",
            "supports": [{"kind": kind, "text": "Mentors"} for kind in kinds],
            "location": {"kind": "other", "text": "On the islands"},
            "participants": {
                "years_of_service": {"at_least": 1, "at_most": 3},
                "subjects": "Mathematics",
                "text": "New ones",
            },
            "currencies": [{"currency": "other", "text": "A certificate on the wall"}],
            "offers": [{"titles": "Family Engagement"}],
        }
    )
    said = {line.label: line.texts for line in plan_said(plan)}
    assert len(said["Supports"]) == 8
    assert said["Supports"][-1] == "Mentors"
    assert said["Location"] == ("On the islands",)
    assert said["Years of service"] == ("1 to 3",)
    assert said["Subject area"] == ("Mathematics",)
    assert said["Type of educator"] == ("New ones",)
    assert said["Currencies"] == ("A certificate on the wall",)
    assert said["Stacks and titles"] == ("Without a stack: Family Engagement",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "id is missing"),
        ('id = "a"\naffiliate = "Demo EA"\n', "the plan has a name and nothing else: say at least goals"),
        (LEAST + '[[support]]\nkind = "basic"\n', 'line 4: unknown key "support" in the file; did you mean "supports"?'),
        (LEAST + '[[goals]]\ntext = "x"\nmesure = "proven"\n', 'line 6: unknown key "mesure" in goals.1; did you mean "measure"?'),
        (LEAST + '[location]\nkind = "rurl"\n', 'line 5: location.kind is none of'),
        (LEAST + '[location]\nkind = "other"\n', 'line 4: location: kind = "other" needs a text that says which location it is'),
        (LEAST + '[[supports]]\nkind = "other"\n', 'kind = "other" needs a text that says which support it is'),
        (LEAST + '[[currencies]]\ncurrency = "other"\n', 'currency = "other" needs a text that says what it is'),
        (LEAST + '[[currencies]]\ncurrency = "money"\n', "currencies.1.currency is none of"),
        (LEAST + 'criteria = ["One"]\n', "line 4: criteria: a plan selects by three criteria; here are 1"),
        (LEAST + 'runs = { from = 2027-01-01, until = 2026-01-01 }\n', "line 4: runs: until 2026-01-01 is before from 2027-01-01"),
        (LEAST + 'runs = { from = "soon" }\n', "line 4: runs.from: 'soon' is not a day"),
        (LEAST.replace("5", "1"), "line 3: smallest_group is less than 2"),
        (LEAST.replace("5", "2.5"), "line 3: smallest_group is not a whole number"),
        (LEAST + "[participants]\n", "say something of the participants, or leave the table out"),
        (LEAST + "[participants]\nyears_of_service = {}\n", "say at_least or at_most"),
        (LEAST + "[participants]\nyears_of_service = { at_least = 5, at_most = 2 }\n", "at_most 2 is less than at_least 5"),
        (LEAST + '[[goals]]\ntext = "x"\ntarget = 4\n', "target needs measure: what is counted"),
        (LEAST + '[[goals]]\ntext = "x"\nmeasure = "granted"\n', 'measure = "granted" needs currency and unit, and only it takes them'),
        (
            LEAST + '[[goals]]\ntext = "x"\nmeasure = "proven"\ncurrency = "pay"\n',
            "give currency and unit together",
        ),
        (
            LEAST + '[[goals]]\ntext = "x"\nmeasure = "proven"\nrole = "Teacher"\nlocation = "Lincoln School"\n',
            "give only one of location, role",
        ),
        (
            LEAST + '[[goals]]\ntext = "x"\nmeasure = "granted"\ncurrency = "pay"\nunit = "USD"\nrole = "Teacher"\n',
            'measure = "granted" is counted for all educators together',
        ),
        (LEAST + '[[goals]]\ntext = "x"\nmeasure = "proven"\nstack = "Feedback"\n', 'a goal names the stack "Feedback"'),
        (LEAST + '[[goals]]\ntext = "x"\nmeasure = "proven"\ntarget = 0\n', "target is not greater than 0"),
        (LEAST + '[[supports]]\nkind = "basic"\n' * 2, 'two supports are "basic"'),
        (LEAST + '[[offers]]\ntitles = ["One", "one "]\n', '"One" stands here twice'),
        (LEAST + "[[offers]]\ntitles = []\n", "offers.1.titles has no entries"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    found = problems(tmp_path / "plan.toml", text)
    assert any(sentence in problem for problem in found), found


def test_quantities_read_as_people_say_them() -> None:
    from decimal import Decimal

    assert [quantity_said(Decimal(q), unit) for q, unit in (("1", "hour"), ("7.50", "hour"), ("600", "USD"))] == [
        "1 hour",
        "7.5 hours",
        "$600.00",
    ]
