"""From a carrier to the credential's own text: the first step, without any judgement on what the text says.

A payload is one of three: a JSON object, a compact JWS (RFC 7515 §7.1), or the address at which the credential is.
"""

import codecs
import re
from dataclasses import dataclass, field
from typing import Any, cast

from countersign.verification import strictjson
from countersign.verification.carriers import png, svg
from countersign.verification.carriers.unreadable import Damaged, Empty
from countersign.verification.findings import DOWNLOAD
from models.credentials import Carrier, CarrierKind

COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
ADDRESS = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x20\x7f-\U0010ffff]{1,2000}")
MAX_JWS = 1_000_000
HEAD = 200_000
"""So many bytes are searched for an SVG's first element: comments and a document type may come before it."""

_SVG = re.compile(
    rb"(?>\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[.*?\]\s*)?>)*+<(?:[\w.-]+:)?svg[\s/>]",
    re.DOTALL | re.IGNORECASE,
)
_MARKS = frozenset({"credentialSubject", "vc", "recipient", "badge", "revoked"})


@dataclass(frozen=True, slots=True)
class Payload:
    """What a carrier carries: exactly one of `json` (with its `text`), `jws` and `url` is there."""

    text: str
    json: dict[str, Any] = field(default_factory=dict[str, Any])
    jws: str = ""
    url: str = ""


def extract(carrier: Carrier) -> Payload:
    """The payload of a carrier of any kind. Raises Damaged or Empty."""
    match carrier.kind:
        case CarrierKind.url:
            return _of_text(carrier.url)
        case CarrierKind.png:
            text = png.text_of(carrier.content)
        case CarrierKind.svg:
            text = svg.text_of(carrier.content)
        case CarrierKind.json | CarrierKind.jwt:
            return _of_bytes(carrier.content)
    if text is None:
        raise Empty("The picture carries no credential.")
    try:
        return _of_text(text)
    except Empty as error:
        raise Damaged(
            "The picture has a place for a credential, but what is in it is none.",
            DOWNLOAD,
        ) from error


def kind_of(content: bytes) -> CarrierKind | None:
    """What fetched bytes are, by their own beginning; None when they are nothing that carries a credential."""
    if content.startswith(png.SIGNATURE):
        return CarrierKind.png
    if content.startswith(svg.GZIP):
        return CarrierKind.svg
    # UTF-16, which XML allows, is ASCII with a NUL around each letter as far as the markup goes
    start = content[:HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith((b"{", b'"ey')):
        return CarrierKind.json
    if _SVG.match(start):
        return CarrierKind.svg
    if COMPACT_JWS.fullmatch(_unwrapped(content[:MAX_JWS].decode("latin-1").strip())):
        return CarrierKind.jwt
    return None


def is_credential(payload: Payload) -> bool:
    """Whether a payload is a credential by the look of it: every version names a recipient and a badge, or a subject, and
    a withdrawn one may say no more than that."""
    return bool(payload.jws or _MARKS & payload.json.keys())


def _of_bytes(content: bytes) -> Payload:
    if not content.strip():
        raise Damaged("The file is empty.", f"It was lost on its way. {DOWNLOAD}")
    if len(content) > strictjson.MAX_BYTES:
        raise Damaged(
            f"The file is larger than a credential can be ({len(content):,} bytes; the limit is "
            f"{strictjson.MAX_BYTES:,}).",
            "Send the badge itself, not a collection or an export.",
        )
    try:
        text = content.decode().removeprefix(strictjson.BOM)
    except UnicodeDecodeError:
        if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and b"{" in content:
            raise Damaged(
                "The file was saved in a form that credentials are never in (UTF-16).",
                "Send the file as it was downloaded, without opening and saving it.",
            ) from None
        raise Empty("The file is not text and holds no credential.") from None
    return _of_text(text)


def _unwrapped(text: str) -> str:
    """A token that a mail program broke into lines, put together again; any other text as it is.

    RFC 7515 knows no line breaks, so nothing can be meant by them, and the signature is over the letters: a token joined wrongly, or
    with a word too many, is not proven.
    """
    lines = [line.strip(" \t\r") for line in text.split("\n")] if text.startswith("ey") else []
    return "".join(lines) if len(lines) > 1 else text


def _of_text(text: str, *, quoted: bool = False) -> Payload:
    """The payload that a text is; `quoted` when it was itself a JSON string, as tokens and addresses sometimes travel."""
    stripped = text.strip(" \t\r\n")
    if ADDRESS.fullmatch(stripped):
        return Payload(text=stripped, url=stripped)
    joined = _unwrapped(stripped)
    if len(joined) <= MAX_JWS and COMPACT_JWS.fullmatch(joined):
        return Payload(text=joined, jws=joined)
    try:
        value = strictjson.parse(stripped)
    except strictjson.NotJson as error:
        if not stripped.startswith("{"):
            raise Empty("The text holds no credential.") from error
        raise Damaged(f"The credential {error}.", DOWNLOAD) from error
    except strictjson.JsonProblem as error:
        raise Damaged(f"The credential {error}.", DOWNLOAD) from error
    if isinstance(value, dict):
        return Payload(text=stripped, json=cast(dict[str, Any], value))
    if isinstance(value, str) and not quoted:
        return _of_text(value, quoted=True)
    raise Empty("The text is JSON, but holds no credential.")
