"""What a certificate states of hours, CEUs, PDPs, stacks and standards: figures that agree, or none."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.issuance.stating import Disagreement, stack_of, standards_line, stated
from models.agreement import CertificateTerms
from tests.issuance.conftest import AGREEMENT, rules_of


def terms(**said: Any) -> CertificateTerms:
    return CertificateTerms(template="generic", purpose="p", determined="d", next_step="n", **said)


def said(quantity: str, unit: str, **asked: Any) -> list[str]:
    rows = stated(Decimal(quantity), unit, terms(**asked))
    return [f"{row['quantity']} ({row['words']}) {row['unit']}" for row in rows]


@pytest.mark.parametrize(
    ("quantity", "unit", "asked", "rows"),
    [
        ("15", "hour", {}, ["15 (fifteen) hours"]),
        ("15", "hour", {"ceu": True}, ["15 (fifteen) hours", "1.5 (one and a half) CEUs"]),
        ("15.0000", "hour", {"ceu": Decimal("1.5")}, ["15 (fifteen) hours", "1.5 (one and a half) CEUs"]),
        ("10", "hour", {"ceu": True}, ["10 (ten) hours", "1 (one) CEU"]),
        ("1.5", "CEU", {}, ["1.5 (one and a half) CEUs", "15 (fifteen) hours"]),
        ("1.5", "CEU", {"ceu": True, "hours_each": 10}, ["1.5 (one and a half) CEUs", "15 (fifteen) hours"]),
        ("10", "PDP", {}, ["10 (ten) PDPs"]),
        ("10", "PDP", {"hours_each": 1}, ["10 (ten) PDPs", "10 (ten) hours"]),
        ("10", "PDP", {"hours_each": 1, "ceu": True}, ["10 (ten) PDPs", "10 (ten) hours", "1 (one) CEU"]),
    ],
)
def test_what_a_quantity_is_stated_as(quantity: str, unit: str, asked: dict[str, Any], rows: list[str]) -> None:
    assert said(quantity, unit, **asked) == rows


@pytest.mark.parametrize(
    ("quantity", "unit", "asked", "sentence"),
    [
        ("15", "hour", {"ceu": 2}, "gives 15 hours, which is 1.5 CEUs, and its certificate says 2 CEUs."),
        ("1.5", "CEU", {"ceu": 1}, "gives 1.5 CEUs, which is 1.5 CEUs, and its certificate says 1 CEU."),
        ("1", "CEU", {"hours_each": 1}, "gives CEUs, and its certificate says that each is 1 hour; it is 10 hours."),
        ("15", "hour", {"hours_each": 2}, "gives hours, and its certificate says that each is 2 hours; it is 1 hour."),
        (
            "10",
            "PDP",
            {"ceu": True},
            "gives PDPs, and nothing says how many hours one is, so no CEUs follow from them.",
        ),
        ("3", "credit", {}, "gives credits; a certificate states hours, CEUs or PDPs."),
    ],
)
def test_figures_that_do_not_agree_are_refused(quantity: str, unit: str, asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Disagreement) as caught:
        said(quantity, unit, **asked)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("quantity", ["0", "-15", "10000", "NaN"])
@pytest.mark.parametrize("unit", ["hour", "CEU", "PDP"])
def test_no_figure_that_paper_cannot_say_is_stated(quantity: str, unit: str) -> None:
    with pytest.raises(ValueError, match="not a figure"):
        said(quantity, unit)


@given(st.decimals(min_value="0.0001", max_value="999", places=4), st.sampled_from(["hour", "CEU"]))
def test_hours_are_always_ten_times_the_ceus(quantity: Decimal, unit: str) -> None:
    rows = {row["unit"].removesuffix("s"): row["quantity"] for row in stated(quantity, unit, terms(ceu=True))}
    assert Decimal(rows["hour"].replace(",", "")) == 10 * Decimal(rows["CEU"])


def test_the_stack_is_the_one_the_title_belongs_to() -> None:
    stacks = [
        {"name": "Families", "titles": ["Family Engagement", "Home Visits"]},
        {"name": "Feedback", "titles": ["Peer Feedback", "Home Visits"]},
    ]
    agreement = rules_of(AGREEMENT | {"stacks": stacks}).terms
    assert stack_of(agreement, "family  ENGAGEMENT") == "Families"
    assert stack_of(agreement, "Home Visits") == ""
    assert stack_of(agreement, "Another") == ""
    assert stack_of(rules_of(AGREEMENT).terms, "Family Engagement") == ""


def test_standards_stand_on_one_line_the_first_three_with_how_many_more() -> None:
    one = {"name": "Learning Environments", "framework": "Core Standards", "code": "3", "url": "https://x.example"}
    assert standards_line([one]) == "Learning Environments (Core Standards, 3)"
    assert standards_line([one, one, one | {"framework": "", "code": ""}]) == (
        "Learning Environments (Core Standards, 3); Learning Environments"
    )
    assert standards_line([{"name": f"S{n}"} for n in range(7)]) == "S0; S1; S2; and 4 more"
    assert standards_line([{"name": "CCSS.3", "code": "CCSS.3"}]) == "CCSS.3"
    assert standards_line(None) == standards_line([]) == standards_line([{"name": "\u202e\u0000"}]) == ""


def test_a_standard_s_name_is_cut_and_says_nothing_invisible() -> None:
    line = standards_line([{"name": f"Plan\u202ening\n{'x' * 300}", "framework": "F"}])
    assert len(line) <= 90
    assert line.startswith("Planning x")


def test_an_agreement_whose_ceu_does_not_agree_with_its_hours_is_refused() -> None:
    grant = AGREEMENT["grants"][0]
    for ceu in (True, Decimal("1.5")):
        rules_of(AGREEMENT | {"grants": [grant | {"certificate": grant["certificate"] | {"ceu": ceu}}]})
    with pytest.raises(ValueError, match=r"says ceu = 2, but ten hours are one CEU: here it is 1\.5"):
        rules_of(AGREEMENT | {"grants": [grant | {"certificate": grant["certificate"] | {"ceu": 2}}]})
