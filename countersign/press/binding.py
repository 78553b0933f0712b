"""A PDF file put together from parts: what stays the same is packed once, what varies is written each time (ISO 32000-1, 7.5)."""

import hashlib
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Packed:
    """Objects that stay the same, ready to be copied into a file: the bytes, and for each object its entry in the cross-reference: (number,
    offset within the bytes, None) or (number, number of its object stream, index within it)."""

    content: bytes
    entries: tuple[tuple[int, int, int | None], ...]
    digest: bytes


def pack(objects: Iterable[Any], number: int) -> Packed:
    """Pack pydyf objects: streams one after the other, all others compressed together in an object stream that gets `number` (7.5.7)."""
    parts, entries, position = list[bytes](), list[tuple[int, int, int | None]](), 0
    small: list[tuple[int, bytes]] = []
    for one in objects:
        if one.compressible:
            small.append((one.number, one.data))
            continue
        written = one.indirect + b"\n"
        entries.append((one.number, position, None))
        parts.append(written)
        position += len(written)
    if small:
        places, at = list[str](), 0
        for index, (own, data) in enumerate(small):
            entries.append((own, number, index))
            places.append(f"{own} {at}")
            at += len(data) + 1
        head = " ".join(places).encode() + b"\n"
        body = zlib.compress(head + b"\n".join(data for _, data in small), 9)
        about = f"<</Type /ObjStm/N {len(small)}/First {len(head)}/Filter /FlateDecode/Length {len(body)}>>"
        entries.append((number, position, None))
        parts.append(_indirect(number, _stream(about.encode(), body)) + b"\n")
    content = b"".join(parts)
    return Packed(content, tuple(entries), hashlib.sha256(content).digest())


def stream(content: bytes, extra: bytes = b"", *, compress: bool = True) -> bytes:
    """A stream object's text; `extra` is what else its dictionary says."""
    if compress:
        content = zlib.compress(content, _LEVEL)
        extra += b"/Filter /FlateDecode"
    return _stream(b"<<%s/Length %d>>" % (extra, len(content)), content)


def bind(packed: Sequence[Packed], varying: Iterable[tuple[int, bytes]], *, size: int, root: int, info: int) -> bytes:
    """The whole file. `varying` are numbers and texts of the other objects; `size` is one more than the highest number.

    The file's identifier is a hash of what is in it (14.4), so that the same content is the same file.
    """
    table: list[tuple[int, int, int]] = [(0, 0, 65535)] + [(0, 0, 0)] * size
    parts, position, identity = [HEADER], len(HEADER), hashlib.md5(usedforsecurity=False)
    for pack_ in packed:
        for number, first, second in pack_.entries:
            table[number] = (1, position + first, 0) if second is None else (2, first, second)
        parts.append(pack_.content)
        position += len(pack_.content)
        identity.update(pack_.digest)
    for number, data in varying:
        written = _indirect(number, data) + b"\n"
        table[number] = (1, position, 0)
        parts.append(written)
        position += len(written)
        identity.update(written)
    table[size] = (1, position, 0)
    rows = zlib.compress(b"".join(struct.pack(">BIH", *row) for row in table), _LEVEL)
    about = (
        f"<</Type /XRef/Size {size + 1}/W [1 4 2]/Root {root} 0 R/Info {info} 0 R"
        f"/ID [<{identity.hexdigest()}><{identity.hexdigest()}>]/Filter /FlateDecode/Length {len(rows)}>>"
    )
    parts.append(_indirect(size, _stream(about.encode(), rows)))
    parts.append(f"\nstartxref\n{position}\n%%EOF\n".encode())
    return b"".join(parts)


def _stream(about: bytes, content: bytes) -> bytes:
    return about + b"\nstream\n" + content + b"\nendstream"


def _indirect(number: int, data: bytes) -> bytes:
    return b"%d 0 obj\n%s\nendobj" % (number, data)
