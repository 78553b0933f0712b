"""A key's fingerprint: what two people compare over the telephone, and by which one key is told from another.

SHA-256 over the DER of the SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), so that an issuer can say its own without our software:
`openssl pkey -pubin -in key.pem -outform DER | sha256sum`.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from countersign.verification.keys import PublicKey


def fingerprint(public: PublicKey) -> str:
    """64 lower-case hexadecimal letters; the same for one key in whatever form it was read."""
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def grouped(printed: str) -> str:
    """A fingerprint in groups of four, as it is read aloud."""
    return " ".join(printed[i : i + 4] for i in range(0, len(printed), 4))


def kind(public: PublicKey) -> str:
    """What sort of key it is: "RSA 2048", "secp256r1", "Ed25519"."""
    if isinstance(public, rsa.RSAPublicKey):
        return f"RSA {public.key_size}"
    return public.curve.name if isinstance(public, ec.EllipticCurvePublicKey) else "Ed25519"
