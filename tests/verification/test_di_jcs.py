"""The canonical text that the jcs suites sign: every JSON object comes out exactly as the reference implementation writes it."""

from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from countersign.verification.proofs import di_jcs
from countersign.verification.proofs.rdf import NotCovered
from tests.verification.making import Json, ob3

ODD = st.text(
    alphabet=st.sampled_from('":,[]{}-0159eE.\\/\n\t\x00\x1f\x7f\x80 éµ\u2028\ud7ff\ue000\uffff\U00010000\U0010ffff')
)
TEXTS = st.text() | ODD
NUMBERS = st.integers(-(2**53) - 2, 2**53 + 2) | st.integers() | st.floats(allow_nan=True, allow_infinity=True)
ANYTHING = st.recursive(
    st.none() | st.booleans() | TEXTS | NUMBERS, lambda c: st.lists(c) | st.dictionaries(TEXTS, c), max_leaves=20
)
OBJECTS = st.dictionaries(TEXTS, ANYTHING)


def by_the_book(value: Json) -> bytes | None:
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        return None


def ours(value: Json) -> bytes | None:
    try:
        return di_jcs.canonical(value)
    except NotCovered:
        return None


@given(OBJECTS)
@example({"\uffff": "", "\U00010000": ""})
@example({"a\\": 1.0, "b": [1e21, -0.0], "c": [[5], -5]})
@example({"a": 2**53})
@example({"\\": {"": -1}})
@example({"a": [True, False, None, 10.0]})
def test_any_object_comes_out_as_the_reference_implementation_writes_it(value: Json) -> None:
    assert ours(value) == by_the_book(value)


@given(
    st.dictionaries(
        TEXTS, st.recursive(TEXTS | st.none() | st.booleans(), lambda c: st.lists(c) | st.dictionaries(TEXTS, c))
    )
)
def test_an_object_without_numbers_does_too(value: Json) -> None:
    assert ours(value) == by_the_book(value)


def test_a_credential_needs_nothing_but_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = rfc8785.dumps(ob3())

    def never(_: object) -> Any:
        raise AssertionError("asked for")

    monkeypatch.setattr(rfc8785, "dumps", never)
    assert di_jcs.canonical(ob3()) == wanted


@pytest.mark.parametrize("value", [2**53, -(2**53), float("inf"), float("nan"), "\ud800"])
def test_what_has_no_canonical_form_is_not_covered(value: object) -> None:
    with pytest.raises(NotCovered, match="a number or a text that its kind of signature cannot cover"):
        di_jcs.canonical({"a": value})
    with pytest.raises(NotCovered):
        di_jcs.canonical({"a": [{"b": value}], str(value): ""})
