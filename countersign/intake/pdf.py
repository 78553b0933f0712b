"""A PDF opened: files embedded in it, and links on its pages.

A baked picture that was *placed on a page* has lost its credential: PDF producers keep pixels, not PNG chunks. So only embedded
files (ISO 32000-1 section 7.11.4, including file-attachment annotations and associated files) and link
annotations (section 12.6.4.7) are taken. pypdf loads when the first PDF comes.
"""

import logging
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any, cast

from countersign.intake.findings import Findings, Place
from countersign.intake.links import classify
from countersign.intake.unpacked import MAX_BYTES

MAX_FILES = 50
MAX_PAGES = 50
MAX_ANNOTATIONS = 200


def read_pdf(content: bytes, shown: str, findings: Findings, place: Place, *, silent: bool = False) -> bool:
    """Take embedded files and links out of a PDF; False, with a sentence unless `silent`, when it cannot be opened."""
    from pypdf import Configuration, PdfReader, apply_configuration

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what the file says, and files speak of people

    def complain(sentence: str) -> bool:
        if not silent:
            findings.problem(sentence, unopened=True)
        return False

    limits = Configuration(
        zlib_maximum_output_length=MAX_BYTES,
        lzw_maximum_output_length=MAX_BYTES,
        run_length_maximum_output_length=MAX_BYTES,
        page_tree_maximum_entries=2_000,
        disable_legacy_handling=True,
    )
    with apply_configuration(limits):
        try:
            reader = PdfReader(BytesIO(content), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                return complain(f"{shown} is protected by a password and cannot be opened.")
            files = list(islice(_files(reader), MAX_FILES))
            links = list(islice(_links(reader), MAX_ANNOTATIONS))
        except Exception:  # noqa: BLE001  "broken PDF files might cause other exceptions", says pypdf
            return complain(f"{shown} is damaged or no PDF, and cannot be read.")
        for name, embedded in files:
            if findings.is_full():
                break
            try:
                data = bytes(embedded.get_data())
            except Exception:  # noqa: BLE001  as above: one broken stream does not spoil the others
                complain(f"A file embedded in {shown} is damaged and cannot be read.")
                continue
            findings.take(data, name, place)
        for url in links:
            link = classify(url)
            if link is not None:
                findings.link(link.url, f"the link in {shown}", strong=link.strong)
    return True


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
