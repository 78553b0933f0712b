"""The text an SVG carries for Open Badges: an `assertion` or `credential` element in one of the two namespaces.

Sources: Open Badges Baking Specification (OB 2.0), "SVG": element `openbadges:assertion` in http://openbadges.org with
attribute `verify` or the JSON as content; OB 3.0 §5.3.2: `credential` in https://purl.imsglobal.org/ob/v3p0.

Expat reads it as a stream: no tree is built, whatever the file's size. A bare DOCTYPE is common and harmless, as its external
file is never fetched; one with declarations of its own is refused, since entities unfold and declared attributes are seen by
some programs only.
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any, cast
from xml.parsers.expat import ExpatError, ParserCreate

from countersign.verification.carriers.png import ANOTHER, inflated
from countersign.verification.carriers.unreadable import Damaged
from countersign.verification.findings import DOWNLOAD

ELEMENTS = frozenset(
    {
        ("http://openbadges.org", "assertion"),
        ("https://openbadges.org", "assertion"),
        ("https://purl.imsglobal.org/ob/v3p0", "credential"),
    }
)
GZIP = b"\x1f\x8b"
MAX_BYTES = 5_000_000
MAX_ELEMENTS = 200_000


def text_of(content: bytes) -> str | None:
    """The carried text of an SVG or a compressed one (.svgz), None when it carries none. Raises Damaged."""
    found = _read(_unpacked(content) if content.startswith(GZIP) else content).found
    if len(found) > 1:
        raise Damaged(
            f"The picture carries {len(found)} credentials, and it cannot be told which one is meant.", DOWNLOAD
        )
    return _payload(found[0]) if found else None


@dataclass(slots=True)
class _Carrying:
    """One element that carries, or should: its `verify` attribute and its text so far."""

    verify: str
    texts: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class _Reading:
    """What a pass over the file has seen. `depth` counts elements that are open, from a carrying one inwards."""

    found: list[_Carrying] = field(default_factory=list[_Carrying])
    elements: int = 0
    depth: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise Damaged(
                f"The SVG picture has more than {MAX_ELEMENTS:,} elements.", "Send the picture as the issuer made it."
            )
        namespace, _, local = name.rpartition(" ")
        if (namespace.rstrip("/"), local) in ELEMENTS:
            self.found.append(_Carrying(attributes.get("verify", "").strip()))
        elif self.depth:
            raise Damaged("The picture's credential is mixed with other elements.", DOWNLOAD)
        else:
            return
        self.depth += 1

    def end(self, _name: str) -> None:
        self.depth = max(0, self.depth - 1)  # everything inside a carrying element is one itself, or refused

    def text(self, data: str) -> None:
        if self.depth:
            self.found[-1].texts.append(data)

    def doctype(self, _name: str, _system: str | None, _public: str | None, declares: int) -> None:
        if declares:
            raise Damaged(
                "The SVG picture declares entities or attributes of its own, a way to make a small file unfold into a "
                "huge one or to show two programs two things.",
                f"{DOWNLOAD} If it stays so, ask for it as a PNG.",
            )

    def skipped(self, _name: str, _is_parameter: int) -> None:
        raise Damaged("The SVG picture uses an entity that it does not explain.", DOWNLOAD)


def _read(content: bytes) -> _Reading:
    if len(content) > MAX_BYTES:
        raise Damaged(f"The SVG picture is larger than {MAX_BYTES:,} bytes.", ANOTHER)
    reading = _Reading()
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.specified_attributes = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.SkippedEntityHandler = reading.skipped
    try:
        parser.Parse(content, True)
    except (ExpatError, ValueError, LookupError) as error:
        raise Damaged("The file is called an SVG picture but is not whole XML.", DOWNLOAD) from error
    return reading


def _unpacked(content: bytes) -> bytes:
    try:
        unpacked = inflated(content, MAX_BYTES, wbits=zlib.MAX_WBITS | 16)
    except (zlib.error, EOFError) as error:
        raise Damaged("The compressed SVG picture is damaged.", DOWNLOAD) from error
    if unpacked is None:
        raise Damaged(f"The compressed SVG picture unpacks to more than {MAX_BYTES:,} bytes.", ANOTHER)
    return unpacked


def _payload(carrying: _Carrying) -> str:
    """The `verify` attribute (a compact JWS or URL) or the content (JSON); both only when they mean the same."""
    verify, inside = carrying.verify, "".join(carrying.texts).strip()
    if not verify:
        return inside
    if not inside or inside == verify:
        return verify
    if verify in _addresses(inside):  # OB 2.0: `verify` is where a hosted assertion lives, and the JSON names it again
        return inside
    raise Damaged(
        "The picture carries one credential as attribute and another as text, and it cannot be told which is meant.",
        DOWNLOAD,
    )


def _addresses(text: str) -> tuple[Any, ...]:
    """Where an assertion in JSON says that it is hosted: `id`, or in OB 1 `verify.url`."""
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(body, dict):
        return ()
    members = cast(dict[str, Any], body)
    hosted: Any = members.get("verify") or members.get("verification")
    return members.get("id"), cast(dict[str, Any], hosted).get("url") if isinstance(hosted, dict) else None
