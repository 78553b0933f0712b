"""Forgeries of keys: identities that prove themselves, DID documents and key sets that do not offer the key, stolen ones."""

import json
from typing import Any

from models.credentials import CarrierKind
from tests.forgeries.actors import (
    ACME_DID,
    ACME_DID_KEY,
    ACME_SITE,
    DID_KEY,
    EXPIRED,
    STOLEN,
    STOLEN_FROM_BRIGHT,
    THIEF_SITE,
)
from tests.forgeries.corpus import Answer, Scene, forgery
from tests.forgeries.publishing import DID_KEY_1, IN_SET, published
from tests.verification.making import ED, THIEF, Json, b64, multibase, ob3, profile, vc_jwt
from tests.verification.proving import did_document, jwk, method, proven

ALTERED = "Its signature does not match the registered key of Acme Learning"
FRESH = f"{ACME_DID}#key-9"
"""A key that is not pinned, so that the issuer's DID document is asked."""


def by_set(answer: Any, key: Any = ED, web: Json | None = None) -> Scene:
    """A token whose key stands in the issuer's key set, and what is served there."""
    return Scene(vc_jwt(key=key, kid=IN_SET), CarrierKind.jwt, published(jwks=answer) | (web or {}))


def by_did(answer: Any, key: Any = DID_KEY, web: Json | None = None) -> Scene:
    """A document whose key stands in the issuer's DID document, and what is served there."""
    return Scene(proven(key=key, verificationMethod=FRESH), CarrierKind.json, published(did=answer) | (web or {}))


def fresh(**changes: Any) -> Json:
    """A key of the issuer's that is only in its DID document."""
    return method(ACME_DID, DID_KEY, "#key-9", **changes)


# Identities that prove themselves


@forgery("key-did-key-under-a-famous-name", "issuer_trusted", "The issuer calls itself “National Education Association")
def famous_did_key(forged: bool) -> Scene:
    """The issuer is a DID that is a key, and calls itself like a famous one: the signature is as sound as can be."""
    did, key = (f"did:key:{multibase(THIEF)}", THIEF) if forged else (ACME_DID_KEY, DID_KEY)
    body = ob3(issuer={"id": did, "type": ["Profile"], "name": "National Education Association"})
    return Scene(proven(body, key, verificationMethod=f"{did}#{did.removeprefix('did:key:')}"), CarrierKind.json)


@forgery("key-did-jwk-of-a-stranger", "proof", "It is signed with a key (did:jwk:")
def strangers_did_jwk(forged: bool) -> Scene:
    """The kid is a DID made of a whole JWK."""
    did = "did:jwk:" + b64(json.dumps(jwk(THIEF)).encode())
    web = published()
    if forged:
        return Scene(vc_jwt(key=THIEF, kid=f"{did}#0"), CarrierKind.jwt, web)
    return Scene(vc_jwt(kid=DID_KEY_1), CarrierKind.jwt, web)


@forgery("key-did-key-with-another-key-in-its-fragment", "proof", "that is not registered for Acme Learning")
def another_fragment(forged: bool) -> Scene:
    """The issuer's own DID, and behind the # the thief's key."""
    key, fragment = (THIEF, multibase(THIEF)) if forged else (DID_KEY, multibase(DID_KEY))
    return Scene(vc_jwt(key=key, kid=f"{ACME_DID_KEY}#{fragment}"), CarrierKind.jwt, published())


@forgery("key-did-web-of-a-look-alike", "proof", "It is signed with a key (did:web:issuer.example.thief.example#key-1)")
def look_alike_did(forged: bool) -> Scene:
    """The DID of a site whose name begins like the issuer's."""
    did = f"{ACME_DID}.thief.example"
    web = published() | {f"https://{did[8:]}/.well-known/did.json": did_document(did, method(did, THIEF))}
    name, key = (f"{did}#key-1", THIEF) if forged else (DID_KEY_1, ED)
    return Scene(vc_jwt(key=key, kid=name), CarrierKind.jwt, web)


@forgery("key-at-an-open-redirect-of-the-issuer", "proof", "that is not registered for Acme Learning")
def open_redirect(forged: bool) -> Scene:
    """The kid is an address at the issuer's own site that leads to the thief's by its query."""
    theirs, own = f"{ACME_SITE}/go?to={THIEF_SITE}/key", f"{ACME_SITE}/keys/1"
    web: dict[str, Any] = {theirs: Answer(redirect=f"{THIEF_SITE}/key"), f"{THIEF_SITE}/key": jwk(THIEF), own: jwk(ED)}
    name, key = (theirs, THIEF) if forged else (own, ED)
    return Scene(vc_jwt(key=key, kid=name), CarrierKind.jwt, published(profile=profile(assertionMethod=[own])) | web)


@forgery("key-left-on-the-issuers-site", "proof", "where others may be able to leave files too", "held")
def left_there(forged: bool) -> Scene:
    """The thief's key lies among what people upload to the issuer's site; the twin's is one that the issuer's profile lists."""
    own, upload = f"{ACME_SITE}/keys/1", f"{ACME_SITE}/uploads/portfolio.txt"
    name, key = (upload, THIEF) if forged else (own, ED)
    web = published(profile=profile(assertionMethod=[own])) | {own: jwk(ED), upload: jwk(THIEF)}
    return Scene(vc_jwt(key=key, kid=name), CarrierKind.jwt, web)


@forgery("key-of-a-redirect-to-a-stranger", "proof", "refers to another site for the keys of Acme Learning", "held")
def key_redirect(forged: bool) -> Scene:
    """The kid is an address of the issuer's that leads to another site."""
    own, away = f"{ACME_SITE}/keys/1", f"{THIEF_SITE}/key"
    web: dict[str, Any] = {own: Answer(redirect=away) if forged else jwk(ED), away: jwk(ED, kid=own)}
    return Scene(vc_jwt(kid=own), CarrierKind.jwt, published(profile=profile(assertionMethod=[own])) | web)


# DID documents


@forgery("key-did-document-of-another-did", "proof", "the document there is about somebody else")
def did_document_of_another(forged: bool) -> Scene:
    """The document at the issuer's address says that it is another DID's."""
    made = did_document(ACME_DID, fresh())
    return by_did(made | {"id": "did:web:thief.example"} if forged else made)


@forgery("key-not-meant-for-issuing", "proof", "is not listed for issuing credentials (assertionMethod)")
def not_for_issuing(forged: bool) -> Scene:
    """The key is in the issuer's document, for logging in only."""
    made = did_document(ACME_DID, fresh())
    return by_did(made | {"assertionMethod": [], "authentication": [FRESH]} if forged else made)


@forgery("key-of-another-controller", "proof", "belongs to somebody else, as the issuer's document says (controller)")
def another_controller(forged: bool) -> Scene:
    """The key is in the issuer's document, and belongs to somebody else."""
    return by_did(did_document(ACME_DID, fresh(controller="did:web:thief.example") if forged else fresh()))


@forgery("key-two-of-one-name-in-the-did-document", "proof", "stands in the issuer's document more than once")
def two_methods(forged: bool) -> Scene:
    """Two keys of one name: whoever may add to the document slipped in a second one."""
    return by_did(did_document(ACME_DID, *([method(ACME_DID, THIEF, "#key-9"), fresh()] if forged else [fresh()])))


@forgery("key-exchanged-in-the-did-document", "proof", ALTERED)
def exchanged(forged: bool) -> Scene:
    """The document has another key under that name than the one that signed."""
    return by_did(did_document(ACME_DID, method(ACME_DID, THIEF, "#key-9") if forged else fresh()))


@forgery("key-revoked-in-the-did-document", "proof", "was later reported stolen", "held")
def revoked_there(forged: bool) -> Scene:
    """The issuer's document says that the key was revoked, after the day of the credential."""
    return by_did(did_document(ACME_DID, fresh(revoked="2026-06-01T00:00:00Z") if forged else fresh()))


@forgery("key-expired-in-the-did-document", "proof", "used until April 1, 2026 only")
def expired_there(forged: bool) -> Scene:
    """The issuer's document says that the key had ended by the day of the credential."""
    return by_did(did_document(ACME_DID, fresh(expires=f"{2026 if forged else 2027}-04-01T00:00:00Z")))


@forgery("key-in-two-forms", "proof", "is published in two forms at once, which may be two keys", "held")
def two_forms(forged: bool) -> Scene:
    """One entry of the document holds two keys, and readers differ in which of them they take."""
    return by_did(did_document(ACME_DID, fresh(publicKeyJwk=jwk(THIEF)) if forged else fresh()))


@forgery(
    "key-did-document-served-by-a-stranger", "proof", "is served from another site (https://thief.example)", "held"
)
def did_document_elsewhere(forged: bool) -> Scene:
    """The address of the issuer's DID document leads to another site."""
    made = did_document(ACME_DID, fresh())
    away = f"{THIEF_SITE}/did.json"
    return by_did(Answer(redirect=away) if forged else made, web={away: made})


@forgery("key-not-published-any-more", "proof", "it is not published there now and not registered", "held")
def not_there(forged: bool) -> Scene:
    """The name is one of the issuer's DID, and its document knows no such key: replaced, or made up."""
    return by_did(did_document(ACME_DID, method(ACME_DID, ED) if forged else fresh()))


@forgery("key-did-document-is-a-web-page", "proof", "a web page (text/html) instead of a JSON document", "held")
def did_document_page(forged: bool) -> Scene:
    """A login page answers in place of the issuer's DID document."""
    page = Answer(b"<html><title>Log in</title></html>", content_type="text/html")
    return by_did(page if forged else did_document(ACME_DID, fresh()))


# Key sets


@forgery("key-set-with-two-keys-of-one-kid", "proof", "has more than one key called 2026", "held")
def two_in_set(forged: bool) -> Scene:
    """Two keys of one kind and name in the key set: whoever may add to it slipped in a second one."""
    own = [jwk(DID_KEY, kid=IN_SET)]
    return by_set({"keys": [jwk(THIEF, kid=IN_SET), *own] if forged else own}, THIEF if forged else DID_KEY)


@forgery("key-set-key-for-encryption", "proof", "is not meant for signatures")
def for_encryption(forged: bool) -> Scene:
    """The key set says that the key is for encryption (RFC 7517 §4.2)."""
    return by_set({"keys": [jwk(DID_KEY, kid=IN_SET, use="enc" if forged else "sig")]}, DID_KEY)


@forgery("key-set-key-for-another-algorithm", "proof", "is meant for the algorithm 'ES256', which is not supported")
def for_another_algorithm(forged: bool) -> Scene:
    """The key set says that the key is for another algorithm (RFC 7517 §4.4)."""
    return by_set({"keys": [jwk(DID_KEY, kid=IN_SET, alg="ES256" if forged else "EdDSA")]}, DID_KEY)


@forgery("key-set-at-a-redirect-to-a-stranger", "proof", "refers to another site for the keys of Acme Learning", "held")
def set_elsewhere(forged: bool) -> Scene:
    """The address of the key set leads to another site."""
    listed: Json = {"keys": [jwk(DID_KEY, kid=IN_SET)]}
    away = f"{THIEF_SITE}/jwks.json"
    return by_set(Answer(redirect=away) if forged else listed, DID_KEY, web={away: listed})


@forgery("key-set-unreachable", "proof", "The key set of Acme Learning could not be read from issuer.example", "held")
def set_unreachable(forged: bool) -> Scene:
    """The key set does not answer: that is no proof, and no forgery."""
    listed = {"keys": [jwk(DID_KEY, kid=IN_SET)]}
    return by_set(Answer(silent="it did not answer in time") if forged else listed, DID_KEY)


@forgery("key-stolen-and-linked-again-in-the-key-set", "proof", "reported stolen on March 1, 2026")
def stolen_in_set(forged: bool) -> Scene:
    """The thief still has the web site, and lists the stolen key there under a new name."""
    key = STOLEN if forged else DID_KEY
    return by_set({"keys": [jwk(key, kid=IN_SET)]}, key)


@forgery("key-stolen-and-linked-again-in-the-did-document", "proof", "reported stolen on March 1, 2026")
def stolen_in_document(forged: bool) -> Scene:
    """The same in the issuer's DID document."""
    key = STOLEN if forged else DID_KEY
    return by_did(did_document(ACME_DID, method(ACME_DID, key, "#key-9")), key)


@forgery("key-ended-and-linked-again-in-the-key-set", "proof", "used until December 31, 2020 only")
def ended_in_set(forged: bool) -> Scene:
    """A key that was replaced years ago stands in the key set without any date."""
    key = EXPIRED if forged else DID_KEY
    return by_set({"keys": [jwk(key, kid=IN_SET)]}, key)


@forgery("key-stolen-from-another-issuer-in-the-key-set", "proof", "reported stolen on March 1, 2026")
def stolen_from_another(forged: bool) -> Scene:
    """A key that another registered issuer reported stolen stands in this one's key set: a thief signs for whoever lets them."""
    key = STOLEN_FROM_BRIGHT if forged else DID_KEY
    return by_set({"keys": [jwk(key, kid=IN_SET)]}, key)


@forgery("key-stolen-from-another-issuer-in-the-did-document", "proof", "reported stolen on March 1, 2026")
def stolen_from_another_in_document(forged: bool) -> Scene:
    """The same in the issuer's DID document, under a proof."""
    key = STOLEN_FROM_BRIGHT if forged else DID_KEY
    return by_did(did_document(ACME_DID, method(ACME_DID, key, "#key-9")), key)
