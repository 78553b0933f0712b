"""What is printed on the first pages of a PDF, and the web addresses in it.

Text is what costs most in a PDF: pypdf follows a form (ISO 32000-1 section 8.10) each time it is drawn, and a page of 2 kB can draw
millions of letters. So every page and every form is read once, by itself, and its operators and fonts are counted before.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from pypdf import apply_configuration

from countersign.intake import links
from countersign.intake.budget import FONTS, PAGES
from countersign.intake.findings import Findings
from countersign.intake.pdf_objects import STRUCTURE, Reader, TooLong, dictionary, resolved

MAX_PAGES = 5
MAX_FORMS = 10
"""How many forms are read with a page; a certificate is drawn in one or two."""

MAX_DRAWN = 100
"""How many pictures and forms of a page are looked at to find its forms."""

MAX_CONTENT = 500_000
"""Bytes that the operators of one page or form may unpack to; larger ones draw pictures."""

_TEXT = replace(
    STRUCTURE,
    zlib_maximum_output_length=MAX_CONTENT,
    lzw_maximum_output_length=MAX_CONTENT,
    run_length_maximum_output_length=MAX_CONTENT,
    array_based_stream_maximum_output_length=MAX_CONTENT,
    stream_decoding_work_maximum_length=2 * MAX_CONTENT,
)
_BROKEN = re.compile(r"https?://(?:.*[-/_=&?%])?", re.IGNORECASE)
_REST = re.compile(r"[^\s:]{0,100}[-/_=&?%0-9]")
"""The beginning of an address that the page's width has broken, at a place where addresses break; and what is no plain word."""


def printed_links(reader: Reader, findings: Findings) -> tuple[links.Link, ...]:
    """The addresses in the visible text that may lead to a credential. Raises TooLong."""
    return links.search(_unbroken(printed_text(reader, findings)[: links.MAX_TEXT])).links


def printed_text(reader: Reader, findings: Findings) -> str:
    """The visible text of the first pages, as much of it as may be read. Raises TooLong."""
    texts: list[str] = []
    with apply_configuration(_TEXT):
        for page, piece in _pieces(reader):
            reader.look_at_the_clock()
            size = _size(piece)
            if size is None:
                continue
            if not findings.may(FONTS, len(_fonts(piece))) or not findings.may(PAGES, size):
                break
            texts.append(_text(page, piece, reader))
    return "\n".join(texts)


def _unbroken(text: str) -> str:
    """`text` with the addresses put together again that go on in the next line."""
    lines: list[str] = []
    for line in text.splitlines():
        last = lines[-1][-links.MAX_URL :].rpartition(" ")[2] if lines else ""
        if _BROKEN.fullmatch(last) and _REST.match(line):
            lines[-1] += line
        else:
            lines.append(line)
    return "\n".join(lines)


def _pieces(reader: Reader) -> Iterator[tuple[Any, Any]]:
    """(page, piece) of the first pages: each page itself, then the forms that it and they may draw, each once."""
    seen: set[int] = set()
    for page in islice(reader.pages, MAX_PAGES):
        waiting: list[Any] = [page]
        for _ in range(1 + MAX_FORMS):
            if not waiting:
                break
            piece = waiting.pop(0)
            yield page, piece
            new = [form for form in _forms(piece) if id(form) not in seen]
            seen.update(map(id, new))
            waiting += new


def _forms(piece: Any) -> list[Any]:
    try:
        drawn = islice(dictionary(_resources(piece).get("/XObject")).values(), MAX_DRAWN)
        return [
            form for form in map(dictionary, drawn) if form.get("/Subtype") == "/Form" and hasattr(form, "get_data")
        ]
    except TooLong:
        raise
    except Exception:  # noqa: BLE001  pypdf on broken files; what cannot be had is not drawn
        return []


def _resources(piece: Any) -> dict[str, Any]:
    return dictionary(piece.get("/Resources"))


def _fonts(piece: Any) -> dict[str, Any]:
    return dictionary(_resources(piece).get("/Font"))


def _size(piece: Any) -> int | None:
    """The bytes of the operators of a page or form and of its fonts' tables (section 9.10.3); None when they cannot be had."""
    try:
        content = piece.get_data() if hasattr(piece, "get_data") else piece.get_contents().get_data()
        size = len(content)
        for font in map(dictionary, islice(_fonts(piece).values(), FONTS.most)):
            dictionary(font.get("/FontDescriptor")).pop("/FontFile3", None)  # for an address no font's program is run
            table = resolved(font.get("/ToUnicode"))
            size += len(table.get_data()) if hasattr(table, "get_data") else 0
    except TooLong:
        raise
    except Exception:  # noqa: BLE001  pypdf on broken files; a page without readable text is as one without text
        return None
    return size


def _text(page: Any, piece: Any, reader: Reader) -> str:
    watched: dict[str, Any] = {"visitor_operand_before": reader.look_at_the_clock}
    try:
        return str(page.extract_text(**watched) if piece is page else page.extract_xform_text(piece, **watched))
    except TooLong:
        raise
    except Exception:  # noqa: BLE001  as above
        return ""
