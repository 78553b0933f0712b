"""TOML files of the operator's: each error names the file, the line and what to do."""

from decimal import Decimal

import pytest
from pydantic import BaseModel, ConfigDict

from countersign.tomlfile import FileProblems, locate, parse_toml


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    amount: Decimal = Decimal(0)


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    parts: tuple[Part, ...] = ()


def problems(text: str) -> list[str]:
    with pytest.raises(FileProblems) as caught:
        parse_toml(text.encode(), "rules.toml", Whole)
    return [str(p) for p in caught.value.problems]


def test_numbers_with_a_point_are_exact() -> None:
    whole = parse_toml(b'title = "t"\n[[parts]]\nname = "a"\namount = 0.10\n', "x", Whole)
    assert whole.parts[0].amount == Decimal("0.10")


def test_an_unknown_key_is_named_with_its_line() -> None:
    text = 'title = "t"\n\n[[parts]]\nname = "a"\n\n[[parts]]\nname = "b"\namuont = 3\n'
    assert problems(text) == [
        'rules.toml, line 8: unknown key "amuont" in parts.1 '
        "Correct its spelling or remove it; nothing that is not understood is passed over."
    ]


def test_a_missing_key_is_named_with_the_line_of_its_table() -> None:
    assert problems('title = "t"\n# a comment\n[[parts]]\namount = 3\n') == [
        "rules.toml, line 3: parts.1.name is missing"
    ]


def test_every_problem_of_a_file_is_told_at_once() -> None:
    assert len(problems('titel = "t"\n[[parts]]\nname = 3\n')) == 3


def test_a_slip_in_the_syntax_is_named_with_its_line() -> None:
    assert problems('title = "t"\nparts = [\n')[0].startswith("rules.toml, line ")


def test_bytes_that_are_no_text_are_named_with_their_line() -> None:
    with pytest.raises(FileProblems, match=r"rules\.toml, line 2: is not UTF-8"):
        parse_toml(b'title = "t"\n# \xff\n', "rules.toml", Whole)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(FileProblems):
        parse_toml(b"title = " + b"[" * 100_000, "rules.toml", Whole)


def test_text_that_looks_like_a_key_inside_a_long_string_is_not_one() -> None:
    assert locate('a = """\nb = 1\n[c]\n"""\nd = 2\n') == {("a",): 1, ("d",): 5}
