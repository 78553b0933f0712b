"""Signed Open Badges 2.0: tokens, keys, and whose keys they are.

Every sound twin is signed by one of the issuer's own keys: a registered one, or one that its profile and the key's document link both
ways.
"""

import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from models.credentials import CarrierKind
from tests.forgeries.actors import (
    ACME,
    ACME_SITE,
    BRIGHT,
    BRIGHT_ID,
    BRIGHT_KEY,
    EXPIRED,
    EXPIRED_ID,
    NEA_NAME,
    STOLEN,
    STOLEN_FROM_BRIGHT,
    STOLEN_ID,
    THIEF_SITE,
    pem,
)
from tests.forgeries.corpus import Answer, Scene, forgery
from tests.verification.making import (
    EC,
    RSA,
    THIEF,
    Json,
    PrivateKey,
    assertion,
    b64,
    badge_class,
    jws,
    profile,
    sign,
)
from tests.verification.proving import P384, jwk

ID = "urn:uuid:7a3c0b52-0000-4000-8000-000000000002"
BADGE, LIST = f"{ACME_SITE}/badge.json", f"{ACME_SITE}/revoked.json"
KEY = f"{ACME_SITE}/key.json"
EC_ID = f"{ACME}#key-2"
LINKED, LINKED_ID = P384, f"{ACME_SITE}/keys/2026.json"
"""A key that is not registered: acme's profile lists it, and its document names acme as its owner."""


def body(creator: str = KEY, **changes: Any) -> Json:
    return assertion(id=ID, verification={"type": "signed", "creator": creator}) | changes


def scene(token: str, **pages: Any) -> Scene:
    """A signed assertion and acme's site. `pages` replaces its BadgeClass or profile and adds others as `more`, by address."""
    more: dict[str, Any] = pages.pop("more", {})
    documents: dict[str, Any] = {"badge": badge_class(), "profile": profile()} | pages
    return Scene(token, CarrierKind.jwt, {BADGE: documents["badge"], ACME: documents["profile"]} | more)


def key_document(address: str = LINKED_ID, key: PrivateKey = LINKED, **changes: Any) -> Json:
    made: Json = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "CryptographicKey",
        "id": address,
        "owner": ACME,
    }
    return made | {"publicKeyPem": pem(key)} | changes


def linked(
    key: PrivateKey = LINKED,
    address: str = LINKED_ID,
    page: Any = None,
    lists: Any = None,
    more: dict[str, Any] | None = None,
) -> Scene:
    """An assertion signed with `key`, which calls it `address`; at that address lies `page`, and the profile lists `lists`."""
    pages: dict[str, Any] = {address: key_document(address) if page is None else page} | (more or {})
    own = profile(publicKey=[address if lists is None else lists])
    return scene(jws(body(address), key), profile=own, more=pages)


# The token


@forgery("signed-alg-none", "proof", "The credential is not signed")
def alg_none(forged: bool) -> Scene:
    """The header says that it is not signed, and the signature is gone."""
    head = b64(json.dumps({"alg": "none"}).encode())
    return scene(f"{head}.{b64(json.dumps(body()).encode())}." if forged else jws(body(), RSA))


@forgery("signed-alg-none-with-a-signature", "proof", "The credential is not signed")
def alg_none_signed(forged: bool) -> Scene:
    """The header says that it is not signed, and there are some bytes in the signature's place."""
    return scene(jws(body(), THIEF, alg="none") if forged else jws(body(), RSA))


@forgery("signed-hs256-with-the-public-key", "proof", "The credential is locked with a shared secret")
def hs256(forged: bool) -> Scene:
    """The published key, taken as a shared secret: a verifier that lets the header choose would say yes."""
    message = f"{b64(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{b64(json.dumps(body()).encode())}"
    made = hmac.new(pem(RSA).encode(), message.encode(), hashlib.sha256).digest()
    return scene(f"{message}.{b64(made)}" if forged else jws(body(), RSA))


@forgery("signed-by-an-unknown-algorithm", "proof", "which cannot be checked here yet", outcome="held")
def unknown_algorithm(forged: bool) -> Scene:
    """The header says nOnE, which no standard knows and some libraries read as none."""
    return scene(jws(body(), RSA, alg="nOnE") if forged else jws(body(), RSA))


@forgery("signed-under-another-algorithm", "proof", "does not match the key of Acme Learning that it names")
def another_algorithm(forged: bool) -> Scene:
    """Signed by the issuer's P-256 key, and the header says RS256."""
    return scene(jws(body(EC_ID), EC, **({"alg": "RS256"} if forged else {})))


@forgery("signed-with-unknown-crit", "proof", "has conditions that are not understood")
def crit(forged: bool) -> Scene:
    """The header says that whoever does not know the extension "exp" must refuse it."""
    return scene(jws(body(), RSA, **({"crit": ["exp"], "exp": 1} if forged else {"exp": 1})))


@forgery("signed-with-b64-false", "proof", "has conditions that are not understood")
def b64_false(forged: bool) -> Scene:
    """The header says that the payload is not encoded, so that two readers sign and read two texts."""
    return scene(jws(body(), RSA, **({"b64": False, "crit": ["b64"]} if forged else {})))


@forgery("signed-body-changed", "proof", "altered or forged")
def body_changed(forged: bool) -> Scene:
    """The recipient was changed after signing."""
    head, payload, signature = jws(body(), RSA).split(".")
    thief = {"type": "email", "hashed": False, "identity": "thief@school.example"}
    return scene(f"{head}.{b64(json.dumps(body(recipient=thief)).encode()) if forged else payload}.{signature}")


@forgery("signed-by-the-signature-of-another", "proof", "altered or forged")
def another_signature(forged: bool) -> Scene:
    """The signature is the issuer's own, under another assertion."""
    other = jws(body(issuedOn="2026-04-01T12:00:00Z"), RSA).split(".")[2]
    own = jws(body(), RSA)
    return scene(f"{own.rpartition('.')[0]}.{other}" if forged else own)


@forgery("signed-signature-cut-short", "proof", "altered or forged")
def cut_short(forged: bool) -> Scene:
    """Half of the signature is gone."""
    own = jws(body(), RSA)
    message = own.rpartition(".")[0]
    return scene(f"{message}.{b64(sign(RSA, message.encode())[:128])}" if forged else own)


@forgery("signed-signature-of-zeros", "proof", "altered or forged")
def zeros(forged: bool) -> Scene:
    """An ECDSA signature of nothing but zeros, which broken libraries take for right under every key."""
    own = jws(body(EC_ID), EC)
    return scene(f"{own.rpartition('.')[0]}.{b64(bytes(64))}" if forged else own)


@forgery("signed-es256-in-der", "proof", "altered or forged")
def der(forged: bool) -> Scene:
    """The issuer's own ECDSA signature in the form of X.509, not in that of JWS: one credential must not have two tokens."""
    own = jws(body(EC_ID), EC)
    message = own.rpartition(".")[0]
    made = EC.sign(message.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return scene(f"{message}.{b64(made)}" if forged else own)


@forgery("signed-with-a-key-twice", "proof", 'has the key "badge" twice')
def duplicate(forged: bool) -> Scene:
    """The payload says "badge" twice, and each reader takes another one."""
    text = json.dumps(body())
    return scene(jws('{"badge": "https://issuer.example/other.json", ' + text[1:] if forged else text, RSA))


# The key, brought along


def brought(forged: bool, **header: Any) -> Scene:
    """The thief signs under the name of acme's registered key, and brings its own along in the header."""
    return scene(jws(body(EC_ID), THIEF if forged else EC, **header))


@forgery("signed-with-its-own-jwk", "proof", "does not match the key of Acme Learning that it names")
def own_jwk(forged: bool) -> Scene:
    """The header carries the key that the token is to be checked with."""
    return brought(forged, jwk=jwk(THIEF))


@forgery("signed-with-its-own-jku", "proof", "does not match the key of Acme Learning that it names")
def own_jku(forged: bool) -> Scene:
    """The header carries the address of the thief's key set."""
    made = brought(forged, jku=f"{THIEF_SITE}/jwks.json")
    return Scene(made.content, made.kind, {**made.web, f"{THIEF_SITE}/jwks.json": {"keys": [jwk(THIEF)]}})


@forgery("signed-with-its-own-x5c", "proof", "does not match the key of Acme Learning that it names")
def own_x5c(forged: bool) -> Scene:
    """The header carries the thief's certificate."""
    return brought(forged, x5c=["MIIBszCCAWWgAwIBAgIUAAAA"], x5u=f"{THIEF_SITE}/certificate.pem")


@forgery("signed-with-the-key-in-creator", "proof", "does not match the key of Acme Learning that it names")
def key_in_creator(forged: bool) -> Scene:
    """`creator` is an object with the registered key's address and the thief's key in it."""
    creator = key_document(EC_ID, THIEF)
    return scene(jws(body() | {"verification": {"type": "signed", "creator": creator}}, THIEF if forged else EC))


@forgery("signed-with-everything-brought-along", "proof", "which the profile of Acme Learning does not list")
def everything(forged: bool) -> Scene:
    """BadgeClass and profile are inline, the profile lists the thief's key, and the thief signed it all."""
    address = f"{THIEF_SITE}/key.json" if forged else LINKED_ID
    key = THIEF if forged else LINKED
    inline = badge_class(issuer=profile(publicKey=[key_document(address, key)]))
    own = profile(publicKey=[LINKED_ID])
    return scene(jws(body(address, badge=inline), key), profile=own, more={LINKED_ID: key_document()})


# The key, by its address


@forgery("signed-under-the-issuers-key-name", "proof", "does not match the key of Acme Learning that it names")
def under_its_name(forged: bool) -> Scene:
    """Signed by the thief, under the name of the issuer's registered key."""
    return scene(jws(body(EC_ID), THIEF if forged else EC))


@forgery("signed-registered-key-replaced-on-the-site", "proof", "does not match the key of Acme Learning that it names")
def replaced(forged: bool) -> Scene:
    """Whoever got into the issuer's site put another key at the address of the registered one."""
    key = THIEF if forged else RSA
    site = {KEY: key_document(KEY, key)}
    return scene(jws(body(), key), profile=profile(publicKey=[KEY]), more=site)


@forgery("signed-key-not-listed-by-the-profile", "proof", "it is not published there now", outcome="held")
def not_listed(forged: bool) -> Scene:
    """The key lies on the issuer's site and says it is the issuer's; the issuer's profile knows nothing of it, now at least."""
    return linked(lists=f"{ACME_SITE}/keys/other.json" if forged else None)


@forgery("signed-key-in-a-fragment-of-the-issuer", "proof", "serves another key")
def fragment(forged: bool) -> Scene:
    """The key's name is the issuer's own address with the thief's fragment."""
    name = f"{ACME}#{'thief' if forged else 'key-9'}"
    own = profile(publicKey=[key_document(f"{ACME}#key-9")])
    return scene(jws(body(name), THIEF if forged else LINKED), profile=own)


@forgery("signed-key-at-a-strangers", "proof", "kept on another site than those registered for Acme Learning")
def at_strangers(forged: bool) -> Scene:
    """The issuer's profile lists a key at a stranger's site: who has that site has the key."""
    return linked(address=f"{THIEF_SITE}/key.json" if forged else LINKED_ID)


@forgery("signed-key-redirects-to-a-stranger", "proof", "is served from https://thief.example")
def key_redirects(forged: bool) -> Scene:
    """The key's address on the issuer's site redirects to a stranger's."""
    target = f"{THIEF_SITE if forged else ACME_SITE}/k.json"
    return linked(page=Answer(status=302, redirect=target), more={target: key_document()})


@forgery("signed-key-of-another-owner", "proof", "says that it belongs to https://bright.example/profile")
def another_owner(forged: bool) -> Scene:
    """The issuer's profile lists a key that says it is another issuer's."""
    return linked(page=key_document(owner=BRIGHT if forged else ACME))


@forgery("signed-key-of-nobody", "proof", "says that it belongs to nobody")
def no_owner(forged: bool) -> Scene:
    """The key's document names no owner, so anybody could have put it there."""
    return linked(page={k: v for k, v in key_document().items() if k != "owner"} if forged else None)


@forgery("signed-linked-key-by-a-thief", "proof", "does not match the key https://issuer.example/keys/2026.json")
def linked_by_thief(forged: bool) -> Scene:
    """Signed by the thief, under the name of a key that the issuer links."""
    return linked(key=THIEF if forged else LINKED)


@forgery("signed-by-another-registered-issuer", "issuer_trusted", "signed with a key of Bright Academy, but names Acme")
def by_another(forged: bool) -> Scene:
    """A registered issuer signs in the name of another one."""
    return scene(jws(body(BRIGHT_ID), BRIGHT_KEY) if forged else jws(body(), RSA))


@forgery("signed-names-nobody-registered", "issuer_trusted", "Anybody can write any name")
def famous_name(forged: bool) -> Scene:
    """A famous name, with an id, a key and a site that are the thief's."""
    inline = badge_class(issuer=profile(id=f"{THIEF_SITE}/nea", name=NEA_NAME))
    own = jws(body(f"{THIEF_SITE}/key", badge=inline), THIEF)
    return scene(
        own if forged else jws(body(), RSA), more={f"{THIEF_SITE}/key": key_document(f"{THIEF_SITE}/key", THIEF)}
    )


@forgery("signed-badge-class-at-a-strangers", "issuer_trusted", "not in the affiliate's registry")
def class_at_strangers(forged: bool) -> Scene:
    """Signed by the issuer once; what it was awarded for is described at an address that is a stranger's by now."""
    address = f"{THIEF_SITE if forged else ACME_SITE}/badge.json"
    return scene(jws(body(badge=address), RSA), more={address: badge_class(id=address)})


# The key, by its dates


@forgery("signed-after-the-key-was-retired", "proof", "used until December 31, 2020 only")
def retired(forged: bool) -> Scene:
    """Signed in 2026 with a key that the issuer gave up in 2020."""
    return scene(jws(body(EXPIRED_ID, issuedOn=f"20{'26' if forged else '20'}-05-01T12:00:00Z"), EXPIRED))


@forgery("signed-linked-key-stolen-from-another-issuer", "proof", "reported stolen on March 1, 2026")
def stolen_from_another(forged: bool) -> Scene:
    """A key that another registered issuer reported stolen lies on this one's site, linked both ways."""
    key = STOLEN_FROM_BRIGHT if forged else LINKED
    return linked(key=key, page=key_document(key=key))


@forgery("signed-retired-key-under-another-name", "proof", "used until December 31, 2020 only")
def retired_renamed(forged: bool) -> Scene:
    """The retired key lies on the site under a new name, which the profile lists: its registered dates hold all the same."""
    issued = f"20{'26' if forged else '20'}-05-01T12:00:00Z"
    page = key_document(key=EXPIRED)
    return scene(
        jws(body(LINKED_ID, issuedOn=issued), EXPIRED), profile=profile(publicKey=[LINKED_ID]), more={LINKED_ID: page}
    )


@forgery("signed-with-a-stolen-key", "proof", "from that day on the key proves nothing")
def stolen(forged: bool) -> Scene:
    """Signed with a key that was reported stolen two months before."""
    return scene(jws(body(STOLEN_ID), STOLEN) if forged else jws(body(EC_ID), EC))


@forgery("signed-with-a-stolen-key-and-backdated", "proof", "backdated by whoever has the key", outcome="held")
def backdated(forged: bool) -> Scene:
    """Signed with a stolen key and dated before the theft, which whoever has the key can do."""
    day = "2025-05-01T12:00:00Z"
    return scene(jws(body(STOLEN_ID, issuedOn=day), STOLEN) if forged else jws(body(EC_ID, issuedOn=day), EC))


# What it says itself, and the issuer's list


@forgery("signed-that-says-it-is-hosted", "proof", "it cannot be told which proof is meant")
def says_hosted(forged: bool) -> Scene:
    """A true signature on an assertion that says it is proven by its address."""
    return scene(jws(body(verification={"type": "hosted"}, id=f"{ACME_SITE}/1.json") if forged else body(), RSA))


@forgery("signed-and-revoked-by-itself", "status", "has withdrawn this micro-credential")
def revoked_itself(forged: bool) -> Scene:
    """The signed body says `revoked`."""
    return scene(jws(body(revoked=forged), RSA))


@forgery("signed-and-on-the-list", "status", "its reason: Issued twice")
def on_the_list(forged: bool) -> Scene:
    """The issuer's list of withdrawn assertions names it."""
    entry = {
        "id": ID if forged else "urn:uuid:7a3c0b52-0000-4000-8000-000000000009",
        "revocationReason": "Issued twice",
    }
    page: Json = {"@context": "https://w3id.org/openbadges/v2", "type": "RevocationList", "id": LIST, "issuer": ACME}
    own = profile(revocationList=LIST)
    return scene(jws(body(), RSA), profile=own, more={LIST: page | {"revokedAssertions": [entry]}})


@forgery("signed-with-its-own-revocation-list", "status", "has withdrawn this micro-credential")
def own_list(forged: bool) -> Scene:
    """The inline profile names an empty list of the thief's; the issuer's own profile names the list that counts."""
    theirs = f"{ACME_SITE}/empty.json"
    page: Json = {"@context": "https://w3id.org/openbadges/v2", "type": "RevocationList", "id": LIST, "issuer": ACME}
    empty: Json = page | {"id": theirs, "revokedAssertions": []}
    inline = badge_class(issuer=profile(revocationList=theirs))
    entries = [{"id": ID if forged else "urn:uuid:7a3c0b52-0000-4000-8000-000000000009"}]
    site: dict[str, Any] = {LIST: page | {"revokedAssertions": entries}, theirs: empty}
    return scene(jws(body(badge=inline), RSA), profile=profile(revocationList=LIST), more=site)


@forgery("signed-and-expired", "dates", "It expired on September 30, 2026")
def expired(forged: bool) -> Scene:
    """A true signature on something that has run out."""
    return scene(jws(body(expires=f"20{'26' if forged else '36'}-09-30T00:00:00Z"), RSA))


@forgery("signed-for-another-salt", "recipient", "awarded to another address")
def another_salt(forged: bool) -> Scene:
    """Its recipient is a salted hash; the thief's own address gives another one."""
    value = "sha256$" + hashlib.sha256(b"pat@school.examplesalty").hexdigest()
    own = body(recipient={"type": "email", "hashed": True, "salt": "salty", "identity": value})
    made = scene(jws(own, RSA))
    who = "thief@school.example" if forged else "Pat@School.example"
    return Scene(made.content, made.kind, made.web, recipient=who)


@forgery("signed-recipient-in-an-unknown-hash", "recipient", "scrambled form that is not known", outcome="held")
def unknown_hash(forged: bool) -> Scene:
    """Its recipient is scrambled by something nobody can compute: it could be anybody's."""
    value = hashlib.sha256(b"pat@school.example").hexdigest()
    who = {"type": "email", "hashed": True, "identity": f"{'crc32' if forged else 'sha256'}${value}"}
    return scene(jws(body(recipient=who), RSA))
