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

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from countersign.press.archive import VARIANT, About, archive
from countersign.press.binding import Packed, bind
from countersign.press.forme import CodeHole, DrawnPage, Forme, nothing_lost, taken_apart, texts_on
from countersign.press.galley import MARK, Galley, Line
from countersign.press.insides import (
    DEFAULT_OPTIONS,
    VARIANTS,
    Document,
    DocumentMetadata,
    draw_text,
    generate_pdf,
    get_html_metadata,
    layout_document,
    split_text_box,
    to_bytes,
)
from countersign.press.marking import QR, Page, stand_in, stand_in_of
from countersign.press.pictures import Drawing, Pictures
from countersign.press.places import Ink, Printed, Sheet, Unfit
from countersign.press.printing import packed_fonts, varying
from countersign.press.sorts import SPECIMEN, Faces, InkStream, Used

_KEPT_WORDS = 256
_KEPT_FONTS = 32
_KEPT_FORMES = 64
_KEPT_FAMILIES = 512
"""How many of each are kept: enough for a night's awards, and memory does not grow with them."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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
        self._families: _Kept[Hashable, Family] = _Kept(_KEPT_FAMILIES)
        self._drawings: dict[str, Drawing] = {}

    def print(self, page: Page, sheet: Sheet) -> Printed:
        """The page as a PDF. Raises Unfit when WeasyPrint has to draw it alone."""
        family = self._family(page)
        if family.galley.unfit:
            page = page.with_fixed(family.galley.unfit)
            family = self._family(page)
        if family.galley.unfit or not family.galley.whole:
            raise Unfit
        return family.print(page, sheet)

    def forget(self) -> None:
        """Start anew: the next page is set as if it were the first."""
        self._families.clear()
        self._drawings.clear()

    def _family(self, page: Page) -> "Family":
        return self._families.obtain((page.literals, page.attributes), lambda: self._made(page))

    def _made(self, page: Page) -> "Family":
        codes = Pictures(self._drawings)
        for index, (name, whole) in enumerate(page.attributes):
            if name == "src":
                codes[QR + stand_in(index, name, whole)] = CodeHole(index)
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
        return Family(galley, self._faces, self._styles, self._check)


@dataclass(frozen=True, slots=True)
class _Laid:
    """Pages that WeasyPrint has laid out, and where each paragraph's content begins, from above."""

    sheets: list[Any]
    tops: tuple[float, ...]


class Family:
    """Pages that differ in nothing but their words."""

    def __init__(
        self, galley: Galley, faces: Faces, styles: dict[Hashable, Used], check: Callable[[list[Any]], None]
    ) -> None:
        self.galley = galley
        self._faces, self._styles, self._check = faces, styles, check
        self._formes: _Kept[Hashable, Forme | None] = _Kept(_KEPT_FORMES)
        self._lines: _Kept[Hashable, tuple[Line, ...]] = _Kept(_KEPT_WORDS)
        self._inks: _Kept[Hashable, Ink] = _Kept(_KEPT_WORDS)
        self._fonts: _Kept[Hashable, tuple[Packed, int]] = _Kept(_KEPT_FONTS)
        self._base: Used | None = None
        self._across: tuple[tuple[float, float], ...] = ()

    def print(self, page: Page, sheet: Sheet) -> Printed:
        laid = None if self._across else self._laid_out(page.values)
        if not self._across:
            raise Unfit
        words = [tuple(page.values[n] for n in paragraph.holes) for paragraph in self.galley.paragraphs]
        lines = [
            self._lines.obtain((p.index, said), lambda p=p: self.galley.lines(p, page.values))
            for p, said in zip(self.galley.paragraphs, words, strict=True)
        ]
        shape = (sheet.kind, tuple(tuple((round(line.height, 4), len(line.texts)) for line in one) for one in lines))
        counts = [sum(len(line.texts) for line in one) for one in lines]
        forme = self._formes.obtain(shape, lambda: self._forme(laid or self._laid_out(page.values), sheet, counts))
        if forme is None:
            raise Unfit
        inks, used = self._inked(forme, words, lines)
        missing = "".join(dict.fromkeys(forme.missing + "".join(ink.used.missing() for ink in inks)))
        if missing:
            return Printed(b"", len(forme.contents), missing)
        return self._bound(forme, page, sheet, inks, used)

    # ------------------------------------------------------------------------------------------------ a forme is made

    def _laid_out(self, values: Sequence[str]) -> "_Laid | None":
        """All pages laid out with these words; None when a paragraph's width turns out to depend on them."""
        self.galley.fill(values)
        sheets = list(layout_document(self.galley.page, self.galley.root, self.galley.context))
        found = [box for sheet in sheets for box in sheet.descendants(placeholders=True)]
        marked = [(box.__dict__[MARK].index, box) for box in found if MARK in box.__dict__ and not hasattr(box, "text")]
        containers = [box for _, box in sorted(marked, key=lambda pair: pair[0])]
        if len(containers) != len(self.galley.paragraphs):
            return None  # one is broken over two pages, or has found no place
        across = tuple((round(c.content_box_x(), 3), round(c.width, 3)) for c in containers)
        if not self._across:
            for paragraph, container in zip(self.galley.paragraphs, containers, strict=True):
                paragraph.container = container
            self._across = across or ((0, 0),)
        elif across and across != self._across:
            return None
        return _Laid(sheets, tuple(c.content_box_y() for c in containers))

    def _forme(self, laid: "_Laid | None", sheet: Sheet, counts: Sequence[int]) -> Forme | None:
        """What WeasyPrint draws for a shape; None when it has to draw such pages alone."""
        if laid is None or not nothing_lost(self.galley.root, laid.sheets):
            return None
        texts = texts_on(laid.sheets)
        self._check(texts)
        used = Used(self._base or self._specimens())
        counted: Counter[int] = Counter()
        sheets = [DrawnPage(box, self._faces, used, counted) for box in laid.sheets]
        metadata = DocumentMetadata(**get_html_metadata(self.galley.page))
        document = Document(sheets, metadata, self.galley.page.url_fetcher, self.galley.fonts, {}, None)
        options = {**DEFAULT_OPTIONS, "pdf_variant": VARIANT}
        for key, value in VARIANTS[VARIANT][1].items():
            options[key] = options[key] or value
        document.output_intent = options["output_intent"]
        pdf = generate_pdf(document, None, 1, **options)
        if document.fonts or [counted[n] for n in range(len(counts))] != list(counts):
            return None
        if self._base is None:
            self._base = used.settled()
        elif used.beyond:
            return None  # the standing words have changed
        identifiers = tuple(stand_in_of(f"identifier{n}") for n in range(len(sheet.identifiers)))
        about = About(stand_in_of("title"), metadata.lang or "", sheet.created, sheet.producer, identifiers)
        archive(pdf, about, sheet.embedded, signable=sheet.signable)
        pdf.add_object(pdf.info)
        return taken_apart(pdf, sheets, laid.tops, used.missing())

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
        text, _, _ = split_text_box(self.galley.context, box.copy_with_text(SPECIMEN), None, 0)
        text.position_x = text.position_y = 0
        used, own = Used(), str(box.style["font_family"][0])
        self._drawn(text, used)
        for key in [key for key, font in used.items() if font.family != own]:
            del used[key]
        return used

    # ---------------------------------------------------------------------------------------------- a page is printed

    def _ink(self, lines: Sequence[Line], top: float, used: Used) -> Ink:
        texts: list[bytes] = []
        for box in (box for line in lines for box in line.texts):
            placed = box.copy()
            placed.position_y += top
            texts.append(self._drawn(placed, used))
        return Ink(tuple(texts), used)

    def _drawn(self, box: Any, used: Used) -> bytes:
        ink = InkStream({}, (0, 0, 1, 1), {"ExtGState": {}}, {}, None, {}, None)
        ink.faces, ink.used = self._faces, used
        draw_text(ink, box, 0, "clip", "none")
        return b"\n".join(to_bytes(one) for one in ink.stream)

    def _inked(
        self, forme: Forme, words: Sequence[Hashable], lines: Sequence[tuple[Line, ...]]
    ) -> tuple[list[Ink], Used]:
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

    def _bound(self, forme: Forme, page: Page, sheet: Sheet, inks: Sequence[Ink], used: Used) -> Printed:
        packed, last = self._fonts.obtain((forme.objects, forme.names, used.beyond), lambda: packed_fonts(forme, used))
        content = bind(
            [forme.standing, packed], varying(forme, page, sheet, inks), size=last + 1, root=forme.root, info=forme.info
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
