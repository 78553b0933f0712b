"""Identifiers and web addresses compared exactly: the only freedom is the case of scheme and host and a default port.

Two identifiers that differ in anything else are two identifiers (RFC 3986 §6.2.1 and the safe part of §6.2.2): no trailing
slash, no http for https, no percent-decoding, no Unicode look-alikes.
"""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_PORT = re.compile(r":[1-9][0-9]{0,4}", re.ASCII)
_PLAIN = re.compile(r"[\x21-\x7e]+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", re.ASCII)
_DEFAULT_PORT = {"http": 80, "https": 443}
_READ_ONE_WAY = re.compile(r"[A-Za-z0-9._~!$&'()*+,=:@/-]*", re.ASCII)
MAX_REMEMBERED = 2000
"""Characters of the longest address of which something is kept, so that strangers' addresses cannot fill the memory."""


def _remembering(work: Callable[[str], T]) -> Callable[[str], T]:
    """`work`, its answers for the addresses seen last kept: one credential names the same few again and again."""
    kept = lru_cache(maxsize=512)(work)

    @wraps(work)
    def remembering(address: str) -> T:
        return kept(address) if len(address) <= MAX_REMEMBERED else work(address)

    return remembering


@_remembering
def split(address: str) -> SplitResult | None:
    """The parts of a plain http(s) address; None for anything else, such as one with a user name, a host in other letters than
    ASCII's or a port that is not written as one writes a number."""
    if not _PLAIN.fullmatch(address) or not address.lower().startswith(("http://", "https://")) or "\\" in address:
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    port = parts.netloc[len(host) :]
    if "@" in parts.netloc or not _HOST.fullmatch(host.lower()) or (port and not _PORT.fullmatch(port)):
        return None
    return parts


@_remembering
def normal(identifier: str) -> str:
    """`identifier` in the one spelling used for comparing; an identifier that is no web address comes back unchanged."""
    parts = split(identifier)
    if parts is None:
        return identifier
    host, port = parts.hostname or "", parts.port
    if port is not None and port != _DEFAULT_PORT[parts.scheme.lower()]:
        host = f"{host}:{port}"
    rest = identifier[identifier.index("//") + 2 + len(parts.netloc) :]
    return f"{parts.scheme.lower()}://{host.lower()}{rest}"


@_remembering
def origin(address: str) -> str:
    """Scheme, host and port as `https://host`; the scheme is https, since nothing is fetched any other way.

    Empty when the address is no plain web address.
    """
    parts = split(address)
    if parts is None:
        return ""
    port = parts.port
    suffix = "" if port is None or port == _DEFAULT_PORT[parts.scheme.lower()] else f":{port}"
    return f"https://{(parts.hostname or '').lower()}{suffix}"


def path(address: str) -> str:
    """The path of a web address as it is spelled, at least "/", without query and fragment; empty for anything else.

    One that servers read in more than one way has none: with dot segments, with percent signs (which some decode twice, or into dots
    and slashes of other scripts), or with semicolons, behind which some see parameters and no part of the name.
    """
    parts = split(address)
    if parts is None:
        return ""
    if not _READ_ONE_WAY.fullmatch(parts.path) or {".", ".."} & set(parts.path.split("/")):
        return ""
    return parts.path or "/"


def beneath(address: str, beginning: str) -> bool:
    """Whether `address` is `beginning` itself or lies below it, by whole segments: "…/a" is no beginning of "…/ab"."""
    own, given = normal(address), normal(beginning)
    return own == given or own.startswith(given if given.endswith("/") else f"{given}/")


def to_fetch(address: str) -> str:
    """The address under which a document is fetched: https in place of http, without a fragment.

    Asking over https for what is named with http can only make the answer more certain.
    """
    bare = address.partition("#")[0]
    return "https://" + bare[len("http://") :] if bare.lower().startswith("http://") else bare


def is_uri(text: object) -> bool:
    """True for an absolute URI: a scheme and something behind it, printable ASCII only."""
    return isinstance(text, str) and len(text) <= 2000 and _SCHEME.fullmatch(text) is not None
