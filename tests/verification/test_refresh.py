"""The newer version of a credential: asked for once, after the proof, at the issuer's own site, and held against the original."""

import copy
import hashlib
from datetime import date
from typing import Any

import pytest

from countersign.verification import Refused, Unreachable
from models.credentials import Examination
from tests.verification.making import (
    ED,
    ISSUER,
    SITE,
    THIEF,
    VC2,
    Answer,
    Json,
    Web,
    issuer,
    jws,
    look,
    ob3,
    registered,
    registry,
    told,
    vc_jwt,
    with_proof,
)

NEWER = f"{SITE}/credentials/1"
SERVICE: Json = {"id": NEWER, "type": "1EdTechCredentialRefresh"}
REVOCATIONS = f"{SITE}/revoked"
REVOKED: Json = {"issuer": ISSUER, "revokedCredential": [{"id": ob3()["id"]}]}
STATUS: Json = {"id": REVOCATIONS, "type": "1EdTechRevocationList"}


def _old(**changes: Any) -> Json:
    return ob3(refreshService=SERVICE, validUntil="2026-09-01T00:00:00Z", **changes)


def _new(**changes: Any) -> Json:
    return ob3(**({"validFrom": "2026-08-01T00:00:00Z", "name": "Renewed"} | changes))


def _look(answer: Answer, body: Json | None = None, **pages: Answer) -> Examination:
    served = {REVOCATIONS: pages.pop("revoked", 404)} | pages
    return look(vc_jwt(body or _old()), web=Web({NEWER: answer} | served))


def _signed(body: Json, **more: Any) -> bytes:
    return vc_jwt(body, **more).encode()


def test_the_newer_version_takes_the_originals_place_in_either_form() -> None:
    for answer in (_signed(_new()), with_proof(_new())):
        found = _look(answer)
        assert found.verdict.outcome == "verified", told(found)
        assert found.body["name"] == "Renewed"
        assert found.credential
        assert found.credential.valid_until is None
        assert found.remarks[0].startswith("The issuer has a newer version of this one")
        assert [a.url for a in found.fetched] == [NEWER]


def test_the_key_and_the_document_stay_those_of_what_was_sent() -> None:
    plain, renewed = look(vc_jwt(_new())), _look(_signed(_new()))
    assert renewed.key == plain.key
    assert renewed.document == vc_jwt(_old()).encode()


def test_it_is_asked_for_once_only() -> None:
    again = _new(refreshService={"id": f"{SITE}/credentials/2", "type": "1EdTechCredentialRefresh"})
    assert [a.url for a in _look(_signed(again)).fetched] == [NEWER]


def test_the_newest_one_is_recognised() -> None:
    body = ob3(refreshService=SERVICE)
    found = _look(_signed(body), body)
    assert found.verdict.outcome == "verified"
    assert found.remarks == ("The issuer was asked for a newer version: this is the newest.",)


def test_the_status_and_dates_of_the_newer_one_count() -> None:
    found = _look(_signed(_new(credentialStatus=STATUS)), revoked=REVOKED)
    assert told(found).startswith("rejected status: The issuer has withdrawn")
    ended = _look(_signed(_new(validUntil="2026-09-15T00:00:00Z")))
    assert told(ended) == "rejected dates: It expired on September 15, 2026."
    assert told(_look(_signed(_new(credentialStatus=STATUS)), revoked=REVOKED | {"revokedCredential": []})).startswith(
        "verified"
    )


def _else(**changes: Any) -> Json:
    body = copy.deepcopy(_new())
    body["credentialSubject"]["identifier"][0] |= changes
    return body


SAM = "sha256$" + hashlib.sha256(b"sam@school.examplesalty").hexdigest()
UNUSABLE: dict[str, tuple[Answer, str]] = {
    "forged": (_signed(_new(), key=THIEF), "altered or forged"),
    "unsigned": (_new(), "carries no proof"),
    "of another issuer": (jws(_new(issuer="https://stranger.example"), THIEF).encode(), "it names another issuer"),
    "another credential": (_signed(_new(id="urn:uuid:other")), "it is another credential"),
    "somebody else's": (_signed(_else(identityHash=SAM)), "it names another recipient"),
    "somebody else's under another salt": (
        _signed(_else(identityHash=SAM, salt="other")),
        "it names another recipient",
    ),
    "older": (_signed(_new(validFrom="2026-04-01T00:00:00Z")), "it is older than the original"),
    "not conforming": (
        _signed(_new(credentialSubject={"type": ["AchievementSubject"]})),
        '"credentialSubject.achievement" is missing',
    ),
    "of an unknown vocabulary": (
        _signed(_new(**{"@context": [VC2, "https://words.example"]})),
        "https://words.example",
    ),
    "a page": (b"<html>", "neither a JSON credential nor a token"),
    "away": (503, "could not be read"),
    "gone": (410, "it is gone for good"),
    "silent": (Unreachable("no answer"), "no answer"),
    "behind a private address": (Refused("its address is not public"), "its address is not public"),
    "moved to another site": ("https://stranger.example/1", "it was moved to a site that is none of Acme Learning"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_cannot_be_used_leaves_the_original_as_it_is(case: str) -> None:
    answer, why = UNUSABLE[case]
    sound = ob3(refreshService=SERVICE)
    pages: dict[str, Answer] = {"https://stranger.example/1": _signed(_new())}
    found = look(vc_jwt(sound), web=Web({NEWER: answer} | pages))
    assert found.verdict.outcome == "verified", told(found)
    assert found.body["name"] == "Formative Assessment"
    (remark,) = found.remarks
    assert remark.startswith("The issuer offers a newer version, which could not be used; the original counts.")
    assert why in remark


@pytest.mark.parametrize("case", ["forged", "of another issuer", "somebody else's", "older", "unsigned"])
def test_a_withdrawn_original_is_not_brought_back_by_a_false_newer_one(case: str) -> None:
    answer, _ = UNUSABLE[case]
    found = _look(answer, ob3(refreshService=SERVICE, credentialStatus=STATUS), revoked=REVOKED)
    assert told(found).startswith("rejected status: The issuer has withdrawn")
    other = f"{SITE}/revoked-2"
    renewed = _new(credentialStatus=STATUS | {"id": other})
    withdrawn = vc_jwt(ob3(refreshService=SERVICE, credentialStatus=STATUS))
    pages: dict[str, Answer] = {
        NEWER: _signed(renewed),
        REVOCATIONS: REVOKED,
        other: REVOKED | {"revokedCredential": []},
    }
    assert look(withdrawn, web=Web(pages)).verdict.outcome == "verified"


def test_a_newer_version_without_a_status_does_not_escape_the_originals() -> None:
    found = _look(_signed(_new()), ob3(refreshService=SERVICE, credentialStatus=STATUS), revoked=REVOKED)
    assert told(found).startswith("rejected status: The issuer has withdrawn")
    clear: Json = REVOKED | {"revokedCredential": []}
    assert (
        _look(_signed(_new()), ob3(refreshService=SERVICE, credentialStatus=STATUS), revoked=clear).body["name"]
        == "Renewed"
    )


@pytest.mark.parametrize(
    "address", ["https://stranger.example/1", "https://10.0.0.1/1", "http://169.254.169.254/x", "urn:uuid:1"]
)
def test_a_strangers_address_is_never_asked(address: str) -> None:
    found = look(vc_jwt(ob3(refreshService=SERVICE | {"id": address})), web=Web({address: _signed(_new())}))
    assert found.verdict.outcome == "verified"
    assert found.fetched == ()
    assert "is no registered site of Acme Learning" in found.remarks[0]


def test_nothing_is_asked_before_the_proof_or_for_another_service() -> None:
    assert look(vc_jwt(_old(), key=THIEF), web=Web({NEWER: _signed(_new())})).fetched == ()
    other = ob3(refreshService={"id": NEWER, "type": "ManualRefreshService2018"})
    found = look(vc_jwt(other), web=Web({NEWER: _signed(_new())}))
    assert (found.fetched, found.remarks, found.verdict.outcome) == ((), (), "verified")


def test_a_newer_version_after_the_issuer_was_no_longer_accepted_is_not_used() -> None:
    known = registry(issuer(registered(ED, f"{ISSUER}#key-1"), accepted_until=date(2026, 6, 1)))
    found = look(vc_jwt(ob3(refreshService=SERVICE)), known, Web({NEWER: _signed(_new())}))
    assert found.verdict.outcome == "verified"
    assert "was accepted until June 1, 2026" in found.remarks[0]


def test_the_first_known_one_of_several_services_is_asked() -> None:
    services = [{"id": f"{SITE}/x", "type": "Other"}, SERVICE]
    assert [a.url for a in look(vc_jwt(ob3(refreshService=services)), web=Web({NEWER: _signed(_new())})).fetched] == [
        NEWER
    ]


SCHEMA, VALIDATOR = f"{SITE}/schema.json", "1EdTechJsonSchemaValidator2019"


@pytest.mark.parametrize(
    ("served", "remark"),
    [
        ({"type": "object"}, "The issuer has a newer version"),
        ({"required": ["awardedDate"]}, f'it breaks the schema that it names, {SCHEMA}: "awardedDate" is missing'),
        (404, "the schema it names could not be read from issuer.example"),
        (b"<html>", "the schema it names at issuer.example is not JSON"),
    ],
)
def test_the_newer_version_is_held_against_the_schemas_it_names(served: Answer, remark: str) -> None:
    """Open Badges 3.0 §9.1 step 3: steps 1 and 2 again, all of them."""
    newer = _signed(_new(credentialSchema={"id": SCHEMA, "type": VALIDATOR}))
    found = look(vc_jwt(_old()), web=Web({NEWER: newer, SCHEMA: served}))
    taken = remark.startswith("The issuer has")
    assert found.verdict.outcome == ("verified" if taken else "rejected"), "the original has expired"
    assert any(remark in r for r in found.remarks), found.remarks


def test_a_schema_on_which_nothing_depends_is_remarked_on_once() -> None:
    other: Json = {"id": "https://x.example/schema", "type": "JsonSchema"}
    found = _look(_signed(_new(credentialSchema=other)), _old(credentialSchema=other))
    assert found.verdict.outcome == "verified"
    assert len([r for r in found.remarks if "on which nothing here depends" in r]) == 1
