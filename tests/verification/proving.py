"""Keys as issuers publish them, and proofs of every kind as issuers make them."""

import copy
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import base58
import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from countersign.verification.proofs import di_jcs
from countersign.verification.proofs.linked_data import Covered
from tests.verification.making import EC, ED, Json, b64, ob3, proof, sign
from tests.verification.unchecked import Unchecked

P384 = ec.derive_private_key(54321, ec.SECP384R1())
ONCE = ec.derive_private_key(777, ec.SECP256R1())
"""The key that a selective disclosure is made with, for one credential."""

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
_PREFIX = {256: b"\x80\x24", 384: b"\x81\x24"}


def multikey(key: Private) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b"\xed\x01" + key.public_key().public_bytes_raw()
    return _PREFIX[key.key_size] + key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def multibase(key: Private) -> str:
    return "z" + base58.b58encode(multikey(key)).decode()


def jwk(key: Private, **more: Any) -> Json:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(key.public_key().public_bytes_raw())} | more
    numbers, size = key.public_key().public_numbers(), key.key_size // 8
    point = {"x": b64(numbers.x.to_bytes(size)), "y": b64(numbers.y.to_bytes(size))}
    return {"kty": "EC", "crv": f"P-{key.key_size}"} | point | more


def proven(
    body: Json | None = None,
    key: Private = ED,
    suite: str = "",
    previous: Sequence[Json] = (),
    *,
    checked: bool = True,
    **changes: Any,
) -> Json:
    """The body with one proof by the suite (its key's rdfc suite by default)."""
    body = copy.deepcopy(body if body is not None else ob3())
    eddsa = isinstance(key, ed25519.Ed25519PrivateKey)
    suite = suite or ("eddsa-rdfc-2022" if eddsa else "ecdsa-rdfc-2019")
    made = proof(cryptosuite=suite, **changes)
    if suite == "Ed25519Signature2020":
        made |= {"type": suite}
        del made["cryptosuite"]
    hash_ = "sha384" if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size == 384 else "sha256"
    if "-jcs-" in suite:
        message = di_jcs.signed_bytes(body, made, hash_, previous)
    else:
        message = (Covered if checked else Unchecked)(body).signed_bytes(made, hash_, previous)
    return body | {"proof": made | {"proofValue": "z" + base58.b58encode(sign(key, message)).decode()}}


def disclosed(
    body: Json | None = None,
    key: ec.EllipticCurvePrivateKey = EC,
    mandatory: Callable[[str], bool] = lambda line: "#issuer>" in line,
    change: Callable[[list[Any]], object] = lambda parts: None,
    tag: bytes = b"\xd9\x5d\x01",
    **changes: Any,
) -> Json:
    """The body with a derived ecdsa-sd-2023 proof; `change` may meddle with its five components."""
    body = copy.deepcopy(body if body is not None else ob3())
    made = proof(cryptosuite="ecdsa-sd-2023", **changes)
    covered = Covered(body)
    blank = {
        t["value"] for q in covered.quads() for p, t in q.items() if p != "predicate" and t["type"] == "blank node"
    }
    labels = {n: hashlib.sha256(b"label %d" % n).digest() for n in range(len(blank))}
    lines = covered.relabelled(["u" + b64(labels[n]) for n in range(len(labels))])
    assert lines is not None
    shown = [i for i, line in enumerate(lines) if mandatory(line)]
    config = hashlib.sha256(covered.configuration(made).encode()).digest()
    always = hashlib.sha256("".join(lines[i] for i in shown).encode()).digest()
    others = [sign(ONCE, line.encode()) for i, line in enumerate(lines) if i not in shown]
    parts: list[Any] = [sign(key, config + multikey(ONCE) + always), multikey(ONCE), others, labels, shown]
    change(parts)
    return body | {"proof": made | {"proofValue": "u" + b64(tag + cbor2.dumps(parts))}}


def did_document(did: str, *methods: Json, **changes: Any) -> Json:
    """A DID document that lists all its methods for issuing."""
    return {"id": did, "verificationMethod": list(methods), "assertionMethod": [m["id"] for m in methods]} | changes


def method(did: str, key: Private, name: str = "#key-1", **changes: Any) -> Json:
    return {
        "id": did + name,
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multibase(key),
    } | changes
