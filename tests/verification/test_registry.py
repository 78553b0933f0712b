"""issuers.toml: what may stand in it, and errors that name the file and the line."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from countersign.errors import UsageError
from countersign.verification import Registry, read_registry
from tests.verification.making import ED, RSA, multibase

ISSUER = """
[[issuers]]
id = "acme"
name = "Acme Learning"
ids = ["https://Issuer.example/profile"]
origins = ["https://issuer.example"]
dids = ["did:web:issuer.example"]
accepted = { from = 2020-01-01, until = 2030-12-31 }
vetted = { by = "Joint committee", on = 2026-01-01 }
"""
KEY = f'[[issuers.keys]]\nid = "https://issuer.example/key"\nmultibase = "{multibase(ED)}"\nfrom = 2020-01-01\n'


def read(tmp_path: Path, text: str) -> Registry:
    path = tmp_path / "issuers.toml"
    path.write_text(text, encoding="utf-8")
    return read_registry(path)


def test_an_issuer_is_found_by_its_exact_id_or_did(tmp_path: Path) -> None:
    known = read(tmp_path, ISSUER + KEY)
    assert known.names() == {"acme": "Acme Learning"}
    assert not known.demo
    for identifier in ("https://issuer.example/profile", "HTTPS://ISSUER.EXAMPLE/profile", "did:web:issuer.example"):
        assert known.issuer_for(identifier) is known.issuers[0]
    for other in (
        "https://issuer.example",
        "https://issuer.example/profile/2",
        "https://xn--issuer-9za.example/profile",
        "",
    ):
        assert known.issuer_for(other) is None
    assert known.at_origin("http://issuer.example/any/thing")
    assert not known.at_origin("https://issuer.example.evil.example/")
    assert not known.at_origin("https://evil.example/https://issuer.example/")


def test_an_empty_registry_trusts_nobody(tmp_path: Path) -> None:
    assert read(tmp_path, "").issuers == ()


def test_a_demo_issuer_is_told(tmp_path: Path) -> None:
    assert read(tmp_path, ISSUER + "demo = true\n").demo


def test_keys_are_read_in_three_forms(tmp_path: Path) -> None:
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    jwk = '{ kty = "OKP", crv = "Ed25519", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }'
    known = read(tmp_path, ISSUER + KEY + f'[[issuers.keys]]\npem = """{pem}"""\n[[issuers.keys]]\njwk = {jwk}\n')
    assert len(known.issuers[0].keys) == 3
    assert [k.id for k in known.issuers[0].keys_named("https://issuer.example/key")] == [
        "https://issuer.example/key",
        "",
        "",
    ]
    assert [k.id for k in known.issuers[0].keys_named("another")] == ["", ""]


def test_a_missing_registry_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing can be trusted"):
        read_registry(tmp_path / "issuers.toml")


def _small_rsa() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


PRIVATE = ED.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (ISSUER.replace("origins", "origin"), 6, 'unknown key "origin"'),
        (ISSUER.replace('"https://issuer.example"]', '"https://issuer.example/"]'), 6, "is not an origin"),
        (ISSUER.replace('["https://issuer.example"]', '["http://issuer.example"]'), 6, "is not an origin"),
        (ISSUER.replace("https://Issuer.example/profile", "issuer.example"), 5, "is not a full address"),
        (
            ISSUER.replace("https://Issuer.example/profile", "https://іssuer.example/profile"),
            5,
            "is not a full address",
        ),
        (ISSUER.replace("did:web:issuer.example", "web:issuer"), 7, "is not a DID"),
        (ISSUER.replace("2030-12-31", "2010-12-31"), 8, "is before from"),
        (ISSUER.replace("accepted", "accept"), 2, "accepted is missing"),
        (ISSUER + KEY.replace(multibase(ED), "z6Mkx"), 10, "the key is of a kind that is not supported"),
        (ISSUER + KEY + 'pem = "x"\n', 10, "exactly one form"),
        (ISSUER + f'[[issuers.keys]]\npem = """{_small_rsa()}"""', 10, "RSA key of 1024 bits"),
        (ISSUER + f'[[issuers.keys]]\npem = """{PRIVATE}"""', 10, "is a private key"),
        (ISSUER + '[[issuers.keys]]\njwk = { kty = "oct", k = "AAAA" }', 10, "private or shared"),
        (ISSUER + '[[issuers.keys]]\njwk = { kty = "RSA", n = "AQAB" }', 10, "not a complete public JWK"),
        (ISSUER + ISSUER.replace('id = "acme"', 'id = "other"'), 14, "it may stand once only"),
        (
            ISSUER + ISSUER.replace("Issuer.example", "other.example").replace("did:web:issuer", "did:web:other"),
            12,
            'issuer id "acme"',
        ),
        (ISSUER.replace("Acme Learning", "Acme\x01"), 4, "is not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, text: str, line: int, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert f"issuers.toml, line {line}:" in said
    assert part in said
