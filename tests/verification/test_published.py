"""What an issuer publishes, read for a person to compare: another site's word is never taken for it."""

import pytest

from countersign.verification import published
from countersign.verification.carriers import extraction
from countersign.verification.network.documents import Missing
from models.credentials import Carrier, CarrierKind
from tests.verification.making import ED, ISSUER, SITE, THIEF, Json, Web, issuer, multibase, profile, registered, vc_jwt

EVIL = "https://evil.example"


def methods(identity: str, key: str = multibase(ED)) -> Json:
    method = {"id": f"{identity}#key-1", "type": "Multikey", "controller": identity, "publicKeyMultibase": key}
    return {"verificationMethod": [method], "assertionMethod": [method["id"]]}


def test_a_profile_is_read_with_its_keys() -> None:
    found = published.look(ISSUER, Web({ISSUER: profile(**methods(ISSUER))}))
    assert (found.id, found.name, found.itself, found.moved) == (ISSUER, "Acme Learning", True, False)
    assert [(k.id, k.public) for k in found.keys] == [(f"{ISSUER}#key-1", ED.public_key())]


def test_the_keys_of_an_answer_from_another_site_are_not_taken() -> None:
    web = Web({ISSUER: f"{EVIL}/profile", f"{EVIL}/profile": profile(**methods(ISSUER, multibase(THIEF)))})
    found = published.look(ISSUER, web)
    assert found.moved
    assert found.keys == []
    assert "came from https://evil.example" in found.problems[0]


def test_a_linked_key_that_is_served_from_another_site_is_not_taken() -> None:
    page: Json = {"id": f"{SITE}/key.json", "owner": ISSUER, "publicKeyPem": "x"}
    web = Web({
        ISSUER: profile(publicKey=f"{SITE}/key.json"), f"{SITE}/key.json": f"{EVIL}/key.json", f"{EVIL}/key.json": page,
    })  # fmt: skip
    found = published.look(ISSUER, web)
    assert found.keys == []
    assert "is served from https://evil.example, another site" in found.problems[0]


def test_a_key_kept_at_another_site_is_never_asked_for() -> None:
    web = Web({ISSUER: profile(publicKey=[f"{EVIL}/key.json", {"id": f"{EVIL}/other.json"}])})
    found = published.look(ISSUER, web)
    assert web.asked == [ISSUER]
    assert len(found.problems) == 2


def test_a_method_of_somebody_else_is_not_offered() -> None:
    body = methods(ISSUER)
    body["verificationMethod"][0]["controller"] = f"{EVIL}/profile"
    found = published.look(ISSUER, Web({ISSUER: profile(**body)}))
    assert found.keys == []
    assert "lists no key that could be used for issuing" in found.problems[0]


def test_a_silent_site_and_a_missing_page_are_told_apart() -> None:
    with pytest.raises(Missing) as caught:
        published.look(ISSUER, Web({}))
    assert caught.value.status == 404


def test_an_issuer_is_asked_where_it_is_registered_and_only_over_https() -> None:
    acme = issuer(
        registered(ED), ids=(ISSUER, "http://issuer.example/old", "urn:uuid:1"),
        dids=frozenset({"did:web:issuer.example"}), jwks=(f"{SITE}/jwks",),
    )  # fmt: skip
    assert published.sources(acme) == ["https://issuer.example/old", ISSUER, f"{SITE}/jwks", "did:web:issuer.example"]


BADGE = "https://issuer.example/badge.json"


@pytest.mark.parametrize(
    ("carrier", "named"),
    [
        (vc_jwt(), ISSUER),
        ('{"issuer": {"id": "did:web:issuer.example"}}', "did:web:issuer.example"),
        ('{"badge": {"issuer": {"id": "https://issuer.example/i"}}}', "https://issuer.example/i"),
        (f'{{"badge": "{BADGE}", "issuer": 7}}', "https://issuer.example/behind"),
        ("https://issuer.example/assertion.json", "https://issuer.example/behind"),
        ('{"badge": "no address", "issuer": 7}', ""),
        ('{"issuer": "nobody"}', ""),
    ],
)
def test_whom_a_credential_names_is_read_without_believing_it(carrier: str, named: str) -> None:
    web = Web(
        {"https://issuer.example/assertion.json": {"badge": BADGE}, BADGE: {"issuer": "https://issuer.example/behind"}}
    )
    payload = extraction.extract(Carrier("award", CarrierKind.json, carrier.encode()))
    assert published.issuer_of(payload, web) == named


def test_a_document_on_the_way_to_the_issuer_that_is_not_to_be_had_is_said() -> None:
    payload = extraction.extract(Carrier("award", CarrierKind.json, f'{{"badge": "{BADGE}"}}'.encode()))
    with pytest.raises(Missing, match="The description of what was earned could not be read"):
        published.issuer_of(payload, Web({}))
