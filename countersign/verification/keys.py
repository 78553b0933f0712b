"""Public keys: read from PEM, JWK or multibase, and signatures checked under exactly the algorithm the key is for.

A key decides which algorithm may be used with it, never the token's header (RFC 8725 §3.1): RSA of at least 2048 bits for
RS256, P-256 for ES256, P-384 for ES384, Ed25519 for EdDSA.
"""

import binascii
import json
import re
from functools import lru_cache
from typing import Any, cast

import base58
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/***")
_LAST_LETTERS = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}
"""By how many letters the last group has: those that it may end with, their unused bits being zero."""

_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]+")
_ED25519 = b"\xed\x01"  # multicodec prefixes (varint): ed25519-pub, p256-pub, p384-pub
_CURVES: dict[bytes, ec.EllipticCurve] = {b"\x80\x24": ec.SECP256R1(), b"\x81\x24": ec.SECP384R1()}
_HASHES: dict[str, hashes.HashAlgorithm] = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384()}
_NAMES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_ALSO_CALLED = {"EdDSA": "Ed25519"}  # RFC 9864 §2.2
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192


class KeyProblem(ValueError):
    """A key cannot be used; `str()` says why."""


class NotForSignatures(KeyProblem):
    """A published key that says of itself that it is for something else."""


def algorithm(key: PublicKey) -> str:
    """The one JOSE algorithm the key is used with."""
    if isinstance(key, rsa.RSAPublicKey):
        return "RS256"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ES256" if key.key_size == 256 else "ES384"
    return "EdDSA"


def verifies(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is the key's over `message` under the key's own algorithm."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            half = key.key_size // 8
            if len(signature) != 2 * half:
                return False
            pair = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
            key.verify(pair, message, ec.ECDSA(_HASHES[key.curve.name]))
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def from_pem(text: str) -> PublicKey:
    """A public key from PEM. Raises KeyProblem, also for a private key: none belongs into a registry."""
    if "PRIVATE KEY" in text:
        raise KeyProblem("is a private key; the registry lists public keys only, and this one must now be replaced")
    try:
        return _usable(load_pem_public_key(text.encode()))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise error if isinstance(error, KeyProblem) else KeyProblem("is not a public key in PEM") from error


def from_jwk(jwk: dict[str, Any]) -> PublicKey:
    """A public key from a JWK (RFC 7517, 7518 §6, 8037 §2). Raises KeyProblem."""
    if "d" in jwk or jwk.get("kty") == "oct":
        raise KeyProblem("is a private or shared key; the registry lists public keys only")
    try:
        match jwk.get("kty"), jwk.get("crv"):
            case "RSA", _:
                return _usable(rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key())
            case "EC", ("P-256" | "P-384") as name:
                curve = _NAMES[name]
                if {len(base64url(jwk[c])) for c in ("x", "y")} != {curve.key_size // 8}:  # RFC 7518 §6.2.1.2
                    raise KeyProblem("is not a complete public JWK")
                return _usable(ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve).public_key())
            case "OKP", "Ed25519":
                return ed25519.Ed25519PublicKey.from_public_bytes(base64url(jwk["x"]))
            case kty, crv:
                raise KeyProblem(f"is of a kind that is not supported: kty {kty!r}, crv {crv!r}")
    except (KeyError, TypeError, ValueError) as error:
        raise error if isinstance(error, KeyProblem) else KeyProblem("is not a complete public JWK") from error


def from_multibase(text: str) -> PublicKey:
    """A public key from multibase base58-btc with a multicodec prefix, as in `did:key` and Multikey. Raises KeyProblem."""
    raw = base58btc(text)
    if raw is None:
        raise KeyProblem("is not multibase: z and base58 letters")
    return from_multikey(raw)


def from_multikey(raw: bytes) -> PublicKey:
    """A public key from its bytes behind a multicodec prefix (Controlled Identifiers 1.0 §2.2.2). Raises KeyProblem."""
    try:
        if raw.startswith(_ED25519) and len(raw) == 34:
            return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])
        curve = _CURVES.get(raw[:2])
        if curve is not None and len(raw) == 3 + curve.key_size // 8:
            return _usable(ec.EllipticCurvePublicKey.from_encoded_point(curve, raw[2:]))
    except ValueError as error:
        raise KeyProblem("is not a valid key") from error
    raise KeyProblem("is of a kind that is not supported; Ed25519, P-256 and P-384 are")


def from_did_key(did: str) -> PublicKey:
    """The key a `did:key` is, with or without its fragment, which must then repeat it (did:key method §3). Raises KeyProblem."""
    body, hash_, fragment = did.removeprefix("did:key:").partition("#")
    if not did.startswith("did:key:") or (hash_ and fragment != body):
        raise KeyProblem("is not a did:key")
    return from_multibase(body)


def from_did_jwk(did: str) -> PublicKey:
    """The key a `did:jwk` is, with or without its one fragment #0 (did:jwk method, "Read"). Raises KeyProblem."""
    body, hash_, fragment = did.removeprefix("did:jwk:").partition("#")
    if not did.startswith("did:jwk:") or (hash_ and fragment != "0"):
        raise KeyProblem("is not a did:jwk")
    try:
        jwk = json.loads(base64url(body))
    except ValueError as error:
        raise error if isinstance(error, KeyProblem) else KeyProblem("is not a did:jwk") from error
    if not isinstance(jwk, dict):
        raise KeyProblem("is not a did:jwk")
    return for_signatures(cast(dict[str, Any], jwk))


def for_signatures(jwk: dict[str, Any]) -> PublicKey:
    """As `from_jwk`, for a published key, which may say what it is not for (RFC 7517 §4.2 to 4.4). Raises KeyProblem."""
    key = from_jwk(jwk)
    operations: Any = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise NotForSignatures("is not meant for signatures")
    own = algorithm(key)
    if jwk.get("alg", own) not in (own, _ALSO_CALLED.get(own)):
        raise NotForSignatures(f"is meant for the algorithm {str(jwk['alg'])[:20]!r}, which is not supported")
    return key


def base58btc(text: str) -> bytes | None:
    """The bytes of a multibase base58-btc text of at most 200 letters; None when it is not one."""
    if not text.startswith("z") or len(text) > 200 or not _BASE58.fullmatch(text[1:]):
        return None
    return _of_base58(text[1:])


# A proof's value is read to see its form and read to be checked; issuers' keys are the same again and again.
_of_base58 = lru_cache(maxsize=8)(base58.b58decode)


def base64url(text: str) -> bytes:
    """Bytes of base64url without padding, in the one canonical spelling (RFC 4648 §3.5, RFC 7515 §2). Raises KeyProblem."""
    over = len(text) % 4
    try:
        padded = bytes(text, "ascii").translate(_TO_BASE64) + b"=" * (-over % 4)
        raw = binascii.a2b_base64(padded, strict_mode=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise KeyProblem("is not base64url") from error
    if over and text[-1] not in _LAST_LETTERS[over]:
        raise KeyProblem("is not spelled as issuers' software spells it (base64url)")
    return raw


def _number(text: str) -> int:
    return int.from_bytes(base64url(text))


def _usable(key: object) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise KeyProblem(f"is an RSA key of {key.key_size} bits; {MIN_RSA_BITS} to {MAX_RSA_BITS} are accepted")
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _HASHES:
        return key
    raise KeyProblem("is of a kind that is not supported; RSA, P-256, P-384 and Ed25519 are")
