"""The spellings of many addresses at once, at the speed of C. `countersign.identity` says which spellings there are.

Making them one address at a time costs three times as much as hashing them. A test holds both ways equal.
"""

from collections.abc import Iterable
from functools import partial, reduce
from itertools import compress
from operator import add, and_, ne  # pyright: ignore[reportUnknownVariableType]

from countersign.identity import rare_variants, variants

_VISIBLE = bytes(range(0x21, 0x7F)) + b"\n"


def common(addresses: str) -> list[bytes]:
    """What `variants` gives for each of the `addresses`, one on a line."""
    data = _plain(addresses)
    if data is None:
        return [_utf8(s) for a in addresses.split("\n") for s in variants(a)]
    lowered = data.lower()
    written = data.split(b"\n")
    if data == lowered:
        return written
    halves, small = _halves(data), lowered.split(b"\n")
    mixed = list(map(add, halves[0], map(bytes.lower, halves[1])))
    return [*written, *_new(small, written), *_new(mixed, written, small)]


def rare(addresses: str) -> list[bytes]:
    """What `rare_variants` gives for each of the `addresses`, one on a line."""
    data = _plain(addresses)
    if data is None:
        return [_utf8(s) for a in addresses.split("\n") for s in rare_variants(a)]
    written, lowered = data.split(b"\n"), data.lower()
    local, domain = _halves(lowered)
    first = list(map(add, map(bytes.capitalize, local), domain))
    each = list(map(add, map(bytes.title, local), domain))
    upper = data.upper().split(b"\n")
    return [*_new(upper, written), *_new(first, written), *_new(each, first, written)]


def _plain(addresses: str) -> bytes | None:
    """The addresses as bytes, when each is visible ASCII with one @ in it and nothing before it; None otherwise."""
    if not addresses.isascii():
        return None
    data = addresses.encode()
    if data.translate(None, _VISIBLE) or b"mailto:" in data.lower():
        return None
    # As many @ as lines, and none in what follows the first one of each line.
    domains = data.replace(b"@", b"\n@").split(b"\n")[1::2]
    lines = data.count(b"\n") + 1
    return data if data.count(b"@") == len(domains) == b"".join(domains).count(b"@") == lines else None


def _halves(data: bytes) -> tuple[list[bytes], list[bytes]]:
    """The local parts, and the domains with their @."""
    parts = data.replace(b"@", b"\n@").split(b"\n")
    return parts[0::2], parts[1::2]


def _new(spellings: list[bytes], *known: list[bytes]) -> Iterable[bytes]:
    """Those that are not at the same place in any of the `known`: hashing one twice costs more than looking."""
    differ = (map(ne, spellings, others) for others in known)
    return compress(spellings, reduce(partial(map, and_), differ))


def _utf8(spelling: str) -> bytes:
    return spelling.encode("utf-8", "surrogatepass")
