"""A PDF opened: files embedded in it, whole pictures in any of its streams, links on its pages, and addresses printed on them.

A baked picture that was *placed on a page* has mostly lost its credential: PDF producers keep pixels, not PNG chunks. So what
counts are embedded files (ISO 32000-1 section 7.11.4, including file-attachment annotations and associated files), picture files that
lie whole in a stream, link annotations (section 12.6.4.7) and, when none of these gave anything sure, web addresses in the
visible text of the first pages. A code in a picture (QR) is not read, and no producer is known that writes credentials into
a PDF's metadata.
"""

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import islice
from typing import Any, cast

from pypdf import Configuration, PdfReader, apply_configuration
from pypdf.generic import IndirectObject

from countersign.intake import links
from countersign.intake.findings import Findings, Place
from countersign.intake.streams import pictures_in
from countersign.intake.unpacked import MAX_BYTES

MAX_FILES = 50
MAX_PAGES = 50
MAX_ANNOTATIONS = 200
MAX_TEXT_PAGES = 5
MAX_STRUCTURE = 2_000_000
"""Bytes that one of the PDF's own tables may unpack to. Each object in them takes far more memory than its bytes."""

SECONDS = 10.0
"""How long a PDF's structure may be read: a small file can refer to itself in ways that take hours."""

SEND_THE_FILE = "The original PNG, SVG or JSON file, or the link to it, is needed."

_STRUCTURE = Configuration(
    zlib_maximum_output_length=MAX_STRUCTURE,
    lzw_maximum_output_length=MAX_STRUCTURE,
    run_length_maximum_output_length=MAX_STRUCTURE,
    stream_decoding_work_maximum_length=2 * MAX_STRUCTURE,
    stream_parsing_work_maximum_count=100_000,
    xform_maximum_invocations_per_extraction=100,
    page_tree_maximum_entries=2_000,
    array_maximum_element_count=20_000,
    dictionary_maximum_element_count=20_000,
    disable_legacy_handling=True,
)
_FILES = replace(
    _STRUCTURE,
    zlib_maximum_output_length=MAX_BYTES,
    lzw_maximum_output_length=MAX_BYTES,
    run_length_maximum_output_length=MAX_BYTES,
    stream_decoding_work_maximum_length=2 * MAX_BYTES,
)
_TEXT = replace(_STRUCTURE, zlib_maximum_output_length=500_000, stream_decoding_work_maximum_length=1_000_000)
_BROKEN = re.compile(r"https?://(?:.*[-/_=&?%])?", re.IGNORECASE)
_REST = re.compile(r"[^\s:]{0,100}[-/_=&?%0-9]")
"""The beginning of an address that the page's width has broken, at a place where addresses break; and what is no plain word."""


class _TooLong(Exception):
    """The time for this PDF is over."""


class _Reader(PdfReader):
    """A reader that looks at the clock at every object."""

    def __init__(self, content: bytes) -> None:
        self.until = time.monotonic() + SECONDS
        super().__init__(BytesIO(content), strict=False)

    def get_object(self, indirect_reference: int | IndirectObject) -> Any:
        self.look_at_the_clock()
        return super().get_object(indirect_reference)

    def look_at_the_clock(self) -> None:
        if time.monotonic() > self.until:
            raise _TooLong


def read_pdf(content: bytes, shown: str, findings: Findings, place: Place, *, silent: bool = False) -> bool:
    """Take what a PDF holds out of it; False, with a sentence unless `silent`, when its structure cannot be read."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what the file says, and files speak of people

    def complain(sentence: str) -> bool:
        if not silent:
            findings.problem(sentence, unopened=True)
        return False

    before = len(findings.carriers)
    with apply_configuration(_STRUCTURE):
        trouble, reader = "", None
        try:
            reader = _Reader(content)
            if reader.is_encrypted and not reader.decrypt(""):
                return complain(f"{shown} is protected by a password and cannot be opened. {SEND_THE_FILE}")
            _take_files(reader, shown, findings, place, complain)
            reader.look_at_the_clock()  # pypdf passes over some objects that cannot be had
        except _TooLong:
            trouble = f"{shown} is built so that reading it takes too long. {SEND_THE_FILE}"
        except Exception:  # noqa: BLE001  "broken PDF files might cause other exceptions", says pypdf
            trouble = f"{shown} is damaged or no PDF, and cannot be read. {SEND_THE_FILE}"
        for picture in pictures_in(content):
            if findings.is_full():
                break
            findings.take(picture, "picture", place)
        if trouble or reader is None:
            return complain(trouble)
        try:
            _take_links(reader, shown, findings, sure=len(findings.carriers) > before)
        except Exception:  # noqa: BLE001  as above
            return complain(f"The pages of {shown} are damaged and their links cannot be read. {SEND_THE_FILE}")
    return True


def _take_files(reader: _Reader, shown: str, findings: Findings, place: Place, complain: Any) -> None:
    for name, embedded in islice(_files(reader), MAX_FILES):
        if findings.is_full():
            return
        try:
            with apply_configuration(_FILES):
                data = bytes(embedded.get_data())
        except _TooLong:
            raise
        except Exception:  # noqa: BLE001  as above: one broken stream does not spoil the others
            data = b""
        if not data:  # what pypdf makes of some damaged ones
            complain(f"A file embedded in {shown} is damaged and cannot be read. It has to be sent by itself.")
            continue
        findings.take(data, name, place)


def _take_links(reader: _Reader, shown: str, findings: Findings, *, sure: bool) -> None:
    """The links on the pages, then, unless something `sure` was found, the addresses printed on them."""
    targets = list(dict.fromkeys(islice(_links(reader), MAX_ANNOTATIONS)))
    found = [link for link in map(links.classify, targets) if link is not None]
    if not sure and not any(link.strong for link in found):
        # A printed address that is the beginning of a link's was cut by the end of its line.
        found += [link for link in _printed(reader) if not any(target.startswith(link.url) for target in targets)]
    for link in found:
        findings.link(link.url, f"the link in {shown}", strong=link.strong)


def _printed(reader: _Reader) -> tuple[links.Link, ...]:
    texts: list[str] = []
    with apply_configuration(_TEXT):
        for page in islice(reader.pages, MAX_TEXT_PAGES):
            reader.look_at_the_clock()
            texts.append(_text(page))
    return links.search(_unbroken("\n".join(texts)[: links.MAX_TEXT])).links


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


def _text(page: Any) -> str:
    try:
        return str(page.extract_text())
    except Exception:  # noqa: BLE001  a page whose text cannot be had is as one without text; its links were taken
        return ""


def _files(reader: Any) -> Iterator[tuple[str, Any]]:
    """(name, stream) of each embedded file once."""
    seen: set[int] = set()

    def streams(name: Any, reference: Any) -> Iterator[tuple[str, Any]]:
        specification = _dictionary(reference)
        folder = _dictionary(specification.get("/EF"))
        stream = _resolved(folder.get("/UF")) or _resolved(folder.get("/F"))
        if stream is not None and hasattr(stream, "get_data") and id(stream) not in seen:
            seen.add(id(stream))
            yield str(name or specification.get("/UF") or specification.get("/F") or ""), stream

    for entry in reader.attachment_list:
        yield from streams(entry.name, entry.pdf_object)
    for reference in _array(reader.root_object.get("/AF"), MAX_FILES):
        yield from streams("", reference)
    for page in islice(reader.pages, MAX_PAGES):
        for reference in _array(page.get("/AF"), MAX_FILES):
            yield from streams("", reference)
        for annotation in _array(page.get("/Annots"), MAX_ANNOTATIONS):
            found = _dictionary(annotation)
            if found.get("/Subtype") == "/FileAttachment":
                yield from streams("", found.get("/FS"))


def _links(reader: Any) -> Iterator[str]:
    for page in islice(reader.pages, MAX_PAGES):
        for annotation in _array(page.get("/Annots"), MAX_ANNOTATIONS):
            target = _resolved(_dictionary(_dictionary(annotation).get("/A")).get("/URI"))
            if isinstance(target, bytes):
                yield target.decode("utf-8", "replace")
            elif isinstance(target, str):
                yield target


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _dictionary(value: Any) -> dict[str, Any]:
    """What `value` refers to when that is a PDF dictionary, else an empty one."""
    found = _resolved(value)
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def _array(value: Any, most: int) -> list[Any]:
    """The first `most` entries of what `value` refers to when that is a PDF array, else none."""
    found = _resolved(value)
    return cast(list[Any], found)[:most] if isinstance(found, list) else []
