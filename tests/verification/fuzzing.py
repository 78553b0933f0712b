"""Real carriers, cut into the pieces they are made of, and edits to them that keep enough in order to get deep into a reader."""

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from countersign.verification.carriers.png import SIGNATURE

Pieces = list[bytes]

NASTY = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1f\x8b\x08\0",
    b"%PDF-",
    SIGNATURE,
    b"openbadges\0",
    b"openbadgecredential\0\1\0\0\0",
    b"\x7f\xff\xff\xff",
    b"<!DOCTYPE svg [<!ENTITY a 'aaaa'>]>",
    b"&a;",
    b"]]>",
    b"<![CDATA[",
    b"<svg xmlns='http://www.w3.org/2000/svg'>",
    b"<o:credential xmlns:o='https://purl.imsglobal.org/ob/v3p0'>",
    b"</",
    b"<!--",
    b'<?xml version="1.0" encoding="utf-7"?>',
    b'<link rel=alternate type=application/json href="',
    b"https://issuer.example/assertions/1.json",
    b"{",
    b"[" * 50,
    b'"@context"',
    b'"\\ud800"',
    b"1e999",
    b"-0",
    b"9" * 400,
    b"NaN",
    b"null",
    b"true",
    b'{"a":1,"a":2}',
    b'"type"',
    b"eyJhbGciOiJub25lIn0",
    b".",
    b"stream\n",
    b"endstream",
    b"1 0 R",
    b"<</Type/Page",
    b"/Length 99999999999",
    b"\nendobj\n",
)


@dataclass(frozen=True, slots=True)
class Form:
    """How carriers of one form come apart and are put together; putting together may repair what would stop a reader early."""

    cut: Callable[[bytes], Pieces]
    join: Callable[[Pieces], bytes]


def _chunks(content: bytes) -> Pieces:
    pieces, position = [content[:8]], 8
    while position < len(content):
        end = position + 8 + int.from_bytes(content[position : position + 4])
        pieces.append(content[position + 4 : end])  # kind and data: length and checksum are made anew
        position = end + 4
    return pieces


def _png(pieces: Pieces) -> bytes:
    head, *chunks = pieces or [b""]
    made = (struct.pack(">I", max(0, len(c) - 4)) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return head + b"".join(made)


def _parts(content: bytes) -> Pieces:
    pieces: Pieces = []
    for part in content.split(b"."):
        try:
            pieces.append(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
        except binascii.Error:
            pieces.append(part)
    return pieces


def _token(pieces: Pieces) -> bytes:
    return b".".join(base64.urlsafe_b64encode(piece).rstrip(b"=") for piece in pieces)


def _split(pattern: bytes) -> Callable[[bytes], Pieces]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda content: [piece for piece in compiled.split(content) if piece]


PNG = Form(_chunks, _png)
JWS = Form(_parts, _token)
JSON = Form(_split(rb'("(?:[^"\\]|\\.)*"|[{}\[\],:])'), b"".join)
MARKUP = Form(_split(rb"(<[^<>]*>|=\"[^\"]*\")"), b"".join)
PDF = Form(_split(rb"(\n|/\w+|<<|>>)"), b"".join)
BYTES = Form(lambda content: [content], b"".join)


@st.composite
def edited(draw: st.DrawFn, carriers: list[tuple[bytes, Form]]) -> tuple[int, bytes]:
    """The number of one of `carriers` and its bytes after one to five edits, of its pieces or inside one of them."""
    number = draw(st.integers(0, len(carriers) - 1))
    content, form = carriers[number]
    form = draw(st.sampled_from([form, form, form, BYTES]))
    pieces = form.cut(content)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(pieces) - 1)))
        match draw(st.sampled_from(["cut", "double", "swap", "splice", "flip", "insert", "remove", "end"])):
            case "cut":
                del pieces[at : at + draw(st.integers(1, 3))]
            case "double":
                pieces[at:at] = pieces[at : at + draw(st.integers(1, 4))] * draw(st.integers(1, 3))
            case "swap" if pieces:
                other = draw(st.integers(0, len(pieces) - 1))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case "splice":
                other, its = carriers[draw(st.integers(0, len(carriers) - 1))]
                pieces.insert(at, draw(st.sampled_from(its.cut(other))))
            case _ if not pieces:
                pieces.append(draw(st.sampled_from(NASTY)))
            case "flip":
                pieces[at] = _changed(draw, pieces[at], 1, b"")
            case "insert":
                pieces[at] = _changed(draw, pieces[at], 0, draw(st.sampled_from(NASTY)))
            case "remove":
                pieces[at] = _changed(draw, pieces[at], draw(st.integers(1, 30)), None)
            case _:
                pieces[at] = pieces[at][: draw(st.integers(0, len(pieces[at])))]
    return number, form.join(pieces)


def _changed(draw: st.DrawFn, piece: bytes, width: int, inserted: bytes | None) -> bytes:
    """`piece` with `width` bytes replaced somewhere: by `inserted`, by as many random ones when that is empty, or by none."""
    at = draw(st.integers(0, max(0, len(piece) - 1)))
    new = b"" if inserted is None else inserted or draw(st.binary(min_size=max(1, width), max_size=max(1, width)))
    return piece[:at] + new + piece[at + width :]
