"""What some bytes are, told by their content first and by their name only where content leaves it open."""

import json
import re
import zlib
from enum import StrEnum
from pathlib import PurePosixPath
from typing import cast


class Kind(StrEnum):
    """The kinds of content intake tells apart."""

    empty = "empty"
    png = "png"
    svg = "svg"
    json = "json"
    jwt = "jwt"
    pdf = "pdf"
    message = "message"
    html = "html"
    text = "text"
    csv = "csv"
    xlsx = "xlsx"
    picture = "picture"
    archive = "archive"
    outlook = "outlook"
    sealed = "sealed"
    trifle = "trifle"
    other = "other"


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURES = (b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
_GZIP = b"\x1f\x8b"
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TNEF = b"\x78\x9f\x3e\x22"
_JWT = re.compile(rb"e[wy][A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_JSON = re.compile(rb'[{\[]\s*["}\[\]{]')
_HEADER_LINE = re.compile(rb"([!-9;-~]+)[ \t]*:")
_KNOWN_HEADERS = frozenset(
    b"received from to cc date subject message-id return-path delivered-to mime-version content-type x-mailer".split()
) | {b"sender", b"reply-to", b"dkim-signature", b"x-original-to", b"arc-seal", b"authentication-results"}
_TRIFLES = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "text/calendar",
        "text/vcard",
        "text/x-vcard",
        "text/x-amp-html",
        "message/delivery-status",
        "text/rfc822-headers",
        "application/ics",
    )
)
_SEALED = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"))
_MARKS = (b"openbadge", b"purl.imsglobal.org/spec/ob", b"purl.imsglobal.org/ob/", b"w3id.org/openbadges")
_LOG_NAME = re.compile(
    r"(?<![a-z])(?:(?:pd|time|work|hours?)?logs?(?:of)?(?:hours?|time)?|hours?|hrs|time ?sheets?)(?![a-z])"
)
_CONTROLS = bytes({*range(9), *range(14, 32)})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_SVG_ROOT = re.compile(
    rb"[\xef\xbb\xbf\xff\xfe]*+(?>\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[.*?\]\s*)?>)*+<(?:[\w.-]+:)?svg[\s/>]",
    re.DOTALL | re.IGNORECASE,
)

_VERDICT = {
    "micro_credential", "issuer", "outcome", "examined_at", "checks", "remarks", "looked_up", "registry_sha256", "software",
}  # fmt: skip
_LONGEST_VERDICT = 2_000_000

HEAD = 4096
SVG_HEAD = 200_000
"""So many bytes are searched for an SVG's first element: long comments may come before it."""

MAX_SVG = 5_000_000


def suffix(name: str) -> str:
    """The extension in lower case with its dot, "" without one."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def kind_of(content: bytes, name: str = "", declared: str = "") -> Kind:
    """The kind of `content`. `declared` is the media type its sender gave it, lower case; it only settles what the
    content leaves open, since mail programs declare badges as octet-streams and worse."""
    if not content.strip(b"\0 \t\r\n"):
        return Kind.empty
    if declared in _TRIFLES:
        return Kind.trifle
    binary = _binary(content, name, declared)
    if binary is not None:
        return binary
    ending = suffix(name)
    if ending in (".eml", ".mht", ".mhtml") or declared in ("message/rfc822", "message/global"):
        return Kind.message
    head = _head(content)
    if is_svg(content, ending, declared):
        return Kind.svg
    if _JSON.match(head) or (ending in (".json", ".jsonld", ".1ob") and head[:1] in (b"{", b"[")):
        return Kind.json
    if _JWT.match(head) and (len(content) > HEAD or b" " not in content.strip()):
        return Kind.jwt
    if is_message(content):
        return Kind.message
    if ending == ".png" or declared == "image/png":
        return Kind.png  # damaged: verification says how
    return _textual(content, head, ending, declared)


def _binary(content: bytes, name: str, declared: str) -> Kind | None:
    if content.startswith(PNG_SIGNATURE):
        return Kind.png
    if b"%PDF-" in content[:1024]:
        return Kind.pdf
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if suffix(name) in (".xlsx", ".xlsm") or b"xl/" in content[:HEAD] or b"xl/workbook.xml" in content[-HEAD * 4 :]:
            return Kind.xlsx
        return Kind.other if suffix(name) in (".docx", ".pptx", ".odt", ".ods", ".pages", ".numbers") else Kind.archive
    if content.startswith(_TNEF) or declared == "application/ms-tnef":
        return Kind.outlook
    if content.startswith(_OLE):
        return Kind.outlook if suffix(name) == ".msg" or declared == "application/vnd.ms-outlook" else Kind.other
    if declared in _SEALED and b"multipart" not in content[:HEAD]:
        return Kind.sealed
    if content.startswith(_GZIP) and is_svg(plain_svg(content, HEAD)):
        return Kind.svg
    if content.startswith(_ARCHIVES):
        return Kind.archive
    if content.startswith(_PICTURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP"):
        return Kind.picture
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return Kind.picture
    return None


def _head(content: bytes) -> bytes:
    """Where the text of `content` begins, whatever its encoding."""
    return content[:HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")


def is_svg(content: bytes, ending: str = "", declared: str = "") -> bool:
    """Whether `content`, or what begins with it, is an SVG."""
    head = _head(content)
    if not head.startswith(b"<"):
        return False
    lower = head.lower()
    if b"<html" in lower or b"<!doctype html" in lower:
        return False
    if b"<svg" in lower or b":svg" in lower or ending in (".svg", ".svgz") or declared == "image/svg+xml":
        return True
    return _SVG_ROOT.match(content[:SVG_HEAD].replace(b"\0", b"")) is not None


def _textual(content: bytes, head: bytes, ending: str, declared: str) -> Kind:
    sample = content[:HEAD]
    if sample.count(b"\0") > len(sample) // 3 and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Kind.other
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > len(head) // 20:
        return Kind.other
    lower = head.lower()
    if b"<html" in lower or b"<!doctype html" in lower or ending in (".html", ".htm") or declared == "text/html":
        return Kind.html
    if ending in (".csv", ".tsv") or declared in ("text/csv", "text/tab-separated-values"):
        return Kind.csv
    return Kind.text


def is_our_verdict(content: bytes) -> bool:
    """Whether a file embedded in a PDF is the `verdict.json` of one of our certificates: all its names, and none that a credential
    has. Anybody may write one; all it does is to be passed over."""
    if not content.startswith(b'{\n  "micro_credential": {') or len(content) > _LONGEST_VERDICT:
        return False
    try:
        said: object = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and cast("dict[str, object]", said).keys() == _VERDICT


def is_message(content: bytes) -> bool:
    """Whether the bytes begin like a message (RFC 5322 section 2.2): header lines, two or more of them well known."""
    known = 0
    for number, line in enumerate(content[: HEAD * 4].splitlines()):
        if number == 0 and line.startswith((b"From ", b">From ")):
            continue
        if not line.strip():
            break
        if line[:1] in (b" ", b"\t"):
            continue
        header = _HEADER_LINE.match(line)
        if header is None:
            break
        known += header.group(1).lower() in _KNOWN_HEADERS
    return known >= 2


def is_marked(content: bytes) -> bool:
    """Whether picture bytes speak of Open Badges at all: OB 2.0 Baking Specification 1.0 ("openbadges"), OB 3.0 section 5.3
    ("openbadgecredential"). It says nothing about truth; it only tells carriers from logos. What is packed is unpacked before."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:4]:
        content = content.replace(b"\0", b"")
    lower = content.lower()
    return any(mark in lower for mark in _MARKS)


def is_packed(content: bytes) -> bool:
    """Whether a picture is a compressed SVG (.svgz)."""
    return content.startswith(_GZIP)


def plain_svg(content: bytes, most: int) -> bytes:
    """The first `most` bytes that a compressed SVG (.svgz) unpacks to; fewer when it is damaged."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, most)
    except zlib.error:
        return b""


def is_damaged(content: bytes, kind: Kind) -> bool:
    """Whether a picture's end is missing, so that what it carried may be missing too."""
    if kind is Kind.png:
        return not content.startswith(PNG_SIGNATURE) or b"IEND" not in content[-64:]
    return b"</" not in content.replace(b"\0", b"")[-200:]


def is_log_name(name: str) -> bool:
    """Whether a file's name says that it is a log of hours: "log-of-hours.pdf", "HoursLog.xlsx", not "logo.png"."""
    words = _CAMEL.sub(" ", name).lower()
    words = re.sub(r"[^a-z]+", " ", words.rpartition(".")[0] or words)
    return _LOG_NAME.search(words) is not None or "log of hours" in words
