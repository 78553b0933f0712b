"""issuers.toml: what may stand in it, and errors that name the file and the line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from countersign.errors import UsageError
from countersign.verification import Registry, read_registry
from countersign.verification.judging import key_on_date
from countersign.verification.trust.issuers_file import warnings
from countersign.verification.trust.registry import RegisteredKey
from tests.verification.making import ED, OTHER, RSA, multibase

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


OTHER_ISSUER = (
    ISSUER.replace('"acme"', '"other"')
    .replace("Acme Learning", "Other")
    .replace("Issuer.example", "other.example")
    .replace("issuer.example", "other.example")
)
OTHER_KEY = KEY.replace(multibase(ED), multibase(OTHER)).replace('key"', 'key-2"')


@pytest.mark.parametrize(
    ("origin", "part"),
    [
        ("https://localhost", "is a bare name"),
        ("https://com", "is a bare name"),
        ("https://192.0.2.1", "is an IP address"),
        ("https://0x7f.1", "is an IP address"),
        ("https://badges.internal", "is a name of private networks"),
        ("https://co.uk", "anybody can have a site"),
        ("https://github.io", "anybody can have a site"),
        ("https://k12.vt.us", "anybody can have a site"),
        *(
            (f"https://{host}", "anybody can have a site or put files")
            for host in (
                "s3.us-west-2.amazonaws.com",
                "s3-us-west-2.amazonaws.com",
                "s3.dualstack.us-east-1.amazonaws.com",
                "s3-website.eu-central-1.amazonaws.com",
                "execute-api.us-gov-west-1.amazonaws.com",
                "s3.cn-north-1.amazonaws.com.cn",
                "lambda-url.us-east-1.on.aws",
                "sites.google.com",
                "docs.google.com",
                "cdn.jsdelivr.net",
                "fastly.jsdelivr.net",
                "web.archive.org",
                "www.archive.org",
                "gitlab.com",
                "www.github.com",
                "firebasestorage.googleapis.com",
                "storage.googleapis.com",
                "objects.githubusercontent.com",
                "raw.githubusercontent.com",
                "media.githubusercontent.com",
                "lh3.googleusercontent.com",
                "issuer-example.translate.goog",
                "nyc3.digitaloceanspaces.com",
                "f001.backblazeb2.com",
                "s3.us-west-002.backblazeb2.com",
                "s3.wasabisys.com",
                "uc.r.appspot.com",
                "us-central1.run.app",
                "unpkg.com",
                "www.dropbox.com",
                "dl.dropboxusercontent.com",
                "z13.web.core.windows.net",
                "4.azurestaticapps.net",
                "eastus.cloudapp.azure.com",
                "192-0-2-1.nip.io",
                "bit.ly",
                "ipfs.io",
            )
        ),
        ("https://issuer.example/badges", 'Write it as "https://issuer.example".'),
        ("https://ISSUER.example", 'Write it as "https://issuer.example".'),
        ("https://issuer.example.", "is not an origin"),
        ("https://eve@issuer.example", "is not an origin"),
    ],
)
def test_a_site_that_is_no_issuers_own_is_refused(tmp_path: Path, origin: str, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, ISSUER.replace('["https://issuer.example"]', f'["{origin}"]'))
    assert "issuers.toml, line 6:" in str(caught.value)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    "origin",
    [
        "https://nea.github.io",
        "https://schools.k12.vt.us",
        "https://uk.co",
        "https://a.co.uk",
        "https://nea.s3.amazonaws.com",
        "https://nea.s3.us-west-2.amazonaws.com",
        "https://nea.s3-us-west-2.amazonaws.com",
        "https://nea.storage.googleapis.com",
        "https://x1y2.execute-api.us-east-1.amazonaws.com",
        "https://nea-abc-uc.a.run.app",
        "https://nea.web.app",
        "https://nea.blob.core.windows.net",
        "https://nea.z13.web.core.windows.net",
        "https://nea.nyc3.digitaloceanspaces.com",
        "https://nea.s3.us-west-002.backblazeb2.com",
        "https://nea.pages.dev",
        "https://nea.uc.r.appspot.com",
        "https://badges.nea.example",
        "https://api.badgr.io",
        "https://nea.elasticbeanstalk.com",
        "https://www.credly.com",
        "https://nea.cloudfront.net",
    ],
)
def test_a_site_of_its_own_on_a_platform_is_taken(tmp_path: Path, origin: str) -> None:
    assert read(tmp_path, ISSUER.replace('["https://issuer.example"]', f'["{origin}"]')).at_origin(f"{origin}/x")


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (ISSUER.replace("2026-01-01 }", "2026-01-01, again_by = 2025-01-01 }"), 9, "is not after on"),
        (ISSUER + KEY.replace("2020-01-01", "2031-01-01"), 10, "can never count"),
        (ISSUER + KEY + "until = 2019-01-01\n", 10, "until 2019-01-01 is before from"),
        (ISSUER + KEY + "compromised = 2019-01-01\n", 10, "when the key was not there yet"),
        (ISSUER + KEY + KEY.replace("key\"", "key-2\"") + "until = 2025-01-01\n", 14, "stands twice with different dates"),
        (ISSUER.replace("did:web:issuer.example", "did:key:z6Mkx"), 7, "dids:"),
        (ISSUER + 'paths = ["https://issuer.example/a?b"]\n', 10, "plain beginning of an address"),
        (ISSUER + 'paths = ["https://issuer.example/a/../b/"]\n', 10, "plain beginning of an address"),
        (ISSUER + 'paths = ["https://other.example/a/"]\n', 10, "at one of its origins"),
        (ISSUER + 'jwks = ["http://issuer.example/keys"]\n', 10, "at one of its origins"),
        (ISSUER + KEY + OTHER_ISSUER + KEY.replace("/key", "/k") + "compromised = 2026-01-01\n", 23, "not compromised for both"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_an_error_at_its_line(tmp_path: Path, text: str, line: int, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert f"issuers.toml, line {line}:" in said
    assert part in said


def test_every_error_is_told_at_once(tmp_path: Path) -> None:
    text = ISSUER.replace('["https://issuer.example"]', '["https://localhost"]').replace("did:web:issuer.example", "x")
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert "line 6:" in str(caught.value)
    assert "line 7:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (ISSUER.replace("Issuer.example", "elsewhere.example"), 5, "is at none of its origins, so hosted"),
        (ISSUER.replace("did:web:issuer", "did:web:elsewhere"), 7, "is at none of its origins"),
        (ISSUER.replace("did:web:issuer.example", "did:ion:abc"), 7, "cannot be looked up here"),
        (ISSUER.replace('["https://issuer.example"]', '["https://issuer.example:8443"]'), 6, "has a port"),
        (ISSUER + KEY.replace("issuer.example/key", "elsewhere.example/key"), 10, "is not at Acme Learning"),
        (ISSUER + KEY.replace("https://issuer.example/key", "did:web:elsewhere.example#k"), 10, "is not at Acme Learning"),
        (ISSUER + KEY + OTHER_ISSUER + KEY.replace("issuer.example/key", "other.example/key"), 23, "share this key"),
        (ISSUER + OTHER_ISSUER.replace('origins = ["', 'origins = ["https://issuer.example", "'), 15, "share https://issuer.example"),
        (
            ISSUER.replace('example"]\ndids', 'example", "https://more.example"]\npaths = ["https://issuer.example/"]\ndids'),
            6,
            'nothing hosted at "https://more.example" counts',
        ),
        (ISSUER + OTHER_ISSUER + 'also = ["acme learning"]\n', 11, "which people cannot tell apart"),
    ],
)  # fmt: skip
def test_what_may_be_meant_is_a_warning_at_its_line(tmp_path: Path, text: str, line: int, part: str) -> None:
    read(tmp_path, text)  # it is taken all the same
    found = warnings(text.encode(), "issuers.toml")
    assert [w for w in found if f"issuers.toml, line {line}:" in w.what and part in w.what], [w.what for w in found]


def test_a_sound_file_has_no_warnings() -> None:
    both = ISSUER + KEY + OTHER_ISSUER + OTHER_KEY.replace("issuer.example", "other.example")
    assert warnings(both.encode(), "issuers.toml") == []


def test_issuers_of_one_platform_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    shared = OTHER_ISSUER.replace("other.example", "issuer.example").replace("/profile", "/other")
    shared = shared.replace("did:web:issuer.example", "did:web:issuer.example:other")
    mine, theirs = (f'paths = ["https://issuer.example/{p}/"]\n' for p in ("acme", "other"))
    assert [w for w in warnings((ISSUER + shared).encode(), "x") if "share https" in w.what]
    assert [w for w in warnings((ISSUER + mine + shared + mine).encode(), "x") if "share https" in w.what]
    assert warnings((ISSUER + mine + shared + theirs).encode(), "x") == []
    acme, other = read(tmp_path, ISSUER + mine + shared + theirs).issuers
    assert acme.hosts("https://issuer.example/acme/1.json")
    assert not acme.hosts("https://issuer.example/other/1.json")
    assert not acme.hosts("https://issuer.example/acme/../other/1.json")
    assert not acme.hosts("https://issuer.example/acme%2f../other/1.json")
    assert not acme.hosts("https://issuer.example/acmes/1.json")
    for climbs in (
        "..;/other/1",
        "..;x=1/other/1",
        "%252e%252e/other/1",
        "..%3b/other/1",
        "..%00/other/1",
        "%c0%ae%c0%ae/other/1",
    ):
        assert not acme.hosts(f"https://issuer.example/acme/{climbs}")
    assert not acme.hosts("https://issuer.example/acme/x?next=../other/1.json")
    assert acme.hosts("https://issuer.example/acme/a_b-c~(1)@2,3.json")
    assert replace(acme, paths=()).hosts("https://issuer.example/acme/b%C3%BCcher;v=1?id=5")  # one issuer's own site
    assert other.hosts("https://issuer.example/other/1.json")


def test_keys_may_overlap_and_each_counts_for_its_own_time(tmp_path: Path) -> None:
    old = KEY + "until = 2024-06-30\n"
    new = OTHER_KEY.replace("2020-01-01", "2024-06-01")
    (acme,) = read(tmp_path, ISSUER + old + new).issuers
    first, second = acme.keys

    def counts(key: RegisteredKey, day: int, month: int = 6) -> str:
        return key_on_date(key, acme, datetime(2024, month, day, 12, tzinfo=UTC)).outcome.value

    assert [counts(first, 1), counts(first, 30), counts(first, 1, 7)] == ["passed", "passed", "failed"]
    assert [counts(second, 31, 5), counts(second, 1), counts(second, 1, 7)] == ["failed", "passed", "passed"]


def test_two_keys_may_have_one_name_in_turn(tmp_path: Path) -> None:
    (acme,) = read(tmp_path, ISSUER + KEY + OTHER_KEY.replace("key-2", "key")).issuers
    assert len(list(acme.keys_named("https://issuer.example/key"))) == 2


def test_days_are_those_of_utc(tmp_path: Path) -> None:
    (acme,) = read(tmp_path, ISSUER + KEY + "until = 2024-06-30\n").issuers
    late = datetime(2024, 6, 30, 20, tzinfo=timezone(timedelta(hours=-5)))  # July 1, one o'clock, in UTC
    assert not key_on_date(acme.keys[0], acme, late).passed
    assert key_on_date(acme.keys[0], acme, late - timedelta(hours=2)).passed


def test_a_stolen_key_proves_nothing_from_its_day_on_and_nothing_alone_before(tmp_path: Path) -> None:
    (acme,) = read(tmp_path, ISSUER + KEY + "compromised = 2024-06-10\n").issuers
    on = key_on_date(acme.keys[0], acme, datetime(2024, 6, 10, tzinfo=UTC))
    before = key_on_date(acme.keys[0], acme, datetime(2024, 6, 9, 23, 59, tzinfo=UTC))
    assert (on.outcome.value, before.outcome.value) == ("failed", "indeterminate")
    assert "reported stolen on June 10, 2024" in on.detail
    assert "backdated by whoever has the key" in before.detail
    assert not before.retry  # time alone does not heal it


def test_the_dates_of_a_pinned_key_hold_for_the_did_that_is_the_same_key(tmp_path: Path) -> None:
    did = f"did:key:{multibase(ED)}"
    text = ISSUER.replace("did:web:issuer.example", did) + KEY + "compromised = 2024-06-10\n"
    (acme,) = read(tmp_path, text).issuers
    assert {acme.dated(k).compromised for k in acme.keys_named(f"{did}#{multibase(ED)}")} == {date(2024, 6, 10)}
    assert {acme.dated(k).compromised for k in acme.keys_named("")} == {date(2024, 6, 10)}
