"""The affiliate's signing key: read from where secrets are, named by its thumbprint, published as a DID document and a key set.

Sources: RFC 7517 and 8037 (JWK), RFC 7638 (thumbprint), RFC 7515 (JWS), did:web method §2, Controlled Identifiers 1.0 §2.2.3 (JsonWebKey).
A name made of the key's own thumbprint needs nobody to invent it, and two keys can never share one.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import jwt
import rfc8785
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from countersign.errors import UsageError
from countersign.privatekeys import read_key_file
from countersign.settings import FILE_NAME, Workspace

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
Kind = Literal["ed25519", "p256"]

VARIABLE = "COUNTERSIGN_SIGNING_KEY"
INSTEAD = f"or hand it over in {VARIABLE}"
MAX_FILE = 100_000
_MAKE_ONE = "Make a key with: countersign credential key FILE"
_KINDS = "Credentials are signed with an Ed25519 or P-256 key."


@dataclass(frozen=True)
class Signer:
    """The affiliate's id and its key."""

    issuer: str
    key: PrivateKey

    @property
    def public(self) -> PublicKey:
        return self.key.public_key()

    @cached_property
    def key_id(self) -> str:
        """The key's name, as tokens and the published document call it."""
        return key_id(self.issuer, self.public)

    def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        """The claims as a compact JWS. With Ed25519 the same claims give the same token; ECDSA draws a number each time.

        Raises ValueError for what canonical JSON (RFC 8785) cannot say, such as a lone surrogate.
        """
        header = {"typ": typ, "kid": self.key_id}
        return jwt.api_jws.encode(rfc8785.dumps(dict(claims)), self.key, algorithm(self.public), header)


def read_signer(workspace: Workspace) -> Signer | None:
    """Who signs; None where no recognition credential is set up. Raises UsageError when the key is not to be had."""
    settings = workspace.settings.recognition_credential
    if settings is None:
        return None
    if settings.signing_key.strip():
        # container hosts hand variables over on one line
        return Signer(settings.issuer, private_key(settings.signing_key.replace("\\n", "\n"), VARIABLE))
    if not settings.key_file:
        raise UsageError(
            f"[recognition_credential] has no signing key: neither {VARIABLE} nor key_file is set.", _MAKE_ONE
        )
    file = workspace.root / settings.key_file
    content = read_key_file(file, MAX_FILE, _MAKE_ONE, INSTEAD)
    return Signer(settings.issuer, private_key(content.decode("utf-8", "replace"), str(file)))


def private_key(pem: str, where: str) -> PrivateKey:
    """The private key in PEM text; `where` is where the text came from, for the sentence. Raises UsageError."""
    if "PRIVATE KEY" not in pem:
        what = "a public key, which cannot sign" if "PUBLIC KEY" in pem else "not a private key in PEM"
        raise UsageError(f"{where} is {what}.", _MAKE_ONE)
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError as error:
        raise UsageError(
            f"The private key in {where} is locked with a passphrase, which no nightly run can type.",
            "Store it without one where only the runs can read it: openssl pkey -in LOCKED -out FILE",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"The private key in {where} is damaged or of an unknown kind.", _MAKE_ONE) from error
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return key
    what = (
        key.curve.name if isinstance(key, ec.EllipticCurvePrivateKey) else type(key).__name__.removesuffix("PrivateKey")
    )
    raise UsageError(f"The private key in {where} is of another kind ({what.strip('_')}). {_KINDS}", _MAKE_ONE)


def former_keys(workspace: Workspace) -> list[PublicKey]:
    """The public keys that were used before, as listed in the settings. Raises UsageError."""
    settings = workspace.settings.recognition_credential
    found: list[PublicKey] = []
    for name in settings.former_keys if settings else ():
        remedy = f"Correct former_keys of [recognition_credential] in {FILE_NAME}: files with public keys in PEM."
        try:
            content = (workspace.root / name).read_bytes()[:MAX_FILE]
            key = load_pem_public_key(content)
        except OSError as error:
            raise UsageError(f"The former key {name} cannot be read: {error.strerror}.", remedy) from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError(f"The former key {name} is not a public key in PEM.", remedy) from error
        if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
            raise UsageError(f"The former key {name} is of another kind. {_KINDS}", remedy)
        found.append(key)
    return found


def new_key(kind: Kind = "ed25519") -> PrivateKey:
    """A new key, by chance."""
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())


def private_pem(key: PrivateKey) -> bytes:
    """The private key as PEM (PKCS #8), not locked."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: PublicKey) -> bytes:
    """The public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def algorithm(key: PublicKey) -> str:
    """The one JOSE algorithm the key is used with."""
    return "EdDSA" if isinstance(key, ed25519.Ed25519PublicKey) else "ES256"


def jwk(key: PublicKey) -> dict[str, str]:
    """The public key as a JWK, with the required members only (RFC 7638 §3.2)."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    numbers = key.public_numbers()
    x, y = (_base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def key_id(issuer: str, key: PublicKey) -> str:
    """A key's name: the issuer's id and, behind #, the key's thumbprint."""
    return f"{issuer}#{_base64url(hashlib.sha256(rfc8785.dumps(jwk(key))).digest())}"


def key_document(issuer: str, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """The DID document of a did:web, or the controlled identifier document of an https address: whose the keys are, and that
    they are for issuing. The key in use stands first."""
    context = (
        ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"]
        if issuer.startswith("did:")
        else ["https://www.w3.org/ns/cid/v1"]
    )
    methods = [
        {"id": key_id(issuer, key), "type": "JsonWebKey", "controller": issuer, "publicKeyJwk": jwk(key)}
        for key in keys
    ]
    return {
        "@context": context,
        "id": issuer,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def key_set(issuer: str, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """The same keys as a JSON Web Key Set (RFC 7517 §5)."""
    about = ({"kid": key_id(issuer, key), "use": "sig", "alg": algorithm(key)} for key in keys)
    return {"keys": [jwk(key) | said for key, said in zip(keys, about, strict=True)]}


def document_path(issuer: str) -> str:
    """Where on its host the document of an issuer's id lies (did:web method §2.5.2)."""
    if issuer.startswith("did:web:"):
        path = issuer.removeprefix("did:web:").split(":")[1:]
        return f"/{'/'.join(path) if path else '.well-known'}/did.json"
    return "/" + issuer.removeprefix("https://").partition("/")[2]


def document_address(issuer: str) -> str:
    """The https address of that document."""
    host = issuer.removeprefix("did:web:").partition(":")[0].replace("%3A", ":").replace("%3a", ":")
    if not issuer.startswith("did:web:"):
        host = issuer.removeprefix("https://").partition("/")[0]
    return f"https://{host}{document_path(issuer)}"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")
