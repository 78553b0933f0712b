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
    if data is not None and data == data.lower():
        return data.split(b"\n")
    halves = _halves(data)
    if data is None or halves is None:
        return [_utf8(s) for a in addresses.split("\n") for s in variants(a)]
    written, small = data.split(b"\n"), data.lower().split(b"\n")
    mixed = list(map(add, halves[0], map(bytes.lower, halves[1])))
    return [*written, *_new(small, written), *_new(mixed, written, small)]


def rare(addresses: str) -> list[bytes]:
    """What `rare_variants` gives for each of the `addresses`, one on a line."""
    data = _plain(addresses)
    halves = _halves(data and data.lower())
    if data is None or halves is None:
        return [_utf8(s) for a in addresses.split("\n") for s in rare_variants(a)]
    written, upper = data.split(b"\n"), data.upper().split(b"\n")
    local, domain = halves
    first = list(map(add, map(bytes.capitalize, local), domain))
    each = list(map(add, map(bytes.title, local), domain))
    return [*_new(upper, written), *_new(first, written), *_new(each, first, written)]


def _plain(addresses: str) -> bytes | None:
    """The addresses as bytes, when there is only visible ASCII in them and no "mailto:"; None otherwise."""
    if not addresses.isascii():
        return None
    data = addresses.encode()
    return None if data.translate(None, _VISIBLE) or b"mailto:" in data.lower() else data


def _halves(data: bytes | None) -> tuple[list[bytes], list[bytes]] | None:
    """The local parts, and the domains with their @, when there is exactly one @ in each line; None otherwise."""
    if data is None:
        return None
    parts = data.replace(b"@", b"\n@").split(b"\n")
    local, domain = parts[0::2], parts[1::2]
    # As many @ as lines, and every second part begins with one: local part and domain take turns to the end.
    lines = data.count(b"\n") + 1
    return (local, domain) if data.count(b"@") == len(domain) == b"".join(domain).count(b"@") == lines else None


def _new(spellings: list[bytes], *known: list[bytes]) -> Iterable[bytes]:
    """Those that are not at the same place in any of the `known`: hashing one twice costs more than looking."""
    differ = (map(ne, spellings, others) for others in known)
    return compress(spellings, reduce(partial(map, and_), differ))


def _utf8(spelling: str) -> bytes:
    return spelling.encode("utf-8", "surrogatepass")
