"""The press: WeasyPrint with our fonts, our files and nothing else. Imported by `countersign.render` when it draws.

WeasyPrint logs what it cannot do and draws on. Here every such line stops the page (see `countersign.render`).
"""

import atexit
import logging
import mimetypes
import os
import threading
import warnings
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from weasyprint import CSS, HTML
from weasyprint import __version__ as weasyprint_version
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from countersign.embedded import Embedded
from countersign.errors import CountersignError, UsageError
from countersign.press.archive import VARIANT, About, archive
from countersign.press.dyeing import dyed
from countersign.press.formes import Formes
from countersign.press.lettering import lead_codes
from countersign.press.marking import holes_of, unmarked
from countersign.press.pictures import Pictures
from countersign.press.places import Sheet, Unfit
from countersign.press.sorts import Fonts
from countersign.settings import PROGRAM

BASE_URL = "https://templates.invalid/"
"""What addresses in a page are relative to: `fonts/x.ttf` is looked up in each template folder in turn. The name is
reserved (RFC 2606) and never asked."""

FONTS_STYLE = "fonts/fonts.css"
SVG = "{http://www.w3.org/2000/svg}svg"
"""A picture within the page: its words are drawn with it, or are its description, and are not laid out as text."""

NO_SYSTEM_FONTS = PROGRAM / "templates" / "fonts" / "fonts.conf"

TOLERATED = ("Using fontTools instead of HarfBuzz-Subset", ".notdef glyph rendered")
"""Log lines that stop nothing: the first is slow, not wrong (`doctor` tells); the second comes back as `Drawn.missing`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn document. `missing` lists the characters that no font had, once each."""

    content: bytes
    pages: int
    missing: str


class _Fonts(FontConfiguration):
    """A font configuration that remembers which families it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.families: set[str] = set()

    def add_font_face(self, rule_descriptors: dict[str, Any], url_fetcher: Any) -> None:
        for kind, url in rule_descriptors["src"]:
            if kind == "local":
                raise UsageError(f"@font-face: local({url}) asks for a font of the system.", "Give a file: url(…).")
        cast(Any, super()).add_font_face(rule_descriptors, url_fetcher)
        self.families.add(str(rule_descriptors["font_family"]))


class _Fetcher(URLFetcher):
    """Reads files of the template folders and `data:` addresses; everything else stops the drawing."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        cast(Any, super()).__init__(allowed_protocols=("data",), fail_on_errors=True)
        self._folders = folders
        self._read: dict[Path, tuple[int, int]] = {}

    def fetch(self, url: str, headers: Any = None) -> Any:
        if url.startswith("data:"):
            return cast(Any, super()).fetch(url, headers)
        file = find_file(url, self._folders)
        if file.suffix not in _FONTS:
            self._read[file] = _dated(file)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, dyed(file.read_bytes(), url), {"Content-Type": kind})

    def is_current(self) -> bool:
        """Whether the stylesheets and pictures read so far are still what they were."""
        return all(_dated(file) == dated for file, dated in self._read.items())


_FONTS = (".ttf", ".otf")


def _dated(file: Path) -> tuple[int, int]:
    """When a file was changed, in nanoseconds, and its size; nothing of either when it is gone."""
    try:
        found = file.stat()
    except OSError:
        return (0, -1)
    return found.st_mtime_ns, found.st_size


def find_file(url: str, folders: tuple[Path, ...]) -> Path:
    """The template file that `url` means. Raises UsageError when it is outside the template folders or missing."""
    shown = url if len(url) <= 200 else f"{url[:200]}…"
    if not url.startswith(BASE_URL):
        raise UsageError(
            f"A page asked for {shown}.", "Only files of the templates folder and data: addresses are read."
        )
    relative = unquote(urlsplit(url).path).lstrip("/")
    for folder in folders:
        file = (folder / relative).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise UsageError(f"A page asked for {shown}.", "It is outside the templates folder.")
        if file.is_file():
            return file
    raise UsageError(f"templates/{relative} is missing.", "Restore it, or correct the page that names it.")


@dataclass(frozen=True, slots=True)
class _Press:
    """One set of template folders with its fonts loaded."""

    folders: tuple[Path, ...]
    fonts: _Fonts
    fetcher: _Fetcher
    style: Any
    formes: Formes


class _Thread(threading.local):
    """What belongs to one thread: Pango's font maps must not be shared, and each thread hears its own complaints."""

    press: _Press | None = None
    complaints: list[str] | None = None


_thread = _Thread()
_lock = threading.Lock()


@atexit.register
def _let_go() -> None:
    """Free the main thread's fonts while Pango is still loaded: Python would do it last of all, and crash on the way out."""
    _thread.press = None


PRODUCER = f"WeasyPrint {weasyprint_version}"


def draw(
    html: str,
    folders: tuple[Path, ...],
    *,
    title: str,
    created: date | None,
    identifiers: tuple[str, ...] = (),
    embedded: tuple[Embedded, ...] = (),
    signable: bool = False,
) -> Drawn:
    """`html` as a PDF, see `countersign.render.render_pdf`. Where its values are marked (`countersign.press.marking`) it is printed from a
    forme if it can be. Raises UsageError."""
    if len({one.name for one in embedded}) != len(embedded):
        raise ValueError("two embedded files have the same name")
    sheet = Sheet(title, created, identifiers, embedded, signable, PRODUCER)
    try:
        with _complaints() as complaints:
            press = _press(folders)
            families = set(press.fonts.families)
            drawn = _printed(press, html, sheet) or _draw(press, unmarked(html), sheet)
    except FatalURLFetchingError as error:
        _thread.press = None
        raise UsageError(f"{error.__cause__}") from error
    except CountersignError:
        _thread.press = None  # it may hold half of a page's fonts: the next page starts with a new one
        raise
    except Exception as error:
        _thread.press = None
        raise UsageError(
            f'"{title}" cannot be drawn: WeasyPrint stumbled over the page ({type(error).__name__}: {error}).',
            "Simplify what the template asks for, and try it with: countersign certificate preview",
        ) from error
    except BaseException:
        _thread.press = None
        raise
    if complaints:
        if press.fonts.families == families:
            press.formes.forget()
        else:
            _thread.press = None
        raise UsageError(f'"{title}" cannot be drawn as written: {"; ".join(dict.fromkeys(complaints))}.')
    return drawn


def _printed(press: _Press, html: str, sheet: Sheet) -> Drawn | None:
    """The page from a forme; None when it has no marks or WeasyPrint has to draw it alone."""
    page = holes_of(html)
    if page is None or not page.values:
        return None
    try:
        printed = press.formes.print(page, sheet)
    except Unfit:
        return None
    return Drawn(content=printed.content, pages=printed.pages, missing=printed.missing)


def _draw(press: _Press, html: str, sheet: Sheet) -> Drawn:
    missing: list[str] = []
    page = cast(Any, HTML)(string=html, base_url=BASE_URL, url_fetcher=press.fetcher)
    document = page.render(font_config=press.fonts, stylesheets=[press.style], pdf_variant=VARIANT, cache=Pictures())
    document.fonts = Fonts()
    about = About(sheet.title, document.metadata.lang or "", sheet.created, PRODUCER, sheet.identifiers)
    boxes = [box for sheet in document.pages for box in _text_boxes(sheet)]
    _only_known_fonts(boxes, press.fonts.families)
    _nothing_lost(boxes, page.etree_element, sheet.title)

    def finish(drawn: Any, pdf: Any) -> None:
        missing.extend(_missing(drawn))
        lead_codes(pdf, drawn.fonts.values())
        archive(pdf, about, sheet.embedded, signable=sheet.signable)

    content = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=True, finisher=finish)  # a hash of the content
    return Drawn(content=content, pages=len(document.pages), missing="".join(dict.fromkeys(missing)))


def _press(folders: tuple[Path, ...]) -> _Press:
    if _thread.press is None or _thread.press.folders != folders or not _thread.press.fetcher.is_current():
        _listen()
        with _no_system_fonts():
            fonts, fetcher = _Fonts(), _Fetcher(folders)
        with _complaints() as complaints:
            style = cast(Any, CSS)(url=BASE_URL + FONTS_STYLE, url_fetcher=fetcher, font_config=fonts)
        if complaints or not fonts.families:  # without any font Pango crashes the whole program
            raise UsageError(f"templates/{FONTS_STYLE}: {'; '.join(complaints) or 'names no font'}.")
        formes = Formes(
            base_url=BASE_URL,
            fetcher=fetcher,
            fonts=fonts,
            style=style,
            check=lambda boxes: _only_known_fonts(boxes, fonts.families),
        )
        _thread.press = _Press(folders=folders, fonts=fonts, fetcher=fetcher, style=style, formes=formes)
    return _thread.press


@contextmanager
def _no_system_fonts() -> Generator[None]:
    """While fontconfig starts, it reads our empty configuration, so that the same page looks the same on every machine.

    The variable is put back, so that no program we start inherits it.
    """
    name = "FONTCONFIG_FILE"
    with _lock, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No fonts configured", category=UserWarning)
        before = os.environ.get(name)
        os.environ[name] = str(NO_SYSTEM_FONTS)
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


def _text_boxes(sheet: Any) -> list[Any]:
    return [box for box in sheet._page_box.descendants(placeholders=True) if getattr(box, "text", "")]


def _only_known_fonts(boxes: list[Any], families: set[str]) -> None:
    """Raise UsageError when text asks first for a family that no @font-face gives: Pango would quietly take another."""
    unknown = sorted({str(box.style["font_family"][0]) for box in boxes} - families)
    if unknown:
        raise UsageError(f"No @font-face gives the font {unknown[0]!r}.", f"Use one of: {', '.join(sorted(families))}.")


def _nothing_lost(boxes: list[Any], root: Any, title: str) -> None:
    """Raise UsageError when some of the page's text was not laid out: what stands below the end of the last page in a box
    out of the flow is dropped by WeasyPrint without a word."""
    wanted = Counter(_letters("".join(_said(root))))
    wanted.subtract(_letters("".join(box.text for box in boxes)))
    if any(count > 0 for count in wanted.values()):
        raise UsageError(f'"{title}" has text that is not on any page.', "Give it room in the template, or shorten it.")


def _letters(text: str) -> str:
    """What must survive the layout: no spaces, no soft hyphens, in one case (small caps and upper case are styles)."""
    return "".join(text.replace("\u00ad", "").split()).casefold()


def _said(element: Any) -> Iterator[str]:
    if element.tag in {"head", "style", "script", "template", SVG} or not isinstance(element.tag, str):
        return
    yield element.text or ""
    for child in element:
        yield from _said(child)
        yield child.tail or ""


def _missing(document: Any) -> Iterator[str]:
    for font in document.fonts.values():
        yield from (chr(codepoint) for codepoint in font.missing)


class _Ear(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if _thread.complaints is not None and not message.startswith(TOLERATED):
            _thread.complaints.append(message if len(message) <= 200 else f"{message[:200]}…")


def _listen() -> None:
    """Hear WeasyPrint's log, and keep it out of ours: it quotes the page, and pages hold names."""
    log = logging.getLogger("weasyprint")
    with _lock:
        if not any(isinstance(handler, _Ear) for handler in log.handlers):
            log.addHandler(_Ear(logging.WARNING))
            log.propagate = False


@contextmanager
def _complaints() -> Generator[list[str]]:
    before, heard = _thread.complaints, list[str]()
    _thread.complaints = heard
    try:
        yield heard
    finally:
        _thread.complaints = before
