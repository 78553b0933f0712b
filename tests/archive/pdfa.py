"""PDF/A-3a, ISO 19005-3."""

import io
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pikepdf
from fontTools.ttLib import TTFont

from tests.archive.clauses import A, clause
from tests.archive.opened import DC, RDF, Document, words

XMP = "{http://ns.adobe.com/xap/1.0/}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
ADOBE = "{http://ns.adobe.com/pdf/1.3/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"

OPERATORS = words(
    "\" ' B B* BDC BI BMC BT BX CS DP Do EI EMC ET EX F G ID J K M MP Q RG S SC SCN T* TD TJ TL Tc Td Tf Tj Tm Tr "
    "Ts Tw Tz W W* b b* c cm cs d d0 d1 f f* g gs h i j k l m n q re rg ri s sc scn sh v w y"
)
BLENDS = words(
    "Color ColorBurn ColorDodge Compatible Darken Difference Exclusion HardLight Hue Lighten Luminosity Multiply "
    "Normal Overlay Saturation Screen SoftLight"
)
TYPES = words(
    "Annot Art BibEntry BlockQuote Caption Code Div Document Figure Form Formula H H1 H2 H3 H4 H5 H6 Index L "
    "LBody LI Lbl Link NonStruct Note P Part Private Quote RB RP RT Reference Ruby Sect Span TBody TD TFoot TH "
    "THead TOC TOCI TR Table WP WT Warichu"
)
WITHIN = {
    "LI": {"L"},
    "LBody": {"LI"},
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
    "TFoot": {"Table"},
}


@clause(A, "6.1.2", "The header is %PDF-1.0 to 1.7 at the first byte, then a comment of bytes above 127.")
def _header(document: Document) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", document.content):
        yield f"begins {document.content[:16]!r}"
    if "/Version" in document.root:
        yield "the catalog names another version"


@clause(A, "6.1.3", "The trailer has an ID and no Encrypt, and nothing follows the last %%EOF.")
def _trailer(document: Document) -> Iterator[str]:
    if len(document.pdf.trailer.get("/ID", [])) != 2:
        yield "no ID"
    if document.pdf.is_encrypted:
        yield "encrypted"
    if not re.search(rb"%%EOF\r?\n?\Z", document.content):
        yield "bytes after the end"


@clause(A, "6.1.4", "The cross-reference is whole (qpdf --check).")
def _whole(document: Document) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        Path(file.name).write_bytes(document.content)
        done = subprocess.run(["qpdf", "--check", file.name], capture_output=True, text=True, check=False)
    if done.returncode or "No syntax or stream encoding errors" not in done.stdout:
        yield (done.stdout + done.stderr).strip()


@clause(A, "6.1.7", "Streams lie in the file, and none is packed by LZW or Crypt.")
def _streams(document: Document) -> Iterator[str]:
    for stream in document.streams:
        if {"/F", "/FFilter", "/FDecodeParms"} & set(stream.keys()):
            yield f"{stream.objgen} lies outside"
        held = stream.get("/Filter", [])
        for name in held if isinstance(held, pikepdf.Array) else [held]:
            if str(name) in {"/LZWDecode", "/LZW", "/Crypt"}:
                yield f"{stream.objgen} has {name}"


@clause(A, "6.1.13", "Limits: names of 127 bytes, strings of 32,767, 28 nested q, pages of 3 to 14,400 points.")
def _limits(document: Document) -> Iterator[str]:
    for at, instructions in document.contents:
        depth = 0
        for operands, operator in instructions:
            depth += (str(operator) == "q") - (str(operator) == "Q")
            if depth > 28:
                yield f"{at.objgen}: q nested {depth} deep"
                break
            if any(isinstance(o, pikepdf.String) and len(bytes(o)) > 32767 for o in operands):
                yield f"{at.objgen}: a long string"
    for one in document.dictionaries:
        if any(len(str(key).encode()) > 128 for key in set(one.keys())):
            yield f"{one.objgen}: a long name"
    for page in document.pdf.pages:
        box = [float(x) for x in page.mediabox]
        if not all(3 <= b - a <= 14400 for a, b in zip(box[:2], box[2:], strict=True)):
            yield f"a page of {box}"


@clause(A, "6.2.2", "Content streams have resources of their own and only operators of PDF 1.7.")
def _operators(document: Document) -> Iterator[str]:
    for at, instructions in document.contents:
        if "/Resources" not in at:
            yield f"{at.objgen} has no resources"
        yield from {f"operator {o}" for _, o in instructions if str(o) not in OPERATORS | {"INLINE IMAGE"}}


@clause(A, "6.2.3", "There is one output intent, GTS_PDFA1, with an RGB profile of a monitor, ICC version 2 to 4.")
def _intent(document: Document) -> Iterator[str]:
    intents = document.root.get("/OutputIntents", [])
    if [str(i.S) for i in intents] != ["/GTS_PDFA1"]:
        yield f"{len(intents)} output intents"
        return
    if "/OutputConditionIdentifier" not in intents[0]:
        yield "the output condition has no name"
    profile = intents[0].DestOutputProfile
    content = profile.read_bytes()
    if (content[12:16], content[16:20], int(profile.N)) != (b"mntr", b"RGB ", 3) or content[8] not in {2, 3, 4}:
        yield f"the profile is {content[8:20]!r} for {profile.N} components"


@clause(A, "6.2.4.3", "No colours of a device but RGB and gray, for which the output intent stands.")
def _colours(document: Document) -> Iterator[str]:
    for at, instructions in document.contents:
        if any(str(o) in {"k", "K"} for _, o in instructions):
            yield f"{at.objgen} draws with CMYK"
    for one in [*document.dictionaries, *document.streams]:
        if str(one.get("/ColorSpace", "")) == "/DeviceCMYK" or str(one.get("/CS", "")) == "/DeviceCMYK":
            yield f"{one.objgen} is CMYK"


@clause(A, "6.2.5", "Graphics states have no transfer function and no halftone.")
def _states(document: Document) -> Iterator[str]:
    for name, state in _resources(document, "/ExtGState"):
        if {"/TR", "/HTP", "/HT"} & set(state.keys()) or state.get("/TR2", "/Default") != "/Default":
            yield f"{name}: {sorted(state.keys())}"


@clause(A, "6.2.8", "Pictures are not smoothed, and have no alternates.")
def _pictures(document: Document) -> Iterator[str]:
    for one in document.streams:
        if one.get("/Subtype") == "/Image" and (
            one.get("/Interpolate", False) or {"/Alternates", "/OPI"} & set(one.keys())
        ):
            yield f"picture {one.objgen}"


@clause(A, "6.2.9", "Form XObjects refer to nothing outside, and there is no PostScript.")
def _forms(document: Document) -> Iterator[str]:
    for one in document.streams:
        if one.get("/Subtype") == "/PS" or {"/OPI", "/Ref", "/PS", "/Subtype2"} & set(one.keys()):
            yield f"XObject {one.objgen}"


@clause(A, "6.2.10", "Only the blend modes of PDF 1.7.")
def _blends(document: Document) -> Iterator[str]:
    for name, state in _resources(document, "/ExtGState"):
        if "/BM" in state and str(state.BM)[1:] not in BLENDS:
            yield f"{name}: {state.BM}"


@clause(
    A, "6.2.11.3", "Fonts are composite ones whose codes are glyphs: Identity-H, CIDToGIDMap Identity or none for CFF."
)
def _coded(document: Document) -> Iterator[str]:
    for font in document.fonts.values():
        inner = font.DescendantFonts[0]
        if font.Encoding != "/Identity-H":
            yield f"{font.BaseFont}: {font.Encoding}"
        if inner.Subtype == "/CIDFontType2" and inner.get("/CIDToGIDMap") != "/Identity":
            yield f"{font.BaseFont}: no CIDToGIDMap"
    for one in document.dictionaries:
        if one.get("/Type") == "/Font" and str(one.get("/Subtype")) not in {"/Type0", "/CIDFontType0", "/CIDFontType2"}:
            yield f"a font of the kind {one.Subtype}"


@clause(A, "6.2.11.4", "Every font is embedded, with each glyph that is shown.")
def _embedded_fonts(document: Document) -> Iterator[str]:
    for key, font in document.fonts.items():
        opened = _opened(font)
        if opened is None:
            yield f"{font.BaseFont} is not embedded"
        elif max(document.shown.get(key, {0})) >= opened["maxp"].numGlyphs:
            yield f"{font.BaseFont} lacks glyphs"


@clause(A, "6.2.11.5", "The widths in the font's dictionary are those of its glyphs, to a thousandth of the size.")
def _widths(document: Document) -> Iterator[str]:
    for key, font in document.fonts.items():
        opened = _opened(font)
        if opened is None:
            continue
        widths, order = _listed_widths(font.DescendantFonts[0]), opened.getGlyphOrder()
        for code in sorted(document.shown.get(key, set())):
            if code < len(order):
                real = opened["hmtx"][order[code]][0] * 1000 / opened["head"].unitsPerEm
                if abs(widths.get(code, 1000) - real) > 1:
                    yield f"{font.BaseFont}: glyph {code} is {real:.0f} wide, said {widths.get(code)}"


@clause(
    A, "6.2.11.7", "Every code shown has its Unicode text: not 0, not a mark of byte order, not in the private area."
)
def _unicode(document: Document) -> Iterator[str]:
    for key, font in document.fonts.items():
        known = _to_unicode(font)
        for code in sorted(document.shown.get(key, set())):
            text = known.get(code, "")
            if not text or any(c in "\x00\ufeff\ufffe" or "\ue000" <= c <= "\uf8ff" or ord(c) >= 0xF0000 for c in text):
                yield f"{font.BaseFont}: glyph {code} means {text!r}"


@clause(A, "6.2.11.8", "No text shows .notdef.")
def _notdef(document: Document) -> Iterator[str]:
    yield from (f"{document.fonts[key].BaseFont}" for key, codes in document.shown.items() if 0 in codes)


@clause(A, "6.3.1", "Annotations are links and form fields only.")
def _notes(document: Document) -> Iterator[str]:
    yield from (str(n.Subtype) for _, n in document.annotations if str(n.Subtype) not in {"/Link", "/Widget"})


@clause(A, "6.3.2", "Annotations are printed and never hidden.")
def _flags(document: Document) -> Iterator[str]:
    for _, note in document.annotations:
        flags = int(note.get("/F", 0))
        if not flags & 4 or flags & (1 | 2 | 32 | 256):
            yield f"{note.Subtype} has the flags {flags}"


@clause(A, "6.3.3", "Annotations have an appearance, but for links and those without size.")
def _appearances(document: Document) -> Iterator[str]:
    for _, note in document.annotations:
        x1, y1, x2, y2 = (float(x) for x in note.Rect)
        if note.Subtype != "/Link" and (x1, y1) != (x2, y2) and "/AP" not in note:
            yield f"{note.Subtype} has none"


@clause(A, "6.4.1", "Form fields do nothing, and no program is to draw them.")
def _fields(document: Document) -> Iterator[str]:
    form = document.root.get("/AcroForm", {})
    if form.get("/NeedAppearances", False) or "/XFA" in form:
        yield "the form wants a program"
    for _, note in document.annotations:
        if note.Subtype == "/Widget" and {"/A", "/AA"} & set(note.keys()):
            yield "a field acts"


@clause(
    A, "6.4.3", "A signature covers the whole file, by one signer, whose certificate is in it; DocMDP has no digests."
)
def _signed(document: Document) -> Iterator[str]:
    from asn1crypto import cms

    for one in document.dictionaries:
        if one.get("/Type") != "/Sig":
            continue
        start, first, second, rest = (int(x) for x in one.ByteRange)
        gap = document.content[first:second]
        if start or second + rest != len(document.content) or (gap[:1], gap[-1:]) != (b"<", b">"):
            yield "it covers a part"
        data: Any = cast(Any, cms.ContentInfo).load(bytes(one.Contents))["content"]
        if len(data["signer_infos"]) != 1 or not len(data["certificates"]):
            yield "it has not one signer with a certificate"
        if any({"/DigestLocation", "/DigestMethod", "/DigestValue"} & set(r.keys()) for r in one.get("/Reference", [])):
            yield "a reference has a digest"


@clause(A, "6.5", "No actions but links to addresses and places; no scripts.")
def _actions(document: Document) -> Iterator[str]:
    if {"/AA", "/OpenAction"} & set(document.root.keys()) or "/JavaScript" in document.root.get("/Names", {}):
        yield "the document acts"
    if any("/AA" in page.obj for page in document.pdf.pages):
        yield "a page acts"
    for one in document.dictionaries:
        for action in (one.get("/A"), one):
            if isinstance(action, pikepdf.Dictionary) and str(action.get("/S")) in {
                "/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState",
                "/Rendition", "/Trans", "/GoTo3DView", "/SubmitForm",
            }:  # fmt: skip
                yield f"{action.S}"


@clause(A, "6.6.2.1", "The metadata are XMP in UTF-8, and the packet's header names neither bytes nor encoding.")
def _packet(document: Document) -> Iterator[str]:
    if document.root.get("/Metadata", {}).get("/Subtype") != "/XML":
        yield "there are none"
        return
    head = document.root.Metadata.read_bytes().split(b"?>")[0]
    if not head.startswith(b"<?xpacket begin=") or b"bytes=" in head or b"encoding=" in head:
        yield f"{head!r}"


@clause(A, "6.6.2.3", "Every property of another schema is described in an extension schema: that of PDF/UA.")
def _extensions(document: Document) -> Iterator[str]:
    described = {
        (schema.findtext(f"{SCHEMA}namespaceURI"), item.findtext(f"{PROPERTY}name"))
        for schema in document.xmp.iter(f"{RDF}li")
        for item in schema.iter(f"{RDF}li")
    }
    spaces = {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/",
        "http://ns.adobe.com/pdf/1.3/", "http://www.aiim.org/pdfa/ns/id/", "http://www.aiim.org/pdfa/ns/extension/",
        "http://www.aiim.org/pdfa/ns/schema#", "http://www.aiim.org/pdfa/ns/property#", "adobe:ns:meta/",
    }  # fmt: skip
    for one in document.xmp.iter():
        space, _, name = one.tag[1:].partition("}")
        if space not in spaces and (space, name) not in described:
            yield f"{name} of {space} is not described"


@clause(A, "6.6.3", "The document information says the same as the metadata.")
def _agree(document: Document) -> Iterator[str]:
    info: Any = document.pdf.docinfo
    pairs = {
        "/Title": document.said(f"{DC}title/{RDF}Alt/{RDF}li"),
        "/Creator": document.said(f"{XMP}CreatorTool"),
        "/Producer": document.said(f"{ADOBE}Producer"),
        "/CreationDate": _as_date(document.said(f"{XMP}CreateDate")),
        "/ModDate": _as_date(document.said(f"{XMP}ModifyDate")),
    }
    for key, said in pairs.items():
        if str(info.get(key, "")) != said:
            yield f"{key} is {info.get(key, '')!s}, and {said} in the metadata"


@clause(A, "6.6.4", "The metadata say: PDF/A part 3, conformance A.")
def _identified(document: Document) -> Iterator[str]:
    said = (document.said(f"{PDFAID}part"), document.said(f"{PDFAID}conformance"))
    if said != ("3", "A"):
        yield f"{said}"


@clause(A, "6.7.3", "There is a structure tree of standard types, each where it belongs, and the document is marked.")
def _structure(document: Document) -> Iterator[str]:
    if not document.root.get("/MarkInfo", {}).get("/Marked", False):
        yield "not marked"
    if not document.elements:
        yield "no structure"
    for element in document.elements:
        if element.kind not in TYPES:
            yield f"the type {element.kind}"
        if element.kind in WITHIN and (element.parent is None or element.parent.kind not in WITHIN[element.kind]):
            yield f"{element.kind} within {element.parent.kind if element.parent else 'nothing'}"


@clause(A, "6.8", "Files in it are associated, and say what they are: name, kind, date, relationship.")
def _files(document: Document) -> Iterator[str]:
    named = (
        dict(pikepdf.NameTree(document.root.Names.EmbeddedFiles))
        if "/EmbeddedFiles" in document.root.get("/Names", {})
        else {}
    )
    associated = {f.objgen for f in document.root.get("/AF", [])}
    for name, held in named.items():
        file: Any = held
        stream = file.EF.F
        if file.objgen not in associated:
            yield f"{name} is not associated"
        if str(file.get("/AFRelationship")) not in {"/Source", "/Data", "/Alternative", "/Supplement", "/Unspecified"}:
            yield f"{name} has no relationship"
        if not re.fullmatch(r"/[a-z]+/[a-z0-9.+-]+", str(stream.get("/Subtype", ""))):
            yield f"{name} is of the kind {stream.get('/Subtype')}"
        if "/ModDate" not in stream.get("/Params", {}) or int(stream.Params.get("/Size", -1)) != len(
            stream.read_bytes()
        ):
            yield f"{name} has no date or another size"
    if any("/EF" in o and o.objgen not in associated for o in document.dictionaries):
        yield "a file is not associated"


@clause(A, "6.9", "No optional content, no presentations, no requirements of a program.")
def _optional(document: Document) -> Iterator[str]:
    yield from {"/OCProperties", "/Requirements", "/Collection"} & set(document.root.keys())
    if "/AlternatePresentations" in document.root.get("/Names", {}):
        yield "alternate presentations"


def _resources(document: Document, kind: str) -> Iterator[tuple[str, Any]]:
    for at, _ in document.contents:
        yield from at.get("/Resources", {}).get(kind, {}).items()


def _as_date(text: str) -> str:
    return f"D:{text.replace('-', '')}" if text else ""


def _opened(font: Any) -> Any:
    descriptor = font.DescendantFonts[0].FontDescriptor
    for key in ("/FontFile2", "/FontFile3"):
        if key in descriptor:
            return TTFont(io.BytesIO(descriptor[key].read_bytes()), lazy=True)
    return None


def _listed_widths(inner: Any) -> dict[int, float]:
    widths: dict[int, float] = {}
    parts = list(inner.get("/W", []))
    while parts:
        first, second = int(parts.pop(0)), parts.pop(0)
        if isinstance(second, pikepdf.Array):
            widths |= {first + i: float(w) for i, w in enumerate(second)}  # pyright: ignore[reportArgumentType]
        else:
            widths |= dict.fromkeys(range(first, int(second) + 1), float(parts.pop(0)))
    return widths


def _to_unicode(font: Any) -> dict[int, str]:
    if "/ToUnicode" not in font:
        return {}
    text = font.ToUnicode.read_bytes().decode("ascii")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, meant in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>", block):
            found[int(code, 16)] = bytes.fromhex(meant).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, meant in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            for i in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + i] = chr(int(meant, 16) + i)
    return found
