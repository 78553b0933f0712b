"""Open Badges 3.0 held against its published schema: each fault by its place, and the sound twin beside it."""

import copy
import hashlib
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification.open_badges_3 import schema
from countersign.verification.reading import Malformed
from tests.verification.making import SITE, VC1, Answer, Json, Web, look, ob3, told, vc_jwt, with_proof

FOLDER = Path(schema.__file__).parent / "schemas"


def test_the_pinned_schema_is_the_one_its_sources_name() -> None:
    rows = [
        r.split("|")
        for r in (FOLDER / "SOURCES.md").read_text(encoding="utf-8").splitlines()
        if r.startswith("| https")
    ]
    assert rows
    for row in rows:
        name, digest = (cell.strip(" `") for cell in row[2:4])
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def _with(path: str, value: Any) -> Json:
    body = copy.deepcopy(ob3())
    *steps, last = path.split(".")
    place = body
    for step in steps:
        place = place.setdefault(step, {})
    if value is None:
        place.pop(last)
    else:
        place[last] = value
    return body


RESULT: Json = {"type": ["Result"], "value": "A"}
ENTRY: Json = {"type": "IdentifierEntry", "identifier": "12345", "identifierType": "sourcedId"}
PARENT: Json = {"id": "https://parent.example", "type": "Profile"}

FAULTS: dict[str, tuple[str, Any, Any, str]] = {
    "criteria": (
        "credentialSubject.achievement.criteria",
        {"id": SITE},
        None,
        '"credentialSubject.achievement.criteria" is missing',
    ),
    "name": ("credentialSubject.achievement.name", "A", None, '"credentialSubject.achievement.name" is missing'),
    "result": (
        "credentialSubject.result",
        [RESULT],
        [RESULT, RESULT | {"type": ["Other"]}],
        '"credentialSubject.result.2.type" says ["Other"]',
    ),
    "result as text": (
        "credentialSubject.result",
        RESULT,
        RESULT | {"type": "Other"},
        '"credentialSubject.result.type" says "Other"',
    ),
    "status of a result": (
        "credentialSubject.result",
        [RESULT | {"status": "Completed"}],
        [RESULT | {"status": "Won"}],
        '"credentialSubject.result.1.status" is "Won"',
    ),
    "credits": (
        "credentialSubject.creditsEarned",
        3,
        "three",
        '"credentialSubject.creditsEarned" is of the wrong kind',
    ),
    "achievement type": (
        "credentialSubject.achievement.achievementType",
        "MicroCredential",
        "Trophy",
        '"credentialSubject.achievement.achievementType" is "Trophy"',
    ),
    "own achievement type": (
        "credentialSubject.achievement.achievementType",
        "ext:Trophy",
        "xt Trophy",
        "achievementType",
    ),
    "identifier of the issuer": (
        "issuer.otherIdentifier",
        [ENTRY],
        [ENTRY | {"type": "Other"}],
        '"issuer.otherIdentifier.1.type" says "Other"',
    ),
    "parent of the issuer": (
        "issuer.parentOrg",
        PARENT,
        PARENT | {"type": ["Other"]},
        '"issuer.parentOrg.type" says ["Other"]',
    ),
    "source": (
        "credentialSubject.source",
        PARENT,
        PARENT | {"type": "Other"},
        '"credentialSubject.source.type" says "Other"',
    ),
    "image": (
        "image",
        {"id": SITE, "type": "Image"},
        {"id": SITE, "type": "Image", "onload": "x"},
        '"image" has members that do not belong there (onload)',
    ),
    "parents": (
        "issuer.parentOrg",
        PARENT,
        PARENT | {"otherIdentifier": [ENTRY | {"type": "x"}], "image": 7},
        '"issuer.parentOrg',
    ),
    "evidence": (
        "evidence",
        [{"type": ["Evidence"]}],
        [{"type": ["Evidence"]}, {"type": ["Other"]}],
        '"evidence.type" does not say Evidence',
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_by_its_place_and_without_it_the_credential_verifies(fault: str) -> None:
    path, sound, faulty, sentence = FAULTS[fault]
    assert told(look(vc_jwt(_with(path, sound)))).startswith("verified")
    found = told(look(vc_jwt(_with(path, faulty))))
    assert found.startswith("rejected well_formed"), found
    assert sentence in found


def test_at_most_three_faults_are_told() -> None:
    wrong = [RESULT | {"status": f"Won {n}"} for n in range(5)]
    found = told(look(vc_jwt(_with("credentialSubject.result", wrong))))
    assert found.count('"credentialSubject.result.') == 3
    assert found.endswith("There is more.")


def test_a_faulty_document_of_very_many_parts_is_refused_quickly_and_in_bounded_memory() -> None:
    flood = [{"type": ["Other"], "alignment": [{"type": "Other"}] * 3}] * 8000
    body = _with("credentialSubject.result", flood)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed, match="too many parts"):
            schema.check(body)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    schema.check(_with("credentialSubject.result", [RESULT] * 8000))


def test_several_recipients_are_refused_with_a_sentence() -> None:
    one = ob3()["credentialSubject"]
    assert told(look(vc_jwt(ob3(credentialSubject=[one])))).startswith("verified")
    found = told(look(vc_jwt(ob3(credentialSubject=[one, one]))))
    assert found.startswith("rejected well_formed")
    assert "it is awarded to 2 recipients at once" in found


def test_both_data_models_are_held_against_it() -> None:
    older = ob3()
    older |= {"@context": [VC1, older["@context"][1]], "issuanceDate": older.pop("validFrom")}
    schema.check(older)
    with pytest.raises(Malformed, match="validFrom"):
        schema.check({k: v for k, v in older.items() if k != "issuanceDate"})


def test_a_vocabulary_before_the_standards_own_is_refused() -> None:
    first, second = ob3()["@context"]
    assert told(look(vc_jwt(ob3(**{"@context": [first, second, "https://more.example/v1"]})))).startswith("verified")
    assert told(look(vc_jwt(ob3(**{"@context": [second, first]})))).startswith("rejected well_formed")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    max_leaves=12,
)


def _refused(body: Json) -> str:
    try:
        schema.check(body)
    except Malformed as error:
        return str(error)
    return ""


@given(ANYTHING, st.sampled_from(sorted(FAULTS)), st.booleans())
def test_what_has_a_reader_of_its_own_is_left_to_it_and_changes_nothing_else(
    value: Any, fault: str, sound: bool
) -> None:
    path, good, faulty, _ = FAULTS[fault]
    plain = _with(path, good if sound else faulty)
    before = _refused(plain)
    filled = copy.deepcopy(plain)
    for member in ("proof", "credentialStatus", "refreshService", "endorsement", "endorsementJwt"):
        filled[member] = value
    for holder in (filled["issuer"], filled["credentialSubject"]["achievement"]):
        holder |= {"endorsement": value, "endorsementJwt": value}
    assert _refused(filled) == before


@given(ANYTHING)
def test_whatever_stands_in_its_place_is_taken_or_refused_with_a_sentence(value: Any) -> None:
    for path in ("credentialSubject", "issuer", "evidence", "image"):
        said = "."
        try:
            schema.check(ob3() | {path: value})
        except Malformed as error:
            said = str(error)
        assert said.endswith((".", "There is more."))


PINNED = f"{schema.PUBLISHED}json/ob_v3p0_achievementcredential_schema.json"
OWN = f"{SITE}/schema.json"
STRICT: Json = {"type": "object", "required": ["name"], "properties": {"name": {"const": "Formative Assessment"}}}


def _named(address: str, kind: str = schema.VALIDATOR, answer: Answer = 404, **changes: Any) -> Any:
    body = ob3(credentialSchema=[{"id": address, "type": kind}], **changes)
    return look(vc_jwt(body), web=Web({address: answer}))


def test_the_published_schema_under_any_of_its_addresses_is_the_pinned_one() -> None:
    for address in (PINNED, f"{schema.PUBLISHED}json/ob_v3p0_anyachievementcredential_schema.json"):
        found = _named(address)
        assert found.verdict.outcome == "verified", told(found)
        assert found.fetched == ()


def test_a_schema_of_the_issuers_own_is_applied() -> None:
    assert told(_named(OWN, answer=STRICT)).startswith("verified")
    found = told(_named(OWN, answer=STRICT, name="Something else"))
    assert found.startswith(f"rejected well_formed: It breaks the schema that it names, {OWN}")


@pytest.mark.parametrize("answer", [{"type": 5}, {"$ref": "https://elsewhere.example/x"}, b"<html>", 404])
def test_a_schema_that_cannot_be_applied_holds(answer: Answer) -> None:
    assert told(_named(OWN, answer=answer)).startswith("held well_formed")


def test_a_pattern_that_never_ends_costs_nothing() -> None:
    evil: Json = {"properties": {"name": {"pattern": "^(a+)+$"}}}
    assert told(_named(OWN, answer=evil, name="a" * 5000 + "b")).startswith("rejected well_formed")


def test_a_schema_at_a_strangers_site_is_not_read_and_holds() -> None:
    found = _named("https://stranger.example/schema.json", answer=STRICT)
    assert told(found).startswith(
        "held well_formed: It says that it follows the schema https://stranger.example/schema.json"
    )
    assert found.fetched == ()


def test_a_schema_that_moves_to_a_strangers_site_holds() -> None:
    web = Web({OWN: "https://stranger.example/s", "https://stranger.example/s": STRICT})
    body = ob3(credentialSchema={"id": OWN, "type": schema.VALIDATOR})
    assert told(look(vc_jwt(body), web=web)).startswith("held well_formed")


def test_a_schema_of_a_type_that_the_standard_does_not_ask_for_is_a_remark() -> None:
    found = _named("https://stranger.example/schema.json", "JsonSchema", STRICT)
    assert found.verdict.outcome == "verified"
    assert any("https://stranger.example/schema.json" in r for r in found.remarks)
    assert found.fetched == ()


def test_nothing_is_read_for_a_credential_that_is_not_proven() -> None:
    words = {"@context": [*ob3()["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]}
    body = with_proof(ob3(credentialSchema=[{"id": OWN, "type": schema.VALIDATOR}], **words))
    assert [a.url for a in look(body, web=Web({OWN: STRICT})).fetched] == [OWN]
    found = look(body | {"name": "Changed"}, web=Web({OWN: STRICT}))
    assert told(found).startswith("rejected proof")
    assert found.fetched == ()
