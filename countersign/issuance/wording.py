"""Words for paper: text from outside without its markup, and figures said in words."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser

from models.text import plain, shorten

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_FRACTIONS = {Decimal("0.5"): "a half", Decimal("0.25"): "a quarter", Decimal("0.75"): "three quarters"}


def statement(texts: tuple[str, ...], limit: int, uncovered: Callable[[str], str]) -> str:
    """The first of `texts` that says something, without markup, cut to `limit`.

    Signs that no font has and that say nothing (emoji, ornaments) are left out; letters never are.
    """
    for text in texts:
        said = plain(without_markup(text))
        if said and not re.fullmatch(r"\S+://\S+", said):
            ornaments = {c for c in uncovered(said) if unicodedata.category(c) in {"So", "Sk", "Cn"} or c == "\ufe0f"}
            return shorten(plain("".join(c for c in said if c not in ornaments)), limit)
    return ""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in {"script", "style"}
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"} and self._silent > 0
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def without_markup(text: str) -> str:
    """HTML's and Markdown's marks taken out of running text; what they marked stays."""
    parser = _Text()
    parser.feed(text[:20_000])
    parser.close()
    bare = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", "".join(parser.parts))
    bare = re.sub(r"(?m)^\s{0,3}(?:#{1,6}|[-*+>])\s+", "", bare)
    return re.sub(r"(\*\*|__|`)", "", bare)


def in_words(figure: Decimal) -> str:
    """A positive figure below 10,000 in words: "fifteen", "seven and a half", "two point one five".

    Raises ValueError for zero, a negative figure or a larger one: no paper says such a thing.
    """
    if not figure.is_finite() or not 0 < figure < 10_000:
        raise ValueError(f"{figure} is not a figure a paper can state")
    whole, rest = int(figure), figure % 1
    if not rest:
        return _whole(whole)
    if rest in _FRACTIONS:
        return f"{_whole(whole)} and {_FRACTIONS[rest]}" if whole else _FRACTIONS[rest]
    digits = f"{rest.normalize():f}".partition(".")[2]
    return f"{_whole(whole)} point {' '.join(_ONES[int(d)] for d in digits)}"


def _whole(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    head, rest = divmod(number, size)
    return f"{_whole(head)} {name}" + (f" {_whole(rest)}" if rest else "")


def units(figure: Decimal, unit: str) -> str:
    """The unit's word for the figure: "hour" for 1, "hours" for anything else."""
    return unit if figure == 1 else f"{unit}s"
