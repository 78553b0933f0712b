"""Credentials, pictures and web sites made by the tests, and what an attacker would make of them."""

import base64
import copy
import hashlib
import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import base58
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from countersign.verification import Registry, examine
from countersign.verification.network.fetching import Fetcher, OfflineFetcher
from countersign.verification.proofs import linked_data
from countersign.verification.trust.registry import Issuer, RegisteredKey
from models.credentials import Carrier, CarrierKind, Examination, Fetched

NOW = datetime(2026, 10, 2, 6, 0, tzinfo=UTC)
ISSUER = "https://issuer.example/profile"
SITE = "https://issuer.example"
OB2 = "https://w3id.org/openbadges/v2"
VC2 = "https://www.w3.org/ns/credentials/v2"
VC1 = "https://www.w3.org/2018/credentials/v1"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

Json = dict[str, Any]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def _rsa(name: str) -> rsa.RSAPrivateKey:
    """A key that is in a file, so that whatever it signs comes out the same every time."""
    path = Path(__file__).parent.parent / "assets" / "keys" / name
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


ED = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
THIEF = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
OTHER = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x03" * 32)
EC = ec.derive_private_key(12345, ec.SECP256R1())
RSA = _rsa("rsa-of-the-tests.pem")


def multibase(key: ed25519.Ed25519PrivateKey) -> str:
    return "z" + base58.b58encode(b"\xed\x01" + key.public_key().public_bytes_raw()).decode()


def registered(key: PrivateKey, name: str = "", **dates: Any) -> RegisteredKey:
    return RegisteredKey(id=name, public=key.public_key(), **dates)


def issuer(
    *keys: RegisteredKey, id_: str = "acme", name: str = "Acme Learning", ids: tuple[str, ...] = (ISSUER,), **more: Any
) -> Issuer:
    values: Json = {
        "origins": frozenset({SITE}),
        "dids": frozenset[str](),
        "accepted_from": date(2000, 1, 1),
        "accepted_until": None,
    } | more
    return Issuer(id=id_, name=name, ids=frozenset(ids), keys=keys, **values)


def registry(*issuers: Issuer) -> Registry:
    return Registry(issuers or (issuer(registered(ED, f"{ISSUER}#key-1")),))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = key.key_size // 8
        digest = hashes.SHA256() if size == 32 else hashes.SHA384()
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest, deterministic_signing=True)))
        return r.to_bytes(size) + s.to_bytes(size)
    return key.sign(message)


def _alg(key: PrivateKey) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return "ES256" if key.key_size == 256 else "ES384"
    return "EdDSA"


def jws(payload: Json | str, key: PrivateKey, **header: Any) -> str:
    alg = _alg(key)
    head = {k: v for k, v in ({"alg": alg, "typ": "JWT"} | header).items() if v is not None}
    text = payload if isinstance(payload, str) else json.dumps(payload)
    message = f"{b64(json.dumps(head).encode())}.{b64(text.encode())}"
    return f"{message}.{b64(sign(key, message.encode()))}"


def ob3(**changes: Any) -> Json:
    body: Json = {
        "@context": [VC2, OB3],
        "id": "urn:uuid:7a3c0b52-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Acme Learning"},
        "validFrom": "2026-05-01T12:00:00Z",
        "name": "Formative Assessment",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$" + hashlib.sha256(b"pat@school.examplesalty").hexdigest(),
                    "identityType": "emailAddress",
                    "salt": "salty",
                }
            ],
            "achievement": {
                "id": "https://issuer.example/achievements/1",
                "type": ["Achievement"],
                "name": "Formative Assessment",
                "description": "Plans and uses formative assessment.",
                "criteria": {"narrative": "A portfolio, reviewed."},
            },
        },
    }
    body |= changes
    return {k: v for k, v in body.items() if v is not None}


def vc_jwt(body: Json | None = None, key: PrivateKey = ED, **header: Any) -> str:
    body = body if body is not None else ob3()
    claims = dict(body)
    claims |= {"iss": ISSUER, "jti": body.get("id", "")} if "vc" not in body else {}
    return jws(claims, key, **({"kid": f"{ISSUER}#key-1"} | header))


def proof(**changes: Any) -> Json:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-05-01T12:00:00Z",
        "verificationMethod": f"{ISSUER}#key-1",
        "proofPurpose": "assertionMethod",
    } | changes


def with_proof(body: Json | None = None, key: ed25519.Ed25519PrivateKey = ED, **changes: Any) -> Json:
    body = copy.deepcopy(body if body is not None else ob3())
    made = proof(**changes)
    value = key.sign(linked_data.Covered(body).signed_bytes(made))
    return body | {"proof": made | {"proofValue": "z" + base58.b58encode(value).decode()}}


def assertion(**changes: Any) -> Json:
    body: Json = {
        "@context": OB2,
        "type": "Assertion",
        "id": f"{SITE}/assertions/1.json",
        "recipient": {"type": "email", "hashed": False, "identity": "pat@school.example"},
        "issuedOn": "2026-05-01T12:00:00Z",
        "badge": f"{SITE}/badge.json",
        "verification": {"type": "hosted"},
    }
    return {k: v for k, v in (body | changes).items() if v is not None}


def badge_class(**changes: Any) -> Json:
    return {
        "@context": OB2,
        "type": "BadgeClass",
        "id": f"{SITE}/badge.json",
        "name": "Formative Assessment",
        "description": "Plans and uses formative assessment.",
        "criteria": f"{SITE}/criteria",
        "issuer": ISSUER,
    } | changes


def profile(**changes: Any) -> Json:
    return {"@context": OB2, "type": "Issuer", "id": ISSUER, "name": "Acme Learning", "url": SITE} | changes


def signed_assertion(key: PrivateKey = RSA, creator: str | None = f"{SITE}/key.json", **changes: Any) -> str:
    verification: Json = {"type": "signed"} | ({"creator": creator} if creator else {})
    return jws(assertion(id="urn:uuid:7a3c0b52-0000-4000-8000-000000000002", verification=verification) | changes, key)


Answer = Json | bytes | int | str | Exception


@dataclass
class Web:
    """A web of a few addresses. An int is a status, a text the address to which it redirects."""

    pages: dict[str, Answer] = field(default_factory=dict[str, Answer])
    asked: list[str] = field(default_factory=list[str])

    def get(self, url: str) -> Fetched:
        self.asked.append(url)
        answer, final = self.pages.get(url, 404), url
        while isinstance(answer, str):
            final, answer = answer, self.pages.get(answer, 404)
        if isinstance(answer, Exception):
            raise answer
        status = answer if isinstance(answer, int) else 200
        content = (
            answer if isinstance(answer, bytes) else json.dumps(answer).encode() if isinstance(answer, dict) else b""
        )
        return Fetched(url=url, final_url=final, status=status, headers={}, content=content, at=NOW)


def site(**changes: Answer) -> Web:
    """The issuer's site; `changes` by page: assertion, badge, profile."""
    names = {"assertion": f"{SITE}/assertions/1.json", "badge": f"{SITE}/badge.json", "profile": ISSUER}
    pages: Mapping[str, Answer] = {"assertion": assertion(), "badge": badge_class(), "profile": profile()} | changes
    return Web({names[k]: v for k, v in pages.items()})


def of(content: Json | bytes | str, kind: CarrierKind = CarrierKind.json) -> Carrier:
    if isinstance(content, str):
        return Carrier("award.jwt", CarrierKind.jwt, content.encode())
    return Carrier("award", kind, json.dumps(content).encode() if isinstance(content, dict) else content)


def look(
    content: Json | bytes | str,
    known: Registry | None = None,
    web: Fetcher | None = None,
    now: datetime = NOW,
    recipient: str | None = None,
    kind: CarrierKind = CarrierKind.json,
) -> Examination:
    (found,) = examine(of(content, kind), known or registry(), web or OfflineFetcher(), now, recipient)
    return found


def told(found: Examination) -> str:
    """`verdict check: sentence` of the decisive check, for comparing."""
    check = found.verdict.decisive
    return f"{found.verdict.outcome} {check.name}: {check.detail}"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes) -> bytes:
    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + ihdr + b"".join(chunks) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def itxt(
    text: str | bytes, keyword: bytes = b"openbadgecredential", *, compressed: bool = False, language: bytes = b""
) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    flag = b"\1\0" if compressed else b"\0\0"
    return chunk(b"iTXt", keyword + b"\0" + flag + language + b"\0\0" + (zlib.compress(data) if compressed else data))
