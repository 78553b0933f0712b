"""Who takes part in the forgeries: the issuers of `tests/assets/forgeries/issuers.toml` with their private keys, and a thief."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.verification.making import EC, ED, ISSUER, OTHER, RSA, SITE, PrivateKey, multibase


def _ed25519(number: int) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


ACME, ACME_SITE = ISSUER, SITE
ACME_DID = "did:web:issuer.example"
ACME_JWKS = f"{SITE}/jwks.json"
ACME_KEYS: dict[str, PrivateKey] = {f"{ISSUER}#key-1": ED, f"{ISSUER}#key-2": EC, f"{SITE}/key.json": RSA}

DID_KEY = _ed25519(4)
ACME_DID_KEY = f"did:key:{multibase(DID_KEY)}"

EXPIRED = _ed25519(7)
EXPIRED_ID = f"{ISSUER}#key-2019"
"""In use until the end of 2020."""

STOLEN = _ed25519(6)
STOLEN_ID = f"{ISSUER}#key-stolen"
"""Reported stolen on March 1, 2026."""

BRIGHT, BRIGHT_SITE, BRIGHT_KEY, BRIGHT_ID = (
    "https://bright.example/profile",
    "https://bright.example",
    OTHER,
    "https://bright.example/profile#key-1",
)

STOLEN_FROM_BRIGHT = _ed25519(8)
"""A key of Bright Academy's that it reported stolen on March 1, 2026; no other issuer ever had it."""

NEA, NEA_SITE, NEA_KEY, NEA_ID = (
    "https://nea.example/issuer",
    "https://nea.example",
    _ed25519(5),
    "https://nea.example/issuer#key-1",
)
NEA_NAME = "National Education Association (fictional)"

CEDAR, CEDAR_PATH = "https://host.example/public/cedar/profile", "https://host.example/public/cedar/"
"""One of two issuers at a site that hosts for many."""

DOGWOOD, DOGWOOD_PATH = "https://host.example/public/dogwood/profile", "https://host.example/public/dogwood/"

ELM = "https://elm.example"
"""An issuer of the first years, whose whole site is its identity (Open Badges 1.0)."""

FERN, FERN_KEY, FERN_ID = (
    "https://fern.example/profile",
    ec.derive_private_key(24680, ec.SECP256R1()),
    "https://fern.example/profile#key-1",
)
"""An issuer of which the operator has not said what its credentials always show."""

THIEF_SITE = "https://thief.example"


def pem(key: PrivateKey) -> str:
    """The public key of one of them as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
