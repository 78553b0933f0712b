"""Whole picture files inside a PDF, wherever they lie in it: embedded, attached to a page, in a rich-media or appearance stream.

The bytes are searched from stream to stream (ISO 32000-1 section 7.3.8) without reading the document's structure: that finds what
no page refers to and what a damaged table has lost, in time proportional to the file. Streams that are stored as they are or
deflated are looked into; of the deflated ones only the beginning is unpacked, unless it is that of a picture.
"""

import re
import zlib
from collections.abc import Iterator

from countersign.intake.budget import STREAMS, UNPACKED
from countersign.intake.findings import Findings
from countersign.intake.kinds import HEAD, PNG_SIGNATURE, is_marked, is_svg

MAX_PICTURES = 20
MAX_PICTURE = 10_000_000
"""Bytes of the largest picture; a badge is seldom larger than a tenth of that."""

_START = re.compile(rb"(?<!end)stream\r?\n")
_END = b"endstream"


def pictures_in(content: bytes, findings: Findings) -> Iterator[bytes]:
    """The PNG and SVG files in a PDF that speak of Open Badges, at most `MAX_PICTURES`, in their order."""
    found = 0
    for stream in _streams(content):
        if not findings.may(STREAMS):
            return
        picture = _picture(stream)
        if not findings.may(UNPACKED, len(picture)):
            return
        if is_marked(picture):
            found += 1
            yield picture
        if found >= MAX_PICTURES:
            return


def _streams(content: bytes) -> Iterator[bytes]:
    """Each stream as it is stored, without those larger than a picture may be."""
    position = 0
    while (start := _START.search(content, position)) and (end := content.find(_END, start.end())) >= 0:
        if end - start.end() <= MAX_PICTURE:
            yield content[start.end() : end]
        position = end + len(_END)


def _picture(stream: bytes) -> bytes:
    """The picture file that a stream is, empty when it is none."""
    if _is_picture(stream[:HEAD]):
        return _without_line_end(stream)
    if not _is_picture(_inflated(stream[:HEAD], HEAD)):
        return b""
    picture = _inflated(stream, MAX_PICTURE + 1)
    return picture if len(picture) <= MAX_PICTURE else b""


def _is_picture(head: bytes) -> bool:
    return head.startswith(PNG_SIGNATURE) or (head[:1] in b"<\xef\xff\xfe" and is_svg(head))


def _inflated(packed: bytes, most: int) -> bytes:
    """At most the first `most` bytes of a deflated stream; none when it is no such stream."""
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:
        return b""


def _without_line_end(stream: bytes) -> bytes:
    """The line end before `endstream` is not part of a stream."""
    if stream.endswith(b"\r\n"):
        return stream[:-2]
    return stream[:-1] if stream.endswith((b"\n", b"\r")) else stream
