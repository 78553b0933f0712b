"""A page printed from its forme: the objects that are written anew, and the fonts it takes."""

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from countersign.press.archive import embedded_stream, printable
from countersign.press.binding import Packed, pack, stream
from countersign.press.forme import Forme
from countersign.press.insides import iri_to_uri
from countersign.press.marking import FIRST_HOLE, STAND_IN, Page
from countersign.press.pictures import operators
from countersign.press.places import Ink, Sheet, Words
from countersign.press.sorts import Used, font_objects


def packed_fonts(forme: Forme, used: Used) -> tuple[Packed, int]:
    """The fonts of a page, and the number of the last object."""
    objects, names = font_objects(used, forme.objects + 1)
    names.number = forme.names
    last = forme.objects + 1 + len(objects)
    return pack([names, *objects], last), last


def varying(forme: Forme, page: Page, sheet: Sheet, inks: Sequence[Ink]) -> Iterator[tuple[int, bytes]]:
    """Numbers and texts of the objects that are written anew for each page."""
    for number, pieces in forme.contents:
        parts: list[bytes] = []
        for piece in pieces:
            if isinstance(piece, bytes):
                parts.append(piece)
            elif isinstance(piece, Words):
                parts.append(
                    b"/Span\n<</MCID %d>>\nBDC\n%s\nEMC" % (piece.mcid, inks[piece.paragraph].texts[piece.text])
                )
            else:
                parts.append(operators(page.values[piece.hole], piece.width, piece.height))
        yield number, stream(b"\n".join(parts))
    number, packet = forme.metadata
    said = STAND_IN.sub(lambda found: escape(printable(_value(found, page, sheet))), packet)
    yield number, stream(said.encode(), b"/Type /Metadata/Subtype /XML", compress=False)
    for number, one in zip(forme.files, sorted(sheet.embedded, key=lambda e: e.name), strict=True):
        yield number, embedded_stream(one).data
    for one, found in forme.strings:
        for string, text in found:
            string.string = STAND_IN.sub(lambda found: _value(found, page, sheet), text)
        yield one.number, one.data


def _value(found: re.Match[str], page: Page, sheet: Sheet) -> str:
    """What stands in a stand-in's place."""
    address, name, character = found.groups()
    if address:
        return str(iri_to_uri(page.values[int(address)]))
    if character:
        return page.values[ord(character) - FIRST_HOLE]
    if name.isdecimal():
        return page.values[int(name)]
    return printable(sheet.title) if name == "title" else sheet.identifiers[int(name.removeprefix("identifier"))]
