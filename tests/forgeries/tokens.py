"""Forgeries of Open Badges 3.0 credentials that are signed as a whole (VC-JWT): keys, headers, signatures, claims, dates."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from models.credentials import CarrierKind
from tests.forgeries.actors import (
    ACME,
    ACME_DID_KEY,
    ACME_JWKS,
    ACME_SITE,
    BRIGHT_ID,
    BRIGHT_KEY,
    DID_KEY,
    EXPIRED,
    EXPIRED_ID,
    STOLEN,
    STOLEN_ID,
    THIEF_SITE,
    pem,
)
from tests.forgeries.corpus import Scene, forgery
from tests.forgeries.publishing import IN_SET, KEY, KEY_2, published
from tests.verification.making import EC, ED, RSA, THIEF, Json, b64, jws, multibase, ob3, profile, vc_jwt
from tests.verification.proving import jwk

ALTERED = "Its signature does not match the registered key of Acme Learning"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
RSA_ID = f"{ACME_SITE}/key.json"
L = 2**252 + 27742317777372353535851937790883648493
"""The order of Ed25519's group: a signature's second half plus this is the same number again (RFC 8032 §5.1.7 refuses it)."""


def token(content: str, web: dict[str, Any] | None = None) -> Scene:
    return Scene(content, CarrierKind.jwt, web or {})


def signed(claims: Json | str, **header: Any) -> Scene:
    """The claims as they are, signed with Acme Learning's key."""
    return token(jws(claims, ED, kid=KEY, **header))


# Keys that the token brings along or points to


@forgery("token-brings-its-own-key-jwk", "proof", ALTERED)
def brings_a_jwk(forged: bool) -> Scene:
    """The header brings the key along that verifies the signature (RFC 7515 §4.1.3)."""
    key = THIEF if forged else ED
    return token(vc_jwt(key=key, jwk=jwk(key)))


@forgery("token-brings-its-own-certificate-x5c", "proof", ALTERED)
def brings_a_certificate(forged: bool) -> Scene:
    """The header brings a certificate that somebody made for themselves (RFC 7515 §4.1.6)."""
    key = THIEF if forged else ED
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer.example")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1)
    made = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    der = made.sign(key, None).public_bytes(Encoding.DER)
    return token(vc_jwt(key=key, x5c=[base64.b64encode(der).decode()]))


@forgery(
    "token-points-to-a-strangers-key-set-jku", "proof", f"It is signed with a key ({THIEF_SITE}/keys#1) that is not"
)
def points_to_a_key_set(forged: bool) -> Scene:
    """The header says where the key set is: at a site of the thief (RFC 7515 §4.1.2)."""
    theirs, name = f"{THIEF_SITE}/jwks.json", f"{THIEF_SITE}/keys#1"
    web = published() | {theirs: {"keys": [jwk(THIEF, kid=name)]}}
    if forged:
        return token(vc_jwt(key=THIEF, kid=name, jku=theirs), web)
    return token(vc_jwt(kid=IN_SET, jku=ACME_JWKS), web)


@forgery(
    "token-key-in-the-fragment-of-the-issuers-address",
    "proof",
    "would be one of Acme Learning, but it is not published there now and not registered",
    "held",
)
def key_in_the_fragment(forged: bool) -> Scene:
    """The thief's key stands in the fragment of the issuer's own address, where anybody can write it; it might be one that was replaced."""
    return token(vc_jwt(key=THIEF, kid=f"{ACME}#{multibase(THIEF)}") if forged else vc_jwt(kid=KEY), published())


@forgery("token-kid-is-a-strangers-did-key", "proof", "It is signed with a key (did:key:z6Mk")
def strangers_did_key(forged: bool) -> Scene:
    """The kid is a DID that is a key, and proves itself."""
    if forged:
        return token(vc_jwt(key=THIEF, kid=f"did:key:{multibase(THIEF)}"), published())
    return token(vc_jwt(key=DID_KEY, kid=ACME_DID_KEY), published())


@forgery("token-kid-is-a-strangers-address", "proof", f"It is signed with a key ({THIEF_SITE}/key) that is not")
def strangers_address(forged: bool) -> Scene:
    """The kid is an address of the thief's, where the key can be read."""
    name, key = (f"{THIEF_SITE}/key", THIEF) if forged else (f"{ACME_SITE}/keys/1", ED)
    own = published(profile=profile(assertionMethod=[f"{ACME_SITE}/keys/1"]))
    return token(vc_jwt(key=key, kid=name), own | {name: jwk(key)})


@forgery("token-of-one-registered-issuer-in-the-name-of-another", "proof", f"It is signed with a key ({BRIGHT_ID})")
def key_of_another_issuer(forged: bool) -> Scene:
    """Signed by one registered issuer in the name of another."""
    return token(vc_jwt(key=BRIGHT_KEY, kid=BRIGHT_ID) if forged else vc_jwt(), published())


@forgery("token-of-another-issuer-under-this-ones-kid", "proof", ALTERED)
def another_issuers_key_under_this_kid(forged: bool) -> Scene:
    """Signed with another registered issuer's key under the kid of this one's."""
    return token(vc_jwt(key=BRIGHT_KEY if forged else ED))


@forgery("token-without-kid-by-a-stranger", "proof", ALTERED)
def no_kid(forged: bool) -> Scene:
    """A stranger's signature that names no key, so that all of the issuer's are tried."""
    return token(vc_jwt(key=THIEF if forged else ED, kid=None), published())


# What the header says of the signature


@forgery("token-kid-of-another-kind-of-key", "proof", ALTERED)
def kid_of_another_kind(forged: bool) -> Scene:
    """Signed with the issuer's Ed25519 key under the kid of its P-256 key: the key that is named must be the one that signed."""
    return token(vc_jwt(key=ED, kid=KEY_2 if forged else KEY))


@forgery("token-alg-none", "proof", "The credential is not signed: anybody could have written it (alg: none)")
def alg_none(forged: bool) -> Scene:
    """The algorithm is "none" and the signature empty (RFC 8725 §2.1)."""
    return token(_other_head(alg="none", signature="") if forged else vc_jwt())


@forgery(
    "token-alg-none-beside-a-true-signature",
    "proof",
    "The credential is not signed: anybody could have written it (alg: none)",
)
def alg_none_with_signature(forged: bool) -> Scene:
    """The algorithm is "none", and there is a signature all the same."""
    return token(_other_head(alg="none") if forged else vc_jwt())


@forgery("token-alg-none-in-other-letters", "proof", "is signed with 'nOnE'", "held")
def alg_none_in_other_letters(forged: bool) -> Scene:
    """The algorithm is "nOnE", for verifiers that look for "none" only."""
    return token(_other_head(alg="nOnE") if forged else vc_jwt())


def _other_head(alg: str, signature: str | None = None) -> str:
    _, body, own = vc_jwt().split(".")
    head = b64(json.dumps({"alg": alg, "typ": "JWT", "kid": KEY}).encode())
    return f"{head}.{body}.{own if signature is None else signature}"


@forgery("token-hs256-with-the-public-key-as-secret", "proof", "The credential is locked with a shared secret")
def public_key_as_secret(forged: bool) -> Scene:
    """RFC 8725 §2.1: a verifier that lets the header choose takes the public key for a shared secret."""
    if not forged:
        return token(vc_jwt(key=RSA, kid=RSA_ID))
    message = ".".join(_other_head(alg="HS256").split(".")[:2])
    return token(f"{message}.{b64(hmac.new(pem(RSA).encode(), message.encode(), hashlib.sha256).digest())}")


@forgery("token-es256-header-over-an-ed25519-signature", "proof", ALTERED)
def another_algorithm_in_the_header(forged: bool) -> Scene:
    """The header names an algorithm that the key is not for."""
    return token(vc_jwt(alg="ES256" if forged else "EdDSA"))


@forgery("token-rs256-header-over-a-pss-signature", "proof", ALTERED)
def pss_for_pkcs1(forged: bool) -> Scene:
    """An RSA signature in the newer padding (PSS) under the name of the older one."""
    if not forged:
        return token(vc_jwt(key=RSA, kid=RSA_ID))
    message = vc_jwt(key=RSA, kid=RSA_ID).rpartition(".")[0]
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 0)
    return token(f"{message}.{b64(RSA.sign(message.encode(), pss, hashes.SHA256()))}")


@forgery("token-ps256-with-a-key-for-rs256", "proof", "is signed with 'PS256'", "held")
def ps256(forged: bool) -> Scene:
    """A registered key for RS256 is used with PS256, which no one registered it for."""
    return token(vc_jwt(key=RSA, kid=RSA_ID, alg="PS256" if forged else "RS256"))


@forgery("token-asks-for-an-unknown-extension-crit", "proof", "has conditions that are not understood here (crit)")
def unknown_extension(forged: bool) -> Scene:
    """The header asks for an extension that must be understood (RFC 7515 §4.1.11)."""
    return signed(ob3(), **({"crit": ["level"], "level": 3} if forged else {"level": 3}))


@forgery("token-with-an-unencoded-payload-b64", "proof", "has conditions that are not understood here")
def unencoded(forged: bool) -> Scene:
    """The header says that the payload is not encoded (RFC 7797), so that what is signed may be something else than what is read."""
    return signed(ob3(), **({"b64": False} if forged else {}))


@forgery("token-with-two-kids", "proof", 'The signed credential has the key "kid" twice')
def two_kids(forged: bool) -> Scene:
    """The header names two keys: readers differ in which of them they take."""
    head, body, _ = vc_jwt().split(".")
    text = base64.urlsafe_b64decode(head + "==").decode().rstrip()
    message = b64(text.replace('{"alg"', f'{{"kid": "{BRIGHT_ID}", "alg"').encode()) if forged else head
    return token(f"{message}.{body}.{b64(ED.sign(f'{message}.{body}'.encode()))}")


@forgery(
    "token-made-for-access-and-not-a-credential", "well_formed", "says that it is something else than a credential"
)
def access_token(forged: bool) -> Scene:
    """A token of the issuer's that was made for something else passes for a credential (RFC 8725 §3.11)."""
    return signed(ob3(), typ="at+jwt" if forged else "vc+jwt")


# The signature itself


@forgery("token-body-changed-after-signing", "proof", ALTERED)
def body_changed(forged: bool) -> Scene:
    """The credential was changed after it was signed."""
    head, body, signature = vc_jwt().split(".")
    other = ob3(name="Nuclear Physics") | {"iss": ACME, "jti": ob3()["id"]}
    return token(f"{head}.{b64(json.dumps(other).encode()) if forged else body}.{signature}")


@forgery("token-signature-stripped", "proof", "The credential is not signed")
def signature_stripped(forged: bool) -> Scene:
    """The signature was cut off."""
    return token(vc_jwt().rpartition(".")[0] + "." if forged else vc_jwt())


@forgery("token-signature-truncated", "proof", ALTERED)
def signature_truncated(forged: bool) -> Scene:
    """The signature lacks its last byte."""
    message, _, _ = vc_jwt().rpartition(".")
    signature = ED.sign(message.encode())
    return token(f"{message}.{b64(signature[:63] if forged else signature)}")


@forgery("token-signature-of-another-token", "proof", ALTERED)
def signature_of_another(forged: bool) -> Scene:
    """The signature is that of another of the issuer's credentials."""
    other = vc_jwt(ob3(id="urn:uuid:7a3c0b52-0000-4000-8000-00000000000f"))
    message, _, signature = vc_jwt().rpartition(".")
    return token(f"{message}.{other.rpartition('.')[2] if forged else signature}")


@forgery("token-signature-in-der", "proof", ALTERED)
def signature_in_der(forged: bool) -> Scene:
    """JWS wants the two numbers side by side (RFC 7518 §3.4); a second spelling would be a second token for one credential."""
    content = vc_jwt(key=EC, kid=KEY_2)
    message, _, signature = content.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    return token(f"{message}.{b64(der)}" if forged else content)


@forgery("token-signature-of-zeros", "proof", ALTERED)
def signature_of_zeros(forged: bool) -> Scene:
    """CVE-2022-21449: r = s = 0 verified everything under some implementations of ECDSA."""
    content = vc_jwt(key=EC, kid=KEY_2)
    return token(f"{content.rpartition('.')[0]}.{b64(bytes(64))}" if forged else content)


@forgery("token-signature-plus-the-groups-order", "proof", ALTERED)
def signature_plus_order(forged: bool) -> Scene:
    """The second half of the signature has the group's order added, which makes a second signature out of every one (RFC 8032 §5.1.7)."""
    message = vc_jwt().rpartition(".")[0]
    raw = ED.sign(message.encode())
    more = raw[:32] + (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little")
    return token(f"{message}.{b64(more if forged else raw)}")


@forgery("token-signature-in-a-second-spelling", "proof", "is not spelled as issuers' software spells it")
def signature_respelled(forged: bool) -> Scene:
    """The last letter of base64url has bits that mean nothing: sixteen texts for one signature (RFC 4648 §3.5)."""
    content = vc_jwt()
    return token(content[:-1] + ALPHABET[ALPHABET.index(content[-1]) + 1] if forged else content)


@forgery("token-payload-in-a-second-spelling", "proof", "is not spelled as issuers' software spells it")
def payload_respelled(forged: bool) -> Scene:
    """Signed as it stands, so that only the spelling is at fault; the blank makes the length leave bits over."""
    text = json.dumps(ob3())
    text += " " * ((1 - len(text)) % 3)
    head, body, _ = jws(text, ED, kid=KEY).split(".")
    body = body[:-1] + ALPHABET[ALPHABET.index(body[-1]) + 1] if forged else body
    return token(f"{head}.{body}.{b64(ED.sign(f'{head}.{body}'.encode()))}")


# What the token says beside the credential, and how it says it


def _with_dates(**claims: Any) -> Json:
    return ob3(validUntil="2027-05-01T12:00:00Z") | claims


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@forgery("token-names-another-issuer-iss", "well_formed", 'the token says one thing in "iss"')
def another_iss(forged: bool) -> Scene:
    """The claim names another issuer than the credential."""
    return signed(ob3() | {"iss": "https://nea.example/issuer" if forged else ACME})


@forgery("token-names-another-recipient-sub", "well_formed", 'the token says one thing in "sub"')
def another_sub(forged: bool) -> Scene:
    """The claim names another recipient than the credential."""
    body = ob3()
    body["credentialSubject"]["id"] = "mailto:pat@school.example"
    return signed(body | {"sub": "mailto:sam@school.example" if forged else "mailto:pat@school.example"})


@forgery("token-names-another-credential-jti", "well_formed", 'the token says one thing in "jti"')
def another_jti(forged: bool) -> Scene:
    """The claim names another credential than the credential."""
    return signed(ob3() | {"jti": "urn:uuid:7a3c0b52-0000-4000-8000-00000000000f" if forged else ob3()["id"]})


@forgery("token-begins-on-another-day-nbf", "well_formed", 'the token says one date in "nbf"')
def another_nbf(forged: bool) -> Scene:
    """The claim says another first day than the credential."""
    return signed(ob3() | {"nbf": _at("2026-04-01T12:00:00Z" if forged else "2026-05-01T12:00:00Z")})


@forgery("token-ends-on-another-day-exp", "well_formed", 'the token says one date in "exp"')
def another_exp(forged: bool) -> Scene:
    """The claim says a later end than the credential."""
    return signed(_with_dates(exp=_at("2028-05-01T12:00:00Z" if forged else "2027-05-01T12:00:00Z")))


@forgery("token-signed-in-the-future-iat", "well_formed", "signed at a time that has not come yet")
def future_iat(forged: bool) -> Scene:
    """The token says that it was signed at a time that has not come yet."""
    return signed(ob3() | {"iat": _at("2026-12-01T12:00:00Z" if forged else "2026-05-01T12:00:00Z")})


@forgery("token-meant-for-somebody-else-aud", "well_formed", "meant for https://wallet.example", "held")
def another_audience(forged: bool) -> Scene:
    """The token was made to be shown to somebody else."""
    body = ob3()
    body["credentialSubject"]["id"] = "mailto:pat@school.example"
    return signed(body | {"aud": "https://wallet.example" if forged else "mailto:pat@school.example"})


@forgery("token-holds-two-credentials", "well_formed", "the token holds two credentials")
def two_credentials(forged: bool) -> Scene:
    """The token holds one credential in "vc" and another one beside it."""
    return signed({"iss": ACME, "vc": ob3()} | (ob3(name="Nuclear Physics") if forged else {}))


@forgery("token-is-a-credential-and-holds-another-in-vc", "well_formed", 'holds another one in "vc" or "vp"')
def credential_in_a_credential(forged: bool) -> Scene:
    """A token of the kind whose claims are the credential holds one in "vc", where readers of that kind do not look (VC-JOSE-COSE §3.1.3)."""
    return signed({"iss": ACME, "vc": ob3()}, typ="vc+jwt" if forged else "JWT")


@forgery("token-awards-to-two-recipients", "well_formed", "it is awarded to 2 recipients at once")
def two_recipients(forged: bool) -> Scene:
    """One credential is awarded to two recipients."""
    one = ob3()["credentialSubject"]
    return signed(ob3(credentialSubject=[one, one | {"id": "mailto:sam@school.example"}] if forged else [one]))


@forgery("token-payload-says-a-key-twice", "proof", 'The signed credential has the key "issuer" twice')
def key_twice(forged: bool) -> Scene:
    """The payload names the issuer twice: readers differ in which of them they take."""
    text = json.dumps(ob3())
    return signed('{"issuer": "https://nea.example/issuer", ' + text[1:] if forged else text)


@forgery("token-payload-says-a-key-twice-in-two-spellings", "proof", 'The signed credential has the key "issuer" twice')
def key_twice_in_two_spellings(forged: bool) -> Scene:
    """The payload names the issuer twice, once in an escaped spelling that a search does not find."""
    text = json.dumps(ob3())
    return signed('{"\\u0069ssuer": "https://nea.example/issuer", ' + text[1:] if forged else text)


# Dates, of the credential and of keys


@forgery("token-expired", "dates", "It expired on September 1, 2026.")
def expired(forged: bool) -> Scene:
    """The credential has expired."""
    return token(vc_jwt(ob3(validUntil=f"{2026 if forged else 2027}-09-01T00:00:00Z")))


@forgery("token-not-yet-valid", "dates", "which has not come yet")
def not_yet_valid(forged: bool) -> Scene:
    """The credential begins at a day that has not come yet."""
    return token(vc_jwt(ob3(validFrom=f"2026-{'11' if forged else '09'}-01T00:00:00Z")))


@forgery("token-expired-by-its-claim-alone", "dates", "It expired on September 1, 2026.")
def expired_by_claim(forged: bool) -> Scene:
    """The credential has no end of its own; the token has, and it is past."""
    return signed(ob3() | {"exp": _at(f"{2026 if forged else 2027}-09-01T00:00:00Z")})


@forgery("token-signed-with-a-key-that-has-ended", "proof", "used until December 31, 2020 only")
def ended_key(forged: bool) -> Scene:
    """Signed with a key that the issuer has long replaced."""
    body = ob3(validFrom="2026-05-01T12:00:00Z" if forged else "2020-05-01T12:00:00Z")
    return token(vc_jwt(body, EXPIRED, kid=EXPIRED_ID))


@forgery("token-signed-after-its-key-had-ended-iat", "proof", "used until December 31, 2020 only")
def signed_after_the_end(forged: bool) -> Scene:
    """Dated when the key was in use, and signed, by its own word, years after it had ended."""
    body = ob3(validFrom="2020-05-01T12:00:00Z") | {"iat": _at(f"{2026 if forged else 2020}-05-01T12:00:00Z")}
    return token(jws(body, EXPIRED, kid=EXPIRED_ID))


@forgery("token-signed-with-a-stolen-key", "proof", "reported stolen on March 1, 2026")
def stolen_key(forged: bool) -> Scene:
    """Signed with a key after the day on which it was reported stolen."""
    return token(vc_jwt(ob3(), STOLEN, kid=STOLEN_ID) if forged else vc_jwt())


@forgery("token-backdated-with-a-stolen-key", "proof", "backdated by whoever has the key", "held")
def backdated_with_a_stolen_key(forged: bool) -> Scene:
    """Signed with a stolen key and dated before the theft: nobody can tell whether by the issuer."""
    body = ob3(validFrom="2025-05-01T12:00:00Z")
    return token(vc_jwt(body, STOLEN, kid=STOLEN_ID) if forged else vc_jwt(body))


@forgery("token-signed-before-its-key-was-there", "proof", "only has since January 1, 2015")
def before_the_key(forged: bool) -> Scene:
    """Dated before the day from which the issuer had the key."""
    return token(vc_jwt(ob3(validFrom=f"{2014 if forged else 2016}-05-01T12:00:00Z")))
