"""A forme: what WeasyPrint drew of a page, taken apart into what stands and places for what varies.

Words are never taken from the page a forme is made with: whatever it says besides its lines of text (links, descriptions, bookmarks, metadata)
is drawn with stand-ins.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from countersign.press.binding import Packed, pack
from countersign.press.galley import MARK, Paragraph
from countersign.press.insides import Page as WeasyPage
from countersign.press.insides import pydyf, to_bytes
from countersign.press.marking import HOLES, STAND_IN
from countersign.press.places import Code, Words
from countersign.press.sorts import Faces, InkStream, Used


class CodeHole:
    """Stands for a QR code of any address while a forme is made."""

    def __init__(self, hole: int) -> None:
        self._hole = hole

    def get_intrinsic_size(self, _resolution: Any, _font_size: Any) -> tuple[float, float, float]:
        return 100, 100, 1

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        stream.stream.append(Code(self._hole, width, height))


class PageInk(InkStream):
    """Draws a whole page, and notes where the boxes of varying words stand in its operators. Their glyphs are not the page's own."""

    places: list[tuple[int, int, Words]]
    counts: Counter[int]

    @contextmanager
    def marked(self, box: Any, tag: str) -> Generator[None]:
        paragraph: Paragraph | None = box.__dict__.get(MARK)
        start, number, page_s = len(self.stream), len(self._tags), self.used
        if paragraph is not None:
            self.used = Used(page_s.base)
        with InkStream.marked(self, box, tag):
            yield
        self.used = page_s
        if paragraph is not None:
            words = Words(paragraph.index, self.counts[paragraph.index], number)
            self.counts[paragraph.index] += 1
            self.places.append((start, len(self.stream), words))


class DrawnPage(WeasyPage):
    """A page that is painted with `PageInk`."""

    def __init__(self, box: Any, faces: Faces, used: Used, counts: "Counter[int]") -> None:
        WeasyPage.__init__(self, box)
        self.kept = (faces, used, counts)
        self.places: list[tuple[int, int, Words]] = []
        self.operators: list[Any] = []

    def paint(self, stream: Any, scale: float = 1) -> None:
        ink = PageInk.__new__(PageInk)
        ink.__dict__ = stream.__dict__  # the same stream, drawn on by another hand
        ink.faces, ink.used, ink.counts = self.kept
        ink.places = self.places
        WeasyPage.paint(self, ink, scale)
        self.operators = stream.stream


@dataclass(frozen=True, slots=True)
class Forme:
    """A page's kind, ready to print. `contents` are for each page its object's number and the pieces of its stream; `strings` are objects with
    texts that vary."""

    contents: tuple[tuple[int, tuple[bytes | Words | Code, ...]], ...]
    tops: tuple[float, ...]
    missing: str
    standing: Packed
    objects: int
    strings: tuple[tuple[Any, tuple[tuple[Any, str], ...]], ...]
    metadata: tuple[int, str]
    files: tuple[int, ...]
    names: int
    root: int
    info: int


def taken_apart(pdf: Any, sheets: Sequence[DrawnPage], tops: tuple[float, ...], missing: str) -> Forme:
    references = [_number(reference) for reference in pdf.page_references]
    contents: list[tuple[int, tuple[bytes | Words | Code, ...]]] = []
    for number, sheet in zip(references, sheets, strict=True):
        contents.append((_number(pdf.objects[number]["Contents"]), tuple(_pieces(sheet.operators, sheet.places))))
    names = _number(pdf.objects[_number(pdf.objects[references[0]]["Resources"])]["Font"])
    metadata = _number(pdf.catalog["Metadata"])
    varying = {number for number, _ in contents} | {names, metadata}
    files = [one.number for one in pdf.objects if _is_file(one)]
    varying.update(files)
    strings: list[tuple[Any, tuple[tuple[Any, str], ...]]] = []
    for one in pdf.objects:
        found = tuple(_strings(one))
        if any(STAND_IN.search(text) for _, text in found):
            strings.append((one, tuple(pair for pair in found if STAND_IN.search(pair[1]))))
            varying.add(one.number)
    objects = len(pdf.objects)
    standing = pack((one for one in pdf.objects[1:] if one.number not in varying and one.free != "f"), objects)
    packet = b"".join(pdf.objects[metadata].stream).decode()
    return Forme(
        contents=tuple(contents),
        tops=tops,
        missing=missing,
        standing=standing,
        objects=objects,
        strings=tuple(strings),
        metadata=(metadata, packet),
        files=tuple(files),
        names=names,
        root=pdf.catalog.number,
        info=pdf.info.number,
    )


def texts_on(sheets: Sequence[Any]) -> list[Any]:
    return [box for sheet in sheets for box in sheet.descendants(placeholders=True) if getattr(box, "text", "")]


def nothing_lost(root: Any, sheets: Sequence[Any]) -> bool:
    """Whether all words have found a place. Where not, WeasyPrint, alone, says which page it is."""
    wanted, placed = Counter(_letters(root.descendants())), _letters(texts_on(sheets))
    wanted.subtract(placed)
    return not any(count > 0 for count in wanted.values()) and not HOLES.search(placed)


def _letters(boxes: Iterable[Any]) -> str:
    return "".join("".join(box.text.split()) for box in boxes if getattr(box, "text", "")).replace("\u00ad", "")


def _pieces(operators_: Sequence[Any], places: Sequence[tuple[int, int, Words]]) -> Iterator[bytes | Words | Code]:
    """A page's operators, with the places of varying words and codes between them."""
    starts = {start: (end, words) for start, end, words in places}
    index, standing = 0, list[bytes]()
    while index < len(operators_):
        one = operators_[index]
        place: Words | Code | None = None
        after = index + 1
        if index in starts:
            after, place = starts[index]
        elif isinstance(one, Code):
            place = one
        if place is None:
            standing.append(to_bytes(one))
        else:
            if standing:
                yield b"\n".join(standing)
            standing.clear()
            yield place
        index = after
    if standing:
        yield b"\n".join(standing)


def _strings(one: Any) -> Iterator[tuple[Any, str]]:
    """The texts in an object, with what they say."""
    if isinstance(one, pydyf.String):
        yield one, str(one.string)
    elif isinstance(one, Mapping):
        for value in cast("Mapping[Any, Any]", one).values():
            yield from _strings(value)
    elif isinstance(one, list):
        for value in cast("list[Any]", one):
            yield from _strings(value)


def _is_file(one: Any) -> bool:
    return isinstance(one, pydyf.Stream) and one.extra.get("Type") == "/EmbeddedFile"


def _number(reference: Any) -> int:
    return int((reference if isinstance(reference, bytes) else str(reference).encode()).split()[0])
