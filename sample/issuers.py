"""The two demo issuers, and one that nobody vetted: how they sign and bake, and the web pages they publish.

Every key here is made from a name or lies in sample/keys/ for all to see: it proves nothing outside this demonstration.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import base58
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadges_bakery import bake  # pyright: ignore[reportUnknownVariableType]
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

HERE = Path(__file__).resolve().parent

NEA = "https://badges.nea.example"
NEA_CLASSIC = "https://classic.nea.example"

OB2 = "https://w3id.org/openbadges/v2"
OB3 = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Award:
    """What one demo credential says: who earned what, when; `number` makes its id."""

    number: int
    email: str
    title: str
    earned: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs an Open Badges 3.0 credential: the issuer's id, its site, its name; its key is made from `key`."""

    id: str
    site: str
    name: str
    key: str

    @property
    def method(self) -> str:
        return f"{self.id}#key-1"


DP = Signer("https://dp.example/issuers/demo", "https://dp.example", "Demo Digital Promise", "dp")
NEA_3 = Signer(f"{NEA}/issuers/nea", NEA, "Demo NEA", "nea")
GUILD = Signer(
    "https://prairie-guild.example/issuer", "https://prairie-guild.example", "Prairie Learning Guild", "guild"
)


def slug(title: str) -> str:
    return "-".join(title.lower().split())


def text(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


# ---------------------------------------------------------------- Open Badges 2.0, the demo NEA


@cache
def rsa_pem() -> bytes:
    return (HERE / "keys" / "demo-nea-rsa.pem").read_bytes()


def ob2_assertion(award: Award, *, signed: bool, host: str = NEA) -> Document:
    salt = f"demo-{award.number}"
    digest = hashlib.sha256((award.email.lower() + salt).encode()).hexdigest()
    document: Document = {
        "@context": OB2,
        "type": "Assertion",
        "id": f"{host}/assertions/{award.number}.json",
        "recipient": {"type": "email", "hashed": True, "salt": salt, "identity": f"sha256${digest}"},
        "issuedOn": award.earned,
        "badge": f"{host}/classes/{slug(award.title)}.json",
        "verification": {"type": "signed", "creator": f"{host}/key.json"} if signed else {"type": "hosted"},
    }
    if award.expires:
        document["expires"] = award.expires
    return document


def ob2_signed(award: Award) -> str:
    """A compact JWS, RS256 (Open Badges 2.0, "Signed Badges")."""
    return jwt.api_jws.encode(
        text(ob2_assertion(award, signed=True)), rsa_pem(), algorithm="RS256", headers={"typ": None}
    )


def ob2_class(title: str, host: str = NEA) -> Document:
    return {
        "@context": OB2,
        "type": "BadgeClass",
        "id": f"{host}/classes/{slug(title)}.json",
        "name": title,
        "description": f"The educator has shown, with evidence from their own practice, competency in {title}.",
        "criteria": {"narrative": "Evidence of practice, assessed by trained reviewers against a published rubric."},
        "image": f"{host}/images/{slug(title)}.png",
        "issuer": f"{host}/issuer.json",
    }


# ---------------------------------------------------------------- Open Badges 3.0, the demo Digital Promise


def ed25519(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"countersign demo key of {name}".encode()).digest())


def multibase(key: Ed25519PrivateKey) -> str:
    """The public key as Multikey: multicodec 0xed01, base58btc."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return "z" + base58.b58encode(b"\xed\x01" + raw).decode()


def ob3_credential(award: Award, by: Signer = DP) -> Document:
    document: Document = {
        "@context": OB3,
        "id": f"{by.site}/credentials/{award.number}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": by.id, "type": ["Profile"], "name": by.name},
        "validFrom": award.earned,
        "name": award.title,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "identityHash": award.email, "identityType": "emailAddress", "hashed": False}
            ],
            "achievement": {
                "id": f"{by.site}/achievements/{slug(award.title)}",
                "type": ["Achievement"],
                "name": award.title,
                "description": f"The educator has shown, with evidence from their own practice, competency in {award.title}.",
                "criteria": {
                    "narrative": "Evidence of practice, assessed by trained reviewers against a published rubric."
                },
            },
        },
    }
    if award.expires:
        document["validUntil"] = award.expires
    return document


def vc_jwt(award: Award, by: Signer = DP) -> str:
    """The credential as a JWT (Open Badges 3.0 §8.2), EdDSA."""
    document = ob3_credential(award, by)
    claims = {**document, "iss": by.id, "jti": document["id"]}
    return jwt.api_jws.encode(
        text(claims), ed25519(by.key), algorithm="EdDSA", headers={"typ": "vc+jwt", "kid": by.method}
    )


def data_integrity(document: Document, key: Ed25519PrivateKey, method: str, created: str) -> Document:
    """The document with an eddsa-rdfc-2022 proof (VC Data Integrity EdDSA Cryptosuites §3.2)."""
    from countersign.verification.proofs.linked_data import Covered

    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    value = "z" + base58.b58encode(key.sign(Covered(document).signed_bytes(options))).decode()
    return {**document, "proof": [{**options, "proofValue": value}]}


def ob3_signed(award: Award, by: Signer = DP) -> Document:
    """The credential with a Data Integrity proof."""
    return data_integrity(ob3_credential(award, by), ed25519(by.key), by.method, award.earned)


def guild_signed(award: Award) -> Document:
    """A sound credential of an issuer that no committee vetted."""
    key = ed25519(GUILD.key)
    method = f"did:key:{multibase(key)}#{multibase(key)}"
    return data_integrity(ob3_credential(award, GUILD), key, method, award.earned)


# ---------------------------------------------------------------- pictures


def picture(title: str) -> bytes:
    """A small picture to bake a credential into."""
    hue = int(hashlib.sha256(title.encode()).hexdigest()[:2], 16)
    image = Image.new("RGB", (160, 160), "white")
    draw = ImageDraw.Draw(image)
    draw.regular_polygon((80, 80, 74), 6, fill=(40, 60 + hue // 3, 140 - hue // 4))
    draw.regular_polygon((80, 80, 60), 6, outline="white", width=3)
    draw.line((52, 82, 72, 102, 110, 60), fill="white", width=10, joint="curve")
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def baked_png(title: str, payload: str) -> bytes:
    """Open Badges 2.0 baking, by the public bakery."""
    out = BytesIO()
    bake(BytesIO(picture(title)), payload, out)  # pyright: ignore[reportUnknownMemberType]
    return out.getvalue()


def baked_png_ob3(title: str, payload: str) -> bytes:
    """Open Badges 3.0 §5.3.1: an iTXt chunk with the keyword `openbadgecredential`."""
    info = PngInfo()
    info.add_itxt("openbadgecredential", payload)
    out = BytesIO()
    Image.open(BytesIO(picture(title))).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def baked_svg(token: str) -> bytes:
    """Open Badges 3.0 §5.3.2: a `credential` element with the JWT in its `verify` attribute."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" '
        'width="160" height="160" viewBox="0 0 160 160">\n'
        f'  <openbadges:credential verify="{token}"/>\n'
        '  <path fill="#285a8c" d="M80 8 142 44v72L80 152 18 116V44z"/>\n'
        '  <path fill="none" stroke="#fff" stroke-width="10" d="m52 82 20 20 38-42"/>\n'
        "</svg>\n"
    ).encode()


# ---------------------------------------------------------------- their web pages


def pages(nea_titles: list[str], hosted: list[Award], revoked: dict[int, str]) -> dict[str, Document]:
    """What the demo issuers publish: path below sample/web/ → document."""
    public_key = Path(HERE / "keys" / "demo-nea-rsa-public.pem").read_text(encoding="ascii")
    site: dict[str, Document] = {
        "issuer.json": {
            "@context": OB2,
            "type": "Issuer",
            "id": f"{NEA}/issuer.json",
            "name": "Demo NEA",
            "url": NEA,
            "email": "micro-credentials@nea.example",
            "publicKey": f"{NEA}/key.json",
            "revocationList": f"{NEA}/revoked.json",
        },
        "key.json": {
            "@context": OB2,
            "type": "CryptographicKey",
            "id": f"{NEA}/key.json",
            "owner": f"{NEA}/issuer.json",
            "publicKeyPem": public_key,
        },
        "revoked.json": {
            "@context": OB2,
            "type": "RevocationList",
            "id": f"{NEA}/revoked.json",
            "issuer": f"{NEA}/issuer.json",
            "revokedAssertions": [
                {"id": f"{NEA}/assertions/{number}.json", "revocationReason": why} for number, why in revoked.items()
            ],
        },
    }
    for title in nea_titles:
        site[f"classes/{slug(title)}.json"] = ob2_class(title)
    for award in hosted:
        site[f"assertions/{award.number}.json"] = ob2_assertion(award, signed=False)
    return {f"badges.nea.example/{path}": document for path, document in site.items()}
