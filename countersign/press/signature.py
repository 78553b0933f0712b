"""A PDF sealed with the association's key: PAdES-B-B by pyHanko, in the field that `archive` left, and nothing may change after.

The signature certifies the document (DocMDP 1: no changes). It is appended: the page's bytes stay as they were drawn, and so
do its metadata, which the standards want to agree with each other. The time it states is the one it is given. With an RSA
key and without a time-stamp server the same input gives the same bytes; with another key it does not, because ECDSA takes
a random number each time. What counts is the file that was sealed and is kept in the evidence.

Sources: ETSI EN 319 142-1 (PAdES), ISO 32000-1 12.8, ISO 19005-3 6.4.3, RFC 3161 (time stamps).
"""

import hashlib
import io
import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from countersign.deadline import until
from countersign.errors import CountersignError, Outage, UsageError
from countersign.press.archive import SIGNATURE_FIELD
from countersign.privatekeys import read_key_file
from countersign.settings import FILE_NAME, PASSPHRASE, Workspace

MAX_KEY_FILE = 1_000_000
LEAST_RSA = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")
TSA_SECONDS = 20
"""For the whole of its answer."""

MAX_TIME_STAMP = 100_000
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----.*?-----END (?:[A-Z]+ )?PRIVATE KEY-----", re.DOTALL)
_INSTEAD = f"and name it with its whole path in file of [signing] in {FILE_NAME}"
_REMEDY = f"Correct file of [signing] in {FILE_NAME}: a PKCS#12 or PEM file with the key and its certificates."

Ask = Callable[[bytes], bytes]
"""Sends a time-stamp request (RFC 3161, DER) and returns the answer. Raises Outage."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its certificate and the certificates above that. `file` is how settings name it; `tsa` is the
    address of the time-stamp server, empty for none."""

    file: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    tsa: str = ""

    @property
    def holder(self) -> str:
        """Whom the certificate names, for people."""
        names = self.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.certificate.subject.rfc4514_string()

    @property
    def until(self) -> datetime:
        """Until when the certificate is valid."""
        return self.certificate.not_valid_after_utc


def open_key(workspace: Workspace, now: datetime) -> SigningKey | None:
    """The key of [signing], fit to sign at `now`; None when the workspace signs nothing.

    Raises UsageError when it is missing, others can read it, it lies in a git repository, does not open, is too weak, is not for signing, or not valid at `now`.
    """
    signing = workspace.settings.signing
    if signing is None:
        return None
    content = read_key_file(workspace.root / signing.file, MAX_KEY_FILE, _REMEDY, _INSTEAD)
    found = _parsed(content, signing.file, signing.passphrase)
    key = SigningKey(signing.file, *found, tsa=signing.tsa)
    _fit(key, now)
    return key


@lru_cache(maxsize=2)  # a passphrase is made slow to try, and a night signs many certificates
def _parsed(content: bytes, name: str, passphrase: str) -> tuple[Any, x509.Certificate, tuple[x509.Certificate, ...]]:
    """The key, its certificate and the others of a PKCS#12 (RFC 7292) or PEM file (RFC 7468)."""
    secret = passphrase.encode() or None
    try:
        if b"-----BEGIN" in content:
            found = _KEY.search(content)
            private = serialization.load_pem_private_key(found.group(), secret) if found else None
            certificates = [x509.load_pem_x509_certificate(text) for text in _CERTIFICATE.findall(content)]
        else:
            private, own, others = pkcs12.load_key_and_certificates(content, secret)
            certificates = [c for c in (own, *others) if c is not None]
    except (ValueError, TypeError) as error:
        wrong = f"it is damaged, or {PASSPHRASE} is {'not its passphrase' if passphrase else 'not set'}"
        raise UsageError(f"The signing key {name} does not open: {wrong}.", _REMEDY) from error
    if private is None:
        raise UsageError(f"The file {name} holds no private key.", _REMEDY)
    public = _public(private.public_key())
    own = next((c for c in certificates if _public(c.public_key()) == public), None)
    if own is None:
        raise UsageError(f"The file {name} holds no certificate for its private key.", _REMEDY)
    return private, own, tuple(c for c in certificates if c != own)


def _public(key: Any) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _fit(key: SigningKey, now: datetime) -> None:
    """Raise UsageError unless `key` may sign at `now`."""
    private: Any = key.private
    known = isinstance(private, rsa.RSAPrivateKey) or (
        isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in CURVES
    )
    if not known:
        raise UsageError(f"The signing key {key.file} is of a kind that PDF 1.7 does not know.", "Use RSA or P-256.")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < LEAST_RSA:
        raise UsageError(f"The signing key {key.file} has {private.key_size} bits.", f"Use at least {LEAST_RSA}.")
    try:
        usage = key.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise UsageError(f"The certificate in {key.file} is not for signatures.", "Ask for one with digitalSignature.")
    begins, ends = key.certificate.not_valid_before_utc, key.until
    if now < begins:
        raise UsageError(f"The certificate in {key.file} is valid from {begins:%Y-%m-%d %H:%M} UTC only.", _REMEDY)
    if now > ends:
        what = f"The certificate in {key.file} ended on {ends:%Y-%m-%d %H:%M} UTC."
        raise UsageError(what, "Get a new one, and put it in its place.")


def sign(content: bytes, key: SigningKey, now: datetime, ask: Ask | None = None) -> bytes:
    """`content`, a PDF that was drawn with `signable`, signed with `key`; `now` is the time the signature states.

    `ask` stands in for the time-stamp server. Raises UsageError when the key may not sign at `now`, CountersignError when
    `content` cannot be signed, and Outage when the time-stamp server does not answer.
    """
    from pyhanko.keys import internal
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    _fit(key, now)
    translate = cast(Any, internal)
    store = SimpleCertificateStore()
    store.register_multiple([translate.translate_pyca_cryptography_cert_to_asn1(c) for c in key.chain])
    signer = signers.SimpleSigner(
        signing_cert=translate.translate_pyca_cryptography_cert_to_asn1(key.certificate),
        signing_key=translate.translate_pyca_cryptography_key_to_asn1(key.private),
        cert_registry=store,
    )
    meta = signers.PdfSignatureMetadata(
        field_name=SIGNATURE_FIELD,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    stamper = _stamper(ask or _asker(key.tsa)) if key.tsa else None
    with _troubles(key):
        return _signed(content, meta, signer, stamper, now)


def _signed(content: bytes, meta: Any, signer: Any, stamper: Any, now: datetime) -> bytes:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    identity = hashlib.sha256(content + now.isoformat().encode()).digest()[:16]

    class Writer(IncrementalPdfFileWriter):
        """Appends the signature only: pyHanko would also write the clock into the metadata and chance into the /ID, and
        call the file PDF 2.0 for an elliptic curve."""

        def _update_meta(self) -> None:
            pass

        @classmethod
        def _handle_id(cls, prev: Any) -> Any:
            first = generic.ByteStringObject(prev.trailer["/ID"][0].original_bytes)
            return generic.ArrayObject([first, generic.ByteStringObject(identity)])

        def ensure_output_version(self, version: Any) -> None:
            pass

        def register_extension(self, ext: Any) -> None:
            if ext.prefix_name == "/ESIC":  # PAdES; the other one is for PDF 2.0
                super().register_extension(ext)

    class Signer(signers.PdfSigner):
        """Signs at `now`."""

        def init_signing_session(self, *given: Any, **named: Any) -> Any:
            session = super().init_signing_session(*given, **named)
            session.system_time = now
            return session

    signing = cast(Any, Signer(meta, signer=signer, timestamper=stamper))
    return signing.sign_pdf(Writer(io.BytesIO(content)), existing_fields_only=True).getvalue()


@contextmanager
def _troubles(key: SigningKey) -> Generator[None]:
    """What pyHanko raises, as our errors with a sentence."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    try:
        yield
    except TimestampRequestError as error:
        host = urlsplit(key.tsa).hostname
        raise Outage(
            f"The time-stamp server {host} gave no time stamp: {error}.", "The next run tries again."
        ) from error
    except (SigningError, PdfError, ValueError) as error:
        raise CountersignError(f"The file cannot be signed with {key.file}: {error}.", _REMEDY) from error


def _stamper(ask: Ask) -> Any:
    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    class Stamper(TimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            try:
                answer = cast(Any, tsp.TimeStampResp).load(ask(req.dump()), strict=True)
                sealed: bytes = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].contents
                imprint = cast(Any, tsp.TSTInfo).load(sealed)["message_imprint"]
                wanted = req["message_imprint"]
            except (ValueError, TypeError) as error:
                raise TimestampRequestError("its answer is no time stamp") from error
            if imprint["hashed_message"].native != wanted["hashed_message"].native:
                raise TimestampRequestError("its time stamp is of something else")
            return answer

    return Stamper()


def _asker(tsa: str) -> Ask:
    """Asks the time-stamp server over HTTPS: no redirects, a limited answer in limited time."""

    def ask(request: bytes) -> bytes:
        import httpcore

        host = urlsplit(tsa).hostname
        headers = [("Content-Type", "application/timestamp-query"), ("Accept", "application/timestamp-reply")]
        backend = until(time.monotonic() + TSA_SECONDS)
        try:
            with (
                httpcore.ConnectionPool(max_connections=1, network_backend=backend) as pool,
                pool.stream("POST", tsa, headers=headers, content=request) as answer,
            ):
                if answer.status != 200:
                    raise Outage(f"The time-stamp server {host} answered {answer.status}.", "The next run tries again.")
                held = b""
                for piece in answer.iter_stream():
                    held += piece
                    if len(held) > MAX_TIME_STAMP:
                        raise Outage(f"The time-stamp server {host} sent too much.", "Look at tsa of [signing].")
                return held
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            why = str(error) or type(error).__name__
            raise Outage(f"The time-stamp server {host} did not answer: {why}.", "The next run tries again.") from error

    return ask
