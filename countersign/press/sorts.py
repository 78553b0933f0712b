"""The fonts of fast pages: which glyphs each has to hold, and the PDF objects of the subset, made once for many pages.

A page of a kind gets the glyphs of its standing words and of a specimen (what most words are made of) in any case, so that pages share their
fonts. Glyphs beyond those make a subset of their own. Which glyphs a page has depends on nothing but the page.
"""

import copy
from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast

from fontTools.ttLib import TTFont

from countersign.press.insides import Font, Stream, build_fonts_dictionary, get_pango_font_key, pydyf
from countersign.press.lettering import lead_codes, same

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
        font.advances = font.widths = _Widths(font)
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
        key, description, size = get_pango_font_key(pango_font)
        if key not in self._known:
            font = Font(pango_font, description, size)
            font.advances = font.widths = _Widths(font)
            self._known[key] = font
        return key, self._known[key], size


class _Layer(dict[Any, Any]):
    """What a piece of a page says of a font beyond what its base does: it reads through to the base, and writes on top."""

    def __init__(self, base: Mapping[Any, Any]) -> None:
        super().__init__()
        self.base = base

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self.base

    def __missing__(self, key: Any) -> Any:
        return self.base[key]

    def __len__(self) -> int:
        return super().__len__() + len(self.base)

    def get(self, key: Any, default: Any = None) -> Any:
        found = super().get(key, self)
        return self.base.get(key, default) if found is self else found

    def setdefault(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else super().setdefault(key, default)


def _whole(held: dict[Any, Any]) -> dict[Any, Any]:
    """Base and layer together; a base is no layer itself."""
    return {**held.base, **dict(held.items())} if isinstance(held, _Layer) else dict(held)


class Used(dict[Any, Any]):
    """Fonts with the codes that a piece of a page takes from them, on top of those that `base` has: what each code says
    (`to_unicode`), and the second codes of glyphs that say several things (`lettering.aliases`)."""

    def __init__(self, base: "Used | None" = None) -> None:
        super().__init__()
        self.base = base

    def take(self, key: Any, font: Any) -> Any:
        if key not in self:
            below = self.base[key] if self.base is not None and key in self.base else None
            mine = self[key] = copy.copy(font)
            mine.to_unicode = _Layer(below.to_unicode if below else {})
            mine.aliases = _Layer(below.aliases if below else {})
            mine.widths = _Layer(below.widths if below else font.widths)
            mine.missing = {}
        return self[key]

    def lay(self, specimen: "Used") -> None:
        """Take in a specimen: what each of its glyphs says first."""
        for key, font in specimen.items():
            mine = self.take(key, font)
            for code, text in font.to_unicode.items():
                if code < font.glyph_count:
                    mine.to_unicode.setdefault(code, text)

    def settled(self) -> "Used":
        """All that this and its base have, as a base to put pieces on."""
        base = Used()
        for key in {*self, *(self.base or ())}:
            held = self[key] if key in self else cast(Used, self.base)[key]
            font = base[key] = copy.copy(held)
            font.to_unicode, font.aliases, font.missing = _whole(held.to_unicode), _whole(held.aliases), {}
        return base

    def missing(self) -> str:
        """The characters that no font has."""
        return "".join(dict.fromkeys(chr(c) for font in self.values() for c in font.missing))

    @property
    def beyond(self) -> tuple[Any, ...]:
        """What this has on top of its base: a key for the fonts that hold both."""
        found = (
            (key, tuple(sorted(self[key].to_unicode.items())), tuple(sorted(self[key].aliases.items())))
            for key in sorted(self)
        )
        return tuple(one for one in found if one[1])

    def add(self, other: "Used") -> bool:
        """Take in what another piece on the same base has; False when the two would say different things by one code."""
        for key, font in other.items():
            mine = self.take(key, font)
            if dict(font.aliases.items()) or any(
                not same(mine.to_unicode.get(c, t), t) for c, t in font.to_unicode.items()
            ):
                return False
            mine.to_unicode.update(font.to_unicode.items())
        return True


class InkStream(Stream):
    """A stream of a page's operators that takes fonts from `faces` and keeps account of the glyphs used."""

    faces: Faces
    used: Used

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        key, font, size = self.faces.of(pango_font)
        return self.used.take(key, font), size


def font_objects(used: Used, first: int) -> tuple[list[Any], Any]:
    """The PDF objects of the fonts of `used` and of its base, numbered from `first` on, and the dictionary that names them for the page."""
    pdf = pydyf.PDF()
    pdf.objects = [None] * first
    fonts: dict[Any, Any] = {}
    whole = used.settled()
    for key in sorted(whole):
        held = whole[key]
        font = fonts[key] = copy.copy(held)
        font.to_unicode = dict(sorted(held.to_unicode.items()))
        font.widths = {code: held.widths[code] for code in font.to_unicode}
    names = build_fonts_dictionary(pdf, fonts, True, True, {"hinting": False, "pdf_version": "1.7"})
    lead_codes(pdf, fonts.values())
    return pdf.objects[first:], names
