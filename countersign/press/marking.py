"""What varies in a filled template, told from what does not: Jinja2 marks each value it writes, and the marks come out again.

Nothing is asked of a template for this. A value within an attribute that says something (`href`, `alt`, the address of a QR code) is a hole
in the page like one in the text; any other (a class) decides how the page looks, and belongs to the page.
"""

import re
from dataclasses import dataclass
from html import unescape
from secrets import token_hex
from typing import Any

from markupsafe import Markup, escape

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)\s*=\s*\"[^\"]*\Z")
_TEXT = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+(?: [^\s\x00-\x1f\x7f-\x9f]+)*\Z")
_SAYING = ("href", "alt")
_SECRET = f"q{token_hex(6)}q"
"""Begins what stands for a value: nobody can write it into a name. It never gets into a file."""
FIRST_HOLE = 0xE100
MOST_HOLES = 0x1000

QR = "qr:"
"""`<img src="qr:https://…">` is the QR code of an address: see `countersign.press.pictures`."""


@dataclass(frozen=True, slots=True)
class Page:
    """A filled template. `literals` are what stands around its holes, one more than there are `values`; `attributes` tells of each hole the
    attribute it is in, and whether it is all of it; ("", False) in running text."""

    literals: tuple[str, ...]
    attributes: tuple[tuple[str, bool], ...]
    values: tuple[str, ...]

    def with_fixed(self, holes: frozenset[int]) -> "Page":
        """The page with these holes filled in for good."""
        return _joined(self.literals, self.attributes, self.values, [n not in holes for n in range(len(self.values))])

    def holed(self) -> str:
        """The page's HTML with one private character for each hole in the text, and a word for each in an attribute."""
        pieces = [self.literals[0]]
        for index, (literal, attribute) in enumerate(zip(self.literals[1:], self.attributes, strict=True)):
            pieces += [stand_in(index, *attribute) if attribute[0] else chr(FIRST_HOLE + index), literal]
        return "".join(pieces)


def stand_in(index: int, attribute: str, whole: bool) -> str:
    """What stands for hole number `index` while it is in an attribute: an address where an address is wanted."""
    return f"https://{_SECRET}{index}z.invalid/" if attribute == "href" and whole else f"{_SECRET}{index}z"


def stand_in_of(what: str) -> str:
    """What stands for something else that a page is printed with, such as its title."""
    return f"{_SECRET}{what}z"


HOLES = re.compile(f"[{chr(FIRST_HOLE)}-{chr(FIRST_HOLE + MOST_HOLES - 1)}]")
"""Finds holes in the text."""

STAND_IN = re.compile(
    f"https://{_SECRET}([0-9]+)z\\.invalid/|{_SECRET}([0-9]+|[a-z]+[0-9]*)z|([{chr(FIRST_HOLE)}-{chr(FIRST_HOLE + MOST_HOLES - 1)}])"
)
"""Finds what stands for values in a drawn page: an address; another stand-in, by its number or its name; the private character of a hole in the text."""


def mark(value: Any) -> Any:
    """A value on its way into the page, marked. For Jinja2's `finalize`; HTML made by a filter or macro is left as it is."""
    if isinstance(value, Markup):
        return value
    text = str(value)
    return text if _OPEN in text or _CLOSE in text else Markup(f"{_OPEN}{escape(text)}{_CLOSE}")  # noqa: S704 (escaped)


def unmarked(html: str) -> str:
    """The page as it is without the marks."""
    return html.replace(_OPEN, "").replace(_CLOSE, "")


def holes_of(html: str) -> Page | None:
    """The page told apart; None when it cannot be: a mark stands in a mark, too many do, or a sign of ours in the page itself."""
    if HOLES.search(html):
        return None
    pieces = _MARKED.split(html)
    if len(pieces) // 2 > MOST_HOLES or any(_OPEN in p or _CLOSE in p for p in pieces):
        return None
    literals, values = pieces[::2], [unescape(v) for v in pieces[1::2]]
    attributes: list[tuple[str, bool]] = []
    tag: str | None = None  # what of a tag has been read, while we are in one
    for index, literal in enumerate(literals[:-1]):
        opened, closed = literal.rfind("<"), literal.rfind(">")
        if opened > closed:
            tag = literal[opened:]
        elif closed > opened:
            tag = None
        elif tag is not None:
            tag += literal
        found = _ATTRIBUTE.search(tag) if tag is not None else None
        name = "?" if tag is not None and found is None else found[1].lower() if found else ""
        whole = literal.endswith('"') and literals[index + 1].startswith('"')
        if name == "src":
            if whole and values[index].startswith(QR):
                literals[index], values[index] = literal + QR, values[index].removeprefix(QR)
            whole = literals[index].endswith(f'"{QR}') and literals[index + 1].startswith('"')
        attributes.append((name, whole))
        if tag is not None:
            tag += "0"  # the value, whatever it is
    kept = tuple(attributes)
    return _joined(tuple(literals), kept, tuple(values), [_is_hole(a, v) for a, v in zip(kept, values, strict=True)])


def _is_hole(attribute: tuple[str, bool], value: str) -> bool:
    name, whole = attribute
    if name == "src":
        return whole
    if name:
        return name in _SAYING and (whole or name == "alt")
    return bool(
        _TEXT.match(value)
    )  # other white space plays together with what stands around; HTML drops control characters


def _joined(
    literals: tuple[str, ...], attributes: tuple[tuple[str, bool], ...], values: tuple[str, ...], is_hole: list[bool]
) -> Page:
    kept, about, said = [literals[0]], list[tuple[str, bool]](), list[str]()
    for index, value in enumerate(values):
        if is_hole[index]:
            kept.append(literals[index + 1])
            about.append(attributes[index])
            said.append(value)
        else:
            kept[-1] += str(escape(value)) + literals[index + 1]
    return Page(tuple(kept), tuple(about), tuple(said))
