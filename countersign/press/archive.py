"""A drawn page made fit for the archive: PDF/A-3a and PDF/UA-1 at once, with the files it was made from embedded.

WeasyPrint draws one variant at a time. `archive` takes what it drew as `pdf/a-3a` (tags, embedded fonts, sRGB output
intent) and adds what the two standards ask for together: metadata that names both, with the description of PDF/UA's
schema that PDF/A wants; links, figures and table headers as PDF/UA reads them; associated files. Nothing here asks the
clock or chance: the same input gives the same bytes.

Sources: ISO 19005-3 (PDF/A-3), ISO 14289-1 (PDF/UA-1), ISO 32000-1 (PDF 1.7), XMP Specification Part 1.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from xml.sax.saxutils import escape

import pydyf as untyped

from countersign.embedded import Embedded
from countersign.errors import UsageError

pydyf = cast(Any, untyped)

VARIANT = "pdf/a-3a"
"""What WeasyPrint is to draw for `archive`."""

CREATOR = "Countersign"
POINTS = 0.75
"""A CSS pixel in points."""

SIGNATURE_FIELD = "Signature"
SIGNATURE_SAID = "Digital signature of the issuing association"

_REGULAR = frozenset(b"!\"$&'*+,-.:;=?@\\^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class About:
    """What the metadata says of a document. `lang` is the language of its text ("en-US"); `created` is printed into the
    dates, and left out when None; `producer` names what drew it; `identifiers` are the paper's number and the like."""

    title: str
    lang: str
    created: date | None
    producer: str
    identifiers: tuple[str, ...] = ()


def archive(pdf: Any, about: About, embedded: Sequence[Embedded] = (), *, signable: bool = False) -> None:
    """Make `pdf`, a pydyf.PDF that WeasyPrint drew as VARIANT and has not written, an archival and accessible one.

    Raises UsageError when it cannot be, and ValueError when two embedded files share a name. `signable` adds an empty signature field to the first page, for `countersign.press.signature`.
    """
    _groups(pdf, about)
    _margins(pdf)
    _links(pdf)
    _figures(pdf)
    _headers(pdf)
    _pictures(pdf)
    inform(pdf, about)
    if embedded:
        attach(pdf, embedded)
    if signable:
        _signature_field(pdf)


# ----------------------------------------------------------------------------------------------------------- metadata


def inform(pdf: Any, about: About) -> None:
    """Write the metadata stream and the document information, which say the same (ISO 19005-3, 6.6)."""
    extra = {"Type": "/Metadata", "Subtype": "/XML"}
    held = _at(pdf, pdf.catalog["Metadata"])  # what WeasyPrint wrote: only PDF/A, without PDF/UA
    held.stream, held.extra, held.compress = [xmp_packet(about)], extra, False
    pdf.info.clear()
    pdf.info["Title"] = pydyf.String(printable(about.title))
    pdf.info["Creator"] = pydyf.String(CREATOR)
    pdf.info["Producer"] = pydyf.String(about.producer)
    if about.created:
        pdf.info["CreationDate"] = pdf.info["ModDate"] = pydyf.String(_pdf_date(about.created))
    pdf.catalog["Lang"] = pydyf.String(about.lang)


def xmp_packet(about: About) -> bytes:
    """The XMP metadata: PDF/A part 3 conformance A and PDF/UA part 1, whose property PDF/A wants described (6.6.2.3)."""
    title, dated = escape(printable(about.title)), ""
    if about.created:
        day = about.created.isoformat()
        dated = f"<xmp:CreateDate>{day}</xmp:CreateDate><xmp:ModifyDate>{day}</xmp:ModifyDate>"
    listed = "".join(f"<rdf:li>{escape(printable(one))}</rdf:li>" for one in about.identifiers)
    named = f"<xmp:Identifier><rdf:Bag>{listed}</rdf:Bag></xmp:Identifier>" if listed else ""
    return _PACKET.format(
        title=title,
        lang=escape(about.lang),
        dated=dated,
        named=named,
        creator=CREATOR,
        producer=escape(about.producer),
    ).encode()


def printable(text: str) -> str:
    """`text` without the characters that XML 1.0 cannot hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )


def _pdf_date(day: date) -> str:
    return f"D:{day:%Y%m%d}"


_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language>
{named}{dated}
<xmp:CreatorTool>{creator}</xmp:CreatorTool>
<pdf:Producer>{producer}</pdf:Producer>
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the document conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


# ----------------------------------------------------------------------------------------------------- embedded files


def attach(pdf: Any, embedded: Sequence[Embedded]) -> None:
    """Embed the files and associate them with the document (ISO 19005-3, 6.8). Raises ValueError when two share a name."""
    ordered = sorted(embedded, key=lambda one: one.name)
    if len({one.name for one in ordered}) != len(ordered):
        raise ValueError("two embedded files have the same name")
    names, associated = pydyf.Array(), pydyf.Array()
    for one in ordered:
        stream = embedded_stream(one)
        pdf.add_object(stream)
        specification = filespec(one, stream.reference)
        pdf.add_object(specification)
        names.extend([pydyf.String(one.name), specification.reference])
        associated.append(specification.reference)
    pdf.catalog.setdefault("Names", pydyf.Dictionary())["EmbeddedFiles"] = pydyf.Dictionary({"Names": names})
    pdf.catalog["AF"] = associated


def embedded_stream(one: Embedded) -> Any:
    """The embedded file stream of `one` (ISO 32000-1, 7.11.4), not yet an object of a document."""
    checksum = hashlib.md5(one.content, usedforsecurity=False).hexdigest()
    extra = {
        "Type": "/EmbeddedFile",
        "Subtype": _name(one.media_type),
        "Params": pydyf.Dictionary(
            {
                "Size": len(one.content),
                "CheckSum": f"<{checksum}>",
                "ModDate": pydyf.String(_pdf_date(one.modified)),
            }
        ),
    }
    return pydyf.Stream([one.content], extra, compress=True)


def filespec(one: Embedded, stream: Any) -> Any:
    """The file specification of `one`, whose stream has the reference `stream` (ISO 19005-3, 6.8; ISO 14289-1, 7.11)."""
    return pydyf.Dictionary(
        {
            "Type": "/Filespec",
            "F": pydyf.String(one.name),
            "UF": pydyf.String(one.name),
            "Desc": pydyf.String(one.description),
            "AFRelationship": f"/{one.relationship}",
            "EF": pydyf.Dictionary({"F": stream, "UF": stream}),
        }
    )


def _name(text: str) -> str:
    """`text` as a PDF name (ISO 32000-1, 7.3.5)."""
    return "/" + "".join(chr(b) if b in _REGULAR else f"#{b:02x}" for b in text.encode())


# ---------------------------------------------------------------------------------------------------------- structure


def _margins(pdf: Any) -> None:
    """What stands in a page's margins is an artifact (ISO 14289-1, 7.8): WeasyPrint tags it, and leads to the tags from nowhere."""
    root: Any = _at(pdf, pdf.catalog["StructTreeRoot"])
    reached, waiting = set[int](), list[Any](root["K"])
    while waiting:
        held = waiting.pop()
        if not isinstance(held, int):
            one = _at(pdf, held)
            reached.add(one.number)
            waiting.extend(one.get("K", ()))
    numbers = _at(pdf, root["ParentTree"])["Nums"]
    listed = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in _pages(pdf):
        pieces = listed[page["StructParents"]]
        loose = {number for number, held in enumerate(pieces) if _at(pdf, held).number not in reached}
        for number in loose:
            pieces[number] = "null"
        drawn = _at(pdf, page["Contents"]).stream
        for place, item in enumerate(drawn):
            if isinstance(item, dict) and cast(Any, item).get("MCID") in loose:
                drawn[place - 1 : place + 1] = ["/Artifact", pydyf.Dictionary({"Type": "/Pagination"})]


def _links(pdf: Any) -> None:
    """Leave one annotation for each piece of a link, under its Link element (ISO 14289-1, 7.18.5).

    WeasyPrint draws a second one for an inline element within a link, in the same place and under a Span.
    """
    tree: Any = _at(pdf, _at(pdf, pdf.catalog["StructTreeRoot"])["ParentTree"])
    numbers = tree["Nums"]
    dropped: set[bytes] = set()
    kept = pydyf.Array()
    for key, value in zip(numbers[::2], numbers[1::2], strict=True):
        if isinstance(value, list) or not _within_link(pdf, _at(pdf, value)):
            kept.extend([key, value])
            continue
        element = _at(pdf, value)
        for kid in [k for k in element["K"] if not isinstance(k, int) and _at(pdf, k).get("Type") == "/OBJR"]:
            dropped.add(_bytes(_at(pdf, kid)["Obj"]))
            element["K"].remove(kid)
    tree["Nums"] = kept
    for page in _pages(pdf):
        if "Annots" in page:
            page["Annots"] = pydyf.Array(a for a in page["Annots"] if _bytes(a) not in dropped)
    for reference in dropped:
        _at(pdf, reference).clear()


def _within_link(pdf: Any, element: Any) -> bool:
    """Whether `element` is no Link and stands within one."""
    if element["S"] == "/Link":
        return False
    while element.get("Type") == "/StructElem" and "P" in element:
        element = _at(pdf, element["P"])
        if element.get("S") == "/Link":
            return True
    return False


def _groups(pdf: Any, about: About) -> None:
    """Raise UsageError when text was drawn within a group: WeasyPrint tags it as if it lay on the page (ISO 32000-1, 14.7.4.2)."""
    for one in pdf.objects:
        form = isinstance(one, pydyf.Stream) and one.extra.get("Subtype") == "/Form"
        if form and any(isinstance(item, dict) and "MCID" in item for item in one.stream):
            raise UsageError(
                f'Text of "{about.title}" is drawn as a group, and its tags would lead nowhere.',
                "Give it a colour of its own instead of opacity, mask or blending.",
            )


def _figures(pdf: Any) -> None:
    """The places of figures in points from below, as ISO 32000-1, 14.8.5.4.3 has it; WeasyPrint gives pixels from above."""
    for element in _elements(pdf):
        if element["S"] == "/Figure" and "BBox" in element.get("A", ()):
            top = _at(pdf, element["Pg"])["MediaBox"][3]
            x1, y1, x2, y2 = (value * POINTS for value in element["A"]["BBox"])
            element["A"]["BBox"] = pydyf.Array(round(v, 3) for v in (x1, top - y2, x2, top - y1))


def _headers(pdf: Any) -> None:
    """The scope of table headers (ISO 14289-1, 7.5), and the tree in which the cells' Headers are looked up
    (ISO 32000-1, 14.7.2)."""
    identified: dict[str, Any] = {}
    for row in [e for e in _elements(pdf) if e["S"] == "/TR"]:
        cells = [_at(pdf, kid) for kid in row["K"]]
        across = {h.string for cell in cells if cell["S"] == "/TD" for h in cell["A"].get("Headers", ())}
        for cell in cells:
            if cell["S"] == "/TH" and "ID" in cell:
                key = cell["ID"].string
                identified[key] = cell.reference
                cell["A"]["Scope"] = "/Row" if key in across else "/Column"
    if identified:
        names = pydyf.Array()
        for key in sorted(identified):
            names.extend([pydyf.String(key), identified[key]])
        _at(pdf, pdf.catalog["StructTreeRoot"])["IDTree"] = pydyf.Dictionary({"Names": names})


def _pictures(pdf: Any) -> None:
    """No smoothing of pictures by the reader's program: PDF/A forbids it (6.2.8), because programs differ."""
    for stream in pdf.objects:
        if isinstance(stream, pydyf.Stream) and "Interpolate" in stream.extra:
            stream.extra["Interpolate"] = "false"


def _signature_field(pdf: Any) -> None:
    """An empty signature field that is not seen: no size, tagged as Form, with words for who listens to the page.

    ISO 19005-3, 6.3.3 lets an annotation without size go without an appearance; ISO 14289-1, 7.18.4 wants it in a Form.
    """
    page = next(_pages(pdf))
    root: Any = _at(pdf, pdf.catalog["StructTreeRoot"])
    numbers = _at(pdf, root["ParentTree"])["Nums"]
    key = max(numbers[::2]) + 1
    field = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String(SIGNATURE_FIELD),
            "TU": pydyf.String(SIGNATURE_SAID),
            "Contents": pydyf.String(SIGNATURE_SAID),
            "Rect": pydyf.Array([0, 0, 0, 0]),
            "F": 132,  # printed, locked
            "P": page.reference,
            "StructParent": key,
        }
    )
    pdf.add_object(field)
    document: Any = _at(pdf, root["K"][0])
    form = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "P": document.reference,
            "Pg": page.reference,
            "Alt": pydyf.String(SIGNATURE_SAID),
            "K": pydyf.Dictionary({"Type": "/OBJR", "Obj": field.reference, "Pg": page.reference}),
        }
    )
    pdf.add_object(form)
    document["K"].append(form.reference)
    numbers.extend([key, form.reference])
    page.setdefault("Annots", pydyf.Array()).append(field.reference)
    pdf.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([field.reference]), "SigFlags": 3})


def _elements(pdf: Any) -> Iterator[Any]:
    return (one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and one.get("Type") == "/StructElem")


def _pages(pdf: Any) -> Iterator[Any]:
    return (_at(pdf, reference) for reference in pdf.page_references)


def _at(pdf: Any, reference: Any) -> Any:
    """The object that `reference` ("12 0 R") means."""
    return pdf.objects[int(_bytes(reference).split()[0])]


def _bytes(reference: Any) -> bytes:
    return reference if isinstance(reference, bytes) else str(reference).encode()
