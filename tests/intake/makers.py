"""Messages and files for intake's tests, made here so that every defect has a name."""

import io
import struct
import zlib
from base64 import urlsafe_b64encode
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from openpyxl import Workbook
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import NameObject

ASSERTION = "https://issuer.example/assertions/7f3a"
JSON = b'{"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": "https://issuer.example/assertions/7f3a"}'
TOKEN = b".".join(
    urlsafe_b64encode(part).rstrip(b"=")
    for part in (b'{"alg":"RS256"}', b'{"id":"urn:uuid:7f3a"}' * 12, b"signature" * 20)
)


def png(text: bytes | None = JSON, color: int = 0) -> bytes:
    """A one-pixel PNG, baked with `text` unless that is None."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    baked = chunk(b"iTXt", b"openbadges\0\0\0\0\0" + text) if text is not None else b""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, color]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + baked + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def svg(baked: bool = True) -> bytes:
    """An SVG with or without an assertion in it."""
    inside = f'<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="{ASSERTION}"/>' if baked else ""
    return f'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">{inside}<rect/></svg>'.encode()


def mail(text: str = "Please see below.", html: str = "", **headers: str) -> EmailMessage:
    """A plain message from a fictional educator."""
    message = EmailMessage(policy=SMTP)
    message["Received"] = "from mx.school.example by mx.demo-ea.example; Thu, 1 Oct 2026 23:59:30 -0400"
    message["From"] = "Alex Sample <Alex.Sample@School.example>"
    message["To"] = "credentials@demo-ea.example"
    message["Date"] = "Mon, 01 Jan 2001 00:00:00 +0000"
    message["Subject"] = "My micro-credential"
    for name, value in headers.items():
        key = name.replace("_", "-")
        del message[key]
        message[key] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def attach(
    message: EmailMessage, content: bytes, name: str, media_type: str = "application/octet-stream", **more: Any
) -> EmailMessage:
    main, _, sub = media_type.partition("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name, **more)
    return message


def forwarded(inner: EmailMessage, text: str = "Forwarded for you.") -> EmailMessage:
    """`inner` forwarded as an attachment."""
    outer = mail(text)
    outer.add_attachment(inner)
    return outer


def nested(depth: int, innermost: EmailMessage) -> bytes:
    """`innermost` forwarded as an attachment `depth` times over, written by hand: the standard library would recurse."""
    content = innermost.as_bytes()
    for level in range(depth):
        boundary = f"=_level{level}".encode()
        content = (
            b"From: Alex Sample <alex@school.example>\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
            b"--" + boundary + b"\r\nContent-Type: message/rfc822\r\n\r\n" + content + b"\r\n--" + boundary + b"--\r\n"
        )
    return content


def pdf(files: dict[str, bytes] | None = None, link: str = "", password: str = "") -> bytes:
    """A one-page PDF with embedded files, a link, and a password, as asked for."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    for name, content in (files or {}).items():
        writer.add_attachment(name, content)
    if link:
        writer.add_annotation(0, Link(rect=(0, 0, 100, 100), url=link))
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def squeezed_pdf(files: dict[str, bytes]) -> bytes:
    """A PDF whose embedded files are compressed."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(files))))
    for entry in writer.attachment_list:
        folder: Any = entry.pdf_object["/EF"]
        folder[NameObject("/F")] = folder["/F"].get_object().flate_encode()
    writer.compress_identical_objects(remove_unreferenced=True)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    """A workbook with one sheet of `rows`."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
