"""A PDF's objects, had one by one against the limits and the clock."""

from io import BytesIO
from typing import Any, cast

from pypdf import Configuration, PdfReader
from pypdf.generic import IndirectObject, PdfObject

from countersign.intake.budget import OBJECTS, SEARCHED
from countersign.intake.findings import Findings

MAX_STRUCTURE = 2_000_000
"""Bytes that one of the PDF's own tables may unpack to. Each object in them takes far more memory than its bytes."""

SECONDS = 10.0
"""Processor seconds in which one PDF's structure may be read: a small file can refer to itself in ways that take hours."""

STRUCTURE = Configuration(
    zlib_maximum_output_length=MAX_STRUCTURE,
    lzw_maximum_output_length=MAX_STRUCTURE,
    run_length_maximum_output_length=MAX_STRUCTURE,
    stream_decoding_work_maximum_length=2 * MAX_STRUCTURE,
    stream_parsing_work_maximum_count=100_000,
    xform_maximum_invocations_per_extraction=0,  # forms are read by themselves, see `printed`
    page_tree_maximum_entries=2_000,
    array_maximum_element_count=20_000,
    dictionary_maximum_element_count=20_000,
    disable_legacy_handling=True,
)


class TooLong(Exception):
    """What one PDF may cost is spent."""


class _File(BytesIO):
    """The bytes of a PDF. pypdf takes them all at once only to search them for what is not where it should be."""

    def __init__(self, content: bytes, findings: Findings) -> None:
        super().__init__(content)
        self._size, self._findings = len(content), findings

    def getbuffer(self) -> memoryview:
        if not self._findings.may(SEARCHED, self._size):
            raise TooLong
        return super().getbuffer()


class Reader(PdfReader):
    """A reader that looks at the limits and the clock at every object."""

    def __init__(self, content: bytes, findings: Findings) -> None:
        self._findings = findings
        self._until = min(findings.budget.clock() + SECONDS, findings.budget.ends)
        super().__init__(_File(content, findings), strict=False)

    def get_object(self, indirect_reference: int | IndirectObject) -> Any:
        self._count()
        return super().get_object(indirect_reference)

    def cache_indirect_object(self, generation: int, idnum: int, obj: PdfObject | None) -> PdfObject | None:
        self._count()  # one object asked for may bring thousands along: all that lie in the same stream
        return super().cache_indirect_object(generation, idnum, obj)

    def _count(self) -> None:
        if not self._findings.may(OBJECTS):
            raise TooLong
        self.look_at_the_clock()

    def look_at_the_clock(self, *_: Any) -> None:
        """Raises TooLong when the time for this PDF is over. Takes, and passes over, what pypdf gives its visitors."""
        if self._findings.budget.clock() > self._until:
            raise TooLong


def resolved(value: Any) -> Any:
    """What `value` refers to, `value` itself when it is no reference."""
    return value.get_object() if hasattr(value, "get_object") else value


def dictionary(value: Any) -> dict[str, Any]:
    """What `value` refers to when that is a PDF dictionary, else an empty one."""
    found = resolved(value)
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def array(value: Any, most: int) -> list[Any]:
    """The first `most` entries of what `value` refers to when that is a PDF array, else none."""
    found = resolved(value)
    return cast(list[Any], found)[:most] if isinstance(found, list) else []
