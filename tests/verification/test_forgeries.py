"""What an attacker tries. Every one of these ends rejected or held, by the check that should notice."""

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from models.credentials import CarrierKind, VerdictOutcome
from tests.verification.making import (
    EC,
    ED,
    ISSUER,
    OB3,
    OTHER,
    RSA,
    SITE,
    THIEF,
    VC1,
    VC2,
    Json,
    b64,
    issuer,
    jws,
    look,
    multibase,
    ob3,
    registered,
    registry,
    signed_assertion,
    site,
    told,
    vc_jwt,
    with_proof,
)

PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
OB2_KNOWN = registry(issuer(registered(RSA, f"{SITE}/key.json")))


def test_what_the_attacks_start_from_verifies() -> None:
    for content in (vc_jwt(), with_proof()):
        assert look(content).verdict.outcome is VerdictOutcome.verified, told(look(content))
    for key in (EC, RSA):
        found = look(vc_jwt(key=key), registry(issuer(registered(key))))
        assert found.verdict.outcome is VerdictOutcome.verified
    found = look(signed_assertion(), OB2_KNOWN, site())
    assert found.verdict.outcome is VerdictOutcome.verified, told(found)


def _unsigned(alg: str, signature: str = "") -> str:
    head = b64(json.dumps({"alg": alg}).encode())
    return f"{head}.{vc_jwt().split('.')[1]}.{signature}"


def _hmac_with_the_public_key() -> str:
    import hashlib
    import hmac

    head = b64(json.dumps({"alg": "HS256", "kid": f"{ISSUER}#key-1"}).encode())
    message = f"{head}.{b64(json.dumps(ob3()).encode())}"
    return f"{message}.{b64(hmac.new(PEM, message.encode(), hashlib.sha256).digest())}"


def _thief_jwk() -> Json:
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(THIEF.public_key().public_bytes_raw())}


def _changed(token: str, **changes: Any) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{b64(json.dumps(ob3(**changes)).encode())}.{signature}"


def _thief_did() -> str:
    return f"did:key:{multibase(THIEF)}"


TOKENS: dict[str, tuple[Callable[[], str], str]] = {
    "alg none": (lambda: _unsigned("none"), "rejected proof: The credential is not signed"),
    "alg none with a signature": (lambda: _unsigned("none", "AAAA"), "rejected proof: The credential is not signed"),
    "alg nOnE": (lambda: _unsigned("nOnE", "AAAA"), "held proof: The credential is signed with 'nOnE'"),
    "no signature": (lambda: _unsigned("EdDSA"), "rejected proof: The credential is not signed"),
    "HMAC with the public key as secret": (_hmac_with_the_public_key, "rejected proof: The credential is not signed"),
    "algorithm of another key": (lambda: vc_jwt(key=EC), "rejected proof: Its signature does not match"),
    "header says another algorithm": (lambda: vc_jwt(alg="ES256"), "rejected proof: Its signature does not match"),
    "thief's key under the issuer's kid": (lambda: vc_jwt(key=THIEF), "rejected proof: Its signature does not match"),
    "key brought along": (lambda: vc_jwt(key=THIEF, jwk=_thief_jwk()), "rejected proof: Its signature does not match"),
    "key brought along, no kid": (
        lambda: vc_jwt(key=THIEF, jwk=_thief_jwk(), kid=None),
        "rejected proof: Its signature does not match",
    ),
    "did:key of the thief": (lambda: vc_jwt(key=THIEF, kid=_thief_did()), "rejected proof: It is signed with a key"),
    "key by address": (
        lambda: vc_jwt(key=THIEF, kid="https://thief.example/key", jku="https://thief.example/jwks"),
        "rejected proof: It is signed with a key (https://thief.example/key)",
    ),
    "body changed": (
        lambda: _changed(vc_jwt(), name="Nuclear Physics"),
        "rejected proof: Its signature does not match",
    ),
    "critical extension": (
        lambda: vc_jwt(crit=["exp"]),
        "rejected proof: The credential's signature asks for extensions",
    ),
    "unencoded payload": (lambda: vc_jwt(b64=False), "rejected proof: The credential's signature asks for extensions"),
    "another issuer in iss": (
        lambda: jws(ob3() | {"iss": "https://famous.example"}, ED),
        'rejected well_formed: It is not laid out as Open Badges asks for: The token says one thing in "iss"',
    ),
    "another id in jti": (
        lambda: jws(ob3() | {"jti": "urn:x:1"}, ED),
        'rejected well_formed: It is not laid out as Open Badges asks for: The token says one thing in "jti"',
    ),
    "another day in nbf": (
        lambda: jws(ob3() | {"nbf": 1}, ED),
        'rejected well_formed: It is not laid out as Open Badges asks for: The token says one date in "nbf"',
    ),
    "two credentials in one token": (
        lambda: jws(ob3() | {"vc": ob3()}, ED),
        "rejected well_formed: It is not laid out as Open Badges asks for: The token holds two",
    ),
    "duplicate key": (
        lambda: jws('{"issuer": "https://famous.example", ' + json.dumps(ob3())[1:], ED),
        'rejected proof: The signed credential has the key "issuer" twice',
    ),
}


@pytest.mark.parametrize("attack", TOKENS)
def test_a_forged_token_does_not_verify(attack: str) -> None:
    make, sentence = TOKENS[attack]
    assert told(look(make())).startswith(sentence)


def test_a_key_of_another_registered_issuer_proves_nothing() -> None:
    other = issuer(
        registered(OTHER, "https://other.example#key"), id_="other", name="Other", ids=("https://other.example",)
    )
    known = registry(issuer(registered(ED, f"{ISSUER}#key-1")), other)
    for kid in (f"{ISSUER}#key-1", "https://other.example#key", None):
        assert look(vc_jwt(key=OTHER, kid=kid), known).verdict.outcome is VerdictOutcome.rejected
    for method in (f"{ISSUER}#key-1", "https://other.example#key"):
        found = look(with_proof(key=OTHER, verificationMethod=method), known)
        assert found.verdict.outcome is VerdictOutcome.rejected


def test_an_issuer_with_a_famous_name_and_another_id_is_pointed_out() -> None:
    for name in ("Acme Learning", "ACME  Learning", "Acme Learnıng", "Acmе Learning", "Acme Learning."):
        body = ob3(issuer={"id": "https://issuer.example.evil.example/profile", "type": ["Profile"], "name": name})
        found = look(jws(body, THIEF))
        assert told(found).startswith("rejected issuer_trusted: The issuer calls itself")
        assert "is not the registered one" in told(found)


@pytest.mark.parametrize(
    "alike",
    [
        ISSUER + "/",
        ISSUER + "?",
        ISSUER.replace("https", "http"),
        ISSUER + "/x",
        ISSUER + "#a",
        "https://issuer.example./profile",
        "https://issuer.example:8443/profile",
        "https://x@issuer.example/profile",
        "https://issuer.example/Profile",
        "https://issuer.example/%70rofile",
        "https://issuer.example/../profile",
    ],
)
def test_an_id_that_only_looks_like_the_registered_one_is_another_issuer(alike: str) -> None:
    found = look(jws(ob3(issuer={"id": alike, "type": ["Profile"], "name": "Somebody"}), ED))
    assert found.verdict.outcome is VerdictOutcome.rejected
    assert "issuer_trusted" in told(found) or "well_formed" in told(found)


def test_the_case_of_the_host_and_the_default_port_make_no_difference() -> None:
    for same in ("https://ISSUER.example/profile", "HTTPS://issuer.example:443/profile"):
        found = look(jws(ob3(issuer={"id": same, "type": ["Profile"], "name": "Acme"}), ED))
        assert found.verdict.outcome is VerdictOutcome.verified


def _forged(change: Callable[[Json], object], **proof: Any) -> Json:
    body = copy.deepcopy(with_proof(**proof))
    change(body)
    return body


DOCUMENTS: dict[str, tuple[Callable[[], Json], str]] = {
    "no proof": (ob3, "rejected proof: It carries no proof at all"),
    "changed": (
        lambda: _forged(lambda b: b.update(validUntil="2040-01-01T00:00:00Z")),
        "rejected proof: Its signature",
    ),
    "unsigned word": (
        lambda: with_proof(ob3(honours="summa"), checked=False),
        'rejected proof: "honours" is not covered',
    ),
    "unsigned type": (
        lambda: with_proof(ob3(type=["VerifiableCredential", "OpenBadgeCredential", "Medal"]), checked=False),
        'rejected proof: "Medal" is not a word',
    ),
    "nested unsigned word": (
        lambda: with_proof(ob3(evidence=[{"type": ["Evidence"], "score": "1"}]), checked=False),
        'rejected proof: "evidence.score" is not covered',
    ),
    "relative id": (
        lambda: with_proof(ob3(evidence=[{"type": ["Evidence"], "id": "work"}]), checked=False),
        'rejected proof: "work" is not a word',
    ),
    "id that breaks out of its statement": (
        lambda: with_proof(
            ob3(evidence=[{"type": ["Evidence"], "id": 'urn:x:> <urn:y:z> "v" .\n<urn:x:y'}]), checked=False
        ),
        "rejected proof: ",
    ),
    "list in a list": (
        lambda: with_proof(ob3(credentialStatus=[[{"id": "urn:x:1", "type": "1EdTechRevocationList"}]]), checked=False),
        "rejected proof: ",
    ),
    "purpose changed": (
        lambda: _forged(lambda b: b["proof"].update(proofPurpose="authentication")),
        "rejected proof: Its proof was made for another purpose",
    ),
    "made for another purpose": (
        lambda: with_proof(proofPurpose="authentication"),
        "rejected proof: Its proof was made for another purpose",
    ),
    "date of the proof changed": (
        lambda: _forged(lambda b: b["proof"].update(created="2026-05-02T12:00:00Z")),
        "rejected proof: Its sig",
    ),
    "did:key of the thief": (
        lambda: with_proof(key=THIEF, verificationMethod=_thief_did()),
        "rejected proof: It is signed with a key (did:key:",
    ),
    "did:key of the thief, with fragment": (
        lambda: with_proof(key=THIEF, verificationMethod=f"{_thief_did()}#{multibase(THIEF)}"),
        "rejected proof: It is signed with a key (did:key:",
    ),
    "thief's key under the issuer's name": (
        lambda: with_proof(key=THIEF),
        "rejected proof: Its signature does not match",
    ),
    "proof has run out": (lambda: with_proof(expires="2026-06-01T00:00:00Z"), "rejected proof: Its proof has expired"),
    "unknown word in the proof": (
        lambda: with_proof(level="high", checked=False),
        'rejected proof: "level" is not covered',
    ),
    "full address for a word": (
        lambda: _forged(lambda b: b.update({"https://www.w3.org/2018/credentials#validUntil": "2026-01-01T00:00:00Z"})),
        "held proof: ",
    ),
    "inline vocabulary": (
        lambda: _forged(lambda b: b["@context"].append({"honours": "https://x.example/h"})),
        "held proof: The credential defines words of its own",
    ),
    "unknown vocabulary": (
        lambda: _forged(lambda b: b["@context"].append("https://x.example/context")),
        "held proof: The credential uses the vocabulary https://x.example/context",
    ),
    "another suite": (
        lambda: _forged(lambda b: b["proof"].update(cryptosuite="ecdsa-rdfc-2019")),
        "rejected proof: Its proof (ecdsa-rdfc-2019) is of a kind for which Acme Learning has no key",
    ),
    "chain of proofs without its first": (
        lambda: with_proof(previousProof="urn:uuid:1"),
        "rejected proof: Its proof builds on another one (previousProof) that is not there",
    ),
    "credential described twice": (
        lambda: with_proof(
            ob3(refreshService={"id": ob3()["id"], "type": "1EdTechCredentialRefresh", "name": "x"}), checked=False
        ),
        "rejected proof: ",
    ),
}


@pytest.mark.parametrize("attack", DOCUMENTS)
def test_a_forged_document_does_not_verify(attack: str) -> None:
    make, sentence = DOCUMENTS[attack]
    assert told(look(make())).startswith(sentence), told(look(make()))


def test_a_signed_expiry_cannot_be_moved_out_of_sight() -> None:
    """The statements stay the same when they move to another mention of the same node; the signature would still fit."""
    body = ob3(
        validUntil="2026-06-01T00:00:00Z", evidence=[{"type": ["Evidence", "VerifiableCredential"], "id": ob3()["id"]}]
    )
    signed = with_proof(body)
    assert told(look(signed)) == "rejected dates: It expired on June 1, 2026."
    moved = copy.deepcopy(signed)
    moved["evidence"][0]["validUntil"] = moved.pop("validUntil")
    assert "describes another part of the credential a second time" in told(look(moved))


def test_a_data_model_1_credential_cannot_lose_its_expiry_under_the_context_of_model_2() -> None:
    old = ob3(validFrom=None, issuanceDate="2026-05-01T12:00:00Z", expirationDate="2026-06-01T00:00:00Z", name=None)
    old["@context"] = [VC1, OB3.replace("3.0.3", "3.0.1"), "https://w3id.org/security/data-integrity/v2"]
    signed = with_proof(old)
    assert told(look(signed)) == "rejected dates: It expired on June 1, 2026."
    signed["@context"][0] = VC2
    assert look(signed).verdict.outcome is not VerdictOutcome.verified
    cred = "https://www.w3.org/2018/credentials#"
    signed |= {"validFrom": "2026-05-01T12:00:00Z", f"{cred}expirationDate": signed.pop("expirationDate")}
    assert look(signed).verdict.outcome is not VerdictOutcome.verified


def test_two_proofs_verify_when_one_is_the_issuers_and_none_of_its_own_fails() -> None:
    good = with_proof()["proof"]
    foreign = with_proof(key=THIEF, verificationMethod=_thief_did())["proof"]
    body = ob3()
    assert look(body | {"proof": [good]}).verdict.outcome is VerdictOutcome.verified
    assert (
        look(body | {"proof": [good, with_proof(created="2026-05-03T00:00:00Z")["proof"]]}).verdict.outcome
        is VerdictOutcome.verified
    )
    broken = good | {"proofValue": foreign["proofValue"]}
    assert look(body | {"proof": [good, broken]}).verdict.outcome is VerdictOutcome.rejected
    assert look(body | {"proof": [foreign]}).verdict.outcome is VerdictOutcome.rejected
    assert look(body | {"proof": [good, {"type": "SomethingElse"}]}).verdict.outcome is VerdictOutcome.held


def test_a_graph_built_to_take_for_ever_is_refused_quickly() -> None:
    import time

    twins = [{"type": ["Alignment"], "targetName": "x", "targetUrl": "https://x.example"} for _ in range(9)]
    signed = with_proof()
    signed["credentialSubject"]["result"] = [{"type": ["Result"], "alignment": twins} for _ in range(2)]
    start = time.process_time()
    assert told(look(signed)).startswith(
        "rejected proof: The credential is built so that checking its proof would take for ever"
    )
    assert time.process_time() - start < 5


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
    for key, content, web in ((ED, vc_jwt(), None), (ED, with_proof(), None), (RSA, signed_assertion(), site())):
        found = look(content, registry(issuer(registered(key, "", **dates))), web)
        assert found.verdict.outcome == outcome, told(found)
        assert part in told(found)
        assert found.key.startswith("credential:" if outcome == "verified" else "document:")


SIGNED: dict[str, bytes] = {
    "token": vc_jwt().encode(),
    "document": json.dumps(with_proof()).encode(),
    "assertion": signed_assertion().encode(),
}


@pytest.mark.parametrize("form", SIGNED)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_single_changed_byte_is_never_verified(form: str, data: st.DataObject) -> None:
    original = SIGNED[form]
    position = data.draw(st.integers(0, len(original) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda v: v != original[position]))
    changed = original[:position] + bytes([value]) + original[position + 1 :]
    if form == "document" and _means_the_same(changed, original):
        return
    if changed.strip() == original.strip():
        return
    kind = CarrierKind.json if form == "document" else CarrierKind.jwt
    known = OB2_KNOWN if form == "assertion" else None
    assert look(changed, known, site(), kind=kind).verdict.outcome is not VerdictOutcome.verified


def _means_the_same(changed: bytes, original: bytes) -> bool:
    """Whether only the spelling of the JSON changed, such as a space for a tab; nothing that is signed did."""
    try:
        return json.loads(changed) == json.loads(original)
    except ValueError:
        return False


def test_every_position_of_a_tokens_signature_matters() -> None:
    token = vc_jwt()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for position in range(token.rindex(".") + 1, len(token)):
        other = alphabet[(alphabet.index(token[position]) + 1) % 64]
        assert look(token[:position] + other + token[position + 1 :]).verdict.outcome is VerdictOutcome.rejected
