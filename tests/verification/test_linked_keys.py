"""Signed Open Badges 2.0 without a registered key: the issuer's profile and the key name each other, or it proves nothing."""

import hashlib
import hmac
import json
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.verification import Refused, Registry, Unreachable
from models.credentials import CarrierKind, CheckName
from tests.verification.making import (
    EC,
    ED,
    ISSUER,
    OB2,
    RSA,
    SITE,
    THIEF,
    Answer,
    Json,
    PrivateKey,
    Web,
    assertion,
    b64,
    badge_class,
    issuer,
    jws,
    look,
    profile,
    registered,
    registry,
    signed_assertion,
    site,
    told,
)

KEY = f"{SITE}/key.json"
STRANGER = "https://stranger.example/key.json"


def pem(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(key: ed25519.Ed25519PrivateKey) -> Json:
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(key.public_key().public_bytes_raw())}


def document(key: PrivateKey = RSA, **changes: Any) -> Json:
    body: Json = {"@context": OB2, "type": "CryptographicKey", "id": KEY, "owner": ISSUER, "publicKeyPem": pem(key)}
    return {k: v for k, v in (body | changes).items() if v is not None}


def web(key: Answer | None = None, listed: object = KEY, **changes: Any) -> Web:
    made = site(profile=profile(publicKey=listed, **changes))
    made.pages[KEY] = document() if key is None else key
    return made


UNPINNED = registry(issuer())


@pytest.mark.parametrize("key", [RSA, EC, ED], ids=["RS256", "ES256", "EdDSA"])
def test_a_key_that_profile_and_key_document_link_both_ways_verifies(key: PrivateKey) -> None:
    pages = web(document(key))
    found = look(signed_assertion(key), UNPINNED, pages, recipient="pat@school.example")
    assert told(found) == "verified recipient: It was awarded to the address given."
    assert found.verdict[CheckName.proof].detail == (
        f"Signed with the key {KEY}, which the profile of Acme Learning lists and which names that profile as its owner."
    )
    assert pages.asked == [f"{SITE}/badge.json", ISSUER, KEY]


LINKS: dict[str, tuple[Web, str]] = {
    "one of a list": (web(listed=[f"{SITE}/key0.json", KEY]), "verified"),
    "key inside the profile": (web(404, listed=document()), "verified"),
    "key inside the profile, no owner": (web(404, listed=document(owner=None)), "verified"),
    "key inside the profile, in a list": (web(404, listed=[STRANGER, document()]), "verified"),
    "only a mention inside the profile": (web(listed={"id": KEY}), "verified"),
    "key without type": (web(document(type=None)), "verified"),
    "not listed": (
        web(listed=f"{SITE}/key0.json"),
        f"held proof: Its key ({KEY}) would be one of Acme Learning, but it is not published there now and not registered",
    ),
    "not listed, and not there any more": (
        web(404, listed=f"{SITE}/key0.json"),
        f"held proof: Its key ({KEY}) would be one of Acme Learning, but it is not published there now and not registered",
    ),
    "not listed, and of somebody else": (
        web(document(owner="https://stranger.example/profile"), listed=f"{SITE}/key0.json"),
        f"rejected proof: The key {KEY} says that it belongs to https://stranger.example/profile",
    ),
    "not listed, and away": (
        web(Unreachable("it did not answer in time"), listed=f"{SITE}/key0.json"),
        "held proof: The key of Acme Learning could not be read",
    ),
    "nothing listed": (
        web(listed=None),
        "held proof: No key is registered for Acme Learning and its profile lists none",
    ),
    "owned by somebody else": (
        web(document(owner="https://stranger.example/profile")),
        f"rejected proof: The key {KEY} says that it belongs to https://stranger.example/profile, not to Acme Learning",
    ),
    "owned by nobody": (web(document(owner=None)), f"rejected proof: The key {KEY} says that it belongs to nobody"),
    "owner that only looks like it": (
        web(document(owner=ISSUER + "/")),
        f"rejected proof: The key {KEY} says that it belongs to {ISSUER}/, not to",
    ),
    "inside the profile, owned by somebody else": (
        web(listed=document(owner="https://stranger.example/profile")),
        f"rejected proof: The key {KEY} says that it belongs to https://stranger.example/profile",
    ),
    "another key at its address": (
        web(document(id=f"{SITE}/key0.json")),
        f"rejected proof: The address of the key {KEY} serves another key.",
    ),
    "another key behind its name": (
        web(document(THIEF)),
        f"rejected proof: Its signature does not match the key {KEY}",
    ),
    "away": (web(Unreachable("it did not answer in time")), "held proof: The key of Acme Learning could not be read"),
    "server fault": (
        web(500),
        "held proof: The key of Acme Learning could not be read from issuer.example: the answer",
    ),
    "refused by the guard": (web(Refused("private")), "held proof: The key of Acme Learning will not be read"),
    "a page": (web(b"<html>"), "held proof: The key of Acme Learning at issuer.example is not JSON"),
    "no key in it": (web(document(publicKeyPem=None)), f"rejected proof: The key {KEY} of Acme Learning is no key"),
    "broken key": (
        web(document(publicKeyPem="-----")),
        f"rejected proof: The key {KEY} of Acme Learning is not a public",
    ),
    "another kind of document": (
        web(document(type="Profile")),
        f"rejected proof: The key {KEY} of Acme Learning is no key",
    ),
}


@pytest.mark.parametrize("case", LINKS)
def test_a_linked_key(case: str) -> None:
    pages, sentence = LINKS[case]
    found = look(signed_assertion(), UNPINNED, pages)
    assert told(found).startswith(sentence), told(found)
    assert found.verdict.decisive.retry is ("could not be read" in sentence)
    assert not any("stranger" in address for address in pages.asked)


def test_a_key_document_of_another_site_is_not_even_asked_for() -> None:
    pages = web(listed=STRANGER)
    pages.pages[STRANGER] = document(id=STRANGER)
    found = look(signed_assertion(creator=STRANGER), UNPINNED, pages)
    assert told(found).startswith(f"rejected proof: The key {STRANGER} is kept on another site than those registered")
    assert STRANGER not in pages.asked


def test_a_key_document_that_redirects_to_another_site_proves_nothing() -> None:
    pages = web(STRANGER)
    pages.pages[STRANGER] = document()
    assert told(look(signed_assertion(), UNPINNED, pages)).startswith(
        f"rejected proof: The key {KEY} is served from https://stranger.example"
    )


@pytest.mark.parametrize("page", [f"{SITE}/badge.json", ISSUER])
@pytest.mark.parametrize("pinned", [True, False], ids=["registered key", "linked key"])
def test_parts_that_redirect_to_another_site_are_not_the_issuers_word(page: str, pinned: bool) -> None:
    pages = web()
    pages.pages["https://stranger.example/x"] = pages.pages[page]
    pages.pages[page] = "https://stranger.example/x"
    known = registry(issuer(registered(RSA, KEY))) if pinned else UNPINNED
    assert told(look(signed_assertion(), known, pages)).startswith(
        f"rejected {'issuer_trusted' if pinned else 'proof'}: A part of it is served from https://stranger.example"
    )


def test_without_a_named_key_the_profiles_keys_count() -> None:
    bare = signed_assertion(creator=None)
    assert told(look(bare, UNPINNED, web())).startswith("verified")
    other = f"{SITE}/key0.json"
    both = web(listed=[other, KEY])
    both.pages[other] = document(ED, id=other)
    assert told(look(bare, UNPINNED, both)).startswith("verified")
    both.pages[other] = 503
    assert told(look(bare, UNPINNED, both)).startswith("verified")
    both.pages[KEY] = document(THIEF)
    assert told(look(bare, UNPINNED, both)).startswith("held proof: The key of Acme Learning could not be read")
    both.pages[other] = document(THIEF, id=other)
    assert told(look(bare, UNPINNED, both)).startswith("rejected proof: Its signature does not match the key")
    both.pages[KEY] = 503
    assert told(look(bare, UNPINNED, both)).startswith("held proof: The key of Acme Learning could not be read"), (
        "the one that is away may be the right one, wherever it stands in the list"
    )
    both.pages[KEY] = document(publicKeyPem="-----")
    both.pages[other] = 503
    assert told(look(bare, UNPINNED, both)).startswith("held proof: The key of Acme Learning could not be read")
    many = web(listed=[f"{SITE}/k{n}.json" for n in range(40)])
    assert told(look(bare, UNPINNED, many)).startswith("held proof: The profile of Acme Learning lists more keys")
    assert len(many.asked) < 10


def test_a_named_key_that_is_written_out_counts_by_its_name_only() -> None:
    brought = document(THIEF)
    token = signed_assertion(THIEF, verification={"type": "signed", "creator": brought})
    assert told(look(token, UNPINNED, web())).startswith("rejected proof: Its signature does not match the key")
    sound = signed_assertion(verification={"type": "signed", "creator": brought})
    assert told(look(sound, UNPINNED, web())).startswith("verified")


def test_a_profile_that_the_assertion_brings_along_lists_no_keys() -> None:
    """Its issuer has no web address: then only a registered key could prove it, and the profile inside says nothing."""
    name = "urn:uuid:11111111-0000-4000-8000-000000000001"
    badge = badge_class(id="urn:x:b", issuer=profile(id=name, publicKey=document(THIEF, owner=name)))
    known = registry(issuer(registered(RSA), ids=(name,)))
    assert told(look(signed_assertion(creator=None, badge=badge), known, Web())).startswith("verified")
    forged = signed_assertion(THIEF, creator=None, badge=badge)
    assert told(look(forged, known, Web())).startswith(
        "held proof: The signature is not by a registered key of Acme Learning, and the issuer has no web address"
    )


def test_an_embedded_profile_with_a_web_address_is_not_listened_to_either() -> None:
    badge = badge_class(issuer=profile(publicKey=document(THIEF)))
    assert told(look(signed_assertion(THIEF, badge=badge), UNPINNED, web())).startswith("rejected proof: Its signature")
    assert told(look(signed_assertion(badge=badge), UNPINNED, web())).startswith("verified")


@pytest.mark.parametrize(
    ("dates", "part"),
    [
        ({}, "verified"),
        (
            {"compromised": date(2026, 4, 1)},
            "rejected proof: It is signed with a key of Acme Learning that was reported",
        ),
        (
            {"compromised": date(2026, 9, 1)},
            "held proof: It is signed with a key of Acme Learning that was later reported",
        ),
        ({"starts": date(2026, 6, 1)}, "rejected proof: It is dated"),
        ({"until": date(2026, 4, 1)}, "rejected proof: It is dated"),
    ],
)
def test_a_registered_keys_dates_hold_under_any_name(dates: dict[str, date], part: str) -> None:
    known = registry(issuer(registered(RSA, f"{SITE}/old-name", **dates)))
    assert told(look(signed_assertion(), known, web())).startswith(part)


def test_a_registered_name_is_the_registered_key_whatever_the_site_says_now() -> None:
    known = registry(issuer(registered(RSA, KEY)))
    for name in (KEY, KEY.replace("https://issuer", "HTTPS://Issuer")):
        found = look(signed_assertion(THIEF, name), known, web(document(THIEF)))
        assert told(found).startswith(
            "rejected proof: Its signature does not match the key of Acme Learning that it names"
        )


def test_a_key_of_a_neighbour_on_the_same_site_does_not_sign_for_the_issuer() -> None:
    neighbour = issuer(id_="second", name="Second", ids=(f"{SITE}/second",))
    theirs = f"{SITE}/second-key.json"
    pages = web()
    pages.pages[f"{SITE}/second"] = profile(id=f"{SITE}/second", name="Second", publicKey=theirs)
    pages.pages[theirs] = document(THIEF, id=theirs, owner=f"{SITE}/second")
    forged = look(signed_assertion(THIEF, theirs), registry(issuer(), neighbour), pages)
    assert told(forged).startswith(
        f"rejected proof: The key {theirs} says that it belongs to {SITE}/second, not to Acme Learning"
    )
    pages.pages[f"{SITE}/badge.json"] = badge_class(issuer=f"{SITE}/second")
    assert look(signed_assertion(THIEF, theirs), registry(issuer(), neighbour), pages).issuer == "second"


HEADERS: dict[str, tuple[Json, str]] = {
    "none": ({"alg": "none"}, "rejected proof: The credential is not signed"),
    "shared secret": ({"alg": "HS256"}, "rejected proof: The credential is locked with a shared secret"),
    "critical extension": ({"crit": ["x"], "x": 1}, "rejected proof: The credential's signature has conditions"),
    "algorithm of another key": ({"alg": "ES256"}, "rejected proof: Its signature does not match the key"),
    "algorithm nobody knows": ({"alg": "XS1"}, "held proof: The credential is signed with 'XS1'"),
    "key brought along": ({"jwk": jwk(THIEF), "jku": STRANGER, "x5u": STRANGER}, "verified"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_the_header_decides_nothing(case: str) -> None:
    header, sentence = HEADERS[case]
    body = assertion(id="urn:uuid:1", verification={"type": "signed", "creator": KEY})
    for known in (UNPINNED, registry(issuer(registered(RSA, KEY)))):
        assert told(look(jws(body, RSA, **header), known, web())).startswith(sentence)
    assert told(look(jws(body, THIEF, jwk=jwk(THIEF)), UNPINNED, web())).startswith("rejected proof: Its signature")


def test_the_public_key_is_no_shared_secret() -> None:
    head = b64(json.dumps({"alg": "HS256"}).encode())
    body = b64(json.dumps(assertion(id="urn:uuid:1", verification={"type": "signed", "creator": KEY})).encode())
    mac = hmac.new(pem(RSA).encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    assert told(look(f"{head}.{body}.{b64(mac)}", UNPINNED, web())).startswith(
        "rejected proof: The credential is locked with a shared secret"
    )


def test_weak_and_unknown_keys_are_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256K1())
    found = look(signed_assertion(), UNPINNED, web(document(publicKeyPem=pem(curve))))
    assert told(found).startswith(f"rejected proof: The key {KEY} of Acme Learning is of a kind that is not supported")
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    found = look(signed_assertion(weak), UNPINNED, web(document(weak)))
    assert told(found).startswith(f"rejected proof: The key {KEY} of Acme Learning is an RSA key of 1024 bits")
    written = web(document(publicKeyPem=None, publicKeyJwk=jwk(ED)))
    assert told(look(signed_assertion(ED), UNPINNED, written)).startswith("verified")
    assert told(look(signed_assertion(THIEF), UNPINNED, written)).startswith("rejected proof: Its signature")


def test_a_list_at_a_strangers_is_not_read_and_a_signed_word_of_withdrawal_counts() -> None:
    pages = web(revocationList="https://stranger.example/list")
    assert told(look(signed_assertion(), UNPINNED, pages)).startswith(
        "held status: The list of withdrawn credentials of Acme Learning is kept at https://stranger.example"
    )
    assert not any("stranger" in address for address in pages.asked)
    pages = web(revocationList=f"{SITE}/list")
    pages.pages[f"{SITE}/list"] = {"type": "RevocationList", "issuer": f"{SITE}/second", "revokedAssertions": []}
    assert told(look(signed_assertion(), UNPINNED, pages)).startswith(
        "held status: The list of withdrawn credentials is that"
    )
    assert told(look(signed_assertion(revoked=True), UNPINNED, web())).startswith(
        "rejected status: The issuer has withdrawn"
    )


SOUND = signed_assertion(ED).encode()


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_single_changed_byte_is_never_verified(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(SOUND) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda v: v != SOUND[position]))
    changed = SOUND[:position] + bytes([value]) + SOUND[position + 1 :]
    known: Registry = UNPINNED
    if changed.strip() != SOUND:
        found = look(changed, known, web(document(ED)), kind=CarrierKind.jwt)
        assert found.verdict.outcome != "verified"
