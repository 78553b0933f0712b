"""What a micro-credential is aligned to: read leniently, kept in bounds, and written where the case's description is."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification.alignments import LONGEST, LONGEST_ADDRESS, MOST, standards
from models.credentials import CarrierKind, Standard
from tests.verification.making import assertion, badge_class, ob3, vc_jwt
from tests.verification.night import Bring, cases, publish, verify

OB2 = {
    "targetName": "Learning Environments",
    "targetUrl": "https://standards.example/3",
    "targetFramework": "Model Core Teaching Standards",
    "targetCode": "3",
}
READ = Standard("Learning Environments", "Model Core Teaching Standards", "3", "https://standards.example/3")


@pytest.mark.parametrize(
    "alignment",
    [OB2, [OB2], [OB2, OB2], [OB2 | {"type": "Alignment"}, None, 7, "x", [], {}], [{"targetUrl": "x"}, OB2]],
    ids=["one", "list", "twice", "among things that are none", "beside one without a name"],
)
def test_an_alignment_is_read_once_whatever_stands_beside_it(alignment: Any) -> None:
    assert standards({"alignment": alignment}) == (READ,)


def test_the_first_edition_wrote_name_and_url() -> None:
    read = standards({"alignment": [{"name": "CCSS.1", "url": "https://standards.example/1"}]})
    assert read == (Standard("CCSS.1", url="https://standards.example/1"),)


def test_of_a_text_in_several_languages_english_is_taken_and_else_the_first() -> None:
    both = {"targetName": {"fr": "Milieux", "en-US": "Environments"}}
    assert standards({"alignment": both})[0].name == "Environments"
    assert standards({"alignment": {"targetName": {"fr": "Milieux"}}})[0].name == "Milieux"
    assert standards({"alignment": {"targetName": {}}}) == ()


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", 7, None, "https://x.example/" + "a" * 500]
)
def test_an_address_that_is_none_is_left_out_and_the_standard_stays(url: Any) -> None:
    assert standards({"alignment": OB2 | {"targetUrl": url}}) == (Standard(READ.name, READ.framework, READ.code),)


def test_number_and_length_are_limited() -> None:
    many = [{"targetName": f"{n} {'x' * 1000}"} for n in range(500)]
    read = standards({"alignment": many})
    assert len(read) == MOST
    assert {len(s.name) for s in read} == {LONGEST}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["targetName", "name", "targetUrl", "url", "targetCode", "en", "x"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_whatever_stands_there_it_is_read_or_left_out(alignment: Any) -> None:
    for standard in standards({"alignment": alignment}):
        assert 0 < len(standard.name) <= LONGEST
        assert len(standard.url) <= LONGEST_ADDRESS
        assert not standard.url or standard.url.lower().startswith(("http://", "https://"))


def test_a_proven_credential_s_standards_stand_in_its_case(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    body = ob3(id="urn:uuid:1")
    body["credentialSubject"]["achievement"]["alignment"] = [OB2 | {"type": ["Alignment"]}]
    publish(workspace, **{"badge.json": badge_class(alignment=[OB2 | {"targetName": "Planning"}])})
    bring(vc_jwt(body), CarrierKind.jwt)
    bring(assertion(), CarrierKind.json)
    verify(any_store, workspace)
    assert [(c.state, c.standards) for c in cases(any_store)] == [
        ("verified", [asdict(READ)]),
        ("verified", [asdict(READ) | {"name": "Planning"}]),
    ]


def test_an_alignment_of_an_old_credential_that_is_malformed_refuses_nothing(
    any_store: Store, workspace: Workspace, bring: Bring
) -> None:
    publish(workspace, **{"badge.json": badge_class(alignment={"targetName": 7, "targetUrl": ["x"]})})
    bring(assertion(), CarrierKind.json)
    verify(any_store, workspace)
    assert [(c.state, c.standards) for c in cases(any_store)] == [("verified", [])]
