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


WELLSPRING = "did:web:dc.1edtech.org:wellspring2022:wellspring-portal:org:da1e96e9-afcc-4eed-b9a2-2ddf7353214c"
VELOCITY = "did:web:registrar%3A3000:d:www.acmecorp-zrnkgupzazhhustuwbufc.com"


def fixture_registry(folder: Path, into: Path) -> Registry:
    """issuers.toml for the fixtures, written to `into` and read like an operator's: every issuer that a fixture names, with the keys
    that the fixtures tell of (fragments of verification methods, headers of the tokens in pictures, key documents)."""
    ob20, ob30 = folder / "1edtech-ob20" / "assets", folder / "1edtech-ob30"

    def in_png(name: str) -> dict[str, Any]:
        return header_jwk(png_text((ob30 / name).read_bytes(), b"openbadgecredential"))

    def in_svg(name: str) -> dict[str, Any]:
        return header_jwk(svg_verify((ob30 / name).read_bytes()))

    def named(issuer: str, *fragments: str) -> list[str]:
        return [_key(id=f"{issuer}#{f}", multibase=f) for f in fragments]

    one, many = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi", "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x"
    corp, edu = "https://example.com/issuers/876543", "https://example.edu/issuers/565049"
    university, state = "https://1edtech.edu/issuers/565049", "https://state.gov/issuers/565049"
    parts = [_issuer("example", "Example Corp", ids=[corp])]
    parts += named(corp, one, many, "z6MknNHHrBzPytzu6CUBP9Lg7fg4KSBjzimc2Frh693YbMiv")
    parts.append(_issuer("example-university", "Example University", ids=[edu]))
    parts += [*named(edu, one), _key(jwk=in_png("simple-jwt_v1.png"))]
    parts.append(
        _issuer(
            "miller",
            "Andy F. Miller",
            ids=["urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164"],
            dids=[f"did:key:{one}"],
        )
    )
    parts.append(_issuer("university", "1EdTech University", ids=[university], more=["selective = true"]))
    parts += named(university, one, "z6Mknyb2Gb4NxzW3xSr9ChTtdQZ1zs77piQ3r9SaJ9vMzmrs")
    parts += named(university, "zDnaekGZTbQBerwcehBSXLqAg6s55hVEBms1zFy89VHXtJSa9")
    parts += [_key(jwk=in_png("simple-jwt.png")), _key(jwk=in_svg("simple-jwt.svg"))]
    parts.append(
        _issuer("wellspring", "1EdTech Testing", ids=[], dids=[WELLSPRING], origins=["https://dc.1edtech.org"])
    )
    parts.append(_issuer("velocity", "Acme Corp", ids=[], dids=[VELOCITY]))
    parts.append(_issuer("state", "State Department of Education", ids=[state]))
    parts += named(state, "z6MkoMGF38Ck9xkdqrbZt4h9eHb1qc3GhAAkoSWa4Vy3SHRN")
    parts.append(_issuer("w3c", "The School of Examples", ids=["https://vc.example/issuers/5678"]))
    parts.append(_key(multibase=json.loads((folder / "w3c-eddsa" / "keyPair.json").read_text())["publicKeyMultibase"]))
    parts.append(
        _issuer("employer", "An Employer", ids=[], dids=["did:key:zDnaegE6RR3atJtHKwTRTWHsJ3kNHqFwv7n9YjTgmU7TyfU76"])
    )
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
    issuer: str,
    name: str,
    ids: list[str],
    origins: list[str] | None = None,
    dids: list[str] | None = None,
    more: list[str] | None = None,
) -> str:
    lines = ["[[issuers]]", f'id = "{issuer}"', f"name = {json.dumps(name)}", f"ids = {json.dumps(ids)}"]
    lines += [f"origins = {json.dumps(origins)}"] if origins else []
    lines += [f"dids = {json.dumps(dids)}"] if dids else []
    return "\n".join(
        [*lines, *(more or ()), "accepted = { from = 2000-01-01 }", 'vetted = { by = "A test", on = 2026-01-01 }']
    )


def _key(**members: Any) -> str:
    def said(value: Any) -> str:
        if isinstance(value, dict):
            members = cast(dict[str, Any], value)
            return "{ " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in members.items()) + " }"
        return json.dumps(value)

    return "\n".join(["[[issuers.keys]]", *(f"{k} = {said(v)}" for k, v in members.items())])
