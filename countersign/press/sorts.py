"""The fonts of fast pages: which glyphs each has to hold, and the PDF objects of the subset, made once for many pages.

A page of a kind gets the glyphs of its standing words and of a specimen (what most words are made of) in any case, so that pages share their
fonts. Glyphs beyond those make a subset of their own. Which glyphs a page has depends on nothing but the page.
"""

import copy
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, cast

import pydyf as untyped_pydyf
from fontTools.ttLib import TTFont
from weasyprint.pdf.fonts import Font, build_fonts_dictionary
from weasyprint.pdf.stream import Stream, get_pango_font_key

from countersign.press.lettering import aliases, same

pydyf = cast(Any, untyped_pydyf)

SPECIMEN = (
    " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    + " . , : ; ! ? - – — ' ’ ‘ \" “ ” ( ) [ ] / & @ # % * + = _ · … $ § ° ~ | < > ^ { } \\ ` "
    + " ".join("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïñòóôõöøùúûüýþÿŒœŠšŽž")
    + " ff fi fl ffi ffl fj ft fb fh fk Th tt ct st ck ch Qu tf ij"
)
"""What names, titles and figures in American offices are mostly made of, with the ligatures that fonts have for it."""


class _Widths(dict[int, int]):
    """The advance of each glyph of a font in thousandths of the em, from the font itself and not from a size it was set in."""

    def __init__(self, font: Any) -> None:
        super().__init__()
        with TTFont(BytesIO(font.file_content), fontNumber=font.index, lazy=True) as file:
            metrics: Any = file["hmtx"]
            self._advances = [metrics[name][0] for name in file.getGlyphOrder()]
        self._em = font.upem

    def __contains__(self, glyph: object) -> bool:
        return isinstance(glyph, int) and (glyph < len(self._advances) or super().__contains__(glyph))

    def __missing__(self, glyph: int) -> int:
        self[glyph] = width = round(self._advances[glyph] * 1000 / self._em)
        return width


class Fonts(dict[Any, Any]):
    """The fonts of one document of WeasyPrint's, with the widths that are the fonts' own: else they would depend on which size came first."""

    def __setitem__(self, key: Any, font: Any) -> None:
        font.widths = _Widths(font)
        super().__setitem__(key, font)

    def values(self) -> Any:
        """All fonts, as WeasyPrint asks for them when everything is drawn."""
        for font in super().values():
            font.widths = {glyph: font.widths[glyph] for glyph in font.to_unicode}
        return super().values()


class Faces:
    """The fonts that Pango has given us so far, as WeasyPrint knows them. One for each press."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def of(self, pango_font: Any) -> tuple[Any, Any, float]:
        """Key, font and size of one of Pango's fonts."""
        key, description, size = cast(Any, get_pango_font_key)(pango_font)
        if key not in self._known:
            font = cast(Any, Font)(pango_font, description, size)
            font.widths = _Widths(font)
            self._known[key] = font
        return key, self._known[key], size


class Used(dict[Any, Any]):
    """Fonts with the glyphs that a piece of a page takes from them."""

    torn = False
    """Whether some glyph says two things (`lettering`). WeasyPrint then draws the page alone."""

    def take(self, key: Any, font: Any) -> Any:
        if key not in self:
            mine = self[key] = copy.copy(font)
            mine.to_unicode, mine.missing = {}, {}
        return self[key]

    def add(self, others: "Iterable[Used]") -> None:
        """Take in what other pieces use: what a glyph stands for is what the first one says."""
        for other in others:
            for key, font in other.items():
                mine = self.take(key, font)
                self.torn |= other.torn or bool(aliases(font)) or _clash(font.to_unicode, mine.to_unicode)
                mine.to_unicode = font.to_unicode | mine.to_unicode
                mine.missing |= font.missing

    def missing(self) -> str:
        """The characters that no font has."""
        return "".join(dict.fromkeys(chr(c) for font in self.values() for c in font.missing))

    def clashes(self, base: "Used") -> bool:
        """Whether some glyph says two things, in this or in this and `base`."""
        return self.torn or any(_clash(font.to_unicode, base[key].to_unicode) for key, font in self.items() if key in base)

    def beyond(self, base: "Used") -> tuple[Any, ...]:
        """What this uses that `base` has not: a key for the subset that holds both."""
        found = list[Any]()
        for key in sorted(self):
            known: Mapping[int, str] = base[key].to_unicode if key in base else {}
            more = {glyph: text for glyph, text in self[key].to_unicode.items() if glyph not in known}
            if more:
                found.append((key, tuple(sorted(more.items()))))
        return tuple(found)


def _clash(one: Mapping[int, str], other: Mapping[int, str]) -> bool:
    return any(not (text == other.get(glyph, text) or same(text, other[glyph])) for glyph, text in one.items())


class InkStream(Stream):
    """A stream of a page's operators that takes fonts from `faces` and keeps account of the glyphs used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cast(Any, super()).__init__(*args, **kwargs)

    faces: Faces
    used: Used

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        key, font, size = self.faces.of(pango_font)
        return self.used.take(key, font), size


def font_objects(used: Used, first: int) -> tuple[list[Any], Any]:
    """The PDF objects of these fonts, numbered from `first` on, and the dictionary that names them for the page."""
    pdf = pydyf.PDF()
    pdf.objects = [None] * first
    fonts: dict[Any, Any] = {}
    for key in sorted(used):
        font = fonts[key] = copy.copy(used[key])
        font.to_unicode = dict(sorted(font.to_unicode.items()))
        font.widths = {glyph: font.widths[glyph] for glyph in font.to_unicode}
    names = cast(Any, build_fonts_dictionary)(pdf, fonts, True, True, {"hinting": False, "pdf_version": "1.7"})
    return pdf.objects[first:], names
