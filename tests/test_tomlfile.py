"""TOML files of the operator's: each error names the file, the line and what to do."""

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from countersign.tomlfile import FileProblems, locate, parse_toml, statements
from countersign.tomlslips import slip_in


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
        'rules.toml, line 8: unknown key "amuont" in parts.2; did you mean "amount"? '
        "Correct its spelling or remove it; nothing that is not understood is passed over."
    ]


def test_a_missing_key_is_named_with_the_line_of_its_table() -> None:
    assert problems('title = "t"\n# a comment\n[[parts]]\namount = 3\n') == [
        "rules.toml, line 3: parts.1.name is missing."
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


@pytest.mark.parametrize(
    "value",
    [
        '"a \'\'\' b"', "'a \"\"\" b'", '"a\u2028[[b]]\u2028"', '"a\u2029[b]\u0085c = 1"', '"""\n[b]\n""c = 1"""""', "'''\n[b]\n''c = 1'''''",
        '"\\"[b]"', '"""\\"""\n[b]\n"""', "'\\'", '[\n  "[b]", # [b]\n  { c = 1 },\n]', '"# no comment"', '1 # "', '"[" # """',
    ],
)  # fmt: skip
def test_a_value_is_read_as_toml_reads_it_and_hides_no_line_behind_it(value: str) -> None:
    text = f"[[x]]\na = {value}\n[[x]]\nz = 1"
    assert tomllib.loads(text)["x"][1] == {"z": 1}
    after = 3 + value.count("\n")
    assert locate(text) == {("x", 0): 1, ("x", 0, "a"): 2, ("x", 1): after, ("x", 1, "z"): after + 1}
    assert [s.last for s in statements(text)] == [1, after - 1, after, after + 1]


def test_names_are_read_as_toml_reads_them() -> None:
    text = '"a.b" . c = 1\n[ d."e]" . \'f\' ] # [g]\r\n"\\u0068" = "[i]"\r\n\tk=[[1],\n[2]]\n'
    assert locate(text) == {("a.b", "c"): 1, ("d", "e]", "f"): 2, ("d", "e]", "f", "h"): 3, ("d", "e]", "f", "k"): 4}


_WORDS = st.text(st.sampled_from(list("'\"\\#[]{}=\n \u2028\u0085\x0bab")), max_size=12)


def _written(value: str, kind: int) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\x0b", "\\u000B")
    plain = value.replace("'", "").replace("\x0b", "")
    return (
        '"' + escaped.replace("\n", "\\n") + '"', f'"""\n{escaped}"""', "'" + plain.replace("\n", "") + "'", f"'''\n{plain}'''",
    )[kind]  # fmt: skip


@given(st.lists(st.lists(st.tuples(_WORDS, st.integers(0, 3), _WORDS), max_size=3), min_size=1, max_size=4))
def test_whatever_strings_and_comments_say_every_key_is_found_on_its_line(
    tables: list[list[tuple[str, int, str]]],
) -> None:
    text, expected = "", dict[tuple[str | int, ...], int]()
    for number, keys in enumerate(tables):
        expected["t", number] = text.count("\n") + 1
        text += "[[t]]\n"
        for each, (value, kind, comment) in enumerate(keys):
            expected["t", number, f"k{each}"] = text.count("\n") + 1
            text += f"k{each} = {_written(value, kind)} # {comment.replace(chr(10), '').replace(chr(11), '')}\n"
    tree: dict[str, Any] = tomllib.loads(text)
    assert [list(t) for t in tree["t"]] == [[f"k{n}" for n in range(len(keys))] for keys in tables]
    assert locate(text) == expected


@pytest.mark.parametrize(
    "line", ["a = 2029-06-30 b", "a = [1,600", "a = 12 # 2029-06-31", "a = $", "a = '1,600' x", ""]
)
def test_no_slip_is_seen_where_the_figures_are_in_order(line: str) -> None:
    assert slip_in(line) == ""


def test_a_line_that_is_not_toml_says_which_figure_it_is() -> None:
    (said,) = problems('title = "t"\nsum = 1,250,000.50\n')
    assert said.endswith("A number has no comma in it: write 1250000.50.")
