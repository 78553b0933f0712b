"""A PDF opened: files embedded in it, whole pictures in any of its streams, links on its pages, and addresses printed on them.

A baked picture that was *placed on a page* has mostly lost its credential: PDF producers keep pixels, not PNG chunks. So what
counts are embedded files (ISO 32000-1 section 7.11.4, including file-attachment annotations and associated files), picture files that
lie whole in a stream, link annotations (section 12.6.4.7) and, when none of these gave anything sure, web addresses in the
visible text of the first pages. A code in a picture (QR) is not read, and no producer is known that writes credentials into
a PDF's metadata.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from pypdf import apply_configuration

from countersign.intake import links
from countersign.intake.budget import UNPACKED
from countersign.intake.findings import Findings, Place
from countersign.intake.kinds import is_our_verdict
from countersign.intake.pdf_objects import STRUCTURE, Reader, TooLong, array, dictionary, resolved
from countersign.intake.printed import printed_links
from countersign.intake.streams import pictures_in
from countersign.intake.unpacked import MAX_BYTES

MAX_FILES = 50
MAX_PAGES = 50
MAX_ANNOTATIONS = 200
SEND_THE_FILE = "The original PNG, SVG or JSON file, or the link to it, is needed."

_FILES = replace(
    STRUCTURE,
    zlib_maximum_output_length=MAX_BYTES,
    lzw_maximum_output_length=MAX_BYTES,
    run_length_maximum_output_length=MAX_BYTES,
    stream_decoding_work_maximum_length=2 * MAX_BYTES,
)


def read_pdf(content: bytes, shown: str, findings: Findings, place: Place, *, silent: bool = False) -> bool:
    """Take what a PDF holds out of it; False, with a sentence unless `silent`, when its structure cannot be read."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what the file says, and files speak of people

    def complain(sentence: str) -> bool:
        if not silent:
            findings.problem(sentence, unopened=True)
        return False

    before = len(findings.carriers)
    too_long = f"{shown} is built so that reading it takes too long. {SEND_THE_FILE}"
    with apply_configuration(STRUCTURE):
        trouble, reader = "", None
        try:
            reader = Reader(content, findings)
            if reader.is_encrypted and not reader.decrypt(""):
                return complain(f"{shown} is protected by a password and cannot be opened. {SEND_THE_FILE}")
            _take_files(reader, shown, findings, place, complain)
            reader.look_at_the_clock()  # pypdf passes over some objects that cannot be had
        except TooLong:
            trouble = too_long
        except Exception:  # noqa: BLE001  "broken PDF files might cause other exceptions", says pypdf
            trouble = f"{shown} is damaged or no PDF, and cannot be read. {SEND_THE_FILE}"
        for picture in pictures_in(content, findings):
            findings.take(picture, "picture", place)
        if trouble or reader is None:
            return complain(trouble)
        try:
            _take_links(reader, shown, findings, sure=len(findings.carriers) > before)
        except TooLong:
            return complain(too_long)
        except Exception:  # noqa: BLE001  as above
            return complain(f"The pages of {shown} are damaged and their links cannot be read. {SEND_THE_FILE}")
    return True


def _take_files(reader: Reader, shown: str, findings: Findings, place: Place, complain: Any) -> None:
    for name, embedded in islice(_files(reader), MAX_FILES):
        if not findings.may(UNPACKED, 0):
            return
        try:
            with apply_configuration(_FILES):
                data = bytes(embedded.get_data())
        except TooLong:
            raise
        except Exception:  # noqa: BLE001  as above: one broken stream does not spoil the others
            data = b""
        if not data:  # what pypdf makes of some damaged ones
            complain(f"A file embedded in {shown} is damaged and cannot be read. It has to be sent by itself.")
            continue
        if not is_our_verdict(data):
            findings.take(data, name, place)


def _take_links(reader: Reader, shown: str, findings: Findings, *, sure: bool) -> None:
    """The links on the pages, then, unless something `sure` was found, the addresses printed on them."""
    targets = list(dict.fromkeys(islice(links_of(reader), MAX_ANNOTATIONS)))
    found = [link for link in map(links.classify, targets) if link is not None]
    if not sure and not any(link.strong for link in found):
        # A printed address that is the beginning of a link's was cut by the end of its line.
        found += [
            link
            for link in printed_links(reader, findings)
            if not any(target.startswith(link.url) for target in targets)
        ]
    for link in found:
        findings.link(link.url, f"the link in {shown}", strong=link.strong)


def _files(reader: Any) -> Iterator[tuple[str, Any]]:
    """(name, stream) of each embedded file once."""
    seen: set[int] = set()

    def streams(name: Any, reference: Any) -> Iterator[tuple[str, Any]]:
        specification = dictionary(reference)
        folder = dictionary(specification.get("/EF"))
        stream = resolved(folder.get("/UF")) or resolved(folder.get("/F"))
        if stream is not None and hasattr(stream, "get_data") and id(stream) not in seen:
            seen.add(id(stream))
            yield str(name or specification.get("/UF") or specification.get("/F") or ""), stream

    for entry in reader.attachment_list:
        yield from streams(entry.name, entry.pdf_object)
    for reference in array(reader.root_object.get("/AF"), MAX_FILES):
        yield from streams("", reference)
    for page in islice(reader.pages, MAX_PAGES):
        for reference in array(page.get("/AF"), MAX_FILES):
            yield from streams("", reference)
        for annotation in array(page.get("/Annots"), MAX_ANNOTATIONS):
            found = dictionary(annotation)
            if found.get("/Subtype") == "/FileAttachment":
                yield from streams("", found.get("/FS"))


def links_of(reader: Any) -> Iterator[str]:
    """Where the links on the first pages lead."""
    for page in islice(reader.pages, MAX_PAGES):
        for annotation in array(page.get("/Annots"), MAX_ANNOTATIONS):
            target = resolved(dictionary(dictionary(annotation).get("/A")).get("/URI"))
            if isinstance(target, bytes):
                yield target.decode("utf-8", "replace")
            elif isinstance(target, str):
                yield target
