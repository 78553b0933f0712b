"""What a PDF says in words: its title, where its links lead, and what stands on its first pages; against the same limits as all that comes
in, since anybody may hand anything in and call it a certificate.
"""

import logging
from dataclasses import dataclass, field
from itertools import islice

from pypdf import apply_configuration

from countersign.intake.findings import Findings
from countersign.intake.pdf import MAX_ANNOTATIONS, links_of
from countersign.intake.pdf_objects import STRUCTURE, Reader, TooLong
from countersign.intake.printed import printed_text


@dataclass(frozen=True, slots=True)
class PdfWords:
    """What could be read. `problem` says in a clause why not all could ("is protected by a password"); empty when it could."""

    title: str = ""
    links: tuple[str, ...] = field(default=())
    text: str = ""
    problem: str = ""


def words_of(content: bytes) -> PdfWords:
    """The words of a PDF. Never raises for what is in it."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what the file says, and files speak of people
    if b"%PDF-" not in content[:1024]:
        return PdfWords(problem="is no PDF")
    findings = Findings()
    title, links = "", tuple[str, ...]()
    try:
        with apply_configuration(STRUCTURE):
            reader = Reader(content, findings)
            if reader.is_encrypted and not reader.decrypt(""):
                return PdfWords(problem="is protected by a password")
            title = (reader.metadata.title or "")[:1000] if reader.metadata is not None else ""
            links = tuple(dict.fromkeys(islice(links_of(reader), MAX_ANNOTATIONS)))
            return PdfWords(title, links, printed_text(reader, findings))
    except TooLong:
        return PdfWords(title, links, problem="is built so that reading it takes too long")
    except Exception:  # noqa: BLE001  "broken PDF files might cause other exceptions", says pypdf
        return PdfWords(title, links, problem="is damaged and cannot be read whole")
