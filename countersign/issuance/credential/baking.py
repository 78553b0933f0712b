"""A signed credential put into a PNG, where Open Badges 3.0 looks for it: an iTXt chunk `openbadgecredential` (§5.3).

openbadges-bakery 2.0.0 knows the keyword of Open Badges 2.0 only: its own `bake` writes `openbadges`, which no reader of 3.0 looks for. So
the chunk is ours, and the bakery puts it in its place. A picture that carries a credential already is refused: two in one file, and nobody
could tell which one is meant.
"""

import struct
from io import BytesIO
from typing import Any

import png
from openbadges_bakery.png_bakery import baked_chunks  # pyright: ignore[reportUnknownVariableType]
from PIL import Image

from countersign.errors import UsageError

KEYWORD = b"openbadgecredential"
KEYWORDS = (KEYWORD, b"openbadges")
_LIBRARY: Any = png  # it has no types of its own
MAX_PICTURE = 2_000_000
MAX_SIDE = 4_000
_ANOTHER = "Name a PNG of at most 2 MB and 4000 × 4000 pixels as picture of [recognition_credential], or leave it out for the one that is shipped."


def checked(content: bytes, name: str) -> bytes:
    """The picture, if credentials can be baked into it; `name` is what to call it. Raises UsageError."""
    if len(content) > MAX_PICTURE:
        raise UsageError(f"The picture {name} is larger than 2 MB.", _ANOTHER)
    try:
        chunks = _chunks(content)
        size = struct.unpack(">II", chunks[0][1][:8]) if chunks[0][0] == b"IHDR" else (0, 0)
        if max(size) <= MAX_SIDE:  # looked at before it is unpacked
            with Image.open(BytesIO(content), formats=("PNG",)) as picture:
                picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, png.Error) as error:
        raise UsageError(f"The picture {name} is not a PNG that can be read.", _ANOTHER) from error
    if max(size) > MAX_SIDE:
        raise UsageError(f"The picture {name} has {size[0]} × {size[1]} pixels.", _ANOTHER)
    if any(data.partition(b"\0")[0] in KEYWORDS for _, data in chunks):
        raise UsageError(f"The picture {name} carries a credential already.", "Name one that carries none.")
    return content


def bake(picture: bytes, token: str) -> bytes:
    """The picture with the token in it; the same two give the same bytes. `picture` was `checked`."""
    # keyword NUL, not compressed, method 0, no language NUL, no translated keyword NUL, text
    chunk = (b"iTXt", KEYWORD + b"\0\0\0\0\0" + token.encode("ascii"))
    baked = BytesIO()
    _LIBRARY.write_chunks(baked, baked_chunks(iter(_chunks(picture)), chunk))
    return baked.getvalue()


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, data) of each chunk; every checksum is looked at. Raises png.Error."""
    return [(bytes(kind), bytes(data)) for kind, data in _LIBRARY.Reader(bytes=content).chunks()]
