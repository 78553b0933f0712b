"""The world in which verification is tested: the fixtures' issuers registered, their hosts answered from folders."""

import base64
import json
import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from countersign.verification import Registry, read_registry
from models.credentials import Carrier, CarrierKind

NOW = datetime(2026, 10, 2, 6, 0, tzinfo=UTC)
HOSTS = ("example.org", "www.example.org")
KINDS = {".png": CarrierKind.png, ".svg": CarrierKind.svg, ".jwt": CarrierKind.jwt}


def fixtures() -> Path:
    """The folder of badges made by others. Skips without it, except where tests must not be skipped."""
    named = os.environ.get("COUNTERSIGN_FIXTURES", "")
    if named and Path(named).is_dir():
        return Path(named)
    if os.environ.get("CI"):
        pytest.fail("COUNTERSIGN_FIXTURES names no folder, and in CI these tests must run")
    pytest.skip("COUNTERSIGN_FIXTURES names no folder of third-party badges")


def carrier(path: Path) -> Carrier:
    return Carrier(name=path.name, kind=KINDS.get(path.suffix, CarrierKind.json), content=path.read_bytes())


def header_jwk(token: str) -> dict[str, Any]:
    head = token.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["jwk"]


def png_text(content: bytes, keyword: bytes) -> str:
    """The text of an uncompressed iTXt chunk, read in the simplest way."""
    position = 8
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        data = content[position + 8 : position + 8 + length]
        if kind == b"iTXt" and data.startswith(keyword + b"\0"):
            return data.split(b"\0", 5)[-1].decode()
        position += 12 + length
    raise AssertionError("no such chunk")


def svg_verify(content: bytes) -> str:
    return content.decode().split('verify="')[1].split('"')[0]


def fixture_registry(folder: Path, into: Path) -> Registry:
    """issuers.toml for the fixtures, written to `into` and read like an operator's."""
    ob20, ob30 = folder / "1edtech-ob20" / "assets", folder / "1edtech-ob30"
    png = header_jwk(png_text((ob30 / "simple-jwt.png").read_bytes(), b"openbadgecredential"))
    svg = header_jwk(svg_verify((ob30 / "simple-jwt.svg").read_bytes()))
    parts = [_issuer("example", "Example Corp", ids=["https://example.com/issuers/876543"])]
    for multibase in (
        "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
        "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x",
    ):
        parts.append(_key(id=f"https://example.com/issuers/876543#{multibase}", multibase=multibase))
    parts.append(
        _issuer(
            "miller",
            "Andy F. Miller",
            ids=["urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164"],
            dids=["did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"],
        )
    )
    parts.append(_issuer("university", "1EdTech University", ids=["https://1edtech.edu/issuers/565049"]))
    parts += [_key(jwk=png), _key(jwk=svg)]
    more = ["https://example.org/organization-no-public-key.json", "http://example.org/issuer1.json"]
    more += ["http://example.org/issuer-with-allowed-origins"]
    more += ["https://example.org/bad-issuer.json", "urn:uuid:2d391246-6e0d-4dab-906c-b29770bd7aa6"]
    more += [
        f"http://example.org/issuer-with-allowed-origins{n}.json"
        for n in (
            "",
            "-valid-starts-with",
            "-valid-multiple-starts-with",
            "-invalid-starts-with",
            "-invalid-multiple-starts-with",
        )
    ]
    parts.append(_issuer("org-0", "Example Issuer", ids=more, origins=["https://example.org"]))
    for number, name in (
        (1, "organization"),
        (2, "organization-with-empty-revocation-list"),
        (3, "organization-with-revocation-list"),
    ):
        parts.append(
            _issuer(
                f"org-{number}",
                f"An Example Badge Issuer {number}",
                ids=[f"https://example.org/{name}.json"],
                origins=["https://example.org"],
            )
        )
        parts.append(
            _key(
                id=f"http://example.org/key{number}.json",
                pem=json.loads((ob20 / f"key{number}.json").read_text())["publicKeyPem"],
            )
        )
    path = into / "issuers.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return read_registry(path)


def _issuer(
    issuer: str, name: str, ids: list[str], origins: list[str] | None = None, dids: list[str] | None = None
) -> str:
    lines = ["[[issuers]]", f'id = "{issuer}"', f"name = {json.dumps(name)}", f"ids = {json.dumps(ids)}"]
    lines += [f"origins = {json.dumps(origins)}"] if origins else []
    lines += [f"dids = {json.dumps(dids)}"] if dids else []
    return "\n".join([*lines, "accepted = { from = 2000-01-01 }", 'vetted = { by = "A test", on = 2026-01-01 }'])


def _key(**members: Any) -> str:
    def said(value: Any) -> str:
        if isinstance(value, dict):
            members = cast(dict[str, Any], value)
            return "{ " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in members.items()) + " }"
        return json.dumps(value)

    return "\n".join(["[[issuers.keys]]", *(f"{k} = {said(v)}" for k, v in members.items())])
