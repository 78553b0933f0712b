"""Paper: Jinja2 templates filled in, and HTML drawn as a PDF that is tagged, complete and the same every time.

Fail closed here means: a page is drawn as its designer meant it or not at all. A missing file, an unreachable address,
a font that is not ours, a character no font has, a stylesheet rule WeasyPrint does not know: each is an error with a
sentence, because a warning in a log is a certificate with boxes in somebody's name.

WeasyPrint is imported when the first page is drawn (`countersign.press`), so that importing this module costs little.
"""

import re
import traceback
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from countersign.embedded import Embedded
from countersign.errors import CountersignError, FileProblem
from models.words import MONTHS


class GlyphsMissing(CountersignError):
    """The text has characters that none of the bundled fonts can print. `characters` lists them once each, in order."""

    def __init__(self, characters: str) -> None:
        shown = ", ".join(f"{'◌' * (unicodedata.category(c)[0] == 'M')}{c} (U+{ord(c):04X})" for c in characters[:8])
        super().__init__(
            f"No bundled font can print {shown}{' and more' if len(characters) > 8 else ''}.",
            "Add a font for this script to templates/fonts, or agree on a spelling with the educator.",
        )
        self.characters = characters


class PageCount(CountersignError):
    """The content does not fill the number of pages that was promised. `pages` is how many it took."""

    def __init__(self, title: str, pages: int, wanted: int) -> None:
        super().__init__(
            f'"{title}" takes {pages} pages where {wanted} was promised.', "Shorten its text or the template's."
        )
        self.pages = pages


_THINGS = re.compile(r"\b(submission|micro-credential|decision|certificate|request|e-mail)s\b")


_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""The blocks of Unicode whose letters run from right to left."""


def day(value: date | datetime | str) -> str:
    """ "October 1, 2026". Takes a date, a datetime (its own day: convert the zone first) or an ISO date as text."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return f"{MONTHS[value.month - 1]} {value.day}, {value.year}"


def month(value: date | str) -> str:
    """ "October 2026", from a date or from "2026-10"."""
    first = date.fromisoformat(f"{value}-01") if isinstance(value, str) else value
    return f"{MONTHS[first.month - 1]} {first.year}"


def figure(value: Decimal | int | str) -> str:
    """A number as people write it: no trailing zeros, thousands apart: "15", "7.5", "1,250"."""
    exact = Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"{value} is not a figure")
    text = f"{exact:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(number: int, label: str) -> str:
    """A label such as "micro-credentials held" as it stands beside the number: "micro-credential held" beside 1."""
    return _THINGS.sub(r"\1", label) if number == 1 else label


def money(value: Decimal | int | str, unit: str = "USD") -> str:
    """An amount with its currency, to the cent: "$125.00"; "125.00 CAD" for any other than US dollars."""
    exact = Decimal(value)
    if exact != exact.quantize(Decimal("0.01")):
        raise ValueError(f"{value} {unit} is not a whole number of cents")
    sign = "-" if exact < 0 else ""
    return f"{sign}${abs(exact):,.2f}" if unit == "USD" else f"{sign}{abs(exact):,.2f} {unit}"


def environment(folders: Sequence[Path]) -> jinja2.Environment:
    """The Jinja2 environment over template `folders`, looked up in turn (`Workspace.template_folders`).

    Everything is escaped; an undefined name is an error. Filters: `day`, `month`, `figure`, `money`.
    """
    return _environment(tuple(folders))


def isolated(value: Any) -> Any:
    """A value on its way into a page or a message: where it has letters that run from right to left, within signs that keep
    them from reordering what stands around it (FSI and PDI, UAX #9). HTML made by a filter or macro is left as it is."""
    if isinstance(value, str) and not isinstance(value, Markup) and _RIGHT_TO_LEFT.search(value):
        return f"\u2068{value}\u2069"
    return value


@lru_cache(maxsize=8)
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=isolated,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(day=day, month=month, figure=figure, money=money)
    return made


@lru_cache(maxsize=8)
def _marking(folders: tuple[Path, ...]) -> jinja2.Environment:
    from countersign.press.marking import mark

    def finalize(value: Any) -> Any:
        return mark(isolated(value))

    return _environment(folders).overlay(finalize=finalize)


def fill(folders: Sequence[Path], template: str, values: Mapping[str, Any], *, marked: bool = False) -> str:
    """`template` ("certificate/vermont.html") filled in with `values`.

    `marked` is for `render_pdf` alone: what varies is marked (`countersign.press.marking`), so that the page can be printed fast.
    Raises FileProblem naming the template file and the line when it cannot be found, read or filled in.
    """
    try:
        return (_marking if marked else _environment)(tuple(folders)).get_template(template).render(**values)
    except jinja2.TemplateSyntaxError as error:
        raise FileProblem(str(error.name or template), error.lineno, f"is not a template: {error.message}") from error
    except jinja2.TemplateNotFound as error:
        raise FileProblem(str(error.name or template), 0, "there is no such template", "Look in templates/.") from error
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        name, line = _place(folders, template, error)
        raise FileProblem(name, line, f"cannot be filled in: {error}") from error


def _place(folders: Sequence[Path], template: str, error: BaseException) -> tuple[str, int]:
    """The template and line in which `error` arose: Jinja2 writes template lines into the traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for folder in folders:
            if Path(frame.filename).is_relative_to(folder):
                return Path(frame.filename).relative_to(folder).as_posix(), frame.lineno or 0
    return template, 0


def render_pdf(
    html: str,
    base: Sequence[Path],
    *,
    title: str,
    created: date | None = None,
    pages: int | None = None,
    identifiers: Sequence[str] = (),
    embedded: Sequence[Embedded] = (),
    signable: bool = False,
) -> bytes:
    """The PDF of `html`: PDF/A-3a and PDF/UA-1 (tagged), with title and language, the same bytes for the same input.

    `base` are the template folders in which relative addresses are looked up; besides those only `data:` addresses are
    read. The document's `<html lang>` is required. `created` is printed into the metadata, and left out when None.
    `pages` is how many pages it must have; `identifiers` (the paper's number) go into the metadata, `embedded` are files
    put into it; `signable` gives it an empty signature field for `countersign.press.signature`.

    The fonts of `fonts/fonts.css` are always there; no font of the system ever is.

    Raises UsageError when the page cannot be drawn as written (missing or forbidden file, unknown font, unknown CSS, no
    alternative text), GlyphsMissing when no font has a character, PageCount when `pages` is not met.
    """
    from countersign.press import draw

    drawn = draw(
        html,
        tuple(base),
        title=title,
        created=created,
        identifiers=tuple(identifiers),
        embedded=tuple(embedded),
        signable=signable,
    )
    if drawn.missing:
        raise GlyphsMissing(drawn.missing)
    if pages is not None and drawn.pages != pages:
        raise PageCount(title, drawn.pages, pages)
    return drawn.content


def uncovered(text: str, base: Sequence[Path]) -> str:
    """The characters of `text` that none of the fonts in `fonts/` of the template folders prints, once each, in order.

    So are private characters, which mean nothing to a reader, and marks of which so many stand on one letter that they
    would run through the lines above. Fonts are read in the order of `fonts/fonts.css` and only as far as needed: what is
    Latin never opens the large ones.
    """
    left = dict.fromkeys(c for c in unicodedata.normalize("NFC", text) if not c.isspace())
    refused = {c for c in left if unicodedata.category(c) in {"Co", "Cs"}}
    refused.update(mark for marks in _HEAPS.findall(unicodedata.normalize("NFD", text)) for mark in marks)
    wanted = {ord(c) for c in left}
    for file in _font_files(tuple(base)) if wanted else ():
        wanted -= _characters(file)
        if not wanted:
            break
    return "".join(c for c in dict.fromkeys([*left, *sorted(refused)]) if ord(c) in wanted or c in refused)


_MARK = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0610-\u061a\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_HEAPS = re.compile(f"[{_MARK}]{{7,}}")
"""More marks on one letter than any language has."""
_FONT_FILE = re.compile(r"""url\(\s*["']?([^"')]+\.[ot]tf)["']?\s*\)""")


@lru_cache(maxsize=4)
def _font_files(base: tuple[Path, ...]) -> tuple[Path, ...]:
    """The font files that `fonts/fonts.css` of the template folders names, in its order."""
    style = next((f for folder in base if (f := folder / "fonts" / "fonts.css").is_file()), None)
    named = _FONT_FILE.findall(style.read_text(encoding="utf-8")) if style else []
    found = (next((f for folder in base if (f := folder / "fonts" / name).is_file()), None) for name in named)
    return tuple(file for file in found if file)


@lru_cache(maxsize=128)
def _characters(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())
