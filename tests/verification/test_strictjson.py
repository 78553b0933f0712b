"""JSON is measured before it is read: depth is counted outside texts only, as a reader of characters would count it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification import strictjson
from countersign.verification.strictjson import _deeper_than  # pyright: ignore[reportPrivateUsage]


def one_by_one(text: str, limit: int) -> bool:
    """The plain definition, character by character."""
    depth, in_string, escaped = 0, False, False
    for char in text:
        if in_string:
            in_string, escaped = char != '"' or escaped, char == "\\" and not escaped
        elif char == '"':
            in_string = True
        elif char in "{[":
            depth += 1
            if depth > limit:
                return True
        elif char in "}]":
            depth -= 1
    return False


@given(st.text(st.sampled_from('"\\{}[]a\n'), max_size=40), st.integers(0, 3))
def test_depth_is_counted_as_a_reader_of_characters_counts_it(text: str, limit: int) -> None:
    assert _deeper_than(text, limit) == one_by_one(text, limit)


@pytest.mark.parametrize("text", ['"' + "\\" * 400_001, "[" * 40 + '"' + "a\\" * 300_000, '"a' * 299_999 + "[" * 41])
def test_a_text_without_an_end_takes_no_time(text: str) -> None:
    with pytest.raises(strictjson.NotJson, match="is not JSON"):
        strictjson.parse(text)


def test_forty_levels_are_taken_and_one_more_is_not() -> None:
    def nested(levels: int) -> str:
        return "[" * levels + json.dumps("]" * 50 + '{"' * 50) + "]" * levels

    assert strictjson.parse(nested(40))
    with pytest.raises(strictjson.JsonProblem, match="is nested more than 40 levels deep"):
        strictjson.parse(nested(41))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "a": 2}', 'has the key "a" twice in one object'),
        ('{"a": NaN}', "contains NaN, which is not JSON"),
        ('{"a": 1e999}', "contains a number that is too large"),
        ('{"a": ' + "1" * 31 + "}", "contains a number of more than 30 digits"),
        ('{"a": "\\ud800"}', r"contains half a character \(a lone surrogate\)"),
        ("\ufeff{}", r"is not JSON in line 1"),
        ('{"a": 1} 2', r"is not JSON in line 1"),
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(text: str, said: str) -> None:
    with pytest.raises(strictjson.JsonProblem, match=said):
        strictjson.parse(text)
