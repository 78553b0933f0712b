"""From a carrier to the credential's own text: the first step, without any judgement on what the text says.

A payload is one of three: a JSON object, a compact JWS (RFC 7515 §7.1), or the address at which the credential is.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from countersign.verification import png, strictjson, svg
from countersign.verification.unreadable import Damaged, Empty
from models.credentials import Carrier, CarrierKind

COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
ADDRESS = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x20\x7f-\U0010ffff]{1,2000}")
MAX_JWS = 1_000_000


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
            "Download the badge again from the issuer's site and forward that file.",
        ) from error


def kind_of(content: bytes) -> CarrierKind | None:
    """What fetched bytes are, by their own beginning; None when they are nothing that carries a credential."""
    if content.startswith(png.SIGNATURE):
        return CarrierKind.png
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return CarrierKind.json
    if start.startswith(b"<") and b"<svg" in content[:100_000]:
        return CarrierKind.svg
    if COMPACT_JWS.fullmatch(content[:MAX_JWS].decode("latin-1").strip()):
        return CarrierKind.jwt
    return None


def _of_bytes(content: bytes) -> Payload:
    if not content.strip():
        raise Damaged("The file is empty.", "Send the badge again; it was lost on its way.")
    if len(content) > strictjson.MAX_BYTES:
        raise Damaged(
            f"The file is larger than a credential can be ({len(content):,} bytes; the limit is "
            f"{strictjson.MAX_BYTES:,}).",
            "Send the badge itself, not a collection or an export.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Empty("The file is not text and holds no credential.") from None
    return _of_text(text)


def _of_text(text: str) -> Payload:
    stripped = text.strip(" \t\r\n")
    if ADDRESS.fullmatch(stripped):
        return Payload(text=stripped, url=stripped)
    if len(stripped) <= MAX_JWS and COMPACT_JWS.fullmatch(stripped):
        return Payload(text=stripped, jws=stripped)
    try:
        value = strictjson.parse(stripped)
    except strictjson.NotJson as error:
        if stripped.startswith("{"):
            raise Damaged(f"The credential {error}.", "Download the badge again and forward that file.") from error
        raise Empty("The text holds no credential.") from error
    except strictjson.JsonProblem as error:
        raise Damaged(f"The credential {error}.", "Download the badge again and forward that file.") from error
    if isinstance(value, str):
        return _of_text(value) if not value.startswith('"') else _nothing()
    if not isinstance(value, dict):
        return _nothing()
    members: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    return Payload(text=stripped, json=members)


def _nothing() -> Payload:
    raise Empty("The text is JSON, but holds no credential.")
