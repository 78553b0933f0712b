"""What the parts of a fast page are: the sheet it is printed on, its places, and the ink of its words."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

from countersign.embedded import Embedded
from countersign.press.sorts import Used


class Unfit(Exception):
    """This page cannot be printed from a forme."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page needs besides its HTML. See `countersign.render.render_pdf`."""

    title: str
    created: date | None
    identifiers: tuple[str, ...]
    embedded: tuple[Embedded, ...]
    signable: bool
    producer: str

    @property
    def kind(self) -> Hashable:
        """What of it decides about the objects of the file, and not about their content."""
        files = tuple((e.name, e.media_type, e.relationship, e.description) for e in self.embedded)
        return self.created, len(self.identifiers), files, self.signable, self.producer


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed document, its number of pages, and the characters no font has."""

    content: bytes
    pages: int
    missing: str


@dataclass(frozen=True, slots=True)
class Words:
    """A place on the page for one box of text of a paragraph, under its number in the page's marked content."""

    paragraph: int
    text: int
    mcid: int


@dataclass(frozen=True, slots=True)
class Code:
    """A place for a QR code: the hole whose value is its address, and the size."""

    hole: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Ink:
    """What the boxes of text of a paragraph draw, and the codes of fonts that they take."""

    texts: tuple[bytes, ...]
    used: Used
