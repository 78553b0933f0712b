"""The insides of WeasyPrint and pydyf that lines and fast pages are made with, in one place: what to look at when their versions change.

None of it is documented, and both are pinned. `tests/issuance/test_formes.py` compares each template's fast pages with WeasyPrint's own.
"""

from importlib import import_module
from typing import Any, cast


def _of(module: str, name: str) -> Any:
    return getattr(cast(Any, import_module(module)), name)


pydyf: Any = import_module("pydyf")
to_bytes: Any = _of("pydyf", "_to_bytes")

boxes: Any = import_module("weasyprint.formatting_structure.boxes")
build_formatting_structure: Any = _of("weasyprint.formatting_structure.build", "build_formatting_structure")
layout_document: Any = _of("weasyprint.layout", "layout_document")
iter_line_boxes: Any = _of("weasyprint.layout.inline", "iter_line_boxes")
split_text_box: Any = _of("weasyprint.layout.inline", "split_text_box")

Document: Any = _of("weasyprint.document", "Document")
CounterStyle: Any = _of("weasyprint.css.counters", "CounterStyle")
DocumentMetadata: Any = _of("weasyprint.pdf.metadata", "DocumentMetadata")
get_html_metadata: Any = _of("weasyprint.html", "get_html_metadata")
draw_text: Any = _of("weasyprint.draw.text", "draw_text")
Stream: Any = _of("weasyprint.pdf.stream", "Stream")
Page: Any = _of("weasyprint.document", "Page")
generate_pdf: Any = _of("weasyprint.pdf", "generate_pdf")
VARIANTS: Any = _of("weasyprint.pdf", "VARIANTS")
DEFAULT_OPTIONS: dict[str, Any] = _of("weasyprint", "DEFAULT_OPTIONS")
HTML: Any = _of("weasyprint", "HTML")

Font: Any = _of("weasyprint.pdf.fonts", "Font")
build_fonts_dictionary: Any = _of("weasyprint.pdf.fonts", "build_fonts_dictionary")
get_pango_font_key: Any = _of("weasyprint.text.fonts", "get_pango_font_key")
SVGImage: Any = _of("weasyprint.images", "SVGImage")
iri_to_uri: Any = _of("weasyprint.urls", "iri_to_uri")
ffi: Any = _of("weasyprint.text.ffi", "ffi")
pango: Any = _of("weasyprint.text.ffi", "pango")
FROM_UNITS: float = _of("weasyprint.text.ffi", "FROM_UNITS")
text_drawing: Any = import_module("weasyprint.draw.text")
LOGGER: Any = _of("weasyprint.logger", "LOGGER")
