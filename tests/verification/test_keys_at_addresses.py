"""Keys that are named by an address: the issuer's registered profile holds or lists them, or nobody relies on them."""

import pytest

from countersign.verification.network.web import Unreachable
from tests.verification.making import (
    ED,
    ISSUER,
    OTHER,
    SITE,
    THIEF,
    Answer,
    Json,
    Web,
    look,
    profile,
    registered,
    registry,
    told,
    vc_jwt,
)
from tests.verification.proving import did_document, jwk, method, proven
from tests.verification.test_keyring import DID, DID_FILE, JWKS, VERIFIED, known, said, with_did


def test_a_key_at_an_address_of_the_issuers_own_counts() -> None:
    address = f"{SITE}/keys/1"
    controller = did_document(address, method(address, ED, "#a"))
    for name, answer in (
        (address, jwk(ED)),
        (f"{address}#a", jwk(ED, kid="a")),
        (f"{address}#a", {"keys": [jwk(OTHER, kid="b"), jwk(ED, kid="a")]}),
        (f"{address}#a", controller),
    ):
        for listing in ({"assertionMethod": name}, {"publicKey": [{"id": name}]}, {"assertionMethod": [address]}):
            pages: dict[str, Answer] = {address: answer, ISSUER: profile(**listing)}
            for content in (vc_jwt(kid=name), proven(verificationMethod=name)):
                assert said(content, known(), **pages).startswith(VERIFIED)
    # its twins: a kid that is another's, a document about another address
    lists: dict[str, Answer] = {ISSUER: profile(assertionMethod=[address])}
    assert said(
        vc_jwt(kid=f"{address}#a"), known(registered(OTHER, "x")), **lists, **{address: jwk(ED, kid="b")}
    ).startswith(f"held proof: Its key ({address}#a) would be one of Acme Learning, but it is not published")
    assert "is not published where it says" in said(
        vc_jwt(kid=f"{address}#a"), known(), **lists, **{address: controller | {"id": f"{SITE}/keys/2"}}
    )


UPLOAD = f"{SITE}/uploads/portfolio.txt"
LEFT_THERE: dict[str, tuple[str, Json]] = {
    "a key": (UPLOAD, jwk(THIEF)),
    "a key set": (f"{UPLOAD}#k", {"keys": [jwk(THIEF, kid="k")]}),
    "a controller document": (f"{UPLOAD}#k", did_document(UPLOAD, method(UPLOAD, THIEF, "#k"))),
    "a method of the profile's": (UPLOAD, method(ISSUER, THIEF) | {"id": UPLOAD}),
}


@pytest.mark.parametrize("what", LEFT_THERE)
@pytest.mark.parametrize(
    "page",
    [
        profile(),
        profile(assertionMethod=[f"{SITE}/keys/1"]),
        profile(id="https://issuer.example/other", assertionMethod=[UPLOAD]),
        profile(authentication=[UPLOAD]),
        b"<html>",
        404,
    ],
    ids=["lists none", "lists another", "is another", "lists it for logging in", "is a page", "is not there"],
)
def test_a_key_that_somebody_left_on_the_site_is_held_until_the_issuer_says_that_it_is_its_own(
    what: str, page: Answer
) -> None:
    name, left = LEFT_THERE[what]
    for who in (known(), known(registered(ED, f"{ISSUER}#key-1")), with_did(jwks=(JWKS,))):
        pages: dict[str, Answer] = {
            UPLOAD: left,
            ISSUER: page,
            JWKS: {"keys": [jwk(ED, kid="x")]},
            DID_FILE: did_document(DID, method(DID, ED)),
        }
        found = look(vc_jwt(key=THIEF, kid=name), registry(who), Web(pages))
        assert told(found).startswith(f"held proof: Its key ({name}) would lie on the site of Acme Learning"), told(
            found
        )
        assert "pin it in issuers.toml" in found.verdict.decisive.remedy
        assert not found.verdict.decisive.retry
    assert said(vc_jwt(key=THIEF, kid=name), known(registered(THIEF, name))).startswith(VERIFIED)


def test_while_the_profile_is_away_a_key_that_it_may_list_is_tried_again() -> None:
    found = look(vc_jwt(kid=UPLOAD), registry(known()), Web({UPLOAD: jwk(ED), ISSUER: Unreachable("no answer")}))
    assert told(found).startswith("held proof: The profile of Acme Learning could not be read")
    assert found.verdict.decisive.retry


def test_a_profile_holds_a_key_or_lists_one_that_names_it_as_its_own() -> None:
    name = f"{SITE}/keys/1"
    own = method(ISSUER, ED) | {"id": name}
    held = profile(verificationMethod=[own], assertionMethod=[name])
    assert said(vc_jwt(kid=name), known(), **{ISSUER: held}).startswith(VERIFIED)
    lists = profile(assertionMethod=[name])
    assert said(vc_jwt(kid=name), known(), **{ISSUER: lists, name: own}).startswith(VERIFIED)
    another = own | {"controller": "https://issuer.example/people/3"}
    assert "belongs to somebody else" in said(vc_jwt(kid=name), known(), **{ISSUER: lists, name: another})


def test_a_key_of_a_registered_key_set_may_be_named_by_the_address_of_the_set() -> None:
    served: dict[str, Answer] = {JWKS: {"keys": [jwk(OTHER, kid="old"), jwk(ED, kid="2026")]}}
    assert said(vc_jwt(kid=f"{JWKS}#2026"), known(jwks=(JWKS,)), **served).startswith(VERIFIED)
    assert said(vc_jwt(kid=f"{JWKS}#old"), known(jwks=(JWKS,)), **served).startswith("rejected proof: Its signature")
    assert said(vc_jwt(kid=f"{SITE}/keys#2026"), known(jwks=(JWKS,)), **served).startswith("held proof: Its key (")


@pytest.mark.parametrize(
    "address",
    [
        "https://thief.example/key",
        "https://issuer.example.thief.example/key",
        "https://issuer.example@thief.example/key",
        "https://issuer.example:8443/key",
        "https://issuer.example/proxy?to=https://thief.example/key",
    ],
)
def test_a_key_at_an_address_that_is_not_the_issuers_is_not_even_asked_for(address: str) -> None:
    web = Web({address: jwk(THIEF)})
    found = look(vc_jwt(key=THIEF, kid=address), registry(known(registered(ED, "x"))), web)
    assert told(found).startswith("rejected proof: It is signed with a key")
    assert web.asked == []


def test_on_a_shared_site_only_the_issuers_own_paths_hold_its_keys() -> None:
    who = known(registered(ED, "x"), paths=(f"{SITE}/acme/",))
    own, others = f"{SITE}/acme/key", f"{SITE}/thief/key"
    listed = profile(assertionMethod=[own, others])
    assert said(vc_jwt(kid=own), who, **{own: jwk(ED), ISSUER: listed}).startswith(VERIFIED)
    assert said(vc_jwt(key=THIEF, kid=others), who, **{others: jwk(THIEF), ISSUER: listed}).startswith(
        "rejected proof: It is signed"
    )
