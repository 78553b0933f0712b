"""A message's structure as slices of its original bytes.

The standard library rebuilds a nested message from its parts and does not give back the bytes that arrived, and its
parser recurses as deep as the sender likes. So structure is cut here, in the bytes; the meaning of a header value is left to
the standard library (`email.policy.default`), behind guards, since hostile values can make it raise anything.
Sources: RFC 5322 section 2.2 (headers), RFC 2046 section 5.1 (multipart).
"""

import binascii
import codecs
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.policy import default
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, TypeVar, cast

MAX_HEAD = 256 * 1024
MAX_VALUE = 4000
MAX_TYPE = 1000
"""Characters of Content-Type and Content-Disposition that are read: the library's reading of parameters takes quadratic time."""

MAX_FIELDS = 1000
"""How many header fields a part may have; what comes after them is taken for its body."""

T = TypeVar("T")

_LINE = re.compile(rb"[^\n]*\n?")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_CHARSETS = re.compile(
    r"(utf[-_]?(8|16|32)(-?[bl]e)?|us-ascii|ascii|iso[-_]?8859[-_]\d+|latin-?\d|(windows|cp)-?\d+|koi8-[ru]|gb\w+|big5\w*"
    r"|shift_?jis|euc[-_]\w+|mac\w*)\Z",
    re.IGNORECASE,
)


def guarded(function: Callable[[], T], otherwise: T) -> T:
    """What `function` returns, or `otherwise`: for the standard library's header parsing on values from outside."""
    try:
        return function()
    except Exception:  # noqa: BLE001  the header parser raises IndexError, RecursionError and others on hostile values
        return otherwise


@dataclass(frozen=True)
class Part:
    """One message or part of one: its headers (lower-case name, unfolded value, in order) and its body as it arrived."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    default_type: str = "text/plain"

    def all(self, name: str) -> list[str]:
        """The values of every header of this (lower-case) name, topmost first, each at most `MAX_VALUE` characters."""
        return [value[:MAX_VALUE] for key, value in self.headers if key == name]

    def raw(self, name: str) -> str:
        """The topmost header's value, "" when there is none."""
        return next(iter(self.all(name)), "")

    def text(self, name: str) -> str:
        """The topmost header's value with encoded words decoded."""
        value = self.raw(name)
        return guarded(lambda: str(default.header_factory(name, value)), value)

    def mailbox(self, name: str) -> tuple[str, str]:
        """The first (display name, address) of an address header; ("", "") when none can be read."""
        value = self.raw(name)

        def first() -> tuple[str, str]:
            header: Any = default.header_factory(name, value)
            address = header.addresses[0]
            return str(address.display_name), str(address.addr_spec)

        found = guarded(first, ("", ""))
        if "@" in found[1].strip("<>@"):
            return found
        bare = re.search(r"[^\s<>\"'(),;:@]{1,64}@[^\s<>\"'(),;:@]{1,255}", value)
        return ("", bare.group()) if bare else ("", "")

    @cached_property
    def _typed(self) -> "Message[str, str]":
        message: Message[str, str] = Message()
        message.set_default_type(self.default_type)
        for name in ("Content-Type", "Content-Disposition"):
            value = self.raw(name.lower())[:MAX_TYPE]
            if value:
                message[name] = value
        return message

    @property
    def media_type(self) -> str:
        """The declared media type, lower case."""
        return guarded(self._typed.get_content_type, self.default_type).lower()

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type, "" when absent."""

        def value() -> str:
            found: Any = self._typed.get_param(name)
            return str(cast(tuple[Any, ...], found)[2] if isinstance(found, tuple) else found or "")

        return guarded(value, "")

    @property
    def file_name(self) -> str:
        """The name the sender gave the part, as given and never to be used as a path; "" when none."""
        name = guarded(lambda: self._typed.get_filename() or "", "")
        if "=?" in name:  # not allowed in a parameter, and common
            return guarded(lambda: str(make_header(decode_header(name))), name)
        return name

    @property
    def is_attachment(self) -> bool:
        return self.raw("content-disposition").lower().startswith("attachment")

    @property
    def encoding(self) -> str:
        return self.raw("content-transfer-encoding").strip().lower()

    def decoded(self) -> bytes:
        """The body with its transfer encoding undone as far as it goes; a damaged end is cut, never an error."""
        if self.encoding == "base64":
            return _base64(self.body)
        if self.encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        return self.body

    def as_text(self) -> str:
        """The decoded body as text in its declared character set, or in the likeliest one."""
        return to_text(self.decoded(), self.parameter("charset"))

    def children(self) -> Iterator["Part"]:
        """The parts of a multipart body, in order; none when its boundary is missing or never comes."""
        boundary = self.parameter("boundary")
        if not boundary or len(boundary) > 200:
            return
        below = "message/rfc822" if self.media_type == "multipart/digest" else "text/plain"
        mark = re.escape(b"\n--" + boundary.encode("utf-8", "surrogateescape"))
        body = b"\n" + self.body  # so that each boundary begins behind a line end
        start: int | None = None
        for found in re.compile(mark + rb"(--)?[ \t]*\r?(?=\n|\Z)").finditer(body):
            if start is not None:
                yield read_part(_without_last_line_end(body[start : found.start() + 1]), below)
            start = found.end() + 1
            if found.group(1):
                return
        if start is not None:  # the closing boundary is missing: a truncated message still has its last part
            yield read_part(body[start:], below)


def read_part(content: bytes, default_type: str = "text/plain") -> Part:
    """Cut `content` into headers and body. A line that is no header ends the headers, as the standard library has it."""
    headers: list[tuple[bytes, bytearray]] = []
    position, first = 0, True
    while position < min(len(content), MAX_HEAD) and len(headers) < MAX_FIELDS:
        found = _LINE.match(content, position)
        line = found.group() if found else b""
        if first and line.startswith((b"From ", b">From ")):
            position, first = position + len(line), False
            continue
        first = False
        if not line.strip(b"\r\n"):
            position += len(line)
            break
        if line[:1] in (b" ", b"\t") and headers:
            headers[-1][1].extend(b" " + line.strip())
            position += len(line)
            continue
        field = _FIELD.match(line)
        if field is None:
            break
        headers.append((field.group(1), bytearray(field.group(2).strip())))
        position += len(line)
    named = tuple((name.decode("ascii").lower(), _header_text(bytes(value))) for name, value in headers)
    return Part(named, content[position:], default_type)


def received_by(part: Part) -> str:
    """The host after `by` in the topmost `Received:` header (RFC 5321 section 4.4), lower case; "" when not exactly one is
    named. Comments are left out: the host that delivered may have a say in them."""
    said = part.raw("received").rpartition(";")[0]
    while (bare := re.sub(r"\([^()]*\)", " ", said)) != said:
        said = bare
    hosts = re.findall(r"(?:^|\s)by\s+([^\s;()]+)", said, re.IGNORECASE)
    return hosts[0].lower().rstrip(".") if len(hosts) == 1 else ""


def received_at(part: Part) -> datetime | None:
    """The moment in the topmost `Received:` header (RFC 5321 section 4.4), in UTC. Who wrote it, `received_by` says.

    None when there is none or it cannot be read. The sender's `Date:` is never used: it says what the sender likes.
    """
    value = part.raw("received")
    if ";" not in value:
        return None

    def moment() -> datetime | None:
        at = parsedate_to_datetime(value.rpartition(";")[2].strip())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return at if at.year >= 1990 else None

    return guarded(moment, None)


def to_text(content: bytes, charset: str = "") -> str:
    """`content` as text: by its byte order mark, by `charset` when that is a character set, else UTF-8, else Windows-1252."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(name, "replace")
    if _CHARSETS.match(charset):  # a list, because some codecs take quadratic time
        try:
            return content.decode(charset, "replace")
        except LookupError:
            pass
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _header_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _without_last_line_end(piece: bytes) -> bytes:
    """The line end before a boundary belongs to the boundary."""
    if piece.endswith(b"\r\n"):
        return piece[:-2]
    return piece.removesuffix(b"\n")


_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def _base64(body: bytes) -> bytes:
    letters = body.split(b"=", 1)[0] if body.rstrip().endswith(b"=") else body
    letters = letters.translate(None, _NOT_BASE64)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
