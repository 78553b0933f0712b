"""A key's dates hold wherever it is found and whoever offers it: its issuer's, its publication's and any other issuer's word of theft."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from countersign.verification import Issuer
from tests.verification.making import (
    EC,
    ED,
    ISSUER,
    RSA,
    SITE,
    Answer,
    Json,
    Web,
    assertion,
    issuer,
    jws,
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
from tests.verification.proving import did_document, disclosed, jwk, method, multibase, proven
from tests.verification.test_linked_keys import document

DID = "did:web:issuer.example"
DID_FILE = f"{SITE}/.well-known/did.json"
JWKS = f"{SITE}/jwks.json"
KEY = f"{SITE}/key.json"
OWN = f"did:key:{multibase(ED)}"


def neighbour(*keys: Any) -> Issuer:
    """Another issuer, whose key somebody stole."""
    return issuer(*keys, id_="bright", name="Bright", ids=("https://bright.example/p",), origins=frozenset[str]())


EARLY: Json = {
    "@context": "https://w3id.org/openbadges/v1",
    "type": "Assertion",
    "id": "urn:uuid:7a3c0b52-0000-4000-8000-000000000009",
    "uid": "9",
    "recipient": assertion()["recipient"],
    "issuedOn": "2026-05-01T12:00:00Z",
    "badge": f"{SITE}/badge.json",
    "verify": {"type": "signed", "url": KEY},
}
PLACES: dict[str, tuple[str | Json, Web, Issuer]] = {
    "a key set": (vc_jwt(kid="2026"), Web({JWKS: {"keys": [jwk(ED, kid="2026")]}}), issuer(jwks=(JWKS,))),
    "a DID document": (
        proven(verificationMethod=f"{DID}#key-1"),
        Web({DID_FILE: did_document(DID, method(DID, ED))}),
        issuer(dids=frozenset({DID})),
    ),
    "a did:key": (vc_jwt(kid=OWN), Web(), issuer(dids=frozenset({OWN}))),
    "a pin of its own": (vc_jwt(), Web(), issuer(registered(ED, f"{ISSUER}#key-1"))),
    "a pin, Open Badges 2.0": (signed_assertion(RSA, KEY), site(), issuer(registered(RSA, KEY))),
    "a did:key, Open Badges 2.0": (signed_assertion(ED, OWN), site(), issuer(dids=frozenset({OWN}))),
    "a profile, Open Badges 2.0": (
        signed_assertion(RSA, KEY),
        Web({**site(profile=profile(publicKey=KEY)).pages, KEY: document()}),
        issuer(),
    ),
    "the site, Open Badges 1.1": (
        jws(EARLY, RSA),
        Web({**site().pages, KEY: document()["publicKeyPem"].encode()}),
        issuer(ids=(ISSUER, SITE)),
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_key_stolen_from_one_issuer_proves_nothing_for_another_that_offers_it(place: str) -> None:
    content, web, mine = PLACES[place]

    def said(**dates: date) -> str:
        other = neighbour(registered(ED, "x", **dates), registered(RSA, "y", **dates))
        first, second = (told(look(content, known, web)) for known in (registry(mine, other), registry(other, mine)))
        assert first == second
        return first

    assert told(look(content, registry(mine), web)).startswith("verified")
    assert said().startswith("verified"), said()
    assert said(until=date(2026, 4, 1)).startswith("verified"), "when the other used it says nothing of this one"
    assert "reported stolen on April 1, 2026" in said(compromised=date(2026, 4, 1))
    assert "was later reported stolen, on August 1, 2026" in said(compromised=date(2026, 8, 1))


def test_the_first_report_of_a_theft_counts() -> None:
    known = registry(
        issuer(registered(ED, "a", compromised=date(2026, 9, 1))),
        neighbour(registered(ED, "b", compromised=date(2026, 7, 1))),
    )
    assert {i.compromised_on(ED.public_key()) for i in known.issuers} == {date(2026, 7, 1)}
    assert {i.compromised_on(RSA.public_key()) for i in known.issuers} == {None}


@pytest.mark.parametrize(
    ("pinned", "published", "sentence"),
    [
        ({}, {}, "verified"),
        ({"until": date(2027, 1, 1)}, {"expires": "2026-04-01T00:00:00Z"}, "used until April 1, 2026 only"),
        ({}, {"expires": "2026-04-01T00:00:00Z"}, "used until April 1, 2026 only"),
        ({"until": date(2026, 3, 1)}, {"expires": "2027-01-01T00:00:00Z"}, "used until March 1, 2026 only"),
        ({"compromised": date(2026, 9, 1)}, {"revoked": "2026-04-01T00:00:00Z"}, "reported stolen on April 1, 2026"),
        ({}, {"revoked": "2026-06-01T00:00:00Z"}, "was later reported stolen, on June 1, 2026"),
        ({"starts": date(2026, 6, 1)}, {}, "only has since June 1, 2026"),
    ],
)
def test_what_the_issuers_document_says_of_a_pinned_key_narrows_its_dates(
    pinned: dict[str, date], published: dict[str, str], sentence: str
) -> None:
    who = issuer(registered(ED, "another name", **pinned), dids=frozenset({DID}))
    web = Web({DID_FILE: did_document(DID, method(DID, ED, **published))})
    assert sentence in told(look(vc_jwt(kid=f"{DID}#key-1"), registry(who), web))


# The day of the credential, and the day that its signature gives for itself


def token_signed(when: str) -> str:
    claims = {"nbf": 1_777_636_800, "iat": int(datetime.fromisoformat(when).timestamp())}
    return vc_jwt(ob3() | claims)


def proof_made(when: str) -> Json:
    return proven(created=when)


def proof_over_json_made(when: str) -> Json:
    return proven(suite="eddsa-jcs-2022", created=when)


SIGNED: dict[str, Callable[[str], str | Json]] = {
    "a token": token_signed,
    "a proof": proof_made,
    "a proof over JSON": proof_over_json_made,
}


@pytest.mark.parametrize("form", SIGNED)
@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ({}, "verified"),
        ({"until": date(2026, 9, 1)}, "verified"),
        ({"until": date(2026, 5, 31)}, "rejected proof: It is dated September 1, 2026, but signed with a key"),
        (
            {"compromised": date(2026, 8, 1)},
            "rejected proof: It is signed with a key of Acme Learning that was reported",
        ),
        ({"compromised": date(2026, 9, 2)}, "held proof: It is signed with a key of Acme Learning that was later"),
    ],
)
def test_a_key_must_have_been_in_use_when_the_signature_says_that_it_was_made(
    form: str, dates: dict[str, date], sentence: str
) -> None:
    known = registry(issuer(registered(ED, f"{ISSUER}#key-1", **dates)))
    assert told(look(SIGNED[form]("2026-09-01T12:00:00Z"), known)).startswith(sentence)
    if "until" in dates:
        assert told(look(SIGNED[form]("2026-05-01T12:00:00Z"), known)).startswith("verified")


def test_the_day_of_a_credential_counts_beside_that_of_its_signature() -> None:
    """A key that came later signs something older: by its own word it is not what was issued then."""
    known = registry(issuer(registered(ED, f"{ISSUER}#key-1", starts=date(2026, 6, 1))))
    for form in SIGNED.values():
        assert "only has since June 1, 2026" in told(look(form("2026-09-01T12:00:00Z"), known))


def test_a_day_of_signing_that_cannot_be_read_is_no_day() -> None:
    for wrong in ("2026", True, None, -1, 10**12):
        assert '"iat" is not a date' in told(look(vc_jwt(ob3() | {"iat": wrong})))


def test_a_credential_shown_in_part_is_dated_like_any_other() -> None:
    late = disclosed(verificationMethod=f"{ISSUER}#key-2", created="2026-09-01T12:00:00Z")
    for until, word in ((date(2026, 5, 31), "rejected proof: It is dated September 1"), (date(2026, 9, 1), "verified")):
        who = issuer(registered(EC, f"{ISSUER}#key-2", until=until), selective=True)
        assert told(look(late, registry(who))).startswith(word)


def test_a_name_without_a_did_is_looked_for_in_each_of_the_issuers_documents() -> None:
    """A relative name (DID Core §3.2) may be one of any of its DIDs; that the first one lacks it says nothing of the second."""
    first, second = "did:web:a.issuer.example", "did:web:z.issuer.example"
    files = [f"https://{did[8:]}/.well-known/did.json" for did in (first, second)]
    known = registry(issuer(dids=frozenset({first, second}), jwks=(JWKS,)))
    pages: dict[str, Answer] = {
        files[0]: did_document(first, method(first, ED, "#other")),
        files[1]: did_document(second, method(second, ED, "#key-1")),
        JWKS: {"keys": []},
    }
    assert told(look(vc_jwt(kid="#key-1"), known, Web(pages))).startswith("verified")
    pages[files[1]] = did_document(second, method(second, ED, "#key-2"))
    found = told(look(vc_jwt(kid="#key-1"), known, Web(pages)))
    assert found.startswith("held proof: Its key (#key-1) would be one of Acme Learning, but it is not published there")
