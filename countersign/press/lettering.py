"""Lines of text as PDF operators that give the text back: what is copied, searched or read aloud is what was written.

A PDF says for each glyph code which text it stands for (ISO 32000-1, 9.10.3). WeasyPrint lets the first use of a glyph
decide, which is wrong as soon as a glyph is part of different clusters: a letter with and without a mark, a Thai
consonant under different vowels. Here a glyph that says something else gets a second code, which a CIDToGIDMap leads to
the same glyph (9.7.4.3).

Where several glyphs stand for a letter with its marks, or one for several letters from right to left, spaces of the same
width say the letters, and the glyphs are drawn over them and say nothing. Else raised marks would be read as lines of their
own, and wide ones as gaps; and readers turn round what runs from right to left code by code, not within a code.
"""

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from typing import Any, cast

from fontTools.ttLib import TTFont

from countersign.press.insides import FROM_UNITS, LOGGER, ffi, pango, pydyf, text_drawing

_weasyprint_s = text_drawing.draw_first_line

_DIRECTIONS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad\u200b\u2060\ufeff"
"""What says nothing once the line is laid out."""

_UNKNOWN = pango.PANGO_GLYPH_UNKNOWN_FLAG
_LAST_CODE = 0xFFFF
_GLYPH_INFO = "=IiiiI"
"""Pango's PangoGlyphInfo: the glyph; its advance and its way off its place, across and up; signs we do not read."""
_GLYPH_INFO_SIZE = struct.calcsize(_GLYPH_INFO)
_Glyphs = tuple[tuple[int, float, float, float], ...]
"""Of each glyph the number, its advance and the way it is off its place in thousandths of the size, and its rise."""

_STEP = 60
"""How far, in thousandths of the size, the pen goes at once within a cluster: readers take a longer way for a space."""


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Glyphs, from left to right, that stand for `text` together."""

    text: str
    glyphs: _Glyphs
    right_to_left: bool


def draw_first_line(stream: Any, textbox: Any, text_overflow: Any, block_ellipsis: Any, matrix: Any) -> list[Any]:
    """WeasyPrint's function of this name, with codes that say the text. Lines cut short with "…", fonts whose glyphs
    are pictures, and documents that are not ours are left to WeasyPrint."""
    if not textbox.text.strip() or textbox.style["font_size"] < 1e-6:
        return []
    layout = textbox.pango_layout
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
    runs = list(_runs(layout.get_first_line()[0]))
    fonts = [stream.add_font(run.item.analysis.font) for run in runs]
    pictures = any(font.bitmap or font.png or font.svg or font.colr for font, _ in fonts)
    ours = all(hasattr(font, "advances") for font, _ in fonts)
    if text_overflow == "ellipsis" or block_ellipsis != "none" or pictures or not ours:
        return _weasyprint_s(stream, textbox, text_overflow, block_ellipsis, matrix)
    stream.set_text_matrix(*matrix.values)
    text = layout.text.encode()
    before: Any = None
    line = _Line(stream)
    for run, (font, size) in zip(runs, fonts, strict=True):
        if before is not font:
            line.flush()
            stream.set_font_size(font.hash, size)
            before = font
        if not line.show_plain(run, text, font, size):
            for cluster in _clusters(run, text, font, size):
                line.show(cluster, font)
    line.flush()
    return []


def lead_codes(pdf: Any, fonts: Any) -> None:
    """Lead the second codes of `fonts` to their glyphs in a PDF that holds them. For WeasyPrint's `finisher`."""
    for font in fonts:
        if not aliases(font):
            continue
        used: dict[int, int] = {code: code for code in font.to_unicode}
        used |= {code: glyph for (glyph, _), code in aliases(font).items()}
        table = b"".join(used.get(code, 0).to_bytes(2, "big") for code in range(max(used) + 1))
        leads = pydyf.Stream([table], compress=True)
        pdf.add_object(leads)
        for one in pdf.objects:
            held = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
            if held.get("Subtype") == "/CIDFontType2" and held["BaseFont"] == font.name:
                held["CIDToGIDMap"] = leads.reference


def aliases(font: Any) -> dict[tuple[int, str], int]:
    """The second codes of one of WeasyPrint's fonts, by glyph and what it says."""
    return font.__dict__.setdefault("aliases", {})


class _Line:
    """The line so far, as the elements of a TJ array (9.4.3)."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._parts: list[str] = []
        self._open = False
        self._owed = 0.0

    def show(self, cluster: _Cluster, font: Any) -> None:
        text, glyphs = cluster.text, cluster.glyphs
        whole = sum(advance for _, advance, _, _ in glyphs)
        apart = (len(glyphs) > 1 or (cluster.right_to_left and len(text) > 1)) and whole > 0
        if apart:
            self._say(text[::-1] if cluster.right_to_left else text, whole, font)
            text = ""
        for glyph, advance, offset, rise in glyphs:
            code = _missing(font, glyph, advance) if glyph & _UNKNOWN else _code(font, glyph, text)
            text = ""
            self._move(-offset, apart)
            if rise:
                self.flush()
                self._stream.set_text_rise(rise)
            self._put(code)
            if rise:
                self.flush()
                self._stream.set_text_rise(0)
            self._move(font.widths[code] + offset - advance, apart)

    def show_plain(self, run: Any, text: bytes, font: Any, size: float) -> bool:
        """Show a run in which each glyph is a letter by itself, in its place, from left to right: most of what is written. The same as `show`
        of each of its clusters, and much quicker; False, and nothing shown, when the run is no such one."""
        count, length = run.glyphs.num_glyphs, run.item.length
        starts: list[int] = ffi.unpack(run.glyphs.log_clusters, count)
        if run.item.analysis.level % 2 or any(b <= a for a, b in pairwise(starts)):
            return False
        advances: Any = font.advances
        rows: list[tuple[int, int, int]] = []
        for glyph, advance, x, y, _ in struct.iter_unpack(
            _GLYPH_INFO, ffi.buffer(run.glyphs.glyphs, count * _GLYPH_INFO_SIZE)
        ):
            if x or y or not advance or glyph >= font.glyph_count or not advances[glyph]:
                return False
            rows.append((glyph, advance, advances[glyph]))
        said = text[run.item.offset : run.item.offset + length]
        letters = said.decode() if said.isascii() else ""
        unit, known = 1000 * FROM_UNITS / size, font.to_unicode
        for (glyph, advance, own), start, end in zip(rows, starts, [*starts[1:], length], strict=True):
            letter = letters[start:end] or said[start:end].decode()
            code = glyph if known.get(glyph) == letter else _code(font, glyph, letter)
            if not self._open:
                self._parts.append("<")
                self._open = True
            self._parts.append(f"{code:04x}")
            self._owed += own - advance * unit
            if not -0.5 <= self._owed <= 0.5:
                self._move(0, apart=False)
        return True

    def flush(self) -> None:
        if self._open:
            self._parts.append(">")
        if self._parts:
            self._stream.show_text("".join(self._parts))
        self._parts.clear()
        self._open = False

    def _say(self, text: str, whole: float, font: Any) -> None:
        """Say `text` with spaces as wide as the cluster together, and go back to its beginning."""
        glyph = _space(font.file_content, font.index)
        codes = [_code(font, glyph, character) for character in text]
        width = font.widths[glyph]
        scale = round(100 * whole / (width * len(codes)), 2)
        self.flush()
        self._stream.stream.append(b"%g Tz" % scale)
        for code in codes:
            self._put(code)
        self.flush()
        self._stream.stream.append(b"100 Tz")
        self._move(width * len(codes) * scale / 100, apart=True)

    def _put(self, code: int) -> None:
        if not self._open:
            self._parts.append("<")
            self._open = True
        self._parts.append(f"{code:04x}")

    def _move(self, way: float, apart: bool) -> None:
        """To the left by so many thousandths; what rounding leaves is made good at the next move."""
        self._owed += way
        whole = round(self._owed)
        if not whole:
            return
        self._owed -= whole
        if self._open:
            self._parts.append(">")
            self._open = False
        while apart and whole < -_STEP:
            self._parts.append(f"{-_STEP} ")
            whole += _STEP
        self._parts.append(f"{whole} ")


def _runs(line: Any) -> Iterator[Any]:
    run = line.runs[0]
    while run != ffi.NULL:
        yield run.data
        run = run.next


assert ffi.sizeof("PangoGlyphInfo") == _GLYPH_INFO_SIZE


def _clusters(run: Any, text: bytes, font: Any, size: float) -> Iterator[_Cluster]:
    """The clusters of a run, from left to right: letters with their marks and joiners, which Pango keeps apart."""
    right_to_left = bool(run.item.analysis.level % 2)
    found = list(_shaped(run, text, size))
    if right_to_left:
        found.reverse()
    merged: list[tuple[str, _Glyphs]] = []
    for said, glyphs in found:
        if merged and said.strip(_DIRECTIONS) and not any(_has_width(glyph, font) for glyph in glyphs):
            letter, first = merged.pop()
            merged.append((letter + said, glyphs + first if right_to_left else first + glyphs))
        else:
            merged.append((said, glyphs))
    return (_Cluster(said, glyphs, right_to_left) for said, glyphs in (merged[::-1] if right_to_left else merged))


def _has_width(glyph: tuple[int, float, float, float], font: Any) -> bool:
    number, advance, _, _ = glyph
    return advance != 0 and (bool(number & _UNKNOWN) or font.widths[number] != 0)


def _shaped(run: Any, text: bytes, size: float) -> Iterator[tuple[str, _Glyphs]]:
    """What Pango calls clusters, from left to right: text and glyphs."""
    count, offset, length = run.glyphs.num_glyphs, run.item.offset, run.item.length
    starts = ffi.unpack(run.glyphs.log_clusters, count)
    ends = dict(zip(sorted(set(starts)), [*sorted(set(starts))[1:], length], strict=True))
    unit = 1000 * FROM_UNITS / size
    infos = run.glyphs.glyphs[0:count]
    first = 0
    while first < count:
        last = first
        while last + 1 < count and starts[last + 1] == starts[first]:
            last += 1
        glyphs = tuple(
            (
                info.glyph,
                info.geometry.width * unit,
                info.geometry.x_offset * unit,
                -info.geometry.y_offset * FROM_UNITS,
            )
            for info in infos[first : last + 1]
            if info.glyph != pango.PANGO_GLYPH_EMPTY
        )
        said = text[offset + starts[first] : offset + ends[starts[first]]].decode()
        yield said, glyphs
        first = last + 1


def _code(font: Any, glyph: int, text: str) -> int:
    """The code under which a glyph of `font` says `text`. A font with CFF outlines has one code for each glyph."""
    known = font.to_unicode.setdefault(glyph, text)
    if known == text or font.type == "otf" or same(known, text):
        return glyph
    others = aliases(font)
    code = others.get((glyph, text))
    if code is None:
        code = font.glyph_count + len(others)
        if code > _LAST_CODE:
            return glyph
        others[glyph, text] = code
        font.to_unicode[code] = text
        font.widths[code] = font.widths[glyph]
    return code


def same(one: str, other: str) -> bool:
    """Whether two texts differ in nothing that is read: a space that does not break, a sign and the letter it is made of."""
    return unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other)


def _missing(font: Any, glyph: int, advance: float) -> int:
    """The code of a character that the font has not; `Drawn.missing` tells of it."""
    codepoint = glyph - _UNKNOWN
    LOGGER.warning(".notdef glyph rendered for U+%04X", codepoint)
    code = font.get_unused_glyph_id(codepoint)
    font.widths[code] = round(advance)
    font.widths.setdefault(0, round(advance))
    return code


@lru_cache(maxsize=64)
def _space(content: bytes, index: int) -> int:
    """The glyph of a font's space."""
    with TTFont(BytesIO(content), fontNumber=index, lazy=True) as file:
        return file.getGlyphID(cast("dict[int, str]", file.getBestCmap())[0x20])


text_drawing.draw_first_line = draw_first_line
