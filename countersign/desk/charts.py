"""A chart of horizontal bars as SVG: every bar bears its name and its figure in words, so nothing is said by color or length alone.

Values in, text out; everything that comes from outside is escaped. The same chart stands in a browser and in a PDF.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

WIDTH = 720
NAME, FIGURE = 84, 150
"""Room left of the bars for their names and right of them for their figures."""
BAR, GAP = 15, 4
LONGEST = 96
"""Letters of a heading that fit on its line."""

_FILLS = ("#c8d6cd", "#6f9a86", "#1f4a3a")
_INK, _MUTED, _MARK = "#1c2622", "#4b5a53", "#9a3412"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name ("before"), how long it is, and its figure as it is read."""

    name: str
    value: Decimal
    figure: str


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that belong together, under a heading; `mark` is a line across them, such as a budget."""

    heading: str
    bars: tuple[Bar, ...]
    mark: Bar | None = None


def chart(title: str, groups: Sequence[Sequence[Group]]) -> Markup:
    """The chart; the groups of one sequence share a scale (one unit). Values below zero are drawn as zero.

    `title` is what the chart shows, in a sentence; after it a reader that cannot see hears every figure.
    """
    parts: list[Markup] = []
    y = 4
    for panel in groups:
        longest = max((b.value for g in panel for b in (*g.bars, *([g.mark] if g.mark else []))), default=Decimal(0))
        for group in panel:
            drawn, y = _group(group, longest, y)
            parts += drawn
    said = " ".join([title, *(_said(group) for panel in groups for group in panel)])
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {} {}" font-family="Lato, Arial, sans-serif" '
        'font-size="11"><title>{}</title>{}</svg>'
    ).format(WIDTH, y, said, Markup("").join(parts))


def _group(group: Group, longest: Decimal, y: int) -> tuple[list[Markup], int]:
    heading = group.heading if len(group.heading) <= LONGEST else f"{group.heading[: LONGEST - 1]}…"
    parts = [_text(0, y + 11, heading, _INK, "bold")]
    top = y = y + 18
    for number, bar in enumerate(group.bars):
        long = _length(bar.value, longest)
        fill = _FILLS[number if len(group.bars) > 2 else number * 2]
        middle = y + BAR - 4
        parts.append(_text(NAME - 8, middle, bar.name, _MUTED, anchor="end"))
        parts.append(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}" stroke-width="0.5"/>').format(
                NAME, y, long, BAR, fill, _FILLS[-1]
            )
        )
        parts.append(_text(WIDTH, middle, bar.figure, _INK, anchor="end"))  # in a column, where no line crosses them
        y += BAR + GAP
    if group.mark is not None:
        x = NAME + _length(group.mark.value, longest)
        parts.append(
            Markup(
                '<line x1="{0}" y1="{1}" x2="{0}" y2="{2}" stroke="{3}" stroke-width="1.5" stroke-dasharray="4 2"/>'
            ).format(x, top - 3, y + 1, _MARK)
        )
        parts.append(_text(x, y + 11, f"{group.mark.name} {group.mark.figure}", _MARK, anchor="middle"))
        y += 14
    return parts, y + 10


def _length(value: Decimal, longest: Decimal) -> int:
    """In units of the picture; what is not nothing is at least one wide."""
    if value <= 0 or longest <= 0:
        return 0
    return max(1, int(value / longest * (WIDTH - NAME - FIGURE)))


def _text(x: int, y: int, text: str, fill: str, weight: str = "normal", anchor: str = "start") -> Markup:
    return Markup('<text x="{}" y="{}" fill="{}" font-weight="{}" text-anchor="{}">{}</text>').format(
        x, y, fill, weight, anchor, escape(text)
    )


def _said(group: Group) -> str:
    return f"{group.heading}: {', '.join(_bars_said(group))}."


def _bars_said(group: Group) -> Iterator[str]:
    for bar in (*group.bars, *([group.mark] if group.mark else [])):
        yield f"{bar.name} {bar.figure}"
