"""The text a PNG carries for Open Badges: iTXt `openbadges` and `openbadgecredential`, and the old tEXt `openbadges`.

Sources: Open Badges Baking Specification (OB 2.0); OB 3.0 §5.3; PNG (ISO/IEC 15948) §5 chunks, §11.3.3 text chunks.
"""

import zlib
from collections.abc import Iterator

from countersign.verification.unreadable import Damaged

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORDS = (b"openbadges", b"openbadgecredential")
MAX_TEXT = 1_000_000
MAX_CHUNKS = 10_000


def text_of(content: bytes) -> str | None:
    """The carried text, None when the picture carries none. Raises Damaged: cut off, altered, twice, or too large."""
    found: list[str] = []
    for kind, data in _chunks(content):
        if kind in (b"iTXt", b"tEXt", b"zTXt"):
            keyword = data.partition(b"\0")[0]
            if keyword in KEYWORDS:
                found.append(_itxt(data) if kind == b"iTXt" else _old_text(kind, data))
    if len(found) > 1:
        raise Damaged(
            f"The picture carries {len(found)} credentials, and it cannot be told which one is meant.",
            "Download the badge again from the issuer's site and forward that file.",
        )
    return found[0] if found else None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not content.startswith(SIGNATURE):
        raise Damaged(
            "The file is called a PNG picture but is none.", "Download the badge again and forward that file."
        )
    position, count = len(SIGNATURE), 0
    while True:
        header = content[position : position + 8]
        length, kind = int.from_bytes(header[:4]), header[4:]
        end = position + 8 + length
        if len(header) < 8 or len(content) < end + 4:
            raise Damaged(
                "The picture is cut off: the file ends in the middle.",
                "It was damaged on its way. Download the badge again and send it as an attachment.",
            )
        data, crc = content[position + 8 : end], content[end : end + 4]
        if zlib.crc32(kind + data) != int.from_bytes(crc):
            raise Damaged(
                "The picture is damaged: a part of it does not match its checksum.",
                "Download the badge again and send it as an attachment.",
            )
        count += 1
        if count > MAX_CHUNKS:
            raise Damaged(f"The picture has more than {MAX_CHUNKS:,} parts.", "Send the picture as the issuer made it.")
        yield kind, data
        if kind == b"IEND":
            return
        position = end + 4


def _itxt(data: bytes) -> str:
    """keyword NUL flag method language NUL translated-keyword NUL text."""
    _keyword, _, rest = data.partition(b"\0")
    if len(rest) < 2 or rest[2:].count(b"\0") < 2:
        raise Damaged("The picture's credential is not laid out as PNG asks for.", "Download the badge again.")
    flag, method = rest[0], rest[1]
    _language, _translated, text = rest[2:].split(b"\0", 2)
    if flag == 1 and method == 0:
        text = _inflate(text)
    elif flag != 0:
        raise Damaged("The picture's credential is compressed in an unknown way.", "Ask the issuer for another file.")
    return _decoded(text, "utf-8")


def _old_text(kind: bytes, data: bytes) -> str:
    text = data.partition(b"\0")[2]
    return _decoded(_inflate(text[1:]) if kind == b"zTXt" else text, "latin-1")


def _inflate(data: bytes) -> bytes:
    """Decompressed text of at most a megabyte; a bomb is stopped while it opens."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_TEXT + 1)
    except zlib.error as error:
        raise Damaged("The picture's compressed credential is damaged.", "Download the badge again.") from error
    if len(text) > MAX_TEXT:
        raise Damaged(
            f"The picture's credential unpacks to more than {MAX_TEXT:,} bytes; a credential never is that large.",
            "Ask the issuer for another file.",
        )
    if not inflater.eof:
        raise Damaged("The picture's compressed credential is cut off.", "Download the badge again.")
    return text


def _decoded(text: bytes, encoding: str) -> str:
    if len(text) > MAX_TEXT:
        raise Damaged(
            f"The picture's credential is larger than {MAX_TEXT:,} bytes; a credential never is that large.",
            "Ask the issuer for another file.",
        )
    try:
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        raise Damaged("The picture's credential is not readable text.", "Download the badge again.") from error
