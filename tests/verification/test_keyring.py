"""Where keys come from: what leads to a key of a registered issuer, and what only seems to."""

import json
from datetime import date
from typing import Any

import pytest

from countersign.verification import keys
from countersign.verification.network.web import Unreachable
from countersign.verification.proofs import keyring
from countersign.verification.trust.registry import Issuer
from models.credentials import VerdictOutcome
from tests.verification.making import (
    EC,
    ED,
    ISSUER,
    OTHER,
    RSA,
    SITE,
    THIEF,
    Answer,
    Json,
    Web,
    b64,
    issuer,
    look,
    ob3,
    profile,
    registered,
    registry,
    signed_assertion,
    site,
    told,
    vc_jwt,
)
from tests.verification.proving import P384, Private, did_document, jwk, method, multibase, proven

DID = "did:web:issuer.example"
DID_FILE = f"{SITE}/.well-known/did.json"
JWKS = f"{SITE}/jwks.json"


def known(*pinned: Any, **more: Any) -> Issuer:
    return issuer(*pinned, **more)


def with_did(*pinned: Any, did: str = DID, **more: Any) -> Issuer:
    return known(*pinned, dids=frozenset({did}), **more)


def said(token: str | Json, who: Issuer, **pages: Answer) -> str:
    return told(look(token, registry(who), Web(pages)))


def did_jwk(key: Private, **more: Any) -> str:
    return "did:jwk:" + b64(json.dumps(jwk(key, **more)).encode())


VERIFIED = "verified"


@pytest.mark.parametrize("key", [ED, EC, P384])
def test_a_registered_did_key_or_did_jwk_is_the_key(key: Private) -> None:
    own = f"did:key:{multibase(key)}"
    for did, name in ((own, own), (own, f"{own}#{multibase(key)}"), (did_jwk(key), did_jwk(key) + "#0")):
        for content in (vc_jwt(key=key, kid=name), proven(key=key, verificationMethod=name)):
            found = look(content, registry(with_did(did=did)))
            assert found.verdict.outcome is VerdictOutcome.verified, told(found)
            assert "that is not registered" in said(content, with_did(did=f"did:key:{multibase(OTHER)}"))


def test_a_did_key_with_another_fragment_is_no_key() -> None:
    own = f"did:key:{multibase(ED)}"
    assert "is not registered for Acme" in said(vc_jwt(kid=f"{own}#{multibase(THIEF)}"), with_did(did=own))
    assert "is not registered for Acme" in said(vc_jwt(kid=did_jwk(ED) + "#1"), with_did(did=did_jwk(ED)))


def test_a_did_jwk_that_is_for_encryption_is_not_taken_for_signatures() -> None:
    did = did_jwk(ED, use="enc")
    assert "is not meant for signatures" in said(vc_jwt(kid=f"{did}#0"), with_did(did=did))


@pytest.mark.parametrize(
    ("did", "address"),
    [
        (DID, DID_FILE),
        ("did:web:issuer.example:units:teaching", f"{SITE}/units/teaching/did.json"),
        ("did:web:issuer.example%3A8443:a", "https://issuer.example:8443/a/did.json"),
        ("did:web:issuer.example:..", ""),
        ("did:web:issuer.example:%2e%2e", ""),
        ("did:web:issuer.example:", ""),
        ("did:web:user%40issuer.example", ""),
        ("did:web:issuer.example%2Fx", ""),
        ("did:web:", ""),
        ("did:key:z1", ""),
    ],
)
def test_a_did_web_names_one_address(did: str, address: str) -> None:
    assert keyring.did_web_address(did) == address


METHODS: dict[str, Json] = {
    "a Multikey": method(DID, ED),
    "a JWK": method(DID, ED, type="JsonWebKey2020", publicKeyJwk=jwk(ED)),
    "an Ed25519VerificationKey2020": method(DID, ED, type="Ed25519VerificationKey2020"),
}
METHODS["a JWK"].pop("publicKeyMultibase")


@pytest.mark.parametrize("kind", METHODS)
def test_a_key_of_a_registered_did_web_counts(kind: str) -> None:
    listed = METHODS[kind]
    for document in (
        did_document(DID, listed),
        did_document(DID, listed | {"id": "#key-1"}),
        did_document(DID, listed, assertionMethod=["#key-1"]),
        {"id": DID, "assertionMethod": listed},
    ):
        for content in (vc_jwt(kid=f"{DID}#key-1"), proven(verificationMethod=f"{DID}#key-1")):
            assert said(content, with_did(), **{DID_FILE: document}).startswith(VERIFIED)
    assert said(vc_jwt(kid="#key-1"), with_did(), **{DID_FILE: did_document(DID, listed)}).startswith(VERIFIED)


def _document(**changes: Any) -> Json:
    return did_document(DID, method(DID, ED)) | changes


DID_DOCUMENTS: dict[str, tuple[Answer, str]] = {
    "the document of another DID": (
        _document(id="did:web:thief.example"),
        "rejected proof: Its key (did:web:issuer.example#key-1) is not published where it says",
    ),
    "a key listed for logging in only": (
        _document(assertionMethod=[], authentication=[f"{DID}#key-1"]),
        "rejected proof: Its key (did:web:issuer.example#key-1) is not listed for issuing",
    ),
    "a key of another controller": (
        did_document(DID, method(DID, ED, controller="did:web:thief.example")),
        "rejected proof: Its key (did:web:issuer.example#key-1) belongs to somebody else",
    ),
    "a key without a controller": (
        did_document(DID, {k: v for k, v in method(DID, ED).items() if k != "controller"}),
        "rejected proof: Its key (did:web:issuer.example#key-1) belongs to somebody else",
    ),
    "two keys of one name": (
        did_document(DID, method(DID, THIEF), method(DID, ED)),
        "rejected proof: Its key (did:web:issuer.example#key-1) stands in the issuer's document more than once",
    ),
    "a key of another name": (
        did_document(DID, method(DID, ED, "#key-10")),
        "held proof: Its key (did:web:issuer.example#key-1) would be one of Acme Learning, but it is not published",
    ),
    "another key of that name": (
        did_document(DID, method(DID, THIEF)),
        "rejected proof: Its signature does not match",
    ),
    "a key in two forms": (
        did_document(DID, method(DID, ED, publicKeyJwk=jwk(THIEF))),
        "held proof: The key did:web:issuer.example#key-1 of Acme Learning is published in two forms at once",
    ),
    "a published private key": (
        did_document(
            DID,
            {k: v for k, v in method(DID, ED).items() if k != "publicKeyMultibase"}
            | {"type": "JsonWebKey", "publicKeyJwk": jwk(ED, d="AA")},
        ),
        "held proof: The key did:web:issuer.example#key-1 of Acme Learning is a private or shared key",
    ),
    "a revoked key": (
        did_document(DID, method(DID, ED, revoked="2026-06-01T00:00:00Z")),
        "held proof: It is signed with a key of Acme Learning that was later reported stolen",
    ),
    "an expired key": (
        did_document(DID, method(DID, ED, expires="2026-04-01T00:00:00Z")),
        "rejected proof: It is dated",
    ),
    "a redirect to another site": ("https://thief.example/did.json", "held proof: The document of did:web:issuer"),
    "an outage": (Unreachable("no answer"), "held proof: The document of did:web:issuer.example could not be read"),
    "no document": (404, "held proof: The document of did:web:issuer.example could not be read"),
    "a page": (b"<html>", "held proof: The document of did:web:issuer.example at issuer.example is not JSON"),
}


@pytest.mark.parametrize("defect", DID_DOCUMENTS)
def test_a_did_document_must_offer_the_key_for_issuing(defect: str) -> None:
    answer, sentence = DID_DOCUMENTS[defect]
    pages: dict[str, Answer] = {DID_FILE: answer, "https://thief.example/did.json": _document()}
    assert said(vc_jwt(kid=f"{DID}#key-1"), with_did(), **pages).startswith(sentence)


def test_an_outage_is_tried_again_and_a_missing_document_too() -> None:
    for answer in (Unreachable("no answer"), 404, 503):
        found = look(vc_jwt(kid=f"{DID}#key-1"), registry(with_did()), Web({DID_FILE: answer}))
        assert found.verdict.outcome is VerdictOutcome.held
        assert found.verdict.decisive.retry


def test_nothing_is_fetched_for_a_did_that_is_not_registered() -> None:
    web = Web({"https://thief.example/.well-known/did.json": did_document("did:web:thief.example", method(DID, THIEF))})
    found = look(vc_jwt(key=THIEF, kid="did:web:thief.example#key-1"), registry(with_did()), web)
    assert told(found).startswith("rejected proof: It is signed with a key (did:web:thief.example#key-1)")
    assert not [u for u in web.asked if "thief" in u]


def test_nothing_is_fetched_when_the_pinned_key_serves_or_is_named() -> None:
    who = with_did(registered(ED, f"{DID}#key-1"), jwks=(JWKS,))
    for key, word in ((ED, VERIFIED), (THIEF, "rejected proof: Its signature does not match")):
        web = Web()
        assert told(look(vc_jwt(key=key, kid=f"{DID}#key-1"), registry(who), web)).startswith(word)
        assert web.asked == []


@pytest.mark.parametrize("key", [ED, EC, P384, RSA])
def test_a_key_set_at_its_registered_address_is_searched_by_kid(key: Any) -> None:
    numbers = RSA.public_key().public_numbers()
    listed = (
        {"kty": "RSA", "n": b64(numbers.n.to_bytes(256)), "e": b64(numbers.e.to_bytes(3))} if key is RSA else jwk(key)
    )
    who = known(jwks=(JWKS,))
    served: Json = {"keys": [jwk(OTHER, kid="old"), listed | {"kid": "2026", "use": "sig", "key_ops": ["verify"]}]}
    assert said(vc_jwt(key=key, kid="2026"), who, **{JWKS: served}).startswith(VERIFIED)
    assert said(vc_jwt(key=key, kid=None), who, **{JWKS: served}).startswith(VERIFIED)
    assert said(vc_jwt(key=key, kid="old"), who, **{JWKS: served}).startswith("rejected proof: Its signature does not")
    for kid in ("202", "2026 ", "20266"):
        assert said(vc_jwt(key=key, kid=kid), who, **{JWKS: served}).startswith(f"held proof: Its key ({kid}) would be")


SETS: dict[str, tuple[Answer, str]] = {
    "a key for encryption": (
        {"keys": [jwk(ED, kid="2026", use="enc")]},
        "rejected proof: The key 2026 of Acme Learning is not meant for signatures",
    ),
    "a key for other operations": (
        {"keys": [jwk(ED, kid="2026", key_ops=["deriveKey"])]},
        "rejected proof: The key 2026 of Acme Learning is not meant for signatures",
    ),
    "a key for another algorithm": (
        {"keys": [jwk(ED, kid="2026", alg="ES256")]},
        "rejected proof: The key 2026 of Acme Learning is meant for the algorithm 'ES256'",
    ),
    "a key of an unknown kind": (
        {"keys": [{"kty": "EC", "crv": "secp256k1", "kid": "2026"}]},
        "held proof: The key 2026 of Acme Learning is of a kind that is not supported",
    ),
    "a kid that is no text": (
        {"keys": [jwk(ED, kid=["2026"])]},
        "held proof: Its key (2026) would be one of Acme Learning, but it is not published there now",
    ),
    "no list": ({"keys": {}}, "held proof: The key set of Acme Learning is not one that can be read"),
    "an outage": (Unreachable("no answer"), "held proof: The key set of Acme Learning could not be read"),
    "a redirect": ("https://thief.example/jwks", f"held proof: {SITE} refers to another site for the keys"),
}


@pytest.mark.parametrize("defect", SETS)
def test_a_key_set_is_taken_at_its_word(defect: str) -> None:
    answer, sentence = SETS[defect]
    pages: dict[str, Answer] = {JWKS: answer, "https://thief.example/jwks": {"keys": [jwk(ED, kid="2026")]}}
    assert said(vc_jwt(kid="2026"), known(jwks=(JWKS,)), **pages).startswith(sentence)


@pytest.mark.parametrize("where", ["did:web", "did:key", "a key set", "an address"])
def test_a_stolen_key_stays_stolen_wherever_it_is_found(where: str) -> None:
    """The thief may still hold the web site, and link the key again under another name."""
    address, own = f"{SITE}/key", f"did:key:{multibase(ED)}"
    names = {"did:web": f"{DID}#key-1", "did:key": own, "a key set": "2026", "an address": address}
    pages: dict[str, Answer] = {
        DID_FILE: did_document(DID, method(DID, ED)),
        JWKS: {"keys": [jwk(ED, kid="2026")]},
        address: jwk(ED),
        ISSUER: profile(assertionMethod=[address]),
    }
    dids = frozenset({DID, own})
    for dates, word in (
        ({}, VERIFIED),
        ({"compromised": date(2026, 4, 1)}, "rejected proof: It is signed with a key of Acme Learning that was"),
        ({"compromised": date(2026, 8, 1)}, "held proof: It is signed with a key of Acme Learning that was later"),
        ({"until": date(2026, 4, 1)}, "rejected proof: It is dated"),
    ):
        who = known(registered(ED, "2019-key", **dates), dids=dids, jwks=(JWKS,))
        assert said(vc_jwt(kid=names[where]), who, **pages).startswith(word)


def test_keys_are_read_in_every_form_and_only_sound_ones() -> None:
    for key in (ED, EC, P384):
        public = key.public_key()
        assert keys.from_multibase(multibase(key)) == public
        assert keys.from_jwk(jwk(key)) == public
        assert keys.from_did_jwk(did_jwk(key) + "#0") == public
    assert [keys.algorithm(k.public_key()) for k in (ED, EC, P384, RSA)] == ["EdDSA", "ES256", "ES384", "RS256"]
    short = jwk(P384) | {"x": b64(b"\x01" * 32)}
    for bad in (short, jwk(EC, crv="P-384"), jwk(ED, d="AA"), {"kty": "oct", "k": "AA"}, {}):
        with pytest.raises(keys.KeyProblem):
            keys.from_jwk(bad)
    for text in ("did:jwk:e30#0", "did:jwk:W10", "did:jwk:!", f"{did_jwk(ED)}#1", "did:key:z6Mk"):
        with pytest.raises(keys.KeyProblem):
            keys.from_did_jwk(text)
    with pytest.raises(keys.KeyProblem, match="not supported"):
        keys.from_multikey(b"\xe7\x01" + b"\x02" * 33)


def test_the_issuers_own_profile_that_names_no_key_is_no_key() -> None:
    """1EdTech's examples write the key into the fragment of the issuer's address; anybody can."""
    name = f"{ISSUER}#{multibase(THIEF)}"
    page: dict[str, Answer] = {ISSUER: {"id": ISSUER, "type": "Profile", "name": "Acme Learning"}}
    for who in (known(), known(registered(ED, "another")), known(origins=frozenset[str]())):
        assert said(proven(ob3(), THIEF, verificationMethod=name), who, **page).startswith(
            f"held proof: Its key ({name[:100]}) would be one of Acme Learning, but it is not published"
        )


@pytest.mark.parametrize("unpinned", [None, "2019-key"])
def test_a_key_that_the_issuer_has_replaced_waits_for_a_person_and_verifies_once_it_is_entered(
    unpinned: str | None,
) -> None:
    """Keys are rotated: whoever earned a micro-credential before that did nothing wrong."""
    others = () if unpinned is None else (registered(EC, unpinned),)
    dids, place = frozenset({DID}), f"{SITE}/keys"
    pages: dict[str, Answer] = {
        DID_FILE: did_document(DID, method(DID, OTHER, "#2026")),
        JWKS: {"keys": [jwk(OTHER, kid="2026")]},
        place: did_document(place, method(place, OTHER, "#2026")),
        ISSUER: profile(assertionMethod=[place]),
    }
    for name in (f"{DID}#2019", "#2019", "2019", f"{place}#2019"):
        old = vc_jwt(kid=name)
        found = look(old, registry(known(*others, dids=dids, jwks=(JWKS,))), Web(pages))
        assert told(found).startswith(f"held proof: Its key ({name}) would be one of Acme Learning"), told(found)
        assert not found.verdict.decisive.retry
        pin = "countersign issuer pin acme --key-file FILE --name KEY --from DATE --until DATE --by NAME"
        assert f"enter the key that it gives you with the dates of its use: {pin}." in found.verdict.decisive.remedy
        for entered, word in (
            (registered(ED, name, until=date(2026, 6, 1)), VERIFIED),
            (registered(ED, name, until=date(2026, 4, 1)), "rejected proof: It is dated"),
            (registered(THIEF, name), "rejected proof: Its signature does not match"),
        ):
            assert said(old, known(*others, entered, dids=dids, jwks=(JWKS,)), **pages).startswith(word)


def test_a_key_that_is_named_elsewhere_was_never_the_issuers() -> None:
    """The other side of it: only a name at the issuer's own place can be a replaced key of the issuer's."""
    who = known(dids=frozenset({DID, f"did:key:{multibase(OTHER)}"}))
    for name in ("2019", "did:web:issuer.example.thief.example#2019", f"did:key:{multibase(OTHER)}#x", f"{DID}x#2019"):
        assert said(vc_jwt(kid=name), who).startswith(f"rejected proof: It is signed with a key ({name[:100]})")


@pytest.mark.parametrize(
    ("dates", "outcome", "part"),
    [
        ({}, "verified", ""),
        ({"starts": date(2026, 5, 2)}, "rejected", "only has since May 2, 2026"),
        ({"starts": date(2026, 5, 1), "until": date(2026, 5, 1)}, "verified", ""),
        ({"until": date(2026, 4, 30)}, "rejected", "used until April 30, 2026"),
        ({"compromised": date(2026, 5, 1)}, "rejected", "reported stolen on May 1, 2026"),
        ({"compromised": date(2026, 9, 1)}, "held", "backdated by whoever has the key"),
    ],
)
def test_a_key_counts_for_its_time_only(dates: dict[str, date], outcome: str, part: str) -> None:
    for key, content, web in ((ED, vc_jwt(), None), (ED, proven(), None), (RSA, signed_assertion(), site())):
        found = look(content, registry(issuer(registered(key, "", **dates))), web)
        assert found.verdict.outcome == outcome, told(found)
        assert part in told(found)
        assert found.key.startswith("credential:" if outcome == "verified" else "document:")
