"""The signature: sound for pyHanko's own judge and poppler's, over the whole file, and found out when a byte is changed."""

import io
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from countersign.errors import CountersignError, Outage, UsageError
from countersign.issuance.drawing import draw_certificate
from countersign.press import signature
from countersign.press.signature import SigningKey, open_key, sign
from countersign.settings import PASSPHRASE, PROGRAM, Workspace
from tests.archive.clauses import broken, every
from tests.archive.opened import Document
from tests.archive.test_papers import FILES
from tests.conftest import MakeWorkspace
from tests.issuance.test_drawing import PRINTED

NOW = datetime(2026, 10, 2, 7, 0, tzinfo=UTC)
PASS = "a good passphrase"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
ROOT = ec.generate_private_key(ec.SECP256R1())


def certified(
    key: Any,
    *,
    begins: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    ends: datetime = datetime(2028, 1, 1, tzinfo=UTC),
    signs: bool = True,
    under: bool = True,
) -> x509.Certificate:
    """A certificate of `key`, under ROOT or under itself."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("Demo Education Association"))
        .issuer_name(_name("Demo Root" if under else "Demo Education Association"))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(_usage(signs=signs), critical=True)
    )
    return builder.sign(ROOT if under else key, hashes.SHA256())


def _name(said: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, said)])


def _usage(*, signs: bool = False, authority: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def root() -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("Demo Root"))
        .issuer_name(_name("Demo Root"))
        .public_key(ROOT.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(authority=True), critical=True)
    )
    return builder.sign(ROOT, hashes.SHA256())


RSA_KEY = SigningKey("key.p12", KEY, certified(KEY), (root(),))
EC_KEY = SigningKey("key.p12", CURVE, certified(CURVE), (root(),))


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return draw_certificate(PRINTED | {"signed": True}, (PROGRAM / "templates",), embedded=FILES)


@pytest.fixture(scope="module")
def signed(drawn: bytes) -> bytes:
    return sign(drawn, RSA_KEY, NOW)


def judged(content: bytes, trusted: x509.Certificate | None = None) -> Any:
    """pyHanko's judgement, trusting the root only."""
    from asn1crypto import x509 as asn1
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    der = (trusted or root()).public_bytes(serialization.Encoding.DER)
    context = ValidationContext(trust_roots=[cast(Any, asn1.Certificate).load(der)], moment=NOW)
    (held,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    return validate_pdf_signature(held, context)


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["rsa", "p-256"])
def test_a_signed_certificate_is_sound_trusted_and_covers_the_whole_file(drawn: bytes, key: SigningKey) -> None:
    status = judged(sign(drawn, key, NOW))
    assert status.bottom_line
    assert status.trusted
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.signer_reported_dt == NOW
    assert not status.docmdp_ok or status.modification_level.name == "NONE"


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["rsa", "p-256"])
def test_it_keeps_every_clause_of_the_archive_after_signing(drawn: bytes, key: SigningKey) -> None:
    assert broken(sign(drawn, key, NOW)) == {}


def test_it_is_pades_and_permits_no_change(signed: bytes) -> None:
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        held: Any = pdf.Root.AcroForm.Fields[0]
        assert str(held.V.SubFilter) == "/ETSI.CAdES.detached"
        assert str(held.V.M) == "D:20261002070000Z"
        assert pdf.Root.Perms.DocMDP.objgen == held.V.objgen
        assert int(held.V.Reference[0].TransformParams.P) == 1
        assert (str(held.TU), [float(x) for x in held.Rect]) == (
            "Digital signature of the issuing association",
            [0] * 4,
        )


def test_poppler_finds_it_valid_too(signed: bytes, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(signed)
    said = subprocess.run(["pdfsig", "-nocert", tmp_path / "signed.pdf"], capture_output=True, text=True, check=True)
    assert "Signature is Valid." in said.stdout
    assert "Total document signed" in said.stdout


def test_the_page_is_drawn_as_before_and_its_bytes_stand_unchanged(drawn: bytes, signed: bytes) -> None:
    assert signed.startswith(drawn)


def test_with_an_rsa_key_the_same_page_and_time_give_the_same_file(drawn: bytes, signed: bytes) -> None:
    assert sign(drawn, RSA_KEY, NOW) == signed
    assert sign(drawn, RSA_KEY, NOW + timedelta(seconds=1)) != signed
    assert sign(drawn, EC_KEY, NOW) != sign(drawn, EC_KEY, NOW)  # an elliptic curve takes a random number


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_changed_byte_is_found(signed: bytes, place: float) -> None:
    from pyhanko.pdf_utils.misc import PdfError

    at = signed.index(b"stream", int(len(signed) * place * 0.8)) + 40
    other = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    try:
        sound = judged(other).bottom_line
    except PdfError:
        sound = False
    assert not sound


def test_a_revision_added_later_is_found(signed: bytes) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/Lang"] = generic.pdf_string("de")
    writer.update_root()
    changed = io.BytesIO()
    cast(Any, writer).write(changed)
    assert not judged(changed.getvalue()).bottom_line
    name = "ISO 19005-3, 6.4.3"
    assert list(every()[name][1](Document(changed.getvalue()))) == ["it covers a part"]


def test_a_signature_under_another_root_is_not_trusted(signed: bytes) -> None:
    stranger = certified(CURVE, under=False)
    assert not judged(signed, stranger).trusted


def test_what_was_not_drawn_for_signing_is_not_signed() -> None:
    plain = draw_certificate(PRINTED, (PROGRAM / "templates",))
    with pytest.raises(CountersignError, match=r"cannot be signed with key\.p12"):
        sign(plain, RSA_KEY, NOW)


# --------------------------------------------------------------------------------------------------------- the key file


def p12(key: Any, certificate: x509.Certificate | None, passphrase: str = PASS) -> bytes:
    how: Any = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    return pkcs12.serialize_key_and_certificates(b"demo", key, certificate, [root()] if certificate else None, how)


def pem(key: Any, *certificates: x509.Certificate, passphrase: str = "") -> bytes:
    how: Any = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    return b"".join([*(c.public_bytes(serialization.Encoding.PEM) for c in certificates), text])


@pytest.fixture
def signing(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Workspace]:
    """A workspace with this key file and passphrase in the environment."""
    from countersign.settings import open_workspace

    def made(content: bytes | None, passphrase: str = PASS, name: str = "key.p12", more: str = "") -> Workspace:
        workspace = make_workspace()
        root = workspace if isinstance(workspace, Path) else workspace.root
        if content is not None:
            (root / "key.p12").touch(mode=0o600)
            (root / "key.p12").write_bytes(content)
        toml = root / "countersign.toml"
        toml.write_text(f'{toml.read_text()}\n[signing]\nfile = "{name}"\n{more}\n')
        monkeypatch.setenv(PASSPHRASE, passphrase)
        return open_workspace(root)

    return made


@pytest.mark.parametrize("form", ["p12", "pem", "pem with passphrase", "p12 without passphrase"])
def test_a_key_is_opened_with_its_chain(signing: Callable[..., Workspace], form: str, drawn: bytes) -> None:
    content, passphrase = {
        "p12": (p12(KEY, RSA_KEY.certificate), PASS),
        "pem": (pem(KEY, root(), RSA_KEY.certificate), ""),
        "pem with passphrase": (pem(KEY, RSA_KEY.certificate, root(), passphrase=PASS), PASS),
        "p12 without passphrase": (p12(KEY, RSA_KEY.certificate, ""), ""),
    }[form]
    key = open_key(signing(content, passphrase), NOW)
    assert key is not None
    assert (key.holder, key.until.date().isoformat()) == ("Demo Education Association", "2028-01-01")
    assert judged(sign(drawn, key, NOW)).trusted


def test_a_workspace_without_signing_has_no_key_and_loads_no_pyhanko(workspace: Workspace) -> None:
    assert open_key(workspace, NOW) is None
    code = "import sys, countersign.press.signature; sys.exit('pyhanko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


BAD: dict[str, tuple[Callable[[], bytes | None], str, str]] = {
    "no file": (lambda: None, PASS, "key.p12 cannot be read: No such file or directory"),
    "a wrong passphrase": (lambda: p12(KEY, RSA_KEY.certificate), "wrong", "COUNTERSIGN_SIGNING_PASSPHRASE is not its passphrase"),
    "no passphrase": (lambda: p12(KEY, RSA_KEY.certificate), "", "COUNTERSIGN_SIGNING_PASSPHRASE is not set"),
    "no passphrase for PEM": (lambda: pem(KEY, RSA_KEY.certificate, passphrase=PASS), "", "is not set"),
    "damaged": (lambda: p12(KEY, RSA_KEY.certificate)[:200], PASS, "does not open"),
    "not a key": (lambda: b"hello", PASS, "does not open"),
    "no key in it": (lambda: root().public_bytes(serialization.Encoding.PEM), PASS, "holds no private key"),
    "another's certificate": (lambda: pem(KEY, EC_KEY.certificate), "", "no certificate for its private key"),
    "huge": (lambda: b"0" * 1_000_001, PASS, "larger than 1,000,000 bytes"),
    "ended": (lambda: p12(KEY, certified(KEY, ends=NOW - timedelta(hours=1))), PASS, "ended on 2026-10-02 06:00 UTC"),
    "to come": (lambda: p12(KEY, certified(KEY, begins=NOW + timedelta(hours=1))), PASS, "valid from 2026-10-02 08:00 UTC only"),
    "for something else": (lambda: p12(KEY, certified(KEY, signs=False)), PASS, "is not for signatures"),
    "weak": (lambda: p12(weak := rsa.generate_private_key(public_exponent=65537, key_size=1024), certified(weak)), PASS, "has 1024 bits"),
    "of a kind of PDF 2.0": (lambda: p12(new := ed25519.Ed25519PrivateKey.generate(), certified(new)), PASS, "PDF 1.7 does not know"),
    "DSA": (lambda: p12(old := dsa.generate_private_key(1024), certified(old)), PASS, "PDF 1.7 does not know"),
}  # fmt: skip


@pytest.mark.parametrize("how", sorted(BAD))
def test_a_key_that_cannot_sign_is_refused_with_a_sentence(signing: Callable[..., Workspace], how: str) -> None:
    content, passphrase, sentence = BAD[how]
    with pytest.raises(UsageError, match=sentence) as caught:
        open_key(signing(content(), passphrase), NOW)
    assert caught.value.remedy
    assert PASS not in str(caught.value)


def test_a_key_may_lie_outside_the_workspace(signing: Callable[..., Workspace], tmp_path: Path) -> None:
    apart = tmp_path / "association.p12"
    apart.touch(mode=0o600)
    apart.write_bytes(p12(KEY, RSA_KEY.certificate))
    assert open_key(signing(None, name=str(apart)), NOW) is not None


def test_a_key_that_others_can_read_or_that_a_repository_would_copy_is_refused(
    signing: Callable[..., Workspace],
) -> None:
    workspace = signing(p12(KEY, RSA_KEY.certificate))
    file = workspace.root / "key.p12"
    file.chmod(0o640)
    with pytest.raises(
        UsageError, match=r"Others can read the signing key .*key\.p12\. Make it yours alone: chmod 600 "
    ):
        open_key(workspace, NOW)
    file.chmod(0o600)
    (workspace.root / ".git").mkdir()
    with pytest.raises(
        UsageError, match=r"lies in the git repository .*\. Keep it outside of it, and name it with its"
    ):
        open_key(workspace, NOW)


def test_a_time_stamp_server_is_asked_over_https_only(signing: Callable[..., Workspace]) -> None:
    with pytest.raises(CountersignError, match="tsa"):
        signing(b"x", more='tsa = "http://tsa.example"')


# ------------------------------------------------------------------------------------------------- a time-stamp server


def stamped() -> SigningKey:
    return SigningKey("key.p12", KEY, RSA_KEY.certificate, (root(),), tsa="https://tsa.example/")


def stamp_server() -> Callable[[bytes], bytes]:
    from asn1crypto import keys, tsp
    from asn1crypto import x509 as asn1
    from pyhanko.sign.timestamps import DummyTimeStamper

    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("Demo Time"))
        .issuer_name(_name("Demo Root"))
        .public_key(own.public_key())
        .serial_number(9)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2028, 1, 1, tzinfo=UTC))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    der = builder.sign(ROOT, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    secret = own.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server: Any = cast(Any, DummyTimeStamper)(
        tsa_cert=cast(Any, asn1.Certificate).load(der),
        tsa_key=cast(Any, keys.PrivateKeyInfo).load(secret),
        fixed_dt=NOW,
    )
    return lambda request: server.request_tsa_response(cast(Any, tsp.TimeStampReq).load(request)).dump()


def test_a_time_stamp_is_put_into_the_signature(drawn: bytes) -> None:
    content = sign(drawn, stamped(), NOW, stamp_server())
    status = judged(content)
    assert status.bottom_line
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.timestamp == NOW
    assert broken(content) == {}


def test_a_time_stamp_of_something_else_is_an_outage(drawn: bytes) -> None:
    server, first = stamp_server(), list[bytes]()

    def always_the_first(request: bytes) -> bytes:
        first.append(server(request))
        return first[0]

    with pytest.raises(Outage, match="its time stamp is of something else"):
        sign(drawn, stamped(), NOW, always_the_first)


@pytest.mark.parametrize("answer", [b"", b"no time stamp", b"\x30\x03\x02\x01\x02"])
def test_an_answer_that_is_no_time_stamp_is_an_outage(drawn: bytes, answer: bytes) -> None:
    with pytest.raises(Outage, match=r"The time-stamp server tsa\.example gave no time stamp"):
        sign(drawn, stamped(), NOW, lambda _: answer)


def test_a_server_that_is_away_is_an_outage_and_nothing_is_signed(drawn: bytes) -> None:
    key = SigningKey("key.p12", KEY, RSA_KEY.certificate, (), tsa="https://localhost:1/")
    with pytest.raises(Outage, match="The time-stamp server localhost did not answer"):
        sign(drawn, key, NOW)


@pytest.mark.parametrize("drips", ["its headers", "its answer"])
def test_a_server_that_drips_is_given_up_when_the_whole_time_is_over(
    drawn: bytes, drips: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature, "TSA_SECONDS", 0.5)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n" + (b"\r\n" if drips == "its answer" else b"X: ")
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server, head), daemon=True).start()
        tsa = f"http://127.0.0.1:{server.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(Outage, match=r"127\.0\.0\.1 did not answer"):
            sign(drawn, SigningKey("key.p12", KEY, RSA_KEY.certificate, (), tsa=tsa), NOW)
        assert time.monotonic() - began < 3


def _drip(server: socket.socket, head: bytes) -> None:
    """A letter each tenth of a second."""
    visitor, _ = server.accept()
    with visitor, suppress(OSError):
        visitor.sendall(head)
        for _ in range(60):
            visitor.sendall(b"x")
            time.sleep(0.1)
