"""docs/agreements.md: every example in it is true."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from countersign.recognition import contradictions, unreachable
from countersign.recognition.checking import check_file
from countersign.recognition.core import decide
from models.agreement import Agreement, Grant, Rules
from models.agreement.base import Terms
from models.records import CaseRecord, Decision, EducatorRecord, Election, Span, Work
from tests.recognition.builders import SAMPLES, case, chicago

GUIDE = (SAMPLES.parent / "docs" / "agreements.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
WHOLE = BLOCKS[0]


def read(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def test_the_whole_agreement_has_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "whole.toml").write_text(WHOLE, encoding="utf-8")
    assert check_file(tmp_path / "whole.toml") == []


@pytest.mark.parametrize("block", BLOCKS[1:], ids=lambda b: re.sub(r"\W+", "-", b[:30]))
def test_every_example_fits_into_it(block: str) -> None:
    example = read(block)
    terms = Agreement.model_validate(read(WHOLE) | example)
    assert set(example) <= {f.alias or n for n, f in Agreement.model_fields.items()}
    assert terms.id == "north-ridge"


@pytest.mark.parametrize("block", BLOCKS[1:], ids=lambda b: re.sub(r"\W+", "-", b[:30]))
def test_no_example_says_what_can_never_be_or_contradicts_itself(block: str) -> None:
    terms = Agreement.model_validate(read(WHOLE) | read(block))
    rules = Rules(terms=terms, sha256="a" * 64, file="guide.toml")
    assert [remark.sentence for remark in (*unreachable.found(rules), *contradictions.found(terms))] == []


EXAMPLE_OF = {name: next(block for block in BLOCKS if name in block) for name in ("retroactive_to", "the set or each")}


def decided(example: str, cases: list[CaseRecord], *elections: Election) -> list[Decision]:
    """How the example decides for somebody who works there, in May 2025."""
    rules = Rules(terms=Agreement.model_validate(read(WHOLE) | read(example)), sha256="a" * 64, file="guide.toml")
    work = Work("North Ridge SD", "Teacher", Span(date(2010, 1, 1)))
    record = EducatorRecord(1, "IL", employments=(work,), elections=elections)
    return list(decide((rules,), record, cases, chicago("2025-05-01 10:00")))


@pytest.mark.parametrize(
    ("submitted", "month"), [("2024-09-10", "2025-01"), ("2025-01-10", "2025-07"), ("2025-03-10", "2025-07")]
)
def test_the_month_in_which_it_counts_is_not_its_month_of_pay_and_pay_that_reaches_back_moves_none(
    submitted: str, month: str
) -> None:
    received = chicago(f"{submitted} 10:00")
    (found,) = decided(EXAMPLE_OF["retroactive_to"], [case(1, received, earned=chicago("2024-08-01 10:00"))])
    assert (found.quantity, found.pay_month, found.effective_on) == (200, month, date(2024, 7, 1))


@pytest.mark.parametrize(
    ("chosen", "given"), [("The set", [0, 200, 0, 700]), ("Each on reading", [200, 200, 200, 200])]
)
def test_who_chose_the_set_gets_it_and_who_chose_each_gets_each(chosen: str, given: list[int]) -> None:
    titles = ("Phonics", "Other", "Fluency", "Comprehension")
    came = [
        case(n, chicago(f"2024-09-{10 + n} 10:00"), title, earned=chicago("2024-08-01 10:00"))
        for n, title in enumerate(titles, 1)
    ]
    chose = Election("north-ridge", "Reading: the set or each", chosen)
    assert [d.quantity for d in decided(EXAMPLE_OF["the set or each"], came, chose)] == given


def test_the_ten_groups_stand_in_their_order() -> None:
    assert re.findall(r"^## (\d+)\. ", GUIDE, re.MULTILINE) == [str(n) for n in range(1, 11)]
    assert GUIDE.count("*Left out:*") == 10


@pytest.mark.parametrize("table", [Agreement, Grant])
def test_every_key_of_an_agreement_and_of_a_clause_is_spoken_of(table: type[Terms]) -> None:
    shown = {field.alias or name for name, field in table.model_fields.items()} - {"fictional", "certificate"}
    assert {key for key in shown if not re.search(rf"\b{key}\b", GUIDE)} == set()
