"""Walking a credential: the short way sees every object and list that the long way sees, at the same place, in the same order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from countersign.verification.proofs import screening

KEYS = st.sampled_from(["", "a", "id", ".b", "a.b", "@context"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda c: st.lists(c) | st.dictionaries(KEYS, c),
    max_leaves=30,
)


@given(st.lists(ANYTHING) | st.dictionaries(KEYS, ANYTHING))
def test_its_parts_are_the_objects_and_lists_of_the_whole_walk(value: Any) -> None:
    walked = [(path, inner) for path, inner in screening.walk(value, "") if type(inner) in (dict, list)]
    found = list(screening.parts(value, ""))
    assert [path for path, _ in found] == [path for path, _ in walked]
    assert all(a is b for (_, a), (_, b) in zip(found, walked, strict=True))
