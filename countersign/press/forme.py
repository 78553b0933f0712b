"""Formes: a page is set once for each shape it takes, and every other page of that shape is printed from it with other words.

1. A filled template is told apart into what stands and what varies (`marking`). What stands is a *family*; its boxes are made once (`galley`).
2. The paragraphs with varying words are laid out by themselves. How high their lines are, and how many boxes they hold, is the page's *shape*:
   nothing else on the page depends on the words.
3. For a shape not seen before WeasyPrint lays out and draws the whole page. What it drew is kept as a *forme*: operators and objects, with
   places left open for words, QR codes, links and descriptions.
4. A page is printed from its forme: the words' operators are put into their places, fonts are shared (`sorts`), the file is bound (`binding`).

Whatever does not fit this is drawn by WeasyPrint alone, with the same result. A page's bytes depend on the page, never on what was printed
before it: words are never taken from the page a forme was made with.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast
from xml.sax.saxutils import escape

import pydyf as untyped_pydyf
from weasyprint import DEFAULT_OPTIONS
from weasyprint.document import Document
from weasyprint.document import Page as WeasyPage
from weasyprint.draw.text import draw_text
from weasyprint.html import get_html_metadata
from weasyprint.layout import layout_document
from weasyprint.layout.inline import split_text_box
from weasyprint.pdf import VARIANTS, generate_pdf
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.urls import iri_to_uri

from countersign.press.archive import VARIANT, About, archive, embedded_stream, printable
from countersign.press.binding import Packed, bind, pack, stream
from countersign.press.galley import MARK, Galley, Line, Paragraph
from countersign.press.marking import QR, Page, stand_in
from countersign.press.pictures import Pictures, operators
from countersign.press.sorts import SPECIMEN, Faces, InkStream, Used, font_objects
from countersign.render import Embedded

pydyf = cast(Any, untyped_pydyf)

_TITLE, _IDENTIFIER = "zqtitlezq", "zqidentifier{}zq"
_STAND_IN = re.compile(r"https://zqhole(\d+)zq\.invalid/|zqhole(\d+)zq|zqtitlezq|zqidentifier(\d+)zq")
_KEPT_LINES = 4096
_KEPT_FONTS = 64
_KEPT_FAMILIES = 256

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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
class _Words:
    """A place on the page for one box of text of a paragraph, under its number in the page's marked content."""

    paragraph: int
    text: int
    mcid: int


@dataclass(frozen=True, slots=True)
class _Code:
    """A place for a QR code: the hole whose value is its address, and the size."""

    hole: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Ink:
    """What the boxes of text of a paragraph draw, and the codes of fonts that they take."""

    texts: tuple[bytes, ...]
    used: Used


class _CodeHole:
    """Stands for a QR code of any address while a forme is made."""

    def __init__(self, hole: int) -> None:
        self._hole = hole

    def get_intrinsic_size(self, _resolution: Any, _font_size: Any) -> tuple[float, float, float]:
        return 100, 100, 1

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        stream.stream.append(_Code(self._hole, width, height))


class _PageInk(InkStream):
    """Draws a whole page, and notes where the boxes of varying words stand in its operators. Their glyphs are not the page's own."""

    places: list[tuple[int, int, _Words]]
    counts: Counter[int]

    @contextmanager
    def marked(self, box: Any, tag: str) -> Iterator[None]:
        paragraph: Paragraph | None = box.__dict__.get(MARK)
        start, number, page_s = len(self.stream), len(self._tags), self.used
        if paragraph is not None:
            self.used = Used(page_s.base)
        with InkStream.marked(self, box, tag):
            yield
        self.used = page_s
        if paragraph is not None:
            words = _Words(paragraph.index, self.counts[paragraph.index], number)
            self.counts[paragraph.index] += 1
            self.places.append((start, len(self.stream), words))


class _Sheet(WeasyPage):
    """A page that is painted with `_PageInk`."""

    def __init__(self, box: Any, faces: Faces, used: Used, counts: "Counter[int]") -> None:
        cast(Any, super()).__init__(box)
        self.kept = (faces, used, counts)
        self.places: list[tuple[int, int, _Words]] = []
        self.operators: list[Any] = []

    def paint(self, stream: Any, scale: float = 1) -> None:
        ink = _PageInk.__new__(_PageInk)
        ink.__dict__ = stream.__dict__  # the same stream, drawn on by another hand
        ink.faces, ink.used, ink.counts = self.kept
        ink.places = self.places
        cast(Any, super()).paint(ink, scale)
        self.operators = stream.stream


@dataclass(frozen=True, slots=True)
class _Forme:
    """A page's kind, ready to print. `contents` are for each page its object's number and the pieces of its stream; `strings` are objects with
    texts that vary."""

    contents: tuple[tuple[int, tuple[bytes | _Words | _Code, ...]], ...]
    tops: tuple[float, ...]
    standing: Packed
    objects: int
    strings: tuple[tuple[Any, tuple[tuple[Any, str], ...]], ...]
    metadata: tuple[int, str]
    files: tuple[int, ...]
    names: int
    root: int
    info: int


class _Kept(OrderedDict[K, V]):
    """The last things made, so that they are made once."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def obtain(self, key: K, make: Callable[[], V]) -> V:
        if key in self:
            self.move_to_end(key)
            return self[key]
        made = self[key] = make()
        if len(self) > self._most:
            self.popitem(last=False)
        return made


class Formes:
    """The formes of one press: template folders with their fonts."""

    def __init__(
        self, *, base_url: str, fetcher: Any, fonts: Any, style: Any, check: Callable[[list[Any]], None]
    ) -> None:
        self._base_url, self._fetcher, self._fonts, self._style, self._check = base_url, fetcher, fonts, style, check
        self._faces, self._styles = Faces(), dict[Hashable, Used]()
        self._families: _Kept[Hashable, _Family] = _Kept(_KEPT_FAMILIES)

    def print(self, page: Page, sheet: Sheet) -> Printed:
        """The page as a PDF. Raises Unfit when WeasyPrint has to draw it alone."""
        family = self._family(page)
        if family.galley.unfit:
            page = page.with_fixed(family.galley.unfit)
            family = self._family(page)
            if family.galley.unfit:
                raise Unfit
        return family.print(page, sheet)

    def _family(self, page: Page) -> "_Family":
        return self._families.obtain((page.literals, page.attributes), lambda: self._made(page))

    def _made(self, page: Page) -> "_Family":
        codes = Pictures()
        for index, (name, whole) in enumerate(page.attributes):
            if name == "src":
                codes[QR + stand_in(index, name, whole)] = _CodeHole(index)
        galley = Galley(
            page.holed(),
            len(page.values),
            base_url=self._base_url,
            fetcher=self._fetcher,
            fonts=self._fonts,
            style=self._style,
            cache=codes,
            variant=VARIANT,
        )
        return _Family(galley, self._faces, self._styles, self._check)


class _Family:
    """Pages that differ in nothing but their words."""

    def __init__(self, galley: Galley, faces: Faces, styles: dict[Hashable, Used], check: Callable[[list[Any]], None]) -> None:
        self.galley = galley
        self._faces, self._styles, self._check = faces, styles, check
        self._formes: dict[Hashable, _Forme | int] = {}
        self._lines: _Kept[Hashable, tuple[Line, ...]] = _Kept(_KEPT_LINES)
        self._inks: _Kept[Hashable, _Ink] = _Kept(_KEPT_LINES)
        self._fonts: _Kept[Hashable, tuple[Packed, int]] = _Kept(_KEPT_FONTS)
        self._base: Used | None = None
        self._across: tuple[tuple[float, float], ...] = ()

    def print(self, page: Page, sheet: Sheet) -> Printed:
        if not self._across:
            self._lay_out(page.values)
        words = [tuple(page.values[n] for n in paragraph.holes) for paragraph in self.galley.paragraphs]
        lines = [
            self._lines.obtain((p.index, said), lambda p=p: self.galley.lines(p, page.values))
            for p, said in zip(self.galley.paragraphs, words, strict=True)
        ]
        shape = (sheet.kind, tuple(tuple((round(line.height, 4), len(line.texts)) for line in one) for one in lines))
        if shape not in self._formes:
            self._formes[shape] = self._forme(page, sheet, [sum(len(line.texts) for line in one) for one in lines])
        forme = self._formes[shape]
        if isinstance(forme, int):
            return Printed(b"", forme, "")
        inks, used = self._inked(forme, words, lines)
        missing = "".join(dict.fromkeys("".join(ink.used.missing() for ink in inks)))
        if missing:
            return Printed(b"", len(forme.contents), missing)
        return self._bound(forme, page, sheet, inks, used)

    # ------------------------------------------------------------------------------------------------ a forme is made

    def _lay_out(self, values: Sequence[str]) -> list[Any]:
        """All pages laid out with these words. Raises Unfit when a paragraph's width turns out to depend on them."""
        self.galley.fill(values)
        sheets = list(cast(Any, layout_document)(self.galley.page, self.galley.root, self.galley.context))
        containers: dict[int, Any] = {}
        for box in (box for sheet in sheets for box in sheet.descendants(placeholders=True)):
            paragraph = box.__dict__.get(MARK)
            if paragraph is not None and not hasattr(box, "text"):
                if paragraph.index in containers:
                    raise Unfit  # broken over two pages
                containers[paragraph.index] = box
        if len(containers) != len(self.galley.paragraphs):
            raise Unfit
        across = tuple((round(c.content_box_x(), 3), round(c.width, 3)) for _, c in sorted(containers.items()))
        if self._across and across != self._across:
            raise Unfit
        if not self._across:
            for paragraph in self.galley.paragraphs:
                paragraph.container = containers[paragraph.index]
            self._across = across or ((0, 0),)
        self._tops = tuple(c.content_box_y() for _, c in sorted(containers.items()))
        return sheets

    def _forme(self, page: Page, sheet: Sheet, counts: Sequence[int]) -> "_Forme | int":
        """What WeasyPrint draws for a shape; only the number of pages where more than one is too many to keep."""
        boxes = self._lay_out(page.values)
        self._check(_texts(boxes))
        _nothing_lost(self.galley.root, boxes)
        tops = self._tops
        used = Used(self._base or self._specimens())
        counted: Counter[int] = Counter()
        sheets = [_Sheet(box, self._faces, used, counted) for box in boxes]
        metadata = DocumentMetadata(**cast(Any, get_html_metadata)(self.galley.page))
        document = cast(Any, Document)(sheets, metadata, self.galley.page.url_fetcher, self.galley.fonts, {}, None)
        options = {**DEFAULT_OPTIONS, "pdf_variant": VARIANT}
        for key, value in cast(Any, VARIANTS)[VARIANT][1].items():
            options[key] = options[key] or value
        document.output_intent = options["output_intent"]
        pdf = cast(Any, generate_pdf)(document, None, 1, **options)
        if document.fonts or [counted[n] for n in range(len(counts))] != list(counts):
            raise Unfit
        if self._base is None:
            self._base = used.settled()
        elif used.beyond:
            raise Unfit  # the standing words have changed
        identifiers = tuple(_IDENTIFIER.format(n) for n in range(len(sheet.identifiers)))
        about = About(_TITLE, metadata.lang or "", sheet.created, sheet.producer, identifiers)
        archive(pdf, about, sheet.embedded, signable=sheet.signable)
        pdf.add_object(pdf.info)
        return self._taken_apart(pdf, sheets, tops, page)

    def _specimens(self) -> Used:
        """The glyphs that most words are made of, in each style that varying words have."""
        specimens = Used()
        for paragraph in self.galley.paragraphs:
            for box, _ in paragraph.texts:
                style = tuple(str(box.style[name]) for name in _STYLE)
                if style not in self._styles:
                    self._styles[style] = self._specimen_of(box)
                specimens.lay(self._styles[style])
        return specimens.settled()

    def _specimen_of(self, box: Any) -> Used:
        text, _, _ = cast(Any, split_text_box)(self.galley.context, box.copy_with_text(SPECIMEN), None, 0)
        text.position_x = text.position_y = 0
        used, own = Used(), str(box.style["font_family"][0])
        self._drawn(text, used)
        for key in [key for key, font in used.items() if font.family != own]:
            del used[key]
        return used

    def _taken_apart(self, pdf: Any, sheets: Sequence[_Sheet], tops: tuple[float, ...], page: Page) -> _Forme:
        references = [_number(reference) for reference in pdf.page_references]
        contents: list[tuple[int, tuple[bytes | _Words | _Code, ...]]] = []
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
            _no_words(found, page)
            if any(_STAND_IN.search(text) for _, text in found):
                strings.append((one, tuple(pair for pair in found if _STAND_IN.search(pair[1]))))
                varying.add(one.number)
        objects = len(pdf.objects)
        standing = pack((one for one in pdf.objects[1:] if one.number not in varying and one.free != "f"), objects)
        packet = b"".join(pdf.objects[metadata].stream).decode()
        return _Forme(
            contents=tuple(contents),
            tops=tops,
            standing=standing,
            objects=objects,
            strings=tuple(strings),
            metadata=(metadata, packet),
            files=tuple(files),
            names=names,
            root=pdf.catalog.number,
            info=pdf.info.number,
        )

    # ---------------------------------------------------------------------------------------------- a page is printed

    def _ink(self, lines: Sequence[Line], top: float, used: Used) -> _Ink:
        texts: list[bytes] = []
        for box in (box for line in lines for box in line.texts):
            placed = box.copy()
            placed.position_y += top
            texts.append(self._drawn(placed, used))
        return _Ink(tuple(texts), used)

    def _drawn(self, box: Any, used: Used) -> bytes:
        ink = InkStream({}, (0, 0, 1, 1), {"ExtGState": {}}, {}, None, {}, None)
        ink.faces, ink.used = self._faces, used
        cast(Any, draw_text)(ink, box, 0, "clip", "none")
        return b"\n".join(untyped_pydyf._to_bytes(one) for one in ink.stream)  # pyright: ignore[reportPrivateUsage]

    def _inked(self, forme: _Forme, words: Sequence[Hashable], lines: Sequence[tuple[Line, ...]]) -> tuple[list[_Ink], Used]:
        """What the words of a page draw, and the codes of fonts they take. Words that need codes of their own are drawn one after the other,
        so that no two take the same code."""
        each = list(zip(words, lines, forme.tops, strict=True))
        inks = [
            self._inks.obtain((index, said, top), lambda one=one, top=top: self._ink(one, top, Used(self._base)))
            for index, (said, one, top) in enumerate(each)
        ]
        used = Used(self._base)
        if not all(used.add(ink.used) for ink in inks):
            used = Used(self._base)
            inks = [self._ink(one, top, used) for _, one, top in each]
        return inks, used

    def _bound(self, forme: _Forme, page: Page, sheet: Sheet, inks: Sequence[_Ink], used: Used) -> Printed:
        packed, last = self._fonts.obtain((forme.objects, forme.names, used.beyond), lambda: _packed_fonts(forme, used))
        content = bind(
            [forme.standing, packed], _varying(forme, page, sheet, inks), size=last + 1, root=forme.root, info=forme.info
        )
        return Printed(content, len(forme.contents), "")


_STYLE = (
    "font_family",
    "font_size",
    "font_style",
    "font_weight",
    "font_variant_caps",
    "font_variant_numeric",
    "font_variant_ligatures",
    "font_feature_settings",
    "letter_spacing",
)


def _texts(sheets: Sequence[Any]) -> list[Any]:
    return [box for sheet in sheets for box in sheet.descendants(placeholders=True) if getattr(box, "text", "")]


def _nothing_lost(root: Any, sheets: Sequence[Any]) -> None:
    """Raise Unfit when words have found no place; WeasyPrint, alone, then says which page it is."""
    wanted = Counter(
        "".join("".join(box.text.split()) for box in root.descendants() if getattr(box, "text", "")).replace(
            "\u00ad", ""
        )
    )
    wanted.subtract("".join("".join(box.text.split()) for box in _texts(sheets)))
    if any(count > 0 for count in wanted.values()):
        raise Unfit


def _pieces(operators_: Sequence[Any], places: Sequence[tuple[int, int, _Words]]) -> Iterator[bytes | _Words | _Code]:
    """A page's operators, with the places of varying words and codes between them."""
    starts = {start: (end, words) for start, end, words in places}
    index, standing = 0, list[bytes]()
    while index < len(operators_):
        one = operators_[index]
        place: _Words | _Code | None = None
        after = index + 1
        if index in starts:
            after, place = starts[index]
        elif isinstance(one, _Code):
            place = one
        if place is None:
            standing.append(untyped_pydyf._to_bytes(one))  # pyright: ignore[reportPrivateUsage]
        else:
            if standing:
                yield b"\n".join(standing)
            standing.clear()
            yield place
        index = after
    if standing:
        yield b"\n".join(standing)


def _packed_fonts(forme: _Forme, used: Used) -> tuple[Packed, int]:
    """The fonts of a page, and the number of the last object."""
    objects, names = font_objects(used, forme.objects + 1)
    names.number = forme.names
    last = forme.objects + 1 + len(objects)
    return pack([names, *objects], last), last


def _varying(forme: _Forme, page: Page, sheet: Sheet, inks: Sequence[_Ink]) -> Iterator[tuple[int, bytes]]:
    """Numbers and texts of the objects that are written anew for each page."""
    for number, pieces in forme.contents:
        parts: list[bytes] = []
        for piece in pieces:
            if isinstance(piece, bytes):
                parts.append(piece)
            elif isinstance(piece, _Words):
                parts.append(
                    b"/Span\n<</MCID %d>>\nBDC\n%s\nEMC" % (piece.mcid, inks[piece.paragraph].texts[piece.text])
                )
            else:
                parts.append(operators(page.values[piece.hole], piece.width, piece.height))
        yield number, stream(b"\n".join(parts))
    number, packet = forme.metadata
    said = _STAND_IN.sub(lambda found: escape(printable(_value(found, page, sheet))), packet)
    yield number, stream(said.encode(), b"/Type /Metadata/Subtype /XML", compress=False)
    for number, one in zip(forme.files, sorted(sheet.embedded, key=lambda e: e.name), strict=True):
        yield number, embedded_stream(one).data
    for one, found in forme.strings:
        for string, text in found:
            string.string = _STAND_IN.sub(lambda found: _value(found, page, sheet), text)
        yield one.number, one.data


def _value(found: re.Match[str], page: Page, sheet: Sheet) -> str:
    """What stands in a stand-in's place."""
    if found[1]:
        return str(cast(Any, iri_to_uri)(page.values[int(found[1])]))
    if found[2]:
        return page.values[int(found[2])]
    return sheet.identifiers[int(found[3])] if found[3] else printable(sheet.title)


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


def _no_words(found: Sequence[tuple[Any, str]], page: Page) -> None:
    """Raise Unfit when an object says words of the very page that the forme is made with."""
    said = [v for v, (name, _) in zip(page.values, page.attributes, strict=True) if not name and len(v) > 3]
    if any(value in text for _, text in found for value in said):
        raise Unfit


def _is_file(one: Any) -> bool:
    return isinstance(one, pydyf.Stream) and one.extra.get("Type") == "/EmbeddedFile"


def _number(reference: Any) -> int:
    return int((reference if isinstance(reference, bytes) else str(reference).encode()).split()[0])
