"""Issuers made by the tests: a registry, their keys and their web sites."""

import json
from collections.abc import Callable
from typing import Any

import base58
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import Result

from countersign.settings import Workspace

HOSTS = ("acme.example", "other.example", "bloom.example")
MIRROR = "\n[network]\noffline = true\nmirror = { " + ", ".join(f'"{h}" = "web/{h}"' for h in HOSTS) + " }\n"
ACME = "https://acme.example/issuer.json"

OLD = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
NEW = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x12" * 32)


def multibase(key: ed25519.Ed25519PrivateKey) -> str:
    return "z" + base58.b58encode(b"\xed\x01" + key.public_key().public_bytes_raw()).decode()


def pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


BEFORE = f"""\
# Our issuers. This comment stays.

[[issuers]]
id = "bloom"   # as the agreements call it
name = "Bloom Board"
also = ["BB Learning"]
ids = ["https://bloom.example/issuer.json"]
origins = ["https://bloom.example"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}

[[issuers.keys]]
id = "https://bloom.example/key.json"   # the first one
multibase = "{multibase(OLD)}"

# What follows is about the other one.
[[issuers]]
id = "other"
name = "Other Learning"
dids = ["did:web:other.example"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}
# The last line.
"""

Run = Callable[..., Result]


def serve(workspace: Workspace, host: str, path: str, document: Any) -> None:
    target = workspace.root / "web" / host / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())


def profile(**changes: Any) -> dict[str, Any]:
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Issuer",
        "id": ACME,
        "name": 'Acme "Learning"',
        "publicKey": "https://acme.example/key.json",
    } | changes


def key_page(**changes: Any) -> dict[str, Any]:
    return {
        "type": "CryptographicKey", "id": "https://acme.example/key.json", "owner": ACME, "publicKeyPem": pem(NEW),
    } | changes  # fmt: skip


def said(ended: Result) -> str:
    return " ".join((ended.stdout + ended.stderr).split())


def did_document(did: str = "did:web:acme.example", **changes: Any) -> dict[str, Any]:
    methods = [
        {"id": f"{did}#a", "type": "Multikey", "controller": did, "publicKeyMultibase": multibase(NEW)},
        {"id": "#b", "type": "Multikey", "controller": did, "publicKeyMultibase": multibase(OLD)},
    ]
    return {"id": did, "verificationMethod": methods, "assertionMethod": ["#a"]} | changes


def publish(workspace: Workspace, key: ed25519.Ed25519PrivateKey, **changes: Any) -> None:
    """The registered issuers' sites, with `key` as the one that bloom publishes."""
    identifier = "https://bloom.example/issuer.json"
    material = {
        "id": "https://bloom.example/key.json",
        "type": "CryptographicKey",
        "owner": identifier,
        "publicKeyPem": pem(key),
    }
    page = profile(id=identifier, name="Bloom Board", publicKey="https://bloom.example/key.json")
    serve(workspace, "bloom.example", "issuer.json", page | changes)
    serve(workspace, "bloom.example", "key.json", material)
    serve(workspace, "other.example", ".well-known/did.json", did_document("did:web:other.example"))
