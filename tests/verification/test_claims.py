"""A token and the credential in it say the same, or the token is refused with the claim's own sentence."""

from typing import Any

import pytest

from tests.verification.making import ED, ISSUER, VC1, Json, jws, look, ob3, told

HEADER = {"kid": f"{ISSUER}#key-1"}
BEGAN = 1_777_636_800  # 2026-05-01T12:00:00Z
ENDS = 1_830_340_800  # 2028-01-01T12:00:00Z
UNTIL = "2028-01-01T12:00:00Z"
SUBJECT = "did:example:pat"
SAME: Json = {"iss": ISSUER, "jti": ob3()["id"], "sub": SUBJECT, "nbf": BEGAN, "iat": BEGAN, "exp": ENDS}


def _body(**changes: Any) -> Json:
    body = ob3(validUntil=UNTIL, **changes)
    return body | {"credentialSubject": {"id": SUBJECT} | body["credentialSubject"]}


def _model_1(body: Json) -> Json:
    made = body | {"@context": [VC1, *body["@context"][1:]], "issuanceDate": body["validFrom"], "expirationDate": UNTIL}
    return {k: v for k, v in made.items() if k not in ("validFrom", "validUntil")}


def _told(claims: Json, **header: Any) -> str:
    return told(look(jws(claims, ED, **(HEADER | header))))


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_claims_that_agree_with_the_credential_verify(wrapped: bool, older: bool, listed: bool) -> None:
    body = _model_1(_body()) if older else _body()
    if listed:
        body |= {"credentialSubject": [body["credentialSubject"]]}
    assert _told(SAME | ({"vc": body} if wrapped else body)).startswith("verified")


WRONG = {
    "iss": ("https://stranger.example", 'the token says one thing in "iss" and the credential another in "issuer.id"'),
    "jti": ("urn:uuid:other", 'the token says one thing in "jti" and the credential another in "id"'),
    "sub": (
        "did:example:sam",
        'the token says one thing in "sub" and the credential another in "credentialSubject.id"',
    ),
    "nbf": (BEGAN - 1, 'the token says one date in "nbf" and the credential another in "validFrom".'),
    "exp": (ENDS + 1, 'the token says one date in "exp" and the credential another in "validUntil".'),
    "iat": (ENDS - 1, 'the token says that it was signed at a time that has not come yet ("iat").'),
}


@pytest.mark.parametrize("claim", WRONG)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_claim_that_contradicts_the_credential_is_refused(claim: str, wrapped: bool) -> None:
    value, sentence = WRONG[claim]
    claims = SAME | {claim: value}
    found = _told(claims | ({"vc": _body()} if wrapped else _body()))
    assert found.startswith("rejected well_formed"), found
    assert sentence in found


@pytest.mark.parametrize("claim", ["nbf", "exp", "iat"])
@pytest.mark.parametrize("value", [True, "soon", -1, 10**13, None, [1]])
def test_a_date_claim_that_is_no_date_is_refused(claim: str, value: object) -> None:
    found = _told(SAME | _body() | {claim: value})
    assert f'"{claim}" is not a date' in found


@pytest.mark.parametrize("claim", ["iss", "jti", "sub"])
def test_a_name_claim_that_is_no_text_is_refused(claim: str) -> None:
    assert f'"{claim}" is not text' in _told(SAME | _body() | {claim: 7})


def test_what_the_credential_leaves_out_its_token_supplies() -> None:
    bare = {k: v for k, v in _model_1(_body()).items() if k not in ("id", "issuer", "issuanceDate", "expirationDate")}
    found = look(jws(SAME | {"vc": bare}, ED, **HEADER))
    assert found.verdict.outcome == "verified", told(found)
    assert found.credential
    assert found.credential.id == ob3()["id"]
    assert found.credential.valid_until is not None


def test_of_the_older_model_the_date_of_issue_is_the_one_that_nbf_means() -> None:
    body = _model_1(_body()) | {"validFrom": "2026-04-01T00:00:00Z"}
    assert _told(SAME | {"vc": body}).startswith("verified")
    assert '"issuanceDate"' in _told(SAME | {"vc": body, "nbf": BEGAN + 60})


def test_in_a_vc_jwt_of_jose_and_cose_the_claims_bound_the_signature_and_the_narrower_date_counts() -> None:
    assert _told(SAME | _body() | {"exp": ENDS + 9}, typ="vc+jwt").startswith("verified")
    assert _told(SAME | _body() | {"exp": BEGAN + 60}, typ="vc+jwt").startswith(
        "rejected dates: It expired on May 1, 2026"
    )
    assert _told(SAME | _body() | {"exp": BEGAN + 60}).startswith("rejected well_formed")


def test_a_token_that_ends_before_it_begins_is_refused() -> None:
    assert 'ended before it began ("exp")' in _told(SAME | _body() | {"exp": BEGAN - 9})


@pytest.mark.parametrize("typ", ["at+jwt", "vp+jwt", "kb+jwt", "JOSE+JSON", "application/dpop+jwt", 7])
def test_a_token_of_another_kind_is_not_taken_for_a_credential(typ: object) -> None:
    found = _told(SAME | _body(), typ=typ)
    assert found.startswith("rejected well_formed")
    assert "something else than a credential" in found


@pytest.mark.parametrize("typ", [None, "JWT", "vc+jwt", "application/vc+ld+jwt"])
def test_the_usual_kinds_of_token_are(typ: str | None) -> None:
    assert _told(SAME | _body(), typ=typ).startswith("verified")


def test_a_token_within_a_token_is_refused() -> None:
    assert "something else than a credential (cty: JWT)" in _told(SAME | _body(), cty="JWT")
    assert _told(SAME | _body(), cty="vc").startswith("verified")


def test_a_token_for_somebody_else_is_held_and_one_for_the_recipient_verifies() -> None:
    found = _told(SAME | _body() | {"aud": ["https://employer.example"]})
    assert found.startswith("held well_formed: The token says that it is meant for https://employer.example")
    assert _told(SAME | _body() | {"aud": SUBJECT}).startswith("verified")


def test_a_token_with_two_credentials_is_refused() -> None:
    assert "holds two credentials" in _told(SAME | _body() | {"vc": _body()})


@pytest.mark.parametrize("typ", ["vc+jwt", "VC+JWT", "application/vc+jwt", "vc+ld+jwt", "vc-ld+jwt"])
def test_a_token_that_is_the_credential_holds_none_in_a_claim(typ: str) -> None:
    """VC-JOSE-COSE §1.1.2.1, §3.1.3: "vc" and "vp" must not be present. Of other kinds of token, VC Data Model 1.1 §6.3.1 asks for "vc"."""
    empty: Json = {}
    for claims in ({"vc": _body()}, _body() | {"vc": empty}, _body() | {"vp": empty}):
        found = _told(SAME | claims, typ=typ)
        assert found.startswith("rejected well_formed"), found
        assert "it is itself the credential" in found
    assert _told(SAME | _body(), typ=typ).startswith("verified")
    for other in ("JWT", None, "vc+ld+json"):
        assert _told(SAME | {"vc": _body()}, typ=other).startswith("verified")
