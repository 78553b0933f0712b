"""What is looked at before any proof: every object and list of a credential, once, and that what decisions read is described once."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification.proofs import screening
from tests.verification.making import Json, ob3

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


def described() -> Json:
    """A credential whose parts that decisions read all have an id."""
    body = copy.deepcopy(ob3(credentialStatus=[{"id": "urn:x:status", "type": "BitstringStatusListEntry"}]))
    subject = body["credentialSubject"]
    subject["id"] = "mailto:pat@school.example"
    subject["identifier"][0]["id"] = "urn:x:identifier"
    achievement = subject["achievement"]
    achievement["criteria"] = {"id": achievement["id"], "narrative": "A portfolio, reviewed."}
    return body


WATCHED = [
    ob3()["id"],
    "mailto:pat@school.example",
    ob3()["credentialSubject"]["achievement"]["id"],
    "urn:x:status",
    "urn:x:identifier",
]


@pytest.mark.parametrize("identifier", WATCHED)
def test_no_part_that_decisions_read_is_described_a_second_time(identifier: str) -> None:
    """Of identifiers the schema of Open Badges 3.0 knows no id; this does not rely on it."""
    body = described()
    screening.check_described_once(body)
    screening.check_described_once(body | {"evidence": [{"id": identifier, "type": ["Evidence"]}]})
    with pytest.raises(screening.NotCovered, match='"evidence" describes another part of the credential a second time'):
        screening.check_described_once(body | {"evidence": [{"id": identifier, "type": ["Evidence"], "name": "x"}]})


@pytest.mark.parametrize("member", ["type", "humanCode", "creditsAvailable", "achievement"])
def test_criteria_of_the_achievements_own_address_say_nothing_but_the_criteria(member: str) -> None:
    body = described()
    body["credentialSubject"]["achievement"]["criteria"][member] = "x"
    with pytest.raises(
        screening.NotCovered, match=r'"credentialSubject\.achievement\.criteria" describes another part'
    ):
        screening.check_described_once(body)
