"""A page's boxes before they have a place: which of its paragraphs have words that vary, and their lines for any words.

WeasyPrint makes the boxes of a holed page (`marking.Page`) once. A paragraph whose words vary is laid out again by itself, by WeasyPrint's
own layout of lines, wherever its width does not depend on its words. A hole in any other place is `unfit`: its value belongs to the page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from countersign.press.insides import (
    DEFAULT_OPTIONS,
    HTML,
    CounterStyle,
    Document,
    boxes,
    build_formatting_structure,
    iter_line_boxes,
)
from countersign.press.marking import FIRST_HOLE, HOLES

_POSITIONS = ("static", "relative", "absolute", "fixed")

MARK = "countersign_paragraph"
"""The attribute that WeasyPrint copies along with a box, by which a paragraph's boxes are known after layout."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paragraph: its height, and its boxes of text in order, placed from the paragraph's top on."""

    height: float
    texts: tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Paragraph:
    """A paragraph with holes. `line` is WeasyPrint's line box before layout, `texts` its boxes of text with their words, holes and all."""

    index: int
    line: Any
    texts: list[tuple[Any, str]]
    holes: tuple[int, ...]
    container: Any = None
    """The box around it after layout: its place across and its width are the same on every page."""


class Galley:
    """The boxes of a holed page, and the context in which WeasyPrint lays them out."""

    def __init__(
        self, html: str, holes: int, *, base_url: str, fetcher: Any, fonts: Any, style: Any, cache: Any, variant: str
    ) -> None:
        self.page = HTML(string=html, base_url=base_url, url_fetcher=fetcher)
        self.fonts = fonts
        counter_style = CounterStyle()
        options = {**DEFAULT_OPTIONS, "stylesheets": [style], "pdf_variant": variant, "cache": cache}
        self.context = Document._build_layout_context(self.page, fonts, counter_style, {}, options)
        self.root = build_formatting_structure(
            self.page.etree_element,
            self.context.style_for,
            self.context.get_image_from_uri,
            self.page.base_url,
            self.context.target_collector,
            counter_style,
            self.context.footnotes,
        )
        self.paragraphs: list[Paragraph] = []
        self.unfit = self._find(holes)
        self.whole = self._may_be_laid_out_again()
        """False when the page has parts whose words come from elsewhere on it, or which WeasyPrint lays out only once."""

    def fill(self, values: Sequence[str]) -> None:
        """Put words into the holes, for the layout of the whole."""
        for paragraph in self.paragraphs:
            for box, words in paragraph.texts:
                box.text = filled(words, values)

    def lines(self, paragraph: Paragraph, values: Sequence[str]) -> tuple[Line, ...]:
        """The lines of a paragraph with these words, placed from 0 down."""
        words = {id(box): filled(text, values) for box, text in paragraph.texts}
        line = _copied(paragraph.line, words)
        self.context.create_block_formatting_context(paragraph.container)
        try:
            made = [
                made
                for made, _ in iter_line_boxes(self.context, line, 0, 0, None, paragraph.container, [], [], None, None)
            ]
        finally:
            self.context.finish_block_formatting_context()
        return tuple(Line(height=one.height, texts=tuple(texts_of(one))) for one in made)

    def _may_be_laid_out_again(self) -> bool:
        """Whether there are no footnotes, running elements, named strings, and counters of pages or words of targets."""
        targets = self.context.target_collector
        return (
            not self.context.footnotes
            and not targets.counter_lookup_items
            and not targets.target_lookup_items
            and all(
                box.style["string_set"] in ("none", ()) and box.style["position"] in _POSITIONS
                for box in self.root.descendants()
            )
        )

    def _find(self, holes: int) -> frozenset[int]:
        fit: set[int] = set()
        floats = any(box.style["float"] != "none" for box in self.root.descendants())
        for line, ancestors in _lines(self.root, ()):
            texts = [(box, box.text) for box in texts_of(line)]
            wanted = tuple(ord(c) - FIRST_HOLE for _, text in texts for c in HOLES.findall(text))
            if (
                wanted
                and not floats
                and _is_plain(line, ancestors)
                and all(_width_is_given(box, up) for box, up in _pairs(ancestors))
            ):
                paragraph = Paragraph(len(self.paragraphs), line, texts, wanted)
                ancestors[-1].__dict__[MARK] = paragraph
                for box, _ in texts:
                    box.__dict__[MARK] = paragraph
                self.paragraphs.append(paragraph)
                fit.update(wanted)
        unseen = {
            ord(c) - FIRST_HOLE
            for element in self.page.etree_element.iter("title")
            for c in HOLES.findall(element.text or "")
        }
        text = {ord(c) - FIRST_HOLE for c in HOLES.findall(_all_text(self.page.etree_element))}
        return frozenset(n for n in range(holes) if n in text and n not in fit and n not in unseen)


def filled(words: str, values: Sequence[str] | Mapping[int, str]) -> str:
    """`words` with the values in the places of their holes."""
    return HOLES.sub(lambda hole: values[ord(hole[0]) - FIRST_HOLE], words)


def texts_of(box: Any) -> Iterator[Any]:
    """The boxes of text in a line, in order."""
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            yield child
        elif hasattr(child, "children"):
            yield from texts_of(child)


def _all_text(element: Any) -> str:
    return "".join((e.text or "") + (e.tail or "") for e in element.iter())


def _copied(box: Any, words: Mapping[int, str]) -> Any:
    if isinstance(box, boxes.TextBox):
        return box.copy_with_text(words[id(box)])
    return box.copy_with_children([_copied(child, words) for child in box.children])


def _lines(box: Any, ancestors: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.LineBox):
            yield child, (*ancestors, box)
        else:
            yield from _lines(child, (*ancestors, box))


def _pairs(ancestors: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    return zip(ancestors[::-1], (*ancestors[-2::-1], None), strict=True)


def _is_plain(line: Any, ancestors: tuple[Any, ...]) -> bool:
    """Whether a line holds nothing but words whose place follows from the words and the width."""
    style, block = line.style, ancestors[-1]
    return (
        style["text_align_all"] != "justify"
        and style["text_overflow"] == "clip"
        and not getattr(block, "first_letter_style", None)
        and not getattr(block, "first_line_style", None)
        and block.style["max_lines"] == "none"
        and all(_is_word(child) for child in line.children)
    )


def _is_word(box: Any) -> bool:
    style = box.style
    if "::" in str(box.element_tag):  # generated content, which WeasyPrint may make anew
        return False
    if isinstance(box, boxes.TextBox):
        return not HOLES.search(box.text) or (
            style["text_transform"] == "none" and style["white_space"] in ("normal", "nowrap")
        )
    if not isinstance(box, boxes.InlineBox) or box.element_tag == "a" or getattr(box, "link", None):
        return False
    bare = style["background_image"] == (("none", None),) and style["background_color"].alpha == 0
    return (
        bare
        and not any(style[f"border_{s}_width"] for s in ("top", "right", "bottom", "left"))
        and all(map(_is_word, box.children))
    )


def _width_is_given(box: Any, parent: Any) -> bool:
    """Whether the width of a box, in its parent, never depends on words."""
    style = box.style
    fixed = style["width"] != "auto" or box.is_table_wrapper  # as wide as its table, which is asked by itself
    if style["position"] not in ("static", "relative"):
        return fixed
    if isinstance(box, (boxes.TableCellBox, boxes.TableRowBox, boxes.TableRowGroupBox)):
        return True
    if isinstance(box, boxes.TableBox):
        return style["table_layout"] == "fixed" and fixed
    if not isinstance(box, (boxes.BlockBox, boxes.FlexBox)):
        return False
    if isinstance(parent, boxes.FlexContainerBox):
        return fixed and parent.style["flex_direction"].startswith("column")
    return parent is None or isinstance(parent, (boxes.BlockContainerBox, boxes.TableBox))
