"""docs/agreements.md: every example in it is true."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from countersign.recognition.checking import check_file
from models.agreement import Agreement, Grant
from models.agreement.base import Terms
from tests.recognition.builders import SAMPLES

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


def test_the_ten_groups_stand_in_their_order() -> None:
    assert re.findall(r"^## (\d+)\. ", GUIDE, re.MULTILINE) == [str(n) for n in range(1, 11)]
    assert GUIDE.count("*Left out:*") == 10


@pytest.mark.parametrize("table", [Agreement, Grant])
def test_every_key_of_an_agreement_and_of_a_clause_is_spoken_of(table: type[Terms]) -> None:
    shown = {field.alias or name for name, field in table.model_fields.items()} - {"fictional", "certificate"}
    assert {key for key in shown if not re.search(rf"\b{key}\b", GUIDE)} == set()
