"""The text a PNG carries for Open Badges: iTXt `openbadges` and `openbadgecredential`, and the old tEXt `openbadges`.

Sources: Open Badges Baking Specification (OB 2.0); OB 3.0 §5.3; PNG (ISO/IEC 15948) §5 chunks, §11.3.3 text chunks. Chunks may stand
anywhere between the signature and IEND, so an animated picture (APNG) is no special case. What follows IEND is no part
of the picture and is left alone, unless it is a second baked picture.
"""

import zlib
from collections.abc import Iterator

from countersign.verification.carriers.unreadable import Damaged
from countersign.verification.findings import DOWNLOAD

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORDS = (b"openbadges", b"openbadgecredential")
MAX_TEXT = 1_000_000
MAX_CHUNKS = 10_000
ON_ITS_WAY = f"It was damaged on its way. {DOWNLOAD[:-1]} as an attachment."
ANOTHER = "Ask the issuer for another file."


def text_of(content: bytes) -> str | None:
    """The carried text, None when the picture carries none. Raises Damaged: cut off, altered, twice, or too large."""
    # Counted before any is opened: ten thousand small bombs would be a large one.
    found = [(kind, data) for kind, data in _chunks(content) if kind in _READERS and _keyword(data) in KEYWORDS]
    if len(found) > 1:
        raise Damaged(
            f"The picture carries {len(found)} credentials, and it cannot be told which one is meant.", DOWNLOAD
        )
    return _READERS[found[0][0]](found[0][1]) if found else None


def inflated(packed: bytes, limit: int, wbits: int = zlib.MAX_WBITS) -> bytes | None:
    """What `packed` unpacks to when that is whole and at most `limit` bytes, None when it is more: a bomb is stopped
    while it opens. Raises zlib.error when it is damaged, EOFError when it is cut off."""
    inflater = zlib.decompressobj(wbits)
    content = inflater.decompress(packed, limit + 1)
    if len(content) > limit:
        return None
    if not inflater.eof:
        raise EOFError
    return content


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, data) of each chunk up to IEND, whose checksum holds."""
    if not content.startswith(SIGNATURE):
        raise Damaged("The file is called a PNG picture but is none.", DOWNLOAD)
    position, count = len(SIGNATURE), 0
    while True:
        header = content[position : position + 8]
        length, kind = int.from_bytes(header[:4]), header[4:]
        end = position + 8 + length
        if len(header) < 8 or len(content) < end + 4:
            raise Damaged("The picture is cut off: the file ends in the middle.", ON_ITS_WAY)
        data, crc = content[position + 8 : end], content[end : end + 4]
        if zlib.crc32(data, zlib.crc32(kind)) != int.from_bytes(crc):
            raise Damaged("The picture is damaged: a part of it does not match its checksum.", ON_ITS_WAY)
        count += 1
        if count > MAX_CHUNKS:
            raise Damaged(f"The picture has more than {MAX_CHUNKS:,} parts.", "Send the picture as the issuer made it.")
        yield kind, data
        position = end + 4
        if kind == b"IEND":
            _require_one_picture(content[position:])
            return


def _require_one_picture(behind: bytes) -> None:
    """Programs disagree on whether what follows a picture's end is read, so a second badge there would be ambiguous."""
    if SIGNATURE in behind and any(keyword in behind for keyword in KEYWORDS):
        raise Damaged(
            "A second picture with a credential is hidden behind the first in the same file, and it cannot be told which one is meant.",
            DOWNLOAD,
        )


def _keyword(data: bytes) -> bytes:
    return data[:80].partition(b"\0")[0]


def _itxt(data: bytes) -> str:
    """keyword NUL flag method language NUL translated-keyword NUL text, in UTF-8."""
    _, _, rest = data.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) < 3:
        raise Damaged("The picture's credential is not laid out as PNG asks for.", DOWNLOAD)
    flag, method, text = rest[0], rest[1], parts[2]
    if flag == 1 and method == 0:
        text = _inflate(text)
    elif flag != 0:
        raise Damaged("The picture's credential is compressed in an unknown way.", ANOTHER)
    return _utf8(text)


def _text(data: bytes) -> str:
    """keyword NUL text. PNG asks for Latin-1 here; whoever bakes JSON into it writes UTF-8, and rarely is one the other."""
    text = data.partition(b"\0")[2]
    try:
        return _utf8(text)
    except Damaged:
        return _bounded(text).decode("latin-1")


def _ztxt(data: bytes) -> str:
    """keyword NUL method text, compressed."""
    packed = data.partition(b"\0")[2]
    if packed[:1] != b"\0":
        raise Damaged("The picture's credential is compressed in an unknown way.", ANOTHER)
    return _text(b"\0" + _inflate(packed[1:]))


_READERS = {b"iTXt": _itxt, b"tEXt": _text, b"zTXt": _ztxt}


def _inflate(packed: bytes) -> bytes:
    try:
        text = inflated(packed, MAX_TEXT)
    except zlib.error as error:
        raise Damaged("The picture's compressed credential is damaged.", DOWNLOAD) from error
    except EOFError as error:
        raise Damaged("The picture's compressed credential is cut off.", DOWNLOAD) from error
    if text is None:
        raise Damaged(
            f"The picture's credential unpacks to more than {MAX_TEXT:,} bytes; a credential never is that large.",
            ANOTHER,
        )
    return text


def _bounded(text: bytes) -> bytes:
    if len(text) > MAX_TEXT:
        raise Damaged(
            f"The picture's credential is larger than {MAX_TEXT:,} bytes; a credential never is that large.", ANOTHER
        )
    return text


def _utf8(text: bytes) -> str:
    try:
        return _bounded(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Damaged("The picture's credential is not readable text.", DOWNLOAD) from error
