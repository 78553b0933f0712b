"""Public keys: read from PEM, JWK or multibase, and signatures checked under exactly the algorithm the key is for.

A key decides which algorithm may be used with it, never the token's header (RFC 8725 §3.1): RSA of at least 2048 bits for
RS256, P-256 for ES256, Ed25519 for EdDSA.
"""

import base64
import re
from typing import Any

import base58
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]+")
_ED25519 = b"\xed\x01"  # multicodec prefixes (varint): ed25519-pub, p256-pub
_P256 = b"\x80\x24"
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192


class KeyProblem(ValueError):
    """A key cannot be used; `str()` says why."""


def algorithm(key: PublicKey) -> str:
    """The one JOSE algorithm the key is used with."""
    if isinstance(key, rsa.RSAPublicKey):
        return "RS256"
    return "ES256" if isinstance(key, ec.EllipticCurvePublicKey) else "EdDSA"


def verifies(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is the key's over `message` under the key's own algorithm."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if len(signature) != 64:
                return False
            pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
            key.verify(pair, message, ec.ECDSA(hashes.SHA256()))
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
            case "EC", "P-256":
                numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1())
                return _usable(numbers.public_key())
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
    try:
        if raw.startswith(_ED25519) and len(raw) == 34:
            return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])
        if raw.startswith(_P256) and len(raw) == 35:
            return _usable(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:]))
    except ValueError as error:
        raise KeyProblem("is not a valid key") from error
    raise KeyProblem("is of a kind that is not supported; Ed25519 and P-256 are")


def from_did_key(did: str) -> PublicKey:
    """The key a `did:key` is, with or without its fragment, which must then repeat it (did:key method §3). Raises KeyProblem."""
    body, hash_, fragment = did.removeprefix("did:key:").partition("#")
    if not did.startswith("did:key:") or (hash_ and fragment != body):
        raise KeyProblem("is not a did:key")
    return from_multibase(body)


def base58btc(text: str) -> bytes | None:
    """The bytes of a multibase base58-btc text of at most 200 letters; None when it is not one."""
    if not text.startswith("z") or len(text) > 200 or not _BASE58.fullmatch(text[1:]):
        return None
    return base58.b58decode(text[1:])


def base64url(text: str) -> bytes:
    """Bytes of base64url without padding, in the one canonical spelling (RFC 4648 §3.5, RFC 7515 §2). Raises KeyProblem."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise KeyProblem("is not base64url")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise KeyProblem("is not base64url in its one spelling")
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
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyProblem("is of a kind that is not supported; RSA, P-256 and Ed25519 are")
